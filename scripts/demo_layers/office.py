"""The office's rulings: one for most villages, all of them invented."""

from __future__ import annotations

from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from demo_layers.dice import stream

# Invented, around the 1,870 °C·d that the policy's season of 10.2 MWh was derived with.
_WINTERS = {
    "2019-2020": (1795, -4.1), "2020-2021": (1905, -9.3), "2021-2022": (1930, -6.8),
    "2022-2023": (1840, -7.2), "2023-2024": (1880, -8.0),
}  # fmt: skip
_ROUTE = {
    "D": "已完成", "R": "已完成", "C": "集中供热", "H": "煤改电", "F": "煤改电",
    "E": "煤改电", "B": "煤改电", "G": "煤改气", "M": "生物质",
}  # fmt: skip
# Villages where the office's route differs from the computed one.
_OTHERWISE = {
    "140882002205": ("煤改气", "已批准", "管网已到村（气源合同未签）"),
    "140882003206": ("集中供热", "已批准", "规划支线列入下年"),
    "140882203206": ("煤改电", "乡镇确认", "村民大会意见"),
    "140882004200": ("煤改电", "已公布", "上年已公示"),
}


class Ruling(NamedTuple):
    """The ruling for a village, or for a part of it."""

    village: Any  # a row of itertuples
    part: str
    route: str
    status: str
    reason: str


def rulings(villages: gpd.GeoDataFrame, seed: int) -> pd.DataFrame:
    """Rulings with village, route, status, document, date and reason."""
    rng = stream(seed, "rulings")
    rows: list[Ruling] = []
    for village in villages.sort_values("village_code").itertuples():
        route = _ROUTE.get(village.role)
        dice = rng.random()
        if village.village_code in _OTHERWISE:
            rows.append(Ruling(village, "", *_OTHERWISE[village.village_code]))
        elif village.role == "P":
            rows.append(Ruling(village, "管网内", "集中供热", "已公布", ""))
            rows.append(Ruling(village, "管网外", "煤改电", "已公布", "距管网较远的自然村"))
        elif route and (village.role in "BR" or dice < 0.92):
            rows.append(Ruling(village, "", route, _status(village.role, dice), ""))
    days = np.datetime64("2024-04-08") + rng.integers(0, 45, len(rows)) * np.timedelta64(1, "D")
    final = [ruling.status in ("已批准", "已公布") for ruling in rows]
    numbers = [f"演示（合成）批复〔2024〕{i}号" if one else "" for i, one in enumerate(final, 1)]
    return pd.DataFrame(
        {
            "行政村代码": [ruling.village.village_code for ruling in rows],
            "行政村": [ruling.village.village for ruling in rows],
            "片区": [ruling.part for ruling in rows],
            "改造方式": [ruling.route for ruling in rows],
            "状态": [ruling.status for ruling in rows],
            "文号": numbers,
            "确定日期": days.astype(str),
            "理由": [ruling.reason for ruling in rows],
            "数据性质": "合成演示",
        }
    )


def _status(role: str, dice: float) -> str:
    if role in "BR" or dice < 0.62:
        return "已公布"
    return "已批准" if dice < 0.78 else "乡镇确认" if dice < 0.85 else "建议"


def weather() -> pd.DataFrame:
    """Degree days of the last heating seasons; every row states that it is synthetic."""
    rows = [(season, *winter, "合成演示") for season, winter in _WINTERS.items()]
    return pd.DataFrame(
        rows, columns=["采暖季", "采暖度日数(℃·d)", "最冷日平均气温(℃)", "数据性质"]
    )
