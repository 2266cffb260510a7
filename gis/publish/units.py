"""Targets and zones as the public sees them: official numbers as they are, counts from villages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from gis.pages.edition import Edition
from gis.pages.rows import Target, Village, Words, Zone
from gis.publish.counts import Blur, Counts
from gis.publish.redacted import Redacted
from gis.publish.rows import total, zone_reasons
from gis.publish.zone_counts import CELLS, Cells, links, zone_cells

if TYPE_CHECKING:
    from gis.publish.groups import Group
    from gis.publish.results import Results

_SUMMED = ("batch", "completed", "late", "stock")
_NO_WORDS = Words(zh="", en="")


def public_targets(
    planner: Edition,
    villages: Sequence[Village],
    redacted: Mapping[str, Redacted],
    counts: Counts,
) -> list[Target]:
    """Every unit's official target, and what its villages' published counts add up to.

    villages: as the public sees them. A unit that is no township has no villages: its own counts
    are rounded. How many are decided is said once the route of every village of the unit is.
    """
    towns: dict[str, list[Village]] = {}
    for village in villages:
        towns.setdefault(village["township_code"], []).append(village)
    rows = []
    for row in planner.targets:
        mine = towns.get(row["unit_code"])
        sums = _of_unit(row, counts) if mine is None else _of_villages(row["mode"], mine, redacted)
        rows.append(_target(row, sums, planner))
    return rows


def _of_unit(row: Target, counts: Counts) -> dict[str, int | None]:
    key = f"unit:{row['unit_code']}:{row['unit']}:{row['mode']}"
    exact = {"batch": row["batch"], "completed": row["completed"], "late": row["late"],
             "stock": row["stock"], "decided": row["decided"]}  # fmt: skip
    return {
        name: None if count is None else counts.publish(f"{key}:{name}", count)
        for name, count in exact.items()
    }


def _of_villages(
    mode: str, villages: Sequence[Village], redacted: Mapping[str, Redacted]
) -> dict[str, int | None]:
    """Sums over the villages that show their counts; nothing where none does."""
    seen = [redacted[village["code"]] for village in villages]
    own = [one.by_mode.get(mode, {}) for one in seen if not one.merged]
    sums = {name: sum(values.get(name) or 0 for values in own) if own else None for name in _SUMMED}
    silent = any(village["approach"] == "unpublished" for village in villages)
    decided = total(village["pending"] for village in villages if village["approach"] == mode)
    return sums | {"decided": None if silent else decided or 0}


def _target(row: Target, sums: Mapping[str, int | None], planner: Edition) -> Target:
    remaining = _remaining(row["target"], sums["completed"])
    weeks = (date.fromisoformat(planner.deadline) - date.fromisoformat(planner.as_of)).days / 7
    return Target(
        unit_code=row["unit_code"],
        unit=row["unit"],
        mode=row["mode"],
        target=row["target"],
        decided=sums["decided"],
        remaining=remaining,
        rate_needed=remaining / weeks if remaining is not None and weeks > 0 else None,
        forecast_low=None,
        forecast_high=None,
        note=_NO_WORDS,
        batch=sums["batch"],
        completed=sums["completed"],
        late=sums["late"],
        stock=sums["stock"],
    )


def _remaining(target: int | None, completed: int | None) -> int | None:
    return None if target is None else max(target - (completed or 0), 0)


def public_zones(
    zones: Sequence[Zone], results: Results, groups: Sequence[Group], counts: Counts
) -> list[Zone]:
    """Every zone with its verdict; counts rounded, withheld where the zone holds few homes.

    counts: those of the villages are published already.
    """
    shown = {zone["zone_id"]: zone["verdict"] for zone in zones if _counted(zone, counts.blur)}
    counts.links = links(results.facts, groups, shown)
    return [_zone(zone, _cells(zone, counts)) for zone in zones]


def _counted(zone: Zone, blur: Blur) -> bool:
    return zone["inside"] is not None and zone["inside"] >= blur.least


def _cells(zone: Zone, counts: Counts) -> Cells:
    link = counts.links.get(zone["zone_id"])
    if link is None:
        return dict.fromkeys(CELLS)
    exact = {"cleared": zone["cleared"], "not_cleared": zone["not_cleared"],
             "unknown": zone["unknown"], "undecidable": zone["undecidable"]}  # fmt: skip
    known = {name: count or 0 for name, count in exact.items()}
    return zone_cells(zone["zone_id"], known, link, counts)


def _zone(zone: Zone, seen: Mapping[str, int | None]) -> Zone:
    inside = total(seen[name] for name in ("cleared", "not_cleared", "unknown"))
    everyone = (inside or 0) + (seen["undecidable"] or 0)
    cleared, known = seen["cleared"] or 0, everyone - (seen["not_cleared"] or 0)
    complete = everyone and None not in seen.values()
    return Zone(
        zone_id=zone["zone_id"],
        zone=zone["zone"],
        verdict=zone["verdict"],
        inside=inside,
        cleared=seen["cleared"],
        not_cleared=seen["not_cleared"],
        unknown=seen["unknown"],
        undecidable=seen["undecidable"],
        share_certain=cleared / everyone if complete else None,
        share_possible=known / everyone if complete else None,
        coal_findings=None,
        open_complaints=None,
        document_no=zone["document_no"],
        effective_on=zone["effective_on"],
        expires_on=zone["expires_on"],
        reasons=zone_reasons(seen),
    )
