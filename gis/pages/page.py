"""What a page is made of: its body, its maps and the part of the edition it carries."""

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

    layers  names of layers, as maps/looks/layers.js draws them, from the ground up
    theme   what the villages are told apart by: approach, share, a, b or plain
    """

    layers: Sequence[str]
    theme: str


@dataclass(frozen=True)
class Page:
    """One page.

    name     its file is `name`.html; pages.toml has its words under [nav] and [heading]
    body     the look of its body, a file of maps/looks
    views    its maps, in order
    drawn    layers that it draws without a map, as the edition's geometry names them
    legend   groups of the legend, in order
    table    {"source", "columns", "lead", "sort"}: rows, columns, which one is the row's name
             (an index) and how they lie at first ("-batch": most first); None for no table
    without  fields of a village that the page has no use for
    extra    what it carries besides the common part
    points   household points as `points.packed` makes them, {} for none
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
