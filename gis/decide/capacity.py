"""Shared capacities: headroom of transformers and spare capacity of heat sources.

Capacities are integers, so that rounding errors decide nothing: watts of device power for a
transformer, watts of heat for the source of a network piece. A network extension reserves capacity
for its villages. A transformer can be bought, so that only a verified ceiling keeps homes off one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import ceil, floor
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from gis.costs.money import Prices
from gis.costs.upgrades import (
    grid_works,
    is_refused,
    transformer_shares,
    upgrade_fen,
    village_works_fen,
    works_fen,
)
from gis.errors import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from gis.costs.upgrades import TransformerShare
    from gis.decide.village import Village
    from gis.facts import Facts
    from gis.policy import Policy

Entry = TypeVar("Entry")
_EXACT = 1e-6  # ASSUME: a shortage below a millionth of a watt is a rounding error


@dataclass(frozen=True, slots=True)
class Station:
    """A transformer and its works, see `gis.costs.upgrades`.

    spare_kva   what is left up to its limit; below 0 where it is overloaded
    capacity_kva, base_kva, usable_kva   its nameplate, its load, and where it is heavily loaded
    homes, asked_w   pending homes on it, and their device power [W]
    kva_per_w   load of a watt of device power on it [kVA/W]
    planned     the upgrade that stands in the layer: kVA, and its price [fen]; (0, 0): none
    beside      the villages that draw on it
    """

    name: str
    spare_kva: float
    capacity_kva: float
    base_kva: float
    usable_kva: float
    homes: int
    asked_w: int
    kva_per_w: float
    planned: tuple[float, int]
    beside: tuple[TransformerShare, ...]
    works: str
    works_kva: float
    works_fen: int
    county_fen: int
    fen_per_household: float
    due_on: pd.Timestamp
    refused: bool

    @property
    def headroom_kva(self) -> float:
        """Headroom without works."""
        return max(0.0, self.spare_kva)

    @property
    def asked_kva(self) -> float:
        """The load that all pending homes on it would add."""
        return self.asked_w * self.kva_per_w


@dataclass(frozen=True)
class SharedCapacity:
    """Shared capacities, one entry per resource: transformers first, then network pieces.

    free          capacity left [W]
    added         capacity that works can add: enough for all, or 0 where the plan refuses them
    added_fen_a   yearly cost of those works
    transformers, pieces   index of each id in the lists
    stations               the transformers, in the order of their index
    spare_w                by index of a piece, its spare capacity [W]; below 0 if overdrawn
    village_fen            works per home of each village [fen], by village_code
    fed_by                 the sources of each piece by name, "" where none feeds it
    grid_known             whether there is a layer of transformers
    """

    names: Sequence[str]
    free: Sequence[int]
    added: Sequence[int]
    added_fen_a: Sequence[int]
    transformers: dict[str, int]
    pieces: dict[str, int]
    stations: Sequence[Station]
    spare_w: dict[int, int]
    village_fen: Mapping[str, float] = field(default_factory=dict)
    grid_known: bool = True
    fed_by: Mapping[str, str] = field(default_factory=dict)

    def piece_called(self, piece: str | None, key: str = "piece") -> dict[str, str]:
        """What readers are told of a piece: its id with its sources; `key`_zh and `key`_en."""
        name, sources = piece or "", self.fed_by.get(piece or "", "")
        zh, en = (f"（{sources}）", f" ({sources})") if sources else ("", "")
        return {f"{key}_zh": name + zh, f"{key}_en": name + en}

    def with_station(self, i: int, station: Station) -> SharedCapacity:
        """A copy with transformer number `i` replaced."""
        return replace(
            self,
            free=_WithEntry(self.free, i, watts_within(station.headroom_kva, station.kva_per_w)),
            added=_WithEntry(self.added, i, _added_w(station)),
            stations=_WithEntry(self.stations, i, station),
        )

    def with_spare(self, i: int, more_kva: float, policy: Policy) -> SharedCapacity:
        """A copy with `more_kva` of headroom at transformer `i`; its works change with it.

        Works that cost more or less then count so in the allocation too.
        """
        station = self.stations[i]
        spare_kva = station.spare_kva + more_kva
        fen = works_fen(station.asked_kva - spare_kva, station.planned, policy)
        yearly = Prices(policy).annual_fen(fen, "grid_life_a")
        home_kva = policy.electric.kw_per_household * 1000 * station.kva_per_w
        beyond = max(0.0, -spare_kva) / home_kva
        refused = is_refused(
            station.asked_kva - spare_kva,
            station.planned,
            station.homes + ceil(beyond - _EXACT),
            station.beside,
            policy,
        )
        changed = self.with_station(i, replace(station, spare_kva=spare_kva, refused=refused))
        fen_a = fen if yearly is None else yearly
        return replace(changed, added_fen_a=_WithEntry(self.added_fen_a, i, fen_a))

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
    grid = grid_works(facts, policy)
    asked_w = facts.links.groupby("transformer_id")["device_w"].sum()
    beside = transformer_shares(grid["transformer_id"], grid["fen_per_household"], facts.links)
    grid["beside"] = grid["transformer_id"].map(beside)
    # without a transformer the ids are text, and so is what `map` makes of none
    grid["asked_w"] = grid["transformer_id"].map(asked_w).astype(float)
    stations = _stations(grid, policy)
    free = [watts_within(station.headroom_kva, station.kva_per_w) for station in stations]
    # ASSUME: without interest or life the whole price of works is taken as their yearly cost
    fen_a = grid["works_fen_a"].fillna(grid["works_fen"]).astype("int64").tolist()
    works = village_works_fen(grid["transformer_id"], grid["fen_per_household"], facts.links)
    largest_w = _largest_w(villages)
    watts = {
        str(piece): spare_w(
            kw - extension.reserved_kw.get(str(piece), 0.0), policy, largest_w.get(str(piece))
        )
        for piece, kw in zip(facts.sources["source_piece"], facts.sources["spare_kw"], strict=True)
    }
    ids = [station.name for station in stations]
    left = {len(ids) + i: w for i, w in enumerate(watts.values())}
    watts = {piece: max(0, w) for piece, w in watts.items()}
    return SharedCapacity(
        names=[*ids, *watts],
        free=[*free, *watts.values()],
        added=[_added_w(station) for station in stations] + [0] * len(watts),
        added_fen_a=fen_a + [0] * len(watts),
        transformers={name: i for i, name in enumerate(ids)},
        pieces={name: len(ids) + i for i, name in enumerate(watts)},
        stations=stations,
        spare_w=left,
        village_fen=dict(zip(works["village_code"], works["each_fen"], strict=True)),
        grid_known=facts.transformers_known,
        fed_by=dict(
            zip(facts.sources["source_piece"].astype(str), facts.sources["source_ids"], strict=True)
        ),
    )


def _stations(grid: pd.DataFrame, policy: Policy) -> list[Station]:
    plans = zip(grid["upgrade_kva"].fillna(0.0), grid["upgrade_cny"], strict=True)
    planned = [(float(kva), upgrade_fen(kva, cny, policy)) for kva, cny in plans]
    columns = (
        grid["transformer_id"].astype(str),
        (grid["headroom_kva"] - grid["over_kva"]).astype(float).fillna(0.0),
        grid["capacity_kva"].astype(float),
        grid["base_kva"].astype(float),
        grid["usable_kva"].astype(float),
        grid["homes"].astype("int64"),
        grid["asked_w"].astype("int64"),
        grid["kva_per_w"].astype(float),
        pd.Series(planned, dtype=object),
        grid["beside"],
        grid["works"],
        grid["works_kva"],
        grid["works_fen"],
        grid["county_fen"],
        grid["fen_per_household"].astype(float),
        grid["due_on"],
        grid["refused"],
    )
    return [Station(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def watts_within(kva: float, kva_per_w: float) -> int:
    """The device power that fits into `kva` [W]."""
    return max(0, floor(kva / kva_per_w + _EXACT))


def _added_w(station: Station) -> int:
    return 0 if station.refused else station.asked_w


def _largest_w(villages: Sequence[Village]) -> dict[str, float]:
    """By piece, the largest mean peak of a village's pending homes alone [W]."""
    found: dict[str, float] = {}
    for village in villages:
        if village.piece is not None and village.whole.pending:
            mean_w = max(
                part.peak_w / part.pending
                for part in (village.whole, *village.sides)
                if part.pending
            )
            found[village.piece] = max(mean_w, found.get(village.piece, 0.0))
    return found


def spare_w(kw: float, policy: Policy, home_w: float | None = None) -> int:
    """The spare capacity of a piece [W], less the constant part of its peak; below 0 if overdrawn.

    With diversity a + b/n, n homes together need a·n + b times the peak of one. b is therefore
    subtracted once here, and `draw_w` counts a·n.

    ASSUME: the home of the constant part has the largest mean peak of a village on the piece
    (`home_w`; the policy's where none is pending), so that no source is promised too much.
    """
    demand = policy.demand
    once_kw = (demand.home_w if home_w is None else home_w) / 1000 * demand.diversity_b
    return floor((kw - once_kw) * 1000 + 1e-6)


def draw_w(peak_w: float, policy: Policy) -> int:
    """Load that homes add to their piece, of peaks that sum to `peak_w` [W]."""
    return round(peak_w * policy.demand.diversity_a)


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

    villages      by village_code, those connected, whenever they run
    reserved_kw   load of `villages` on each source_piece [kW]
    """

    villages: Mapping[str, Connection] = field(default_factory=dict)
    reserved_kw: Mapping[str, float] = field(default_factory=dict)


def extension_of(villages: pd.DataFrame, reserved_kw: Mapping[str, float]) -> Extension:
    """Convert the result of `gis.network.expand` for the rules.

    Args:
        villages: Its `villages` table.
        reserved_kw: Its `reserved_kw`.
    """
    reached = villages[villages["connected"]]
    found = {str(row.Index): _connection(row) for row in reached.itertuples()}
    return Extension(found, dict(reserved_kw))


def _connection(row: Any) -> Connection:  # noqa: ANN401  # a row of a table
    return Connection(
        way=Text(row.path_zh, row.path_en),
        each_cny_a=round(row.cost_fen_a / row.homes / 100),
        piece=row.source_piece,
        kw=ceil(row.drawn_kw),
        runs_on=row.runs_on.date(),
    )
