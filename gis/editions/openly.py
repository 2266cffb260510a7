"""The data of the public edition: villages.csv and villages.geojson, named column by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.pages.model import Edition
from gis.pages.rows import Village
from gis.report.csv_table import csv_bytes
from gis.report.summary import json_bytes

if TYPE_CHECKING:
    from gis.disclosure.groups import Group
    from gis.report.metadata import About

COLUMNS = (
    "village_code", "village", "township_code", "township", "approach", "status", "document_no",
    "device", "clause", "households", "pending", "batch", "completed", "late", "stock",
    "count_group", "cost_per_household_cny_a", "runner_up", "runner_up_per_household_cny_a",
)  # fmt: skip
_COUNTS = ("households", "pending", "batch", "completed", "late", "stock")


def public_data(edition: Edition, groups: Sequence[Group], about: About) -> dict[str, bytes]:
    """data/villages.csv and data/villages.geojson; without maps the features have no geometry."""
    together = {code: group for group in groups for code in group}
    rows = [_row(village, together[village["code"]]) for village in edition.villages]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(_COUNTS, "Int64"))
    return {
        "data/villages.csv": csv_bytes(about.marked(table)),
        "data/villages.geojson": json_bytes(_geojson(edition, rows, about), indent=None),
    }


def _row(village: Village, group: Group) -> dict[str, Any]:
    return {
        "village_code": village["code"],
        "village": village["name"],
        "township_code": village["township_code"],
        "township": village["township"],
        "approach": village["approach"],
        "status": village["status"],
        "document_no": village["document_no"],
        "device": village["device"],
        "clause": village["clause"],
        "households": village["households"],
        "pending": village["pending"],
        "batch": village["batch"],
        "completed": village["completed"],
        "late": village["late"],
        "stock": village["stock"],
        "count_group": " ".join(group) if len(group) > 1 else "",
        "cost_per_household_cny_a": village["cost_cny_a"],
        "runner_up": village["runner_up"],
        "runner_up_per_household_cny_a": village["runner_up_cost_cny_a"],
    }


def _geojson(edition: Edition, rows: Sequence[Mapping[str, Any]], about: About) -> dict[str, Any]:
    drawn = edition.geometry.get("villages", {"features": []})
    shapes = {one["properties"]["code"]: one["geometry"] for one in drawn["features"]}
    said = {
        "name": edition.name,
        "title": edition.title,
        "as_of": edition.as_of,
        "review_no": edition.review_no,
        "count_note": edition.count_note,
    }
    nature = {"data_nature": about.nature.en} if about.demonstration else {}
    return {
        "type": "FeatureCollection",
        **said,
        **nature,
        "features": [
            {
                "type": "Feature",
                "properties": {**row, **nature},
                "geometry": shapes.get(row["village_code"]),
            }
            for row in rows
        ],
    }
