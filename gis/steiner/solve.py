"""Solves a problem: reduce, start, tighten, and branch where that is still needed."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from gis.errors import NuantuError, Text
from gis.steiner.branch_and_cut import BranchAndCut
from gis.steiner.graph import Graph, annualised_graph, to_arrays
from gis.steiner.infeasibility import explain_infeasible
from gis.steiner.model import Limits, SteinerProblem
from gis.steiner.presolve import reduce
from gis.steiner.solution import Network, Tree, build_solution

if TYPE_CHECKING:
    from gis.steiner.graph import GraphLink


def solve(problem: SteinerProblem, limits: Limits | None = None) -> Network:
    """The network of least cost (or largest margin), with the bound that proves it.

    Raises InputError where no network can satisfy the problem; it says which source, street or
    consumer stands in the way.
    """
    graph = reduce(annualised_graph(problem))
    if graph.impossible:
        raise explain_infeasible(problem, solve)
    arcs, links = to_arrays(graph)
    hunt = BranchAndCut(arcs, limits or Limits())
    hunt.run()
    if hunt.cost == inf:
        raise explain_infeasible(problem, solve)
    return _network(problem, graph, links, hunt)


def _network(
    problem: SteinerProblem, graph: Graph, links: list[GraphLink], hunt: BranchAndCut
) -> Network:
    """The best forest on the problem's own edges, its cost summed afresh."""
    tree = _tree(problem, graph, links, hunt)
    runs, drawn, costs, invest = build_solution(problem, tree)
    if abs(costs.total - hunt.cost) > 1e-6 * (1 + abs(hunt.cost) + graph.base_cny_a):
        raise NuantuError(
            Text(
                f"求解所得费用 {hunt.cost:.2f} 与逐段复核 {costs.total:.2f} 不符，结果不予采用",
                f"the solver's cost {hunt.cost:.2f} is not the {costs.total:.2f} that the edges"
                " add up to; the result is not used",
            )
        )
    return Network(
        connected=tuple(one.name for i, one in enumerate(problem.consumers) if i in tree.consumers),
        runs=runs,
        drawn_kw=drawn,
        costs=costs,
        invest_cny=invest,
        bound_cny_a=min(hunt.bound, costs.total),
        status=hunt.status,
    )


def _tree(
    problem: SteinerProblem, graph: Graph, links: list[GraphLink], hunt: BranchAndCut
) -> Tree:
    """What the forest uses of the problem: its own edges, sources and consumers."""
    flows = hunt.ground.flows(hunt.best)
    used: set[int] = set()
    for node in flows.order[1:]:
        arc = hunt.best.into[node]
        used.update(links[arc % len(links)].edges)
    chosen = [load for load, on in zip(graph.loads, hunt.best.chosen, strict=True) if on]
    for load in chosen:
        used.update(load.edges)
    for link in graph.free:
        used.update(link.edges)
    own = len(problem.edges)
    return Tree(
        edges=frozenset(edge for edge in used if edge < own),
        sources=frozenset(edge - own for edge in used if edge >= own),
        consumers=frozenset(load.consumer for load in chosen),
    )
