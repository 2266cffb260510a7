"""Why no network can do what is asked: which consumer, source or street stands in the way."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from gis.errors import InputError
from gis.i18n import format_message, messages
from gis.steiner.model import Edge

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from gis.steiner.model import Source, SteinerProblem
    from gis.steiner.solution import Network

    Solve = Callable[[SteinerProblem], Network]

_NAMED = 5  # how many a sentence names before it only counts the rest
_NOTHING_KW = 1e-6


def explain_infeasible(problem: SteinerProblem, solve: Solve) -> InputError:
    """The causes in the reader's words; `solve` is asked for the least that is missing."""
    cut_off = _unreached(problem)
    if cut_off:
        return _refusal("unreached", consumers=_listed(cut_off))
    if problem.min_mwh_per_m_a and not _short(problem, solve):
        musts = [one.name for one in problem.consumers if one.connect == "must"]
        least = problem.min_mwh_per_m_a
        return _refusal("too_thin", consumers=_listed(musts), mwh_per_m=least)
    return _refusal("too_small", places="; ".join(_short(problem, solve)))


def _refusal(key: str, **found: object) -> InputError:
    return InputError(format_message(messages("network")["infeasible"], key, **found))


def _listed(names: list[str]) -> str:
    more = f" … ({len(names)})" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _unreached(problem: SteinerProblem) -> list[str]:
    """Consumers that must be connected and that no open way leads to from any source."""
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


def _short(problem: SteinerProblem, solve: Solve) -> list[str]:
    """The places that are too small, each with what it has and what would have to pass [kW].

    Found by letting every capacity be exceeded at a price of 1 a kW: the least that is missing.
    """
    network = _least_excess(problem, solve)
    own = len(problem.edges)
    said = []
    for run in network.runs:
        if not run.upsized or run.capital_cny < _NOTHING_KW:
            continue
        if run.edge < own:
            edge = problem.edges[run.edge]
            said.append(f"{edge.name} ({edge.capacity_kw:,.0f} < {run.sent_kw:,.0f} kW)")
        else:
            source = problem.sources[run.edge - own]
            said.append(f"{source.name} ({source.capacity_kw:,.0f} < {run.sent_kw:,.0f} kW)")
    return said


def _least_excess(problem: SteinerProblem, solve: Solve) -> Network:
    edges = tuple(_stretching(edge) for edge in problem.edges)
    gates = tuple(_gate(i, source) for i, source in enumerate(problem.sources))
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


def _stretching(edge: Edge) -> Edge:
    """The edge at no cost but 1 for each kW beyond what it can be made to carry."""
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


def _gate(i: int, source: Source) -> Edge:
    """The source's capacity as an edge that may be exceeded."""
    return Edge(
        f"gate {i}", ("gate", i), source.node, 1.0, one_way=True,
        capacity_kw=source.capacity_kw, upsize_cny_per_m=0.0, upsize_cny_per_kw_m=1.0,
    )  # fmt: skip
