"""先立后破: whether the dates of the ledger are in the order that the work must follow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis import i18n
from gis.audit.clearance_criteria import STEPS
from gis.audit.evidence import Days, day, days, season
from gis.errors import Problem

if TYPE_CHECKING:
    from gis.policy import Policy

REMOVALS = ("stove_removed_on", "coal_removed_on")
_BEFORE_STOVE = STEPS[:-1]


def date_problems(ledger: pd.DataFrame, policy: Policy) -> tuple[Problem, ...]:
    """One problem per date that precedes one it must follow.

    The order is signed, installed, energised, accepted; energised before the old stove is removed.
    If `clearance.stable_seasons` is set, stove and coal are removed only after that many full
    seasons since the device was energised.
    """
    counts = ledger["status"] != "rejected"
    counted = ledger.loc[counts, ["ledger_row", *STEPS, *REMOVALS]]
    return tuple(_out_of_order(counted)) + tuple(_too_early(counted, policy))


def _out_of_order(ledger: pd.DataFrame) -> Iterator[Problem]:
    chains = {step: STEPS[:place] for place, step in enumerate(STEPS) if place}
    chains["stove_removed_on"] = _BEFORE_STOVE
    for column, earlier in chains.items():
        on, latest, which = days(ledger[column]), *_latest(ledger, earlier)
        for row in np.flatnonzero(on < latest):
            name = earlier[which[row]]
            yield _problem("dates_out_of_order", ledger.iloc[row], column, name)


def _latest(ledger: pd.DataFrame, columns: tuple[str, ...]) -> tuple[Days, np.ndarray]:
    """The latest of some dates in each row, and which one it is; -inf where none is known."""
    table = np.column_stack([days(ledger[name]) for name in columns])
    table = np.nan_to_num(table, nan=-np.inf)
    return table.max(axis=1), table.argmax(axis=1)


def _too_early(ledger: pd.DataFrame, policy: Policy) -> Iterator[Problem]:
    seasons = policy.clearance.stable_seasons
    if not seasons:
        return
    due = _stable_on(ledger["energised_on"], seasons, policy)
    for column in REMOVALS:
        for row in np.flatnonzero(days(ledger[column]) < due):
            yield _problem("removed_too_early", ledger.iloc[row], column, "energised_on", seasons)


def _stable_on(energised_on: pd.Series, seasons: int, policy: Policy) -> Days:
    """The day by which a device energised on a day has run the given number of full seasons."""
    on = days(energised_on)
    due = np.full(len(on), np.nan)
    for when in np.unique(on[np.isfinite(on)]):
        year = pd.Timestamp(when, unit="D").year
        first = year if when <= day(season(year, policy).begins) else year + 1
        due[on == when] = day(season(first + seasons - 1, policy).ends)
    return due


def _problem(code: str, row: pd.Series, column: str, other: str, seasons: int = 0) -> Problem:
    texts = i18n.messages("audit")
    names = {name: texts["date"][name] for name in (column, other)}
    filled = {
        "later_zh": names[column]["zh"], "later_en": names[column]["en"],
        "earlier_zh": names[other]["zh"], "earlier_en": names[other]["en"],
        "later": f"{row[column]:%Y-%m-%d}", "earlier": f"{row[other]:%Y-%m-%d}",
        "seasons": seasons,
    }  # fmt: skip
    message = i18n.format_message(texts["message"], code, **filled)
    remedy = i18n.format_message(texts["remedy"], code, **filled)
    number = int(row["ledger_row"])
    return Problem("households", code, number, column, str(filled["later"]), message, remedy)
