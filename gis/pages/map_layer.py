"""The base of Nuantu's Folium layers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from typing import Any, ClassVar, Self, TypedDict, cast

from branca.element import Element
from folium.map import Layer
from folium.template import Template

from gis import i18n
from gis.pages.frames import FrameParts, as_text, layer_name
from gis.pages.offline import make_offline
from gis.pages.payload import encode

SHARED = ("dom", "hatches", "anchor")
DRAWING = ("homes", "shape_layer", "household_layer", "gap_layer", "label_layer")
_STYLES = ("map_layers", "folium_layers")


_BEFORE_CODE = re.compile(r"^[ \t]*(?://.*)?\n?", re.MULTILINE)
_TEMPLATE_SIGN = re.compile(r"\{(?=[{%#])")
"""Folium renders the script of an element once more, as a template: text must not be one."""


class LayerOptions(TypedDict, total=False):
    """The options of all layers.

    name     what LayerControl calls the layer; layers of the same name replace each other there
    show     whether it is on the map at first
    control  whether LayerControl lists it
    lang     language of headings and words, zh or en
    words    key → label of the classes, instead of Nuantu's terms
    colours  key → "#rrggbb" of the classes, instead of Nuantu's colours
    fields   columns that a click shows
    """

    name: str
    show: bool
    control: bool
    lang: str
    words: Mapping[str, str]
    colours: Mapping[str, str]
    fields: Sequence[str]


class MapLayer(Layer):
    """A layer that the scripts in maps/looks draw; its subclasses say what and how.

    kind  key of its name in maps/words/map_layers.toml [layer]
    made  the function of `nuantu.folium` that makes it of a frame's data
    page  the script that makes it of a page's data, with its NAME and OPTIONS
    """

    kind: ClassVar[str] = ""
    made: ClassVar[str] = ""
    page: ClassVar[str] = "nuantu.shapeLayer(nuantu.featuresOf(NAME), OPTIONS)"

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "{% if this.on_page %}"
        "nuantu.place({{ this._parent.get_name() }}, {{ this.on_page|tojson }}, {{ this.drawn() "
        "}});"
        "{% else %}"
        "var {{ this.get_name() }} = nuantu.folium.{{ this.made }}({{ this.data }});"
        "{% endif %}"
        "{% endmacro %}"
    )

    def __init__(self, about: Mapping[str, Any], parts: FrameParts, options: LayerOptions) -> None:
        name = options.get("name") or layer_name(self.kind, options.get("lang", "zh"))
        super().__init__(
            name=_as_html(as_text(name, "zh")),
            overlay=True,
            control=options.get("control", True),
            show=options.get("show", True),
        )
        self.on_page = ""
        self.data = _TEMPLATE_SIGN.sub(r"\\u007b", encode(about))
        self.box = parts.bounds()

    @classmethod
    def of_page(cls, name: str, map_number: int) -> Self:
        """The layer `name` of a published page: data, words and switches are the page's."""
        layer = cls.__new__(cls)
        Layer.__init__(layer, name=name, overlay=True, control=False, show=False)
        layer._id = f"{name}_{map_number}"  # noqa: SLF001  the same in every run
        layer.on_page = name
        return layer

    def drawn(self) -> str:
        """The script that makes the layer of a page's data."""
        name, sheet = f'"{self.on_page}"', cast("Element", self._parent)
        options = f"nuantu.optionsOf({sheet.get_name()}, {name})"
        return self.page.replace("NAME", name).replace("OPTIONS", options)

    def _get_self_bounds(self) -> list[list[Any]]:
        return self.box

    def render(self, **kwargs: Any) -> Any:  # noqa: ANN401  Folium's own signature
        """Render the layer into its figure, which becomes one that needs no network."""
        if not self.on_page:
            figure: Any = self.get_root()
            make_offline(figure)
            styles = "\n".join(i18n.template(f"{name}.css") for name in _STYLES)
            script = joined_scripts((*SHARED, *DRAWING, "folium_layers"))
            figure.header.add_child(_Text("style", styles), name="nuantu_styles")
            figure.header.add_child(_Text("script", script), name="nuantu_scripts")
        return super().render(**kwargs)


@cache
def joined_scripts(names: tuple[str, ...]) -> str:
    """Scripts of maps/looks as one, without indentation and lines of comment: 20 KB a page."""
    text = "\n".join(i18n.template(f"{name}.js") for name in names)
    return _BEFORE_CODE.sub("", text)


def _as_html(name: str) -> str:
    """The name of a layer as Leaflet's list of layers takes it, for HTML."""
    return escape(name).replace("{", "&#123;")


class _Text(Element):
    """A script or style in the head of a figure, as it is."""

    _template = Template("<{{ this.tag }}>{{ this.text }}</{{ this.tag }}>")

    def __init__(self, tag: str, text: str) -> None:
        super().__init__()
        self.tag, self.text = tag, text
