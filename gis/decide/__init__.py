"""Decide: routes, rulings, batch, joint allocation, money, margins. No geometry, no I/O."""

from gis.decide.budget import Budget, budget
from gis.decide.compare import compare
from gis.decide.decisions import Decisions, Settled, decide, follow, settle
from gis.decide.energy_supply import Supply, supply
from gis.decide.explain import explain
from gis.decide.extension import Connection, Extension, extension_of
from gis.decide.village_inputs import Subjects, subjects, together

__all__ = [
    "Budget",
    "Connection",
    "Decisions",
    "Extension",
    "Settled",
    "Subjects",
    "Supply",
    "budget",
    "compare",
    "decide",
    "explain",
    "extension_of",
    "follow",
    "settle",
    "subjects",
    "supply",
    "together",
]
