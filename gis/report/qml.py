"""Styles as QGIS keeps them (QML), in the colours of the published maps; Chinese field names."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from gis import i18n
from gis.report.translate import heading

# layer → (field that the colour tells apart, table of colours, table of terms)
_BY_FIELD = {
    "villages": ("approach", "approach", "approach"),
    "households": ("approach", "route_point", "approach"),
    "coal_ban_zones": ("verdict", "verdict", "verdict"),
}
# layer → style of its line in [line] of the colours
_PLAIN = {
    "heat_coverage": "pipes_in_service",
    "gas_coverage": "gas_secured",
    "built_up_area": "built_up",
    "roads": "roads",
    "gaps": "selected",
    "heat_extension": "mains",
    "transformers": "gas_secured",
    "heat_sources": "pipes_in_service",
}
_PIPE_STATUS = {"in_service": "pipes_in_service", "planned": "pipes_planned"}
_HATCH = {
    "diagonal": "f_diagonal", "back": "b_diagonal", "dots": "dense6", "sparse": "dense7",
    "grid": "cross", "horizontal": "horizontal", "dense": "dense5", "wave": "diagonal_x",
}  # fmt: skip


def style_of(layer: str, geometry: str, fields: Sequence[str], quiet: str = "") -> str:
    """The QML of a layer; `geometry` is its GeoPackage geometry type, "MULTIPOLYGON" or so.

    quiet: the route that gets its quiet fill, as on the pages; "" for none.
    """
    root = Element("qgis", version="3.22.0", styleCategories="Symbology|Fields")
    kind = _kind(geometry)
    field, classes = _classes(layer, kind)
    if quiet and layer == "villages":
        label, look = classes[quiet]
        classes[quiet] = (label, look | {"fill": look["quiet"]})
    if field in fields:
        _categorized(root, kind, field, classes)
    else:
        _single(root, kind, _line(_PLAIN.get(layer, "outline")))
    aliases = SubElement(root, "aliases")
    for number, name in enumerate(fields):
        SubElement(aliases, "alias", index=str(number), field=name, name=heading(name))
    return '<!DOCTYPE qgis PUBLIC "http://mrcc.com/qgis.dtd" "SYSTEM">\n' + tostring(
        root, encoding="unicode"
    )


@cache
def _colours() -> dict[str, Any]:
    return tomllib.loads(i18n.template("colours.toml"))


def _line(name: str) -> dict[str, Any]:
    return dict(_colours()["line"][name])


def _kind(geometry: str) -> str:
    return {"POINT": "marker", "LINESTRING": "line"}.get(geometry.removeprefix("MULTI"), "fill")


def _classes(layer: str, kind: str) -> tuple[str, dict[str, tuple[str, dict[str, Any]]]]:
    if layer == "heat_pipes":
        terms = i18n.messages("terms")["served"]
        return "status", {key: (terms[key]["zh"], _line(of)) for key, of in _PIPE_STATUS.items()}
    if layer not in _BY_FIELD:
        return "", {}
    field, colours, table = _BY_FIELD[layer]
    terms = i18n.messages("terms")[table]
    looks = {key: look for key, look in _colours()[colours].items() if key in terms}
    ghost = {"ink": "#ffffff"} if kind == "marker" else {}
    return field, {key: (terms[key]["zh"], ghost | look) for key, look in looks.items()}


def _categorized(
    root: Element, kind: str, field: str, classes: Mapping[str, tuple[str, dict[str, Any]]]
) -> None:
    renderer = SubElement(
        root,
        "renderer-v2",
        type="categorizedSymbol",
        attr=field,
        symbollevels="0",
        enableorderby="0",
    )
    categories = SubElement(renderer, "categories")
    symbols = SubElement(renderer, "symbols")
    for number, (key, (label, look)) in enumerate(classes.items()):
        SubElement(
            categories, "category", value=key, label=label, symbol=str(number), render="true"
        )
        _symbol(symbols, str(number), kind, look)


def _single(root: Element, kind: str, look: dict[str, Any]) -> None:
    renderer = SubElement(root, "renderer-v2", type="singleSymbol", symbollevels="0")
    _symbol(SubElement(renderer, "symbols"), "0", kind, look)


def _symbol(symbols: Element, name: str, kind: str, look: dict[str, Any]) -> None:
    symbol = SubElement(symbols, "symbol", type=kind, name=name, alpha="1", force_rhr="0")
    for layer_class, options in _layers(kind, look):
        layer = SubElement(symbol, "layer", {"class": layer_class, "enabled": "1", "pass": "0"})
        held = SubElement(layer, "Option", type="Map")
        for key, value in options.items():
            SubElement(held, "Option", type="QString", name=key, value=value)
            SubElement(layer, "prop", k=key, v=value)


def _layers(kind: str, look: dict[str, Any]) -> list[tuple[str, dict[str, str]]]:
    ink, width = _rgba(look.get("ink", "#ffffff")), f"{look.get('width', 1.0) * 0.26:.2f}"
    fill = _rgba(look["fill"]) if "fill" in look else "0,0,0,0"
    if kind == "line":
        return [("SimpleLine", _stroke(look, ink, width))]
    if kind == "marker":
        dot = {"name": "circle", "color": fill, "outline_color": ink, "size": "1.6"}
        return [("SimpleMarker", dot | {"outline_width": "0.1"})]
    edge = {"outline_color": ink, "outline_width": width, "outline_style": _dash(look)}
    ground = {"color": fill, "style": "solid" if "fill" in look else "no"}
    drawn = [("SimpleFill", ground | edge)]
    if look.get("hatch", "none") != "none":
        drawn.append(("SimpleFill", {"color": ink, "style": _HATCH[look["hatch"]]} | edge))
    return drawn


def _stroke(look: dict[str, Any], ink: str, width: str) -> dict[str, str]:
    return {"line_color": ink, "line_width": width, "line_style": _dash(look)}


def _dash(look: dict[str, Any]) -> str:
    return "dash" if "dash" in look else "solid"


def _rgba(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},255"
