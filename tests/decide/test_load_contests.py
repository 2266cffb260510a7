"""Towns with every kind of load: the joint allocation against all combinations of choices.

The suite looks at a seeded few; NUANTU_CONTESTS=5000 at as many others.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
import town
from decide.load_oracle import LoadedTown
from decide.load_towns import BUYING, REFUSING, LoadTown, county, draw_town

from gis.costs import price_routes
from gis.decide.decisions import computed_routes
from gis.facts import Facts, build_facts
from gis.policy import Policy, read_policy

MORE = int(os.environ.get("NUANTU_CONTESTS", "0"))
PER_COUNTY, SEED = 40, 20_241_031


def _policy(folder: Path, plan: str) -> Policy:
    path = folder / "policy.toml"
    text = town.POLICY + plan
    if plan == BUYING:  # neither a measured diversity nor a nameplate without reserve
        text = "\n".join(line for line in text.splitlines() if not line.startswith("diversity"))
        text = text.replace("reserve_share = 0\n", "reserve_share = 0.1\n")
    path.write_text(text, encoding="utf-8")
    return read_policy(path)


def _of(facts: Facts, made: LoadTown) -> Facts:
    """What of a county's facts the search of one town looks at."""
    homes, villages = facts.households, facts.villages
    return replace(
        facts,
        households=homes[homes["village_code"].str.startswith(made.prefix)],
        villages=villages[villages["village_code"].str.startswith(made.prefix)],
        transformers=facts.transformers.iloc[:0],
        sources=facts.sources.iloc[:0],
    )


def _check_county(first: int, plan: str, folder: Path) -> tuple[int, int]:
    """Decide a county, compare each of its towns; how many were looked at, and had a contest."""
    policy = _policy(folder, plan)
    made = [draw_town(i, SEED + first + i) for i in range(PER_COUNTY)]
    facts = build_facts(county(made), policy, town.AS_OF)
    priced = price_routes(facts, policy)
    rows = computed_routes(facts, priced, policy).parts
    keys = zip(rows["village_code"], rows["part"], strict=True)
    routes = dict(zip(keys, rows["computed"], strict=True))
    looked = contested = 0
    for i, one in enumerate(made):
        own = priced[priced["village_code"].str.startswith(one.prefix)]
        again = LoadedTown(one, _of(facts, one), own, policy)
        best = again.best()
        if best is None:
            continue
        expected = {key: route for key, route in best.items() if route != "done"}
        found = {key: route for key, route in routes.items() if key[0].startswith(one.prefix)}
        assert found == expected, f"seed {SEED + first + i}, {plan}"
        looked += 1
        contested += again.contested()
    return looked, contested


@pytest.mark.parametrize("plan", [REFUSING, BUYING], ids=["refusing", "buying"])
def test_the_allocation_of_towns_with_loads_equals_brute_force(tmp_path: Path, plan: str) -> None:
    looked, contested = _check_county(0, plan, tmp_path)
    assert looked > PER_COUNTY * 0.9
    assert contested > PER_COUNTY * 0.5
    first = PER_COUNTY
    while looked < MORE // 2:
        more = _check_county(first, plan, tmp_path)
        looked, contested, first = looked + more[0], contested + more[1], first + PER_COUNTY
    if MORE:
        print(f"{looked} towns, {contested} with a contest")  # noqa: T201  # what -s shows
