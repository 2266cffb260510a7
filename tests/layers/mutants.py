"""Damages sound files of eight formats, and reads what they then truly hold by other means.

An outcome is *silent* when the reader says nothing new and gives other rows than both the sound
file and the independent reading of the damaged one.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from xml.dom import minidom

import fiona
import numpy as np
import pandas as pd
import pyogrio
import shapely
import xlsxwriter
from ezdxf import recover

from gis.layers import formats
from gis.layers.problems import Refusal
from gis.layers.raw_table import RawTable, Request
from gis.layers.reader_process import ReaderProcess
from layers import made

ROWS = 25
Record = tuple[str, ...]


def frame():
    data = made.squares(ROWS)
    data["ident"] = [f"1408821970010100{at:02d}" for at in range(ROWS)]
    return data


# sound files -----------------------------------------------------------------------------------


def write_csv(folder):
    lines = ["户编号,村名,x,y"]
    lines += [f"H{at:03d},小梁乡第{at}村,{470000 + at},{3934000 + at}" for at in range(ROWS)]
    (folder / "f.csv").write_bytes(("\r\n".join(lines) + "\r\n").encode("gb18030"))
    return "f.csv"


def write_xlsx(folder):
    book = xlsxwriter.Workbook(folder / "f.xlsx")
    book.set_properties({"created": datetime(2024, 10, 31, tzinfo=UTC)})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["户编号", "村名", "x"])
    for at in range(ROWS):
        sheet.write_row(at + 1, 0, [f"H{at:03d}", f"第{at}村", 470000 + at])
    book.close()
    return "f.xlsx"


def write_geojson(folder):
    frame().to_file(folder / "f.geojson", driver="GeoJSON")
    return "f.geojson"


def write_kml(folder):
    marks = [
        (
            f"H{at}",
            {"户编号": f"H{at:03d}", "村名": f"第{at}村"},
            made.point(f"110.{at:03d},35.{at:03d}"),
        )
        for at in range(ROWS)
    ]
    (folder / "f.kml").write_text(made.kml(marks), encoding="utf-8")
    return "f.kml"


def write_gpkg(folder):
    now = "OGR_CURRENT_DATE"
    pyogrio.set_gdal_config_options({now: "2024-10-31T00:00:00.000Z"})
    frame().to_file(folder / "f.gpkg", layer="村")
    pyogrio.set_gdal_config_options({now: None})
    return "f.gpkg"


def write_shp(folder):
    made.shapefile(folder / "f.shp", frame())
    return "f.shp"


def write_dxf(folder):
    lines = [[(470000.0 + at, 3934000.0), (470100.0 + at, 3934050.0)] for at in range(ROWS)]
    layers = {"一次网-在运-DN400": lines[:12], "二次网-规划-DN150": lines[12:]}
    made.drawing(folder / "f.dxf", layers, "R2000")
    return "f.dxf"


def write_fgb(folder):
    frame().to_file(folder / "f.fgb", driver="FlatGeobuf", SPATIAL_INDEX="NO")
    return "f.fgb"


# what a damaged file truly holds, read by other means ------------------------------------------


def held_csv(path):
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="gb18030", quoting=3)
    return [tuple(said(one) for one in row) for row in table.itertuples(index=False)]


def held_xlsx(path):
    message = "a workbook is a zip: its checksums tell every damage"
    raise ValueError(message)


def held_geojson(path):
    features = json.loads(path.read_text("utf-8"))["features"]
    return [
        (*(said(value) for value in one["properties"].values()), shape_of_json(one["geometry"]))
        for one in features
    ]


def shape_of_json(geometry):
    return wkb(shapely.geometry.shape(geometry)) if geometry else ""


def held_kml(path):
    records = []
    document = minidom.parse(str(path))  # noqa: S318  a file of our own making
    for mark in document.getElementsByTagName("Placemark"):
        values = [text(one) for one in mark.getElementsByTagName("value")]
        places = [text(one) for one in mark.getElementsByTagName("coordinates")]
        points = [shapely.Point([float(part) for part in one.split(",")[:2]]) for one in places]
        records.append(
            (*(text(one) for one in mark.getElementsByTagName("name")), *values, *map(wkb, points))
        )
    return records


def text(node):
    return "".join(one.data for one in node.childNodes if one.nodeType == one.TEXT_NODE).strip()


def held_by_gdal(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, _, shapes, columns = pyogrio.raw.read(path)
    rows = zip(*columns, shapes, strict=True)
    return [(*(said(one) for one in row[:-1]), wkb(shapely.from_wkb(row[-1]))) for row in rows]


def held_shp(path):
    """By fiona, whose GDAL is another one."""
    with fiona.open(path, encoding="gb18030") as layer:
        return [
            (
                *(said(value) for value in one["properties"].values()),
                wkb(shapely.geometry.shape(one["geometry"])) if one["geometry"] else "",
            )
            for one in layer
        ]


def held_dxf(path):
    document, _ = recover.readfile(path, errors="strict")
    return [
        (one.dxf.layer, one.dxf.handle, wkb(shapely.LineString(corners(one))))
        for one in document.modelspace().query("LWPOLYLINE")
    ]


def corners(polyline):
    points = [point[:2] for point in polyline.get_points()]
    return [*points, points[0]] if polyline.closed else points


def said(value):
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None or value != value else str(value).strip()  # noqa: PLR0124  NaN


def is_no_shape(data):
    if data is None:
        return False
    shape = shapely.from_wkb(data, on_invalid="ignore")
    return shape is None or shape.is_empty


def wkb(shape):
    return "" if shape is None else shapely.to_wkb(shapely.force_2d(shape), hex=True)


# damage ----------------------------------------------------------------------------------------


def flip(data, rng):
    for _ in range(rng.integers(1, 4)):
        data[rng.integers(len(data))] ^= 1 << rng.integers(8)


def cut(data, rng):
    del data[rng.integers(len(data)) :]


def swap(data, rng):
    size = int(rng.integers(2, 65))
    one, other = sorted(rng.integers(0, max(1, len(data) - 2 * size), 2))
    other = max(other, one + size)
    first, second = bytes(data[one : one + size]), bytes(data[other : other + size])
    data[one : one + size], data[other : other + size] = second, first


def lose(data, rng):
    at = int(rng.integers(len(data)))
    del data[at : at + int(rng.integers(1, 200))]


def count(data, rng):
    """Edit a number near the beginning, where formats keep their counts and lengths."""
    at = int(rng.integers(min(len(data), 110)))
    data[at] = (data[at] + int(rng.integers(1, 256))) % 256


def drop(data, rng):
    data.clear()


DAMAGES = (flip, flip, cut, swap, lose, count, drop)


@dataclass(frozen=True)
class Format:
    """How a sound file is written, and what a damaged one truly holds."""

    write: Callable[[Path], str]
    held: Callable[[Path], list[Record]]


FORMATS = {
    "csv": Format(write_csv, held_csv),
    "xlsx": Format(write_xlsx, held_xlsx),
    "geojson": Format(write_geojson, held_geojson),
    "kml": Format(write_kml, held_kml),
    "gpkg": Format(write_gpkg, held_by_gdal),
    "shp": Format(write_shp, held_shp),
    "dxf": Format(write_dxf, held_dxf),
    "fgb": Format(write_fgb, held_by_gdal),
}


# outcome ---------------------------------------------------------------------------------------


def records(raw: RawTable) -> list[Record]:
    columns = [[said(one) for one in column.to_pylist()] for column in raw.columns.values()]
    if raw.wkb is not None:
        columns.append(
            [wkb(shapely.from_wkb(one, on_invalid="ignore")) for one in raw.wkb.to_pylist()]
        )
    return list(zip(*columns, strict=True))


class Bench:
    """Sound files of every format, their records and findings, and a reader."""

    def __init__(self, folder: Path, reader: ReaderProcess) -> None:
        self.folder, self.reader = folder, reader
        self.sound: dict[str, tuple[str, list[Record], set[str]]] = {}
        for name, one in FORMATS.items():
            (folder / name).mkdir()
            file = one.write(folder / name)
            raw = self.read(folder / name / file)
            self.sound[name] = (file, records(raw), {found.code for found in raw.findings})

    def read(self, path: Path) -> RawTable:
        return self.reader.read(Request(str(path), formats.format_of(path)))

    def outcome(self, seed: int) -> str:
        """refused, said, same, held, or what is silently wrong."""
        rng = np.random.default_rng(seed)
        name = list(FORMATS)[seed % len(FORMATS)]
        file, sound, codes = self.sound[name]
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "d"
            shutil.copytree(self.folder / name, folder)
            damage = DAMAGES[rng.integers(len(DAMAGES))]
            hurt = sorted(folder.iterdir())[rng.integers(len(list(folder.iterdir())))]
            data = bytearray(hurt.read_bytes())
            damage(data, rng)
            if not data and hurt.name != file:
                hurt.unlink()
            else:
                hurt.write_bytes(data)
            return self._judge(folder / file, name, sound, codes) or (
                f"SILENT {name}: {damage.__name__} of {hurt.name}, seed {seed}"
            )

    def _judge(self, path: Path, name: str, sound: list[Record], codes: set[str]) -> str:
        """What came of reading a damaged file; "" when it is silently wrong."""
        try:
            raw = self.read(path)
        except Refusal as refusal:
            return f"refused {refusal.finding.code} {refusal.finding.numbers.get('reason', '')}"
        found = records(raw)
        # placing reports a row without its shape, typing a character that nobody sees
        later = any(
            is_no_shape(one) for one in (() if raw.wkb is None else raw.wkb.to_pylist())
        ) or any(not one.isprintable() for record in found for one in record)
        if later or {one.code for one in raw.findings} - codes:
            return "said"
        if found == sound:
            return "same"
        return "held" if found == self._held(name, path) else ""

    @staticmethod
    def _held(name: str, path: Path) -> list[Record] | None:
        try:
            return FORMATS[name].held(path)
        except Exception:  # the other reader gives up: then ours should have said something
            return None
