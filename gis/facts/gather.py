"""One pass over the layers: every fact the decision and the audit rest on, in two tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.facts import findings, grid, reach, zoning
from gis.facts.gas import gas
from gis.facts.heat import heat
from gis.facts.placing import place
from gis.facts.villages import pending, roll_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

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


def gather(tables: Mapping[str, Any], policy: Policy, as_of: date) -> Facts:
    """The facts of every household and village on `as_of`.

    tables: the layers by name, canonical columns, geometry in the metric project CRS [m].
    """
    villages = tables["villages"].sort_values("village_code", kind="stable")
    villages = villages.reset_index(drop=True)
    ledger = tables["households"].reset_index(drop=True)
    placed = ledger.drop(columns=["village_code", "reject_reason"]).join(
        place(ledger, villages, policy.placing.duty)
    )
    points = reach.Points(placed["x"].to_numpy(float), placed["y"].to_numpy(float))
    zones = zoning.in_force(tables["coal_ban_zones"], as_of)
    found = zoning.positions(placed, points, zones, villages, policy.placing)
    problems: tuple[Problem, ...] = ()
    if "zone_rulings" in tables:
        found, problems = zoning.with_rulings(found, placed, tables["zone_rulings"], as_of)
    network = heat(points, dict(tables), policy, as_of)
    township = villages.set_index("village_code")["township_code"]
    gas_served, gas_secured = gas(points, tables.get("gas_coverage"), policy, as_of)
    named, unplaced = _named_areas(points, placed, villages, policy)
    facts = {
        "township_code": placed["village_code"].map(township).astype("str"),
        "pending": pending(placed),
        "pipe_m": network.pipe_m,
        "served": network.served,
        "gas_served": gas_served,
        "gas_secured": gas_secured,
        "in_built_up": _within(points, tables.get("built_up_area")),
        "named_area": named,
        **_feed(points, placed, tables.get("transformers"), policy),
        **zoning.first_zone(found, len(placed)),
    }
    households = placed.assign(**facts)
    return Facts(
        households=households,
        villages=roll_up(households, villages, network.piece, policy),
        zone_positions=found,
        transformers=_headroom(tables.get("transformers")),
        links=_links(households),
        sources=network.sources,
        zones=zones,
        available=frozenset(tables),
        problems=problems + unplaced + findings.of_places(households),
    )


def _within(points: reach.Points, areas: gpd.GeoDataFrame | None) -> NDArray[np.bool_]:
    if areas is None:
        return np.zeros(len(points.x), bool)
    return reach.within(points, areas.geometry.to_numpy())


def _named_areas(
    points: reach.Points, placed: pd.DataFrame, villages: gpd.GeoDataFrame, policy: Policy
) -> tuple[NDArray, tuple[Problem, ...]]:
    """The first named area each household is in ("" for none), and the areas without a place."""
    named = np.full(len(placed), "", dtype=object)
    polygons = villages.set_index("village_code").geometry
    problems = []
    for area in policy.priority.named_areas:
        if area.village_code is None or area.village_code not in polygons.index:
            problems.append(findings.unplaced_area(area))
            continue
        around = np.array([polygons[area.village_code]], dtype=object)
        near = reach.within(points, around, area.around_m)
        own = (placed["village_code"] == area.village_code).to_numpy(bool)
        named[(near | own) & (named == "")] = area.name
    return named, tuple(problems)


def _feed(
    points: reach.Points,
    placed: pd.DataFrame,
    transformers: gpd.GeoDataFrame | None,
    policy: Policy,
) -> dict[str, Any]:
    if transformers is None:
        nobody = np.full(len(placed), None, dtype=object)
        return {
            "transformer_id": pd.Series(nobody).astype("str"),
            "transformer_m": np.full(len(placed), np.inf),
        }
    codes = placed["village_code"].to_numpy(dtype=object)
    ids, metres = grid.feed(points, codes, transformers, policy.electric.transformer_reach_m)
    return {"transformer_id": pd.Series(ids).astype("str"), "transformer_m": metres}


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
