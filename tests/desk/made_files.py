"""Files of a county of three villages, small enough to be read in a moment."""

import json

from layers.made import drawing
from shapely.geometry import box, mapping

VILLAGES = [("甲镇", "东村", "150101100201"), ("甲镇", "王家庄", "150101100202"),
            ("乙镇", "王家庄", "150101200201")]  # fmt: skip
WEST, SOUTH, SIDE = 110.70, 35.60, 0.01
TARGETS = "乡镇,煤改电\n甲镇,12\n乙镇,3\n"
NOTICE = "关于划定禁燃区的通告（甲政发〔2023〕12号）\n范围：甲镇东村。\n自2023年10月1日起施行。\n"
MAIN = [(WEST, SOUTH + 0.004), (WEST + 0.02, SOUTH + 0.004)]


def write_borders(folder):
    features = [
        {"type": "Feature",
         "properties": {"村名": name, "乡镇": town, "village_code": code},
         "geometry": mapping(box(WEST + n * SIDE, SOUTH, WEST + (n + 1) * SIDE, SOUTH + SIDE))}
        for n, (town, name, code) in enumerate(VILLAGES)
    ]  # fmt: skip
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    (folder / "村界.geojson").write_text(text, encoding="utf-8")
    return folder / "村界.geojson"


def home(number, village, heating, name=None, place=True):
    """A row of a ledger; village: its number among VILLAGES."""
    lon = WEST + village * SIDE + 0.002 + number % 7 / 1000
    lat = SOUTH + 0.002 + number % 5 / 1000
    at = (f"{lon:.6f}", f"{lat:.6f}") if place else ("", "")
    return (str(number), name or VILLAGES[village][1], heating, *at)


def write_ledger(folder, name, rows):
    lines = ["序号,村名,取暖方式,经度,纬度", *(",".join(row) for row in rows)]
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / name


def write_office(folder):
    """Everything that a first map needs; the township of one village's name is said by the file."""
    folder.mkdir(exist_ok=True)
    first = [home(n, 0, "煤" if n % 3 else "电") for n in range(1, 21)]
    first += [home(n, 1, "煤") for n in range(21, 41)]
    second = [home(n, 2, "煤" if n % 2 else "电") for n in range(1, 13)]
    drawing(folder / "管网.dxf", {"一次网": [MAIN], "图框": [MAIN]}, "R2000")
    (folder / "任务.csv").write_text(TARGETS, encoding="utf-8")
    (folder / "公告.txt").write_text(NOTICE, encoding="gb18030")
    return [
        folder / "公告.txt",
        write_borders(folder),
        write_ledger(folder, "甲镇台账.csv", first),
        write_ledger(folder, "乙镇台账.csv", second),
        folder / "管网.dxf",
        folder / "任务.csv",
    ]
