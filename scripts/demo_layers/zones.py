"""The demonstration's coal-ban zone around the town, and the rulings along its boundary."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import LineString, Polygon

from demo_layers.dice import stream
from demo_layers.settlements import Hamlet
from demo_layers.streets import RING_OFFSET_M, inside_ring

LINE_ZONE = "JM01"


def built_up(villages: gpd.GeoDataFrame, hamlets: list[Hamlet], ring: Polygon) -> Polygon:
    """The built-up area: the town's communities and adjoining blocks."""
    code = villages["village_code"]
    town = set(code[code.str.startswith("1408820010") | code.str.startswith("14088200120")])
    blocks = [
        shapely.convex_hull(shapely.union_all([*hamlet.lanes, hamlet.street]))
        for hamlet in hamlets
        if hamlet.village_code in town
    ]
    near = [block for block in blocks if ring.buffer(250).contains(block)]
    grown = shapely.union_all(near).buffer(620, quad_segs=4).buffer(-520, quad_segs=4)
    largest = max(shapely.get_parts(grown), key=lambda part: part.area)
    return Polygon(largest.exterior).simplify(12)


def zone(streets: dict[str, LineString], area: Polygon) -> Polygon:
    """The zone as project.toml describes it: ring, its southern street + 50 m, built-up area."""
    ring = inside_ring(streets, {"新耿南街": RING_OFFSET_M})
    return shapely.union(ring, area)


def line_rulings(homes: pd.DataFrame, zone_area: Polygon, seed: int) -> pd.DataFrame:
    """The office's rulings on some of the homes within 42 m of the boundary."""
    rng = stream(seed, "zone rulings")
    points = shapely.points(homes["x"], homes["y"])
    near = shapely.dwithin(points, zone_area.boundary, 42) & homes["lon"].notna().to_numpy()
    rows = np.flatnonzero(near)
    rows = np.sort(rng.choice(rows, int(len(rows) * 0.4), replace=False))
    within = shapely.contains(zone_area, points[rows])
    days = np.datetime64("2024-09-02") + rng.integers(0, 50, len(rows)) * np.timedelta64(1, "D")
    table = pd.DataFrame(
        {
            "户编号": homes["household_id"].to_numpy()[rows],
            "禁煤区编号": LINE_ZONE,
            "认定结果": np.where(within, "区内", "区外"),
            "认定日期": days.astype(str),
            "文号": "演示（合成）认定1号",
            "数据性质": "合成演示",
        }
    )
    return table.drop_duplicates("户编号")
