"""Web-map coordinates and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.layers.crs import bd_to_wgs, gcj_to_bd, gcj_to_wgs, wgs_to_bd, wgs_to_gcj

METRE_DEG = 1 / 111_320  # of latitude; a degree of longitude is shorter
LON, LAT = st.floats(73.7, 135.0), st.floats(18.3, 53.4)


def at(lon, lat):
    return np.array([lon]), np.array([lat])


def distance_m(one, other):
    east = (one[0] - other[0]) * np.cos(np.radians(other[1])) / METRE_DEG
    return np.hypot(east, (one[1] - other[1]) / METRE_DEG)


# Tian'anmen as the open converters give it: WGS84 116.391349, 39.907375 is GCJ-02
# 116.397452, 39.908766 and BD-09 116.403838, 39.915123
def test_a_well_known_point():
    shifted = wgs_to_gcj(*at(116.391349, 39.907375))
    assert shifted[0][0] == pytest.approx(116.397592, abs=2e-4)
    assert shifted[1][0] == pytest.approx(39.908778, abs=2e-4)


def test_the_shift_at_hejin_is_some_500_m():
    here = at(110.71, 35.59)
    assert 400 < distance_m(wgs_to_gcj(*here), here)[0] < 650


@given(LON, LAT)
def test_gcj_round_trip_is_exact_to_a_micrometre(lon, lat):
    there = gcj_to_wgs(*wgs_to_gcj(*at(lon, lat)))
    assert distance_m(there, at(lon, lat))[0] < 1e-6


@given(LON, LAT)
def test_bd_round_trip_is_exact_to_a_micrometre(lon, lat):
    there = bd_to_wgs(*wgs_to_bd(*at(lon, lat)))
    assert distance_m(there, at(lon, lat))[0] < 1e-6


@given(LON, LAT)
def test_bd_lies_up_to_2_km_from_gcj(lon, lat):
    here = at(lon, lat)
    assert 100 < distance_m(gcj_to_bd(*here), here)[0] < 2000


@given(st.floats(-180, 71), st.floats(-89, 89))
def test_outside_china_nothing_is_shifted(lon, lat):
    assert wgs_to_gcj(*at(lon, lat)) == at(lon, lat)
    assert gcj_to_wgs(*at(lon, lat)) == at(lon, lat)


def test_a_missing_coordinate_stays_missing():
    lon, lat = gcj_to_wgs(np.array([np.nan, 110.7]), np.array([35.5, 35.5]))
    assert np.isnan([lon[0]]).all()
    assert np.isfinite([lon[1], lat[1]]).all()
