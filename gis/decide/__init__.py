"""Decide: routes, rulings, batch, joint allocation, money, margins. No geometry, no I/O."""

from gis.decide.budget import Budget, budget
from gis.decide.compare import compare
from gis.decide.decisions import Decisions, decide
from gis.decide.explain import explain
from gis.decide.extension import Connection, Extension, extension_of
from gis.decide.supply import Supply, supply

__all__ = [
    "Budget",
    "Connection",
    "Decisions",
    "Extension",
    "Supply",
    "budget",
    "compare",
    "decide",
    "explain",
    "extension_of",
    "supply",
]
