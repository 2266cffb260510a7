"""Where households stand to the coal-ban zones in force: inside, outside or undecidable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from gis.facts.cover import NOWHERE
from gis.facts.nearest import NOTHING
from gis.facts.placing import REJECTED
from gis.facts.shelf import kept_cover, kept_nearest

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.facts.cover import Cover
    from gis.facts.nearest import Nearest
    from gis.facts.placing import Homes, Place, Villages
    from gis.policy.model import Placing

INSIDE, OUTSIDE, UNDECIDABLE = "inside", "outside", "undecidable"
SIGMAS = 3.0
_LOOKED_AT = 20.0  # usual margins from the line; beyond, distances are not worked out


def in_force(zones: gpd.GeoDataFrame, as_of: date) -> gpd.GeoDataFrame:
    """The zones that hold on `as_of`: from effective_on to expires_on, both days included.

    Of several versions of a zone the latest that has begun; an earlier one holds no more, even
    where nobody wrote when it ended. Where one has no day, nobody knows which of them holds: none.
    """
    day = pd.Timestamp(as_of)
    undated = zones["zone_id"].isin(zones.loc[zones["effective_on"].isna(), "zone_id"])
    begun = zones[((zones["effective_on"] <= day) & ~undated).to_numpy(bool)]
    ordered = begun.sort_values(["zone_id", "effective_on"], kind="stable")
    latest = ordered.drop_duplicates("zone_id", keep="last")
    ended = (latest["expires_on"] < day).to_numpy(bool)
    return latest[~ended].reset_index(drop=True)


class Found(NamedTuple):
    """One row a household and zone it stands in or may stand in.

    household  position among the households
    zone       position among the zones
    surely     inside; else undecidable
    zone_m     signed distance to the line [m], positive inside; infinite where the line is too far
               off to matter, NaN where there is none
    """

    household: NDArray[np.intp]
    zone: NDArray[np.intp]
    surely: NDArray[np.bool_]
    zone_m: NDArray[np.float64]


@dataclass(frozen=True)
class Zone:
    """One zone: its villages (a flag a village) or its line, and how well the line is known."""

    by_units: bool
    units: NDArray[np.bool_]
    touched: NDArray[np.bool_]
    drawn_m: float
    bounds: NDArray[np.float64]
    area: Cover
    line: Nearest

    @classmethod
    def of(cls, zone: Any, villages: Villages, placing: Placing) -> Zone:  # noqa: ANN401  # a row
        """zone: a row of the zones."""
        drawn_m = placing.sigma_zone_worded_m if zone.worded else placing.sigma_zone_m
        shape = np.array([zone.geometry], dtype=object)
        bounds = np.array(zone.geometry.bounds, float)
        usual_m = SIGMAS * float(np.hypot(placing.sigma_household_m, drawn_m))
        return cls(
            bool(zone.by_units),
            np.isin(villages.codes.astype(str), np.array(zone.unit_villages, dtype=str)),
            shapely.intersects(villages.polygons, zone.geometry),
            drawn_m,
            bounds,
            kept_cover(shape),
            kept_nearest(shape, reach_m=max(_LOOKED_AT * usual_m, 1.0)),
        )

    def signed_m(
        self, x: NDArray[np.float64], y: NDArray[np.float64], needed_m: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Distance [m] of each point to the line, positive inside.

        Infinite where it is above both needed_m [m] and what is worked out for everyone.
        """
        index, metres = self.line.find(x, y)
        wide = np.flatnonzero((index == NOTHING) & (needed_m > self.line.reach_m))
        if len(wide):
            _, metres[wide] = self.line.far(x[wide], y[wide])
        return np.where(self.area.locate(x, y) == NOWHERE, -metres, metres)


@dataclass(frozen=True)
class Zones:
    """The zones in force, ready to be asked who is inside."""

    zones: tuple[Zone, ...]
    sigma_household_m: float

    @classmethod
    def of(cls, zones: gpd.GeoDataFrame, villages: Villages, placing: Placing) -> Zones:
        """zones: those in force, sorted by zone_id."""
        ready = tuple(Zone.of(zone, villages, placing) for zone in zones.itertuples())
        return cls(ready, placing.sigma_household_m)

    def find(self, homes: Homes, place: Place) -> Found:
        """Who stands in a zone, or may stand in it.

        A zone drawn by a line counts a household by where it stands, 3 sigma from the line; one
        named by units by its confirmed village_code. A household whose place or code is not known
        and that may be inside, 3 sigma from the line, is undecidable. Rejected rows are in no zone.
        """
        stated = homes.accuracy_m > 0  # no place is known to the millimetre: 0 is a blank
        home_m = np.where(stated, homes.accuracy_m, self.sigma_household_m)
        counted = place.status != REJECTED
        here = np.isfinite(homes.x) & np.isfinite(homes.y) & counted
        x = np.where(here, homes.x, np.nan)
        by_x = np.argsort(x, kind="stable")
        confirmed = counted & (place.village != NOWHERE) & (place.village == homes.written)
        rows = [
            _of_zone(number, zone, (homes._replace(x=x), place, confirmed), (by_x, home_m))
            for number, zone in enumerate(self.zones)
        ]
        if not rows:
            none = np.zeros(0, np.intp)
            return Found(none, none, np.zeros(0, bool), np.zeros(0))
        return Found(*(np.concatenate(column) for column in zip(*rows, strict=True)))


def _of_zone(
    number: int,
    zone: Zone,
    who: tuple[Homes, Place, NDArray[np.bool_]],
    where: tuple[NDArray[np.intp], NDArray[np.float64]],
) -> Found:
    homes, place, confirmed = who
    by_x, home_m = where
    inside = confirmed & np.append(zone.units, False)[place.village]
    distance_m = np.full(len(home_m), np.nan)
    margin_m = SIGMAS * np.hypot(home_m, zone.drawn_m)
    near = _near(zone.bounds, homes, by_x, margin_m)
    if zone.by_units:
        near = near[~confirmed[near]]
        metres = zone.signed_m(homes.x[near], homes.y[near], margin_m[near])
        units = np.append(zone.units, False)
        unsure = ~confirmed & (place.status != REJECTED)
        unsure &= units[place.located] | units[homes.written]
        unsure[near] |= metres >= -margin_m[near]
    else:
        distance_m[near] = metres = zone.signed_m(homes.x[near], homes.y[near], margin_m[near])
        unsure = (
            np.isnan(homes.x)
            & (place.status != REJECTED)
            & np.append(zone.touched, False)[place.village]
        )
        unsure[near] |= np.abs(metres) <= margin_m[near]
        inside[near] |= metres > margin_m[near]
    chosen = np.flatnonzero(inside | unsure)
    if not zone.by_units:  # a confirmed unit of a drawn zone may stand far from its line
        rest = chosen[np.isnan(distance_m[chosen]) & np.isfinite(homes.x[chosen])]
        distance_m[rest] = zone.signed_m(homes.x[rest], homes.y[rest], np.zeros(len(rest)))
    numbers = np.full(len(chosen), number, np.intp)
    return Found(chosen, numbers, inside[chosen], distance_m[chosen])


def _near(
    bounds: NDArray[np.float64],
    homes: Homes,
    by_x: NDArray[np.intp],
    margin_m: NDArray[np.float64],
) -> NDArray[np.intp]:
    """The households that may be within their margin of an extent; by_x: by ascending x."""
    most_m = float(margin_m.max(initial=0.0))
    first = np.searchsorted(homes.x, bounds[0] - most_m, sorter=by_x)
    last = np.searchsorted(homes.x, bounds[2] + most_m, side="right", sorter=by_x)
    strip = by_x[first:last]
    x, y, own_m = homes.x[strip], homes.y[strip], margin_m[strip]
    off_m = np.maximum(
        np.maximum(bounds[0] - x, x - bounds[2]), np.maximum(bounds[1] - y, y - bounds[3])
    )
    return np.sort(strip[off_m <= own_m])


def positions(found: Found, zone_ids: NDArray) -> pd.DataFrame:
    """`found` with names: household, zone_id, position, zone_m, ruled (False)."""
    return pd.DataFrame(
        {
            "household": found.household.astype(int),
            "zone_id": pd.Series(zone_ids[found.zone], dtype="str"),
            "position": pd.Series(np.where(found.surely, INSIDE, UNDECIDABLE), dtype="str"),
            "zone_m": found.zone_m,
            "ruled": False,
        }
    ).astype({"ruled": bool})


def first_zone(found: pd.DataFrame, rows: int) -> pd.DataFrame:
    """zone_id, zone_position, zone_m and zone_ruled of each of `rows` households.

    Of several zones the one it is surely inside, then the lowest id; outside of all: NA, outside.
    """
    ranked = found.assign(rank=(found["position"] != INSIDE).astype(int))
    first = ranked.sort_values(["household", "rank", "zone_id"]).drop_duplicates("household")
    spread = first.set_index("household").reindex(range(rows))
    return pd.DataFrame(
        {
            "zone_id": spread["zone_id"].astype("str").to_numpy(),
            "zone_position": spread["position"].astype(object).fillna(OUTSIDE).to_numpy(),
            "zone_m": spread["zone_m"].to_numpy(float),
            "zone_ruled": spread["ruled"].eq(True).to_numpy(bool),
        }
    )
