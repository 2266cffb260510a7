"""A synthetic province on disk, seeded: villages, coal-ban zones, heat pipes, households."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from scipy.spatial import Voronoi

CRS = "EPSG:4546"
ORIGIN_M = np.array([3.0e5, 3.8e6])
ROWS = 262_144  # in a row group


@dataclass(frozen=True)
class Size:
    """The size of a province: counts, and the side of the square it covers [m]."""

    households: int
    villages: int
    zones: int
    segments: int
    side_m: float

    def of(self, households: int) -> Size:
        """The same province with another number of households."""
        return replace(self, households=households)


QUICK = Size(200_000, 1_000, 6, 8_000, 80_000.0)
PROVINCE = Size(10_000_000, 25_000, 30, 86_000, 400_000.0)


def make(folder: Path, size: Size, seed: int = 2024) -> None:
    """Write villages, zones and pipes as GeoParquet, and households as WKB points."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    seeds = rng.random((size.villages, 2)) * size.side_m
    areas = shapely.segmentize(_mosaic(seeds, size.side_m), size.side_m / 1600)
    codes = [f"14{number:010}" for number in range(size.villages)]
    _layer({"village_code": codes}, areas).to_parquet(folder / "villages.parquet")
    towns = seeds[rng.choice(size.villages, max(size.zones, 8), replace=False)]
    ids = [f"Z{number:03}" for number in range(size.zones)]
    rings = [_ring(rng, town) for town in towns[: size.zones]]
    _layer({"zone_id": ids}, np.array(rings)).to_parquet(folder / "zones.parquet")
    lines = _pipes(rng, towns, size.segments)
    names = [f"p{number:06}" for number in range(len(lines))]
    _layer({"pipe_id": names}, lines).to_parquet(folder / "pipes.parquet")
    _households(folder / "households.parquet", rng, seeds, towns, size)


def _layer(columns: dict[str, list[str]], shapes: np.ndarray) -> gpd.GeoDataFrame:
    moved = shapely.transform(shapes, lambda at: at + ORIGIN_M)
    return gpd.GeoDataFrame(columns, geometry=moved, crs=CRS)


def _mosaic(seeds: np.ndarray, side_m: float) -> np.ndarray:
    mirrored = [seeds * [-1, 1], seeds * [1, -1]]
    mirrored += [[2 * side_m, 0] + mirrored[0], [0, 2 * side_m] + mirrored[1]]
    frame = Voronoi(np.vstack([seeds, *mirrored]))
    regions = [frame.regions[frame.point_region[number]] for number in range(len(seeds))]
    return np.array([shapely.Polygon(frame.vertices[region]) for region in regions])


def _ring(rng: np.random.Generator, town: np.ndarray) -> shapely.Polygon:
    angle = np.linspace(0, 2 * np.pi, 3_000, endpoint=False)
    wave = sum(rng.normal(0, 300) * np.sin(k * angle + rng.uniform(0, 6)) for k in range(2, 7))
    radius_m = np.clip(4_000 + wave, 1_000, None)
    return shapely.Polygon(
        town + np.column_stack([np.cos(angle), np.sin(angle)]) * radius_m[:, None]
    )


def _pipes(rng: np.random.Generator, towns: np.ndarray, segments: int) -> np.ndarray:
    count = segments // 7
    starts = towns[rng.integers(0, len(towns), count)] + rng.normal(0, 3_500, (count, 2))
    steps = rng.normal(0, 60, (count, 8, 2))
    steps[:, 0] = starts
    return shapely.linestrings(np.cumsum(steps, axis=1))


def _households(
    path: Path, rng: np.random.Generator, seeds: np.ndarray, towns: np.ndarray, size: Size
) -> None:
    """Four in five near village centres, one in five in the towns with pipes."""
    schema = pa.schema(
        [("household_id", pa.int64()), ("geometry", pa.binary())], metadata={b"geo": _GEO}
    )
    with pq.ParquetWriter(path, schema) as writer:
        for first in range(0, size.households, ROWS):
            count = min(ROWS, size.households - first)
            middle = seeds[rng.integers(0, len(seeds), count)]
            spread = np.full((count, 1), 350.0)
            urban = rng.random(count) < 0.2
            middle[urban] = towns[rng.integers(0, len(towns), int(urban.sum()))]
            spread[urban] = 3_000.0
            at = middle + rng.normal(size=(count, 2)) * spread + ORIGIN_M
            points = pd.array(shapely.to_wkb(shapely.points(at)), dtype=object)
            ids = np.arange(first, first + count)
            writer.write_table(pa.table([ids, pa.array(points, pa.binary())], schema=schema))


_GEO = (
    b'{"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": '
    b'{"encoding": "WKB", "geometry_types": ["Point"], "crs": null}}}'
)
