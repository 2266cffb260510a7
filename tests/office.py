"""A made-up office's files as they come: three townships, and what is true of each village.

Every township writes its ledger in its own way: other headings, dates, coordinates and totals; one
has a sheet for each village, one has villages without codes, and one village name occurs twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import town
import xlsxwriter
from layers.made import drawing, old_workbook, without_encoding
from pyproj import Transformer
from shapely.geometry import Polygon, box

from gis.layers.crs import wgs_to_gcj

TOWNSHIPS = {
    "北川镇": ("150101100", ("石桥村", "上营村", "下营村", "北坡")),
    "东坪乡": ("150101200", ("东坪村", "石桥村", "柳树底", "大洼村")),
    "南沟镇": ("", ("南沟村", "小寨村", "河湾村村")),
}
_TO_LONLAT = Transformer.from_crs("EPSG:4547", "EPSG:4490", always_xy=True)
_SIDE_M = 1000
SETTINGS = """
[layers.households]
crs = "GCJ-02"
files = [
    { path = "北川镇.xlsx", township = "北川镇", id = "序号" },
    { path = "东坪乡.xls", township = "东坪乡", id = "编号", rename = { "X" = "经度", "Y" = "纬度" }, \
values = { heating = { "空气能" = "electric" } }, mend_swapped = true },
    { path = "南沟镇.xlsx", township = "南沟镇", id = "序号", sheets = "*" },
]
[layers.villages]
path = "村界.shp"
crs = "EPSG:4526"
rename = { "XZQMC" = "乡镇" }
[layers.heat_pipes]
path = "管网.dxf"
crs = "EPSG:4547"
cad = { in_service = ["供热一次网"], leave_out = ["图框"] }
[[zones]]
zone_id = "Z1"
zone = "禁煤区"
effective_on = 2023-10-01
include_villages = ["北川镇石桥", "上营村委会", "南沟行政村"]
"""
PROJECT = """
[project]
name = "office"
title = { zh = "试验县", en = "Trial county" }
crs = "EPSG:4547"
as_of = 2024-10-31
targets = "任务表.txt"
demonstration = true
"""


@dataclass
class Home:
    """One home as it truly is."""

    number: int
    heating: str
    lon: float
    lat: float
    placed: bool


@dataclass
class Office:
    """The folder of an office, and its truth: (township, village) → its homes."""

    folder: Path
    homes: dict[tuple[str, str], list[Home]] = field(default_factory=dict)

    def truth(self) -> dict[tuple[str, str], tuple[int, int, int, int]]:
        """Households, converted, pending and placed of each village."""
        return {
            key: (
                len(homes),
                sum(home.heating != "散煤" for home in homes),
                sum(home.heating == "散煤" for home in homes),
                sum(home.placed for home in homes),
            )
            for key, homes in self.homes.items()
        }


def make_office(folder: Path, seed: int = 1) -> Office:
    """Write an office's files to `folder`, with a project.toml that reads them."""
    office, rng = Office(folder), np.random.default_rng(seed)
    corners = {}
    for east, (township, (_, villages)) in enumerate(TOWNSHIPS.items()):
        for north, village in enumerate(villages):
            corner = (430_000 + east * _SIDE_M, 4_095_000 + north * _SIDE_M)
            corners[township, village] = box(*corner, corner[0] + _SIDE_M, corner[1] + _SIDE_M)
            office.homes[township, village] = list(_homes(rng, corner))
    _write_villages(folder / "村界.shp", corners)
    _write_first(folder / "北川镇.xlsx", office)
    _write_second(folder / "东坪乡.xls", office)
    _write_third(folder / "南沟镇.xlsx", office)
    frame = [(429_000, 4_094_000), (434_000, 4_094_000), (434_000, 4_100_000)]
    main = [(430_000, 4_095_500), (433_000, 4_095_500)]
    drawing(folder / "管网.dxf", {"供热一次网": [main], "图框": [frame]}, "R2000")
    (folder / "任务表.txt").write_text(
        "附件1\n2024年任务分解表\n单位：户\n乡镇\t煤改电\t煤改气\t集中供热\t合计\n"
        "北川镇\t30\t5\t/\t35\n东坪\t10\t—\t\t10\n南沟镇\t8\t\t4\t12\n合计\t48\t5\t4\t57\n",
        encoding="gb18030",
    )
    (folder / "project.toml").write_text(PROJECT + SETTINGS, encoding="utf-8")
    (folder / "policy.toml").write_text(town.POLICY, encoding="utf-8")
    return office


def _homes(rng: np.random.Generator, corner: tuple[int, int]) -> Iterator[Home]:
    for number in range(1, int(rng.integers(8, 20))):
        x, y = corner + rng.uniform(50, _SIDE_M - 50, 2)
        lon, lat = wgs_to_gcj(*(np.array([one]) for one in _TO_LONLAT.transform(x, y)))
        heating = str(rng.choice(["散煤", "空气源热泵", "集中供热", "生物质炉"]))
        yield Home(number, heating, float(lon[0]), float(lat[0]), bool(rng.random() > 0.1))


def _write_villages(path: Path, shapes: dict[tuple[str, str], Polygon]) -> None:
    """Borders in zone 38 with its number in the eastings, without .prj, one town without codes."""
    codes = [
        f"{TOWNSHIPS[township][0]}{201 + TOWNSHIPS[township][1].index(village)}"
        if TOWNSHIPS[township][0]
        else None
        for township, village in shapes
    ]
    frame = gpd.GeoDataFrame(
        {"XZQMC": [key[0] for key in shapes], "CUNMC": [key[1] for key in shapes], "XZQDM": codes},
        geometry=[_prefixed(shape) for shape in shapes.values()],
    )
    frame.to_file(path, driver="ESRI Shapefile", encoding="GB18030")
    without_encoding(path)
    path.with_suffix(".prj").unlink(missing_ok=True)


def _prefixed(shape: Polygon) -> Polygon:
    return Polygon([(x + 38_000_000, y) for x, y in shape.exterior.coords])


def _rows_of(office: Office, township: str) -> Iterator[tuple[int, str, Home]]:
    number = 0
    for (town_name, village), homes in office.homes.items():
        for home in homes if town_name == township else ():
            number += 1
            yield number, village, home


def _place(home: Home, words: str = "") -> tuple[object, object]:
    if not home.placed:
        return "", ""
    if words == "clock":
        return _clock(home.lon), _clock(home.lat)
    if words == "axis":
        return f"E{home.lon:.6f}°", f"北纬{home.lat:.6f}度"
    return round(home.lon, 6), round(home.lat, 6)


def _clock(degrees: float) -> str:
    seconds = round(degrees * 3600, 2)
    whole, rest = divmod(seconds, 3600)
    return f"{int(whole)}°{int(rest // 60):02d}′{rest % 60:05.2f}″"


def _sheet(book: xlsxwriter.Workbook, name: str, rows: Sequence[Sequence[object]]) -> None:
    sheet = book.add_worksheet(name)
    for at, row in enumerate(rows):
        sheet.write_row(at, 0, ["" if cell is None else cell for cell in row])


def _write_first(path: Path, office: Office) -> None:
    """Title rows, a column of yes and no, names with their suffix, a total and a signature."""
    rows: list[Sequence[object]] = [
        ("北川镇2024年清洁取暖台账",),
        ("填报单位：北川镇人民政府", "", "", "", "填报日期：2024年10月31日"),
        ("序号", "户主", "村名", "取暖方式", "是否改造", "改造年度", "经度", "纬度"),
    ]
    for number, village, home in _rows_of(office, "北川镇"):
        clean = home.heating != "散煤"
        name = f"{village.removesuffix('村')}村委会"
        told = (home.heating, "是" if clean else "否", "2024年" if clean else "")
        rows.append((number, f"户{number}", name, *told, *_place(home)))
    rows += [(), ("合计：", "", "", f"{len(rows) - 3}户", 7), ("制表人：某某", "", "审核人：某某")]
    with xlsxwriter.Workbook(path) as book:
        _sheet(book, "台账", rows)
        book.add_worksheet("Sheet2")


def _write_second(path: Path, office: Office) -> None:
    """Sums by page, repeated headings, exchanged coordinates and dates in several forms."""
    headings = ("编号", "姓名", "行政村", "取暖方式", "改造状态", "完成时间", "X", "Y")
    days = ("2024.4.25", "2023年9月", "20240711", "2022/10/1")
    rows: list[tuple[object, ...]] = [("东坪乡清洁取暖改造明细表",), headings]
    for number, village, home in _rows_of(office, "东坪乡"):
        clean = home.heating != "散煤"
        lon, lat = _place(home, "axis" if number % 3 == 0 else "")
        east, north = (lat, lon) if number % 7 == 0 else (lon, lat)
        heating = "空气能" if home.heating == "空气源热泵" else home.heating
        told = ("已完成", days[number % 4]) if clean else ("未改造", "")
        rows.append((number, f"户{number}", village, heating, *told, east, north))
        if number % 10 == 0:
            rows += [("小计", "", "", "", 10.0), headings]
    old_workbook(path, [*rows, ("合计", "", "", "", 1.0)])


def _write_third(path: Path, office: Office) -> None:
    """A sheet for each village, its numbers starting again, and a sheet of remarks."""
    with xlsxwriter.Workbook(path) as book:
        _sheet(book, "填表说明", [("填表说明",), ("1.取暖方式填写：散煤、集中供热",)])
        for (township, village), homes in office.homes.items():
            if township == "南沟镇":
                rows: list[Sequence[object]] = [(f"{village}台账",)]
                rows.append(("序号", "户主姓名", "取暖类型", "东经", "北纬"))
                rows += [(one.number, "户主", one.heating, *_place(one, "clock")) for one in homes]
                _sheet(book, village, [*rows, ("合计", f"{len(homes)}户")])
