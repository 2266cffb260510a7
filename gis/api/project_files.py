"""The files of a project that was made of frames: project.toml, policy, targets, layers."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gis.errors import InputError, Text
from gis.layers.columns import LAYERS
from gis.layers.crs import project_crs, to_lonlat
from gis.layers.frames import Frames, FrameTable, frame_table, shapes_of, write_table
from gis.layers.problems import Refusal, problem
from gis.layers.toml_model import closest_key

if TYPE_CHECKING:
    from gis.inputs import Settings


POLICY, TARGETS, _ENDING = "policy.toml", "targets.csv", ".gpkg"
# CGCS2000 / 3-degree Gauss-Krüger: EPSG:4534 has the central meridian 75° E, each next one 3° more
_FIRST_CODE, _FIRST_MERIDIAN, _LAST_MERIDIAN, _WIDTH = 4534, 75, 135, 3
_CHINA = (73.0, 17.0, 136.0, 54.0)  # degrees: west, south, east, north
_BARE = re.compile(r"[A-Za-z0-9_-]+")  # a key that TOML takes without quotes
_USUAL_CRS = "EPSG:4546"


def file_of(layer: str) -> str:
    """The file that a layer is saved in."""
    return TARGETS if layer == "targets" else f"{layer}{_ENDING}"


def check_frame(layer: str, frame: object) -> pd.DataFrame:
    """A layer that was given, once it is known to be one.

    Raises:
        InputError: There is no layer of that name, or it is no frame.
    """
    known = [*LAYERS, "targets"]
    if layer not in known:
        near = closest_key(layer, known, 0.0)
        zh = f"没有叫 {layer} 的图层；最接近的是 {near}。"
        en = f"there is no layer {layer}; the nearest is {near}."
        raise InputError(Text(zh, en))
    if not isinstance(frame, pd.DataFrame):
        kind = type(frame).__name__
        zh = f"{layer} 应为 GeoDataFrame 或 DataFrame，这里是 {kind}；文件请用 gis.read_layer(路径) 读入。"
        en = (
            f"{layer}: expected a GeoDataFrame or DataFrame, found {kind}; "
            "read a file with gis.read_layer(path)."
        )
        raise InputError(Text(zh, en))
    if isinstance(frame.columns, pd.MultiIndex):
        levels = frame.columns.nlevels
        zh = f"{layer} 的列名有 {levels} 层；请先合成一层，如 frame.columns = frame.columns.map('_'.join)。"
        en = (
            f"{layer}: its columns have {levels} levels; make them one first, such as "
            "frame.columns = frame.columns.map('_'.join)."
        )
        raise InputError(Text(zh, en))
    return frame


def policy_path(policy: object) -> Path:
    """The path of the policy that was given.

    Raises:
        InputError: It is no path.
    """
    if isinstance(policy, str | PathLike):
        return Path(policy)
    kind = type(policy).__name__
    zh = f"policy 应为 policy.toml 的路径，这里是 {kind}；nuantu new 写出可改的样本。"
    en = f"policy: expected the path of a policy.toml, found {kind}; nuantu new writes one to edit."
    raise InputError(Text(zh, en))


def check_zones(zones: object) -> Sequence[Mapping[str, object]]:
    """The coal-ban zones in words that were given.

    Raises:
        InputError: They are no list of mappings.
    """
    if isinstance(zones, Sequence) and all(isinstance(one, Mapping) for one in zones):
        return zones
    kind = type(zones).__name__
    zh = (
        f'zones 应为字典的列表，如 [{{"zone_id": "Z1", …}}]，这里是 {kind}；'
        "画了界线的禁煤区请用 coal_ban_zones=frame。"
    )
    en = (
        f'zones: expected a list of mappings such as [{{"zone_id": "Z1", …}}], found {kind}; give '
        "zones that are drawn as coal_ban_zones=frame."
    )
    raise InputError(Text(zh, en))


def row_label(settings: Settings, layer: str, row: int) -> object:
    """The index label of a row of a frame; the row number of a file's."""
    table = (settings.frames or {}).get(file_of(layer))
    return table.label(row) if isinstance(table, FrameTable) else row


def frame_tables(frames: Mapping[str, pd.DataFrame]) -> Frames:
    """The frames by the file that each takes the place of, as a reader would give them."""
    tables: dict[str, FrameTable | Refusal] = {}
    for name, frame in frames.items():
        try:  # a heading stands in row 1 of a CSV file
            tables[file_of(name)] = frame_table(frame, 2 if name == "targets" else 1)
        except Refusal as refusal:
            tables[file_of(name)] = refusal
    return tables


def working_crs(frames: Frames) -> str:
    """The CRS to work in: that of the villages if it is metric, else a zone of CGCS2000.

    ASSUME: the 3-degree Gauss-Krüger zone whose central meridian is nearest to the villages fits
    the city. Where no frame says where it lies, every one of them is refused, whatever the CRS.
    """
    first = file_of("villages")
    order = sorted(frames, key=lambda file: file != first)
    known = {file: table for file in order if isinstance(table := frames[file], FrameTable)}
    shaped = {file: table for file, table in known.items() if table.raw.crs}
    if first in shaped:
        with suppress(Refusal):
            project_crs(str(shaped[first].raw.crs))
            return str(shaped[first].raw.crs)
    for table in shaped.values():
        with suppress(Refusal):
            lon, lat = _centre(table)
            if _CHINA[0] <= lon <= _CHINA[2] and _CHINA[1] <= lat <= _CHINA[3]:
                meridian = np.clip(_WIDTH * round(lon / _WIDTH), _FIRST_MERIDIAN, _LAST_MERIDIAN)
                return f"EPSG:{_FIRST_CODE + (int(meridian) - _FIRST_MERIDIAN) // _WIDTH}"
    return _USUAL_CRS


def _centre(table: FrameTable) -> tuple[float, float]:
    """Longitude and latitude of the middle of a frame; NaN where it has no geometry."""
    shapes = shapes_of(table.raw)
    if not len(shapes):
        return float("nan"), float("nan")
    west, south, east, north = shapely.total_bounds(shapes)
    x, y = np.array([(west + east) / 2]), np.array([(south + north) / 2])
    lon, lat = to_lonlat(x, y, str(table.raw.crs))
    return float(lon[0]), float(lat[0])


def write_settings(
    folder: Path,
    settings: Mapping[str, Mapping[str, object]],
    zones: Iterable[Mapping[str, object]],
    frames: Frames,
    policy: Path,
) -> None:
    """Write project.toml, the policy and the targets of a project into a folder.

    Args:
        folder: The folder, which is there.
        settings: What stands in [project] and in [names], by their headings.
        zones: What stands in each [[zones]].
        frames: The layers.
        policy: The policy.toml to copy.
    """
    layers = [file.removesuffix(_ENDING) for file in frames if file.endswith(_ENDING)]
    tables = [(f"[{heading}]", table) for heading, table in settings.items() if table]
    tables += [(f"[layers.{name}]", {"path": file_of(name)}) for name in layers]
    tables += [("[[zones]]", zone) for zone in zones]
    text = "\n".join(f"{heading}\n{_lines(table)}" for heading, table in tables)
    (folder / "project.toml").write_text(text, encoding="utf-8", newline="\n")
    shutil.copyfile(policy, folder / POLICY)
    targets = frames.get(TARGETS)
    if isinstance(targets, FrameTable):
        (folder / TARGETS).write_text(_csv(targets), encoding="utf-8-sig", newline="")


def save_project(settings: Path, frames: Frames, folder: Path) -> None:
    """Write a project made of frames into a new or empty folder.

    Args:
        settings: The folder of `write_settings`.
        frames: Its layers.
        folder: The folder to write.

    Raises:
        InputError: There is something in the folder, it cannot be written, or a frame has columns
            that no file can hold.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        zh = f"{folder} 里已有东西；请换一个新文件夹，原有内容未动。"
        en = f"{folder} is not empty; choose a new folder. Nothing in it was touched."
        raise InputError(Text(zh, en))
    refused = [
        problem(file.partition(".")[0], one.finding, frame=True)
        for file, one in frames.items()
        if isinstance(one, Refusal)
    ]
    if refused:
        raise InputError(_said(refused[0].layer, refused[0].message), tuple(refused))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, table in frames.items():
            if isinstance(table, FrameTable) and file != TARGETS:
                _write(table, folder / file)
        for path in sorted(settings.iterdir()):
            shutil.copyfile(path, folder / path.name)
    except OSError as error:
        zh, en = f"写不进 {folder}：{error.strerror}", f"cannot write {folder}: {error.strerror}"
        raise InputError(Text(zh, en)) from error


def _write(table: FrameTable, path: Path) -> None:
    try:
        write_table(table, path, path.stem)
    except Refusal as refusal:
        told = problem(path.stem, refusal.finding, frame=True)
        raise InputError(_said(path.stem, told.message), (told,)) from refusal


def _csv(table: FrameTable) -> str:
    columns = table.raw.columns
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(columns)
    rows.writerows(zip(*(cells.to_pylist() for cells in columns.values()), strict=True))
    return text.getvalue()


def _said(layer: str, message: Text) -> Text:
    return Text(f"{layer}：{message.zh}", f"{layer}: {message.en}")


def _lines(table: Mapping[str, object]) -> str:
    said = {key if _BARE.fullmatch(key) else _toml(key): value for key, value in table.items()}
    return "".join(f"{key} = {_toml(value)}\n" for key, value in said.items())


def _toml(value: object) -> str:
    """A value as TOML writes it; JSON's strings are strings of TOML but for DEL."""
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_toml(key)} = {_toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
