"""Consistency of ledger and targets: sums, units, and 先立后破 (the order of the dates of the work)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis import i18n
from gis.audit.clearance_criteria import STEPS
from gis.audit.conversion_stage import COMPLETED, LATE, STOCK, unclear
from gis.audit.evidence import Days, day, days, season
from gis.decide.annual_quota import missing_lists
from gis.errors import Problem
from gis.layers.targets import NUMBERS

if TYPE_CHECKING:
    from datetime import date

    from gis.facts import Facts
    from gis.layers import Layers
    from gis.policy import Policy

REMOVALS = ("stove_removed_on", "coal_removed_on")
_BEFORE_STOVE = STEPS[:-1]


def reconcile_ledger(households: pd.DataFrame, policy: Policy, as_of: date) -> tuple[Problem, ...]:
    """One problem per household whose accepted conversion counts nowhere."""
    found = []
    for code, mask in unclear(households, policy, as_of).items():
        if not mask.any():
            continue
        for row in _places(households[mask]).to_dict("records"):
            own = _problem("households", code, int(row["ledger_row"]), "accepted_on")
            found.append(_of_row(own, row))
    return tuple(found)


_PLACE = ("ledger_row", "ledger_file", "ledger_sheet", "household_id", "township_code")


def _places(ledger: pd.DataFrame) -> pd.DataFrame:
    """Where the rows stand in the files of the office, and their ids."""
    return ledger.reindex(columns=list(_PLACE))


def _of_row(problem: Problem, row: Mapping[Any, Any]) -> Problem:
    """The problem with the file, sheet and id of its row; row: of `_places`."""
    said = {name: "" if pd.isna(row[name]) else str(row[name]) for name in _PLACE}
    return replace(
        problem,
        key=said["household_id"],
        file=said["ledger_file"],
        sheet=said["ledger_sheet"],
        township=said["township_code"],
    )


def problems_before_deciding(layers: Layers, facts: Facts) -> list[Problem]:
    """What `check` lists: the problems of the layers, of places, of targets and of their lists."""
    targets = layers.tables.get("targets")
    return [
        *layers.problems,
        *facts.problems,
        *reconcile_targets(targets, facts.villages),
        *missing_lists(facts, targets),
    ]


def reconcile_targets(table: pd.DataFrame | None, villages: pd.DataFrame) -> tuple[Problem, ...]:
    """One problem per row of the target table whose numbers belong to no township."""
    return tuple(_targets(table, villages)) if table is not None else ()


def _targets(table: pd.DataFrame, villages: pd.DataFrame) -> Iterator[Problem]:
    known = set(villages["township_code"])
    numbered = table[table[list(NUMBERS)].notna().any(axis=1).to_numpy(dtype=bool)]
    for row in numbered.itertuples():
        line = getattr(row, "ledger_row", None)
        if pd.isna(row.unit_code):
            yield _problem("targets", "target_without_code", line, "unit_code", str(row.unit))
        elif row.unit_code not in known:
            code = str(row.unit_code)
            yield _problem("targets", "target_of_unknown_unit", line, "unit_code", code)
    for code in numbered.loc[numbered["unit_code"].duplicated(), "unit_code"].dropna().unique():
        yield _problem("targets", "target_twice", None, "unit_code", str(code))


def reconcile_sums(
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


def date_problems(ledger: pd.DataFrame, policy: Policy) -> tuple[Problem, ...]:
    """One problem per date that precedes one it must follow.

    The order is signed, installed, energised, accepted; energised before the old stove is removed.
    If `clearance.stable_seasons` is set, stove and coal are removed only after that many full
    seasons since the device was energised.
    """
    counts = ledger["status"] != "rejected"
    counted = ledger.loc[counts].reindex(columns=[*_PLACE, *STEPS, *REMOVALS])
    return tuple(_out_of_order(counted)) + tuple(_too_early(counted, policy))


def _out_of_order(ledger: pd.DataFrame) -> Iterator[Problem]:
    chains = {step: STEPS[:place] for place, step in enumerate(STEPS) if place}
    chains["stove_removed_on"] = _BEFORE_STOVE
    for column, earlier in chains.items():
        on, latest, which = days(ledger[column]), *_latest(ledger, earlier)
        for row in np.flatnonzero(on < latest):
            name = earlier[which[row]]
            yield _date_problem("dates_out_of_order", ledger.iloc[row], column, name)


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
            yield _date_problem(
                "removed_too_early", ledger.iloc[row], column, "energised_on", seasons
            )


def _stable_on(energised_on: pd.Series, seasons: int, policy: Policy) -> Days:
    """The day by which a device energised on a day has run the given number of full seasons."""
    on = days(energised_on)
    due = np.full(len(on), np.nan)
    for when in np.unique(on[np.isfinite(on)]):
        year = pd.Timestamp(when, unit="D").year
        first = year if when <= day(season(year, policy).begins) else year + 1
        due[on == when] = day(season(first + seasons - 1, policy).ends)
    return due


def _date_problem(code: str, row: pd.Series, column: str, other: str, seasons: int = 0) -> Problem:
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
    number, value = int(row["ledger_row"]), str(filled["later"])
    return _of_row(Problem("households", code, number, column, value, message, remedy), row)
