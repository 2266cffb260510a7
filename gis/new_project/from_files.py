"""A first project.toml from whatever files there are."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from gis.errors import InputError, Text
from gis.layers.formats import format_of
from gis.layers.raw_table import Request
from gis.new_project.folder import make_empty, template_text
from gis.new_project.offered_files import offered_files
from gis.new_project.taken_files import (
    LOCAL,
    NOTICE_DAY,
    TOWNSHIP,
    Taken,
    notice_day,
    notice_text,
    take,
)

if TYPE_CHECKING:
    from pathlib import Path

    from gis.layers.reader_process import ReaderProcess

_DOCUMENT = re.compile(r"[\u4e00-\u9fff]{2,12}〔20\d\d〕\d+号")
_PLANNED = re.compile("^(?:拟|计划|意向|选择).{0,4}(?:方式|设备)$")
_NUMBERING = ("序号", "编号", "户序号")


def project_from_files(
    folder: Path, files: Sequence[Path], reader: ReaderProcess
) -> tuple[Taken, ...]:
    """Copy the files into a new folder and write a first project.toml and policy.toml there.

    Args:
        folder: New or empty.
        files: Any files, or folders of files; the parts of a Shapefile are taken together.
        reader: The running reader process.

    Returns:
        What each file and sheet was taken for, in the order of the files.

    Raises:
        InputError: The folder is not empty, a file is missing, two have the same name, or none is
            recognised.
    """
    offered = offered_files(files)
    make_empty(folder)
    taken = [one for file in offered.files for one in take(file, reader)]
    taken += [Taken(name, "", "", why) for name, why in offered.left_out]
    if not any(one.layer for one in taken):
        folder.rmdir()
        said = [one.said for one in taken]
        zh = "一个文件也没有认出，没有新建项目：\n" + "\n".join(one.zh for one in said)
        en = "no file was recognised, and no project made:\n" + "\n".join(one.en for one in said)
        raise InputError(Text(zh, en))
    for file in offered.files:
        (shutil.copytree if file.is_dir() else shutil.copyfile)(file, folder / file.name)
    for name, text in first_texts(folder, taken, reader).items():
        (folder / name).write_text(text, encoding="utf-8")
    return tuple(taken)


def first_texts(folder: Path, taken: Sequence[Taken], reader: ReaderProcess) -> dict[str, str]:
    """The policy.toml and project.toml of a folder by their names, for files that lie in it."""
    return {
        "policy.toml": template_text("policy.toml"),
        "project.toml": _project_toml(folder, taken, reader),
    }


def _project_toml(folder: Path, taken: Sequence[Taken], reader: ReaderProcess) -> str:
    lines = [
        "# 由 nuantu new --from 写出，请核对。 / Written by nuantu new --from; please check it.",
        '# 以“#”开头、后面是键的行，去掉“#”即可使用。 / Delete the "#" before a key to use it.',
        "# 全部的键和台账各列见 docs/inputs.md，或 nuantu new 建一个样村。",
        "# All keys and columns: docs/inputs.md, or the sample that nuantu new makes.",
        "[project]",
        'name = "my-city-2024"',
        'title = { zh = "某市2024年冬季清洁取暖", en = "Clean heating, winter 2024" }',
        f"crs = {_said(_metric(taken))}",
        "as_of = 2024-10-31",
        'policy = "policy.toml"',
    ]
    crs = _metric(taken)
    layers: dict[str, list[Taken]] = {}
    for one in taken:
        if one.layer:
            layers.setdefault(one.layer, []).append(one)
    if "targets" in layers:
        lines.append(f"targets = {_said(layers.pop('targets')[0].file)}")
    notices = [one for one in layers.get("coal_ban_zones", ()) if not one.rows]
    for name, own in layers.items():
        files = {one.file: [o for o in own if o.file == one.file] for one in own if one.rows}
        if len(files) == 1 and name != "households":
            file, sheets = next(iter(files.items()))
            lines += ["", f"[layers.{name}]", *_file_lines(name, file, sheets, crs)]
        for file, sheets in files.items() if len(files) > 1 or name == "households" else ():
            lines += ["", f"[[layers.{name}.files]]", *_file_lines(name, file, sheets, crs)]
    names = _village_names(folder, layers.get("villages", ()), reader) if notices else []
    for number, one in enumerate(notices, 1):
        text = notice_text(folder / one.file)
        lines += ["", *_zone_lines(number, text, _villages_named(text, names))]
    return "\n".join(lines) + "\n"


def layer_entry(name: str, sheets: Sequence[Taken], crs: str) -> str:
    """The lines of one more file of a layer, as a first project.toml would have them.

    Args:
        name: The layer.
        sheets: The file's sheets that were taken for it.
        crs: The metric CRS of the project.
    """
    return "\n".join(_file_lines(name, sheets[0].file, sheets, crs)) + "\n"


def zone_entry(number: int, file: Path, villages: Sequence[Taken], reader: ReaderProcess) -> str:
    """The lines of one more zone in words.

    Args:
        number: The number of the zone among those in words, from 1.
        file: The notice.
        villages: What was taken for the villages layer, in the folder of the notice.
        reader: The running reader process.

    Returns:
        The lines of [[zones]]; "" where the notice names none of the villages.
    """
    text = notice_text(file)
    found = _villages_named(text, _village_names(file.parent, villages, reader))
    return "\n".join(_zone_lines(number, text, found)) + "\n" if found else ""


def _file_lines(name: str, file: str, sheets: Sequence[Taken], crs: str) -> Iterable[str]:
    yield f"path = {_said(file)}"
    first = sheets[0]
    if len(sheets) > 1:
        yield 'sheets = "*"'
    elif first.sheet:
        yield f"layer = {_said(first.sheet)}"
    yield from _crs_line(name, first, crs)
    if first.rename:
        pairs = ", ".join(f"{_said(old)} = {_said(new)}" for old, new in first.rename.items())
        yield f"rename = {{ {pairs} }}"
    if first.cad:
        yield "# 各 CAD 图层是什么，请核对 / what each CAD layer is, please check:"
        yield f"# cad = {_cad(first.cad)}"
    if first.power:
        yield "# 以 kW 计的列换算成 kVA：1 ÷ 功率因数，这里按 0.95，请按供电公司的数改"
        yield "# kW to kVA: 1 / power factor, here 0.95; write that of the grid company"
        pairs = ", ".join(f"{_said(name)} = {times}" for name, times in first.power.items())
        yield f"# factors = {{ {pairs} }}"
    town = TOWNSHIP.search(file) if name == "households" else None
    if town and "township" not in first.columns:
        yield f"township = {_said(town[0])}"
    numbering = next((one for one in _NUMBERING if one in first.rest), None)
    if name == "households" and "household_id" not in first.columns and numbering:
        yield f"id = {_said(numbering)}"
    rest = [one for one in first.rest if one != numbering]
    if rest:
        yield f"# 没有认出的表头 / headings not recognised: {'、'.join(rest[:20])}"
    planned = [one for one in rest if _PLANNED.search(one)]
    if name == "households" and planned:
        yield from _planned_lines(planned[0], renamed=bool(first.rename))


def _planned_lines(heading: str, *, renamed: bool) -> Iterable[str]:
    """What to do with a column that says how homes are to be converted."""
    yield f"# “{heading}”是打算，不是现状，不参与统计。写的是设备名（如空气源热泵热风机）的，作为“选择设备”："
    if not renamed:
        yield f"# rename = {{ {_said(heading)} = {_said('device_chosen')} }}"
    yield "# 写的是煤改电、煤改气等方式的，按村写进批复表（rulings），状态填“建议”，由市里审定。"
    yield (
        "# What is planned is not how homes heat now. Names of devices are device_chosen; for "
        "routes, "
        "write a row of rulings for each village with status proposed."
    )


def _crs_line(name: str, first: Taken, crs: str) -> Iterable[str]:
    """The CRS of a file that states none, by its columns or the size of its coordinates."""
    note = "请核对，check 会说是否合适 / please check it"
    if first.crs:
        yield f"crs = {_said(first.crs if first.crs != LOCAL else crs)}"
    elif "lon" in first.columns or (name == "households" and "x" in first.columns):
        phone = name in {"households", "inspections"}
        yield f"crs = {_said('GCJ-02' if phone else 'EPSG:4490')}  # {note}"
    elif "x" in first.columns:
        yield f"crs = {_said(crs)}  # {note}"


def _cad(layers: Sequence[str]) -> str:
    """The CAD layers by what their names say they hold."""
    groups: dict[str, list[str]] = {"in_service": [], "planned": [], "leave_out": []}
    for name in layers:
        out, plan = re.search("图框|标注|文字|地形|注记", name), re.search("规划|拟建|在建", name)
        groups["leave_out" if out else "planned" if plan else "in_service"].append(name)
    return "{ " + ", ".join(f"{key} = {_said(own)}" for key, own in groups.items() if own) + " }"


def _metric(taken: Sequence[Taken]) -> str:
    """The metric CRS to work in: the villages' zone, without its number in the coordinates."""
    known = next((one.crs for one in taken if one.layer == "villages" and one.crs), "")
    code = int(known.removeprefix("EPSG:")) if known.startswith("EPSG:") else 0
    # ASSUME: a city without projected borders works in the zone of 111° E until it says otherwise.
    return f"EPSG:{code + 21}" if 4513 <= code <= 4533 else "EPSG:4546"


def _village_names(
    folder: Path, taken: Sequence[Taken], reader: ReaderProcess
) -> list[tuple[str, str]]:
    """(township, village) of the villages layer; the township is "" where it does not say."""
    for one in taken:
        path = folder / one.file
        raw = reader.read(Request(str(path), format_of(path), one.sheet or None))
        renamed = {name: heading for heading, name in one.rename.items()}
        own, of = one.columns.get("village"), (one.columns | renamed).get("township")
        if own:
            towns = raw.columns[of].to_pylist() if of else [""] * len(raw.rows)
            names = raw.columns[own].to_pylist()
            return [(town or "", name) for town, name in zip(towns, names, strict=True) if name]
    return []


def _zone_lines(number: int, text: str, villages: Sequence[str]) -> Iterable[str]:
    """A zone in the words of its notice, with the villages that it names; without any, as notes."""
    document = _DOCUMENT.search(text)
    lines = [
        "[[zones]]",
        f'zone_id = "Z{number}"',
        'zone = "禁煤区"',
        f"effective_on = {notice_day(text)}",
        f"document_no = {_said(document[0] if document else '')}",
    ]
    named = f"include_villages = {_said(villages)}"
    if villages:
        return [*lines, f"{named}  # 公告中认出的村 / villages named in the notice"]
    return [
        "# 公告里没有认出村名：写上 include_villages 或 include_townships，再去掉“#”",
        "# no village of the notice was recognised: write which, then delete the #",
        *(f"# {line}" for line in (*lines, named)),
    ]


def _villages_named(text: str, names: Sequence[tuple[str, str]]) -> list[str]:
    """The villages that a notice names, before its day; with the township where two share a name."""
    day = NOTICE_DAY.search(text)
    pieces = re.split(f"({TOWNSHIP.pattern})", text[: day.start()] if day else text)
    often = [name for _, name in names]
    found = [
        f"{town}{name}" if often.count(name) > 1 else name
        for town, piece in zip(["", *pieces[1::2]], pieces[0::2], strict=True)
        for own, name in names
        if own in (town, "") and name in piece
    ]
    return list(dict.fromkeys(found))


def _said(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
