"""全覆盖排查: signed sweeps of villages, and the homes that they list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis import i18n
from gis.audit.evidence import day, days, equals_any
from gis.errors import Problem

if TYPE_CHECKING:
    from datetime import date


def swept_homes(sweeps: pd.DataFrame | None, households: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Home (position) and seen (day number) of each home that a signed sweep lists by `as_of`.

    A sweep is signed if it has a document. It lists a home by its number, in the home's own
    village.
    """
    if sweeps is None:
        return pd.DataFrame({"home": np.array([], np.intp), "seen": np.array([], float)})
    counted = np.flatnonzero(~equals_any(households, "status", "rejected"))
    known = households.iloc[counted][["household_id", "village_code"]]
    keys = pd.MultiIndex.from_frame(known.astype(object))
    said = pd.MultiIndex.from_frame(sweeps[["household_id", "village_code"]].astype(object))
    at = keys.get_indexer(said) if keys.is_unique else np.full(len(said), -1)
    on = days(sweeps["swept_on"])
    good = (at >= 0) & sweeps["household_id"].notna().to_numpy(dtype=bool)
    good &= _signed(sweeps) & (on <= day(as_of))
    return pd.DataFrame({"home": counted[at[good]], "seen": on[good]})


def sweep_problems(sweeps: pd.DataFrame | None) -> tuple[Problem, ...]:
    """Sweeps that count nowhere: without a document, or without the homes they looked at."""
    if sweeps is None:
        return ()
    said, found = i18n.messages("audit"), []
    cases = {
        ("sweep_unsigned", "document_no"): ~_signed(sweeps),
        ("sweep_without_homes", "household_id"): sweeps["household_id"].isna().to_numpy(dtype=bool),
    }
    for (code, column), wrong in cases.items():
        villages = sweeps.loc[wrong, "village_code"].dropna().value_counts().sort_index()
        for village, rows in villages.items():
            message = i18n.format_message(said["message"], code, village=village, rows=int(rows))
            remedy = i18n.format_message(said["remedy"], code)
            found.append(Problem("sweeps", code, None, column, str(village), message, remedy))
    return tuple(found)


def _signed(sweeps: pd.DataFrame) -> np.ndarray:
    named = sweeps["document_no"].fillna("").astype("str").str.strip()
    return (named != "").to_numpy(dtype=bool)
