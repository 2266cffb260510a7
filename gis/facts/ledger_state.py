"""Whether the ledger knows a village: its rows are all there, short, or missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from datetime import date

COMPLETE, INCOMPLETE, ABSENT, NO_TASK = "complete", "incomplete", "absent", "no_task"
UNKNOWN = (INCOMPLETE, ABSENT)  # nothing is decided of such a village
_EXTRA = ("households_least", "households_total", "no_task_on", "no_task_document")


def with_ledger_state(table: pd.DataFrame, villages: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The village table with its columns on the ledger.

    ledger_state      complete; incomplete: fewer households than `households_least`; absent: none
                      at all; no_task: none or too few, and the township stated by `as_of` that
                      there is no task
    households_total  the permanent households that the villages layer states, NaN for unknown
    no_task_on, no_task_document   the township's statement

    A statement does not settle a village whose rows hold a pending household.

    Args:
        table: One row per village with households and pending, indexed by village_code.
        villages: The villages layer, in any order.
        as_of: The day of the facts.
    """
    own = villages.set_index("village_code").reindex(columns=list(_EXTRA)).loc[table.index]
    stated = pd.to_datetime(own["no_task_on"])
    settled = (stated <= pd.Timestamp(as_of)) & (table["pending"] == 0)
    least = own["households_least"].astype(float)
    few = table["households"] < least.fillna(0.0)
    none = table["households"] == 0
    state = np.select(
        [(none | few) & settled, none, few], [NO_TASK, ABSENT, INCOMPLETE], default=COMPLETE
    )
    return table.assign(
        ledger_state=state,
        households_total=own["households_total"].astype(float),
        no_task_on=stated,
        no_task_document=own["no_task_document"].astype("str").fillna(""),
    )


def township_states(villages: pd.DataFrame) -> pd.DataFrame:
    """What is missing of each township, where something is.

    Args:
        villages: The village table with ledger_state.

    Returns:
        township_code, township, villages (its number), unknown (those without complete rows) and
        missing (whether the ledger has no row of it at all), sorted by code.
    """
    unknown = villages["ledger_state"].isin(UNKNOWN)
    columns = ["township_code", "township", "villages", "unknown", "missing"]
    if not unknown.any():
        empty = pd.DataFrame(columns=columns)
        return empty.astype({"villages": int, "unknown": int, "missing": bool})
    rows = villages.assign(unknown=unknown, without=villages["ledger_state"] == ABSENT)
    rows["known"] = ~rows["without"] & (rows["ledger_state"] != NO_TASK)
    groups = rows.groupby("township_code")
    table = groups.agg(
        township=("township", "first"),
        villages=("unknown", "size"),
        unknown=("unknown", "sum"),
        without=("without", "sum"),
        known=("known", "sum"),
    ).reset_index()
    table["missing"] = (table["without"] > 0) & (table["known"] == 0)
    return table.loc[table["unknown"] > 0, columns].reset_index(drop=True)
