"""Whether a layer lies where it should, and the reference system in which it would.

Two mistakes move a layer without a word: a wrong CRS (by kilometres and more), and web-map
coordinates taken for true ones (by some 500 m).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from gis.layers.datum import area_of_use, into_project, shifted_datum, to_lonlat
from gis.layers.findings import Finding, Number, Refusal
from gis.layers.gcj import Degrees, bd_to_wgs, gcj_to_wgs, wgs_to_bd, wgs_to_gcj
from gis.layers.place import Sample

_NEAR_M = 20_000.0  # beyond the reference layer's bounds
_AT_HOME = ("households", "villages")
_MOST = 0.5  # of a layer's coordinates have to lie there
_FEWEST = 50  # coordinates with a village code, to speak of a datum
_GAIN = 3.0  # times fewer strays, for another datum to be the better one
_ROADSIDE_M = 30.0  # heat pipes lie in streets
_SHIFTS: dict[str, Callable[[Degrees, Degrees], tuple[Degrees, Degrees]]] = {
    "GCJ-02": gcj_to_wgs,
    "BD-09": bd_to_wgs,
    "-GCJ-02": wgs_to_gcj,
    "-BD-09": wgs_to_bd,
}
Score = Callable[[Degrees, Degrees], float]


def misfits(
    samples: Mapping[str, Sample], tables: Mapping[str, pd.DataFrame], target: CRS
) -> dict[str, list[Finding]]:
    """Layer → what is wrong with where it lies, with the system that would fit."""
    found: dict[str, list[Finding]] = {}
    bounds = _bounds(samples, tables, target)
    for name, sample in samples.items():
        if _share_within(sample, sample.source, bounds, target) < _MOST:
            found[name] = [_elsewhere(name, sample, bounds, target)]
    if "villages" in found:
        return found
    for name, score in _scores(samples, tables):
        if name not in found:
            found[name] = list(_shifted(samples[name], score, target))
    return found


def _bounds(
    samples: Mapping[str, Sample], tables: Mapping[str, pd.DataFrame], target: CRS
) -> NDArray[np.float64]:
    """Where everything should lie: round the villages, or where the project CRS is meant for."""
    west, south, east, north = area_of_use(target)
    villages = tables.get("villages")
    if villages is None or "villages" not in samples or villages.geometry.isna().all():
        return np.array([west, south, east, north])
    inner = villages.total_bounds + np.array([-_NEAR_M, -_NEAR_M, _NEAR_M, _NEAR_M])
    if inner[0] > east or inner[2] < west or inner[1] > north or inner[3] < south:
        return np.array([west, south, east, north])
    return np.asarray(inner, float)


def _share_within(
    sample: Sample, source: str, bounds: NDArray[np.float64], target: CRS, *, swap: bool = False
) -> float:
    """The share of coordinates that lie within `bounds` when they are in `source`."""
    first, second = (sample.y, sample.x) if swap else (sample.x, sample.y)
    if not len(first):
        return 1.0
    x, y = into_project(first.copy(), second.copy(), source, target)
    inside = (x >= bounds[0]) & (x <= bounds[2]) & (y >= bounds[1]) & (y <= bounds[3])
    return float(inside.mean())


def _elsewhere(name: str, sample: Sample, bounds: NDArray[np.float64], target: CRS) -> Finding:
    """The layer lies outside; which system would put most of it inside.

    A heat source may truly stand far off; the homes and villages of a plan may not.
    """
    share = _share_within(sample, sample.source, bounds, target)
    best, fits = share + 0.3, ""
    for swap in (False, True):
        for source in _systems(sample.source, target):
            with suppress(Refusal):
                there = _share_within(sample, source, bounds, target, swap=swap)
                if there > best + 0.01:
                    best, fits = there, f"{source}{' (x ⇄ y)' if swap else ''}"
    numbers: dict[str, Number] = {
        "share": share * 100,
        "declared": sample.source[:60],
        "fits": fits or "—",
    }
    code = "layer_elsewhere" if fits or name in _AT_HOME else "layer_far"
    return Finding(code, column="crs", value=sample.source[:60], numbers=numbers)


def _systems(declared: str, target: CRS) -> Iterator[str]:
    """What coordinates of Hejin or Harbin are in when they are not in what they say."""
    yield declared
    epsg = target.to_epsg()
    yield f"EPSG:{epsg}" if epsg else target.to_wkt()
    yield "EPSG:4490"
    # CGCS2000 Gauss-Krüger: 3° with and without zone prefix, 6° with and without; web Mercator
    for number in (*range(4513, 4555), *range(4491, 4513), 3857):
        yield f"EPSG:{number}"


def _scores(
    samples: Mapping[str, Sample], tables: Mapping[str, pd.DataFrame]
) -> Iterator[tuple[str, Score]]:
    """Layers whose true place another layer shows: a village's own ground, or the streets."""
    villages = tables.get("villages")
    if villages is not None and "villages" in samples:
        for name, sample in samples.items():
            if name != "villages" and (sample.codes != "").sum() >= _FEWEST:
                yield name, _in_own_village(sample, villages)
    if "heat_pipes" in samples and "roads" in tables and len(samples["heat_pipes"].x) >= _FEWEST:
        yield "heat_pipes", _along(tables["roads"])


def _in_own_village(sample: Sample, villages: pd.DataFrame) -> Score:
    """The share of points that stand on the ground of the village they name."""
    ground = dict(zip(villages["village_code"], villages.geometry, strict=True))
    own = np.array([ground.get(code) for code in sample.codes], dtype=object)
    known = np.array([shape is not None for shape in own])
    shapely.prepare(own[known])

    def score(x: Degrees, y: Degrees) -> float:
        inside = shapely.intersects_xy(own[known], x[known], y[known])
        return float(inside.mean()) if known.sum() >= _FEWEST else 1.0

    return score


def _along(roads: pd.DataFrame) -> Score:
    """The share of points that lie in a street."""
    tree = shapely.STRtree(roads.geometry.dropna().to_numpy())

    def score(x: Degrees, y: Degrees) -> float:
        near, _ = tree.query(shapely.points(x, y), predicate="dwithin", distance=_ROADSIDE_M)
        return len(np.unique(near)) / len(x)

    return score


def _shifted(sample: Sample, score: Score, target: CRS) -> Iterator[Finding]:
    """The layer misses what it should meet by a web map's shift."""
    x, y = into_project(sample.x.copy(), sample.y.copy(), sample.source, target)
    stands = score(x, y)
    lon, lat = to_lonlat(x, y, target.to_wkt())
    best, fits = stands, ""
    for name, shift in _SHIFTS.items():
        there = score(*into_project(*shift(lon, lat), "EPSG:4326", target))
        if there > best:
            best, fits = there, name
    if fits and (1 - best) * _GAIN <= 1 - stands:
        numbers: dict[str, Number] = {"share": stands * 100, "better": best * 100}
        numbers |= {"declared": sample.source[:60], "fits": _name(fits, sample.source)}
        yield Finding("datum_misfit", column="crs", value=sample.source[:60], numbers=numbers)


def _name(shift: str, declared: str) -> str:
    """The system to declare so that the layer is moved by `shift`."""
    undone = shift.startswith("-")
    if not undone and not shifted_datum(declared):
        return shift
    if undone and shifted_datum(declared) == shifted_datum(shift[1:]):
        return "EPSG:4490"
    return f"villages: {shift[1:]}" if undone else shift
