"""The facts of a small town, worked out by hand; both sides of every threshold."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import town
from shapely.geometry import LineString, Point, box

from gis.errors import InputError
from gis.facts import build_facts

A, B = "140882001001", "140882001002"
VILLAGES = [(A, (0, 0, 1000, 1000)), (B, (1000, 0, 2000, 1000))]
EVERYWHERE = {"zone_id": "Z1", "geometry": box(-9e3, -9e3, 9e3, 9e3)}


def facts_of(folder, rows, extra="", zones=(), as_of=town.AS_OF, **layers):
    tables = {
        "households": town.households(
            [{"heating": "coal", "household_id": f"h{i}", **row} for i, row in enumerate(rows)]
        ),
        "villages": town.villages(VILLAGES),
        "coal_ban_zones": town.zones(*zones),
        **layers,
    }
    return build_facts(tables, town.policy(folder, extra), as_of)


def pipes(*rows):
    usual = {"dn_mm": 200.0, "status": "in_service", "role": "secondary", "in_service_on": None}
    named = [{"pipe_id": f"p{i}", **usual, **row} for i, row in enumerate(rows)]
    return town.layer(named, "in_service_on")


def line(*at):
    return LineString(at)


@pytest.mark.parametrize(
    ("y", "served"), [(50.0, "in_service"), (50.001, "none"), (0.0, "in_service")]
)
def test_served_within_connect_m_of_a_pipe(tmp_path, y, served):
    facts = facts_of(
        tmp_path, [{"x": 500, "y": y}], heat_pipes=pipes({"geometry": line((0, 0), (1000, 0))})
    )
    assert facts.households["served"].tolist() == [served]
    assert facts.households["pipe_m"].tolist() == [y]


@pytest.mark.parametrize(
    ("pipe", "served"),
    [
        ({"in_service_on": "2024-11-15", "document_no": "d", "funded": True}, "planned"),
        ({"in_service_on": "2031-11-15", "document_no": "d", "funded": True}, "planned"),
        ({"in_service_on": "2024-11-15", "document_no": "d", "funded": False}, "none"),
        ({"in_service_on": "2024-11-15", "document_no": "d"}, "none"),
        ({"in_service_on": "2024-11-15", "document_no": " ", "funded": True}, "none"),
        ({"in_service_on": "2024-11-15", "funded": True}, "none"),
        ({"document_no": "d", "funded": True}, "none"),
        ({}, "none"),
        ({"status": "in_service", "in_service_on": "2024-10-31"}, "in_service"),
        ({"status": "in_service", "in_service_on": "2024-11-01"}, "planned"),
        ({"status": "in_service", "in_service_on": "2024-11-16"}, "planned"),
    ],
)
def test_planned_pipes_count_by_document_money_and_date_alone(tmp_path, pipe, served):
    facts = facts_of(
        tmp_path,
        [{"x": 5, "y": 5}],
        heat_pipes=pipes({"status": "planned", "geometry": line((0, 0), (9, 0)), **pipe}),
    )
    assert facts.households["served"].tolist() == [served]


def test_only_roles_the_policy_names_serve(tmp_path):
    network = pipes({"geometry": line((0, 0), (9, 0)), "role": "primary"})
    facts = facts_of(
        tmp_path, [{"x": 5, "y": 5}], '[heating_network]\nroles = ["secondary"]', heat_pipes=network
    )
    assert facts.households["served"].tolist() == ["none"]


def test_inside_a_coverage_is_served_whatever_the_distance(tmp_path):
    cover = town.layer([{"status": "in_service", "geometry": box(0, 0, 100, 100)}], "in_service_on")
    facts = facts_of(tmp_path, [{"x": 50, "y": 50}, {"x": 101, "y": 50}], heat_coverage=cover)
    assert facts.households["served"].tolist() == ["in_service", "none"]


def test_a_source_gives_to_the_pieces_it_touches(tmp_path):
    network = pipes(
        {"geometry": line((0, 0), (100, 0))},
        {"geometry": line((101, 0), (200, 0))},  # 1 m apart: the same piece
        {"geometry": line((0, 500), (100, 500))},
    )
    plants = town.layer(
        [{"source_id": "s1", "capacity_mw": 3.0, "load_mw": 1.0, "geometry": Point(200, 50)}]
    )
    facts = facts_of(
        tmp_path,
        [{"x": 50, "y": 5}, {"x": 1500, "y": 500}],
        heat_pipes=network,
        heat_sources=plants,
    )
    sources = facts.sources.set_index("source_piece")["spare_kw"].to_dict()
    assert sources == {"p0": 2000.0, "p2": 0.0}
    assert facts.villages.set_index("village_code").loc[A, "source_piece"] == "p0"
    assert facts.villages.set_index("village_code")["source_piece"].isna()[B]


CENTRAL = [
    {"energised_on": pd.Timestamp(2023, 10, 1)},  # before the day of the load: in it
    {"energised_on": pd.Timestamp(2024, 2, 1)},  # on that day: it may not be
    {"plan_year": 2024},  # by this year's deadline
    {},  # nobody knows when: a customer like others
    {"energised_on": pd.Timestamp(2024, 9, 1), "occupancy": "vacant"},
    {"energised_on": pd.Timestamp(2024, 9, 1), "heating": "coal"},
    {"energised_on": pd.Timestamp(2024, 9, 1), "x": 1500, "y": 500},  # on no main
]


@pytest.mark.parametrize(
    ("load_mw", "load_on", "since", "load_kw"),
    [
        (2.9, "2024-02-01", 2, 2906.2),  # 2 of 100 m² and 50 W/m², 0.62 of it at once: 6.2 kW
        (2.9, "2024-02-02", 1, 2903.1),
        (2.9, None, 1, 2903.1),  # before the programme, which began on 1 April
        (None, None, 1, 12.4),  # no load is known: at least what the four homes draw
        (2.999, "2024-02-01", 2, 3005.2),
    ],
)
def test_homes_connected_since_a_load_was_stated_draw_on_its_source(
    tmp_path, load_mw, load_on, since, load_kw
):
    row = {"source_id": "s1", "capacity_mw": 3.0, "load_mw": load_mw, "load_on": load_on}
    plants = town.layer([row | {"geometry": Point(0, 0)}], "load_on")
    plants["load_mw"] = plants["load_mw"].astype(float)
    rows = [{"x": 50, "y": 5, "heating": "central", **one} for one in CENTRAL]
    facts = facts_of(
        tmp_path, rows, heat_pipes=pipes({"geometry": line((0, 0), (100, 0))}), heat_sources=plants
    )
    (source,) = facts.sources.to_dict("records")
    assert [source["since_homes"], source["undated_homes"]] == [since, 1]
    assert source["load_kw"] == pytest.approx(load_kw)
    assert source["spare_kw"] == pytest.approx(max(0.0, 3000 - load_kw))


def test_a_source_may_give_less_in_a_scenario(tmp_path):
    """3 MW less 0.4 MW, of which 2 are connected; never below nothing."""
    plants = town.layer(
        [{"source_id": "s1", "capacity_mw": 3.0, "load_mw": 2.0, "geometry": Point(0, 0)}]
    )
    layers = {"heat_pipes": pipes({"geometry": line((0, 0), (100, 0))}), "heat_sources": plants}

    def spare(less):
        (row,) = facts_of(tmp_path, [{"x": 50, "y": 5}], less, **layers).sources.to_dict("records")
        return row["spare_kw"]

    assert spare("[heat_sources.less_mw]\ns1 = 0.4\n") == pytest.approx(600)
    assert spare('[heat_sources.less_mw]\n"ｓ１" = 0.4\n') == pytest.approx(600)
    assert spare("[heat_sources.less_mw]\ns1 = 4\n") == 0
    with pytest.raises(InputError, match="s9"):
        spare("[heat_sources.less_mw]\ns9 = 1\n")
    with pytest.raises(InputError, match="s1"):
        facts_of(tmp_path, [{}], "[heat_sources.less_mw]\ns1 = 1\n")


def test_gas_is_secured_only_where_the_reaching_area_is(tmp_path):
    cover = town.layer(
        [
            {"status": "in_service", "supply_secured": False, "geometry": box(0, 0, 100, 100)},
            {
                "status": "planned",
                "supply_secured": True,
                "in_service_on": "2025-01-01",
                "geometry": box(0, 0, 300, 300),
            },
            {"status": "in_service", "supply_secured": True, "geometry": box(500, 0, 600, 100)},
        ],
        "in_service_on",
    )
    rows = [
        {"x": 50, "y": 50},
        {"x": 200, "y": 200},
        {"x": 550, "y": 50},
        {"x": 650, "y": 50},
        {"x": 650.1, "y": 50},
    ]
    got = facts_of(tmp_path, rows, gas_coverage=cover).households
    assert got["gas_served"].tolist() == [
        "in_service", "planned", "in_service", "in_service", "none",
    ]  # fmt: skip
    assert got["gas_secured"].tolist() == [False, False, True, True, False]


def transformers(*rows):
    usual = {
        "village_code": None,
        "capacity_kva": 100.0,
        "peak_load_kva": 40.0,
        "upgrade_kva": None,
        "upgrade_due_on": None,
        "upgrade_cny": None,
    }
    return town.layer([{**usual, **row} for row in rows], "upgrade_due_on")


def test_a_transformer_of_the_village_comes_before_a_nearer_one(tmp_path):
    grid = transformers(
        {"transformer_id": "t1", "village_code": A, "geometry": Point(900, 900)},
        {"transformer_id": "t2", "geometry": Point(10, 10)},
    )
    rows = [{"x": 0, "y": 10}, {"x": 1500, "y": 10}, {"x": 1010, "y": 10, "village_code": B}]
    got = facts_of(tmp_path, rows, transformers=grid).households
    assert got["transformer_id"].fillna("-").tolist() == ["t1", "-", "-"]


def test_a_transformer_without_a_place_moves_no_other(tmp_path):
    grid = transformers(
        {"transformer_id": "t0", "village_code": A, "geometry": None},
        {"transformer_id": "t1", "village_code": A, "geometry": Point(10, 10)},
        {"transformer_id": "t2", "village_code": A, "geometry": Point(900, 900)},
    )
    rows = [{"x": 10, "y": 40}, {"x": 900, "y": 905}, {"village_code": A, "x": None, "y": None}]
    got = facts_of(tmp_path, rows, transformers=grid).households
    assert got["transformer_id"].tolist() == ["t1", "t2", "t1"]  # the last like most: a tie
    assert got["transformer_m"].tolist() == [30.0, 5.0, np.inf]


def test_a_home_without_a_place_is_no_evidence_and_takes_the_answer_of_its_village(tmp_path):
    """9 of 10 placed homes in reach are the policy's share of 0.9; 8 of 9 are below it."""
    network = pipes({"geometry": line((0, 0), (1000, 0))})
    gas = town.layer(
        [{"status": "in_service", "supply_secured": True, "in_service_on": None,
          "geometry": box(0, 0, 1000, 60)}], "in_service_on")  # fmt: skip
    grid = transformers(
        {"transformer_id": "t1", "geometry": Point(900, 0)},
        {"transformer_id": "t2", "geometry": Point(100, 0)},
    )
    near = [{"x": 100 + 10 * i, "y": 40} for i in range(9)]
    far, nowhere = {"x": 900, "y": 300}, {"village_code": A, "x": None, "y": None}
    absurd = {"village_code": A, "x": 90_000, "y": 90_000}
    for placed, within in ((near, True), (near[1:], False)):
        rows = [*placed, far, *[nowhere] * 30, absurd]
        facts = facts_of(tmp_path, rows, heat_pipes=network, gas_coverage=gas, transformers=grid)
        lost = facts.households.iloc[len(placed) + 1 :]
        assert set(lost["served"]) == set(lost["gas_served"]) == {""}
        assert set(lost["within_reach"]) == {within}
        assert set(lost["transformer_id"]) == {"t2"}  # of most of the placed ones
        village = facts.villages.set_index("village_code").loc[A]
        assert village["served_share"] == pytest.approx(len(placed) / (len(placed) + 1))
        assert village["pipe_m"] == 300.0  # the median of one
        counts = ["households", "served", "reached", "unplaced", "pending_unserved", "gas_served"]
        reached = len(placed) + 31 if within else len(placed)
        expected = [len(rows), len(placed), reached, 31, 1, len(placed)]
        assert village[counts].tolist() == expected


@pytest.mark.parametrize(("x", "expected"), [(1500.0, "t2"), (1500.001, "-")])
def test_reach_of_a_transformer(tmp_path, x, expected):
    grid = transformers({"transformer_id": "t2", "geometry": Point(1000, 10)})
    got = facts_of(tmp_path, [{"x": x, "y": 10}], transformers=grid).households["transformer_id"]
    assert got.fillna("-").tolist() == [expected]


def test_headroom_is_never_below_zero(tmp_path):
    grid = transformers({"transformer_id": "t1", "peak_load_kva": 130.0, "geometry": Point(0, 0)})
    assert facts_of(tmp_path, [{"x": 5, "y": 5}], transformers=grid).transformers[
        "headroom_kva"
    ].tolist() == [0.0]


@pytest.mark.parametrize(
    ("x", "position"),
    [
        (30.1, "inside"),
        (30.0, "undecidable"),
        (0.0, "undecidable"),
        (-30.0, "undecidable"),
        (-30.1, "outside"),
    ],
)
def test_three_sigma_from_the_line(tmp_path, x, position):
    zone = {"zone_id": "Z1", "geometry": box(0, -5000, 5000, 5000)}
    got = facts_of(tmp_path, [{"x": x, "y": 500}], zones=[zone]).households.iloc[0]
    assert got["zone_position"] == position


def test_accuracies_of_home_and_line_add_in_squares(tmp_path):
    zone = {"zone_id": "Z1", "geometry": box(0, -5000, 5000, 5000), "worded": True}
    rows = [{"x": 15.01, "y": 5, "accuracy_m": 3.0}, {"x": 15.0, "y": 5, "accuracy_m": 3.0}]
    facts = facts_of(tmp_path, rows, "[placing]\nsigma_zone_worded_m = 4", zones=[zone])
    assert facts.households["zone_position"].tolist() == ["inside", "undecidable"]


@pytest.mark.parametrize(
    ("x", "accuracy_m", "position"),
    [(3001.0, 1000.0, "inside"), (2999.0, 1000.0, "undecidable"), (-2999.0, 1000.0, "undecidable"),
     (-1990.0, 600.0, "outside"), (4000.0, np.nan, "inside"), (-2000.0, np.nan, "outside"),
     # farther than 2 km from every village nobody can have meant it: as one without a place
     (-2001.0, np.nan, "undecidable"), (-3001.0, 1000.0, "undecidable")],
)  # fmt: skip
def test_a_home_known_within_a_kilometre_is_far_from_the_line_or_undecidable(
    tmp_path, x, accuracy_m, position
):
    zone = {"zone_id": "Z1", "geometry": box(0, -9000, 9000, 9000)}
    row = {"x": x, "y": 500, "accuracy_m": accuracy_m, "village_code": A}
    got = facts_of(tmp_path, [row], zones=[zone]).households.iloc[0]
    assert got["zone_position"] == position


def test_a_zone_named_by_units_counts_by_the_confirmed_code(tmp_path):
    zone = {
        "zone_id": "Z1",
        "geometry": box(0, 0, 1000, 1000),
        "by_units": True,
        "unit_villages": (A,),
    }
    rows = [
        {"x": 1500, "y": 5, "village_code": A},
        {"x": 5, "y": 5, "village_code": B},
        {"x": 5, "y": 5},
    ]
    got = facts_of(tmp_path, rows, zones=[zone]).households
    assert got["zone_position"].tolist() == ["inside", "outside", "undecidable"]


def test_a_home_without_a_place_may_be_inside(tmp_path):
    zone = {"zone_id": "Z1", "geometry": box(0, 0, 500, 500)}
    got = facts_of(tmp_path, [{"village_code": A}, {"village_code": B}], zones=[zone]).households
    assert got["zone_position"].tolist() == ["undecidable", "outside"]


@pytest.mark.parametrize(
    ("as_of", "positions"),
    [(date(2023, 9, 30), 0), (date(2023, 10, 1), 1), (date(2024, 3, 1), 1), (date(2024, 3, 2), 0)],
)
def test_a_zone_holds_from_its_first_to_its_last_day(tmp_path, as_of, positions):
    zone = {**EVERYWHERE, "expires_on": "2024-03-01"}
    facts = facts_of(tmp_path, [{"x": 5, "y": 5}], zones=[zone], as_of=as_of)
    assert len(facts.zone_positions) == positions


def test_a_home_in_two_zones_is_in_both(tmp_path):
    second = {"zone_id": "Z2", "geometry": box(-500, -500, 500, 500)}
    facts = facts_of(tmp_path, [{"x": 5, "y": 5}, {"x": 900, "y": 5}], zones=[EVERYWHERE, second])
    got = facts.zone_positions.groupby("zone_id")["household"].apply(list).to_dict()
    assert got == {"Z1": [0, 1], "Z2": [0]}


def rulings(*rows):
    usual = {"zone_id": "Z1", "document_no": "d"}
    table = pd.DataFrame([{**usual, **row} for row in rows])
    return table.assign(ruled_on=pd.to_datetime(table["ruled_on"]))


def test_rulings_decide_what_is_open_but_clear_nothing(tmp_path):
    zone = {"zone_id": "Z1", "geometry": box(0, -5000, 5000, 5000)}
    rows = [
        {"x": 5, "y": 5},
        {"x": 500, "y": 5},
        {"x": -5, "y": 5},
        {"x": -500, "y": 5},
        {"x": 6, "y": 5},
    ]
    table = rulings(
        {"household_id": "h0", "ruling": "outside", "ruled_on": "2024-05-01"},
        {"household_id": "h1", "ruling": "outside", "ruled_on": "2024-05-01"},
        {"household_id": "h2", "ruling": "outside", "ruled_on": "2024-05-01"},
        {"household_id": "h2", "ruling": "inside", "ruled_on": "2024-06-01"},
        {"household_id": "h3", "ruling": "inside", "ruled_on": "2024-06-01"},
        {"household_id": "h4", "ruling": "outside", "ruled_on": "2024-11-01"},
        {"household_id": "gone", "ruling": "outside", "ruled_on": "2024-05-01"},
    )
    facts = facts_of(tmp_path, rows, zones=[zone], zone_rulings=table)
    expected = ["outside", "inside", "inside", "inside", "undecidable"]
    assert facts.households["zone_position"].tolist() == expected
    assert facts.households["zone_ruled"].tolist() == [False, False, True, True, False]
    codes = sorted(problem.code for problem in facts.problems if problem.layer == "zone_rulings")
    assert codes == ["ruling_contradicts_location", "unknown_household"]


def test_villages_add_up(tmp_path):
    network = pipes({"geometry": line((0, 0), (1000, 0))})
    rows = [
        {"x": 10, "y": 10, "heating": "coal"},
        {"x": 20, "y": 100, "heating": "none"},
        {"x": 30, "y": 300, "heating": "coal"},
        {"x": 30, "y": 10, "heating": "coal", "occupancy": "vacant"},
        {"x": 30, "y": 10, "heating": "coal", "occupancy": "demolition"},
        {"x": 30, "y": 10, "heating": "electric", "in_programme": True},
        {"x": 30, "y": 10, "heating": None},
        {"x": 5000, "y": 10, "heating": "coal", "village_code": A},
        {"x": 5000, "y": 10, "heating": "coal"},
        {"heating": "coal"},
    ]
    facts = facts_of(tmp_path, rows, heat_pipes=network)
    village = facts.villages.set_index("village_code").loc[A]
    assert facts.households["pending"].tolist() == [
        True,
        True,
        True,
        False,
        False,
        False,
        True,
        True,
        False,
        False,
    ]
    expected = {
        "households": 8, "occupied": 6, "vacant": 1, "demolition": 1, "pending": 5,
        "in_programme": 1,
        "n_coal": 5, "n_none": 1, "n_electric": 1, "served": 5,
        "reached": 5, "pending_unserved": 2, "unplaced": 1,
    }  # fmt: skip
    assert {name: village[name] for name in expected} == expected
    # of the homes that stand where a place is known: not the one pulled down, not the one outside
    assert village["served_share"] == pytest.approx(4 / 6)
    assert village["pipe_m"] == 200.0  # of 100 and 300 m; 4,000 m off is no place
    assert village["peak_kw"] == pytest.approx(8 * 100 * 0.05 * (0.62 + 0.38 / 8))
    empty = facts.villages.set_index("village_code").loc[B]
    assert (empty["households"], empty["pipe_m"]) == (0, np.inf)
    assert np.isnan(empty["served_share"])  # of nobody there is no share


def test_a_named_area_reaches_around_its_village_and_an_unplaced_one_is_reported(tmp_path):
    around = f'{{ name = "周边", village_code = "{A}", around_m = 100 }}'
    extra = f'[priority]\norder = []\nnamed_areas = [{around}, {{ name = "无处" }}]'
    rows = [{"x": 500, "y": 500}, {"x": 1100, "y": 500}, {"x": 1100.1, "y": 500}]
    facts = facts_of(tmp_path, rows, extra)
    assert facts.households["named_area"].tolist() == ["周边", "周边", ""]
    assert facts.villages["named_area"].tolist() == ["周边", "周边"]
    unplaced = [problem for problem in facts.problems if problem.code == "named_area_unplaced"]
    assert [problem.value for problem in unplaced] == ["无处"]


def test_disagreements_are_named_by_row(tmp_path):
    rows = [
        {"x": 5, "y": 5, "village_code": B},
        {"x": 5, "y": 5, "village_code": "123"},
        {"x": -70, "y": 5, "village_code": A},
        {"village_code": A},
        {},
        {"x": 5, "y": 5, "village_code": A},
    ]
    found = {(problem.row, problem.code) for problem in facts_of(tmp_path, rows).problems}
    assert found == {
        (2, "placed_elsewhere"), (3, "unknown_village_code"), (4, "outside"),
        (6, "no_place"),
    }  # fmt: skip


def test_the_order_of_rows_changes_nothing(tmp_path):
    zone = {"zone_id": "Z1", "geometry": box(0, 0, 500, 500)}
    rows = [{"household_id": f"k{i}", "x": 37.0 * i, "y": 11.0 * i} for i in range(40)]
    one = facts_of(tmp_path, rows, zones=[zone])
    two = facts_of(tmp_path, rows[::-1], zones=[zone])
    pd.testing.assert_frame_equal(one.villages, two.villages)
    columns = ["household_id", "located_village_code", "zone_position", "zone_m"]
    mirrored = two.households[columns].iloc[::-1].reset_index(drop=True)
    pd.testing.assert_frame_equal(one.households[columns], mirrored)
