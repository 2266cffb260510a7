"""A ledger's facts, by the same rules whether it comes whole or in parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from gis.conservation import conserved
from gis.errors import Text
from gis.facts import named, problems, ruled, zone_membership
from gis.facts.spatial_context import Ground, unplaced_areas
from gis.facts.village_assignment import Homes
from gis.facts.village_table import by_code, pending

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.errors import Problem
    from gis.facts.spatial_context import Standing
    from gis.policy import Policy

_PLACING = Text("逐户落位", "placing every household")


class Surveyed(NamedTuple):
    """households and zone_positions as Facts has them; pieces: the one each would draw on."""

    households: pd.DataFrame
    zone_positions: pd.DataFrame
    pieces: NDArray
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Survey:
    """The ground, and what gives its answers their names.

    townships: the code of each village's; rulings: the decisive ones on zones in force; misnamed:
    those on zones that nobody knows; held: zone_id and village_code, the villages that each zone
    names or touches.
    """

    ground: Ground
    townships: NDArray
    zones: gpd.GeoDataFrame
    rulings: pd.DataFrame | None
    misnamed: pd.DataFrame | None
    held: pd.DataFrame
    as_of: date
    problems: tuple[Problem, ...]

    @classmethod
    def of(cls, tables: Mapping[str, Any], policy: Policy, as_of: date) -> Survey:
        """tables: the layers by name, geometry in the metric project CRS [m]."""
        villages = by_code(tables["villages"])
        zones = zone_membership.in_force(tables["coal_ban_zones"], as_of)
        ground = Ground.of({**tables, "villages": villages}, policy, as_of)
        reported = unplaced_areas(ground, policy)
        versions, rulings = tables["coal_ban_zones"], tables.get("zone_rulings")
        reported += problems.zones_away(versions, zones, as_of) + problems.zones_unsure(zones)
        misnamed = None
        if rulings is not None:
            rulings, faults = ruled.decisive(rulings, versions, zones, as_of)
            reported += faults
            misnamed = rulings[~rulings["zone_id"].isin(versions["zone_id"]).to_numpy(bool)]
            rulings = rulings[rulings["zone_id"].isin(zones["zone_id"]).to_numpy(bool)]
        townships = villages["township_code"].to_numpy(dtype=object)
        held = _held(ground, zones)
        return cls(ground, townships, zones, rulings, misnamed, held, as_of, reported)

    def homes(self, ledger: pd.DataFrame) -> Homes:
        """What of a ledger the facts of place rest on."""
        return Homes.of(ledger, self.ground.villages.codes)

    def facts(self, ledger: pd.DataFrame, standing: Standing) -> Surveyed:
        """The facts of a ledger (RangeIndex) whose places are `standing`."""
        placed = named.places(ledger, standing.place, self.ground.villages.codes)
        zone_ids = self.zones["zone_id"].to_numpy(dtype=object)
        found = zone_membership.positions(standing.zones, zone_ids)
        reported: tuple[Problem, ...] = ()
        if self.rulings is not None:
            found, reported = ruled.with_rulings(found, placed, self.rulings)
        if self.misnamed is not None and len(self.misnamed):
            found = ruled.doubtful(found, placed, self.misnamed, self.held)
        facts = {
            "township_code": named.text(self.townships, standing.place.village),
            "pending": pending(placed),
            **named.reaches(standing, self.ground),
            **zone_membership.first_zone(found, len(placed)),
        }
        households = placed.assign(**facts)
        conserved(_PLACING, ledger["household_id"], households["household_id"])
        pieces = named.pick(self.ground.heat.names, standing.piece)
        return Surveyed(households, found, pieces, reported + problems.of_places(households))


def _held(ground: Ground, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """zone_id, village_code: the villages that each zone in force names or touches."""
    codes = ground.villages.codes
    parts = [
        pd.DataFrame({"zone_id": name, "village_code": codes[zone.units | zone.touched]})
        for name, zone in zip(zones["zone_id"], ground.zones.zones, strict=True)
    ]
    none = pd.DataFrame({"zone_id": [], "village_code": []}, dtype="str")
    return pd.concat([none, *parts], ignore_index=True)
