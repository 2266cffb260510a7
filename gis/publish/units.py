"""Targets and zones as the public sees them: official numbers as they are, others rounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gis.pages.rows import Target, Village, Words, Zone
from gis.publish.counts import Blur, Counts
from gis.publish.rows import total, zone_reasons
from gis.publish.zone_counts import CELLS, links, zone_cells

if TYPE_CHECKING:
    from gis.publish.groups import Group
    from gis.publish.results import Results

_NO_WORDS = Words(zh="", en="")


def public_targets(targets: Sequence[Target], villages: Sequence[Village]) -> list[Target]:
    """Every unit's official target and completions, exact; what no page shows is left out.

    villages: as the public sees them. Of a township that shows no count at all the target alone
    is told. A unit that is no township has no villages, and stands as it is.
    """
    towns: dict[str, list[Village]] = {}
    for village in villages:
        towns.setdefault(village["township_code"], []).append(village)
    return [
        _target(row, told=any(not one["merged"] for one in towns[row["unit_code"]]))
        if row["unit_code"] in towns
        else _target(row, told=True)
        for row in targets
    ]


def _target(row: Target, *, told: bool) -> Target:
    return Target(
        unit_code=row["unit_code"],
        unit=row["unit"],
        mode=row["mode"],
        target=row["target"],
        decided=None,
        remaining=row["remaining"] if told else None,
        rate_needed=row["rate_needed"] if told else None,
        forecast_low=None,
        forecast_high=None,
        note=_NO_WORDS,
        batch=row["batch"] if told else None,
        completed=row["completed"] if told else None,
        late=None,
        stock=None,
        months=row["months"] if told else [None] * len(row["months"]),
    )


def count_zones(
    zones: Sequence[Zone], results: Results, groups: Sequence[Group], counts: Counts
) -> None:
    """Publish the counts of every zone that holds enough homes.

    counts: those of the villages are published already.
    """
    shown = {zone["zone_id"]: zone["verdict"] for zone in zones if _counted(zone, counts.blur)}
    counts.links = links(results.facts, groups, shown)
    for zone in zones:
        if zone["zone_id"] in counts.links:
            _count(zone, counts)


def public_zones(zones: Sequence[Zone], counts: Counts) -> list[Zone]:
    """Every zone with its verdict and those of its counts that are published."""
    return [
        _zone(zone, {name: counts.told(f"zone:{zone['zone_id']}:{name}") for name in CELLS})
        for zone in zones
    ]


def _counted(zone: Zone, blur: Blur) -> bool:
    return zone["inside"] is not None and zone["inside"] >= blur.least


def _count(zone: Zone, counts: Counts) -> None:
    exact = {"cleared": zone["cleared"], "not_cleared": zone["not_cleared"],
             "unknown": zone["unknown"], "undecidable": zone["undecidable"]}  # fmt: skip
    known = {name: count or 0 for name, count in exact.items()}
    zone_cells(zone["zone_id"], known, counts.links[zone["zone_id"]], counts)


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
