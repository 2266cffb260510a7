"""Where the heating network should grow to: the proposed mains, what they cost and connect."""

from __future__ import annotations

from gis.pages.model import Edition
from gis.pages.page import GROUND, NETWORK, MapView, Page


def page(edition: Edition) -> Page | None:
    """The page of proposed mains; None where nothing was worked out or it is not to be shown."""
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
