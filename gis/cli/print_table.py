"""Tables on the terminal or as JSON."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gis.report.translate import heading, translated


def print_table(table: pd.DataFrame, lang: str) -> None:
    """Print a table on stdout, with headings and code lists in the chosen language."""
    shown = translated(table, lang)
    grid = Table(box=None, pad_edge=False, header_style="bold")
    for name in table.columns:
        side: Literal["left", "right"] = "right" if table[name].dtype.kind in "iuf" else "left"
        grid.add_column(heading(name, lang), justify=side, no_wrap=True)
    for row in shown.itertuples(index=False):
        grid.add_row(*(Text(_cell(value)) for value in row))
    # the terminal wraps long lines; no cell is truncated
    Console(width=10_000, soft_wrap=True).print(grid)


def table_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A table as JSON values, one object per row."""
    return [
        {name: _plain(value) for name, value in row.items()} for row in table.to_dict("records")
    ]


def _plain(value: Any) -> Any:  # noqa: ANN401  # any cell of any table
    """A cell as a JSON value; missing and infinite are None, dates are ISO dates."""
    if isinstance(value, tuple | list | dict | str | bool):
        return value
    if value is None or pd.isna(value) or value in (float("inf"), float("-inf")):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()[:10]
    return value.item() if hasattr(value, "item") else value


def _cell(value: object) -> str:
    plain = _plain(value)
    if plain is None:
        return "—"
    if isinstance(plain, float):
        return f"{plain:,.0f}" if plain.is_integer() else f"{plain:,.2f}"
    return f"{plain:,}" if isinstance(plain, int) and not isinstance(plain, bool) else str(plain)
