"""Costs: capital, running cost, subsidy and emissions of every route, in whole fen."""

from gis.costs.household import complements
from gis.costs.table import price
from gis.costs.upgrades import upgrades

__all__ = ["complements", "price", "upgrades"]
