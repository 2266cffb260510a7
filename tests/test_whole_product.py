"""What holds of the pipeline as a whole, whatever the town: from the layers to what is said."""

import functools
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import town
from hypothesis import given
from hypothesis import strategies as st
from shapely.affinity import affine_transform
from shapely.geometry import LineString
from whole_town import APART, CODES, SIDE, each, made, outcome, plan
from whole_town import TOWNS as ASKED

POLICY = plan(Path(tempfile.mkdtemp()))
SEEDS = 10_000 if ASKED else 3  # the quick suite works few towns out, and each of them once
TOWNS = st.integers(0, SEEDS)
EVIDENCE = ("stove_removed_on", "coal_removed_on", "accepted_on", "energised_on", "device",
            "acceptance_result", "heating")  # fmt: skip


@functools.lru_cache(maxsize=64)
def before(seed):
    return outcome(made(seed), POLICY)


def same(one, two):
    """Everything that is said is the same; order and dtype of what is missing apart."""
    for name, table in one.told().items():
        other = two.told()[name]
        pd.testing.assert_frame_equal(table, other[table.columns], obj=name, rtol=1e-9)


# Shift by whole metres, a quarter turn, a mirror: exact in doubles, so nothing may differ.
ALL_AT_ONCE = [0, -1, -1, 0, 4096, -512]
MOVES = (
    ALL_AT_ONCE,
    *(
        pytest.param(move, marks=pytest.mark.long)
        for move in ([1, 0, 0, 1, 4096, -512], [0, -1, 1, 0, 0, 0], [-1, 0, 0, 1, 0, 0])
    ),
)


@pytest.mark.parametrize("matrix", MOVES)
@each(1)
@given(seed=TOWNS)
def test_the_same_town_elsewhere(matrix, seed):
    tables = made(seed)
    for name, table in tables.items():
        if isinstance(table, gpd.GeoDataFrame):
            moved = [affine_transform(shape, matrix) for shape in table.geometry]
            tables[name] = table.set_geometry(gpd.GeoSeries(moved, table.index, table.crs))
    homes = tables["households"]
    a, b, c, d, east, north = matrix
    x, y = homes["x"], homes["y"]
    tables["households"] = homes.assign(x=a * x + b * y + east, y=c * x + d * y + north)
    same(before(seed), outcome(tables, POLICY))


@each(1)
@given(seed=TOWNS)
def test_the_order_of_rows_says_nothing(seed):
    tables = {
        name: table.sample(frac=1.0, random_state=seed).reset_index(drop=True)
        for name, table in made(seed).items()
    }
    same(before(seed), outcome(tables, POLICY))


@each(1)
@given(seed=TOWNS)
def test_what_is_there_twice_counts_once(seed):
    """Rows of the ledger that intake has found to be repeats."""
    tables = made(seed)
    homes = tables["households"]
    again = homes.sample(5, random_state=seed).assign(reject_reason="duplicate_row")
    tables["households"] = pd.concat([homes, again], ignore_index=True)
    same(before(seed), outcome(tables, POLICY))


@each(1)
@given(seed=TOWNS)
def test_a_layer_in_pieces_is_the_layer(seed):
    """Two ledgers, a main of two lengths, gas of two areas that touch."""
    tables = made(seed)
    homes = tables["households"]
    cut = seed % len(homes)
    tables["households"] = homes.assign(
        ledger_file=np.where(homes.index < cut, "one.csv", "two.csv"),
        ledger_row=[*range(2, cut + 2), *range(2, len(homes) - cut + 2)],
    )
    pipes, gas = tables["heat_pipes"], tables["gas_coverage"]
    (start, y), (end, _) = pipes.geometry.iloc[0].coords
    halves = [LineString([(start, y), (end // 2, y)]), LineString([(end // 2, y), (end, y)])]
    both = pd.concat([pipes, pipes.assign(pipe_id="p2")], ignore_index=True)
    tables["heat_pipes"] = both.set_geometry(gpd.GeoSeries(halves, crs=town.CRS))
    west, south, east, north = gas.total_bounds
    parts = [town.box(west, south, east, 500), town.box(west, 500, east, north)]
    twice = pd.concat([gas, gas], ignore_index=True)
    tables["gas_coverage"] = twice.set_geometry(gpd.GeoSeries(parts, crs=town.CRS))
    same(before(seed), outcome(tables, POLICY))


@each(1)
@given(seed=TOWNS)
def test_more_pipe_serves_no_fewer_and_leaves_no_more_without_a_route(seed):
    tables = made(seed)
    (start, y), (end, _) = tables["heat_pipes"].geometry.iloc[0].coords
    longer = LineString([(start, y), (end + 1500, y)])
    tables["heat_pipes"] = tables["heat_pipes"].set_geometry([longer], crs=town.CRS)
    tables["heat_sources"] = tables["heat_sources"].assign(capacity_mw=1000.0)
    small = made(seed) | {"heat_sources": tables["heat_sources"]}
    one, two = outcome(small, POLICY), outcome(tables, POLICY)
    served = one.homes()["served"] != "none"
    assert (two.homes()["served"] != "none")[served].all()
    gained = two.villages()["approach"].eq("undecided")
    lost = gained & one.villages()["approach"].reindex(gained.index).ne("undecided")
    assert not lost[lost].size


@each(2)
@given(seed=TOWNS, column=st.sampled_from(EVIDENCE), layer=st.booleans())
def test_what_is_missing_never_clears(seed, column, layer):
    """A column of evidence of half of the homes, or the whole layer of visits."""
    tables = made(seed)
    homes = tables["households"]
    half = np.random.default_rng(seed).random(len(homes)) < 0.5
    tables["households"] = homes.assign(**{column: homes[column].mask(half)})
    if layer:
        del tables["inspections"]
    one, two = before(seed), outcome(tables, POLICY)
    was, now = one.homes()["clearance"], two.homes()["clearance"]
    assert not (now.eq("cleared") & was.ne("cleared")).any()
    zones = two.clearance.zones.set_index("zone_id")["verdict"].eq("cleared")
    assert not (zones & one.clearance.zones.set_index("zone_id")["verdict"].ne("cleared")).any()
    if layer:
        assert not now.eq("cleared").any()


@each(2)
@given(seed=TOWNS, index=st.integers(0, 35), burns=st.booleans())
def test_one_record_changes_only_what_depends_on_it(seed, index, burns):
    """A home of one village burns coal, or stands empty: what the others are told stays.

    The villages on the main share its capacity, so that they may answer for each other; the batch
    of a township is drawn among its villages.
    """
    tables = made(seed)
    homes = tables["households"].copy()
    column, value = ("heating", "coal") if burns else ("occupancy", "vacant")
    homes.loc[index, column] = value
    tables["households"] = homes
    one, two = before(seed), outcome(tables, POLICY)
    code, name = homes.loc[index, ["village_code", "household_id"]]
    tied = set(CODES[:2]) if code in CODES[:2] else {code}
    others = ~one.villages().index.get_level_values(0).isin(tied)
    far = ~one.villages().index.get_level_values(0).str.startswith(code[:9])
    kept = one.villages().drop(columns="batch")
    pd.testing.assert_frame_equal(kept[others], two.villages()[kept.columns][others])
    assert one.villages()["batch"][far].equals(two.villages()["batch"][far])
    judged = ["clearance", "why", "relapse", "unused", "served", "zone_position"]
    rest = one.homes().index != name
    pd.testing.assert_frame_equal(one.homes()[judged][rest], two.homes()[judged][rest])
    zone = one.homes().loc[name, "zone_id"]
    zones, after = (found.clearance.zones.set_index("zone_id") for found in (one, two))
    apart = zones.index != zone
    pd.testing.assert_frame_equal(zones[apart], after[apart])
    units, then = (found.progress.units.set_index(["unit_code", "mode"]) for found in (one, two))
    other = next(unit for unit in ("140882001", "140882002") if unit != code[:9])
    pd.testing.assert_frame_equal(units.loc[[other]], then.loc[[other]])


def test_the_towns_are_worth_looking_at():
    """Every verdict and the usual routes occur among the towns, or the rest would say little."""
    found = [before(seed) for seed in range(4)]
    routes = {route for one in found for route in one.villages()["approach"]}
    assert {"electric", "undecided", "done"} <= routes
    codes = {code for one in found for code in one.decisions.tried["code"]}
    assert {"electric_headroom", "electric_transformer"} <= codes
    assert {word for one in found for word in one.homes()["clearance"]} == {
        "cleared", "not_cleared", "unknown"
    }  # fmt: skip
    assert APART > SIDE
