"""Makes files of every format in code, sound ones, for tests to read or to damage."""

from __future__ import annotations

import struct
from pathlib import Path

import ezdxf
import geopandas as gpd
from shapely import box

KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>d</name>{marks}</Document></kml>"""
MARK = """<Placemark><name>{name}</name><ExtendedData>{data}</ExtendedData>{shape}</Placemark>"""
DATUM = '<Data name="{key}"><value>{value}</value></Data>'


def squares(count: int, side_m: float = 100.0) -> gpd.GeoDataFrame:
    """Squares in a row with a Chinese name and a number each, in EPSG:4546."""
    shapes = [
        box(470000 + 200 * at, 3934000, 470000 + 200 * at + side_m, 3934000 + side_m)
        for at in range(count)
    ]
    names = [f"小梁乡第{at}村" for at in range(count)]
    return gpd.GeoDataFrame(
        {"village": names, "number": range(count)}, geometry=shapes, crs="EPSG:4546"
    )


def shapefile(path: Path, frame: gpd.GeoDataFrame, encoding: str = "GB18030") -> Path:
    frame.to_file(path, driver="ESRI Shapefile", encoding=encoding)
    return path


def without_encoding(path: Path, language: int = 0) -> None:
    """A shapefile whose .dbf says nothing (true) of its encoding."""
    path.with_suffix(".cpg").unlink(missing_ok=True)
    dbf = bytearray(path.with_suffix(".dbf").read_bytes())
    dbf[29] = language
    path.with_suffix(".dbf").write_bytes(dbf)


def exchange_index(path: Path, one: int, other: int) -> None:
    """Exchange two entries of the .shx: each row then gets the other's shape."""
    shx = path.with_suffix(".shx")
    data = bytearray(shx.read_bytes())
    first, second = (slice(100 + 8 * at, 108 + 8 * at) for at in (one, other))
    data[first], data[second] = data[second], data[first]
    shx.write_bytes(data)


def cut(path: Path, by: int) -> None:
    path.write_bytes(path.read_bytes()[:-by])


def fewer_records(path: Path) -> None:
    """Take the last record out of a .dbf, header and all."""
    dbf = path.with_suffix(".dbf")
    data = bytearray(dbf.read_bytes())
    count, start, width = struct.unpack("<IHH", data[4:12])
    data[4:8] = struct.pack("<I", count - 1)
    dbf.write_bytes(bytes(data[: start + (count - 1) * width]) + b"\x1a")


def drawing(path: Path, layers: dict[str, list[list[tuple[float, float]]]], version: str) -> Path:
    """A DXF with polylines by layer, its text in GBK where the version asks for a code page."""
    document = ezdxf.new(version)
    document.header["$DWGCODEPAGE"] = "ANSI_936"
    document.encoding = "gbk" if version < "R2007" else "utf-8"
    space = document.modelspace()
    for name, lines in layers.items():
        document.layers.add(name)
        for line in lines:
            space.add_lwpolyline(line, dxfattribs={"layer": name})
    document.saveas(path)
    return path


def kml(marks: list[tuple[str, dict[str, str], str]]) -> str:
    """A KML with placemarks of (name, data, shape as XML)."""
    said = [
        MARK.format(
            name=name,
            data="".join(DATUM.format(key=key, value=value) for key, value in data.items()),
            shape=shape,
        )
        for name, data, shape in marks
    ]
    return KML.format(marks="".join(said))


def point(coordinates: str) -> str:
    return f"<Point><coordinates>{coordinates}</coordinates></Point>"
