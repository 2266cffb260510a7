"""A neighbour with every edition: what can be reckoned from the public rows alone.

Knows the rules that the pages state (rounding, when a count moves, whom villages are counted with),
and arithmetic: subtracts, and bounds by linear programme. Shares nothing with what it attacks but
the rows of the public edition.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import linprog

from gis.pages.model import Edition

STEP, MOVE, LEAST = 10, 5, 11
BLURRED = ("households", "pending", "late", "stock")
CELLS = ("cleared", "not_cleared", "unknown", "undecidable")
CITY = ""
Cell = tuple[int, str, str]  # edition, village or zone, what


class Found(NamedTuple):
    """A number of homes that lies closer than the rule says: from `low` to `high`."""

    cell: Cell
    low: float
    high: float


def reckoned(editions: Sequence[Edition]) -> list[Found]:
    """Every blurred count that can be bounded to fewer than `MOVE` homes."""
    limits = dict(_limits(editions))
    places = {cell: at for at, cell in enumerate(limits)}
    rows, most = [], []
    for less, more, apart in _rules(editions, limits):
        row = np.zeros(len(places))
        for cell in less:
            row[places[cell]] += 1
        for cell in more:
            row[places[cell]] -= 1
        rows.append(row)
        most.append(-apart)
    found = []
    for cell, at in places.items():
        if limits[cell][0] == limits[cell][1]:
            continue  # an official statement
        goal = np.zeros(len(places))
        goal[at] = 1.0
        ends = []
        for sign in (1.0, -1.0):
            solved = linprog(sign * goal, np.array(rows) if rows else None, most or None,
                             bounds=list(limits.values()))  # fmt: skip
            ends.append(sign * solved.fun if solved.status == 0 else sign * -np.inf)
        if ends[1] - ends[0] < MOVE:
            found.append(Found(cell, *ends))
    return found


def _limits(editions: Sequence[Edition]) -> Iterator[tuple[Cell, tuple[float, float | None]]]:
    before: dict[tuple[str, str], Any] = {}
    for number, edition in enumerate(editions):
        for place, name, value, floor in _said(edition):
            known = before.get((place, name))
            spread = MOVE - 1 if known == value else 0
            before[place, name] = value
            low = (
                max(value - MOVE + 1 - spread, floor) if value > -(-floor // STEP) * STEP else floor
            )
            yield (number, place, name), (low, value + MOVE + spread)
        for place, name in _nobody(edition):
            yield (number, place, name), (0, 0)


def _said(edition: Edition) -> Iterator[tuple[str, str, int, int]]:
    """Place, what, its published value, and what is known from below."""
    for village in edition.villages:
        for name in BLURRED:
            if village[name] is not None and not (name == "pending" and _done(village, edition)):
                floor = LEAST if name == "households" else 0
                computed = village["status"] not in ("approved", "published")
                said = computed and village["approach"] not in ("done", "unpublished")
                left = name == "pending" and said
                if name == "households":
                    floor = max(floor, village["completed"] or 0)
                yield village["code"], name, village[name], 1 if left else floor
    for zone in edition.zones:
        silent = {name for _, name in _nobody_in(zone)}
        for name in CELLS:
            if zone[name] is not None and name not in silent:
                yield zone["zone_id"], name, zone[name], 0
    yield from _said_of_city(edition)


def _said_of_city(edition: Edition) -> Iterator[tuple[str, str, int, int]]:
    for gap in edition.gaps:
        yield gap["village_code"], f"gap {gap['kind']}", gap["households"], LEAST
    totals = {"gaps": edition.gap_homes}
    totals |= {f"route {route}": homes for route, homes in edition.route_homes.items()}
    yield from ((CITY, name, homes, 0) for name, homes in totals.items() if homes is not None)


def _done(village: Any, edition: Edition) -> bool:
    """Whether a village is said to be done that counts for itself, or all it is counted with."""
    return village["approach"] == "done" and village["pending"] == 0


def _nobody(edition: Edition) -> Iterator[tuple[str, str]]:
    for village in edition.villages:
        if village["pending"] is not None and _done(village, edition):
            yield village["code"], "pending"
    for zone in edition.zones:
        yield from _nobody_in(zone)


def _nobody_in(zone: Any) -> Iterator[tuple[str, str]]:
    """What the verdict of a zone says by itself."""
    names = {"cleared": ("not_cleared", "unknown"), "unconfirmed": ("not_cleared",)}
    for name in names.get(zone["verdict"], ()):
        if zone[name] is not None:
            yield zone["zone_id"], name


def _rules(
    editions: Sequence[Edition], limits: dict[Cell, Any]
) -> Iterator[tuple[list[Cell], list[Cell], float]]:
    """The sum of the first is at most that of the second, less the number."""
    for number, edition in enumerate(editions):
        for village in edition.villages:
            here = {name: (number, village["code"], name) for name in BLURRED}
            if here["households"] in limits:
                parts = [here[name] for name in BLURRED[1:] if here[name] in limits]
                yield parts, [here["households"]], village["completed"] or 0
            gaps = [cell for cell in limits if cell[:2] == (number, village["code"])
                    and cell[2].startswith("gap")]  # fmt: skip
            if gaps and here["pending"] in limits:
                yield gaps, [here["pending"]], 0
        for name, parts in _totals(number, edition):
            if (number, CITY, name) in limits:
                yield parts, [(number, CITY, name)], 0
                yield [(number, CITY, name)], parts, 0
        yield from _moved(number, limits, editions)


def _totals(number: int, edition: Edition) -> Iterator[tuple[str, list[Cell]]]:
    yield "gaps", [(number, gap["village_code"], f"gap {gap['kind']}") for gap in edition.gaps]
    for route in edition.route_homes:
        yield (
            f"route {route}",
            [
                (number, village["code"], "households")
                for village in edition.villages
                if village["approach"] == route and village["households"] is not None
            ],
        )


def _moved(
    number: int, limits: dict[Cell, Any], editions: Sequence[Edition]
) -> Iterator[tuple[list[Cell], list[Cell], float]]:
    """A count that is told anew has gone that way."""
    if not number:
        return
    now = {(place, name): value for place, name, value, _ in _said(editions[number])}
    then = {(place, name): value for place, name, value, _ in _said(editions[number - 1])}
    for key in now.keys() & then.keys():
        cells = (number - 1, *key), (number, *key)
        known = [limits[cell][0] for cell in cells]
        if now[key] == then[key] or (key[1] == "pending" and 1 in known):
            continue
        less, more = cells if now[key] > then[key] else cells[::-1]
        yield [less], [more], 1


# That a village is done is an official statement. Its route and the homes of each route follow, and
# so do the routes of the small villages that are counted with it.
OF_DONE = {"approach", "pending", "reason", "clause", "device", "status"}
OFFICIAL = ("batch", "batch_done", "completed", "months", "batch_months")


def differing(one: Edition, other: Edition) -> list[tuple[str, str, Any, Any]]:
    """Where two editions of a day differ, the official figures apart: what, where, both values."""
    found = []
    turned = {
        mine["code"]
        for mine, theirs in zip(one.villages, other.villages, strict=True)
        if (mine["approach"] == "done") != (theirs["approach"] == "done")
    }
    for mine, theirs in zip(one.villages, other.villages, strict=True):
        follows = turned & {mine["code"], *mine["counted_with"]}
        official = OF_DONE & set(mine) if follows else set()
        found += [(name, mine["code"], mine[name], theirs[name])
                  for name in sorted(mine.keys() - official - set(OFFICIAL))
                  if mine[name] != theirs[name]]  # fmt: skip
    for mine, theirs in zip(one.zones, other.zones, strict=True):
        found += [(name, mine["zone_id"], mine[name], theirs[name]) for name in mine
                  if mine[name] != theirs[name]]  # fmt: skip
    rest = (
        set(vars(one)) - {"villages", "zones", "targets"} - ({"route_homes"} if turned else set())
    )
    return found + [(name, "", getattr(one, name), getattr(other, name)) for name in sorted(rest)
                    if getattr(one, name) != getattr(other, name)]  # fmt: skip
