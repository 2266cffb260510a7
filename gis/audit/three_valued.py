"""Facts that are true, false, or not known: three-valued logic over whole columns.

An array of facts holds TRUE, UNKNOWN or FALSE, one element a home. What is missing is UNKNOWN,
never FALSE and never TRUE. `every` and `either` are Kleene's: one false conjunct decides, else
one unknown conjunct does.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

TRUE, UNKNOWN, FALSE = 1, 0, -1

Fact: TypeAlias = NDArray[np.int8]
Mask: TypeAlias = NDArray[np.bool_]


def three_valued(true: Mask, false: Mask | None = None) -> Fact:
    """TRUE where `true`, FALSE where `false` (which wins), else UNKNOWN."""
    known = true.astype(np.int8)
    if false is not None:
        known[false] = FALSE
    return known


def all_true(*facts: Fact) -> Fact:
    """TRUE where all are, FALSE where one is, else UNKNOWN."""
    return np.minimum.reduce(facts)


def any_true(*facts: Fact) -> Fact:
    """TRUE where one is, FALSE where all are, else UNKNOWN."""
    return np.maximum.reduce(facts)
