"""The map of one township, for the folder that its office is given: the page of its routes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gis.i18n import Words
from gis.pages.page import approach_page
from gis.pages.payload import quantise_geometry
from gis.pages.point_encoding import Points
from gis.pages.render import render_page
from gis.pages.street_labels import line_labels

if TYPE_CHECKING:
    from gis.pages.model import Edition, VillageView

_MARGIN = 0.15  # of the township's width and height that its surroundings show
Box = tuple[float, float, float, float]


def township_pages(edition: Edition) -> dict[str, bytes]:
    """The map of each township that has a shape, by its code; empty if the edition has no maps."""
    if not edition.maps:
        return {}
    codes = [township["code"] for township in edition.townships]
    own = {code: township_edition(edition, code) for code in codes}
    return {
        code: render_page(approach_page(part), part, ["approach"])
        for code, part in own.items()
        if part is not None
    }


def township_edition(edition: Edition, code: str) -> Edition | None:
    """What `edition` tells of one township and shows around it; None if nobody drew the township.

    Counts, points and homes by route are those of its villages; zones are whole, as judged.
    """
    villages = [one for one in edition.villages if one["township_code"] == code]
    geometry = _geometry(edition, code, {one["code"] for one in villages})
    if not geometry or not villages:
        return None
    town = next(one for one in edition.townships if one["code"] == code)
    zones = {one["zone_id"] for one in villages}
    homes = _route_homes(villages)
    drawn = quantise_geometry(geometry)
    return replace(
        edition,
        title=Words(
            zh=f"{edition.title['zh']} · {town['name']}",
            en=f"{edition.title['en']} · {town['name']}",
        ),
        villages=villages,
        townships=[town],
        zones=[one for one in edition.zones if one["zone_id"] in zones],
        route_homes=homes,
        geometry=drawn,
        streets=line_labels(geometry),
        points=None if edition.points is None else _points(edition.points, edition, villages),
        picture=None,
    )


def _route_homes(villages: Sequence[VillageView]) -> dict[str, int | None]:
    """Households by route, those of a split village by part."""
    sums: dict[str, int | None] = {}
    for village in villages:
        whole = [(village["approach"], village["households"])]
        parts = [(part["approach"], part["households"]) for part in village["parts"]]
        for route, homes in parts or whole:
            sums[route] = (sums.get(route) or 0) + (homes or 0)
    return sums


def _geometry(edition: Edition, code: str, villages: set[str]) -> dict[str, Any]:
    """The layers of the maps as far as they lie in or around the township; {} without a shape."""
    layers = edition.geometry
    own = _where(layers.get("townships", {}), "code", {code})
    if not own:
        own = _where(layers.get("villages", {}), "code", villages)
    boxes = [_box(feature["geometry"]["coordinates"]) for feature in own]
    if not boxes:
        return {}
    near = _grown(boxes)
    found: dict[str, Any] = {
        name: _collection([one for one in layer["features"] if _touches(one, near)])
        for name, layer in layers.items()
    }
    found["outline"] = _collection([{**one, "properties": {}} for one in own])
    for name, codes in (("townships", {code}), ("villages", villages)):
        found[name] = _collection(_where(layers.get(name, {}), "code", codes))
    return found


def _points(points: Points, edition: Edition, villages: Sequence[VillageView]) -> Points:
    """The points of the villages; their indices are those of `villages`."""
    every = [one["code"] for one in edition.villages]
    own = {one["code"]: at for at, one in enumerate(villages)}
    new = np.array([own.get(code, -1) for code in every] + [-1])  # the last: of no village
    at = new[points.village]
    kept = at >= 0
    return Points(
        lon=points.lon[kept],
        lat=points.lat[kept],
        village=at[kept],
        categories={name: (keys, codes[kept]) for name, (keys, codes) in points.categories.items()},
        ids=[one for one, keep in zip(points.ids, kept, strict=True) if keep] if points.ids else (),
    )


def _where(layer: Mapping[str, Any], field: str, wanted: set[str]) -> list[dict[str, Any]]:
    return [one for one in layer.get("features", ()) if one["properties"].get(field) in wanted]


def _collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features}


def _touches(feature: Mapping[str, Any], near: Box) -> bool:
    west, south, east, north = _box(feature["geometry"]["coordinates"])
    return west <= near[2] and east >= near[0] and south <= near[3] and north >= near[1]


def _grown(boxes: Sequence[Box]) -> Box:
    west, south = min(one[0] for one in boxes), min(one[1] for one in boxes)
    east, north = max(one[2] for one in boxes), max(one[3] for one in boxes)
    across, up = _MARGIN * (east - west), _MARGIN * (north - south)
    return west - across, south - up, east + across, north + up


def _box(coordinates: Any) -> Box:  # noqa: ANN401  GeoJSON nests to any depth
    points = np.array(list(_places(coordinates)))
    west, south = points.min(axis=0)
    east, north = points.max(axis=0)
    return float(west), float(south), float(east), float(north)


def _places(coordinates: Any) -> Iterator[tuple[float, float]]:  # noqa: ANN401
    if isinstance(coordinates[0], int | float):
        yield coordinates[0], coordinates[1]
        return
    for part in coordinates:
        yield from _places(part)
