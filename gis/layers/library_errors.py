"""What a library found wrong, in our own words: its text never reaches a reader.

A reader of Chinese is not helped by "Self-intersection[470020 3940020]", nor one of English.
"""

from __future__ import annotations

import re

from gis.errors import Text
from gis.i18n import format_message, messages

_AT = re.compile(r"([A-Za-z -]+?)\[(\S+) (\S+)\]\Z")
# How GEOS begins to say what is wrong with a polygon → the key of our words.
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
# What a text of the csv module, of the reader of workbooks or of PostgreSQL's says somewhere in it.
_FILE = (
    ("unexpected end of data", "quote_open"),
    ("expected after", "after_quote"),
    ("field larger than", "cell_too_long"),
    ("NUL", "nul"),
    ("assword", "password"),
    ("OperationalError", "no_answer"),
    ("ConnectionTimeout", "no_answer"),
)
_OF_CODE = {"repaired": "shape", "workbook_damaged": "file"}
_SQLSTATE = re.compile(r"[0-9A-Z]{5}\Z")


def library_cause(code: str, reason: str) -> Text:
    """What stands behind a finding of `code`, told by a library as `reason`."""
    words = messages("causes")
    if _OF_CODE.get(code) == "shape":
        found = _AT.match(reason)
        key = _SHAPE.get(found[1], "other") if found else "other"
        x, y = (_metres(found[2]), _metres(found[3])) if found else ("", "")
        return format_message(words["shape"], key, x=x, y=y)
    if _SQLSTATE.match(reason):  # PostgreSQL's own number for what it refuses
        return Text(f"SQLSTATE {reason}", f"SQLSTATE {reason}")
    usual = "no_workbook" if code == "workbook_damaged" else "other"
    key = next((key for said, key in _FILE if said in reason), usual)
    return format_message(words["file"], key)


def _metres(number: str) -> str:
    """A coordinate as a drawing shows it."""
    return f"{float(number):.2f}".rstrip("0").rstrip(".")
