"""A Folium map of villages by route, for a notebook: it contains Leaflet and fetches no tiles."""

from __future__ import annotations

import tomllib
from html import escape
from typing import TYPE_CHECKING, Any

import folium
from branca.element import Element
from folium.template import Template

from gis import i18n
from gis.errors import InputError, Text
from gis.pages.render import leaflet_css, leaflet_js

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

COLUMNS = ("approach", "computed", "runner_up")
_NONE = {"fill": "#ffffff", "ink": "#8a8f96"}
_TOLD = ("village", "township", "households", "pending")
_LEGEND = (
    "position:absolute;left:12px;bottom:24px;z-index:1000;background:#fff;padding:6px 10px;"
    "border:1px solid #b9b2a4;font:13px sans-serif"
)


class _Inlined(Element):  # type: ignore[misc, unused-ignore]
    """A library's text in the head of the page, as it is."""

    _template = Template("<{{ this.tag }}>{{ this.text }}</{{ this.tag }}>")

    def __init__(self, tag: str, text: str) -> None:
        super().__init__()
        self.tag, self.text = tag, text


class _Legend(Element):  # type: ignore[misc, unused-ignore]
    """What the colours mean; every word is text."""

    _template = Template("{{ this.html }}")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html


def village_map(
    villages: gpd.GeoDataFrame, column: str, words: Mapping[str, str], lang: str
) -> folium.Map:
    """Villages coloured by a column of routes, with a legend and what is told of each.

    Args:
        villages: Polygons in WGS84, indexed by village_code.
        column: One of `COLUMNS`.
        words: The routes in words.
        lang: Language of the legend, zh or en.

    Raises:
        InputError: The map has no colours for the column.
    """
    if column not in COLUMNS:
        zh = f"map() 按 {'、'.join(COLUMNS)} 着色，这里是 {column}；其他列请用 plan.villages.explore(column=…)。"
        en = (
            f"map() colours by {', '.join(COLUMNS)}, found {column}; "
            "for any other column use plan.villages.explore(column=…)."
        )
        raise InputError(Text(zh, en))
    drawn = villages[~(villages.geometry.isna() | villages.geometry.is_empty)]
    sheet = _empty_map(drawn)
    looks = tomllib.loads(i18n.template("colours.toml"))["approach"]
    folium.GeoJson(
        _features(drawn, column, words, looks),
        name=column,
        style_function=lambda feature: feature["properties"]["style"],
        tooltip=folium.GeoJsonTooltip(["told"], labels=False),
    ).add_to(sheet)
    used = [key for key in words if (drawn[column] == key).any()]
    rows = [
        f'<div><span style="display:inline-block;width:1.1em;height:.9em;margin-right:.5em;'
        f'background:{looks.get(key, _NONE)["fill"]};border:1px solid {looks.get(key, _NONE)["ink"]}">'
        f"</span>{escape(words[key])}</div>"
        for key in used
    ]
    heading = escape(i18n.messages("pages")["heading"]["approach"][lang])
    legend = f'<div style="{_LEGEND}"><strong>{heading}</strong>{"".join(rows)}</div>'
    root: Any = sheet.get_root()
    root.html.add_child(_Legend(legend), name="legend")
    return sheet


def _empty_map(drawn: gpd.GeoDataFrame) -> folium.Map:
    """A map over the villages without tiles, with Leaflet in the page itself."""
    sheet = folium.Map(tiles=None, control_scale=True)
    root: Any = sheet.get_root()
    head = root.header
    head.add_child(_Inlined("style", leaflet_css()), name="leaflet_css")
    head.add_child(_Inlined("script", leaflet_js()), name="leaflet")
    sheet.default_js = [pair for pair in sheet.default_js if pair[0] != "leaflet"]
    sheet.default_css = [pair for pair in sheet.default_css if pair[0] != "leaflet_css"]
    if len(drawn):
        west, south, east, north = (float(edge) for edge in drawn.total_bounds)
        sheet.fit_bounds([(south, west), (north, east)])
    return sheet


def _features(
    drawn: gpd.GeoDataFrame, column: str, words: Mapping[str, str], looks: Mapping[str, Any]
) -> dict[str, Any]:
    """GeoJSON with the style of each village, and what is told of it as safe HTML."""
    features = []
    for code, row in zip(drawn.index, drawn.to_dict("records"), strict=True):
        look = looks.get(row[column], _NONE)
        lines = [str(row[name]) for name in _TOLD if name in row]
        lines.append(words.get(row[column], str(row[column])))
        style = {"fillColor": look["fill"], "color": look["ink"], "weight": 1, "fillOpacity": 0.8}
        features.append(
            {
                "type": "Feature",
                "id": str(code),
                "properties": {"told": "<br>".join(map(escape, lines)), "style": style},
                "geometry": row[drawn.geometry.name].__geo_interface__,
            }
        )
    return {"type": "FeatureCollection", "features": features}
