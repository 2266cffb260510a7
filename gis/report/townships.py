"""What each township gets: its own list, field sheet and report, and no other township's homes."""

from __future__ import annotations

import re
from urllib.parse import quote

import pandas as pd

from gis import words
from gis.report.about import About
from gis.report.monthly import report_workbook
from gis.report.workbook import sheet, workbook_bytes

_FIELD = (
    "village_code", "village", "household_id", "owner", "phone", "address", "occupancy", "heating",
    "approach", "zone_position", "clearance", "last_visit_on", "to_check",
)  # fmt: skip
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)\Z", re.IGNORECASE)


def folder_name(code: str) -> str:
    """A township's code as the name of a folder on any system; a clean code is its own name."""
    name = quote(code, safe="").replace(".", "%2E").replace("~", "%7E")
    return f"%{name}" if _RESERVED.match(name) else name


def township_files(
    households: pd.DataFrame, tables: dict[str, pd.DataFrame], about: About
) -> dict[str, bytes]:
    """File name → bytes of one township.

    households: the township's own working list; tables: those of report.xlsx, its rows only.
    """
    titles = words.load("report")["titles"]
    lists = workbook_bytes([sheet("households", households)], titles["households"]["zh"], about)
    field = workbook_bytes(
        [sheet("field", field_table(households), wide=("to_check",))], titles["field"]["zh"], about
    )
    return {"list.xlsx": lists, "field.xlsx": field, "report.xlsx": report_workbook(tables, about)}


def field_table(households: pd.DataFrame) -> pd.DataFrame:
    """The homes to visit, by village, with what to check at the door.

    Whatever is not cleared in or on the line of a zone, or still to be converted.
    """
    checks = words.load("report")["check"]
    in_zone = households["zone_position"].isin(["inside", "undecidable"])
    said = pd.DataFrame(
        {
            "undecidable": households["zone_position"] == "undecidable",
            "not_cleared": in_zone & (households["clearance"] == "not_cleared"),
            "unknown": in_zone & (households["clearance"] == "unknown"),
            "pending": households["pending"].fillna(value=False).astype(bool),
        }
    )
    to_visit = said.any(axis=1) & (households["placing"] != "rejected")
    said = said[to_visit]
    lines = [
        "；".join(checks[key]["zh"] for key, yes in zip(said.columns, row, strict=True) if yes)
        for row in said.itertuples(index=False, name=None)
    ]
    table = households[to_visit].assign(to_check=lines)
    kept = [name for name in _FIELD if name in table.columns]
    return table[kept].sort_values(["village_code", "household_id"], ignore_index=True)
