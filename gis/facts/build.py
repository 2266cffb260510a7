"""Build the two tables that decisions and audits rest on: households, and their sums by village.

A ledger is processed whole or in chunks of equal size, with the same result.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from gis.conservation import check_same_ids
from gis.errors import Text
from gis.facts import coverage, problems, zone_membership
from gis.facts.buildings import Buildings
from gis.facts.executors import ON_ALL_CORES, Engine
from gis.facts.heat_network import with_connected
from gis.facts.metered_season import metered_columns
from gis.facts.payments import judged_payments
from gis.facts.programme_list import SharedLists, of_own_year
from gis.facts.spatial_context import HouseholdLocation, SpatialContext, unplaced_areas
from gis.facts.transformer_loads import INFERRED, LISTED, stated, transformer_loads
from gis.facts.transformers import meter_feeders, settle_feeders
from gis.facts.unplaced import village_answers
from gis.facts.village_assignment import STATUS, Homes, VillagePlacement
from gis.facts.village_table import (
    build_village_table,
    by_code,
    distance_of_unserved,
    pending_homes,
    sum_by_village,
)
from gis.facts.zone_membership import ZoneMembership

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.errors import Problem
    from gis.facts.village_assignment import VillageIndex
    from gis.policy import Policy


def lookup(names: NDArray, index: NDArray) -> NDArray:
    """The name at each position, None at -1."""
    return np.concatenate([names, np.array([None], dtype=object)])[index]


def lookup_text(names: NDArray, index: NDArray) -> pd.Series:
    """The name at each position as text, missing at -1."""
    different = pa.array([*names.tolist(), None], pa.large_string())
    taken = different.take(pa.array(np.where(index < 0, len(names), index)))
    return pd.Series(pd.array(taken, dtype="str"))


def placement_columns(
    ledger: pd.DataFrame, place: VillagePlacement, codes: NDArray
) -> pd.DataFrame:
    """The ledger with the columns of placing.

    status (placed | outside | rejected), reject_reason, ledger_village_code, village_code (who
    answers), located_village_code, nearest_village_code, nearest_village_m [m] (both only for a
    point that stands in no village). codes: the villages', sorted.
    """
    reason = ledger["reject_reason"].mask(pd.Series(place.no_place), "no_place")
    columns = {
        "status": STATUS[place.status],
        "reject_reason": reason,
        "ledger_village_code": ledger["village_code"],
        "village_code": lookup_text(codes, place.village),
        "located_village_code": lookup_text(codes, place.located),
        "nearest_village_code": lookup_text(codes, place.nearest),
        "nearest_village_m": place.nearest_m,
    }
    return ledger.drop(columns=["village_code", "reject_reason"]).assign(**columns)


def coverage_columns(location: HouseholdLocation, context: SpatialContext) -> dict[str, Any]:
    """What reaches each household, one column each."""
    areas = np.array([area.name for area in context.named] + [""], dtype=object)
    ids = np.zeros(0, dtype=object) if context.transformers is None else context.transformers.ids
    return {
        "pipe_m": location.pipe_m,
        "served": coverage.SERVED[location.served],
        "served_on": pd.Series(location.served_on),
        "needs_station": location.station,
        "gas_served": coverage.SERVED[location.gas_served],
        "gas_secured": location.gas_secured,
        "in_built_up": location.built_up,
        "named_area": areas[location.named],
        "transformer_id": lookup_text(ids, location.transformer),
        "transformer_m": location.transformer_m,
    }


def feeder_columns(placed: pd.DataFrame, found: dict[str, Any], context: SpatialContext) -> None:
    """Let the grid company's list (`transformer_id` of the ledger) go before nearness, in `found`.

    transformer_basis: "listed", "inferred" (by village or nearness) or "" (fed by none).
    """
    nearest = found["transformer_id"]
    listed = placed.reindex(columns=["transformer_id"])["transformer_id"].astype("str")
    feeders = context.transformers
    known = pd.Series(data=False, index=placed.index)
    if feeders is not None and len(feeders.ids):
        at = pd.Index(feeders.ids).get_indexer(listed)
        known = pd.Series(at >= 0, index=placed.index)
        x, y = (placed[axis].to_numpy(float) for axis in ("x", "y"))
        away_m = np.hypot(x - feeders.at[at, 0], y - feeders.at[at, 1])
        found["transformer_m"] = np.where(known, away_m, found["transformer_m"])
        found["transformer_id"] = nearest.mask(known.to_numpy(), listed.to_numpy())
    basis = np.where(known, LISTED, np.where(nearest.notna(), INFERRED, ""))
    found["transformer_basis"] = pd.Series(basis, dtype="str")


ROWS = 65_536  # households a part: small enough for a worker's memory, large enough to be worth it


def row_parts(homes: Homes) -> list[Homes]:
    """The ledger cut into parts of ROWS; one empty part for an empty ledger."""
    starts = range(0, max(len(homes.x), 1), ROWS)
    return [homes.part(slice(start, start + ROWS)) for start in starts]


def joined_parts(standings: Iterable[HouseholdLocation]) -> HouseholdLocation:
    """The parts, in their order, as one; rows of `zones` by zone, then by household."""
    every = list(standings)
    if len(every) == 1:
        return every[0]
    places = [one.place for one in every]
    place = VillagePlacement._make(np.concatenate(column) for column in zip(*places, strict=True))
    firsts = np.cumsum([0, *(len(one.status) for one in places[:-1])])
    zones = [
        one.zones._replace(household=one.zones.household + first)
        for one, first in zip(every, firsts, strict=True)
    ]
    found = ZoneMembership._make(np.concatenate(column) for column in zip(*zones, strict=True))
    order = np.argsort(found.zone, kind="stable")
    plain = [np.concatenate(column) for column in zip(*(one[1:-1] for one in every), strict=True)]
    return HouseholdLocation._make(
        [place, *plain, ZoneMembership._make(column[order] for column in found)]
    )


_PLACING = Text("逐户落位", "placing every household")


class BuiltFacts(NamedTuple):
    """households and zone_positions as Facts has them; pieces: the one each would draw on."""

    households: pd.DataFrame
    zone_positions: pd.DataFrame
    pieces: NDArray
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class FactsBuilder:
    """Everything that the facts of a chunk of households are built from.

    context        spatial indexes of the layers
    townships     township_code of each village
    served_share  share of homes at which a village counts as served, of the policy
    rulings       rulings that hold on zones in force
    misnamed      rulings on unknown zones
    zone_villages zone_id and village_code: the villages that each zone names or touches
    feeders       the transformer of each meter, by the grid company's list
    """

    context: SpatialContext
    townships: NDArray
    served_share: float
    zones: gpd.GeoDataFrame
    rulings: pd.DataFrame | None
    misnamed: pd.DataFrame | None
    zone_villages: pd.DataFrame
    as_of: date
    policy: Policy
    problems: tuple[Problem, ...]
    buildings: Buildings | None = None
    feeders: pd.Series | None = None
    lists: SharedLists | None = None

    @classmethod
    def of(cls, tables: Mapping[str, Any], policy: Policy, as_of: date) -> FactsBuilder:
        """tables: the layers by name, geometry in the metric project CRS [m]."""
        villages = by_code(tables["villages"])
        zones = zone_membership.in_force(tables["coal_ban_zones"], as_of)
        context = SpatialContext.of({**tables, "villages": villages}, policy, as_of)
        reported = unplaced_areas(context, policy)
        versions, rulings = tables["coal_ban_zones"], tables.get("zone_rulings")
        reported += problems.zones_away(versions, zones, as_of) + problems.zones_unsure(zones)
        misnamed = None
        if rulings is not None:
            rulings, faults = zone_membership.effective_rulings(rulings, versions, zones, as_of)
            reported += faults
            misnamed = rulings[~rulings["zone_id"].isin(versions["zone_id"]).to_numpy(bool)]
            rulings = rulings[rulings["zone_id"].isin(zones["zone_id"]).to_numpy(bool)]
        townships = villages["township_code"].to_numpy(dtype=object)
        named = _zone_villages(context, zones)
        share = policy.heating_network.served_share
        buildings = Buildings.of(tables.get("buildings"), policy)
        return cls(
            context,
            townships,
            share,
            zones,
            rulings,
            misnamed,
            named,
            as_of,
            policy,
            reported,
            buildings,
            meter_feeders(tables.get("meters")),
        )

    def homes(self, ledger: pd.DataFrame) -> Homes:
        """What of a ledger the facts of place rest on."""
        return Homes.of(ledger, self.context.villages.codes)

    def facts(self, ledger: pd.DataFrame, location: HouseholdLocation) -> BuiltFacts:
        """The facts of a ledger (RangeIndex) whose homes lie as `location` says."""
        placed = placement_columns(ledger, location.place, self.context.villages.codes)
        differing = problems.meters_that_differ(placed, self.feeders)
        placed = settle_feeders(placed, self.feeders, self.context.transformers)
        zone_ids = self.zones["zone_id"].to_numpy(dtype=object)
        found = zone_membership.zone_positions(location.zones, zone_ids)
        reported: tuple[Problem, ...] = ()
        if self.rulings is not None:
            found, reported = zone_membership.apply_rulings(found, placed, self.rulings)
        if self.misnamed is not None and len(self.misnamed):
            found = zone_membership.doubtful_rulings(
                found, placed, self.misnamed, self.zone_villages
            )
        reported += differing
        reported += problems.unknown_feeders(placed, self.context.transformers)
        facts = {
            "township_code": lookup_text(self.townships, location.place.village),
            "pending": pending_homes(placed),
            **coverage_columns(location, self.context),
            **zone_membership.first_zone(found, len(placed)),
        }
        feeder_columns(placed, facts, self.context)
        households, of_lists = of_own_year(
            placed.assign(**facts), self.policy, self.as_of, self.lists
        )
        if self.buildings is not None:
            households = households.assign(**self.buildings.columns(households))
        households = households.assign(**village_answers(households, self.served_share))
        check_same_ids(_PLACING, ledger["household_id"], households["household_id"])
        pieces = lookup(self.context.heat.names, location.piece)
        return BuiltFacts(
            households, found, pieces, (*reported, *of_lists, *problems.of_places(households))
        )


def _zone_villages(context: SpatialContext, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """zone_id, village_code: the villages that each zone in force names or touches."""
    codes = context.villages.codes
    parts = [
        pd.DataFrame({"zone_id": name, "village_code": codes[zone.units | zone.touched]})
        for name, zone in zip(zones["zone_id"], context.zones.zones, strict=True)
    ]
    none = pd.DataFrame({"zone_id": [], "village_code": []}, dtype="str")
    return pd.concat([none, *parts], ignore_index=True)


_ADDING_UP = Text("逐村汇总", "adding up every village")


@dataclass(frozen=True)
class Facts:
    """What is known, before anything is decided or judged.

    households      one row a ledger row, with every ledger column and the facts of place
    villages        one row a village, sorted by village_code
    zone_positions  one row a household and zone it is or may be inside of
    transformers    their loads before anything is decided, see gis.facts.transformer_loads
    devices         what the households add to each transformer, of which `transformers` is made
    links           village_code, served, transformer_id (NA: out of reach), pending households and
                    their device_w [W]
    connected       the homes that heat centrally by piece, of which `sources` is made
    sources         one row a piece of network, see gis.facts.heat_network.with_connected
    zones           the coal-ban zones in force, sorted by zone_id
    available       names of the layers that were there
    problems        what the layers say against each other
    village_index   the villages as drawn: of the whole project, whatever `villages` is of
    payments        see gis.facts.payments; None: no such layer
    claimed_elsewhere  where the households are a part of a ledger: what several parts claim, see
                    gis.audit.repeated_claims
    """

    households: pd.DataFrame
    villages: pd.DataFrame
    zone_positions: pd.DataFrame
    transformers: pd.DataFrame
    links: pd.DataFrame
    sources: pd.DataFrame
    zones: gpd.GeoDataFrame
    available: frozenset[str]
    problems: tuple[Problem, ...]
    village_index: VillageIndex | None = None
    devices: pd.DataFrame = field(default_factory=pd.DataFrame)
    connected: pd.DataFrame = field(default_factory=pd.DataFrame)
    payments: pd.DataFrame | None = None
    claimed_elsewhere: NDArray[np.uint64] | None = None

    @property
    def capacity_known(self) -> bool:
        """Whether the sources' capacity is known at all."""
        return "heat_sources" in self.available

    @property
    def transformers_known(self) -> bool:
        """Whether the transformers are known at all."""
        return "transformers" in self.available


def build_facts(
    tables: Mapping[str, Any], policy: Policy, as_of: date, engine: Engine = ON_ALL_CORES
) -> Facts:
    """The facts of every household and village on `as_of`.

    tables: the layers by name, canonical columns, geometry in the metric project CRS [m].
    engine: who works the parts of the ledger out; every engine gives the same facts.
    """
    builder = FactsBuilder.of(tables, policy, as_of)
    met = problems.meters_met(tables["households"], builder.feeders)
    strange = problems.unknown_meters(met, builder.feeders)
    builder = replace(builder, problems=(*builder.problems, *strange))
    return build_facts_from_context(builder, tables, policy, engine)


def build_facts_from_context(
    builder: FactsBuilder, tables: Mapping[str, Any], policy: Policy, engine: Engine = ON_ALL_CORES
) -> Facts:
    """The same with a builder made before.

    tables: may hold only some of the builder's villages, with the households that count in them; of
    the layers that the builder was made of the names are enough, but for the transformers.
    """
    ledger = tables["households"].reset_index(drop=True)
    location = joined_parts(engine.map(builder.context, row_parts(builder.homes(ledger))))
    built = builder.facts(ledger, location)
    metered = metered_columns(built.households, tables.get("weather"), policy, builder.as_of)
    built = built._replace(households=built.households.assign(**metered))
    grid = tables.get("transformers")
    stations = None if grid is None else stated(grid, builder.as_of)
    sources = builder.context.heat.sources
    total = sum_by_village(built.households, built.pieces, stations, sources, policy)
    median_m = distance_of_unserved(built.households).groupby(level=0).median()
    villages = build_village_table(
        total, median_m, by_code(tables["villages"]), policy, builder.as_of
    )
    _conserved(built.households, villages)
    payments, refused = judged_payments(
        tables.get("payments"), built.households, villages, policy, builder.as_of
    )
    reported = (
        *built.problems,
        *builder.problems,
        *problems.of_ledgers(villages, builder.as_of),
        *problems.of_devices(built.households, villages, policy),
        *problems.of_central(built.households, villages),
        *refused,
    )
    return Facts(
        households=built.households,
        villages=villages,
        zone_positions=built.zone_positions,
        transformers=transformer_loads(grid, total.devices, policy, builder.as_of),
        devices=total.devices,
        links=total.links,
        sources=with_connected(sources, total.connected, policy),
        connected=total.connected,
        zones=builder.zones,
        available=frozenset(tables),
        problems=reported,
        village_index=builder.context.villages,
        payments=payments,
    )


def _conserved(households: pd.DataFrame, villages: pd.DataFrame) -> None:
    """Every household that counts is counted in the village that answers for it."""
    counted = households["status"] != "rejected"
    came = households.loc[counted, "village_code"].dropna()
    check_same_ids(_ADDING_UP, came, villages["village_code"].repeat(villages["households"]))
