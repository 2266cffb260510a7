"""The pages of an edition, and the one door to them."""

from __future__ import annotations

from dataclasses import replace

from gis.pages import approach, clearance, compare, extension, gaps, notice, pages, progress
from gis.pages.model import Edition
from gis.pages.payload import drawn
from gis.pages.render import draw

_PAGES = (pages, approach, progress, gaps, extension, clearance, compare, notice)


def render(edition: Edition) -> dict[str, bytes]:
    """Every page of `edition`, file name → UTF-8 bytes of a page that needs no other file.

    index.html is the overview; extension.html is there when the edition holds proposed mains, compare.html is there when the edition compares two scenarios.
    notice.html holds a sheet for each village's board.
    The same edition gives the same bytes.
    """
    edition = replace(edition, geometry=drawn(edition.geometry) if edition.maps else {})
    pages = [page for module in _PAGES if (page := module.page(edition)) is not None]
    names = [page.name for page in pages]
    return {f"{page.name}.html": draw(page, edition, names) for page in pages}
