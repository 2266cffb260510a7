"""Error texts of libraries, replaced by messages in both languages.

Users read our own messages instead of, say, "Self-intersection[470020 3940020]".
"""

from __future__ import annotations

import re

from gis.errors import Text
from gis.i18n import format_message, messages

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
