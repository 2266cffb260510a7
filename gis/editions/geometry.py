"""The layers as the pages draw them: GeoJSON in WGS84, with the properties named here alone.

What is not in `DRAWN` is on no page of either edition, whatever columns a layer brings along.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.layers import to_wgs84

if TYPE_CHECKING:
    from gis.report.run import Judged

DECIMALS = 6  # of a degree: 0.1 m
# name on the pages → (layer, property on the pages → column of the layer)
DRAWN: dict[str, tuple[str, dict[str, str]]] = {
    "zones": ("coal_ban_zones", {"zone_id": "zone_id"}),
    "built_up": ("built_up_area", {}),
    "roads": ("roads", {"name": "name"}),
    "gas": ("gas_coverage", {"status": "status", "secured": "supply_secured"}),
    "pipes": ("heat_pipes", {"status": "status"}),
    "sources": ("heat_sources", {"name": "source_id"}),
}
# ASSUME: a page is read at 1:20,000 and smaller, where 5 m are a quarter of a millimetre.
SIMPLIFIED_M = 5.0
Collection = Mapping[str, Any]


def without_ground(drawn: Mapping[str, Collection]) -> str:
    """The note that there is nothing to draw a map on, "" where there is an outline."""
    return "" if drawn["outline"]["features"] else "no_ground"


def collections(run: Judged) -> dict[str, Collection]:
    """Every layer that is there, by its name on the pages.

    Villages keep their vertices at the 5 m of the page, shared edges staying shared; townships
    and outline are made of them.
    """
    tables = {**run.loaded.tables, "coal_ban_zones": run.facts.zones}
    villages = _simple_villages(tables["villages"])
    drawn = {
        "outline": _collection(_dissolved(villages, None), {}),
        "townships": _collection(
            _dissolved(villages, "township_code"), {"code": "township_code", "name": "township"}
        ),
        "villages": _collection(villages, {"code": "village_code"}),
    }
    for name, (layer, properties) in DRAWN.items():
        if layer in tables and len(tables[layer]):
            drawn[name] = collection(tables[layer], properties)
    return drawn


def collection(layer: gpd.GeoDataFrame, properties: Mapping[str, str]) -> Collection:
    """A layer in the project CRS as the pages draw it; `properties` by their name on the pages."""
    return _collection(_simple(layer), properties)


def _simple_villages(villages: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    ordered = villages.sort_values("village_code", ignore_index=True)
    simple = shapely.coverage_simplify(ordered.geometry.to_numpy(), SIMPLIFIED_M)
    return ordered.set_geometry(gpd.GeoSeries(simple, crs=villages.crs))


def _simple(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    kept = layer[~layer.geometry.isna() & ~layer.geometry.is_empty]
    return kept.set_geometry(kept.geometry.simplify(SIMPLIFIED_M))


def _dissolved(villages: gpd.GeoDataFrame, by: str | None) -> gpd.GeoDataFrame:
    whole = villages.assign(geometry=shapely.make_valid(villages.geometry.to_numpy()))
    return whole.dissolve(by=by, as_index=False) if by else whole.dissolve()


def _collection(layer: gpd.GeoDataFrame, properties: Mapping[str, str]) -> Collection:
    rows = layer.reindex(columns=list(properties.values())).to_dict("records")
    said = [{key: _plain(row[column]) for key, column in properties.items()} for row in rows]
    return features_of(list(zip(said, to_wgs84(layer).geometry.to_numpy(), strict=True)))


def features_of(rows: Sequence[tuple[Mapping[str, Any], shapely.Geometry]]) -> Collection:
    """Properties and shapes in lon and lat as GeoJSON; what is empty is left out."""
    shapes = np.array([shape for _, shape in rows], dtype=object)
    rounded = shapely.set_precision(shapes, 10**-DECIMALS, mode="pointwise")
    features = [
        {"type": "Feature", "properties": said, "geometry": _geometry(shape)}
        for (said, _), shape in zip(rows, rounded, strict=True)
        if not shape.is_empty
    ]
    return {"type": "FeatureCollection", "features": features}


def _plain(value: Any) -> Any:  # noqa: ANN401  whatever a column holds
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
