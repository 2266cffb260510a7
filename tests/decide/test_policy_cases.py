"""The cases of tests/policy_cases, each with the answer worked out by hand."""

from __future__ import annotations

import tomllib
from typing import Any

import pandas as pd
import pytest
from decide.hamlets import CASES, EVERYTHING, WAY, Hamlet, changed, decided, facts, plan

from gis.decide import Decisions, Extension
from gis.policy import Policy

RULING = ("village_code", "part", "approach", "status", "document_no", "decided_on", "reason")
TARGET = ("unit_code", "unit", "electric", "gas", "central", "total")


def _cases() -> list[Any]:
    found = []
    for path in sorted(CASES.glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        for case in table.get("case", []):
            case.setdefault("plan", table.get("plan", "county"))
            found.append(pytest.param(case, id=f"{path.stem}: {case['name']}"))
    return found


def _policy(case: dict[str, Any]) -> Policy:
    policy = changed(plan(case["plan"]), **case.get("policy", {}))
    if "devices" not in case:
        return policy
    devices = tuple(case["devices"])
    routes = [
        r.model_copy(update={"devices": devices}) if r.route == "electric" else r
        for r in policy.routes
    ]
    return policy.model_copy(update={"routes": tuple(routes)})


def _decide(case: dict[str, Any]) -> Decisions:
    policy = _policy(case)
    found = facts(
        [Hamlet(**village) for village in case["villages"]],
        case.get("transformers"),
        case.get("sources"),
        available=EVERYTHING - set(case.get("without", [])),
        policy=policy,
    )
    rulings = pd.DataFrame(case["rulings"], columns=RULING) if "rulings" in case else None
    targets = None
    if "targets" in case:
        targets = pd.DataFrame(case["targets"], columns=TARGET)
        targets = targets.astype(dict.fromkeys(TARGET[2:], "Int64"))
    grown = Extension(
        villages=dict.fromkeys(case.get("extension", []), WAY),
        later=dict.fromkeys(case.get("extension_later", []), WAY),
        reserved_kw=case.get("reserved_kw", {}),
    )
    return decided(found, policy, rulings=rulings, targets=targets, extension=grown)


def _rows(decisions: Decisions) -> dict[str, dict[str, Any]]:
    rows = decisions.villages.to_dict("records")
    return {"/".join(filter(None, (row["village_code"], row["part"]))): row for row in rows}


@pytest.mark.parametrize("case", _cases())
def test_case(case: dict[str, Any]) -> None:
    decisions = _decide(case)
    rows = _rows(decisions)
    expected = case["expect"]
    assert set(rows) == set(expected), case["worked"]
    for name, wanted in expected.items():
        row, tried = rows[name], wanted.pop("tried", {})
        assert wanted.pop("says", "") in row["reason_zh"], row["reason_zh"]
        assert {key: row[key] for key in wanted} == wanted, case["worked"]
        attempts = decisions.tried.set_index(["village_code", "part", "route"])["code"]
        for route, code in tried.items():
            assert attempts[row["village_code"], row["part"], route] == code
    assert [problem.code for problem in decisions.problems] == case.get("problems", [])
    assert decisions.allocation.proven
    assert decisions.allocation.settled
