"""Presolve: shrink the graph without losing an optimal solution.

Remove unreachable nodes, contract free links, pull leaf loads inward, remove leaves without a
load, merge links in series, and drop dominated parallel links.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import count

from gis.steiner.arcs import bridges
from gis.steiner.graph import ROOT, ArcCost, Graph, GraphLink, GraphLoad


def reduce(graph: Graph) -> Graph:
    """Shrink the graph in place and return it; loads that cannot be connected are removed."""
    _drop_unreached(graph)
    _contract_free_links(graph)
    loads: dict[int, list[GraphLoad]] = defaultdict(list)
    for load in graph.loads:
        loads[load.node].append(load)
    number = count(max(graph.links, default=0) + 1)
    for link in list(graph.links):
        if link in graph.links:
            _drop_dominated_parallel(graph, link)
    pending = list(range(len(graph.at) - 1, 0, -1))
    while pending:
        node = pending.pop()
        pending += _simplify(graph, node, loads, number)
    graph.loads = sorted((one for here in loads.values() for one in here), key=lambda o: o.consumer)
    return graph


def reachable(graph: Graph) -> list[bool]:
    """Whether each node can be reached from node 0 along open directions."""
    found = [False] * len(graph.at)
    found[ROOT] = True
    queue = [ROOT]
    while queue:
        node = queue.pop()
        for link, other in graph.neighbours(node):
            if not found[other] and link.from_node(node) is not None:
                found[other] = True
                queue.append(other)
    return found


def _drop_unreached(graph: Graph) -> None:
    found = reachable(graph)
    for number, link in list(graph.links.items()):
        if not (found[link.start] and found[link.end]):
            graph.remove(number)
    graph.impossible += [one.consumer for one in graph.loads if one.must and not found[one.node]]
    graph.loads = [load for load in graph.loads if found[load.node]]


def _contract_free_links(graph: Graph) -> None:
    """Contract free links that no flow can fill, unless sources lie on both sides.

    Heat enters a group of such links at one node and spreads along a tree of free links. Two
    entries can be better where a capacity limits what one of them brings. In that case only bridges
    are contracted, because the part behind a bridge has a single entry.
    """
    most_kw = _max_flow_kw(graph)
    only = _bridges(graph) if _capacity_may_bind(graph, most_kw) else set(graph.links)
    head = list(range(len(graph.at)))
    fed = [any(other == ROOT for _, other in graph.neighbours(v)) for v in range(len(graph.at))]

    def find(node: int) -> int:
        while head[node] != node:
            head[node] = head[head[node]]
            node = head[node]
        return node

    for number, link in sorted(graph.links.items()):
        if number not in only or not _always_free(link, most_kw):
            continue
        a, b = find(link.start), find(link.end)
        if a != b and not (fed[a] and fed[b]):
            graph.free.append(graph.remove(number))
            head[max(a, b)] = min(a, b)
            fed[min(a, b)] |= fed[max(a, b)]
    _renumber(graph, [find(node) for node in range(len(graph.at))])


def _capacity_may_bind(graph: Graph, most_kw: float) -> bool:
    """Whether two entries may bring more heat than the better one of them alone."""
    tight = [link for link in graph.links.values() if link.capacity_kw < most_kw]
    inner = any(ROOT not in (link.start, link.end) for link in tight)
    return inner or (bool(tight) and len(graph.at[ROOT]) > 1) or graph.density_mwh_per_m > 0


def _bridges(graph: Graph) -> set[int]:
    """The numbers of the links that are bridges."""
    numbers = sorted(graph.links)
    ends = [(graph.links[i].start, graph.links[i].end) for i in numbers]
    return {numbers[k] for k in bridges(len(graph.at), ends)}


def _always_free(link: GraphLink, most_kw: float) -> bool:
    ways = link.forward, link.backward
    inner = ROOT not in (link.start, link.end) and not link.length_m
    return (
        inner
        and all(way is not None and way.free for way in ways)
        and (link.capacity_kw >= most_kw)
    )


def _max_flow_kw(graph: Graph) -> float:
    """An upper bound on the flow in any arc [kW]."""
    kw = sum(load.kw for load in graph.loads) + graph.once_kw
    ways = [way for link in graph.links.values() for way in (link.forward, link.backward) if way]
    for way in ways:
        kw += way.fixed_loss
    for link in graph.links.values():
        kw *= max(way.loss_factor for way in (link.forward, link.backward) if way is not None)
    return kw


def _renumber(graph: Graph, head: list[int]) -> None:
    links = graph.links
    graph.links, graph.at = {}, [set() for _ in graph.at]
    for number, link in links.items():
        moved = replace(link, start=head[link.start], end=head[link.end])
        if moved.start != moved.end:
            graph.put(number, moved)
    graph.loads = [replace(load, node=head[load.node]) for load in graph.loads]


def _simplify(
    graph: Graph, node: int, loads: dict[int, list[GraphLoad]], number: count[int]
) -> list[int]:
    """Apply one reduction at `node`; returns the nodes to check again."""
    here = loads[node]
    links = sorted(graph.at[node])
    if len(links) == 1 and len(here) <= 1:
        link = graph.remove(links[0])
        other = link.other(node)
        loads.pop(node)
        for load in here:
            drawn = pull_load(graph, load, link)
            if drawn is not None:
                loads[other].append(drawn)
            elif load.must:
                graph.impossible.append(load.consumer)
        return [other] if other != ROOT else []
    if len(links) == 2 and not here:
        return _merge(graph, node, links, number)
    return []


def pull_load(graph: Graph, load: GraphLoad, link: GraphLink) -> GraphLoad | None:
    """Move `load` to the other end of the only link at its node.

    Returns:
        The load at the other node with the link's cost and loss; None: it cannot be connected.
    """
    other = link.other(load.node)
    way = link.from_node(other)
    if way is None:
        return None
    sent_kw = way.loss_factor * load.kw + way.fixed_loss
    beyond_kw = sent_kw + graph.once_kw - link.capacity_kw
    surplus = load.surplus_mwh - graph.density_mwh_per_m * link.length_m
    if surplus < 0 or (beyond_kw > 0 and link.upsize is None):
        return None
    cost = load.cost_cny_a + way.fixed + way.slope * load.kw
    if beyond_kw > 0 and link.upsize is not None:
        cost += link.upsize[0] + link.upsize[1] * beyond_kw
    edges = load.edges + (link.edges if link.start == load.node else link.edges[::-1])
    return replace(load, node=other, kw=sent_kw, cost_cny_a=cost, surplus_mwh=surplus, edges=edges)


def _merge(graph: Graph, node: int, links: list[int], number: count[int]) -> list[int]:
    """Merge two links in series at a node without a load."""
    first, second = (graph.links[i] for i in links)
    if first.end != node:
        first = first.flipped()
    if second.start != node:
        second = second.flipped()
    joined = _join_in_series(first, second)
    ends = [end for end in (first.start, second.end) if end != ROOT]
    if joined is None:
        return []
    for i in links:
        graph.remove(i)
    if joined.start != joined.end and (joined.forward or joined.backward):
        new = next(number)
        graph.put(new, joined)
        _drop_dominated_parallel(graph, new)
    return ends


def _join_in_series(first: GraphLink, second: GraphLink) -> GraphLink | None:
    """`first` and `second` as one link; None where their capacities cannot be combined."""
    bound = _common_bound(first, second)
    if bound is None:
        return None
    return GraphLink(
        first.start,
        second.end,
        _compose(first.forward, second.forward),
        _compose(second.backward, first.backward),
        *bound,
        first.length_m + second.length_m,
        first.edges + second.edges,
    )


def _common_bound(
    first: GraphLink, second: GraphLink
) -> tuple[float, tuple[float, float] | None] | None:
    """Capacity and upsizing cost of two links in series; None: one bound cannot express both."""
    for one, other in ((first, second), (second, first)):
        # A source's capacity applies at its node, so the other link's losses do not change it.
        if not other.limited and (not one.limited or ROOT in (one.start, one.end)):
            return one.capacity_kw, one.upsize
    lossless = all(
        way is None or (way.loss_factor == 1 and way.fixed_loss == 0)
        for link in (first, second)
        for way in (link.forward, link.backward)
    )
    if not lossless:
        return None
    if first.upsize is None and second.upsize is None:
        return min(first.capacity_kw, second.capacity_kw), None
    if first.upsize and second.upsize and first.capacity_kw == second.capacity_kw:
        (a, b), (c, d) = first.upsize, second.upsize
        return first.capacity_kw, (a + c, b + d)
    return None


def _compose(before: ArcCost | None, after: ArcCost | None) -> ArcCost | None:
    return None if before is None or after is None else before.compose(after)


def _drop_dominated_parallel(graph: Graph, number: int) -> None:
    """Remove the links parallel to `number` that it dominates, or `number` if it is dominated."""
    link = graph.links[number]
    for i in sorted(graph.at[link.start] & graph.at[link.end] - {number}):
        parallel = graph.links[i]
        if parallel.start != link.start:
            parallel = parallel.flipped()
        if _dominates(link, parallel):
            graph.remove(i)
        elif _dominates(parallel, link):
            graph.remove(number)
            return


def _dominates(one: GraphLink, than: GraphLink) -> bool:
    if one.limited or one.length_m > than.length_m:
        return False
    return all(
        theirs is None or (ours is not None and _costs_no_more(ours, theirs))
        for ours, theirs in ((one.forward, than.forward), (one.backward, than.backward))
    )


def _costs_no_more(ours: ArcCost, theirs: ArcCost) -> bool:
    return (
        ours.fixed <= theirs.fixed
        and ours.slope <= theirs.slope
        and ours.loss_factor <= theirs.loss_factor
        and ours.fixed_loss <= theirs.fixed_loss
    )
