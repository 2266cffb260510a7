"""Targets and zones as the public sees them: official numbers as they are, counts from villages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from gis.pages.edition import Edition
from gis.pages.rows import Target, Village, Words, Zone
from gis.publish.counts import Counts
from gis.publish.redacted import Redacted
from gis.publish.rows import total, zone_reasons

_SUMMED = ("decided", "batch", "completed", "late", "stock")
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
    towns: dict[str, list[Redacted]] = {}
    for village in villages:
        towns.setdefault(village["township_code"], []).append(redacted[village["code"]])
    silent = {one["township_code"] for one in villages if one["approach"] == "unpublished"}
    rows = [_target(row, towns.get(row["unit_code"]), planner, counts) for row in planner.targets]
    for row in rows:
        if row["unit_code"] in silent:
            row["decided"] = None
    return rows


def _target(
    row: Target, mine: Sequence[Redacted] | None, planner: Edition, counts: Counts
) -> Target:
    sums = {name: _summed(row, mine, name, counts) for name in _SUMMED}
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


def _summed(row: Target, mine: Sequence[Redacted] | None, name: str, counts: Counts) -> int | None:
    if mine is None:
        exact = row[name]  # type: ignore[literal-required]
        return counts.publish(f"unit:{row['unit_code']}:{row['unit']}:{row['mode']}:{name}", exact)
    return total(seen.by_mode.get(row["mode"], {}).get(name) for seen in mine)


def _remaining(target: int | None, completed: int | None) -> int | None:
    return None if target is None else max(target - (completed or 0), 0)


def public_zones(zones: Sequence[Zone], counts: Counts) -> list[Zone]:
    """Every zone with its verdict; counts rounded, withheld where the zone holds few homes."""
    return [_zone(zone, counts) for zone in zones]


def _zone(zone: Zone, counts: Counts) -> Zone:
    few = zone["inside"] is None or zone["inside"] < counts.least
    seen = {
        name: None if few else counts.publish(f"zone:{zone['zone_id']}:{name}", zone[name])
        for name in ("cleared", "not_cleared", "unknown", "undecidable")
    }
    inside = total(seen[name] for name in ("cleared", "not_cleared", "unknown"))
    everyone = (inside or 0) + (seen["undecidable"] or 0)
    cleared, known = seen["cleared"] or 0, everyone - (seen["not_cleared"] or 0)
    return Zone(
        zone_id=zone["zone_id"],
        zone=zone["zone"],
        verdict=zone["verdict"],
        inside=inside,
        cleared=seen["cleared"],
        not_cleared=seen["not_cleared"],
        unknown=seen["unknown"],
        undecidable=seen["undecidable"],
        share_certain=cleared / everyone if everyone else None,
        share_possible=known / everyone if everyone else None,
        coal_findings=None,
        open_complaints=None,
        document_no=zone["document_no"],
        effective_on=zone["effective_on"],
        expires_on=zone["expires_on"],
        reasons=zone_reasons(seen),
    )
