"""The published pages: one edition in, one HTML file a page out.

What draws is imported when it is first asked for: filling an edition needs no Folium.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gis.pages.model import Edition
    from gis.pages.render import render

__all__ = ["Edition", "render"]

_HOMES = {"Edition": "edition", "render": "site"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"gis.pages.{_HOMES[name]}"), name)
