"""Looking a price up in the policy, and remembering what was not there."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from gis.costs.money import annuity_fen, exact

if TYPE_CHECKING:
    from gis.policy import Policy


class Prices:
    """The policy's [prices] and [emissions]; `missing` keeps the keys that were asked for in vain.

    A price of 0 is a price; a life or an efficiency of 0 is as good as none.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.missing: list[str] = []

    def price(self, *keys: str) -> Decimal | None:
        """The first of the dotted `keys` under [prices] that the policy has."""
        for key in keys:
            entry: object = self.policy.prices
            for name in key.split("."):
                entry = entry.get(name) if isinstance(entry, dict) else None
            if isinstance(entry, int | float):
                return exact(entry)
        self.missing.append(f"prices.{keys[0]}")
        return None

    def divisor(self, key: str) -> Decimal | None:
        """A number under [prices] that something is divided by: a life [a], a COP."""
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
        """`capital_fen` a year, over the life of `life_key` and at the policy's interest."""
        if capital_fen == 0:
            return 0
        interest, life_a = self.price("interest"), self.divisor(life_key)
        if capital_fen is None or interest is None or life_a is None:
            return None
        return annuity_fen(capital_fen, interest, life_a)
