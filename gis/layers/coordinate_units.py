"""The length unit of a file's coordinates.

A drawing may be in millimetres. The unit in its header is often a template's, so it counts only
where the coordinates cannot be metres.
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
    """The factor that converts a file's coordinates to metres; any but 1 is reported.

    Args:
        raw: The table; findings are added to it.
        x: Eastings in `source`.
        y: Northings in `source`.
        source: The declared CRS.

    Raises:
        Refusal: The coordinates only fit in another unit, and the file does not state that unit.
    """
    finite = np.isfinite(x) & np.isfinite(y)
    if shifted_datum(source) or not finite.any():
        return 1.0
    crs = known_crs(source)
    east, north = float(np.median(x[finite])), float(np.median(y[finite]))
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
