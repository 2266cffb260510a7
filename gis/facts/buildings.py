"""The buildings that homes stand in: their share of the floor area, and the type of building."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gis.facts.floor_area import BUILDING, LEDGER, known_m2

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.policy import Policy

# ASSUME: a home's share beyond these is no home's: an outbuilding, or homes missing in the ledger
LEAST_M2, MOST_M2 = 20.0, 500.0
_FLAT_FLOORS = 3  # ASSUME: dwellings of three floors and more are blocks of flats
_HOUSE, _FLAT, _OTHER = "house", "flat", "other"


@dataclass(frozen=True)
class Buildings:
    """Footprints in which people may live, in the metric project CRS.

    floor_m2   footprint × floors, shape (n,) [m²]; NaN: the number of floors is unknown
    kinds      keys of demand.building_w_per_m2, shape (n,); "": not known
    """

    shapes: NDArray[np.object_]
    floor_m2: NDArray[np.float64]
    kinds: NDArray[np.object_]

    @classmethod
    def of(cls, layer: gpd.GeoDataFrame | None, policy: Policy) -> Buildings | None:
        """Those of the layer `buildings`; None without it."""
        if layer is None:
            return None
        shapes = layer.geometry.to_numpy()
        lived_in = (layer["use"] != _OTHER).to_numpy(bool) & ~shapely.is_missing(shapes)
        table, shapes = layer[lived_in], shapes[lived_in]
        floors = table["floors"].to_numpy(float)
        known = np.isfinite(floors) & (floors >= 1)
        floor_m2 = shapely.area(shapes) * np.where(known, floors, np.nan)
        return cls(shapes, floor_m2, building_types(table, policy))

    def columns(self, households: pd.DataFrame) -> dict[str, pd.Series]:
        """floor_area_m2, floor_area_from and building_type of each home.

        The ledger's area goes first. Without one, a home has an equal share of the building that it
        stands in; homes of that building that count share it, vacant ones as well.

        # ASSUME: a home beside every footprint stands in none: the nearest may be a neighbour's.
        """
        counted = (households["status"] != "rejected").to_numpy(bool)
        x, y = households["x"].to_numpy(float), households["y"].to_numpy(float)
        placed = np.flatnonzero(counted & np.isfinite(x) & np.isfinite(y))
        tree = shapely.STRtree(self.shapes)
        home, found = tree.query(shapely.points(x[placed], y[placed]), predicate="intersects")
        order = np.lexsort((found, home))[::-1]  # the first of overlapping footprints comes last
        at = np.full(len(households), -1, np.intp)
        at[placed[home[order]]] = found[order]
        homes = np.bincount(at[at >= 0], minlength=len(self.shapes))
        share_m2 = np.append(self.floor_m2 / np.where(homes > 0, homes, 1), np.nan)[at].round(1)
        share_m2[~((share_m2 >= LEAST_M2) & (share_m2 <= MOST_M2))] = np.nan
        own = known_m2(households)
        area_m2 = own.fillna(pd.Series(share_m2, households.index))
        source = np.select([own.notna(), area_m2.notna()], [LEDGER, BUILDING], "")
        kinds = np.append(self.kinds, "")[at]
        return {
            "floor_area_m2": area_m2,
            "floor_area_from": pd.Series(source, households.index, dtype="str"),
            "building_type": pd.Series(kinds, households.index, dtype="str"),
        }


def building_types(table: pd.DataFrame, policy: Policy) -> NDArray[np.object_]:
    """The key of demand.building_w_per_m2 of each building; "" where year or floors do not tell."""
    floors, use = table["floors"].to_numpy(float), table["use"]
    flat = (use == _FLAT).to_numpy(bool) | (
        (use != _HOUSE).to_numpy(bool) & (floors >= _FLAT_FLOORS)
    )
    house = (use == _HOUSE).to_numpy(bool) | (~flat & (floors < _FLAT_FLOORS))
    year = table["built_year"].to_numpy(float)
    old, new = year < policy.demand.insulated_from, year >= policy.demand.insulated_from
    cases = {"house_uninsulated": house & old, "flat_uninsulated": flat & old,
             "flat_insulated": flat & new}  # fmt: skip
    return np.select([*cases.values()], [*cases], "").astype(object)
