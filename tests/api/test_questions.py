"""The single questions, against places that are worked out by hand."""

import warnings
from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
from api.frames_town import METRIC, POLICY, frames
from shapely.geometry import LineString, Point, Polygon, box

import gis

EAST, WEST = "140882001002", "140882001001"
X, Y = 470_000, 3_940_000


def points(*places, **columns):
    """Homes at metres from the corner of the two villages, in degrees."""
    shapes = gpd.GeoSeries(
        [None if at is None else Point(X + at[0], Y + at[1]) for at in places], crs=METRIC
    )
    frame = gpd.GeoDataFrame(columns, geometry=shapes.to_crs("EPSG:4326"))
    return frame.set_axis([f"home {n}" for n in range(len(places))])


def shape(geometry, **columns):
    return gpd.GeoDataFrame({name: [value] for name, value in columns.items()}, geometry=[geometry],
                            crs=METRIC)  # fmt: skip


@pytest.fixture
def villages():
    """Two squares of 1 km side by side."""
    squares = [box(X, Y, X + 1000, Y + 1000), box(X + 1000, Y, X + 2000, Y + 1000)]
    return gpd.GeoDataFrame({"村代码": [WEST, EAST]}, geometry=squares, crs=METRIC)


def test_the_village_of_each_household(villages):
    homes = points((500, 500), (1500, 500), (2300, 500), None, (500, 500), None,
                   village_code=[None, None, None, EAST, EAST, None])  # fmt: skip
    found = gis.place(homes, villages)
    assert list(found.index) == list(homes.index)
    assert list(found["status"]) == ["placed", "placed", "outside", "outside", "placed", "rejected"]
    code = found["village_code"].astype(object).where(found["village_code"].notna(), None)
    assert list(code) == [WEST, EAST, None, EAST, EAST, None]
    assert found["located_village_code"].iloc[4] == WEST
    assert found["nearest_village_code"].iloc[2] == EAST
    assert found["nearest_village_m"].iloc[2] == pytest.approx(300, abs=0.01)


def test_who_is_within_reach_of_a_pipe():
    pipes = pd.concat(
        [
            shape(LineString([(X, Y), (X + 1000, Y)]), status="在运", in_service_on=None),
            shape(LineString([(X, Y + 800), (X + 1000, Y + 800)]), status="planned",
                  in_service_on="2024-11-01"),
        ]
    )  # fmt: skip
    homes = points((500, 49.9), (500, 50.1), (500, 760), (500, 400), None)
    found = gis.served(homes, pipes, within_m=50)
    served = found["served"].astype(object).where(found["served"].notna(), None)
    assert list(served) == ["in_service", "none", "none", "none", None]
    assert found["pipe_m"].iloc[:2].tolist() == pytest.approx([49.9, 50.1], abs=0.001)
    assert pd.isna(found["pipe_m"].iloc[4])
    planned = gis.served(homes, pipes, within_m=50, as_of=date(2024, 10, 31), by=date(2024, 11, 1))
    assert planned["served"].iloc[2] == "planned"
    late = gis.served(homes, pipes, within_m=50, as_of=date(2024, 10, 31), by=date(2024, 10, 31))
    assert late["served"].iloc[2] == "none"
    for day in (date(2024, 10, 31), "2024-10-31"):
        same = gis.served(homes, pipes, within_m=50, as_of=day, by="2024-11-01")
        pd.testing.assert_frame_equal(same, planned)
    nothing = gis.served(homes, pipes.iloc[1:], within_m=50)
    assert nothing["pipe_m"].iloc[0] == float("inf")


def test_the_position_to_a_zone_is_open_within_three_sigma():
    zone = shape(box(X, Y, X + 1000, Y + 1000), zone_id="Z1")
    homes = points((500, 30.1), (500, 29.9), (500, -29.9), (500, -30.1), (500, 6), None,
                   accuracy_m=[None, None, None, None, 1.9, None])  # fmt: skip
    found = gis.zone_position(homes, zone, sigma_m=10)
    position = found["position"].astype(object).where(found["position"].notna(), None)
    assert list(position) == ["inside", "undecidable", "undecidable", "outside", "inside", None]
    assert found["zone_m"].iloc[:3].tolist() == pytest.approx([30.1, 29.9, -29.9], abs=0.001)
    assert found["zone_id"].iloc[0] == "Z1"
    assert pd.isna(found["zone_id"].iloc[3])
    sharp = gis.zone_position(homes, zone, sigma_m=0)
    assert list(sharp["position"].iloc[:4]) == ["inside", "inside", "outside", "outside"]


def test_of_several_versions_of_a_zone_the_one_in_force():
    versions = pd.concat(
        [
            shape(box(X, Y, X + 1000, Y + 1000), zone_id="Z1", effective_on="2020-01-01"),
            shape(box(X, Y, X + 100, Y + 100), zone_id="Z1", effective_on="2024-01-01"),
        ]
    )
    home = points((500, 500))
    with pytest.raises(gis.InputError, match="a zone occurs in several versions"):
        gis.zone_position(home, versions)
    for day, position in ((date(2023, 12, 31), "inside"), (date(2024, 1, 1), "outside")):
        assert gis.zone_position(home, versions, as_of=day)["position"].iloc[0] == position


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    path = tmp_path_factory.mktemp("policy") / "plan.toml"
    path.write_text(POLICY, encoding="utf-8")
    return path


def test_clearance_and_network_are_those_of_a_project(policy):
    town = frames()
    given = {"policy": policy, "as_of": "2024-10-31"}
    needed = ("households", "villages", "coal_ban_zones", "inspections")
    zones = gis.judge_clearance(**{name: town[name] for name in needed}, **given)
    # of eight done homes in it four are of the first village; two of them were visited
    assert zones.loc["Z1", ["inside", "cleared"]].tolist() == [20, 2]
    project = gis.Project(**town, **given)
    grown = gis.extend_network(**town, **given)
    assert grown.cost_cny_a == project.run().proven_extension.network.cost_cny_a
    assert grown.gap <= 2e-4
    assert grown.bound_cny_a <= grown.cost_cny_a
    del town["roads"]
    with pytest.raises(gis.InputError, match="there is no roads layer"):
        gis.extend_network(**town, **given)


def test_web_map_coordinates_there_and_back():
    shapes = [Point(111, 35), None, Polygon([(111, 35), (111.1, 35), (111.1, 35.1)])]
    frame = gpd.GeoDataFrame({"a": [1, 2, 3], "geometry": shapes, "b": 4}, crs="EPSG:4326",
                             index=list("xyz"))  # fmt: skip
    shifted = gis.to_gcj02(frame.to_crs(METRIC))
    assert shifted.crs is None
    # computed with the published formula,
    # https://en.wikipedia.org/wiki/Restrictions_on_geographic_data_in_China
    assert shifted.geometry["x"].x == pytest.approx(111.00578, abs=1e-5)
    back = gis.from_gcj02(shifted)
    assert back.crs == "EPSG:4326"
    assert list(back.columns) == list(frame.columns)
    assert list(back.index) == list("xyz")
    assert back.to_crs(METRIC).distance(frame.to_crs(METRIC)).max() < 1e-6
    assert back.geometry["y"] is None
    baidu = gis.from_bd09(shifted.geometry)
    assert isinstance(baidu, gpd.GeoSeries)
    assert baidu["x"].distance(back.geometry["x"]) > 0.005


def test_an_error_of_many_rows_is_one_line():
    with pytest.raises(gis.InputError) as error:
        gis.place(points((0, 0)), points(*[(n, n) for n in range(9)], name=["a"] * 9))
    lines = str(error.value).splitlines()
    assert len(lines) == len(set(lines))
    assert any(line.endswith("(9 times)") for line in lines)
    assert len(error.value.problems) > 9


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda homes: gis.from_gcj02(homes.to_crs(METRIC)), "GCJ-02 is in degrees"),
        (lambda homes: gis.from_bd09(homes.set_geometry(homes.translate(100))),
            "BD-09 is in degrees"),
        (lambda homes: gis.to_gcj02(homes.set_crs(None, allow_override=True)), "no CRS to convert"),
        (lambda homes: gis.to_gcj02(homes.to_crs("EPSG:4214")), "Beijing 1954 of EPSG:4214 has no public"),
        (lambda homes: gis.to_gcj02(pd.DataFrame(homes.drop(columns="geometry"))),
            "found DataFrame"),
        (lambda homes: gis.place(homes, "villages.shp"), "found str"),
        (lambda homes: gis.place(homes, homes), "the column village_code is missing"),
        (lambda homes: gis.served(homes, homes.assign(status="在运")), "expected line"),
        (lambda homes: gis.served(homes, homes.assign(status="在运")),
         r"none of its 2 rows has a geometry that counts \(found Point\)"),
        (lambda homes: gis.served(homes, homes.iloc[:0].assign(status="在运")), "none of its 0 rows"),
        (lambda homes: gis.served(homes, homes, as_of="31.10.2024"), "as_of: expected a day"),
        (lambda homes: gis.read_layer(None), "expected the path of a file, found NoneType"),
        (lambda homes: gis.compare(homes, homes), r"expected a Plan.* found GeoDataFrame"),
        (lambda homes: gis.served(homes, homes, within_m=-1), "within_m: expected a number"),
        (lambda homes: gis.zone_position(homes, homes, sigma_m=None), "sigma_m: expected a number"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_said(ask, message):
    with pytest.raises(gis.InputError, match=message):
        ask(points((0, 0), (1, 1), name=["a", "b"]))


def test_what_does_not_stop_an_answer_is_a_warning():
    zone = shape(box(X, Y, X + 1000, Y + 1000), zone_id="Z1")
    homes = points((500, 500), (400, 400), name=["a", "b"])
    odd = pd.concat([zone, shape(Point(X, Y), zone_id="Z2")])
    with pytest.warns(UserWarning, match="geometry_kind"):
        found = gis.zone_position(homes, odd)
    assert list(found["position"]) == ["inside", "inside"]


def test_a_layer_is_read_with_all_digits_and_the_rows_of_its_file(tmp_path):
    path = tmp_path / "台账.csv"
    path.write_text("户编号,经度,纬度\n0012,110.67,35.59\n0013,,\n", encoding="gb18030")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        plain = gis.read_layer(path)
    assert any("encoding_found" in str(one.message) for one in told)
    assert list(plain["户编号"]) == ["0012", "0013"]
    assert list(plain.index) == [2, 3]
    assert not isinstance(plain, gpd.GeoDataFrame)
    with warnings.catch_warnings(record=True):
        true = gis.read_layer(path, crs="GCJ-02")
        labelled = gis.read_layer(path, crs=4490)
    assert (true.crs, labelled.crs) == ("EPSG:4326", "EPSG:4490")
    assert labelled.geometry[2].x == 110.67
    assert true.geometry[2].x == pytest.approx(gis.from_gcj02(labelled).geometry[2].x)
    assert true.geometry[3] is None


def test_a_layer_that_cannot_be_read_says_so(tmp_path):
    with pytest.raises(gis.InputError, match=r"there is no file nowhere\.gpkg"):
        gis.read_layer(tmp_path / "nowhere.gpkg")
    damaged = tmp_path / "damaged.gpkg"
    damaged.write_bytes(b"SQLite format 3\x00" + bytes(100))
    with pytest.raises(gis.InputError, match="damaged") as error:
        gis.read_layer(damaged)
    assert error.value.problems[0].code == "damaged"
    frames()["villages"].to_file(tmp_path / "v.gpkg")
    with pytest.raises(gis.InputError, match="unknown coordinate system EPSG:99999"):
        gis.read_layer(tmp_path / "v.gpkg", crs="EPSG:99999")
    assert gis.read_layer(tmp_path / "v.gpkg").crs == "EPSG:4326"
