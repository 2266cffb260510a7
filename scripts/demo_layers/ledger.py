"""The household ledger as an office keeps it: Chinese headings, GB18030, GCJ-02, and errors."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

from demo_layers import funds, story
from demo_layers.dice import stream
from demo_layers.gcj import to_gcj02
from demo_layers.ground import CRS
from demo_layers.works import DATES

_HEATING = {
    "coal": "煤",
    "central": "集中供热",
    "electric": "电",
    "gas": "气",
    "biomass": "生物质",
    "solar": "太阳能",
    "none": "无",
}
_OCCUPANCY = {"occupied": "常住", "vacant": "空置", "demolition": "拟拆迁"}
_DEVICE = {
    "ashp_air": "热风机",
    "ashp_water": "空气源热泵(水)",
    "gshp": "地源热泵",
    "central_electric": "集中式电采暖",
    "direct_electric": "直热式电暖器",
    "gas_boiler": "燃气壁挂炉",
    "biomass_stove": "生物质炉具",
    "radiator": "暖气片",
    "": "",
}
# who accepts a conversion: 市能源局 by a third party, 市城市供热服务中心, 市住建局
_ACCEPTS = {"central": "供热中心", "gas": "住建局"} | dict.fromkeys(
    ("electric", "biomass", "solar", "coal", "none"), "第三方"
)
_BY = {"third_party": "第三方", "township": "乡镇", "village": "村", "": ""}
_RESULT = {"pass": "合格", "fail": "不合格", "": ""}
_DATE_HEADINGS = dict(
    zip(
        DATES,
        ("签约日期", "安装日期", "通电日期", "验收日期", "旧炉具拆除日期", "存煤清空日期"),
        strict=True,
    )
)


def measured(homes: pd.DataFrame, seed: int) -> pd.DataFrame:
    """`homes` with id, floor area, metered energy, hardship class and missing records."""
    rng = stream(seed, "ledger")
    n = len(homes)
    serial = homes.groupby("village_code").cumcount() + 1
    converted = homes["accepted_on"].notna().to_numpy()
    before = converted & (homes["plan_year"] < 2024).to_numpy()
    lived = homes["occupancy"].eq("occupied").to_numpy()
    kwh = np.clip(rng.lognormal(7.85, 0.38, n), 420, 7800).round(0)
    kwh[rng.random(n) < 0.012] = rng.integers(0, 180)
    m3 = np.clip(rng.normal(920, 210, n), 260, 1600).round(0)
    electric, gas = (homes["heating"].eq(mode).to_numpy() & before for mode in ("electric", "gas"))
    table = homes.assign(
        serial=np.arange(1, n + 1),
        household_id=homes["village_code"] + "-" + serial.astype(str).str.zfill(5),
        floor_area_m2=np.clip(rng.normal(104, 22, n), 45, 220).round(0),
        heating_kwh=np.where(electric, np.where(lived, kwh, kwh % 150), np.nan),
        heating_m3=np.where(gas & lived, m3, np.nan),
        hardship_class=rng.choice(
            ["无", "低保户", "五保户", "其他"], n, p=[0.962, 0.028, 0.004, 0.006]
        ),
    )
    kept = table["village_code"].isin(story.CLEARED_ZONE).to_numpy()
    _forgotten(table, ~kept, rng)
    table.loc[kept & converted, "acceptance_by"] = "third_party"
    zoned = kept | table["village_code"].isin(story.UNCONFIRMED_ZONE).to_numpy()
    used = electric & lived & zoned
    table.loc[used, "heating_kwh"] = np.maximum(kwh, 600)[used]
    return table


def _forgotten(table: pd.DataFrame, may: np.ndarray, rng: np.random.Generator) -> None:
    """Remove dates that nobody recorded."""
    for name, share in (("stove_removed_on", 0.03), ("coal_removed_on", 0.04)):
        table.loc[may & (rng.random(len(table)) < share), name] = np.datetime64("NaT", "D")


def slips(table: pd.DataFrame, villages: gpd.GeoDataFrame, seed: int) -> pd.DataFrame:
    """Add `lon`, `lat` [degrees, GCJ-02] and the errors that a real ledger has.

    No error affects this year's list, the zones defined by units, or the villages with gas.
    """
    rng = stream(seed, "slips")
    to_degrees = Transformer.from_crs(CRS, "EPSG:4490", always_xy=True).transform
    zones = story.CLEARED_ZONE + story.UNCONFIRMED_ZONE
    gas = villages.loc[villages["role"] == "G", "village_code"]
    spared = table["in_programme"] | table["village_code"].isin([*zones, *gas])
    free = np.flatnonzero(~spared)
    picked = rng.permutation(free)
    take = iter(np.split(picked, np.cumsum([330, 160, 210, 4, 24, 40, 20, 8])))
    across = next(take)
    _across(table, across, villages, rng)
    lon, lat = to_gcj02(*to_degrees(table["x"].to_numpy(), table["y"].to_numpy()))
    table = table.assign(lon=lon.round(6), lat=lat.round(6), ledger_code=table["village_code"])
    table.loc[next(take), "ledger_code"] = ""
    table.loc[next(take), ["lon", "lat"]] = np.nan
    lost = next(take)
    table.loc[lost, ["lon", "lat"]] = np.nan
    # only the township of these homes is recorded
    table.loc[lost, "ledger_code"] = table.loc[lost, "village_code"].str[:9]
    _mistyped(table, next(take))
    _disordered(table, next(take))
    return _repeated(table, next(take), next(take))


def _across(
    table: pd.DataFrame, rows: np.ndarray, villages: gpd.GeoDataFrame, rng: np.random.Generator
) -> None:
    """Move homes some hundred metres into the next village."""
    ground = dict(zip(villages["village_code"], villages.geometry, strict=True))
    outline = villages.union_all()
    for row in rows:
        cell = ground[table.at[row, "village_code"]]
        way = rng.uniform(0, 2 * np.pi)
        steps = np.arange(200, 6000, 150)[:, None] * (np.cos(way), np.sin(way))
        path = steps + table.loc[row, ["x", "y"]].to_numpy(float)
        x, y = path[np.argmin(shapely.contains_xy(cell, path))]
        if shapely.contains_xy(outline, x, y):
            table.loc[row, ["x", "y"]] = [x, y]


def _mistyped(table: pd.DataFrame, rows: np.ndarray) -> None:
    """Change a digit of the degrees, so that the home lies outside the city."""
    for turn, row in enumerate(rows):
        column, by = (("lon", 1.0), ("lat", -1.0), ("lon", -0.4), ("lat", 0.4))[turn % 4]
        table.loc[row, column] = round(table.at[row, column] + by, 6)


def _disordered(table: pd.DataFrame, rows: np.ndarray) -> None:
    """Date an acceptance before the installation."""
    dated = [row for row in rows if pd.notna(table.at[row, "accepted_on"])]
    for row in dated:
        table.loc[row, "accepted_on"] = table.at[row, "installed_on"] - pd.Timedelta(days=9)


def _repeated(table: pd.DataFrame, same: np.ndarray, other: np.ndarray) -> pd.DataFrame:
    """Enter rows twice: identical, and with another floor area."""
    again = table.loc[other].assign(floor_area_m2=table.loc[other, "floor_area_m2"] + 13)
    at = np.concatenate([np.arange(len(table)), same + 0.4, other + 0.6])
    whole = pd.concat([table, table.loc[same], again], ignore_index=True)
    return whole.iloc[np.argsort(at, kind="stable")].reset_index(drop=True)


def as_written(table: pd.DataFrame, villages: gpd.GeoDataFrame) -> pd.DataFrame:
    """The ledger with the office's headings and words; every row states that it is synthetic."""
    named = villages.set_index("village_code")
    yes = {True: "是", False: "否"}
    columns = {
        "户编号": table["household_id"],
        "行政村代码": table["ledger_code"],
        "行政村": table["village_code"].map(named["village"]),
        "乡镇": table["village_code"].map(named["township"]),
        "户主": "演示户" + (table["serial"]).astype(str).str.zfill(6),
        "采暖方式": table["heating"].map(_HEATING),
        "居住状态": table["occupancy"].map(_OCCUPANCY),
        "建筑面积(㎡)": table["floor_area_m2"].astype(int),
        "设备类型": table["device"].map(_DEVICE),
        "标段": funds.lot_of(table),
        **{heading: _days(table[name]) for name, heading in _DATE_HEADINGS.items()},
        "验收结果": table["acceptance_result"].map(_RESULT),
        "验收单位": table["acceptance_by"]
        .map(_BY)
        .mask(table["acceptance_by"] == "third_party", table["heating"].map(_ACCEPTS)),
        "改造年度": table["plan_year"].replace(0, pd.NA).astype("Int64"),
        "是否列入本年计划": table["in_programme"].map(yes),
        "自行改造": table["self_converted"].map(yes),
        "困难类别": table["hardship_class"],
        "采暖季用电量(kWh)": table["heating_kwh"].astype("Int64"),
        "取暖用电计量方式": metering(table),
        "采暖季用气量(m³)": table["heating_m3"].astype("Int64"),
        "经度": table["lon"],
        "纬度": table["lat"],
        "数据性质": "合成演示",
    }
    return pd.DataFrame(columns)


def metering(table: pd.DataFrame) -> pd.Series:
    """How the reading of each home was metered: one in seven by the meter of the whole house."""
    separate = (table["serial"] % 7 != 0).map({True: "单独计量", False: "总表"})
    return separate.where(table["heating_kwh"].notna(), "")


def _days(dates: pd.Series) -> pd.Series:
    return dates.dt.strftime("%Y-%m-%d").fillna("")
