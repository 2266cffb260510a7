"""A notice for the village board: one printable sheet a village, for one village or for all."""

from __future__ import annotations

from gis.pages.edition import Edition
from gis.pages.page import Page


def page(edition: Edition) -> Page:
    """The page of notices, from the same data as the other pages of `edition`."""
    return Page(
        name="notice",
        body="notice.html",
        views=(),
        legend=(),
        without=frozenset({"months", "tried"}),
        drawn=("villages", "zones", "pipes", "rivers") if edition.maps else (),
    )
