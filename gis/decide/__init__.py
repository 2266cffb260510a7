"""Decide: routes, rulings, batch, joint allocation, margins. No geometry, no I/O."""

from gis.decide.decisions import Decisions, decide
from gis.decide.resources import Extension

__all__ = ["Decisions", "Extension", "decide"]
