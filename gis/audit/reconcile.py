"""Reconcile totals of villages, townships and the city, and targets with units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gis import i18n
from gis.audit.conversion_stage import COMPLETED, LATE, STOCK, unclear
from gis.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from gis.policy.model import Plan

_MODES = ("electric", "gas", "central")


def reconcile_ledger(households: pd.DataFrame, plan: Plan, as_of: date) -> tuple[Problem, ...]:
    """One problem per household whose accepted conversion counts nowhere."""
    found = []
    for code, mask in unclear(households, plan, as_of).items():
        rows = households["ledger_row"].to_numpy()[mask]
        found += [_problem("households", code, int(row), "accepted_on") for row in rows]
    return tuple(found)


def reconcile_targets(table: pd.DataFrame | None, villages: pd.DataFrame) -> tuple[Problem, ...]:
    """One problem per row of the target table whose numbers belong to no township."""
    return tuple(_targets(table, villages)) if table is not None else ()


def _targets(table: pd.DataFrame, villages: pd.DataFrame) -> Iterator[Problem]:
    known = set(villages["township_code"])
    numbered = table[table[list(_MODES)].notna().any(axis=1).to_numpy(dtype=bool)]
    for row in numbered.itertuples():
        line = getattr(row, "ledger_row", None)
        if pd.isna(row.unit_code):
            yield _problem("targets", "target_without_code", line, "unit_code", str(row.unit))
        elif row.unit_code not in known:
            code = str(row.unit_code)
            yield _problem("targets", "target_of_unknown_unit", line, "unit_code", code)
    for code in numbered.loc[numbered["unit_code"].duplicated(), "unit_code"].dropna().unique():
        yield _problem("targets", "target_twice", None, "unit_code", str(code))


def sums(
    homes: pd.DataFrame, units: pd.DataFrame, villages: pd.DataFrame, months: pd.DataFrame
) -> tuple[Problem, ...]:
    """One problem per count whose sums over city, units, villages or months differ.

    homes: one row per household that counts, with or without a village.
    """
    tables = {"units": units, "villages": villages}
    found = []
    for name in (COMPLETED, LATE, STOCK):
        city = int(homes[name].sum())
        added = {table: int(rows[name].sum()) for table, rows in tables.items()}
        if name == COMPLETED:
            added["months"] = int(months[name].sum())
        found += [
            _differs(name, table, total, city) for table, total in added.items() if total != city
        ]
    return tuple(found)


def _differs(name: str, table: str, total: int, city: int) -> Problem:
    texts = i18n.messages("audit")
    numbers = {"count": texts["count"][name], "table": texts["table"][table]}
    filled = {
        f"{word}_{lang}": pair[lang] for word, pair in numbers.items() for lang in ("zh", "en")
    }
    message = i18n.format_message(texts["message"], "sums_differ", total=total, city=city, **filled)
    remedy = i18n.format_message(texts["remedy"], "sums_differ")
    return Problem("households", "sums_differ", None, name, str(total), message, remedy)


def _problem(layer: str, code: str, row: int | None, column: str, value: str = "") -> Problem:
    texts = i18n.messages("audit")
    message = i18n.format_message(texts["message"], code, value=value)
    return Problem(
        layer, code, row, column, value, message, i18n.format_message(texts["remedy"], code)
    )
