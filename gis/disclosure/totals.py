"""Totals as the public sees them: the whole's own number rounded once, never a sum of rounded ones.

A total and its parts count the same homes. Where the two together would tell too much of one of
the parts, the total stays unsaid. A city total is reckoned from counts that
`gis.disclosure.edition_check` has settled, and is no part of its proof.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gis.disclosure.rounding import Counts, RoundingRule
    from gis.pages.model import GapView, VillageView


def route_homes(
    villages: Sequence[VillageView], exact: Sequence[VillageView], counts: Counts
) -> dict[str, int | None]:
    """Homes of the villages that show a route, by route; None where it would tell of a village.

    villages, exact: as the public and as the planner sees them. A split village counts with the
    route that it shows; villages that are counted together with the one that has their counts.
    """
    sizes: dict[str, int] = {}
    parts: dict[str, list[int]] = {}
    for shown, own in zip(villages, exact, strict=True):
        route = shown["approach"]
        sizes[route] = sizes.get(route, 0) + (own["households"] or 0)
        parts.setdefault(route, [])
        if shown["households"] is not None:
            parts[route].append(shown["households"])
    return {
        route: publish_total(f"city:{route}", size, parts[route], counts)
        for route, size in sizes.items()
    }


def gap_homes(
    gaps: Sequence[GapView], sizes: Mapping[tuple[str, str], int], counts: Counts
) -> int | None:
    """Homes of the gaps that are shown; None where there are none, or it would tell of one.

    sizes: village_code and kind → exact number of homes.
    """
    parts = [gap["households"] or 0 for gap in gaps]
    whole = sum(sizes[gap["village_code"], gap["kind"]] for gap in gaps)
    return publish_total("city:gaps", whole, parts, counts)


def publish_total(key: str, count: int, parts: Sequence[int], counts: Counts) -> int | None:
    """`count` as it is published, known under `key`; None where whole and parts tell too much.

    parts: published counts of which the whole is the sum.
    """
    whole = counts.publish(key, count)
    if parts and least_room(whole, parts, counts.blur) >= counts.blur.move:
        return whole
    counts.withhold(key)
    return None


def least_room(whole: int, parts: Sequence[int], blur: RoundingRule) -> int:
    """To how many homes the whole or one of its parts can be reckoned from all of them."""
    low, high = [blur.low(part) for part in parts], [blur.high(part) for part in parts]
    least, most = sum(low), sum(high)
    rooms = [min(blur.high(whole), most) - max(blur.low(whole), least)]
    for lowest, highest in zip(low, high, strict=True):
        upper = min(highest, blur.high(whole) - (least - lowest))
        rooms.append(upper - max(lowest, blur.low(whole) - (most - highest)))
    return min(rooms)
