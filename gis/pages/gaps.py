"""The page of coverage gaps: where no route is available, and what would close the gap."""

from __future__ import annotations

from gis.pages.model import Edition
from gis.pages.page import GROUND, NETWORK, MapView, Page


def page(edition: Edition) -> Page:
    """The page of coverage gaps in order of rank; costs have a column if any is given."""
    told = any(gap["cost_per_household_cny"] is not None for gap in edition.gaps)
    costs = ["per_home"] if told else []
    return Page(
        name="gaps",
        body="work.html",
        views=[MapView(("villages", *GROUND, *NETWORK, "gaps"), "plain")],
        legend=["gaps", "network", "ground"],
        table={
            "source": "gaps",
            "columns": ["rank", "gap_village", "kind", "households", *costs],
            "lead": 1,
            "sort": "rank",
        },
        without=frozenset({"months", "batch_months", "tried"}),
        extra={"gaps": edition.gaps},
    )
