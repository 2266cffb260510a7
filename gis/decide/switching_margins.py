"""The switching margin of a village: the smallest change of an input that changes its route."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from gis import i18n
from gis.decide.capacity_margins import (
    margin_kva_gain,
    margin_kva_loss,
    margin_kw_gain,
    margin_kw_loss,
    margin_price_rise,
)
from gis.decide.margin_case import Case, Margin
from gis.decide.reach_margins import margin_metres, margin_share

if TYPE_CHECKING:
    from datetime import date

    from gis.decide.reach_tipping_points import VillageReach
    from gis.decide.what_if import WhatIf
    from gis.errors import Text


def switching_margin(what_if: WhatIf, village: int, reach: VillageReach, as_of: date) -> Text:
    """Find the smallest single change that changes the computed route of a village, as text.

    The smallest change is found for each kind of input: metres to a main, kVA of a transformer, kW
    of a source, a share, a price, a day. Among them the smallest relative to its input is chosen.
    Villages that compete with this one are decided again with it.

    ASSUME: an input is uncertain by at most its own value, a day by at most a year.
    """
    table = i18n.messages("reasons")["margin"]
    case = Case(what_if, village)
    if not case.village.whole.pending:
        return i18n.format_message(table, "none")
    found: list[Margin | None] = [
        margin_metres(case, reach),
        margin_share(case),
        margin_kva_loss(case),
        *margin_kva_gain(case, as_of),
        margin_price_rise(case),
        margin_kw_gain(case),
    ]
    known = [one for one in found if one is not None]
    best = min((one.relative for one in known), default=inf)
    source = margin_kw_loss(case, best)
    if source is not None:
        known.append(source)
    if not known:
        return i18n.format_message(table, "none")
    chosen = min(known, key=lambda one: (one.relative, one.key))
    return i18n.format_message(table, chosen.key, **chosen.numbers)
