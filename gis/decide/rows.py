"""One row a decided part, and one a route tried for it, in words and money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gis import words
from gis.costs.home import cost_basis
from gis.decide.choices import DONE, UNDECIDED
from gis.decide.margins import margin
from gis.decide.outcome import next_best, upgrade_estimate, upgrade_shares
from gis.decide.reasons import clause, explained, joined, sentence
from gis.decide.rulings import STATUSES
from gis.decide.village import WHOLE
from gis.errors import Text

if TYPE_CHECKING:
    from gis.decide.choices import Choice, Options
    from gis.decide.margins import Distances
    from gis.decide.outcome import Outcome
    from gis.decide.rules import Costs, World
    from gis.decide.rulings import Ruling, Rulings
    from gis.decide.village import Part

TRIED = (
    "village_code", "part", "route", "eligible", "has_capacity", "code", "clause",
    "reason_zh", "reason_en", "cost_fen_a", "numbers",
)  # fmt: skip


@dataclass(frozen=True)
class Rows:
    """Turns the outcome and the office's rulings into rows, village by village."""

    world: World
    result: Outcome
    costs: Costs
    ruled: Rulings
    reach: Distances
    as_of: date

    def decided(self) -> Iterator[dict[str, Any]]:
        """One row a (village_code, part); `first_class` is its best priority class."""
        for number, own in enumerate(self.result.options):
            chosen = self.result.choice(number)
            flip = margin(self.world, self.result, number, self.reach, self.as_of)
            for part, computed in self._parts(own, chosen):
                yield self._row(number, part, computed) | {
                    "flip_margin_zh": flip.zh,
                    "flip_margin_en": flip.en,
                }

    def tried(self) -> Iterator[dict[str, Any]]:
        """One row a (village_code, part, route), in the policy's order."""
        for number in range(len(self.result.options)):
            for part in self.result.choice(number).parts:
                yield from self._tried(number, part)

    def _parts(self, own: Options, chosen: Choice) -> list[tuple[Part, str]]:
        """The parts of a village with their computed routes; also a split the office ruled."""
        code = own.village.code
        ruled = any((code, side.name) in self.ruled for side in own.village.sides)
        if chosen.parts[0].name == WHOLE and ruled:
            return [(side, chosen.routes[0]) for side in own.village.sides]
        return list(zip(chosen.parts, chosen.routes, strict=True))

    def _row(self, number: int, part: Part, computed: str) -> dict[str, Any]:
        code = self.result.options[number].village.code
        ruling = self.ruled.get((code, part.name), self.ruled.get((code, WHOLE)))
        approach = ruling.approach if ruling else computed
        dissent = computed not in (approach, DONE)
        reason = self._reason(number, part, computed, ruling if dissent else None)
        runner_up = computed if dissent and computed != UNDECIDED else ""
        runner_up = runner_up or self._next(number, part, approach)
        return {
            "village_code": code,
            "part": part.name,
            "approach": approach,
            "status": ruling.status if ruling else STATUSES[0],
            "computed": computed,
            "batch": 0,
            "device": self._device(approach),
            "households": part.households,
            "pending": part.pending,
            "clause": clause(self.world, approach),
            "reason_zh": reason.zh,
            "reason_en": reason.en,
            "runner_up": runner_up,
            "cost_fen_a": self._cost(number, part, approach),
            "runner_up_cost_fen_a": self._cost(number, part, runner_up),
            "dissent": dissent,
            "document_no": ruling.document_no if ruling else "",
            "gap": self._gap(number, part) if approach == UNDECIDED else "",
            "first_class": next((i for i, homes in enumerate(part.classes) if homes), 0),
        }

    def _device(self, approach: str) -> str:
        if approach in (DONE, UNDECIDED):
            return ""
        return "radiator" if approach == "central" else cost_basis(approach, self.world.policy)

    def _base(self, number: int, part: Part) -> Part:
        """The part the verdicts were passed on: the whole village where the office split it."""
        chosen = self.result.choice(number)
        return (
            part if part.name == chosen.parts[0].name or len(chosen.parts) > 1 else chosen.parts[0]
        )

    def _next(self, number: int, part: Part, approach: str) -> str:
        base = self._base(number, part)
        return next_best(self.result, number, base, approach) if part.pending else ""

    def _reason(self, number: int, part: Part, computed: str, ruling: Ruling | None) -> Text:
        if computed == DONE:
            return joined([sentence("done", {})])
        base, fragments = self._base(number, part), []
        if ruling is not None:
            fragments.append(_ruled(ruling, computed))
        for verdict in self.result.options[number].verdicts[base.name]:
            code, numbers = explained(self.world, self.result, number, base, verdict)
            fragments.append(sentence(code, numbers))
            if verdict.route == computed:
                break
        return joined(fragments)

    def _cost(self, number: int, part: Part, route: str) -> int | None:
        """What the part would cost a year on `route` [fen], None where that is not known."""
        if route in (UNDECIDED, ""):
            return None
        if route == DONE or not part.pending:
            return 0
        code = self.result.options[number].village.code
        cost = self.costs.get((code, part.name, route))
        return None if cost is None else cost + self._upgrades(number, part, route)

    def _upgrades(self, number: int, part: Part, route: str) -> int:
        if route != "electric":
            return 0
        code = self.result.options[number].village.code
        if (code, part.name) in self._shares:
            return sum(fen_a for _, fen_a in self._shares[code, part.name].values())
        verdicts = self.result.options[number].verdicts.get(part.name, [])
        own = next((verdict for verdict in verdicts if verdict.route == route), None)
        return upgrade_estimate(self.result, number, own) if own else 0

    @cached_property
    def _shares(self) -> dict[tuple[str, str], dict[int, tuple[int, int]]]:
        return upgrade_shares(self.result)

    def _gap(self, number: int, part: Part) -> str:
        """What kind of miss an undecided part is."""
        village = self.result.options[number].village
        for name, kind in (("coal_ban_zone", "zone_without_plan"), ("built_up_area", "built_up")):
            order = self.world.policy.priority.order
            if name in order and part.pending and part.classes[order.index(name)]:
                return kind
        verdicts = self.result.options[number].verdicts[self._base(number, part).name]
        if village.served:
            return "not_connected"
        short = any(v.route == "electric" and v.eligible for v in verdicts)
        return "headroom" if short else "no_route"

    def _tried(self, number: int, part: Part) -> Iterator[dict[str, Any]]:
        own = self.result.options[number]
        for verdict in own.verdicts.get(part.name, []) if part.pending else []:
            code, numbers = explained(self.world, self.result, number, part, verdict)
            reason = joined([sentence(code, numbers)])
            yield {
                "village_code": own.village.code,
                "part": part.name,
                "route": verdict.route,
                "eligible": verdict.eligible,
                "has_capacity": verdict.eligible and self.result.fits(number, verdict),
                "code": code,
                "clause": clause(self.world, verdict.route),
                "reason_zh": reason.zh,
                "reason_en": reason.en,
                "cost_fen_a": self._cost(number, part, verdict.route),
                "numbers": numbers,
            }


def _ruled(ruling: Ruling, computed: str) -> Text:
    table = words.load("reasons")
    names = {
        "approach": table["route"][ruling.approach]["zh"],
        "approach_en": table["route"][ruling.approach]["en"],
        "computed": table["route"][computed]["zh"],
        "computed_en": table["route"][computed]["en"],
    }
    if ruling.signed:
        return sentence("signed", names)
    document = ruling.document_no
    return sentence("ruled_by" if document else "ruled", names | {"document": document})
