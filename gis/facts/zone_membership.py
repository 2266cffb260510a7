"""The position of households to the coal-ban zones in force: inside, outside or undecidable.

A household nearer to the line of a zone than `SIGMAS` standard deviations of both is undecidable,
until a ruling of the office decides it (`apply_rulings`). `_of_zone` judges the points of one zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from gis.facts import problems
from gis.facts.spatial_index import NOWHERE, AreaIndex
from gis.facts.village_assignment import REJECTED

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.errors import Problem
    from gis.facts.village_assignment import Homes, VillageIndex, VillagePlacement
    from gis.policy.model import Placing

INSIDE, OUTSIDE, UNDECIDABLE = "inside", "outside", "undecidable"
# ASSUME: a position is certain beyond three standard deviations from the line (99.7 %).
SIGMAS = 3.0
_FAR_MARGINS = 5.0  # multiples of the usual margin; distances beyond are not computed


def in_force(zones: gpd.GeoDataFrame, as_of: date) -> gpd.GeoDataFrame:
    """The zones that hold on `as_of`: from effective_on to expires_on, both days included.

    Of several versions of a zone the latest that has begun; an earlier one holds no more, even
    where nobody wrote when it ended. One whose days nobody can tell may hold: it is among them,
    with its own area and that of the version which would hold without it.
    """
    day = pd.Timestamp(as_of)
    unsure = days_unknown(zones)
    begun = zones[((zones["effective_on"] <= day) & ~unsure).to_numpy(bool)]
    ordered = begun.sort_values(["zone_id", "effective_on"], kind="stable")
    latest = ordered.drop_duplicates("zone_id", keep="last")
    ended = (latest["expires_on"] < day).to_numpy(bool)
    return _with_unsure(latest[~ended], zones[unsure.to_numpy(bool)]).reset_index(drop=True)


def days_unknown(zones: gpd.GeoDataFrame) -> pd.Series:
    """Of which zones nobody can tell when they hold: without a first day, or ended before it."""
    begins = zones["effective_on"]
    return begins.isna() | (zones["expires_on"] < begins)


def _with_unsure(holding: gpd.GeoDataFrame, unsure: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The zones that hold and those that may: a zone in both has the area and units of both."""
    if unsure.empty:
        return holding
    every = pd.concat([holding, unsure]).sort_values("zone_id", kind="stable")
    one = every.drop_duplicates("zone_id", keep="last")
    versions = every.groupby("zone_id", sort=False)
    shapes = [shapely.union_all(shapes.to_numpy()) for _, shapes in versions["geometry"]]
    units = [tuple(sorted({*chain(*named)})) for _, named in versions["unit_villages"]]
    flags = {name: versions[name].any().to_numpy() for name in ("by_units", "worded")}
    return one.set_geometry(shapes, crs=one.crs).assign(unit_villages=units, **flags)


class ZoneMembership(NamedTuple):
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


_Row = Any  # of `itertuples`


@dataclass(frozen=True)
class ZoneVersion:
    """One zone: its villages or its line.

    units, touched  whether the zone names each village, or touches its area
    drawn_m         how well the line is known, one sigma [m]
    reach_m         distances to the line are computed up to this [m]
    """

    by_units: bool
    units: NDArray[np.bool_]
    touched: NDArray[np.bool_]
    drawn_m: float
    area: AreaIndex
    reach_m: float

    @classmethod
    def of(cls, zone: _Row, villages: VillageIndex, placing: Placing) -> ZoneVersion:
        """zone: a row of the zones."""
        drawn_m = placing.sigma_zone_worded_m if zone.worded else placing.sigma_zone_m
        drawn = zone.geometry or shapely.Polygon()  # what nobody has drawn holds nobody, surely
        usual_m = SIGMAS * float(np.hypot(placing.sigma_household_m, drawn_m))
        return cls(
            bool(zone.by_units),
            np.isin(villages.codes.astype(str), np.array(zone.unit_villages, dtype=str)),
            shapely.intersects(villages.polygons, drawn),
            drawn_m,
            AreaIndex(np.array([drawn], dtype=object)),
            max(_FAR_MARGINS * usual_m, 1.0),
        )

    def signed_m(
        self, x: NDArray[np.float64], y: NDArray[np.float64], needed_m: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Distance [m] of each point to the line, positive inside.

        Infinite where it is above both needed_m [m] and reach_m.
        """
        line = self.area.boundary
        index, metres = line.nearest(x, y, self.reach_m)
        wide = (index == NOWHERE) & (needed_m > self.reach_m)
        _, metres[wide] = line.nearest(x[wide], y[wide])
        return np.where(self.area.locate(x, y) == NOWHERE, -metres, metres)


class _Households(NamedTuple):
    """Households sorted by x, so that a zone tests only those near it; arrays of shape (n,).

    order, sorted_x     positions from west to east, and their x [m]; those without a place last
    x, y                [m]; x is NaN where a row is rejected, or the place is absurd
    home_m              how well the place is known, one sigma [m]
    located, written    the village each stands in, and the one that its ledger names
    village, confirmed  the village that answers, and whether it is the one that the ledger names
    counted             not rejected
    lost                positions of those that count and have no place
    """

    order: NDArray[np.intp]
    sorted_x: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    home_m: NDArray[np.float64]
    located: NDArray[np.intp]
    written: NDArray[np.intp]
    village: NDArray[np.intp]
    confirmed: NDArray[np.bool_]
    counted: NDArray[np.bool_]
    lost: NDArray[np.intp]

    @classmethod
    def of(cls, homes: Homes, place: VillagePlacement, sigma_m: float) -> _Households:
        """sigma_m: where the ledger does not say how well a place is known."""
        stated = homes.accuracy_m > 0  # no place is known to the millimetre: 0 is a blank
        home_m = np.where(stated, homes.accuracy_m, sigma_m)
        counted = place.status != REJECTED
        here = np.isfinite(homes.x) & np.isfinite(homes.y) & counted & ~place.absurd
        x = np.where(here, homes.x, np.nan)
        order = np.argsort(x)
        confirmed = counted & (place.village != NOWHERE) & (place.village == homes.written)
        lost = np.flatnonzero(counted & ~here)
        villages = place.located, homes.written, place.village
        return cls(order, x[order], x, homes.y, home_m, *villages, confirmed, counted, lost)

    def confirmed_in(self, villages: NDArray[np.bool_]) -> NDArray[np.intp]:
        """The confirmed households of some villages."""
        return np.flatnonzero(_flag(villages, self.village) & self.confirmed)

    def claimed_by(self, villages: NDArray[np.bool_]) -> NDArray[np.intp]:
        """The unconfirmed households that stand in some villages, or whose ledger says so."""
        either = _flag(villages, self.located) | _flag(villages, self.written)
        return np.flatnonzero(either & ~self.confirmed & self.counted)

    def near(self, bounds: NDArray[np.float64], drawn_m: float) -> NDArray[np.intp]:
        """The households that may be within their margin of an extent."""
        west, south, east, north = bounds
        most_m = SIGMAS * float(np.hypot(self.home_m.max(initial=0.0), drawn_m))
        first = np.searchsorted(self.sorted_x, west - most_m)
        last = np.searchsorted(self.sorted_x, east + most_m, side="right")
        some = self.order[first:last]
        x, y = self.x[some], self.y[some]
        off_m = np.maximum(np.maximum(west - x, x - east), np.maximum(south - y, y - north))
        return some[off_m <= self.margin_m(some, drawn_m)]

    def margin_m(self, rows: NDArray[np.intp], drawn_m: float) -> NDArray[np.float64]:
        """The distance from a zone's line within which a side is uncertain [m]."""
        return SIGMAS * np.hypot(self.home_m[rows], drawn_m)


def _flag(villages: NDArray[np.bool_], of: NDArray[np.intp]) -> NDArray[np.bool_]:
    """The flag of each household's village; False for NOWHERE."""
    return np.append(villages, False)[of]


@dataclass(frozen=True)
class ZoneIndex:
    """The zones in force, ready to be asked who is inside."""

    zones: tuple[ZoneVersion, ...]
    sigma_household_m: float

    @classmethod
    def of(cls, zones: gpd.GeoDataFrame, villages: VillageIndex, placing: Placing) -> ZoneIndex:
        """zones: those in force, sorted by zone_id."""
        ready = tuple(ZoneVersion.of(zone, villages, placing) for zone in zones.itertuples())
        return cls(ready, placing.sigma_household_m)

    def find(self, homes: Homes, place: VillagePlacement) -> ZoneMembership:
        """Who stands in a zone, or may stand in it.

        A zone drawn by a line counts a household by where it stands, 3 sigma from the line; one
        named by units by its confirmed village_code. A household whose place or code is not known
        and that may be inside, 3 sigma from the line, is undecidable; so is one that stands clearly
        in a village of the zone while its code names another. Rejected rows are in no zone.
        """
        known = _Households.of(homes, place, self.sigma_household_m)
        rows = [_of_zone(number, zone, known) for number, zone in enumerate(self.zones)]
        if not rows:
            none = np.zeros(0, np.intp)
            return ZoneMembership(none, none, np.zeros(0, bool), np.zeros(0))
        return ZoneMembership(*(np.concatenate(column) for column in zip(*rows, strict=True)))


def _of_zone(number: int, zone: ZoneVersion, homes: _Households) -> ZoneMembership:
    own = homes.confirmed_in(zone.units)
    near = homes.near(zone.area.bounds[0], zone.drawn_m)
    if zone.by_units:
        near = near[~np.isin(near, own)]
        maybe = homes.claimed_by(zone.units)
    else:
        maybe = homes.lost[_flag(zone.touched, homes.village[homes.lost])]
    rows = np.unique(np.concatenate([own, near, maybe]))
    inside, unsure = np.isin(rows, own), np.isin(rows, maybe)
    metres = np.full(len(rows), np.nan)
    at = np.searchsorted(rows, near)
    margin_m = homes.margin_m(near, zone.drawn_m)
    metres[at] = signed = zone.signed_m(homes.x[near], homes.y[near], margin_m)
    if zone.by_units:
        unsure[at] |= signed >= np.where(homes.confirmed[near], margin_m, -margin_m)
        metres[:] = np.nan
    else:
        unsure[at] |= np.abs(signed) <= margin_m
        inside[at] |= signed > margin_m
    chosen = inside | unsure
    rows, inside, metres = rows[chosen], inside[chosen], metres[chosen]
    if not zone.by_units:  # a confirmed unit of a drawn zone may stand far from its line
        rest = np.flatnonzero(np.isnan(metres) & np.isfinite(homes.x[rows]))
        far = rows[rest]
        metres[rest] = zone.signed_m(homes.x[far], homes.y[far], np.zeros(len(far)))
    return ZoneMembership(rows, np.full(len(rows), number, np.intp), inside, metres)


def zone_positions(found: ZoneMembership, zone_ids: NDArray) -> pd.DataFrame:
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
    by_row = first.set_index("household").reindex(range(rows))
    return pd.DataFrame(
        {
            "zone_id": by_row["zone_id"].astype("str").to_numpy(),
            "zone_position": by_row["position"].astype(object).fillna(OUTSIDE).to_numpy(),
            "zone_m": by_row["zone_m"].to_numpy(float),
            "zone_ruled": by_row["ruled"].eq(True).to_numpy(bool),
        }
    )


_KEYS = ["household_id", "zone_id"]


def effective_rulings(
    rulings: pd.DataFrame, versions: gpd.GeoDataFrame, in_force: gpd.GeoDataFrame, as_of: date
) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """The last ruling up to `as_of` on each household and zone, and what is wrong with the others.

    versions: all coal-ban zones; in_force: those of them that hold. Columns household_id, zone_id,
    ruling (NA: nobody can read it, or its day, so that the position is open). One that is older
    than the line in force says nothing about it. One that puts a home outside takes it out of the
    count, so it needs a day and a document. Where another ruling speaks of the same home, one
    without a day or a document leaves the position open. Of several of one day the one that puts
    it inside holds, and before it the one that nobody can read.
    """
    day = pd.Timestamp(as_of)
    made = rulings[~(rulings["ruled_on"] > day).to_numpy(dtype=bool)]
    faults = _faults(made, versions, in_force)
    found = [
        problems.faulty_ruling(code, row)
        for code, faulty in faults.items()
        for row in made[faulty].to_dict("records")
    ]
    doubtful = faults["ruling_without_document"] | faults["ruling_without_day"]
    outside = (made["ruling"] == OUTSIDE).fillna(value=False)
    void = doubtful & outside & ~made.duplicated(_KEYS, keep=False)
    void |= faults["ruling_before_line"]
    ruled = made.assign(on=made["ruled_on"].fillna(day), ruling=made["ruling"].where(~doubtful))
    left = ruled[~void.to_numpy(dtype=bool)]
    ordered = left.sort_values(["on", "ruling"], ascending=[True, False], kind="stable")
    own = [name for name in (*_KEYS, "ruling", "ledger_row") if name in ordered]
    return ordered.drop_duplicates(_KEYS, keep="last")[own], tuple(found)


def _faults(
    made: pd.DataFrame, versions: gpd.GeoDataFrame, in_force: gpd.GeoDataFrame
) -> dict[str, pd.Series]:
    """The rulings with each fault, by the code of its problem."""
    outside = (made["ruling"] == OUTSIDE).fillna(value=False).astype(bool)
    document = made["document_no"].fillna("").astype("str").str.strip()
    since = in_force.set_index("zone_id")["effective_on"]
    before = made["ruled_on"] < pd.to_datetime(made["zone_id"].map(since.to_dict()))
    return {
        "ruling_without_day": made["ruled_on"].isna(),
        "ruling_without_document": outside & (document == ""),
        "ruling_before_line": before.astype(bool),
        "ruling_of_unknown_zone": ~made["zone_id"].isin(versions["zone_id"]),
        "ruling_of_zone_not_in_force": made["zone_id"].isin(versions["zone_id"])
        & ~made["zone_id"].isin(in_force["zone_id"]),
    }


def doubtful_rulings(
    found: pd.DataFrame,
    households: pd.DataFrame,
    rulings: pd.DataFrame,
    zone_villages: pd.DataFrame,
) -> pd.DataFrame:
    """`found` with the homes that are ruled into a zone of which there is none.

    rulings: those of zones that nobody knows; zone_villages: columns zone_id and village_code, the
    zones that name or touch each village. Which zone was meant nobody can tell: until the ruling is
    corrected, the home is undecidable in each of its villages' zones, or else in every one.
    """
    meant = rulings.loc[(rulings["ruling"] != OUTSIDE).to_numpy(bool), "household_id"]
    named = households["household_id"].isin(meant) & (households["status"] != "rejected")
    rows = households.index[named.to_numpy(bool)]
    own = pd.concat(
        pd.DataFrame({"household": rows, "village_code": households.loc[rows, name].to_numpy()})
        for name in ("village_code", "located_village_code")
    )
    near = own.dropna(subset="village_code").merge(zone_villages, on="village_code")
    lost = pd.DataFrame({"household": rows[~rows.isin(near["household"])]})
    anywhere = lost.merge(zone_villages[["zone_id"]].drop_duplicates(), how="cross")
    both = pd.concat([one[["household", "zone_id"]] for one in (near, anywhere)])
    more = both.drop_duplicates().merge(found[["household", "zone_id"]], "left", indicator=True)
    more = more[more.pop("_merge") == "left_only"]
    if more.empty:
        return found
    more = more.assign(position=UNDECIDABLE, zone_m=float("nan"), ruled=False)
    return pd.concat([found, more.astype({"household": int})], ignore_index=True)


def apply_rulings(
    found: pd.DataFrame, households: pd.DataFrame, rulings: pd.DataFrame
) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """`found` after the rulings that hold (`effective_rulings`).

    ASSUME: a ruling decides what the position leaves open, or adds a household to a zone; one
    that puts outside what clearly stands inside is reported and not applied.
    """
    ids = households["household_id"].where(households["status"] != "rejected").dropna()
    row_of = pd.Series(ids.index.to_numpy(), index=ids.to_numpy())
    last = rulings.assign(household=rulings["household_id"].map(row_of))
    unknown = last[last["household"].isna()]
    reported = [problems.unknown_household(row) for row in unknown.to_dict("records")]
    known = last.dropna(subset="household").astype({"household": int})
    joined = found.merge(known, on=["household", "zone_id"], how="outer")
    clearly = (joined["position"] == INSIDE) & (joined["ruling"] == OUTSIDE)
    reported += [problems.contradiction(row) for row in joined[clearly].to_dict("records")]
    return _decided(joined, joined["ruling"].notna() & ~clearly), tuple(reported)


def _decided(joined: pd.DataFrame, ruled: pd.Series) -> pd.DataFrame:
    position = joined["position"].where(~ruled, joined["ruling"])
    decided = joined.assign(position=position.fillna(UNDECIDABLE), ruled=ruled)
    kept = decided[decided["position"] != OUTSIDE]
    own = ["household_id", "ruling", "ledger_row"]
    return kept.drop(columns=own, errors="ignore").reset_index(drop=True)
