"""A price at the ends of its range: a run with it written in the plan gives what was said of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import town
from decide.hamlets import AS_OF, CASES, Hamlet, computed, decided, facts
from shapely.geometry import LineString, Point

from gis.costs import price_routes
from gis.decide import decide
from gis.facts import build_facts
from gis.policy import Policy, read_policy
from gis.policy.quantities import with_values
from gis.range_runs import RangeRuns
from gis.report.sensitivity_book import effect_table

SMALL, LARGE, SHORT = (f"14088200100{i}" for i in (1, 2, 3))
CEILING = "max_upgrade_cny_per_household = { value = 2_000, verified = true }\n"
USUAL = {  # price → in use, low, high: the last changes no village
    "prices.energy.electricity_heating_cny_per_kwh": (0.35, 0.29, 0.5),
    "electric.upgrade_cny_per_kva": (300, 200, 900),
    "prices.energy.central_cny_per_m2": (18, 15, 25),
    "prices.energy.coal_cny_per_t": (1100, 800, 1800),
}


def _tables() -> dict[str, Any]:
    """Two villages of 30 homes beside a main whose source has heat for one; a third off it.

    Homes of SMALL have 100 m², of LARGE 120 m². The third lacks 63.3 kVA and may have gas.
    """
    homes = [
        {"household_id": f"{code}-{i}", "village_code": code, "heating": "coal",
         "x": 2000.0 * at + 10 + 20 * i, "y": 20.0, "floor_area_m2": m2}
        for at, (code, m2) in enumerate(((SMALL, 100.0), (LARGE, 120.0), (SHORT, 100.0)))
        for i in range(30)
    ]  # fmt: skip
    bounds = [(2000.0 * at, 0.0, 2000.0 * at + 1000, 500.0) for at in range(3)]
    grid = [
        {"transformer_id": f"T{code[-1]}", "village_code": code, "capacity_kva": kva,
         "peak_load_kva": 0.0, "geometry": Point(2000 * at, 0)}
        for at, (code, kva) in enumerate(((SMALL, 500.0), (LARGE, 500.0), (SHORT, 3.0)))
    ]  # fmt: skip
    return {
        "households": town.households(homes),
        "villages": town.villages(list(zip((SMALL, LARGE, SHORT), bounds, strict=True))),
        "coal_ban_zones": town.zones(),
        "heat_pipes": town.layer([{"pipe_id": "p", "status": "in_service", "role": "secondary",
                                   "geometry": LineString([(0, 0), (3000, 0)])}], "in_service_on"),
        "heat_sources": town.layer([{"source_id": "s", "capacity_mw": 0.2, "load_mw": 0.0,
                                     "geometry": Point(0, 0)}]),
        "gas_coverage": town.layer([{"status": "in_service", "supply_secured": True,
                                     "geometry": Point(4500, 0).buffer(900)}], "in_service_on"),
        "transformers": town.layer(grid, "upgrade_due_on"),
    }  # fmt: skip


def _plan(folder: Path, **values: float) -> Policy:
    """The plan with its prices written into it; `values` in their place."""
    told: dict[str, list[str]] = {}
    for key, (now, low, high) in USUAL.items():
        section, _, name = key.rpartition(".")
        said = f"{name} = {{ value = {values.get(key, now)}, low = {low}, high = {high} }}\n"
        told.setdefault(section, []).append(said)
    told["electric"] += [CEILING, "line_m_per_unit = 0\n"]
    sections = "".join(f"[{name}]\n{''.join(rows)}" for name, rows in told.items())
    return town.policy(folder, sections)


def _run(policy: Policy) -> tuple[pd.Series, int, int]:
    """Routes by village, the yearly cost of all [fen], and the price of the grid works [fen]."""
    found = build_facts(_tables(), policy, town.AS_OF)
    result = decide(found, price_routes(found, policy), None, None, policy, town.AS_OF)
    rows = result.villages
    grid_fen = int(result.upgrades["grid_fen"].sum())
    return rows.set_index("village_code")["computed"], int(rows["cost_fen_a"].sum()), grid_fen


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """What the pages say of each price and end."""
    policy = _plan(tmp_path_factory.mktemp("said"))
    tables = _tables()
    runs = RangeRuns(tables, build_facts(tables, policy, town.AS_OF), policy, town.AS_OF)
    runs.__dict__["numbers"] = [one for one in runs.numbers if one.key in USUAL]
    return effect_table(runs.robustness(0), policy).set_index(["key", "range_end"])


@pytest.fixture(scope="module")
def as_it_stands(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.Series, int, int]:
    return _run(_plan(tmp_path_factory.mktemp("plan")))


# Each price at one end, in turn the lower and the upper; with --all at both.
ENDS = [
    pytest.param(key, end, marks=() if number % 2 == at else pytest.mark.long)
    for number, key in enumerate(USUAL)
    for at, end in enumerate(("low", "high"))
]


@pytest.mark.parametrize(("key", "end"), ENDS)
def test_a_run_at_an_end_gives_what_was_said_of_it(
    said: pd.DataFrame, as_it_stands: Any, tmp_path: Path, key: str, end: str
) -> None:
    value = USUAL[key][1 if end == "low" else 2]
    row = said.loc[(key, end)]
    assert row["at_value"] == value
    before, before_fen, before_grid_fen = as_it_stands
    after, after_fen, after_grid_fen = _run(_plan(tmp_path, **{key: value}))
    turned = before.index[before != after]
    assert row["changed_villages"] == len(turned)
    assert row["changed_homes"] == 30 * len(turned)
    assert row["cost_change_cny_a"] == pytest.approx((after_fen - before_fen) / 100)
    assert row["grid_change_cny"] == pytest.approx((after_grid_fen - before_grid_fen) / 100)


def test_the_ends_that_turn_a_village_and_what_is_said_of_them(said: pd.DataFrame) -> None:
    """By hand. At 0.35 yuan/kWh electricity is 102 / 2.7 × 0.35 = 13.2 yuan/m², less than heat at
    18: the larger homes have electricity; at 0.5 it is 18.9, and they have the heat.

    30 homes × 3 kW × 0.7 / 0.95 less 3 kVA are 63.3 kVA short, so that 80 are bought: 800 yuan a
    home at 300 yuan/kVA, 2,400 at 900, above 2,000, which leaves gas.
    """
    power = ("prices.energy.electricity_heating_cny_per_kwh", "high")
    assert said.loc[power, "changed_villages"] == 2
    told = "of 1 villages for district heating 0 stay, 1 become"
    assert said.loc[power, "effect_en"].startswith(told)
    works = ("electric.upgrade_cny_per_kva", "high")
    assert said.loc[works, ["changed_villages", "changed_homes"]].tolist() == [1, 30]
    quiet = said.drop([power, works])
    assert (quiet["changed_villages"] == 0).all()
    assert (quiet["effect"] == "各村方式不变").all()
    grid = said.loc["electric.upgrade_cny_per_kva", "grid_change_cny"]
    assert grid.to_dict() == {"low": -100 * 80, "high": -300 * 80}


# Works of 30 kVA for 10 homes under a ceiling of 1,000 yuan a home: 333.33 yuan/kVA is the most.
PRICED = (
    "simultaneity = 0.5\npower_factor = 1.0\nusable_share = 1.0\nline_m_per_unit = 0\n"
    "max_upgrade_cny_per_household = { value = 1000, verified = true }\n"
)


@pytest.mark.parametrize(
    ("span", "route", "state", "turns"),
    [
        ((200, 300, 333), "electric", "outside", None),
        ((200, 300, 334), "electric", "inside", "high"),
        ((334, 400, 900), "undecided", "outside", None),
        ((333, 400, 900), "undecided", "inside", "low"),
    ],
)
def test_a_price_margin_within_the_range_turns_the_route_at_that_end_and_one_beyond_at_none(
    tmp_path: Path, span: tuple[int, int, int], route: str, state: str, turns: str | None
) -> None:
    low, value, high = span
    text = (CASES / "plans" / "county.toml").read_text("utf-8")
    head, _, tail = text.partition("[electric]\n")
    tail = tail[tail.index("\n[") :]
    price = f"upgrade_cny_per_kva = {{ value = {value}, low = {low}, high = {high} }}\n"
    path = tmp_path / "policy.toml"
    path.write_text(f"{head}[electric]\nkw_per_household = 2.0\n{PRICED}{price}{tail}", "utf-8")
    policy = read_policy(path)
    found = facts([Hamlet(SMALL, 10, feeders={"T1": 10})], {"T1": 0.0}, policy=policy)
    rows = decided(found, policy, as_of=AS_OF).villages
    assert rows["computed"].tolist() == [route]
    assert rows["flip_state"].tolist() == [state]
    other = {"electric": "undecided", "undecided": "electric"}[route]
    for end, number in (("low", low), ("high", high)):
        at_end = with_values(policy, {"electric.upgrade_cny_per_kva": number})
        then = computed(decided(found, at_end, as_of=AS_OF))
        assert then == {(SMALL, ""): other if end == turns else route}
