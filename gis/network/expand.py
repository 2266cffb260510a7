"""Grows the heating network of a project along its streets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gis.errors import InputError
from gis.i18n import load, sentence
from gis.network import problems
from gis.network.alternatives import individual_routes
from gis.network.branches import Answer, branches_of
from gis.network.build_problem import problem_of
from gis.network.demand import loads
from gis.network.extension import Extension
from gis.network.pipe_catalogue import pipes
from gis.network.result_tables import villages_of
from gis.network.street_graph import lay_ground
from gis.steiner.model import Limits
from gis.steiner.solve import solve

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from typing import Any

    import pandas as pd

    from gis.errors import Text
    from gis.facts import Facts
    from gis.policy import Policy

PROVEN = Limits(gap=2e-4, nodes=200)
# A decision waits seconds: cutting planes and the networks they suggest, the gap left is stated.
PROMPT = Limits(gap=2e-4, rounds=12, exact_arcs=0)
_LAYERS = ("roads", "heat_pipes", "heat_sources")
_HOMES = (
    "village_code", "located_village_code", "status", "x", "y", "pending", "served", "floor_area_m2",
)  # fmt: skip


def extend(  # noqa: PLR0913  what the stage rests on, and how long to look
    tables: Mapping[str, Any],
    facts: Facts,
    priced: pd.DataFrame,
    policy: Policy,
    as_of: date,
    *,
    limits: Limits = PROVEN,
) -> Extension:
    """Which villages to connect, along which streets, with which pipes.

    tables: the layers by name in the project CRS [m]; `roads` and `heat_pipes` must be there.
    priced: `gis.costs.price(facts, policy)`.
    limits: PROVEN branches until the gap is closed; PROMPT leaves it where cuts end. Both say it.

    The least yearly cost of everybody: mains, stations and homes of who is connected, the
    cheapest lawful individual route of who is not. Raises InputError with what `obstacle` finds.
    """
    standing_in_the_way = obstacle(tables, priced, policy)
    if standing_in_the_way:
        raise InputError(standing_in_the_way)
    pipe = pipes(policy)
    routes = individual_routes(facts, priced, policy)
    wanted = loads(facts, priced, routes, policy, pipe)
    spots = np.concatenate([np.array([], dtype=object), *(one.spots for one in wanted)])
    ground = lay_ground(tables, facts, spots, (policy, pipe, as_of))
    problem = problem_of(ground, wanted, policy, pipe)
    network = solve(problem, limits)
    answer = Answer(problem, network, ground, wanted)
    named = problems.street_names(tables["roads"])
    villages = villages_of(answer, named, policy, pipe, as_of)
    in_time = villages[villages["connected"] & villages["in_time"]]
    return Extension(
        villages=villages,
        branches=branches_of(answer, named, policy, pipe),
        reserved_kw=in_time.groupby("source_piece")["drawn_kw"].sum().to_dict(),
        network=network,
        problem=problem,
        own_pipe_cny_per_m=pipe.cny_per_m[0],
        problems=problems.of_ground(ground, wanted, named, pipe),
    )


def rests_on(tables: Mapping[str, Any], facts: Facts) -> tuple[dict[str, Any], Facts]:
    """The layers and the facts that `extend` looks at, and nothing else of them."""
    homes = facts.households[list(_HOMES)]
    return {name: tables[name] for name in _LAYERS if name in tables}, replace(
        facts, households=homes, ground=None
    )


def obstacle(tables: Mapping[str, Any], priced: pd.DataFrame, policy: Policy) -> Text | None:
    """What keeps a project from growing its network: a layer or a price it lacks; None: nothing.

    A price that is missing never counts as 0.
    """
    refused = load("network")["refused"]
    for layer in ("roads", "heat_pipes"):
        if layer not in tables or not len(tables[layer]):
            return sentence(refused, f"no_{layer}")
    try:
        pipes(policy)
    except InputError as error:
        return error.message
    central = priced.loc[(priced["route"] == "central") & (priced["part"] == ""), "missing"]
    keys = sorted({key for said in central for key in said.split(",") if key.startswith("prices.")})
    return sentence(refused, "unpriced", keys=", ".join(keys)) if keys else None
