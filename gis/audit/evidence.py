"""Evidence: visits linked to households, premises or locations; dates, seasons, three-valued logic.

A visit is an inspection with access (`no_access` is none) on or before the as-of day. The table
of visits has one row per visit and finding:

    home       position of the household in the ledger, NOBODY for none
    premises   position in the premises, NOBODY for none
    stray      it names an unknown household
    x, y       location [m]: its own, else that of a rejected ledger row it names; NaN for none
    lost       its location is given but unreadable
    finding    as the contract lists them, without no_access; UNREAD if the finding is unreadable
    seen       day number of the visit
    rectified  day number of the rectification, NaN where none is recorded by the as-of day
    row        position of the inspection in its layer

A visit with a positive coal weight is a finding of coal, whatever else is recorded; an unreadable
or negative weight may be coal. In rows with a missing id, or an id shared by differing rows,
findings count but clean visits and rectifications do not. Dates are day numbers.

Facts are arrays in Kleene's three-valued logic: TRUE, UNKNOWN or FALSE, one element per household.
Missing values are UNKNOWN. In a conjunction a FALSE operand decides, else an UNKNOWN one.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis import i18n
from gis.errors import Problem

if TYPE_CHECKING:
    from gis.policy import Policy

Days: TypeAlias = NDArray[np.float64]

_EPOCH = date(1970, 1, 1)
NOBODY = -1
PLACE = "place"  # the location's entry in the column `unread`
CLEAN = "clean"
BURNED = "coal_burned"
COAL = ("coal_stored", BURNED, "coal_sold")
STOVE = "stove_present"
UNUSED = "device_unused"
UNREAD = "unread"
FINDINGS = (*COAL, STOVE, UNUSED, UNREAD)
_DOUBTFUL = ("no_id", "duplicate_id")
TRUE, UNKNOWN, FALSE = 1, 0, -1
Fact: TypeAlias = NDArray[np.int8]
Mask: TypeAlias = NDArray[np.bool_]


def days(dates: pd.Series) -> Days:
    """Days since 1970-01-01; NaN where the date is missing, so that no comparison holds."""
    whole = pd.to_datetime(dates).to_numpy("datetime64[D]")
    return np.where(np.isnat(whole), np.nan, whole.astype(np.int64).astype(np.float64))


def day(when: date) -> float:
    """One date as days since 1970-01-01."""
    return float((when - _EPOCH).days)


def dates(numbers: Days) -> pd.Series:
    """Convert day numbers to dates; NaN becomes NaT."""
    whole = np.full(len(numbers), np.datetime64("NaT"), dtype="datetime64[s]")
    known = np.isfinite(numbers)
    whole[known] = numbers[known].astype(np.int64).astype("datetime64[D]")
    return pd.Series(whole)


class Season(NamedTuple):
    """One heating season; `year` is the one in which it begins: 2023 for "2023-2024"."""

    year: int
    begins: date
    ends: date


def season(year: int, policy: Policy) -> Season:
    """The season that begins in `year`, by [season] of the policy.

    # ASSUME: where the policy names no start, it begins on the day and month of the plan's
    # deadline, which is set for its start.
    """
    return Season(year, *policy.season_days(year))


def last_full_season(as_of: date, policy: Policy) -> Season:
    """The latest season that had ended by `as_of`."""
    return season(policy.last_season(as_of), policy)


def equals_any(table: pd.DataFrame, column: str, *words: str) -> Mask:
    """Where a column equals one of `words`; False for a missing value."""
    return column_of(table, column).isin(words).to_numpy(dtype=bool)


def has_unreadable(table: pd.DataFrame, column: str) -> Mask:
    """Where the file has a value in a column that could not be read."""
    unread = column_of(table, "unread")
    found = unread.notna().to_numpy(dtype=bool, copy=True)
    if found.any():
        cells = "," + unread[found].astype("str") + ","
        found[found] = cells.str.contains(f",{column},", regex=False).to_numpy(dtype=bool)
    return found


def first_days(table: pd.DataFrame, column: str) -> Days:
    """The first day that each date of a column may mean.

    A date written to the month or the year is held as its last day, and named in `unread`. What
    must not come too early, such as a rectification after its finding, rests on this day.
    ASSUME: such a date in December may mean the whole year.
    """
    last = pd.to_datetime(column_of(table, column))
    coarse = pd.Series(has_unreadable(table, column), last.index) & last.notna()
    if not coarse.any():
        return days(last)
    period = last.where(last.dt.month != 12, last - pd.DateOffset(months=11))
    return days(last.where(~coarse, period.dt.to_period("M").dt.start_time))


def column_of(table: pd.DataFrame, column: str) -> pd.Series:
    """A column of a layer; all missing if the layer does not have it."""
    if column in table.columns:
        return table[column]
    return pd.Series(None, index=table.index, dtype=object)


def place_of(table: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Location of each row, x and y [m]: its point, else its columns x and y; else both NaN."""
    if "geometry" in table.columns:
        x, y = table["geometry"].x, table["geometry"].y
    else:
        x, y = (pd.to_numeric(column_of(table, axis), errors="coerce") for axis in ("x", "y"))
    both = np.column_stack([x.to_numpy(dtype=float), y.to_numpy(dtype=float)])
    both[~np.isfinite(both).all(axis=1)] = np.nan  # one coordinate alone is no location
    return both[:, 0], both[:, 1]


def visits(
    inspections: pd.DataFrame | None,
    households: pd.DataFrame,
    premises: pd.DataFrame | None,
    as_of: date,
) -> pd.DataFrame:
    """The table of visits made by `as_of`, see the module.

    A finding without a date cannot be shown to be older than anything, so it is dated `as_of`. A
    rectification that may be dated before its finding, or after `as_of`, does not count. A
    household or premises that its layer does not contain is NOBODY.
    """
    if inspections is None:
        return _no_visits()
    today = day(as_of)
    said = _findings(inspections)
    seen = days(said["inspected_on"])
    bad = equals_any(said, "finding", *FINDINGS)
    seen = np.where(np.isnan(seen) & bad, today, seen)
    rectified = days(column_of(said, "rectified_on"))
    answered = (first_days(said, "rectified_on") >= seen) & (rectified <= today) & ~_doubtful(said)
    x, y = _places(said, households)
    made = pd.DataFrame(
        {
            "home": _homes(column_of(said, "household_id"), households),
            "premises": _premises(column_of(said, "premises_id"), premises),
            "stray": False,
            "x": x,
            "y": y,
            "lost": has_unreadable(said, PLACE),
            "finding": said["finding"].to_numpy(dtype=object),
            "seen": seen,
            "rectified": np.where(answered, rectified, np.nan),
            "row": said.index.to_numpy(dtype=np.intp),
        }
    )
    named = column_of(said, "household_id").notna().to_numpy(dtype=bool)
    made["stray"] = named & (made["home"] == NOBODY).to_numpy(dtype=bool)
    return made[seen <= today].reset_index(drop=True)


def _findings(inspections: pd.DataFrame) -> pd.DataFrame:
    """Inspections with a finding or a clean result, one row per finding, indexed by position.

    A clean visit with a coal weight is not clean. An inspection without a finding and a date was
    planned and not made.
    """
    table = inspections.reset_index(drop=True)
    weight_kg = pd.to_numeric(column_of(table, "coal_kg"))
    weighed = (weight_kg > 0).to_numpy(dtype=bool)
    strange = (weight_kg < 0).to_numpy(dtype=bool) | has_unreadable(table, "coal_kg")
    made = table["inspected_on"].notna().to_numpy(dtype=bool) | has_unreadable(table, "finding")
    doubtful = (table["finding"].isna().to_numpy(dtype=bool) & made) | strange
    clean = equals_any(table, "finding", CLEAN) & ~weighed & ~strange & ~_doubtful(table)
    coal = equals_any(table, "finding", *COAL)
    more = table[weighed & ~coal].assign(finding=COAL[0])
    perhaps = table[doubtful & ~coal].assign(finding=UNREAD)
    return pd.concat([table[clean | equals_any(table, "finding", *FINDINGS)], perhaps, more])


def _doubtful(table: pd.DataFrame) -> Mask:
    return equals_any(table, "reject_reason", *_DOUBTFUL)


def later(
    inspections: pd.DataFrame | None, complaints: pd.DataFrame | None, as_of: date
) -> tuple[Problem, ...]:
    """One problem per layer with rows dated after `as_of`, which do not count.

    A date mistyped into the future would hide the findings of that day.
    """
    layers = {
        "inspections": (inspections, "inspected_on"),
        "complaints": (complaints, "received_on"),
    }
    said, found = i18n.messages("audit"), []
    for name, (table, column) in layers.items():
        if table is None or not (after := days(table[column]) > day(as_of)).any():
            continue
        first = f"{table[column][after].min():%Y-%m-%d}"
        filled = {"rows": int(after.sum()), "first": first, "as_of": as_of}
        message = i18n.format_message(said["message"], f"{name}_later", **filled)
        remedy = i18n.format_message(said["remedy"], f"{name}_later")
        found.append(Problem(name, "later", None, column, first, message, remedy))
    return tuple(found)


def latest_by_home(day_of: Days, home: NDArray[np.intp], homes: int) -> Days:
    """The latest day of each of `homes`, -inf for one without any."""
    latest = np.full(homes, -np.inf)
    np.maximum.at(latest, home, day_of)
    return latest


def _homes(ids: pd.Series, households: pd.DataFrame) -> NDArray[np.intp]:
    """Positions of the households with these ids; rejected rows are not matched."""
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


def _no_visits() -> pd.DataFrame:
    kinds = {
        "home": np.intp, "premises": np.intp, "stray": bool, "x": float, "y": float, "lost": bool,
        "finding": object, "seen": float, "rectified": float, "row": np.intp,
    }  # fmt: skip
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def three_valued(true: Mask, false: Mask | None = None) -> Fact:
    """TRUE where `true`, FALSE where `false` (which takes precedence), else UNKNOWN."""
    known = true.astype(np.int8)
    if false is not None:
        known[false] = FALSE
    return known


def all_true(*facts: Fact) -> Fact:
    """Conjunction: TRUE where all are, FALSE where one is, else UNKNOWN."""
    return np.minimum.reduce(facts)


def any_true(*facts: Fact) -> Fact:
    """Disjunction: TRUE where one is, FALSE where all are, else UNKNOWN."""
    return np.maximum.reduce(facts)
