"""The problems of each township as a workbook to work from, to be sent to it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from gis import i18n
from gis.layers.columns import LAYERS
from gis.report.csv_parquet import as_text
from gis.report.monthly import folder_name
from gis.report.output_tables import problem_table
from gis.report.translate import masked_table, translated
from gis.report.workbook import sheet, workbook_bytes
from gis.report.xlsx_rows import shorten_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gis.errors import Problem
    from gis.report.metadata import About

# of ids that a spreadsheet has rounded: the column is to be formatted, not cell by cell
_OF_A_COLUMN = frozenset(["digits_lost"])
_LISTED = 20  # rows of such a line that are named
_NOT_PLAIN = re.compile("[^0-9A-Za-z\u4e00-\u9fff]")
_LONGEST = 20  # characters of a township's name in a file name
CITY = "city"  # file name of what concerns no one township
ANSWERS = ("accept", "leave_out", "correct")
ANSWERED = ("answer", "corrected_value", "answer_reason", "answered_by")
KEY = ("layer", "code", "file", "sheet", "row", "row_id", "column", "value")
_SHOWN = (
    "file", "sheet", "row", "row_id", "column", "value", "message", "remedy", "blocking", "layer",
    "code",
)  # fmt: skip
_TO_ANSWER = 8  # of these columns stand before the answers


def problem_books(
    problems: Iterable[Problem], tables: Mapping[str, pd.DataFrame], about: About
) -> dict[str, bytes]:
    """A workbook of every problem for each township, and one of what concerns no single township.

    Args:
        problems: All problems of the project.
        tables: The layers by name: the ledger says of which township a row is.
        about: What every file says of itself.

    Returns:
        File name → content. A township's file is named by its name and code; it has what the
        township can mend in its own files, and city.xlsx has the rest, with the notes. Blank
        columns are for the answers, which `gis.api.problem_answers` reads.
    """
    _, told = problem_lines(problems, tables)
    names = _township_names(tables.get("villages"))
    report = i18n.messages("report")
    choices = {"answer": tuple(report["problem_answers"][one]["zh"] for one in ANSWERS)}
    files = {}
    for code, own in told.groupby("township_code", sort=True):
        noted = own["note"].astype(bool)
        pages = [
            sheet("problems",
                  own.loc[~noted, [*_SHOWN[:_TO_ANSWER], *ANSWERED, *_SHOWN[_TO_ANSWER:]]],
                  wide=("message", "remedy"), choices=choices)
        ]  # fmt: skip
        if noted.any():
            notes = own.loc[noted, list(_SHOWN)]
            pages.append(sheet("problem_notes", notes, wide=("message", "remedy")))
        name = f"{names.get(str(code), '')}{folder_name(str(code))}" if code else CITY
        files[f"{name}.xlsx"] = workbook_bytes(pages, report["titles"]["problems"]["zh"], about)
    return files


def problem_lines(
    problems: Iterable[Problem], tables: Mapping[str, pd.DataFrame]
) -> tuple[list[Problem], pd.DataFrame]:
    """The lines of all workbooks, with the problem that each tells; see `problem_books`."""
    owned = [_for_its_township(one) for one in with_townships(problems, tables)]
    lines = list(_in_one_line(owned))
    told = problem_table(lines)
    columns = [_heading(*pair) for pair in zip(told["layer"], told["column"], strict=True)]
    return lines, told.assign(column=columns, **dict.fromkeys(ANSWERED, ""))


def line_keys(told: pd.DataFrame) -> list[tuple[str, ...]]:
    """What a line of a workbook is known by when it comes back, as its cells show it."""
    shown = masked_table(translated(told[list(KEY)]), unmask=False)
    cells = [[shorten_cell(as_text(one)).strip() for one in shown[name]] for name in KEY]
    return list(zip(*cells, strict=True))


def _for_its_township(one: Problem) -> Problem:
    """The problem with the remedy for its township; without a township if it is the city's."""
    own = replace(one, remedy=one.own_remedy or one.remedy)
    if one.note or "project.toml" in own.remedy.zh:
        return replace(one, township="")
    return own


def _in_one_line(problems: Iterable[Problem]) -> Iterator[Problem]:
    """The problems, with one line for those of a column that is to be formatted as a whole."""
    found: dict[tuple[str, ...], list[Problem]] = {}
    for one in problems:
        if one.code in _OF_A_COLUMN:
            place = (one.layer, one.code, one.file, one.sheet, one.column, one.township)
            found.setdefault(place, []).append(one)
        else:
            yield one
    words = i18n.messages("report")["problem_books"]
    for same in found.values():
        rows = [one.row_label for one in same]
        listed = "、".join(rows[:_LISTED]) + ("…" if len(rows) > _LISTED else "")
        told = {"n": len(same), "rows": listed}
        message = i18n.format_message(words, same[0].code, **told)
        yield same[0] if len(same) == 1 else replace(same[0], row=None, message=message)


def _township_names(villages: pd.DataFrame | None) -> dict[str, str]:
    """Township code → its name and "_", of letters and figures alone: it is part of a file name."""
    if villages is None:
        return {}
    names = villages.dropna(subset=["township_code"]).groupby("township_code")["township"].first()
    plain = {str(code): _NOT_PLAIN.sub("", str(name))[:_LONGEST] for code, name in names.items()}
    return {code: f"{name}_" for code, name in plain.items() if name}


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
