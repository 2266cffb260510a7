"""Floor area and type of building of homes, by the footprints that they stand in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import town
from decide.hamlets import POLICY
from shapely.geometry import LineString, Point, Polygon, box

from gis.costs import price_routes
from gis.decide import decide
from gis.facts import Facts, build_facts
from gis.facts.buildings import Buildings
from gis.facts.floor_area import area_basis, heated_m2
from gis.policy import Policy


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


def test_of_overlapping_footprints_the_first_is_the_home_s() -> None:
    """The home stands in both; the one that the layer names first has 20 × 5 m² and lies east."""
    east = (box(10, 0, 30, 5), 1.0, 1990.0, "house")
    west = (box(0, 0, 25, 10), 1.0, 1990.0, "house")
    home = _homes((15, 2, NONE))
    assert _found(_layer(east, west), home)["floor_area_m2"].tolist() == [100.0]
    assert _found(_layer(west, east), home)["floor_area_m2"].tolist() == [250.0]


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


A = "140882001001"
HOUSES = [box(100 * i, 0, 100 * i + 10, 10) for i in range(4)]  # 100 m² each, of 1990
PLANT = {
    "source_id": "S", "capacity_mw": 1.0, "load_mw": 0.5, "load_on": pd.Timestamp(2024, 1, 15),
    "geometry": Point(0, 20),
}  # fmt: skip


def _houses_on_a_main(tmp_path: Path, available_mw: float) -> tuple[Facts, Policy]:
    """Five homes of 100 m²: four in old houses (75 W/m²), of which one has come since the load was
    stated; the fifth in no building that anyone knows (50 W/m²)."""
    rows = [
        {"household_id": f"h{i}", "village_code": A, "heating": "coal", "x": 100.0 * i + 5,
            "y": 5.0,
         "floor_area_m2": 100.0}
        for i in range(5)
    ]  # fmt: skip
    rows[0] |= {"heating": "central", "energised_on": "2024-10-20"}
    built = {"floors": 1.0, "built_year": 1990.0, "use": "house"}
    main = LineString([(0, 20), (500, 20)])
    source = PLANT | {"available_mw": available_mw, "available_document": "函1号"}
    tables = {
        "households": town.households(rows), "villages": town.villages([(A, (0, 0, 500, 100))]),
        "coal_ban_zones": town.zones(),
        "buildings": town.layer([built | {"geometry": one} for one in HOUSES]),
        "heat_pipes": town.layer([{"pipe_id": "p", "status": "in_service", "role": "secondary",
                                   "geometry": main}], "in_service_on"),
        "heat_sources": town.layer([source], "load_on"),
    }  # fmt: skip
    policy = town.policy(tmp_path)
    return build_facts(tables, policy, town.AS_OF), policy


@pytest.mark.parametrize(("available_mw", "route"), [(0.524313, "central"), (0.524312, "electric")])
def test_a_source_carries_the_peak_of_old_houses_by_their_own_figure(
    tmp_path: Path, available_mw: float, route: str
) -> None:
    """500 kW stated + 7.5 × 0.62 come since; to come: (3 × 7.5 + 5) × (0.62 + 0.38 / 4) kW.

    In all 524.3125 kW. At 50 W/m² throughout it would be 517.3.
    """
    facts, policy = _houses_on_a_main(tmp_path, available_mw)
    source = facts.sources.iloc[0]
    assert source[["since_homes", "since_kw", "load_kw"]].tolist() == [
        1, pytest.approx(4.65), pytest.approx(504.65),
    ]  # fmt: skip
    village = facts.villages.iloc[0]
    assert village["peak_pending_kw"] == pytest.approx(19.6625)
    assert village["peak_kw"] == pytest.approx(35 * (0.62 + 0.38 / 5))
    priced = price_routes(facts, policy)
    decisions = decide(facts, priced, None, None, policy, town.AS_OF)
    assert decisions.villages["computed"].tolist() == [route]
    # the year's heat is that same peak over 10.2 MWh / 5 kW = 2,040 full-load hours
    central = priced.set_index("route").loc["central"]
    assert central["peak_w"] == 27_500
    assert central["heat_mwh_a"] == pytest.approx(27.5 * 2.04)
