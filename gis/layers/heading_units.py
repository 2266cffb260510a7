"""The unit that a heading names: in brackets, behind a stroke, or at its very end."""

from __future__ import annotations

import re
import unicodedata
from itertools import zip_longest

from gis.layers.schema import normalise_heading
from gis.layers.units import factor_of, is_unit, plain_unit

_BRACKETS = re.compile(r"[(\[{<【〔「](.*?)(?:[)\]}>】〕」]|$)")
_PIECES = re.compile(r"[,，、;；|]")
_BEHIND = re.compile(r"[/_,，、;；:：|\-]|\s|(?=单位)")
_TABLE = re.compile(r"(?<![\u4e00-\u9fff])(?:计量|数量|金额|面积)?单位\s*[:：]\s*([^()（）]+)")
# what stands in brackets and is no unit: how to fill the column in, when or where it was taken
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

_IDLE = frozenset(
    ["", *"- -- — —— / 无 文本 文字 字符 日期 年月日 年/月/日 yyyy-mm-dd 数字 编号".split()]
)


def split(heading: str) -> tuple[str, list[str]]:
    """The heading without its unit, and whatever may be units: "容量(kVA)" → "容量", ["kVA"]."""
    text = unicodedata.normalize("NFKC", heading).strip()
    said = [piece for found in _BRACKETS.findall(text) for piece in _PIECES.split(found)]
    bare = _BRACKETS.sub("", text).strip()
    for cut in _BEHIND.finditer(bare):
        rest = bare[cut.end() :]
        if cut.start() and (is_unit(rest) or _is_made_of_units(rest)):
            return bare[: cut.start()], [*said, rest]
    return bare, [piece for piece in said if piece.strip()]


def glued(bare: str) -> tuple[str, str]:
    """A heading that ends in a unit, cut before it: "增容投资万元" → "增容投资", "万元"."""
    for at in range(1, len(bare)):
        latin = bare[at].isascii() and bare[at].isalnum()
        torn = latin and bare[at - 1].isascii() and bare[at - 1].isalnum()
        if not torn and is_unit(bare[at:]):
            return bare[:at], bare[at:]
    return bare, ""


def unit_candidates(heading: str) -> list[str]:
    """What a heading may be known as, folded: as it stands, then without the unit it names."""
    bare, said = split(heading)
    return [
        normalise_heading(heading),
        normalise_heading(bare),
        *([] if said else [normalise_heading(glued(bare)[0])]),
    ]


def factor_said(said: list[str], unit: str) -> tuple[float | None, str]:
    """How many of `unit` one of the units said is, and which one is not understood.

    1 where none is said; None with that unit where one is not of the same thing, or two differ.
    """
    factors: dict[float, str] = {}
    for piece in said:
        factor = factor_of(piece, unit)
        if factor is not None:
            factors[factor] = piece
        elif not _is_note(piece):
            return None, piece.strip()
    if len(factors) > 1:
        return None, "、".join(factors.values())
    return next(iter(factors), 1.0), ""


def of_table(titles: list[str]) -> str:
    """The units that titles state for the whole table, joined by "、"; "" for none.

    "单位：万元" or "供热能力一览表（MW）", as they write them.
    """
    for title in titles:
        text = unicodedata.normalize("NFKC", title)
        for found in [*_TABLE.findall(text), *_BRACKETS.findall(text)]:
            units = [one for one in re.split(r"[,，、;；\s]+", found) if is_unit(one)]
            if units:
                return "、".join(units)
    return ""


def of_groups(groups: list[str], names: list[str]) -> dict[str, str]:
    """Heading → the unit of the group above it ("投资（万元）"), where it names none itself.

    A group reaches from its cell to the next one that is filled.
    """
    found, unit = {}, ""
    for group, name in zip_longest(groups[: len(names)], names, fillvalue=""):
        if group.strip():
            unit = "、".join(one for one in split(group)[1] if is_unit(one))
        if unit and name and not split(name)[1]:
            found[name] = unit
    return found


def in_row(cells: list[str]) -> list[str] | None:
    """The units of a row that holds nothing else, "" where a cell names none; None for any other."""
    units = [_bare(cell) for cell in cells]
    if not any(is_unit(unit) for unit in units):
        return None
    if not all(is_unit(unit) or plain_unit(unit) in _IDLE for unit in units):
        return None
    return [unit if is_unit(unit) else "" for unit in units]


def _is_made_of_units(words: str) -> bool:
    """Whether something like "kW/m²" is one unit by another, both known."""
    parts = plain_unit(words).split("/")
    return len(parts) > 1 and all(map(is_unit, parts))


def _bare(cell: str) -> str:
    text = unicodedata.normalize("NFKC", cell).strip()
    found = _BRACKETS.fullmatch(text)
    return (found[1] if found else text).strip()


def _is_note(piece: str) -> bool:
    text = plain_unit(piece)
    if not text or is_unit(text):
        return not text
    return bool(_NOTE.search(text)) and not _UNIT_WORDS.search(_NOTE.sub("", text))
