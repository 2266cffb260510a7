"""Counties: many generated towns side by side, so that one decision looks at all of them."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pandas as pd
from decide.hamlets import POLICY, Hamlet, facts
from decide.towns import Made, towns
from hypothesis import HealthCheck, Phase, given, settings

from gis.decide import Decisions
from gis.facts import Facts
from gis.policy import Policy

PER_COUNTY = 250
_TOWN = slice(0, 9)  # of a village code: its town


def counties(number: int) -> list[list[Made]]:
    """`number` towns, or a few fewer; those of one county know the same layers."""
    made: list[Made] = []

    @given(towns())
    @settings(
        max_examples=number, deadline=None, database=None, phases=[Phase.generate],
        derandomize="NUANTU_COUNTY_TOWNS" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def collect(town: Made) -> None:
        made.append(town)

    collect()
    alike: dict[frozenset[str], list[Made]] = {}
    for town in made:
        alike.setdefault(town.available, []).append(town)
    return [
        group[at : at + PER_COUNTY]
        for group in alike.values()
        for at in range(0, len(group), PER_COUNTY)
    ]


def merged(county: list[Made], policy: Policy = POLICY) -> Facts:
    """The facts of all towns of a county; nothing is shared between two of them."""
    return facts(
        [_moved(hamlet, i) for i, town in enumerate(county) for hamlet in town.hamlets],
        {f"{name}-{i}": row for i, town in enumerate(county) for name, row in
         town.transformers.items()},
        {f"{name}-{i}": kw for i, town in enumerate(county) for name, kw in town.sources.items()},
        available=county[0].available,
        policy=policy,
    )  # fmt: skip


def _moved(hamlet: Hamlet, town: int) -> Hamlet:
    code = f"{100_000_000 + town}{hamlet.code[9:]}"
    feeders = {f"{name}-{town}": homes for name, homes in (hamlet.feeders or {}).items()}
    piece = f"{hamlet.piece}-{town}" if hamlet.piece else None
    return replace(hamlet, code=code, township=code[_TOWN], feeders=feeders, piece=piece)


def routed(found: Facts, result: Decisions) -> pd.DataFrame:
    """Pending homes with a route: one row a town, one column a priority class."""
    homes = found.households[found.households["pending"]]
    marks = [
        homes["zone_position"] == "inside", homes["in_built_up"], homes["named_area"] != "",
    ]  # fmt: skip
    rank = np.select(marks, range(len(marks)), len(marks))
    has = result.households.loc[homes.index, "approach"] != "undecided"
    table = pd.crosstab(homes["village_code"].str[_TOWN], rank, values=has, aggfunc="sum")
    return table.reindex(columns=range(len(marks) + 1)).fillna(0).astype(int)


def on_route(result: Decisions, route: str) -> pd.Series:
    """Pending homes on a route by town."""
    table = result.villages
    homes = table["pending"].where(table["computed"] == route, 0)
    return homes.groupby(table["village_code"].str[_TOWN]).sum()


def worse(before: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    """The towns whose row in `after` is lexicographically below that in `before`."""
    after = after.reindex(before.index, fill_value=0)
    pairs = zip(before.index, before.to_numpy().tolist(), after.to_numpy().tolist(), strict=True)
    return [town for town, one, other in pairs if other < one]
