"""The shortest tree that joins given nodes, by Dreyfus and Wagner's dynamic programme (1971)."""

from __future__ import annotations

import networkx as nx


def shortest_tree_m(graph: nx.Graph, terminals: list) -> float:
    """Length of the Steiner tree of `terminals`, edges weighted by "length"."""
    metres = dict(nx.all_pairs_dijkstra_path_length(graph, weight="length"))
    root, *others = terminals
    if not others:
        return 0.0
    full = (1 << len(others)) - 1
    best = {1 << i: dict(metres[node]) for i, node in enumerate(others)}
    for group in range(1, full + 1):
        if group & (group - 1) == 0:
            continue
        joined = {node: float("inf") for node in graph}
        part = (group - 1) & group
        while part:
            for node in graph:
                both = best[part][node] + best[group ^ part][node]
                joined[node] = min(joined[node], both)
            part = (part - 1) & group
        best[group] = {
            node: min(joined[other] + metres[other][node] for other in graph) for node in graph
        }
    return best[full][root]
