"""Layer styles as QGIS keeps them (QML): symbols, labels, and Chinese names of fields and values.

Colours, widths and hatching are those of the pages (maps/looks/colours.toml). A pixel of a page is
1/96 inch.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, SubElement, tostring

from gis import i18n
from gis.layers.columns import LAYERS
from gis.output_columns import heading_of
from gis.pages.drawn_layers import DRAWN
from gis.report.qgis_symbols import (
    MM_PER_PX,
    Label,
    Look,
    Symbol,
    add_labelling,
    add_symbol,
    area,
    dot,
    drawn_line,
    mark,
    outlined_area,
)
from gis.report.translate import EXTRA, codes_in, heading, yes_and_no

DOCTYPE = '<!DOCTYPE qgis PUBLIC "http://mrcc.com/qgis.dtd" "SYSTEM">\n'
VERSION = "3.22.0"

# layer coloured by route → table of colours
_ROUTES = {"villages": "approach", "households": "route_point"}
# value of a field → line in [line] of the colours, and entry of the legend
_PIPES = {"in_service": "pipes_in_service", "planned": "pipes_planned"}
_GAS = {"true": "gas_secured", "false": "gas_unsecured"}
# layer → its line in [line] of the colours
_LINES = {one.layer: one.name for one in DRAWN if one.layer and one.name and not one.parts}
# layer → its mark in [mark] of the colours
_MARKS = {one.layer: one.name or one.layer for one in DRAWN if one.shape == "point"}
# Width of a gap's mark [mm], by its homes as in maps/looks/gaps.js
_GAP_SIZE = f"{2 * MM_PER_PX:.4f} * max(11, min(18, 9 + 0.4 * sqrt(coalesce(households, 0))))"
_DECLARED_FIRST = ("villages", "households")


LABELS: Mapping[str, Label] = {
    "villages": Label("village", 12, 4, nearer=100_000),
    "townships": Label("township", 14, 4, bold=True),
    "coal_ban_zones": Label("zone", 12, 7),
    "heat_extension": Label("'DN' || dn_mm", 11, 2, nearer=50_000, formula=True),
    "heat_sources": Label("source_id", 12, 6, ink="#8f1d0c", nearer=100_000),
    "gaps": Label("rank", 13, 1, ink="#b23a26", bold=True),
}


def style_of(layer: str, geometry: str, fields: Mapping[str, str], quiet: str = "") -> str:
    """The style of a layer as QML.

    Args:
        layer: Name of the layer.
        geometry: Its GeoPackage geometry type, "MULTIPOLYGON" or so.
        fields: Its fields in order, each with its type in the GeoPackage, "TEXT" or so.
        quiet: The route that gets its quiet fill, as on the pages; "" for none.
    """
    root = Element("qgis", version=VERSION)
    root.set("styleCategories", "Symbology|Labeling|Fields|Forms")
    field, classes = _classes(layer, quiet)
    if field in fields:
        _categorized(root, field, classes)
    else:
        _single(root, _plain(layer, _kind(geometry)))
    label = LABELS.get(layer)
    shown = label is not None and (label.formula or label.says in fields)
    root.set("labelsEnabled", "1" if shown else "0")
    if label is not None and shown:
        add_labelling(root, label)
    _value_maps(root, layer, fields)
    aliases = SubElement(root, "aliases")
    for number, name in enumerate(fields):
        alias = field_heading(layer, name)
        SubElement(aliases, "alias", index=str(number), field=name, name=alias)
    return DOCTYPE + tostring(root, encoding="unicode")


def field_heading(layer: str, name: str) -> str:
    """The Chinese heading of a field; an office's own column has the one of its file."""
    if name.startswith(EXTRA):
        return name.removeprefix(EXTRA)
    declared = heading_of(name)
    if declared and layer in _DECLARED_FIRST:
        return declared.zh
    column = LAYERS[layer].by_name.get(name) if layer in LAYERS else None
    if column is None or not column.aliases:
        return heading(name)
    first = column.aliases.split()[0]
    return f"{first}（{column.unit}）" if column.unit not in ("", "a") else first


def _value_maps(root: Element, layer: str, fields: Mapping[str, str]) -> None:
    """What the keys of code lists, and true and false, mean in Chinese."""
    configuration = SubElement(root, "fieldConfiguration")
    for name, kind in fields.items():
        words = _answers() if kind == "BOOLEAN" else words_of(layer, name)
        if not words:
            continue
        field = SubElement(configuration, "field", name=name, configurationFlags="None")
        config = SubElement(SubElement(field, "editWidget", type="ValueMap"), "config")
        listed = SubElement(
            SubElement(config, "Option", type="Map"), "Option", type="List", name="map"
        )
        for key, said in words.items():
            one = SubElement(listed, "Option", type="Map")
            SubElement(one, "Option", type="QString", name=said, value=key)


def class_words(layer: str) -> tuple[str, dict[str, str]]:
    """The field that tells the classes of a layer apart, "" for none, and their words by value."""
    field, classes = _classes(layer, "")
    return field, {value: one.label for value, one in classes.items()}


def _answers() -> Mapping[str, str]:
    return {str(key).lower(): said for key, said in yes_and_no().items()}


def words_of(layer: str, name: str) -> Mapping[str, str]:
    """Key → Chinese words of a field's code list; {} if it has none."""
    column = LAYERS[layer].by_name.get(name) if layer in LAYERS else None
    if column is not None and layer not in _DECLARED_FIRST and column.choices:
        return {key: words.split()[0] for key, words in column.choices.items()}
    return codes_in(name)


@cache
def _looks() -> dict[str, Any]:
    """The colours of the pages."""
    return tomllib.loads(i18n.template("colours.toml"))


def _line(name: str) -> Look:
    return dict(_looks()["line"][name])


def _kind(geometry: str) -> str:
    return {"POINT": "marker", "LINESTRING": "line"}.get(geometry.removeprefix("MULTI"), "fill")


class _Class(NamedTuple):
    label: str
    symbol: Symbol


def _classes(layer: str, quiet: str) -> tuple[str, dict[str, _Class]]:
    """The field that the classes of a layer tell apart, and the classes by value."""
    terms, legend = i18n.messages("terms"), i18n.messages("pages")["legend"]
    if layer in _ROUTES:
        table = _looks()[_ROUTES[layer]]
        named = {key: look for key, look in table.items() if key in terms["approach"]}
        return "approach", {
            key: _Class(terms["approach"][key]["zh"], _route(layer, look, quiet=key == quiet))
            for key, look in named.items()
        }
    if layer in _COMPUTED:
        field, classes = _COMPUTED[layer]
        return field, classes()
    if layer == "gaps":
        look = _looks()["mark"]["gaps"]
        return "kind", {
            key: _Class(
                said["zh"],
                mark(look["shapes"].get(key, "circle"), look, 2 * 11 * MM_PER_PX, _GAP_SIZE),
            )
            for key, said in terms["gap_kind"].items()
        }
    if layer == "gas_coverage":
        return "supply_secured", {
            key: _Class(legend[name]["zh"], outlined_area(_line(name)))
            for key, name in _GAS.items()
        }
    if layer == "heat_pipes":
        return "status", {
            key: _Class(legend[name]["zh"], drawn_line(_line(name), _line(name)["slim"]))
            for key, name in _PIPES.items()
        }
    return "", {}


def _density_classes() -> dict[str, _Class]:
    words = i18n.messages("report")["density_class"]
    return {
        key: _Class(words[key]["zh"], area(look, _line("villages")))
        for key, look in _looks()["heat_density"].items()
    }


def _load_classes() -> dict[str, _Class]:
    words = i18n.messages("report")["load_state"]
    looks = {key: _looks()["mark"][f"load_{key}"] for key in words}
    return {
        key: _Class(words[key]["zh"], mark(look["shape"], look, look["size"] * MM_PER_PX))
        for key, look in looks.items()
    }


# layer → the field that tells its classes apart, and the classes
_COMPUTED = {
    "heat_density": ("density_class", _density_classes),
    "transformer_loads": ("total_state", _load_classes),
}


def _route(layer: str, look: Look, *, quiet: bool) -> Symbol:
    if layer == "households":
        return dot(look["fill"])
    shown = {**look, "fill": look["quiet"]} if quiet else look
    return area(shown, _line("villages"))


def _plain(layer: str, kind: str) -> Symbol:
    """The symbol of a layer that is all alike."""
    if kind == "marker":
        look = _looks()["mark"][_MARKS[layer]]
        return mark(look["shape"], look, look["size"] * MM_PER_PX)
    line = _line(_LINES.get(layer, "pipes_in_service" if layer == "heat_coverage" else "outline"))
    if kind == "line":
        return drawn_line(line, line.get("slim", 1.0))
    return outlined_area(line)


def _categorized(root: Element, field: str, classes: Mapping[str, _Class]) -> None:
    renderer = _renderer(root, "categorizedSymbol")
    renderer.set("attr", field)
    categories = SubElement(renderer, "categories")
    symbols = SubElement(renderer, "symbols")
    for number, (key, one) in enumerate(classes.items()):
        name = str(number)
        SubElement(categories, "category", value=key, label=one.label, symbol=name, render="true")
        add_symbol(symbols, name, one.symbol)


def _single(root: Element, symbol: Symbol) -> None:
    renderer = _renderer(root, "singleSymbol")
    add_symbol(SubElement(renderer, "symbols"), "0", symbol)


def _renderer(root: Element, kind: str) -> Element:
    return SubElement(
        root, "renderer-v2", type=kind, symbollevels="0", enableorderby="0", forceraster="0"
    )
