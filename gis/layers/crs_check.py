"""Whether a layer lies where it should, and the reference system in which it would.

Two mistakes move a layer without a word: a wrong CRS (by kilometres and more), and web-map
coordinates taken for true ones (by some 500 m).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Protocol

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from gis.layers.crs import (
    Degrees,
    area_of_use,
    bd_to_wgs,
    gcj_to_wgs,
    into_project,
    known_crs,
    shifted_datum,
    to_lonlat,
    wgs_to_bd,
    wgs_to_gcj,
)
from gis.layers.georeference import Sample
from gis.layers.problems import Finding, Number, Refusal
from gis.layers.projection_zones import UTM, other_zone, zone_name

_NEAR_M = 20_000.0  # beyond the reference layer's bounds
ELSEWHERE = frozenset(["layer_elsewhere", "axes_swapped", "axes_swapped_drawn"])
_GROUND = "villages: "  # another layer is right, and this system is the villages'
_AT_HOME = ("households", "villages")
_MOST = 0.5  # of a layer's coordinates have to lie there
_FEWEST = 10  # coordinates with a village code, to speak of a datum
_CLEARLY = 0.3  # more of a layer's coordinates, for another system to be the one
_LITTLE = 0.01  # makes no difference
_GAIN = 3.0  # times fewer strays, for another datum to be the better one
_LEAST = 8  # strays fewer: a few homes may truly stand elsewhere
_EARTH_M = 1e9  # no projected coordinate is as large
_ROADSIDE_M = 30.0  # heat pipes lie in streets
_BESIDE_M = 60.0  # and streets and heat pipes pass homes
_SHIFTS: dict[str, Callable[[Degrees, Degrees], tuple[Degrees, Degrees]]] = {
    "GCJ-02": gcj_to_wgs,
    "BD-09": bd_to_wgs,
    "-GCJ-02": wgs_to_gcj,
    "-BD-09": wgs_to_bd,
}


def crs_problems(
    samples: Mapping[str, Sample], tables: Mapping[str, pd.DataFrame], target: CRS
) -> dict[str, list[Finding]]:
    """Layer → what is wrong with where it lies, with the system that would fit."""
    with np.errstate(all="ignore"):  # an absurd coordinate has no place in any system
        return _misfits(samples, tables, target)


def _misfits(
    samples: Mapping[str, Sample], tables: Mapping[str, pd.DataFrame], target: CRS
) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    bounds = _bounds(samples, tables, target)
    for name, sample in samples.items():
        if _share_within(sample, sample.source, bounds, target) < _MOST:
            found[name] = [_elsewhere(name, sample, bounds, target)]
    if "villages" in found:
        return found
    for name, score, code in _scores(samples, tables):
        if not found.get(name):
            found[name] = list(_shifted(samples[name], score, code, target))
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
    numbers: dict[str, Number] = {"share": share * 100, "declared": sample.source[:60]}
    swapped = _share_within(sample, sample.source, bounds, target, swap=True)
    if swapped > share + _CLEARLY:
        code = "axes_swapped" if sample.way != "geometry" else "axes_swapped_drawn"
        numbers |= {"better": swapped * 100, "columns": sample.way}
        return Finding(code, column="crs", value=sample.source[:60], numbers=numbers)
    best, fits = share + _CLEARLY, ""
    for swap in (False, True):
        for source in _systems(sample.source, target):
            with suppress(Refusal):
                there = _share_within(sample, source, bounds, target, swap=swap)
                if there > best + _LITTLE:
                    other = other_zone(source)
                    also = other and _share_within(sample, other, bounds, target, swap=swap)
                    both = [source, *([other] if also and also > there - _LITTLE else [])]
                    best, fits = there, " / ".join(map(zone_name, both)) + " (x ⇄ y)" * swap
    numbers |= {"fits": fits or "—"}
    code = "layer_elsewhere" if fits or name in _AT_HOME else "layer_far"
    return Finding(code, column="crs", value=sample.source[:60], numbers=numbers)


def _systems(declared: str, target: CRS) -> Iterator[str]:
    """What coordinates of Hejin or Harbin are in when they are not in what they say."""
    yield declared
    epsg = target.to_epsg()
    yield f"EPSG:{epsg}" if epsg else target.to_wkt()
    yield "EPSG:4490"
    # CGCS2000 Gauss-Krüger: 3° with and without zone prefix, 6° with and without; web Mercator
    for number in (*range(4513, 4555), *range(4491, 4513), *UTM, 3857):
        yield f"EPSG:{number}"


def _scores(
    samples: Mapping[str, Sample], tables: Mapping[str, pd.DataFrame]
) -> Iterator[tuple[str, _Score, str]]:
    """Layers whose true place another layer shows, and what is said of one that misses it.

    A village's own ground and the streets are sure; that homes stand beside is likely.
    """
    villages = tables.get("villages")
    if villages is not None and "villages" in samples:
        for name, sample in samples.items():
            if name != "villages" and (sample.codes != "").sum() >= _FEWEST:
                yield name, _InOwnVillage(sample, villages), "datum_misfit"
    if "heat_pipes" in samples and "roads" in tables and len(samples["heat_pipes"].x) >= _FEWEST:
        yield "heat_pipes", _Along(tables["roads"].geometry, _ROADSIDE_M), "datum_misfit"
    homes = tables.get("households")
    if homes is not None and "x" in homes:
        at = homes[["x", "y"]].dropna().to_numpy()
        for name in ("heat_pipes", "roads"):
            if name in samples and len(at) >= _FEWEST and len(samples[name].x) >= _FEWEST:
                yield name, _Along(pd.Series(shapely.points(at)), _BESIDE_M), "datum_doubtful"


class _Score(Protocol):
    """How well points lie beside what they belong to."""

    def share(self, x: Degrees, y: Degrees) -> float:
        """The share that does."""

    def away_m(self, x: Degrees, y: Degrees) -> float:
        """How far half of them are away, m."""


class _InOwnVillage:
    """Points on the ground of the village they name."""

    def __init__(self, sample: Sample, villages: pd.DataFrame) -> None:
        ground = dict(zip(villages["village_code"], villages.geometry, strict=True))
        own = np.array([ground.get(code) for code in sample.codes], dtype=object)
        self._known = np.array([shape is not None for shape in own])
        self._own = own[self._known]
        shapely.prepare(self._own)

    def share(self, x: Degrees, y: Degrees) -> float:
        """The share that stands there."""
        inside = shapely.intersects_xy(self._own, x[self._known], y[self._known])
        return float(inside.mean()) if self._known.sum() >= _FEWEST else 1.0

    def away_m(self, x: Degrees, y: Degrees) -> float:
        """How far half of them are away from it, m."""
        at = _points(x[self._known], y[self._known])
        return float(np.nanmedian(shapely.distance(at, self._own)))


class _Along:
    """Points near another layer's shapes: in a street, by a home."""

    def __init__(self, others: pd.Series, reach_m: float) -> None:
        self._tree, self._reach_m = shapely.STRtree(others.dropna().to_numpy()), reach_m

    def share(self, x: Degrees, y: Degrees) -> float:
        """The share that is that near."""
        near, _ = self._tree.query(_points(x, y), predicate="dwithin", distance=self._reach_m)
        return len(np.unique(near)) / len(x)

    def away_m(self, x: Degrees, y: Degrees) -> float:
        """How far half of them are away from the nearest, m."""
        _, away = self._tree.query_nearest(_points(x, y), all_matches=False, return_distance=True)
        return float(np.median(away)) if len(away) else float("nan")


def _points(x: Degrees, y: Degrees) -> NDArray[np.object_]:
    """A point where x and y [m] are of this earth, else None: GEOS refuses to measure from others."""
    there = (np.abs(x) < _EARTH_M) & (np.abs(y) < _EARTH_M)  # False for NaN
    at = np.full(len(x), None, dtype=object)
    at[there] = shapely.points(x[there], y[there])
    return at


def _shifted(sample: Sample, score: _Score, code: str, target: CRS) -> Iterator[Finding]:
    """The layer misses what it should meet as if it were in a system near the one it says."""
    x, y = into_project(sample.x.copy(), sample.y.copy(), sample.source, target)
    stands = score.share(x, y)
    best, fits, off_m = stands, "", 0.0
    for name, (there_x, there_y) in _near(sample, x, y, target):
        if name.startswith(_GROUND) and code != "datum_misfit":
            continue  # that the homes are wrong is seen by where the villages are
        there = score.share(there_x, there_y)
        if there > best:
            best, fits = there, name
            off_m = float(np.nanmedian(np.hypot(there_x - x, there_y - y)))
    sure = len(x) * (best - stands) >= _LEAST
    if fits and sure and (1 - best) * _GAIN <= 1 - stands:
        numbers: dict[str, Number] = {"share": stands * 100, "better": best * 100}
        numbers |= {"declared": sample.source[:60], "fits": fits, "off_km": round(off_m / 1000, 2)}
        numbers["away_km"] = round(score.away_m(x, y) / 1000, 2)
        yield Finding(code, column="crs", value=sample.source[:60], numbers=numbers)


def _near(
    sample: Sample, x: Degrees, y: Degrees, target: CRS
) -> Iterator[tuple[str, tuple[Degrees, Degrees]]]:
    """The same coordinates in systems that are mistaken for the one they say, by name.

    x, y  where they lie as they say
    """
    lon, lat = to_lonlat(x, y, target.to_wkt())
    for name, shift in _SHIFTS.items():
        yield (
            _name(name, sample.source),
            into_project(*shift(lon, lat), "EPSG:4326", target),
        )
    other = other_zone(sample.source)
    if other:
        yield zone_name(other), into_project(sample.x.copy(), sample.y.copy(), other, target)
    ground = other_zone(target.to_wkt())
    if ground:  # the villages are in it, and were read as if in the project's own
        yield (
            f"{_GROUND}{zone_name(ground)}",
            into_project(lon, lat, "EPSG:4326", known_crs(ground)),
        )


def _name(shift: str, declared: str) -> str:
    """The system to declare so that the layer is moved by `shift`."""
    undone = shift.startswith("-")
    if not undone and not shifted_datum(declared):
        return shift
    if undone and shifted_datum(declared) == shifted_datum(shift[1:]):
        return "EPSG:4490"
    return f"{_GROUND}{shift[1:]}" if undone else shift
