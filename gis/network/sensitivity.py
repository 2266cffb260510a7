"""Sensitivity of the proposed extension to the price of heat and the cost of pipe."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from gis.steiner.model import Limits, SteinerProblem
from gis.steiner.solve import solve

if TYPE_CHECKING:
    from gis.network.expand import NetworkExtension

# (price of heat, cost of pipe), each as a share of the policy's.
# ASSUME: such prices are uncertain by a fifth up and down.
SHARES = ((1.0, 1.0), (0.8, 1.0), (1.2, 1.0), (1.0, 0.8), (1.0, 1.2))

QUICK = Limits(gap=2e-4, nodes=20)  # each row reports its remaining gap


def sensitivity(
    extension: NetworkExtension,
    shares: tuple[tuple[float, float], ...] = SHARES,
    limits: Limits | None = None,
) -> pd.DataFrame:
    """Solve again with changed prices of heat and pipe, as shares of the policy's.

    Args:
        extension: The proposed extension.
        shares: Pairs of heat share and pipe share; (1, 1) is the proposal itself.
        limits: Limits of each solution; None: QUICK.

    Returns:
        One row per pair: heat_share, pipe_share, connected (villages), homes, built_m, cost_cny_a,
        invest_cny, gap_left, joins, leaves (village codes added to and dropped from the proposal,
        comma-separated)
    """
    homes = extension.villages["homes"]
    proposed = set(extension.connected)
    rows = []
    for heat_share, pipe_share in shares:
        if heat_share == pipe_share == 1:
            found = extension.network
        else:
            found = solve(_with_prices(extension, heat_share, pipe_share), limits or QUICK)
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
                "joins": ",".join(sorted(set(codes) - proposed)),
                "leaves": ",".join(sorted(proposed - set(codes))),
            }
        )
    return pd.DataFrame(rows)


def _with_prices(
    extension: NetworkExtension, heat_share: float, pipe_share: float
) -> SteinerProblem:
    """The same problem with other prices; pipe inside villages changes like other pipe."""
    proposed = extension.problem
    more = (pipe_share - 1) * extension.own_pipe_cny_per_m
    return replace(
        proposed,
        heat_cny_per_mwh=proposed.heat_cny_per_mwh * heat_share,
        edges=tuple(
            replace(
                edge,
                fixed_cny_per_m=edge.fixed_cny_per_m * pipe_share,
                slope_cny_per_kw_m=edge.slope_cny_per_kw_m * pipe_share,
                upsize_cny_per_m=_scaled(edge.upsize_cny_per_m, pipe_share),
                upsize_cny_per_kw_m=edge.upsize_cny_per_kw_m * pipe_share,
            )
            for edge in proposed.edges
        ),
        consumers=tuple(
            replace(one, connecting_cny=one.connecting_cny + more * one.own_pipe_m)
            for one in proposed.consumers
        ),
    )


def _scaled(price: float | None, share: float) -> float | None:
    return None if price is None else price * share
