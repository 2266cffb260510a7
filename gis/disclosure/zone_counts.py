"""Counts of coal-ban zones, which count the same homes as the counts of villages.

A zone that names villages, or encloses them, counts their homes a second time. Where both counts
together would bound a count too closely, counts of the zone are withheld.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from gis.audit.zone_clearance import CLEARED, UNCONFIRMED
from gis.disclosure.rounding import Counts, RoundingRule, ZoneLink

if TYPE_CHECKING:
    from gis.disclosure.rounding import Group
    from gis.facts import Facts

CELLS = ("cleared", "not_cleared", "unknown", "undecidable")
INSIDE = CELLS[:3]
# Counts that an official verdict states to be 0.
NOBODY = {CLEARED: ("not_cleared", "unknown"), UNCONFIRMED: ("not_cleared",)}
Cells = dict[str, int | None]


def zone_count_links(
    facts: Facts, groups: Sequence[Group], verdicts: Mapping[str, str]
) -> dict[str, ZoneLink]:
    """The link of each zone that has a verdict, by zone_id."""
    homes = facts.households
    key_of = {code: "+".join(group) for group in groups for code in group}
    group = homes["village_code"].map(key_of).where(homes["status"] != "rejected")
    sizes = group.value_counts()
    found = {zone: ZoneLink((), (), verdict) for zone, verdict in verdicts.items()}
    stands = facts.zone_positions
    for zone, mine in stands.groupby("zone_id"):
        near = group.iloc[mine["household"].to_numpy(dtype=int)]
        if zone in found:
            here = near.value_counts()
            whole = sorted(key for key, n in here.items() if n == sizes[key])
            touched = None if near.isna().any() else tuple(sorted(here.index))
            found[zone] = ZoneLink(tuple(whole), touched, verdicts[zone])
    return found


def zone_cells(zone_id: str, exact: Mapping[str, int], link: ZoneLink, counts: Counts) -> Cells:
    """The published counts of a zone; the smallest above 0 are withheld until the rest is safe."""
    seen: Cells = {name: counts.publish(f"zone:{zone_id}:{name}", exact[name]) for name in CELLS}
    while _too_close(seen, link, counts):
        least = min(
            (name for name in CELLS if seen[name] is not None),
            key=lambda name: (not seen[name], seen[name]),
        )
        counts.withhold(f"zone:{zone_id}:{least}")
        seen[least] = None
    return seen


def zone_inside(
    zone_id: str, exact: int, seen: Cells, link: ZoneLink, counts: Counts
) -> int | None:
    """Homes inside a zone, rounded once; None if it would reveal too much together with `seen`.

    The counts of villages and of the zone's parts must be published before.
    """
    rule, nobody = counts.rule, NOBODY.get(link.verdict, ())
    parts = [seen[name] for name in INSIDE if name not in nobody]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    inside = _publish_total(f"zone:{zone_id}:inside", exact, known, counts)
    if inside is None:
        return None
    homes = {
        key: counts.memory[f"{key}:households"].published
        for key in {*link.whole, *(link.touched or ())}
        if f"{key}:households" in counts.memory
    }
    rooms = [float("inf")]
    if link.touched is not None:
        most = sum(
            rule.high(homes[key]) if key in homes else rule.least - 1 for key in link.touched
        )
        rooms.append(most - rule.low(inside))
    unsure = seen["undecidable"]
    if unsure is not None and link.whole:
        least = sum(rule.low(homes[key]) for key in link.whole if key in homes)
        rooms.append(rule.high(inside) + rule.high(unsure) - least)
    if min(rooms) >= rule.hysteresis:
        return inside
    counts.withhold(f"zone:{zone_id}:inside")
    return None


def _too_close(seen: Cells, link: ZoneLink, counts: Counts) -> bool:
    """Whether zone and village counts bound each other to fewer than `hysteresis` homes."""
    if all(value is None for value in seen.values()):
        return False
    low = {name: _limits(seen[name], name, link, counts.rule)[0] for name in CELLS}
    high = {name: _limits(seen[name], name, link, counts.rule)[1] for name in CELLS}
    return any(room < counts.rule.hysteresis for room in _rooms(low, high, link, counts))


def _rooms(
    low: Mapping[str, float], high: Mapping[str, float], link: ZoneLink, counts: Counts
) -> Iterator[float]:
    rule, known = counts.rule, counts.memory
    least = {
        kind: sum(
            rule.low(known[name].published)
            for name in (f"{key}:{kind}" for key in link.whole)
            if name in known
        )
        for kind in ("households", "pending")
    }
    if link.touched is not None:
        names = [f"{key}:households" for key in link.touched]
        most = sum(
            rule.high(known[name].published) if name in known else rule.least - 1 for name in names
        )
        yield most - sum(low[name] for name in INSIDE)
        yield most - low["cleared"] - least["pending"]
    yield sum(high.values()) - least["households"]
    yield sum(high.values()) - high["cleared"] - least["pending"]


def _limits(
    value: int | None, name: str, link: ZoneLink, rule: RoundingRule
) -> tuple[float, float]:
    if name in NOBODY.get(link.verdict, ()):
        return 0, 0
    return (0, float("inf")) if value is None else (rule.low(value), rule.high(value))


def _publish_total(key: str, count: int, parts: Sequence[int], counts: Counts) -> int | None:
    """Publish the total `count` under `key`; None if total and parts would reveal too much.

    parts: Published counts that add up to the total.
    """
    whole = counts.publish(key, count)
    if parts and _least_room(whole, parts, counts.rule) >= counts.rule.hysteresis:
        return whole
    counts.withhold(key)
    return None


def _least_room(whole: int, parts: Sequence[int], rule: RoundingRule) -> int:
    """The narrowest range to which total or parts can be bounded from all of them [homes]."""
    low, high = [rule.low(part) for part in parts], [rule.high(part) for part in parts]
    least, most = sum(low), sum(high)
    rooms = [min(rule.high(whole), most) - max(rule.low(whole), least)]
    for lowest, highest in zip(low, high, strict=True):
        upper = min(highest, rule.high(whole) - (least - lowest))
        rooms.append(upper - max(lowest, rule.low(whole) - (most - highest)))
    return min(rooms)
