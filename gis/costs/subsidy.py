"""What a rule of [subsidies] pays, in whole fen: once, or in a season; and by whom."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from gis.costs.money import exact, shared_fen, to_fen
from gis.policy.subsidies import RATES

if TYPE_CHECKING:
    from gis.policy.subsidies import SubsidyRule

_SHARE_STEPS = 10**9  # shares of payers are split as whole numbers of this


def once_fen(
    rule: SubsidyRule,
    price_fen: int | None,
    floor_area_m2: Decimal,
    paid_fen: int | None = None,
) -> int | None:
    """A subsidy paid once; None where it rests on a price that nobody knows.

    # ASSUME: a subsidy never exceeds the price of what it is for.

    Args:
        rule: The rule.
        price_fen: The price that a share is of; None: unknown.
        floor_area_m2: Heated floor area of the home.
        paid_fen: The home's own price, if it is another.
    """
    if rule.share is not None and price_fen is None:
        return None
    if rule.share is not None and price_fen is not None:
        amount = to_fen(Decimal(price_fen) / 100 * exact(rule.share))
    else:
        amount = _counted_fen(rule, floor_area_m2)
    amount = _capped(rule, amount)
    own_fen = price_fen if paid_fen is None else paid_fen
    return amount if own_fen is None else min(amount, own_fen)


def season_fen(rule: SubsidyRule, quantity: Decimal, year: int) -> int:
    """A running subsidy of one home and season; how many seasons are paid is for the settlement.

    Args:
        rule: The rule.
        quantity: What the home used, in the unit of the rule's rate.
        year: The year in which the season begins.
    """
    amount = _capped(rule, _counted_fen(rule, quantity))
    return to_fen(Decimal(amount) / 100 * season_share(rule, year))


def season_share(rule: SubsidyRule, year: int) -> Decimal:
    """What is left of a subsidy that changes, in the season that begins in `year`."""
    listed = {int(key): share for key, share in rule.season_shares.items()}
    if not listed or year < min(listed):
        return Decimal(1)
    known = [one for one in listed if one <= year]
    return exact(listed[max(known)]) if year <= max(listed) else Decimal(0)


def most_fen(rule: SubsidyRule, year: int) -> int | None:
    """The most that a home can be paid in a season; None where the rule has no cap."""
    limits = [] if rule.cap_cny is None else [to_fen(exact(rule.cap_cny))]
    cap = getattr(rule, RATES[rule.basis]) if rule.basis in RATES else None
    if cap is not None:
        limits.append(to_fen(exact(cap) * exact(getattr(rule, rule.basis))))
    if rule.fixed_cny is not None:
        limits.append(to_fen(exact(rule.fixed_cny)))
    if not limits:
        return None
    return to_fen(Decimal(min(limits)) / 100 * season_share(rule, year))


def by_payer(fen: int, payers: dict[str, float]) -> dict[str, int]:
    """An amount shared among its payers, to the fen; "" where nobody is named.

    Fen left over by rounding go to the largest remainders, then to the payer named first.
    """
    if not payers:
        return {"": fen}
    weights = [round(share * _SHARE_STEPS) for share in payers.values()]
    return dict(zip(payers, shared_fen(fen, weights), strict=True))


def _counted_fen(rule: SubsidyRule, quantity: Decimal) -> int:
    if rule.fixed_cny is not None:
        return to_fen(exact(rule.fixed_cny))
    cap = getattr(rule, RATES[rule.basis])
    counted = quantity if cap is None else min(quantity, exact(cap))
    return to_fen(counted * exact(getattr(rule, rule.basis)))


def _capped(rule: SubsidyRule, fen: int) -> int:
    return fen if rule.cap_cny is None else min(fen, to_fen(exact(rule.cap_cny)))
