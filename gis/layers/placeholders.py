"""Placeholders of the project template, which may not stand in a real publication.

The template names its city, its notice and its plan 某市 and 某政办发〔2024〕1号. Left as they are,
they would be printed as a place and a legal basis.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from gis.layers.problems import Finding, problem
from gis.layers.toml_model import read_toml

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from gis.errors import Problem
    from gis.layers.project import ProjectConfig

# ASSUME: no place and no document is called 某 or written with X for its name.
_PLACEHOLDER = re.compile(
    r"某(?:某|省|市|县|区|旗|州|镇|乡|街道|村|社区|[市县区]?政|办|发)"
    r"|[Xx×✕]{2,}(?:省|市|县|区|旗|州|镇|乡|街道|村|社区|路|街|政|办|发)"
)
_NAMES = ("village", "township")
NOTICE_ENDINGS = (".txt", ".md")  # of texts such as the notice of a coal-ban zone
PLACEHOLDER = "placeholder"  # code of the problem


def is_placeholder(text: str) -> bool:
    """Whether a text names no real place or document, such as 某市."""
    return bool(_PLACEHOLDER.search(text))


def placeholders(project: ProjectConfig, villages: pd.DataFrame | None) -> Iterator[Problem]:
    """The placeholders of project.toml, the policy and the village names; all are blocking.

    Args:
        project: The project; a demonstration may have placeholders.
        villages: The villages layer, None if it could not be read.
    """
    if project.demonstration:
        return
    for path in (project.folder / "project.toml", project.policy):
        for key, value in _texts(read_toml(path)):
            if is_placeholder(value) and not _in_a_notice(value, project.folder):
                yield problem(path.name, Finding(PLACEHOLDER, column=key, value=value), path.name)
    if villages is None:
        return
    spec = project.layers.get("villages")
    file = "、".join(one.path or "villages" for one in spec.sources) if spec else "villages"
    for name in _NAMES:
        for word in filter(is_placeholder, villages[name].dropna().unique()):
            yield problem("villages", Finding(PLACEHOLDER, column=name, value=word), file)


def retired_keys(keys: Iterable[str], file: str) -> Iterator[Problem]:
    """A note for each key of policy.toml that an earlier version had and that has no effect."""
    for key in keys:
        yield problem(file, Finding("key_retired", column=key), file)


def _in_a_notice(value: str, folder: Path) -> bool:
    """Whether a text of the office that lies in the project's folder says so itself."""
    own = [file for ending in NOTICE_ENDINGS for file in sorted(folder.glob(f"*{ending}"))]
    return any(value in read_notice(file) for file in own if file.is_file())


def read_notice(path: Path) -> str:
    """A text of the office in UTF-8 or GB18030; "" where it cannot be read."""
    try:
        raw = path.read_bytes()
    except OSError:
        return ""
    for encoding in ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError):
            return raw.decode(encoding)
    return ""


def _texts(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a TOML document with its dotted key; files may be called anything."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in {"path", "paths", "rename", "files"}:
                yield from _texts(inner, f"{key}.{name}" if key else name)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, key)
