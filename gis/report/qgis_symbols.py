"""Symbols and labels of QGIS as XML, from the looks of the pages.

A look is an entry of maps/looks/colours.toml. Pages measure in pixels of 1/96 inch, QGIS in mm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, SubElement

Look = Mapping[str, Any]
MM_PER_PX = 25.4 / 96
_PT_PER_PX = 0.75
_SHEER = 0.14  # opacity of the fill of an area that lies on others, as in maps/looks/layers.js
# Hatching as in maps/looks/fills.js: lines (angle, distance, width) and dots (across, down, radius,
# shift of every other row), in pixels.
_LINES: Mapping[str, tuple[tuple[float, float, float], ...]] = {
    "diagonal": ((45, 5.66, 1),), "back": ((135, 5.66, 1.1),), "horizontal": ((0, 8, 0.9),),
    "grid": ((0, 4, 0.7), (90, 4, 0.7)), "wave": ((45, 8, 0.7), (135, 8, 0.7)),
}  # fmt: skip
_DOTS = {"dots": (8, 4, 1.15, 4), "sparse": (8, 8, 0.9, 0), "dense": (4, 4, 0.9, 0)}
# Lines and dots grow from the whole city to a street, between a least and a greatest size.
# ASSUME: a line has the width of the pages at 1:20,000, and a household is 16 m wide.
_OWN_WIDTH_AT = 20_000
_WIDEST = 1.2
_DOT_M, _DOT_MM = 16, (0.5, 1.8)
_RIM_M, _RIM_MM = 1, (0.0, 0.15)
# shape of a mark → shape of QGIS, angle; the same shapes are in maps/looks/hatches.js
_SHAPES = {
    "triangle": ("triangle", 0), "down": ("triangle", 180), "square": ("square", 0),
    "diamond": ("diamond", 0), "circle": ("circle", 0),
}  # fmt: skip


class SymbolLayer(NamedTuple):
    """One layer of a symbol.

    size     expression for the size of a marker [mm], "" for none
    pattern  kind of symbol and layer that a filling repeats, None for none
    """

    name: str
    options: Mapping[str, str]
    size: str = ""
    pattern: tuple[str, SymbolLayer] | None = None


class Symbol(NamedTuple):
    """A symbol: "marker", "line" or "fill", and its layers from the bottom up."""

    kind: str
    layers: tuple[SymbolLayer, ...]


class Label(NamedTuple):
    """What a layer is labelled with.

    says       field or, if `formula`, expression
    size_px    height of the type
    placement  of QGIS: 1 over the point, 2 along the line, 4 horizontal in the area, 6 beside a
               point, 7 along the border
    nearer     largest scale denominator that it shows at; 0: always
    """

    says: str
    size_px: float
    placement: int
    ink: str = "#1b2733"
    bold: bool = False
    nearer: int = 0
    formula: bool = False


def area(look: Look, edge: Look) -> Symbol:
    """An area that covers what lies under it, hatched, with the line `edge` around it."""
    ground = {"color": rgba(look["fill"]), "style": "solid", "outline_style": "no"}
    layers = [
        SymbolLayer("SimpleFill", ground),
        *_hatching(look.get("hatch", "none"), look["ink"]),
        SymbolLayer("SimpleLine", _stroke(edge)),
    ]
    return Symbol("fill", tuple(layers))


def _hatching(hatch: str, ink: str) -> Iterator[SymbolLayer]:
    for angle, distance, width in _LINES.get(hatch, ()):
        line = SymbolLayer("SimpleLine", _stroke({"ink": ink, "width": width}))
        options = {"angle": f"{angle:g}", "distance": _mm(distance), "distance_unit": "MM"}
        yield SymbolLayer("LinePatternFill", options, pattern=("line", line))
    if hatch in _DOTS:
        across, down, radius, shift = _DOTS[hatch]
        drawn = {
            "name": "circle", "color": rgba(ink), "outline_style": "no", "size": _mm(2 * radius),
            "size_unit": "MM",
        }  # fmt: skip
        options = {
            "distance_x": _mm(across), "distance_y": _mm(down), "displacement_x": _mm(shift),
            "distance_x_unit": "MM", "distance_y_unit": "MM", "displacement_x_unit": "MM",
        }  # fmt: skip
        point = SymbolLayer("SimpleMarker", drawn)
        yield SymbolLayer("PointPatternFill", options, pattern=("marker", point))


def outlined_area(line: Look) -> Symbol:
    """An area drawn as its outline, with a sheer fill if the line has one."""
    edge = SymbolLayer("SimpleLine", _stroke(line))
    if "fill" not in line:
        return Symbol("fill", (edge,))
    sheer = {"color": rgba(line["fill"], _SHEER), "style": "solid", "outline_style": "no"}
    return Symbol("fill", (SymbolLayer("SimpleFill", sheer), edge))


def drawn_line(line: Look, slim: float = 1.0) -> Symbol:
    """A line; `slim`: the share of its width that it has where the whole city is seen."""
    options = _stroke(line)
    if slim < 1:
        mm = line["width"] * MM_PER_PX
        options |= _growing("line_width", mm * _OWN_WIDTH_AT / 1000, (mm * slim, mm * _WIDEST))
        options["width_map_unit_scale"] = options.pop("line_width_map_unit_scale")
    return Symbol("line", (SymbolLayer("SimpleLine", options),))


def dot(colour: str) -> Symbol:
    """A household: a dot that grows as the reader comes nearer, and gets a rim."""
    options = {"name": "circle", "color": rgba(colour), "outline_color": rgba("#ffffff")}
    options |= _growing("size", _DOT_M, _DOT_MM) | _growing("outline_width", _RIM_M, _RIM_MM)
    return Symbol("marker", (SymbolLayer("SimpleMarker", options),))


def mark(shape: str, look: Look, size_mm: float, size: str = "") -> Symbol:
    """A mark of its own shape: a kind of gap, a heat source or a transformer."""
    name, angle = _SHAPES[shape]
    options = {
        "name": name, "angle": str(angle), "color": rgba(look["fill"]),
        "outline_color": rgba(look["ink"]), "outline_width": _mm(look["width"]),
        "size": f"{size_mm:.2f}", "size_unit": "MM", "joinstyle": "round",
    }  # fmt: skip
    return Symbol("marker", (SymbolLayer("SimpleMarker", options, size),))


def add_symbol(symbols: Element, name: str, symbol: Symbol) -> None:
    """Add a symbol to an element <symbols>."""
    held = SubElement(symbols, "symbol", type=symbol.kind, name=name, alpha="1", force_rhr="0")
    for number, one in enumerate(symbol.layers):
        layer = SubElement(
            held, "layer", {"class": one.name, "enabled": "1", "locked": "0", "pass": "0"}
        )
        options = SubElement(layer, "Option", type="Map")
        for key, value in one.options.items():
            SubElement(options, "Option", type="QString", name=key, value=value)
            SubElement(layer, "prop", k=key, v=value)
        if one.size:
            _sized_by(SubElement(layer, "data_defined_properties"), one.size)
        if one.pattern:
            kind, inner = one.pattern
            add_symbol(layer, f"@{name}@{number}", Symbol(kind, (inner,)))


def add_labelling(root: Element, label: Label) -> None:
    """Add labels in the type of the pages, with a white halo."""
    labelling = SubElement(root, "labeling", type="simple")
    settings = SubElement(labelling, "settings", calloutType="simple")
    style = SubElement(
        settings, "text-style",
        fieldName=label.says, isExpression="1" if label.formula else "0",
        fontFamily="Microsoft YaHei", namedStyle="Bold" if label.bold else "Regular",
        fontWeight="75" if label.bold else "50", fontSize=f"{label.size_px * _PT_PER_PX:g}",
        fontSizeUnit="Point", textColor=rgba(label.ink), textOpacity="1", multilineHeight="1",
    )  # fmt: skip
    SubElement(
        style, "text-buffer",
        bufferDraw="1", bufferSize="0.7", bufferSizeUnits="MM", bufferColor=rgba("#ffffff"),
        bufferOpacity="1", bufferJoinStyle="128", bufferNoFill="1", bufferBlendMode="0",
    )  # fmt: skip
    SubElement(
        settings, "placement",
        placement=str(label.placement), placementFlags="10", quadOffset="4", priority="5",
        dist="1", distUnits="MM", centroidWhole="0", centroidInside="1", fitInPolygonOnly="0",
        predefinedPositionOrder="TR,TL,BR,BL,R,L,TSR,BSR", offsetUnits="MM",
    )  # fmt: skip
    SubElement(
        settings, "rendering",
        drawLabels="1", obstacle="0", displayAll="0", upsidedownLabels="0", fontLimitPixelSize="0",
        scaleVisibility="1" if label.nearer else "0", scaleMin="0", scaleMax=str(label.nearer),
        limitNumLabels="0", labelPerPart="0", mergeLines="0", minFeatureSize="0",
    )  # fmt: skip


def rgba(colour: str, opacity: float = 1.0) -> str:
    """A colour of the pages, "#rrggbb", as QGIS writes it."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},{round(opacity * 255)}"


def _stroke(line: Look) -> dict[str, str]:
    options = {
        "line_color": rgba(line["ink"]), "line_width": _mm(line["width"]), "line_width_unit": "MM",
        "line_style": "solid", "joinstyle": "round", "capstyle": "flat",
    }  # fmt: skip
    if dash := line.get("dash"):
        steps = ";".join(_mm(float(px)) for px in dash.split())
        options |= {
            "line_style": "dash", "use_custom_dash": "1", "customdash": steps,
            "customdash_unit": "MM",
        }  # fmt: skip
    return options


def _growing(name: str, metres: float, between_mm: tuple[float, float]) -> dict[str, str]:
    """A size on the ground that is neither smaller nor larger on the map than `between_mm`."""
    least, most = between_mm
    return {
        name: f"{metres:.2f}",
        f"{name}_unit": "RenderMetersInMapUnits",
        f"{name}_map_unit_scale": f"3x:0,0,1,{least:.2f},1,{most:.2f}",
    }


def _mm(px: float) -> str:
    return f"{px * MM_PER_PX:.2f}"


def _sized_by(held: Element, expression: str) -> None:
    properties = SubElement(held, "Option", type="Map")
    SubElement(properties, "Option", type="QString", name="name", value="")
    by = SubElement(properties, "Option", type="Map", name="properties")
    size = SubElement(by, "Option", type="Map", name="size")
    SubElement(size, "Option", type="bool", name="active", value="true")
    SubElement(size, "Option", type="QString", name="expression", value=expression)
    SubElement(size, "Option", type="int", name="type", value="3")
    SubElement(properties, "Option", type="QString", name="type", value="collection")
