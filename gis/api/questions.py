"""The single questions of a plan, as functions on (Geo)DataFrames without a project."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Unpack

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.api.frame_layers import OptionalLayers, load_frames
from gis.api.plan_tables import in_yuan
from gis.api.project import Project, day_of
from gis.errors import InputError, Text
from gis.facts.build import placement_columns
from gis.facts.coverage import SERVED, in_service, in_service_by, service_status, within_distance
from gis.facts.spatial_index import LineIndex
from gis.facts.village_assignment import REJECTED, Homes, VillageIndex
from gis.facts.village_table import by_code
from gis.facts.zone_membership import ZoneIndex, first_zone, in_force, zone_positions
from gis.policy.model import Placing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from gis.network import NetworkExtension

_NO_DAY = date(2200, 1, 1)  # later than any date of a layer: what is dated has begun
_MOST_M = 1_000_000
_PLACED = ["status", "village_code", "located_village_code", "nearest_village_code",
           "nearest_village_m"]  # fmt: skip


def place(homes: pd.DataFrame, villages: gpd.GeoDataFrame) -> pd.DataFrame:
    """The village of each household.

    Args:
        homes: Points in any CRS. A column village_code names who answers for the household; without
            it the location decides.
        villages: Polygons in any CRS, with village_code (12 digits).

    Returns:
        One row a household, on the index of `homes`: status (placed, outside or rejected),
        village_code (who answers), located_village_code (where it stands), nearest_village_code and
        nearest_village_m [m] (both for a point outside of all). On a shared edge the lower code. A
        row with neither a code nor a place is rejected, and so is one whose household_id stands in
        rows that differ.

    Raises:
        InputError: A frame cannot be used; `problems` of the error has the reasons.
    """
    tables, _ = load_frames(
        {"households": homes, "villages": villages},
        {"households": (), "villages": ("village_code",)},
    )
    areas = by_code(tables["villages"])
    index = VillageIndex.of(areas, "ledger")
    ledger = tables["households"]
    found = placement_columns(ledger, index.place(Homes.of(ledger, index.codes)), index.codes)
    return found[_PLACED].set_axis(homes.index, axis=0)


def served(
    homes: pd.DataFrame,
    pipes: gpd.GeoDataFrame,
    within_m: float = 50.0,
    *,
    as_of: date | str | None = None,
    by: date | str | None = None,
) -> pd.DataFrame:
    """Whether each household is within reach of a pipe.

    Args:
        homes: Points in any CRS.
        pipes: Lines in any CRS, with status (in_service or planned) and, if there is one, the date
            in_service_on.
        within_m: Reach [m], the distance itself included.
        as_of: A pipe dated later than this day is not in service; None: the status alone counts.
        by: Pipes dated to be in service by this day count as planned; None: planned ones don't
            count.

    Returns:
        One row a household, on the index of `homes`: served (in_service, planned or none; missing
        where the place is not known) and pipe_m, the distance to the nearest pipe in service [m]
        (infinite where there is none, NaN where the place is not known).

    Raises:
        InputError: A frame cannot be used; `problems` of the error has the reasons.
    """
    _check_metres("within_m", within_m)
    day = _NO_DAY if as_of is None else day_of(as_of)
    needed = {"households": (), "heat_pipes": ("status", "in_service_on")}
    tables, _ = load_frames({"households": homes, "heat_pipes": pipes}, needed)
    lines, ledger = tables["heat_pipes"], tables["households"]
    now = in_service(lines, day)
    coming = np.zeros(len(lines), bool) if by is None else in_service_by(lines, day, day_of(by))
    x, y = ledger["x"].to_numpy(float), ledger["y"].to_numpy(float)
    here = np.isfinite(x) & np.isfinite(y)
    pipe_m, reached = _reach(lines[now], (x[here], y[here]), within_m)
    _, planned = _reach(lines[coming], (x[here], y[here]), within_m)
    told = pd.DataFrame({"served": pd.Series(pd.NA, homes.index, "str"), "pipe_m": np.nan})
    told.loc[here, "served"] = SERVED[service_status(reached, planned & ~reached)]
    told.loc[here, "pipe_m"] = pipe_m
    return told


def _reach(
    lines: gpd.GeoDataFrame, at: tuple[NDArray[np.float64], NDArray[np.float64]], within_m: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The distance [m] of each point to the nearest line, and whether it is within reach."""
    shapes = lines.geometry.dropna().to_numpy()
    if not len(shapes):
        return np.full(len(at[0]), np.inf), np.zeros(len(at[0]), bool)
    index = LineIndex(shapes)
    found = index.nearest(*at)
    return found[1], within_distance(index, at, found, within_m)


def zone_position(
    homes: pd.DataFrame,
    zones: gpd.GeoDataFrame,
    sigma_m: float = 10.0,
    *,
    as_of: date | str | None = None,
) -> pd.DataFrame:
    """Where each household stands to zones that are drawn by a line.

    Clearly inside or outside is more than three sigma from the line; nearer to it the position is
    undecidable.

    Args:
        homes: Points in any CRS. A column accuracy_m [m] holds for the households that have it.
        zones: Polygons in any CRS, with zone_id.
        sigma_m: How well a place is known, one sigma [m].
        as_of: Zones not in force on this day are left out; None: every zone counts.

    Returns:
        One row a household, on the index of `homes`: position (inside, outside, undecidable;
        missing where the place is not known), zone_id (of several the one it is surely inside, then
        the lowest id; missing outside of all) and zone_m, the distance to its line [m], negative
        outside; infinite inside, where the line is too far to matter.

    Raises:
        InputError: A frame cannot be used, or a zone occurs in several versions and no day is
            given.
    """
    _check_metres("sigma_m", sigma_m)
    needed = {
        "households": ("accuracy_m",),
        "coal_ban_zones": ("zone_id", "effective_on", "expires_on") if as_of else ("zone_id",),
    }
    tables, _ = load_frames({"households": homes, "coal_ban_zones": zones}, needed)
    ledger, drawn = tables["households"], tables["coal_ban_zones"].sort_values("zone_id")
    if as_of:
        drawn = in_force(drawn, day_of(as_of))
    elif drawn["zone_id"].duplicated().any():
        zh = "有的禁煤区有几个版本，请写明日期：as_of=date(2024, 10, 31)。"
        en = "a zone occurs in several versions; say on which day: as_of=date(2024, 10, 31)."
        raise InputError(Text(zh, en))
    nobody = VillageIndex.of(_no_villages(drawn), "location")
    placing = Placing(
        duty="location", sigma_household_m=sigma_m, sigma_zone_m=0.0, sigma_zone_worded_m=0.0
    )
    people = Homes.of(ledger, nobody.codes)
    standing = nobody.place(people)
    standing = standing._replace(status=np.where(people.rejected, REJECTED, 1).astype(np.int8))
    found = ZoneIndex.of(drawn, nobody, placing).find(people, standing)
    ids = drawn["zone_id"].to_numpy(dtype=object)
    first = first_zone(zone_positions(found, ids), len(ledger))
    known = (ledger["x"].notna() & ledger["y"].notna() & ~people.rejected).to_numpy()
    told = {
        "position": first["zone_position"].astype("str").where(known),
        "zone_id": first["zone_id"],
        "zone_m": first["zone_m"],
    }
    return pd.DataFrame(told).set_axis(homes.index, axis=0)


def _check_metres(name: str, metres: float) -> None:
    """Refuse what is no distance.

    Raises:
        InputError: It is negative, infinite or no number.
    """
    if not (isinstance(metres, int | float) and 0 <= metres <= _MOST_M):
        zh = f"{name} 应为 0 至 {_MOST_M:,} 米的数，这里是 {metres!r}。"
        en = f"{name}: expected a number of metres from 0 to {_MOST_M:,}, found {metres!r}."
        raise InputError(Text(zh, en))


def _no_villages(like: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A layer of villages without a row."""
    none = pd.Series([], dtype="str")
    return gpd.GeoDataFrame({"village_code": none}, geometry=gpd.GeoSeries([]), crs=like.crs)


def judge_clearance(  # noqa: PLR0913  # one parameter a layer
    households: pd.DataFrame,
    villages: gpd.GeoDataFrame,
    coal_ban_zones: gpd.GeoDataFrame | None = None,
    *,
    policy: str | Path,
    as_of: date | str,
    zones: Sequence[Mapping[str, object]] = (),
    **layers: Unpack[OptionalLayers],
) -> gpd.GeoDataFrame:
    """Whether each coal-ban zone is clear: missing evidence never clears.

    Args:
        households: As for `Project`; so is every other layer.
        villages: Polygons.
        coal_ban_zones: Polygons; None: all of them are in `zones`.
        policy: The policy.toml, whose [clearance] holds.
        as_of: The day of the verdicts.
        zones: Zones described in words.
        **layers: Evidence: inspections, premises, complaints, zone_rulings. Without inspections
            nothing is cleared.

    Returns:
        One row a zone in force, by zone_id, as `Plan.zones`.

    Raises:
        InputError: A problem of a layer is blocking, or the policy has a mistake in it.
    """
    project = Project(
        households, villages, coal_ban_zones, policy=policy, as_of=as_of, zones=zones, **layers
    )
    return project.audit()


@dataclass(frozen=True)
class ProposedNetwork:
    """Where the heating network should grow to, and what it costs.

    mains        new mains by branch_id: dn_mm, length_m, kw, loss_kw, heat_mwh_a, mwh_per_m_a,
                 thin, capital_cny, upsized, villages, streets
    villages     every candidate by village_code: connected, homes, peak_kw, new_m, network_cny,
                 cost_cny_a, individual_route, individual_cny_a, runs_on, in_time, why_zh, why_en
    cost_cny_a   yearly cost of all candidates, connected or not [yuan]
    bound_cny_a  proven: no network costs less [yuan]
    gap          how far the bound may be below the cost, as a share of the cost
    invest_cny   capital of the mains and substations [yuan]
    """

    mains: gpd.GeoDataFrame
    villages: pd.DataFrame
    cost_cny_a: float
    bound_cny_a: float
    gap: float
    invest_cny: float


def extend_network(  # noqa: PLR0913  # one parameter a layer
    households: pd.DataFrame,
    villages: gpd.GeoDataFrame,
    coal_ban_zones: gpd.GeoDataFrame | None = None,
    *,
    policy: str | Path,
    as_of: date | str,
    zones: Sequence[Mapping[str, object]] = (),
    **layers: Unpack[OptionalLayers],
) -> ProposedNetwork:
    """Which villages the heating network should grow to, along which streets.

    Minimises pipe, substations and the individual route of everyone who is not connected; branched
    on until the gap is proven to be small.

    Args:
        households: As for `Project`; so is every other layer.
        villages: Polygons.
        coal_ban_zones: Polygons; None: all of them are in `zones`.
        policy: The policy.toml, with its prices.
        as_of: The day on which work starts.
        zones: Zones described in words.
        **layers: roads (lines along which pipe can be laid), heat_pipes (lines: pipe_id, dn_mm,
            status, role), both needed; others such as heat_sources, without which capacity is
            unlimited.

    Raises:
        InputError: A problem of a layer is blocking, a price is missing, or no network is feasible.
    """
    project = Project(
        households, villages, coal_ban_zones, policy=policy, as_of=as_of, zones=zones, **layers
    )
    return proposed_network(project.run().proven_extension, project.crs)


def proposed_network(found: NetworkExtension, crs: str) -> ProposedNetwork:
    """What the stage found, in yuan, by branch and village."""
    return ProposedNetwork(
        mains=found.branches.set_crs(crs).set_index("branch_id"),
        villages=in_yuan(found.villages),
        cost_cny_a=found.network.cost_cny_a,
        bound_cny_a=found.network.bound_cny_a,
        gap=found.network.gap,
        invest_cny=found.network.invest_cny,
    )
