"""Kleene's three-valued logic over arrays: TRUE, UNKNOWN or FALSE, one element per household.

Missing values are UNKNOWN. In a conjunction a FALSE operand decides, else an UNKNOWN one.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

TRUE, UNKNOWN, FALSE = 1, 0, -1

Fact: TypeAlias = NDArray[np.int8]
Mask: TypeAlias = NDArray[np.bool_]


def three_valued(true: Mask, false: Mask | None = None) -> Fact:
    """TRUE where `true`, FALSE where `false` (which takes precedence), else UNKNOWN."""
    known = true.astype(np.int8)
    if false is not None:
        known[false] = FALSE
    return known


def all_true(*facts: Fact) -> Fact:
    """Conjunction: TRUE where all are, FALSE where one is, else UNKNOWN."""
    return np.minimum.reduce(facts)


def any_true(*facts: Fact) -> Fact:
    """Disjunction: TRUE where one is, FALSE where all are, else UNKNOWN."""
    return np.maximum.reduce(facts)
