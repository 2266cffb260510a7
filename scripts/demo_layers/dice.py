"""Seeded random numbers: one stream for each purpose, so that parts change independently."""

from __future__ import annotations

from zlib import crc32

import numpy as np


def stream(seed: int, *purpose: str) -> np.random.Generator:
    """The random generator of one purpose, such as "hamlets" of "140882001204"."""
    return np.random.default_rng([seed, *(crc32(word.encode()) for word in purpose)])
