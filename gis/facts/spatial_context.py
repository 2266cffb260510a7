"""The layers prepared once, and one pure function: where households lie and what reaches them.

`SpatialContext.of` reads the layers and builds their indexes. `SpatialContext.locate` takes the
arrays of any part of a ledger and gives arrays back; it knows no names, opens no file and changes
nothing, so that parts may be worked out in any order, thread, process or machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gis.facts import problems, transformers
from gis.facts.coverage import NO_PLACE, CoverageArea, GasCoverage, is_covered
from gis.facts.heat_network import HeatNetwork, build_heat_network
from gis.facts.spatial_index import NOWHERE
from gis.facts.transformers import Transformers
from gis.facts.village_assignment import VillageIndex
from gis.facts.zone_membership import ZoneIndex, in_force

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from gis.errors import Problem
    from gis.facts.village_assignment import Homes, VillagePlacement
    from gis.facts.zone_membership import ZoneMembership
    from gis.policy import Policy


class HouseholdLocation(NamedTuple):
    """The facts of place of some households; arrays of shape (n,), and `zones` by pairs.

    served, gas_served  positions in coverage.SERVED
    served_on           when a planned main or area begins to serve, NaT for none
    station             beside a primary main alone
    piece               position among SpatialContext.heat.names, -1 for none
    named               position among SpatialContext.named, -1 for none
    transformer         position among SpatialContext.transformers.ids, -1 for none; transformer_m [m]
    """

    place: VillagePlacement
    pipe_m: NDArray[np.float64]
    served: NDArray[np.int8]
    served_on: NDArray[np.datetime64]
    station: NDArray[np.bool_]
    piece: NDArray[np.intp]
    gas_served: NDArray[np.int8]
    gas_secured: NDArray[np.bool_]
    built_up: NDArray[np.bool_]
    named: NDArray[np.intp]
    transformer: NDArray[np.intp]
    transformer_m: NDArray[np.float64]
    zones: ZoneMembership


class PriorityArea(NamedTuple):
    """An area whose name the policy gives: a village and its surroundings."""

    name: str
    village: int
    around: CoverageArea | None


@dataclass(frozen=True)
class SpatialContext:
    """Everything households are asked about, in the metric project CRS."""

    villages: VillageIndex
    zones: ZoneIndex
    heat: HeatNetwork
    gas: GasCoverage
    built_up: CoverageArea | None
    named: tuple[PriorityArea, ...]
    transformers: Transformers | None

    @classmethod
    def of(cls, layers: Mapping[str, Any], policy: Policy, as_of: date) -> SpatialContext:
        """layers: tables by name, the villages sorted by code."""
        villages = VillageIndex.of(layers["villages"], policy.placing.duty)
        zones = in_force(layers["coal_ban_zones"], as_of)
        built_up, points = layers.get("built_up_area"), layers.get("transformers")
        feeders = None
        if points is not None:
            reach_m = policy.electric.transformer_reach_m
            feeders = Transformers.of(points, villages.codes, reach_m)
        return cls(
            villages,
            ZoneIndex.of(zones, villages, policy.placing),
            build_heat_network(layers, policy, as_of),
            GasCoverage.of(layers.get("gas_coverage"), policy, as_of),
            None if built_up is None else CoverageArea.of(built_up.geometry.to_numpy()),
            _named_areas(villages, policy),
            feeders,
        )

    def locate(self, homes: Homes) -> HouseholdLocation:
        """The facts of some households."""
        place = self.villages.place(homes)
        here = np.flatnonzero(np.isfinite(homes.x) & np.isfinite(homes.y) & ~place.absurd)
        x, y, rows = homes.x[here], homes.y[here], len(homes.x)
        drawn = self.heat.at(x, y)
        gas_served, gas_secured = self.gas.at(x, y)
        nowhere = -1 if self.heat.live is not None or not len(self.heat.names) else 0
        transformer, transformer_m = (
            np.full(rows, transformers.NONE, np.intp),
            np.full(rows, np.inf),
        )
        if self.transformers is not None:
            transformer, transformer_m = self.transformers.feed(
                np.where(place.absurd, np.nan, homes.x), homes.y, place.village
            )
        return HouseholdLocation(
            place,
            _on_all_rows(rows, here, drawn.pipe_m, np.inf),
            _on_all_rows(rows, here, drawn.served, NO_PLACE),
            _on_all_rows(rows, here, drawn.served_on, np.datetime64("NaT")),
            _on_all_rows(rows, here, drawn.station, 0),
            _on_all_rows(rows, here, drawn.piece, nowhere),
            _on_all_rows(rows, here, gas_served, NO_PLACE),
            _on_all_rows(rows, here, gas_secured, 0),
            _on_all_rows(rows, here, is_covered(self.built_up, x, y), 0),
            self._named(place, here, (x, y)),
            transformer,
            transformer_m,
            self.zones.find(homes, place),
        )

    def _named(
        self,
        place: VillagePlacement,
        here: NDArray[np.intp],
        at: tuple[NDArray[np.float64], NDArray[np.float64]],
    ) -> NDArray[np.intp]:
        """The first named area each household is in, or whose village answers for it."""
        named = np.full(len(place.village), NOWHERE, np.intp)
        for number, area in reversed(tuple(enumerate(self.named))):
            named[here[is_covered(area.around, *at)]] = number
            named[place.village == area.village] = number
        return named


def unplaced_areas(context: SpatialContext, policy: Policy) -> tuple[Problem, ...]:
    """The named areas of the policy whose place nobody has given."""
    codes = set(context.villages.codes)
    areas = policy.priority.named_areas
    return tuple(problems.unplaced_area(area) for area in areas if area.village_code not in codes)


def _named_areas(villages: VillageIndex, policy: Policy) -> tuple[PriorityArea, ...]:
    at = {code: number for number, code in enumerate(villages.codes)}
    placed = [area for area in policy.priority.named_areas if area.village_code in at]
    found = []
    for area in placed:
        village = at[area.village_code]
        around = CoverageArea.of(villages.polygons[[village]], area.around_m)
        found.append(PriorityArea(area.name, village, around))
    return tuple(found)


def _on_all_rows(
    rows: int, where: NDArray[np.intp], values: NDArray, fill: float | np.datetime64
) -> NDArray:
    whole = np.full(rows, fill, values.dtype)
    whole[where] = values
    return whole
