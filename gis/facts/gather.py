"""One pass over the layers: every fact the decision and the audit rest on, in two tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.facts import findings, named, reach, zoning
from gis.facts.engines import ON_ALL_CORES, Engine
from gis.facts.ground import Ground, unplaced_areas
from gis.facts.parts import joined, parts
from gis.facts.placing import Homes
from gis.facts.villages import pending, roll_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from gis.errors import Problem
    from gis.policy import Policy


@dataclass(frozen=True)
class Facts:
    """What is known, before anything is decided or judged.

    households      one row a ledger row, with every ledger column and the facts of place
    villages        one row a village, sorted by village_code
    zone_positions  one row a household and zone it is or may be inside of
    transformers    id, village_code, capacity_kva, peak_load_kva, headroom_kva, upgrade_*
    links           village_code, served, transformer_id (NA: out of reach), pending households
    sources         one row a piece of network: source_piece, capacity_kw, load_kw, spare_kw
    zones           the coal-ban zones in force, sorted by zone_id
    available       names of the layers that were there
    problems        what the layers say against each other
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

    @property
    def capacity_known(self) -> bool:
        """Whether the sources' capacity is known at all."""
        return "heat_sources" in self.available

    @property
    def transformers_known(self) -> bool:
        """Whether the transformers are known at all."""
        return "transformers" in self.available


def gather(
    tables: Mapping[str, Any], policy: Policy, as_of: date, engine: Engine = ON_ALL_CORES
) -> Facts:
    """The facts of every household and village on `as_of`.

    tables: the layers by name, canonical columns, geometry in the metric project CRS [m].
    engine: who works the parts of the ledger out; every engine gives the same facts.
    """
    layers = dict(tables)
    layers["villages"] = villages = (
        tables["villages"].sort_values("village_code", kind="stable").reset_index(drop=True)
    )
    ledger = tables["households"].reset_index(drop=True)
    zones = zoning.in_force(tables["coal_ban_zones"], as_of)
    ground = Ground.of(layers, policy, as_of)
    homes = Homes.of(ledger, ground.villages.codes)
    standing = joined(engine.map(ground, parts(homes)))
    placed = named.places(ledger, standing.place, ground.villages.codes)
    found = zoning.positions(standing.zones, zones["zone_id"].to_numpy(dtype=object))
    problems: tuple[Problem, ...] = ()
    if "zone_rulings" in tables:
        found, problems = zoning.with_rulings(found, placed, tables["zone_rulings"], as_of)
    township = villages["township_code"].to_numpy(dtype=object)
    facts = {
        "township_code": named.text(township, standing.place.village),
        "pending": pending(placed),
        **named.reaches(standing, ground),
        **zoning.first_zone(found, len(placed)),
    }
    households = placed.assign(**facts)
    pieces = named.pick(ground.heat.names, standing.piece)
    return Facts(
        households=households,
        villages=roll_up(households, villages, pieces, policy),
        zone_positions=found,
        transformers=_headroom(tables.get("transformers")),
        links=_links(households),
        sources=ground.heat.sources,
        zones=zones,
        available=frozenset(tables),
        problems=problems + unplaced_areas(ground, policy) + findings.of_places(households),
    )


def _headroom(transformers: gpd.GeoDataFrame | None) -> pd.DataFrame:
    """The transformers with what they have left [kVA], never below 0."""
    columns = [
        "transformer_id", "village_code", "capacity_kva", "peak_load_kva",
        "upgrade_kva", "upgrade_due_on", "upgrade_cny",
    ]  # fmt: skip
    if transformers is None:
        return pd.DataFrame(columns=[*columns, "headroom_kva"])
    table = pd.DataFrame(transformers[columns]).sort_values("transformer_id", ignore_index=True)
    left = (table["capacity_kva"] - table["peak_load_kva"]).clip(lower=0.0)
    return table.assign(headroom_kva=left)


def _links(households: pd.DataFrame) -> pd.DataFrame:
    """Pending households by village, reach of the heating network and transformer."""
    waiting = households[households["pending"]]
    in_reach = waiting["served"] != reach.NONE
    keys = [waiting["village_code"], in_reach.rename("served"), waiting["transformer_id"]]
    return waiting.groupby(keys, dropna=False).size().rename("pending").reset_index()
