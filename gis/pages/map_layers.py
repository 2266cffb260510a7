"""Nuantu's map layers as Folium classes, for any `folium.Map`.

    m = folium.Map(tiles=None)
    HatchedAreas(villages, colour_by="approach", label="village").add_to(m)
    HouseholdPoints(homes, colour_by="heating", ids="household_id").add_to(m)
    folium.LayerControl().add_to(m)

A map with one of them opens without a network: see `gis.pages.offline`. Frames may have any CRS.
Every text of a frame is shown as text, whatever it contains. The published pages are made of the
same classes; there the data and the words come from the page (`of_page`).

The options of all classes are in `gis.pages.map_layer.LayerOptions`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

import folium
import numpy as np
import pandas as pd
import shapely

from gis import i18n
from gis.errors import InputError
from gis.pages.frames import (
    Classes,
    FrameParts,
    Style,
    check_options,
    classes_of,
    field_of,
    heading_for,
    layer_name,
    look_table,
    looks,
    message,
    numbers_of,
    one_class,
    parts_of,
    texts_of,
    words_for,
)
from gis.pages.map_layer import LayerOptions, MapLayer
from gis.pages.payload import quantise_geometry
from gis.pages.point_encoding import Points, encode_points

if TYPE_CHECKING:
    import geopandas as gpd

_PLAIN_AREA = {"fill": "#f6f3ec", "ink": "#8b8579", "hatch": "none"}
_PLAIN_DOT = {"fill": "#2f78b0", "shape": 0}
_MAINS = {"in_service": "pipes_in_service", "planned": "pipes_planned", "proposed": "mains"}
_LINE_WIDTH = 2.4  # of a status that has no declared look [px]


class HatchedAreas(MapLayer):
    """Areas filled and hatched by class, such as villages by route.

    Args:
        gdf: Polygons.
        colour_by: Column of the classes; None fills all alike.
        label: Column that names an area; None for none.
        options: name, show, control, lang, words, colours, fields: see `LayerOptions`.

    Raises:
        InputError: The frame has no CRS, no such column, or other geometry.
    """

    kind, made = "areas", "areas"

    def __init__(
        self,
        gdf: gpd.GeoDataFrame,
        colour_by: str | None = "approach",
        *,
        label: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        frame = _Frame(gdf, self.kind, options)
        classes = frame.classes(colour_by, _PLAIN_AREA, looks(look_table(colour_by or "")))
        shapes = frame.shapes(frame.rows(classes, label), "MultiPolygon")
        super().__init__(frame.legend(classes, colour_by) | shapes, frame.parts, options)


class HeatMains(MapLayer):
    """Heat mains by status: in service, planned, proposed.

    Args:
        gdf: Lines.
        colour_by: Column of the status: in_service, planned, proposed or others; None draws all as
            in service.
        label: Column that names a main; None for none.
        options: name, show, control, lang, words, colours, fields: see `LayerOptions`.

    Raises:
        InputError: The frame has no CRS, no such column, or other geometry.
    """

    kind, made = "mains", "mains"

    def __init__(
        self,
        gdf: gpd.GeoDataFrame,
        colour_by: str | None = "status",
        *,
        label: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        frame = _Frame(gdf, self.kind, options)
        known = {status: looks("line")[name] for status, name in _MAINS.items()}
        words = {key: pair[frame.lang] for key, pair in i18n.messages("map_layers")["main"].items()}
        classes = frame.classes(colour_by, known["in_service"], known, words, "ink")
        lines = [{"width": _LINE_WIDTH, **look, "fill": ""} for look in classes.looks]
        classes = Classes(lines, classes.code)
        shapes = frame.shapes(frame.rows(classes, label), "MultiLineString")
        super().__init__(frame.legend(classes, colour_by) | shapes, frame.parts, options)


class HouseholdPoints(MapLayer):
    """Households on one canvas: a page with 100,000 takes less than 0.9 MB.

    Args:
        gdf: Points.
        colour_by: Column of the classes; None draws all alike.
        ids: Column or index level that identifies a household; None for none.
        village: Column that names its village; None for none.
        options: name, show, control, lang, words, colours, fields: see `LayerOptions`. A field has
            at most 256 different values.

    Raises:
        InputError: The frame has no CRS, no such column, or other geometry.
    """

    kind, made = "households", "homes"
    page = "nuantu.householdLayer(nuantu.points.homes, OPTIONS)"

    def __init__(
        self,
        gdf: gpd.GeoDataFrame,
        colour_by: str | None = "heating",
        *,
        ids: str | None = None,
        village: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        frame = _Frame(gdf, self.kind, options)
        column = colour_by or ""
        table = "route_point" if look_table(column) == "approach" else column
        classes = frame.classes(colour_by, _PLAIN_DOT, looks(table))
        fields = [field_of(frame.texts(name), name) for name in frame.fields]
        words = [[look["label"] for look in classes.looks], *(found for found, _ in fields)]
        codes = [classes.code, *(code for _, code in fields)]
        villages, number = _villages(frame, village)
        row, places = frame.parts.row, frame.parts.parts
        identified = frame.texts(ids) if ids else []
        points = Points(
            lon=shapely.get_x(places),
            lat=shapely.get_y(places),
            village=number[row],
            categories={str(n): (words[n], code[row]) for n, code in enumerate(codes)},
            ids=tuple(identified[n] for n in row) if ids else (),
        )
        told = {"packed": encode_points(points), "words": words, "names": villages}
        super().__init__(frame.legend(classes, colour_by) | told, frame.parts, options)

    def render(self, **kwargs: Any) -> Any:  # noqa: ANN401  Folium's own signature
        """Render the layer.

        Raises:
            InputError: The map is not in Web Mercator, in which the points are drawn.
        """
        sheet: Any = self._parent
        while sheet is not None and not isinstance(sheet, folium.Map):
            sheet = sheet._parent  # noqa: SLF001  Folium has no other way
        if sheet is not None and sheet.crs != "EPSG3857":
            raise InputError(message("other_projection", self.kind, found=sheet.crs))
        return super().render(**kwargs)


class GapMarkers(MapLayer):
    """Coverage gaps: a mark each, its shape by kind, its size by households.

    Args:
        gdf: Points, or areas and lines, which are marked at a point on them.
        gap_kind: Column of the kind: zone_without_plan, built_up, not_connected, headroom or
            others.
        rank: Column of the rank that is written in the mark; None for none.
        homes: Column of the households that size the mark; None for marks of equal size.
        label: Column that names a gap; None for none.
        options: name, show, control, lang, words, fields: see `LayerOptions`.

    Raises:
        InputError: The frame has no CRS or no such column.
    """

    kind, made = "gaps", "gaps"
    page = "nuantu.gapLayer(nuantu.data.gaps, OPTIONS)"

    def __init__(
        self,
        gdf: gpd.GeoDataFrame,
        gap_kind: str = "kind",
        *,
        rank: str | None = None,
        homes: str | None = None,
        label: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        frame = _Frame(gdf, self.kind, options, without=("colours",))
        classes = frame.classes(gap_kind, {}, {}, words_for("gap_kind", frame.lang))
        rows = frame.rows(classes, label)
        ranks = frame.texts(rank) if rank else [""] * len(gdf)
        sizes = numbers_of(gdf, homes, self.kind) if homes else [None] * len(gdf)
        on = shapely.point_on_surface(frame.parts.parts)
        spots = shapely.get_coordinates(on).round(5).tolist()
        marks = [
            {
                "lon": lon,
                "lat": lat,
                "kind": classes.looks[rows[n]["kind"]]["key"],
                "rank": ranks[n],
                "households": sizes[n],
                "row": rows[n],
            }
            for (lon, lat), n in zip(spots, frame.parts.row, strict=True)
        ]
        ink = looks("line")["selected"]["ink"]
        about = frame.legend(classes, gap_kind) | {"gaps": marks, "ink": ink}
        super().__init__(about, frame.parts, options)


class VillageLabels(MapLayer):
    """Names that never overlap: each stands in its area where that has room.

    Args:
        gdf: Areas, or points and lines, which always have room.
        text: Column of the names; a blank one is left out.
        size: Height of the letters [px].
        bold: Bold, and also where the area has no room, as townships are.
        options: name, show, control, lang: see `LayerOptions`.

    Raises:
        InputError: The frame has no CRS or no such column.
    """

    kind, made = "names", "names"
    page = "nuantu.labelLayer(OPTIONS)"

    def __init__(
        self,
        gdf: gpd.GeoDataFrame,
        text: str = "village",
        *,
        size: float = 12,
        bold: bool = False,
        **options: Unpack[LayerOptions],
    ) -> None:
        frame = _Frame(gdf, self.kind, options, without=("words", "colours", "fields"))
        said = frame.texts(text, none="")
        largest = _largest(frame.parts)
        labels = [{"text": said[n], **_anchor(part)} for n, part in largest if said[n].strip()]
        drawn = "township" if bold else "village"
        super().__init__({"labels": labels, "size": size, "drawn": drawn}, frame.parts, options)


class PageShapes(MapLayer):
    """Lines, borders and points of a published page, in one look."""


_OF_PAGE: dict[str, type[MapLayer]] = {
    "points": HouseholdPoints,
    "gaps": GapMarkers,
    "labels": VillageLabels,
    "mains": HeatMains,
    "verdicts": HatchedAreas,
    "villages": HatchedAreas,
}


def page_layer(name: str, map_number: int) -> MapLayer:
    """The layer `name` of the page's map of that number, named as in maps/looks/layers.js."""
    return _OF_PAGE.get(name, PageShapes).of_page(name, map_number)


class _Frame:
    """A frame on its way to a layer: its options checked, its parts in WGS84."""

    def __init__(
        self,
        gdf: gpd.GeoDataFrame,
        layer: str,
        options: LayerOptions,
        without: Sequence[str] = (),
    ) -> None:
        """without: Options that the layer does not have."""
        known = [name for name in LayerOptions.__annotations__ if name not in without]
        check_options(options, known, layer)
        self.gdf, self.layer, self.options = gdf, layer, options
        self.lang = options.get("lang", "zh")
        self.fields = options.get("fields", ())
        self.parts = parts_of(gdf, layer)

    def texts(self, column: str, none: str = "—") -> list[str]:
        """A column or index level as texts."""
        return texts_of(self.gdf, column, self.layer, self.lang, none=none)

    def classes(
        self,
        column: str | None,
        plain: Mapping[str, Any],
        known: Mapping[str, Any],
        words: Mapping[str, str] | None = None,
        painted: str = "fill",
    ) -> Classes:
        """The classes of a column; without one a single class that looks `plain`.

        known: looks by key. words: labels by key; None: those of the column. painted: as in
        `Style`.
        """
        if column is None:
            return one_class(layer_name(self.layer, self.lang), plain, len(self.gdf))
        words = words_for(column, self.lang) if words is None else words
        own, colours = self.options.get("words") or {}, self.options.get("colours") or {}
        style = Style(known, {**words, **own}, colours, painted)
        return classes_of(self.gdf, column, self.layer, style, self.lang)

    def legend(self, classes: Classes, column: str | None) -> dict[str, Any]:
        """The title, classes and headings of the layer."""
        lang = self.lang
        return {
            "title": heading_for(column, lang) if column else layer_name(self.layer, lang),
            "classes": classes.counted(self.parts),
            "headings": [heading_for(name, lang) for name in self.fields],
        }

    def rows(self, classes: Classes, label: str | None) -> list[dict[str, Any]]:
        """What is told of each row: its name, its class and the values of its fields."""
        names = self.texts(label) if label else [""] * len(self.gdf)
        columns = [self.texts(name) for name in self.fields]
        values = zip(*columns, strict=True) if columns else [()] * len(self.gdf)
        return [
            {"name": name, "kind": int(code), "values": list(told)}
            for name, code, told in zip(names, classes.code, values, strict=True)
        ]

    def shapes(self, rows: Sequence[Mapping[str, Any]], shape: str) -> dict[str, Any]:
        """One feature a row that is drawn, with the place of its row in `rows`."""
        drawn: dict[int, list[Any]] = {}
        for part, n in zip(self.parts.parts, self.parts.row.tolist(), strict=True):
            drawn.setdefault(n, []).append(shapely.geometry.mapping(part)["coordinates"])
        features = [
            {"properties": {"row": place}, "geometry": {"type": shape, "coordinates": coordinates}}
            for place, coordinates in enumerate(drawn.values())
        ]
        quantised = quantise_geometry({"": {"features": features}})[""]
        return {"features": quantised, "rows": [rows[n] for n in drawn]}


def _villages(frame: _Frame, column: str | None) -> tuple[list[str], Any]:
    """The village names of households, and the name of every row as an index, -1 for none."""
    if column is None:
        return [], np.full(len(frame.gdf), -1)
    texts = np.array(frame.texts(column), dtype=object)
    number, names = pd.factorize(texts, sort=True)
    return names.tolist(), number


def _largest(parts: FrameParts) -> list[tuple[int, Any]]:
    """The largest part of each row."""
    size = shapely.area(parts.parts)
    found: dict[int, int] = {}
    for n, row in enumerate(parts.row.tolist()):
        if row not in found or size[n] > size[found[row]]:
            found[row] = n
    return [(row, parts.parts[n]) for row, n in found.items()]


def _anchor(part: Any) -> dict[str, Any]:  # noqa: ANN401  any geometry
    """Where a name stands, and the box that must have room for it; None for points and lines."""
    if part.area == 0:
        spot, box = shapely.point_on_surface(part), None
    else:
        circle = shapely.maximum_inscribed_circle(part, tolerance=part.area**0.5 / 100)
        spot, box = shapely.Point(circle.coords[0]), [round(edge, 5) for edge in part.bounds]
    return {"at": [round(spot.x, 5), round(spot.y, 5)], "box": box}
