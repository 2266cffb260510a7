"""Two decisions side by side: which villages change, and why."""

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

    One row a (village_code, part) that either of them has: approach, computed, pending,
    cost_fen_a and the reason, each with the ending `_a` or `_b` ("" or <NA> where that side does
    not split the village so), and cost_change_fen_a. The reasons say why.
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
