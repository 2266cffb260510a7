"""Rows of a table that are no data (totals, notes, headings), and data among the titles above."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_DIGITS, _LETTERS, _WORDS = re.compile(r"\d+"), re.compile(r"[a-z]+"), re.compile(r"[^\W\da-z_]+")
_MIN_ALIKE = 2  # cells that look like those below


def data_above(above: Sequence[Sequence[str]], below: Sequence[Sequence[str]]) -> list[int]:
    """The indices of rows in `above` that look like the data rows `below` the headings.

    A row is data if at least two of its cells, and more than half, have the format of their
    columns' cells. One of them must have a digit, as ids, codes, dates and numbers do.
    """
    width = max(map(len, below), default=0)
    looks = [
        {_cell_format(row[at]) for row in below if at < len(row)} - {""} for at in range(width)
    ]
    return [place for place, row in enumerate(above) if _is_data(row, looks)]


def _is_data(row: Sequence[str], looks: Sequence[set[str]]) -> bool:
    filled = [cell.strip() for cell in row if cell.strip()]
    if filled == [str(number) for number in range(1, len(filled) + 1)]:
        return False  # the columns are numbered
    own = [_cell_format(cell) for cell in row]
    alike = [look for look, seen in zip(own, looks, strict=False) if look in seen]
    return (
        len(alike) >= _MIN_ALIKE
        and len(alike) * 2 > len(filled)
        and any("9" in look for look in alike)
    )


def _cell_format(cell: str) -> str:
    """The format of a cell: "H003" and "A12" are alike, and so are "2024-10-01" and "2023-1-1"."""
    text = unicodedata.normalize("NFKC", cell).strip().lower()
    return _WORDS.sub("中", _LETTERS.sub("a", _DIGITS.sub("9", text)))


_SPACE = re.compile(r"[\s\u200b-\u200f\ufeff]+")
_QUOTES = "【】〔〕《》“”\"'（）()"
_TOTAL = re.compile(
    r"(?:[本全各].{0,3}|.{0,12}[乡镇村县市区页组队])?(?:合计|小计|总计|共计|累计|总数|合共|平均)"
    r"(?:户?数|\d*户?)?|.{1,12}(?:合计|小计|总计)|[全本][市县区乡镇村](?:合?计|总数)?"
    r"|(?:grand|sub)?-?(?:total|sum)|average",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"(?:制表|填表|填报|审核|审批|复核|校核|校对|核对|统计|经办|负责|主管|分管|联系|录入|上报|报送|签字|签名|签章|盖章)"
    r"(?:单位|部门|人员?|者|日期|时间|领导|负责人|说明|签[字名章]|电话|意见)?(?:[:：(（]|$|_)"
    r"|(?:单位|村|镇|乡)?(?:主要|村?委会?)?(?:负责人|领导|主任|支书|书记)(?:签[字名章])?[:：(（_]"
    r"|(?:备注|注|说明|填表说明|填写说明|注意事项?|注释|提示|附注)(?:[:：1-9一、.(（]|$)|[*※]?注\d?[:：]"
    r"|第\d+页|共\d+页|[(（]?(?:公章|盖章|以上|以下)"
)
_SENTENCE = 8  # characters of a single cell that is a remark
_STOPS = re.compile(r"[,。;:、]|户")
_NARROW = 2  # columns of a table whose rows may hold one number alone
_SERIAL = re.compile(r"\d{1,6}(?:\.0)?")


@dataclass(frozen=True)
class TableShape:
    """What the rows of a table are compared with.

    headings  the headings of the table
    titles    the rows above them
    needed    headings of ids and other required columns
    skip      beginnings of rows that are no data, from project.toml
    totals    whether sums are recognised; a target table keeps them as checksums
    """

    headings: Sequence[str]
    titles: Sequence[Sequence[str]]
    needed: frozenset[str]
    skip: tuple[str, ...]
    totals: bool


def kind_of_row(cells: Sequence[str | None], shape: TableShape) -> str:
    """What a row is that holds no data: skipped, total, note, heading or numbered; else "".

    A row is "numbered" if it holds a running number and nothing else, as in a form to be filled in.

    Args:
        cells: The cells of the row, in the order of the headings.
        shape: The table.
    """
    filled = [(at, folded) for at, cell in enumerate(cells) if (folded := fold(cell or ""))]
    words = [word for _, word in filled]
    alone = len(words) == 1 and shape.headings[filled[0][0]] not in shape.needed
    tests = {
        "skipped": words and any(words[0].startswith(fold(one)) for one in shape.skip),
        "heading": any(_repeats(words, row) for row in (shape.headings, *shape.titles)),
        "total": shape.totals and any(map(_is_total, words[:2])),
        "note": words and _is_note(words, len(shape.headings), alone=alone),
        "numbered": not words or _is_serial(words, len(shape.headings)),
    }
    return next((kind for kind, holds in tests.items() if holds), "")


def _is_total(word: str) -> bool:
    return bool(_TOTAL.fullmatch(word.strip(_QUOTES).rstrip(":")))


def _is_serial(words: Sequence[str], width: int) -> bool:
    return len(words) == 1 and width > _NARROW and bool(_SERIAL.fullmatch(words[0]))


def _is_note(words: Sequence[str], width: int, *, alone: bool) -> bool:
    """Whether a row begins as notes and signatures do, or is a sentence and nothing else.

    alone: it has one cell, below a heading of a column that need not be filled.
    """
    if _NOTE.match(words[0]) and 2 * len(words) <= max(width, 4):
        return True
    sentence = len(words) == 1 and len(words[0]) >= _SENTENCE
    return sentence and (alone or bool(_STOPS.search(words[0])))


def fold(cell: str) -> str:
    """A cell without width, case and blanks."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", cell)).lower()


def _repeats(words: Sequence[str], row: Sequence[str]) -> bool:
    """Whether most of the words stand in `row`, the headings or a title."""
    known = {fold(cell) for cell in row} - {""}
    same = sum(word in known for word in words)
    return same * 2 > len(words) and (same > 1 or len(words) == len(known) == 1)
