"""The front page: key figures, a search, and links to the other pages."""

from __future__ import annotations

from gis.pages.model import Edition
from gis.pages.page import GROUND, MapView, Page


def page(edition: Edition) -> Page:
    """The overview of `edition`."""
    return Page(
        name="index",
        body="overview.html",
        views=[MapView(("villages", *GROUND, "zones", "pipes_in_service"), "approach")],
        legend=["routes", "network", "ground"],
        without=frozenset({"months", "batch_months", "tried"}),
        extra={
            "targets": edition.targets,
            "gaps": edition.gaps,
            "gap_homes": edition.gap_homes,
            "summary": edition.summary,
            "unanswered": edition.unanswered,
            "unverified": edition.unverified,
        },
    )
