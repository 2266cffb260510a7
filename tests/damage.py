"""Damages to a town: one cell, one column, one shape, one layer at a time, and pairs of them.

Each says which villages it may change; what it does to the answers is judged by `test_damage`.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import damaged_town
from damaged_town import GROUPS, A, B, C, D, Row, Tables
from shapely.geometry import GeometryCollection, LineString, MultiPoint, Point

from gis.layers.columns import LAYERS, TARGETS

EVERYONE = frozenset(GROUPS)
_DIGITS = "9" * 6000
_ABSURD = {
    "number": ("1e300", "-5", "许多", "nan"),
    "date": ("9999-12-31", "1900-01-01", "三月", "2024-02-30"),
    "choice": ("什么",),
    "bool": ("也许",),
    "code": ("12", _DIGITS, "140882009009"),
    "id": ("=1+1", _DIGITS),
    "text": ("=HYPERLINK(1)<script>", "长" * 500),
}
_HUGE = 1e300


@dataclass(frozen=True)
class Damage:
    """What is done to the rows of a town.

    layer, column   where; column "geometry" for its shape, "" for the layer as a whole
    row             its number as the file's program shows it; None: all rows
    touched         villages whose row in decisions.csv it may change
    also            other layers whose problems may name what it does
    sound           nothing is wrong with it: a name may be odd, and is shown as it is
    """

    name: str
    layer: str
    column: str
    row: int | None
    touched: frozenset[str]
    change: Callable[[Tables], None]
    also: tuple[str, ...] = ()
    sound: bool = False

    def tables(self) -> Tables:
        """The damaged town."""
        layers = copy.deepcopy(damaged_town.tables())
        self.change(layers)
        return layers


def singles() -> Iterator[Damage]:
    """Every damage of one thing."""
    for layer, rows in damaged_town.tables().items():
        dice = random.Random(layer)
        for column in (name for name in rows[0] if name != "geometry"):
            yield from _of_column(layer, column, rows, dice)
        if "geometry" in rows[0]:
            yield from _of_shape(layer, rows, dice)
        yield Damage(f"{layer}: no rows", layer, "", None, EVERYONE, _emptied(layer))
        if layer in damaged_town.OPTIONAL or layer == "targets":
            yield Damage(f"{layer}: not there", layer, "", None, EVERYONE, _dropped(layer))


def pairs(number: int) -> Iterator[Damage]:
    """`number` damages of two things, always the same ones."""
    dice, each = random.Random(number), list(singles())
    while number:
        one, other = dice.sample(each, 2)
        if one.column and other.column:
            number -= 1
            touched = one.touched | other.touched
            yield Damage(f"{one.name} + {other.name}", one.layer, one.column, None, touched,
                         _both(one.change, other.change), (other.layer,),
                         one.sound and other.sound)  # fmt: skip


def _both(one: Callable[[Tables], None], other: Callable[[Tables], None]) -> Any:
    def change(layers: Tables) -> None:
        one(layers)
        other(layers)

    return change


def _of_column(layer: str, column: str, rows: list[Row], dice: random.Random) -> Iterator[Damage]:
    filled = [at for at, row in enumerate(rows) if row[column] != ""] or [0]
    at = dice.choice(filled)
    touched = _touched(layer, rows[at])

    def one(value: str) -> Callable[[Tables], None]:
        return lambda layers: layers[layer][at].__setitem__(column, value)

    def every(layers: Tables) -> None:
        for row in layers[layer]:
            row[column] = ""

    def gone(layers: Tables) -> None:
        for row in layers[layer]:
            del row[column]

    where = f"{layer}.{column}"
    number = row_number(layer, at)
    yield Damage(f"{where}: one blank", layer, column, number, touched, one(""))
    yield Damage(f"{where}: all blank", layer, column, None, EVERYONE, every)
    yield Damage(f"{where}: no column", layer, column, None, EVERYONE, gone)
    kind = _kind(layer, column)
    for value in _ABSURD[kind]:
        said = value if len(value) < 30 else f"{value[:5]}… ({len(value)})"
        sound = kind in ("id", "text")
        yield Damage(f"{where}: {said}", layer, column, number, touched, one(value), sound=sound)


def _of_shape(layer: str, rows: list[Row], dice: random.Random) -> Iterator[Damage]:
    at = dice.randrange(len(rows))
    shape = rows[at]["geometry"]
    x, y = shape.representative_point().coords[0]
    touched, number = _touched(layer, rows[at]), row_number(layer, at)
    odd = {
        "null": None,
        "a point": Point(x, y),
        "points": MultiPoint([(x, y), (x + 5, y)]),
        "a line": LineString([(x, y), (x + 50, y), (x + 50, y + 50)]),
        "label and shape": GeometryCollection([Point(x, y), shape]),
        "bow-tie": {"type": "Polygon", "coordinates": [[[x, y], [x + 50, y + 50], [x + 50, y],
                                                        [x, y + 50], [x, y]]]},
        "no ring": {"type": "Polygon", "coordinates": []},
        "huge": {"type": "Point", "coordinates": [_HUGE, y]},
        "far": Point(x + 9e5, y),
        "zero": Point(0, 0),
    }  # fmt: skip
    for name, put in odd.items():
        yield Damage(
            f"{layer}: {name}", layer, "geometry", number, touched,
            lambda layers, put=put: layers[layer][at].__setitem__("geometry", put),
        )  # fmt: skip

    def nowhere(layers: Tables) -> None:
        for row in layers[layer]:
            row["geometry"] = None

    yield Damage(f"{layer}: all null", layer, "geometry", None, EVERYONE, nowhere)


def _emptied(layer: str) -> Callable[[Tables], None]:
    return lambda layers: layers[layer].clear()


def _dropped(layer: str) -> Callable[[Tables], None]:
    return lambda layers: layers.pop(layer) and None


def row_number(layer: str, at: int) -> int:
    """The row as the file's program shows it: a heading comes first in a table."""
    return at + 2 if damaged_town.file_of(layer).endswith(".csv") else at + 1


def _kind(layer: str, column: str) -> str:
    return (TARGETS if layer == "targets" else LAYERS[layer]).by_name[column].kind


def _touched(layer: str, row: Row) -> frozenset[str]:
    """The villages that a row of the layer has to do with."""
    if layer == "heat_pipes":
        return EVERYONE  # how far the nearest main is, is said of each
    if layer == "targets":
        return frozenset(code for code in GROUPS if code.startswith(row["unit_code"]))
    code = row.get("village_code") or row.get("household_id", "")[:0]
    if layer in ("zone_rulings", "gas_coverage") or row.get("zone_id") == "Z2":
        return frozenset(GROUPS[C])
    if layer == "rulings":
        return frozenset(GROUPS[D])
    return frozenset(GROUPS[code or A] | GROUPS[B] if not code else GROUPS[code])
