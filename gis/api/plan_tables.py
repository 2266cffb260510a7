"""Tables of a plan: (Geo)DataFrames in yuan and metres, with codes as categories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from gis.network.result_tables import BRANCH_COLUMNS
from gis.output_columns import village_sources
from gis.report.metadata import larger_part
from gis.report.monthly import gap_table
from gis.report.output_tables import (
    household_table,
    village_columns,
    yuan,
)
from gis.report.translate import codes_in

if TYPE_CHECKING:
    from gis.api.run import Run
    from gis.editions.run_results import Results


_NAMES = ["village", "township_code", "township", "remote_mountain", "rural"]
_FACTS = ["households", "pending", "served_share", "pipe_m", "in_zone"]
_HEAT = ["heat_by_median", "heat_by_area", "heat_by_default"]
_MONEY = ["cost_cny_a", "runner_up_cost_cny_a"]
_SUMMED = ["batch", *_HEAT, *_MONEY]  # over the parts of a village


def village_frame(run: Run, decisions: pd.DataFrame) -> gpd.GeoDataFrame:
    """`Plan.villages`; decisions: `Plan.decisions`."""
    results = run.results
    rows = results.decisions.villages
    told = village_columns(larger_part(rows), results, village_sources("table"))
    told = told.drop(columns=[*_FACTS[:2], *_SUMMED, "part", *_NAMES[:3], "complements"])
    parts = decisions.groupby(level="village_code")
    sums = parts[_SUMMED].agg(lambda amounts: amounts.sum(skipna=False))
    sums[_MONEY] = sums[_MONEY].round(2)
    table = (
        told.set_index("village_code")
        .join(run.facts.villages.set_index("village_code")[[*_NAMES, *_FACTS]])
        .join(sums)
        .join(parts.size().rename("parts"))
    )
    drawn = run.inputs.tables["villages"].set_index("village_code").geometry
    first = [*_NAMES, *(name for name in table.columns if name not in _NAMES)]
    table = with_categories(table[first]).sort_index()
    shapes = gpd.GeoSeries(drawn.reindex(table.index).to_numpy(), index=table.index)
    return gpd.GeoDataFrame(table, geometry=shapes, crs=run.inputs.project.crs)


def household_frame(results: Results) -> gpd.GeoDataFrame:
    """`Plan.households`."""
    x, y = results.facts.households["x"], results.facts.households["y"]
    points = gpd.GeoSeries(gpd.points_from_xy(x, y)).where((x.notna() & y.notna()).to_numpy())
    table = with_categories(household_table(results)).assign(geometry=points.to_numpy())
    table = table.sort_values("household_id", kind="stable").set_index("household_id")
    return gpd.GeoDataFrame(table, geometry="geometry", crs=results.project.crs)


def gap_frame(run: Run) -> gpd.GeoDataFrame:
    """`Plan.gaps`."""
    found = run.gaps.sort_values("rank", ignore_index=True)
    table = with_categories(gap_table(found)).assign(
        geometry=gpd.points_from_xy(found["x"], found["y"])
    )
    frame = gpd.GeoDataFrame(table, geometry="geometry", crs=run.inputs.project.crs)
    return frame.set_index("gap_id")


def network_frame(run: Run) -> gpd.GeoDataFrame:
    """`Plan.network`."""
    extension, crs = run.plan.extension, run.inputs.project.crs
    if extension is None:
        empty = pd.DataFrame({name: [] for name in BRANCH_COLUMNS})
        return gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([]), crs=crs).set_index("branch_id")
    return extension.branches.set_crs(crs).sort_values("branch_id").set_index("branch_id")


def zone_frame(run: Run) -> gpd.GeoDataFrame:
    """The coal-ban zones in force with their verdicts, by zone_id."""
    told = run.clearance.zones_with_reasons().rename(columns={"reason_zh": "reason"})
    table = with_categories(told).set_index("zone_id").sort_index()
    shapes = run.facts.zones.set_index("zone_id").geometry.reindex(table.index)
    return gpd.GeoDataFrame(table, geometry=shapes, crs=run.inputs.project.crs)


def in_yuan(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its amounts in yuan and named so."""
    fen = [name for name in table.columns if "_fen" in name]
    told = table.assign(**{name: yuan(table[name]) for name in fen})
    return told.rename(columns={name: name.replace("_fen", "_cny") for name in fen})


def with_categories(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its columns of codes categorical, blank as missing, and money as float64.

    Categories are the whole code list, in its order, then what only this city has.
    """
    columns = {name: table[name].astype("float64") for name in table.columns if "_cny" in name}
    for name in table.columns:
        known = list(codes_in(name))
        if known and not pd.api.types.is_bool_dtype(table[name].dtype) and name != "part":
            values = table[name].where(table[name] != "")
            own = sorted(set(values.dropna().unique()) - set(known))
            columns[name] = pd.Categorical(values, [*known, *own])
    return table.assign(**columns)
