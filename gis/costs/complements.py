"""What the plan supports beside a route's own device, and what it costs a home."""

from __future__ import annotations

from typing import NamedTuple

from gis.costs.money import to_fen
from gis.costs.prices import Prices
from gis.policy import Policy


class Complement(NamedTuple):
    """One complement for one home [fen]; None where the policy does not price it.

    The yearly figure is its equipment annualised. What it saves of the season's energy is not
    counted: that hangs on the house.
    """

    complement: str
    equipment_fen: int | None
    equipment_fen_a: int | None


def complements(route: str, policy: Policy) -> list[Complement]:
    """The complements that the policy lists beside `route`, in its order."""
    rule, prices = policy.route(route), Prices(policy)
    found = []
    for name in rule.complements if rule is not None else ():
        yuan = prices.price(f"equipment_cny.{name}")
        fen = None if yuan is None else to_fen(yuan)
        found.append(Complement(name, fen, prices.annual_fen(fen, f"equipment_life_a.{name}")))
    return found
