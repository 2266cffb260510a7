"""A first project.toml from whatever files there are: what each was taken for, and why."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import shapely

from gis.errors import InputError, Text
from gis.layers.columns import LAYERS, TARGETS
from gis.layers.formats import format_of
from gis.layers.headings import match_headings, unit_conversion
from gis.layers.placeholders import NOTICE_ENDINGS, read_notice
from gis.layers.problems import Number, Refusal, problem
from gis.layers.project_layers import LayerFile
from gis.layers.raw_table import RawTable, Request
from gis.new_project.folder import make_empty, template_text
from gis.new_project.offered_files import SHAPEFILE_PARTS, offered_files

if TYPE_CHECKING:
    from pathlib import Path

    from gis.layers.reader_process import ReaderProcess
    from gis.layers.schema import Layer

_SCHEMAS: Mapping[str, Layer] = {**LAYERS, "targets": TARGETS}
# words of a file or sheet name → the layer that it most likely is
_WORDS = {
    "targets": "任务", "villages": "村界 行政区 边界", "heat_pipes": "管网 管线 热力管 供热管",
    "heat_sources": "热源 换热站", "gas_coverage": "燃气 天然气", "transformers": "台区 变压器 配变",
    "built_up_area": "建成区", "roads": "道路 街道中心线", "inspections": "检查 巡查",
    "complaints": "投诉 举报 工单", "rulings": "批复 审定", "premises": "商户 场所",
    "buildings": "建筑物 房屋面", "weather": "气象 度日",
    "coal_ban_zones": "禁煤区 禁燃区", "households": "台账 农户 住户",
}  # fmt: skip
_TOWNSHIP = re.compile(r"[\u4e00-\u9fff]{1,8}?(?:镇|乡|街道)")
_DAY = re.compile(r"(20\d\d)年(\d{1,2})月(\d{1,2})日起")
_DOCUMENT = re.compile(r"[\u4e00-\u9fff]{2,12}〔20\d\d〕\d+号")
_NOTICE = re.compile("禁煤|禁燃")
_PLANNED = re.compile("^(?:拟|计划|意向|选择).{0,4}(?:方式|设备)$")
_NUMBERING = ("序号", "编号", "户序号")
_LOCAL = "local"  # in metres of the zone that the project works in
_LEAST = 4  # points of a guess; fewer are no guess
_KINDS = {"Point": "point", "MultiPoint": "point", "LineString": "line", "MultiLineString": "line",
          "Polygon": "polygon", "MultiPolygon": "polygon"}  # fmt: skip


@dataclass(frozen=True)
class Taken:
    """One file or sheet: the layer it was taken for ("" for none) and why.

    columns   our column → its heading
    rest      headings that nobody knows
    crs       of its geometries, where the file states none; "" for unknown
    cad       the layers of a CAD drawing
    rename    its heading → our column, where the headings alone leave it open
    power     columns in kW that are to be in kVA → the multiplier
    """

    file: str
    sheet: str
    layer: str
    why: Text
    rows: int = 0
    columns: dict[str, str] = field(default_factory=dict)
    rest: tuple[str, ...] = ()
    crs: str = ""
    cad: tuple[str, ...] = ()
    rename: Mapping[str, str] = field(default_factory=dict)
    power: Mapping[str, Number] = field(default_factory=dict)

    @property
    def said(self) -> Text:
        """The line for the reader."""
        place = f"{self.file}[{self.sheet}]" if self.sheet else self.file
        zh = _SCHEMAS[self.layer].zh if self.layer else "未写入"
        return Text(
            f"{place}：{zh}。{self.why.zh}",
            f"{place}: {self.layer or 'left out'}; {self.why.en}",
        )


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
    taken = [one for file in offered.files for one in _take(file, reader)]
    taken += [Taken(name, "", "", why) for name, why in offered.left_out]
    if not any(one.layer for one in taken):
        folder.rmdir()
        said = [one.said for one in taken]
        zh = "一个文件也没有认出，没有新建项目：\n" + "\n".join(one.zh for one in said)
        en = "no file was recognised, and no project made:\n" + "\n".join(one.en for one in said)
        raise InputError(Text(zh, en))
    for file in offered.files:
        (shutil.copytree if file.is_dir() else shutil.copyfile)(file, folder / file.name)
    text = _project_toml(folder, taken, reader)
    (folder / "project.toml").write_text(text, encoding="utf-8")
    (folder / "policy.toml").write_text(template_text("policy.toml"), encoding="utf-8")
    return tuple(taken)


def _take(path: Path, reader: ReaderProcess) -> Iterator[Taken]:
    if path.suffix.lower() in SHAPEFILE_PARTS:
        return
    text = _notice_text(path)
    if text:
        why = Text("是公告文字，写成 [[zones]]", "a notice in words, written as [[zones]]")
        yield Taken(path.name, "", "coal_ban_zones", why)
        return
    try:
        request = Request(str(path), format_of(path))
        sheets = reader.sheets(request) if request.format == "excel" else [""]
        if not sheets:
            raise Refusal("empty_table")
        for sheet in sheets:
            raw = reader.read(Request(str(path), request.format, sheet or None))
            yield _guess(path.name, sheet if len(sheets) > 1 else "", raw)
    except Refusal as refusal:
        worded = problem(path.name, refusal.finding, path.name)
        zh = f"{worded.message.zh}。{worded.remedy.zh}"
        yield Taken(path.name, "", "", Text(zh, f"{worded.message.en}; {worded.remedy.en}"))


def _notice_text(path: Path) -> str:
    """The text of a notice on coal-ban zones, "" for any other file."""
    if path.suffix.lower() not in NOTICE_ENDINGS:
        return ""
    text = read_notice(path)
    return text if _NOTICE.search(text) and _DAY.search(text) else ""


def _guess(file: str, sheet: str, raw: RawTable) -> Taken:
    """The layer whose headings, geometry and file name fit best."""
    kind = _kind(raw)
    scores = {}
    for name, layer in _SCHEMAS.items():
        fits = kind in layer.shapes if kind else bool({"none", "point"} & set(layer.shapes))
        found, _ = match_headings(list(raw.columns), layer, LayerFile(path=file), {})
        must = sum(layer.by_name[column].required for column in found)
        named = [word for word in _WORDS.get(name, "").split() if word in file or word in sheet]
        points = len(found) + 2 * must + 4 * bool(named)
        if fits and points >= _LEAST and (found or named):
            scores[name] = (points, found, named)
    rows, headings = len(raw.rows), list(raw.columns)
    if not scores:
        listed = "、".join(headings[:10]) or "—"
        why = Text(f"表头不像任何图层：{listed}", f"its headings fit no layer: {listed}")
        return Taken(file, sheet, "", why, rows)
    best = max(scores, key=lambda name: scores[name][0])
    _, found, named = scores[best]
    zh = [f"文件名有“{named[0]}”"] if named else []
    en = [f"its name has {named[0]!r}"] if named else []
    if found:
        listed = "、".join(list(found.values())[:6])
        zh, en = [*zh, f"认得表头 {listed}"], [*en, f"it has the headings {listed}"]
    if kind:
        zh, en = [*zh, f"几何为 {kind}"], [*en, f"its geometry is {kind}"]
    rest = tuple(name for name in headings if name not in found.values())
    why = Text(f"{rows:,} 行；" + "，".join(zh), f"{rows:,} rows; " + ", ".join(en))
    names = raw.columns["Layer"].to_pylist() if "EntityHandle" in raw.columns else []
    cad = tuple(sorted({name for name in names if name}))
    rename = _renames(file, raw, _SCHEMAS[best], found, rest)
    rest = tuple(name for name in rest if name not in rename)
    power = _in_kw(raw, _SCHEMAS[best], found)
    return Taken(file, sheet, best, why, rows, found, rest, _crs(raw), cad, rename, power)


def _in_kw(raw: RawTable, layer: Layer, found: Mapping[str, str]) -> dict[str, Number]:
    """The columns that the file has in kW and the layer in kVA, with the multiplier."""
    return {
        name: one.numbers["times"]
        for name, heading in found.items()
        for one in unit_conversion(layer.by_name[name], heading, raw.units)[1]
        if one.code == "unit_of_power"
    }


def _renames(
    file: str, raw: RawTable, layer: Layer, found: Mapping[str, str], rest: Sequence[str]
) -> dict[str, str]:
    """Headings to rename: of two for one column the first; a column of township names."""
    _, doubts = match_headings(list(raw.columns), layer, LayerFile(path=file), {})
    rename = {
        str(one.numbers["headings"]).split("、")[0]: one.column
        for one in doubts
        if one.code == "two_headings"
    }
    if "township" in layer.by_name and "township" not in found:
        for heading in rest:
            values = [str(one) for one in raw.columns[heading].to_pylist()[:200] if one]
            if values and all(_TOWNSHIP.fullmatch(one) for one in values):
                return rename | {heading: "township"}
    return rename


def _kind(raw: RawTable) -> str:
    if raw.wkb is None:
        return ""
    shapes = [one for one in shapely.from_wkb([bytes(w) for w in _some(raw.wkb)]) if one]
    kinds = [_KINDS.get(one.geom_type, "") for one in shapes]
    return max(set(kinds), key=kinds.count) if kinds else ""


def _some(wkb: Any) -> list[bytes]:  # noqa: ANN401  a list or an Arrow array
    values = wkb.to_pylist() if hasattr(wkb, "to_pylist") else list(wkb)
    return [value for value in values[:200] if value is not None]


def _crs(raw: RawTable) -> str:
    """The CRS to write where the file states none: by the size of its coordinates, "" unknown."""
    if raw.crs or raw.wkb is None:
        return ""
    west, south, _, _ = shapely.total_bounds(shapely.from_wkb(_some(raw.wkb)))
    zone = int(west // 1_000_000)
    if 25 <= zone <= 45 and south > 1_000_000:
        return f"EPSG:{4513 + zone - 25}"  # CGCS2000, 3-degree zones with their number in front
    if 100_000 < west < 900_000 and south > 1_000_000:
        return _LOCAL
    return "EPSG:4490" if 70 < west < 140 and 0 < south < 60 else ""


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
        lines += ["", *_zone_lines(number, _notice_text(folder / one.file), names)]
    return "\n".join(lines) + "\n"


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
    town = _TOWNSHIP.search(file) if name == "households" else None
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
        "# What is planned is not how homes heat now. Names of devices are device_chosen; for routes, "
        "write a row of rulings for each village with status proposed."
    )


def _crs_line(name: str, first: Taken, crs: str) -> Iterable[str]:
    """The CRS of a file that states none, by its columns or the size of its coordinates."""
    note = "请核对，check 会说是否合适 / please check it"
    if first.crs:
        yield f"crs = {_said(first.crs if first.crs != _LOCAL else crs)}"
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


def _zone_lines(number: int, text: str, names: Sequence[tuple[str, str]]) -> Iterable[str]:
    """A zone in the words of its notice: its day, document and the villages that it names."""
    day, document = _DAY.search(text), _DOCUMENT.search(text)
    yield "[[zones]]"
    yield f'zone_id = "Z{number}"'
    yield 'zone = "禁煤区"'
    if day:
        yield f"effective_on = {day[1]}-{int(day[2]):02}-{int(day[3]):02}"
    yield f"document_no = {_said(document[0] if document else '')}"
    scope = text[: day.start()] if day else text
    pieces = re.split(f"({_TOWNSHIP.pattern})", scope)
    often = [name for _, name in names]
    found = [
        f"{town}{name}" if often.count(name) > 1 else name
        for town, piece in zip(["", *pieces[1::2]], pieces[0::2], strict=True)
        for own, name in names
        if own in (town, "") and name in piece
    ]
    found = list(dict.fromkeys(found))
    yield f"include_villages = {_said(found)}  # 公告中认出的村 / villages named in the notice"


def _said(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
