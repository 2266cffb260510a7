"""Every household and every zone against shapely, one by one."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
import town
from facts import hard

from gis.facts.village_assignment import Homes, VillageIndex
from gis.facts.zone_membership import ZoneIndex
from gis.policy.model import Placing

SIGMA_HOUSEHOLD_M, SIGMA_ZONE_M, SIGMA_WORDED_M = 12.0, 5.0, 40.0
PLACING = Placing.model_construct(
    sigma_household_m=SIGMA_HOUSEHOLD_M,
    sigma_zone_m=SIGMA_ZONE_M,
    sigma_zone_worded_m=SIGMA_WORDED_M,
)
FRAME = (*(hard.FAR - 9_000), *(hard.FAR + 14_000))


def zones_of(shapes):
    count = np.arange(len(shapes))
    table = gpd.GeoDataFrame(
        {"by_units": False, "worded": count % 3 == 0, "unit_villages": [()] * len(shapes)},
        geometry=list(shapes),
    )
    return table.assign(zone_id=[f"Z{number:03}" for number in count])


def homes_of(x, y, accuracy_m, code=-1):
    rows = len(x)
    return Homes(x, y, np.full(rows, code, np.intp), np.zeros(rows, bool), accuracy_m)


def expected(shape, *, worded, homes):
    """Signed distance [m] of each home, and whether it is surely inside, or undecidable."""
    points = shapely.points(homes.x, homes.y)
    away_m = shapely.distance(shapely.boundary(shape), points)
    signed_m = np.where(shapely.intersects(shape, points), away_m, -away_m)
    own_m = np.where(homes.accuracy_m > 0, homes.accuracy_m, SIGMA_HOUSEHOLD_M)
    margin_m = 3 * np.hypot(own_m, SIGMA_WORDED_M if worded else SIGMA_ZONE_M)
    return signed_m, signed_m > margin_m, np.abs(signed_m) <= margin_m


@pytest.mark.parametrize("seed", range(3))
def test_positions_are_those_of_shapely(seed):
    shapes = hard.areas(seed, count=8)[:30]
    x, y = hard.points(seed, shapes, 3_000)
    rng = np.random.default_rng(seed)
    homes = homes_of(x, y, rng.choice([np.nan, 0.0, 2.0, 60.0, 900.0], 3_000))
    villages = VillageIndex.of(town.villages([("140882001001", FRAME)]), "ledger")
    zones = zones_of(shapes)
    found = ZoneIndex.of(zones, villages, PLACING).find(homes, villages.place(homes))
    assert (np.diff(found.zone) >= 0).all()
    for number, shape in enumerate(shapes):
        rows = found.zone == number
        signed_m, inside, undecidable = expected(shape, worded=zones["worded"][number], homes=homes)
        at = np.flatnonzero(inside | undecidable)
        assert found.household[rows].tolist() == at.tolist()
        assert found.surely[rows].tolist() == inside[at].tolist()
        known = np.isfinite(found.zone_m[rows])
        assert (found.zone_m[rows][known] == signed_m[at][known]).all()
        assert known[undecidable[at]].all()  # what decides is always computed
        assert (found.zone_m[rows][~known] > 0).all()


def test_homes_west_and_east_of_all_others_are_found():
    """Homes sorted by x: first, last, on the edge of the extent, and alone."""
    square = shapely.box(0, 0, 100, 100)
    villages = VillageIndex.of(town.villages([("140882001001", (-900, -900, 900, 900))]), "ledger")
    index = ZoneIndex.of(zones_of([shapely.Point(500, 500).buffer(1), square]), villages, PLACING)
    margin_m = 39.0  # 3 times the root of 12² + 5²
    x = np.array([-margin_m, 100 + margin_m, -margin_m - 1e-6, 100 + margin_m + 1e-6, np.nan, 50])
    homes = homes_of(x, np.where(np.isnan(x), np.nan, 50.0), np.full(6, np.nan))
    for some in ([0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [1], [0, 2], [3, 4], [4]):
        part = homes_of(*(column[some] for column in homes[:2]), np.full(len(some), np.nan))
        found = index.find(part, villages.place(part))
        own = found.zone == 1
        wanted = sorted(at for at, one in enumerate(some) if one in {0, 1, 5})
        assert found.household[own].tolist() == wanted


def test_a_home_without_a_place_is_undecidable_where_its_village_touches():
    villages = VillageIndex.of(
        town.villages([("140882001001", (0, 0, 10, 10)), ("140882001002", (50, 0, 60, 10))]),
        "ledger",
    )
    index = ZoneIndex.of(zones_of([shapely.box(10, 0, 20, 10)]), villages, PLACING)
    none = np.array([np.nan])
    for code, rows in ((0, [0]), (1, [])):
        homes = homes_of(none, none, none, code)
        found = index.find(homes, villages.place(homes))
        assert found.household.tolist() == rows
        assert not found.surely.any()
