"""What anybody can work out who keeps every public edition: bytes and published rules, no more.

Nothing of gis is imported here, and nothing of a folder is read but its public part.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import highspy
import numpy as np
import shapely
from pyproj import Transformer

STEP, MOVE, LEAST = 10, 5, 11  # as the count note of each page tells
KEYS = ("code", "village_code", "zone_id", "gap_id", "unit_code", "key", "layer", "id", "path")
# What is official and exact: tasks and completions, of whatever unit, and verdicts of zones.
OFFICIAL = re.compile(
    r"(targets|villages)\[\]\.(target|batch|batch_done|completed|months|batch_months|remaining"
    r"|rate_needed|forecast_low|forecast_high)(\[\])?$|csv\[\]\.(batch|completed)$"
    r"|features\[\]\.properties\.(batch|completed)$|zones\[\]\.verdict$"
)
DERIVED = re.compile(r"outputs\[\]\.(sha256|bytes)$|\.seal$")
Cells = dict[str, Any]


def cells(public: Path) -> Cells:
    """Each cell of each file, by file and place; a row is named by its key, not its number."""
    found: Cells = {}
    for path in sorted(public.rglob("*")):
        if path.is_file():
            name = path.relative_to(public).as_posix()
            for place, value in _file(path):
                found[f"{name}: {place}"] = value
    return found


def payload(page: Path) -> dict[str, Any]:
    """The data a page carries."""
    return json.loads(_PAYLOAD.search(page.read_text("utf-8"))[1])  # type: ignore[index]


_PAYLOAD = re.compile(r'<script type="application/json" id="edition">(.*?)</script>', re.DOTALL)


def _file(path: Path) -> Iterator[tuple[str, Any]]:
    text = path.read_bytes().decode("utf-8-sig", errors="surrogateescape")
    if path.suffix == ".html" and (data := _PAYLOAD.search(text)):
        yield "markup", text[: data.start(1)] + text[data.end(1) :]
        yield from _walk("", json.loads(data[1]))
    elif path.suffix in (".json", ".geojson"):
        yield from _walk("", json.loads(text))
    elif path.suffix == ".csv":
        rows = list(csv.DictReader(io.StringIO(text)))
        yield from _walk("csv", rows)
    else:
        yield "markup", text


def _walk(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(f"{place}.{key}", inner)
    elif isinstance(value, list) and place.endswith("coordinates"):
        yield place, json.dumps(value)
    elif isinstance(value, list):
        names = [_named(at, inner) for at, inner in enumerate(value)]
        yield f"{place} order", tuple(names)
        for name, inner in zip(names, value, strict=True):
            yield from _walk(f"{place}[{name}]", inner)
    else:
        yield place, value


def _named(at: int, row: Any) -> str:
    """The key of a row in a list; its number where it has none."""
    told = {**row, **row.get("properties", {})} if isinstance(row, dict) else {}
    parts = [str(told[key]) for key in (*KEYS, "mode", "part") if told.get(key)]
    return "/".join(parts[:3]) if parts else str(at)


def kind(place: str) -> str:
    """What a cell is, whichever row it stands in."""
    return re.sub(r"\[[^\]]*\]", "[]", place)


def differing(one: Cells, other: Cells) -> list[str]:
    """The places of cells that two editions do not share; files' hashes, which follow, left out."""
    places = (place for place in one.keys() | other.keys()
              if one.get(place, _NONE) != other.get(place, _NONE))  # fmt: skip
    return sorted(place for place in places if not DERIVED.search(kind(place)))


_NONE = object()


def official(place: str) -> bool:
    """Whether the cell is a figure that the office owes the public, exact."""
    return OFFICIAL.search(re.sub(r"^[^:]*: \.?", "", kind(place))) is not None


class Known(NamedTuple):
    """What is known of a count in an edition: of whom, what, between which numbers."""

    edition: int
    unit: str
    count: str
    low: int
    high: int


def bounded(editions: list[Path]) -> list[Known]:
    """The narrowest range of each unknown count that all editions together leave."""
    told = [payload(public / "index.html") for public in editions]
    model = _Model(told, zones=True)
    if not model.possible():  # what was guessed of zones does not hold here
        model = _Model(told, zones=False)
    return [Known(*name, *model.range(at)) for name, at in model.columns.items()]


class _Model:
    """All that is published of counts, as a linear programme."""

    def __init__(self, editions: list[dict[str, Any]], *, zones: bool) -> None:
        self.columns: dict[tuple[int, str, str], int] = {}
        self._told: dict[tuple[str, str], Any] = {}
        self._fresh: dict[tuple[str, str], int] = {}
        self._highs = highspy.Highs()
        self._highs.setOptionValue("output_flag", False)
        for at, edition in enumerate(editions):
            for village in edition["villages"]:
                self._village(at, village)
            for zone in edition["zones"]:
                self._zone(at, zone)
            if zones:
                self._same(at, edition)

    def possible(self) -> bool:
        """Whether there are counts of which all of it could be told."""
        self._highs.run()
        return self._highs.getModelStatus() == highspy.HighsModelStatus.kOptimal

    def range(self, column: int) -> tuple[int, int]:
        """Least and greatest whole number the column can be."""
        ends = []
        self._highs.changeColCost(column, 1.0)
        for sense in (highspy.ObjSense.kMinimize, highspy.ObjSense.kMaximize):
            self._highs.changeObjectiveSense(sense)
            assert self.possible(), "what is published contradicts itself"
            ends.append(self._highs.getInfo().objective_function_value)
        self._highs.changeColCost(column, 0.0)
        return math.ceil(ends[0] - 1e-6), math.floor(ends[1] + 1e-6)

    def _row(self, low: float, high: float, terms: dict[int, float]) -> None:
        self._highs.addRow(low, high, len(terms), list(terms), list(terms.values()))

    def _blurred(self, at: int, unit: str, count: str, told: float, least: float = 0) -> int:
        """A rounded count: exactly so when it is told anew, else less than a move from that."""
        half, name, column = STEP // 2, (unit, count), len(self.columns)
        before, self._told[name] = self._told.get(name), told
        slack = MOVE - 1 if before == told else 0
        low = told - half + 1 - slack if told else 0
        self._highs.addVar(float(max(low, least)), float(told + half + slack))
        self.columns[(at, *name)] = column
        if before not in (None, told) and self._fresh.get(name) == at - 1:
            moved = {column: 1.0, self.columns[(at - 1, *name)]: -1.0}
            self._row(*((MOVE, math.inf) if told > before else (-math.inf, -MOVE)), moved)
        if before != told:
            self._fresh[name] = at
        return column

    def _village(self, at: int, village: dict[str, Any]) -> None:
        """Those still on coal, and those done this year, late or before, are different homes."""
        if village["households"] is None:
            return
        unit, parts = village["code"], []
        for name in ("pending", "late", "stock"):
            computed = village["status"] not in _DECIDED  # a ruling stands, coal or none
            left = name == "pending" and computed and village["approach"] not in _SILENT
            nobody = name == "pending" and village["approach"] == "done" and not village["merged"]
            if village[name] is not None and not nobody:
                parts.append(self._blurred(at, unit, name, village[name], left))
        homes = self._blurred(at, unit, "households", village["households"], LEAST)
        terms = {homes: 1.0} | dict.fromkeys(parts, -1.0)
        self._row(village["completed"] or 0, math.inf, terms)

    def _zone(self, at: int, zone: dict[str, Any]) -> None:
        for name in ("cleared", "not_cleared", "unknown", "undecidable"):
            if zone[name] is not None and name not in _NOBODY.get(zone["verdict"], ()):
                self._blurred(at, zone["zone_id"], name, zone[name])

    def _same(self, at: int, edition: dict[str, Any]) -> None:
        """A zone of whole villages holds just their homes, and their coal is not cleared."""
        drawn = {one["properties"]["zone_id"] for one in edition["geometry"]["zones"]["features"]}
        for zone in edition["zones"]:
            unit, verdict = zone["zone_id"], zone["verdict"]
            of = [village for village in edition["villages"] if village["zone_id"] == unit]
            homes = [self.columns.get((at, village["code"], "households")) for village in of]
            pending = [self.columns.get((at, village["code"], "pending")) for village in of]
            names = ("cleared", "not_cleared", "unknown")
            parts = [self.columns.get((at, unit, name)) for name in names
                     if name not in _NOBODY.get(verdict, ())]  # fmt: skip
            whole = unit not in drawn and of and not any(village["merged"] for village in of)
            if not whole or None in homes or None in parts:
                continue
            self._row(0, 0, dict.fromkeys(homes, 1.0) | dict.fromkeys(parts, -1.0))
            open_ = {one: 1.0 for one in parts[1:] if one is not None}
            burning = {one: -1.0 for one in pending if one is not None}
            self._row(0, math.inf, open_ | burning)


_SILENT = ("done", "", "unpublished", "no_data")  # routes that do not say that coal is left
_DECIDED = ("approved", "published")
_NOBODY = {"cleared": ("not_cleared", "unknown"), "unconfirmed": ("not_cleared",)}


def vertices(public: Path) -> Iterator[tuple[str, str, float, float]]:
    """Each vertex of each drawn thing: its file and layer, its unit, and where it is in metres."""
    for layer, unit, shape in drawn(public):
        for x, y in shapely.get_coordinates(shape):
            yield layer, unit, x, y


def polygons(public: Path) -> Iterator[tuple[str, str, Any]]:
    """Each part of each drawn area, with its file and layer, and its unit; metres."""
    for layer, unit, shape in drawn(public):
        for part in shapely.get_parts(shape):
            if part.geom_type == "Polygon" and not layer.endswith("zones"):
                yield layer, unit, part


def drawn(public: Path) -> Iterator[tuple[str, str, Any]]:
    """Each drawn thing, with its file and layer, and its unit; metres."""
    for path in sorted(public.rglob("*")):
        if path.suffix == ".html" and _PAYLOAD.search(path.read_text("utf-8")):
            layers = payload(path).get("geometry", {})
        elif path.suffix == ".geojson":
            layers = {"data": json.loads(path.read_text("utf-8"))}
        else:
            continue
        for layer, collection in layers.items():
            for feature in collection["features"]:
                told = feature["properties"]
                unit = str(told.get("village_code") or told.get("code") or "")
                if feature["geometry"]:
                    shape = shapely.from_geojson(json.dumps(feature["geometry"]))
                    yield f"{path.name}: {layer}", unit, shapely.transform(shape, _metres)


def _metres(degrees: Any) -> Any:
    return np.column_stack(_TO_METRES.transform(degrees[:, 0], degrees[:, 1]))


_TO_METRES = Transformer.from_crs(4490, 4546, always_xy=True)


def numbers(found: Cells) -> Iterator[tuple[str, float]]:
    """Every number that is told, as a number or within a text."""
    for place, value in found.items():
        if isinstance(value, bool) or "geometry" in place or "markup" in place or ".codes" in place:
            continue
        if isinstance(value, int | float):
            yield place, float(value)
        elif isinstance(value, str):
            for text in re.findall(r"(?<![\d.-])\d+\.\d+(?![\d.-])", value):
                yield place, float(text)
