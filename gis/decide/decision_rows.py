"""The decision tables: one row per part, and one per route tried for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from gis import i18n
from gis.costs.household import cost_basis
from gis.decide.allocation import next_best
from gis.decide.options import DONE, NO_DATA, UNDECIDED
from gis.decide.readiness import ReadinessRules, dear_works
from gis.decide.reasons import clause, final_reason, join_reasons, ledger_sentence, reason_sentence
from gis.decide.robustness import by_margin
from gis.decide.rulings import STATUSES
from gis.decide.switching_margins import SwitchingMargin, switching_margin
from gis.decide.village import WHOLE
from gis.errors import Text

if TYPE_CHECKING:
    from gis.decide.allocation import AllocationOutcome
    from gis.decide.options import Choice, Options
    from gis.decide.part_cost import YearlyCosts
    from gis.decide.reach_margins import VillageReach
    from gis.decide.rules import RuleContext
    from gis.decide.rulings import Ruling, Rulings
    from gis.decide.village import Part
    from gis.decide.what_if import WhatIf

TRIED = (
    "village_code", "part", "route", "eligible", "has_capacity", "code", "clause",
    "reason_zh", "reason_en", "cost_fen_a", "numbers",
)  # fmt: skip


class PartRow(NamedTuple):
    """A part of village number `number`, with its computed route and its ruling.

    base   the part that was judged: the whole village where only the office split it
    """

    number: int
    code: str
    part: Part
    base: Part
    computed: str
    ruling: Ruling | None

    @property
    def approach(self) -> str:
        """The approach in force: the ruling, else the computed route."""
        return self.ruling.approach if self.ruling else self.computed

    @property
    def dissent(self) -> bool:
        """Whether the ruling differs from the computed route, for homes still to convert."""
        return self.computed not in (self.approach, DONE, NO_DATA)


def assign_parts(result: AllocationOutcome, ruled: Rulings) -> list[PartRow]:
    """Every part of every village with its computed route and its ruling, in order."""
    rows = []
    for number, own in enumerate(result.options):
        chosen, code = result.choice(number), own.village.code
        for part, base, computed in _parts(own, chosen, ruled):
            ruling = ruled.get((code, part.name), ruled.get((code, WHOLE)))
            rows.append(PartRow(number, code, part, base, computed, ruling))
    return rows


def _parts(own: Options, chosen: Choice, ruled: Rulings) -> Iterator[tuple[Part, Part, str]]:
    """The parts of a village; a whole one is split where the office ruled on one side of it."""
    sides = own.village.sides
    split = any((own.village.code, side.name) in ruled for side in sides)
    for part, route in zip(chosen.parts, chosen.routes, strict=True):
        if part.name == WHOLE and split:
            yield from ((side, part, route if side.pending else DONE) for side in sides)
        else:
            yield part, part, route


@dataclass(frozen=True)
class DecisionRows:
    """Builds the rows of decisions and of routes tried.

    reach     None: margins are left blank
    devices   by (village_code, part, route): the devices its homes are priced with, joined by "+"
    """

    context: RuleContext
    result: AllocationOutcome
    yearly_costs: YearlyCosts
    what_if: WhatIf
    reach: VillageReach | None
    devices: Mapping[tuple[str, str, str], str]
    ready: ReadinessRules

    def decided(self, places: list[PartRow]) -> Iterator[dict[str, Any]]:
        """Yield one row per (village_code, part); `first_class` is its best priority class."""
        before, flip = -1, SwitchingMargin(Text("", ""), "", Text("", ""))
        for place in places:
            reason = self._reason(place)
            if place.number != before:
                before = place.number
                if self.reach is not None:
                    flip = switching_margin(self.what_if, before, self.reach)
            runner_up = self._runner_up(place)
            when = self._when(place)
            cost_fen_a = partial(self.yearly_costs.cost_fen_a, place.number, place.part)
            yield {
                "village_code": place.code,
                "part": place.part.name,
                "approach": place.approach,
                "status": place.ruling.status if place.ruling else STATUSES[0],
                "computed": place.computed,
                "batch": 0,
                "device": self._device(place),
                "complements": self._complements(place),
                "households": place.part.households,
                "pending": place.part.pending,
                "clause": clause(self.context, place.approach),
                "reason_zh": reason.zh,
                "reason_en": reason.en,
                "runner_up": runner_up,
                "cost_fen_a": cost_fen_a(place.approach),
                "runner_up_cost_fen_a": cost_fen_a(runner_up),
                "flip_margin_zh": flip.text.zh,
                "flip_margin_en": flip.text.en,
                "flip_state": flip.state,
                "flip_range_zh": flip.beside.zh,
                "flip_range_en": flip.beside.en,
                **when,
                **by_margin(
                    place.part.pending and place.computed not in (DONE, NO_DATA), flip.state
                ),
                "dissent": place.dissent,
                "document_no": place.ruling.document_no if place.ruling else "",
                "gap": self._gap(place) if place.approach == UNDECIDED else "",
                "first_class": next((i for i, homes in enumerate(place.part.classes) if homes), 0),
            }

    def _when(self, place: PartRow) -> dict[str, Any]:
        """When the approach in force is ready, and what bridges the wait."""
        village = self.result.options[place.number].village
        found = self.ready.of_route(village, place.part, place.approach, place.approach)
        long = self.ready.waits_long(found)
        grid = found
        if place.dissent and place.computed == "electric":  # what the ruling is set against
            grid = self.ready.of_route(village, place.part, "electric", place.approach)
        asked = "electric" in (place.approach, place.computed) and grid.waits
        dear = asked and dear_works(self.context, village)
        return {
            "ready_on": pd.NaT if found.ready_on is None else pd.Timestamp(found.ready_on),
            "works": "+".join(found.works),
            "works_zh": found.text.zh,
            "works_en": found.text.en,
            "works_dear": bool(dear),
            "near_term": self.ready.near_term(place.number, place.base, place.approach)
            if long
            else "",
            "interim": self.ready.interim(village, found),
            "heating_in_use": "+".join(name for name, _ in village.ledger.heating),
            "in_time": self.ready.in_time(found),
        }

    def tried(self) -> Iterator[dict[str, Any]]:
        """Yield one row per (village_code, part, route), in the policy's order."""
        for number in range(len(self.result.options)):
            for part in self.result.choice(number).parts:
                yield from self._tried(number, part)

    def _runner_up(self, place: PartRow) -> str:
        """The next-best route; where the ruling differs, the computed one."""
        if place.dissent and place.computed != UNDECIDED:
            return place.computed
        if not place.part.pending or place.computed == NO_DATA:
            return ""
        return next_best(self.result, place.number, place.base, place.approach)

    def _device(self, place: PartRow) -> str:
        """The device that all homes are priced with; the plan's first where choices differ."""
        approach = place.approach
        if approach in (DONE, UNDECIDED, NO_DATA):
            return ""
        if approach == "central":
            return "radiator"
        own = self.devices.get((place.code, place.part.name, approach), "+")
        return cost_basis(approach, self.context.policy) if "+" in own else own

    def _complements(self, place: PartRow) -> str:
        """The complements the plan supports besides the approach, joined by "+"."""
        rule = self.context.policy.route(place.approach) if place.part.pending else None
        return "+".join(rule.complements) if rule is not None else ""

    def _reason(self, place: PartRow) -> Text:
        if place.computed in (DONE, NO_DATA):
            own = ledger_sentence(self.result.options[place.number].village)
            ruled = place.ruling and place.computed == NO_DATA
            first = [_ruled(place.ruling, place.computed)] if ruled and place.ruling else []
            return join_reasons([*first, own])
        fragments = [_ruled(place.ruling, place.computed)] if place.ruling and place.dissent else []
        for verdict in self.result.options[place.number].verdicts[place.base.name]:
            code, numbers = final_reason(
                self.context, self.result, place.number, place.base, verdict
            )
            fragments.append(reason_sentence(code, numbers))
            if verdict.route == place.computed:
                break
        return join_reasons(fragments)

    def _gap(self, place: PartRow) -> str:
        """The kind of gap of an undecided part."""
        order = self.context.policy.priority.order
        for name, kind in (("coal_ban_zone", "zone_without_plan"), ("built_up_area", "built_up")):
            if name in order and place.part.pending and place.part.classes[order.index(name)]:
                return kind
        own = self.result.options[place.number]
        if own.village.served:
            return "not_connected"
        verdicts = own.verdicts.get(place.base.name, [])
        short = any(v.route == "electric" and v.eligible for v in verdicts)
        return "headroom" if short else "no_route"

    def _tried(self, number: int, part: Part) -> Iterator[dict[str, Any]]:
        own = self.result.options[number]
        for verdict in own.verdicts.get(part.name, []) if part.pending else []:
            code, numbers = final_reason(self.context, self.result, number, part, verdict)
            reason = join_reasons([reason_sentence(code, numbers)])
            yield {
                "village_code": own.village.code,
                "part": part.name,
                "route": verdict.route,
                "eligible": verdict.eligible,
                "has_capacity": verdict.eligible and self.result.fits(number, verdict),
                "code": code,
                "clause": clause(self.context, verdict.route),
                "reason_zh": reason.zh,
                "reason_en": reason.en,
                "cost_fen_a": self.yearly_costs.cost_fen_a(number, part, verdict.route),
                "numbers": numbers,
            }


def _ruled(ruling: Ruling, computed: str) -> Text:
    table = i18n.messages("reasons")
    names = {
        "approach": table["route"][ruling.approach]["zh"],
        "approach_en": table["route"][ruling.approach]["en"],
        "computed": table["route"][computed]["zh"],
        "computed_en": table["route"][computed]["en"],
    }
    if ruling.signed:
        return reason_sentence("signed", names)
    document = ruling.document_no
    return reason_sentence("ruled_by" if document else "ruled", names | {"document": document})
