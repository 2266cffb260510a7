"""A town published month by month, and what an attacker makes of it, held against the truth."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import forked
import shapely
from disclosure import monthly_projects
from disclosure.file_attacker import (
    LEAST,
    MOVE,
    Cells,
    bounded,
    cells,
    differing,
    drawn,
    kind,
    numbers,
    official,
    polygons,
    vertices,
)
from disclosure.monthly_projects import Home, Town

DRAWN = 500_000.0  # m2: what is smaller was drawn around homes, not given as a border
POLICY = re.compile(r"\.unverified\[\d+\]\.(value|low|high)$")  # not of homes


@dataclass
class Siege:
    """What was tried on a town, and what came of it."""

    editions: int = 0
    seen: int = 0  # cells
    changes: list[dict[str, Any]] = field(default_factory=list)  # one a single-home change
    narrow: list[str] = field(default_factory=list)
    shapes: list[str] = field(default_factory=list)
    exact: list[str] = field(default_factory=list)


def lay(folder: Path, seed: int, months: int, tries: int) -> Siege:
    """Publish a town for `months` months, `tries` changes beside every other."""
    place, out, found = monthly_projects.made(folder / "town", seed), folder / "maps", Siege()
    kept: list[Path] = []
    for at, day in enumerate(monthly_projects.DAYS[:months]):
        place = monthly_projects.live(place, day) if at else place
        before = folder / "before"
        if at % 2 and tries:
            shutil.copytree(out, before)
        publish(place, out, day)
        kept.append(folder / f"public-{at}")
        shutil.copytree(out / "public", kept[-1])
        base = cells(kept[-1])
        found.editions, found.seen = found.editions + 1, found.seen + len(base)
        _look(found, at, kept[-1], base, place.homes)
        for _ in range(tries if at % 2 else 0):
            found.changes.append(_one(place, folder, day, base))
        shutil.rmtree(before, ignore_errors=True)
    _bound(found, kept)
    return found


def publish(place: Town, out: Path, day: date) -> None:
    """The town as of `day`, into `out`."""
    monthly_projects.write(place, day)
    said = forked.nuantu("run", place.folder, "--out", out, "--as-of", day, log=place.folder.parent)
    assert said.code == 0, said.err[-2000:]


def _one(place: Town, folder: Path, day: date, base: Cells) -> dict[str, Any]:
    """A single home changes: which public cells show it."""
    homes, what, at = monthly_projects.changed(place.homes, place.dice, day)
    out = folder / "other"
    shutil.copytree(folder / "before", out)
    publish(place._replace(homes=homes), out, day)
    other = cells(out / "public")
    shutil.rmtree(out)
    done = _done(base, place.homes) ^ _done(other, homes)
    shown = [one for one in differing(base, other) if not official(one)]
    left = [one for one in shown if not any(code in one for code in done)]
    return {
        "kind": what, "day": str(day), "home": place.homes[at]["household_id"],
        "officials": len(differing(base, other)) - len(shown), "done": sorted(done),
        "shown": {one: [base.get(one), other.get(one)] for one in left},
    }  # fmt: skip


def _done(told: Cells, homes: list[Home]) -> set[str]:
    """Villages of enough homes that are said to be done."""
    sizes = Counter(home["village_code"] for home in homes)
    return {code for code, size in sizes.items() if size >= LEAST
            and told.get(f"index.html: .villages[{code}].approach") == "done"}  # fmt: skip


def _bound(found: Siege, kept: list[Path]) -> None:
    """Counts that all editions together tell more narrowly than a move."""
    for one in bounded(kept):
        if one.high - one.low < MOVE:
            found.narrow.append(f"{one.edition} {one.unit} {one.count} {one.low}..{one.high}")


def _look(found: Siege, at: int, public: Path, told: Cells, homes: list[Home]) -> None:
    """Shapes of few homes, vertices at a home, money and distances that are no round figures."""
    places = shapely.points([(home["x"], home["y"]) for home in homes])
    there = shapely.STRtree(places)
    for layer, unit, part in polygons(public):
        inside = len(there.query(part, predicate="intersects"))
        if part.area < DRAWN and inside < LEAST:
            found.shapes.append(f"{at} {layer} {unit}: {inside} homes in {part.area:.0f} m2")
    corners = shapely.points([(x, y) for _, _, x, y in vertices(public)])
    for corner, home in there.query(corners, "dwithin", 1.0).T:
        found.shapes.append(f"{at} {corners[corner]} is at {homes[home]['household_id']}")
    away = {round(home, 2) for home in shapely.distance(places, _main(public)).tolist()}
    for place, value in numbers(told):
        if value != round(value) and round(value, 2) in away and not POLICY.search(place):
            found.exact.append(f"{at} {place} {value} is the distance of a home")
        step = 10 if "cny" in place or place.endswith("_m") else 0
        if step and "unverified" not in place and value % step:
            found.exact.append(f"{at} {kind(place)} {value}")


def _main(public: Path) -> Any:
    """The mains that are drawn."""
    return shapely.union_all([shape for layer, _, shape in drawn(public) if "pipes" in layer])
