"""When a route can be used: the day it is ready, the works it waits for, and what bridges the wait.

The route is decided for good, whatever its date. Here is the second answer: when.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from gis import i18n
from gis.costs.upgrades import DATED, NO_TRANSFORMER, ceiling_holds
from gis.decide.options import DONE, NO_DATA, UNDECIDED
from gis.decide.village import NOWHERE, UNSERVED
from gis.errors import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gis.decide.allocation import AllocationOutcome
    from gis.decide.capacity import SharedCapacity
    from gis.decide.rules import RuleContext
    from gis.decide.village import Part, Village

HEAVY, UNKNOWN_HEADROOM = "heavy_load", "headroom_unverified"
STATION, EXTENSION, MAIN, MAIN_UNDATED = (
    "exchange_station", "heat_extension", "heat_main", "heat_main_undated",
)  # fmt: skip
GAS = "gas_pipe"
NOT_WAITED_FOR = (HEAVY, UNKNOWN_HEADROOM)  # said, and the route can be used all the same
_SHOWN = 3  # number of transformers named


class Readiness(NamedTuple):
    """When every home of a part can use a route.

    ready_on   the first such day; None: not known
    works      what it waits for, and what is said of its transformers, as codes of [works] in
               maps/words/reasons.toml
    text       the same in words
    """

    ready_on: date | None
    works: tuple[str, ...]
    text: Text

    @property
    def waits(self) -> bool:
        """Whether it waits for works, whose day may be unknown."""
        return any(code not in NOT_WAITED_FOR for code in self.works)


NOTHING = Readiness(None, (), Text("", ""))


@dataclass(frozen=True)
class ReadinessRules:
    """Tells when routes are ready, with the homes that go electric drawing `drawn_w` together."""

    context: RuleContext
    result: AllocationOutcome
    drawn_w: Mapping[int, int]
    as_of: date

    @classmethod
    def of(
        cls, context: RuleContext, result: AllocationOutcome, electric: Iterable[Part], as_of: date
    ) -> ReadinessRules:
        """electric: the parts whose approach in force is electric."""
        drawn: Counter[int] = Counter()
        for part in electric:
            drawn.update(draws_w(context.resources, part))
        return cls(context, result, drawn, as_of)

    def of_route(self, village: Village, part: Part, route: str, own: str) -> Readiness:
        """When `part` can use `route`; own: the approach in force, whose draw is counted."""
        if route in (DONE, NO_DATA, UNDECIDED, "") or not part.pending:
            return NOTHING
        if route == "electric":
            return self._electric(part, counted=own == "electric")
        if route == "central":
            return self._central(village, part)
        if route == "gas" and part.gas_secured < self._gas_needed(part):
            return _waiting([(None, GAS, {})])
        return Readiness(self.as_of, (), Text("", ""))

    def in_time(self, found: Readiness) -> bool:
        """Whether it is ready by the deadline of this year's task."""
        if not found.waits:
            return True
        return found.ready_on is not None and found.ready_on <= self.context.policy.plan.deadline

    def waits_long(self, found: Readiness) -> bool:
        """Whether it waits more winters than the policy allows; an unknown day is too long."""
        if not found.waits:
            return False
        if found.ready_on is None:
            return True
        start = pd.Timestamp(self.context.policy.plan.deadline)
        last = start + pd.DateOffset(years=self.context.policy.electric.max_wait_winters)
        return pd.Timestamp(found.ready_on) > last

    def near_term(self, number: int, base: Part, approach: str) -> str:
        """The best other route that is eligible, has capacity and is ready in time; "" for none.

        # ASSUME: villages are looked at one by one, each beside all others as decided.
        """
        village = self.result.options[number].village
        for verdict in self.result.options[number].verdicts.get(base.name, []):
            if verdict.route == approach or not verdict.eligible:
                continue
            found = self.of_route(village, base, verdict.route, approach)
            if self.result.fits(number, verdict) and self.in_time(found):
                return verdict.route
        return ""

    def interim(self, village: Village, found: Readiness) -> str:
        """How a village bridges the wait: the policy's measure, none inside a coal-ban zone."""
        if self.in_time(found):
            return ""
        return "none" if village.zone_homes else self.context.policy.electric.interim

    def _gas_needed(self, part: Part) -> float:
        return part.placed * self.context.policy.heating_network.served_share - 1e-9

    def _central(self, village: Village, part: Part) -> Readiness:
        connection = self.context.extension.villages.get(village.code)
        if connection is not None:
            return _waiting([(connection.runs_on, EXTENSION, {})])
        if not self.context.available & {"heat_pipes", "heat_coverage"} or part.name == UNSERVED:
            return _waiting([(None, MAIN_UNDATED, {})])
        found: list[tuple[date | None, str, dict[str, object]]] = []
        if village.stations:
            found.append((None, STATION, {"homes": village.stations}))
        if village.served_on is not None:
            overdue = village.served_on <= self.as_of
            day = None if overdue else village.served_on
            found.append((day, MAIN_UNDATED if overdue else MAIN, {}))
        return _waiting(found) if found else Readiness(self.as_of, (), Text("", ""))

    def _electric(self, part: Part, *, counted: bool) -> Readiness:
        if "transformers" not in self.context.available:
            return _waiting([(None, UNKNOWN_HEADROOM, {})])
        shared = self.context.resources
        nowhere = any(one.transformer == NOWHERE for one in part.feeders)
        if nowhere and not part.placed:
            return _waiting([(None, UNKNOWN_HEADROOM, {})])
        found: list[tuple[date | None, str, dict[str, object]]] = []
        if nowhere:
            found.append((None, NO_TRANSFORMER, {}))
        groups: defaultdict[str, list[int]] = defaultdict(list)
        for i, own_w in draws_w(shared, part).items():
            drawn_w = self.drawn_w.get(i, 0) + (0 if counted else own_w)
            if drawn_w > shared.free[i]:
                groups[shared.stations[i].works].append(i)
            elif is_heavy(shared, i, drawn_w):
                groups[HEAVY].append(i)
        found += [self._works(code, rows) for code, rows in groups.items()]
        return _waiting(found) if found else Readiness(self.as_of, (), Text("", ""))

    def _works(self, code: str, rows: list[int]) -> tuple[date | None, str, dict[str, object]]:
        stations = [self.context.resources.stations[i] for i in rows]
        if code == HEAVY:
            return self.as_of, code, _names([one.name for one in stations])
        day = max(one.due_on for one in stations).date() if code == DATED else None
        kva = round(sum(one.works_kva for one in stations))
        return day, code, _names([one.name for one in stations]) | {"kva": kva}


def draws_w(shared: SharedCapacity, part: Part) -> Counter[int]:
    """The device power of a part's pending homes by transformer number [W]."""
    drawn: Counter[int] = Counter()
    for one in part.feeders:
        if one.transformer in shared.transformers:
            drawn[shared.transformers[one.transformer]] += one.device_w
    return drawn


def is_heavy(shared: SharedCapacity, i: int, drawn_w: int) -> bool:
    """Whether transformer `i` is above its usable share with `drawn_w` more, works left aside."""
    station = shared.stations[i]
    return station.base_kva + drawn_w * station.kva_per_w > station.usable_kva + 1e-9


def dear_works(context: RuleContext, village: Village) -> int:
    """Works per home of a village that exceed the plan's ceiling [yuan], 0 where they do not.

    An unverified ceiling refuses nothing: such works are reported to the leading group.
    """
    fen = context.resources.village_fen.get(village.code, 0.0)
    if ceiling_holds(context.policy):
        return 0
    over = fen > context.policy.electric.max_upgrade_cny_per_household * 100 + 1e-9
    return round(fen / 100) if over else 0


def _names(ids: list[str]) -> dict[str, object]:
    more = len(ids) - _SHOWN
    rest = f" (+{more})" if more > 0 else ""
    return {"names": "、".join(ids[:_SHOWN]) + rest, "names_en": ", ".join(ids[:_SHOWN]) + rest}


def _waiting(found: list[tuple[date | None, str, dict[str, object]]]) -> Readiness:
    """Several works as one: ready when the last of them is, unknown if any day is."""
    words = i18n.messages("reasons")["works"]
    order = list(words)
    rows = sorted(found, key=lambda row: order.index(row[1]))
    said = [
        i18n.format_message(words, code, **facts, day="" if day is None else day.isoformat())
        for day, code, facts in rows
    ]
    days = [day for day, _, _ in rows]
    known = [day for day in days if day is not None]
    return Readiness(
        max(known) if len(known) == len(days) else None,
        tuple(code for _, code, _ in rows),
        Text("；".join(one.zh for one in said), "; ".join(one.en for one in said)),
    )
