"""explain and compare as they are read out, and a route that only another city's plan knows."""

from __future__ import annotations

import tomllib
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from decide.hamlets import POLICY, Hamlet, changed, decided, facts, plan

from gis import i18n
from gis.api.explanation import Explanation
from gis.api.plan_tables import in_yuan
from gis.cli import print_comparison
from gis.cli.output import Screen
from gis.costs import price_routes
from gis.decide import compare, explain
from gis.policy.model import RouteName
from gis.report.metadata import by_approach

A, B = "140882001001", "140882001002"


def _told(lang: str = "zh") -> str:
    upgrade = {"headroom_kva": 50, "upgrade_kva": 60, "upgrade_due_on": "2024-11-01"}
    found = facts(
        [Hamlet(A, 100, feeders={"T1": 100})], {"T1": {**upgrade, "upgrade_cny": 100_001}}
    )
    found.villages["named_area"] = "吴家关村周边"
    told = explain(A, found, price_routes(found, POLICY), decided(found), POLICY)
    return str(Explanation(told, lang))


def test_a_village_is_read_out_with_money_and_what_is_not_known() -> None:
    said = _told()
    assert "方案点名：吴家关村周边" in said
    assert "结论  煤改电（建议方案）" in said
    assert "设备  空气源热风机（计价用，住户自选）" in said
    # 100 homes: 8,000 yuan each, 100,001 yuan of transformer; 10,200 kWh / 2.7 at 0.1 yuan each
    assert "设备 800,000.00，接入 0.00，换热站 0.00，台区增容 100,001.00；其中设备补贴 —" in said
    assert "运行补贴 37,778.00，住户自付（含设备折年）—" in said
    assert "散煤 250 t" in said
    assert "住户自付 — 元（设备补贴待招标）" in said
    assert "集中供热  不符合（二（一））" in said


def test_the_same_in_english() -> None:
    said = _told("en")
    assert "named in the plan: 吴家关村周边" in said
    assert "transformers 100,001.00; of it equipment subsidy —" in said
    assert "(equipment subsidy pending tender)" in said


def test_another_citys_routes_and_devices_are_read_out() -> None:
    policy = plan("other_city")
    town = [Hamlet(A, 10, feeders={"T1": 10}), Hamlet(B, 10, feeders={"T2": 10})]
    found = facts(town, {"T1": 20, "T2": 0}, policy=policy)
    decisions = decided(found, policy)
    prices = price_routes(found, policy)
    told = [explain(code, found, prices, decisions, policy) for code in (A, B)]
    said = "\n".join(str(Explanation(one)) for one in told)
    assert "设备  光电直柔" in said
    assert "可配合  太阳能辅助（设备 6,000.00 元/户）、wind（政策未列价）" in said
    assert said.count("可配合") == 1  # clean coal has none
    assert "备选  洁净煤" in said
    assert "结论  洁净煤（建议方案）" in said
    assert by_approach(decisions.villages)["clean_coal"] == {"villages": 1, "households": 10}


@pytest.mark.parametrize("route", get_args(RouteName))
def test_every_route_a_policy_may_name_has_its_words_and_colours(route: str) -> None:
    looks = tomllib.loads(i18n.template("colours.toml"))
    assert i18n.messages("terms")["approach"][route]["zh"]
    assert looks["approach"][route]["fill"]
    assert looks["route_point"][route]["fill"]


def _compared(capsys: pytest.CaptureFixture[str], rulings: pd.DataFrame | None, lang: str) -> str:
    town = [Hamlet(A, 60, feeders={"T1": 60}), Hamlet(B, 40, feeders={"T1": 40})]
    upgrade = {"headroom_kva": 50, "upgrade_kva": 60, "upgrade_due_on": "2024-11-01"}
    found = facts(town, {"T1": {**upgrade, "upgrade_cny": 100_000}})
    low = changed(POLICY, electric={"max_upgrade_cny_per_household": 900})
    sides = decided(found, rulings=rulings), decided(found, low, rulings=rulings)
    print_comparison.print_comparison(Screen(lang), in_yuan(compare(*sides)), ("base", "cap"))
    return capsys.readouterr().out


def test_compare_sums_up_and_then_says_where_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    said = _compared(capsys, None, "zh").splitlines()
    assert (
        said[0]
        == "base → cap：1 个村的测算或方式不同；其中 1 个村的方式会变，0 个村已有审定，方式照旧"
    )
    assert said[1] == "  测算 煤改电 → 待定（覆盖缺口）：1 村（片），待改 60 户"
    assert said[2] == "镇1 村001  煤改电 → 待定（覆盖缺口）"
    assert "超过上限900元" in said[3]


def test_compare_says_where_a_ruling_holds_the_route(capsys: pytest.CaptureFixture[str]) -> None:
    ruling = {
        "village_code": [A], "part": [""], "approach": ["electric"], "status": ["approved"],
        "document_no": ["1号"], "decided_on": pd.to_datetime(["2024-06-01"]), "reason": [""],
    }  # fmt: skip
    said = _compared(capsys, pd.DataFrame(ruling), "en").splitlines()
    assert "the route in force changes in 0, a ruling holds it in 1" in said[0]
    assert "Coal to electric → Coal to electric (by the facts Undecided (gap))" in said[2]


def test_compare_of_alike_scenarios_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    found = facts([Hamlet(A, 5)])
    print_comparison.print_comparison(
        Screen(), in_yuan(compare(decided(found), decided(found))), ("base", "base")
    )
    assert capsys.readouterr().out.startswith("base → base：0 个村")


@pytest.mark.parametrize(("n", "more"), [(20, None), (21, 1), (45, 25)])
def test_compare_says_how_many_works_it_does_not_print(
    capsys: pytest.CaptureFixture[str], n: int, more: int | None
) -> None:
    works = pd.DataFrame(
        {
            "township": "镇1", "village": "村001", "works_id": [f"T{k}" for k in range(n)],
            "works_kind": "upgrade", "works_change": "added", "change_cny": 1000.0,
            "works_kva_a": np.nan, "works_kva_b": 100.0, "works_kw_a": np.nan, "works_kw_b": np.nan,
            "works_cny_a": np.nan, "works_cny_b": 1000.0, "works_on_a": pd.NaT,
            "works_on_b": pd.NaT,
        }
    )  # fmt: skip
    ready = pd.DataFrame(columns=["pending_a", "pending_b", "village_code", "part"])
    print_comparison.print_works(Screen("zh"), pd.DataFrame(), ready, works)
    print_comparison.print_works(Screen("en"), pd.DataFrame(), ready, works)
    said = capsys.readouterr().out
    assert said.count("100 kVA") == 2 * min(n, 20)
    if more is None:
        assert "--of" not in said
    else:
        assert f"以上为前 20 处，另有 {more} 处未列；加 --of works 列出全部 {n} 处" in said
        assert f"the first 20; {more} more: --of works lists all {n}" in said
