"""Map geometry for the pages: GeoJSON in WGS84 with listed properties only.

Layers and columns that `gis.pages.drawn_layers` does not declare appear on no page of either
edition.
The module also prepares the proposed mains: rows and lines for both editions.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.editions.page_rows import fen_to_yuan, whole_number
from gis.i18n import Words
from gis.layers import to_wgs84
from gis.pages.drawn_layers import DRAWN, MOST
from gis.pages.supply_rows import ExtensionView, Joined, MainLine
from gis.report.geopackage import dissolved, load_layer
from gis.report.metadata import plain_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.editions.run_results import Results
    from gis.network import NetworkExtension
    from gis.report.metadata import Judged

DECIMALS = 6  # of a degree: 0.1 m
# ASSUME: pages are viewed at 1:20,000 or smaller scales, where 5 m are a quarter of a millimetre.
SIMPLIFIED_M = 5.0
_FINER_M = {"buildings": 0.5}  # a house is smaller than what a border may be out by
Collection = Mapping[str, Any]


def without_ground(drawn: Mapping[str, Collection]) -> str:
    """The key of the note that no map can be drawn, "" if there is an outline."""
    return "" if drawn["outline"]["features"] else "no_ground"


def collections(run: Judged) -> dict[str, Collection]:
    """Every available layer, by its name on the pages.

    Villages are simplified to 5 m as a coverage, so that neighbours still share edges. Townships
    and the outline are dissolved from them.
    """
    tables = {**run.layers.tables, "coal_ban_zones": run.facts.zones}
    villages = _simple_villages(tables["villages"])
    drawn = {
        "outline": _collection(dissolved(villages), {}),
        "townships": _collection(
            dissolved(villages, "township_code"), {"code": "township_code", "name": "township"}
        ),
        "villages": _collection(villages, {"code": "village_code"}),
    }
    for one in DRAWN:
        rows = 0 if one.computed or not one.name else len(tables.get(one.layer, ()))
        if 0 < rows <= MOST.get(one.layer, rows):
            tolerance_m = _FINER_M.get(one.layer, SIMPLIFIED_M)
            drawn[one.name] = collection(tables[one.layer], one.properties, tolerance_m)
    return drawn


def collection(
    layer: gpd.GeoDataFrame, properties: Mapping[str, str], tolerance_m: float = SIMPLIFIED_M
) -> Collection:
    """A layer in the project CRS as GeoJSON; `properties`: name on the pages → column."""
    return _collection(_simple(layer, tolerance_m), properties)


def _simple_villages(villages: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    ordered = villages.sort_values("village_code", ignore_index=True)
    simple = shapely.coverage_simplify(ordered.geometry.to_numpy(), SIMPLIFIED_M)
    return ordered.set_geometry(gpd.GeoSeries(simple, crs=villages.crs))


def _simple(layer: gpd.GeoDataFrame, tolerance_m: float) -> gpd.GeoDataFrame:
    kept = layer[~layer.geometry.isna() & ~layer.geometry.is_empty]
    return kept.set_geometry(kept.geometry.simplify(tolerance_m))


def _collection(layer: gpd.GeoDataFrame, properties: Mapping[str, str]) -> Collection:
    rows = layer.reindex(columns=list(properties.values())).to_dict("records")
    said = [{key: _plain(row[column]) for key, column in properties.items()} for row in rows]
    return features_of(list(zip(said, to_wgs84(layer).geometry.to_numpy(), strict=True)))


def features_of(rows: Sequence[tuple[Mapping[str, Any], shapely.Geometry]]) -> Collection:
    """Properties and geometries in WGS84 as GeoJSON; empty geometries are left out."""
    shapes = np.array([shape for _, shape in rows], dtype=object)
    rounded = shapely.set_precision(shapes, 10**-DECIMALS, mode="pointwise")
    features = [
        {"type": "Feature", "properties": said, "geometry": _geometry(shape)}
        for (said, _), shape in zip(rows, rounded, strict=True)
        if not shape.is_empty
    ]
    return {"type": "FeatureCollection", "features": features}


def _plain(value: Any) -> Any:  # noqa: ANN401  any cell value
    if pd.isna(value):
        return ""
    return value.item() if hasattr(value, "item") else value


def _geometry(shape: shapely.Geometry) -> dict[str, Any]:
    spoken = shapely.geometry.mapping(shape)
    return {"type": spoken["type"], "coordinates": _rounded(spoken["coordinates"])}


def _rounded(coordinates: Any) -> Any:  # noqa: ANN401  GeoJSON nests to any depth
    if isinstance(coordinates, float):
        return round(coordinates, DECIMALS)
    return [_rounded(one) for one in coordinates]


_ALONG_M = 1.0  # a main within this distance of a street counts as being in it


def extension_rows(found: NetworkExtension | None) -> ExtensionView | None:
    """The proposed mains and connected villages with exact values, for the planner edition."""
    if found is None:
        return None
    reached = found.villages[found.villages["connected"]].reset_index()
    branches = found.branches.drop(columns="geometry")
    return ExtensionView(
        mains=[_main(row) for row in branches.to_dict("records")],
        villages=[_joined(row) for row in reached.to_dict("records")],
        built_m=round(found.network.built_m, 1),
        invest_cny=round(found.network.invest_cny),
        loss_kw=round(float(branches["loss_kw"].sum()), 1),
        gap=max(0.0, round(found.network.gap, 7)),
        status=found.network.status,
    )


def _main(row: dict[str, Any]) -> MainLine:
    return MainLine(
        branch_id=str(row["branch_id"]),
        dn_mm=None if pd.isna(row["dn_mm"]) else int(row["dn_mm"]),
        length_m=round(row["length_m"], 1),
        kw=round(row["kw"], 1),
        loss_kw=round(row["loss_kw"], 1),
        heat_mwh_a=round(row["heat_mwh_a"], 1),
        mwh_per_m_a=_rounded_or_none(row["mwh_per_m_a"]),
        thin=bool(row["thin"]),
        upsized=bool(row["upsized"]),
        capital_cny=round(row["capital_cny"]),
        list_cny=None if pd.isna(row["list_cny"]) else round(row["list_cny"]),
        villages=row["villages"].split(",") if row["villages"] else [],
        streets=row["streets"],
    )


def _rounded_or_none(value: object) -> float | None:
    known = plain_values(value)
    return None if known is None else round(float(known), 3)


def _joined(row: dict[str, Any]) -> Joined:
    homes = int(row["homes"])
    own, network, alone = (
        fen_to_yuan(None if plain_values(row[name]) is None else row[name] / homes)
        for name in ("cost_fen_a", "network_fen_a", "individual_fen_a")
    )
    return Joined(
        code=row["village_code"],
        homes=whole_number(homes),
        new_m=round(row["new_m"], 1),
        own_pipe_m=round(row["own_pipe_m"], 1),
        cost_cny_a=own,
        network_cny_a=network,
        individual=row["individual_route"],
        individual_cny_a=alone,
        runs_on=row["runs_on"].date().isoformat(),
        in_time=bool(row["in_time"]),
        way=Words(zh=row["path_zh"], en=row["path_en"]),
    )


def public_extension(
    growth: ExtensionView | None, own: Container[str], step_m: int
) -> ExtensionView | None:
    """The proposed mains for the public edition: location, rounded length and date.

    Loads and costs are left out, because they would reveal numbers of households.

    Args:
        growth: The exact values, None for no extension.
        own: Codes of the villages whose own route is published.
        step_m: The step that lengths are rounded to [m].
    """
    if growth is None:
        return None

    return ExtensionView(
        mains=[_public_main(main, own, step_m) for main in growth["mains"]],
        villages=[_public_joined(one, step_m) for one in growth["villages"] if one["code"] in own],
        built_m=_steps(growth["built_m"], step_m),
        invest_cny=None,
        loss_kw=None,
        gap=round(growth["gap"], 2),
        status=growth["status"],
    )


def _public_main(main: MainLine, own: Container[str], step_m: int) -> MainLine:
    return MainLine(
        branch_id=main["branch_id"],
        dn_mm=main["dn_mm"],
        length_m=_steps(main["length_m"], step_m),
        kw=None,
        loss_kw=None,
        heat_mwh_a=None,
        mwh_per_m_a=None,
        thin=False,
        upsized=main["upsized"],
        capital_cny=None,
        list_cny=None,
        villages=[code for code in main["villages"] if code in own],
        streets=main["streets"],
    )


def _public_joined(one: Joined, step_m: int) -> Joined:
    return Joined(
        code=one["code"],
        homes=None,
        new_m=_steps(one["new_m"], step_m),
        own_pipe_m=None,
        cost_cny_a=None,
        network_cny_a=None,
        individual="",
        individual_cny_a=None,
        runs_on=one["runs_on"],
        in_time=one["in_time"],
        way=Words(zh="", en=""),
    )


def _steps(length_m: float, step_m: int) -> float:
    return float(round(length_m / step_m) * step_m)


def mains_drawn(results: Results, *, openly: bool = False) -> dict[str, Collection]:
    """The proposed mains as GeoJSON, by their name on the pages; {} if there are none.

    openly: only the parts along streets, because the ends inside villages are at homes.
    """
    drawn = mains_layer(results)
    if drawn is None:
        return {}
    if openly:
        drawn = drawn.set_geometry(_along_streets(drawn, results.layers.tables["roads"]))
    named = drawn.assign(branch_id=drawn["branch_id"].astype(str))
    return {"mains": collection(named, {"branch_id": "branch_id"})}


def loads_drawn(results: Results) -> dict[str, Collection]:
    """Transformers as GeoJSON, by their name on the pages; {} where none has a place."""
    drawn = load_layer(results)
    (one,) = (one for one in DRAWN if one.name == "loads")
    return {} if drawn is None else {"loads": collection(drawn, one.properties)}


def mains_layer(results: Results) -> gpd.GeoDataFrame | None:
    """The proposed mains in the project CRS, None if there are none."""
    found = results.extension
    if found is None or not len(found.branches):
        return None
    return found.branches.set_crs(results.project.crs)


def _along_streets(drawn: gpd.GeoDataFrame, roads: gpd.GeoDataFrame) -> NDArray:
    lines = roads.geometry.to_numpy()
    near = lines[shapely.intersects(lines, shapely.box(*drawn.total_bounds))]
    kept = shapely.intersection(drawn.geometry.to_numpy(), shapely.union_all(near).buffer(_ALONG_M))
    parts, row = shapely.get_parts(kept, return_index=True)
    line = shapely.get_dimensions(parts) == 1
    drawn_along = [
        shapely.MultiLineString(list(parts[line & (row == i)])) for i in range(len(kept))
    ]
    return np.array(drawn_along, dtype=object)
