"""Coverage gaps as the public sees them: of enough homes alone, in the middle of their village."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gis.pages.rows import Gap, Village, Words
from gis.publish.shapes import middles

if TYPE_CHECKING:
    from gis.publish.counts import Counts
    from gis.publish.ground import Collection

_NO_WORDS = Words(zh="", en="")


def open_gaps(gaps: Sequence[Gap], villages: Sequence[Village], counts: Counts) -> list[Gap]:
    """One gap a village and kind, the largest first; one of few homes is nobody's business."""
    shown = {one["code"]: one for one in villages if one["approach"] != "unpublished"}
    together: dict[tuple[str, str], list[Gap]] = {}
    for gap in gaps:
        if gap["village_code"] in shown:
            together.setdefault((gap["village_code"], gap["kind"]), []).append(gap)
    known: dict[tuple[str, str], int] = {}
    for code in shown:
        sizes = {
            key: sum(gap["households"] or 0 for gap in same)
            for key, same in together.items()
            if key[0] == code
        }
        known |= _gap_homes(sizes, shown[code]["pending"], counts)
    ranked = sorted(known, key=lambda key: (-known[key], key))
    return [_gap(together[key], rank, known[key], counts) for rank, key in enumerate(ranked, 1)]


def _gap_homes(
    sizes: Mapping[tuple[str, str], int], pending: int | None, counts: Counts
) -> dict[tuple[str, str], int]:
    """How many homes a village's gaps leave out, but for what would say too much of the others."""
    blur, known = counts.blur, dict[tuple[str, str], int]()
    for key, homes in sizes.items():
        name = f"gap:{':'.join(key)}"
        published = counts.publish(name, homes)
        taken = sum(map(blur.low, [*known.values(), published]))
        told = pending is not None and blur.high(pending) - taken >= blur.move
        if told and blur.enough(published):
            known[key] = published
        else:
            counts.withhold(name)
    return known


def _gap(same: Sequence[Gap], rank: int, homes: int, counts: Counts) -> Gap:
    """A gap, not placed yet; amounts and costs would give the number of homes away."""
    gap = same[0]
    key = f"gap:{gap['village_code']}:{gap['kind']}:in_zone"
    inside = sum(one["households"] or 0 for one in same if one["in_zone"])
    return Gap(
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
        reason=_NO_WORDS,
        clause=gap["clause"],
        lon=0.0,
        lat=0.0,
    )


def label(villages: Sequence[Village], gaps: Sequence[Gap]) -> None:
    """Put the kind of its largest gap on every village that has one to show."""
    kinds = {gap["village_code"]: gap["kind"] for gap in reversed(gaps)}
    for village in villages:
        village["gap"] = kinds.get(village["code"], "")


def placed(gaps: Sequence[Gap], drawn: Mapping[str, Collection]) -> list[Gap]:
    """Gaps in the middle of what is drawn of their village; left out where that is nothing."""
    at = middles(drawn)
    return [
        Gap(**{**gap, "lon": at[code][0], "lat": at[code][1]})
        for gap in gaps
        if (code := gap["village_code"]) in at
    ]
