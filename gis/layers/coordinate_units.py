"""Whether the coordinates of a file are in metres, and what they are in when they are not.

A drawing may be in millimetres, and the unit that its header states is often a template's: it
counts only where the coordinates as they stand cannot be.
"""

from __future__ import annotations

import numpy as np
from pyproj import CRS

from gis.layers.crs import Degrees, known_crs, possible, shifted_datum, short_name
from gis.layers.problems import Finding, Refusal
from gis.layers.raw_table import RawTable

_UNITS_M = {"mm": 0.001, "cm": 0.01, "dm": 0.1, "in": 0.0254, "ft": 0.3048, "km": 1000.0}
_NAMES = {factor: name for name, factor in _UNITS_M.items()}


def factor_to_metres(raw: RawTable, x: Degrees, y: Degrees, source: str) -> float:
    """By what the coordinates in `source` are to be multiplied; what is not 1 is reported.

    Raises:
        Refusal: they fit in another unit alone, and the file does not say that it is in it.
    """
    there = np.isfinite(x) & np.isfinite(y)
    if shifted_datum(source) or not there.any():
        return 1.0
    crs = known_crs(source)
    east, north = float(np.median(x[there])), float(np.median(y[there]))
    if not crs.is_projected or _possible(east, north, crs):
        return 1.0
    fitting = [unit for unit in _NAMES if _possible(unit * east, unit * north, crs)]
    if raw.unit_m in fitting:
        numbers = {"unit": _NAMES[raw.unit_m]}
        raw.findings.append(Finding("units_converted", numbers=numbers))
        return raw.unit_m
    if fitting:
        raise Refusal("units_differ", unit=_NAMES[fitting[0]], crs=short_name(source))
    return 1.0


def _possible(x: float, y: float, crs: CRS) -> bool:
    return bool(possible(np.array([x]), np.array([y]), crs)[0])
