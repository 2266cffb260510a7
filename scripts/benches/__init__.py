"""Benchmarks: synthetic provinces, the programs compared, and the result tables."""
