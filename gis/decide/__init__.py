"""Decide heating routes: rulings, annual quota, allocation, budget. No geometry, no I/O."""

from gis.decide.budget import Budget, budget, subsidy_ceilings
from gis.decide.capacity import Connection, Extension, extension_of
from gis.decide.comparison import (
    ComparedPlan,
    compare,
    compare_ready,
    compare_totals,
    compare_works,
    planned_works,
)
from gis.decide.decisions import (
    ComputedRoutes,
    Decisions,
    VillageDecisions,
    VillageInputs,
    apply_to_households,
    collect_village_inputs,
    computed_routes,
    decide,
    decide_villages,
    household_parts,
    merge_inputs,
)
from gis.decide.energy_supply import Supply, supply
from gis.decide.explain import explain, village_code
from gis.decide.load_tables import transformer_table, waiting_villages
from gis.decide.winter_supply import add_needs, heat_by_source, winter_needs, winter_supply

__all__ = [
    "Budget",
    "ComparedPlan",
    "ComputedRoutes",
    "Connection",
    "Decisions",
    "Extension",
    "Supply",
    "VillageDecisions",
    "VillageInputs",
    "add_needs",
    "apply_to_households",
    "budget",
    "collect_village_inputs",
    "compare",
    "compare_ready",
    "compare_totals",
    "compare_works",
    "computed_routes",
    "decide",
    "decide_villages",
    "explain",
    "extension_of",
    "heat_by_source",
    "household_parts",
    "merge_inputs",
    "planned_works",
    "subsidy_ceilings",
    "supply",
    "transformer_table",
    "village_code",
    "waiting_villages",
    "winter_needs",
    "winter_supply",
]
