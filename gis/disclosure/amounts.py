"""Money and distances as the public sees them: of enough homes alone, in steps, and still.

Of villages that are counted together one amount is told, the mean over their homes. Whether there
are enough homes is asked of the published counts, so that an amount that comes or goes tells
nothing that these don't.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from gis.output_columns import public_columns
from gis.pages.model import VillageView

if TYPE_CHECKING:
    import pandas as pd

    from gis.disclosure.rounding import Counts
    from gis.output_columns import OutputColumn
    from gis.policy.model import EditionRules

DISTANCE = ("households", "unplaced", "served", "pipe_m")  # the facts that a distance is made of
_SUBSIDY = "subsidy_cny_a"  # told as what is left of the cost, so that the three add up


def money_fields() -> tuple[str, ...]:
    """Money fields of a village row."""
    return (*public_columns("money"), _SUBSIDY)


@dataclass(frozen=True)
class PublicAmounts:
    """Tells amounts of villages, and remembers them."""

    rules: EditionRules
    counts: Counts

    def money(
        self, members: Sequence[VillageView], key: str, pending: int | None
    ) -> dict[str, float | None]:
        """The money of villages of one route, per pending home; None where it isn't told.

        members: exact; key: of these villages and the route; pending: of them as published, None
        where that is of others too, or of nobody.
        """
        told: dict[str, float | None] = dict.fromkeys(money_fields())
        left = sum(one["pending"] or 0 for one in members)
        blur = self.counts.blur
        if not (blur.enough(pending) if pending is not None else self._enough(members, left)):
            return told
        for name in public_columns("money"):
            known = [(one[name], one["pending"] or 0) for one in members]  # type: ignore[literal-required]
            mean = _mean(known)
            if mean is not None:
                step = self.rules.money_step_cny
                told[name] = float(self.counts.amount(f"{key}:{name}", mean, step))
        if told["cost_cny_a"] is not None and told["own_cny_a"] is not None:
            told[_SUBSIDY] = max(told["cost_cny_a"] - told["own_cny_a"], 0.0)
        return told

    def _enough(self, members: Sequence[VillageView], left: int) -> bool:
        return self.counts.enough("+".join(one["code"] for one in members) + ":money", left)

    def rounded(
        self, members: Sequence[VillageView], key: str, column: OutputColumn, households: int | None
    ) -> float | None:
        """Mean of a column over the households of villages counted together, rounded to its step.

        members: exact. households: their published count. None: too few households, or a value is
        unknown.
        """
        if households is None or not self.counts.blur.enough(households):
            return None
        rows = [cast("Mapping[str, Any]", one) for one in members]
        mean = _mean((row[column.key], row["households"] or 0) for row in rows)
        if mean is None:
            return None
        return float(self.counts.amount(f"{key}:{column.name}", mean, column.step))

    def distance(self, members: pd.DataFrame, key: str) -> float | None:
        """Metres to the nearest main of those out of its reach; 0 where there aren't enough of them.

        members: `DISTANCE` of the villages counted together. None: it isn't told, or
        there is no main.
        """
        out = members["households"] - members["unplaced"] - members["served"]
        if not self.counts.enough(f"{key}:out_of_reach", int(out.sum())):
            near = self.counts.enough(f"{key}:in_reach", int(members["served"].sum()))
            return 0.0 if near else None
        mean = _mean(zip(members["pipe_m"], out, strict=True))
        if mean is None or not np.isfinite(mean):
            return None
        return float(self.counts.amount(f"{key}:pipe_m", mean, self.rules.distance_step_m))


def _mean(values: Iterable[tuple[float | None, int]]) -> float | None:
    """The mean of values by their weights; None where one that weighs is not known."""
    weighed = [(value, weight) for value, weight in values if weight]
    if not weighed or any(value is None for value, _ in weighed):
        return None
    total = sum(weight for _, weight in weighed)
    return sum(value * weight for value, weight in weighed if value is not None) / total
