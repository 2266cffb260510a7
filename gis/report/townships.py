"""What each township gets: its own list, field sheet and report, and no other township's homes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from urllib.parse import quote

import pandas as pd

from gis import i18n
from gis.report.metadata import About
from gis.report.monthly import BASIS, report_workbook
from gis.report.office_papers import Book
from gis.report.workbook import WorkbookSheet, workbook_bytes

LONGEST = 80  # characters; Windows takes 260 for the whole path
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)\Z", re.IGNORECASE)


def folder_name(code: str) -> str:
    """A township's code as the name of a folder on any system; a clean code is its own name."""
    name = quote(code, safe="").replace(".", "%2E").replace("~", "%7E")
    if len(name) > LONGEST:  # "~" stands in no other name
        name = f"{name[:LONGEST]}~{sha256(code.encode()).hexdigest()[:16]}"
    return f"%{name}" if _RESERVED.match(name) else name


@dataclass(frozen=True)
class OwnWorkbook:
    """A township's own rows of a book as a workbook.

    They are taken out when they are written: all at once would fill memory.
    """

    book: Book
    township: str
    title: str
    about: About

    def __call__(self) -> bytes:
        """The workbook."""
        return self.alone()()

    def alone(self) -> Callable[[], bytes]:
        """What makes it, without any other township's rows."""
        return partial(
            workbook_bytes, township_sheets(self.book, self.township), self.title, self.about
        )


def township_files(
    books: Mapping[str, Book], township: str, tables: dict[str, pd.DataFrame], about: About
) -> dict[str, Callable[[], bytes]]:
    """File name → what makes the file, from the township's own rows of all books.

    tables: the township's own report. The list and the field sheet are there also where empty.
    """
    titles = i18n.messages("report")["titles"]
    makers: dict[str, Callable[[], bytes]] = {
        "report.xlsx": partial(report_workbook, tables, about),
    }
    for name, book in books.items():
        if name in ("list", "field") or any(rows_of_township(one, township).any() for one in book):
            makers[f"{name}.xlsx"] = OwnWorkbook(book, township, titles[name]["zh"], about)
    return makers


def township_sheets(book: Book, township: str) -> Book:
    """The sheets of a book with the township's own rows alone."""
    return tuple(one.where(rows_of_township(one, township)) for one in book)


def rows_of_township(whole: WorkbookSheet, township: str) -> pd.Series:
    """Which rows of a sheet are the township's own."""
    return whole.table["township_code"].eq(township).fillna(value=False).astype(bool)


def own_report(
    tables: Mapping[str, pd.DataFrame], township: str, villages: set[str]
) -> dict[str, pd.DataFrame]:
    """The township's own rows of the report, and what the whole report rests on.

    A zone may hold homes of several townships, so that its counts are nobody's own.
    """
    own = {"village_code": villages, "township_code": {township}, "unit_code": {township}}
    report = {}
    for name, table in tables.items():
        column = next((column for column in own if column in table.columns), None)
        if column is not None:
            report[name] = table[table[column].isin(own[column])].reset_index(drop=True)
        elif name in BASIS:
            report[name] = table
    return report
