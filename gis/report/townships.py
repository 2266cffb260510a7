"""What each township gets: its own list, field sheet and report, and no other township's homes."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

import pandas as pd

from gis import words
from gis.report.about import About
from gis.report.monthly import report_workbook
from gis.report.workbook import Sheet, worded_sheet, workbook_bytes

_FIELD = (
    "township_code", "village_code", "village", "household_id", "owner", "phone", "address",
    "occupancy", "heating", "approach", "zone_position", "clearance", "last_visit_on", "to_check",
)  # fmt: skip
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)\Z", re.IGNORECASE)


def folder_name(code: str) -> str:
    """A township's code as the name of a folder on any system; a clean code is its own name."""
    name = quote(code, safe="").replace(".", "%2E").replace("~", "%7E")
    return f"%{name}" if _RESERVED.match(name) else name


def township_files(
    lists: Sheet, field: Sheet, tables: dict[str, pd.DataFrame], about: About
) -> dict[str, Callable[[], bytes]]:
    """File name → what makes the file, from the township's own rows of list, field and report."""
    titles = words.load("report")["titles"]
    return {
        "list.xlsx": lambda: workbook_bytes([lists], titles["households"]["zh"], about),
        "field.xlsx": lambda: workbook_bytes([field], titles["field"]["zh"], about),
        "report.xlsx": lambda: report_workbook(tables, about),
    }


def field_sheet(worded: pd.DataFrame, homes: pd.DataFrame) -> Sheet:
    """The homes to visit, by village, with what to check at the door; of all townships.

    Whatever is not cleared in or on the line of a zone, or still to be converted.

    worded: the working list in the office's words; homes: the same rows with their keys.
    """
    checks = words.load("report")["check"]
    in_zone = homes["zone_position"].isin(["inside", "undecidable"])
    asked = pd.DataFrame(
        {
            "undecidable": homes["zone_position"] == "undecidable",
            "not_cleared": in_zone & (homes["clearance"] == "not_cleared"),
            "unknown": in_zone & (homes["clearance"] == "unknown"),
            "pending": homes["pending"].fillna(value=False).astype(bool),
        }
    )
    to_visit = asked.any(axis=1) & (homes["status"] != "rejected")
    table = worded[to_visit].assign(to_check=_said(asked[to_visit], checks))
    kept = [name for name in _FIELD if name in table.columns]
    ordered = table[kept].sort_values(["village_code", "household_id"], ignore_index=True)
    return worded_sheet("field", ordered, wide=("to_check",))


def _said(asked: pd.DataFrame, checks: dict[str, dict[str, str]]) -> list[str]:
    """One sentence a home; there are no more sentences than ways to tick four boxes."""
    said: dict[tuple[bool, ...], str] = {}
    for row in set(asked.itertuples(index=False, name=None)):
        named = [checks[key]["zh"] for key, yes in zip(asked.columns, row, strict=True) if yes]
        said[row] = "；".join(named)
    return [said[row] for row in asked.itertuples(index=False, name=None)]
