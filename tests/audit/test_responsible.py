"""Each kind of open work names the unit that the plan makes responsible, or none."""

from types import SimpleNamespace

import pandas as pd
import pytest
import town
from audit.cleared_home import NEXT, VILLAGE, layer

from gis import i18n
from gis.audit import coverage_gaps, responsible

HEJIN = """
[responsible]
"统筹调度、资金计划" = "市清洁取暖办"
"煤改电实施、确村确户、补贴发放" = "各乡（镇、街道）"
"煤改电招投标、第三方验收" = "市能源局"
"集中供热、煤改气、供热规划" = "市住建局"
"实施范围审定、环境监管" = "生态环境分局"
"配套电网改造与保电" = "供电公司"
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return town.policy(tmp_path_factory.mktemp("plan"), HEJIN)


@pytest.mark.parametrize(
    ("work", "unit"),
    [
        ("coal", "各乡（镇、街道）"),
        ("patrol", "各乡（镇、街道）"),
        ("conversion", "各乡（镇、街道）"),
        ("acceptance", "市能源局"),
        ("network", "市住建局"),
        ("gas", "市住建局"),
        ("grid", "供电公司"),
        ("line", "生态环境分局"),
        ("complaint", "生态环境分局"),
        ("plan", "市住建局"),
        ("city_network", "市住建局"),
        ("biomass", ""),
    ],
)
def test_the_unit_of_each_work(plan, work, unit):
    assert responsible.unit_of(work, plan) == unit


def test_a_plan_that_names_nobody(policy):
    assert {responsible.unit_of(work, policy) for work in i18n.messages("audit")["work"]} == {""}


def test_every_reason_and_kind_of_gap_is_some_work():
    said = i18n.messages("audit")
    assert set(responsible._OF_WHY) == set(said["why"])
    kinds = {one.removesuffix("_reroute") for one in said["gap"]}  # a sentence of its own
    assert set(responsible._OF_GAP) == kinds
    used = {
        *responsible._OF_WHY.values(),
        *responsible._OF_GAP.values(),
        *responsible._OF_MODE.values(),
    }
    assert used | {"line", "complaint", "payment", "funds"} == set(said["work"])


def open_work(facts, judged, progress, gaps, plan):
    counts = responsible.work_counts(facts, judged, progress, gaps)
    office = responsible.Office(plan, town.AS_OF, {"t001": "张三", "供电公司": "李四"})
    return responsible.open_work(counts, facts.villages, office)


def test_open_work_by_township(facts_of, judge_of, plan):
    homes = [
        {},
        {"x": 400.0},
        {"x": 300.0, "heating": "coal"},
        {"x": 990.0},
        {"x": 1500.0, "heating": "coal"},
    ]
    complaint = {"received_on": "2024-10-01", "subject": "烧煤"}
    complaints = layer(
        [
            {"complaint_id": "c0", "village_code": VILLAGE, **complaint},
            {"complaint_id": "c1", "village_code": None, **complaint},
        ]
    )
    facts = facts_of(homes, plan=plan)
    judged = judge_of(facts, [{}], plan, complaints=complaints)
    units = pd.DataFrame(
        {"unit_code": [VILLAGE[:9]] * 3, "mode": ["electric", "gas", "central"],
         "remaining": pd.array([7, None, 0], dtype="Int64")}
    )  # fmt: skip
    found = pd.DataFrame([{"township_code": NEXT[:9], "kind": "headroom", "households": 4}])
    table = open_work(facts, judged, SimpleNamespace(units=units), found, plan)
    assert table[["township", "work", "number", "unit"]].fillna("").to_numpy().tolist() == [
        ["t001", "patrol", 1, "t001"],
        ["t001", "line", 1, "生态环境分局"],
        ["t001", "complaint", 1, "生态环境分局"],
        ["t001", "conversion", 8, "t001"],
        ["t001", "grid", 4, "供电公司"],
        ["", "complaint", 1, "生态环境分局"],
    ]
    assert table.loc[0, "work_zh"] == "入户巡查、复查"
    # the unit's own person, else the township's; works by the deadline, evidence by the season
    assert table["person"].tolist() == ["张三", "张三", "张三", "张三", "李四", ""]
    assert [f"{day:%m-%d}" for day in table["due_on"]] == ["11-15"] * 6


@pytest.mark.parametrize(
    ("work", "as_of", "due"),
    [
        ("conversion", "2024-11-15", "2024-11-15"),
        ("conversion", "2024-11-16", "2025-03-15"),
        ("patrol", "2024-11-14", "2024-11-15"),
        ("patrol", "2024-11-15", "2025-03-15"),
        ("patrol", "2025-03-16", "2025-11-15"),
    ],
)
def test_the_day_by_which_work_is_due(plan, day, work, as_of, due):
    assert responsible.due_on(work, plan, day(as_of)) == pd.Timestamp(due)


def test_the_network_of_the_city_has_its_own_unit(facts_of, tmp_path):
    said = (
        '[responsible]\n"集中供热、供热规划" = "市住建局"\n"城区集中供热与验收" = "供热服务中心"\n'
    )
    plan = town.policy(tmp_path, said)
    towns = [(VILLAGE, (0, 0, 1000, 1000)), (f"140882002{NEXT[9:]}", (1000, 0, 2000, 1000))]
    villages = town.villages(towns, rural=[False, True])
    facts = facts_of([{}], plan=plan, villages=villages)
    units = pd.DataFrame({"unit_code": [VILLAGE[:9], "140882002"], "mode": "central",
                          "remaining": pd.array([3, 4], dtype="Int64")})  # fmt: skip
    work = responsible._of_targets(SimpleNamespace(units=units), facts)["work"].tolist()
    assert [responsible.unit_of(one, plan) for one in work] == ["供热服务中心", "市住建局"]


def test_gaps_of_the_city_and_of_a_township_name_who_does_what_by_when(facts_of, tmp_path):
    said = (
        '[responsible]\n"集中供热、供热规划" = "市住建局"\n"城区集中供热与验收" = "供热服务中心"\n'
        '"煤改电实施、确村确户" = "各乡（镇、街道）"\n"配套电网改造" = "供电公司"\n'
    )
    plan = town.policy(tmp_path, said)
    towns = [(VILLAGE, (0, 0, 1000, 1000)), (f"140882002{NEXT[9:]}", (1000, 0, 2000, 1000))]
    villages = town.villages(towns, rural=[False, True])
    villages["township"] = ["城区街道", "甲镇"]
    rows = [  # kind, asset, township, unit, person
        ("not_connected", "branch", VILLAGE[:9], "供热服务中心", "李四"),
        ("not_connected", "branch", "140882002", "市住建局", "张三"),
        ("built_up", "branch", "140882002", "供热服务中心", "李四"),
        ("no_route", "device_electric", "140882002", "甲镇", "张三"),
        ("no_route", "", "140882002", "市住建局", "张三"),
        ("headroom", "upgrade", "140882002", "供电公司", "张三"),
    ]
    gaps = pd.DataFrame([row[:3] for row in rows], columns=["kind", "asset", "township_code"])
    gaps = gaps.assign(gap_id=[f"g{n}" for n in range(len(rows))], households=1)
    office = responsible.Office(plan, town.AS_OF, {"供热服务中心": "李四", "甲镇": "张三"})
    duties = responsible.gap_duties(gaps, villages, office)
    found = duties[["responsible_unit", "responsible_person"]].to_numpy().tolist()
    assert found == [[unit, person] for *_, unit, person in rows]
    assert (duties["due_on"] == pd.Timestamp("2024-11-15")).all()
    assert duties.index.tolist() == gaps["gap_id"].tolist()


def test_central_homes_of_the_city_are_accepted_by_its_own_network(facts_of, judge_of, tmp_path):
    said = (
        '[responsible]\n"煤改电招投标、第三方验收" = "市能源局"\n'
        '"城区集中供热与验收" = "供热服务中心"\n'
    )
    plan = town.policy(tmp_path, said)
    waiting = {"acceptance_result": None, "accepted_on": None}
    homes = [waiting | {"heating": "central"}, waiting]
    villages = town.villages([(VILLAGE, (0, 0, 1000, 1000))], rural=[False])
    facts = facts_of(homes, plan=plan, villages=villages)
    visits = [{"household_id": f"h{n}"} for n in range(2)]
    work = responsible._of_zones(facts, judge_of(facts, visits, plan))["work"]
    units = [responsible.unit_of(one, plan) for one in work]
    assert units == ["供热服务中心", "市能源局"]


def test_nothing_open(facts_of, judge_of, plan):
    facts = facts_of([{}], plan=plan)
    none = pd.DataFrame(columns=list(coverage_gaps.COLUMNS))
    units = pd.DataFrame({"unit_code": [], "mode": [], "remaining": pd.array([], dtype="Int64")})
    progress = SimpleNamespace(units=units)
    assert open_work(facts, judge_of(facts, [{}]), progress, none, plan).empty
