"""The cases of tests/policy_cases, each with the answer worked out by hand."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from decide.hamlets import CASES, EVERYTHING, WAY, Hamlet, changed, decided, facts, plan

from gis.decide import Decisions, Extension
from gis.policy import Policy

RULING = ("village_code", "part", "approach", "status", "document_no", "decided_on", "reason")
TARGET = ("unit_code", "unit", "electric", "gas", "central", "total")


ALONE = ("as_of", "policy", "devices", "with", "without", "rulings", "targets", "extension",
    "extension_runs_on",
         "reserved_kw", "problems",
         "alone")  # fmt: skip


def _cases() -> list[Any]:
    """Every case; one that is seen whole beside the others is decided by itself with --all."""
    found = []
    for path in sorted(CASES.glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        for case in table.get("case", []):
            case.setdefault("plan", table.get("plan", "county"))
            marks = pytest.mark.long if _shares_a_county(case) else ()
            found.append(pytest.param(case, id=f"{path.stem}: {case['name']}", marks=marks))
    return found


def _shares_a_county(case: dict[str, Any]) -> bool:
    return not any(name in case for name in ALONE)


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
        available=EVERYTHING - set(case.get("without", [])) | set(case.get("with", [])),
        policy=policy,
        as_of=case.get("as_of"),
    )
    rulings = pd.DataFrame(case["rulings"], columns=RULING) if "rulings" in case else None
    targets = None
    if "targets" in case:
        targets = pd.DataFrame(case["targets"], columns=TARGET)
        targets = targets.astype(dict.fromkeys(TARGET[2:], "Int64"))
    way = replace(WAY, runs_on=case.get("extension_runs_on", WAY.runs_on))
    grown = Extension(
        villages=dict.fromkeys(case.get("extension", []), way),
        reserved_kw=case.get("reserved_kw", {}),
    )
    return decided(found, policy, rulings=rulings, targets=targets, extension=grown,
                   as_of=case.get("as_of"))  # fmt: skip


def _rows(decisions: Decisions) -> dict[str, dict[str, Any]]:
    table = decisions.villages
    day = table["ready_on"].dt.strftime("%Y-%m-%d").fillna("")
    rows = table.assign(ready_on=day).to_dict("records")
    return {"/".join(filter(None, (row["village_code"], row["part"]))): row for row in rows}


def _check(decisions: Decisions, expected: dict[str, Any]) -> None:
    """That the rows are as expected, but for the numbers that `_beside` gives to assets."""
    rows = _rows(decisions)
    assert set(rows) == set(expected)
    attempts = decisions.tried.set_index(["village_code", "part", "route"])["code"]
    for name, wanted in expected.items():
        row = rows[name]
        reason = _plain(row["reason_zh"])
        assert wanted.get("says", "") in reason, row["reason_zh"]
        columns = set(wanted) - {"says", "tried"}
        found = {key: _plain(row[key]) for key in columns}
        assert found == {key: wanted[key] for key in columns}
        for route, code in wanted.get("tried", {}).items():
            assert attempts[row["village_code"], row["part"], route] == code


def _plain(value: Any) -> Any:
    """A text without the numbers that `_beside` gives to assets."""
    return re.sub(r"(?<=[TP]\d)-\d+", "", value) if isinstance(value, str) else value


@pytest.mark.parametrize("case", _cases())
def test_case(case: dict[str, Any]) -> None:
    decisions = _decide(case)
    _check(decisions, case["expect"])
    assert [problem.code for problem in decisions.problems] == case.get("problems", [])
    assert decisions.allocation.proven
    assert decisions.allocation.settled


def _beside(case: dict[str, Any], number: int) -> dict[str, Any]:
    """A case with codes and names of its own: nothing is shared with another case."""

    def own(name: str) -> str:
        return f"{name}-{number}"

    def code(old: str) -> str:
        return f"{100_000 + number}{old[6:]}"

    villages = []
    for village in case["villages"]:
        feeders = {own(name): homes for name, homes in village.get("feeders", {}).items()}
        piece = {"piece": own(village["piece"])} if "piece" in village else {}
        villages.append({**village, **piece, "code": code(village["code"]), "feeders": feeders})
    return {
        "villages": villages,
        "transformers": {own(name): row for name, row in case.get("transformers", {}).items()},
        "sources": {own(name): kw for name, kw in case.get("sources", {}).items()},
        "expect": {code(name): wanted for name, wanted in case["expect"].items()},
    }


@pytest.mark.parametrize("sources", [False, True], ids=["no sources", "sources"])
@pytest.mark.parametrize("plan", ["county", "loads", "other_city"])
def test_cases_hold_side_by_side(plan: str, sources: bool) -> None:
    """What one case is about changes nothing for another that shares nothing with it.

    Any source with room may be the one to come to a village: those without are a county apart.
    """
    cases = [
        case
        for (case,) in (found.values for found in _cases())
        if case["plan"] == plan and _shares_a_county(case) and bool(case.get("sources")) == sources
    ]
    beside = [_beside(case, number) for number, case in enumerate(cases)]
    decisions = _decide(
        {
            "plan": plan,
            "villages": [village for case in beside for village in case["villages"]],
            "transformers": {k: v for case in beside for k, v in case["transformers"].items()},
            "sources": {k: v for case in beside for k, v in case["sources"].items()},
        }
    )
    expected = {name: wanted for case in beside for name, wanted in case["expect"].items()}
    _check(decisions, expected)
    assert decisions.problems == ()
    assert decisions.allocation.proven
    assert decisions.allocation.settled
