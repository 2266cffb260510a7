"""Extend the heating network along a project's streets."""

from gis.network.expand import (
    NETWORK_LAYERS,
    PROMPT,
    PROVEN,
    NetworkExtension,
    extend_network,
    inputs_of,
    missing_input,
    sensitivity,
)
from gis.steiner.model import Consumer, Diversity, Edge, Limits, Source, SteinerProblem
from gis.steiner.solution import Network, PipeRun
from gis.steiner.solve import solve

__all__ = [
    "NETWORK_LAYERS",
    "PROMPT",
    "PROVEN",
    "Consumer",
    "Diversity",
    "Edge",
    "Limits",
    "Network",
    "NetworkExtension",
    "PipeRun",
    "Source",
    "SteinerProblem",
    "extend_network",
    "inputs_of",
    "missing_input",
    "sensitivity",
    "solve",
]
