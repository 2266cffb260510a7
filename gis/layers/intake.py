"""Every layer of a project, read and checked: the tables, where they came from, what is wrong."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from gis.errors import Problem
from gis.layers import formats, targets, worded
from gis.layers.columns import LAYERS
from gis.layers.datum import project_crs
from gis.layers.files import inside
from gis.layers.findings import Finding, Refusal, problem, problems
from gis.layers.place import locate
from gis.layers.project import LayerSpec, Project
from gis.layers.raw import Raw, Request
from gis.layers.reader import Reader
from gis.layers.repair import repair
from gis.layers.rows import reject, rejection_findings
from gis.layers.schema import Layer
from gis.layers.tabulate import tabulate

Table = pd.DataFrame


@dataclass(frozen=True)
class Origin:
    """Where one file of a layer came from, for the manifest and the pages.

    path      as project.toml writes it
    rows      data rows read
    crs       of its coordinates, "" for none
    encoding  of its text, "" where the format has but one
    """

    layer: str
    path: str
    sha256: str
    rows: int
    crs: str
    encoding: str
    source: str
    licence: str
    steward: str
    as_of: date | None


@dataclass(frozen=True)
class Layers:
    """The tables of a project by layer name, their origins, and every problem found."""

    tables: dict[str, Table]
    origins: tuple[Origin, ...]
    problems: tuple[Problem, ...]


def load(project: Project) -> Layers:
    """Read every layer that project.toml names, once, and gather every problem.

    Tables have the columns of the contract and coordinates in the project CRS. A layer that could
    not be read is absent, and a blocking problem says why.
    """
    found: list[Problem] = []
    tables: dict[str, Table] = {}
    origins: list[Origin] = []
    try:
        target = project_crs(project.crs)
    except Refusal as refusal:
        return Layers({}, (), (problem("project.toml", refusal.finding),))
    with Reader() as reader:
        for name, layer in LAYERS.items():
            if name in project.layers:
                table = _layer(reader, project, layer, target, origins, found)
                if table is not None:
                    tables[name] = table
        tables |= targets.read_targets(reader, project, origins, found)
    worded.add_zones(project, tables, found)
    for name, layer in LAYERS.items():
        if layer.required and name not in tables and name not in project.layers:
            found.append(problem(name, Finding("layer_missing")))
    return Layers(tables, tuple(origins), tuple(found))


def _layer(
    reader: Reader,
    project: Project,
    layer: Layer,
    target: CRS,
    origins: list[Origin],
    found: list[Problem],
) -> Table | None:
    """One layer's files as one table, or None when nothing of it could be read."""
    spec = project.layers[layer.name]
    parts = []
    for file in spec.files:
        named = file if len(spec.files) > 1 else ""
        try:
            raw, digest = read_one(reader, project.folder, file, spec)
            parts.append(_part(raw, file, layer, spec, target))
        except Refusal as refusal:
            found.append(problem(layer.name, refusal.finding, file))
            continue
        found.extend(problems(layer.name, raw.findings, named))
        origins.append(origin(layer.name, file, digest, raw, spec))
    if not parts:
        return None
    whole = pd.concat(parts, ignore_index=True)
    if layer.key and layer.name not in ("rulings", "zone_rulings"):
        reasons = reject(whole, layer)
        found.extend(problems(layer.name, rejection_findings(whole, reasons, layer)))
        if layer.name == "households":
            return _households(whole, reasons)
        whole = whole[reasons == ""].reset_index(drop=True)
    return whole.drop(columns=["ledger_file", "ledger_row"])


def read_one(reader: Reader, folder: Path, file: str, spec: LayerSpec) -> tuple[Raw, str]:
    """What one file holds, and its sha256.

    Raises:
        Refusal: the file is missing, outside the folder, not readable or damaged.
    """
    path = inside(folder, file)
    format_name = formats.format_of(path)
    raw = reader.read(Request(str(path), format_name, spec.layer, spec.encoding))
    return raw, sha256_of(path)


def _part(raw: Raw, file: str, layer: Layer, spec: LayerSpec, target: CRS) -> Table:
    table = tabulate(raw, layer, spec.rename)
    places = locate(raw, table, layer, spec.crs, target) if layer.shapes != ("none",) else None
    if places is None and "none" not in layer.shapes:
        raise Refusal("layer_without_geometry", expected="、".join(layer.shapes))
    table["ledger_file"] = pd.Series(file, index=table.index, dtype="str")
    table["ledger_row"] = raw.rows
    if places is None:
        return table
    return gpd.GeoDataFrame(table, geometry=repair(raw, places))


def _households(table: Table, reasons: pd.Series) -> pd.DataFrame:
    """The ledger with x, y in project metres and each row's reason of rejection."""
    frame = pd.DataFrame(table)
    places = frame.pop("geometry") if "geometry" in frame else None
    points = gpd.GeoSeries(places) if places is not None else None
    frame["x"] = points.x if points is not None else float("nan")
    frame["y"] = points.y if points is not None else float("nan")
    frame["occupancy"] = frame["occupancy"].fillna("occupied")
    frame["reject_reason"] = reasons
    return frame


def origin(layer: str, file: str, digest: str, raw: Raw, spec: LayerSpec) -> Origin:
    """What the manifest and the pages say of one file."""
    return Origin(
        layer,
        file,
        digest,
        len(raw.rows),
        spec.crs or raw.crs or "",
        raw.encoding,
        spec.source,
        spec.licence,
        spec.steward,
        spec.as_of,
    )


def sha256_of(path: Path) -> str:
    """The hash of a file, or of a folder's files in the order of their names."""
    digest = hashlib.sha256()
    for one in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if one.is_file():
            with one.open("rb") as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
    return digest.hexdigest()
