"""One layer in the formats that others work with, read back before anyone gets it.

Shapefile (GB18030, short Chinese field names), KML and DXF speak the office's words; they are for
people. GeoPackage, GeoJSON and Parquet keep the names and keys of columns; they are for programs.
The same layer gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from gis.errors import ConservationError, InputError, Text, UsageError
from gis.layers.crs import is_degrees, known_crs, possible, same_system, shifted_datum, to_crs
from gis.layers.problems import Refusal, problem
from gis.report.export.second_reader import NO_SECOND_READER, Found, difference, has_second_reader
from gis.report.export.table import in_words, plain_columns
from gis.report.export.writers import WRITERS, Job

if TYPE_CHECKING:
    from gis.report.metadata import About

_WGS84 = "EPSG:4326"
_BACK_M = 1e-3  # a CRS that a layer comes back from otherwise than this has no place for it
_FAMILIES = {"Point", "LineString", "Polygon"}


class Format(NamedTuple):
    """A format.

    spoken   columns and keys are in the office's words
    degrees  it knows WGS84 alone
    metres   it needs a projected CRS
    mixed    it takes points, lines and areas in one layer
    placed   it has no place for a row without geometry
    default  its CRS where none is asked for, "" for that of the layer
    """

    spoken: bool = False
    degrees: bool = False
    metres: bool = False
    mixed: bool = False
    placed: bool = False
    default: str = ""


FORMATS: Mapping[str, Format] = {
    "shp": Format(spoken=True),
    "gpkg": Format(),
    "geojson": Format(mixed=True, default=_WGS84),
    "kml": Format(spoken=True, degrees=True, mixed=True, placed=True, default=_WGS84),
    "dxf": Format(spoken=True, metres=True, placed=True),
    "parquet": Format(mixed=True),
}


class Wanted(NamedTuple):
    """What is wanted.

    kind  the format, a key of `FORMATS`
    stem  name of the files, without their ending
    crs   the CRS to write, "": that of the format or of the layer
    """

    kind: str
    stem: str
    crs: str = ""


@dataclass(frozen=True)
class Exported:
    """The files of an export, and what is to be said of it.

    files   name → content, the main file last
    rows    features written
    crs     their CRS
    found   what was read back
    notes   what was cut, left out or not checked
    """

    files: Mapping[str, bytes]
    rows: int
    crs: str
    found: Found
    notes: tuple[Text, ...]

    def as_json(self, folder: Path, lang: str) -> dict[str, Any]:
        """Files in `folder`, rows, CRS and notes, as `nuantu export --json` prints them."""
        return {
            "files": [str(folder / name) for name in self.files],
            "rows": self.rows,
            "crs": self.crs,
            "notes": [note.of(lang) for note in self.notes],
        }


def export_files(layer: str, frame: gpd.GeoDataFrame, wanted: Wanted, about: About) -> Exported:
    """Write a layer in a format and read it back.

    Args:
        layer: Its name, as in nuantu.gpkg; any other is taken as it is.
        frame: Its features with their CRS; not changed.
        wanted: The format, the name of the files, the CRS.
        about: What the files say of themselves.

    Raises:
        UsageError: The format or the CRS is unknown or has no place for the layer.
        InputError: A column or the geometry cannot be written.
        ConservationError: What was read back differs.
    """
    kind, stem, of = wanted.kind, wanted.stem, format_of(wanted.kind)
    shown = frame[~(frame.geometry.isna() | frame.geometry.is_empty)] if of.placed else frame
    moved = _in_crs(shown, wanted.crs or of.default, kind)
    if not of.mixed:
        _check_alike(moved, kind)
    columns = plain_columns(moved)
    columns = in_words(layer, columns) if of.spoken else columns
    files, expected, found, notes = WRITERS[kind](Job(layer, stem, about, moved, columns))
    if wrong := difference(expected, found):
        raise ConservationError(
            Text(
                f"导出的 {stem}.{kind} 读回后与图层不一致（{wrong}），没有写入任何文件。",
                f"{stem}.{kind} reads back otherwise than the layer ({wrong}); "
                "nothing was written.",
            )
        )
    if without := len(frame) - len(shown):
        zh = f"{without} 行没有几何，{kind} 中没有它们。"
        notes = (*notes, Text(zh, f"{without} rows have no geometry and are not in the {kind}."))
    if not has_second_reader():
        notes = (*notes, NO_SECOND_READER)
    return Exported(files, len(moved), moved.crs.to_string(), found, notes)


def format_of(kind: str) -> Format:
    """A format by its name.

    Raises:
        UsageError: There is none of that name.
    """
    if kind not in FORMATS:
        zh = f"没有格式“{kind}”；可用：{'、'.join(FORMATS)}。"
        raise UsageError(Text(zh, f"no format {kind!r}; there are: {', '.join(FORMATS)}."))
    return FORMATS[kind]


def _in_crs(frame: gpd.GeoDataFrame, crs: str, kind: str) -> gpd.GeoDataFrame:
    """The layer in the CRS asked for, in two dimensions; "" leaves it in its own."""
    if frame.crs is None:
        zh = '图层没有坐标系，不能导出。请先写明，如 frame.set_crs("EPSG:4546")。'
        en = 'the layer has no CRS. Declare it first, as in frame.set_crs("EPSG:4546").'
        raise InputError(Text(zh, en))
    of, wanted = FORMATS[kind], crs or frame.crs.to_wkt()
    if shifted_datum(wanted):
        raise _no_crs(crs, Text("不导出偏移坐标", "shifted coordinates are not exported"))
    try:
        degrees = is_degrees(wanted)
        if of.degrees and not same_system(wanted, _WGS84):
            raise _no_crs(
                crs, Text(f"{kind} 只有 WGS84 经纬度", f"{kind} knows WGS84 degrees only")
            )
        if of.metres and degrees:
            raise _no_crs(crs, Text(f"{kind} 须用平面坐标（米）", f"{kind} needs metres"))
        moved = to_crs(frame, wanted) if known_crs(wanted) != frame.crs else frame
        back = to_crs(moved, frame.crs.to_wkt()) if moved is not frame else frame
    except Refusal as refusal:
        raise _no_crs(crs, problem("", refusal.finding).message) from refusal
    at, there, here = (
        shapely.get_coordinates(one.geometry.to_numpy()) for one in (moved, back, frame)
    )
    near = degrees or moved is frame or possible(at[:, 0], at[:, 1], known_crs(wanted)).all()
    if not (near and (np.abs(there - here) < _BACK_M).all()):
        raise _no_crs(crs, Text("该坐标系不适用于这个地方", "it is not for this part of the world"))
    flat = shapely.force_2d(moved.geometry.to_numpy())
    return moved.set_geometry(gpd.GeoSeries(flat, index=moved.index, crs=moved.crs))


def _no_crs(crs: str, why: Text) -> UsageError:
    zh = f"--crs {crs or '（不写）'}：{why.zh}。可不写 --crs，或写 EPSG:4490、EPSG:4326、EPSG:4546 等。"
    en = (
        f"--crs {crs or '(left out)'}: {why.en}. Leave --crs out, or write EPSG:4490, "
        "EPSG:4326, EPSG:4546 or another."
    )
    return UsageError(Text(zh, en))


def _check_alike(frame: gpd.GeoDataFrame, kind: str) -> None:
    found = sorted({one.removeprefix("Multi") for one in frame.geom_type.dropna()})
    if len(found) > 1 or not set(found) <= _FAMILIES:
        zh = f"{kind} 一个图层只能有一种几何；这里有 {'、'.join(found)}。请分开导出，或用 geojson。"
        en = (
            f"a layer of {kind} has one kind of geometry; found {', '.join(found)}. Export them "
            "apart, or use geojson."
        )
        raise InputError(Text(zh, en))
