"""How sure the computed routes are: what unverified numbers change alone, and drawn together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from gis import i18n
from gis.errors import Text
from gis.policy.differences import setting_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from gis.decide.decisions import ComputedRoutes

LOW, HIGH = "low", "high"
SURE, HANGS, NOT_RUN = "sure", "hangs", "not_run"
EFFECTS = (
    "key", "range_end", "at_value", "changed_villages", "changed_homes", "effect_zh", "effect_en",
    "cost_change_fen_a", "grid_change_fen",
)  # fmt: skip
VILLAGES = (
    "village_code", "computed", "draws", "same_share", "other_routes", "certain", "hangs_on",
)  # fmt: skip
_SHOWN = 3  # inputs named for a village
# ASSUME: an input moves a route if the ranks correlate by this much; below it may be chance
_LEAST_CORRELATION = 0.2


class End(NamedTuple):
    """The routes with one unverified number at one end of its range.

    key     of the number; value: what it was set to
    end     LOW or HIGH
    """

    key: str
    end: str
    value: float
    routes: ComputedRoutes


class RangeDraw(NamedTuple):
    """The routes with all unverified numbers drawn at once; `shares`: 0 low end to 1 high end."""

    shares: NDArray[np.float64]
    routes: ComputedRoutes


@dataclass(frozen=True)
class Robustness:
    """How sure the computed routes are.

    effects    one row per number and end, those that change most homes first: EFFECTS
    villages   one row per village with homes to convert, by code: VILLAGES. certain: no number
               alone, and no draw, changes its route; hangs_on: keys of the numbers that do, joined
               by ","; same_share, other_routes ("electric 0.25,…"): over the draws, blank without
    draws      how many times all numbers were drawn together
    """

    effects: pd.DataFrame
    villages: pd.DataFrame
    draws: int


def by_margin(open_: object, flip_state: str) -> dict[str, str]:
    """The columns of decisions on how sure a route is, by its switching margin alone.

    That is all that is known before the unverified numbers are tried at their ends or drawn.

    Args:
        open_: Whether there is anything to be sure of; otherwise they are blank.
        flip_state: `inside` the range of its number: the route hangs on it; `outside`; or others.
    """
    if not open_:
        return {"certainty": "", "how_sure_zh": "", "how_sure_en": ""}
    words = i18n.messages("quantities")["sure"]
    key = f"margin_{flip_state}" if flip_state in ("inside", "outside") else NOT_RUN
    said = i18n.format_message(words, key)
    hangs = HANGS if flip_state == "inside" else NOT_RUN
    return {"certainty": hangs, "how_sure_zh": said.zh, "how_sure_en": said.en}


def with_certainty(decided: pd.DataFrame, found: Robustness) -> pd.DataFrame:
    """The decided villages with how sure their computed route is, in one sentence."""
    rows = found.villages.set_index("village_code")
    table = decided.copy()
    for code, row in zip(rows.index, rows.to_dict("records"), strict=True):
        mine = (table["village_code"] == code) & (table["certainty"] != "")
        said = sure_sentence(row, found.draws)
        table.loc[mine, "certainty"] = SURE if row["certain"] else HANGS
        table.loc[mine, "how_sure_zh"] = said.zh
        table.loc[mine, "how_sure_en"] = said.en
    return table


def in_sentence(name: str) -> str:
    """An English name within a sentence: its first letter small, unless it is an abbreviation."""
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def sure_sentence(row: Mapping[str, Any], draws: int) -> Text:
    """How sure the route of a village is, by its row of `Robustness.villages`."""
    words = i18n.messages("quantities")["sure"]
    names = [setting_name(key) for key in str(row["hangs_on"]).split(",") if key]
    shown = names[:_SHOWN] or [Text(words["several"]["zh"], words["several"]["en"])]
    told = {
        "names_zh": "、".join(name.zh for name in shown) + ("等" if len(names) > _SHOWN else ""),
        "names_en": ", ".join(in_sentence(name.en) for name in shown)
        + (" …" if len(names) > _SHOWN else ""),
        "draws": draws,
    }
    if row["certain"]:
        return i18n.format_message(words, "sure" if draws else "sure_alone", **told)
    if not draws:
        return i18n.format_message(words, "hangs_alone", **told)
    route = route_words(str(row["computed"]))
    others = [one.rsplit(" ", 1) for one in str(row["other_routes"]).split(",") if one]
    parts = [(route_words(name), f"{float(share):.0%}") for name, share in others]
    return i18n.format_message(
        words, "hangs", route_zh=route.zh, route_en=route.en, same=f"{row['same_share']:.0%}",
        others_zh="".join(f"，{share}为{name.zh}" for name, share in parts),
        others_en="".join(f", {name.en} in {share}" for name, share in parts), **told,
    )  # fmt: skip


def routes_by_village(routes: ComputedRoutes) -> dict[str, str]:
    """The computed route of each village; of a split one, those of its parts, joined by "+"."""
    parts = routes.parts.sort_values(["village_code", "part"])
    return {str(code): "+".join(own) for code, own in parts.groupby("village_code")["computed"]}


def robustness(
    base: ComputedRoutes, ends: Sequence[End], draws: Sequence[RangeDraw], keys: Sequence[str]
) -> Robustness:
    """Compare routes under other values of unverified numbers with those of the plan.

    Args:
        base: The routes of the plan itself.
        ends: The routes at each end of each range, one number at a time.
        draws: The routes of each draw.
        keys: The keys of the numbers that were drawn, in the order of `Draw.shares`.
    """
    own = routes_by_village(base)
    homes = {
        str(code): int(n) for code, n in base.parts.groupby("village_code")["pending"].sum().items()
    }
    changed = [_changed(own, routes_by_village(one.routes)) for one in ends]
    rows = [_effect(one, base, moved, own, homes) for one, moved in zip(ends, changed, strict=True)]
    effects = pd.DataFrame(rows, columns=list(EFFECTS))
    for name in ("cost_change_fen_a", "grid_change_fen"):
        effects[name] = effects[name].astype("Int64")
    order = ["changed_homes", "changed_villages", "key", "range_end"]
    effects = effects.sort_values(order, ascending=[False, False, True, True], ignore_index=True)
    alone: dict[str, list[str]] = {}
    for one, moved in zip(ends, changed, strict=True):
        for code in moved:
            if one.key not in alone.setdefault(code, []):
                alone[code].append(one.key)
    table = _villages(own, draws, keys, alone)
    return Robustness(effects, table, len(draws))


def _changed(own: Mapping[str, str], other: Mapping[str, str]) -> dict[str, str]:
    """The new routes of the villages whose route differs."""
    return {code: other.get(code, "") for code, route in own.items() if other.get(code) != route}


def _effect(
    one: End,
    base: ComputedRoutes,
    moved: Mapping[str, str],
    own: Mapping[str, str],
    homes: Mapping[str, int],
) -> tuple[object, ...]:
    said = _transitions(moved, own)
    unknown = [_without_cost(side.parts) for side in (base, one.routes)]
    costs = [int(side.parts["cost_fen_a"].sum()) for side in (base, one.routes)]
    return (
        one.key,
        one.end,
        one.value,
        len(moved),
        sum(homes[code] for code in moved),
        said.zh,
        said.en,
        costs[1] - costs[0] if unknown[0] == unknown[1] else None,
        one.routes.grid_fen - base.grid_fen,
    )


def _without_cost(parts: pd.DataFrame) -> set[tuple[str, str]]:
    """The parts whose cost is not known: sums of the others compare only where they are the same."""
    rows = parts[parts["cost_fen_a"].isna()]
    return set(zip(rows["village_code"], rows["part"], strict=True))


def _transitions(moved: Mapping[str, str], own: Mapping[str, str]) -> Text:
    """How many villages of each route stay, and what the others become."""
    words = i18n.messages("quantities")["effect"]
    if not moved:
        return i18n.format_message(words, "nothing")
    told = []
    for route in dict.fromkeys(own[code] for code in moved):
        whole = sum(one == route for one in own.values())
        new = pd.Series([other for code, other in moved.items() if own[code] == route])
        becomes = [
            i18n.format_message(words, "becomes", n=int(n), **_names(str(name)))
            for name, n in new.value_counts().sort_index(kind="stable").items()
        ]
        told.append(
            i18n.format_message(
                words, "of_route", whole=whole, stay=whole - len(new), **_names(route),
                becomes_zh="、".join(one.zh for one in becomes),
                becomes_en=", ".join(one.en for one in becomes),
            )
        )  # fmt: skip
    return Text("；".join(one.zh for one in told), "; ".join(one.en for one in told))


def _names(route: str) -> dict[str, str]:
    said = route_words(route)
    return {"route_zh": said.zh, "route_en": said.en}


def route_words(route: str) -> Text:
    """The name of a village's routes, several joined by "+"."""
    table = i18n.messages("reasons")["route"]
    own = [table[one] for one in route.split("+") if one in table]
    return Text(" + ".join(one["zh"] for one in own), " + ".join(one["en"] for one in own))


def _villages(
    own: Mapping[str, str],
    draws: Sequence[RangeDraw],
    keys: Sequence[str],
    alone: Mapping[str, Sequence[str]],
) -> pd.DataFrame:
    drawn = [routes_by_village(one.routes) for one in draws]
    shares = np.array([one.shares for one in draws]).reshape(len(draws), len(keys))
    rows = []
    for code, route in sorted(own.items()):
        found = pd.Series([one.get(code, "") for one in drawn], dtype=object)
        same = (found == route).to_numpy(bool)
        by_itself = list(alone.get(code, ()))
        together = [key for key in moving_inputs(shares, same, keys) if key not in by_itself]
        others = found[~same].value_counts(normalize=False) / max(len(found), 1)
        rows.append(
            {
                "village_code": code,
                "computed": route,
                "draws": len(draws),
                "same_share": float(same.mean()) if len(draws) else np.nan,
                "other_routes": ",".join(f"{name} {share:.3g}" for name, share in others.items()),
                "certain": not by_itself and bool(same.all()),
                "hangs_on": ",".join([*by_itself, *together]),
            }
        )
    return pd.DataFrame(rows, columns=list(VILLAGES))


def moving_inputs(
    shares: NDArray[np.float64], same: NDArray[np.bool_], keys: Sequence[str]
) -> list[str]:
    """The inputs that a village's route follows most, by rank correlation over the draws.

    Args:
        shares: The draws, shape (draws, inputs).
        same: Whether the village keeps its route in each draw.
        keys: The names of the inputs.

    Returns:
        At most three keys, strongest first; none where the route never or always changes.
    """
    if not len(same) or same.all() or not same.any():
        return []
    ranks = shares.argsort(axis=0).argsort(axis=0).astype(float)
    ranks -= ranks.mean(axis=0)
    kept = same - same.mean()
    scale = np.sqrt((ranks**2).sum(axis=0) * (kept**2).sum())
    strength = np.abs(ranks.T @ kept) / np.where(scale > 0, scale, np.inf)
    order = np.argsort(-strength, kind="stable")[:_SHOWN]
    return [keys[i] for i in order if strength[i] >= _LEAST_CORRELATION]
