"""Transformers: as many as a village's homes need, with headroom by the village's role."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import Transformer
from scipy.cluster.vq import kmeans2
from scipy.spatial import cKDTree

from demo_layers.dice import stream
from demo_layers.ground import CRS

_SIZES_KVA = np.array([100, 200, 315, 400, 500, 630, 800, 1000, 1250, 1600])
_HOMES_EACH = 95
# ASSUME: [electric] of policy.toml as committed; used only to size synthetic transformers
_KVA_PER_HEAT_PUMP = 3.0 * 0.7 / 0.95
_SPARE_KVA = 15.0  # an upgrade is planned where less headroom than this would be left
_PEAK_ON = "2024-01-22"  # every synthetic peak was measured on one cold day
_STATED_EACH = 9  # the grid company has stated the open capacity of one transformer in nine
_BASE_KVA = 0.9  # a home's other load at the peak


class Means(NamedTuple):
    """The spare capacity of a village's transformers.

    room     headroom as a multiple of the demand of pending homes, minimum and maximum
    upgrade  share of the missing headroom that an upgrade would add; 0: none planned
    cny      price of the upgrade per pending home; None: by the policy's price
    due      when it is completed
    """

    room: tuple[float, float]
    upgrade: float = 0.0
    cny: float | None = None
    due: str = ""


_MEANS = {
    "G": Means((0.08, 0.3), 1.1, 8400.0, "2024-11-10"),
    "M": Means((0.05, 0.2), 1.1, 11500.0, "2025-09-30"),
    "U": Means((0.05, 0.2), 1.1, None, "2025-06-30"),
    "D": Means((1.4, 2.4)),
}
_TIGHT = Means((0.3, 0.9))
_AMPLE = Means((1.12, 1.7))
_UPGRADED = Means((0.55, 0.85), 1.25, None, "2024-11-08")
_PRICED = Means((0.5, 0.8), 1.25, 3600.0, "2024-11-08")


def transformers(homes: pd.DataFrame, villages: gpd.GeoDataFrame, seed: int) -> pd.DataFrame:
    """One row for each transformer, with `x`, `y` [m], loads [kVA] and planned upgrades."""
    tables = []
    groups = dict(iter(homes.groupby("village_code")))
    for village in villages.itertuples():
        rng = stream(seed, "grid", village.village_code)
        tables.append(_village(groups[village.village_code], village, rng))
    return pd.concat(tables, ignore_index=True)


def _village(
    homes: pd.DataFrame,
    village,  # noqa: ANN001  a row of itertuples
    rng: np.random.Generator,
) -> pd.DataFrame:
    xy = homes[["x", "y"]].to_numpy()
    count = max(1, round(len(homes) / _HOMES_EACH))
    start = xy[rng.choice(len(xy), count, replace=False)]
    sites, _ = kmeans2(xy, start, iter=8, minit="matrix", rng=rng, missing="warn")
    sites = sites.round(1)
    fed = cKDTree(sites).query(xy)[1]
    fed[homes["lon"].isna()] = 0
    pending = _pending(homes)
    adds = np.bincount(fed, weights=pending, minlength=count) * _KVA_PER_HEAT_PUMP
    means = _means(village, rng)
    room = adds * rng.uniform(*means.room, count) + (12 if means.room[0] > 1 else 3)
    base = np.bincount(fed, minlength=count) * _BASE_KVA
    electric = np.bincount(fed, weights=homes["heating"].eq("electric"), minlength=count)
    load = base + electric * _KVA_PER_HEAT_PUMP * 0.8
    size = _SIZES_KVA[np.minimum(np.searchsorted(_SIZES_KVA, load + room), len(_SIZES_KVA) - 1)]
    peak = np.maximum(size - room, 0.3 * load).round(1)
    table = pd.DataFrame(
        {"x": sites[:, 0], "y": sites[:, 1], "capacity_kva": size, "peak_load_kva": peak}
    )
    _planned(table, adds - (size - peak), adds / _KVA_PER_HEAT_PUMP, means)
    table["village_code"] = village.village_code
    table["transformer_id"] = [f"TQ{village.village_code[6:]}{i:03d}" for i in range(1, count + 1)]
    return table


def _pending(homes: pd.DataFrame) -> np.ndarray:
    burns = homes["heating"].isin(["coal", "none"])
    return (burns & homes["occupancy"].eq("occupied")).to_numpy()


def _means(village, rng: np.random.Generator) -> Means:  # noqa: ANN001
    if village.role in _MEANS:
        return _MEANS[village.role]
    if village.role == "C":
        return _AMPLE if rng.random() < 0.6 else _TIGHT
    if village.role == "E":
        return (_AMPLE, _UPGRADED, _PRICED)[int(rng.choice(3, p=[0.62, 0.24, 0.14]))]
    return _AMPLE


def _planned(table: pd.DataFrame, short_kva: np.ndarray, pending: np.ndarray, means: Means) -> None:
    """Add upgrades where headroom is short."""
    has = (short_kva > -_SPARE_KVA) & (means.upgrade > 0) & (pending > 0)
    added = np.ceil((short_kva + _SPARE_KVA) * means.upgrade / 50) * 50
    table["upgrade_kva"] = np.where(has, added, np.nan)
    table["upgrade_due_on"] = np.where(has, means.due, "")
    price = np.nan if means.cny is None else means.cny
    table["upgrade_cny"] = np.where(has, (pending * price / 100).round() * 100, np.nan)


def sheet(table: pd.DataFrame, villages: gpd.GeoDataFrame) -> pd.DataFrame:
    """The transformers with an office's headings, in CGCS2000 degrees."""
    to_degrees = Transformer.from_crs(CRS, "EPSG:4490", always_xy=True).transform
    lon, lat = to_degrees(table["x"].to_numpy(), table["y"].to_numpy())
    named = villages.set_index("village_code")
    stated = np.arange(len(table)) % _STATED_EACH == 0
    left = np.floor((table["capacity_kva"] - table["peak_load_kva"]).clip(lower=0))
    document = "演示供电函〔2024〕" + table["transformer_id"] + "号"
    return pd.DataFrame(
        {
            "乡镇": table["village_code"].map(named["township"]),
            "行政村": table["village_code"].map(named["village"]),
            "行政村代码": table["village_code"],
            "台区编号": table["transformer_id"],
            "容量(kVA)": table["capacity_kva"],
            "最大负荷(kVA)": table["peak_load_kva"],
            "最大负荷日期": _PEAK_ON,
            "峰值季节": "采暖季",
            "可开放容量(kVA)": left.where(stated),
            "可开放容量文号": document.where(stated, ""),
            "计划增容(kVA)": table["upgrade_kva"],
            "增容完成日期": table["upgrade_due_on"],
            "增容投资(元)": table["upgrade_cny"],
            "经度": np.round(lon, 6),
            "纬度": np.round(lat, 6),
        }
    )
