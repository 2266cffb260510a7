"""Frames and files as layers, outside of a project."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import date
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.api.coordinates import from_bd09, from_gcj02
from gis.api.problem_groups import grouped
from gis.api.project_files import check_frame, file_of, frame_tables, working_crs
from gis.errors import InputError, Text
from gis.inputs import blocking_error
from gis.layers import formats
from gis.layers.column_mapping import map_columns
from gis.layers.columns import LAYERS
from gis.layers.columns.common import COORDINATES
from gis.layers.crs import epsg, known_crs, same_system, shifted_datum
from gis.layers.frames import FrameTable, frame_of, shapeless
from gis.layers.georeference import coordinate_columns
from gis.layers.load_layers import load
from gis.layers.problems import Finding, Refusal, problem
from gis.layers.project import ProjectConfig, Title
from gis.layers.project_layers import LayerFile, LayerSpec
from gis.layers.raw_table import RawTable, Request, texts
from gis.layers.read_source import inside_folder
from gis.layers.reader_process import ReaderProcess
from gis.layers.schema import Layer, normalise_heading

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gis.errors import Problem
    from gis.layers.frames import Frames
    from gis.layers.load_layers import Layers

_FAILED = Text("数据不能用：", "the data cannot be used:")
_OF_COLUMNS = frozenset(
    ["column_missing", "column_blank", "cells_blank", "cells_may_be_blank", "value_missing"]
)
_PLACES = Layer("places", ("point",), COORDINATES)
_UNDATED = date(2000, 1, 1)  # no check of these layers looks at the day


def load_frames(
    frames: Mapping[str, pd.DataFrame], needed: Mapping[str, Collection[str]]
) -> tuple[dict[str, Any], str]:
    """Some layers checked and typed, as a project has them, for a question that needs no more.

    Args:
        frames: The frames by layer. Without a column of ids the rows are numbered.
        needed: Layer → the columns that the question reads. Nothing is said of any other column.

    Returns:
        The tables by layer, and the metric CRS that they are in.

    Raises:
        InputError: A frame cannot be used.
    """
    for layer, frame in frames.items():
        check_frame(layer, frame)
    tables: Frames = {
        file: _numbered(LAYERS[layer], table) if isinstance(table, FrameTable) else table
        for layer, (file, table) in zip(frames, frame_tables(frames).items(), strict=True)
    }
    crs = working_crs(tables)
    project = ProjectConfig(
        folder=Path(),
        name="frames",
        title=Title(zh="frames", en="frames"),
        crs=crs,
        as_of=_UNDATED,
        policy=Path(),
        targets=None,
        demonstration=False,
        map_review_no="",
        publish_proposals=False,
        layers={layer: LayerSpec(path=file_of(layer)) for layer in frames},
        zones=(),
    )
    loaded = load(project, frames=tables)
    told = [one for one in loaded.problems if _concerns(one, needed)]
    told += [
        problem(layer, shapeless(frame, LAYERS[layer].shapes), frame=True)
        for layer, frame in frames.items()
        if _has_no_shape(layer, loaded)
    ]
    _raise_or_warn(told, above=4)
    return dict(loaded.tables), crs


def _has_no_shape(layer: str, loaded: Layers) -> bool:
    """Whether a layer that is drawn was read, and no row of it has a geometry that counts."""
    table = loaded.tables.get(layer)
    drawn = "none" not in LAYERS[layer].shapes
    return drawn and table is not None and not table.geometry.notna().any()


def _raise_or_warn(found: Sequence[Problem], above: int) -> None:
    """Refuse what is blocking; warn of everything else.

    Args:
        found: The problems.
        above: How far up the caller is whose line the warning names, this function being 1.

    Raises:
        InputError: A problem is blocking.
    """
    error = blocking_error(found, _FAILED)
    if error:
        raise error
    for group in grouped(found):
        said, layer = group.told(), group.problems[0].layer
        warnings.warn(f"{layer}\n{said.zh}\n{said.en}", stacklevel=above)


def _numbered(layer: Layer, table: FrameTable) -> FrameTable:
    """The table with running numbers as ids, where it has no column of ids."""
    headings = {layer.headings.get(normalise_heading(name)) for name in table.raw.columns}
    if not layer.key or layer.key in headings or layer.name == "villages":
        return table
    numbers = texts([str(row) for row in table.raw.rows])
    raw = replace(table.raw, columns={layer.key: numbers, **table.raw.columns})
    return replace(table, raw=raw)


def _concerns(one: Problem, needed: Mapping[str, Collection[str]]) -> bool:
    """Whether a problem concerns what is needed: a layer and column of it."""
    if one.code == "layer_missing":
        return False
    return one.code not in _OF_COLUMNS or one.column in needed.get(one.layer, ())


def read_layer(
    path: str | Path,
    crs: str | int | None = None,
    *,
    layer: str | None = None,
    encoding: str | None = None,
) -> pd.DataFrame:
    """A file, read as strictly as the layers of a project.

    A separate process without network reads it; what is damaged, cut short or of another format
    than its name says is refused. Whatever else was noticed is a warning.

    Args:
        path: GeoPackage, Shapefile, GeoJSON, KML, DXF, File Geodatabase, FlatGeobuf, GeoParquet,
            CSV or Excel.
        crs: What the coordinates are in where the file does not say: EPSG:n or n, WKT, GCJ-02 or
            BD-09. With it, columns of coordinates become points. GCJ-02 and BD-09 are converted to
            WGS 84.
        layer: Sheet or sub-layer of a file that has several.
        encoding: Of its text; None: detected.

    Returns:
        A GeoDataFrame, or a DataFrame for a table without places. Cells are texts with all their
        digits, under the headings of the file; the index `row` has its row numbers.

    Raises:
        InputError: The file cannot be read, or the CRS is not known.
    """
    if not isinstance(path, str | PathLike):
        kind = type(path).__name__
        zh = f"应为文件的路径，这里是 {kind}。"
        raise InputError(Text(zh, f"expected the path of a file, found {kind}."))
    place, crs = Path(path).absolute(), None if crs is None else epsg(crs)
    try:
        inside_folder(place.parent.resolve(), place.name)
        request = Request(str(place), formats.format_of(place), layer, encoding)
        with ReaderProcess() as reader:
            raw = reader.read(request)
        frame = _placed(raw, crs)
    except Refusal as refusal:
        told = problem(place.name, refusal.finding, frame=True)
        zh, en = f"{told.message.zh}。{told.remedy.zh}", f"{told.message.en}; {told.remedy.en}"
        raise InputError(Text(zh, en), (told,)) from refusal
    _raise_or_warn([problem(place.name, one, frame=True) for one in raw.findings], above=3)
    return frame


def _placed(raw: RawTable, crs: str | None) -> pd.DataFrame:
    """The table as a frame in its CRS; findings are added to the table.

    Raises:
        Refusal: The CRS is not known.
    """
    shifted = shifted_datum(crs) if crs else ""
    if crs and not shifted:
        known_crs(crs)
    if crs and raw.crs and not same_system(crs, raw.crs):
        numbers = {"declared": crs, "stated": raw.crs[:60]}
        raw.findings.append(Finding("crs_differs", numbers=numbers))
    frame = frame_of(raw, "EPSG:4326" if shifted else crs)
    if crs and not isinstance(frame, gpd.GeoDataFrame):
        frame = _points(raw, frame, crs, "EPSG:4326" if shifted else crs)
    if shifted and isinstance(frame, gpd.GeoDataFrame):
        return from_gcj02(frame) if shifted == "GCJ02" else from_bd09(frame)
    return frame


def _points(raw: RawTable, frame: pd.DataFrame, declared: str, crs: str) -> pd.DataFrame:
    """The table with points of its columns of coordinates, if it has such columns."""
    known = replace(raw, columns=dict(raw.columns), findings=[])
    table = map_columns(known, _PLACES, LayerFile(path=""))
    pair = coordinate_columns(table, declared)
    if pair is None:
        return frame
    raw.findings += [one for one in known.findings if one.column in pair]
    x, y = (table[name].to_numpy(float) for name in pair)
    points = gpd.GeoSeries(gpd.points_from_xy(x, y), index=frame.index, crs=crs)
    return gpd.GeoDataFrame(frame, geometry=points.where(np.isfinite(x) & np.isfinite(y)))


class OptionalLayers(TypedDict, total=False):
    """The layers that a project may have besides households, villages and coal-ban zones."""

    heat_pipes: pd.DataFrame | None
    heat_sources: pd.DataFrame | None
    heat_coverage: pd.DataFrame | None
    gas_coverage: pd.DataFrame | None
    transformers: pd.DataFrame | None
    meters: pd.DataFrame | None
    built_up_area: pd.DataFrame | None
    roads: pd.DataFrame | None
    rulings: pd.DataFrame | None
    zone_rulings: pd.DataFrame | None
    inspections: pd.DataFrame | None
    premises: pd.DataFrame | None
    complaints: pd.DataFrame | None
    sweeps: pd.DataFrame | None
    lots: pd.DataFrame | None
    buildings: pd.DataFrame | None
    rivers: pd.DataFrame | None
    water: pd.DataFrame | None
    contours: pd.DataFrame | None
    weather: pd.DataFrame | None
    payments: pd.DataFrame | None
    targets: pd.DataFrame | None
