"""A layer as a drawing: DXF R2000, Chinese in code page 936.

A drawing has no table: a feature is its geometry on a layer of its class, and a text that names
it. Areas are drawn as their rings. Later versions of DXF are UTF-8, which GDAL shows garbled.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import NamedTuple

import numpy as np
import shapely
from ezdxf import new, options  # type: ignore[attr-defined]  # as its documents say
from ezdxf.document import Drawing
from numpy.typing import NDArray

_ENCODING = "gbk"
_STYLE = "HZ"
_FONT = "simsun.ttf"
_METRES = 6


def _wide(signs: str) -> dict[int, str]:
    return str.maketrans({sign: chr(ord(sign) + 0xFEE0) for sign in signs})


# Signs that a text reads as a command, and those that no layer may have in its name → wide ones
_IN_TEXT, _IN_NAME = _wide("%^\\"), _wide("<>/\\\":;?*|=`,'")
# ASSUME: drawings are printed at 1:10,000, where 25 m are 2.5 mm; points stand close together.
_TEXT_M = {0: 3.0, 1: 10.0, 2: 25.0}  # by dimension of the geometry


class DxfEntity(NamedTuple):
    """One entity: a point, an open or closed line, or a text at a point."""

    layer: str
    geometry: shapely.Geometry
    text: str = ""


def entities(
    shapes: NDArray[np.object_], layers: Sequence[str], labels: Sequence[str]
) -> Iterator[DxfEntity]:
    """The entities of features in the order in which a drawing holds them.

    shapes: none empty
    """
    for shape, layer, label in zip(shapes, layers, labels, strict=True):
        name = layer.translate(_IN_NAME)
        for part in shapely.get_parts(shape):
            rings = shapely.get_rings(part) if part.geom_type == "Polygon" else [part]
            yield from (DxfEntity(name, shapely.LineString(ring.coords)
                               if ring.geom_type == "LinearRing" else ring) for ring in rings)  # fmt: skip
        if text := _line(label):
            yield DxfEntity(name, shapely.point_on_surface(shape), text)


def _line(label: str) -> str:
    r"""The label as one line; a character that code page 936 lacks as \U+ and its code.

    One beyond 16 bits as the codes of its two halves, as drawings have it.
    """
    line = " ".join(label.translate(_IN_TEXT).split())
    return line.encode(_ENCODING, _CODED).decode(_ENCODING)


def _coded(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    halves = error.object[error.start : error.end].encode("utf-16-be")
    codes = (halves[at : at + 2].hex().upper() for at in range(0, len(halves), 2))
    return "".join(f"\\U+{code}" for code in codes), error.end


_CODED = "dxf-codes"
codecs.register_error(_CODED, _coded)


def dxf_bytes(drawn: Sequence[DxfEntity], dimension: int) -> bytes:
    """The drawing; coordinates in metres. dimension: 0, 1 or 2, of the features."""
    fixed = options.write_fixed_meta_data_for_testing
    options.write_fixed_meta_data_for_testing = True  # no clock in the file
    try:
        document = new("R2000", units=_METRES)
        document.encoding = _ENCODING
        document.styles.add(_STYLE, font=_FONT)
        for number, name in enumerate(dict.fromkeys(one.layer for one in drawn)):
            document.layers.add(name, color=number % 6 + 1)
        _fill(document, drawn, _TEXT_M[dimension])
        written = StringIO()
        document.write(written)
    finally:
        options.write_fixed_meta_data_for_testing = fixed
    return document.encode(written.getvalue())


def _fill(document: Drawing, drawn: Sequence[DxfEntity], height_m: float) -> None:
    model = document.modelspace()
    for one in drawn:
        on = {"layer": one.layer}
        places = shapely.get_coordinates(one.geometry)
        if one.text:
            style = on | {"style": _STYLE, "insert": tuple(places[0])}
            model.add_text(one.text, height=height_m, dxfattribs=style)
        elif one.geometry.geom_type == "Point":
            model.add_point(tuple(places[0]), dxfattribs=on)
        else:
            closed = len(places) > 3 and bool((places[0] == places[-1]).all())
            drawn_line = places[:-1] if closed else places
            model.add_lwpolyline(drawn_line.tolist(), close=closed, dxfattribs=on)
