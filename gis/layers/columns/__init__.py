"""The schema of every layer: its columns, their units, and the Chinese headings they match."""

from __future__ import annotations

from gis.layers.columns.areas import BUILDINGS, BUILT_UP_AREA, COAL_BAN_ZONES, VILLAGES
from gis.layers.columns.ground import CONTOURS, RIVERS, WATER
from gis.layers.columns.households import HOUSEHOLDS, with_devices
from gis.layers.columns.networks import (
    GAS_COVERAGE,
    HEAT_COVERAGE,
    HEAT_PIPES,
    HEAT_SOURCES,
    METERS,
    ROADS,
    TRANSFORMERS,
)
from gis.layers.columns.records import (
    COMPLAINTS,
    INSPECTIONS,
    LOTS,
    PAYMENTS,
    PREMISES,
    RULINGS,
    SWEEPS,
    TARGETS,
    WEATHER,
    ZONE_RULINGS,
)
from gis.layers.schema import Layer

__all__ = ["LAYERS", "TARGETS", "personal_columns", "with_devices"]

LAYERS: dict[str, Layer] = {
    layer.name: layer
    for layer in (
        HOUSEHOLDS,
        VILLAGES,
        HEAT_PIPES,
        HEAT_SOURCES,
        HEAT_COVERAGE,
        GAS_COVERAGE,
        TRANSFORMERS,
        METERS,
        COAL_BAN_ZONES,
        BUILT_UP_AREA,
        ROADS,
        RULINGS,
        ZONE_RULINGS,
        INSPECTIONS,
        PREMISES,
        COMPLAINTS,
        SWEEPS,
        LOTS,
        BUILDINGS,
        RIVERS,
        WATER,
        CONTOURS,
        WEATHER,
        PAYMENTS,
    )
}


def personal_columns(layer: str) -> frozenset[str]:
    """The columns of `layer` that may never reach the public edition, in any form."""
    return frozenset(column.name for column in LAYERS[layer].columns if column.personal)
