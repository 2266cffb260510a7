"""Zone by zone: households, the line, premises, places, complaints, rejected rows; both sides."""

import math

import pandas as pd
import pytest
import town
from audit.cleared_home import CLEAN_VISIT, NEXT, VILLAGE, layer
from shapely.geometry import Point, box

from gis.audit import zone_clearance

LINE = {"x": 990.0, "household_id": "h1"}  # 10 m inside the line; 3 sigma are 30 m
OFF_LINE = {"x": 1010.0, "household_id": "h1"}
NEXT_VISIT = {"household_id": "h1"}
NOT_CLEARED = {"heating": "coal"}
UNKNOWN = {"stove_removed_on": None}


def row(judged):
    assert len(judged.zones) == 1
    return judged.zones.iloc[0]


def premises(*rows):
    usual = {"kind": "shop", "geometry": Point(500, 500)}
    table = town.layer([{"premises_id": f"p{n}", **usual, **r} for n, r in enumerate(rows)])
    return table.astype({"exempt": "boolean"}) if "exempt" in table else table


def complaints(*rows):
    usual = {"received_on": "2024-10-01", "subject": "烧散煤", "village_code": VILLAGE}
    return layer([{"complaint_id": f"c{n}", **usual, **r} for n, r in enumerate(rows)])


HOUSEHOLDS = [
    # counts: inside, cleared, not_cleared, unknown, undecidable
    ([{}], [{}], "cleared", (1, 1, 0, 0, 0), (1.0, 1.0)),
    ([{}, NOT_CLEARED], [{}], "not_cleared", (2, 1, 1, 0, 0), (0.5, 0.5)),
    ([{}, UNKNOWN], [{}, NEXT_VISIT], "unconfirmed", (2, 1, 0, 1, 0), (0.5, 1.0)),
    ([{}, LINE], [{}, NEXT_VISIT], "cleared", (1, 1, 0, 0, 1), (1.0, 1.0)),
    ([{}, LINE], [{}], "unconfirmed", (1, 1, 0, 0, 1), (0.5, 1.0)),
    ([{}, LINE | NOT_CLEARED], [{}], "unconfirmed", (1, 1, 0, 0, 1), (0.5, 1.0)),
    ([{}, OFF_LINE | NOT_CLEARED], [{}], "unconfirmed", (1, 1, 0, 0, 1), (0.5, 1.0)),
    ([NOT_CLEARED, LINE], [NEXT_VISIT], "not_cleared", (1, 0, 1, 0, 1), (0.0, 0.5)),
    ([{}, {"x": 1031.0} | NOT_CLEARED], [{}], "cleared", (1, 1, 0, 0, 0), (1.0, 1.0)),
    ([{"x": 1500.0}], [{}], "unconfirmed", (0, 0, 0, 0, 0), (math.nan, math.nan)),
    ([LINE | {"household_id": "h0"}], [{}], "unconfirmed", (0, 0, 0, 0, 1), (1.0, 1.0)),
    ([LINE | {"household_id": "h0"} | NOT_CLEARED], [], "unconfirmed", (0, 0, 0, 0, 1), (0, 0)),
]


def test_the_households_of_a_zone(zones_of):
    table = zones_of([{"homes": homes, "visits": visits} for homes, visits, *_ in HOUSEHOLDS])
    names = ["verdict", "inside", "cleared", "not_cleared", "unknown", "undecidable"]
    found = [tuple(row) for row in table[names].itertuples(index=False)]
    assert found == [(verdict, *counts) for *_, verdict, counts, _ in HOUSEHOLDS]
    bounds = table[["share_certain", "share_possible"]].to_numpy().tolist()
    for got, (*_, expected) in zip(bounds, HOUSEHOLDS, strict=True):
        assert got == pytest.approx(expected, nan_ok=True)


def test_a_ruling_decides_what_the_line_leaves_open(judge):
    ruled = {"household_id": "h1", "zone_id": "Z1", "ruled_on": pd.Timestamp("2024-10-01"),
             "document_no": "d1"}  # fmt: skip
    homes = [{}, LINE | NOT_CLEARED]
    outside = row(judge(homes, [{}], zone_rulings=pd.DataFrame([ruled | {"ruling": "outside"}])))
    assert (outside["verdict"], outside["inside"], outside["undecidable"]) == ("cleared", 1, 0)
    inside = row(judge(homes, [{}], zone_rulings=pd.DataFrame([ruled | {"ruling": "inside"}])))
    assert (inside["verdict"], inside["inside"]) == ("not_cleared", 2)
    assert (inside["ruled"], inside["last_ruled_on"]) == (1, pd.Timestamp("2024-10-01"))
    late = ruled | {"ruling": "outside", "ruled_on": pd.Timestamp("2024-11-01")}
    open_still = row(judge(homes, [{}], zone_rulings=pd.DataFrame([late])))
    assert open_still["verdict"] == "unconfirmed"
    assert pd.isna(open_still["last_ruled_on"])


FOUND = {"household_id": None, "premises_id": "p0", "finding": "coal_sold"}


AT_PREMISES = [
        ([FOUND], "not_cleared", 1, 0),
        ([FOUND | {"rectified_on": "2024-10-21"}], "unconfirmed", 0, 1),
        ([FOUND, FOUND | {"finding": "clean", "inspected_on": "2024-10-21"}], "unconfirmed", 0, 1),
        (
            [
                FOUND | {"rectified_on": "2024-10-21"},
                FOUND | {"finding": "clean", "inspected_on": "2024-10-21"},
            ],
            "cleared", 0, 0,
        ),
        ([FOUND | {"inspected_on": "2024-11-01"}], "cleared", 0, 0),
        ([FOUND | {"finding": "stove_present"}], "cleared", 0, 0),  # no coal
        ([FOUND, FOUND | {"finding": "coal_stored"}], "not_cleared", 2, 0),
]  # fmt: skip


@pytest.mark.parametrize("exempt", [None, False, True])
def test_coal_at_premises(zones_of, exempt):
    shop = {"homes": [{}], "premises": [{"exempt": exempt}]}
    table = zones_of([shop | {"visits": [{}, *visits]} for visits, *_ in AT_PREMISES])
    found = table[["verdict", "coal_findings", "coal_unsettled"]].to_numpy().tolist()
    expected = [["cleared", 0, 0] if exempt else list(case[1:]) for case in AT_PREMISES]
    assert found == expected


def test_premises_without_the_column_exempt_are_not_exempt(judge):
    assert row(judge([{}], [{}, FOUND], premises=premises({})))["verdict"] == "not_cleared"


LIES = [
    (1000.0, "not_cleared", 1, 0),  # on the line is in
    (1000.1, "unconfirmed", 0, 1),  # within 3 sigma: perhaps
    (1030.0, "unconfirmed", 0, 1),
    (1030.1, "cleared", 0, 0),
]


def test_premises_count_in_the_zone_they_lie_in(zones_of):
    one = {"homes": [{}], "visits": [{}, FOUND]}
    table = zones_of([one | {"premises": [{"x": x}]} for x, *_ in LIES])
    found = table[["verdict", "coal_findings", "coal_unsettled"]].to_numpy().tolist()
    assert found == [list(case[1:]) for case in LIES]


def test_a_worded_line_is_less_sure(judge):
    worded = [{"zone_id": "Z1", "geometry": box(0, 0, 1000, 1000), "worded": True}]
    shop = premises({"geometry": Point(1042, 500)})  # 3 x hypot(10, 10) = 42.4
    assert row(judge([{}], [{}, FOUND], zones=worded, premises=shop))["verdict"] == "unconfirmed"
    shop = premises({"geometry": Point(1043, 500)})
    assert row(judge([{}], [{}, FOUND], zones=worded, premises=shop))["verdict"] == "cleared"


PLACE = {"household_id": None, "finding": "coal_burned", "x": 500.0, "y": 500.0}


AT_PLACES = [
        ([PLACE], "not_cleared"),
        ([PLACE | {"rectified_on": "2024-10-21"}], "unconfirmed"),
        ([PLACE | {"x": 1500.0}], "cleared"),
        # a clean visit within one sigma (10 m) of the place, later and after its rectification
        (
            [PLACE | {"rectified_on": "2024-10-21"},
             PLACE | {"finding": "clean", "x": 510.0, "inspected_on": "2024-10-21"}],
            "cleared",
        ),
        (
            [PLACE | {"rectified_on": "2024-10-21"},
             PLACE | {"finding": "clean", "x": 510.1, "inspected_on": "2024-10-21"}],
            "unconfirmed",
        ),
        (
            [PLACE | {"rectified_on": "2024-10-22"},
             PLACE | {"finding": "clean", "inspected_on": "2024-10-21"}],
            "unconfirmed",
        ),
        (
            [PLACE | {"rectified_on": "2024-10-20"}, PLACE | {"finding": "clean"}],
            "unconfirmed",
        ),
]  # fmt: skip


def test_coal_at_a_place(zones_of):
    table = zones_of([{"homes": [{}], "visits": [{}, *visits]} for visits, _ in AT_PLACES])
    assert table["verdict"].tolist() == [verdict for _, verdict in AT_PLACES]


@pytest.mark.parametrize(
    "lost",
    [
        {"household_id": "h9"},
        {"household_id": None},
        {"household_id": None, "premises_id": "p9"},
    ],
)
def test_coal_that_nothing_places_may_lie_in_any_zone(judge, lost):
    zones = [{"zone_id": f"Z{n}", "geometry": box(0, 0, 1000, 1000)} for n in (1, 2)]
    judged = judge(
        [{}], [{}, {"finding": "coal_stored", **lost}], zones=zones, premises=premises({})
    )
    assert judged.zones["verdict"].tolist() == ["unconfirmed", "unconfirmed"]
    assert judged.zones["unplaced"].tolist() == [1, 1]
    assert [(p.layer, p.code, p.value) for p in judged.problems] == [
        ("inspections", "unplaced", "i1")
    ]
    assert judged.open_items["zones"].tolist() == [""]
    clean = judge([{}], [{}, {"finding": "clean", **lost}], premises=premises({}))
    assert row(clean)["verdict"] == "cleared"


def test_premises_listed_twice_or_missing_do_not_place_a_finding(judge):
    twice = premises({}, {"geometry": Point(1900, 500)}).assign(premises_id="p0")
    assert row(judge([{}], [{}, FOUND], premises=twice))["unplaced"] == 1
    assert row(judge([{}], [{}, FOUND]))["unplaced"] == 1
    placed = FOUND | {"x": 1900.0, "y": 500.0}  # its own place is outside
    assert row(judge([{}], [{}, placed]))["verdict"] == "cleared"
    nowhere = premises({}).drop(columns="geometry")
    assert row(judge([{}], [{}, placed], premises=nowhere))["verdict"] == "cleared"
    assert row(judge([{}], [{}, FOUND], premises=nowhere))["unplaced"] == 1


def test_a_finding_at_a_home_counts_where_the_home_is(judge):
    coal = {"finding": "coal_stored", "inspected_on": "2024-10-25", "household_id": "h1"}
    inside = judge([{}, {"household_id": "h1"}], [{}, coal])
    assert (row(inside)["verdict"], row(inside)["coal_findings"]) == ("not_cleared", 1)
    item = inside.open_items.iloc[0]
    assert (item["subject"], item["household"], item["kind"]) == ("household", 1, "coal_stored")
    assert (item["village_code"], item["zones"], item["x"]) == (VILLAGE, "Z1", 500.0)
    line = judge([{}, LINE], [{}, coal])
    assert (row(line)["coal_findings"], row(line)["coal_unsettled"]) == (0, 1)
    both = coal | {"premises_id": "p0"}  # a shop in a home: it counts as both
    shop = premises({"geometry": Point(500, 500)})
    away = judge([{}, {"household_id": "h1", "x": 1500.0}], [{}, both], premises=shop)
    assert (row(away)["verdict"], row(away)["coal_findings"]) == ("not_cleared", 1)


COMPLAINTS = [
    ({}, "unconfirmed"),
    ({"handled_on": "2024-10-31"}, "cleared"),
    ({"handled_on": "2024-11-01"}, "unconfirmed"),
    ({"received_on": "2024-10-31"}, "unconfirmed"),
    ({"received_on": "2024-11-01"}, "cleared"),
    ({"received_on": None}, "unconfirmed"),
    ({"received_on": None, "handled_on": "2024-10-02"}, "unconfirmed"),  # was it handled after?
    ({"subject": "反映煤改电补贴未到账"}, "cleared"),
    ({"subject": "煤改电后又烧煤"}, "unconfirmed"),
    ({"subject": "Coal smoke"}, "unconfirmed"),
    ({"subject": "供热温度低"}, "cleared"),
    ({"subject": None}, "unconfirmed"),
    ({"subject": "  "}, "unconfirmed"),
    ({"village_code": "140882001002"}, "cleared"),
    ({"village_code": "140882001002", "x": 500.0, "y": 500.0}, "unconfirmed"),
    ({"x": 1500.0, "y": 500.0}, "unconfirmed"),  # of the zone's village, by its code
    ({"village_code": "140882001002", "x": 1500.0, "y": 500.0}, "cleared"),
    ({"village_code": "140882001002", "x": 1029.0, "y": 500.0}, "unconfirmed"),  # near the line
    ({"village_code": None, "x": 1500.0, "y": 500.0}, "cleared"),
    ({"village_code": "140882001002", "x": 1500.0, "y": 9999.0}, "cleared"),
]


def test_open_coal_complaints_keep_a_zone_unconfirmed(zones_of):
    one = {"homes": [{}], "visits": [{}]}
    table = zones_of([one | {"complaints": [complaint]} for complaint, _ in COMPLAINTS])
    assert table["verdict"].tolist() == [verdict for _, verdict in COMPLAINTS]


def test_a_complaint_never_hides_that_a_zone_is_not_cleared(zones_of):
    table = zones_of([{"homes": [NOT_CLEARED], "visits": [{}], "complaints": [{}]}])
    assert table["verdict"].tolist() == ["not_cleared"]


@pytest.mark.parametrize(
    ("y", "expected"), [(3000.0, "cleared"), (3001.0, "unconfirmed"), (100_500.0, "unconfirmed")]
)
def test_a_complaint_at_a_place_that_nobody_can_mean_has_none(judge, y, expected):
    told = complaints({"village_code": None, "x": 500.0, "y": y})
    assert row(judge([{}], [{}], complaints=told))["verdict"] == expected


@pytest.mark.parametrize("code", [None, "999999999999"])
def test_a_complaint_without_a_place_may_be_of_any_zone_and_is_a_problem(judge, code):
    judged = judge([{}], [{}], complaints=complaints({"village_code": code}))
    assert row(judged)["verdict"] == "unconfirmed"
    assert [(p.layer, p.value) for p in judged.problems] == [("complaints", "c0")]


REJECTED = [
    ({"reject_reason": "duplicate_row"}, "cleared"),  # a repeat of a row that is counted
    ({"reject_reason": "duplicate_id"}, "unconfirmed"),
    ({"reject_reason": "duplicate_id", "x": 1030.0}, "unconfirmed"),
    ({"reject_reason": "duplicate_id", "x": 1031.0}, "cleared"),
    ({"reject_reason": "duplicate_id", "x": None, "y": None}, "unconfirmed"),
    (
        {"reject_reason": "no_id", "x": None, "y": None, "village_code": "140882001002"},
        "cleared",
    ),
]


def test_a_rejected_row_keeps_its_zone_unconfirmed(zones_of):
    table = zones_of([{"homes": [{}, rejected], "visits": [{}]} for rejected, _ in REJECTED])
    assert table["verdict"].tolist() == [verdict for _, verdict in REJECTED]


def test_coal_at_a_rejected_row_is_where_the_row_is(judge):
    away = {"household_id": "h1", "reject_reason": "duplicate_id", "x": 1500.0}
    coal = {"household_id": "h1", "finding": "coal_stored"}
    zone = row(judge([{}, away], [{}, coal]))
    assert (zone["verdict"], zone["unplaced"]) == ("cleared", 0)
    here = row(judge([{}, away | {"x": 500.0}], [{}, coal]))
    assert (here["verdict"], here["coal_findings"], here["rejected"]) == ("not_cleared", 1, 1)


def test_zones_named_by_units_and_zones_that_overlap(judge):
    units = {"zone_id": "Z2", "geometry": box(0, 0, 1000, 1000), "by_units": True,
             "unit_villages": (VILLAGE,)}  # fmt: skip
    part = {"zone_id": "Z3", "geometry": box(0, 0, 200, 200)}
    homes = [{}, {"household_id": "h1", "x": 100.0, "y": 100.0, **NOT_CLEARED}]
    judged = judge(homes, [{}], zones=[units, part])
    assert judged.zones["zone_id"].tolist() == ["Z2", "Z3"]
    assert judged.zones["inside"].tolist() == [2, 1]
    assert judged.zones["verdict"].tolist() == ["not_cleared", "not_cleared"]
    lost = {"household_id": "h1", "reject_reason": "no_id", "x": None, "y": None}
    assert judge([{}, lost], [{}], zones=[units]).zones["rejected"].tolist() == [1]


def test_only_zones_in_force_are_judged_and_one_that_grows_reopens(judge, day):
    small = {"zone_id": "Z1", "geometry": box(0, 0, 600, 1000), "expires_on": "2024-10-15"}
    grown = {"zone_id": "Z1", "geometry": box(0, 0, 1000, 1000),
             "effective_on": pd.Timestamp("2024-10-16")}  # fmt: skip
    homes = [{}, {"household_id": "h1", "x": 800.0, **NOT_CLEARED}]
    visit = [{"inspected_on": "2024-10-10"}]
    before = judge(homes, visit, zones=[small, grown], as_of=day("2024-10-15"))
    assert (row(before)["verdict"], row(before)["inside"]) == ("cleared", 1)
    after = judge(homes, visit, zones=[small, grown], as_of=day("2024-10-16"))
    assert (row(after)["verdict"], row(after)["inside"]) == ("not_cleared", 2)
    none = judge(homes, visit, zones=[small], as_of=day("2024-10-16"))
    assert none.zones.empty
    assert len(none.households) == 2


def test_without_inspections_nothing_is_cleared(judge):
    zone = row(judge([{}], None))
    assert (zone["verdict"], zone["unknown"]) == ("unconfirmed", 1)
    assert pd.isna(zone["oldest_clean_on"])


def test_the_particulars_of_the_sign_off(judge):
    homes = [
        {},
        {"household_id": "h1", "occupancy": "vacant"},
        {"household_id": "h2", "occupancy": "demolition"},
        {"household_id": "h3", "x": 1500.0, "occupancy": "vacant"},
    ]
    idle = {"household_id": "h1", "finding": "device_unused"}
    visits = [{}, {"household_id": "h2", "inspected_on": "2024-10-01"}, idle,
              {"household_id": "h3", "inspected_on": "2024-01-01"}]  # fmt: skip
    zone = row(judge(homes, visits))
    assert (zone["vacant"], zone["demolition"], zone["unused"], zone["relapse"]) == (1, 1, 1, 0)
    assert zone["oldest_clean_on"] == pd.Timestamp("2024-10-01")
    assert zone["latest_clean_on"] == pd.Timestamp(CLEAN_VISIT["inspected_on"])


def test_a_zone_says_what_keeps_it_open(judge):
    told = zone_clearance.with_reasons(judge([NOT_CLEARED, {"household_id": "h1"}], [{}]).zones)
    assert told["reason_zh"].tolist() == ["1 户未清零；1 户证据不足"]
    assert zone_clearance.with_reasons(judge([{}], [{}]).zones)["reason_en"].tolist() == [""]


def villages_of(judged):
    return judged.villages.set_index("village_code")


def test_villages_are_judged_first_and_the_zone_counts_them(judge):
    zone = [{"zone_id": "Z1", "geometry": box(0, 0, 2000, 1000)}]
    homes = [{}, {"village_code": NEXT, "x": 1500.0}, {"village_code": NEXT, "x": 1600.0}]
    visits = [{"household_id": "h0"}, {"household_id": "h1"}]
    made = judge(homes, visits, zones=zone)
    columns = ["villages_inside", "villages_cleared", "villages_held"]
    assert made.zones.loc[0, columns].tolist() == [2, 1, 0]
    assert villages_of(made)["verdict"].to_dict() == {VILLAGE: "cleared", NEXT: "unconfirmed"}
    assert villages_of(made).loc[NEXT, ["inside", "cleared", "unknown"]].tolist() == [2, 1, 1]
    both = judge(homes, [*visits, {"household_id": "h2"}], zones=zone)
    assert both.zones.loc[0, ["verdict", *columns]].tolist() == ["cleared", 2, 2, 0]


@pytest.mark.parametrize(
    ("told", "held"),
    [
        ({}, 1),
        ({"kind": None, "subject": "路灯不亮"}, 0),  # its words rule coal out
        ({"kind": "coal", "subject": "路灯不亮", "classified_on": "2024-10-05"}, 1),
        ({"kind": "other", "classified_on": "2024-10-31"}, 0),
        ({"kind": "other", "classified_on": "2024-11-01"}, 1),  # not yet classified
        ({"kind": "other", "classified_on": None}, 0),
        ({"handled_on": "2024-10-31"}, 0),
    ],
)
def test_a_complaint_holds_its_own_village_until_it_is_classified(judge, told, held):
    zone = [{"zone_id": "Z1", "geometry": box(0, 0, 2000, 1000)}]
    homes = [{}, {"village_code": NEXT, "x": 1500.0}]
    row = {"complaint_id": "c1", "village_code": NEXT, "received_on": "2024-10-01",
           "subject": "烧散煤", "kind": None, "classified_on": None,
           "handled_on": None} | told  # fmt: skip
    complaints = layer([row]).assign(
        classified_on=lambda t: pd.to_datetime(t["classified_on"]), inspection_id=None
    )
    made = judge(homes, [{}, {"household_id": "h1"}], zones=zone, complaints=complaints)
    zone_row = made.zones.loc[0]
    assert zone_row[["open_complaints", "villages_held"]].tolist() == [held, held]
    assert zone_row["villages_cleared"] == 2 - held
    assert villages_of(made).loc[VILLAGE, "verdict"] == "cleared"
    assert villages_of(made).loc[NEXT, "verdict"] == ("unconfirmed" if held else "cleared")


def test_what_nobody_can_place_holds_every_village(judge):
    zone = [{"zone_id": "Z1", "geometry": box(0, 0, 2000, 1000)}]
    homes = [{}, {"village_code": NEXT, "x": 1500.0}]
    lost = {"household_id": None, "finding": "coal_stored"}
    made = judge(homes, [{}, {"household_id": "h1"}, lost], zones=zone)
    assert made.zones.loc[0, ["villages_inside", "villages_cleared"]].tolist() == [2, 0]
    assert set(made.villages["verdict"]) == {"unconfirmed"}
