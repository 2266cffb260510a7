"""The stand-alone solver of prize-collecting Steiner trees with capacities, losses and diversity."""
