"""Findings of the readers, and their wording as problems.

Readers report findings (a code, a row, numbers). `problem` words them with the templates of
maps/words/problems.toml. Error texts of libraries, such as "Self-intersection[470020 3940020]",
are replaced by messages in both languages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gis.errors import Problem, Text
from gis.i18n import format_message, messages
from gis.layers.columns import LAYERS

_REASON_AT_POINT = re.compile(r"([A-Za-z -]+?)\[(\S+) (\S+)\]\Z")
# How a GEOS validity reason begins → the message key.
_SHAPE = {
    "Self-intersection": "self_intersection",
    "Ring Self-intersection": "ring_self_intersection",
    "Hole lies outside shell": "hole_outside",
    "Holes are nested": "holes_nested",
    "Nested shells": "shells_nested",
    "Duplicate Rings": "duplicate_rings",
    "Interior is disconnected": "disconnected",
    "Too few points in geometry component": "too_few_points",
    "Ring is not closed": "not_closed",
    "Invalid Coordinate": "bad_number",
}
# A part of an error text of the csv module, calamine or the PostgreSQL driver, and the message key.
_FILE = (
    ("unexpected end of data", "quote_open"),
    ("expected after", "after_quote"),
    ("field larger than", "cell_too_long"),
    ("NUL", "nul"),
    ("assword", "password"),
    ("OperationalError", "no_answer"),
    ("ConnectionTimeout", "no_answer"),
)
_MESSAGE_TABLE = {"repaired": "shape", "workbook_damaged": "file"}
_SQLSTATE = re.compile(r"[0-9A-Z]{5}\Z")


def library_cause(code: str, reason: str) -> Text:
    """The message for a library's error text.

    Args:
        code: The code of the finding that carries the error.
        reason: The library's error text, or an SQLSTATE.
    """
    templates = messages("causes")
    if _MESSAGE_TABLE.get(code) == "shape":
        found = _REASON_AT_POINT.match(reason)
        key = _SHAPE.get(found[1], "other") if found else "other"
        x, y = (_metres(found[2]), _metres(found[3])) if found else ("", "")
        return format_message(templates["shape"], key, x=x, y=y)
    if _SQLSTATE.match(reason):  # PostgreSQL's error code
        return Text(f"SQLSTATE {reason}", f"SQLSTATE {reason}")
    default = "no_workbook" if code == "workbook_damaged" else "other"
    key = next((key for part, key in _FILE if part in reason), default)
    return format_message(templates["file"], key)


def _metres(number: str) -> str:
    """A coordinate with at most two decimals."""
    return f"{float(number):.2f}".rstrip("0").rstrip(".")


Number = str | int | float


@dataclass(frozen=True)
class Finding:
    """One thing found in one file.

    code     a stable code, the key of its message
    row      the row number in the file, None for the whole file
    column   our name of the column, "" for none
    value    the value found, "" for none
    numbers  the values of the message's placeholders
    sheet    the sheet of a workbook that is read sheet by sheet, else ""
    """

    code: str
    row: int | None = None
    column: str = ""
    value: str = ""
    numbers: Mapping[str, Number] = field(default_factory=dict)
    sheet: str = ""


class Refusal(Exception):  # noqa: N818  an expected outcome, not an error in the program
    """A file is not read; the finding gives the reason."""

    def __init__(self, code: str, **numbers: Number) -> None:
        super().__init__(code)
        self.finding = Finding(code, numbers=numbers)

    @classmethod
    def from_finding(cls, finding: Finding) -> Refusal:
        """The refusal for a finding of the reader process."""
        refusal = cls(finding.code)
        refusal.finding = finding
        return refusal

    def in_sheet(self, sheet: str) -> Refusal:
        """The same refusal, of a sheet."""
        return Refusal.from_finding(replace(self.finding, sheet=sheet))


def problem(  # noqa: PLR0913  # each changes the wording
    layer: str,
    finding: Finding,
    file: str = "",
    *,
    several: bool = False,
    key: str = "",
    frame: bool = False,
) -> Problem:
    """Word a finding as a problem.

    Args:
        layer: The layer's name, or the name of a project file.
        finding: What was found.
        file: The file as project.toml names it.
        several: Whether the layer has several files; the message then names the file.
        key: The id of the row, "" for none.
        frame: Whoever reads it gave a frame or a path and has no project.toml: worded so where the
            template has other words.
    """
    template = messages("problems")[finding.code]
    template = template | template.get("frame", {}) if frame else template
    file = layer if frame else file
    place = f"{file}[{finding.sheet}]" if finding.sheet else file
    numbers = {
        "file": place,
        "layer": layer,
        "column": finding.column,
        "value": shorten(finding.value),
    }
    numbers |= {name: _shown(number) for name, number in finding.numbers.items()}
    chinese = numbers | {"column": _heading(layer, finding.column)}
    if "reason" in finding.numbers:
        why = library_cause(finding.code, str(finding.numbers["reason"]))
        chinese["reason"], numbers["reason"] = why
    named = (several or finding.sheet) and "{file}" not in template["zh"]
    zh, en = (f"{place}：", f"{place}: ") if named else ("", "")
    own = None
    if words := template.get("workbook"):
        own = Text(words["way_zh"].format(**chinese), words["way_en"].format(**numbers))
    return Problem(
        layer,
        finding.code,
        finding.row,
        finding.column,
        shorten(finding.value),
        Text(zh + template["zh"].format(**chinese), en + template["en"].format(**numbers)),
        Text(template["way_zh"].format(**chinese), template["way_en"].format(**numbers)),
        blocking=bool(template.get("blocking", False)),
        note=bool(template.get("note", False)),
        own_remedy=own,
        key=key,
        file=file,
        sheet=finding.sheet,
    )


_LONGEST = 80  # characters of a value in a report


def shorten(value: str) -> str:
    """A value fit for a report: one line, no control characters, not too long."""
    line = "".join(char if char.isprintable() else "�" for char in value)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _heading(layer: str, column: str) -> str:
    """The usual Chinese heading of the column."""
    known = LAYERS[layer].by_name.get(column) if layer in LAYERS else None
    return known.aliases.split()[0] if known else column


def _shown(number: Number) -> str:
    if isinstance(number, float):
        return f"{number:,.3f}".rstrip("0").rstrip(".")
    return str(number)
