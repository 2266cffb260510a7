"""WGS84 to GCJ-02, the datum of Chinese phones and web maps, forward only."""

from __future__ import annotations

import numpy as np

_A = 6378245.0  # Krasovsky ellipsoid, as the published formula uses it [m]
_EE = 0.00669342162296594323


def to_gcj02(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Degrees in WGS84 (here the same as CGCS2000) to degrees in GCJ-02.

    The formula is the one in general circulation; it was never officially published.
    """
    u, v = lon - 105.0, lat - 35.0
    root = 0.1 * np.sqrt(np.abs(u))
    waves = (20 * np.sin(6 * np.pi * u) + 20 * np.sin(2 * np.pi * u)) * 2 / 3
    dlat = -100 + 2 * u + 3 * v + 0.2 * v * v + 0.1 * u * v + 2 * root + waves
    dlat += (20 * np.sin(np.pi * v) + 40 * np.sin(np.pi / 3 * v)) * 2 / 3
    dlat += (160 * np.sin(np.pi / 12 * v) + 320 * np.sin(np.pi / 30 * v)) * 2 / 3
    dlon = 300 + u + 2 * v + 0.1 * u * u + 0.1 * u * v + root + waves
    dlon += (20 * np.sin(np.pi * u) + 40 * np.sin(np.pi / 3 * u)) * 2 / 3
    dlon += (150 * np.sin(np.pi / 12 * u) + 300 * np.sin(np.pi / 30 * u)) * 2 / 3
    phi = np.radians(lat)
    magic = 1 - _EE * np.sin(phi) ** 2
    metres_lat = _A * (1 - _EE) / magic**1.5 * np.pi / 180
    metres_lon = _A / np.sqrt(magic) * np.cos(phi) * np.pi / 180
    return lon + dlon / metres_lon, lat + dlat / metres_lat
