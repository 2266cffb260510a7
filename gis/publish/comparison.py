"""The plan beside another scenario, village by village, as the pages compare them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gis import words
from gis.pages.edition import Comparison
from gis.pages.rows import Change, Words
from gis.publish.rows import words_of, yuan
from gis.report.summary import larger_part

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from gis.decide import Decisions

_SHOWN = ["part", "approach", "computed", "reason_zh", "reason_en"]


def comparison(a: Decisions, b: Decisions, names: tuple[Words, Words]) -> Comparison | None:
    """Every village whose route, or computed route, is another under `b`; None where none is.

    A split village stands for its larger part. Where a ruling holds the route, what changes is
    the route that the facts give. Costs are per pending household and year.
    """
    sides = larger_part(a.villages), larger_part(b.villages)
    one, other = (side[["village_code", *_SHOWN]] for side in sides)
    table = one.merge(other, on="village_code", suffixes=("_a", "_b"))
    routed = table["approach_a"] != table["approach_b"]
    changed = table[routed | (table["computed_a"] != table["computed_b"])]
    costs = _costs(a), _costs(b)
    rows = [_change(row, costs) for row in changed.to_dict("records")]
    return Comparison(*names, rows) if rows else None


def named(scenario: str | None) -> Words:
    """What a scenario of policy.toml is called on a page; None is the plan itself."""
    table = words.load("pages")["compare"]
    key = "scenario" if scenario else "plan"
    return words_of(words.sentence(table, key, name=scenario or ""))


def _change(row: Mapping[Hashable, str], costs: tuple[pd.Series, pd.Series]) -> Change:
    code = row["village_code"]
    field = "approach" if row["approach_a"] != row["approach_b"] else "computed"
    routes = row[f"{field}_a"], row[f"{field}_b"]
    parts = row["part_a"], row["part_b"]
    before, after = (
        yuan(cost.get((code, part, route)))
        for cost, part, route in zip(costs, parts, routes, strict=True)
    )
    return Change(
        code=code,
        a=routes[0],
        b=routes[1],
        cost_a_cny=before,
        cost_b_cny=after,
        why=Words(zh=row["reason_zh_b"], en=row["reason_en_b"]),
    )


def _costs(decisions: Decisions) -> pd.Series:
    """(village_code, part, route) → cost per pending household [fen/a]; NaN where none pends."""
    keys = ["village_code", "part"]
    pending = decisions.villages.set_index(keys)["pending"].rename("homes")
    tried = decisions.tried.join(pending.where(pending > 0), on=keys)
    return (tried["cost_fen_a"] / tried["homes"]).set_axis(
        pd.MultiIndex.from_frame(tried[[*keys, "route"]])
    )
