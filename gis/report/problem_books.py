"""The problems of each township as a workbook to work from, to be sent to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from gis import i18n
from gis.layers.columns import LAYERS
from gis.report.monthly import folder_name
from gis.report.output_tables import problem_table
from gis.report.workbook import sheet, workbook_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gis.errors import Problem
    from gis.report.metadata import About

CITY = "city"  # file name of what concerns no one township
_SHOWN = (
    "file", "sheet", "row", "row_id", "column", "value", "message", "remedy", "blocking", "layer",
    "code",
)  # fmt: skip


def problem_books(
    problems: Iterable[Problem], tables: Mapping[str, pd.DataFrame], about: About
) -> dict[str, bytes]:
    """A workbook of every problem for each township, and one of what concerns no single township.

    Args:
        problems: All problems of the project.
        tables: The layers by name: the ledger says of which township a row is.
        about: What every file says of itself.

    Returns:
        File name → content. A township's file is named by its code.
    """
    table = problem_table(with_townships(problems, tables))
    titles = i18n.messages("report")["titles"]["problems"]["zh"]
    files = {}
    for code, rows in table.groupby("township_code", sort=True):
        own = rows.assign(
            column=[_heading(*pair) for pair in zip(rows["layer"], rows["column"], strict=True)]
        )
        page = sheet("problems", own[list(_SHOWN)], wide=("message", "remedy"))
        name = folder_name(str(code)) if code else CITY
        files[f"{name}.xlsx"] = workbook_bytes([page], titles, about)
    return files


def with_townships(
    problems: Iterable[Problem], tables: Mapping[str, pd.DataFrame]
) -> list[Problem]:
    """The problems, each with the code of its township where the ledger says it."""
    ledger, villages = tables.get("households"), tables.get("villages")
    if ledger is None or villages is None:
        return list(problems)
    known = villages.dropna(subset=["village_code"]).drop_duplicates("village_code")
    towns = known.set_index("village_code")["township_code"]
    of_row = ledger["village_code"].map(towns)
    sheets = ledger["ledger_sheet"] if "ledger_sheet" in ledger else [""] * len(ledger)
    rows = zip(ledger["ledger_file"], sheets, ledger["ledger_row"], strict=True)
    by_row = dict(zip(rows, of_row, strict=True))
    several = of_row.groupby(ledger["ledger_file"]).agg(["nunique", "first"])
    by_file = several.loc[several["nunique"] == 1, "first"].to_dict()
    return [
        replace(
            one,
            township=_said(by_row.get((one.file, one.sheet, one.row)), by_file.get(one.file)),
        )
        if one.layer == "households" and not one.township
        else one
        for one in problems
    ]


def _said(*codes: object) -> str:
    """The first code that is known, "" for none."""
    return next((code for code in codes if isinstance(code, str)), "")


def _heading(layer: str, column: str) -> str:
    """What the office calls a column of a layer."""
    known = LAYERS[layer].by_name.get(column) if layer in LAYERS else None
    return known.aliases.split()[0] if known else column
