"""Errors, uncomputed formulas, number-format units and the date system of an .xlsx sheet."""

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
_NEEDS_SCAN = re.compile(rb"<(?:\w+:)?f[\s>/]|\bt=[\"']e[\"']")
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
    """The errors, uncomputed formulas, units and date system of one sheet.

    Args:
        path: The workbook.
        sheet: The sheet's name.

    Raises:
        Refusal: The workbook does not locate the sheet, or its XML is broken.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            book = ET.fromstring(archive.read(_WORKBOOK))  # noqa: S314  size is checked
            targets = ET.fromstring(archive.read(_TARGETS))  # noqa: S314
            content = archive.read(_sheet_path(sheet, book, targets))
            named = _STYLES in archive.namelist()
            units = _units(ET.fromstring(archive.read(_STYLES))) if named else {}  # noqa: S314
        found = CellAnnotations(date1904=_flag(book, "workbookPr", "date1904"))
        if units or _NEEDS_SCAN.search(content):
            uncomputed = _flag(book, "calcPr", "fullCalcOnLoad")
            found.texts = _texts(content, units, uncomputed=uncomputed)
    except (KeyError, ValueError, ET.ParseError) as error:
        raise Refusal("damaged", reason=str(error)) from error
    return found


def _sheet_path(sheet: str, book: ET.Element, targets: ET.Element) -> str:
    """The path of a sheet within the archive."""
    parts = {one.get("Id"): one.get("Target", "") for one in targets}
    for one in book.iter():
        if _local_name(one.tag) == "sheet" and one.get("name") == sheet:
            ids = [value for name, value in one.attrib.items() if _local_name(name) == "id"]
            target = parts[ids[0] if ids else ""]
            return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
    raise KeyError(sheet)


def _units(styles: ET.Element) -> dict[str, str]:
    """Index of a cell style → the unit that its number format shows, where it shows one."""
    formats = {"9": "0%", "10": "0.00%"}
    found: dict[str, str] = {}
    for one in styles.iter():
        if _local_name(one.tag) == "numFmt":
            formats[one.get("numFmtId", "")] = one.get("formatCode", "")
        elif _local_name(one.tag) == "cellXfs":
            for number, style in enumerate(one):
                unit = _format_unit(formats.get(style.get("numFmtId", ""), ""))
                found |= {str(number): unit} if unit else {}
    return found


def _format_unit(form: str) -> str:
    """The unit in a number format: "%" for a percentage, '"%"' or other words for a literal.

    A format that scales the number (0.0,"千元") gives "": the stored number is not scaled.
    """
    positive = form.split(";", maxsplit=1)[0]
    if "%" in _LITERALS.sub("", positive):
        return "%"
    literal = _LITERAL_END.search(positive)
    return f'"{literal[1]}"' if literal and is_unit(literal[1]) else ""


def _flag(book: ET.Element, tag: str, attribute: str) -> bool:
    named = (one for one in book.iter() if _local_name(one.tag) == tag)
    return any(one.get(attribute, "") in _TRUE for one in named)


def _local_name(tag: str) -> str:
    """An XML name without its namespace."""
    return tag.rpartition("}")[2].rpartition(":")[2]


def _texts(content: bytes, units: dict[str, str], *, uncomputed: bool) -> dict[Place, str]:
    """The cells whose text differs from their value, with that text.

    The XML is searched with regular expressions, ten times as fast as parsing it.

    Args:
        content: The sheet's XML.
        units: Index of a cell style → the unit that its number format shows.
        uncomputed: The workbook was written without computing its formulas; 0 is a placeholder.
    """
    found: dict[Place, str] = {}
    for cell in _CELL.finditer(content):
        attributes, inside = cell[1] or b"", cell[2] or b""
        formula, error = b"f" in inside and _FORMULA.search(inside), _IS_ERROR.search(attributes)
        style = _STYLE.search(attributes) if units else None
        unit = units.get(style[1].decode(), "") if style else ""
        if formula or error or unit:
            kind = _KIND.search(attributes)
            stored = _VALUE.search(inside)
            value = unescape(stored[1].decode()).strip() if stored else ""
            zero = uncomputed and value in {"0", "0.0"}
            text = ""
            if error:
                text = value or NOT_COMPUTED
            elif formula and not (kind and kind[1] == b"str") and (not value or zero):
                text = NOT_COMPUTED
            elif unit and value and not (kind and kind[1] != b"n"):
                text = per_cent(value) if unit == "%" else value + unit.strip('"')
            if text:
                found[_cell_place(content, cell.start(), attributes)] = text
    return found


def _cell_place(content: bytes, at: int, attributes: bytes) -> Place:
    """A cell's position by its reference; a cell without one follows the cell before it."""
    named = _REFERENCE.search(attributes)
    if named:
        return int(named[2]) - 1, _column_number(named[1].decode())
    rows = [row.start() for row in _ROW.finditer(content, 0, at)]
    begin = rows[-1] if rows else 0
    numbered = _ROW_NUMBER.match(content, begin)
    column = 0
    for cell in _CELL.finditer(content, begin, at):
        named = _REFERENCE.search(cell[1] or b"")
        column = (_column_number(named[1].decode()) if named else column) + 1
    return (int(numbered[1]) if numbered else len(rows)) - 1, column


def _column_number(letters: str) -> int:
    """The column index of its letters, from 0."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1
