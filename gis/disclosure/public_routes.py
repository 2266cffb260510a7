"""Whose route a village shows: a small one takes that of the villages it is counted with.

What a village of a few homes is given is known of these homes. It shows the route of the village
under whose name it is counted, and changes with it. Where all of the group are done that is said of
every one; where that village alone is, nothing is said of the small ones beside it.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import TYPE_CHECKING

from gis.disclosure.rounding import ANY, Known
from gis.output_columns import public_columns
from gis.pages.model import VillageView

if TYPE_CHECKING:
    from gis.disclosure.rounding import Counts, Group

DONE = "done"
DECIDED = ("approved", "published")  # a ruling that is public, whether or not its homes are done


def route_groups(
    group: Group, villages: Mapping[str, VillageView], counts: Counts
) -> dict[str, str | None]:
    """village_code → the village of `group` whose route it shows; None: none may be shown.

    villages: exact.
    """
    sizes = {code: villages[code]["households"] or 0 for code in group}
    head, least = counts.head(group, sizes), counts.blur.least
    shown: dict[str, str | None] = {
        code: code if sizes[code] >= least or len(group) == 1 else head for code in group
    }
    if all(villages[code]["approach"] == DONE for code in group):
        return {code: code for code in group}
    if villages[head]["approach"] != DONE:
        return shown
    if sizes[head] >= least:
        return {code: (own if own != head or code == head else None) for code, own in shown.items()}
    left = [code for code in group if villages[code]["approach"] != DONE]
    most = min(left, key=lambda code: (-(villages[code]["pending"] or 0), code))
    return {code: most if own == head else own for code, own in shown.items()}


def stated_routes(
    group: Group, villages: Mapping[str, VillageView], shown: Container[str]
) -> Known:
    """What the routes that are shown say of how many homes of a group are left to convert.

    villages: exact; shown: those whose route, or another's, is public. That all of a group are done
    is an official statement; that a route is still shown says of one home at least.
    """
    if not any(code in shown for code in group):
        return ANY
    done = all(villages[code]["approach"] == DONE for code in group)
    pending = {code: villages[code]["pending"] or 0 for code in group}
    if done and not any(pending.values()):
        return 0, 0
    computed = any(pending[code] for code in group if villages[code]["status"] not in DECIDED)
    return (1, None) if computed else ANY


def as_of(village: VillageView, other: VillageView) -> VillageView:
    """`village` with the route of `other`."""
    told = village.copy()
    for name in public_columns("route"):
        told[name] = other[name]  # type: ignore[literal-required]
    return told
