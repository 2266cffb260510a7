"""What the public sees of each village's counts: rounded, still, and small villages together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from gis.publish.counts import Counts
from gis.publish.groups import Group

if TYPE_CHECKING:
    from gis.publish.results import Results

_BY_MODE = ("batch", "late", "stock")
_EMPTY = dict.fromkeys(("households", "pending", "batch", "completed", "late", "stock"))


@dataclass(frozen=True)
class Redacted:
    """The published counts of one village; of villages counted together the head has them.

    counts   households, pending, batch, completed, late, stock
    by_mode  mode → batch, completed, late, stock; a mode that nobody has is left out
    months   completed by the end of each month, cumulative
    merged   counted under another village's name, or withheld: all counts are None
    group    the villages counted together, this one among them
    """

    counts: dict[str, int | None]
    by_mode: dict[str, dict[str, int]]
    months: list[int | None]
    merged: bool
    group: Group

    @property
    def alone(self) -> bool:
        """Whether the village counts for itself."""
        return len(self.group) == 1 and not self.merged


@dataclass(frozen=True)
class _Exact:
    """The exact counts by village."""

    homes: dict[str, tuple[int, int]]
    done: dict[str, list[dict[str, Any]]]
    steps: dict[tuple[str, str], dict[str, int]]

    def by_mode(self, group: Group) -> dict[str, dict[str, int]]:
        """By mode, the group's counts."""
        sums: dict[str, dict[str, int]] = {}
        for row in (row for code in group for row in self.done.get(code, [])):
            own = sums.setdefault(row["mode"], dict.fromkeys((*_BY_MODE, "completed"), 0))
            for name in own:
                own[name] += int(row[name])
        return {mode: sums[mode] for mode in sorted(sums)}

    def by_month(self, group: Group, mode: str, months: Sequence[str]) -> list[int]:
        """Completed by the end of each month."""
        added = (
            sum(self.steps.get((code, mode), {}).get(month, 0) for code in group)
            for month in months
        )
        return list(accumulate(added))


def redacted_counts(
    results: Results, counts: Counts, groups: Sequence[Group], months: Sequence[str]
) -> dict[str, Redacted]:
    """village_code → its published counts."""
    exact = _exact(results)
    redacted: dict[str, Redacted] = {}
    for group in groups:
        sizes = {code: exact.homes[code][0] for code in group}
        hidden = Redacted(dict(_EMPTY), {}, [None] * len(months), merged=True, group=group)
        redacted |= dict.fromkeys(group, hidden)
        if sum(sizes.values()) >= counts.blur.least:
            redacted[counts.head(group, sizes)] = _published(exact, counts, group, months)
    return redacted


def _exact(results: Results) -> _Exact:
    towns, progress = results.facts.villages, results.progress
    homes = zip(towns["households"].astype(int), towns["pending"].astype(int), strict=True)
    done: dict[str, list[dict[str, Any]]] = {}
    for row in progress.villages.to_dict("records"):
        done.setdefault(row["village_code"], []).append(row)
    steps: dict[tuple[str, str], dict[str, int]] = {}
    for row in progress.months.itertuples(index=False):
        own = steps.setdefault((row.village_code, row.mode), {})
        own[row.month] = own.get(row.month, 0) + int(row.completed)
    return _Exact(dict(zip(towns["village_code"], homes, strict=True)), done, steps)


def _published(exact: _Exact, counts: Counts, group: Group, months: Sequence[str]) -> Redacted:
    key = "+".join(group)
    by_mode: dict[str, dict[str, int]] = {}
    series: list[list[int]] = []
    for mode, sums in exact.by_mode(group).items():
        steps = [*exact.by_month(group, mode, months)[:-1], sums["completed"]]
        series.append(counts.series(f"{key}:{mode}:completed", months, steps))
        by_mode[mode] = {
            name: counts.publish(f"{key}:{mode}:{name}", sums[name]) for name in _BY_MODE
        } | {"completed": series[-1][-1]}
    summed: dict[str, int | None] = {
        name: sum(values[name] for values in by_mode.values())
        for name in ("batch", "completed", "late", "stock")
    }
    # None, not in this year's task, as far as anybody can tell: to say it of nobody alone, and 0 of
    # a few, would bound those to less than a move.
    summed["batch"] = summed["batch"] or None
    homes, waiting = (sum(exact.homes[code][n] for code in group) for n in (0, 1))
    pending = counts.publish(f"{key}:pending", waiting)
    converted = [
        values[name] for values in by_mode.values() for name in ("completed", "late", "stock")
    ]
    whole = counts.whole(f"{key}:households", homes, [pending, *converted])
    return Redacted(
        counts={"households": whole, "pending": pending, **summed},
        by_mode=by_mode,
        months=[sum(step) for step in zip(*series, strict=True)] if series else [0] * len(months),
        merged=False,
        group=group,
    )
