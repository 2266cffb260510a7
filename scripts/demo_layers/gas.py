"""Gas coverage: areas with pipes in the west, with and without secured supply."""

from __future__ import annotations

import geopandas as gpd
import shapely

from demo_layers import story
from demo_layers.ground import CRS
from demo_layers.settlements import Hamlet

_UNSECURED_TOO = "140882002205"  # a village with gas pipes that can convert to electricity
_PLANNED = ("140882002209", "140882002213")


def coverage(villages: gpd.GeoDataFrame, hamlets: list[Hamlet]) -> gpd.GeoDataFrame:
    """Coverage areas with `状态`, `气源保障` and `投运日期`, in metres."""
    role = dict(zip(villages["village_code"], villages["role"], strict=True))
    secured = [c for c, letter in role.items() if letter == "G"]
    unsecured = [c for c, letter in role.items() if letter == "U" and c.startswith(story.QINGJIAN)]
    rows = [(code, "在运", "是", "2019-10-20") for code in secured]
    rows += [(code, "在运", "否", "2021-09-30") for code in [*unsecured, _UNSECURED_TOO]]
    rows += [(code, "规划", "否", "2025-10-31") for code in _PLANNED]
    codes, status, supply, since = zip(*rows, strict=True)
    return gpd.GeoDataFrame(
        {"状态": status, "气源保障": supply, "投运日期": since, "数据性质": "合成演示"},
        geometry=[_area(code, hamlets) for code in codes],
        crs=CRS,
    )


def _area(village_code: str, hamlets: list[Hamlet]) -> shapely.Geometry:
    """The streets of a village with the homes on both sides."""
    lines = [
        line for h in hamlets if h.village_code == village_code for line in (*h.lanes, h.street)
    ]
    return shapely.unary_union(lines).buffer(60, quad_segs=3).buffer(-8, quad_segs=3).simplify(4)
