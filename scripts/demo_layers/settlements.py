"""Hamlets with lanes, and the homes along them."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import LineString, Polygon

from demo_layers import story
from demo_layers.dice import stream

_SHARES = ((1.0,), (0.68, 0.32), (0.55, 0.28, 0.17), (0.48, 0.26, 0.16, 0.10))
_BY_ROLE = {"P": (0.938, 0.062), "H": (0.72, 0.28)}
_RURAL = (13.0, 54.0)  # metres of frontage for a home, and between lanes
_URBAN = (9.0, 78.0)


class Hamlet(NamedTuple):
    """A cluster of homes: its village, rank in the village, centre, lanes and main street."""

    village_code: str
    rank: int
    centre: tuple[float, float]
    lanes: tuple[LineString, ...]
    street: LineString


def households(villages: gpd.GeoDataFrame, estimates: pd.Series, seed: int) -> pd.Series:
    """The number of homes in each village; those of a township add up to its estimate.

    estimates: homes by township_code; the plant community is included in 清涧.
    """
    rng = stream(seed, "households")
    spread = np.where(villages["role"].isin(["B", "R"]), 0.1, 0.28)
    weight = villages["weight"] * np.exp(rng.normal(0, 1, len(villages)) * spread)
    counts = pd.Series(0, index=villages.index)
    for township_code, total in estimates.items():
        rows = villages.index[villages["township_code"] == township_code]
        plant = _PLANT_HOMES if township_code == story.QINGJIAN else 0
        counts[rows] = portion(weight[rows].to_numpy(), int(total) - plant)
    counts[villages["village_code"] == story.PLANT] = _PLANT_HOMES
    return counts


_PLANT_HOMES = 9769  # 36,241 people of the 2000 census at 3.71 a home


def portion(weights: np.ndarray, total: int) -> np.ndarray:
    """`total` divided by `weights` into integers, with the largest remainders rounded up."""
    exact = weights / weights.sum() * total
    whole = np.floor(exact).astype(int)
    first = np.argsort(whole - exact, kind="stable")[: total - whole.sum()]
    whole[first] += 1
    return whole


def settle(villages: gpd.GeoDataFrame, seed: int) -> tuple[pd.DataFrame, list[Hamlet]]:
    """Homes `village_code, hamlet, x, y` [m] along the lanes of hamlets, inside their village."""
    tables: list[pd.DataFrame] = []
    hamlets: list[Hamlet] = []
    for row in villages.itertuples():
        rng = stream(seed, "hamlets", row.village_code)
        urban = not row.rural
        counts = portion(np.array(_shares(row, rng)), row.households)
        centres = _centres(row.geometry, counts, urban, rng)
        for rank, (count, centre) in enumerate(zip(counts, centres, strict=True)):
            xy, lanes, street = _build(row.geometry, centre, int(count), urban, rng)
            hamlets.append(Hamlet(row.village_code, rank, tuple(centre), lanes, street))
            tables.append(
                pd.DataFrame(
                    {"village_code": row.village_code, "hamlet": rank, "x": xy[:, 0], "y": xy[:, 1]}
                )
            )
    return pd.concat(tables, ignore_index=True), hamlets


def _shares(
    row,  # noqa: ANN001  a row of itertuples
    rng: np.random.Generator,
) -> tuple[float, ...]:
    """The share of homes in each hamlet of a village."""
    if row.role in _BY_ROLE:
        return _BY_ROLE[row.role]
    if not row.rural:
        return (1.0,) if row.households < 2000 else (0.3, 0.25, 0.25, 0.2)
    most = 4 if row.remote_mountain else 3
    return _SHARES[int(rng.integers(0, most))]


def _centres(
    ground: Polygon, counts: np.ndarray, urban: bool, rng: np.random.Generator
) -> np.ndarray:
    """A centre for each hamlet: the largest near the middle of the cell, the others well apart."""
    radii = np.array([_radius(int(count), urban) for count in counts])
    pole = np.array(shapely.maximum_inscribed_circle(ground, tolerance=30).coords[0])
    centres = [pole + rng.normal(0, 60, 2)]
    x0, y0, x1, y1 = ground.bounds
    dots = rng.uniform((x0, y0), (x1, y1), (1500, 2))
    dots = dots[shapely.contains_xy(ground, dots)]
    edge = shapely.distance(ground.boundary, shapely.points(dots))
    for i in range(1, len(counts)):
        apart = [np.hypot(*(dots - c).T) - radii[k] - radii[i] for k, c in enumerate(centres)]
        slack = np.minimum(np.min(apart, axis=0), edge - radii[i])
        good = np.flatnonzero(slack > 120)
        pick = rng.choice(good) if len(good) else int(slack.argmax())
        centres.append(dots[pick])
    return np.array(centres)


def _radius(count: int, urban: bool) -> float:
    """The radius [m] of a round hamlet of `count` homes."""
    frontage, gap = _URBAN if urban else _RURAL
    return float(np.sqrt(count * frontage * gap / 2 / np.pi) * 1.1) + 20


def _build(
    ground: Polygon, centre: np.ndarray, count: int, urban: bool, rng: np.random.Generator
) -> tuple[np.ndarray, tuple[LineString, ...], LineString]:
    """Homes (count, 2) on both sides of parallel lanes, the lanes, and the street across them."""
    frontage, gap = _URBAN if urban else _RURAL
    turn = rng.normal(0, 0.25)
    axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    inner = ground.buffer(-25)
    shapely.prepare(inner)
    radius = _radius(count, urban)
    for _ in range(8):
        spots = _spots(radius, frontage, gap, urban, rng)
        xy = centre + spots[:, :2] @ axes
        spots = spots[shapely.contains_xy(inner, xy)]
        if len(spots) >= count:
            break
        radius *= 1.3
    kept = spots[np.argsort(spots[:, 3], kind="stable")[:count]]
    lanes = _lanes(kept, gap, centre, axes)
    across = kept[:, 2] * gap
    ends = np.array([[0, across.min() - 5], [0, across.max() + 5]])
    return centre + kept[:, :2] @ axes, lanes, LineString((centre + ends @ axes).round(2))


def _spots(
    radius: float, frontage: float, gap: float, urban: bool, rng: np.random.Generator
) -> np.ndarray:
    """Sites for homes (n, 4): along, across, lane number, and the order in which they are taken."""
    reach = radius * 1.6
    lanes = np.arange(-int(reach / gap), int(reach / gap) + 1)
    along = np.arange(-reach, reach, frontage)
    lane, run, side = (a.ravel() for a in np.meshgrid(lanes, along, (-1, 1), indexing="ij"))
    depth = rng.uniform(7, 22 if urban else 14, len(lane))
    u = run + rng.uniform(-2, 2, len(lane))
    v = lane * gap + side * depth
    turn = np.arctan2(v, u)
    lobes = (
        1 + 0.16 * np.sin(2 * turn + rng.uniform(0, 6)) + 0.1 * np.sin(3 * turn + rng.uniform(0, 6))
    )
    early = np.hypot(u, v) / lobes + rng.exponential(radius * 0.06, len(lane))
    return np.column_stack([u, v, lane, early])


def _lanes(
    spots: np.ndarray, gap: float, centre: np.ndarray, axes: np.ndarray
) -> tuple[LineString, ...]:
    """A line along each lane with homes, reaching the street across."""
    lines = []
    for lane in np.unique(spots[:, 2]):
        u = spots[spots[:, 2] == lane, 0]
        ends = np.array([[min(u.min(), 0), lane * gap], [max(u.max(), 0), lane * gap]])
        if ends[1, 0] - ends[0, 0] > 10:
            lines.append(LineString((centre + ends @ axes).round(2)))
    return tuple(lines)
