"""One layer in the formats that others work with, read back before anyone gets it.

Shapefile (GB18030, short Chinese field names), KML and DXF speak the office's words; they are for
people. GeoPackage, GeoJSON and Parquet keep the names and keys of columns; they are for programs.
The same layer gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyogrio import raw

from gis.errors import ConservationError, InputError, Text, UsageError
from gis.layers.crs import is_degrees, known_crs, possible, same_system, shifted_datum, to_crs
from gis.layers.problems import Refusal, problem
from gis.report.export import dxf
from gis.report.export.second_reader import (
    NO_SECOND_READER,
    Found,
    difference,
    has_second_reader,
    of_parquet,
    read_back,
)
from gis.report.export.table import ExportColumn, apart, cut_for_dbf, in_words, plain_columns
from gis.report.geopackage import geopackage_bytes, title_of
from gis.report.qml import LABELS, class_words
from gis.report.table_files import as_text, csv_bytes

if TYPE_CHECKING:
    from gis.report.metadata import About

_WGS84 = "EPSG:4326"
_BACK_M = 1e-3  # a CRS that a layer comes back from otherwise than this has no place for it
# layer → field that names its features, where it is not what labels them on the map
_NAMED_BY = {
    "heat_pipes": "pipe_id", "transformers": "transformer_id", "roads": "name",
    "households": "household_id", "heat_extension": "branch_id",
}  # fmt: skip
# Fields that LIBKML takes for properties of its own, https://gdal.org/drivers/vector/libkml.html
_KML_OWN = (
    "name", "description", "timestamp", "begin", "end", "altitudemode", "tessellate", "extrude",
    "visibility", "draworder", "icon", "heading", "tilt", "roll", "snippet", "id", "folder",
)  # fmt: skip
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


class _Job(NamedTuple):
    layer: str
    stem: str
    about: About
    frame: gpd.GeoDataFrame
    columns: list[ExportColumn]


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
    files, expected, found, notes = _WRITERS[kind](_Job(layer, stem, about, moved, columns))
    if wrong := difference(expected, found):
        raise ConservationError(
            Text(
                f"导出的 {stem}.{kind} 读回后与图层不一致（{wrong}），没有写入任何文件。",
                f"{stem}.{kind} reads back otherwise than the layer ({wrong}); nothing was written.",
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


_Made = tuple[Mapping[str, bytes], Found, Found, tuple[Text, ...]]


def _found(job: _Job, columns: Sequence[ExportColumn]) -> Found:
    """What should be read back."""
    return Found(
        {one.name: one.values for one in columns},
        {one.name: one.kind for one in columns},
        job.frame.geometry.to_numpy(),
        job.frame.crs.to_wkt(),
    )


def _with_gdal(
    job: _Job, ending: str, columns: Sequence[ExportColumn], options: Mapping[str, Any]
) -> tuple[dict[str, bytes], Found]:
    """Files written by GDAL, the main one last, and what was read back."""
    arrays = [one.array() for one in columns]
    with TemporaryDirectory(prefix="nuantu-") as folder:
        path = Path(folder, f"{job.stem}.{ending}")
        raw.write(
            path,
            shapely.to_wkb(job.frame.geometry.to_numpy()),
            [values for values, _ in arrays],
            np.array([one.name for one in columns], dtype=object),
            field_mask=[missing for _, missing in arrays],
            crs=job.frame.crs.to_wkt(),
            geometry_type=_geometry_type(job.frame),
            promote_to_multi=False,
            **options,
        )
        found = read_back(path)
        names = sorted(Path(folder).iterdir(), key=lambda one: (one == path, one.name))
        return {one.name: one.read_bytes() for one in names}, found


def _geometry_type(frame: gpd.GeoDataFrame) -> str:
    kinds = sorted(set(frame.geom_type.dropna()))
    bare = {kind.removeprefix("Multi") for kind in kinds}
    if len(bare) != 1:
        return "Unknown"
    return kinds[0] if len(kinds) == 1 else f"Multi{bare.pop()}"


def _shapefile(job: _Job) -> _Made:
    columns, fields = cut_for_dbf(job.columns)
    expected = _found(job, columns)
    options = {
        "driver": "ESRI Shapefile", "layer": job.stem, "encoding": "GB18030",
        "layer_options": {"DBF_DATE_LAST_UPDATE": job.about.as_of.isoformat()},
    }  # fmt: skip
    files, found = _with_gdal(job, "shp", columns, options)
    listed = f"{job.stem}.fields.csv"
    notes = []
    if renamed := int((fields["field"] != fields["heading"]).sum()):
        zh = f"{renamed} 个字段名截短为 10 字节，对照表见 {listed}。"
        notes.append(Text(zh, f"{renamed} field names were cut to 10 bytes; see {listed}."))
    if cut := int(fields["cut_texts"].sum()):
        zh = f"{cut} 个文字值超过 254 字节，已截短（{listed} 列明字段）。需要全文请用 gpkg。"
        en = (
            f"{cut} texts were cut to 254 bytes ({listed} names the fields). gpkg keeps them whole."
        )
        notes.append(Text(zh, en))
    return {listed: csv_bytes(fields), **files}, expected, found, tuple(notes)


def _geojson(job: _Job) -> _Made:
    whole = {"RFC7946": "NO", "COORDINATE_PRECISION": "15", "SIGNIFICANT_FIGURES": "17"}
    options = {"driver": "GeoJSON", "layer": job.layer, "layer_options": whole}
    files, found = _with_gdal(job, "geojson", job.columns, options)
    return files, _found(job, job.columns), found, ()


def _kml(job: _Job) -> _Made:
    """Name and description are what telephones show; the description is HTML there."""
    names = ExportColumn("", "Name", "text", _labels(job))
    said = ExportColumn("", "Description", "text", [_described(row) for row in _rows(job)])
    expected = _found(job, [names, said])
    own_names = apart((one.name for one in job.columns), _KML_OWN)
    data = [
        ExportColumn(one.source, name, "text", [as_text(value) or None for value in one.values])
        for name, one in zip(own_names, job.columns, strict=True)
    ]
    options = {"driver": "LIBKML", "layer": title_of(job.layer)}
    files, found = _with_gdal(job, "kml", [names, said, *data], options)
    return files, expected, found, ()


def _rows(job: _Job) -> list[list[tuple[str, str]]]:
    told = [[(one.name, as_text(value)) for value in one.values] for one in job.columns]
    return [list(row) for row in zip(*told, strict=True)] if told else [[] for _ in job.frame.index]


def _described(row: Sequence[tuple[str, str]]) -> str:
    return "<br>".join(f"{escape(name)}：{escape(value)}" for name, value in row if value)


def _labels(job: _Job) -> list[str]:
    """What names each feature: its name or number, else the layer."""
    label = LABELS.get(job.layer)
    source = _NAMED_BY.get(job.layer) or (label.says if label else "")
    values = next((one.values for one in job.columns if one.source == source), None)
    title = title_of(job.layer)
    if values is None:
        return [title] * len(job.frame)
    return [title if value in (None, "") else as_text(value) for value in values]


def _drawing(job: _Job) -> _Made:
    """A drawing knows no rows: its entities are compared, points, lines and texts."""
    drawn = list(dxf.entities(job.frame.geometry.to_numpy(), _drawn_on(job), _labels(job)))
    dimension = int(max(shapely.get_dimensions(job.frame.geometry.to_numpy()), default=0))
    content = dxf.dxf_bytes(drawn, max(dimension, 0))
    texts = [one.text or None for one in drawn]
    lines = [one.layer for one in drawn]
    geometry = np.array([one.geometry for one in drawn], dtype=object)
    kinds = {"Layer": "text", "Text": "text"}
    expected = Found({"Layer": lines, "Text": texts}, kinds, geometry, "")
    with TemporaryDirectory(prefix="nuantu-") as folder:
        path = Path(folder, f"{job.stem}.dxf")
        path.write_bytes(content)
        found = read_back(path)
    notes = []
    if lost := sum("\\U+" in one.text for one in drawn):
        zh = f"{lost} 处注记有 GBK 以外的字，写成 \\U+ 编码，由 CAD 还原。"
        en = f"{lost} labels have characters beyond GBK, written as \\U+ codes for CAD to restore."
        notes.append(Text(zh, en))
    return {f"{job.stem}.dxf": content}, expected, found, tuple(notes)


def _drawn_on(job: _Job) -> list[str]:
    """The layer of the drawing for each feature: the layer, and its class if it has some."""
    title = title_of(job.layer)
    field, words = class_words(job.layer)
    values = next((one.values for one in job.columns if one.source == field), None)
    if values is None:
        return [title] * len(job.frame)
    shown = job.frame[field].astype(object)
    return [f"{title}_{words.get(str(value).lower(), '其他')}" for value in shown]


def _geopackage(job: _Job) -> _Made:
    expected = _found(job, job.columns)
    content = geopackage_bytes({job.layer: _typed(job)}, job.about)
    with TemporaryDirectory(prefix="nuantu-") as folder:
        path = Path(folder, f"{job.stem}.gpkg")
        path.write_bytes(content)
        return {path.name: content}, expected, read_back(path), ()


def _parquet(job: _Job) -> _Made:
    file = BytesIO()
    _typed(job).to_parquet(file, index=False, compression="zstd", schema_version="1.1.0")
    content = file.getvalue()
    return {f"{job.stem}.parquet": content}, _found(job, job.columns), of_parquet(content), ()


_NULLABLE = {"whole": "Int64", "number": "Float64", "flag": "boolean"}


def _typed(job: _Job) -> gpd.GeoDataFrame:
    columns = {
        one.name: pd.array(one.values, dtype=_NULLABLE.get(one.kind, object)) for one in job.columns
    }
    return gpd.GeoDataFrame(columns, geometry=job.frame.geometry.to_numpy(), crs=job.frame.crs)


_WRITERS: Mapping[str, Callable[[_Job], _Made]] = {
    "shp": _shapefile,
    "gpkg": _geopackage,
    "geojson": _geojson,
    "kml": _kml,
    "dxf": _drawing,
    "parquet": _parquet,
}
