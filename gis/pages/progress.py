"""The page of progress: this year's conversions, month by month."""

from __future__ import annotations

from gis.pages.model import Edition
from gis.pages.page import GROUND, MapView, Page


def page(edition: Edition) -> Page:
    """The page of progress; its slider starts at the edition's as-of date."""
    return Page(
        name="progress",
        body="progress.html",
        views=[MapView(("villages", *GROUND), "share")],
        legend=["share", "ground"],
        table={
            "source": "villages",
            "columns": ["village", "township", "batch", "completed", "share"],
            "lead": 0,
            "sort": "-batch",
        },
        without=frozenset({"tried"}),
        extra={"targets": edition.targets},
    )
