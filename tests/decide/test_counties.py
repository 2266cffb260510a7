"""The properties of every town on many towns at once."""

from __future__ import annotations

import os
import random
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from decide.counties import counties, merged, on_route, routed, worse
from decide.hamlets import POLICY, changed, decided
from decide.towns import Made

from gis.costs import price_routes
from gis.decide import Decisions
from gis.facts import Facts

# The suite looks at some forty towns, always the same; NUANTU_COUNTY_TOWNS=10000 at others, as many
# as one likes.
TOWNS = int(os.environ.get("NUANTU_COUNTY_TOWNS", "40"))


@pytest.fixture(scope="module")
def made() -> list[tuple[list[Made], Facts, Decisions]]:
    return [(c, f, decided(f)) for c in counties(TOWNS) for f in [merged(c)]]


def test_every_home_has_the_one_route_of_its_village_or_part(made: list) -> None:
    for _, found, result in made:
        homes = result.households.assign(
            village_code=found.households["village_code"], pending=found.households["pending"]
        )
        assert len(homes) == len(found.households)
        keys = ["village_code", "part"]
        sums = homes.groupby([*keys, "approach"])["pending"].agg(["size", "sum"]).reset_index()
        rows = result.villages[result.villages["households"] > 0]
        sums = sums.merge(rows, on=keys, suffixes=("", "_row"), how="outer", indicator=True)
        assert (sums["_merge"] == "both").all()
        assert len(sums) == len(rows)
        assert (sums["approach"] == sums["approach_row"]).all()
        assert (sums["size"] == sums["households"]).all()
        assert (sums["sum"] == sums["pending"]).all()


def test_no_route_without_what_it_needs(made: list) -> None:
    for county, found, result in made:
        homes = found.households.join(result.households[["approach"]])[found.households["pending"]]
        village = found.villages.set_index("village_code")
        gas = homes[homes["approach"] == "gas"]
        sure = (gas["gas_served"] == "in_service") & gas["gas_secured"]
        # A split village's parts are judged by themselves, so its homes are told apart here too.
        keys = [gas["village_code"], result.households.loc[gas.index, "part"]]
        assert (sure.groupby(keys).mean() >= 0.9).all()
        assert gas.empty or "gas_coverage" in county[0].available
        codes = homes.groupby("approach")["village_code"].unique()
        assert village.loc[codes.get("biomass", []), "remote_mountain"].all()
        below = result.villages["village_code"].map(village["served_share"]) < 0.9
        central = result.villages["approach"] == "central"
        assert (result.villages.loc[central & below, "part"] == "served").all()
        electric = homes[homes["approach"] == "electric"]
        if "transformers" in county[0].available:
            assert electric["transformer_id"].notna().all()
            _fits(electric["transformer_id"].value_counts(), found)
        if "heat_sources" in county[0].available:
            central = homes[homes["approach"] == "central"]
            # every home of a village has the same area, or none
            area_m2 = central["floor_area_m2"].fillna(POLICY.demand.floor_area_m2)
            watts = area_m2 * POLICY.demand.heat_w_per_m2
            drawn = watts.groupby(central["village_code"].map(village["source_piece"]))
            spare = found.sources.set_index("source_piece")["spare_kw"]
            assert all(
                POLICY.demand.peak_kw(len(own), own.mean()) <= spare[piece] + 1e-6
                for piece, own in drawn
            )


def _fits(drawn: pd.Series, found: Facts) -> None:
    """One home takes 1 kVA; a planned upgrade counts where it is enough and may be built.

    It may where the works of some village that draws on it, over all its transformers that need
    works, are 6,000 yuan a home at most. A unit of one's own choice costs a million a kVA.
    """
    grid = found.transformers.set_index("transformer_id")
    links = found.links.groupby(["village_code", "transformer_id"])["pending"].sum().reset_index()
    waiting = links.groupby("transformer_id")["pending"].sum().reindex(grid.index, fill_value=0)
    enough = grid["upgrade_kva"].astype(float) >= waiting - grid["headroom_kva"]
    own = grid["upgrade_cny"].astype(float).where(enough & (waiting > grid["headroom_kva"]))
    price = own.where(waiting > grid["headroom_kva"], 0.0).fillna(np.inf)
    each_cny = links["transformer_id"].map(price / waiting).astype(float)  # text without a row
    links["cny"] = each_cny * links["pending"]
    built = links[links["cny"] > 0]
    sums = built.groupby("village_code")[["cny", "pending"]].sum()
    mean = built["village_code"].map(sums["cny"] / sums["pending"])
    least = mean.astype(float).groupby(built["transformer_id"]).min()
    least = least.reindex(grid.index, fill_value=0.0)
    lawful = enough & (least <= 6000)
    most = grid["headroom_kva"] + grid["upgrade_kva"].astype(float).where(lawful, 0).fillna(0)
    assert (drawn <= most.reindex(drawn.index) + 1e-6).all()


def test_subsidies_stay_within_their_caps(made: list) -> None:
    for _, found, _ in made:
        priced = price_routes(found, POLICY)
        cap_fen = priced["route"].map({"electric": 104_000, "gas": 120_000}).fillna(0)
        assert (priced["running_subsidy_fen_a"] <= cap_fen * priced["households"]).all()
        assert (priced["running_subsidy_fen_a"] <= priced["running_fen_a"]).all()


def test_the_order_of_rows_and_columns_changes_nothing(made: list) -> None:
    for number, (_, found, result) in enumerate(made):
        rng = np.random.default_rng(number)
        names = ("households", "villages", "transformers", "links", "sources")
        mixed = {}
        for name in names:
            table = getattr(found, name)
            columns = list(rng.permutation(np.array(table.columns)))
            mixed[name] = table.iloc[rng.permutation(len(table))][columns]
        mixed["households"] = mixed["households"].reset_index(drop=True)
        other = decided(replace(found, **mixed))
        pd.testing.assert_frame_equal(other.villages, result.villages)
        pd.testing.assert_frame_equal(other.tried, result.tried)


def _richer(town: Made, rng: random.Random) -> Made:
    more = rng.choice([1.0, 15.0, 400.0])
    if rng.random() < 0.5:
        piece = rng.choice(sorted(town.sources))
        return replace(town, sources=town.sources | {piece: town.sources[piece] + more})
    name = rng.choice(sorted(town.transformers))
    row = town.transformers[name]
    row = row | {"headroom_kva": row["headroom_kva"] + more}
    return replace(town, transformers=town.transformers | {name: row})


def test_more_headroom_or_capacity_leaves_no_town_worse_off(made: list) -> None:
    rng = random.Random(1)
    for county, found, result in made:
        richer = merged([_richer(town, rng) for town in county])
        assert worse(routed(found, result), routed(richer, decided(richer))) == []


def _longer(town: Made, rng: random.Random) -> Made:
    """A main that reaches more homes; but no part too small to stand alone is left over."""
    at = rng.randrange(len(town.hamlets))
    old = town.hamlets[at]
    reached = min(old.households, old.served + rng.randint(1, 100))
    least, rest = POLICY.heating_network.split_min_households, old.households - reached
    if 0 < rest < least or (rest == 0 and old.households - old.served >= least):
        return town
    grown = replace(old, served=reached, piece=old.piece if old.served else "P1")
    return replace(town, hamlets=[*town.hamlets[:at], grown, *town.hamlets[at + 1 :]])


def test_more_pipe_leaves_no_town_worse_off(made: list) -> None:
    rng = random.Random(2)
    for county, found, result in made:
        grown = merged([_longer(town, rng) for town in county])
        assert worse(routed(found, result), routed(grown, decided(grown))) == []


@pytest.fixture(scope="module")
def alike(made: list) -> list[tuple[list[Made], Decisions]]:
    """The counties without what tells their homes apart, and their decisions."""
    counties_of_likes = [
        [replace(town, hamlets=[replace(h, extra={}) for h in town.hamlets]) for town in county]
        for county, _, _ in made
    ]
    return [(county, decided(merged(county))) for county in counties_of_likes]


@pytest.mark.parametrize(
    ("key", "route"),
    [("electricity_heating_cny_per_kwh", "electric"), ("central_cny_per_m2", "central")],
)
def test_a_higher_price_raises_no_towns_share_of_its_route(
    alike: list, key: str, route: str
) -> None:
    energy = POLICY.prices["energy"]
    assert isinstance(energy, dict)
    dearer = changed(POLICY, prices={"energy": energy | {key: energy[key] + 0.5}})
    for county, usual in alike:
        after = on_route(decided(merged(county, dearer), dearer), route)
        assert (after <= on_route(usual, route)).all()


def test_a_town_is_decided_as_if_it_were_alone(made: list) -> None:
    """One town of each county; the homes of a split village and all routes tried included."""
    for county, _, result in made:
        at = len(county) // 2
        town = f"{100_000_000 + at}"
        beside = result.villages[result.villages["village_code"].str.startswith(town)]
        alone = decided(county[at].facts()).villages
        columns = ["part", "computed", "pending", "cost_fen_a", "runner_up", "gap"]
        pd.testing.assert_frame_equal(
            beside[columns].reset_index(drop=True), alone[columns].reset_index(drop=True)
        )
