"""The policy (the heating plan) as frozen data with sources."""

from gis.policy.model import NamedArea, Policy, Route
from gis.policy.quantities import Provenance
from gis.policy.read import read_policy

__all__ = ["NamedArea", "Policy", "Provenance", "Route", "read_policy"]
