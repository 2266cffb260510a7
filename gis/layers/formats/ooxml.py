"""What stands in a sheet of an .xlsx beside its values."""

from __future__ import annotations

import posixpath
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.parsers import expat

from gis.layers.findings import Refusal
from gis.layers.formats.beside import NOT_COMPUTED, Beside, Place, per_cent
from gis.layers.units import is_unit

_STYLES = "xl/styles.xml"
_WORKBOOK, _TARGETS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_WORTH_IT = re.compile(rb"<(?:\w+:)?f[\s>/]|\bt=[\"']e[\"']")
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_LITERALS = re.compile(r'"[^"]*"|[\\!_*].|\[[^\]]*\]')
_LITERAL_END = re.compile(r'(?:[0#?]|General|通用格式)\s*(?:_.)?["\\!]([^"]+)"?\s*$')
_TRUE = frozenset(["1", "true", "on"])


def beside(path: Path, sheet: str) -> Beside:
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
        found = Beside(date1904=_said(book, "workbookPr", "date1904"))
        if units or _WORTH_IT.search(content):
            left = _said(book, "calcPr", "fullCalcOnLoad")
            found.texts = _Cells(units, zero_is_none=left).of(content)
    except (KeyError, ValueError, ET.ParseError, expat.ExpatError) as error:
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


class _Cells:
    """Goes through a sheet cell by cell.

    units         the number of a style → the unit in which it shows a number
    zero_is_none  whoever wrote the workbook left the formulas to be worked out, with 0 until then
    """

    def __init__(self, units: dict[str, str], *, zero_is_none: bool) -> None:
        self._units = units
        self._zero_is_none = zero_is_none
        self._found: dict[Place, str] = {}
        self._row, self._column = -1, -1
        self._kind, self._formula, self._value, self._unit = "", False, "", ""
        self._inside = ""

    def of(self, content: bytes) -> dict[Place, str]:
        """The cells that hold no value, and what they hold."""
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(content, True)
        return self._found

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._inside = name = _local(tag)
        if name == "row":
            self._row = int(attributes.get("r", self._row + 2)) - 1
            self._column = -1
        elif name == "c":
            at = _REFERENCE.fullmatch(attributes.get("r", ""))
            self._column = _number(at[1]) if at else self._column + 1
            self._kind, self._formula, self._value = attributes.get("t", "n"), False, ""
            self._unit = self._units.get(attributes.get("s", ""), "")
        elif name == "f":
            self._formula = True

    def _text(self, text: str) -> None:
        if self._inside == "v":
            self._value += text

    def _end(self, tag: str) -> None:
        self._inside = ""
        if _local(tag) != "c":
            return
        if self._kind == "e":
            self._found[self._row, self._column] = self._value.strip() or NOT_COMPUTED
        elif self._formula and self._kind != "str" and self._is_none(self._value.strip()):
            self._found[self._row, self._column] = NOT_COMPUTED
        elif self._unit and self._kind == "n" and self._value.strip():
            self._found[self._row, self._column] = self._with_unit(self._value.strip())

    def _with_unit(self, value: str) -> str:
        return per_cent(value) if self._unit == "%" else value + self._unit.strip('"')

    def _is_none(self, value: str) -> bool:
        return not value or (self._zero_is_none and self._kind == "n" and value in {"0", "0.0"})


def _number(letters: str) -> int:
    """The column of its letters, from 0."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1
