"""Changes between two ledgers: homes added, removed, moved, or set back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.audit.clearance_criteria import STEPS
from gis.audit.conversion_stage import COMPLETED, LATE, STOCK, conversion_stages
from gis.audit.evidence import days
from gis.audit.ledger_checks import REMOVALS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date

    from gis.audit.evidence import Mask
    from gis.policy import Policy

COLUMNS = (
    "household_id", "change", "column", "before", "after", "village_code_before",
    "village_code_after",
)  # fmt: skip
_DATES = (*STEPS, *REMOVALS)
_VALUES = ("heating", "occupancy", "acceptance_result", "plan_year")
_ACCEPTED = (COMPLETED, LATE)
_COVERED = "***"
_SHIFT_M = 1.0  # ASSUME: coordinates that were rounded otherwise differ by less


def restatements(
    before: pd.DataFrame,
    after: pd.DataFrame,
    policy: Policy,
    as_of_before: date,
    as_of_after: date,
) -> pd.DataFrame:
    """One row per change between two tables of households of gis.facts.

    household_id · change:
        disappeared   counted before, and absent from the later ledger
        rejected      counted before, and rejected in the later ledger; after: the reason
        appeared      the reverse
        moved         another village is responsible
        went_back     completed, late or stock before, and none of them now
        restaged      in another of them now
        date_changed, date_removed   a date given before differs, or is gone
        changed       heating, occupancy, acceptance_result or plan_year differs
    column: what changed; before and after: as text; village_code_before, village_code_after. A new
    date is progress and not listed. Sorted by household_id and column.
    """
    old, new = _counted(before, policy, as_of_before), _counted(after, policy, as_of_after)
    both = old.index.intersection(new.index)
    gone, come = old.index.difference(new.index), new.index.difference(old.index)
    reasons = _rejected(after)
    refused = gone.intersection(reasons.index)
    parts = [
        _one_sided_rows(old.loc[gone.difference(refused)], "disappeared"),
        _one_sided_rows(old.loc[refused], "rejected").assign(
            column="reject_reason", after=reasons.reindex(refused).to_numpy()
        ),
        _one_sided_rows(new.loc[come], "appeared"),
        *_changes(old.loc[both], new.loc[both]),
    ]
    table = pd.concat(parts, ignore_index=True)
    return table.sort_values(["household_id", "column"], kind="stable", ignore_index=True)


def all_changes(  # noqa: PLR0913  # two ledgers, each of its day, and what else is compared
    before: pd.DataFrame,
    after: pd.DataFrame,
    policy: Policy,
    as_of_before: date,
    as_of_after: date,
    *,
    columns: Collection[str] = (),
    covered: Collection[str] = (),
) -> pd.DataFrame:
    """The rows of `restatements`, and what went forward, in the same columns.

    household_id · change, besides those of `restatements`:
        completed   completed or late now, and not before; homes that appeared so as well
        withdrawn   the reverse; homes that disappeared or are rejected now as well
        date_added  a date is given that was not
        shifted     the point lies more than a metre elsewhere, or is there in one ledger alone
        changed     one of `columns` differs

    Args:
        before: The households of the earlier ledger, as of gis.facts.
        after: Those of the later one.
        policy: The plan that both are judged by.
        as_of_before: The day of the earlier ledger.
        as_of_after: The day of the later one.
        columns: Other columns that are compared where both tables have them.
        covered: Those of them whose values are not shown.
    """
    told = restatements(before, after, policy, as_of_before, as_of_after)
    old, new = _counted(before, policy, as_of_before), _counted(after, policy, as_of_after)
    both = old.index.intersection(new.index)
    was, now = old.loc[both], new.loc[both]
    parts = [told, *_forward(old, new, "completed"), *_forward(new, old, "withdrawn")]
    for name in _DATES:
        blank, given = np.isnan(days(was[name])), np.isfinite(days(now[name]))
        parts.append(_change_rows(was, now, blank & given, "date_added", name))
    if {"x", "y"} <= set(was.columns) & set(now.columns):
        rows = _change_rows(was, now, _shifted(was, now), "shifted", "x")
        parts.append(rows.assign(column="", before="", after=""))
    for name in columns:
        if name in was and name in now and name not in (*_DATES, *_VALUES):
            rows = _change_rows(was, now, _differ(was, now, name), "changed", name)
            hidden = {
                side: rows[side].where(rows[side] == "", _COVERED) for side in ("before", "after")
            }
            parts.append(rows.assign(**hidden) if name in covered else rows)
    table = pd.concat(parts, ignore_index=True)
    return table.sort_values(["household_id", "change", "column"], kind="stable", ignore_index=True)


def _forward(old: pd.DataFrame, new: pd.DataFrame, change: str) -> Iterator[pd.DataFrame]:
    """Homes that are accepted in `new` and are not, or are not there, in `old`."""
    accepted = new[new["stage"].isin(_ACCEPTED)]
    there = accepted.index.intersection(old.index)
    was, now = old.loc[there], new.loc[there]
    fresh = ~was["stage"].isin(_ACCEPTED).to_numpy(dtype=bool)
    alone = accepted.loc[accepted.index.difference(old.index)]
    forward = change == "completed"
    pair = (was, now) if forward else (now, was)
    yield _change_rows(*pair, fresh, change, "stage")
    side, other = ("after", "before") if forward else ("before", "after")
    rows = dict.fromkeys(COLUMNS, "") | {"household_id": alone.index, "change": change}
    rows |= {"column": "stage", side: alone["stage"].to_numpy(), other: ""}
    rows[f"village_code_{side}"] = _text(alone["village_code"]).to_numpy()
    yield pd.DataFrame(rows)


def _shifted(was: pd.DataFrame, now: pd.DataFrame) -> Mask:
    one, other = (rows[["x", "y"]].to_numpy(dtype=float) for rows in (was, now))
    placed, still = (np.isfinite(at).all(axis=1) for at in (one, other))
    far = np.hypot(*(one - other).T) > _SHIFT_M
    return np.where(placed & still, far, placed != still)


def _counted(ledger: pd.DataFrame, policy: Policy, as_of: date) -> pd.DataFrame:
    """The rows that count, by household_id, with the stage of each."""
    found = conversion_stages(ledger, policy, as_of)
    stage = np.select(
        [found[name] for name in (COMPLETED, LATE, STOCK)], [COMPLETED, LATE, STOCK], ""
    )
    counted = ((ledger["status"] != "rejected") & ledger["household_id"].notna()).to_numpy(
        dtype=bool
    )
    return ledger.assign(stage=stage)[counted].set_index("household_id")


def _rejected(ledger: pd.DataFrame) -> pd.Series:
    """The reject reason of rejected rows, by household_id."""
    rows = ledger[(ledger["status"] == "rejected").to_numpy(dtype=bool)]
    named = rows.dropna(subset="household_id").drop_duplicates("household_id")
    return named.set_index("household_id")["reject_reason"].astype("str")


def _changes(old: pd.DataFrame, new: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The changes of homes that both ledgers count; both on the same index."""
    yield _change_rows(old, new, _differ(old, new, "village_code"), "moved", "village_code")
    had, has = ((rows["stage"] != "").to_numpy(dtype=bool) for rows in (old, new))
    yield _change_rows(old, new, had & ~has, "went_back", "stage")
    yield _change_rows(old, new, had & has & _differ(old, new, "stage"), "restaged", "stage")
    for name in _DATES:
        was, now = days(old[name]), days(new[name])
        yield _change_rows(old, new, np.isfinite(was) & np.isnan(now), "date_removed", name)
        yield _change_rows(
            old, new, np.isfinite(was) & np.isfinite(now) & (was != now), "date_changed", name
        )
    for name in _VALUES:
        yield _change_rows(old, new, _differ(old, new, name), "changed", name)


def _differ(old: pd.DataFrame, new: pd.DataFrame, column: str) -> Mask:
    return (_text(old[column]) != _text(new[column])).to_numpy(dtype=bool)


def _change_rows(
    old: pd.DataFrame, new: pd.DataFrame, mask: Mask, change: str, column: str
) -> pd.DataFrame:
    was, now = old[mask], new[mask]
    table = {
        "household_id": was.index, "change": change, "column": column,
        "before": _text(was[column]).to_numpy(), "after": _text(now[column]).to_numpy(),
        "village_code_before": _text(was["village_code"]).to_numpy(),
        "village_code_after": _text(now["village_code"]).to_numpy(),
    }  # fmt: skip
    return pd.DataFrame(table)


def _one_sided_rows(rows: pd.DataFrame, change: str) -> pd.DataFrame:
    side = "after" if change == "appeared" else "before"
    columns = dict.fromkeys(COLUMNS, "") | {"household_id": rows.index, "change": change}
    columns[f"village_code_{side}"] = _text(rows["village_code"]).to_numpy()
    return pd.DataFrame(columns)


def _text(values: pd.Series) -> pd.Series:
    """Values as text: dates as ISO, whole numbers without a decimal point, "" for none."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.strftime("%Y-%m-%d").fillna("").astype("str")
    return values.astype("str").fillna("").str.removesuffix(".0")
