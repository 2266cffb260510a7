"""Inspections, premises and complaints before the heating season."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import Polygon

from demo_layers import story
from demo_layers.dice import stream

_DAY = np.timedelta64(1, "D")
_FIRST_VISIT = np.datetime64("2023-11-20")
_KINDS = ("商铺", "早餐店", "门卫室", "出租房", "仓库", "洗浴", "学校食堂", "豁免单位（集中供热）")
_SUBJECTS = ("燃烧散煤", "流动贩煤", "冒黑烟", "设备故障未修", "补贴未到账")


def premises(zone: Polygon, villages: gpd.GeoDataFrame, seed: int) -> pd.DataFrame:
    """Shops, gatehouses, stores and exempt users inside the zone and around it."""
    rng = stream(seed, "premises")
    x0, y0, x1, y1 = zone.buffer(900).bounds
    xy = rng.uniform((x0, y0), (x1, y1), (400, 2))
    xy = xy[shapely.contains_xy(zone.buffer(700), xy)][:140]
    kind = rng.choice(_KINDS, len(xy), p=[0.3, 0.1, 0.16, 0.16, 0.12, 0.06, 0.07, 0.03])
    where = villages.iloc[villages.sindex.nearest(shapely.points(xy), return_all=False)[1]]
    return pd.DataFrame(
        {
            "场所编号": [f"CS{i:04d}" for i in range(1, len(xy) + 1)],
            "场所名称": [f"演示{word[:3]}{i}（合成）" for i, word in enumerate(kind, 1)],
            "场所类型": kind,
            "是否豁免": np.where(np.char.startswith(kind, "豁免"), "是", "否"),
            "所在村": where["village"].to_numpy(),
            "x": xy[:, 0].round(2),
            "y": xy[:, 1].round(2),
        }
    )


def inspections(
    homes: pd.DataFrame, zone: Polygon, places: pd.DataFrame, seed: int
) -> pd.DataFrame:
    """Inspections of every home in two zones, of a sample elsewhere, and of premises."""
    rng = stream(seed, "visits")
    homes = homes.drop_duplicates("household_id")
    code = homes["village_code"]
    sure = homes[code.isin(story.CLEARED_ZONE)]
    most = homes[code.isin(story.UNCONFIRMED_ZONE)]
    inside = shapely.contains_xy(zone, homes["x"], homes["y"]) & homes["lon"].notna().to_numpy()
    town = homes[inside].sample(frac=0.82, random_state=rng)
    others = homes[~inside & ~code.isin(story.CLEARED_ZONE + story.UNCONFIRMED_ZONE)]
    far = others.sample(1500, random_state=rng)
    tables = [
        _of_homes(sure, 40, 1.0, 0.0, rng),
        _of_homes(most, 75, 0.955, 0.035, rng),
        _of_homes(town, 68, 0.93, 0.05, rng),
        _of_homes(far, 120, 0.86, 0.07, rng),
        _of_premises(places, rng),
        _followed_up(town, rng),
        _on_the_way(zone, rng),
    ]
    where = pd.concat([homes.set_index("household_id"), places.set_index("场所编号")])
    return _numbered(_placed(pd.concat(tables, ignore_index=True), where[["x", "y"]]))


def _of_homes(
    homes: pd.DataFrame, days: int, clean: float, absent: float, rng: np.random.Generator
) -> pd.DataFrame:
    """One visit for each home within the last `days`; the findings agree with the ledger."""
    n = len(homes)
    dice = rng.random(n)
    burns = homes["heating"].eq("coal") & homes["occupancy"].eq("occupied")
    found = np.select(
        [burns & (dice < 0.8), burns, dice < clean, dice < clean + absent],
        ["存煤", "燃煤", "无煤", "无法入户"],
        default="无煤",
    ).astype(object)
    if clean < 0.95:
        worse = ~burns & (dice > clean + absent)
        found[worse] = rng.choice(
            ["旧炉未拆", "改而不用", "存煤"], int(worse.sum()), p=[0.5, 0.3, 0.2]
        )
    return _visits(homes["household_id"].to_numpy(), "户编号", found, days, rng)


def _of_premises(places: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    exempt = places["是否豁免"].eq("是").to_numpy()
    found = rng.choice(["无煤", "存煤", "燃煤", "销售散煤"], len(places), p=[0.9, 0.05, 0.03, 0.02])
    return _visits(
        places["场所编号"].to_numpy(),
        "场所编号",
        np.where(exempt, "存煤", found).astype(object),
        50,
        rng,
    )


def _visits(
    ids: np.ndarray, heading: str, found: np.ndarray, days: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Visits with finding, coal, deadline and date of rectification."""
    n = len(ids)
    on = np.datetime64("2024-10-30") - rng.integers(0, days, n) * _DAY
    bad = ~np.isin(found, ["无煤", "无法入户"])
    coal = np.isin(found, ["存煤", "销售散煤"])
    fixed = bad & (rng.random(n) < 0.6) & (on < np.datetime64("2024-10-20"))
    return pd.DataFrame(
        {
            heading: ids,
            "检查日期": on,
            "检查结果": found,
            "存煤量(kg)": np.where(coal, rng.integers(2, 60, n) * 10.0, np.nan),
            "整改期限": np.where(bad, on + 7 * _DAY, np.datetime64("NaT", "D")),
            "整改日期": np.where(
                fixed, on + rng.integers(1, 9, n) * _DAY, np.datetime64("NaT", "D")
            ),
        }
    )


def _followed_up(homes: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Homes that were clean, where coal was found in spring, rectified, and found clean since."""
    sound = homes["heating"].eq("central") & homes["coal_removed_on"].lt(_FIRST_VISIT)
    some = homes[sound & homes["stove_removed_on"].notna()].head(60)["household_id"].to_numpy()
    before = _visits(some, "户编号", np.full(len(some), "无煤", dtype=object), 1, rng)
    before["检查日期"] = _FIRST_VISIT
    first = _visits(some, "户编号", np.full(len(some), "存煤", dtype=object), 1, rng)
    first["检查日期"] = np.datetime64("2024-03-11")
    first["整改期限"] = np.datetime64("2024-03-18")
    first["整改日期"] = np.datetime64("2024-03-15")
    again = _visits(some, "户编号", np.full(len(some), "无煤", dtype=object), 30, rng)
    return pd.concat([before, first, again], ignore_index=True)


def _on_the_way(zone: Polygon, rng: np.random.Generator) -> pd.DataFrame:
    """Carts that sold coal by the road, known only by location."""
    spots = rng.uniform(*np.array(zone.bounds).reshape(2, 2), (14, 2))
    found = np.full(len(spots), "销售散煤", dtype=object)
    table = _visits(np.full(len(spots), ""), "户编号", found, 60, rng)
    return table.assign(X坐标=spots[:, 0].round(1), Y坐标=spots[:, 1].round(1))


def _placed(table: pd.DataFrame, where: pd.DataFrame) -> pd.DataFrame:
    """The visits with their location [m]; where: `x`, `y` by id of the home or premises."""
    number = table["户编号"].fillna(table["场所编号"])
    for heading, name in (("X坐标", "x"), ("Y坐标", "y")):
        table[heading] = table[heading].fillna(number.map(where[name])).round(1)
    return table


def _numbered(table: pd.DataFrame) -> pd.DataFrame:
    """The visits sorted by date and numbered, with dates as text."""
    table = table.sort_values("检查日期", kind="stable").reset_index(drop=True)
    for name in ("检查日期", "整改期限", "整改日期"):
        table[name] = pd.to_datetime(table[name]).dt.strftime("%Y-%m-%d").fillna("")
    table.insert(0, "检查编号", [f"JC{i:06d}" for i in range(1, len(table) + 1)])
    order = [
        "检查编号",
        "户编号",
        "场所编号",
        "检查日期",
        "检查结果",
        "存煤量(kg)",
        "整改期限",
        "整改日期",
        "X坐标",
        "Y坐标",
    ]
    return table[order].assign(检查人="演示员（合成）", 数据性质="合成演示")


def complaints(homes: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Complaints about coal and repairs, some without a village; a few are still open."""
    rng = stream(seed, "complaints")
    n = 90
    elsewhere = ~homes["village_code"].str.startswith(story.QINGJIAN)
    about = homes[elsewhere & homes["lon"].notna()].sample(n, random_state=rng)
    xy = about[["x", "y"]].to_numpy() + rng.normal(0, 25, (n, 2))
    on = np.datetime64("2024-10-29") - np.sort(rng.integers(0, 200, n))[::-1] * _DAY
    done = (rng.random(n) < 0.8) | (on < np.datetime64("2024-08-01"))
    handled = np.where(
        done,
        np.minimum(on + rng.integers(1, 9, n) * _DAY, np.datetime64("2024-10-31")),
        np.datetime64("NaT", "D"),
    )
    return pd.DataFrame(
        {
            "工单编号": [f"GD{i:04d}" for i in range(1, n + 1)],
            "行政村代码": about["village_code"].where(rng.random(n) < 0.7, "").to_numpy(),
            "X坐标": xy[:, 0].round(1),
            "Y坐标": xy[:, 1].round(1),
            "受理日期": on.astype(str),
            "投诉内容": rng.choice(_SUBJECTS, n, p=[0.4, 0.12, 0.2, 0.16, 0.12]),
            "办理期限": (on + 7 * _DAY).astype(str),
            "办结日期": pd.Series(pd.to_datetime(handled)).dt.strftime("%Y-%m-%d").fillna(""),
            "数据性质": "合成演示",
        }
    )
