"""The best network of a small problem by trying all of them, straight from the definitions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from gis.steiner.model import SteinerProblem


def least_cost(problem: SteinerProblem) -> float:
    """The least yearly cost over every tree of edges and every set of consumers; inf: none."""
    choices = _choices(problem)
    return min((_cost(problem, tree, choices) for tree in _trees(problem)), default=float("inf"))


def _choices(problem: SteinerProblem) -> np.ndarray:
    """Every set of consumers that the problem allows, shape (sets, consumers)."""
    allowed = {"may": (False, True), "must": (True,), "never": (False,)}
    sets = list(product(*(allowed[one.connect] for one in problem.consumers)))
    return np.array(sets, dtype=bool).reshape(len(sets), len(problem.consumers))


def _ways(problem: SteinerProblem) -> list[tuple[object, object, int]]:
    """(from, to, number) of every direction; sources are numbered behind the edges."""
    ways = []
    for i, edge in enumerate(problem.edges):
        ways.append((edge.start, edge.end, i))
        if not edge.one_way:
            ways.append((edge.end, edge.start, i))
    own = len(problem.edges)
    return ways + [("root", one.node, own + i) for i, one in enumerate(problem.sources)]


def _trees(problem: SteinerProblem) -> Iterator[list[tuple[object, object, int]]]:
    """Every tree that hangs on "root", as its ways from the root outward."""
    ways = _ways(problem)

    def grow(tree, nodes, barred):
        yield tree
        barred = set(barred)
        for way in ways:
            start, end, _ = way
            if start in nodes and end not in nodes and way not in barred:
                yield from grow([*tree, way], nodes | {end}, barred)
                barred.add(way)

    yield from grow([], {"root"}, set())


def _cost(problem: SteinerProblem, tree: list, chosen: np.ndarray) -> float:
    """The least cost with exactly these ways in use, over the sets of consumers."""
    once = problem.diversity.b * problem.diversity.unit_kw
    nodes = {"root", *(end for _, end, _ in tree)}
    kw = {node: np.zeros(len(chosen)) for node in nodes}
    heat, pipe_m = ({node: np.zeros(len(chosen)) for node in nodes} for _ in range(2))
    cost = np.zeros(len(chosen))
    for on, one in zip(chosen.T, problem.consumers, strict=True):
        cost += np.where(on, _connected(problem, one), _alone(problem, one))
        if one.node not in nodes:
            cost = np.where(on, np.inf, cost)
            continue
        kw[one.node] = kw[one.node] + on * problem.diversity.a * one.peak_kw
        heat[one.node] = heat[one.node] + on * one.heat_mwh_a
        pipe_m[one.node] = pipe_m[one.node] + on * one.own_pipe_m
    for start, end, number in reversed(tree):
        if number < len(problem.edges):
            edge = problem.edges[number]
            loss = edge.length_m * (edge.loss_kw_per_m + edge.loss_per_m * kw[end])
            sent = kw[end] + loss + once
            capital = edge.length_m * (edge.fixed_cny_per_m + edge.slope_cny_per_kw_m * sent)
            beyond = sent - edge.capacity_kw
            dear = np.inf
            if edge.upsize_cny_per_m is not None:
                over = np.where(beyond > 0, beyond, 0.0)
                dear = edge.length_m * (edge.upsize_cny_per_m + edge.upsize_cny_per_kw_m * over)
            capital = capital + np.where(beyond > 1e-9, dear, 0.0)
            lost = problem.heat_cny_per_mwh * problem.loss_hours_a / 1000
            cost = cost + problem.annuity * capital + lost * loss
            kw[start] = kw[start] + kw[end] + loss
            heat[start] = heat[start] + heat[end]
            pipe_m[start] = pipe_m[start] + pipe_m[end] + (not edge.existing) * edge.length_m
            asked = problem.min_mwh_per_m_a * (pipe_m[end] + (not edge.existing) * edge.length_m)
            cost = np.where(heat[end] < asked - 1e-9, np.inf, cost)
        else:
            source = problem.sources[number - len(problem.edges)]
            sent = kw[end] + once
            cost = cost + problem.annuity * source.cost_cny_per_kw * sent
            asked = problem.min_mwh_per_m_a * pipe_m[end]
            cost = np.where(heat[end] < asked - 1e-9, np.inf, cost)
            cost = np.where(sent > source.capacity_kw + 1e-9, np.inf, cost)
    return float(cost.min())


def _connected(problem, one):
    cost = problem.annuity * one.connecting_cny + one.running_cny_a
    cost += problem.heat_cny_per_mwh * one.heat_mwh_a
    if problem.objective == "margin":
        cost -= problem.heat_price_cny_per_mwh * one.heat_mwh_a
    return cost


def _alone(problem, one):
    return one.individual_cny_a if problem.objective == "cost" else 0.0
