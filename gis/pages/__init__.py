"""The published pages: renders one edition into HTML files, one for each page.

The renderer is imported lazily: building an edition needs no Folium.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gis.pages.model import Edition
    from gis.pages.render import render_site

__all__ = ["Edition", "render_site"]

_DEFINED_IN = {"Edition": "gis.pages.model", "render_site": "gis.pages.render"}


def __getattr__(name: str) -> object:
    if name not in _DEFINED_IN:
        raise AttributeError(name)
    return getattr(import_module(_DEFINED_IN[name]), name)
