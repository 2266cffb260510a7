"""What whoever helps needs to know of a project and this computer, with nobody in it.

Only what is known to be ours is written: names of layers, columns, keys and problem codes, counts,
days and numbers of the policy. A text of the project is told by its length alone, a file by its
ending, and of a log only lines of the program's own words are kept.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import sqlite3
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gis
from gis.errors import NuantuError
from gis.layers.columns import LAYERS
from gis.layers.project_record import project_record
from gis.memory import available_mb
from gis.policy import Policy
from gis.record import UNKNOWN
from gis.run_log import log_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gis.api.problem_groups import Group
    from gis.api.project import Project
    from gis.layers.project_layers import LayerFile

_PACKAGES = (
    "numpy pandas geopandas pyogrio shapely pyproj pyarrow scipy highspy pydantic tomlkit "
    "starlette "
    "uvicorn jinja2 cryptography"
).split()
_LOGS, _LINES = 5, 400  # runs, and lines of each
_CRS = re.compile(r"EPSG:\d{4,6}|GCJ-02|BD-09")
_ENDING = re.compile(r"\.[a-z0-9]{1,8}")
_KEY = re.compile(r"[a-z][a-z0-9_.]*")
_LOG_LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} (?:INFO|WARNING|ERROR) ")
_OWN_MODULE = re.compile(r"gis(?:/[a-z_]+)*/[a-z_]+\.py:\d+")
# a word that is not ASCII, has seven digits in a row or a fine fraction, or looks like an address
_FOREIGN = re.compile(r"[^\x20-\x7e]|\d{7}|\d\.\d{3}|[\\/@=?&%]|\d[-\s]?\d{4}[-\s]?\d{4}")
_CUT = "[…]"


def diagnostics(
    project: Project | None, groups: Iterable[Group], states: dict[str, Any]
) -> dict[str, str]:
    """File name → text of what may be sent to whoever helps.

    Args:
        project: The project; None: it cannot be read.
        groups: Its problems.
        states: What the program that asks knows of itself: counts, codes and yes or no.
    """
    found: dict[str, object] = {
        "versions.json": _versions(),
        "settings.json": None if project is None else _settings(project),
        "problems.json": _problems(groups),
        "states.json": states | _record(project),
    }
    told = {name: json.dumps(one, indent=1, default=str) for name, one in found.items()}
    return told | {f"log-{n}.txt": text for n, text in enumerate(_logs(), 1)}


def _versions() -> dict[str, object]:
    packages = {}
    for name in _PACKAGES:
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            packages[name] = "—"
    return {
        "nuantu": gis.__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "sqlite": sqlite3.sqlite_version,
        "cores": os.cpu_count(),
        "available_mb": round(available_mb()),
        "packages": packages,
    }


def _settings(project: Project) -> dict[str, object]:
    inputs = project.inputs()
    config, policy = inputs.project, inputs.policy
    rows = Counter({one.layer: 0 for one in inputs.layers.origins})
    for one in inputs.layers.origins:
        rows[one.layer] += one.rows
    return {
        "as_of": config.as_of,
        "crs": config.crs if _CRS.fullmatch(config.crs) else _CUT,
        "demonstration": config.demonstration,
        "publish_proposals": config.publish_proposals,
        "map_review_no": bool(config.map_review_no),
        "free_mb": shutil.disk_usage(config.folder).free >> 20,
        "counts": {
            name: len(getattr(config, name)) for name in ("zones", "names", "accept", "people")
        },
        "rows": {name: n for name, n in sorted(rows.items()) if name in LAYERS},
        "layers": {
            name: [_file(one) for one in spec.sources]
            for name, spec in config.layers.items()
            if name in LAYERS
        },
        "scenarios": len(policy.scenario),
        "policy": _quantities(policy),
    }


def _file(source: LayerFile) -> dict[str, object]:
    """How a file is read, without its name and without any word of it."""
    ending = Path(source.path).suffix.lower()
    told: dict[str, object] = {"ending": ending if _ENDING.fullmatch(ending) else _CUT}
    for name in type(source).model_fields:
        value = getattr(source, name)
        if name == "path" or not value:
            continue
        if name == "crs":
            told[name] = value if _CRS.fullmatch(value) else _CUT
        elif isinstance(value, bool) or name == "as_of":
            told[name] = value
        else:  # a text, or a table or list of texts
            told[name] = len(value) if hasattr(value, "__len__") else True
    return told


def _quantities(policy: Policy) -> dict[str, float]:
    """The single numbers of the policy by their keys, but for devices, which cities name."""
    keys = (one for one in sorted(policy.provenance) if _KEY.fullmatch(one))
    values = {key: policy.quantity(key) for key in keys if not key.startswith("devices.")}
    return {key: float(one) for key, one in values.items() if isinstance(one, int | float)}


def _problems(groups: Iterable[Group]) -> list[dict[str, object]]:
    return [
        {
            "layer": one.problems[0].layer if one.problems[0].layer in LAYERS else _CUT,
            "code": one.problems[0].code,
            "count": len(one.problems),
            "blocking": one.blocking,
        }
        for one in groups
    ]


def _record(project: Project | None) -> dict[str, object]:
    """How much the office's own record holds; why it cannot be read by the kind of error alone."""
    if project is None:
        return {}
    record = project_record(project.inputs().project.folder)
    try:
        changes = record.journal()
        tables = record.snapshot().tables
    except NuantuError as error:
        return {"record": type(error).__name__}
    return {
        "record": {name: len(rows) for name, rows in tables.items()},
        "changes": len(changes),
        "unexplained": sum(one.who == UNKNOWN for one in changes),
    }


def _logs() -> list[str]:
    """The last runs, the latest first."""
    try:
        files = sorted(log_folder().glob("*.log"), reverse=True)[:_LOGS]
        return [scrubbed(one.read_text("utf-8", "replace")) for one in files]
    except (OSError, RuntimeError):  # RuntimeError: a user without a home
        return []


def scrubbed(log: str) -> str:
    """The lines of a log that the program wrote, each word of them that may be somebody's cut."""
    kept = []
    for line in log.splitlines()[-_LINES:]:
        begins = _LOG_LINE.match(line)
        if begins:
            words = [_word(one) for one in line[begins.end() :].split(" ")]
            kept.append(begins[0] + " ".join(words))
    return "\n".join(kept)


def _word(word: str) -> str:
    plain = word.strip(",;:()")
    if _OWN_MODULE.fullmatch(plain) or not _FOREIGN.search(word):
        return word
    return _CUT
