"""Output columns of villages and households, each declared once, and queries on them.

Tables, workbooks, GeoPackage, pages, the public edition and docs/columns.md
(`scripts/column_reference`) are derived from the rows of `gis.output_columns.declared`.
"""

from __future__ import annotations

from functools import cache

from gis.errors import Text
from gis.output_columns import declared
from gis.output_columns.column import File, Kind, OutputColumn, Public

__all__ = [
    "File",
    "Kind",
    "OutputColumn",
    "Public",
    "all_village_sources",
    "codes_of",
    "heading_of",
    "household_sources",
    "masked_columns",
    "missing_source",
    "of_household",
    "of_village",
    "public_columns",
    "village_sources",
]


def of_village(file: File) -> list[OutputColumn]:
    """Village columns of a file, in order."""
    return _ordered(declared.VILLAGE, declared.VILLAGE_ORDER.get(file, ()), file)


def of_household(file: File) -> list[OutputColumn]:
    """Household columns of a file, in order."""
    return _ordered(declared.HOUSEHOLD, declared.HOUSEHOLD_ORDER.get(file, ()), file)


def public_columns(rule: Public) -> list[str]:
    """Page fields of the village columns with a public rule."""
    return [column.key for column in of_village("page") if column.public == rule]


def village_sources(file: File) -> dict[str, str]:
    """Village columns of a table: name → source column in the tables of the run."""
    return _sources(of_village(file), declared.VILLAGE_ORDER.get(file, ()), file)


def all_village_sources() -> frozenset[str]:
    """The source columns of all village columns, in whatever files these are."""
    return frozenset(column.source or column.name for column in declared.VILLAGE)


def missing_source(name: str, source: str) -> KeyError:
    """What to raise where no table of the run has the source column of an output column."""
    return KeyError(
        f"output column {name}: no table of the run has a column {source}. In "
        "gis/output_columns/declared.py, set `source` to a column of the layer or of the facts, or "
        "`derived` if gis.editions computes it"
    )


def household_sources(file: File) -> dict[str, str]:
    """Household columns of a table without personal ones: name → source column."""
    plain = [column for column in of_household(file) if not column.personal]
    return _sources(plain, declared.HOUSEHOLD_ORDER.get(file, ()), file)


def heading_of(name: str) -> Text | None:
    """Heading of a declared column; None for any other."""
    return _headings((*declared.VILLAGE, *declared.HOUSEHOLD)).get(name)


def codes_of(name: str) -> tuple[str, str] | None:
    """(file, table) with the words for the keys of a declared column; None if it has none."""
    return _codes((*declared.VILLAGE, *declared.HOUSEHOLD)).get(name)


def masked_columns() -> dict[str, tuple[int, int]]:
    """Columns of personal numbers: name → characters left at the start and the end."""
    return _masked(declared.HOUSEHOLD)


@cache
def _masked(columns: tuple[OutputColumn, ...]) -> dict[str, tuple[int, int]]:
    return {one.name: one.masked for one in columns if one.masked is not None}


@cache
def _headings(columns: tuple[OutputColumn, ...]) -> dict[str, Text]:
    said: dict[str, Text] = {}
    for name, heading in (pair for column in columns for pair in column.headings()):
        if said.setdefault(name, heading) != heading:
            raise ValueError(f"column {name} has two headings")
    return said


@cache
def _codes(columns: tuple[OutputColumn, ...]) -> dict[str, tuple[str, str]]:
    return {column.name: column.codes for column in columns if column.codes is not None}


def _sources(columns: list[OutputColumn], order: tuple[str, ...], file: File) -> dict[str, str]:
    names = dict(pair for column in columns for pair in column.taken(file))
    return {name: names[name] for name in _put(list(names), order)}


def _ordered(
    columns: tuple[OutputColumn, ...], order: tuple[str, ...], file: File
) -> list[OutputColumn]:
    by_name = {column.name: column for column in columns if column.is_in(file)}
    return [by_name[name] for name in _put(list(by_name), order)]


def _put(names: list[str], order: tuple[str, ...]) -> list[str]:
    """Sort `names` by `order`; others follow in their own order."""
    return sorted(names, key=lambda name: order.index(name) if name in order else len(order))
