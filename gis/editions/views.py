"""Exact rows for the pages: townships, targets, zones, gaps and layer sources as plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from gis import i18n
from gis.audit.zone_clearance import zone_reasons
from gis.editions.village_view import cumulative
from gis.layers import to_wgs84
from gis.pages.model import (
    Credit,
    GapView,
    Target,
    Township,
    Unverified,
    VillageView,
    Words,
    ZoneView,
)
from gis.report import tables
from gis.report.summary import plain_values

if TYPE_CHECKING:
    from gis.audit.progress import Progress
    from gis.editions.run_results import Results


def township_rows(villages: Sequence[VillageView]) -> list[Township]:
    """One row for each township, in order of its code."""
    named = {village["township_code"]: village["township"] for village in villages}
    sizes = Counter(village["township_code"] for village in villages)
    return [
        Township(code=code, name=named[code], villages=sizes[code], initials="", pinyin="")
        for code in sorted(named)
    ]


def target_rows(progress: Progress, months: tuple[str, ...]) -> list[Target]:
    """One row for each unit and mode."""
    ordered = progress.units.sort_values(["unit_code", "unit", "mode"], na_position="last")
    done = cumulative(progress.months, ["unit_code", "mode"], "completed", months)
    nothing = [0] * len(months)
    return [
        _target(row, done.get((row["unit_code"], row["mode"]), nothing))
        for row in ordered.to_dict("records")
    ]


def _target(row: dict[str, Any], months: list[int]) -> Target:
    return Target(
        unit_code=plain_values(row["unit_code"]) or "",
        unit=row["unit"],
        mode=row["mode"],
        rate_needed=plain_values(row["rate_needed_per_week"]),
        forecast_low=whole_number(row["forecast_low"]),
        forecast_high=whole_number(row["forecast_high"]),
        note=_note(row["forecast_note"]),
        target=whole_number(row["target"]),
        decided=whole_number(row["decided"]),
        batch=whole_number(row["batch"]),
        completed=whole_number(row["completed"]),
        late=whole_number(row["late"]),
        stock=whole_number(row["stock"]),
        remaining=whole_number(row["remaining"]),
        months=months,
    )


def _note(key: object) -> Words:
    if not plain_values(key):
        return Words(zh="", en="")
    return words_of(i18n.format_message(i18n.messages("audit")["forecast"], str(key)))


def zone_rows(zones: pd.DataFrame) -> list[ZoneView]:
    """One row for each zone, in order of its id."""
    return [_zone(row) for row in zones.sort_values("zone_id").to_dict("records")]


def _zone(row: dict[str, Any]) -> ZoneView:
    return ZoneView(
        zone_id=row["zone_id"],
        zone=row["zone"],
        verdict=row["verdict"],
        share_certain=plain_values(row["share_certain"]),
        share_possible=plain_values(row["share_possible"]),
        document_no=plain_values(row.get("document_no")) or "",
        effective_on=plain_values(row.get("effective_on")) or "",
        expires_on=plain_values(row.get("expires_on")) or "",
        reasons=zone_reason_words(row),
        inside=whole_number(row["inside"]),
        cleared=whole_number(row["cleared"]),
        not_cleared=whole_number(row["not_cleared"]),
        unknown=whole_number(row["unknown"]),
        undecidable=whole_number(row["undecidable"]),
        coal_findings=whole_number(row["coal_findings"]),
        open_complaints=whole_number(row["open_complaints"]),
    )


def zone_reason_words(counts: Mapping[str, Any]) -> list[Words]:
    """What prevents a zone from being cleared, by its counts; nothing for a count of 0."""
    return [words_of(text) for text in zone_reasons(counts)]


def gap_rows(gaps: pd.DataFrame, villages: pd.DataFrame, crs: str) -> list[GapView]:
    """One row for each gap in order of rank, with its location in WGS84."""
    if gaps.empty:
        return []
    ordered = gaps.sort_values("rank", ignore_index=True)
    places = to_wgs84(
        gpd.GeoSeries.from_xy(ordered["x"], ordered["y"], crs=crs).to_frame("geometry")
    )
    names = villages.set_index("village_code")[["village", "township"]]
    table = ordered.assign(lon=places.geometry.x.round(6), lat=places.geometry.y.round(6))
    return [_gap(row) for row in table.join(names, on="village_code").to_dict("records")]


def _gap(row: dict[str, Any]) -> GapView:
    return GapView(
        gap_id=row["gap_id"],
        rank=int(row["rank"]),
        kind=row["kind"],
        village_code=plain_values(row["village_code"]) or "",
        village=plain_values(row["village"]) or "",
        township=plain_values(row["township"]) or "",
        in_zone=bool(plain_values(row["in_zone"])),
        households=whole_number(row["households"]),
        asset=row["asset"],
        asset_amount=plain_values(row["asset_amount"]),
        asset_unit=row["asset_unit"],
        cost_cny=fen_to_yuan(row["cost_fen"]),
        cost_per_household_cny=fen_to_yuan(row["cost_per_household_fen"]),
        reason=Words(zh=row["reason_zh"], en=row["reason_en"]),
        clause=row["clause"],
        lon=row["lon"],
        lat=row["lat"],
    )


def credits_of(results: Results) -> list[Credit]:
    """The source of each layer, in the order of project.toml."""
    names = i18n.messages("terms")["layer"]
    # ASSUME: a target table without a source is the plan's.
    plan = {"targets": results.policy.plan.document}
    return [
        Credit(
            layer=one.layer,
            name=words_of(
                i18n.format_message(names, one.layer) if one.layer in names else one.layer
            ),
            source=one.source or plan.get(one.layer, ""),
            licence=one.licence or "",
            as_of=one.as_of.isoformat() if one.as_of else "",
            steward=one.steward or "",
        )
        for one in results.loaded.origins
    ]


def unanswered_words(results: Results) -> list[Words]:
    """The questions that could not be answered because a layer is missing."""
    available = results.facts.available
    said = tables.unanswered_questions(available)
    if results.not_extended and {"roads", "heat_pipes"} <= available:
        said.append(results.not_extended)
    return [words_of(text) for text in said]


def unverified(results: Results) -> list[Unverified]:
    """The quantities in use that have no source on the as-of date, in order of their key."""
    table = tables.unverified_table(results.policy, results.project.as_of)[
        ["key", "in_use", "unit"]
    ]
    return [Unverified(key=key, value=value, unit=unit) for key, value, unit in table.to_numpy()]


def words_of(text: str | tuple[str, str]) -> Words:
    """A Text as Words, or one string for both languages."""
    zh, en = (text, text) if isinstance(text, str) else text
    return Words(zh=zh, en=en)


def view_note(key: str) -> Words:
    """A note of the report, empty for ""."""
    return words_of(i18n.format_message(i18n.messages("report")["notes"], key) if key else "")


def whole_number(value: object) -> int | None:
    """A count as an integer, None if it is missing."""
    known = plain_values(value)
    return None if known is None else round(known)


def fen_to_yuan(fen: object) -> float | None:
    """Yuan from fen, None if it is missing."""
    known = plain_values(fen)
    return None if known is None else round(float(known) / 100, 2)
