"""Problems made up by seed: small ones with every feature, street grids, and a whole town."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import Delaunay

from gis.steiner.model import Consumer, Diversity, Edge, Source, SteinerProblem


def small(seed: int) -> SteinerProblem:
    """Up to 10 consumers, 7 nodes and 3 independent cycles; every feature in some of them."""
    rng = np.random.default_rng(seed)
    nodes = int(rng.integers(2, 8))
    pairs = [(int(rng.integers(0, i)), i) for i in range(1, nodes)]
    pairs += [tuple(rng.choice(nodes, 2, replace=False)) for _ in range(rng.integers(0, 4))]
    lossy, sloped, tight = rng.random(3) < 0.5
    edges = tuple(
        _edge(rng, f"e{i}", pair, lossy=lossy, sloped=sloped) for i, pair in enumerate(pairs)
    )
    count = int(rng.integers(1, 11))
    consumers = tuple(_consumer(rng, f"c{i}", nodes) for i in range(count))
    peak = sum(one.peak_kw for one in consumers)
    spots = rng.choice(nodes, int(rng.integers(1, min(3, nodes) + 1)), replace=False)
    sources = tuple(
        Source(
            f"s{i}", int(node),
            capacity_kw=float(rng.uniform(0.2, 1.0) * peak) if tight else float("inf"),
            cost_cny_per_kw=float(rng.choice([0.0, 3.0])),
        )
        for i, node in enumerate(spots)
    )  # fmt: skip
    return SteinerProblem(
        edges,
        sources,
        consumers,
        annuity=float(rng.choice([1.0, 0.1])),
        diversity=Diversity(0.62, 0.38, 5.0) if rng.random() < 0.5 else Diversity(),
        heat_cny_per_mwh=float(rng.choice([0.0, 20.0])),
        loss_hours_a=float(rng.choice([0.0, 2000.0])),
        min_mwh_per_m_a=float(rng.choice([0.0, 0.0, 0.3])),
        objective="margin" if rng.random() < 0.2 else "cost",
        heat_price_cny_per_mwh=80.0,
    )


def _edge(rng, name, pair, *, lossy, sloped) -> Edge:
    existing = rng.random() < 0.25
    limited = existing or rng.random() < 0.15
    return Edge(
        name, int(pair[0]), int(pair[1]), float(rng.integers(5, 60)),
        fixed_cny_per_m=0.0 if existing else float(rng.uniform(5, 40)),
        slope_cny_per_kw_m=float(rng.uniform(0, 1)) * sloped * (not existing),
        loss_kw_per_m=float(rng.uniform(0, 0.05)) * lossy,
        loss_per_m=float(rng.uniform(0, 1e-3)) * lossy,
        capacity_kw=float(rng.choice([15.0, 40.0, 80.0])) if limited else float("inf"),
        upsize_cny_per_m=float(rng.uniform(0, 30)) if limited and rng.random() < 0.6 else None,
        upsize_cny_per_kw_m=float(rng.uniform(0, 1)),
        existing=bool(existing),
        one_way=bool(rng.random() < 0.1),
    )  # fmt: skip


def _consumer(rng, name, nodes) -> Consumer:
    return Consumer(
        name, int(rng.integers(0, nodes)), float(rng.uniform(5, 30)),
        heat_mwh_a=float(rng.uniform(5, 30)),
        individual_cny_a=float(rng.uniform(0, 1500)),
        connect=str(rng.choice(["may"] * 10 + ["must", "never"])),
        connecting_cny=float(rng.choice([0.0, 100.0])),
        running_cny_a=float(rng.uniform(-50, 100)),
        own_pipe_m=float(rng.choice([0.0, 0.0, 30.0])),
    )  # fmt: skip


def grid(seed: int) -> SteinerProblem:
    """A street grid on which some crossings must be connected at least length: a Steiner tree."""
    rng = np.random.default_rng(seed)
    wide, high = int(rng.integers(3, 7)), int(rng.integers(3, 7))
    edges = []
    for x in range(wide):
        for y in range(high):
            for dx, dy in ((1, 0), (0, 1)):
                if x + dx < wide and y + dy < high and rng.random() < 0.93:
                    name = f"{x},{y}-{x + dx},{y + dy}"
                    metres = float(rng.integers(20, 120))
                    edges.append(Edge(name, (x, y), (x + dx, y + dy), metres, 1.0))
    nodes = _joined(edges)
    count = min(int(rng.integers(2, 8)), len(nodes) - 1)
    spots = [nodes[i] for i in rng.choice(len(nodes), count + 1, replace=False)]
    consumers = tuple(
        Consumer(f"c{i}", spot, 10.0, connect="must") for i, spot in enumerate(spots[1:])
    )
    return SteinerProblem(tuple(edges), (Source("s", spots[0]),), consumers)


def _joined(edges: list[Edge]) -> list[tuple[int, int]]:
    """The nodes of the largest connected part."""
    groups: dict[object, set] = {}
    for edge in edges:
        one = groups.get(edge.start, {edge.start}) | groups.get(edge.end, {edge.end})
        for node in one:
            groups[node] = one
    return sorted(max(groups.values(), key=len))


def town(cycles: int, seed: int, nodes: int = 1000, worth: float = 1.5) -> SteinerProblem:
    """`nodes` crossings with `cycles` independent cycles, and a home beside every crossing.

    Prices are a year's: about 80 CNY a metre, of which the flow adds a quarter near the source.
    worth: how much an individual route costs, on a scale on which at 1.5 about half connect.
    """
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 60 * np.sqrt(nodes), (nodes, 2))
    ends, metres = _streets(xy, cycles, rng)
    peak, beside = rng.uniform(5, 30, nodes), rng.uniform(5, 25, nodes)
    alone = worth * rng.uniform(0.6, 1.4, nodes) * 3600 * (0.5 + peak / 35)
    streets = [
        Edge(f"s{k}", int(u), int(v), float(m), 80.0, 0.02, 0.02)
        for k, ((u, v), m) in enumerate(zip(ends, metres, strict=True))
    ]
    doors = [Edge(f"d{i}", i, ("home", i), float(beside[i]), 80.0, 0.02) for i in range(nodes)]
    homes = tuple(
        Consumer(f"h{i}", ("home", i), float(peak[i]), 10.0, float(alone[i])) for i in range(nodes)
    )
    return SteinerProblem((*streets, *doors), (Source("plant", 0),), homes)


def _streets(xy: np.ndarray, cycles: int, rng: np.random.Generator) -> tuple:
    """The shortest tree through the points and `cycles` more of the short links beside it."""
    sides = Delaunay(xy).simplices[:, [0, 1, 1, 2, 0, 2]].reshape(-1, 2)
    ends = np.unique(np.sort(sides, axis=1), axis=0)
    metres = np.hypot(*(xy[ends[:, 0]] - xy[ends[:, 1]]).T)
    size = (len(xy), len(xy))
    tree = minimum_spanning_tree(coo_array((metres, ends.T), shape=size)).tocoo()
    inside = set(zip(*np.sort([tree.row, tree.col], axis=0).tolist(), strict=True))
    rest = np.array([k for k, pair in enumerate(ends.tolist()) if tuple(pair) not in inside])
    near = rest[np.argsort(metres[rest], kind="stable")][: 4 * cycles]
    chosen = [k for k, pair in enumerate(ends.tolist()) if tuple(pair) in inside]
    chosen += rng.permutation(near)[:cycles].tolist()
    return ends[chosen], metres[chosen]
