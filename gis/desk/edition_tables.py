"""An edition in numbers: exact beside public, and what changed since the edition before."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_COUNTS = ("households", "pending")
_SAID = ("approach", "status", *_COUNTS)


@dataclass(frozen=True)
class VillageInEditions:
    """One village: its exact counts, and what the public is told; "" for nothing."""

    code: str
    name: str
    approach: str
    households: int
    pending: int
    public_approach: str
    public_households: str
    public_pending: str


@dataclass(frozen=True)
class Changed:
    """One village that is decided or counted in another way than before."""

    name: str
    before: Mapping[str, str]
    after: Mapping[str, str]


def exact_and_public(out: Path) -> list[VillageInEditions]:
    """Every village of an edition, by its code; none where a table cannot be read."""
    exact, told = _decisions(out), _rows(out / "public" / "data" / "villages.csv")
    public = {row.get("village_code", ""): row for row in told}
    return [
        VillageInEditions(
            code,
            own["name"],
            own["approach"],
            int(own["households"]),
            int(own["pending"]),
            *(public.get(code, {}).get(key, "") for key in ("approach", *_COUNTS)),
        )
        for code, own in sorted(exact.items())
    ]


def changes_since(out: Path, before: Path) -> list[Changed]:
    """The villages whose route, status or counts differ between two editions.

    Args:
        out: The edition that stands.
        before: An earlier one.
    """
    now, then = _decisions(out), _decisions(before)
    nothing = {"name": "", **dict.fromkeys(_SAID, "")}
    found = []
    for code in sorted(now.keys() | then.keys()):
        one, other = then.get(code, nothing), now.get(code, nothing)
        if [one[key] for key in _SAID] != [other[key] for key in _SAID]:
            found.append(Changed(other["name"] or one["name"], one, other))
    return found


def _decisions(edition: Path) -> dict[str, dict[str, str]]:
    """Village → its name, routes, statuses and counts; those of its parts together."""
    found: dict[str, dict[str, str]] = {}
    for row in _rows(edition / "planner" / "decisions.csv"):
        code = row["village_code"]
        own = {"name": f"{row['township']}{row['village']}", **{key: row[key] for key in _SAID}}
        if code in found:
            for key in _COUNTS:
                own[key] = str(int(found[code][key]) + int(own[key]))
            for key in ("approach", "status"):
                own[key] = "+".join(dict.fromkeys([*found[code][key].split("+"), own[key]]))
        found[code] = own
    return found


def _rows(path: Path) -> Iterator[dict[str, str]]:
    if path.is_file():
        with path.open(encoding="utf-8-sig", newline="") as stream:
            yield from csv.DictReader(stream)
