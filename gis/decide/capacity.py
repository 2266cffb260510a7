"""Shared capacities: headroom of transformers and spare capacity of heat sources.

Capacities are integers, so that rounding errors decide nothing: homes for a transformer, watts
for the source of a network piece. A planned network extension reserves capacity for its villages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import ceil, floor
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from gis.costs.upgrades import OFFERED, grid_upgrades
from gis.errors import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from gis.decide.village import Village
    from gis.facts import Facts
    from gis.policy import Policy

Entry = TypeVar("Entry")
_EXACT = 1e-9  # ASSUME: a shortage below a billionth of a home is a rounding error


@dataclass(frozen=True, slots=True)
class Station:
    """A transformer and its planned upgrade, see `gis.costs.upgrades`.

    spare_kva: capacity less peak load; below 0 where it is overloaded, which an upgrade must cover
    first.
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
    def available_kva(self) -> float:
        """Headroom including an upgrade that the plan allows."""
        return max(0.0, self.spare_kva + (self.upgrade_kva if self.offer == OFFERED else 0.0))

    @property
    def headroom_kva(self) -> float:
        """Headroom without an upgrade."""
        return max(0.0, self.spare_kva)


@dataclass(frozen=True)
class SharedCapacity:
    """Shared capacities, one entry per resource: transformers first, then network pieces.

    free          capacity left [homes; W]
    added         capacity that an offered upgrade adds, 0 without one
    added_fen_a   yearly cost of that upgrade
    transformers, pieces   index of each id in the lists
    stations               the transformers, in the order of their index
    spare_w                by index of a piece, its spare capacity [W]; below 0 if overdrawn
    kva                    load of one home on its transformer [kVA]
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
        """A copy with transformer number `i` replaced."""
        free, more = (
            _homes_within(kva, self.kva) for kva in (station.headroom_kva, station.available_kva)
        )
        return replace(
            self,
            free=_WithEntry(self.free, i, free),
            added=_WithEntry(self.added, i, more - free),
            stations=_WithEntry(self.stations, i, station),
        )

    def with_watts(self, i: int, more_w: int) -> SharedCapacity:
        """A copy with `more_w` added to the source of piece number `i`."""
        return replace(self, free=_WithEntry(self.free, i, max(0, self.spare_w[i] + more_w)))


class _WithEntry(Sequence[Entry]):
    """A read-only list with one entry replaced, without copying the rest."""

    def __init__(self, rows: Sequence[Entry], at: int, entry: Entry) -> None:
        self._rows, self._at, self._entry = rows, at, entry

    def __getitem__(self, i: Any) -> Any:  # noqa: ANN401  an entry; slices are not supported
        return self._entry if i == self._at else self._rows[i]

    def __len__(self) -> int:
        return len(self._rows)


def shared_capacity(
    facts: Facts, villages: Sequence[Village], policy: Policy, extension: Extension
) -> SharedCapacity:
    """The shared capacities before anything is allocated to the villages."""
    grid = grid_upgrades(facts, policy)
    stations = _stations(grid)
    kva = policy.electric.kva_per_household
    free = [_homes_within(station.headroom_kva, kva) for station in stations]
    more = [_homes_within(station.available_kva, kva) for station in stations]
    # ASSUME: without interest or life the whole price of an upgrade is taken as its yearly cost
    fen_a = grid["upgrade_fen_a"].fillna(grid["upgrade_fen"]).astype("int64").tolist()
    largest_m2 = _largest_m2(villages)
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


def _homes_within(kva: float, kva_per_home: float) -> int:
    """The number of homes that fit into `kva`."""
    return max(0, floor(kva / kva_per_home + _EXACT))


def _largest_m2(villages: Sequence[Village]) -> dict[str, float]:
    """By piece, the largest mean floor area of a village's pending homes [m²]."""
    found: dict[str, float] = {}
    for village in villages:
        if village.piece is not None and village.whole.pending:
            mean_m2 = max(
                part.heated_m2 / part.pending
                for part in (village.whole, *village.sides)
                if part.pending
            )
            found[village.piece] = max(mean_m2, found.get(village.piece, 0.0))
    return found


def spare_w(kw: float, policy: Policy, home_m2: float | None = None) -> int:
    """The spare capacity of a piece [W], less the constant part of its peak; below 0 if overdrawn.

    With diversity a + b/n, n homes together need a·n + b times the peak of one. b is therefore
    subtracted once here, and `draw_w` counts a·n.

    ASSUME: the home of the constant part has the largest mean area of a village on the piece
    (`home_m2`; the policy's where none is pending), so that no source is promised too much.
    """
    demand = policy.demand
    area_m2 = demand.floor_area_m2 if home_m2 is None else home_m2
    once_kw = area_m2 * demand.heat_w_per_m2 / 1000 * demand.diversity_b
    return floor((kw - once_kw) * 1000 + 1e-6)


def draw_w(heated_m2: float, policy: Policy) -> int:
    """Peak load that homes with `heated_m2` in total add to their piece [W]."""
    demand = policy.demand
    return round(heated_m2 * demand.heat_w_per_m2 * demand.diversity_a)


@dataclass(frozen=True)
class Connection:
    """How a new main reaches a village.

    way          the streets in words, with metres of pipe
    each_cny_a   yearly cost per home on the network, mains included
    piece        the source_piece it draws on; kw: its load there
    runs_on      the earliest day of operation
    """

    way: Text
    each_cny_a: int
    piece: str
    kw: int
    runs_on: date


@dataclass(frozen=True)
class Extension:
    """The planned extension of the heating network, and the capacity reserved for it.

    villages      by village_code, those connected by the deadline
    later         those connected later: a proposal without reserved capacity
    reserved_kw   load of `villages` on each source_piece [kW]
    """

    villages: Mapping[str, Connection] = field(default_factory=dict)
    later: Mapping[str, Connection] = field(default_factory=dict)
    reserved_kw: Mapping[str, float] = field(default_factory=dict)


def extension_of(villages: pd.DataFrame, reserved_kw: Mapping[str, float]) -> Extension:
    """Convert the result of `gis.network.expand` for the rules.

    Args:
        villages: Its `villages` table.
        reserved_kw: Its `reserved_kw`.
    """
    reached = villages[villages["connected"]]
    found = {
        in_time: {str(row.Index): _connection(row) for row in rows.itertuples()}
        for in_time, rows in reached.groupby("in_time")
    }
    return Extension(found.get(True, {}), found.get(False, {}), dict(reserved_kw))


def _connection(row: Any) -> Connection:  # noqa: ANN401  # a row of a table
    return Connection(
        way=Text(row.path_zh, row.path_en),
        each_cny_a=round(row.cost_fen_a / row.homes / 100),
        piece=row.source_piece,
        kw=ceil(row.drawn_kw),
        runs_on=row.runs_on.date(),
    )
