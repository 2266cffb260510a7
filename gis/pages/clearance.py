"""The page of coal-ban zones: whether each is clear of coal, and what contradicts it."""

from __future__ import annotations

from gis.pages.model import Edition
from gis.pages.page import GROUND, MapView, Page
from gis.pages.point_encoding import encode_points


def page(edition: Edition) -> Page:
    """The page of coal-ban zones; in the planner edition with every household's clearance."""
    return Page(
        name="clearance",
        body="work.html",
        views=[MapView(("villages", *GROUND, "verdicts", "points"), "plain")],
        legend=["verdicts", "ground", "households"],
        table={
            "source": "zones",
            "columns": ["zone", "verdict", "inside", "not_cleared", "unknown"],
            "lead": 0,
            "sort": "",
        },
        without=frozenset({"months", "batch_months", "tried"}),
        extra={"colour": "clearance"},
        points={} if edition.points is None else encode_points(edition.points),
    )
