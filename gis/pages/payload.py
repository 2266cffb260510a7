"""The data of a page as one JSON text that is safe inside a script element.

Villages have short names where these are unambiguous, such as 樊村 for 樊村村委会.
"""

from __future__ import annotations

import base64
import gzip
import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gis import i18n
from gis.output_columns import of_household, of_village
from gis.pages.drawn_layers import DRAWN_FROM, NEAR, for_script
from gis.pages.model import Edition, VillageView

if TYPE_CHECKING:
    from gis.pages.page import Page

_OFFICES = {
    "村民委员会": " Cunminweiyuanhui",
    "居民委员会": " Juminweiyuanhui",
    "村委会": " Cunweihui",
    "居委会": " Juweihui",
}
# Pages on which a reader goes near; the others would only grow by a picture of the ground.
_WITH_PICTURE = frozenset({"approach", "gaps", "extension", "loads", "clearance"})
# Tables of pages.toml that one page alone has a use for; "" is none of them, but the index of volumes.
_ONLY_ON = {
    "brief": "brief", "compare": "compare", "supply": "supply", "growth": "extension",
    "loads": "loads", "doors": "",
}  # fmt: skip
DECIMALS = 5  # of a degree: 1.1 m north, 0.9 m east at 36° N, finer than any line on the map
LEVEL = 6  # of gzip: level 9 takes four times as long and saves 1 %
_ESCAPES = {
    "<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029",
}  # fmt: skip
# The properties that shapes are styled by; those with equal values become one feature.
_READ: Mapping[str, tuple[str, ...]] = {
    "pipes": ("status",), "roads": (), "rivers": (), "contours": ("m",), "water": (),
    "buildings": (),
}  # fmt: skip


def office(name: str) -> str:
    """The committee's title at the end of `name`, "" if it has none or is only a title."""
    return next((title for title in _OFFICES if name.endswith(title) and name != title), "")


def shortened(villages: Sequence[VillageView]) -> list[dict[str, Any]]:
    """The villages under their short names; `full` has the official name if it is longer.

    Two committees of one township that would share a short name both keep the official one.
    """
    taken = Counter((row["township_code"], _short(row["name"])) for row in villages)
    return [
        _renamed(row) if taken[row["township_code"], _short(row["name"])] == 1 else dict(row)
        for row in villages
    ]


def _short(name: str) -> str:
    return name.removesuffix(office(name))


def _renamed(row: VillageView) -> dict[str, Any]:
    title = office(row["name"])
    if not title:
        return dict(row)
    return {
        **row,
        "name": _short(row["name"]),
        "full": row["name"],
        "initials": row["initials"][: -len(title)],
        "pinyin": row["pinyin"].removesuffix(_OFFICES[title]),
    }


def encode(data: Mapping[str, Any]) -> str:
    """`data` as JSON for a script element: no tag, entity or line separator can end it early.

    Raises:
        ValueError: `data` contains NaN or infinity; missing values must be None.
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign, escape in _ESCAPES.items():  # much faster than str.translate
        text = text.replace(sign, escape)
    return text


def gzip_base64(text: str) -> str:
    """`text` compressed with gzip, in base64; the same text gives the same output."""
    raw = gzip.compress(text.encode("utf-8"), compresslevel=LEVEL, mtime=0)
    return base64.b64encode(raw).decode("ascii")


def payload(page: Page, edition: Edition, pages: Sequence[str]) -> dict[str, Any]:
    """The data of `page`: the edition's common part, texts, colours, and the page's own data."""
    layers = [*page.drawn, *(name for view in page.views for name in view.layers)]
    points = {key: value for key, value in page.points.items() if key != "data"}
    return {
        "page": page.name,
        "pages": pages,
        "theme": page.views[0].theme if page.views else "approach",
        "legend": page.legend,
        "table": page.table,
        "columns": _columns(edition.kind),
        "card": [one.key for one in of_village("card") if one.is_told(edition.kind)],
        "words": _words(page.name),
        "terms": i18n.messages("terms"),
        "drawn": for_script(),
        "near": NEAR,
        "looks": tomllib.loads(i18n.template("colours.toml")),
        **_common(edition),
        "villages": [_without(village, page.without) for village in shortened(edition.villages)],
        "geometry": _wanted(edition, layers) if edition.maps else {},
        "streets": edition.streets if edition.maps else (),
        **({"picture": edition.picture} if edition.picture and page.name in _WITH_PICTURE else {}),
        **page.extra,
        **({"points": {**points, "headings": _unnamed_fields(points["fields"])}} if points else {}),
    }


def _words(page: str) -> dict[str, Any]:
    """The words of the pages that `page` can come to need."""
    every = i18n.messages("pages")
    return {table: own for table, own in every.items() if _ONLY_ON.get(table, page) == page}


def _columns(kind: str) -> dict[str, dict[str, Any]]:
    """The columns of villages that an edition's pages have: field → kind, heading and unit."""
    return {
        column.key: {
            "kind": column.kind,
            "heading": column.heading(kind),
            "unit": {"zh": column.unit.zh, "en": column.unit.en},
            **({"terms": column.codes[1]} if column.codes else {}),
        }
        for column in of_village("page")
        if column.is_told(kind)
    }


def _unnamed_fields(fields: Iterable[str]) -> dict[str, Any]:
    """Headings of household fields that have no words in the legend."""
    legend = i18n.messages("pages")["legend"]
    headings = {column.name: {"zh": column.zh, "en": column.en} for column in of_household("point")}
    return {
        name: headings[name] for name in fields if f"by_{name}" not in legend and name in headings
    }


def _common(edition: Edition) -> dict[str, Any]:
    names = (
        "kind", "title", "as_of", "deadline", "document", "demonstration", "review_no", "maps",
        "why_no_maps", "published_on", "expires_on", "issuer", "notice_notes",
        "address", "count_note", "count_step", "missing", "rests_on",
        "route_homes", "credits", "townships", "months", "zones",
    )  # fmt: skip
    return {name: getattr(edition, name) for name in names}


def _without(row: Mapping[str, Any], fields: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in fields}


def _wanted(edition: Edition, layers: Iterable[str]) -> dict[str, Any]:
    wanted = {"outline", "townships", *(DRAWN_FROM.get(name, name) for name in layers)}
    return {name: layer for name, layer in edition.geometry.items() if name in wanted}


def quantise_geometry(geometry: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """`geometry` for the pages: rounded to `DECIMALS`, with lines of equal properties merged."""
    return {
        name: {"type": "FeatureCollection", "features": _features(name, layer["features"])}
        for name, layer in geometry.items()
    }


def _features(name: str, features: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    if name not in _READ:
        return [_feature(row["properties"], row["geometry"]) for row in features]
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for row in features:
        key = tuple(row["properties"].get(field) for field in _READ[name])
        shape = row["geometry"]
        several = shape["type"].startswith("Multi")
        pieces = shape["coordinates"] if several else [shape["coordinates"]]
        groups.setdefault((shape["type"].removeprefix("Multi"), *key), []).extend(pieces)
    return [
        _feature(
            dict(zip(_READ[name], key, strict=True)),
            {"type": f"Multi{kind}", "coordinates": pieces},
        )
        for (kind, *key), pieces in groups.items()
    ]


def _feature(properties: Mapping[str, Any], shape: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": shape["type"], "coordinates": _rounded(shape["coordinates"])},
    }


def _rounded(coordinates: Any) -> Any:  # noqa: ANN401  GeoJSON nests to any depth
    """Coordinates rounded to `DECIMALS`, without consecutive equal vertices."""
    if isinstance(coordinates[0], int | float):
        return [round(float(value), DECIMALS) for value in coordinates[:2]]
    rounded = [_rounded(part) for part in coordinates]
    return [part for n, part in enumerate(rounded) if n == 0 or part != rounded[n - 1]]
