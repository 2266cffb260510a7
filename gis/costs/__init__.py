"""Costs: capital, running cost, subsidy and emissions of every route, in whole fen."""

from gis.costs.household import complements
from gis.costs.route_costs import price_routes
from gis.costs.upgrades import grid_works

__all__ = ["complements", "grid_works", "price_routes"]
