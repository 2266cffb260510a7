"""Which meter readings show the heat of a full winter, and what takes that winter to a normal one.

A reading counts if it is of heating alone, of a season that the device heated from its first day
on, in a home that was lived in, and the layer `weather` has the degree days of that season.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.layers.values import begin_year

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from gis.policy import Policy

# Why a reading is no evidence of the heat of a winter, the first reason that holds; FULL: it is.
NONE, FULL = "", "full"
UNREAD, OTHER, NOT_ALONE, EMPTY, PART, LOW, WEATHER = (
    "unread", "other_heating", "not_heating_alone", "empty", "not_full_season", "too_low",
    "no_weather",
)  # fmt: skip
METERS = {"electric": "heating_kwh", "gas": "heating_m3"}
_ALONE = ("separate_meter", "total_minus_baseline")


def winter_factors(weather: pd.DataFrame | None, policy: Policy) -> dict[int, float]:
    """Season, by the year in which it begins → normal degree days ÷ its own.

    Normal is `demand.degree_days`, else the mean of the table's seasons. Seasons that contradict
    each other, or of which the year or the degree days cannot be read, are left out.

    # ASSUME: heat for space heating is proportional to degree days.
    """
    if weather is None:
        return {}
    years, known = begin_year(weather["season"]), weather["degree_days"].to_numpy(float)
    good = np.isfinite(years) & np.isfinite(known) & (known > 0)
    table = pd.DataFrame({"year": years[good].astype(int), "days": known[good]}).drop_duplicates()
    days = table.drop_duplicates("year", keep=False).set_index("year")["days"]
    if days.empty:
        return {}
    normal = policy.demand.degree_days or float(days.mean())
    return {int(year): normal / own for year, own in days.items()}


def metered_columns(
    households: pd.DataFrame, weather: pd.DataFrame | None, policy: Policy, as_of: date
) -> dict[str, pd.Series]:
    """metered_use and winter_factor of each home.

    metered_use     NONE (no reading), FULL, or why the reading is no evidence
    winter_factor   takes the heat of the metered season to a normal winter; NaN unless FULL
    """
    cell = _Cells(households)
    last = float(policy.last_season(as_of))
    year = np.where(cell.of("season").isna(), last, begin_year(cell.of("season")))
    begins, ends = _days_of(year, policy)
    reading = np.select([cell.is_in("heating", mode) for mode in METERS],
                        [cell.number(name) for name in METERS.values()], np.nan)  # fmt: skip
    electric = cell.is_in("heating", "electric")
    least = np.where(electric, policy.clearance.unused_kwh, np.nextafter(0.0, 1.0))
    factors = winter_factors(weather, policy)
    factor = pd.Series(year).map(factors).to_numpy(float)
    any_reading = np.isfinite([cell.number(name) for name in METERS.values()]).any(axis=0)
    reasons = {
        NONE: ~any_reading | cell.is_in("status", "rejected"),
        UNREAD: cell.unread("season", "heating_kwh_basis", "energised_on", *METERS.values()),
        OTHER: ~np.isfinite(reading),
        NOT_ALONE: electric & ~cell.is_in("heating_kwh_basis", *_ALONE),
        EMPTY: _perhaps_empty(cell, begins),
        PART: ~_ran_all_season(cell, begins) | ~(ends <= np.datetime64(as_of)),
        LOW: ~(reading >= least),
        WEATHER: ~np.isfinite(factor),
    }
    use = np.select([*reasons.values()], [*reasons], FULL)
    return {
        "metered_use": pd.Series(use, households.index, dtype="str"),
        "winter_factor": pd.Series(np.where(use == FULL, factor, np.nan), households.index),
    }


class _Cells:
    """The columns of a ledger, all missing where it has none."""

    def __init__(self, ledger: pd.DataFrame) -> None:
        self._ledger = ledger

    def of(self, name: str) -> pd.Series:
        return self._ledger.reindex(columns=[name])[name]

    def number(self, name: str) -> NDArray[np.float64]:
        return pd.to_numeric(self.of(name)).to_numpy(float, na_value=np.nan)

    def day(self, name: str) -> NDArray[np.datetime64]:
        return pd.to_datetime(self.of(name)).to_numpy("datetime64[D]")

    def is_in(self, name: str, *words: str) -> NDArray[np.bool_]:
        return self.of(name).isin(words).to_numpy(bool)

    def unread(self, *names: str) -> NDArray[np.bool_]:
        cells = "," + self.of("unread").astype("str").fillna("") + ","
        found = [cells.str.contains(f",{name},", regex=False).to_numpy(bool) for name in names]
        return np.any(found, axis=0)


def _days_of(years: NDArray[np.float64], policy: Policy) -> tuple[Any, Any]:
    """First and last day of the season that begins in each year; NaT where that is unknown."""
    codes, known = pd.factorize(years)  # -1: unknown
    days = [policy.season_days(int(year)) for year in known] + [("NaT", "NaT")]
    first, last = np.array(days, dtype="datetime64[D]")[codes].T
    return first, last


def _ran_all_season(cell: _Cells, begins: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Homes whose device was energised by the season's first day, and no date says otherwise.

    Without that date, an acceptance by then shows it.
    """
    energised, accepted = cell.day("energised_on"), cell.day("accepted_on")
    there = np.where(np.isnat(energised), accepted, energised) <= begins
    return np.asarray(there & ~(cell.day("installed_on") > begins))


def _perhaps_empty(cell: _Cells, begins: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Homes that are not occupied by a record from before the season."""
    return np.asarray(~cell.is_in("occupancy", "occupied") | (cell.day("occupancy_on") > begins))
