"""Inference (differencing) check: can a reader of all editions bound a count too closely?

All published counts of this and the archived editions go into linear programmes, one for each
family of counts that are linked: parts are at most their whole, official figures included; a count
that was published anew has changed, unless the rule of rounding has: then it may be the same; a
zone and its villages count the same homes. Every edition is read by its own rule. A count that can
be bounded to fewer than `hysteresis` homes is published more coarsely or withheld, always in one
order, until none is left. What an official verdict states by itself is not counted: no home is "not
cleared" in a zone that is signed off.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import highspy
import networkx as nx
import numpy as np

from gis.disclosure.rounding import ANY, CountHistory, PublishedCount, RoundingRule, ZoneLink
from gis.disclosure.zone_counts import CELLS, INSIDE, NOBODY

if TYPE_CHECKING:
    from gis.disclosure.rounding import Counts

_PARTS = ("pending", "late", "stock")
_APART = ("zone:", "gap:")
Cell = tuple[int, str]  # number of the edition, key of the count
Limits = tuple[int, int]
_ROUGHER = 3  # steps by which a count of households is raised before it is withheld
# Order in which counts are coarsened or withheld; those withheld in vain are restored.
_ORDER = (
    "households", "gap", "inside", "undecidable", "unknown", "not_cleared", "cleared", "stock",
    "late", "pending",
)  # fmt: skip


class Rule(NamedTuple):
    """A constraint: the sum of `less` is at most the sum of `more` minus `apart`."""

    less: tuple[Cell, ...]
    more: tuple[Cell, ...]
    apart: int = 0


def linked_families(editions: Sequence[CountHistory]) -> list[list[Cell]]:
    """Families of linked cells: those of a group of villages and of the zones that it touches."""
    members: dict[str, list[Cell]] = {}
    ties = nx.Graph()
    for number, (counts, zones, *_) in enumerate(editions):
        groups = {key.split(":")[0] for key in counts if not key.startswith(_APART)}
        heads = {code: group for group in groups for code in group.split("+")}
        for key in counts:
            members.setdefault(_family(key, heads), []).append((number, key))
        for zone, link in zones.items():
            nx.add_star(ties, (f"zone:{zone}", *link.whole, *(link.touched or ())))
    ties.add_nodes_from(members)
    together = [sorted(names) for names in nx.connected_components(ties)]
    return [[cell for name in names for cell in members.get(name, [])] for names in together]


def _family(key: str, heads: Mapping[str, str]) -> str:
    kind, name, *_ = key.split(":")
    if kind == "gap":
        return heads.get(name, name)
    return f"{kind}:{name}" if kind == "zone" else kind


def is_settled(edition: CountHistory, key: str) -> bool:
    """Whether an official verdict states the count by itself: 0 homes in a zone or village."""
    kind, zone, *name = key.split(":")
    link = edition.zones.get(zone) if kind == "zone" else None
    low, high = edition.known.get(key, ANY)
    return low == high or (link is not None and name[0] in NOBODY.get(link.verdict, ()))


def counting_rules(
    cells: Sequence[Cell], editions: Sequence[CountHistory], current: RoundingRule
) -> list[Rule]:
    """The constraints between the `cells` of a family."""
    found = [*_of_whole(cells, editions), *_of_change(cells, editions, current)]
    known = set(cells)
    for number, edition in enumerate(editions):
        for zone, link in edition.zones.items():
            if any((number, f"zone:{zone}:{name}") in known for name in CELLS):
                found += _of_zone(_Zone(number, zone, edition), link, edition.rule or current)
    return found


def _of_change(
    cells: Sequence[Cell], editions: Sequence[CountHistory], current: RoundingRule
) -> Iterator[Rule]:
    """A count that is published anew has changed in that direction.

    One that another rule rounds to a value of its own may not have changed at all: the reader is
    granted that it has not, where both values allow it.
    """
    for number, key in cells:
        now, value = (number, key), editions[number].counts[key]
        found = _rounded_otherwise(now, editions, current)
        if found is not None:
            then, continued = found
            (low, high), (least, most) = (
                count_limits(cell, editions, current) for cell in (then, now)
            )
            if value != continued and least <= high and low <= most:
                yield from (Rule((then,), (now,)), Rule((now,), (then,)))
            continue
        if not number:
            continue
        before, then = editions[number - 1].counts.get(key), (number - 1, key)
        same = editions[number - 1].known.get(key, ANY) == editions[number].known.get(key, ANY)
        if before is not None and before != value and same:
            yield Rule((then,), (now,), 1) if value > before else Rule((now,), (then,), 1)


def _rounded_otherwise(
    cell: Cell, editions: Sequence[CountHistory], current: RoundingRule
) -> tuple[Cell, int | None] | None:
    """Where the count was last published, if by another rule, and the value that continues it.

    None: it was not published before, or by the same rule. Only the next edition continues it.
    """
    number, key = cell
    last = next((n for n in reversed(range(number)) if key in editions[n].counts), None)
    rule = editions[number].rule or current
    if last is None or (editions[last].rule or current).hysteresis == rule.hysteresis:
        return None
    if last < number - 1:
        return (last, key), None
    least = editions[number].known.get(key, ANY)[0]
    return (last, key), max(rule.rounded(editions[last].counts[key]), rule.floor(least))


def _of_whole(cells: Sequence[Cell], editions: Sequence[CountHistory]) -> Iterator[Rule]:
    """Pending and converted households are disjoint parts of all; gaps are parts of pending."""
    known = set(cells)
    for number in sorted({number for number, _ in cells}):
        keys = [key for edition, key in cells if edition == number]
        heads = {key.rpartition(":")[0] for key in keys if not key.startswith(_APART)}
        for head in sorted(heads):
            parts = tuple(
                cell for cell in ((number, f"{head}:{name}") for name in _PARTS) if cell in known
            )
            whole = (number, f"{head}:households")
            done = editions[number].official.get(f"{head}:completed", 0)
            if whole in known:
                yield Rule(parts, (whole,), done)
            pending = (number, f"{head}:pending")
            gaps = [key for key in keys if key.startswith("gap:")]
            mine = [key for key in gaps if key.split(":")[1] in head.split("+")]
            if mine and pending in known:
                yield Rule(tuple((number, key) for key in mine), (pending,))


class _Zone(NamedTuple):
    """A zone of the edition `number`."""

    number: int
    zone: str
    edition: CountHistory

    def shown(self, keys: Sequence[str]) -> tuple[Cell, ...]:
        """The published counts among `keys`."""
        return tuple((self.number, key) for key in keys if key in self.edition.counts)

    def cells(self, names: Sequence[str]) -> tuple[Cell, ...]:
        """The published counts of the zone itself."""
        return self.shown([f"zone:{self.zone}:{name}" for name in names])

    def told(self, names: Sequence[str], link: ZoneLink) -> bool:
        """Whether all of these counts of the zone are published, or stated by the verdict."""
        withheld = set(names) - set(NOBODY.get(link.verdict, ()))
        return len(self.cells(sorted(withheld))) == len(withheld)


def _of_zone(zone: _Zone, link: ZoneLink, rule: RoundingRule) -> Iterator[Rule]:
    """Constraints of a zone and its villages; pending homes are not cleared."""
    pending = zone.shown([f"{key}:pending" for key in link.whole])
    inside = zone.cells(("inside",))
    if inside:
        yield Rule(zone.cells(INSIDE), inside)
    if inside and zone.told(INSIDE, link):
        yield Rule(inside, zone.cells(INSIDE))
    if inside and zone.told(("undecidable",), link):
        homes = zone.shown([f"{key}:households" for key in link.whole])
        yield Rule(homes, (*inside, *zone.cells(("undecidable",))))
    if link.touched is not None:
        homes = zone.shown([f"{key}:households" for key in link.touched])
        silent = (len(link.touched) - len(homes)) * (rule.least - 1)
        yield Rule(zone.cells(INSIDE), homes, -silent)
        yield Rule(inside, homes, -silent)
        yield Rule((*zone.cells(("cleared",)), *pending), homes, -silent)
    if zone.told(CELLS, link):
        homes = zone.shown([f"{key}:households" for key in link.whole])
        yield Rule(homes, zone.cells(CELLS))
    if zone.told(CELLS[1:], link):
        yield Rule(pending, zone.cells(CELLS[1:]))


class NarrowCount(NamedTuple):
    """A count that can be bounded too closely, to `low`..`high`."""

    edition: int
    key: str
    low: float
    high: float


def find_narrow_in_family(
    cells: Sequence[Cell], editions: Sequence[CountHistory], current: RoundingRule
) -> list[NarrowCount]:
    """The linked `cells` that can be bounded to fewer homes than their rule's `hysteresis`."""
    ranges = reckon_ranges(cells, editions, current)
    return [
        NarrowCount(*cell, low, high)
        for cell, (low, high) in ranges.items()
        if not is_settled(editions[cell[0]], cell[1])
        and not high - low >= (editions[cell[0]].rule or current).hysteresis  # NaN: contradictory
    ]


def reckon_ranges(
    cells: Sequence[Cell],
    editions: Sequence[CountHistory],
    current: RoundingRule,
    wanted: Sequence[Cell] | None = None,
) -> dict[Cell, tuple[float, float]]:
    """The smallest and largest value of each of `wanted`; NaN if the rules are contradictory.

    cells: Cells of one family. wanted: Some of them; None: all.
    """
    limits = {cell: count_limits(cell, editions, current) for cell in cells}
    binding = [one for one in counting_rules(cells, editions, current) if _binds(one, limits)]
    tied = sorted({cell for rule in binding for cell in (*rule.less, *rule.more)})
    programme = _Programme(tied, [limits[cell] for cell in tied], binding) if tied else None
    return {
        cell: programme.range_of(cell) if programme and cell in programme else limits[cell]
        for cell in (cells if wanted is None else wanted)
    }


def _binds(rule: Rule, limits: Mapping[Cell, Limits]) -> bool:
    """Whether the rule can be violated within the limits."""
    most, least = (
        sum(limits[cell][1] for cell in rule.less),
        sum(limits[cell][0] for cell in rule.more),
    )
    return most > least - rule.apart


def count_limits(cell: Cell, editions: Sequence[CountHistory], current: RoundingRule) -> Limits:
    """The bounds of a count from its published value and other public statements.

    A value that was just set reveals more than one that was held.
    """
    number, key = cell
    edition = editions[number]
    if is_settled(edition, key):
        return 0, 0
    rule, value = edition.rule or current, edition.counts[key]
    least, most = edition.known.get(key, ANY)
    otherwise = _rounded_otherwise(cell, editions, current)
    before = editions[number - 1].counts.get(key) if number else None
    continued = otherwise[1] if otherwise else before
    slack = max(rule.hysteresis - 1, 0) if value == continued else 0
    low = least if value <= rule.floor(least) else rule.low(value) - slack
    high = rule.high(value) + slack
    if otherwise and continued is not None and value != continued:  # it moved, from what was shown
        shown = editions[number - 1].counts[key]
        low = max(low, shown + rule.hysteresis) if value > continued else low
        high = min(high, shown - rule.hysteresis) if value < continued else high
    return max(low, least, 0), high if most is None else min(high, most)


class _Programme:
    """Linear programme of a family: cells are columns, rules are rows; solved for each cell."""

    def __init__(
        self, cells: Sequence[Cell], limits: Sequence[tuple[int, int]], known: Sequence[Rule]
    ) -> None:
        self._place = {cell: number for number, cell in enumerate(cells)}
        low, high = np.array(limits, dtype=float).T
        self._solver = highspy.Highs()
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("threads", 1)
        self._solver.addVars(len(cells), low, high)
        for rule in known:
            self._add(rule)

    def _add(self, rule: Rule) -> None:
        columns = [self._place[cell] for cell in (*rule.less, *rule.more)]
        signs = [1.0] * len(rule.less) + [-1.0] * len(rule.more)
        index = np.array(columns, np.int32)
        most = -float(rule.apart)
        self._solver.addRow(-highspy.kHighsInf, most, len(columns), index, np.array(signs))

    def __contains__(self, cell: Cell) -> bool:
        return cell in self._place

    def range_of(self, cell: Cell) -> tuple[float, float]:
        """The smallest and largest value of the cell; NaN if the rules are contradictory."""
        low, high = (self._least(self._place[cell], sign) for sign in (1.0, -1.0))
        return low, high

    def _least(self, column: int, sign: float) -> float:
        self._solver.changeColCost(column, sign)
        self._solver.run()
        solved = self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        worth = self._solver.getInfo().objective_function_value
        self._solver.changeColCost(column, 0.0)
        return sign * worth if solved else float("nan")


def withhold_until_safe(counts: Counts) -> list[str]:
    """Coarsen or withhold `counts` until no count can be bounded too closely.

    What earlier editions already reveal by themselves cannot be undone and is ignored.

    Returns:
        The keys of the withheld counts.
    """
    withheld: list[str] = []
    editions = [*counts.past.told, counts.published()]
    for cells in linked_families(editions):
        own = [key for number, key in cells if number == len(editions) - 1]
        if own:
            withheld += _settle_family(cells, own, counts)
    return sorted(withheld)


def published_ranges(counts: Counts, keys: Container[str]) -> dict[str, tuple[float, float]]:
    """The smallest and largest value of published counts by key, given everything published.

    keys: The counts of interest; unpublished ones have no range.
    """
    editions = [*counts.past.told, counts.published()]
    found: dict[str, tuple[float, float]] = {}
    for cells in linked_families(editions):
        own = [cell for cell in cells if cell[0] == len(editions) - 1 and cell[1] in keys]
        if own:
            ranges = reckon_ranges(cells, editions, counts.rule, own)
            found |= {key: limits for (_, key), limits in ranges.items()}
    return found


def _settle_family(cells: Sequence[Cell], own: Sequence[str], counts: Counts) -> list[str]:
    """Withhold counts of a family until it is safe, then try to restore some."""
    family = _Family([cell for cell in cells if cell[0] < len(counts.past.told)], own, counts)
    given: dict[str, PublishedCount] = {}
    waiting = (
        sorted(own, key=lambda key: _order_of_giving_up(key, counts)) if family.tells() else []
    )
    for key in waiting:
        if not family.tells():
            break
        shown = counts.memory[key]
        for step in range(1, _ROUGHER + 1 if key.endswith(":households") else 0):
            counts.memory[key] = PublishedCount(
                shown.published + step * counts.rule.step, shown.true
            )
            if not family.tells():
                break
        else:
            given[key] = shown
            counts.withhold(key)
    for key, shown in reversed(given.items()):
        counts.memory[key] = shown
        if family.tells():
            counts.withhold(key)
    return [key for key in given if key not in counts.memory]


class _Family:
    """Linked counts of the earlier editions and of this one."""

    def __init__(self, before: Sequence[Cell], own: Sequence[str], counts: Counts) -> None:
        self._before, self._own, self._counts = before, own, counts

    @cached_property
    def _known(self) -> set[Cell]:
        """The counts that the earlier editions reveal by themselves."""
        past = self._counts.past.told
        return {one[:2] for one in find_narrow_in_family(self._before, past, self._counts.rule)}

    def tells(self) -> bool:
        """Whether some count can be bounded too closely at present."""
        past, now = self._counts.past.told, self._counts.memory
        cells = [*self._before, *((len(past), key) for key in self._own if key in now)]
        found = find_narrow_in_family(cells, [*past, self._counts.published()], self._counts.rule)
        return bool(found) and not {one[:2] for one in found} <= self._known


def _order_of_giving_up(key: str, counts: Counts) -> tuple[int, int, str]:
    """The order in which counts are withheld; of equal rank the smaller first."""
    names = (key.partition(":")[0], key.rpartition(":")[2])
    rank = min(_ORDER.index(name) for name in names if name in _ORDER)
    return rank, counts.memory[key].published, key
