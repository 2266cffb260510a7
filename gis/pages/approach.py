"""The page of routes: each village's heating route and its reasons."""

from __future__ import annotations

from gis.pages.model import Edition
from gis.pages.page import GROUND, NETWORK, MapView, Page
from gis.pages.point_encoding import encode_points


def page(edition: Edition) -> Page:
    """The page of routes; in the planner edition with every household."""
    return Page(
        name="approach",
        body="work.html",
        views=[MapView(("villages", *GROUND, *NETWORK, "points"), "approach")],
        legend=["routes", "network", "ground", "households"],
        table={
            "source": "villages",
            "columns": ["village", "township", "approach", "households"],
            "lead": 0,
            "sort": "-households",
        },
        without=frozenset({"months", "batch_months"}),
        points={} if edition.points is None else encode_points(edition.points),
    )
