"""Yearly cost of each part on each route, with its share of transformer upgrades."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from gis.costs.money import shared_fen
from gis.costs.upgrades import can_be_built, new_transformer
from gis.decide.options import DONE, NO_DATA, UNDECIDED
from gis.decide.village import NOWHERE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gis.decide.allocation import AllocationOutcome
    from gis.decide.capacity import SharedCapacity
    from gis.decide.rules import Costs
    from gis.decide.village import Feeder, Part
    from gis.policy import Policy

UPGRADES = (
    "village_code", "part", "transformer_id", "homes", "grid_fen", "grid_county_fen", "grid_fen_a",
)  # fmt: skip


class UpgradeShare(NamedTuple):
    """One part's share of one upgrade [fen]; `county_fen` is the county's part of `fen`."""

    village_code: str
    part: str
    transformer_id: str
    homes: int
    fen: int
    county_fen: int
    fen_a: int


def upgrade_shares(
    shared: SharedCapacity, electric: Iterable[tuple[str, Part]], policy: Policy
) -> list[UpgradeShare]:
    """Split the grid works needed by electric parts among them.

    Works are needed where the homes exceed the transformer's headroom and the plan allows them.
    Their price is split by homes, to the fen. A part with homes that no transformer reaches bears
    a new one, whose transformer_id is "".

    Args:
        shared: The shared capacities.
        electric: (village_code, part) of the parts with electric heating.
        policy: The policy.
    """
    electric = list(electric)
    new = [
        UpgradeShare(code, part.name, NOWHERE, one.homes, fen, county_fen, fen_a or fen)
        for code, part in electric
        for one, (_, fen, county_fen, fen_a) in new_transformers(shared, part, policy)
    ]
    users: dict[int, list[tuple[str, str, Feeder]]] = {}
    for code, part in electric:
        for feeder in part.feeders:
            i = shared.transformers.get(feeder.transformer)
            if i is not None:
                users.setdefault(i, []).append((code, part.name, feeder))
    shares = []
    for i, rows in sorted(users.items()):
        weights = [feeder.homes for _, _, feeder in rows]
        station = shared.stations[i]
        drawn_w = sum(feeder.device_w for _, _, feeder in rows)
        if station.refused or drawn_w <= shared.free[i]:
            continue
        columns = zip(
            shared_fen(station.works_fen, weights),
            shared_fen(station.county_fen, weights),
            shared_fen(shared.added_fen_a[i], weights),
            strict=True,
        )
        for (code, side, feeder), money in zip(rows, columns, strict=True):
            shares.append(UpgradeShare(code, side, station.name, feeder.homes, *money))
    return new + shares


def new_transformers(
    shared: SharedCapacity, part: Part, policy: Policy
) -> list[tuple[Feeder, tuple[float, int, int, int | None]]]:
    """The homes of a part that no transformer reaches, with the new one that they need.

    None without a layer of transformers, or where homes have no place: nobody can tell then.
    """
    if not shared.grid_known or not part.placed or not can_be_built(policy):
        return []
    return [
        (one, new_transformer(one.homes, one.device_w, policy))
        for one in part.feeders
        if one.transformer == NOWHERE
    ]


class YearlyCosts:
    """Yearly cost of any part on any route [fen], with the upgrades that the approaches need."""

    def __init__(
        self, result: AllocationOutcome, costs: Costs, shares: list[UpgradeShare], policy: Policy
    ) -> None:
        self._result, self._costs, self._policy = result, costs, policy
        self._shares: dict[tuple[str, str], int] = {}
        for share in shares:
            key = share.village_code, share.part
            self._shares[key] = self._shares.get(key, 0) + share.fen_a

    def cost_fen_a(self, number: int, part: Part, route: str) -> int | None:
        """Yearly cost of `part` of village `number` on `route`, None where unknown [fen]."""
        if route in (UNDECIDED, NO_DATA, ""):
            return None
        if route == DONE or not part.pending:
            return 0
        code = self._result.options[number].village.code
        cost = self._costs.get((code, part.name, route))
        grid_fen_a = self._grid_fen_a(number, part) if route == "electric" else 0
        return None if cost is None else cost + grid_fen_a

    def _grid_fen_a(self, number: int, part: Part) -> int:
        """Its share of the upgrades in force, else of those it would need beside the others."""
        code = self._result.options[number].village.code
        if (code, part.name) in self._shares:
            return self._shares[code, part.name]
        own, shared = self._result.choice(number).use, self._result.shared
        found = (one for _, one in new_transformers(shared, part, self._policy))
        fen_a = sum(yearly or fen for _, fen, _, yearly in found)
        for feeder in part.feeders:
            i = shared.transformers.get(feeder.transformer)
            if i is None:
                continue
            together = self._result.used[i] - own.get(i, 0) + feeder.device_w
            if together > shared.free[i]:
                fen_a += shared.added_fen_a[i] * feeder.device_w // together
        return fen_a


def upgrade_table(shares: list[UpgradeShare]) -> pd.DataFrame:
    """The shares as a table, one row per (village_code, part, transformer_id)."""
    return pd.DataFrame(shares, columns=list(UpgradeShare._fields)).set_axis(list(UPGRADES), axis=1)
