"""Villages and rows that the ledger lacks: what each state rests on, and what stops the run."""

from datetime import date

import pandas as pd
import pytest
import town
from shapely.geometry import LineString

from gis.facts import build_facts
from gis.facts.ledger_state import township_states
from gis.facts.losses import lost_rows

A, B, C = "140882001001", "140882001002", "140882002001"
VILLAGES = [(A, (0, 0, 1000, 1000)), (B, (1000, 0, 2000, 1000)), (C, (2000, 0, 3000, 1000))]


def facts_of(folder, rows, **columns):
    homes = [{"heating": "coal", "household_id": f"h{i}", **row} for i, row in enumerate(rows)]
    tables = {
        "households": town.households(homes),
        "villages": town.villages(VILLAGES, **columns),
        "coal_ban_zones": town.zones(),
    }
    return build_facts(tables, town.policy(folder), town.AS_OF)


def rows_of(code, n, **more):
    x = {A: 10, B: 1010, C: 2010}[code]
    return [{"village_code": code, "x": x, "y": 10, **more} for _ in range(n)]


def states(facts):
    return facts.villages.set_index("village_code")["ledger_state"].to_dict()


def codes(problems):
    return sorted((one.code, one.value or one.key) for one in problems)


def test_a_village_that_the_ledger_does_not_name_is_absent_and_its_township_is_missing(tmp_path):
    facts = facts_of(tmp_path, rows_of(A, 3))
    assert states(facts) == {A: "complete", B: "absent", C: "absent"}
    told = township_states(facts.villages).to_dict("records")
    assert [(one["township_code"], one["unknown"], one["missing"]) for one in told] == [
        (A[:9], 1, False), (C[:9], 1, True),
    ]  # fmt: skip
    assert codes(facts.problems) == [
        ("township_without_ledger", C[:9]), ("village_without_ledger", B),
    ]  # fmt: skip


@pytest.mark.parametrize(("homes", "state"), [(98, "complete"), (97, "incomplete")])
def test_a_ledger_is_short_below_its_households_less_what_may_be_lost(tmp_path, homes, state):
    """98 of 100 are all but 2 %; the loader gives 100 x 0.98 as the least."""
    known = {"households_total": [100.0, None, None], "households_least": [98.0, None, None]}
    facts = facts_of(tmp_path, rows_of(A, homes), **known)
    assert states(facts)[A] == state
    short = [one for one in facts.problems if one.code == "village_ledger_incomplete"]
    assert len(short) == (state == "incomplete")


@pytest.mark.parametrize(
    ("day", "rows", "state", "problem"),
    [
        (date(2024, 10, 31), [], "no_task", None),
        (date(2024, 11, 1), [], "absent", "no_task_later"),
        (date(2024, 10, 1), rows_of(C, 1), "complete", "no_task_contradicted"),
        (date(2024, 10, 1), rows_of(C, 1, heating="electric"), "complete", None),
    ],
)
def test_a_dated_statement_settles_a_village_unless_its_rows_say_otherwise(
    tmp_path, day, rows, state, problem
):
    stated = {
        "no_task_on": pd.to_datetime([None, None, day]), "no_task_document": [None, None, "n1"],
    }  # fmt: skip
    facts = facts_of(tmp_path, [*rows_of(A, 1), *rows_of(B, 1), *rows], **stated)
    assert states(facts)[C] == state
    told = [one.code for one in facts.problems if one.code.startswith("no_task")]
    assert told == ([problem] if problem else [])


def test_a_statement_without_a_document_is_said(tmp_path):
    stated = {"no_task_on": pd.to_datetime([None, None, "2024-10-01"])}
    facts = facts_of(tmp_path, [*rows_of(A, 1), *rows_of(B, 1)], **stated)
    assert states(facts)[C] == "no_task"
    assert codes(facts.problems) == [("no_task_without_document", C)]


def lost(facts, accept=(), may_lose=0.02):
    return lost_rows(facts.households, facts.villages, accept, may_lose)


@pytest.mark.parametrize(("bad", "blocks"), [(2, False), (3, True)])
def test_more_than_may_be_lost_stops_the_run(tmp_path, bad, blocks):
    """2 of 100 rows are the limit; copies of a row are no loss."""
    own = [*rows_of(A, 98 - bad), *rows_of(B, 1), *rows_of(C, 1)]
    rejected = rows_of(A, bad, reject_reason="duplicate_id")
    copies = rows_of(A, 50, reject_reason="duplicate_row")
    found = lost(facts_of(tmp_path, [*own, *rejected, *copies]))
    assert [(one.code, one.blocking) for one in found] == [("rows_lost", True)] * blocks
    if blocks:
        assert 'accept = ["households:*:rows_lost"]' in found[0].remedy.zh
        assert "3 of 100 rows" in found[0].message.en
        assert not lost(facts_of(tmp_path, [*own, *rejected]), may_lose=0.03)


def test_a_row_in_no_village_is_lost_too(tmp_path):
    nowhere = [{"x": 500, "y": 1500}] * 3  # a place, but no village and no code
    own = [*rows_of(A, 97), *rows_of(B, 1), *rows_of(C, 1)]
    assert [one.code for one in lost(facts_of(tmp_path, [*own, *nowhere]))] == ["rows_lost"]


def test_a_township_a_village_and_a_file_of_which_nothing_counts_stop_the_run(tmp_path):
    no_id = {"reject_reason": "no_id"}
    own = [*rows_of(A, 1000), *rows_of(B, 1, **no_id), *rows_of(C, 2, **no_id)]
    facts = facts_of(tmp_path, own)
    found = {one.code: one for one in lost(facts)}
    assert {code: one.key for code, one in found.items()} == {
        "village_lost": B, "township_lost": C[:9],
    }  # fmt: skip
    assert all(one.blocking for one in found.values())
    facts.households["ledger_file"] = ["a.csv"] * 1001 + ["c.csv"] * 2
    assert [one.key for one in lost(facts) if one.code == "file_lost"] == ["c.csv"]


def test_a_file_that_only_repeats_others_is_not_lost(tmp_path):
    """Its rows are copies: what they say counts."""
    copies = rows_of(A, 2, reject_reason="duplicate_row")
    facts = facts_of(tmp_path, [*rows_of(A, 98), *rows_of(B, 1), *rows_of(C, 1), *copies])
    facts.households["ledger_file"] = ["a.csv"] * 100 + ["again.csv"] * 2
    assert lost(facts) == ()
    facts.households.loc[101, "reject_reason"] = "duplicate_id"
    assert [one.key for one in lost(facts)] == ["again.csv"]


@pytest.mark.parametrize(
    ("entry", "still"),
    [
        ("households:140882002", {"village_lost"}),
        ("households:t002", {"village_lost"}),
        (f"households:{B}:village_lost", {"township_lost"}),
        ("households:140882001", {"township_lost"}),
        ("households:*:rows_lost", {"village_lost", "township_lost"}),
    ],
)
def test_a_loss_is_accepted_by_its_township_or_by_itself(tmp_path, entry, still):
    no_id = {"reject_reason": "no_id"}
    own = [*rows_of(A, 1000), *rows_of(B, 1, **no_id), *rows_of(C, 2, **no_id)]
    found = lost(facts_of(tmp_path, own), [entry])
    assert {one.code for one in found if one.blocking} == still
    assert {one.code for one in found} == {"village_lost", "township_lost"}


def chose(folder, device, n, plan=""):
    """What is reported where `n` homes of A on coal chose `device` and two chose nothing."""
    rows = rows_of(A, n, device_chosen=device) + rows_of(A, 2)
    rows += rows_of(B, 1, device_chosen=device, heating="electric")  # converted: not priced
    rows += rows_of(C, 1)
    tables = {
        "households": town.households(
            [{"heating": "coal", "household_id": f"h{i}", **row} for i, row in enumerate(rows)]
        ),
        "villages": town.villages(VILLAGES, village=["甲村", "乙村", "丙村"]),
        "coal_ban_zones": town.zones(),
    }
    (folder / device).mkdir()
    facts = build_facts(tables, town.policy(folder / device, plan), town.AS_OF)
    return [one for one in facts.problems if one.code == "device_not_offered"]


def test_homes_that_chose_a_device_of_no_route_are_reported_with_their_number(tmp_path):
    (told,) = chose(tmp_path, "gshp", 3)  # the town's plan offers heat pumps on air alone
    assert (told.layer, told.column, told.value, told.township) == (
        "households", "device_chosen", "gshp", A[:9],
    )  # fmt: skip
    assert "甲村：3 户选择“地源热泵”（gshp）" in told.message.zh
    assert "甲村: 3 households chose Ground-source heat pump (gshp)" in told.message.en
    assert 'devices 中加上 "gshp"' in told.remedy.zh
    # not in tender is not offered either: such a home would be priced as another
    assert len(chose(tmp_path, "electric_boiler", 1)) == 1
    # offered, or the usual equipment of a route that lists none, or what stands behind any network
    for device in ("ashp_air", "ashp_water", "gas_boiler", "radiator"):
        assert chose(tmp_path, device, 3) == [], device


@pytest.mark.parametrize(("pipe_y", "homes"), [(1011, 2), (1010, 0), (None, 0)])
def test_homes_on_central_heating_far_from_every_main_are_counted_by_village(
    tmp_path, pipe_y, homes
):
    """A main along y = pipe_y; homes at y = 10: 1,001 m and 1,000 m away."""
    rows = [
        {"household_id": f"h{i}", "village_code": A, "x": 10, "y": 10, "heating": heating}
        for i, heating in enumerate(["central", "central", "coal", "electric"])
    ]
    rows += [{"household_id": "near", "village_code": B, "x": 1010, "y": 990, "heating": "central"}]
    tables = {
        "households": town.households(rows),
        "villages": town.villages(VILLAGES),
        "coal_ban_zones": town.zones(),
    }
    if pipe_y:
        line = LineString([(0, pipe_y), (3000, pipe_y)])
        pipe = {
            "pipe_id": "p1",
            "status": "in_service",
            "role": "secondary",
            "dn_mm": 200.0,
            "in_service_on": None,
            "geometry": line,
        }
        tables["heat_pipes"] = town.layer([pipe], "in_service_on")
    facts = build_facts(tables, town.policy(tmp_path), town.AS_OF)
    found = [one for one in facts.problems if one.code == "central_far_from_pipe"]
    assert len(found) == bool(homes)
    for one in found:
        assert f"{homes} 户写的是集中供热" in one.message.zh
        assert "1,001 米以上" in one.message.zh
        assert (one.township, one.row) == (A[:9], None)
