"""What must hold of every town, on towns made at random, one at a time.

test_counties.py looks at many towns at once, where the number of homes on a route is enough to
tell. What compares whole objectives or finds the smallest town that fails is here.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from decide.hamlets import AS_OF, EVERYTHING, POLICY, changed, computed, decided
from decide.oracle import Town
from decide.towns import Made, towns, towns_each
from hypothesis import assume, given
from hypothesis import strategies as st

from gis.costs import price_routes
from gis.decide import decide
from gis.facts import Facts


@given(towns())
@towns_each(12)
def test_the_decision_is_the_best_lawful_one_there_is(town: Made) -> None:
    found = town.facts()
    priced = price_routes(found, POLICY)
    result = decide(found, priced, None, None, POLICY, AS_OF)
    assert result.allocation.proven
    assert result.allocation.settled
    expected = Town(found, priced, POLICY).best()
    if expected is not None:  # else too many combinations to look at
        assert computed(result) == expected


def _shuffled(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    columns = rng.permutation(np.array(table.columns))
    return table.iloc[rng.permutation(len(table))][list(columns)]


@pytest.mark.long
@given(towns(), st.integers(0, 1000))
@towns_each(6)
def test_the_order_of_rows_and_columns_changes_nothing(town: Made, seed: int) -> None:
    found = town.facts()
    mixed = replace(
        found,
        households=_shuffled(found.households, seed).reset_index(drop=True),
        **{
            name: _shuffled(getattr(found, name), seed)
            for name in ("villages", "transformers", "links", "sources")
        },
    )
    pd.testing.assert_frame_equal(decided(mixed).villages, decided(found).villages)


def _objective(town: Made, found: Facts) -> tuple[int, ...]:
    """The whole lexicographic objective the decision reached, upgrades left to the allocation."""
    oracle = Town(found, price_routes(found, POLICY), POLICY)
    rows = computed(decided(found))
    total: tuple[int, ...] = ()
    for code in sorted({code for code, _ in rows}):
        choice = {key: route for key, route in rows.items() if key[0] == code}
        worth = oracle.worth(code, choice)
        total = tuple(a + b for a, b in zip(total, worth, strict=True)) if total else worth
    return total[:-1]  # homes with a route and on the preferred one, by class


@given(towns(), st.sampled_from(["T1", "T2", "P1", "P2"]), st.sampled_from([1.0, 15.0, 400.0]))
@towns_each(4)
def test_more_headroom_or_capacity_never_lowers_the_objective(
    town: Made, name: str, more: float
) -> None:
    if name in town.sources:
        richer = replace(town, sources=town.sources | {name: town.sources[name] + more})
    else:
        station = town.transformers[name]
        station = station | {"headroom_kva": station["headroom_kva"] + more}
        richer = replace(town, transformers=town.transformers | {name: station})
    assert _objective(richer, richer.facts()) >= _objective(town, town.facts())


@pytest.mark.long
@given(towns(), st.integers(0, 11), st.integers(1, 100))
@towns_each(6)
def test_more_pipe_never_lowers_the_homes_with_a_route(town: Made, which: int, more: int) -> None:
    """By class. A part that gets too small to stand alone is left out: the plan forbids it."""
    hamlet = town.hamlets[which % len(town.hamlets)]
    reached = min(hamlet.households, hamlet.served + more)
    piece = hamlet.piece if hamlet.served else "P1"  # a piece without a source stays without one
    longer = replace(hamlet, served=reached, piece=piece)
    least = POLICY.heating_network.split_min_households
    assume(not 0 < hamlet.households - reached < least <= hamlet.households - hamlet.served)
    assume(reached < hamlet.households or hamlet.households - hamlet.served < least)
    grown = replace(town, hamlets=[longer if h == hamlet else h for h in town.hamlets])
    classes = len(POLICY.priority.order) + 1
    after, before = _objective(grown, grown.facts()), _objective(town, town.facts())
    assert after[:classes] >= before[:classes]


@pytest.mark.long
@given(
    towns(),
    st.sampled_from(["electricity_heating_cny_per_kwh", "central_cny_per_m2"]),
    st.sampled_from([0.01, 0.5, 50.0]),
)
@towns_each(6)
def test_raising_a_price_never_raises_its_routes_share(town: Made, key: str, more: float) -> None:
    town = replace(town, hamlets=[replace(h, extra={}) for h in town.hamlets])
    energy = POLICY.prices["energy"]
    dearer = changed(POLICY, prices={"energy": energy | {key: energy[key] + more}})
    route = "electric" if key.startswith("electricity") else "central"
    share = []
    for policy in (POLICY, dearer):
        table = decided(town.facts(policy), policy).villages
        share.append(table.loc[table["computed"] == route, "pending"].sum())
    assert share[1] <= share[0]


@given(towns())
@towns_each(4)
def test_without_a_layer_nothing_is_made_up(town: Made) -> None:
    blind = replace(town, available=frozenset({"households", "villages", "coal_ban_zones"}))
    result = decided(blind.facts())
    assert set(result.villages["computed"]) <= {"done", "electric"}
    routes = result.tried.set_index("route")["code"]
    assert set(routes.get("central", pd.Series(dtype=str))) <= {"central_no_layer"} or isinstance(
        routes["central"], str
    )
    assert blind.available < EVERYTHING
