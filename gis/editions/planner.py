"""The planner edition: all figures exact, as plain values for the pages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.editions import page_rows
from gis.editions.geometry import collections, extension_rows, loads_drawn, mains_drawn
from gis.editions.supply_view import (
    bill_rows,
    load_rows,
    source_rows,
    supply_rows,
    waiting_rows,
)
from gis.editions.village_view import months_of, village_rows
from gis.errors import Text
from gis.i18n import Words
from gis.layers import to_lonlat
from gis.layers.recorded_rows import notice_changes
from gis.pages.model import Edition, NoticeNote
from gis.pages.point_encoding import Points
from gis.report.monthly import left_out
from gis.report.output_tables import household_columns
from gis.report.translate import masked_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.editions.geometry import Collection
    from gis.editions.run_results import Results
    from gis.layers.project import ProjectConfig

# Fields with texts from layers; all other texts are the project's own.
_WRITTEN_BY_OTHERS = (
    "villages", "townships", "targets", "zones", "gaps", "geometry", "summary", "growth", "doors",
    "loads", "notice_notes",
)  # fmt: skip


def planner_edition(results: Results, summary: dict[str, Any]) -> Edition:
    """All decisions with dissents, exact counts, and every household with a location."""
    project, plan = results.project, results.policy.plan
    months = months_of(results)
    villages = village_rows(results, months)
    return Edition(
        kind="planner",
        name=project.name,
        title=page_rows.words_of(Text(project.title.zh, project.title.en)),
        deadline=plan.deadline.isoformat(),
        document=plan.document,
        demonstration=project.demonstration,
        review_no=project.map_review_no,
        maps=True,
        why_no_maps=Words(zh="", en=""),
        credits=page_rows.credits_of(results),
        villages=villages,
        townships=page_rows.township_rows(villages),
        months=months,
        targets=page_rows.target_rows(results.progress, months),
        zones=page_rows.zone_rows(results.clearance.zones),
        route_homes=_route_homes(results.decisions.villages),
        gap_homes=int(results.gaps["households"].sum()) if len(results.gaps) else None,
        gaps=page_rows.gap_rows(results.gaps, results.facts.villages, project.crs, results.policy),
        geometry=_geometry(results),
        summary=summary,
        unanswered=page_rows.unanswered_words(results),
        unverified=page_rows.unverified(results),
        rests_on=page_rows.rests_on(results),
        duties=page_rows.duties_of(results),
        points=_points(results),
        zone_villages=page_rows.zone_village_rows(results),
        doors=page_rows.doors_of(results),
        missing=page_rows.words_of(left_out(results.facts.villages)),
        growth=extension_rows(results.extension),
        loads=load_rows(results),
        supply=supply_rows(results),
        heat_sources=source_rows(results),
        waiting=waiting_rows(results),
        bills=bill_rows(results),
        comparison=results.comparison,
        picture=page_rows.picture_of(results.layers.picture),
        issuer=page_rows.issuer_of(project.publisher),
        notice_notes=_notice_notes(results),
        **_days_of(project),
    )


def _days_of(project: ProjectConfig) -> dict[str, Any]:
    """The days of an edition as ISO dates, "" where they are not stated."""
    days = {name: getattr(project, name) for name in ("as_of", "published_on", "expires_on")}
    return {name: day.isoformat() if day else "" for name, day in days.items()}


def _geometry(results: Results) -> dict[str, Collection]:
    """The layers of the maps, by name."""
    ground = results.ground or collections(results)
    return {**ground, **mains_drawn(results), **loads_drawn(results)}


def _notice_notes(results: Results) -> dict[str, list[NoticeNote]]:
    """What is said of the published notices of these villages, by village."""
    own = set(results.facts.villages["village_code"])
    found: dict[str, list[NoticeNote]] = {}
    for one in notice_changes(results.project.record, results.policy.plan.plan_year):
        if one.village_code in own:
            note = NoticeNote(
                action=one.action, on=one.on, document_no=one.document_no, reason=one.reason
            )
            found.setdefault(one.village_code, []).append(note)
    return found


def masked_edition(edition: Edition) -> Edition:
    """The edition with personal numbers in texts from layers masked by asterisks."""
    own = edition.comparison
    masked = {name: masked_values(getattr(edition, name)) for name in _WRITTEN_BY_OTHERS}
    if own is not None:
        masked["comparison"] = replace(own, changes=masked_values(own.changes))
    return replace(edition, **masked)


def _route_homes(decided: pd.DataFrame) -> dict[str, int | None]:
    homes = decided.groupby("approach")["households"].sum()
    return {str(route): int(n) for route, n in homes.items()}


def _points(results: Results) -> Points:
    homes = results.facts.households
    placed = (homes["status"] != "rejected") & homes["x"].notna() & homes["y"].notna()
    shown = homes.loc[placed, ["x", "y", "village_code", "household_id"]]
    x, y = shown["x"].to_numpy(float), shown["y"].to_numpy(float)
    lon, lat = to_lonlat(x, y, results.project.crs)
    codes = sorted(results.facts.villages["village_code"])
    fields = household_columns(results, "point").loc[shown.index]
    return Points(
        lon=lon,
        lat=lat,
        village=pd.Index(codes).get_indexer(shown["village_code"]),
        categories={str(name): _category(fields[name]) for name in fields.columns},
        ids=shown["household_id"].fillna("").astype(str).tolist(),
    )


def _category(values: pd.Series) -> tuple[list[str], NDArray[np.integer[Any]]]:
    codes, keys = pd.factorize(values.astype(object).fillna("").astype(str), sort=True)
    return list(keys), codes
