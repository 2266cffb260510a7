"""Assess the state on the as-of day: zone clearance, progress, settlement and coverage gaps."""
