"""Ways in which a zone could be called cleared that is not; each one is closed."""

import re
from collections import defaultdict
from dataclasses import replace

import pandas as pd
import pytest
import town
from audit.cleared_home import CLEAN_VISIT, NEXT, VILLAGE, layer
from shapely.geometry import Point, box

from gis.audit import evidence, open_items
from gis.facts import build_facts

SQUARE = box(0, 0, 1000, 1000)
UNITS = {"zone_id": "Z1", "geometry": SQUARE, "by_units": True, "unit_villages": (VILLAGE,),
         "worded": True}  # fmt: skip
COAL = {"heating": "coal"}
COAL_THERE = {"finding": "coal_stored", "household_id": None}


def verdict(judged):
    return judged.zones["verdict"].tolist()


def otherwise(zones_of, cases):
    """The cases ((what is there, the verdict), …) that come out otherwise, judged side by side."""
    usual = {"homes": [{}], "visits": [{}]}
    found = zones_of([usual | case for case, _ in cases])["verdict"]
    return [(*one, got) for one, got in zip(cases, found, strict=True) if one[1] != got]


def test_the_usual_town_is_cleared_by_line_and_by_units(judge):
    assert verdict(judge([{}], [{}])) == ["cleared"]
    assert verdict(judge([{}], [{}], zones=[UNITS])) == ["cleared"]


LOST = {"household_id": "h1", "x": None, "y": None, "village_code": None, **COAL}


@pytest.mark.parametrize("zone", [UNITS, {"zone_id": "Z1", "geometry": SQUARE}])
@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (None, "unconfirmed"),  # a home that nobody can place may stand in any zone
        ("990000000000", "unconfirmed"),
        (VILLAGE[:9], "unconfirmed"),  # the township, which the zone is in
        ("140882002", "cleared"),  # another one
    ],
)
def test_a_home_that_nobody_can_place(facts_of, judge_of, zone, written, expected):
    villages = town.villages(
        [(VILLAGE, (0, 0, 1000, 1000)), ("140882002001", (5000, 0, 6000, 1000))]
    )
    elsewhere = {"household_id": "h2", "x": 5500.0, "village_code": "140882002001"}
    homes = [{}, LOST | {"village_code": written}, elsewhere]
    judged = judge_of(facts_of(homes, [zone], villages=villages), [{}])
    assert verdict(judged) == [expected]
    assert judged.zones["rejected"].tolist() == [int(expected != "cleared")]


def test_a_rejected_row_counts_in_the_units_zone_whose_village_it_writes(judge):
    away = {"household_id": "h1", "reject_reason": "duplicate_id", "x": 1900.0, **COAL}
    judged = judge([{}, away], [{}], zones=[UNITS])
    assert (verdict(judged), judged.zones["rejected"].tolist()) == (["unconfirmed"], [1])
    assert verdict(judge([{}, away], [{}])) == ["cleared"]  # a line goes by where it stands


@pytest.mark.parametrize(
    ("x", "expected"),
    [(500.0, "unconfirmed"), (1042.0, "unconfirmed"), (1043.0, "cleared")],
)
def test_a_home_without_a_valid_code_near_a_zone_named_by_units(judge, x, expected):
    # 3 x hypot(10, 10) = 42.4 m beyond the edge of the village
    stray = {"household_id": "h1", "village_code": "990000000000", "x": x, **COAL}
    assert verdict(judge([{}, stray], [{}], zones=[UNITS])) == [expected]
    # by its code it is of another village; but one that stands clearly in the zone is in doubt
    known = stray | {"village_code": NEXT}
    expected = "unconfirmed" if x == 500.0 else "cleared"
    assert verdict(judge([{}, known], [{}], zones=[UNITS])) == [expected]


# outside every village: 2 km away, at the most, is a place; 2,001 m or 100 km are none
BEYOND = [
    (None, None),
    (500.0, 3000.0),
    (500.0, 3001.0),
    pytest.param((100_500.0, 500.0), marks=pytest.mark.long),
    pytest.param((500.0, -1e9), marks=pytest.mark.long),
]


@pytest.mark.parametrize("outside", BEYOND)
def test_a_home_whose_place_is_not_known_or_lies_outside_every_village(judge, outside):
    home = {"household_id": "h1", **COAL} | dict(zip("xy", outside, strict=True))
    by_units = judge([{}, home], [{}], zones=[UNITS])
    assert verdict(by_units) == ["not_cleared"]  # its village is in the zone
    by_line = judge([{}, home], [{}])
    expected = "cleared" if outside == (500.0, 3000.0) else "unconfirmed"
    assert verdict(by_line) == [expected]
    away, small = home | {"village_code": NEXT}, {"zone_id": "Z1", "geometry": box(0, 0, 900, 1000)}
    assert verdict(judge([{}, away], [{}], zones=[small])) == ["cleared"]  # no village of the zone
    nobody = home | {"village_code": "990000000000"}
    assert verdict(judge([{}, nobody], [{}])) == [expected]


def test_a_village_of_the_zone_that_sent_no_ledger(facts_of, judge_of):
    both = UNITS | {"geometry": box(0, 0, 2000, 1000), "unit_villages": (VILLAGE, NEXT)}
    judged = judge_of(facts_of([{}], [both]), [{}])
    assert (verdict(judged), judged.zones["silent"].tolist()) == (["unconfirmed"], [1])
    (problem,) = [p for p in judged.problems if p.code == "village_silent"]
    assert (problem.value, "v002" in problem.message.zh) == (NEXT, True)
    drawn = {"zone_id": "Z1", "geometry": box(0, 0, 1500, 1000)}  # its middle is on the line
    assert verdict(judge_of(facts_of([{}], [drawn]), [{}])) == ["unconfirmed"]
    drawn = {"zone_id": "Z1", "geometry": box(0, 0, 1499, 1000)}
    assert verdict(judge_of(facts_of([{}], [drawn]), [{}])) == ["cleared"]


OF_NO_HOME = [
    ({"finding": "stove_present", "household_id": "nobody"}, "unconfirmed"),
    ({"finding": "stove_present", "household_id": None}, "unconfirmed"),
    ({"finding": None, "household_id": None}, "unconfirmed"),
    ({"finding": "device_unused", "household_id": None}, "cleared"),
    ({"finding": "clean", "household_id": "nobody"}, "cleared"),
    ({"finding": "clean", "household_id": "nobody", "coal_kg": 5.0}, "not_cleared"),
    ({"finding": "no_access", "household_id": None, "coal_kg": 5.0}, "not_cleared"),
    ({**COAL_THERE, "reject_reason": "no_id"}, "not_cleared"),
]


def test_an_inspection_without_a_household_of_the_ledger_counts_where_it_was_made(zones_of):
    here = [
        ({"visits": [{}, {"x": 500.0, "y": 500.0, **found}]}, expected)
        for found, expected in OF_NO_HOME
    ]
    away = [
        ({"visits": [{}, {"x": 1900.0, "y": 500.0, **one}]}, "cleared") for one, _ in OF_NO_HOME
    ]
    assert otherwise(zones_of, here) == []
    assert otherwise(zones_of, away) == []


@pytest.mark.parametrize(("found", "expected"), OF_NO_HOME)
def test_an_inspection_without_a_household_or_a_place_counts_everywhere(judge, found, expected):
    nowhere = judge([{}], [{}, found])
    assert verdict(nowhere) == ["cleared" if expected == "cleared" else "unconfirmed"]


@pytest.mark.parametrize(
    ("x", "expected"), [(500.0, "unconfirmed"), (1000.0, "unconfirmed"), (1001.0, "cleared")]
)
def test_coal_seen_inside_at_a_home_that_the_ledger_has_outside(judge, x, expected):
    homes = [{}, {"household_id": "h1", "x": 1900.0}]
    coal = {"household_id": "h1", "finding": "coal_burned", "x": x, "y": 500.0}
    judged = judge(homes, [{}, coal])
    assert verdict(judged) == [expected]
    item = judged.open_items.iloc[0]
    assert (item["x"], item["by_ledger"]) == (x, False)
    plain = judge(homes, [{}, coal | {"x": None, "y": None}]).open_items.iloc[0]
    assert (plain["x"], plain["by_ledger"]) == (1900.0, True)


def test_a_complaint_handled_before_it_was_received(zones_of):
    cases = [
        ({"complaints": [{"subject": "散煤", "handled_on": day}]}, expected)
        for day, expected in (("2024-09-30", "unconfirmed"), ("2024-10-01", "cleared"))
    ]
    assert otherwise(zones_of, cases) == []


# what nobody can rule out to be about coal, a topic that is not beside it or not
OF_COAL = [
    "夜间冒黑烟", "烧炭取暖", "用土炉", "coal smoke at night", "烟囱冒烟呛人，夜里生火炉", "煤改电用户仍在烧土暖气", "散 煤", "Ｃｏａｌ",
    "停电后生炉子", "取暖补贴领了还烧炕", "垃圾焚烧", "路灯下卖蜂窝煤", "噪音大，还冒烟", "举报", "？", "？？？", "供热温度低，邻居烧锅炉",
    "煤改电补贴到账后，前院那户人家夜里还是老样子，大家意见很大", "subsidy paid, stove back",
]  # fmt: skip
OF_ELSE = [
    "煤改电补贴未到账", "反映煤改电补贴未到账", "煤改气补贴何时发放", "取暖补贴", "供热温度低", "噪音扰民", "路灯不亮", "停电", "煤改电线路跳闸", "电费高",
    "村口道路积水影响出行", "Noise at night", "heating subsidy not paid",
]  # fmt: skip


def test_a_complaint_is_about_coal_unless_its_words_rule_that_out():
    said = pd.Series([*OF_COAL, None, "", "  ", *OF_ELSE])
    found = open_items.about_coal(said).tolist()
    assert found == [True] * (len(OF_COAL) + 3) + [False] * len(OF_ELSE)


SOLD = {"household_id": None, "premises_id": "p0", "finding": "coal_sold"}
SHOPS = [
    # where the premises are listed, where the visit says it was, exempt, verdict
    (1900, 500, False, "unconfirmed"),
    (1900, 500, None, "unconfirmed"),
    (1900, 500, True, "cleared"),
    (1900, 1000, False, "unconfirmed"),  # on the line
    (1900, 1001, False, "cleared"),
    (1900, None, False, "cleared"),
    (500, 1900, False, "not_cleared"),  # it is listed inside
    (500, 1900, True, "cleared"),
    (9900, 500, False, "not_cleared"),  # where it is listed nobody can mean
    (9900, None, False, "unconfirmed"),
]
NOBODY_CAN_MEAN = 9900


def seen_at(x):
    return {} if x is None else {"x": float(x), "y": 500.0}


def test_premises_seen_elsewhere_than_they_are_listed(zones_of):
    cases = [
        ({"visits": [{}, SOLD | seen_at(seen)],
          "premises": [{"x": listed, "y": 500, "exempt": exempt}]}, expected)
        for listed, seen, exempt, expected in SHOPS if listed != NOBODY_CAN_MEAN
    ]  # fmt: skip
    assert otherwise(zones_of, cases) == []


@pytest.mark.parametrize(
    ("seen", "expected"), [row[1::2] for row in SHOPS if row[0] == NOBODY_CAN_MEAN]
)
def test_premises_that_are_listed_where_nobody_can_mean(judge, seen, expected):
    at = Point(NOBODY_CAN_MEAN, 500)
    shop = town.layer([{"premises_id": "p0", "kind": "shop", "geometry": at}])
    shop["exempt"] = pd.array([False], dtype="boolean")
    assert verdict(judge([{}], [{}, SOLD | seen_at(seen)], premises=shop)) == [expected]


ORDER = ("signed_on", "installed_on", "energised_on")


def accepted_after(step, on):
    """A home whose steps from `step` on were done on a day, and that was accepted on 1 July."""
    since = dict.fromkeys(ORDER[ORDER.index(step) :], on)  # what rests on it is in order
    return dict.fromkeys(ORDER, "2024-06-01") | since | {"accepted_on": "2024-07-01"}


def test_an_acceptance_before_what_it_rests_on_proves_nothing(zones_of):
    cases = [
        ({"homes": [accepted_after(step, on)]}, expected)
        for step in ORDER
        for on, expected in (("2024-07-01", "cleared"), ("2024-07-02", "unconfirmed"))
    ]
    assert otherwise(zones_of, cases) == []


def test_a_home_accepted_too_early_is_said_to_contradict_itself(judge_homes):
    homes = [accepted_after(step, "2024-07-02") for step in ORDER]
    assert set(judge_homes(homes, [{}])["why"]) == {"dates_contradict"}


def test_where_no_village_is_drawn_every_place_is_one(facts_of, judge_of):
    facts = replace(facts_of([{}]), village_index=None)
    coal = {"household_id": None, "finding": "coal_stored", "x": 500.0, "y": 90_000.0}
    assert verdict(judge_of(facts, [{}, coal])) == ["cleared"]
    told = {"complaint_id": "c0", "village_code": VILLAGE, "subject": "煤", "x": 500.0, "y": 500.0,
            "received_on": "2024-10-01"}  # fmt: skip
    assert verdict(judge_of(facts, [{}], complaints=layer([told]))) == ["unconfirmed"]


def test_evidence_of_a_later_day_is_told(judge, day):
    later = {"household_id": "h0", "finding": "coal_stored", "inspected_on": "2042-10-01"}
    told = {"complaint_id": "c0", "village_code": VILLAGE, "subject": "散煤",
            "received_on": "2024-11-01"}  # fmt: skip
    judged = judge([{}], [{}, later], complaints=layer([told]))
    assert verdict(judged) == ["cleared"]
    found = [(p.layer, p.code, p.value) for p in judged.problems]
    assert found == [
        ("inspections", "later", "2042-10-01"), ("complaints", "later", "2024-11-01"),
    ]  # fmt: skip
    assert judge([{}], [{}, later], as_of=day("2042-10-01")).problems == ()
    assert evidence.later(None, None, town.AS_OF) == ()


ZONES = [
    ({"effective_on": pd.Timestamp("2024-11-01")}, "zone_not_begun"),
    ({"expires_on": pd.Timestamp("2024-10-30")}, "zone_expired"),
    ({"expires_on": pd.Timestamp("2023-10-01")}, "zone_expired"),  # a day long
    ({"expires_on": pd.Timestamp("2024-10-31")}, None),
    ({"effective_on": pd.Timestamp("2024-10-31")}, None),
]


def of_zones(facts):
    """What is said of the days of each zone."""
    told = defaultdict(list)
    for problem in facts.problems:
        if problem.layer == "coal_ban_zones":
            told[re.search(r"Z\d{3}", problem.message.zh)[0]].append(problem.code)
    return told


def test_a_zone_that_is_not_in_force_is_not_judged_and_it_is_said(towns_of):
    """Zones of towns beside each other."""
    facts, judged = towns_of(
        [{"homes": [{}], "visits": [{"household_id": "h0"}], "zones": [{"geometry": SQUARE, **days}]}
         for days, _ in ZONES]
    )  # fmt: skip
    told, found = of_zones(facts), judged.zones.set_index("zone_id")["verdict"].to_dict()
    for n, (days, code) in enumerate(ZONES):
        zone = f"Z{n:03d}"
        assert told[zone] == ([code] if code else []), days
        assert found.get(zone) == (None if code else "cleared"), days


BEFORE = {"expires_on": pd.Timestamp("2023-09-30")}  # the day before it began
UNSURE = [
    ([], {"effective_on": pd.NaT}, "zone_without_day"),
    ([], BEFORE, "zone_ends_before"),
    ([], {"effective_on": pd.NaT, "expires_on": pd.Timestamp("2020-01-01")}, "zone_without_day"),
    ([{}], {"geometry": box(0, 0, 400, 1000), "effective_on": pd.NaT}, "zone_without_day"),
    ([{"geometry": box(0, 0, 400, 1000)}], {"effective_on": pd.NaT}, "zone_without_day"),
    ([{"effective_on": pd.Timestamp("2025-01-01")}], BEFORE, "zone_ends_before"),
]


@pytest.mark.parametrize("heating", ["electric", "coal"])
def test_a_zone_that_may_be_in_force_is_judged_and_not_cleared(towns_of, heating):
    """Zones of towns beside each other."""
    cases = [
        {"homes": [{"heating": heating}], "visits": [{"household_id": "h0"}],
         "zones": [{"geometry": SQUARE} | row for row in (*others, days)]}
        for others, days, _ in UNSURE
    ]  # fmt: skip
    facts, judged = towns_of(cases)
    told = of_zones(facts)
    assert [told[f"Z{n:03d}"] for n in range(len(UNSURE))] == [[code] for *_, code in UNSURE]
    assert len(judged.zones) == len(UNSURE)
    assert set(judged.zones["inside"]) == {1}  # on whichever of the two grounds it stands
    expected = "not_cleared" if heating == "coal" else "unconfirmed"
    assert set(judged.zones["verdict"]) == {expected}


def test_the_days_of_a_zone_hold_that_zone_alone(facts_of, judge_of):
    away = {"zone_id": "Z2", "geometry": box(5000, 0, 6000, 1000), "effective_on": pd.NaT}
    facts = facts_of([{}], [{"zone_id": "Z1", "geometry": SQUARE}, away])
    assert verdict(judge_of(facts, [{}])) == ["cleared", "unconfirmed"]


SUBJECTS = [
    (OF_COAL[4], "unconfirmed"), (OF_ELSE[0], "cleared"),
    # what beside another complaint may be coal
    ("噪声大、难闻", "unconfirmed"), ("停电，空气很差", "unconfirmed"),
    ("补贴没发，点蜂窝", "unconfirmed"), ("subsidy, coke", "unconfirmed"),
    ("The street light is broken", "cleared"), ("电采暖设备噪声", "cleared"),
    ("Noise of the heat pump", "cleared"), ("下水道冒水", "cleared"),
]  # fmt: skip


def test_what_people_call_coal_keeps_a_zone_open(zones_of):
    cases = [({"complaints": [{"subject": subject}]}, expected) for subject, expected in SUBJECTS]
    assert otherwise(zones_of, cases) == []


def test_of_versions_of_a_zone_the_latest_that_has_begun_holds(policy, day):
    versions = [
        {"zone_id": "Z1", "geometry": box(0, 0, 400, 1000)},
        {"zone_id": "Z1", "geometry": SQUARE, "effective_on": pd.Timestamp("2024-10-16"),
         "expires_on": pd.Timestamp("2024-12-31")},
        {"zone_id": "Z1", "geometry": box(0, 0, 2000, 1000),
         "effective_on": pd.Timestamp("2025-01-16")},
    ]  # fmt: skip
    home = {"household_id": "h0", "village_code": VILLAGE, "x": 500.0, "y": 500.0}
    tables = {
        "households": town.households([home]),
        "villages": town.villages([(VILLAGE, (0, 0, 2000, 1000))]),
        "coal_ban_zones": town.zones(*versions),
    }
    inside = {}
    for when in ("2024-10-15", "2024-10-16", "2025-01-15", "2025-01-16"):
        facts = build_facts(tables, policy, day(when))
        inside[when] = (len(facts.zones), len(facts.zone_positions))
    # the second ended before the third began, and brings the first not back
    assert inside == {
        "2024-10-15": (1, 0), "2024-10-16": (1, 1), "2025-01-15": (0, 0), "2025-01-16": (1, 1),
    }  # fmt: skip


def test_premises_in_doubt_do_not_take_a_finding_away(judge):
    sold = {"household_id": None, "premises_id": "p0", "finding": "coal_sold"}
    shops = town.layer([{"premises_id": "p1", "kind": "shop", "geometry": Point(1900, 500)}])
    assert verdict(judge([{}], [CLEAN_VISIT, sold], premises=shops)) == ["unconfirmed"]


OUT = {"household_id": "h1", "x": 1500.0, "village_code": NEXT, **COAL}


def test_a_place_that_claims_to_be_exact_is_one_of_unknown_accuracy(zones_of):
    cases = [
        ({"homes": [{}, OUT | {"x": 1005.0, "accuracy_m": accuracy_m}]}, expected)
        for accuracy_m, expected in ((None, "unconfirmed"), (0.0, "unconfirmed"), (1.0, "cleared"))
    ]
    assert otherwise(zones_of, cases) == []


def test_a_home_of_the_zone_by_its_code_and_outside_by_its_place(facts_of, judge_of, tmp_path):
    plan = town.policy(tmp_path, '[placing]\nduty = "location"')
    stray = {"household_id": "h1", "village_code": VILLAGE, "x": 1500.0, **COAL}
    facts = facts_of([{}, stray], [UNITS], plan=plan)
    assert verdict(judge_of(facts, [{}], plan)) == ["unconfirmed"]


@pytest.mark.parametrize("half", [{"x": 500.0}, {"y": 500.0}, {"x": 500.0, "y": float("inf")}])
def test_half_a_place_is_none(judge, half):
    there = {"x": None, "y": None, **COAL_THERE}
    assert verdict(judge([{}], [{}, there | half])) == ["unconfirmed"]


def test_a_stove_seen_inside_at_a_home_that_the_ledger_has_outside(judge):
    stove = {"household_id": "h1", "finding": "stove_present", "x": 500.0, "y": 500.0}
    homes = [{}, {"household_id": "h1", "x": 1900.0}]
    assert verdict(judge(homes, [{}, stove])) == ["unconfirmed"]
    assert verdict(judge(homes, [{}, stove | {"x": 1001.0}])) == ["cleared"]


def test_a_home_that_nobody_knows_is_not_hidden_behind_exempt_premises(judge):
    power = town.layer([{"premises_id": "p0", "kind": "power", "geometry": Point(500, 500)}])
    power["exempt"] = True
    coal = {"finding": "coal_stored", "premises_id": "p0", "household_id": "nobody"}
    assert verdict(judge([{}], [{}, coal], premises=power)) == ["unconfirmed"]
    plain = coal | {"household_id": None}
    assert verdict(judge([{}], [{}, plain], premises=power)) == ["cleared"]


SEASON = {"accepted_on": "2023-11-15", "stove_removed_on": "2023-11-20"}
SEASON |= dict.fromkeys(("signed_on", "installed_on", "energised_on"), "2023-11-15")
UNREAD = [
    # what the ledger and the visit say, in which column a cell could not be read, and the verdict
    ({}, {}, ("", ""), "cleared"),
    ({}, {}, ("", "coal_kg"), "unconfirmed"),
    ({}, {}, ("", "rectify_by"), "cleared"),
    ({}, {"coal_kg": -5.0}, ("", ""), "unconfirmed"),
    ({"acceptance_by": None}, {}, ("", ""), "cleared"),  # no ledger says who accepted
    ({"acceptance_by": None}, {}, ("acceptance_by", ""), "unconfirmed"),
    (SEASON, {}, ("", ""), "cleared"),  # nobody has a meter
    (SEASON, {}, ("heating_kwh", ""), "unconfirmed"),
    (COAL | {"occupancy": "vacant"}, {}, ("", ""), "cleared"),
    (COAL | {"occupancy": "vacant"}, {}, ("device,occupancy_on", ""), "unconfirmed"),
]


@pytest.mark.parametrize(("home", "visit", "columns", "expected"), UNREAD)
def test_a_cell_that_nobody_can_read_is_no_blank(judge, home, visit, columns, expected):
    of_home, of_visit = columns
    judged = judge([{**home, "unread": of_home}], [{**visit, "unread": of_visit}])
    assert verdict(judged) == [expected]


@pytest.mark.parametrize(
    ("unread", "expected"), [("", "cleared"), ("coal_removed_on", "unconfirmed")]
)
def test_a_removal_known_to_the_month_is_not_after_what_was_found_in_it(judge, unread, expected):
    """Coal was seen on the 10th of July; "2024年7月" is read as the 31st."""
    home = {"coal_removed_on": "2024-07-31", "unread": unread}
    seen = {"finding": "coal_stored", "inspected_on": "2024-07-10"}
    assert verdict(judge([home], [{"unread": ""}, {**seen, "unread": ""}])) == [expected]


@pytest.mark.parametrize(("unread", "expected"), [("finding", "unconfirmed"), ("", "cleared")])
def test_a_visit_without_a_day_whose_finding_nobody_can_read(judge, unread, expected):
    blank = {"finding": None, "inspected_on": None, "unread": unread}
    assert verdict(judge([{}], [{"unread": ""}, blank])) == [expected]


def test_doubtful_rows_of_evidence_come_through_intake(tmp_path):
    """The numbers of two townships' lists begin at 1 both: nothing that was found is lost."""
    import small_town  # noqa: PLC0415

    from gis.layers import load, read_project  # noqa: PLC0415

    folder = tmp_path / "town"
    small_town.write(folder)
    rows = ["1,h0,2024-10-20,clean,", "1,h1,2024-10-21,coal_stored,约五十",
        ",h2,2024-10-21,coal_sold,",
            "2,h3,2024-10-20,clean,", "2,h3,2024-10-20,clean,", "3,h4,上月末,好像有煤,0"]  # fmt: skip
    head = "inspection_id,household_id,inspected_on,finding,coal_kg"
    (folder / "inspections.csv").write_text("\n".join([head, *rows]), encoding="utf-8")
    with (folder / "project.toml").open("a", encoding="utf-8") as file:
        file.write('\n[layers.inspections]\npath = "inspections.csv"\n')
    table = load(read_project(folder)).tables["inspections"]
    assert table["reject_reason"].tolist() == ["duplicate_id", "duplicate_id", "no_id", "", ""]
    assert table["household_id"].tolist() == ["h0", "h1", "h2", "h3", "h4"]
    unread = [set(names.split(",")) for names in table["unread"]]
    assert unread == [{""}, {"coal_kg"}, {""}, {""}, {"inspected_on", "finding"}]
