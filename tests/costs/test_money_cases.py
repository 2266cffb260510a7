"""The homes of tests/policy_cases/money.toml, each account worked out by hand."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from typing import Any

import pytest
from decide.hamlets import CASES, POLICY, changed

from gis.costs.household import HomeKind, household_cost
from gis.policy import Policy


def _cases() -> list[Any]:
    text = (CASES / "money.toml").read_text(encoding="utf-8")
    return [pytest.param(case, id=case["name"]) for case in tomllib.loads(text)["home"]]


def _policy(case: dict[str, Any]) -> Policy:
    sections = case.get("policy", {})
    prices = {
        name: POLICY.prices.get(name, {}) | value if isinstance(value, dict) else value
        for name, value in sections.pop("prices", {}).items()
    }
    policy = changed(POLICY, prices=prices, **sections)
    for key in case.get("without", []):
        table, name = key.split(".")
        less = {k: v for k, v in policy.prices[table].items() if k != name}
        policy = changed(policy, prices={table: less})
    return policy


@pytest.mark.parametrize("case", _cases())
def test_home(case: dict[str, Any]) -> None:
    home = HomeKind(float(case.get("floor_area_m2", 100)), case.get("subsidised", True))
    one = household_cost(case["route"], case["device"], home, _policy(case))
    assert one.missing == tuple(case["expect"].pop("missing", ()))
    for name, yuan in case["expect"].items():
        column = name.replace("_a", "_fen_a") if name.endswith("_a") else f"{name}_fen"
        expected = None if yuan == "unknown" else int(Decimal(repr(yuan)) * 100)
        assert getattr(one, column) == expected, case["worked"]
