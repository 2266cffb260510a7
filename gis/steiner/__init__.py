"""Solver for prize-collecting Steiner trees with capacities, heat losses and diversity."""
