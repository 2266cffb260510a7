"""Floor area and type of building of homes, by the footprints that they stand in."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from decide.hamlets import POLICY
from shapely.geometry import Polygon, box

from gis.facts.buildings import Buildings
from gis.facts.floor_area import area_basis, heated_m2


def _layer(*rows: tuple[Polygon, float, float, str | None]) -> gpd.GeoDataFrame:
    shapes, floors, years, uses = zip(*rows, strict=True)
    table = {"floors": floors, "built_year": years, "use": pd.array(uses, "str")}
    return gpd.GeoDataFrame(table, geometry=list(shapes), crs="EPSG:4546")


def _homes(*places: tuple[float, float, float], **more: Any) -> pd.DataFrame:
    x, y, area_m2 = zip(*places, strict=True)
    columns = {"x": x, "y": y, "floor_area_m2": area_m2, "status": "placed", "village_code": "A"}
    return pd.DataFrame(columns | more)


def _found(layer: gpd.GeoDataFrame, homes: pd.DataFrame) -> pd.DataFrame:
    buildings = Buildings.of(layer, POLICY)
    assert buildings is not None
    return homes.assign(**buildings.columns(homes))


NONE = np.nan
HOUSE = (box(0, 0, 10, 12), 1.0, 1990.0, "house")  # 120 m²
BLOCK = (box(100, 0, 120, 15), 4.0, 2015.0, "dwelling")  # 300 m² × 4 floors


def test_homes_share_footprint_times_floors_and_the_ledger_goes_first() -> None:
    homes = _homes((5, 5, NONE), *[(110, 5, NONE)] * 11, (111, 5, 90.0), (50, 5, NONE))
    table = _found(_layer(HOUSE, BLOCK), homes)
    assert table["floor_area_m2"].tolist()[:13] == [120, *[100.0] * 11, 90]
    assert np.isnan(table["floor_area_m2"][13])
    assert table["building_type"].tolist() == ["house_uninsulated", *["flat_insulated"] * 12, ""]
    assert area_basis(table).tolist() == ["building", *["building"] * 11, "ledger", "village"]
    assert heated_m2(table, POLICY)[13] == 100.0


def test_rejected_rows_share_nothing() -> None:
    homes = _homes((5, 5, NONE), (6, 5, NONE), status=["placed", "rejected"])
    assert _found(_layer(HOUSE), homes)["floor_area_m2"].tolist()[0] == 120


@pytest.mark.parametrize(
    ("building", "area_m2"),
    [
        ((box(0, 0, 10, 12), NONE, 1990.0, "house"), NONE),
        ((box(0, 0, 10, 12), 0.0, 1990.0, "house"), NONE),
        ((box(0, 0, 10, 12), 1.0, 1990.0, "other"), NONE),
        ((box(0, 0, 10, 12), 1.0, 1990.0, None), 120.0),
        ((box(0, 0, 10, 50), 1.0, 1990.0, "house"), 500.0),
        ((box(0, 0, 10, 50.1), 1.0, 1990.0, "house"), NONE),
        ((box(0, 0, 10, 2), 1.0, 1990.0, "house"), 20.0),
        ((box(0, 0, 10, 1.9), 1.0, 1990.0, "house"), NONE),
    ],
)
def test_what_is_no_homes_area_is_unknown(building: Any, area_m2: float) -> None:
    home = _homes((5, 1, NONE))
    found = _found(_layer(building), home)["floor_area_m2"][0]
    assert found == area_m2 or (np.isnan(found) and np.isnan(area_m2))


@pytest.mark.parametrize(
    ("floors", "year", "use", "kind"),
    [
        (2, 2009, None, "house_uninsulated"),
        (2, 2010, None, ""),
        (3, 2009, "dwelling", "flat_uninsulated"),
        (3, 2010, "dwelling", "flat_insulated"),
        (2, 2010, "flat", "flat_insulated"),
        (3, 2009, "house", "house_uninsulated"),
        (3, NONE, "dwelling", ""),
        (NONE, 1990, "dwelling", ""),
        (NONE, 1990, "house", "house_uninsulated"),
    ],
)
def test_the_type_of_a_building_needs_its_year_and_its_floors_or_use(
    floors: float, year: float, use: str | None, kind: str
) -> None:
    table = _found(_layer((box(0, 0, 10, 12), floors, year, use)), _homes((5, 5, 100.0)))
    assert table["building_type"].tolist() == [kind]
    watts = {"": 50, "house_uninsulated": 75, "flat_uninsulated": 61, "flat_insulated": 42.5}
    assert {**POLICY.demand.building_w_per_m2, "": POLICY.demand.heat_w_per_m2} == watts
