"""CRS plausibility: whether a layer lies where it should, and which CRS would put it there.

Two mistakes move a layer silently: a wrong CRS (by kilometres or more), and web-map coordinates
taken for true ones (by about 500 m).

Transverse Mercator zones over China: 3° Gauss-Krüger and 6° UTM.
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
    short_name,
    to_lonlat,
    wgs_to_bd,
    wgs_to_gcj,
)
from gis.layers.georeference import Sample, merge_samples
from gis.layers.problems import Finding, Number, Refusal

UTM = range(32643, 32654)  # WGS 84, zones 43N to 53N
_UTM_FIRST = 32600
_UTM_SCALE = 0.9996
_MERIDIAN, _SCALE = "Longitude of natural origin", "Scale factor at natural origin"
_PARAMETERS = (_MERIDIAN, _SCALE)
_GAUSS_FIRST, _GAUSS_WEST, _GAUSS_EAST = 4534, 75, 135  # CGCS2000 3° zones, no zone prefix


def other_zone(crs: str) -> str:
    """The UTM zone with the central meridian of a Gauss-Krüger zone, or the reverse; "" for none.

    The two differ only in scale: 0.04 % of the northing, 1.6 km in Shanxi.
    """
    try:
        operation = None if shifted_datum(crs) else known_crs(crs).coordinate_operation
    except Refusal:
        return ""
    params = operation.params if operation else []
    values = {one.name: float(one.value) for one in params if one.name in _PARAMETERS}
    meridian, scale = values.get(_MERIDIAN, 0.0), values.get(_SCALE)
    if not _GAUSS_WEST <= meridian <= _GAUSS_EAST or meridian % 3:
        return ""
    if scale == 1.0 and meridian % 6 == 3:  # central meridian of a 6° zone
        return f"EPSG:{_UTM_FIRST + int(meridian + 183) // 6}"
    if scale == _UTM_SCALE:
        return f"EPSG:{_GAUSS_FIRST + int(meridian - _GAUSS_WEST) // 3}"
    return ""


def zone_name(crs: str) -> str:
    """The usual name of a CRS; UTM zones by their number."""
    code = short_name(crs).removeprefix("EPSG:")
    if code.isdigit() and int(code) in UTM:
        return f"UTM zone {int(code) - _UTM_FIRST}N (EPSG:{code})"
    return crs


_NEAR_M = 20_000.0  # beyond the reference layer's bounds
ELSEWHERE = frozenset(["layer_elsewhere", "axes_swapped", "axes_swapped_drawn"])
_VILLAGES = "villages: "  # prefix: it is the villages that should be in this CRS
_INHABITED = ("households", "villages")
_MIN_SHARE = 0.5  # of a layer's coordinates have to lie there
_MIN_POINTS = 10  # coordinates with a village code, to judge a datum
_MIN_GAIN = 0.3  # how much larger a share another CRS must put inside
_NEGLIGIBLE = 0.01  # difference between two shares
_STRAY_RATIO = 3.0  # times fewer strays, for another datum to be better
_MIN_STRAYS = 8  # strays fewer: a few homes may really lie elsewhere
_EARTH_M = 1e9  # larger than any projected coordinate
_ROADSIDE_M = 30.0  # heat pipes lie in streets
_HOME_M = 60.0  # streets and heat pipes pass homes
_DATUM_SHIFTS: dict[str, Callable[[Degrees, Degrees], tuple[Degrees, Degrees]]] = {
    "GCJ-02": gcj_to_wgs,
    "BD-09": bd_to_wgs,
    "-GCJ-02": wgs_to_gcj,
    "-BD-09": wgs_to_bd,
}


def crs_problems(
    samples: Mapping[str, Sample], tables: Mapping[str, pd.DataFrame], target: CRS
) -> dict[str, list[Finding]]:
    """Check every layer's location.

    Args:
        samples: Layer → a sample of its coordinates, as its file has them.
        tables: Layer → its rows, in the project CRS.
        target: The project CRS.

    Returns:
        Layer → what is wrong with its location, with the CRS that would fit.
    """
    with np.errstate(all="ignore"):  # absurd coordinates overflow in any CRS
        return _find_misfits(samples, tables, target)


Files = dict[str, Sample]  # file of a layer → a sample of its coordinates


def add_sample(files: Files, file: str, sample: Sample) -> None:
    """Add the sample of a file, or of another sheet of it."""
    files[file] = merge_samples([files[file], sample]) if file in files else sample


def problems_of_files(
    samples: Mapping[str, Files], tables: Mapping[str, pd.DataFrame], target: CRS
) -> Iterator[tuple[str, str, list[Finding]]]:
    """Check the location of every file of every layer, as `crs_problems` does.

    Files that are misplaced each in its own way are found one by one: beside the villages, and the
    first of each layer beside all other layers.

    Yields:
        Layer, file, and what is wrong with its location.
    """
    first = {name: next(iter(files.values())) for name, files in samples.items()}
    found = crs_problems(first, tables, target)
    villages_astray = bool(found.get("villages"))
    for name, files in samples.items():
        for file, sample in files.items():
            if sample is not first[name] and not villages_astray:
                found |= crs_problems({**_only_villages(first), name: sample}, tables, target)
            yield name, file, found.pop(name, [])


def _only_villages(first: Mapping[str, Sample]) -> dict[str, Sample]:
    return {name: sample for name, sample in first.items() if name == "villages"}


def _find_misfits(
    samples: Mapping[str, Sample], tables: Mapping[str, pd.DataFrame], target: CRS
) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    bounds = _expected_bounds(samples, tables, target)
    for name, sample in samples.items():
        if _share_within(sample, sample.source, bounds, target) < _MIN_SHARE:
            found[name] = [_outside_finding(name, sample, bounds, target)]
    if "villages" in found:
        return found
    for name, score, code in _score_layers(samples, tables):
        if not found.get(name):
            found[name] = list(_datum_findings(samples[name], score, code, target))
    return found


def _expected_bounds(
    samples: Mapping[str, Sample], tables: Mapping[str, pd.DataFrame], target: CRS
) -> NDArray[np.float64]:
    """Where layers should lie: around the villages, else within the project CRS's area of use."""
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
    """The share of sampled coordinates that lie within `bounds` [m] if they are in `source`."""
    first, second = (sample.y, sample.x) if swap else (sample.x, sample.y)
    if not len(first):
        return 1.0
    x, y = into_project(first.copy(), second.copy(), source, target)
    inside = (x >= bounds[0]) & (x <= bounds[2]) & (y >= bounds[1]) & (y <= bounds[3])
    return float(inside.mean())


def _outside_finding(
    name: str, sample: Sample, bounds: NDArray[np.float64], target: CRS
) -> Finding:
    """Report a layer outside the bounds, with the CRS that would put most of it inside.

    A heat source may really lie far away; the plan's homes and villages may not.
    """
    share = _share_within(sample, sample.source, bounds, target)
    numbers: dict[str, Number] = {"share": share * 100, "declared": sample.source[:60]}
    swapped = _share_within(sample, sample.source, bounds, target, swap=True)
    if swapped > share + _MIN_GAIN:
        code = "axes_swapped" if sample.way != "geometry" else "axes_swapped_drawn"
        numbers |= {"better": swapped * 100, "columns": sample.way}
        return Finding(code, column="crs", value=sample.source[:60], numbers=numbers)
    best, fits = share + _MIN_GAIN, ""
    for swap in (False, True):
        for source in _candidate_crs(sample.source, target):
            with suppress(Refusal):
                candidate_share = _share_within(sample, source, bounds, target, swap=swap)
                if candidate_share > best + _NEGLIGIBLE:
                    other = other_zone(source)
                    other_share = other and _share_within(sample, other, bounds, target, swap=swap)
                    both = [
                        source,
                        *(
                            [other]
                            if other_share and other_share > candidate_share - _NEGLIGIBLE
                            else []
                        ),
                    ]
                    best, fits = (
                        candidate_share,
                        " / ".join(map(zone_name, both)) + " (x ⇄ y)" * swap,
                    )
    numbers |= {"fits": fits or "—"}
    code = "layer_elsewhere" if fits or name in _INHABITED else "layer_far"
    return Finding(code, column="crs", value=sample.source[:60], numbers=numbers)


def _candidate_crs(declared: str, target: CRS) -> Iterator[str]:
    """CRSs that a file's coordinates may be in instead of the declared one."""
    yield declared
    epsg = target.to_epsg()
    yield f"EPSG:{epsg}" if epsg else target.to_wkt()
    yield "EPSG:4490"
    # CGCS2000 Gauss-Krüger: 3° with and without zone prefix, 6° with and without; web Mercator
    for number in (*range(4513, 4555), *range(4491, 4513), *UTM, 3857):
        yield f"EPSG:{number}"


def _score_layers(
    samples: Mapping[str, Sample], tables: Mapping[str, pd.DataFrame]
) -> Iterator[tuple[str, _Score, str]]:
    """Layers whose location can be checked against another layer, and the code of the finding.

    A village's area and the streets are reliable evidence; homes beside streets are only likely.
    """
    villages = tables.get("villages")
    if villages is not None and "villages" in samples:
        for name, sample in samples.items():
            if name != "villages" and (sample.codes != "").sum() >= _MIN_POINTS:
                yield name, _InOwnVillage(sample, villages), "datum_misfit"
    if (
        "heat_pipes" in samples
        and "roads" in tables
        and len(samples["heat_pipes"].x) >= _MIN_POINTS
    ):
        yield "heat_pipes", _Along(tables["roads"].geometry, _ROADSIDE_M), "datum_misfit"
    households = tables.get("households")
    if households is not None and "x" in households:
        points = households[["x", "y"]].dropna().to_numpy()
        for name in ("heat_pipes", "roads"):
            if (
                name in samples
                and len(points) >= _MIN_POINTS
                and len(samples[name].x) >= _MIN_POINTS
            ):
                yield name, _Along(pd.Series(shapely.points(points)), _HOME_M), "datum_doubtful"


class _Score(Protocol):
    """How well points match the features that they belong to."""

    def share(self, x: Degrees, y: Degrees) -> float:
        """The share of points that match."""

    def away_m(self, x: Degrees, y: Degrees) -> float:
        """The median distance of the points from the features [m]."""


class _InOwnVillage:
    """Points in the area of the village that their row names."""

    def __init__(self, sample: Sample, villages: pd.DataFrame) -> None:
        areas = dict(zip(villages["village_code"], villages.geometry, strict=True))
        shapes = np.array([areas.get(code) for code in sample.codes], dtype=object)
        self._known = np.array([shape is not None for shape in shapes])
        self._own = shapes[self._known]
        shapely.prepare(self._own)

    def share(self, x: Degrees, y: Degrees) -> float:
        """The share of points in their village."""
        inside = shapely.intersects_xy(self._own, x[self._known], y[self._known])
        return float(inside.mean()) if self._known.sum() >= _MIN_POINTS else 1.0

    def away_m(self, x: Degrees, y: Degrees) -> float:
        """The median distance of the points from their village [m]."""
        at = _points(x[self._known], y[self._known])
        return float(np.nanmedian(shapely.distance(at, self._own)))


class _Along:
    """Points within a distance of another layer's geometries, such as pipes in streets."""

    def __init__(self, others: pd.Series, reach_m: float) -> None:
        self._tree, self._reach_m = shapely.STRtree(others.dropna().to_numpy()), reach_m

    def share(self, x: Degrees, y: Degrees) -> float:
        """The share of points within the distance."""
        near, _ = self._tree.query(_points(x, y), predicate="dwithin", distance=self._reach_m)
        return len(np.unique(near)) / len(x)

    def away_m(self, x: Degrees, y: Degrees) -> float:
        """The median distance of the points from the nearest geometry [m]."""
        _, away = self._tree.query_nearest(_points(x, y), all_matches=False, return_distance=True)
        return float(np.median(away)) if len(away) else float("nan")


def _points(x: Degrees, y: Degrees) -> NDArray[np.object_]:
    """Points [m], None where a coordinate is absurd: GEOS cannot measure distances from those."""
    finite = (np.abs(x) < _EARTH_M) & (np.abs(y) < _EARTH_M)  # False for NaN
    points = np.full(len(x), None, dtype=object)
    points[finite] = shapely.points(x[finite], y[finite])
    return points


def _datum_findings(sample: Sample, score: _Score, code: str, target: CRS) -> Iterator[Finding]:
    """Report a layer that would match other layers better in a CRS similar to the declared one."""
    x, y = into_project(sample.x.copy(), sample.y.copy(), sample.source, target)
    share = score.share(x, y)
    best, fits, off_m = share, "", 0.0
    for name, (shifted_x, shifted_y) in _likely_positions(sample, x, y, target):
        if name.startswith(_VILLAGES) and code != "datum_misfit":
            continue  # wrong households are found from the villages
        shifted_share = score.share(shifted_x, shifted_y)
        if shifted_share > best:
            best, fits = shifted_share, name
            off_m = float(np.nanmedian(np.hypot(shifted_x - x, shifted_y - y)))
    sure = len(x) * (best - share) >= _MIN_STRAYS
    if fits and sure and (1 - best) * _STRAY_RATIO <= 1 - share:
        numbers: dict[str, Number] = {"share": share * 100, "better": best * 100}
        numbers |= {"declared": sample.source[:60], "fits": fits, "off_km": round(off_m / 1000, 2)}
        numbers["away_km"] = round(score.away_m(x, y) / 1000, 2)
        yield Finding(code, column="crs", value=sample.source[:60], numbers=numbers)


def _likely_positions(
    sample: Sample, x: Degrees, y: Degrees, target: CRS
) -> Iterator[tuple[str, tuple[Degrees, Degrees]]]:
    """The coordinates under CRSs that are often confused with the declared one, by name.

    Args:
        sample: The coordinates as the file has them.
        x: Eastings in the project CRS, under the declared CRS [m].
        y: Northings in the project CRS, under the declared CRS [m].
        target: The project CRS.
    """
    lon, lat = to_lonlat(x, y, target.to_wkt())
    for name, shift in _DATUM_SHIFTS.items():
        yield (
            _crs_to_declare(name, sample.source),
            into_project(*shift(lon, lat), "EPSG:4326", target),
        )
    other = other_zone(sample.source)
    if other:
        yield zone_name(other), into_project(sample.x.copy(), sample.y.copy(), other, target)
    village_crs = other_zone(target.to_wkt())
    if village_crs:  # the villages may be in it, but were read as if in the project CRS
        yield (
            f"{_VILLAGES}{zone_name(village_crs)}",
            into_project(lon, lat, "EPSG:4326", known_crs(village_crs)),
        )


def _crs_to_declare(shift: str, declared: str) -> str:
    """The CRS to declare so that the layer is moved by `shift`."""
    inverse = shift.startswith("-")
    if not inverse and not shifted_datum(declared):
        return shift
    if inverse and shifted_datum(declared) == shifted_datum(shift[1:]):
        return "EPSG:4490"
    return f"{_VILLAGES}{shift[1:]}" if inverse else shift
