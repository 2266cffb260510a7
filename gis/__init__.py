"""Nuantu (暖图): decide, village by village, how a northern city heats itself without coal.

    import gis

    project = gis.open_project("layers/hejin-2024")      # or gis.Project(households=…, …)
    plan = project.decide()
    plan.villages.explore(column="approach")

The names in `__all__` are kept from one version to the next; everything else may change. Each is
loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gis.api.comparison import compare
    from gis.api.coordinates import from_bd09, from_gcj02, to_gcj02
    from gis.api.explanation import Explanation
    from gis.api.frame_layers import read_layer
    from gis.api.plan import Plan
    from gis.api.project import Project, open_project
    from gis.api.questions import (
        ProposedNetwork,
        extend_network,
        judge_clearance,
        place,
        served,
        zone_position,
    )
    from gis.errors import InputError, NuantuError, PublicationError, UsageError
    from gis.pages.map_layers import (
        GapMarkers,
        HatchedAreas,
        HeatMains,
        HouseholdPoints,
        VillageLabels,
    )

__version__ = "0.1.0"
__all__ = [
    "Explanation",
    "GapMarkers",
    "HatchedAreas",
    "HeatMains",
    "HouseholdPoints",
    "InputError",
    "NuantuError",
    "Plan",
    "Project",
    "ProposedNetwork",
    "PublicationError",
    "UsageError",
    "VillageLabels",
    "__version__",
    "compare",
    "extend_network",
    "from_bd09",
    "from_gcj02",
    "judge_clearance",
    "open_project",
    "place",
    "read_layer",
    "served",
    "to_gcj02",
    "zone_position",
]

_DEFINED_IN = {
    "Explanation": "gis.api.explanation",
    "GapMarkers": "gis.pages.map_layers",
    "HatchedAreas": "gis.pages.map_layers",
    "HeatMains": "gis.pages.map_layers",
    "HouseholdPoints": "gis.pages.map_layers",
    "InputError": "gis.errors",
    "NuantuError": "gis.errors",
    "Plan": "gis.api.plan",
    "Project": "gis.api.project",
    "ProposedNetwork": "gis.api.questions",
    "PublicationError": "gis.errors",
    "UsageError": "gis.errors",
    "VillageLabels": "gis.pages.map_layers",
    "compare": "gis.api.comparison",
    "extend_network": "gis.api.questions",
    "from_bd09": "gis.api.coordinates",
    "from_gcj02": "gis.api.coordinates",
    "judge_clearance": "gis.api.questions",
    "open_project": "gis.api.project",
    "place": "gis.api.questions",
    "read_layer": "gis.api.frame_layers",
    "served": "gis.api.questions",
    "to_gcj02": "gis.api.coordinates",
    "zone_position": "gis.api.questions",
}


def __getattr__(name: str) -> object:
    if name not in _DEFINED_IN:
        message = f"module 'gis' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(_DEFINED_IN[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
