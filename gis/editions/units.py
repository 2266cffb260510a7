"""Targets and zones as the public sees them: official numbers as they are, others rounded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gis.audit.zone_clearance import CLEARED
from gis.disclosure.rounding import Blur, Counts
from gis.disclosure.zone_counts import CELLS, NOBODY, Cells, links, zone_cells, zone_inside
from gis.editions.views import zone_reasons
from gis.pages.rows import Target, Village, Words, Zone

if TYPE_CHECKING:
    from gis.disclosure.groups import Group
    from gis.editions.run_results import Results

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
    shown = {zone["zone_id"]: zone["verdict"] for zone in zones if _counted(zone, counts)}
    counts.said["zones"] = sorted(shown)
    counts.links = links(results.facts, groups, shown)
    for zone in zones:
        if zone["zone_id"] in counts.links:
            _count(zone, counts)


def public_zones(zones: Sequence[Zone], counts: Counts) -> list[Zone]:
    """Every zone with its verdict and those of its counts that are published."""
    return [_zone(zone, counts) for zone in zones]


def _counted(zone: Zone, counts: Counts) -> bool:
    """Whether a zone holds enough homes; one that was not counted before needs a move more."""
    before, least = counts.past.said.get("zones"), counts.blur.least
    new = before is not None and zone["zone_id"] not in before
    return zone["inside"] is not None and zone["inside"] >= least + (counts.blur.move if new else 0)


def _count(zone: Zone, counts: Counts) -> None:
    exact = {"cleared": zone["cleared"], "not_cleared": zone["not_cleared"],
             "unknown": zone["unknown"], "undecidable": zone["undecidable"]}  # fmt: skip
    known = {name: count or 0 for name, count in exact.items()}
    link = counts.links[zone["zone_id"]]
    seen = zone_cells(zone["zone_id"], known, link, counts)
    zone_inside(zone["zone_id"], zone["inside"] or 0, seen, link, counts)


def _zone(zone: Zone, counts: Counts) -> Zone:
    key = f"zone:{zone['zone_id']}"
    seen: Cells = {name: counts.told(f"{key}:{name}") for name in CELLS}
    certain, possible = _share(seen, zone["verdict"], counts.blur)
    return Zone(
        zone_id=zone["zone_id"],
        zone=zone["zone"],
        verdict=zone["verdict"],
        inside=counts.told(f"{key}:inside"),
        cleared=seen["cleared"],
        not_cleared=seen["not_cleared"],
        unknown=seen["unknown"],
        undecidable=seen["undecidable"],
        share_certain=certain,
        share_possible=possible,
        coal_findings=None,
        open_complaints=None,
        document_no=zone["document_no"],
        effective_on=zone["effective_on"],
        expires_on=zone["expires_on"],
        reasons=zone_reasons(seen),
    )


def _share(seen: Cells, verdict: str, blur: Blur) -> tuple[float | None, float | None]:
    """The cleared share as the published counts bound it, so that the true bound lies within."""
    known = {name: count for name, count in seen.items() if count is not None}
    if len(known) < len(seen) or not any(known.values()):
        return None, None
    if verdict == CLEARED:
        return 1.0, 1.0
    # A count that is held may have moved by one less than a move since it was set.
    held, nobody = max(blur.move - 1, 0), NOBODY.get(verdict, ())
    low = {name: max(blur.low(count) - held, 0) for name, count in known.items()}
    high = {name: 0 if name in nobody else blur.high(count) + held for name, count in known.items()}
    least = low["cleared"] / max(low["cleared"] + sum(high.values()) - high["cleared"], 1)
    burning = 0 if "not_cleared" in nobody else low["not_cleared"]
    most = 1 - burning / max(burning + sum(high.values()) - high["not_cleared"], 1)
    return least, most
