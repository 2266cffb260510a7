"""The growth of the heating network as the decision sees it: who, how, at what cost, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, Any

from gis.errors import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import pandas as pd


@dataclass(frozen=True)
class Connection:
    """How a new main reaches a village.

    way          the streets in words, with the metres of pipe
    each_cny_a   what a home costs a year on it, mains included
    piece        the source_piece it draws on; kw: what it takes of it
    runs_on      the earliest day
    """

    way: Text
    each_cny_a: int
    piece: str
    kw: int
    runs_on: date


@dataclass(frozen=True)
class Extension:
    """What the heating network should grow to, and the capacity that is reserved for it.

    villages      by village_code, those that can run by the deadline
    later         those that cannot: a proposal, nothing is reserved for it
    reserved_kw   what `villages` take of each source_piece [kW]
    """

    villages: Mapping[str, Connection] = field(default_factory=dict)
    later: Mapping[str, Connection] = field(default_factory=dict)
    reserved_kw: Mapping[str, float] = field(default_factory=dict)


def extension_of(villages: pd.DataFrame, reserved_kw: Mapping[str, float]) -> Extension:
    """What `gis.network.Extension` says, its `villages` and `reserved_kw`, as the rules need it."""
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
