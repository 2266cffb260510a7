"""Rulings on homes near a zone's line: one that is not whole never helps a zone to be cleared."""

import pandas as pd
from audit.cleared_home import NEXT
from shapely.geometry import box

SQUARE = box(0, 0, 1000, 1000)
COAL = {"heating": "coal"}


def verdict(judged):
    return judged.zones["verdict"].tolist()


OUT = {"household_id": "h1", "x": 1500.0, "village_code": NEXT, **COAL}
ON_LINE = {"household_id": "h1", "x": 995.0, **COAL}
RULING = {"household_id": "h1", "zone_id": "Z1", "ruling": "outside", "document_no": "d1",
          "ruled_on": "2024-10-01"}  # fmt: skip
IN = RULING | {"ruling": "inside"}
SMALL = {"zone_id": "Z1", "geometry": box(0, 0, 950, 1000)}
REDRAWN = {"zone_id": "Z1", "geometry": SQUARE, "effective_on": pd.Timestamp("2024-10-01")}
RULED = [
    # home beside the cleared one, zones, rulings, verdict, problem
    (ON_LINE, None, [RULING], "cleared", None),
    (ON_LINE, None, [RULING | {"document_no": None}], "unconfirmed", "ruling_without_document"),
    (ON_LINE, None, [RULING | {"document_no": " "}], "unconfirmed", "ruling_without_document"),
    (ON_LINE, None, [RULING | {"ruled_on": None}], "unconfirmed", "ruling_without_day"),
    (ON_LINE, None, [RULING, RULING | {"ruling": None}], "unconfirmed", None),
    (ON_LINE, [SMALL, REDRAWN], [RULING], "cleared", None),  # on the day it was drawn anew
    (ON_LINE, [SMALL, REDRAWN], [RULING | {"ruled_on": "2024-09-30"}], "unconfirmed",
     "ruling_before_line"),
    (ON_LINE, [REDRAWN], [RULING | {"ruled_on": "2024-09-30"}], "unconfirmed",
     "ruling_before_line"),  # older than its first line
    (ON_LINE, None, [RULING | {"ruled_on": "2023-09-30"}], "unconfirmed", "ruling_before_line"),
    (ON_LINE, None, [RULING | {"ruled_on": "2023-10-01"}], "cleared", None),
    (OUT, None, [IN | {"ruled_on": "2023-09-30"}], "cleared", "ruling_before_line"),
    (OUT, None, [IN, IN | {"ruled_on": "2023-09-30"}], "not_cleared", "ruling_before_line"),
    (OUT, None, [], "cleared", None),
    (OUT, None, [IN], "not_cleared", None),
    (OUT, None, [IN | {"document_no": None}], "not_cleared", None),
    (OUT, None, [IN | {"ruled_on": None}], "unconfirmed", "ruling_without_day"),
    (OUT, None, [IN | {"ruled_on": None}, RULING], "unconfirmed", "ruling_without_day"),
    (OUT, None, [IN, RULING], "not_cleared", None),  # both of one day
    (OUT, None, [RULING, IN], "not_cleared", None),
    (OUT, None, [IN, RULING | {"ruled_on": "2024-10-02"}], "cleared", None),
    (OUT, None, [IN, RULING | {"ruled_on": "2024-11-01"}], "not_cleared", None),
    # one that is not whole brings back no older one: the position is open
    (OUT, None, [IN, RULING | {"ruled_on": None}], "unconfirmed", "ruling_without_day"),
    (OUT, None, [IN, RULING | {"ruled_on": "2024-10-02", "document_no": None}], "unconfirmed",
     "ruling_without_document"),
    (OUT, None, [RULING | {"ruled_on": None}], "cleared", "ruling_without_day"),
    (OUT, None, [IN | {"ruling": None}], "unconfirmed", None),
    # it may have meant the one zone there is
    (OUT, None, [IN | {"zone_id": "Z9"}], "unconfirmed", "ruling_of_unknown_zone"),
    (OUT, None, [RULING | {"zone_id": "Z9"}], "cleared", "ruling_of_unknown_zone"),
    (OUT, None, [IN | {"household_id": "h9"}], "unconfirmed", "unknown_household"),
    (OUT, None, [RULING | {"household_id": "h9"}], "cleared", "unknown_household"),
]  # fmt: skip


def test_a_ruling_takes_a_home_out_only_with_all_it_needs(towns_of):
    """Towns beside each other, each with rulings of its own, which its row numbers tell apart."""
    cases = [
        {"homes": [{}, home], "visits": [{"household_id": "h0"}], "zone_rulings": rulings}
        | ({"zones": zones} if zones else {})
        for home, zones, rulings, _, _ in RULED
    ]
    facts, judged = towns_of(cases)
    zones = judged.zones.set_index("zone_id")["verdict"]
    told = [set() for _ in RULED]
    for problem in facts.problems:
        if problem.layer == "zone_rulings":
            told[problem.row - 2].add(problem.code)
    found = [(zones[f"Z{n:03d}"], told[n]) for n in range(len(RULED))]
    expected = [(word, {code} if code else set()) for *_, word, code in RULED]
    assert [(n, *one) for n, one in enumerate(found)] == [
        (n, *one) for n, one in enumerate(expected)
    ]


def test_a_version_of_a_zone_without_a_day_is_not_passed_over(facts_of, judge_of):
    grown = {"zone_id": "Z1", "geometry": box(0, 0, 2000, 1000), "effective_on": pd.NaT}
    facts = facts_of([{}, OUT], [{"zone_id": "Z1", "geometry": SQUARE}, grown])
    assert verdict(judge_of(facts, [{}])) == ["not_cleared"]  # the second stands in what it grew by
    assert "zone_without_day" in [p.code for p in facts.problems]
