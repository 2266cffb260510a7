"""Handing out one layer: of the planner edition, or of the public one after its checks.

A public layer is that of the public edition: the same rounding, the same columns. What an export
holds is read back from its finished files and scanned for leaks as text, since the scan reads no
Shapefile and no Parquet. A file that stands is never replaced.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import geopandas as gpd
import pandas as pd
import shapely

from gis.disclosure import leak_scan
from gis.disclosure.personal_data import collect_secrets, personal_values
from gis.disclosure.rounding import NOTHING
from gis.disclosure.village_rows import refuse_undeclared
from gis.editions.planner import planner_edition
from gis.editions.public import public_edition
from gis.editions.village_view import public_data
from gis.errors import Text, UsageError
from gis.layers import to_wgs84
from gis.output_columns import of_village
from gis.pages.drawn_layers import DRAWN
from gis.publish import errors
from gis.publish.filesystem import exists, make_folder, move, remove, sync_folder, write_file
from gis.publish.page_builder import public_words
from gis.publish.previous_edition import past
from gis.report.export import FORMATS, Exported, Wanted, export_files, format_of
from gis.report.geopackage import title_of, twin_layers
from gis.report.metadata import run_metadata, summary
from gis.report.translate import masked_table

if TYPE_CHECKING:
    from gis.editions.run_results import Results
    from gis.pages.model import Edition

EditionName = Literal["planner", "public"]
_WGS84 = "EPSG:4326"
# layer → its geometry in the public edition, and its properties under the names of the layer
_DRAWN: Mapping[str, tuple[str, Mapping[str, str]]] = {
    one.layer: (one.name, one.properties)
    for one in DRAWN
    if (one.public or one.name == "mains") and one.layer not in ("", "villages")
}
_DECIMALS = 7  # of a degree: 1 cm


class ExportOptions(NamedTuple):
    """How to export a layer.

    kind      shp, gpkg, geojson, kml, dxf or parquet; "": by the ending of the file
    crs       the CRS; "": that of the project, WGS84 for geojson and kml
    edition   planner or public
    previous  folder of the edition that public figures continue from; None: they are rounded anew
    """

    kind: str = ""
    crs: str = ""
    edition: str = "planner"
    previous: Path | None = None


def export_layer(
    results: Results, layer: str, file: Path, options: ExportOptions | None = None
) -> Exported:
    """Write a layer of a run to a file, once it reads back the same.

    Args:
        results: The results of the run.
        layer: A layer of nuantu.gpkg, by its name or its Chinese title.
        file: The file; a Shapefile's others lie beside it. None of them may exist.
        options: Format, CRS and edition; None: the planner edition, in the format of the ending.

    Returns:
        What was written, with notes on what was cut or not checked.

    Raises:
        UsageError: The layer, format, CRS or edition is unknown, or a file stands.
        InputError: A column or the geometry cannot be written in this format.
        PublicationError: Personal data would have become public, or writing failed.
        ConservationError: What was read back differs.
    """
    options = options or ExportOptions()
    kind = check_target(file, options)
    about, edition = run_metadata(results), None
    if options.edition == "public":
        edition, layers, notes = _public(results, options.previous)
    else:
        drawn = twin_layers(results)
        layers = {name: masked_table(one, unmask=results.unmask) for name, one in drawn.items()}
        notes = ()
    name = _named(layer, layers)
    crs = options.crs or FORMATS[kind].default or results.project.crs
    made = export_files(name, layers[name], Wanted(kind, file.stem, crs), about)
    if edition is not None:
        _refuse_leaks(results, edition, made)
    _place(file.parent, made.files, openly=edition is not None)
    return replace(made, notes=(*notes, *made.notes))


def check_target(file: Path, options: ExportOptions) -> str:
    """The format to write to `file`, before any work is done for it.

    Raises:
        UsageError: The format or edition is unknown, the file has another ending, or it stands.
    """
    if options.edition not in get_args(EditionName):
        zh = f"--edition {options.edition}：只能是 planner（工作版）或 public（公众版）。"
        en = f"--edition {options.edition}: expected planner or public."
        raise UsageError(Text(zh, en))
    kind = options.kind or file.suffix.removeprefix(".").lower()
    format_of(kind)
    if file.suffix.lower() != f".{kind}":
        zh = f"--out {file}：{kind} 格式的文件名应以 .{kind} 结尾。"
        raise UsageError(Text(zh, f"--out {file}: the name of a {kind} file ends in .{kind}."))
    _check_free(file.parent, [file.name])
    for place in (file.parent, *file.absolute().parents):
        if exists(place):
            if not place.is_dir():
                zh, en = (
                    f"--out {file}：{place} 不是文件夹。",
                    f"--out {file}: {place} is no folder.",
                )
                raise UsageError(Text(zh, en))
            if not os.access(place, os.W_OK | os.X_OK):
                raise _not_writable(place)
            break
    return kind


def _check_free(folder: Path, names: list[str]) -> None:
    for name in names:
        if exists(folder / name):
            raise _stands(folder / name)


def _stands(path: Path) -> UsageError:
    zh = f"{path} 已存在，未改动。请换一个文件名，或先移走它。"
    return UsageError(Text(zh, f"{path} exists and was left alone. Name another file, or move it."))


def _not_writable(folder: Path) -> UsageError:
    zh = f"没有权限写入文件夹 {folder}。请换一个 --out，或检查文件夹权限。"
    en = f"no permission to write to the folder {folder}. Name another --out, or check its rights."
    return UsageError(Text(zh, en))


def _named(layer: str, layers: Mapping[str, gpd.GeoDataFrame]) -> str:
    there = {name: title_of(name) for name, one in layers.items() if len(one)}
    for name, title in there.items():
        if layer in (name, title):
            return name
    zh = "、".join(f"{name}（{title}）" for name, title in there.items())
    zh = f"没有图层“{layer}”，或其中没有要素；可导出：{zh}。"
    en = f"no layer {layer!r}, or nothing in it; there are: {', '.join(there)}."
    raise UsageError(Text(zh, en))


def _public(
    results: Results, previous: Path | None
) -> tuple[Edition, dict[str, gpd.GeoDataFrame], tuple[Text, ...]]:
    """The public edition, its layers in WGS84, and what is to be said of its figures."""
    notes: tuple[Text, ...] = ()
    memory = past(results, previous, previous).memory if previous else NOTHING
    if previous is None:
        zh = "未写 --previous：公众数字为首次取整，可能与已发布的一版不同。"
        en = "without --previous public figures are rounded anew and may differ from earlier ones."
        notes = (Text(zh, en),)
    exact = planner_edition(results, summary(results))
    seen, _, groups = public_edition(exact, results, memory)
    if not seen.maps:
        why = seen.why_no_maps
        zh = f"公众版没有地图，不能导出图层：{why['zh']}"
        raise UsageError(Text(zh, f"the public edition has no maps, so no layer: {why['en']}"))
    refuse_undeclared(seen.villages)
    data = json.loads(public_data(seen, groups, run_metadata(results))["data/villages.geojson"])
    layers = {"villages": _with_whole_counts(_frame(data["features"], {}))}
    for name, (drawn, renamed) in _DRAWN.items():
        if features := seen.geometry.get(drawn, {}).get("features"):
            layers[name] = _frame(features, renamed)
    if "coal_ban_zones" in layers:
        zones = _plain_rows(seen.zones)
        layers["coal_ban_zones"] = layers["coal_ban_zones"].merge(zones, on="zone_id")
    if seen.gaps:
        layers["gaps"] = _gaps(seen)
    return seen, layers, notes


def _frame(features: list[dict[str, Any]], renamed: Mapping[str, str]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame.from_features(features, crs=_WGS84).rename(columns=dict(renamed))


def _with_whole_counts(villages: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    counts = {one.name: "Int64" for one in of_village("data") if one.kind == "count"}
    return villages.astype(counts)


def _plain_rows(rows: Any) -> pd.DataFrame:  # noqa: ANN401  rows of a page, each a TypedDict
    """The rows as a table, Chinese words for those in two languages, without lists."""
    told = [
        {
            name: value["zh"] if isinstance(value, dict) else value
            for name, value in row.items()
            if not isinstance(value, list | tuple)
        }
        for row in rows
    ]
    table = pd.DataFrame(told)
    whole = [name for name in table if table[name].map(type).isin([int, type(None)]).all()]
    return table.astype(dict.fromkeys(whole, "Int64"))


def _gaps(seen: Edition) -> gpd.GeoDataFrame:
    table = _plain_rows(seen.gaps)
    at = gpd.points_from_xy(table.pop("lon"), table.pop("lat"), crs=_WGS84)
    return gpd.GeoDataFrame(table, geometry=at)


def _refuse_leaks(results: Results, edition: Edition, made: Exported) -> None:
    hidden = collect_secrets(personal_values(results.facts.households), results.project.crs)
    scan = leak_scan.LeakScan.of(edition, hidden, public_words(results))
    main = list(made.files)[-1]
    leak_scan.refuse_leaks(edition, {main: _as_text(made)}, scan)


def _as_text(made: Exported) -> bytes:
    """What was read back, as GeoJSON in WGS84, which the scan reads."""
    found = made.found
    frame = gpd.GeoDataFrame(dict(found.columns), geometry=found.geometry, crs=made.crs)
    lonlat = to_wgs84(frame)
    rounded = shapely.transform(lonlat.geometry.to_numpy(), lambda at: at.round(_DECIMALS))
    told = lonlat.set_geometry(gpd.GeoSeries(rounded, index=frame.index, crs=_WGS84))
    return str(told.to_json(ensure_ascii=False)).encode()


def _place(folder: Path, files: Mapping[str, bytes], *, openly: bool) -> None:
    """Put all files in place, or none: written beside their places first, the main one last.

    Raises:
        UsageError: One of them stands, or the folder cannot be written.
        PublicationError: The disk refused.
    """
    _check_free(folder, list(files))
    waiting = {name: folder / f".{name}.{os.getpid()}.new" for name in files}
    placed: list[Path] = []
    try:
        make_folder(folder, openly=openly)
        for name, content in files.items():
            remove(waiting[name])
            write_file(waiting[name], content, openly=openly)
            if waiting[name].read_bytes() != content:
                raise errors.not_as_written(str(folder / name))
        for name in files:
            _take(waiting[name], folder / name)
            placed.append(folder / name)
        sync_folder(folder)
    except BaseException as error:
        for path in placed:
            with suppress(OSError):
                remove(path)
        if isinstance(error, FileExistsError):
            raise _stands(Path(error.filename2 or error.filename or folder)) from error
        if isinstance(error, PermissionError):
            raise _not_writable(folder) from error
        if isinstance(error, OSError):
            raise errors.from_os_error(error, folder) from error
        raise
    finally:
        for path in waiting.values():
            with suppress(OSError):
                remove(path)


def _take(waiting: Path, place: Path) -> None:
    """Give a written file its name, which nothing else may have."""
    link: Callable[..., None] = os.link
    try:
        link(waiting, place)
    except FileExistsError:
        raise
    except OSError:  # a file system without links, as on memory sticks
        if exists(place):
            raise FileExistsError(str(place)) from None
        move(waiting, place)
