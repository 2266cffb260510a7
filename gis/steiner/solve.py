"""Solve a problem: presolve, branch and cut, and the solution on the problem's own edges.

If there is none, the error names the consumer, source or street that prevents it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING

from gis.errors import InputError, NuantuError, Text
from gis.i18n import format_message, messages
from gis.steiner.arcs import to_arrays
from gis.steiner.branch_and_cut import BranchAndCut
from gis.steiner.graph import Graph, annualised_graph
from gis.steiner.model import Edge, Limits, SteinerProblem
from gis.steiner.presolve import reduce
from gis.steiner.solution import Network, Tree, build_solution

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from gis.steiner.graph import GraphLink
    from gis.steiner.model import Source

    Solve = Callable[[SteinerProblem], Network]

_MAX_NAMES = 5  # names listed in a message; further ones are only counted
_TOLERANCE_KW = 1e-6


def explain_infeasible(problem: SteinerProblem, solve: Solve) -> InputError:
    """The error for an infeasible problem, naming the cause.

    Args:
        problem: The infeasible problem.
        solve: The solver; called on a relaxed problem to find the smallest missing capacity.
    """
    unreached = _unreached_consumers(problem)
    if unreached:
        return _infeasible_error("unreached", consumers=_name_list(unreached))
    if problem.min_mwh_per_m_a and not _places_too_small(problem, solve):
        musts = [one.name for one in problem.consumers if one.connect == "must"]
        least = problem.min_mwh_per_m_a
        return _infeasible_error("too_thin", consumers=_name_list(musts), mwh_per_m=least)
    return _infeasible_error("too_small", places="; ".join(_places_too_small(problem, solve)))


def _infeasible_error(key: str, **found: object) -> InputError:
    return InputError(format_message(messages("network")["infeasible"], key, **found))


def _name_list(names: list[str]) -> str:
    more = f" … ({len(names)})" if len(names) > _MAX_NAMES else ""
    return ", ".join(names[:_MAX_NAMES]) + more


def _unreached_consumers(problem: SteinerProblem) -> list[str]:
    """Mandatory consumers without an open path from any source."""
    out: dict[Hashable, list[Hashable]] = defaultdict(list)
    for edge in problem.edges:
        out[edge.start].append(edge.end)
        if not edge.one_way:
            out[edge.end].append(edge.start)
    queue = [source.node for source in problem.sources]
    seen = set(queue)
    for node in queue:
        for other in out[node]:
            if other not in seen:
                seen.add(other)
                queue.append(other)
    return [one.name for one in problem.consumers if one.connect == "must" and one.node not in seen]


def _places_too_small(problem: SteinerProblem, solve: Solve) -> list[str]:
    """The edges and sources that are too small, each with its capacity and the flow needed [kW].

    Every capacity may be exceeded at a price of 1 per kW; the solver then minimises the excess.
    """
    network = _least_excess(problem, solve)
    own = len(problem.edges)
    places = []
    for run in network.runs:
        if not run.upsized or run.capital_cny < _TOLERANCE_KW:
            continue
        if run.edge < own:
            edge = problem.edges[run.edge]
            places.append(f"{edge.name} ({edge.capacity_kw:,.0f} < {run.sent_kw:,.0f} kW)")
        else:
            source = problem.sources[run.edge - own]
            places.append(f"{source.name} ({source.capacity_kw:,.0f} < {run.sent_kw:,.0f} kW)")
    return places


def _least_excess(problem: SteinerProblem, solve: Solve) -> Network:
    edges = tuple(_with_priced_excess(edge) for edge in problem.edges)
    gates = tuple(_source_edge(i, source) for i, source in enumerate(problem.sources))
    sources = tuple(
        replace(source, node=("gate", i), capacity_kw=float("inf"), cost_cny_per_kw=0.0)
        for i, source in enumerate(problem.sources)
    )
    consumers = tuple(
        replace(one, connecting_cny=0.0, running_cny_a=0.0, individual_cny_a=0.0)
        for one in problem.consumers
        if one.connect == "must"
    )
    return solve(
        replace(
            problem,
            edges=edges + gates,
            sources=sources,
            consumers=consumers,
            annuity=1.0,
            heat_cny_per_mwh=0.0,
            min_mwh_per_m_a=0.0,
            objective="cost",
        )
    )


def _with_priced_excess(edge: Edge) -> Edge:
    """The edge with no cost except 1 per kW above the largest flow it can be upsized for."""
    fixed = edge.upsize_cny_per_m is not None
    return replace(
        edge,
        length_m=1.0,
        fixed_cny_per_m=0.0,
        slope_cny_per_kw_m=0.0,
        loss_kw_per_m=edge.length_m * edge.loss_kw_per_m,
        loss_per_m=edge.length_m * edge.loss_per_m,
        capacity_kw=float("inf") if fixed else edge.capacity_kw,
        upsize_cny_per_m=0.0,
        upsize_cny_per_kw_m=1.0,
    )


def _source_edge(i: int, source: Source) -> Edge:
    """The source's capacity as an edge that may be exceeded at a price."""
    return Edge(
        f"gate {i}", ("gate", i), source.node, 1.0, one_way=True,
        capacity_kw=source.capacity_kw, upsize_cny_per_m=0.0, upsize_cny_per_kw_m=1.0,
    )  # fmt: skip


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
