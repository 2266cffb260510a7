"""Renders the pages of an edition: Folium maps in our own template, each page one HTML file.

A page contains everything it needs and fetches nothing.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import folium
from branca.element import Figure, MacroElement
from folium.template import Template

from gis import i18n
from gis.pages.drawn_layers import DRAWN_FROM
from gis.pages.map_layer import DRAWING, SHARED, joined_scripts
from gis.pages.map_layers import page_layer
from gis.pages.model import Edition
from gis.pages.offline import LEAFLET, leaflet_css, leaflet_js, make_offline
from gis.pages.page import (
    MapView,
    Page,
    approach_page,
    brief_page,
    clearance_page,
    compare_page,
    extension_page,
    gaps_page,
    loads_page,
    notice_page,
    overview_page,
    progress_page,
    supply_page,
)
from gis.pages.payload import encode, gzip_base64, payload, quantise_geometry
from gis.pages.street_labels import line_labels

SCRIPTS = (
    "elements",
    "words",
    "state",
    "fills",
    "map",
    "gaps",
    "labels",
    "layers",
    "points",
    "legend",
    "take",
    "picture",
    "rows",
    "search",
    "card",
    "table",
    "progress",
    "clearance",
    "overview",
    "brief",
    "growth",
    "loads",
    "supply",
    "compare",
    "notice",
    "print",
    "frame",
)
_ONLY_ON = {"brief": "brief", "supply": "supply"}  # scripts that one page alone has a use for
_FIRST = ("dom", "open")
_BLOCKS = ("search", "legend_and_card")  # of several pages, files of maps/looks
STYLES = ("map_layers", "paper", "panel", "map", "notice", "print")


class BaseMap(folium.Map):  # type: ignore[misc, unused-ignore]
    """A Folium map without tiles, links or random names, for a page or by itself."""

    _template = Template(
        "{% macro header(this, kwargs) %}"
        "<style>html, body { height: 100%; margin: 0; } .folium-map { height: 100%; }</style>"
        "{% endmacro %}"
        "{% macro html(this, kwargs) %}"
        '<div class="folium-map" id="{{ this.get_name() }}"></div>'
        "{% endmacro %}"
        "{% macro script(this, kwargs) %}"
        "const {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, "
        "{center: {{ this.location|tojson }}, ...{{ this.options|tojavascript }}});"
        "{% endmacro %}"
    )

    def __init__(self, number: int, centre: tuple[float, float]) -> None:
        super().__init__(
            location=centre,
            tiles=None,
            zoom_start=11,
            zoom_control=False,
            zoom_snap=0,
            zoom_delta=0.75,
            wheel_px_per_zoom_level=120,
        )
        self._id = str(number)
        self.default_js, self.default_css = ([*links] for links in LEAFLET)

    def render(self, **kwargs: Any) -> Any:  # noqa: ANN401  Folium's own signature
        """Render the map; outside a page its figure becomes one that needs no network."""
        make_offline(self.get_root())
        return super().render(**kwargs)


class MapContents(MacroElement):
    """What the pages' script adds to a map before its layers: panes, scale and buttons."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "nuantu.map({{ this._parent.get_name() }}, {{ this.view|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, view: MapView) -> None:
        super().__init__()
        self._id = view.theme
        self.view = {"layers": list(view.layers), "theme": view.theme}


class MapReady(MacroElement):
    """What the pages' script does once a map has its layers."""

    _template = Template(
        "{% macro script(this, kwargs) %}nuantu.mapReady({{ this._parent.get_name() }});{% "
        "endmacro %}"
    )

    def __init__(self, number: int) -> None:
        super().__init__()
        self._id = str(number)


class PageFigure(Figure):
    """The page around the maps: our own template instead of Folium's, with a security policy."""

    def __init__(self, page: Page, edition: Edition, pages: Sequence[str]) -> None:
        super().__init__()
        self._template = Template(i18n.template("page.html"))
        self._page = page
        self.name = page.name
        self.mapped = edition.maps and bool(page.views)
        site = i18n.messages("pages")
        self.heading = f"{site['heading'][page.name]['zh']} · {edition.title['zh']}"
        demo = site["site"]["demo"]
        self.nature = f"{demo['zh']} {demo['en']}" if edition.demonstration else ""
        self.no_script = site["site"]["no_script"]["zh"]
        self.too_old = site["site"]["too_old"]["zh"]
        self.packed = edition.kind == "planner"
        data = encode(payload(page, edition, pages))
        self.data = gzip_base64(data) if self.packed else data
        self.points = page.points.get("data", "")
        self.styles = [leaflet_css(), _styles()]
        self.scripts: list[str] = []
        self.program, self.hashed = "", list[str]()

    def render(self, **kwargs: Any) -> str:  # noqa: ANN401  Folium's own signature
        """The page as HTML; the maps are rendered first, so that their script can be hashed."""
        for child in self._children.values():
            child.render(**kwargs)
        start = f"nuantu.open(() => {{\n{self.script.render()}\n}});"
        leaflet = [leaflet_js()] if self.mapped else []
        if self.packed:
            program = "\n".join((*leaflet, _program(self.mapped, self.name, whole=False)))
            self.program = gzip_base64(program)
            self.scripts, self.hashed = [joined_scripts(_FIRST), start], [program]
        else:
            self.scripts = [*leaflet, _program(self.mapped, self.name), start]
        return str(self._template.render(this=self, kwargs=kwargs))

    @property
    def body(self) -> str:
        """The page's body: its template with the blocks that pages share, and the maps."""
        stage = ""
        if self.mapped:
            stage = i18n.template("stage.html").replace("{maps}", self.html.render())
        body = i18n.template(self._page.body)
        for name in _BLOCKS:
            body = body.replace(f"{{{name}}}", i18n.template(f"{name}.html").rstrip("\n"))
        return body.replace("{stage}", stage)

    @property
    def policy(self) -> str:
        """A content security policy that only allows this page's own scripts and styles."""
        return "; ".join(
            (
                "default-src 'none'",
                f"script-src {_hashes([*self.scripts, *self.hashed])}",
                f"style-src {_hashes(self.styles)}",
                "img-src data:",
                "base-uri 'none'",
                "form-action 'none'",
            )
        )


def render_page(page: Page, edition: Edition, pages: Sequence[str]) -> bytes:
    """`page` of `edition` as the bytes of one HTML file; `pages` are the names of all pages."""
    sheet = PageFigure(page, edition, pages)
    if edition.maps:
        centre = _centre(edition)
        for number, view in enumerate(page.views):
            ground = BaseMap(number, centre)
            sheet.add_child(ground)
            ground.add_child(MapContents(view))
            for name in view.layers:
                if _present(name, page, edition):
                    ground.add_child(page_layer(name, number))
            ground.add_child(page_layer("labels", number))
            ground.add_child(MapReady(number))
    return sheet.render().encode("utf-8")


def _present(name: str, page: Page, edition: Edition) -> bool:
    """Whether the page has anything for a layer of its maps."""
    if name in ("points", "gaps"):
        return name == "gaps" or bool(page.points)
    layer = edition.geometry.get(DRAWN_FROM.get(name, name), {})
    return bool(layer.get("features"))


def _centre(edition: Edition) -> tuple[float, float]:
    """Latitude and longitude of the centre of the outline's box; the page then fits the map."""
    outline = edition.geometry["outline"]["features"]
    points = [point for feature in outline for point in _points(feature["geometry"]["coordinates"])]
    lons, lats = zip(*points, strict=True)
    return (round((min(lats) + max(lats)) / 2, 5), round((min(lons) + max(lons)) / 2, 5))


def _points(coordinates: Any) -> list[tuple[float, float]]:  # noqa: ANN401  nests to any depth
    if isinstance(coordinates[0], int | float):
        return [(coordinates[0], coordinates[1])]
    return [point for part in coordinates for point in _points(part)]


def _hashes(texts: Sequence[str]) -> str:
    digests = (hashlib.sha256(text.encode("utf-8")).digest() for text in texts)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode('ascii')}'" for digest in digests)


def own_text() -> str:
    """The styles and scripts that all pages share."""
    return "\n".join((leaflet_css(), _styles(), leaflet_js(), _program(mapped=True)))


@cache
def _styles() -> str:
    return "\n".join(i18n.template(f"{name}.css") for name in STYLES)


@cache
def _program(mapped: bool, page: str = "", *, whole: bool = True) -> str:
    """The scripts of a page as one; they run after the page's data has been read.

    page: its name; "": every script of any page.
    whole: False leaves out those that unpack the others, which a packed page has by themselves.

    The function is in parentheses, because browsers then parse it once, not again when it is
    called. A page without maps has no Leaflet and goes without the drawing.
    """
    names = (*SHARED, *(DRAWING if mapped else ()), "open")
    first = joined_scripts(tuple(name for name in names if whole or name not in _FIRST))
    own = tuple(name for name in SCRIPTS if page in ("", _ONLY_ON.get(name, page)))
    return f"{first}\nnuantu.prepare = (() => {{\n{joined_scripts(own)}\n}});"


_PAGES = (
    overview_page, brief_page, approach_page, progress_page, gaps_page, extension_page, loads_page,
    supply_page,
    clearance_page,
    compare_page, notice_page,
)  # fmt: skip


def render_site(edition: Edition) -> dict[str, bytes]:
    """Render every page of an edition.

    index.html is the overview and notice.html has a sheet for each village's board. extension.html
    exists if the edition has proposed mains, and compare.html if it compares two scenarios. The
    same edition gives the same bytes.

    Returns:
        File name → UTF-8 bytes of a page that needs no other file.
    """
    drawn = quantise_geometry(edition.geometry) if edition.maps else {}
    streets = line_labels(edition.geometry) if edition.maps else ()
    edition = replace(edition, geometry=drawn, streets=streets)
    pages = [page for page_of in _PAGES if (page := page_of(edition)) is not None]
    names = [page.name for page in pages]
    return {f"{page.name}.html": render_page(page, edition, names) for page in pages}
