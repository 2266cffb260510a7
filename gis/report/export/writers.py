"""A writer for each format: the files of a layer, what should be read back, and what was.

A drawing (DXF) has no table: a feature is its geometry on a layer of its class, and a text that
names it. Areas are drawn as their rings. It is R2000 in code page 936: later versions are UTF-8,
which GDAL shows garbled.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from io import BytesIO, StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from ezdxf import new, options  # type: ignore[attr-defined]  # as its documents say
from ezdxf.document import Drawing
from numpy.typing import NDArray
from pyogrio import raw

from gis.errors import Text
from gis.report.csv_parquet import as_text, csv_bytes
from gis.report.export.second_reader import Found, of_parquet, read_back
from gis.report.export.table import ExportColumn, apart, cut_for_dbf
from gis.report.geopackage import geopackage_bytes, title_of
from gis.report.qml import LABELS, class_words

if TYPE_CHECKING:
    from gis.report.metadata import About


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


class Job(NamedTuple):
    """What is to be written: `frame` in its CRS, `columns` with their names in the file."""

    layer: str
    stem: str
    about: About
    frame: gpd.GeoDataFrame
    columns: list[ExportColumn]


_Made = tuple[Mapping[str, bytes], Found, Found, tuple[Text, ...]]


def _found(job: Job, columns: Sequence[ExportColumn]) -> Found:
    """What should be read back."""
    return Found(
        {one.name: one.values for one in columns},
        {one.name: one.kind for one in columns},
        job.frame.geometry.to_numpy(),
        job.frame.crs.to_wkt(),
    )


def _with_gdal(
    job: Job, ending: str, columns: Sequence[ExportColumn], options: Mapping[str, Any]
) -> tuple[dict[str, bytes], Found]:
    """Files written by GDAL, the main one last, and what was read back."""
    arrays = [one.array() for one in columns]
    with TemporaryDirectory(prefix="nuantu-", ignore_cleanup_errors=True) as folder:
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


def _shapefile(job: Job) -> _Made:
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


def _geojson(job: Job) -> _Made:
    whole = {"RFC7946": "NO", "COORDINATE_PRECISION": "15", "SIGNIFICANT_FIGURES": "17"}
    options = {"driver": "GeoJSON", "layer": job.layer, "layer_options": whole}
    files, found = _with_gdal(job, "geojson", job.columns, options)
    return files, _found(job, job.columns), found, ()


def _kml(job: Job) -> _Made:
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


def _rows(job: Job) -> list[list[tuple[str, str]]]:
    told = [[(one.name, as_text(value)) for value in one.values] for one in job.columns]
    return [list(row) for row in zip(*told, strict=True)] if told else [[] for _ in job.frame.index]


def _described(row: Sequence[tuple[str, str]]) -> str:
    return "<br>".join(f"{escape(name)}：{escape(value)}" for name, value in row if value)


def _labels(job: Job) -> list[str]:
    """What names each feature: its name or number, else the layer."""
    label = LABELS.get(job.layer)
    source = _NAMED_BY.get(job.layer) or (label.says if label else "")
    values = next((one.values for one in job.columns if one.source == source), None)
    title = title_of(job.layer)
    if values is None:
        return [title] * len(job.frame)
    return [title if value in (None, "") else as_text(value) for value in values]


def _drawing(job: Job) -> _Made:
    """A drawing knows no rows: its entities are compared, points, lines and texts."""
    drawn = list(dxf_entities(job.frame.geometry.to_numpy(), _drawn_on(job), _labels(job)))
    dimension = int(max(shapely.get_dimensions(job.frame.geometry.to_numpy()), default=0))
    content = dxf_bytes(drawn, max(dimension, 0))
    texts = [one.text or None for one in drawn]
    lines = [one.layer for one in drawn]
    geometry = np.array([one.geometry for one in drawn], dtype=object)
    kinds = {"Layer": "text", "Text": "text"}
    expected = Found({"Layer": lines, "Text": texts}, kinds, geometry, "")
    with TemporaryDirectory(prefix="nuantu-", ignore_cleanup_errors=True) as folder:
        path = Path(folder, f"{job.stem}.dxf")
        path.write_bytes(content)
        found = read_back(path)
    notes = []
    if lost := sum("\\U+" in one.text for one in drawn):
        zh = f"{lost} 处注记有 GBK 以外的字，写成 \\U+ 编码，由 CAD 还原。"
        en = f"{lost} labels have characters beyond GBK, written as \\U+ codes for CAD to restore."
        notes.append(Text(zh, en))
    return {f"{job.stem}.dxf": content}, expected, found, tuple(notes)


def _drawn_on(job: Job) -> list[str]:
    """The layer of the drawing for each feature: the layer, and its class if it has some."""
    title = title_of(job.layer)
    field, words = class_words(job.layer)
    values = next((one.values for one in job.columns if one.source == field), None)
    if values is None:
        return [title] * len(job.frame)
    shown = job.frame[field].astype(object)
    return [f"{title}_{words.get(str(value).lower(), '其他')}" for value in shown]


def _geopackage(job: Job) -> _Made:
    expected = _found(job, job.columns)
    content = geopackage_bytes({job.layer: _typed(job)}, job.about)
    with TemporaryDirectory(prefix="nuantu-", ignore_cleanup_errors=True) as folder:
        path = Path(folder, f"{job.stem}.gpkg")
        path.write_bytes(content)
        return {path.name: content}, expected, read_back(path), ()


def _parquet(job: Job) -> _Made:
    file = BytesIO()
    _typed(job).to_parquet(file, index=False, compression="zstd", schema_version="1.1.0")
    content = file.getvalue()
    return {f"{job.stem}.parquet": content}, _found(job, job.columns), of_parquet(content), ()


_NULLABLE = {"whole": "Int64", "number": "Float64", "flag": "boolean"}


def _typed(job: Job) -> gpd.GeoDataFrame:
    columns = {
        one.name: pd.array(one.values, dtype=_NULLABLE.get(one.kind, object)) for one in job.columns
    }
    return gpd.GeoDataFrame(columns, geometry=job.frame.geometry.to_numpy(), crs=job.frame.crs)


WRITERS: Mapping[str, Callable[[Job], _Made]] = {
    "shp": _shapefile,
    "gpkg": _geopackage,
    "geojson": _geojson,
    "kml": _kml,
    "dxf": _drawing,
    "parquet": _parquet,
}


_DXF_ENCODING = "gbk"
_DXF_STYLE, _DXF_FONT = "HZ", "simsun.ttf"
_DXF_METRES = 6  # code of the unit


def _wide(signs: str) -> dict[int, str]:
    return str.maketrans({sign: chr(ord(sign) + 0xFEE0) for sign in signs})


# Signs that a text reads as a command, and those that no layer may have in its name → wide ones
_IN_TEXT, _IN_NAME = _wide("%^\\"), _wide("<>/\\\":;?*|=`,'")
# ASSUME: drawings are printed at 1:10,000, where 25 m are 2.5 mm; points stand close together.
_TEXT_M = {0: 3.0, 1: 10.0, 2: 25.0}  # by dimension of the geometry


class DxfEntity(NamedTuple):
    """One entity: a point, an open or closed line, or a text at a point."""

    layer: str
    geometry: shapely.Geometry
    text: str = ""


def dxf_entities(
    shapes: NDArray[np.object_], layers: Sequence[str], labels: Sequence[str]
) -> Iterator[DxfEntity]:
    """The entities of features in the order in which a drawing holds them.

    shapes: none empty
    """
    for shape, layer, label in zip(shapes, layers, labels, strict=True):
        name = layer.translate(_IN_NAME)
        for part in shapely.get_parts(shape):
            rings = shapely.get_rings(part) if part.geom_type == "Polygon" else [part]
            yield from (DxfEntity(name, shapely.LineString(ring.coords)
                               if ring.geom_type == "LinearRing" else ring)
                        for ring in rings)  # fmt: skip
        if text := _one_line(label):
            yield DxfEntity(name, shapely.point_on_surface(shape), text)


def _one_line(label: str) -> str:
    r"""The label as one line; a character that code page 936 lacks as \U+ and its code.

    One beyond 16 bits as the codes of its two halves, as drawings have it.
    """
    line = " ".join(label.translate(_IN_TEXT).split())
    return line.encode(_DXF_ENCODING, _DXF_CODES).decode(_DXF_ENCODING)


def _as_dxf_code(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    halves = error.object[error.start : error.end].encode("utf-16-be")
    codes = (halves[at : at + 2].hex().upper() for at in range(0, len(halves), 2))
    return "".join(f"\\U+{code}" for code in codes), error.end


_DXF_CODES = "dxf-codes"
codecs.register_error(_DXF_CODES, _as_dxf_code)


def dxf_bytes(drawn: Sequence[DxfEntity], dimension: int) -> bytes:
    """The drawing; coordinates in metres. dimension: 0, 1 or 2, of the features."""
    fixed = options.write_fixed_meta_data_for_testing
    options.write_fixed_meta_data_for_testing = True  # no clock in the file
    try:
        document = new("R2000", units=_DXF_METRES)
        document.encoding = _DXF_ENCODING
        document.styles.add(_DXF_STYLE, font=_DXF_FONT)
        for number, name in enumerate(dict.fromkeys(one.layer for one in drawn)):
            document.layers.add(name, color=number % 6 + 1)
        _fill(document, drawn, _TEXT_M[dimension])
        written = StringIO()
        document.write(written)
    finally:
        options.write_fixed_meta_data_for_testing = fixed
    return document.encode(written.getvalue())


def _fill(document: Drawing, drawn: Sequence[DxfEntity], height_m: float) -> None:
    model = document.modelspace()
    for one in drawn:
        on = {"layer": one.layer}
        places = shapely.get_coordinates(one.geometry)
        if one.text:
            style = on | {"style": _DXF_STYLE, "insert": tuple(places[0])}
            model.add_text(one.text, height=height_m, dxfattribs=style)
        elif one.geometry.geom_type == "Point":
            model.add_point(tuple(places[0]), dxfattribs=on)
        else:
            closed = len(places) > 3 and bool((places[0] == places[-1]).all())
            drawn_line = places[:-1] if closed else places
            model.add_lwpolyline(drawn_line.tolist(), close=closed, dxfattribs=on)
