"""The planned network extension as input of the decision: connected villages, costs and dates."""

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
