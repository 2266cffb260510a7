"""Routes and what rests on them stay as they were told until enough homes have changed."""

from dataclasses import replace

import pandas as pd
import pytest
from publish import sample
from publish.sample_variants import replaced

from gis.disclosure.rounding import ANY, NOTHING, Memory
from gis.disclosure.village_rows import stated_routes
from gis.editions.planner import planner_edition
from gis.editions.public import public_edition
from gis.layers import Origin


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return sample.results(tmp_path_factory.mktemp("project"), publish_proposals=True)


def told(run, planner, before=NOTHING):
    edition, counts, groups = public_edition(planner, run, before)
    memory = Memory(counts.memory, tuple(groups), counts.amounts, counts.said)
    return {one["code"]: one for one in edition.villages}, memory


def changed(planner, code, **fields):
    rows = [one | (fields if one["code"] == code else {}) for one in planner.villages]
    return replace(planner, villages=rows)


@pytest.fixture(scope="module")
def first(run):
    planner = planner_edition(run, {})
    return planner, told(run, planner)[1]


def test_a_proposal_stays_until_as_many_homes_as_the_least_number_have_changed(run, first):
    planner, memory = first
    for homes, route, cost in ((20, "electric", 1000.0), (19, "gas", 2000.0)):
        # B had 30 pending homes; ten of them have changed, or eleven
        turned = changed(planner, sample.B, approach="gas", cost_cny_a=2000.0, pending=homes)
        shown = told(run, turned, memory)[0][sample.B]
        assert (shown["approach"], shown["cost_cny_a"]) == (route, cost)


def test_changes_add_up_over_editions_and_villages(run, first):
    planner, memory = first
    turned = changed(planner, sample.B, approach="gas", pending=24)
    shown, memory = told(run, turned, memory)
    assert shown[sample.B]["approach"] == "electric"
    turned = changed(turned, sample.A, pending=27)  # 6 and 5 homes
    assert told(run, turned, memory)[0][sample.B]["approach"] == "gas"


def test_what_the_office_decides_is_told_at_once(run, first):
    planner, memory = first
    turned = changed(planner, sample.B, approach="gas", status="approved", document_no="河发9号")
    shown = told(run, turned, memory)[0][sample.B]
    assert (shown["approach"], shown["document_no"]) == ("gas", "河发9号")


def test_money_of_what_the_office_decided_is_computed_all_the_same(run, first):
    planner, memory = first
    # A is approved; ten of its 32 pending homes changed, or eleven; or the office decided anew
    anew = {"document_no": "河发9号"}
    for fields, cost in (({"pending": 22}, 1000.0), ({"pending": 21}, 3000.0), (anew, 3000.0)):
        turned = changed(planner, sample.A, cost_cny_a=3000.0, **fields)
        assert told(run, turned, memory)[0][sample.A]["cost_cny_a"] == cost


def test_distances_stay_until_as_many_homes_as_the_least_number_have_changed(run, first):
    planner, memory = first
    villages = run.facts.villages
    moved = villages.assign(pipe_m=villages["pipe_m"] + 1000)
    later = replaced(run, facts=replace(run.facts, villages=moved))
    known = {code: one["pipe_m"] for code, one in told(run, planner)[0].items()}
    far = {code: told_m for code, told_m in known.items() if told_m}
    assert far
    for homes, metres in ((22, 0.0), (21, 1000.0)):
        shown, _ = told(later, changed(planner, sample.A, pending=homes), memory)
        assert {code: shown[code]["pipe_m"] for code in far} == {
            code: told_m + metres for code, told_m in far.items()
        }


def test_that_a_village_is_done_or_no_longer_is_told_at_once(run, first):
    planner, memory = first
    done = changed(planner, sample.B, approach="done", pending=0)
    rows, after = told(run, done, memory)
    assert (rows[sample.B]["approach"], rows[sample.B]["pending"]) == ("done", 0)
    again = changed(planner, sample.B, approach="electric", pending=1)
    rows, _ = told(run, again, after)
    # 1 to 15, as any village in which somebody is left
    assert (rows[sample.B]["approach"], rows[sample.B]["pending"]) == ("electric", 10)


def test_another_layer_or_a_day_that_has_come_turns_routes_at_once(run, first):
    planner, memory = first
    turned = changed(planner, sample.B, approach="gas")
    assert told(run, turned, memory)[0][sample.B]["approach"] == "electric"
    pipes = Origin("heat_pipes", "new.gpkg", "1" * 64, 1, "", "", "", "", "", None)
    fields = {name: getattr(run.layers, name) for name in type(run.layers).__dataclass_fields__}
    other = type(run.layers)(**fields | {"origins": (*run.layers.origins, pipes)})
    assert told(replaced(run, layers=other), turned, memory)[0][sample.B]["approach"] == "gas"
    # a main that comes into service between the two as-of days, and one that does not
    for day, route in (("2024-11-10", "gas"), ("2025-11-10", "electric")):
        tables = dict(run.layers.tables)
        tables["heat_pipes"] = tables["heat_pipes"].assign(in_service_on=pd.Timestamp(day))
        later = run.project.model_copy(update={"as_of": pd.Timestamp("2024-11-30").date()})
        mine = type(run.layers)(**fields | {"tables": tables})
        shown = told(replaced(run, layers=mine, project=later), turned, memory)[0][sample.B]
        assert shown["approach"] == route


def test_gaps_stay_with_the_routes(run, first):
    planner, _ = first
    wide = replace(planner, gaps=[planner.gaps[0] | {"households": 16}])
    rows, memory = told(run, wide)
    assert rows[sample.A]["gap"] == "not_connected"
    none = replace(planner, gaps=[])
    assert told(run, none, memory)[0][sample.A]["gap"] == "not_connected"
    turned = changed(none, sample.B, pending=19)
    assert told(run, turned, memory)[0][sample.A]["gap"] == ""


@pytest.mark.parametrize(
    ("status", "pending", "known"),
    [
        ("approved", 0, ANY),  # a ruling stands whether or not its last home is done
        ("approved", 1, ANY),
        ("published", 12, ANY),
        ("proposed", 1, (1, None)),  # a computed route is shown only while a home is left
        ("township_confirmed", 12, (1, None)),
    ],
)
def test_a_ruling_says_nothing_of_how_many_homes_are_left(status, pending, known):
    villages = {"a": {"approach": "electric", "status": status, "pending": pending}}
    assert stated_routes(("a",), villages, {"a"}) == known
