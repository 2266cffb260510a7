"""How the proposed growth hangs on the price of heat and the cost of pipe."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from gis.steiner.model import Limits, SteinerProblem
from gis.steiner.solve import solve

if TYPE_CHECKING:
    from gis.network.expand import NetworkExtension

# Price of heat and cost of pipe as shares of the policy's.
# ASSUME: a fifth up and down is what prices of this kind may be out by.
SHARES = ((1.0, 1.0), (0.8, 1.0), (1.2, 1.0), (1.0, 0.8), (1.0, 1.2))

QUICK = Limits(gap=2e-4, nodes=20)  # each row states the gap it is left with


def sensitivity(
    extension: NetworkExtension,
    shares: tuple[tuple[float, float], ...] = SHARES,
    limits: Limits | None = None,
) -> pd.DataFrame:
    """The optimum again at each pair of prices of heat and pipe, as shares of the policy's.

    heat_share, pipe_share, connected (villages), homes, built_m, cost_cny_a, invest_cny, gap_left,
    joins, leaves (village codes, comma-separated, against the proposal)
    """
    homes = extension.villages["homes"]
    usual = set(extension.connected)
    rows = []
    for heat_share, pipe_share in shares:
        if heat_share == pipe_share == 1:
            found = extension.network
        else:
            found = solve(_at(extension, heat_share, pipe_share), limits or QUICK)
        codes = list(found.connected)
        rows.append(
            {
                "heat_share": heat_share,
                "pipe_share": pipe_share,
                "connected": len(codes),
                "homes": int(homes.loc[codes].sum()),
                "built_m": found.built_m,
                "cost_cny_a": found.cost_cny_a,
                "invest_cny": found.invest_cny,
                "gap_left": found.gap,
                "joins": ",".join(sorted(set(codes) - usual)),
                "leaves": ",".join(sorted(usual - set(codes))),
            }
        )
    return pd.DataFrame(rows)


def _at(extension: NetworkExtension, heat_share: float, pipe_share: float) -> SteinerProblem:
    """The same question at other prices; pipe inside villages costs more or less with the rest."""
    usual = extension.problem
    more = (pipe_share - 1) * extension.own_pipe_cny_per_m
    return replace(
        usual,
        heat_cny_per_mwh=usual.heat_cny_per_mwh * heat_share,
        edges=tuple(
            replace(
                edge,
                fixed_cny_per_m=edge.fixed_cny_per_m * pipe_share,
                slope_cny_per_kw_m=edge.slope_cny_per_kw_m * pipe_share,
                upsize_cny_per_m=_times(edge.upsize_cny_per_m, pipe_share),
                upsize_cny_per_kw_m=edge.upsize_cny_per_kw_m * pipe_share,
            )
            for edge in usual.edges
        ),
        consumers=tuple(
            replace(one, connecting_cny=one.connecting_cny + more * one.own_pipe_m)
            for one in usual.consumers
        ),
    )


def _times(price: float | None, share: float) -> float | None:
    return None if price is None else price * share
