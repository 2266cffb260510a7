"""Bridges: links whose removal disconnects the graph (Tarjan's low-link algorithm)."""

from __future__ import annotations


class DepthFirstSearch:
    """Depth-first search from node 0.

    By node: rank (-1: not reached), parent, arc into it, and low, the lowest rank reachable from
    its subtree. `order` lists the nodes in the order of the search.
    """

    def __init__(self, nodes: int, ends: list[tuple[int, int]]) -> None:
        at: list[list[tuple[int, int]]] = [[] for _ in range(nodes)]
        for k, (start, end) in enumerate(ends):
            at[start].append((k, end))
            at[end].append((k + len(ends), start))
        self.rank = [-1] * nodes
        self.parent = [-1] * nodes
        self.arc = [-1] * nodes
        self.order = [0]
        self.rank[0] = 0
        stack = [(0, iter(at[0]))]
        while stack:
            node, edges = stack[-1]
            step = next(((arc, other) for arc, other in edges if self.rank[other] < 0), None)
            if step is None:
                stack.pop()
                continue
            arc, other = step
            self.rank[other], self.parent[other], self.arc[other] = len(self.order), node, arc
            self.order.append(other)
            stack.append((other, iter(at[other])))
        self.low = self._lowest(at, len(ends))

    def _lowest(self, at: list[list[tuple[int, int]]], links: int) -> list[int]:
        low = list(self.rank)
        for node in reversed(self.order):
            for arc, other in at[node]:
                if arc % links == self.arc[node] % links and self.arc[node] >= 0:
                    continue
                child = self.parent[other] == node and self.arc[other] == arc
                low[node] = min(low[node], low[other] if child else self.rank[other])
        return low

    def is_bridge(self, node: int) -> bool:
        """Whether the arc into `node` is a bridge."""
        return self.low[node] == self.rank[node]


def bridges(nodes: int, ends: list[tuple[int, int]]) -> list[int]:
    """The numbers of the bridges among the links that are connected to node 0.

    Args:
        nodes: The number of nodes.
        ends: The two nodes of each link.
    """
    tree = DepthFirstSearch(nodes, ends)
    return [tree.arc[node] % len(ends) for node in tree.order[1:] if tree.is_bridge(node)]
