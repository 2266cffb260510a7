"""How little would have to change for a village to get another route."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from gis import i18n
from gis.decide.capacity_margins import dearer, less_kva, less_kw, more_kva, more_kw
from gis.decide.margin_case import Case, Margin
from gis.decide.reach_margins import margin_metres, margin_share

if TYPE_CHECKING:
    from datetime import date

    from gis.decide.reach_tipping_points import VillageReach
    from gis.decide.what_if import WhatIf
    from gis.errors import Text


def switching_margin(what_if: WhatIf, village: int, reach: VillageReach, as_of: date) -> Text:
    """The smallest single change that changes the computed route of a village, in words.

    Of each kind of input (metres to a main, kVA of a transformer, kW of a source, a share, a price,
    a day) the least; of these the one that is least against the input it changes. Whoever contends
    with the village is decided again with it.

    ASSUME: an input is believed within its own value, a day within a year.
    """
    table = i18n.messages("reasons")["margin"]
    case = Case(what_if, village)
    if not case.village.whole.pending:
        return i18n.format_message(table, "none")
    found: list[Margin | None] = [
        margin_metres(case, reach), margin_share(case), less_kva(case), *more_kva(case, as_of), dearer(case),
        more_kw(case),
    ]  # fmt: skip
    known = [one for one in found if one is not None]
    best = min((one.relative for one in known), default=inf)
    source = less_kw(case, best)
    if source is not None:
        known.append(source)
    if not known:
        return i18n.format_message(table, "none")
    chosen = min(known, key=lambda one: (one.relative, one.key))
    return i18n.format_message(table, chosen.key, **chosen.numbers)
