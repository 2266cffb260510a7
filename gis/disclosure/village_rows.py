"""Village rows of the public edition: declared columns, amounts in steps, routes of groups.

Only declared columns pass. Money and distances are means over enough homes, rounded to steps, with
hysteresis; whether there are enough homes is decided on published counts, so that an amount that
appears or disappears reveals nothing new. A village of few homes shows the route of the village
under whose name it is counted, because its own route is known to concern these homes.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from gis.disclosure.rounding import ANY, Known
from gis.errors import PublicationError, Text
from gis.output_columns import OutputColumn, of_village, public_columns
from gis.pages.model import VillageView

if TYPE_CHECKING:
    import pandas as pd

    from gis.disclosure.rounding import Counts, Group
    from gis.policy.model import EditionRules

DISTANCE = ("households", "unplaced", "served", "pipe_m")  # facts that a distance is computed from
_SUBSIDY = "subsidy_cny_a"  # published as the rest of the cost, so that the three add up
DONE, NO_DATA = "done", "no_data"
DECIDED = ("approved", "published")  # a ruling that is public, whether or not its homes are done


def money_fields() -> tuple[str, ...]:
    """The money fields of a village row."""
    return (*public_columns("money"), _SUBSIDY)


@dataclass(frozen=True)
class PublicAmounts:
    """Publishes amounts of villages and stores them."""

    rules: EditionRules
    counts: Counts

    def money(
        self, members: Sequence[VillageView], key: str, pending: int | None
    ) -> dict[str, float | None]:
        """Money per pending home of villages with one route; None if not published.

        Args:
            members: The exact rows of the villages.
            key: Identifies these villages and the route between editions.
            pending: Their published number of pending homes; None if it includes others.
        """
        told: dict[str, float | None] = dict.fromkeys(money_fields())
        left = sum(one["pending"] or 0 for one in members)
        rule = self.counts.rule
        if not (rule.enough(pending) if pending is not None else self._enough(members, left)):
            return told
        for name in public_columns("money"):
            known = [
                (one[name], one["pending"] or 0)  # type: ignore[literal-required]
                for one in members
            ]
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
        if households is None or not self.counts.rule.enough(households):
            return None
        rows = [cast("Mapping[str, Any]", one) for one in members]
        mean = _mean((row[column.key], row["households"] or 0) for row in rows)
        if mean is None:
            return None
        return float(self.counts.amount(f"{key}:{column.name}", mean, column.step))

    def distance(self, members: pd.DataFrame, key: str) -> float | None:
        """Mean distance to the nearest main of homes out of its reach [m]; 0 if these are too few.

        members: Columns `DISTANCE` of the villages counted together. None: not published, or
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
    """The weighted mean; None if a value with a weight above 0 is unknown."""
    weighed = [(value, weight) for value, weight in values if weight]
    if not weighed or any(value is None for value, _ in weighed):
        return None
    total = sum(weight for _, weight in weighed)
    return sum(value * weight for value, weight in weighed if value is not None) / total


def route_groups(
    group: Group, villages: Mapping[str, VillageView], counts: Counts
) -> dict[str, str | None]:
    """By village_code of `group`, the village whose route it shows; None: no route.

    A village without a household in the ledger states so itself. One whose ledger is incomplete
    states nothing where it is small, and no other village shows its route.

    villages: Exact rows. If all villages of the group are done, that is stated of each.
    """
    told = _routes_of_group(group, villages, counts)
    for code in group:
        if villages[code]["approach"] == NO_DATA:
            few = 0 < (villages[code]["households"] or 0) < counts.rule.least
            told[code] = None if few else code
    return {
        code: None if own not in (None, code) and villages[own]["approach"] == NO_DATA else own
        for code, own in told.items()
    }


def _routes_of_group(
    group: Group, villages: Mapping[str, VillageView], counts: Counts
) -> dict[str, str | None]:
    """The same where every village has data."""
    sizes = {code: villages[code]["households"] or 0 for code in group}
    head, least = counts.head(group, sizes), counts.rule.least
    shown: dict[str, str | None] = {
        code: code if sizes[code] >= least or len(group) == 1 else head for code in group
    }
    if all(villages[code]["approach"] == DONE for code in group):
        return {code: code for code in group}
    if villages[head]["approach"] != DONE:
        return shown
    if sizes[head] >= least:
        return {code: (own if own != head or code == head else None) for code, own in shown.items()}
    left = [code for code in group if villages[code]["approach"] not in (DONE, NO_DATA)]
    if not left:
        return {code: None if own == head else own for code, own in shown.items()}
    most = min(left, key=lambda code: (-(villages[code]["pending"] or 0), code))
    return {code: most if own == head else own for code, own in shown.items()}


def stated_routes(
    group: Group, villages: Mapping[str, VillageView], shown: Container[str]
) -> Known:
    """The bounds on a group's pending homes that follow from the routes shown.

    villages: Exact rows. shown: Villages that show a route. That all of a group are done is an
    official statement; a route that is still shown implies at least one pending home.
    """
    if not any(code in shown for code in group):
        return ANY
    done = all(villages[code]["approach"] == DONE for code in group)
    pending = {code: villages[code]["pending"] or 0 for code in group}
    if done and not any(pending.values()):
        return 0, 0
    computed = any(pending[code] for code in group if villages[code]["status"] not in DECIDED)
    return (1, None) if computed else ANY


def with_route_of(village: VillageView, other: VillageView) -> VillageView:
    """`village` with the route fields of `other`."""
    told = village.copy()
    for name in public_columns("route"):
        told[name] = other[name]  # type: ignore[literal-required]
    return told


def start_public_row(village: VillageView) -> VillageView:
    """A row with the `plain` columns of `village`; the other declared columns are blank.

    Undeclared columns are left out. So are hidden ones, unless the pages read the field.
    """
    exact = cast("Mapping[str, Any]", village)
    row = {
        column.key: exact[column.key] if column.public == "plain" else column.blank
        for column in of_village("page")
        if _may_stand(column)
    }
    return cast("VillageView", row)


def _may_stand(column: OutputColumn) -> bool:
    """Whether a public row may have the column: it is public, or it is blank and pages read it."""
    return column.public != "hidden" or column.key in VillageView.__annotations__


def blank_of(field: str) -> Any:  # noqa: ANN401  whatever its kind says nothing with
    """The blank value of a field of a village row."""
    return next(column.blank for column in of_village("page") if column.key == field)


def refuse_undeclared(villages: Iterable[Mapping[str, Any]]) -> None:
    """Check that public village rows have declared columns only and that hidden ones are blank.

    Raises:
        PublicationError: a column is not declared, or a hidden one has a value.
    """
    columns = {column.key: column for column in of_village("page") if _may_stand(column)}
    for row in villages:
        for name, value in row.items():
            column = columns.get(name)
            if column is None or (column.public == "hidden" and value != column.blank):
                raise PublicationError(
                    Text(
                        f"公众版的村表里有未声明公开的列 {name}，未发布任何内容。"
                        "请在 gis/output_columns/declared.py 中声明它是否公开。",
                        f"the public edition's rows of villages have the column {name}, which is "
                        "not declared public; nothing was published. Declare in "
                        "gis/output_columns/declared.py whether it is.",
                    )
                )
