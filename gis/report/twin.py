"""The layers of nuantu.gpkg: what the planner's maps show, in the project's metric CRS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from gis.report.monthly import gap_table
from gis.report.summary import larger_part
from gis.report.tables import household_table

if TYPE_CHECKING:
    from gis.report.run import Run

_AS_READ = (
    "built_up_area", "gas_coverage", "heat_coverage", "roads", "heat_pipes", "heat_sources",
    "transformers",
)  # fmt: skip
_DECIDED = (
    "approach", "status", "computed", "batch", "device", "pending", "clause", "reason_zh",
    "runner_up", "flip_margin_zh", "dissent", "gap",
)  # fmt: skip
_MARKED = (
    "household_id", "village_code", "approach", "heating", "occupancy", "in_batch", "pending",
    "served", "zone_id", "zone_position", "clearance", "why", "accepted_on", "status",
)  # fmt: skip
_JUDGED = ("verdict", "inside", "cleared", "not_cleared", "unknown", "undecidable")


def twin_layers(run: Run) -> dict[str, gpd.GeoDataFrame]:
    """Layer name → features, from the ground up; the ledger's personal columns are in none."""
    tables = run.loaded.tables
    ground = {
        name: tables[name].drop(columns="unread", errors="ignore")
        for name in _AS_READ
        if name in tables
    }
    drawn = {
        "villages": _villages(run),
        **ground,
        "heat_extension": _mains(run),
        "coal_ban_zones": _zones(run),
        "gaps": _gaps(run),
        "households": _households(run),
    }
    return {
        name: _known(layer) for name, layer in drawn.items() if isinstance(layer, gpd.GeoDataFrame)
    }


def _villages(run: Run) -> gpd.GeoDataFrame:
    decided = larger_part(run.decisions.villages).set_index("village_code")[list(_DECIDED)]
    renamed = decided.rename(columns={"reason_zh": "reason", "flip_margin_zh": "flip_margin"})
    tables: Mapping[str, Any] = run.loaded.tables
    shown = tables["villages"].merge(
        run.facts.villages[["village_code", "households"]], on="village_code"
    )
    return shown.join(renamed, on="village_code").sort_values("village_code", ignore_index=True)


def _zones(run: Run) -> gpd.GeoDataFrame:
    judged = run.clearance.zones.set_index("zone_id")[list(_JUDGED)]
    zones = run.facts.zones.drop(columns=["unit_villages", *_JUDGED], errors="ignore")
    return zones.join(judged, on="zone_id")


def _mains(run: Run) -> gpd.GeoDataFrame | None:
    """The proposed mains, one row a run between junctions; None where none are proposed."""
    if run.extension is None or not len(run.extension.branches):
        return None
    return run.extension.branches.set_crs(run.project.crs)


def _gaps(run: Run) -> gpd.GeoDataFrame:
    table = gap_table(run.gaps)
    at = run.gaps.sort_values("rank", ignore_index=True)
    return gpd.GeoDataFrame(
        table, geometry=gpd.points_from_xy(at["x"], at["y"], crs=run.project.crs)
    )


def _households(run: Run) -> gpd.GeoDataFrame:
    table = household_table(run)[list(_MARKED)]
    at = run.facts.households[["x", "y"]]
    here = at["x"].notna() & at["y"].notna() & (table["status"] != "rejected")
    points = gpd.points_from_xy(at.loc[here, "x"], at.loc[here, "y"], crs=run.project.crs)
    return gpd.GeoDataFrame(table[here].reset_index(drop=True), geometry=points)


def _known(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Only columns of one plain kind: what else a layer carries is not for a map."""
    plain = [
        name
        for name in layer.columns
        if name == layer.geometry.name
        or pd.api.types.is_numeric_dtype(layer[name])
        or pd.api.types.is_bool_dtype(layer[name])
        or pd.api.types.is_datetime64_any_dtype(layer[name])
        or pd.api.types.infer_dtype(layer[name], skipna=True) in ("string", "empty")
    ]
    shaped = layer[~layer.geometry.isna() & ~layer.geometry.is_empty]
    return shaped[plain].reset_index(drop=True)
