"""What a Folium map needs from the network, inlined from installed packages.

Folium's map refers to ten files on four hosts, and each plugin to more. A figure whose header is an
`OfflineHeader` contains Leaflet and MarkerCluster instead, leaves out what nothing on the map uses,
and names what it could not inline.
"""

from __future__ import annotations

import base64
import re
import warnings
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import folium
from branca.element import CssLink, Element, JavascriptLink

from gis import i18n

LEAFLET = [("leaflet", "leaflet.js")], [("leaflet_css", "leaflet.css")]
"""Links of a map that uses Leaflet alone; an `OfflineHeader` replaces them by their text."""

_DECORATION = frozenset(
    "bootstrap bootstrap_css glyphicons_css awesome_markers awesome_markers_font_css "
    "awesome_markers_css awesome_rotate_css".split()
)
"""Links of every Folium map that only `folium.Icon` uses."""

_IMAGE = re.compile(r"url\((images/[\w.-]+)\)")


class OfflineHeader(Element):
    """The head of a figure: links as the text of their files where a package has them."""

    def render(self, **kwargs: Any) -> str:  # noqa: ANN401  Folium's own signature
        """The head as HTML.

        Warns:
            UserWarning: Something on the map needs the network.
        """
        links = {name: one for name, one in self._children.items() if isinstance(one, _LINKS)}
        foreign = [n for n in links if n not in _DECORATION | {"jquery"} and not _text(links[n])]
        if any(isinstance(one, folium.Icon) for one in _tree(self._parent)):
            foreign.append("folium.Icon")
        if foreign:
            named = ", ".join(foreign)
            warnings.warn(
                str(i18n.format_message(_words(), "needs_network", names=named)), stacklevel=2
            )
        left_out = frozenset() if foreign else _DECORATION
        return "\n".join(
            _inlined(name, one, linked=bool(foreign), kwargs=kwargs)
            for name, one in self._children.items()
            if name not in left_out
        )


_LINKS = (JavascriptLink, CssLink)


def make_offline(figure: Any) -> None:  # noqa: ANN401  a Figure, as get_root does not say
    """Give `figure` a header that inlines its links when it is rendered."""
    if isinstance(figure.header, OfflineHeader):
        return
    header = OfflineHeader()
    header._parent = figure  # noqa: SLF001  as Figure makes its own
    for name, one in figure.header._children.items():  # noqa: SLF001
        header.add_child(one, name=name)
    figure.header = header


def leaflet_js() -> str:
    """Leaflet from its package, without the reference to a source map."""
    return _package_text("leaflet", "leaflet.js")


@cache
def leaflet_css() -> str:
    """Leaflet's style sheet without images of controls, which the pages do not use."""
    text = _package_text("leaflet", "leaflet.css")
    return re.sub(r"background-image:\s*url\([^)]*\);?", "", text)


@cache
def _package_text(package: str, name: str) -> str:
    text = files(f"xstatic.pkg.{package}").joinpath("data", name).read_text("utf-8")
    return re.sub(r"//# sourceMappingURL=\S+", "", text)


def _inlined(name: str, one: Element, *, linked: bool, kwargs: dict[str, Any]) -> str:
    """A child of the head as HTML; with `linked` jQuery stays a link, for plugins that need it."""
    if not isinstance(one, _LINKS) or (name == "jquery" and linked):
        return str(one.render(**kwargs))
    text = i18n.template("without_jquery.js") if name == "jquery" else _text(one)
    if not text:
        return str(one.render(**kwargs))
    tag = "script" if isinstance(one, JavascriptLink) else "style"
    return f"<{tag}>{text}</{tag}>"


def _text(link: JavascriptLink | CssLink) -> str:
    """The text of a link's file; "" if no package has it."""
    made = _TEXTS.get(link.url.rsplit("/", 1)[-1])
    return made() if made else ""


@cache
def _leaflet_with_icons() -> str:
    """Leaflet, whose default marker brings its pictures along."""
    icon, large, shadow = map(
        _image, ("marker-icon.png", "marker-icon-2x.png", "marker-shadow.png")
    )
    return (
        f"{leaflet_js()}\nL.Icon.Default.imagePath = '';\nL.Icon.Default.mergeOptions("
        f"{{iconUrl: '{icon}', iconRetinaUrl: '{large}', shadowUrl: '{shadow}'}});"
    )


@cache
def _leaflet_css_with_images() -> str:
    text = _package_text("leaflet", "leaflet.css")
    return _IMAGE.sub(lambda found: f"url({_image(found[1].rsplit('/', 1)[-1])})", text)


def _image(name: str) -> str:
    raw = files("xstatic.pkg.leaflet").joinpath("data", "images", name).read_bytes()
    return f"data:image/png;base64,{base64.b64encode(raw).decode('ascii')}"


def _cluster(name: str) -> Any:  # noqa: ANN401  a function without arguments
    return lambda: _package_text("leaflet_markercluster", name)


_TEXTS = {
    "leaflet.js": _leaflet_with_icons,
    "leaflet.css": _leaflet_css_with_images,
    **{
        name: _cluster(name)
        for name in ("leaflet.markercluster.js", "MarkerCluster.css", "MarkerCluster.Default.css")
    },
}


def _tree(element: Any) -> Iterator[Element]:  # noqa: ANN401  a parent is typed as optional
    for child in element._children.values():  # noqa: SLF001  Folium has no other way
        yield child
        yield from _tree(child)


def _words() -> dict[str, Any]:
    words: dict[str, Any] = i18n.messages("map_layers")["message"]
    return words
