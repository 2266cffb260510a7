"""How published counts go with each other: what anybody knows besides the values themselves.

Parts are no more than their whole, official figures among them, a count that was published anew has
moved, and a zone and its villages count the same homes.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import networkx as nx

from gis.disclosure.rounding import ANY, Blur, Link, Published
from gis.disclosure.zone_counts import CELLS, INSIDE, NOBODY

_PARTS = ("pending", "late", "stock")
_APART = ("zone:", "gap:")
Cell = tuple[int, str]  # number of the edition, key of the count


class Rule(NamedTuple):
    """The sum of `less` is at most the sum of `more`, minus `apart`."""

    less: tuple[Cell, ...]
    more: tuple[Cell, ...]
    apart: int = 0


def families(editions: Sequence[Published]) -> list[list[Cell]]:
    """Cells that hang together: those of a group of villages and of the zones beside it."""
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


def settled(edition: Published, key: str) -> bool:
    """Whether an official verdict says by itself what the count is: nobody, in a zone or village."""
    kind, zone, *name = key.split(":")
    link = edition.zones.get(zone) if kind == "zone" else None
    low, high = edition.known.get(key, ANY)
    return low == high or (link is not None and name[0] in NOBODY.get(link.verdict, ()))


def rules(cells: Sequence[Cell], editions: Sequence[Published], blur: Blur) -> list[Rule]:
    """What holds between the `cells` of a family."""
    found = [*_of_whole(cells, editions), *_of_change(cells, editions)]
    known = set(cells)
    for number, edition in enumerate(editions):
        for zone, link in edition.zones.items():
            if any((number, f"zone:{zone}:{name}") in known for name in CELLS):
                found += _of_zone(_Zone(number, zone, edition), link, blur)
    return found


def _of_change(cells: Sequence[Cell], editions: Sequence[Published]) -> Iterator[Rule]:
    """A count that is published anew has moved that way."""
    for number, key in cells:
        if not number:
            continue
        before, value = editions[number - 1].counts.get(key), editions[number].counts[key]
        now, then = (number, key), (number - 1, key)
        same = editions[number - 1].known.get(key, ANY) == editions[number].known.get(key, ANY)
        if before is not None and before != value and same:
            yield Rule((then,), (now,), 1) if value > before else Rule((now,), (then,), 1)


def _of_whole(cells: Sequence[Cell], editions: Sequence[Published]) -> Iterator[Rule]:
    """Pending and converted households are distinct parts of all; gaps are parts of pending."""
    known = set(cells)
    for number in sorted({number for number, _ in cells}):
        keys = [key for edition, key in cells if edition == number]
        heads = {key.rpartition(":")[0] for key in keys if not key.startswith(_APART)}
        for head in sorted(heads):
            parts = _there(number, (f"{head}:{name}" for name in _PARTS), known)
            whole = (number, f"{head}:households")
            done = editions[number].official.get(f"{head}:completed", 0)
            if whole in known:
                yield Rule(parts, (whole,), done)
            pending = (number, f"{head}:pending")
            gaps = [key for key in keys if key.startswith("gap:")]
            mine = [key for key in gaps if key.split(":")[1] in head.split("+")]
            if mine and pending in known:
                yield Rule(tuple((number, key) for key in mine), (pending,))


def _there(number: int, keys: Iterable[str], known: Container[Cell]) -> tuple[Cell, ...]:
    return tuple((number, key) for key in keys if (number, key) in known)


class _Zone(NamedTuple):
    """A zone of the edition `number`."""

    number: int
    zone: str
    edition: Published

    def shown(self, keys: Sequence[str]) -> tuple[Cell, ...]:
        """Those of `keys` that are published."""
        return tuple((self.number, key) for key in keys if key in self.edition.counts)

    def cells(self, names: Sequence[str]) -> tuple[Cell, ...]:
        """Those of the zone's own counts that are published."""
        return self.shown([f"zone:{self.zone}:{name}" for name in names])

    def told(self, names: Sequence[str], link: Link) -> bool:
        """Whether all of the zone's own counts are published, or said by the verdict."""
        withheld = set(names) - set(NOBODY.get(link.verdict, ()))
        return len(self.cells(sorted(withheld))) == len(withheld)


def _of_zone(zone: _Zone, link: Link, blur: Blur) -> Iterator[Rule]:
    """A zone and its villages; homes that are pending are not cleared."""
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
        silent = (len(link.touched) - len(homes)) * (blur.least - 1)
        yield Rule(zone.cells(INSIDE), homes, -silent)
        yield Rule(inside, homes, -silent)
        yield Rule((*zone.cells(("cleared",)), *pending), homes, -silent)
    if zone.told(CELLS, link):
        homes = zone.shown([f"{key}:households" for key in link.whole])
        yield Rule(homes, zone.cells(CELLS))
    if zone.told(CELLS[1:], link):
        yield Rule(pending, zone.cells(CELLS[1:]))
