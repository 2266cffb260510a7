"""Solve a problem: presolve, branch and cut, and the solution on the problem's own edges."""

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
    """Find the network of least cost (or largest margin), with a proven lower bound.

    Args:
        problem: Edges, sources, consumers and the objective.
        limits: When to stop; None: the defaults.

    Raises:
        InputError: No network satisfies the problem; the message names the source, street or
            consumer that prevents it.
    """
    graph = reduce(annualised_graph(problem))
    if graph.impossible:
        raise explain_infeasible(problem, solve)
    arcs, links = to_arrays(graph)
    search = BranchAndCut(arcs, limits or Limits())
    search.solve()
    if search.cost == inf:
        raise explain_infeasible(problem, solve)
    return _network(problem, graph, links, search)


def _network(
    problem: SteinerProblem, graph: Graph, links: list[GraphLink], search: BranchAndCut
) -> Network:
    """The best forest on the problem's own edges, with its cost recalculated."""
    tree = _tree(problem, graph, links, search)
    runs, drawn, costs, invest = build_solution(problem, tree)
    if abs(costs.total - search.cost) > 1e-6 * (1 + abs(search.cost) + graph.base_cny_a):
        raise NuantuError(
            Text(
                f"求解所得费用 {search.cost:.2f} 与逐段复核 {costs.total:.2f} 不符，结果不予采用",
                f"the solver's cost {search.cost:.2f} differs from the sum over the edges,"
                f" {costs.total:.2f}; the result is not used",
            )
        )
    return Network(
        connected=tuple(one.name for i, one in enumerate(problem.consumers) if i in tree.consumers),
        runs=runs,
        drawn_kw=drawn,
        costs=costs,
        invest_cny=invest,
        bound_cny_a=min(search.bound, costs.total),
        status=search.status,
    )


def _tree(
    problem: SteinerProblem, graph: Graph, links: list[GraphLink], search: BranchAndCut
) -> Tree:
    """The problem's edges, sources and consumers that the forest uses."""
    flows = search.net.flows(search.best)
    used: set[int] = set()
    for node in flows.order[1:]:
        arc = search.best.into[node]
        used.update(links[arc % len(links)].edges)
    chosen = [load for load, on in zip(graph.loads, search.best.chosen, strict=True) if on]
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
