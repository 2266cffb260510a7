"""Coverage gaps of the public edition: rounded counts, merged by village and kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gis.editions.public_counts import _NO_WORDS
from gis.editions.public_shapes import middles
from gis.pages.model import GapView, VillageView

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gis.disclosure.rounding import Counts
    from gis.editions.geometry import Collection


def count_gaps(gaps: Sequence[GapView], pending: Mapping[str, int | None], counts: Counts) -> None:
    """Publish the number of homes in the gaps of a village and kind, if there are enough.

    pending: the published counts of villages whose route is shown.
    """
    together = _by_village_and_kind(gaps)
    for code, left in pending.items():
        sizes = {
            key: sum(gap["households"] or 0 for gap in same)
            for key, same in together.items()
            if key[0] == code
        }
        _gap_homes(sizes, left, counts)


def gaps_for_public(gaps: Sequence[GapView], counts: Counts) -> list[GapView]:
    """The published gaps, one for each village and kind, largest first."""
    together = _by_village_and_kind(gaps)
    told = {key: counts.told(f"gap:{':'.join(key)}") for key in together}
    known = {key: homes for key, homes in told.items() if homes is not None}
    ranked = sorted(known, key=lambda key: (-known[key], key))
    return [
        _public_gap(together[key], rank, known[key], counts) for rank, key in enumerate(ranked, 1)
    ]


def _by_village_and_kind(gaps: Sequence[GapView]) -> dict[tuple[str, str], list[GapView]]:
    together: dict[tuple[str, str], list[GapView]] = {}
    for gap in gaps:
        together.setdefault((gap["village_code"], gap["kind"]), []).append(gap)
    return together


def _gap_homes(sizes: Mapping[tuple[str, str], int], pending: int | None, counts: Counts) -> None:
    """Publish the gaps of one village, except those that would reveal too much of the others."""
    rule, known = counts.rule, list[int]()
    for key, homes in sizes.items():
        name = f"gap:{':'.join(key)}"
        published = counts.publish(name, homes)
        taken = sum(map(rule.low, [*known, published]))
        told = pending is not None and rule.high(pending) - taken >= rule.hysteresis
        if told and rule.enough(published):
            known.append(published)
        else:
            counts.withhold(name)


def _public_gap(same: Sequence[GapView], rank: int, homes: int, counts: Counts) -> GapView:
    """A gap without a location; amounts and costs would reveal the number of homes."""
    gap = same[0]
    key = f"gap:{gap['village_code']}:{gap['kind']}:in_zone"
    inside = sum(one["households"] or 0 for one in same if one["in_zone"])
    return GapView(
        gap_id=str(rank),
        rank=rank,
        kind=gap["kind"],
        village_code=gap["village_code"],
        village=gap["village"],
        township=gap["township"],
        in_zone=counts.enough(key, inside),
        households=homes,
        asset=gap["asset"],
        asset_amount=None,
        asset_unit="",
        cost_cny=None,
        cost_per_household_cny=None,
        other_asset="",
        other_cost_cny=None,
        unit="",
        reason=_NO_WORDS,
        clause=gap["clause"],
        lon=0.0,
        lat=0.0,
    )


def gap_sizes(gaps: Sequence[GapView]) -> dict[tuple[str, str], int]:
    """The exact number of homes in gaps, by village_code and kind."""
    sizes: dict[tuple[str, str], int] = {}
    for gap in gaps:
        key = (gap["village_code"], gap["kind"])
        sizes[key] = sizes.get(key, 0) + (gap["households"] or 0)
    return sizes


def mark_gap_kinds(villages: Sequence[VillageView], gaps: Sequence[GapView]) -> None:
    """Set the kind of the largest gap on every village that has one."""
    kinds = {gap["village_code"]: gap["kind"] for gap in reversed(gaps)}
    for village in villages:
        village["gap"] = kinds.get(village["code"], "")


def middle_of_village(gaps: Sequence[GapView], drawn: Mapping[str, Collection]) -> list[GapView]:
    """Place gaps in the middle of their village's shape; leave out gaps of villages without one."""
    at = middles(drawn)
    return [
        GapView(**{**gap, "lon": at[code][0], "lat": at[code][1]})
        for gap in gaps
        if (code := gap["village_code"]) in at
    ]
