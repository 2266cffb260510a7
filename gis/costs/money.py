"""Money arithmetic: policy prices as Decimal, amounts as whole fen, annuities.

Amounts are rounded once, half up. Price look-ups record the keys that the policy lacks.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gis.policy import Policy


def exact(number: float) -> Decimal:
    """The number as it was written in the policy: 0.35 is 0.35, not the nearest binary fraction."""
    return Decimal(repr(number))


def to_fen(yuan: Decimal) -> int:
    """Convert yuan to whole fen, rounded half up."""
    return int((yuan * 100).quantize(Decimal(1), ROUND_HALF_UP))


def annuity_fen(capital_fen: int, interest: Decimal, life_a: Decimal) -> int:
    """The yearly cost of `capital_fen` over `life_a` years at `interest` [1/a], in whole fen.

    Equal payments at the end of each year: C·i / (1 - (1 + i)^-n); without interest C / n.
    """
    share = interest / (1 - (1 + interest) ** -life_a) if interest else 1 / life_a
    return int((capital_fen * share).quantize(Decimal(1), ROUND_HALF_UP))


def shared_fen(total_fen: int, weights: list[int]) -> list[int]:
    """Split `total_fen` by `weights` into whole fen that add up to it exactly.

    Largest-remainder method: fen left over by rounding down go to the largest remainders, and the
    earlier of two equal ones comes first. If all weights are 0, all shares are 0.
    """
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    shares = [total_fen * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total_fen * weights[i] % whole), i))
    for i in by_remainder[: total_fen - sum(shares)]:
        shares[i] += 1
    return shares


def total(*amounts: int | None) -> int | None:
    """The sum; None if any amount is None."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None


class Prices:
    """Look-ups in the policy's [prices] and [emissions]; `missing` lists the keys not found.

    A price of 0 is valid; a life or an efficiency of 0 counts as missing.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.missing: list[str] = []

    def price(self, *keys: str) -> Decimal | None:
        """The value of the first of the dotted `keys` under [prices] that the policy has."""
        for key in keys:
            entry: object = self.policy.prices
            for name in key.split("."):
                entry = entry.get(name) if isinstance(entry, dict) else None
            if isinstance(entry, int | float):
                return exact(entry)
        self.missing.append(f"prices.{keys[0]}")
        return None

    def divisor(self, key: str) -> Decimal | None:
        """A number under [prices] used as a divisor: a life [a], a COP."""
        value = self.price(key)
        if value == 0:
            self.missing.append(f"prices.{key}")
        return value or None

    def emission(self, key: str) -> Decimal | None:
        """A number under [emissions]."""
        if key in self.policy.emissions:
            return exact(self.policy.emissions[key])
        self.missing.append(f"emissions.{key}")
        return None

    def annual_fen(self, capital_fen: int | None, life_key: str) -> int | None:
        """`capital_fen` annualised over the life at `life_key` at the policy's interest [fen/a]."""
        if capital_fen == 0:
            return 0
        interest, life_a = self.price("interest"), self.divisor(life_key)
        if capital_fen is None or interest is None or life_a is None:
            return None
        return annuity_fen(capital_fen, interest, life_a)
