"""Nuantu (暖图): decide, village by village, how a northern city heats itself without coal."""

__version__ = "0.1.0"
