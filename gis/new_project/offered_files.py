"""The files that somebody names for a new project: the ones to read, and why others are not."""

from __future__ import annotations

import difflib
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gis.errors import InputError, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SHAPEFILE_PARTS = frozenset([".dbf", ".shx", ".prj", ".cpg", ".qix", ".sbn", ".sbx"])
_OPENED = ("~$", ".~", ".~lock.")  # names of the files that Excel, WPS and LibreOffice hold open
_FOLDER_FORMAT = ".gdb"


class Offered(NamedTuple):
    """What was named.

    files     the files to read, each name once, with all parts of their Shapefiles
    left_out  the others, each with the reason
    """

    files: list[Path]
    left_out: list[tuple[str, Text]]


def offered_files(given: Sequence[Path]) -> Offered:
    """The files to read of those that are named; of a folder those in it.

    Raises:
        InputError: One is missing, two have the same name, or there is none to read.
    """
    missing = [one for one in given if not one.exists()]
    if missing:
        near = "、".join(dict.fromkeys(_similar(missing)))
        zh, en = (f"；相近的有：{near}", f"; like it: {near}") if near else ("", "")
        listed = "、".join(map(str, missing))
        raise InputError(Text(f"找不到：{listed}{zh}", f"there is no {listed}{en}"))
    files: dict[str, Path] = {}
    left_out: list[tuple[str, Text]] = []
    for file in _with_parts(_in_folders(given)):
        why = _reason_left_out(file, files)
        if why:
            left_out.append((file.name, why))
        else:
            files[file.name] = file
    left_out += list(_without_shapes(files))
    if not files:
        reasons = left_out or [("、".join(map(str, given)), Text("空文件夹", "an empty folder"))]
        zh = "没有可读的文件：" + "；".join(f"{name}：{why.zh}" for name, why in reasons)
        en = "no file to read: " + "; ".join(f"{name}: {why.en}" for name, why in reasons)
        raise InputError(Text(zh, en))
    return Offered(list(files.values()), left_out)


def _similar(missing: Iterable[Path]) -> Iterator[str]:
    """Names beside the missing files that are like theirs."""
    for one in missing:
        folder = one.parent if one.parent.is_dir() else Path()
        names = [other.name for other in folder.iterdir() if not other.name.startswith(_OPENED)]
        yield from difflib.get_close_matches(one.name, names, n=3, cutoff=0.5)


def _in_folders(given: Iterable[Path]) -> Iterator[Path]:
    """The files, and those in the folders; a geodatabase is a folder that counts as a file."""
    for one in given:
        if one.is_dir() and one.suffix.lower() != _FOLDER_FORMAT:
            inside = (file for file in one.iterdir() if not file.name.startswith("."))
            yield from sorted(
                file for file in inside if file.is_file() or file.suffix.lower() == _FOLDER_FORMAT
            )
        else:
            yield one


def _with_parts(files: Iterable[Path]) -> Iterator[Path]:
    """The files; a Shapefile with its parts, though only its .shp was named."""
    listed = list(files)
    named = {file.resolve() for file in listed}
    for file in listed:
        yield file
        if file.suffix.lower() == ".shp":
            beside = (one for one in file.parent.iterdir() if one.stem == file.stem)
            parts = (one for one in beside if one.suffix.lower() in SHAPEFILE_PARTS)
            yield from sorted(one for one in parts if one.resolve() not in named)


def _reason_left_out(file: Path, taken: dict[str, Path]) -> Text | None:
    """Why a file is not read beside those taken before; None where it is.

    Raises:
        InputError: One of another folder has its name, and holds something else.
    """
    if file.name.startswith(_OPENED):
        return Text(
            "表格打开时的临时文件，不读；原表如还开着，请存盘后关闭",
            "a temporary file of an open workbook, not read; save and close the workbook",
        )
    other = taken.get(file.name)
    if other is not None and other.resolve() == file.resolve():
        return Text("写了两遍，只读一遍", "named twice, read once")
    if file.suffix.lower() in SHAPEFILE_PARTS or file.is_dir():
        same = None
    else:
        same = next((one for one in taken.values() if _same_content(one, file)), None)
    if same is not None:
        zh = f"与 {same} 内容完全相同，只用那一个"
        return Text(zh, f"the same content as {same}, which is used")
    if other is not None:
        zh = f"{other} 和 {file} 同名而内容不同；请改一个的名字"
        en = f"{other} and {file} have one name and different content; rename one of them"
        raise InputError(Text(zh, en))
    return None


def _same_content(one: Path, other: Path) -> bool:
    if one.is_dir() or one.stat().st_size != other.stat().st_size or not one.stat().st_size:
        return False
    first, second = (hashlib.sha256(file.read_bytes()).digest() for file in (one, other))
    return first == second


def _without_shapes(files: dict[str, Path]) -> Iterator[tuple[str, Text]]:
    """Parts of a Shapefile whose .shp is not there; they are taken out of `files`."""
    shapes = {file.stem for file in files.values() if file.suffix.lower() == ".shp"}
    for name, file in list(files.items()):
        if file.suffix.lower() in SHAPEFILE_PARTS and file.stem not in shapes:
            del files[name]
            zh = f"是 Shapefile 的一部分，缺 {file.stem}.shp；请一并给出"
            yield name, Text(zh, f"a part of a Shapefile without {file.stem}.shp; give that too")
