"""What stands in a sheet of an .xlsx beside its values."""

from __future__ import annotations

import posixpath
import re
import zipfile
from html import unescape
from pathlib import Path
from xml.etree import ElementTree as ET

from gis.layers.formats.cell_annotations import NOT_COMPUTED, CellAnnotations, Place, per_cent
from gis.layers.problems import Refusal
from gis.layers.units import is_unit

_STYLES = "xl/styles.xml"
_WORKBOOK, _TARGETS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_WORTH_IT = re.compile(rb"<(?:\w+:)?f[\s>/]|\bt=[\"']e[\"']")
_CELL = re.compile(rb"<(?:\w+:)?c(\s[^>]*?)?(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_VALUE = re.compile(rb"<(?:\w+:)?v[^>/]*>([^<]*)<")
_KIND, _STYLE = re.compile(rb"\bt=[\"'](\w+)"), re.compile(rb"\bs=[\"'](\d+)")
_IS_ERROR = re.compile(rb"\bt=[\"']e[\"']")
_REFERENCE = re.compile(rb"\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")
_ROW = re.compile(rb"<(?:\w+:)?row[\s>]")
_ROW_NUMBER = re.compile(rb"<(?:\w+:)?row\s[^>]*?\br=[\"'](\d{1,7})")
_LITERALS = re.compile(r'"[^"]*"|[\\!_*].|\[[^\]]*\]')
_LITERAL_END = re.compile(r'(?:[0#?]|General|通用格式)\s*(?:_.)?["\\!]([^"]+)"?\s*$')
_TRUE = frozenset(["1", "true", "on"])


def ooxml_annotations(path: Path, sheet: str) -> CellAnnotations:
    """The errors and uncomputed formulas of the sheet of that name, and how days are counted.

    Raises:
        Refusal: the workbook does not say where the sheet is, or its XML is broken.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            book = ET.fromstring(archive.read(_WORKBOOK))  # noqa: S314  size is checked
            targets = ET.fromstring(archive.read(_TARGETS))  # noqa: S314
            content = archive.read(_part_of(sheet, book, targets))
            named = _STYLES in archive.namelist()
            units = _units(ET.fromstring(archive.read(_STYLES))) if named else {}  # noqa: S314
        found = CellAnnotations(date1904=_said(book, "workbookPr", "date1904"))
        if units or _WORTH_IT.search(content):
            left = _said(book, "calcPr", "fullCalcOnLoad")
            found.texts = _texts(content, units, left_undone=left)
    except (KeyError, ValueError, ET.ParseError) as error:
        raise Refusal("damaged", reason=str(error)) from error
    return found


def _part_of(sheet: str, book: ET.Element, targets: ET.Element) -> str:
    """The path of a sheet within the archive."""
    parts = {one.get("Id"): one.get("Target", "") for one in targets}
    for one in book.iter():
        if _local(one.tag) == "sheet" and one.get("name") == sheet:
            marks = [said for name, said in one.attrib.items() if _local(name) == "id"]
            target = parts[marks[0] if marks else ""]
            return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
    raise KeyError(sheet)


def _units(styles: ET.Element) -> dict[str, str]:
    """The number of a cell's style → the unit in which it shows a number; those with one alone."""
    formats = {"9": "0%", "10": "0.00%"}
    found: dict[str, str] = {}
    for one in styles.iter():
        if _local(one.tag) == "numFmt":
            formats[one.get("numFmtId", "")] = one.get("formatCode", "")
        elif _local(one.tag) == "cellXfs":
            for number, style in enumerate(one):
                unit = _unit_of(formats.get(style.get("numFmtId", ""), ""))
                found |= {str(number): unit} if unit else {}
    return found


def _unit_of(form: str) -> str:
    """The unit behind a number format: "%" for a share, '"%"' and other words for a literal.

    Where the format shows a fraction of the number (0.0,"千元"), the number is the whole.
    """
    positive = form.split(";", maxsplit=1)[0]
    if "%" in _LITERALS.sub("", positive):
        return "%"
    literal = _LITERAL_END.search(positive)
    return f'"{literal[1]}"' if literal and is_unit(literal[1]) else ""


def _said(book: ET.Element, tag: str, attribute: str) -> bool:
    named = (one for one in book.iter() if _local(one.tag) == tag)
    return any(one.get(attribute, "") in _TRUE for one in named)


def _local(tag: str) -> str:
    """A name without its namespace."""
    return tag.rpartition("}")[2].rpartition(":")[2]


def _texts(content: bytes, units: dict[str, str], *, left_undone: bool) -> dict[Place, str]:
    """The cells that hold something else than their value, and what.

    The XML is searched and not parsed, which takes a tenth of the time.

    units        the number of a style → the unit in which it shows a number
    left_undone  whoever wrote the workbook left the formulas to be worked out, with 0 until then
    """
    found: dict[Place, str] = {}
    for cell in _CELL.finditer(content):
        attributes, inside = cell[1] or b"", cell[2] or b""
        formula, error = b"f" in inside and _FORMULA.search(inside), _IS_ERROR.search(attributes)
        style = _STYLE.search(attributes) if units else None
        unit = units.get(style[1].decode(), "") if style else ""
        if formula or error or unit:
            kind = _KIND.search(attributes)
            said = _VALUE.search(inside)
            value = unescape(said[1].decode()).strip() if said else ""
            zero = left_undone and value in {"0", "0.0"}
            text = ""
            if error:
                text = value or NOT_COMPUTED
            elif formula and not (kind and kind[1] == b"str") and (not value or zero):
                text = NOT_COMPUTED
            elif unit and value and not (kind and kind[1] != b"n"):
                text = per_cent(value) if unit == "%" else value + unit.strip('"')
            if text:
                found[_place(content, cell.start(), attributes)] = text
    return found


def _place(content: bytes, at: int, attributes: bytes) -> Place:
    """Where a cell is, by its reference; without one it follows the cell before it."""
    named = _REFERENCE.search(attributes)
    if named:
        return int(named[2]) - 1, _number(named[1].decode())
    rows = [row.start() for row in _ROW.finditer(content, 0, at)]
    begin = rows[-1] if rows else 0
    numbered = _ROW_NUMBER.match(content, begin)
    column = 0
    for cell in _CELL.finditer(content, begin, at):
        named = _REFERENCE.search(cell[1] or b"")
        column = (_number(named[1].decode()) if named else column) + 1
    return (int(numbered[1]) if numbered else len(rows)) - 1, column


def _number(letters: str) -> int:
    """The column of its letters, from 0."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1
