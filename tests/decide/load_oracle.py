"""The loads of a drawn town worked out again from its rows, and searched to the end.

Written from the definitions, in rational numbers: what each home draws, what is left of every
transformer and heat source, what works cost. The lawful choices and the search are `oracle.Town`'s.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import cache
from math import ceil, floor
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from decide.load_towns import LoadTown
from decide.oracle import Row, Town, _exact

from gis.facts import Facts
from gis.policy import Policy

START, SEASON = date(2024, 4, 1), ((11, 15), (3, 15))  # of town.POLICY
ALL = 10**12  # as much as one likes


class LoadedTown(Town):
    """A drawn town under a policy; draws are watts of device power, or of heat at once."""

    def __init__(self, made: LoadTown, facts: Facts, priced: pd.DataFrame, policy: Policy) -> None:
        near = facts.households["within_reach"]
        served = pd.Series(np.where(near, "in_service", "none"), near.index, dtype="str")
        own = replace(facts, households=facts.households.assign(served=served))
        super().__init__(own, priced, policy)
        self.rows = {home["household_id"]: home for home in made.homes}
        self.stations = {one["transformer_id"]: one for one in made.transformers}
        self.village_own = {
            one["village_code"]: name for name, one in self.stations.items() if one["village_code"]
        }
        self.built = {(one["geometry"].centroid.x, one["geometry"].centroid.y)
                      for one in made.buildings}  # fmt: skip
        self.fed = {key: self._feeder(home) for key, home in self.rows.items()}
        pieces = {row["source_piece"] for row in facts.villages.to_dict("records")} - {None}
        self.plants: dict[Any, list[dict[str, Any]]] = {
            piece: [one for one in made.sources if one["source_id"][1] == str(int(piece[1]) - 1)]
            for piece in pieces if isinstance(piece, str)
        }  # fmt: skip
        # their names
        self.grid, self.spare = self.stations, self.plants  # type: ignore[assignment]

    # -- homes ---------------------------------------------------------------------------

    def _feeder(self, home: dict[str, Any]) -> str | None:
        """The grid company's list, else the village's own; others are kilometres away."""
        return home["transformer_id"] or self.village_own.get(home["village_code"])

    def _watts(self, home: dict[str, Any]) -> int:
        kw = home["device_kw"]
        if kw is not None:
            return round(_exact(kw) * (home["device_count"] or 1) * 1000)
        rules = self.policy.electric
        return round(_exact(rules.device_kw.get(home["device_chosen"] or "",
            rules.kw_per_household))
                     * 1000)  # fmt: skip

    def _area(self, home: dict[str, Any]) -> Fraction | None:
        if home["floor_area_m2"] is not None:
            return _exact(home["floor_area_m2"])
        return Fraction(100) if self._in_house(home) else None  # a footprint of 10 m × 10 m

    def _in_house(self, home: dict[str, Any]) -> bool:
        return (home["x"], home["y"]) in self.built

    def _heat_w(self, home: dict[str, Any]) -> Fraction:
        """75 W/m² in an old house, else 50; on its area, its village's median or 100 m²."""
        known = [self._area(one) for one in self.rows.values()
                 if one["village_code"] == home["village_code"]]  # fmt: skip
        others = [area for area in known if area is not None]
        area = self._area(home) or (median(others) if others else Fraction(100))
        return area * (75 if self._in_house(home) else 50)

    @staticmethod
    def _since(home: dict[str, Any]) -> date | None:
        if home["energised_on"]:
            return date.fromisoformat(home["energised_on"])
        return date(home["plan_year"], 11, 15) if home["plan_year"] else None

    # -- transformers --------------------------------------------------------------------

    @cache  # noqa: B019  # a town lives as long as its test
    def _kva_per_w(self, name: str) -> Fraction:
        """By the homes fed; more of them never draw less than fewer would."""
        n, rules = sum(fed == name for fed in self.fed.values()), self.policy.electric
        steps = {int(k): _exact(v) for k, v in rules.simultaneity_up_to.items()}

        def share(homes: int) -> Fraction:
            over = [most for most in sorted(steps) if homes <= most]
            return steps[over[0]] if over else _exact(rules.simultaneity)

        most = max((share(m) * m for m in range(1, n + 1)), default=Fraction(0))
        each = most / n if n else share(0)
        return each / _exact(rules.power_factor) / 1000

    def _open(self, row: dict[str, Any]) -> bool:
        said = row["open_kva"] is not None and row["open_kva"] <= row["capacity_kva"]
        return said and bool((row["open_document"] or "").strip())

    @cache  # noqa: B019
    def _spare_kva(self, name: str) -> Fraction:
        """What is left up to the limit, below 0 where overloaded; 0 where nobody knows."""
        row = self.stations[name]
        limit = _exact(row["capacity_kva"]) * _exact(self.policy.electric.overload_share)
        if self._open(row):
            left, known = _exact(row["open_kva"]), row["open_on"]
        elif self._measured(row):
            left, known = limit - _exact(row["peak_load_kva"]), row["peak_on"]
        else:
            return Fraction(0)
        since = date.fromisoformat(known) if known else START
        for key, home in self.rows.items():
            if self.fed[key] == name and (home["heating"], home["occupancy"]) == (
                "electric", "occupied",
            ):  # fmt: skip
                day = self._since(home)
                if day is None or day >= since:
                    left -= self._watts(home) * self._kva_per_w(name)
        return left

    @staticmethod
    def _measured(row: dict[str, Any]) -> bool:
        if row["peak_load_kva"] is None or row["peak_season"] == "summer":
            return False
        if row["peak_on"] is None:
            return True
        day = date.fromisoformat(row["peak_on"])
        return (day.month, day.day) >= SEASON[0] or (day.month, day.day) <= SEASON[1]

    def _room(self, transformer: str) -> Fraction:
        return max(Fraction(0), self._spare_kva(transformer))

    @cache  # noqa: B019
    def _asked(self, name: str) -> list[dict[str, Any]]:
        pending = set(self.facts.households.loc[self.facts.households["pending"], "household_id"])
        return [self.rows[key] for key in self.rows if key in pending and self.fed[key] == name]

    @cache  # noqa: B019
    def _lacking(self, transformer: str) -> Fraction:
        need = sum(self._watts(home) for home in self._asked(transformer))
        return max(Fraction(0), need * self._kva_per_w(transformer) - self._spare_kva(transformer))

    @cache  # noqa: B019
    def _price(self, transformer: str) -> Fraction:
        row, rules = self.stations[transformer], self.policy.electric
        lacking = self._lacking(transformer)
        if not lacking:
            return Fraction(0)
        line = _exact(rules.line_m_per_unit) * _exact(rules.line_cny_per_m)
        kva = row["upgrade_kva"]
        if kva is not None and _exact(kva) >= lacking:
            own = row["upgrade_cny"]
            if own is not None:
                return _exact(own)
            return _exact(kva) * _exact(rules.upgrade_cny_per_kva) + line
        size = min(_exact(one) for one in rules.unit_kva if _exact(one) >= lacking)
        return size * _exact(rules.upgrade_cny_per_kva) + line

    def _per_home(self, transformer: str) -> Fraction:
        over = max(Fraction(0), -self._spare_kva(transformer))
        one = _exact(self.policy.electric.kw_per_household) * 1000 * self._kva_per_w(transformer)
        return self._price(transformer) / (len(self._asked(transformer)) + ceil(over / one))

    # -- heat sources --------------------------------------------------------------------

    @cache  # noqa: B019
    def _spare_heat_w(self, piece: str) -> int:
        """What the plants of a piece have left for homes, less the constant part of diversity."""
        demand, plants = self.policy.demand, self.plants[piece]
        a, b = _exact(demand.diversity_a), _exact(demand.diversity_b)
        left = sum((self._available(one) for one in plants), Fraction(0))
        said = bool(plants) and all(one["load_mw"] is not None for one in plants)
        load = sum((_exact(one["load_mw"] or 0) for one in plants), Fraction(0)) * 10**6
        days = [one["load_on"] for one in plants if one["load_on"]]
        since = date.fromisoformat(min(days)) if days else START
        every = Fraction(0)
        for home in self._on_piece(piece):
            if (home["heating"], home["occupancy"]) == ("central", "occupied"):
                every += self._heat_w(home) * a
                day = self._since(home)
                if day is not None and day >= since:
                    load += self._heat_w(home) * a
        load = load if said else max(load, every)
        largest = max(
            (sum(map(self._heat_w, own)) / len(own) for own in self._parts(piece) if own),
            default=_exact(demand.floor_area_m2) * 50,
        )
        return floor(max(Fraction(0), left - load) - b * largest)

    def _available(self, plant: dict[str, Any]) -> Fraction:
        if plant["available_mw"] is not None and (plant["available_document"] or "").strip():
            return _exact(plant["available_mw"]) * 10**6
        reserve = _exact(self.policy.heat_sources.reserve_share)
        return _exact(plant["capacity_mw"]) * (1 - reserve) * 10**6

    def _on_piece(self, piece: str) -> list[dict[str, Any]]:
        """The homes within reach of the main, 20 m from it."""
        codes = {c for c, row in self.villages.items() if row["source_piece"] == piece}
        near = self.facts.households
        near = near[near["within_reach"] & near["village_code"].isin(codes)]
        return [self.rows[key] for key in near["household_id"]]

    def _parts(self, piece: str) -> list[list[dict[str, Any]]]:
        """The pending homes of each village on the piece, and of its two sides."""
        found = []
        for code, row in self.villages.items():
            if row["source_piece"] == piece:
                sides = [self.side(code, part) for part in ("", "served", "unserved")]
                found += [[self.rows[key] for key in one.homes["household_id"]] for one in sides]
        return found

    # -- what a choice draws -------------------------------------------------------------

    @cache  # noqa: B019
    def _draw(self, code: str, part: str, route: str) -> dict[Any, int] | None:
        homes = [self.rows[key] for key in self.side(code, part).homes["household_id"]]
        if route == "central" and "heat_sources" in self.facts.available:
            piece = self.villages[code]["source_piece"]
            if not isinstance(piece, str):
                return {}
            a = _exact(self.policy.demand.diversity_a)
            return {("piece", piece): round(sum(map(self._heat_w, homes)) * a)}
        if route != "electric":
            return {}
        watts: Counter[Any] = Counter()
        for home in homes:
            watts["grid", self.fed[home["household_id"]]] += self._watts(home)
        known = self.policy.provenance["electric.transformer_reach_m"]
        if watts.pop(("grid", None), 0) and known.verified:
            return None
        return dict(watts)

    @cache  # noqa: B019
    def _most(self, name: Any) -> int:
        kind, own = name
        if kind == "piece":
            return max(0, self._spare_heat_w(own))
        if self._may_build(own):
            return ALL
        return floor(self._room(own) / self._kva_per_w(own))

    def _fits(self, draws: Counter[Any]) -> bool:
        return all(watts <= self._most(name) for name, watts in draws.items())

    @cache  # noqa: B019
    def _may_build(self, transformer: str) -> bool:
        """Works per home of some village that draws on it are within a verified ceiling."""
        if not self.ceiling_holds or not self._price(transformer):
            return True
        ceiling = _exact(self.policy.electric.max_upgrade_cny_per_household)
        means = []
        for code in self.villages:
            keys = self.side(code, "").homes["household_id"]
            own = Counter(self.fed[key] for key in keys)
            built = {name: n for name, n in own.items() if name and self._price(name)}
            if transformer in built:
                total = sum(self._per_home(name) * n for name, n in built.items())
                means.append(total / sum(built.values()))
        return not means or min(means) <= ceiling

    def _upgrades(self, names: list[Any], drawn: np.ndarray) -> np.ndarray:
        interest = Fraction(str(self.policy.prices["interest"]))
        years = int(self.policy.prices["grid_life_a"])  # type: ignore[arg-type]
        factor = interest / (1 - (1 + interest) ** -years)
        fen = np.zeros(len(drawn), int)
        for (kind, name), watts in zip(names, drawn.T, strict=True):
            if kind == "grid":
                price = int(self._price(name) * 100 * factor + Fraction(1, 2))
                free = floor(self._room(name) / self._kva_per_w(name))
                fen += price * (watts > free)
        return fen

    def contested(self) -> bool:
        """Whether villages compete: together their largest draws exceed what some resource has."""
        total: Counter[Any] = Counter()
        for code in self.villages:
            largest: Counter[Any] = Counter()
            for choice in self.choices(code):
                largest |= Counter(self._draws(code, choice))
            total.update(largest)
        return any(watts > self._free_w(name) for name, watts in total.items())

    def _free_w(self, name: Any) -> int:
        if name[0] == "piece":
            return self._most(name)
        return floor(self._room(name[1]) / self._kva_per_w(name[1]))


__all__ = ["LoadedTown", "Row"]
