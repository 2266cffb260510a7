"""What a project may leave open: places, names, zones and units that a row speaks of in vain."""

import json

import damaged_town
import forked
import pandas as pd
import pytest
import town
from damaged_town import A, B, C, D
from shapely.geometry import box

from gis.facts import build_facts
from gis.layers.village_codes import fill_blank_names


@pytest.fixture(scope="module")
def warm():
    forked.warm()


def nuantu(tmp_path, layers, command, *more):
    """The command on a project of `layers`."""
    folder = tmp_path / "town"
    if not folder.exists():
        damaged_town.write(folder, layers)
    out = ("--out", tmp_path / "done") if command in ("run", "decide", "extend") else ()
    return forked.nuantu(command, folder, *out, *more, log=tmp_path)


def decisions(tmp_path):
    path = tmp_path / "done" / "planner" / "decisions.csv"
    return pd.read_csv(path, dtype=str, encoding="utf-8-sig").set_index("village_code")


def problems(tmp_path, layers):
    """(layer, code) → whether it blocks, as check has them."""
    answer = nuantu(tmp_path, layers, "check", "--json")
    assert answer.code in (0, 1), answer.err
    found = json.loads(answer.out)["problems"]
    return {(one["layer"], one["code"]): one["blocking"] for one in found}


def test_nothing_worth_connecting_leaves_the_decisions_as_they_are(tmp_path, warm):
    assert nuantu(tmp_path, damaged_town.tables(), "decide").code == 0
    # nine pending homes 1,100 m off the pipe: a main costs more than their heat pumps ever do
    assert decisions(tmp_path)["approach"].to_dict() == {
        A: "electric", B: "electric", C: "electric", D: "biomass",
    }  # fmt: skip


VILLAGES = pd.DataFrame(
    {
        "village_code": [A, B, C],
        "village": ["甲村", "乙村", "丙村"],
        "township_code": [A[:9], B[:9], C[:9]],
        "township": ["东镇", "东镇", "西镇"],
    },
    dtype="str",
)


@pytest.mark.parametrize(
    ("row", "column", "shown"),
    [(0, "village", A), (0, "township", "东镇"), (2, "township", C[:9]), (0, "township_code", A[:9])],
)  # fmt: skip
def test_a_village_without_a_name_is_called_by_what_else_is_known_of_it(row, column, shown):
    table = VILLAGES.copy()
    table.loc[row, column] = None
    expected = VILLAGES.copy()
    expected.loc[row, column] = shown
    pd.testing.assert_frame_equal(fill_blank_names(table, "villages"), expected)


def test_a_zone_without_a_name_is_called_by_its_id():
    zones = pd.DataFrame({"zone_id": ["Z1", "Z2"], "zone": ["区", None]}, dtype="str")
    assert fill_blank_names(zones, "coal_ban_zones")["zone"].tolist() == ["区", "Z2"]


def test_homes_without_any_coordinates_are_outside_and_counted_by_code(tmp_path, warm):
    layers = damaged_town.tables()
    for home in layers["households"]:
        home["x"] = home["y"] = ""
    answer = nuantu(tmp_path, layers, "run", "--json")
    assert answer.code == 0, answer.err
    counts = json.loads(answer.out)["households"]
    assert counts == {"read": 48, "placed": 0, "rejected": 0, "outside": 48}
    assert decisions(tmp_path)["households"].tolist() == ["12"] * 4
    said = (tmp_path / "done" / "planner" / "problems.csv").read_text("utf-8-sig")
    assert "households,no_places," in said


def test_villages_without_a_border_or_many_homes_are_published_in_tables_alone(tmp_path, warm):
    """A dozen homes a village: their own squares would single them out in the public edition."""
    layers = damaged_town.tables()
    for village in layers["villages"]:
        village["geometry"] = None
    answer = nuantu(tmp_path, layers, "run")
    assert answer.code == 0, answer.err
    assert set(decisions(tmp_path).index) == {A, B, C, D}
    for edition, drawn in (("public", False), ("planner", True)):
        page = (tmp_path / "done" / edition / "approach.html").read_text("utf-8")
        assert ("没有可以公布的村界" in page) is not drawn


def test_assets_without_a_place_count_by_village_or_not_at_all(tmp_path, warm):
    layers = damaged_town.tables()
    for one in layers["transformers"]:
        one["geometry"] = None
    assert problems(tmp_path, layers)["transformers", "no_location"] is False
    assert nuantu(tmp_path, layers, "decide").code == 0
    # nine homes of B draw 9 x 3.0 x 0.8 / 0.95 = 23 kVA of what its own transformer has left, which
    # feeds twelve
    assert decisions(tmp_path).at[B, "approach"] == "electric"
    assert "可承载全部9户（需23 kVA）" in decisions(tmp_path).at[B, "reason"]


def test_heat_sources_without_a_place_stop_the_run(tmp_path, warm):
    layers = damaged_town.tables()
    for one in layers["heat_sources"]:
        one["geometry"] = None
    found = problems(tmp_path, layers)
    assert found["heat_sources", "no_location"] is False
    assert found["heat_sources", "rows_lost"] is True


def facts(tmp_path, ruling, effective_on="2023-10-01"):
    """One home in the middle of village 001, in the east of which zone Z1 lies; Z2 lies in 002."""
    codes = ("140882001001", "140882001002")
    tables = {
        "households": town.households(
            [{"household_id": "h1", "village_code": codes[0], "x": 500.0, "y": 500.0}]
        ),
        "villages": town.villages(
            [(codes[0], (0, 0, 1000, 1000)), (codes[1], (5000, 0, 6000, 1000))]
        ),
        "coal_ban_zones": town.zones(
            {"zone_id": "Z1", "geometry": box(800, 0, 1000, 1000)},
            {"zone_id": "Z2", "geometry": box(5000, 0, 6000, 1000)},
            {"zone_id": "Z3", "geometry": box(0, 0, 1000, 1000),
             "effective_on": pd.Timestamp(effective_on),
             "expires_on": pd.Timestamp(effective_on) + pd.Timedelta(days=61)},
        ),
        "zone_rulings": pd.DataFrame([{"household_id": "h1", "zone_id": "Z1", "ruling": "inside",
                                       "ruled_on": pd.Timestamp("2024-06-01"),
                                       "document_no": "文", "ledger_row": 2} | ruling]),
    }  # fmt: skip
    return build_facts(tables, town.policy(tmp_path), town.AS_OF)


@pytest.mark.parametrize(
    ("ruling", "open_in", "code"),
    [
        ({"zone_id": "Zl"}, {"Z1"}, "ruling_of_unknown_zone"),
        ({"zone_id": None}, {"Z1"}, "ruling_of_unknown_zone"),
        ({"zone_id": "Zl", "ruling": None}, {"Z1"}, "ruling_of_unknown_zone"),
        ({"zone_id": "Zl", "ruling": "outside"}, set(), "ruling_of_unknown_zone"),
        ({"zone_id": "Z3"}, set(), "ruling_of_zone_not_in_force"),
    ],
)
def test_a_ruling_of_a_zone_that_is_not_there_keeps_the_villages_zones_open(
    tmp_path, ruling, open_in, code
):
    found = facts(tmp_path, ruling)
    assert set(found.zone_positions["zone_id"]) == open_in
    assert set(found.zone_positions["position"]) <= {"undecidable"}
    (said,) = (one for one in found.problems if one.code == code)
    assert (said.layer, said.row, said.column) == ("zone_rulings", 2, "zone_id")
    assert "nan" not in str(said.message)


def test_a_ruling_of_a_zone_yet_to_come_is_named(tmp_path):
    found = facts(tmp_path, {"zone_id": "Z3"}, effective_on="2025-01-01")
    assert "ruling_of_zone_not_in_force" in {one.code for one in found.problems}
    assert found.zone_positions.empty


def test_a_ruling_that_holds_is_applied_beside_one_that_does_not(tmp_path):
    found = facts(tmp_path, {"zone_id": "Z1"})
    assert found.zone_positions["position"].tolist() == ["inside"]
    assert not {one.code for one in found.problems} & {"ruling_of_unknown_zone"}


def test_a_target_of_a_unit_without_a_village_stands_and_is_named(tmp_path, warm):
    layers = damaged_town.tables()
    layers["targets"][0] |= {"unit_code": "140882009", "unit": "远镇"}
    assert problems(tmp_path, layers)["targets", "target_of_unknown_unit"] is False
    answer = nuantu(tmp_path, layers, "progress", "--json")
    assert answer.code == 0, answer.err
    rows = [one for one in json.loads(answer.out) if one["unit_code"] == "140882009"]
    assert {one["mode"]: (one["unit"], one["target"], one["completed"]) for one in rows} == {
        "electric": ("远镇", 12, None), "gas": ("远镇", 3, None), "central": ("远镇", 5, None),
    }  # fmt: skip
