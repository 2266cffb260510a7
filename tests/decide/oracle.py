"""The plan's rules a second time, told village by village and searched to the end.

Written from the definitions, not from the code: rational numbers, no solver, no reductions.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import chain
from math import ceil, prod
from typing import Any

import numpy as np
import pandas as pd

from gis.facts import Facts
from gis.policy import Policy

Row = tuple[str, str]  # village_code, part


@dataclass
class Side:
    """The pending homes of one part, and what the plan says of each route for it."""

    homes: pd.DataFrame
    routes: list[str]  # eligible by the plan, capacity aside
    classes: list[int]

    @property
    def n(self) -> int:
        return len(self.homes)


class Town:
    """A town under a policy; `choices` and `best` by complete search."""

    def __init__(self, facts: Facts, priced: pd.DataFrame, policy: Policy) -> None:
        self.facts, self.policy = facts, policy
        self.order = [route.route for route in policy.routes]
        self.kva = _exact(policy.electric.kw_per_household) * _exact(
            policy.electric.simultaneity
        ) / _exact(policy.electric.power_factor)  # fmt: skip
        known = policy.provenance.get("electric.max_upgrade_cny_per_household")
        self.ceiling_holds = known is not None and known.verified
        keys = zip(priced["village_code"], priced["part"], priced["route"], strict=True)
        self.costs = dict(zip(keys, priced["cost_fen_a"], strict=True))
        self.villages = {row["village_code"]: row for row in facts.villages.to_dict("records")}
        none = facts.households.iloc[:0]
        groups = dict(iter(facts.households.groupby("village_code")))
        self.homes = {code: groups.get(code, none) for code in self.villages}
        self.waiting = Counter(facts.households.loc[facts.households["pending"], "transformer_id"])
        self.grid = {row["transformer_id"]: row for row in facts.transformers.to_dict("records")}
        self.spare = {
            row["source_piece"]: _exact(row["spare_kw"]) for row in facts.sources.to_dict("records")
        }

    # -- one village ---------------------------------------------------------------------

    def choices(self, code: str) -> list[dict[Row, str]]:
        """Every lawful outcome of a village, the better placed first."""
        whole = self.side(code, "")
        if not whole.n:
            return [{(code, ""): "done"}]
        split, on = self.splits(code), self.side(code, "served")
        found: list[dict[Row, str]] = []
        for route in whole.routes:
            if route == "central" and split:
                found.extend(self._beside(code))
            elif self._alone(code, "", route) and not (split and not on.n):
                found.append({(code, ""): route})
            if found and self._free(code, found[-1]):
                return found
        if self._splits_for_want(code):
            found.extend(self._beside(code))
        return [*found, {(code, ""): "undecided"}]

    def _splits_for_want(self, code: str) -> bool:
        """Below the share, where no route is sure for the whole village: by the served edge."""
        mine, rules = self.homes[code], self.policy.heating_network
        reached = mine["served"] != "none"
        return (
            bool(self.facts.available & {"heat_pipes", "heat_coverage"})
            and self.villages[code]["served_share"] < rules.served_share
            and max(rules.split_min_households, 1) <= reached.sum() < len(mine)
            and self.side(code, "served").n > 0
        )

    def _beside(self, code: str) -> list[dict[Row, str]]:
        """Central heating for the served part, and each route the rest could have."""
        first = "central" if self.side(code, "served").n else "done"
        if first == "central" and not self._alone(code, "served", "central"):
            return []
        found = []
        if not self.side(code, "unserved").n:
            return [{(code, "served"): first, (code, "unserved"): "done"}]
        for rest in self.side(code, "unserved").routes:
            if self._alone(code, "unserved", rest):
                found.append({(code, "served"): first, (code, "unserved"): rest})
                if self._draw(code, "unserved", rest) == {}:
                    return found
        return [*found, {(code, "served"): first, (code, "unserved"): "undecided"}]

    def splits(self, code: str) -> bool:
        """Whether the plan lets the village be split along the edge of the served area."""
        mine = self.homes[code]
        reached = int((mine["served"] != "none").sum())
        least = max(self.policy.heating_network.split_min_households, 1)
        return (
            "central" in self.side(code, "").routes
            and min(reached, len(mine) - reached) >= least
            and self.side(code, "unserved").n > 0
        )

    @cache  # noqa: B019  # a town lives as long as its test
    def side(self, code: str, part: str) -> Side:
        """One part of a village; "" is all of it."""
        homes = self.homes[code]
        homes = homes[homes["pending"]]
        if part:
            homes = homes[(homes["served"] != "none") == (part == "served")]
        marks = {
            "coal_ban_zone": homes["zone_position"] == "inside",
            "built_up_area": homes["in_built_up"],
            "named_area": homes["named_area"] != "",
        }
        left = pd.Series(data=True, index=homes.index)
        classes = []
        for name in self.policy.priority.order:
            classes.append(int((left & marks[name]).sum()))
            left &= ~marks[name]
        routes = [r for r in self.order if self._eligible(self.villages[code], homes, part, r)]
        return Side(homes, routes, [*classes, int(left.sum())])

    def _eligible(
        self, village: dict[str, Any], homes: pd.DataFrame, part: str, route: str
    ) -> bool:
        there, rules = self.facts.available, self.policy.heating_network
        if route == "central":
            reached = village["served_share"] >= rules.served_share and part != "unserved"
            return reached and bool(there & {"heat_pipes", "heat_coverage"})
        if route == "electric":
            return bool(self.policy.route("electric").devices)  # type: ignore[union-attr]
        if route == "gas":
            sure = (homes["gas_served"] == "in_service") & homes["gas_secured"]
            enough = Fraction(int(sure.sum())) >= len(homes) * _exact(rules.served_share)
            return "gas_coverage" in there and enough
        if route == "biomass":
            return bool(village["remote_mountain"])
        return not village["in_zone"] and not village["undecidable"]

    # -- capacity ------------------------------------------------------------------------

    @cache  # noqa: B019
    def _draw(self, code: str, part: str, route: str) -> dict[Any, int] | None:
        """Homes by what they draw on; None where it can never be had."""
        side = self.side(code, part)
        if route == "central" and "heat_sources" in self.facts.available:
            piece = self.villages[code]["source_piece"]
            return {} if pd.isna(piece) else {("piece", piece): side.n}
        if route == "electric" and "transformers" in self.facts.available:
            reach = self.policy.provenance.get("electric.transformer_reach_m")
            if side.homes["transformer_id"].isna().any() and reach is not None and reach.verified:
                return None
            return {
                ("grid", t): n for t, n in Counter(side.homes["transformer_id"].dropna()).items()
            }
        return {}

    def _fits(self, draws: Counter[Any]) -> bool:
        demand = self.policy.demand
        one = _exact(demand.floor_area_m2) * _exact(demand.heat_w_per_m2) / 1000
        for (kind, name), n in draws.items():
            if kind == "piece":
                peak = one * (_exact(demand.diversity_a) * n + _exact(demand.diversity_b))
                if peak > self.spare.get(name, 0):
                    return False
            elif n * self.kva > self._room(name) and not self._may_build(name):
                return False
        return True

    def _room(self, transformer: str) -> Fraction:
        """What the transformer takes up to its limit without works [kVA]."""
        row, rules = self.grid[transformer], self.policy.electric
        limit = _exact(row["capacity_kva"]) * _exact(rules.overload_share)
        return max(Fraction(0), limit - _exact(row["peak_load_kva"]))

    @cache  # noqa: B019
    def _lacking(self, transformer: str) -> Fraction:
        """What it lacks if all pending homes on it go electric, an overload included [kVA]."""
        row, rules = self.grid[transformer], self.policy.electric
        limit = _exact(row["capacity_kva"]) * _exact(rules.overload_share)
        load = _exact(row["peak_load_kva"]) + self.waiting[transformer] * self.kva
        return max(Fraction(0), load - limit)

    @cache  # noqa: B019
    def _price(self, transformer: str) -> Fraction:
        """The planned upgrade if it is large enough, else the smallest unit that is [yuan]."""
        row, rules, lacking = (
            self.grid[transformer],
            self.policy.electric,
            self._lacking(transformer),
        )
        if not lacking:
            return Fraction(0)
        each = _exact(rules.upgrade_cny_per_kva)
        if not pd.isna(row["upgrade_kva"]) and _exact(row["upgrade_kva"]) >= lacking:
            own = row["upgrade_cny"]
            return _exact(row["upgrade_kva"]) * each if pd.isna(own) else _exact(own)
        return min(_exact(size) for size in rules.unit_kva if _exact(size) >= lacking) * each

    @cache  # noqa: B019
    def _may_build(self, transformer: str) -> bool:
        """Whether a village that draws on it may have works: a ceiling binds if it is verified."""
        if not self.ceiling_holds:
            return True
        ceiling = _exact(self.policy.electric.max_upgrade_cny_per_household)
        means = []
        for code in self.villages:
            own = Counter(self.side(code, "").homes["transformer_id"].dropna())
            built = {name: n for name, n in own.items() if self._price(name)}
            if transformer in built:
                total = sum(self._per_home(name) * n for name, n in built.items())
                means.append(total / sum(built.values()))
        return not means or min(means) <= ceiling

    def _per_home(self, transformer: str) -> Fraction:
        """The price over all homes that it lets heat, those of the stock beyond its limit too."""
        row, rules = self.grid[transformer], self.policy.electric
        limit = _exact(row["capacity_kva"]) * _exact(rules.overload_share)
        over = max(Fraction(0), _exact(row["peak_load_kva"]) - limit)
        return self._price(transformer) / (self.waiting[transformer] + ceil(over / self.kva))

    @cache  # noqa: B019
    def _alone(self, code: str, part: str, route: str) -> bool:
        draw = self._draw(code, part, route)
        return draw is not None and self._fits(Counter(draw))

    def _free(self, code: str, choice: dict[Row, str]) -> bool:
        return "undecided" not in choice.values() and not self._draws(code, choice)

    def _draws(self, code: str, choice: dict[Row, str]) -> dict[Any, int]:
        total: Counter[Any] = Counter()
        for (_, part), route in choice.items():
            if self.side(code, part).n:
                total.update(self._draw(code, part, route) or {})
        return dict(total)

    # -- everybody together --------------------------------------------------------------

    def worth(self, code: str, choice: dict[Row, str]) -> tuple[int, ...]:
        """Homes with any route, on one of their first 1, 2, 3, 4, by class; unknown costs; cost."""
        size = len(self.policy.priority.order) + 1
        homes = [[0] * size for _ in range(5)]  # with any route, and among the first so many
        unknown = fen = 0
        for (_, part), route in choice.items():
            if route in ("done", "undecided"):
                continue
            side = self.side(code, part)
            homes[0] = [a + b for a, b in zip(homes[0], side.classes, strict=True)]
            # Homes of a village that could be split have the preference of their own side.
            own = ["served", "unserved"] if not part and self.splits(code) else [part]
            for name in own:
                likes = self.side(code, name)
                order = self.side(code, "").routes if self._splits_for_want(code) else likes.routes
                for among in range(1, 5):
                    if route in order[:among]:
                        counted = zip(homes[among], likes.classes, strict=True)
                        homes[among] = [a + b for a, b in counted]
            cost = self.costs[code, part, route]
            unknown += side.n if pd.isna(cost) else 0
            fen += 0 if pd.isna(cost) else int(cost)
        return (*chain.from_iterable(homes), -unknown, -fen)

    def best(self, limit: int = 400_000) -> dict[Row, str] | None:
        """The best outcome of all villages together; None when there are too many to look at."""
        codes = sorted(self.facts.villages["village_code"])
        options = [self.choices(code) for code in codes]
        if prod(len(own) for own in options) > limit:
            return None
        names = [("grid", name) for name in self.grid] + [("piece", name) for name in self.spare]
        most = np.array([self._most(name) for name in names])
        worth, drawn = np.zeros((1, 1), int), np.zeros((1, len(names)), int)
        picks = np.zeros((1, 0), int)
        for code, own in zip(codes, options, strict=True):
            worths = np.array([self.worth(code, choice) for choice in own])
            draws = [self._draws(code, choice) for choice in own]
            uses = np.array([[draw.get(name, 0) for name in names] for draw in draws])
            # every state with every choice, in the order of the choices
            worth = (worth[:, None] + worths[None]).reshape(-1, worths.shape[1])
            drawn = (drawn[:, None] + uses[None]).reshape(-1, len(names))
            taken = np.tile(np.arange(len(own)), len(picks))
            picks = np.column_stack([np.repeat(picks, len(own), axis=0), taken])
            fits = (drawn <= most).all(axis=1)
            worth, drawn, picks = worth[fits], drawn[fits], picks[fits]
        worth[:, -1] -= self._upgrades(names, drawn)
        first = max(range(len(worth)), key=lambda i: (*worth[i].tolist(), -i))
        merged: dict[Row, str] = {}
        for own, pick in zip(options, picks[first], strict=True):
            merged |= own[pick]
        return merged

    def _most(self, name: Any) -> int:
        """The most homes that fit on one resource."""
        homes = 0
        while homes < 2000 and self._fits(Counter({name: homes + 1})):
            homes += 1
        return homes

    def _upgrades(self, names: list[Any], drawn: np.ndarray) -> np.ndarray:
        """Fen a year for the transformers that need theirs, state by state."""
        interest = Fraction(str(self.policy.prices["interest"]))
        years = int(self.policy.prices["grid_life_a"])  # type: ignore[arg-type]
        factor = interest / (1 - (1 + interest) ** -years)
        fen = np.zeros(len(drawn), int)
        for (kind, name), homes in zip(names, drawn.T, strict=True):
            if kind == "grid":
                price = int(self._price(name) * 100 * factor + Fraction(1, 2))
                fen += price * np.array([int(n) * self.kva > self._room(name) for n in homes])
        return fen


def _exact(number: float) -> Fraction:
    return Fraction(str(number))
