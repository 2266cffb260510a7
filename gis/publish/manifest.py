"""manifest.json: inputs, outputs and program version of an edition, with a seal.

The seal is the SHA-256 of the file, computed with the seal's digits set to zero.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gis
from gis.errors import InputError, Text
from gis.publish.signing import FORMAT, OPEN, seal
from gis.report.metadata import json_bytes, placed_counts

if TYPE_CHECKING:
    from gis.editions.run_results import Results
    from gis.layers import Origin
    from gis.pages.model import Edition
    from gis.publish.previous_edition import PreviousEdition

_LIBRARIES = (
    "folium", "geopandas", "highspy", "numpy", "pandas", "pyarrow", "pyogrio", "pyproj", "shapely",
    "xlsxwriter",
)  # fmt: skip


def manifest_bytes(
    results: Results, outputs: Mapping[str, bytes], before: PreviousEdition | None
) -> bytes:
    """The manifest of an edition.

    Args:
        results: The results of the run.
        outputs: Path below the publication's folder → content.
        before: The previous edition, None for none.
    """
    project, policy = results.project, results.policy
    content = {
        "format": FORMAT,
        "project": {
            "name": project.name,
            "title": {"zh": project.title.zh, "en": project.title.en},
            "as_of": project.as_of.isoformat(),
            "published_on": project.published_on.isoformat() if project.published_on else None,
            "demonstration": project.demonstration,
            "map_review_no": project.map_review_no,
            **_file(project.folder / "project.toml", project.folder),
        },
        "policy": {"document": policy.plan.document, **_file(project.policy, project.folder)},
        "targets": _file(project.targets, project.folder) if project.targets else None,
        "code": _code(),
        "inputs": [_input(results, origin) for origin in results.layers.origins],
        "households": placed_counts(results.facts.households["status"]),
        "previous": {"manifest_sha256": before.manifest_sha256} if before else None,
        "outputs": _outputs(outputs),
        "seal": OPEN,
    }
    return seal(json_bytes(content))


def public_manifest_bytes(edition: Edition, files: Mapping[str, bytes]) -> bytes:
    """The manifest of a public edition.

    Exact row counts are only in the other manifest. This one has the household counts that the
    edition publishes, rounded and merged.

    Args:
        edition: The public edition.
        files: Path below the public folder → content.
    """
    counted = [row["households"] for row in edition.villages if row["households"] is not None]
    content = {
        "format": FORMAT,
        "project": {
            "name": edition.name,
            "title": edition.title,
            "as_of": edition.as_of,
            "published_on": edition.published_on or None,
            "demonstration": edition.demonstration,
            "map_review_no": edition.review_no,
        },
        "policy": {"document": edition.document},
        "code": {"nuantu": gis.__version__, "sha256": code_sha256()},
        "rows": {
            "villages": len(edition.villages),
            "households": sum(counted),
            "note": edition.count_note,
        },
        "outputs": _outputs(files),
        "seal": OPEN,
    }
    return seal(json_bytes(content))


def _outputs(files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    return [
        {"path": name, "sha256": _sha256(content), "bytes": len(content)}
        for name, content in sorted(files.items())
    ]


def _code() -> dict[str, Any]:
    return {
        "nuantu": gis.__version__,
        "sha256": code_sha256(),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in _LIBRARIES},
    }


@cache
def code_sha256() -> str:
    """The SHA-256 of the program's code, which identifies its version."""
    digest = hashlib.sha256()
    for name, content in sorted(_sources(files("gis"), "gis")):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _sources(folder: Traversable, name: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for one in folder.iterdir():
        if one.is_dir() and one.name != "__pycache__":
            found += _sources(one, f"{name}/{one.name}")
        elif one.name.endswith((".py", ".toml")):
            found.append((f"{name}/{one.name}", one.read_bytes().replace(b"\r\n", b"\n")))
    return found


def _input(results: Results, origin: Origin) -> dict[str, Any]:
    entry = {
        "layer": origin.layer,
        "path": origin.path,
        "sha256": origin.sha256,
        "rows": origin.rows,
    }
    if origin.layer != "households":
        return entry
    homes = results.facts.households
    counts = placed_counts(homes.loc[homes["ledger_file"] == origin.path, "status"])
    return entry | {key: counts[key] for key in ("placed", "rejected", "outside")}


def _file(path: Path, folder: Path) -> dict[str, str]:
    name = path.relative_to(folder) if path.is_relative_to(folder) else Path(path.name)
    try:
        content = path.read_bytes()
    except OSError as error:
        zh = f"运行途中 {path} 被移走或读不出来，没有发布；原有成果未动。请放回后重新运行。"
        en = (
            f"{path} was removed during the run or cannot be read; nothing was published and what "
            "stood before still stands. Put it back and run again."
        )
        raise InputError(Text(zh, en)) from error
    return {"path": name.as_posix(), "sha256": _sha256(content)}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
