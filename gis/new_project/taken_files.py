"""What a file is taken for: the layer whose headings, geometry and file name fit best, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import shapely

from gis.errors import Text
from gis.layers.columns import LAYERS, TARGETS
from gis.layers.data_rows import left_out_finding
from gis.layers.formats import format_of
from gis.layers.headings import match_headings, unit_conversion
from gis.layers.placeholders import NOTICE_ENDINGS, read_notice
from gis.layers.problems import Number, Refusal, problem
from gis.layers.project_layers import LayerFile
from gis.layers.raw_table import RawTable, Request
from gis.new_project.offered_files import SHAPEFILE_PARTS

if TYPE_CHECKING:
    from pathlib import Path

    from gis.layers.reader_process import ReaderProcess
    from gis.layers.schema import Layer

_SCHEMAS: Mapping[str, Layer] = {**LAYERS, "targets": TARGETS}
TOWNSHIP = re.compile(r"[\u4e00-\u9fff]{1,8}?(?:镇|乡|街道)")
NOTICE_DAY = re.compile(r"(20\d\d)年(\d{1,2})月(\d{1,2})日起")
_NOTICE = re.compile("禁煤|禁燃")
LOCAL = "local"  # in metres of the zone that the project works in
_LEAST = 4  # points of a guess; fewer are no guess
_KINDS = {"Point": "point", "MultiPoint": "point", "LineString": "line", "MultiLineString": "line",
          "Polygon": "polygon", "MultiPolygon": "polygon"}  # fmt: skip
_DRAWN = {"point": "点", "line": "线", "polygon": "面"}


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
        zh = _SCHEMAS[self.layer].title.zh if self.layer else "未写入"
        return Text(
            f"{place}：{zh}。{self.why.zh}",
            f"{place}: {self.layer or 'left out'}; {self.why.en}",
        )


def take(path: Path, reader: ReaderProcess, layer: str = "") -> Iterator[Taken]:
    """What a file is taken for, sheet by sheet; nothing for a part of a Shapefile.

    Args:
        path: The file.
        reader: The running reader process.
        layer: The layer that somebody says it is; "": what fits best.
    """
    if path.suffix.lower() in SHAPEFILE_PARTS:
        return
    text = notice_text(path)
    if text:
        why = Text("公告文字，按它写禁煤区", "a notice in words, from which the zones are written")
        yield Taken(path.name, "", "coal_ban_zones", why)
        return
    try:
        request = Request(str(path), format_of(path))
        sheets = reader.sheets(request) if request.format == "excel" else [""]
        if not sheets:
            raise Refusal("empty_table")
        for sheet in sheets:
            raw = reader.read(Request(str(path), request.format, sheet or None))
            yield _guess(path.name, sheet if len(sheets) > 1 else "", raw, layer)
    except Refusal as refusal:
        worded = problem(path.name, refusal.finding, path.name)
        zh = f"{worded.message.zh}。{worded.remedy.zh}"
        yield Taken(path.name, "", "", Text(zh, f"{worded.message.en}; {worded.remedy.en}"))


def notice_text(path: Path) -> str:
    """The text of a notice on coal-ban zones, "" for any other file."""
    if path.suffix.lower() not in NOTICE_ENDINGS:
        return ""
    text = read_notice(path)
    return text if _NOTICE.search(text) and notice_day(text) else ""


def notice_day(text: str) -> date | None:
    """The day from which a notice holds; None where it names none that the calendar has."""
    found = NOTICE_DAY.search(text)
    with suppress(ValueError):
        return date(*map(int, found.groups())) if found else None
    return None


def _guess(file: str, sheet: str, raw: RawTable, said: str) -> Taken:
    """The layer whose headings, geometry and file name fit best; of `said` whether it fits."""
    kind = _kind(raw)
    scores = {}
    notes = bool(sheet) and left_out_finding(raw).code == "sheet_of_notes"
    for name, layer in _SCHEMAS.items():
        fits = kind in layer.shapes if kind else bool({"none", "point"} & set(layer.shapes))
        found, _ = match_headings(list(raw.columns), layer, LayerFile(path=file), {})
        must = sum(layer.by_name[column].required for column in found)
        named = [word for word in layer.file_words.split() if word in file or word in sheet]
        points = len(found) + 2 * must + 4 * bool(named)
        known = points >= _LEAST and (found or (named and not notes))
        if fits and (known if not said else name == said and found):
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
        zh, en = [*zh, f"画的是{_DRAWN[kind]}"], [*en, f"it draws {kind}s"]
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
            if values and all(TOWNSHIP.fullmatch(one) for one in values):
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
        return LOCAL
    return "EPSG:4490" if 70 < west < 140 and 0 < south < 60 else ""
