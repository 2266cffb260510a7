"""Growing the heating network: the exact optimum on plain streets, and a project's own streets."""

from gis.network.expand import PROMPT, PROVEN, Extension, extend, obstacle, rests_on
from gis.network.sensitivity import sensitivity
from gis.steiner.model import Consumer, Diversity, Edge, Limits, Problem, Source
from gis.steiner.solution import Network, Run
from gis.steiner.solve import solve

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
