"""What the maps draw, each layer declared once.

The pages, their legend, nuantu.gpkg, its styles and the public allow-list follow from `DRAWN`. A
line looks as [line] of maps/looks/colours.toml says under the name of its entry, a point as [mark]
says under its own. Legends take their words from [legend] of maps/words/pages.toml, else from
[layer] of maps/words/terms.toml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple


class LegendEntry(NamedTuple):
    """An entry of the legend and the features that it switches.

    where  property, value, and whether the features have that value or any other; None: all
    """

    name: str
    where: tuple[str, str | bool, bool] | None = None


@dataclass(frozen=True)
class DrawnLayer:
    """One layer of the maps.

    layer       layer of project.toml or of nuantu.gpkg, "" for none
    name        its geometry on the pages, "" where only nuantu.gpkg has it
    shape       what it consists of
    group       its group of the legend, "" for a switch of its own
    properties  property on the pages → column of the layer; no other column reaches a page
    public      whether the public edition has it, as it is
    computed    made by the program rather than drawn as read
    parts       entries of the legend, if it has others than one of its own name
    """

    layer: str
    name: str
    shape: Literal["area", "line", "point"]
    group: Literal["ground", "network", "loads", ""] = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    public: bool = False
    computed: bool = False
    parts: tuple[LegendEntry, ...] = ()

    @property
    def entries(self) -> tuple[LegendEntry, ...]:
        """Its entries of the legend, from the bottom up."""
        return self.parts or (LegendEntry(self.name),)


# Load of a transformer with all homes, those that matter most on top.
LOAD_STATES = ("free", "unverified", "heavy", "overloaded")
# From the bottom up.
DRAWN: tuple[DrawnLayer, ...] = (
    DrawnLayer("villages", "villages", "area", public=True, computed=True),
    DrawnLayer(
        "gas_coverage", "gas", "area", "network", {"status": "status", "secured": "supply_secured"},
        parts=(LegendEntry("gas_unsecured", ("secured", True, False)),
               LegendEntry("gas_secured", ("secured", True, True))),
    ),
    DrawnLayer("heat_coverage", "", "area"),
    DrawnLayer("heat_density", "", "area", computed=True),
    DrawnLayer("built_up_area", "built_up", "area", "network", public=True),
    DrawnLayer("contours", "contours", "line", "ground", {"m": "elevation_m"}),
    DrawnLayer("water", "water", "area", "ground", public=True),
    DrawnLayer("rivers", "rivers", "line", "ground", public=True),
    DrawnLayer("roads", "roads", "line", "ground", {"name": "name"}, public=True),
    DrawnLayer("buildings", "buildings", "area", "ground"),
    DrawnLayer("townships", "townships", "area", "ground",
               {"code": "township_code", "name": "township"}, public=True, computed=True),
    DrawnLayer("outline", "outline", "area", "ground", public=True, computed=True),
    DrawnLayer("coal_ban_zones", "zones", "area", "network", {"zone_id": "zone_id"}, public=True),
    DrawnLayer(
        "heat_pipes", "pipes", "line", "network", {"status": "status"}, public=True,
        parts=(LegendEntry("pipes_planned", ("status", "in_service", False)),
               LegendEntry("pipes_in_service", ("status", "in_service", True))),
    ),
    DrawnLayer("heat_extension", "mains", "line", "network", computed=True),
    DrawnLayer("households", "points", "point", computed=True),
    DrawnLayer("transformers", "", "point"),
    DrawnLayer("heat_sources", "sources", "point", "network", {"name": "source_id"}),
    DrawnLayer(
        "transformer_loads", "loads", "point", "loads",
        {"id": "transformer_id", "state": "total_state"}, computed=True,
        parts=tuple(LegendEntry(f"load_{state}", ("state", state, True)) for state in LOAD_STATES),
    ),
    DrawnLayer("gaps", "gaps", "point", computed=True),
)  # fmt: skip
# Entry of the legend, or what colours a layer by another table → the geometry that it is drawn
# from.
DRAWN_FROM: Mapping[str, str] = {
    "verdicts": "zones",
    **{entry.name: one.name for one in DRAWN for entry in one.entries},
}


# Too fine for the whole city: on pages where a reader goes near, and drawn once near
NEAR = ("contours", "buildings")
# More of them make a page too large: they are then in nuantu.gpkg alone, and the overview says so
MOST: Mapping[str, int] = {"buildings": 20_000, "contours": 20_000}


def entry_names(group: str) -> tuple[str, ...]:
    """The entries of a group that are drawn as they are read, from the bottom up."""
    return tuple(
        entry.name
        for one in DRAWN
        if one.group == group and (not one.computed or group == "ground")
        for entry in one.entries
    )


def for_script() -> list[dict[str, Any]]:
    """The layers as maps/looks/layers.js takes them, from the bottom up."""
    return [
        {
            "name": one.name,
            "layer": one.layer,
            "shape": one.shape,
            "group": one.group,
            "computed": one.computed,
            "entries": [{"name": entry.name, "where": entry.where} for entry in one.entries],
        }
        for one in DRAWN
        if one.name
    ]
