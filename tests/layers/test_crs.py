"""Into the project CRS and out to WGS84, against values worked out otherwise."""

import geopandas as gpd
import numpy as np
import pytest
from pyproj import CRS
from shapely import Point

from gis.layers import to_wgs84
from gis.layers.crs import into_project, is_degrees, project_crs, same_system, short_name, to_lonlat
from gis.layers.problems import Refusal

HEJIN = CRS("EPSG:4546")


def one(x, y, source):
    there = into_project(np.array([float(x)]), np.array([float(y)]), source, HEJIN)
    return there[0][0], there[1][0]


def meridian_arc_m(lat):
    """The length of the meridian from the equator, by integrating its radius of curvature."""
    a, f = 6378137.0, 1 / 298.257222101
    e2 = f * (2 - f)
    angles = np.linspace(0, np.radians(lat), 100_001)
    radius = a * (1 - e2) / (1 - e2 * np.sin(angles) ** 2) ** 1.5
    return np.trapezoid(radius, angles)


ARC_35 = meridian_arc_m(35)


# on the central meridian of the zone the easting is the false one, the northing the meridian arc
@pytest.mark.parametrize("source", ["EPSG:4490", "EPSG:4326", "OGC:CRS84"])
def test_the_central_meridian_is_at_500_km(source):
    x, y = one(111, 35, source)
    assert x == pytest.approx(500_000, abs=1e-3)
    assert y == pytest.approx(ARC_35, abs=1e-3)


def test_a_zone_prefix_is_the_same_place():
    x, y = one(37_472_965, 3_934_000, "EPSG:4525")
    assert (x, y) == (pytest.approx(472_965, abs=1e-3), pytest.approx(3_934_000, abs=1e-3))


def test_web_mercator_and_the_next_zone_are_taken_back():
    there = gpd.GeoSeries([Point(472_000, 3_934_000)], crs=HEJIN)
    for source in ("EPSG:3857", "EPSG:4547", "EPSG:4504"):
        point = there.to_crs(source).iloc[0]
        x, y = one(point.x, point.y, source)
        assert np.hypot(x - 472_000, y - 3_934_000) < 1e-3, source


@pytest.mark.parametrize(("units", "metres"), [("km", 1000), ("us-ft", 1200 / 3937), ("m", 1)])
@pytest.mark.parametrize("datum", ["+ellps=GRS80", "+datum=WGS84", "+ellps=krass +towgs84=1,2,3"])
def test_a_system_in_another_unit_is_the_same_place(units, metres, datum):
    zone = f"+proj=tmerc +lat_0=0 +lon_0=111 +x_0=500000 {datum} +units="
    expected = one(472_000, 3_934_000, CRS(f"{zone}m").to_wkt())
    x, y = one(472_000 / metres, 3_934_000 / metres, CRS(zone + units).to_wkt())
    assert np.hypot(x - expected[0], y - expected[1]) < 1e-6
    if "GRS80" in datum:
        assert expected == (pytest.approx(472_000, abs=1e-3), pytest.approx(3_934_000, abs=1e-3))


def test_what_has_no_place_is_missing():
    assert np.isnan(one(110, 3_934_000, "EPSG:4490")).all()
    assert np.isnan(one(np.nan, 35, "EPSG:4490")).all()


@pytest.mark.parametrize("crs", ["EPSG:4610", "EPSG:2381", "EPSG:4214", "EPSG:2434", "EPSG:2343"])
def test_secret_datums_are_refused(crs):
    with pytest.raises(Refusal) as caught:
        one(110, 35, crs)
    assert caught.value.finding.code == "datum_without_parameters"


def wkt(datum, ellipsoid, towgs84):
    """Gauss-Krüger round 111 degrees as old programs write it."""
    shift = f",TOWGS84[{towgs84}]" if towgs84 else ""
    return (
        f'PROJCS["x",GEOGCS["{datum}",DATUM["{datum}",SPHEROID[{ellipsoid}]{shift}],'
        'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],'
        'PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],'
        'PARAMETER["central_meridian",111],PARAMETER["scale_factor",1],'
        'PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1]]'
    )


ZEROS = "0,0,0,0,0,0,0"
CGCS, WGS = '"CGCS2000",6378137,298.257222101', '"WGS 84",6378137,298.257223563'
KRASOVSKY, IAG75 = '"Krassowsky_1940",6378245,298.3', '"IAG 1975",6378140,298.257'
PROJ = "+proj=tmerc +lat_0=0 +lon_0=111 +k=1 +x_0=500000 +units=m +type=crs "


@pytest.mark.parametrize(
    "crs",
    [
        wkt("China_2000", CGCS, ZEROS), wkt("WGS_1984", WGS, "0,0,0"), wkt("unknown", CGCS, ZEROS),
        wkt("unknown", CGCS, ""), PROJ + "+ellps=GRS80 +towgs84=0,0,0", PROJ + "+datum=WGS84",
    ],
)  # fmt: skip
def test_zeros_on_the_ellipsoid_of_cgcs2000_say_nothing(crs):
    assert one(470_000, 3_934_000, crs) == (
        pytest.approx(470_000, abs=1e-3),
        pytest.approx(3_934_000, abs=1e-3),
    )


@pytest.mark.parametrize(
    "crs",
    [
        wkt("Beijing_1954", KRASOVSKY, ZEROS), wkt("unknown", KRASOVSKY, "0,0,0"),
        wkt("Xian_1980", IAG75, ZEROS), PROJ + "+ellps=krass +towgs84=0,0,0",
        "+proj=longlat +ellps=krass +towgs84=0,0,0 +type=crs",
    ],
)  # fmt: skip
def test_zeros_on_another_ellipsoid_are_no_parameters(crs):
    with pytest.raises(Refusal) as caught:
        one(110, 35, crs)
    assert caught.value.finding.code == "datum_zero_parameters"


@pytest.mark.parametrize(
    "crs",
    [
        wkt("unknown", KRASOVSKY, ""), wkt("unknown", IAG75, ""), PROJ + "+ellps=krass",
        "EPSG:4284", "EPSG:28419",
    ],
)  # fmt: skip
def test_another_ellipsoid_without_parameters_is_refused(crs):
    with pytest.raises(Refusal) as caught:
        one(110, 35, crs)
    assert caught.value.finding.code == "datum_without_parameters"


def test_true_parameters_move_a_place_by_as_much_as_they_say():
    x, y = one(470_000, 3_934_000, wkt("Beijing_1954", KRASOVSKY, "15.8,-154.4,-82.3,0,0,0,0"))
    # from geodetic to geocentric, shifted, and back on the other ellipsoid
    assert (x - 470_000, y - 3_934_000) == (
        pytest.approx(40.296, abs=0.01),
        pytest.approx(-47.085, abs=0.01),
    )


@pytest.mark.parametrize("crs", ["EPSG:0", "乱写", "GCJ", ""])
def test_an_unknown_system_is_refused(crs):
    with pytest.raises(Refusal) as caught:
        one(110, 35, crs)
    assert caught.value.finding.code == "crs_unknown"


@pytest.mark.parametrize(
    ("crs", "code"),
    [
        ("EPSG:4490", "project_crs_geographic"), ("EPSG:3857", "project_crs_mercator"),
        ("EPSG:3395", "project_crs_mercator"), ("EPSG:2230", "project_crs_units"),
        ("EPSG:2381", "datum_without_parameters"), ("GCJ-02", "crs_unknown"),
    ],
)  # fmt: skip
def test_a_project_needs_true_metres(crs, code):
    with pytest.raises(Refusal) as caught:
        project_crs(crs)
    assert caught.value.finding.code == code


@pytest.mark.parametrize("crs", ["EPSG:4546", "EPSG:4525", "EPSG:32649", "EPSG:4509"])
def test_transverse_mercator_is_a_project_crs(crs):
    assert project_crs(crs).is_projected


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("EPSG:4546", "EPSG:4546", True), ("EPSG:4490", "EPSG:4326", True),
        ("EPSG:4326", "OGC:CRS84", True), ("GCJ-02", "EPSG:4326", True),
        ("EPSG:4546", "EPSG:4547", False), ("GCJ-02", "EPSG:4546", False),
        ("EPSG:4546", CRS("EPSG:4546").to_wkt("WKT1_ESRI"), True),
    ],
)  # fmt: skip
def test_whether_two_names_mean_one_system(first, second, same):
    assert same_system(first, second) is same


@pytest.mark.parametrize(
    ("crs", "degrees"),
    [("GCJ-02", True), ("bd09", True), ("EPSG:4490", True), ("EPSG:4546", False)],
)
def test_degrees_or_metres(crs, degrees):
    assert is_degrees(crs) is degrees


def test_the_outer_edge_gives_longitude_first():
    frame = gpd.GeoDataFrame(geometry=[Point(500_000, ARC_35)], crs=HEJIN)
    there = to_wgs84(frame)
    assert there.crs.to_epsg() == 4326
    assert there.geometry.iloc[0].x == pytest.approx(111, abs=1e-6)
    assert there.geometry.iloc[0].y == pytest.approx(35, abs=1e-8)
    lon, lat = to_lonlat(np.array([500_000.0]), np.array([ARC_35]), "EPSG:4546")
    assert (lon[0], lat[0]) == (pytest.approx(111, abs=1e-8), pytest.approx(35, abs=1e-8))


def test_the_outer_edge_is_guarded():
    with pytest.raises(ValueError, match="known CRS"):
        to_wgs84(gpd.GeoDataFrame(geometry=[Point(1, 1)]))
    with pytest.raises(ValueError, match="no finite coordinates"):
        to_wgs84(gpd.GeoDataFrame(geometry=[Point(1e30, 1e30)], crs=HEJIN))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (CRS("EPSG:4546").to_wkt("WKT1_ESRI"), "EPSG:4546"), ("EPSG:4546", "EPSG:4546"),
        ("GCJ-02", "GCJ-02"), (None, ""), ('PROJCS["damaged' + "x" * 50, 'PROJCS["damagedxxxxx'),
    ],
)  # fmt: skip
def test_a_long_description_is_shown_by_its_short_name(text, name):
    assert short_name(text) == name
