"""Which transformer feeds a household."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gis.facts.spatial_index import LineIndex

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

NONE = -1


@dataclass(frozen=True)
class Transformers:
    """The transformers by id, where each stands (NaN: nobody knows), and which are a village's own.

    own[start[v]:start[v + 1]]: the transformers that name the v-th village, by id.
    """

    ids: NDArray
    at: NDArray[np.float64]
    start: NDArray[np.int64]
    own: NDArray[np.intp]
    points: LineIndex
    reach_m: float

    @classmethod
    def of(cls, layer: gpd.GeoDataFrame, codes: NDArray, reach_m: float) -> Transformers:
        """The transformers of `layer`, for the villages of `codes` (sorted)."""
        ordered = layer.sort_values("transformer_id", kind="stable")
        places = shapely.centroid(ordered.geometry.to_numpy())
        village = pd.Index(codes).get_indexer(ordered["village_code"].to_numpy(dtype=object))
        own = np.argsort(village, kind="stable")
        own = own[village[own] >= 0]
        start = np.searchsorted(village[own], np.arange(len(codes) + 1))
        ids = ordered["transformer_id"].to_numpy(dtype=object)
        at = np.column_stack([shapely.get_x(places), shapely.get_y(places)])
        return cls(ids, at, start, own, LineIndex(places), reach_m)

    def feed(
        self, x: NDArray[np.float64], y: NDArray[np.float64], village: NDArray[np.intp]
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The transformer of each household (NONE: out of reach) and its distance [m].

        The one whose village_code is the household's village; of several the nearest, and for a
        household without a place (NaN) the lowest id. Where none names the village: the nearest
        within reach. village: the one that answers for each household, NONE for nobody's.
        """
        chosen, distance_m = np.full(len(x), NONE, np.intp), np.full(len(x), np.inf)
        theirs = np.flatnonzero(village != NONE)
        theirs = theirs[self.start[village[theirs]] < self.start[village[theirs] + 1]]
        # ASSUME: a home without a place draws on the lowest id of its village
        chosen[theirs] = self.own[self.start[village[theirs]]]
        rest = np.flatnonzero((chosen == NONE) & np.isfinite(x))
        chosen[rest], distance_m[rest] = self.points.nearest(x[rest], y[rest], self.reach_m)
        asked = theirs[np.isfinite(x[theirs])]
        at, last = self.start[village[asked]], self.start[village[asked] + 1]
        while len(asked):
            number = self.own[at]
            dx, dy = x[asked] - self.at[number, 0], y[asked] - self.at[number, 1]
            metres = np.sqrt(dx * dx + dy * dy)
            nearer = metres < distance_m[asked]
            chosen[asked[nearer]], distance_m[asked[nearer]] = number[nearer], metres[nearer]
            more = at + 1 < last
            asked, at, last = asked[more], at[more] + 1, last[more]
        return chosen, distance_m


def meter_feeders(meters: pd.DataFrame | None) -> pd.Series | None:
    """The transformer of each meter of the grid company's list, by meter_no; None: no list.

    A meter that stands under several transformers has none.
    """
    if meters is None:
        return None
    rows = meters[["meter_no", "transformer_id"]].dropna().drop_duplicates()
    sure = rows.drop_duplicates("meter_no", keep=False)
    return sure.set_index("meter_no")["transformer_id"].astype("str")


def settle_feeders(
    households: pd.DataFrame, feeders: pd.Series | None, known: Transformers | None
) -> pd.DataFrame:
    """The ledger with the transformers of its meters, where the grid company's list has them.

    A transformer that the layer does not have replaces none of the ledger's.
    """
    if feeders is None or "meter_no" not in households:
        return households
    listed = households["meter_no"].astype("str").map(feeders)
    own = households.reindex(columns=["transformer_id"])["transformer_id"].astype("str")
    strange = own.notna() & (known is not None) & ~listed.isin([] if known is None else known.ids)
    settled = listed.mask(strange).fillna(own).astype("str")
    return households.assign(transformer_id=settled)
