"""The plan as frozen, sourced data."""

from gis.policy.model import NamedArea, Policy, Provenance, Route
from gis.policy.read import read_policy

__all__ = ["NamedArea", "Policy", "Provenance", "Route", "read_policy"]
