"""GCJ-02 and BD-09, the shifted coordinates of Chinese web maps, and the way back to WGS84.

The shift is the public-domain formula in general use; the inverse is a fixed point of it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Degrees = NDArray[np.float64]
_Shift = Callable[[Degrees, Degrees], tuple[Degrees, Degrees]]

_A = 6378245.0  # Krasovsky 1940, semi-major axis, m
_EE = 0.00669342162296594323
_BD_TURN = np.pi * 3000.0 / 180.0
_STEPS = 7  # each step brings the error down by more than a hundred times
_CHINA = (72.004, 137.8347, 0.8293, 55.8271)  # the shift applies inside this box alone


def gcj_to_wgs(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """GCJ-02 degrees to WGS84 degrees, to better than 1e-6 m of the forward shift."""
    return _inverse(wgs_to_gcj, lon, lat)


def bd_to_wgs(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """BD-09 degrees to WGS84 degrees."""
    return gcj_to_wgs(*_inverse(gcj_to_bd, lon, lat))


def wgs_to_gcj(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """WGS84 degrees to GCJ-02 degrees; points outside China are unshifted."""
    west, east, south, north = _CHINA
    china = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    east_m, north_m = _shift(lon - 105.0, lat - 35.0)
    radians = np.radians(lat)
    magic = 1.0 - _EE * np.sin(radians) ** 2
    d_lon = np.degrees(east_m / (_A / np.sqrt(magic) * np.cos(radians)))
    d_lat = np.degrees(north_m / (_A * (1.0 - _EE) / magic**1.5))
    return np.where(china, lon + d_lon, lon), np.where(china, lat + d_lat, lat)


def gcj_to_bd(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """GCJ-02 degrees to BD-09 degrees."""
    radius = np.hypot(lon, lat) + 2e-5 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * _BD_TURN)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def wgs_to_bd(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """WGS84 degrees to BD-09 degrees."""
    return gcj_to_bd(*wgs_to_gcj(lon, lat))


def _inverse(forward: _Shift, lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    x, y = lon, lat
    for _ in range(_STEPS):
        there_lon, there_lat = forward(x, y)
        x, y = x + (lon - there_lon), y + (lat - there_lat)
    return x, y


def _shift(x: Degrees, y: Degrees) -> tuple[Degrees, Degrees]:
    """Metres east and north by which a point is shifted; x, y are degrees from 105°E, 35°N."""
    root, product = np.sqrt(np.abs(x)), x * y
    sines = 20.0 * (np.sin(6.0 * np.pi * x) + np.sin(2.0 * np.pi * x))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * product + 0.1 * root
    east += (sines + _waves(x, (20, 1), (40, 3), (150, 12), (300, 30))) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * product + 0.2 * root
    north += (sines + _waves(y, (20, 1), (40, 3), (160, 12), (320, 30))) * 2.0 / 3.0
    return east, north


def _waves(angle: Degrees, *terms: tuple[int, int]) -> Degrees:
    total = np.zeros_like(angle)
    for height, divisor in terms:
        total += height * np.sin(np.pi * angle / divisor)
    return total
