"""What takes ground away from a zone holds it, until it is accepted by name."""

import pytest
import town
from audit.cleared_home import NEXT, VILLAGE
from audit.from_disk import cleared_by
from project_folder import write_features, write_project
from shapely import MultiPolygon, Polygon, box

from gis.audit import clearance
from gis.audit.zone_clearance import with_reasons
from gis.errors import InputError, Problem, Text
from gis.layers.accepted_problems import accept_entry, is_accepted

SQUARE = box(0, 0, 1000, 1000)
DRAWN = {"zone_id": "Z1", "geometry": SQUARE}
AWAY = {"zone_id": "Z2", "geometry": box(1500, 0, 2000, 1000)}
UNITS = {"zone_id": "Z3", "geometry": SQUARE, "by_units": True, "unit_villages": (VILLAGE,),
         "worded": True}  # fmt: skip
RING = {"zone_id": "Z4", "geometry": box(1500, 0, 1600, 1000), "worded": True}


def problem(layer, code, key="", row=2, value=""):
    return Problem(layer, code, row, "", value, Text("", ""), Text("", ""), key=key)


TOUCHED = [
    (problem("coal_ban_zones", "repaired", "Z1"), ["Z1"]),
    (problem("coal_ban_zones", "geometry_kind", "Z2"), ["Z2"]),
    (problem("coal_ban_zones", "repaired", "Z9"), []),  # not in force
    (problem("coal_ban_zones", "no_id"), ["Z1", "Z2", "Z3", "Z4"]),
    (problem("coal_ban_zones", "curves_straightened"), []),
    (problem("coal_ban_zones", "parts_left_out", "Z1", value="LineString"), ["Z1"]),
    (problem("coal_ban_zones", "parts_left_out", "Z1", value="Point"), []),  # a label
    (problem("villages", "repaired", VILLAGE), ["Z1", "Z3"]),
    (problem("villages", "repaired", NEXT), ["Z1", "Z2", "Z3", "Z4"]),  # on the edge of two
    (problem("villages", "no_geometry", "140882001009"), ["Z1", "Z2", "Z3", "Z4"]),
    (problem("villages", "no_id"), ["Z1", "Z2", "Z3", "Z4"]),
    (problem("built_up_area", "repaired"), ["Z4"]),
    (problem("heat_coverage", "repaired"), []),
    (problem("households", "no_id"), []),
]


@pytest.mark.parametrize(("found", "expected"), TOUCHED)
def test_what_a_finding_touches(facts_of, found, expected):
    facts = facts_of([{}], [DRAWN, AWAY, UNITS, RING])
    held_by = clearance.zones_held(
        clearance.HoldingProblem([found]), facts.zones, facts.village_index
    )
    assert held_by["zone_id"].tolist() == expected
    assert set(held_by["entry"]) == ({accept_entry(found)} if expected else set())


@pytest.mark.parametrize(
    ("found", "names"),
    [
        (problem("villages", "repaired", VILLAGE), [f"villages:{VILLAGE}:repaired",
                                                    "villages:2:repaired"]),
        (problem("villages", "no_id"), ["villages:2:no_id"]),
    ],
)  # fmt: skip
def test_a_row_goes_by_its_id_or_its_number(found, names):
    assert accept_entry(found) == names[0]
    assert all(is_accepted(found, [name]) for name in names)
    others = ["villages:3:repaired", f"villages:{VILLAGE}:no_geometry", "villages:140882001"]
    assert not is_accepted(found, others)


EAST, NORTH = 470_000, 3_940_000
WHOLE = box(EAST, NORTH, EAST + 1000, NORTH + 1000)
FOLDED = MultiPolygon([WHOLE, box(EAST + 400, NORTH, EAST + 600, NORTH + 1000)])
BOW_TIE = Polygon([(EAST, NORTH), (EAST + 1000, NORTH + 1000), (EAST + 1000, NORTH),
                   (EAST, NORTH + 1000)])  # fmt: skip
ROW = "coal_ban_zones:Z1:repaired"
FILES = {"households": "households.csv", "inspections": "inspections.csv",
         "villages": "villages.geojson", "coal_ban_zones": "zones.geojson"}  # fmt: skip
HOME = {
    "household_id": "h0", "village_code": VILLAGE, "heating": "electric", "x": EAST + 550,
    "y": NORTH + 500, "installed_on": "2024-06-01", "energised_on": "2024-06-10",
    "accepted_on": "2024-07-01", "acceptance_result": "pass", "acceptance_by": "township",
    "stove_removed_on": "2024-07-05", "coal_removed_on": "2024-07-05",
}  # fmt: skip
CLEAN = {"inspection_id": "i0", "household_id": "h0", "inspected_on": "2024-10-20",
         "finding": "clean", "x": "", "y": ""}  # fmt: skip


@pytest.fixture
def town_of(tmp_path):
    """town_of(zone, village, home, visits, accept) -> a project folder."""

    def write(  # noqa: PLR0917
        zone=WHOLE, village=WHOLE, home=HOME, visits=(CLEAN,), accept=(), zone_id="Z1"
    ):  # fmt: skip
        for name, rows in (("households", [home]), ("inspections", visits)):
            lines = [",".join(map(str, line)) for line in (rows[0], *(r.values() for r in rows))]
            (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        named = {"village_code": VILLAGE, "village": "a", "township_code": VILLAGE[:9],
                 "township": "城关镇"}  # fmt: skip
        dated = {"zone_id": zone_id, "zone": "z", "effective_on": "2023-10-01"}
        for name, said, shape in (("villages", named, village), ("zones", dated, zone)):
            write_features(tmp_path / f"{name}.geojson", [(said, shape)])
        layers = {name: {"path": path, "crs": town.CRS} for name, path in FILES.items()}
        return write_project(tmp_path, layers, accept=list(accept))

    return write


VERDICTS = [
    # the zone's shape, the home's heating, what is accepted, the verdict
    (WHOLE, "electric", [], "cleared"),
    (FOLDED, "electric", [], "unconfirmed"),
    (FOLDED, "electric", [ROW], "cleared"),
    (FOLDED, "electric", ["coal_ban_zones:1:repaired"], "cleared"),
    (FOLDED, "electric", ["households:140882001"], "unconfirmed"),  # another matter
    (FOLDED, "electric", ["households:城关镇", ROW], "cleared"),
    (FOLDED, "coal", [], "not_cleared"),  # it stays so
    (FOLDED, "coal", [ROW], "not_cleared"),
    (BOW_TIE, "electric", [], "unconfirmed"),
]


@pytest.mark.parametrize(("shape", "heating", "accept", "expected"), VERDICTS)
def test_a_repaired_zone_is_not_cleared_until_it_is_accepted(  # noqa: PLR0917
    town_of, reader, shape, heating, accept, expected
):
    folder = town_of(zone=shape, home=HOME | {"heating": heating}, accept=accept)
    (zone,) = cleared_by(folder, reader)[0].zones.to_dict("records")
    assert (zone["verdict"], zone["inside"]) == (expected, 1)
    sound, lifted = shape is WHOLE, any("repaired" in one for one in accept)
    assert (zone["held_by"], zone["accepted"]) == (
        "" if sound or lifted else f'"{ROW}"', f'"{ROW}"' if lifted else ""
    )  # fmt: skip


@pytest.mark.parametrize(
    ("heating", "accept", "expected"),
    [
        ("electric", [], "unconfirmed"),
        ("coal", [], "not_cleared"),
        ("electric", ["coal_ban_zones:z:zone_without_id"], "cleared"),
    ],
)
def test_a_zone_without_an_id_is_judged_under_its_name(town_of, reader, heating, accept, expected):
    folder = town_of(home=HOME | {"heating": heating}, accept=accept, zone_id="")
    (zone,) = cleared_by(folder, reader)[0].zones.to_dict("records")
    assert (zone["zone_id"], zone["verdict"], zone["inside"]) == ("z", expected, 1)


def test_what_holds_a_zone_is_told_with_what_to_write(town_of, reader):
    made, _ = cleared_by(town_of(zone=FOLDED, village=BOW_TIE), reader)
    (told,) = with_reasons(made.zones)["reason_zh"]
    assert "2 项图形问题未认可" in told
    assert f'accept = ["{ROW}", "villages:{VILLAGE}:repaired"]' in told
    made, _ = cleared_by(town_of(zone=FOLDED, accept=[ROW]), reader)
    (told,) = with_reasons(made.zones)["reason_en"]
    assert told == f'accepted: "{ROW}"'


@pytest.mark.parametrize(
    "entry", ["coal_ban_zones:Z2:repaired", "coal_ban_zones:Z1:no_geometry", "households:140882009"]
)
def test_an_entry_that_names_nothing_that_was_found_is_an_error(town_of, reader, entry):
    made, problems = cleared_by(town_of(zone=FOLDED, accept=[entry]), reader)
    (problem,) = [one for one in problems if one.blocking]
    assert made is None
    assert (problem.layer, problem.code, problem.value) == ("project.toml", "accept_unknown", entry)
    assert ROW in problem.message.zh or "households:140882001" in problem.message.zh


@pytest.mark.parametrize("entry", ["zones:Z1:repaired", "coal_ban_zones", "coal_ban_zones: "])
def test_an_entry_of_another_form_is_an_error(town_of, reader, entry):
    with pytest.raises(InputError, match="accept"):
        cleared_by(town_of(accept=[entry]), reader)


COAL = {"finding": "coal_stored", "household_id": "h1"}
LOST = [
    # where the visit says it was made (x, y), what it found, what is accepted, the verdict
    ({"x": EAST + 500, "y": ""}, COAL, [], "unconfirmed"),  # half a place
    ({"x": "不详", "y": NORTH}, COAL, [], "unconfirmed"),
    ({"x": 0, "y": 0}, COAL, [], "unconfirmed"),
    ({"x": 0, "y": 0}, COAL, ["inspections:i1:location_zero"], "cleared"),
    ({"x": 0, "y": 0}, {"finding": "clean", "household_id": "h1"}, [], "cleared"),
    ({"x": 0, "y": 0}, {"finding": "stove_present", "household_id": "h1"}, [], "unconfirmed"),
    ({"x": "", "y": ""}, COAL, [], "cleared"),  # where it was is not written: at that home
    ({"x": EAST + 2900, "y": NORTH}, COAL, [], "cleared"),
]


@pytest.mark.parametrize(("at", "found", "accept", "expected"), LOST)
def test_a_visit_to_a_home_outside_whose_place_nobody_can_read(  # noqa: PLR0917
    town_of, reader, at, found, accept, expected
):
    folder = town_of(visits=[CLEAN, CLEAN | {"inspection_id": "i1"} | found | at], accept=accept)
    away = HOME | {"household_id": "h1", "x": EAST + 1900}
    with (folder / "households.csv").open("a", encoding="utf-8") as file:
        file.write(",".join(map(str, away.values())) + "\n")
    made, _ = cleared_by(folder, reader)
    assert made.zones["verdict"].tolist() == [expected]
    told = [one for one in made.problems if one.code == "unplaced"]
    assert len(told) == (expected == "unconfirmed" and found is COAL)
