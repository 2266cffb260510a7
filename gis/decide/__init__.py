"""Decide heating routes: rulings, annual quota, allocation, budget. No geometry, no I/O."""

from gis.decide.budget import Budget, budget
from gis.decide.compare import compare
from gis.decide.decisions import (
    Decisions,
    VillageDecisions,
    apply_to_households,
    decide,
    decide_villages,
)
from gis.decide.energy_supply import Supply, supply
from gis.decide.explain import explain, village_code
from gis.decide.extension import Connection, Extension, extension_of
from gis.decide.village_inputs import VillageInputs, collect_village_inputs, merge_inputs

__all__ = [
    "Budget",
    "Connection",
    "Decisions",
    "Extension",
    "Supply",
    "VillageDecisions",
    "VillageInputs",
    "apply_to_households",
    "budget",
    "collect_village_inputs",
    "compare",
    "decide",
    "decide_villages",
    "explain",
    "extension_of",
    "merge_inputs",
    "supply",
    "village_code",
]
