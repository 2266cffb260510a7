"""The Excel template of ledgers: a sheet a layer, drop-down lists, a note on every heading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

import xlsxwriter

from gis.layers.columns import LAYERS

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from gis.layers.schema import Column, Layer

NAME = "台账模板.xlsx"
_ROWS = 20_000  # that have drop-down lists: more homes than a township has
_WIDEST = 24
_MADE_ON = datetime(2024, 1, 1)  # noqa: DTZ001  of the file; the same template is the same bytes
_YES_NO = ["是", "否"]
_VILLAGE = "140000001201"
Row = Mapping[str, object]
# Text in a cell is never read as a formula, an address or a number.
_AS_WRITTEN = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


class _Formats(NamedTuple):
    """heading: of a column; must: of a required one; text: ids and codes; day: dates."""

    heading: Format
    must: Format
    text: Format
    day: Format


def ledger_template() -> bytes:
    """The workbook: a sheet for every layer that may be a table, with the sample's rows."""
    stream = BytesIO()
    with xlsxwriter.Workbook(stream, _AS_WRITTEN) as book:
        book.set_properties({"created": _MADE_ON})
        formats = _Formats(
            book.add_format({"bold": True, "bottom": 1, "bg_color": "#EEF2F6"}),
            book.add_format({"bold": True, "bottom": 1, "bg_color": "#FCE4C8"}),
            book.add_format({"num_format": "@"}),
            book.add_format({"num_format": "yyyy-mm-dd"}),
        )
        for layer in LAYERS.values():
            if {"none", "point"} & set(layer.shapes):
                _add_sheet(book.add_worksheet(layer.title.zh), layer, formats)
    return stream.getvalue()


def heading_of(column: Column) -> str:
    """The heading that the template writes for a column; a required one ends in a star."""
    return column.aliases.split()[0] + ("*" if column.required else "")


def listed_words(column: Column) -> list[str]:
    """The words of the drop-down list of a column; none for free text."""
    if column.kind == "bool":
        return _YES_NO
    return [words.split()[0] for words in column.choices.values()]


def note(column: Column) -> str:
    """What a column holds, for the clerk who fills it in."""
    number = "整数" if column.whole else "数字"
    kinds = {"date": "日期，如 2024-10-31", "number": f"{number}，{column.unit}"}
    lines = [
        "必填" if column.required else "有则填，没有留空",
        kinds.get(column.kind, ""),
        f"{column.digits} 位代码，按文本填写" if column.digits else "",
        "从下拉列表选：" + "、".join(words) if (words := listed_words(column)) else "",
        "个人信息，只在工作版，且遮盖" if column.personal else "",
        f"英文列名 {column.name}",
    ]
    return "\n".join(line for line in lines if line)


def _add_sheet(page: Worksheet, layer: Layer, formats: _Formats) -> None:
    page.freeze_panes(1, 0)
    for at, column in enumerate(layer.columns):
        heading = heading_of(column)
        page.write_string(0, at, heading, formats.must if column.required else formats.heading)
        page.write_comment(0, at, note(column), {"x_scale": 1.6, "author": ""})
        style = formats.text if column.kind in {"id", "code"} else None
        wide = min(2 * len(heading) + 4, _WIDEST)
        page.set_column(at, at, wide, formats.day if column.kind == "date" else style)
        if words := listed_words(column):
            offered = {"validate": "list", "source": words, "error_type": "warning"}
            page.data_validation(1, at, _ROWS, at, offered)
    names = [column.name for column in layer.columns]
    for row, values in enumerate(_SAMPLE.get(layer.name, lambda: iter(()))(), 1):
        _write_row(page, row, [values.get(name, "") for name in names], formats)


def _write_row(page: Worksheet, row: int, values: Sequence[object], formats: _Formats) -> None:
    for at, value in enumerate(values):
        if isinstance(value, date):
            page.write_datetime(row, at, value, formats.day)
        elif isinstance(value, int | float):
            page.write_number(row, at, value)
        elif value:
            page.write_string(row, at, str(value), formats.text)


def _sample_homes() -> Iterator[Row]:
    """26 made-up homes: 14 listed and on coal, ten converted, one vacant, one coming down."""
    done = {
        "heating": "电", "device": "空气源热泵热风机", "plan_year": 2024, "in_programme": "是",
        "signed_on": date(2024, 5, 6), "installed_on": date(2024, 8, 12),
        "energised_on": date(2024, 9, 2), "accepted_on": date(2024, 9, 20),
        "acceptance_by": "第三方", "acceptance_result": "合格",
        "stove_removed_on": date(2024, 9, 3), "coal_removed_on": date(2024, 9, 3),
    }  # fmt: skip
    coal = {"heating": "煤", "plan_year": 2024, "in_programme": "是"}
    others = [{"heating": "煤", "occupancy": "空置", "plan_year": 2025},
              {"heating": "煤", "occupancy": "拆迁", "plan_year": 2025}]  # fmt: skip
    for number, own in enumerate([*[done] * 10, *[coal] * 14, *others]):
        place = {"lon": 110.7035 + 0.0009 * (number % 6), "lat": 35.6030 + 0.0009 * (number // 6)}
        known = {"household_id": f"样{number + 1:03}", "village_code": _VILLAGE}
        area = 80 + 5 * (number % 9)
        usual = {"occupancy": "常住", "in_programme": "否", "floor_area_m2": area}
        yield {**known, **usual, **own, **place}


def _sample_transformers() -> Iterator[Row]:
    yield {
        "transformer_id": "样台区1", "capacity_kva": 200, "peak_load_kva": 90,
        "village_code": _VILLAGE, "lon": 110.7055, "lat": 35.6045,
    }  # fmt: skip


def _sample_inspections() -> Iterator[Row]:
    for number in range(10):
        yield {
            "inspection_id": f"样查{number + 1:02}", "household_id": f"样{number + 1:03}",
            "inspected_on": date(2024, 10, 15), "finding": "无煤",
        }  # fmt: skip


_SAMPLE = {
    "households": _sample_homes,
    "transformers": _sample_transformers,
    "inspections": _sample_inspections,
}
