"""What the public sees of each village's counts: rounded, still, and small villages together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from gis.publish.counts import Counts
from gis.publish.groups import Group, head_of
from gis.publish.rows import total, whole

if TYPE_CHECKING:
    from gis.publish.results import Results

_BY_MODE = ("decided", "batch", "late", "stock")
_EMPTY = dict.fromkeys(("households", "pending", "batch", "completed", "late", "stock"))


@dataclass(frozen=True)
class Redacted:
    """The published counts of one village; of villages counted together the head has them.

    counts   households, pending, batch, completed, late, stock
    by_mode  mode → decided, batch, completed, late, stock; a mode that nobody has is left out
    months   completed by the end of each month, cumulative
    merged   counted under another village's name, or withheld: all counts are None
    group    the villages counted together, this one among them
    """

    counts: dict[str, int | None]
    by_mode: dict[str, dict[str, int | None]]
    months: list[int | None]
    merged: bool
    group: Group

    @property
    def alone(self) -> bool:
        """Whether the village counts for itself."""
        return len(self.group) == 1 and not self.merged


def redacted_counts(
    results: Results, counts: Counts, groups: Sequence[Group], months: Sequence[str]
) -> dict[str, Redacted]:
    """village_code → its published counts."""
    homes = results.facts.villages.set_index("village_code")["households"]
    redacted: dict[str, Redacted] = {}
    for group in groups:
        head = head_of(group, homes)
        hidden = Redacted(dict(_EMPTY), {}, [None] * len(months), merged=True, group=group)
        redacted |= dict.fromkeys(group, hidden)
        if int(homes[list(group)].sum()) >= counts.least:
            redacted[head] = _published(results, counts, group, months)
    return redacted


def _published(results: Results, counts: Counts, group: Group, months: Sequence[str]) -> Redacted:
    key = "+".join(group)
    towns = results.facts.villages
    mine = towns[towns["village_code"].isin(group)]
    progress = results.progress
    done = progress.villages[progress.villages["village_code"].isin(group)]
    steps = progress.months[progress.months["village_code"].isin(group)]
    by_mode: dict[str, dict[str, int | None]] = {}
    series: list[list[int]] = []
    for mode, rows in done.groupby("mode", sort=True):
        own = _cumulative(steps[steps["mode"] == mode], months, int(rows["completed"].sum()))
        series.append(counts.series(f"{key}:{mode}:completed", months, own))
        by_mode[str(mode)] = {
            name: counts.publish(f"{key}:{mode}:{name}", whole(rows[name].sum(min_count=1)))
            for name in _BY_MODE
        } | {"completed": series[-1][-1]}
    summed = {
        name: total(values[name] for values in by_mode.values())
        for name in ("batch", "completed", "late", "stock")
    }
    if not int(done["batch"].sum()):
        summed["batch"] = None  # not in this year's task
    return Redacted(
        counts={
            "households": counts.publish(f"{key}:households", int(mine["households"].sum())),
            "pending": counts.publish(f"{key}:pending", int(mine["pending"].sum())),
            **summed,
        },
        by_mode=by_mode,
        months=[sum(step) for step in zip(*series, strict=True)] if series else [0] * len(months),
        merged=False,
        group=group,
    )


def _cumulative(steps: pd.DataFrame, months: Sequence[str], done: int) -> list[int]:
    """Completed by the end of each month; the last is all that is completed."""
    added = steps.groupby("month")["completed"].sum()
    sums = added.reindex(list(months), fill_value=0).astype(int).cumsum().tolist()
    return [*sums[:-1], done]
