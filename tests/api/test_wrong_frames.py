"""Frames that are wrong: told like files, in both languages, with a way out that a frame has."""

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from api.frames_town import CODES, METRIC, POLICY, frames

import gis


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    path = tmp_path_factory.mktemp("policy") / "plan.toml"
    path.write_text(POLICY, encoding="utf-8")
    return path


@pytest.fixture
def project(policy):
    def make(layer="", change=None, **settings):
        given = frames()
        if layer:
            given[layer] = change(given[layer]) if callable(change) else change
        return gis.Project(**given, **{"policy": policy, "as_of": "2024-10-31", **settings})

    return make


def swapped(frame):
    shapes = shapely.transform(frame.geometry.to_numpy(), lambda at: at[:, ::-1])
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))


def geometry_of_row(row, shape):
    """A frame with another geometry in one of its rows."""

    def change(frame):
        other = frame.geometry.copy()
        other.iloc[row] = shape(other.iloc[row])
        return frame.set_geometry(other)

    return change


def cell(column, row, value):
    """A frame with another value in one of its cells."""

    def change(frame):
        cells = frame[column].astype(object)
        cells.iloc[row] = value
        return frame.assign(**{column: cells})

    return change


BLOCKING = [
    ("villages", lambda f: f.drop(columns=["village_code", "村"]), "column_missing",
     "the column village_code is missing (such as 村代码", "frame.rename(columns="),
    ("households", lambda f: f.drop(columns="heating"), "column_missing",
     "there are: 户编号、village_code", "frame.rename(columns="),
    ("heat_pipes", lambda f: f.set_crs(None, allow_override=True), "crs_missing",
     "the frame has no CRS", 'frame.set_crs("EPSG:4490")'),
    ("households", lambda f: pd.DataFrame(f.drop(columns="geometry")).assign(
        经度=f.geometry.x, 纬度=f.geometry.y), "crs_missing",
     "the frame has no CRS", "gpd.points_from_xy"),
    ("households", lambda f: f.iloc[:0], "required_without_rows",
     "of its 0 rows none counts", "check the frame"),
    ("households", pd.DataFrame(), "required_without_rows",
     "of its 0 rows none counts", "check the frame"),
    ("households", lambda f: pd.concat([f, f[["heating"]]], axis=1), "heading_twice",
     "two columns are called 'heating'", "frame.columns.duplicated()"),
    ("heat_pipes", lambda f: pd.DataFrame(f.drop(columns="geometry")), "layer_without_geometry",
     "it has no geometry, expected line", "give a GeoDataFrame"),
    ("heat_pipes", lambda f: pd.DataFrame(f).rename(columns={"geometry": "shape"}),
     "geometry_not_active", "geometry columns (shape), none of which is the active one",
     "set_geometry(NAME)"),
    ("villages", lambda f: pd.DataFrame(f).assign(geometry=f.geometry.to_wkt()),
     "geometry_written_out", "the column geometry holds geometry as text", "from_wkt(frame"),
    ("villages", lambda f: pd.DataFrame(f.drop(columns="geometry")).assign(形=f.geometry.to_wkb()),
     "geometry_written_out", "the column 形 holds geometry as text", "drop the column"),
    ("households", lambda f: f.rename(columns={"heating": "heat", "户编号": "id no"}),
     "column_missing", "缺少列 取暖方式", "frame.rename(columns="),
    ("heat_pipes", lambda f: f.drop(columns="status").assign(状态="在运", 运行状态="规划"),
     "two_headings", "状态、运行状态 could each be status", "frame.drop(columns="),
    ("households", swapped, "axes_swapped_drawn", "are exchanged", "at[:, ::-1]"),
    ("villages", swapped, "axes_swapped_drawn", "are exchanged", "crs=frame.crs"),
    ("households", lambda f: gis.to_gcj02(f).set_crs("EPSG:4326"), "datum_misfit",
     "as GCJ-02 100 %", "gis.from_gcj02(frame)"),
    ("households", lambda f: f.to_crs(METRIC).set_crs("EPSG:4547", allow_override=True),
     "layer_elsewhere", "what would fit: EPSG:4546", "frame.set_crs"),
    ("villages", lambda f: f.set_crs("EPSG:4610", allow_override=True), "datum_without_parameters",
     "Xian 1980", "frame.set_crs(wkt"),
    ("villages", None, "layer_missing", "a required layer is missing", "gis.Project(NAME=frame"),
]  # fmt: skip


# One of each way on which a problem comes that blocks: all of them stop deciding alike.
STOPPED = (BLOCKING[0], BLOCKING[2], BLOCKING[4], BLOCKING[6], BLOCKING[-1])


@pytest.mark.parametrize("case", BLOCKING, ids=lambda case: f"{case[0]}-{case[2]}")
def test_what_stops_the_plan(project, case):
    layer, change, code, message, remedy = case
    found = project(layer, change)
    row = found.problems.set_index(["layer", "code"]).loc[layer, code]
    assert row["blocking"]
    assert message in row["message"]
    assert remedy in row["remedy"]
    said = row["message"] + row["remedy"]
    assert re.search(r"[\u4e00-\u9fff]", said)
    assert not re.search(r"project\.toml|工作表|sheet", said)
    if not any(case is one for one in STOPPED):
        return
    with pytest.raises(gis.InputError) as error:
        found.decide()
    assert message in str(error.value)


INFINITE = cell("floor_area_m2", 6, np.inf)
NOT_BLOCKING = [
    ("coal_ban_zones", geometry_of_row(1, shapely.centroid), "geometry_kind", (1,)),
    ("heat_pipes", geometry_of_row(0, shapely.centroid), "geometry_kind", (0,)),
    ("households", cell("floor_area_m2", 5, "大"), "bad_number", ("row 5",)),
    ("households", INFINITE, "bad_number", ("row 6",)),
    ("households", cell("heating", 7, 3), "bad_choice", ("row 7",)),
    ("households", cell("户编号", 9, np.nan), "no_id", ("row 9",)),
    ("households", cell("accepted_on", 10, "last week"), "bad_date", ("row 10",)),
    ("households", geometry_of_row(11, lambda _: None), "no_geometry", ("row 11",)),
    ("households", lambda f: cell("heating", 7, "魔法")(
        f.set_index(pd.MultiIndex.from_arrays([f.index, range(len(f))]))), "bad_choice",
     (("row 7", 7),)),
    ("households", lambda f: cell("heating", 7, "魔法")(f.set_axis(["same"] * len(f))), "bad_choice",
     ("same",)),
]  # fmt: skip


# Of one layer and in rows of their own, so that one frame may have them all.
TOGETHER = [one for one in NOT_BLOCKING[2:-2] if one[1] is not INFINITE]


def told_by_label(found, layer, code, labels):
    row = found.set_index(["layer", "code"]).loc[layer, code]
    assert not row["blocking"]
    assert row["rows"] == 1
    assert row["row_labels"] == labels


@pytest.mark.parametrize(
    ("layer", "change", "code", "labels"), [one for one in NOT_BLOCKING if one not in TOGETHER]
)
def test_a_row_is_told_by_its_index_label(project, layer, change, code, labels):
    told_by_label(project(layer, change).problems, layer, code, labels)


def test_rows_of_one_frame_are_told_by_their_index_labels(project):
    def all_of_them(frame):
        for _, change, _, _ in TOGETHER:
            frame = change(frame)
        return frame

    assert len(TOGETHER) == 5
    found = project("households", all_of_them).problems
    for layer, _, code, labels in TOGETHER:
        told_by_label(found, layer, code, labels)


def test_an_id_held_as_a_float_has_lost_its_digits(project):
    found = project(
        "households", lambda f: f.assign(户编号=1e17 + 1e15 * np.arange(len(f)))
    ).problems
    row = found.set_index("code").loc["digits_lost"]
    assert row["rows"] == 240
    assert "dtype=str" in row["remedy"]


@pytest.mark.parametrize(
    ("crs", "message"),
    [
        ("EPSG:4326", "the project CRS EPSG:4326 is in degrees"),
        ("EPSG:3857", "a Mercator map, whose distances are not true"),
        ("EPSG:2263", "is in US survey foot"),
        ("EPSG:99999", "unknown coordinate system EPSG:99999"),
    ],
)
def test_a_working_crs_that_measures_no_metres(project, crs, message):
    found = project(crs=crs).problems
    assert found["blocking"].all()
    assert message in found["message"][0]


def test_the_working_crs_follows_the_villages(project):
    assert project().crs == "EPSG:4546"  # 110.7° E: the zone of 111°
    assert project("villages", lambda f: f.to_crs("EPSG:4547")).crs == "EPSG:4547"
    assert project("villages", lambda f: f.to_crs("EPSG:3857")).crs == "EPSG:4546"
    assert project(crs=4547).crs == "EPSG:4547"
    west, _, east, _ = frames()["villages"].total_bounds
    for lon, code in ((112.4, "EPSG:4546"), (112.6, "EPSG:4547")):  # between 111° and 114°
        by = lon - (west + east) / 2
        moved = project("villages", lambda f, by=by: f.set_geometry(f.translate(by)))
        assert moved.crs == code


REFUSED = [
    ({"layer": "villages", "change": "villages.gpkg"},
        "found str; read a file with gis.read_layer"),
    ({"layer": "villages", "change": lambda f: f.set_axis(
        pd.MultiIndex.from_product([f.columns, ["a"]]), axis=1)}, "its columns have 2 levels"),
    ({"policy": {"routes": []}}, "expected the path of a policy.toml, found dict"),
    ({"policy": None}, "expected the path of a policy.toml, found NoneType"),
    ({"zones": frames()["coal_ban_zones"]}, "give zones that are drawn as coal_ban_zones=frame"),
    ({"zones": ["Z9"]}, "zones: expected a list of mappings"),
    ({"layer": "villages", "change": lambda f: f.geometry}, "found GeoSeries"),
    ({"layer": "vilages", "change": pd.DataFrame()},
        "there is no layer vilages; the nearest is villages"),
    ({"as_of": "31.10.2024"}, "as_of: expected a day such as"),
    ({"as_of": pd.NaT}, "as_of: expected a day such as"),
    ({"as_of": None}, "as_of: expected a day such as"),
    ({"policy": "nowhere.toml"}, "there is no file nowhere.toml"),
    ({"name": "a b"}, "project.name = 'a b' is wrong"),
    ({"settings": {"demonstratoin": True}}, "the nearest known key is demonstration"),
    ({"zones": [{"zone_id": "Z9"}]}, "lacks zones[1].zone"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "message"), REFUSED)
def test_what_is_no_project_is_refused_at_once(project, given, message):
    with pytest.raises(gis.InputError) as error:
        project(**given)
    assert message in str(error.value)
    assert re.search(r"[\u4e00-\u9fff]", str(error.value))


def test_a_scenario_that_is_not_there(project):
    with pytest.raises(gis.InputError, match="there is no scenario wide; there are: wider_reach"):
        project().decide("wide")


def test_columns_that_no_file_can_hold_are_refused_on_saving(project, tmp_path):
    made = project("households", lambda f: f.assign(Remark=1, remark=2))
    with pytest.raises(gis.InputError, match="Remark and remark differ in case alone"):
        made.save(tmp_path / "one")
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(gis.InputError, match="is not empty"):
        project().save(tmp_path / "two")
    assert [one.name for one in (tmp_path / "two").iterdir()] == ["mine.txt"]


def test_cells_of_any_kind_become_text(project):
    """Of columns that nobody knows nothing is said, whatever they hold."""
    made = project("households", lambda f: f.assign(tags=[{"a": 1}] * 240, parts=[[1, 2]] * 240))
    assert set(made.problems["code"]) == {"zone_not_begun"}


def test_a_doubtful_name_is_settled_by_names(project):
    def named(frame):
        known = {code: f"村{n:02}" for n, code in enumerate(CODES)} | {CODES[0]: "王家庄"}
        villages = frame["village_code"].map(known)
        return frame.drop(columns="village_code").assign(村=villages)

    found = project("households", named).problems.set_index("code").loc["village_unknown"]
    assert 'names={"王家庄": "12-digit code"}' in found["remedy"]
    settled = project("households", named, names={"王家庄": int(CODES[0])})
    assert "village_unknown" not in set(settled.problems["code"])
    villages = settled.run().facts.villages.set_index("village_code")
    assert villages.loc[CODES[0], "households"] == 12


def test_zones_in_words_stand_beside_the_frames(project):
    words = {"zone_id": "Z9", "zone": "九", "effective_on": pd.Timestamp("2023-01-01"),
             "include_villages": [CODES[5]]}  # fmt: skip
    zones = project(zones=[words]).audit()
    assert zones.loc["Z9", "inside"] == 12
