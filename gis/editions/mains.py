"""The proposed mains as rows and lines for the pages; what the public may see of them."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gis.editions.geometry import collection
from gis.editions.views import whole, yuan
from gis.pages.mains import Growth, Joined, Main
from gis.pages.rows import Words
from gis.report.summary import plain

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.editions.geometry import Collection
    from gis.editions.run_results import Results
    from gis.network import Extension

_ALONG_M = 1.0  # a main that lies this near to a street is drawn along it


def growth_rows(found: Extension | None) -> Growth | None:
    """Everything exact, for the planner."""
    if found is None:
        return None
    reached = found.villages[found.villages["connected"]].reset_index()
    branches = found.branches.drop(columns="geometry")
    return Growth(
        mains=[_main(row) for row in branches.to_dict("records")],
        villages=[_joined(row) for row in reached.to_dict("records")],
        built_m=round(found.network.built_m, 1),
        invest_cny=round(found.network.invest_cny),
        loss_kw=round(float(branches["loss_kw"].sum()), 1),
        gap=max(0.0, round(found.network.gap, 7)),
        status=found.network.status,
    )


def _main(row: dict[str, Any]) -> Main:
    return Main(
        branch_id=str(row["branch_id"]),
        dn_mm=int(row["dn_mm"]),
        length_m=round(row["length_m"], 1),
        kw=round(row["kw"], 1),
        loss_kw=round(row["loss_kw"], 1),
        heat_mwh_a=round(row["heat_mwh_a"], 1),
        mwh_per_m_a=_rounded(row["mwh_per_m_a"]),
        thin=bool(row["thin"]),
        upsized=bool(row["upsized"]),
        capital_cny=round(row["capital_cny"]),
        villages=row["villages"].split(",") if row["villages"] else [],
        streets=row["streets"],
    )


def _rounded(value: object) -> float | None:
    known = plain(value)
    return None if known is None else round(float(known), 3)


def _joined(row: dict[str, Any]) -> Joined:
    homes = int(row["homes"])
    own, network, alone = (
        yuan(None if plain(row[name]) is None else row[name] / homes)
        for name in ("cost_fen_a", "network_fen_a", "individual_fen_a")
    )
    return Joined(
        code=row["village_code"],
        homes=whole(homes),
        new_m=round(row["new_m"], 1),
        own_pipe_m=round(row["own_pipe_m"], 1),
        cost_cny_a=own,
        network_cny_a=network,
        individual=row["individual_route"],
        individual_cny_a=alone,
        runs_on=row["runs_on"].date().isoformat(),
        in_time=bool(row["in_time"]),
        way=Words(zh=row["path_zh"], en=row["path_en"]),
    )


def open_growth(growth: Growth | None, own: Container[str], step_m: int) -> Growth | None:
    """What the public sees: where, how long to the nearest `step_m` metres, when.

    own: the villages that show a route of their own. Loads and money would tell counts of homes.
    """
    if growth is None:
        return None

    def steps(length_m: float) -> float:
        return float(round(length_m / step_m) * step_m)

    mains = [
        Main(
            branch_id=main["branch_id"],
            dn_mm=main["dn_mm"],
            length_m=steps(main["length_m"]),
            kw=None,
            loss_kw=None,
            heat_mwh_a=None,
            mwh_per_m_a=None,
            thin=False,
            upsized=main["upsized"],
            capital_cny=None,
            villages=[code for code in main["villages"] if code in own],
            streets=main["streets"],
        )
        for main in growth["mains"]
    ]
    villages = [
        Joined(
            code=one["code"],
            homes=None,
            new_m=steps(one["new_m"]),
            own_pipe_m=None,
            cost_cny_a=None,
            network_cny_a=None,
            individual="",
            individual_cny_a=None,
            runs_on=one["runs_on"],
            in_time=one["in_time"],
            way=Words(zh="", en=""),
        )
        for one in growth["villages"]
        if one["code"] in own
    ]
    return Growth(
        mains=mains,
        villages=villages,
        built_m=steps(growth["built_m"]),
        invest_cny=None,
        loss_kw=None,
        gap=round(growth["gap"], 2),
        status=growth["status"],
    )


def mains_drawn(results: Results, *, openly: bool = False) -> dict[str, Collection]:
    """The proposed mains under their name on the pages; {} where there are none.

    openly: only what lies along a street, since where a main enters a village it ends at homes.
    """
    drawn = mains_layer(results)
    if drawn is None:
        return {}
    if openly:
        drawn = drawn.set_geometry(_along_streets(drawn, results.loaded.tables["roads"]))
    named = drawn.assign(branch_id=drawn["branch_id"].astype(str))
    return {"mains": collection(named, {"branch_id": "branch_id"})}


def mains_layer(results: Results) -> gpd.GeoDataFrame | None:
    """The proposed mains as they are, in the project CRS; None where there are none."""
    found = results.extension
    if found is None or not len(found.branches):
        return None
    return found.branches.set_crs(results.project.crs)


def _along_streets(drawn: gpd.GeoDataFrame, roads: gpd.GeoDataFrame) -> NDArray:
    lines = roads.geometry.to_numpy()
    near = lines[shapely.intersects(lines, shapely.box(*drawn.total_bounds))]
    kept = shapely.intersection(drawn.geometry.to_numpy(), shapely.union_all(near).buffer(_ALONG_M))
    parts, row = shapely.get_parts(kept, return_index=True)
    line = shapely.get_dimensions(parts) == 1
    drawn_along = [
        shapely.MultiLineString(list(parts[line & (row == i)])) for i in range(len(kept))
    ]
    return np.array(drawn_along, dtype=object)
