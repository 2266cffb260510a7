"""One row a village: what its households and its place add up to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import shapely

from gis.facts import coverage
from gis.facts.floor_area import building_w_per_m2, known_m2
from gis.facts.heat_network import sum_by_piece
from gis.facts.ledger_state import with_ledger_state
from gis.facts.transformer_loads import device_watts, sum_by_transformer
from gis.facts.unplaced import in_reach, is_standing, is_unplaced
from gis.layers.columns import LAYERS
from gis.layers.columns.common import COORDINATES
from gis.output_columns import all_village_sources

if TYPE_CHECKING:
    from datetime import date

    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.policy import Policy

HEATING = ("coal", "central", "electric", "gas", "biomass", "solar", "none")
_FLAGS = ("remote_mountain", "rural")
_NAMES = ("village_code", "village", "township_code", "township", *_FLAGS)
_PLACE = frozenset(column.name for column in COORDINATES)
_COUNTS = {
    "ledger_rows": "written",
    "households": "counted",
    "occupied": "occupied",
    "vacant": "vacant",
    "demolition": "demolition",
    "pending": "pending",
    "in_programme": "listed",
    "in_zone": "in_zone",
    "undecidable": "undecidable",
    "served": "in_reach",
    "reached": "within_reach",
    "stations": "stations",
    "unplaced": "unplaced",
    "standing": "standing",
    "standing_served": "standing_in_reach",
    "pending_in_zone": "pending_in_zone",
    "pending_unserved": "pending_unserved",
    "gas_served": "pending_gas",
    "gas_secured": "pending_gas_secured",
    "pending_built_up": "pending_built_up",
    "pending_named": "pending_named",
}


def household_flags(households: pd.DataFrame) -> pd.DataFrame:
    """A table of booleans, one a household and thing that is counted by village."""
    counted = households["village_code"].notna() & (households["status"] != "rejected")
    kinds = {
        kind: counted & (households["occupancy"] == kind)
        for kind in ("occupied", "vacant", "demolition")
    }
    pending = households["pending"]
    near = counted & in_reach(households)
    standing = is_standing(households)
    in_zone = counted & (households["zone_position"] == "inside")
    table = {
        "counted": counted,
        **kinds,
        "pending": pending,
        "listed": counted & households["in_programme"].eq(other=True).fillna(value=False),
        "in_zone": in_zone,
        "undecidable": counted & (households["zone_position"] == "undecidable"),
        "in_reach": near,
        "within_reach": counted & households["within_reach"],
        "stations": counted & households["needs_station"].astype(bool),
        "unplaced": is_unplaced(households),
        "standing": standing,
        "standing_in_reach": standing & near,
        "pending_in_zone": pending & in_zone,
        "pending_unserved": pending & (households["served"] == coverage.NONE) & ~near,
        "pending_gas": pending & (households["gas_served"] == coverage.IN_SERVICE),
        "pending_gas_secured": pending & households["gas_secured"],
        "pending_built_up": pending & households["in_built_up"],
        "pending_named": pending & households["named_area"].ne(""),
        **{f"n_{kind}": counted & (households["heating"] == kind) for kind in HEATING},
    }
    return pd.DataFrame(table).astype(bool)


def pending_homes(households: pd.DataFrame) -> pd.Series:
    """Occupied households that heat with coal or nothing.

    ASSUME: a blank `heating` counts as nothing, so that nobody is forgotten.
    """
    counted = households["village_code"].notna() & (households["status"] != "rejected")
    unclean = households["heating"].isin(["coal", "none"]) | households["heating"].isna()
    return (counted & (households["occupancy"] == "occupied") & unclean).astype(bool)


class Tally(NamedTuple):
    """What the households add up to, by village_code.

    sums    one column a mark; written: the rows that name the village, those that do not count
            included, without copies
    named   the first name of the named areas its pending households are in
    pieces  how many of its households in reach would draw on each piece (columns: the pieces)
    links   pending households and their device_w [W] by village_code, served and transformer_id
            (NA: out of reach)
    begins  the last day on which a planned main begins to serve one of its homes
    devices what the households add to each transformer, see gis.facts.transformer_loads
    connected    those that heat centrally, by piece, see gis.facts.heat_network
    areas   its households, and the pending ones, by floor_area_m2 (NaN: none in the ledger) and
            w_per_m2 of their building
    """

    sums: pd.DataFrame
    named: pd.Series
    pieces: pd.DataFrame
    links: pd.DataFrame
    areas: pd.DataFrame
    devices: pd.DataFrame
    connected: pd.DataFrame
    begins: pd.Series


def sum_by_village(
    households: pd.DataFrame,
    pieces: NDArray,
    grid: pd.DataFrame | None,
    sources: pd.DataFrame,
    policy: Policy,
) -> Tally:
    """Add up some households.

    Args:
        households: The households with their facts of place.
        pieces: The piece of network each would draw on, shape (n,), None for none.
        grid: `gis.facts.transformer_loads.stated`; None: there are no transformers.
        sources: `gis.facts.heat_network.HeatNetwork.sources`.
        policy: The policy.
    """
    booleans = household_flags(households)
    owner = households["village_code"]
    drawing = pd.DataFrame({"village_code": owner, "piece": pieces})
    drawing = drawing[booleans["in_reach"].to_numpy()]
    sizes = drawing.groupby(["village_code", "piece"]).size().rename("size").reset_index()
    chosen = households[booleans["pending_named"]]
    written = households.loc[households["reject_reason"] != "duplicate_row", "ledger_village_code"]
    counted = booleans.groupby(owner).sum()
    sums = counted.join(written.value_counts().rename("written"), how="outer").fillna(0)
    return Tally(
        sums.rename_axis("village_code").astype(int),
        chosen.groupby("village_code")["named_area"].agg("min"),
        sizes,
        _links(households, policy),
        _areas(households, policy),
        sum_by_transformer(households, grid, policy),
        sum_by_piece(households, pieces, sources, policy),
        households.loc[booleans["in_reach"]].groupby("village_code")["served_on"].max(),
    )


def distance_of_unserved(households: pd.DataFrame) -> pd.Series:
    """pipe_m [m] of the counted households out of the network's reach, by village_code."""
    counted = households["village_code"].notna() & (households["status"] != "rejected")
    out = households[counted & (households["served"] == coverage.NONE) & ~in_reach(households)]
    return out.set_index("village_code")["pipe_m"]


def by_code(villages: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The villages as all arrays of facts count them."""
    return villages.sort_values("village_code", kind="stable").reset_index(drop=True)


def build_village_table(
    total: Tally,
    median_m: pd.Series,
    villages: gpd.GeoDataFrame,
    policy: Policy,
    as_of: date,
) -> pd.DataFrame:
    """One row a village, also of those without households, sorted `by_code` as they are.

    median_m: of `distance_of_unserved`, by village_code [m].
    """
    codes = pd.Index(villages["village_code"], name="village_code")
    sums = total.sums.reindex(codes, fill_value=0).astype(int)
    counts = sums.rename(columns={mark: name for name, mark in _COUNTS.items()})
    names = villages[list(_NAMES)].join(_declared(villages)).set_index("village_code")
    flags = {name: names[name].eq(other=True).fillna(value=False).astype(bool) for name in _FLAGS}
    known = names["remote_mountain"].notna()
    table = names.assign(**flags, remote_known=known).join(counts)
    some, all_served = (
        table["served"] > 0,
        table["households"] - table["unplaced"] == table["served"],
    )
    table["served_share"] = table["standing_served"] / table["standing"].where(
        table["standing"] > 0
    )
    distance = median_m.reindex(codes)
    table["pipe_m"] = distance.mask(some & all_served, 0.0).fillna(np.inf)
    table["built_up"] = table["pending_built_up"] > 0
    table["named_area"] = total.named.reindex(codes).fillna("")
    table["served_on"] = total.begins.reindex(codes)
    table["source_piece"] = _piece(total.pieces).reindex(codes)
    home_w = _mean_w(total.areas, policy).reindex(codes)
    for column, homes in (("peak_kw", "households"), ("peak_pending_kw", "pending")):
        both = zip(table[homes], home_w[homes], strict=True)
        table[column] = [policy.demand.peak_kw(n, watts) for n, watts in both]
    at = shapely.get_coordinates(shapely.point_on_surface(villages.geometry.to_numpy()))
    table = with_ledger_state(table, villages, as_of)
    return table.assign(x=at[:, 0], y=at[:, 1]).reset_index()


def _declared(villages: gpd.GeoDataFrame) -> pd.DataFrame:
    """The columns of the villages layer that are output columns, besides the names."""
    wanted = all_village_sources() & LAYERS["villages"].by_name.keys() - _PLACE - set(_NAMES)
    return villages.reindex(columns=sorted(wanted))


def _piece(sizes: pd.DataFrame) -> pd.Series:
    """The piece most of a village's households in reach would draw on; a tie: the lowest."""
    ranked = sizes.sort_values(["village_code", "size", "piece"], ascending=[True, False, True])
    return ranked.drop_duplicates("village_code").set_index("village_code")["piece"]


def _areas(households: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """The households that count, and the pending ones, by village, floor area and building."""
    counted = households["village_code"].notna() & (households["status"] != "rejected")
    table = households.loc[counted, ["village_code", "pending"]].assign(
        floor_area_m2=known_m2(households)[counted],
        w_per_m2=building_w_per_m2(households, policy)[counted],
        households=1,
    )
    keys = ["village_code", "floor_area_m2", "w_per_m2"]
    sums = table.groupby(keys, dropna=False)[["households", "pending"]].sum()
    return sums.astype(int).reset_index()


def _mean_w(areas: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """By village_code, the mean peak of its households alone, and of the pending ones [W].

    A home without one has the median of its village, see `gis.facts.floor_area.heated_m2`.
    """
    every = areas.loc[areas.index.repeat(areas["households"])].reset_index(drop=True)
    median = every.groupby("village_code")["floor_area_m2"].median().round(1)
    usual = areas["village_code"].map(median).fillna(policy.demand.floor_area_m2)
    watts = areas["floor_area_m2"].fillna(usual) * areas["w_per_m2"]
    counts = areas.set_index("village_code")[["households", "pending"]]
    whole = counts.mul(watts.to_numpy(), axis=0).groupby(level=0).sum()
    sizes = counts.groupby(level=0).sum()
    return whole / sizes.where(sizes > 0)


def _links(households: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Pending households and their device power by village, reach of a main and transformer."""
    waiting = households[households["pending"]]
    within = waiting["within_reach"].rename("served")
    keys = [waiting["village_code"], within, waiting["transformer_id"]]
    watts = device_watts(waiting, policy.electric)
    sums = watts.groupby(keys, dropna=False).agg(["size", "sum"])
    return sums.set_axis(["pending", "device_w"], axis=1).reset_index()
