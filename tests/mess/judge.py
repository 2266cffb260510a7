"""Whether what is published of a township is true, or a problem names what is not.

The judge knows the truth and the cells that were spoilt. Of the product it sees the figures and the
rows of problems.csv alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from counted import public
from mess.ledger import Ledger
from mess.truth import MODES, RESTS_ON, SUMS, Home

# the product's columns → those of the ledger
COLUMNS = {
    "household_id": "id", "village_code": "village", "heating": "heating", "conversion": "stage",
    "occupancy": "occupancy", "accepted_on": "accepted", "acceptance_result": "result",
    "acceptance_by": "by", "plan_year": "year", "floor_area_m2": "area", "heating_kwh": "kwh",
    "lon": "place", "lat": "place", "x": "place", "y": "place",
}  # fmt: skip
_ROUNDING = 1e-5  # of numbers that were written in other units
GROUPED = frozenset(["cells_blank", "cells_may_be_blank"])  # problems of all such cells of a file
PLACES = frozenset(["outside", "placed_elsewhere", "no_location", "location_swapped"])


class Said(NamedTuple):
    """A row of problems.csv."""

    code: str
    file: str
    sheet: str
    row: int | None
    column: str
    blocking: bool
    words: str


@dataclass
class Published:
    """What came out.

    villages  village code → figure → number
    exact     the same of the planner's pages
    public    village code → figure → number or None; merged; counted_with, the others of its group
    routes    village code → its route
    done      (township code, mode) → homes completed
    ids       (file, sheet, row) → the id that the home of this row got
    """

    villages: Mapping[str, Mapping[str, float]]
    exact: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    public: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    routes: Mapping[str, str] = field(default_factory=dict)
    done: Mapping[tuple[str, str], int] | None = None
    ids: Mapping[tuple[str, str, int], str] = field(default_factory=dict)


class Named(NamedTuple):
    """A home and the column that a problem names of it."""

    home: Home
    column: str
    code: str


def judge(ledger: Ledger, published: Published, problems: Iterable[Said]) -> list[str]:
    """What is wrong with what was published of a township, [] for nothing."""
    told = list(problems)
    town = ledger.town
    if town.missing and published.villages:
        return list(_of_missing(ledger, published, told))
    named = list(_named(ledger, told))
    wrong = [*_false_alarms(ledger, named), *_no_homes(ledger, told), *_ids(ledger, published)]
    wrong += [
        fault
        for village in town.villages
        for fault in (
            *_of_village(ledger, village, published, named),
            *_of_peak(ledger, village, published, named),
        )
    ]
    if published.villages:
        wrong += _unnamed(ledger, told)
    if published.done is not None:
        wrong += _of_township(ledger, published.done, named)
    return [f"{town.name} {ledger.form}: {one}" for one in wrong]


def _of_missing(ledger: Ledger, published: Published, told: list[Said]) -> Iterator[str]:
    town = ledger.town
    if not any(one.code == "township_without_ledger" and town.name in one.words for one in told):
        yield f"{town.name}: nobody says that its ledger is missing"
    for village in town.villages:
        route = published.routes.get(town.village_code(village), "no_data")
        if route != "no_data":
            yield f"{town.name}{village}: {route} without a ledger"


def _named(ledger: Ledger, told: list[Said]) -> Iterator[Named]:
    for one in told:
        column = "place" if one.code in PLACES else COLUMNS.get(one.column, one.column)
        for (file, sheet, row), home in ledger.places.items():
            here = (file, sheet) == (one.file, one.sheet) and home is not None
            if here and (column in home.lost if one.code in GROUPED else row == one.row):
                yield Named(home, column or "place", one.code)


def _false_alarms(ledger: Ledger, named: list[Named]) -> Iterator[str]:
    """Problems of homes that nothing is wrong with."""
    for home, column, code in named:
        if not home.lost and code not in ledger.quiet and (home.placed or column != "place"):
            yield f"{code} names home {home.number} ({column}), which is sound"


def _no_homes(ledger: Ledger, told: list[Said]) -> Iterator[str]:
    """Problems of rows that hold no home, and need not."""
    for one in told:
        place = (one.file, one.sheet, one.row or 0)
        if place in ledger.places and ledger.places[place] is None:
            yield f"{one.code} names row {one.row}, which is of no home"


def _ids(ledger: Ledger, published: Published) -> Iterator[str]:
    for place, home in ledger.places.items():
        if home and "id" not in home.lost and published.ids.get(place, home.key) != home.key:
            yield f"row {place[2]} became {published.ids[place]}, it is {home.key}"


def _unnamed(ledger: Ledger, told: list[Said]) -> Iterator[str]:
    """A village without rows that nobody names."""
    village = ledger.town.unlisted
    codes = ("village_without_ledger", "township_without_ledger")
    if village and not any(one.code in codes and village in one.words for one in told):
        yield f"nobody says that no row names {village}"


def _of_village(
    ledger: Ledger, village: str, published: Published, named: list[Named]
) -> Iterator[str]:
    code, truth = ledger.town.village_code(village), ledger.town.truth(village)
    own = set(ledger.town.of(village))
    for figure, true in truth.items():
        if figure not in published.villages.get(code, {}):
            continue
        said = published.villages[code][figure]
        touched = _touched(figure, named, own)
        if not _explained(figure, said - true, touched, own):
            yield f"{village} {figure}: {said:g} published, {true:g} true, {len(touched)} named"
        shown = published.exact.get(code, {}).get(figure, said)
        blank = shown is None and village == ledger.town.unlisted
        if shown != said and not blank:
            yield f"{village} {figure}: {said:g} in the tables, {shown} on the page"


def _of_peak(
    ledger: Ledger, village: str, published: Published, named: list[Named]
) -> Iterator[str]:
    """The peak of a village of which everything is known."""
    true = ledger.town.peak_kw(village)
    said = published.villages.get(ledger.town.village_code(village), {}).get("peak_kw")
    come = any(one.column == "village" for one in named)  # perhaps of other villages
    if None not in (true, said) and not come and abs(said - true) > 1e-3 * true:
        yield f"{village}: a peak of {said:g} kW published, {true:g} true"


def _touched(figure: str, named: list[Named], own: set[Home]) -> set[Home]:
    """The homes whose named cells a figure of a village rests on.

    They are of the village, or of another whose name could not be read.
    """
    return {
        one.home
        for one in named
        if one.column in RESTS_ON[figure]
        and one.home.lost
        and (one.home in own or one.column == "village")
    }


def _explained(figure: str, difference: float, touched: set[Home], own: set[Home]) -> bool:
    """Whether homes with a named cell account for a difference."""
    if figure in SUMS:  # what a named cell says is left out or taken in, and nothing else
        column = SUMS[figure]
        least = sum(getattr(home, column) or 0 for home in touched & own)
        most = sum(max(home.wrong.get(column, 0), 0) for home in touched & own)
        return -least - _ROUNDING <= difference <= most + _ROUNDING
    return abs(difference) <= len(touched)


def judge_public(published: Published) -> list[str]:
    """What the public page says otherwise than the planner's tables, rounded by the public rule."""
    wrong = []
    for code, row in published.public.items():
        group = [code, *row["counted_with"]]
        names = ("households", "pending", "completed", "late", "stock")
        exact = {name: int(sum(published.villages[one][name] for one in group)) for name in names}
        told = public(exact | {"batch": 0, "batch_done": 0})
        shown = {name: row[name] for name in names}
        if not row["merged"] and shown != {name: told[name] for name in names}:
            wrong.append(f"{code}: {shown} for the public, {told} by its rule")
        if row["merged"] and set(shown.values()) != {None}:
            wrong.append(f"{code}: counted elsewhere, and {shown}")
    return wrong


def _of_township(
    ledger: Ledger, done: Mapping[tuple[str, str], int], named: list[Named]
) -> Iterator[str]:
    true = ledger.town.completed()
    touched = {one.home for one in named if one.column in RESTS_ON["completed"] and one.home.lost}
    for mode in MODES:
        said = done.get((ledger.town.code, mode), 0)
        if abs(said - true[mode]) > len(touched):
            yield f"{mode}: {said} completed, {true[mode]} true, {len(touched)} named"
