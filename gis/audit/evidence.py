"""What the inspectors wrote, tied to the home, the premises or the place it speaks of.

A visit is an inspection that got in (`no_access` is none) on or before as-of. One table carries
them on, one row a visit:

    home       position of the household in the ledger, NOBODY for none
    premises   position in the premises, NOBODY for none
    x, y       place [m]: its own, else that of a rejected ledger row it names; NaN for none
    finding    as the contract lists them, without no_access
    seen       day number of the visit
    rectified  day number of the rectification, NaN where none is recorded by as-of
    row        position of the inspection in its layer
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.audit.calendar import Days, day, days

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from gis.audit.truth import Mask

NOBODY = -1
CLEAN = "clean"
COAL = ("coal_stored", "coal_burned", "coal_sold")
STOVE = "stove_present"
UNUSED = "device_unused"
FINDINGS = (*COAL, STOVE, UNUSED)


def says(table: pd.DataFrame, column: str, *words: str) -> Mask:
    """Where a column holds one of `words`; a missing value holds none of them."""
    return column_of(table, column).isin(words).to_numpy(dtype=bool)


def column_of(table: pd.DataFrame, column: str) -> pd.Series:
    """A column of a layer, all missing where the layer has none of that name."""
    if column in table.columns:
        return table[column]
    return pd.Series(None, index=table.index, dtype=object)


def place_of(table: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Place of each row, x and y [m]: its point, else its columns x and y, else NaN."""
    if "geometry" in table.columns:
        points = table["geometry"]
        return points.x.to_numpy(dtype=float), points.y.to_numpy(dtype=float)
    x, y = (pd.to_numeric(column_of(table, axis), errors="coerce") for axis in ("x", "y"))
    return x.to_numpy(dtype=float), y.to_numpy(dtype=float)


def visits(
    inspections: pd.DataFrame | None,
    households: pd.DataFrame,
    premises: pd.DataFrame | None,
    as_of: date,
) -> pd.DataFrame:
    """The visits made by `as_of`, as the module describes them.

    A finding without a date cannot be shown to be older than anything: it stands on `as_of`.
    A rectification dated before its finding, or after `as_of`, is none. A household or premises
    that its layer does not know is NOBODY.
    """
    if inspections is None:
        return _none_made()
    today = day(as_of)
    seen = days(inspections["inspected_on"])
    bad = says(inspections, "finding", *FINDINGS)
    seen = np.where(np.isnan(seen) & bad, today, seen)
    rectified = days(column_of(inspections, "rectified_on"))
    counted = (seen <= today) & (bad | says(inspections, "finding", CLEAN))
    x, y = _places(inspections, households)
    made = pd.DataFrame(
        {
            "home": _homes(column_of(inspections, "household_id"), households),
            "premises": _premises(column_of(inspections, "premises_id"), premises),
            "x": x,
            "y": y,
            "finding": inspections["finding"].to_numpy(dtype=object),
            "seen": seen,
            "rectified": np.where((rectified >= seen) & (rectified <= today), rectified, np.nan),
            "row": np.arange(len(inspections)),
        }
    )
    return made[counted].reset_index(drop=True)


def last(day_of: Days, home: NDArray[np.intp], homes: int) -> Days:
    """The latest day of each of `homes`, -inf for one without any."""
    latest = np.full(homes, -np.inf)
    np.maximum.at(latest, home, day_of)
    return latest


def _homes(ids: pd.Series, households: pd.DataFrame) -> NDArray[np.intp]:
    """Positions of the households with these ids; a rejected row answers for none."""
    valid = np.flatnonzero((households["status"] != "rejected").to_numpy(dtype=bool))
    known = pd.Index(households["household_id"].to_numpy(dtype=object)[valid])
    return _positions(ids, known, valid)


def _places(
    inspections: pd.DataFrame, households: pd.DataFrame
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rejected = households[(households["status"] == "rejected").to_numpy(dtype=bool)]
    rejected = rejected.dropna(subset=["household_id", "x", "y"]).drop_duplicates("household_id")
    known = pd.Index(rejected["household_id"].to_numpy(dtype=object))
    row = _positions(column_of(inspections, "household_id"), known, np.arange(len(known)))
    own_x, own_y = place_of(inspections)
    x, y = (np.append(rejected[axis].to_numpy(dtype=float), np.nan)[row] for axis in ("x", "y"))
    return np.where(np.isnan(own_x), x, own_x), np.where(np.isnan(own_y), y, own_y)


def _premises(ids: pd.Series, premises: pd.DataFrame | None) -> NDArray[np.intp]:
    if premises is None:
        return np.full(len(ids), NOBODY, dtype=np.intp)
    listed = premises["premises_id"]
    once = np.flatnonzero(~listed.duplicated(keep=False).to_numpy(dtype=bool))
    return _positions(ids, pd.Index(listed.to_numpy(dtype=object)[once]), once)


def _positions(ids: pd.Series, known: pd.Index, at: NDArray[np.intp]) -> NDArray[np.intp]:
    found = known.get_indexer(ids.to_numpy(dtype=object))
    there = (found != NOBODY) & ids.notna().to_numpy(dtype=bool)
    return np.where(there, np.append(at, NOBODY)[found], NOBODY).astype(np.intp)


def _none_made() -> pd.DataFrame:
    kinds = {
        "home": np.intp, "premises": np.intp, "x": float, "y": float,
        "finding": object, "seen": float, "rectified": float, "row": np.intp,
    }  # fmt: skip
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})
