"""The map of a plan's villages, to be shown in a notebook or saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import folium
from branca.element import MacroElement
from folium.template import Template

from gis.pages.map_layers import HatchedAreas, VillageLabels

if TYPE_CHECKING:
    import geopandas as gpd

_TOLD = ("township", "households", "pending")


class _Scale(MacroElement):
    """A scale in metres alone; Folium's own has miles as well."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "L.control.scale({imperial: false}).addTo({{ this._parent.get_name() }});"
        "{% endmacro %}"
    )


def village_map(villages: gpd.GeoDataFrame, column: str, lang: str) -> folium.Map:
    """Villages coloured by a column, with their names and a legend.

    Args:
        villages: Polygons in any CRS, with the column village.
        column: Of keys or of few values.
        lang: Language of the words, zh or en.

    Returns:
        A map that opens without a network and takes other Folium layers.

    Raises:
        InputError: There is no such column, or it has too many values for a legend.
    """
    sheet = folium.Map(tiles=None)
    _Scale().add_to(sheet)
    told = [name for name in _TOLD if name in villages]
    areas = HatchedAreas(villages, column, label="village", fields=told, lang=lang)
    areas.add_to(sheet)
    VillageLabels(villages, lang=lang).add_to(sheet)
    if areas.box[0][0] is not None:
        sheet.fit_bounds(areas.box)
    return sheet
