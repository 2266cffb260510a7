"""What is collected while layers are read, and the rows of one file: typed, coded and located."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.layers import (
    accepted_problems,
    crs_check,
    ledger,
    recorded_rows,
)
from gis.layers.column_mapping import map_columns, unread_headings
from gis.layers.columns import LAYERS
from gis.layers.georeference import EAST, NORTH, Sample, georeference, report_incomplete
from gis.layers.problems import Finding, Refusal, problem
from gis.layers.validation import repair
from gis.layers.village_codes import find_village_codes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from pyproj import CRS

    from gis.errors import Problem
    from gis.layers.project import ProjectConfig
    from gis.layers.project_layers import LayerFile
    from gis.layers.raw_table import RawTable
    from gis.layers.read_source import Origin
    from gis.layers.schema import Layer
    from gis.layers.village_names import VillageNames

# layers that distinguish unreadable cells from blank ones
_WITH_UNREAD = frozenset(
    "households inspections complaints premises heat_sources transformers payments".split()
)


_UNREADABLE_GEOMETRY = frozenset(["vertex_unreadable", "geometry_unreadable"])


_WINDING_FORMATS = (".shp", ".gdb")  # only the winding of a ring marks it as a hole


@dataclass
class LayerLoader:
    """The tables, origins and problems collected while loading.

    names  the project's villages by name; None until the villages have been read, or if they
           cannot be
    """

    project: ProjectConfig
    target: CRS
    names: VillageNames | None = None
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    samples: dict[str, dict[str, Sample]] = field(default_factory=dict)
    origins: list[Origin] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    frames: bool = False

    def add_problems(
        self,
        layer: str,
        findings: Iterable[Finding],
        file: str = "",
        *,
        several: bool = False,
        table: pd.DataFrame | None = None,
    ) -> None:
        """Add problems for findings.

        Args:
            layer: The layer's name.
            findings: What was found.
            file: The file as project.toml names it.
            several: Whether the layer has several files, so that messages name theirs.
            table: The rows of the file, for the ids of the rows with findings.
        """
        listed = list(findings)
        ids = {} if table is None else accepted_problems.accept_keys(table, LAYERS[layer], listed)
        for one in listed:
            key = str(one.numbers.get("entry", "")) or ids.get(one.row or 0, "")
            worded = problem(layer, one, file, several=several, key=key, frame=self.frames)
            self.problems.append(accepted_problems.settle(worded, self.project.accept))

    def blocks(self, layer: str) -> bool:
        """Whether a problem of the layer stops the run."""
        return any(one.blocking and one.layer == layer for one in self.problems)

    def remove_problems(self, layer: str, codes: Collection[str], file: str) -> None:
        """Remove the problems of a file, or of a layer if `file` is "", with these codes."""
        self.problems = [
            one
            for one in self.problems
            if one.layer != layer or one.code not in codes or file not in ("", one.file)
        ]


def read_part(loader: LayerLoader, raw: RawTable, layer: Layer, source: LayerFile) -> pd.DataFrame:
    """One file's rows with typed columns, village codes and locations."""
    corrections = recorded_rows.corrections_of(loader.project.record, layer.name)
    table = map_columns(raw, layer, source, corrections)
    table["ledger_file"] = pd.Series(source.path, index=table.index, dtype="str")
    table["ledger_sheet"] = pd.Series(raw.sheet, index=table.index, dtype="str")
    table["ledger_row"] = raw.rows
    if layer.name == "villages":
        table["township"] = table["township"].fillna(source.township or np.nan)
    elif "village" in layer.by_name:
        towns = table["township"].fillna(source.township or np.nan)
        table, found = find_village_codes(table, layer, source, raw, loader.names)
        raw.findings += found
    if layer.name == "households":
        raw.findings += ledger.check_conversion(table)
        raw.findings += ledger.add_scope(table, source, raw, loader.names)
    elif "household_id" in layer.by_name:
        helper = layer.by_name["village_code"].helper
        villages = table.pop("village_code") if helper else table["village_code"]
        where = ledger.NamedPlaces(villages, towns)
        if loader.names and "households" in loader.tables:
            homes = loader.tables["households"]
            raw.findings += ledger.refer_to_numbered(table, where, loader.names, homes)
        if loader.names and layer.name == "payments":
            ledger.find_payee_codes(table, where, loader.names)
    if layer.shapes != ("none",):
        table = _locate_rows(loader, raw, table, layer, source)
    if layer.name == "households":
        table["absent"] = pd.Series(",".join(raw.absent), index=table.index, dtype="str")
        table["ledger_as_of"] = pd.Timestamp(source.as_of) if source.as_of else pd.NaT
    if layer.name in _WITH_UNREAD:
        table["unread"] = unread_headings(_unaccepted_findings(loader, raw, table, layer), raw.rows)
    return table


def _unaccepted_findings(
    loader: LayerLoader, raw: RawTable, table: pd.DataFrame, layer: Layer
) -> Iterator[Finding]:
    """The findings of a file that project.toml does not accept."""
    ids = accepted_problems.accept_keys(table, layer, raw.findings)
    for one in raw.findings:
        worded = problem(layer.name, one, key=ids.get(one.row or 0, ""))
        if not accepted_problems.is_accepted(worded, loader.project.accept):
            yield one


def _locate_rows(
    loader: LayerLoader, raw: RawTable, table: pd.DataFrame, layer: Layer, source: LayerFile
) -> pd.DataFrame:
    """Add the rows' locations, if the file has any."""
    placed = georeference(
        raw, table, layer, source.crs, loader.target, mend_swapped=source.mend_swapped
    )
    if placed is None:
        if "none" not in layer.shapes and len(table) and not _has_unreadable_geometry(raw):
            raise Refusal("layer_without_geometry", expected="、".join(layer.shapes))
        report_incomplete(raw, table)
        raw.findings += _no_location_findings(layer, raw.rows)
        return table if layer.numbered else _without_geometry(table, loader.target)
    crs_check.add_sample(loader.samples.setdefault(layer.name, {}), source.path, placed.sample)
    if isinstance(placed.shapes, tuple):
        return table.assign(**dict(zip((EAST, NORTH), placed.shapes, strict=True)))
    by_winding = bool(table["ledger_file"].str.lower().str.endswith(_WINDING_FORMATS).any())
    return gpd.GeoDataFrame(table, geometry=repair(raw, placed.shapes, by_winding=by_winding))


def _has_unreadable_geometry(raw: RawTable) -> bool:
    """Whether the file has a geometry that cannot be read."""
    return any(one.code in _UNREADABLE_GEOMETRY for one in raw.findings)


def _no_location_findings(layer: Layer, rows: Sequence[int]) -> list[Finding]:
    """Report a layer without any location, if such layers normally have one."""
    if layer.shapes[0] == "none":
        return []
    if layer.numbered:  # one finding for each row would hide all others
        return [Finding("no_places", numbers={"rows": len(rows)})]
    return [Finding("no_location", int(row)) for row in rows]


def _without_geometry(table: pd.DataFrame, target: CRS) -> gpd.GeoDataFrame:
    """The rows with a missing geometry each."""
    nowhere = gpd.GeoSeries([None] * len(table), index=table.index, crs=target)
    return gpd.GeoDataFrame(table, geometry=nowhere)
