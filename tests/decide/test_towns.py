"""What must hold of every town, on towns made at random."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from decide.hamlets import AS_OF, EVERYTHING, POLICY, changed, computed, decided
from decide.oracle import Town
from decide.towns import Made, towns, towns_each
from hypothesis import assume, given
from hypothesis import strategies as st

from gis.costs import price_routes
from gis.decide import Decisions, decide
from gis.facts import Facts


@given(towns())
@towns_each(40)
def test_the_decision_is_the_best_there_is_and_lawful(town: Made) -> None:
    found = town.facts()
    priced = price_routes(found, POLICY)
    result = decide(found, priced, None, None, POLICY, AS_OF)
    _one_route_each(found, result)
    _nothing_without_what_it_needs(town, found, result.villages)
    _subsidies_within_caps(priced)
    assert result.allocation.proven
    assert result.allocation.settled
    expected = Town(found, priced, POLICY).best()
    if expected is not None:  # else too many combinations to look at
        assert computed(result) == expected


def _shuffled(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    columns = rng.permutation(np.array(table.columns))
    return table.iloc[rng.permutation(len(table))][list(columns)]


@given(towns(), st.integers(0, 1000))
@towns_each(12)
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
@towns_each(12)
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


@given(towns(), st.integers(0, 11), st.integers(1, 100))
@towns_each(12)
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


@given(
    towns(),
    st.sampled_from(["electricity_heating_cny_per_kwh", "central_cny_per_m2"]),
    st.sampled_from([0.01, 0.5, 50.0]),
)
@towns_each(12)
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


def _one_route_each(found: Facts, result: Decisions) -> None:
    """Every home has one route, and it is that of its village or part."""
    rows = result.villages.set_index(["village_code", "part"])
    homes = result.households.assign(village_code=found.households["village_code"])
    assert len(homes) == len(found.households)
    for (code, part), own in homes.groupby(["village_code", "part"]):
        row = rows.loc[(code, part)]
        assert own["approach"].eq(row["approach"]).all()
        assert len(own) == row["households"]
        assert found.households.loc[own.index, "pending"].sum() == row["pending"]
    empty = rows[rows["households"] > 0].index.difference(
        pd.MultiIndex.from_frame(homes[["village_code", "part"]])
    )
    assert empty.empty


def _nothing_without_what_it_needs(town: Made, found: Facts, table: pd.DataFrame) -> None:
    villages = found.villages.set_index("village_code")
    homes = found.households[found.households["pending"]]
    for code, part, route in table[["village_code", "part", "computed"]].itertuples(index=False):
        own = homes[homes["village_code"] == code]
        own = own[(own["served"] != "none") == (part == "served")] if part else own
        if route == "gas":
            sure = (own["gas_served"] == "in_service") & own["gas_secured"]
            assert sure.sum() >= 0.9 * len(own)
            assert "gas_coverage" in town.available
        if route == "biomass":
            assert villages.loc[code, "remote_mountain"]
        if route == "central":
            assert part == "served" or villages.loc[code, "served_share"] >= 0.9
            assert not part or (own["served"] != "none").all()
        if route == "electric" and "transformers" in town.available:
            assert own["transformer_id"].notna().all()
    _within_capacity(town, homes, table)


def _within_capacity(town: Made, homes: pd.DataFrame, table: pd.DataFrame) -> None:
    """What the computed routes draw together fits, with the upgrades that are planned at all."""
    rows = table.set_index(["village_code", "part"])["computed"]
    split = set(table.loc[table["part"] != "", "village_code"])
    side = np.where(homes["served"] == "none", "unserved", "served")
    part = np.where(homes["village_code"].isin(split), side, "")
    route = rows.reindex(pd.MultiIndex.from_arrays([homes["village_code"], part])).to_numpy()
    if "transformers" in town.available:
        for name, count in homes.loc[route == "electric", "transformer_id"].value_counts().items():
            station = town.transformers[str(name)]
            assert count <= station["headroom_kva"] + (station["upgrade_kva"] or 0.0) + 1e-6
    if "heat_sources" in town.available:
        piece = homes["village_code"].map({h.code: h.piece for h in town.hamlets})
        for name, count in piece[route == "central"].value_counts().items():
            assert POLICY.demand.peak_kw(count) <= town.sources[str(name)] + 1e-6


def _subsidies_within_caps(priced: pd.DataFrame) -> None:
    cap_fen = {"electric": 104000, "gas": 120000}
    most = priced["route"].map(cap_fen).fillna(0) * priced["households"]
    assert (priced["running_subsidy_fen_a"] <= most).all()
    assert (priced["running_subsidy_fen_a"] <= priced["running_fen_a"]).all()


@given(towns())
@towns_each(12)
def test_without_a_layer_nothing_is_made_up(town: Made) -> None:
    blind = replace(town, available=frozenset({"households", "villages", "coal_ban_zones"}))
    result = decided(blind.facts())
    assert set(result.villages["computed"]) <= {"done", "electric"}
    routes = result.tried.set_index("route")["code"]
    assert set(routes.get("central", pd.Series(dtype=str))) <= {"central_no_layer"} or isinstance(
        routes["central"], str
    )
    assert blind.available < EVERYTHING
