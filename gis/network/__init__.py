"""Growing the heating network: the exact optimum on plain streets, and a project's own streets."""

from gis.network.extend import PROMPT, PROVEN, extend, obstacle, rests_on
from gis.network.extension import Extension
from gis.network.problem import Consumer, Diversity, Edge, Limits, Problem, Source
from gis.network.result import Network, Run
from gis.network.sensitivity import sensitivity
from gis.network.solve import solve

__all__ = [
    "PROMPT",
    "PROVEN",
    "Consumer",
    "Diversity",
    "Edge",
    "Extension",
    "Limits",
    "Network",
    "Problem",
    "Run",
    "Source",
    "extend",
    "obstacle",
    "rests_on",
    "sensitivity",
    "solve",
]
