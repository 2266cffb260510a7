"""Compare two decisions: the villages that change, and the reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from gis.decide.decisions import Decisions

_KEYS = ["village_code", "village", "township_code", "township", "part"]
_WORDS = ["approach", "computed", "reason_zh", "reason_en"]
_SIDES = [*_WORDS, "pending", "cost_fen_a"]


def compare(a: Decisions, b: Decisions) -> pd.DataFrame:
    """The parts whose approach or computed route differs between `a` and `b`, by code.

    Returns:
        One row per (village_code, part) of either decision: approach, computed, pending, cost_fen_a
        and reason, each with the suffix `_a` or `_b`, and cost_change_fen_a. Where one decision
        does not split the village, its values are "" or <NA>.
    """
    table = a.villages[[*_KEYS, *_SIDES]].merge(
        b.villages[[*_KEYS, *_SIDES]], on=_KEYS, how="outer", suffixes=("_a", "_b")
    )
    table = table.fillna({f"{name}_{side}": "" for name in _WORDS for side in "ab"})
    changed = (table["approach_a"] != table["approach_b"]) | (
        table["computed_a"] != table["computed_b"]
    )
    table["cost_change_fen_a"] = table["cost_fen_a_b"] - table["cost_fen_a_a"]
    return table[changed].sort_values(["village_code", "part"], ignore_index=True)
