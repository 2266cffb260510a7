"""What must not become public: the ledger's personal values, and where its households stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gis.layers import personal_columns, to_wgs84

if TYPE_CHECKING:
    from gis.publish.results import Results

# ASSUME: a shorter number cannot be told from a count or a year, a single sign is no name.
_SHORTEST = {"owner": 2, "address": 4}
_SHORTEST_ID = 6
_CODED = (
    "hardship_class",
    "supplement_paid_on",
)  # a word or a day: no value of its own to look for
NEAR_M = 1.0
_M_PER_DEGREE = 111_320.0


@dataclass(frozen=True)
class Secrets:
    """values: a ledger value, folded → the column it is from; places: households in metres."""

    values: dict[str, str]
    places: cKDTree | None
    scale: tuple[float, float]

    def near(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which of the positions lie within a metre of a household."""
        if self.places is None or not len(lon):
            return np.zeros(len(lon), dtype=bool)
        at = np.column_stack([lon * self.scale[0], lat * self.scale[1]])
        distance, _ = self.places.query(at, distance_upper_bound=NEAR_M)
        return np.isfinite(distance)


def fold(text: str) -> str:
    """A value as it is compared: one width, one case, nothing around it."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def secrets(results: Results) -> Secrets:
    """The secrets of a run's ledger."""
    homes = results.facts.households
    columns = sorted((personal_columns("households") | {"household_id"}) - set(_CODED))
    values: dict[str, str] = {}
    for column in columns:
        for value in _values(homes, column):
            values.setdefault(value, column)
    return Secrets(values, *_places(homes, results.project.crs))


def _values(homes: pd.DataFrame, column: str) -> Iterator[str]:
    if column not in homes:
        return
    least = _SHORTEST.get(column, _SHORTEST_ID)
    for value in pd.unique(homes[column].dropna()):
        folded = fold(str(value))
        if len(folded) >= least:
            yield folded


def _places(homes: pd.DataFrame, crs: str) -> tuple[cKDTree | None, tuple[float, float]]:
    here = homes[homes["x"].notna() & homes["y"].notna()]
    if here.empty:
        return None, (1.0, 1.0)
    points = gpd.GeoSeries.from_xy(here["x"], here["y"], crs=crs).to_frame("geometry")
    at = to_wgs84(points).geometry
    lon, lat = at.x.to_numpy(), at.y.to_numpy()
    scale = (_M_PER_DEGREE * float(np.cos(np.radians(lat.mean()))), _M_PER_DEGREE)
    return cKDTree(np.column_stack([lon * scale[0], lat * scale[1]])), scale


_WORD = re.compile(r"[^\W_]+(?:[-_][^\W_]+)*")
_FIELD = re.compile(r"[^<>\"'`,;|\t\r\n:={}\[\]()，；：、。（）]+")


def words_in(text: str) -> set[str]:
    """Every word and every field of a text, folded."""
    found = {*_WORD.findall(text), *_FIELD.findall(text)}
    return {fold(one) for one in found}


def words_of_all(texts: Iterable[str]) -> set[str]:
    """`words_in` of several texts."""
    return set().union(*(words_in(text) for text in texts))
