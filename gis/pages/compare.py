"""The page that compares two scenarios: two synchronised maps and a list of changed villages."""

from __future__ import annotations

from dataclasses import asdict

from gis.pages.model import Edition
from gis.pages.page import GROUND, MapView, Page


def page(edition: Edition) -> Page | None:
    """The comparison page, None if the edition has no comparison."""
    if edition.comparison is None:
        return None
    layers = ("villages", *GROUND, "zones", "pipes_planned", "pipes_in_service")
    return Page(
        name="compare",
        body="compare.html",
        views=[MapView(layers, "a"), MapView(layers, "b")],
        legend=["routes_compared", "network", "ground"],
        table={
            "source": "changes",
            "columns": ["change_village", "before", "after"],
            "lead": 0,
            "sort": "",
        },
        without=frozenset({"months", "batch_months", "tried"}),
        extra={"comparison": asdict(edition.comparison)},
    )
