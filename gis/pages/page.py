"""The description of a page: its body, its maps and the part of the edition that it contains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

GROUND = ("rivers", "roads", "townships", "outline")
NETWORK = (
    "gas_unsecured",
    "gas_secured",
    "built_up",
    "zones",
    "pipes_planned",
    "pipes_in_service",
    "sources",
)


@dataclass(frozen=True)
class MapView:
    """One map of a page.

    layers  names of layers, as in maps/looks/layers.js, from bottom to top
    theme   what colours the villages: approach, share, a, b or plain
    """

    layers: Sequence[str]
    theme: str


@dataclass(frozen=True)
class Page:
    """One page.

    name     its file is `name`.html; pages.toml has its texts under [nav] and [heading]
    body     the template of its body, a file of maps/looks
    views    its maps, in order
    legend   groups of the legend, in order
    drawn    layers that it draws without a map, named as in the edition's geometry
    table    {"source", "columns", "lead", "sort"}: rows, columns, index of the column that names
    the
             row, and initial sorting ("-batch": descending); None for no table
    without  fields of a village that the page does not use
    extra    data that only this page needs
    points   household points from `point_encoding.encode_points`, {} for none
    """

    name: str
    body: str
    views: Sequence[MapView]
    legend: Sequence[str]
    drawn: Sequence[str] = ()
    table: Mapping[str, Any] | None = None
    without: frozenset[str] = frozenset()
    extra: Mapping[str, Any] = field(default_factory=dict)
    points: Mapping[str, Any] = field(default_factory=dict)
