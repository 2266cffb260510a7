"""The page of the proposed network extension: its mains, their cost and what they connect."""

from __future__ import annotations

from gis.pages.model import Edition
from gis.pages.page import GROUND, NETWORK, MapView, Page


def page(edition: Edition) -> Page | None:
    """The page of proposed mains; None if there is no extension or it is not published."""
    if edition.growth is None:
        return None
    exact = ["density", "capital"] if edition.kind == "planner" else []
    return Page(
        name="extension",
        body="extension.html",
        views=[MapView(("villages", *GROUND, *NETWORK, "mains"), "plain")],
        legend=["network", "ground"],
        table={
            "source": "mains",
            "columns": ["main", "dn", "metres", *exact],
            "lead": 0,
            "sort": "",
        },
        without=frozenset({"months", "batch_months", "tried"}),
        extra={"growth": edition.growth},
    )
