"""A ledger decided by districts, its villages settled together, is decided as in one piece."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
from decide.hamlets import AS_OF, POLICY, Hamlet, decided, facts

from gis.costs import price_routes
from gis.decide.decisions import (
    apply_to_households,
    collect_village_inputs,
    decide_villages,
    merge_inputs,
)
from gis.facts import Facts

ONE, TWO = "140882001", "140882002"


def _county() -> Facts:
    """Two townships on one short transformer, one upgrade and one short source; one has signed."""
    upgrade = {"headroom_kva": 30, "upgrade_kva": 60, "upgrade_due_on": "2024-11-01"}
    town = [
        Hamlet("140882001001", 40, feeders={"T1": 40}, township=ONE),
        Hamlet("140882001002", 30, feeders={"T2": 30}, township=ONE, listed=5),
        Hamlet("140882001003", 100, served=100, piece="P1", township=ONE),
        Hamlet("140882002001", 50, zone=50, feeders={"T1": 50}, township=TWO),
        Hamlet("140882002002", 20, feeders={"T2": 20}, township=TWO, pipe_m=66),
        Hamlet("140882002003", 120, served=110, piece="P1", township=TWO),
        Hamlet("140882002004", 10, signed=10, device_chosen="gas_boiler", township=TWO),
        Hamlet("140882002005", 0, clean=9, township=TWO),
    ]  # fmt: skip
    return facts(town, {"T1": 60, "T2": {**upgrade, "upgrade_cny": 30_000}}, {"P1": 400})


def _of(found: Facts, township: str) -> Facts:
    """The facts of one township; what it shares with others is known as a whole."""
    villages = found.villages[found.villages["township_code"] == township]
    homes = found.households[found.households["township_code"] == township]
    links = found.links[found.links["village_code"].isin(villages["village_code"])]
    return replace(
        found,
        villages=villages.reset_index(drop=True),
        households=homes.reset_index(drop=True),
        links=links.reset_index(drop=True),
    )


def test_by_districts_or_in_one_piece() -> None:
    found = _county()
    whole = decided(found)
    parts = [_of(found, township) for township in (TWO, ONE)]
    about = merge_inputs(collect_village_inputs(part, POLICY, AS_OF) for part in parts)
    priced = pd.concat([price_routes(part, POLICY) for part in parts], ignore_index=True)
    settled = decide_villages(about, found, priced, None, POLICY, AS_OF)
    pd.testing.assert_frame_equal(settled.tried, whole.tried)
    pd.testing.assert_frame_equal(settled.upgrades, whole.upgrades)
    assert settled.problems == whole.problems
    for part in parts:
        codes = part.villages["village_code"]
        own = apply_to_households(settled.of(codes), part, None)
        rows = whole.villages["village_code"].isin(codes)
        pd.testing.assert_frame_equal(own.villages, whole.villages[rows].reset_index(drop=True))
        tried = whole.tried["village_code"].isin(codes)
        pd.testing.assert_frame_equal(own.tried, whole.tried[tried].reset_index(drop=True))
        mine = found.households["township_code"] == part.households["township_code"].iloc[0]
        homes = whole.households[mine].reset_index(drop=True)
        pd.testing.assert_frame_equal(own.households, homes)
        assert own.problems == ()
    # what is shared was short: the zone takes T1, the larger village the source
    routes = whole.villages.set_index("village_code")["computed"].to_dict()
    assert (routes["140882001001"], routes["140882002001"]) == ("undecided", "electric")
    assert len(whole.upgrades) == 2
