"""What the public sees of each village's counts: small villages together, what remains rounded.

This year's task and its completions are official figures and public duty: exact, by village and
month. Every other count is the village's own number, rounded once, however many modes it has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from gis.disclosure.groups import Group
from gis.disclosure.rounding import Counts

if TYPE_CHECKING:
    import pandas as pd

    from gis.editions.run_results import Results

_OFFICIAL = ("batch", "completed")
_ROUNDED = ("late", "stock")
_EMPTY = dict.fromkeys(("households", "pending", "batch", "completed", "late", "stock"))


@dataclass(frozen=True)
class Redacted:
    """The published counts of one village; of villages counted together the head has them.

    counts   households, pending, batch, completed, late, stock
    months   completed by the end of each month, cumulative, exact
    batch_months  the same of the homes of this year's programme
    merged   counted under another village's name, or withheld: all counts are None
    group    the villages counted together, this one among them
    """

    counts: dict[str, int | None]
    months: list[int | None]
    batch_months: list[int | None]
    merged: bool
    group: Group


@dataclass(frozen=True)
class _Exact:
    """The exact counts by village."""

    homes: dict[str, tuple[int, int]]
    done: dict[str, list[dict[str, Any]]]
    steps: dict[str, list[dict[str, Any]]]

    def sums(self, group: Group) -> dict[str, int]:
        """The group's counts, of all modes together."""
        rows = [row for code in group for row in self.done.get(code, [])]
        return {name: sum(int(row[name]) for row in rows) for name in (*_OFFICIAL, *_ROUNDED)}

    def by_month(self, group: Group, name: str, months: Sequence[str]) -> list[int | None]:
        """Homes by the end of each month."""
        added = dict.fromkeys(months, 0)
        for row in (row for code in group for row in self.steps.get(code, [])):
            added[row["month"]] += int(row[name])
        return list(accumulate(added.values()))


def redacted_counts(
    results: Results, counts: Counts, groups: Sequence[Group], months: Sequence[str]
) -> dict[str, Redacted]:
    """village_code → its published counts; `told_of` says which of them still are.

    counts: knows already what routes say of `pending`.
    """
    exact = _exact(results)
    redacted: dict[str, Redacted] = {}
    for group in groups:
        sizes = {code: exact.homes[code][0] for code in group}
        nothing: list[int | None] = [None] * len(months)
        hidden = Redacted(dict(_EMPTY), nothing, nothing, merged=True, group=group)
        redacted |= dict.fromkeys(group, hidden)
        if sum(sizes.values()) >= counts.blur.least:
            redacted[counts.head(group, sizes)] = _published(exact, counts, group, months)
    return redacted


def told_of(redacted: Mapping[str, Redacted], counts: Counts) -> dict[str, Redacted]:
    """The same without what was withheld since, and with what was raised."""
    return {
        code: one
        if one.merged
        else replace(one, counts=one.counts | _blurred("+".join(one.group), counts))
        for code, one in redacted.items()
    }


def _blurred(key: str, counts: Counts) -> dict[str, int | None]:
    return {name: counts.told(f"{key}:{name}") for name in ("households", "pending", *_ROUNDED)}


def _exact(results: Results) -> _Exact:
    towns, progress = results.facts.villages, results.progress
    homes = zip(towns["households"].astype(int), towns["pending"].astype(int), strict=True)
    done = _by_village(progress.villages)
    steps = _by_village(progress.months)
    return _Exact(dict(zip(towns["village_code"], homes, strict=True)), done, steps)


def _by_village(table: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in table.to_dict("records"):
        rows.setdefault(row["village_code"], []).append(row)
    return rows


def _published(exact: _Exact, counts: Counts, group: Group, months: Sequence[str]) -> Redacted:
    key, sums = "+".join(group), exact.sums(group)
    homes, waiting = (sum(exact.homes[code][n] for code in group) for n in (0, 1))
    counts.official[f"{key}:completed"] = sums["completed"]
    counts.known[f"{key}:households"] = (max(counts.blur.least, sums["completed"]), None)
    pending = counts.publish(f"{key}:pending", waiting)
    rounded = {name: counts.publish(f"{key}:{name}", sums[name]) for name in _ROUNDED}
    parts = [pending, *rounded.values()]
    whole = counts.whole(f"{key}:households", homes, parts, exact=sums["completed"])
    return Redacted(
        counts={
            "households": whole,
            "pending": pending,
            "batch": sums["batch"] or None,  # None: not in this year's task
            "completed": sums["completed"],
            **rounded,
        },
        months=exact.by_month(group, "completed", months),
        batch_months=exact.by_month(group, "in_batch", months),
        merged=False,
        group=group,
    )
