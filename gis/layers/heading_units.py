"""Units in headings: in brackets, after a slash, or at the end of the heading."""

from __future__ import annotations

import re
import unicodedata
from itertools import zip_longest

from gis.layers.schema import normalise_heading
from gis.layers.units import factor_of, is_unit, normalise_unit

_BRACKETS = re.compile(r"[(\[{<【〔「](.*?)(?:[)\]}>】〕」]|$)")
_PIECES = re.compile(r"[,，、;；|]")
_SEPARATOR = re.compile(r"[/_,，、;；:：|\-]|\s|(?=单位)")
_TABLE = re.compile(r"(?<![\u4e00-\u9fff])(?:计量|数量|金额|面积)?单位\s*[:：]\s*([^()（）]+)")
# bracketed text that is not a unit: how to fill in the column, when or where data was taken
_NOTE = re.compile(
    r"必填|选填|可选|必须|填|备注|说明|数字|整数|小数|保留|含|约|估|实测|现状|设计|额定|最[大高]|峰值|历史"
    r"|[冬夏]季|[采供取][暖热]|如|见|例|^\d{4}(?:-\d{4})?年?度?$|^[东西南北xy]$|东经|北纬|gcj-?02|wgs-?84"
    r"|bd-?0?9|cgcs-?2000|^2000|国家|大地|地方|投影|高德|百度|腾讯|天地图|epsg|十进制|度分秒|dms|gps"
    r"|新增|累计|总"
)
_UNIT_WORDS = re.compile(
    r"平方|立方|千瓦|兆瓦|伏安|公顷|公里|千米|毫米|厘米|米|吉焦|大卡|蒸吨|千克|公斤|市斤|英寸"
    r"|m2|m3|kw|mw|kva|mva|gj|cal|t/h|[%‰亩元吨斤顷寸吋度千百万亿]"
)

_NO_UNIT = frozenset(
    ["", *"- -- — —— / 无 文本 文字 字符 日期 年月日 年/月/日 yyyy-mm-dd 数字 编号".split()]
)


def split_unit(heading: str) -> tuple[str, list[str]]:
    """Split a heading into its name and the texts that may be units: "容量(kVA)" → "容量", ["kVA"]."""
    text = unicodedata.normalize("NFKC", heading).strip()
    units = [piece for found in _BRACKETS.findall(text) for piece in _PIECES.split(found)]
    name = _BRACKETS.sub("", text).strip()
    for cut in _SEPARATOR.finditer(name):
        rest = name[cut.end() :]
        if cut.start() and (is_unit(rest) or _is_unit_ratio(rest)):
            return name[: cut.start()], [*units, rest]
    return name, [piece for piece in units if piece.strip()]


def split_trailing_unit(bare: str) -> tuple[str, str]:
    """Split a heading that ends in a unit: "增容投资万元" → "增容投资", "万元"."""
    for at in range(1, len(bare)):
        latin = bare[at].isascii() and bare[at].isalnum()
        torn = latin and bare[at - 1].isascii() and bare[at - 1].isalnum()
        if not torn and is_unit(bare[at:]):
            return bare[:at], bare[at:]
    return bare, ""


def unit_candidates(heading: str) -> list[str]:
    """The normalised names a heading may be known by: as written, then without its unit."""
    name, units = split_unit(heading)
    return [
        normalise_heading(heading),
        normalise_heading(name),
        *([] if units else [normalise_heading(split_trailing_unit(name)[0])]),
    ]


def stated_factor(stated: list[str], unit: str) -> tuple[float | None, str]:
    """The factor that converts the stated units to `unit`.

    Args:
        stated: Texts that may be units.
        unit: The column's unit.

    Returns: The factor and "". The factor is 1 if no unit is stated. It is None, with the text at
        fault, if a unit measures something else or two units differ.
    """
    factors: dict[float, str] = {}
    for piece in stated:
        factor = factor_of(piece, unit)
        if factor is not None:
            factors[factor] = piece
        elif not _is_note(piece):
            return None, piece.strip()
    if len(factors) > 1:
        return None, "、".join(factors.values())
    return next(iter(factors), 1.0), ""


def table_units(titles: list[str]) -> str:
    """The units that titles state for the whole table, joined by "、"; "" for none.

    Titles state them as "单位：万元" or "供热能力一览表（MW）".
    """
    for title in titles:
        text = unicodedata.normalize("NFKC", title)
        for found in [*_TABLE.findall(text), *_BRACKETS.findall(text)]:
            units = [one for one in re.split(r"[,，、;；\s]+", found) if is_unit(one)]
            if units:
                return "、".join(units)
    return ""


def group_units(groups: list[str], names: list[str]) -> dict[str, str]:
    """Units of group headings ("投资（万元）"), for the headings below that name none.

    A group extends from its cell to the next filled one.

    Args:
        groups: The cells of the row of group headings.
        names: The headings below.

    Returns:
        Heading → unit.
    """
    found, unit = {}, ""
    for group, name in zip_longest(groups[: len(names)], names, fillvalue=""):
        if group.strip():
            unit = "、".join(one for one in split_unit(group)[1] if is_unit(one))
        if unit and name and not split_unit(name)[1]:
            found[name] = unit
    return found


def row_units(cells: list[str]) -> list[str] | None:
    """The units in a row that holds nothing else, "" where blank; None for any other row."""
    units = [_without_brackets(cell) for cell in cells]
    if not any(is_unit(unit) for unit in units):
        return None
    if not all(is_unit(unit) or normalise_unit(unit) in _NO_UNIT for unit in units):
        return None
    return [unit if is_unit(unit) else "" for unit in units]


def _is_unit_ratio(words: str) -> bool:
    """Whether the text is a ratio of two known units, such as "kW/m²"."""
    parts = normalise_unit(words).split("/")
    return len(parts) > 1 and all(map(is_unit, parts))


def _without_brackets(cell: str) -> str:
    text = unicodedata.normalize("NFKC", cell).strip()
    found = _BRACKETS.fullmatch(text)
    return (found[1] if found else text).strip()


def _is_note(piece: str) -> bool:
    text = normalise_unit(piece)
    if not text or is_unit(text):
        return not text
    return bool(_NOTE.search(text)) and not _UNIT_WORDS.search(_NOTE.sub("", text))
