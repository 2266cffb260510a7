"""This year's batch: the listed households, or a draft up to the target where there is no list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gis.errors import Problem, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gis.facts import Facts

MODES = ("electric", "gas", "central")


def quota_of_year(
    rows: pd.DataFrame, homes: pd.DataFrame, facts: Facts, targets: pd.DataFrame | None
) -> tuple[pd.Series, tuple[Problem, ...]]:
    """Determine which households are in this year's batch.

    ASSUME: without any target table the list alone makes the batch.

    Args:
        rows: One row per (village_code, part) with township_code, approach, pending, first_class,
            in_time (whether its route is ready by the deadline).
        homes: village_code, part and counted of each household, aligned on facts.households.
        facts: The facts.
        targets: The target table of the year; None: there is none.

    Returns:
        Whether each household is in the batch, aligned on `homes`; problems with lists and targets.
    """
    listed = facts.households["in_programme"].fillna(value=False).astype(bool)
    listed &= homes["counted"]
    late = pd.MultiIndex.from_frame(rows.loc[~rows["in_time"], ["village_code", "part"]])
    waiting = pd.MultiIndex.from_frame(homes[["village_code", "part"]]).isin(late)
    waits = listed & waiting & facts.households["pending"].astype(bool)
    listed &= ~waits
    late_problems = tuple(
        _not_ready(str(code), int(n))
        for code, n in homes.loc[waits, "village_code"].value_counts().sort_index().items()
    )
    if targets is None:
        return listed, late_problems
    goals = _targets_by_unit(targets)
    unit = facts.households["township_code"]
    without_target = listed & ~unit.isin(list(goals))
    in_batch = listed & ~without_target
    problems = [
        *late_problems,
        *(
            _no_target(str(code), int(n))
            for code, n in unit[without_target].value_counts().sort_index().items()
        ),
    ]
    for code in _without_list(facts, goals):
        drafted = _draft(rows[(rows["township_code"] == code) & rows["in_time"]], goals[code])
        chosen = pd.MultiIndex.from_frame(homes[["village_code", "part"]]).isin(drafted)
        in_batch |= chosen & facts.households["pending"].astype(bool)
        problems.append(_drafted(code, facts, len(drafted)))
    return in_batch, tuple(problems)


def missing_lists(facts: Facts, targets: pd.DataFrame | None) -> tuple[Problem, ...]:
    """The townships with a target and homes but no list: a run drafts their batch."""
    goals = {} if targets is None else _targets_by_unit(targets)
    return tuple(_drafted(code, facts, None) for code in _without_list(facts, goals))


def _without_list(facts: Facts, goals: Mapping[str, object]) -> list[str]:
    """The units with a target that have households, and none of them listed."""
    homes = facts.households
    counted = homes["village_code"].notna() & (homes["status"] != "rejected")
    listed = counted & homes["in_programme"].eq(other=True).fillna(value=False)
    unit = homes["township_code"]
    return sorted((goals.keys() & set(unit[counted])) - set(unit[listed]))


def _targets_by_unit(targets: pd.DataFrame) -> dict[str, dict[str, int]]:
    """The target of each unit by mode; a blank sets none. Key "" is a total not split by mode."""
    goals = {}
    for row in targets[targets["unit_code"].notna()].to_dict("records"):
        goal = {mode: int(row[mode]) for mode in MODES if pd.notna(row[mode])}
        if not goal and pd.notna(row["total"]):
            goal = {"": int(row["total"])}
        if goal:
            goals[str(row["unit_code"])] = goal
    return goals


def _draft(rows: pd.DataFrame, goal: dict[str, int]) -> list[tuple[str, str]]:
    """Whole villages by priority up to the target of each mode.

    ASSUME: a village that exceeds what is left of the target is skipped for the next that fits;
    within a priority class the lower code comes first.
    """
    chosen = []
    order = rows[rows["pending"] > 0].sort_values(["first_class", "village_code", "part"])
    for mode, target in goal.items():
        remaining = target
        fitting = order[order["approach"] == mode] if mode else order[order["approach"].isin(MODES)]
        for code, part, pending in fitting[["village_code", "part", "pending"]].itertuples(
            index=False
        ):
            if pending <= remaining:
                remaining -= pending
                chosen.append((code, part))
    return chosen


def _not_ready(code: str, homes: int) -> Problem:
    return Problem(
        "households", "listed_not_ready", None, "in_programme", code,
        Text(f"{code}的配套工程不能确认在期限前完成，名单上的{homes:,}户不计入本年任务",
             f"the works that {code} waits for are not sure to be done by the deadline: its "
             f"{homes:,} listed households are not in the batch"),
        Text("请填写工程完成日期（upgrade_due_on、in_service_on），或调整名单",
             "give the day the works are done (upgrade_due_on, in_service_on), or change the list"),
    )  # fmt: skip


def _no_target(code: str, homes: int) -> Problem:
    return Problem(
        "households", "programme_without_target", None, "in_programme", code,
        Text(f"{code}未列入本年任务，名单上的{homes:,}户不计入本年任务",
             f"{code} has no target this year: "
             f"its {homes:,} listed households are not in the batch"),
        Text("请核对任务表或名单", "check the target table or the list"),
    )  # fmt: skip


def _drafted(code: str, facts: Facts, villages: int | None) -> Problem:
    """villages: how many were drafted; None: nothing is decided yet."""
    zh, en = "由程序按优先次序拟定", "drafted by priority"
    if villages is not None:
        zh, en = f"{villages:,}个村（片）", f"a draft of {villages:,} villages"
    towns = facts.villages.set_index("township_code")["township"]
    name = towns[towns.index == code].iloc[0]
    return Problem(
        "targets", "draft_batch", None, "unit_code", code,
        Text(f"{name}（{code}）还没有确村确户名单，本年任务为草案：{zh}",
             f"{name} ({code}) has no list yet: this year's batch is {en}"),
        Text("请在台账的“列入计划”列标出确村确户名单",
             "mark the list of households in the ledger's column in_programme"),
        township=code,
    )  # fmt: skip
