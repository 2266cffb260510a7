"""Where households stand to the coal-ban zones in force: inside, outside or undecidable."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gis.facts import findings

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.errors import Problem
    from gis.facts.reach import Points
    from gis.policy.model import Placing

INSIDE, OUTSIDE, UNDECIDABLE = "inside", "outside", "undecidable"
SIGMAS = 3.0


def in_force(zones: gpd.GeoDataFrame, as_of: date) -> gpd.GeoDataFrame:
    """The zones that hold on `as_of`: from effective_on to expires_on, both days included."""
    day = pd.Timestamp(as_of)
    begun = (zones["effective_on"] <= day).to_numpy(bool)
    ended = (zones["expires_on"] < day).to_numpy(bool)
    return zones[begun & ~ended].sort_values("zone_id", kind="stable").reset_index(drop=True)


def signed_distance(points: Points, area: Any) -> NDArray[np.float64]:  # noqa: ANN401  # geometry
    """Distance [m] to the boundary of `area`, positive inside, NaN for a point without a place."""
    distance_m = np.full(len(points.x), np.nan)
    here = points.here
    if len(here):
        geometry = points.geometry()
        shapely.prepare(area)
        metres = shapely.distance(geometry, area.boundary)
        distance_m[here] = np.where(shapely.intersects(area, geometry), metres, -metres)
    return distance_m


def positions(
    households: pd.DataFrame,
    points: Points,
    zones: gpd.GeoDataFrame,
    villages: gpd.GeoDataFrame,
    placing: Placing,
) -> pd.DataFrame:
    """One row a household and zone it stands in or may stand in.

    A zone drawn by a line counts a household by where it stands, 3 sigma from the line; one named
    by units by its confirmed village_code. A household whose place or code is not known and that
    may be inside is undecidable.

    Columns: household (position in `households`), zone_id, position (inside | undecidable),
    zone_m (signed distance to the line [m]; NaN where the zone is named by units), ruled (False).
    """
    rows = [_of_zone(households, points, zone, villages, placing) for zone in zones.itertuples()]
    found = pd.concat(rows, ignore_index=True) if rows else _nobody()
    counted = (households["status"] != "rejected").to_numpy(bool)
    return found[counted[found["household"].to_numpy(int)]].reset_index(drop=True)


def _of_zone(
    households: pd.DataFrame,
    points: Points,
    zone: Any,  # noqa: ANN401  # a row of the zones
    villages: gpd.GeoDataFrame,
    placing: Placing,
) -> pd.DataFrame:
    units = list(zone.unit_villages)
    confirmed = households["village_code"] == households["ledger_village_code"]
    inside = (confirmed & households["village_code"].isin(units)).to_numpy(bool)
    if zone.by_units:
        distance_m = np.full(len(households), np.nan)
        unsure = (~confirmed & households["located_village_code"].isin(units)).to_numpy(bool)
    else:
        margin_m = SIGMAS * _sigma_m(households, zone, placing)
        distance_m = _near(points, zone.geometry, margin_m)
        unsure = np.abs(distance_m) <= margin_m
        unsure |= np.isnan(points.x) & _may_reach(households, villages, zone.geometry)
        inside = inside | (distance_m > margin_m)
    chosen = np.flatnonzero(inside | unsure)
    position = np.where(inside[chosen], INSIDE, UNDECIDABLE)
    columns = {"household": chosen, "zone_id": zone.zone_id, "position": position}
    return pd.DataFrame(columns | {"zone_m": distance_m[chosen], "ruled": False})


def _nobody() -> pd.DataFrame:
    kinds = {"household": int, "zone_id": "str", "position": "str", "zone_m": float, "ruled": bool}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def _sigma_m(
    households: pd.DataFrame,
    zone: Any,  # noqa: ANN401  # a row of the zones
    placing: Placing,
) -> NDArray[np.float64]:
    drawn_m = placing.sigma_zone_worded_m if zone.worded else placing.sigma_zone_m
    home_m = households["accuracy_m"].fillna(placing.sigma_household_m).to_numpy(float)
    return np.hypot(home_m, drawn_m)


def _near(
    points: Points,
    area: Any,  # noqa: ANN401  # geometry
    margin_m: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Signed distances, worked out only where they can matter; -inf farther out than that."""
    west, south, east, north = area.bounds
    outside_m = np.fmax(
        np.fmax(west - points.x, points.x - east), np.fmax(south - points.y, points.y - north)
    )
    near = np.flatnonzero(outside_m <= margin_m)
    distance_m = np.where(np.isnan(outside_m), np.nan, -np.inf)
    distance_m[near] = signed_distance(points.at(near), area)
    return distance_m


def _may_reach(
    households: pd.DataFrame,
    villages: gpd.GeoDataFrame,
    area: Any,  # noqa: ANN401  # geometry
) -> NDArray[np.bool_]:
    touched = villages.loc[villages.geometry.intersects(area), "village_code"]
    return households["village_code"].isin(touched).to_numpy(bool)


def with_rulings(
    found: pd.DataFrame, households: pd.DataFrame, rulings: pd.DataFrame, as_of: date
) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """`found` after the office's rulings up to `as_of`; of several the latest stands.

    ASSUME: a ruling decides what the position leaves open, or adds a household to a zone; one
    that puts outside what clearly stands inside is reported and not applied.
    """
    latest = _latest(rulings, as_of)
    ids = households["household_id"].where(households["status"] != "rejected").dropna()
    row_of = pd.Series(ids.index.to_numpy(), index=ids.to_numpy())
    latest = latest.assign(household=latest["household_id"].map(row_of))
    unknown = latest[latest["household"].isna()]
    problems = [findings.unknown_household(row) for row in unknown.to_dict("records")]
    known = latest.dropna(subset="household").astype({"household": int})
    joined = found.merge(known, on=["household", "zone_id"], how="outer")
    clearly = (joined["position"] == INSIDE) & (joined["ruling"] == OUTSIDE)
    problems += [findings.contradiction(row) for row in joined[clearly].to_dict("records")]
    return _decided(joined, joined["ruling"].notna() & ~clearly), tuple(problems)


def _latest(rulings: pd.DataFrame, as_of: date) -> pd.DataFrame:
    dated = rulings[rulings["ruled_on"] <= pd.Timestamp(as_of)]
    ordered = dated.sort_values(["ruled_on", "document_no", "ruling"], kind="stable")
    keys = ["household_id", "zone_id"]
    return ordered.drop_duplicates(keys, keep="last")[[*keys, "ruling"]]


def _decided(joined: pd.DataFrame, ruled: pd.Series) -> pd.DataFrame:
    position = joined["position"].where(~ruled, joined["ruling"])
    decided = joined.assign(position=position, ruled=ruled)
    kept = decided[decided["position"] != OUTSIDE]
    return kept.drop(columns=["household_id", "ruling"]).reset_index(drop=True)


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
