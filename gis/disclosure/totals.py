"""Public totals of the city: rounded once from the exact number, never sums of rounded counts.

A total and its parts count the same homes. A total is published only if it bounds none of its parts
more closely than `gis.disclosure.inference_check` found without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gis.disclosure.inference_check import published_ranges

if TYPE_CHECKING:
    from gis.disclosure.rounding import Counts
    from gis.pages.model import GapView, VillageView


def route_homes(
    villages: Sequence[VillageView], exact: Sequence[VillageView], counts: Counts
) -> dict[str, int | None]:
    """Homes of the villages that show a route, by route; None if it would reveal a village's count.

    villages, exact: public and planner rows. A split village counts with the route that it shows,
    a group with the village that shows its counts.
    """
    homes_of = {
        code: key
        for key in counts.memory
        if key.endswith(":households") and not key.startswith(("city:", "zone:", "gap:"))
        for code in key.partition(":")[0].split("+")
    }
    sizes: dict[str, int] = {}
    parts: dict[str, list[str]] = {}
    for shown, own in zip(villages, exact, strict=True):
        route = shown["approach"]
        sizes[route] = sizes.get(route, 0) + (own["households"] or 0)
        parts.setdefault(route, [])
        if shown["households"] is not None:
            parts[route].append(homes_of[shown["code"]])
    ranges = published_ranges(counts, set(homes_of.values()))
    return {
        route: _publish_city_total(
            f"city:{route}", size, [ranges[key] for key in parts[route]], counts
        )
        for route, size in sizes.items()
    }


def gap_homes(
    gaps: Sequence[GapView], sizes: Mapping[tuple[str, str], int], counts: Counts
) -> int | None:
    """Homes of the published gaps; None if there are none, or if it would reveal one of them.

    sizes: village_code and kind → exact number of homes.
    """
    places = [(gap["village_code"], gap["kind"]) for gap in gaps]
    ranges = published_ranges(counts, {f"gap:{':'.join(place)}" for place in places})
    whole = sum(sizes[place] for place in places)
    return _publish_city_total("city:gaps", whole, list(ranges.values()), counts)


def _publish_city_total(
    key: str, count: int, ranges: Sequence[tuple[float, float]], counts: Counts
) -> int | None:
    """The published total; None if it would narrow the range of a part.

    ranges: The smallest and largest possible value of each part.
    """
    whole = counts.publish(key, count)
    over = counts.rule.high(whole) - sum(low for low, _ in ranges)
    under = sum(high for _, high in ranges) - counts.rule.low(whole)
    if ranges and all(over >= high - low <= under for low, high in ranges):
        return whole
    counts.withhold(key)
    return None
