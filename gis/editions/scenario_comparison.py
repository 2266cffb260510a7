"""Comparison of the plan with another scenario, village by village."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gis import i18n
from gis.editions.views import fen_to_yuan, words_of
from gis.pages.model import Change, Comparison, Words
from gis.report.summary import larger_part

if TYPE_CHECKING:
    from collections.abc import Hashable

    import pandas as pd

    from gis.decide import Decisions

    _Tried = dict[tuple[str, str, str], dict[Hashable, Any]]

_SHOWN = ["part", "approach", "computed", "reason_zh", "reason_en"]


def compare_scenarios(a: Decisions, b: Decisions, names: tuple[Words, Words]) -> Comparison | None:
    """The villages whose route or computed route differs under `b`; None if there are none.

    A split village is represented by its larger part. Where a ruling fixes the route, the computed
    routes are compared, with their reasons. Costs are per pending household and year.
    """
    sides = larger_part(a.villages), larger_part(b.villages)
    one, other = (side[["village_code", *_SHOWN]] for side in sides)
    table = one.merge(other, on="village_code", suffixes=("_a", "_b"))
    routed = table["approach_a"] != table["approach_b"]
    changed = table[routed | (table["computed_a"] != table["computed_b"])]
    tried = _tried(a), _tried(b)
    rows = [_change(row, tried) for row in changed.to_dict("records")]
    homes = _homes(b.villages, set(changed.loc[~routed, "village_code"]))
    return Comparison(*names, rows, homes) if rows else None


def _homes(villages: pd.DataFrame, held: set[str]) -> dict[str, int]:
    """Households by route, split villages by part; villages in `held` count by computed route."""
    route = villages["approach"].mask(villages["village_code"].isin(held), villages["computed"])
    homes = villages["households"].groupby(route).sum()
    return {str(key): int(n) for key, n in homes.items()}


def villages_named(scenario: str | None) -> Words:
    """The name of a scenario of policy.toml on a page; None is the plan itself."""
    table = i18n.messages("pages")["compare"]
    key = "scenario" if scenario else "plan"
    return words_of(i18n.format_message(table, key, name=scenario or ""))


def _change(row: dict[Hashable, str], tried: tuple[_Tried, _Tried]) -> Change:
    held = row["approach_a"] == row["approach_b"]
    field = "computed" if held else "approach"
    before, after = (
        one.get((row["village_code"], row[f"part_{side}"], row[f"{field}_{side}"]), {})
        for one, side in zip(tried, "ab", strict=True)
    )
    why = after if held and after else row
    end = "" if why is after else "_b"
    return Change(
        code=row["village_code"],
        a=row[f"{field}_a"],
        b=row[f"{field}_b"],
        cost_a_cny=fen_to_yuan(before.get("fen")),
        cost_b_cny=fen_to_yuan(after.get("fen")),
        why=Words(zh=why[f"reason_zh{end}"], en=why[f"reason_en{end}"]),
    )


def _tried(decisions: Decisions) -> _Tried:
    """Reason and cost per pending household [fen/a] of every route that was tried."""
    keys = ["village_code", "part"]
    pending = decisions.villages.set_index(keys)["pending"].rename("homes")
    tried = decisions.tried.join(pending.where(pending > 0), on=keys)
    tried["fen"] = tried["cost_fen_a"] / tried["homes"]
    routes = tried[[*keys, "route"]].itertuples(index=False, name=None)
    told = tried[["reason_zh", "reason_en", "fen"]].to_dict("records")
    return dict(zip(routes, told, strict=True))
