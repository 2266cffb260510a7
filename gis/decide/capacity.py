"""What villages share: the capacity of heat sources and the headroom of transformers.

Counted in whole units, so that nothing hangs on the last bit of a number: a transformer in the
homes it can still carry, the source of a piece of network in watts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import floor
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from gis.costs.upgrades import OFFERED, grid_upgrades

if TYPE_CHECKING:
    from gis.decide.extension import Extension
    from gis.decide.village import Village
    from gis.facts import Facts
    from gis.policy import Policy

Entry = TypeVar("Entry")
_EXACT = 1e-9  # ASSUME: a shortage below a billionth of a home is the computer's, not the grid's


@dataclass(frozen=True, slots=True)
class Station:
    """A transformer and the upgrade that is planned for it, see `gis.costs.upgrades`.

    spare_kva: what it has left, below 0 where its peak load exceeds its capacity: an upgrade has to
    make up for that first.
    """

    name: str
    spare_kva: float
    upgrade_kva: float
    upgrade_due_on: pd.Timestamp
    upgrade_fen: int
    county_fen: int
    fen_per_household: float
    offer: str

    @property
    def to_be_had_kva(self) -> float:
        """Headroom with the upgrade that the plan allows."""
        return max(0.0, self.spare_kva + (self.upgrade_kva if self.offer == OFFERED else 0.0))

    @property
    def headroom_kva(self) -> float:
        """What it can still carry as it is."""
        return max(0.0, self.spare_kva)


@dataclass(frozen=True)
class SharedCapacity:
    """Shared capacities, one entry a transformer or piece of network.

    free          what is left [homes; W]
    added         what an offered upgrade adds to it, 0 without one
    added_fen_a   what that upgrade costs a year
    transformers, pieces   where each id stands in the lists
    stations               the transformers, in the order of their numbers
    spare_w                by number of a piece, what it has left; below 0 where it is overdrawn
    kva                    what one home takes
    """

    names: Sequence[str]
    free: Sequence[int]
    added: Sequence[int]
    added_fen_a: Sequence[int]
    transformers: dict[str, int]
    pieces: dict[str, int]
    stations: Sequence[Station]
    spare_w: dict[int, int]
    kva: float

    def with_station(self, i: int, station: Station) -> SharedCapacity:
        """The same with another transformer number `i`."""
        free, more = (
            _homes(kva, self.kva) for kva in (station.headroom_kva, station.to_be_had_kva)
        )
        return replace(
            self,
            free=_But(self.free, i, free),
            added=_But(self.added, i, more - free),
            stations=_But(self.stations, i, station),
        )

    def with_watts(self, i: int, more_w: int) -> SharedCapacity:
        """The same with `more_w` at the source of piece number `i`."""
        return replace(self, free=_But(self.free, i, max(0, self.spare_w[i] + more_w)))


class _But(Sequence[Entry]):
    """A list but for one entry."""

    def __init__(self, rows: Sequence[Entry], at: int, entry: Entry) -> None:
        self._rows, self._at, self._entry = rows, at, entry

    def __getitem__(self, i: Any) -> Any:  # noqa: ANN401  an entry; nobody asks for slices
        return self._entry if i == self._at else self._rows[i]

    def __len__(self) -> int:
        return len(self._rows)


def shared_capacity(
    facts: Facts, every: Sequence[Village], policy: Policy, extension: Extension
) -> SharedCapacity:
    """The capacities that are there before anything is allocated to `every` village."""
    grid = grid_upgrades(facts, policy)
    stations = _stations(grid)
    kva = policy.electric.kva_per_household
    free = [_homes(station.headroom_kva, kva) for station in stations]
    more = [_homes(station.to_be_had_kva, kva) for station in stations]
    # ASSUME: without interest or life the whole price of an upgrade stands for its yearly cost
    fen_a = grid["upgrade_fen_a"].fillna(grid["upgrade_fen"]).astype("int64").tolist()
    largest_m2 = _largest_m2(every)
    watts = {
        str(piece): spare_w(
            kw - extension.reserved_kw.get(str(piece), 0.0), policy, largest_m2.get(str(piece))
        )
        for piece, kw in zip(facts.sources["source_piece"], facts.sources["spare_kw"], strict=True)
    }
    ids = [station.name for station in stations]
    left = {len(ids) + i: w for i, w in enumerate(watts.values())}
    watts = {piece: max(0, w) for piece, w in watts.items()}
    return SharedCapacity(
        names=[*ids, *watts],
        free=[*free, *watts.values()],
        added=[b - a for a, b in zip(free, more, strict=True)] + [0] * len(watts),
        added_fen_a=fen_a + [0] * len(watts),
        transformers={name: i for i, name in enumerate(ids)},
        pieces={name: len(ids) + i for i, name in enumerate(watts)},
        stations=stations,
        spare_w=left,
        kva=kva,
    )


def _stations(grid: pd.DataFrame) -> list[Station]:
    columns = (
        grid["transformer_id"].astype(str),
        (grid["headroom_kva"] - grid["over_kva"]).astype(float).fillna(0.0),
        grid["upgrade_kva"],
        grid["upgrade_due_on"],
        grid["upgrade_fen"],
        grid["county_fen"],
        grid["fen_per_household"].astype(float),
        grid["offer"],
    )
    return [Station(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _homes(kva: float, kva_per_home: float) -> int:
    """How many homes fit into `kva`."""
    return max(0, floor(kva / kva_per_home + _EXACT))


def _largest_m2(every: Sequence[Village]) -> dict[str, float]:
    """By piece, the largest mean floor area of a village's pending homes [m²]."""
    found: dict[str, float] = {}
    for village in every:
        if village.piece is not None and village.whole.pending:
            mean_m2 = max(
                part.heated_m2 / part.pending
                for part in (village.whole, *village.sides)
                if part.pending
            )
            found[village.piece] = max(mean_m2, found.get(village.piece, 0.0))
    return found


def spare_w(kw: float, policy: Policy, home_m2: float | None = None) -> int:
    """What a piece can still carry [W], without the part of its peak that is there once.

    Below 0 where it is overdrawn. The homes of a piece peak together: n homes need a·n + b of a home's peak (diversity a + b/n),
    so b is taken off once, and `draw_w` counts a·n.

    ASSUME: the home whose peak is there once has the largest mean area of a village on the piece
    (`home_m2`; the policy's where none is pending), so that no source is promised too much.
    """
    demand = policy.demand
    area_m2 = demand.floor_area_m2 if home_m2 is None else home_m2
    once_kw = area_m2 * demand.heat_w_per_m2 / 1000 * demand.diversity_b
    return floor((kw - once_kw) * 1000 + 1e-6)


def draw_w(heated_m2: float, policy: Policy) -> int:
    """What homes of `heated_m2` in all add to the peak of their piece [W]."""
    demand = policy.demand
    return round(heated_m2 * demand.heat_w_per_m2 * demand.diversity_a)
