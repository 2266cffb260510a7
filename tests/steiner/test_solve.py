"""The optimum of plain street problems against every network there is, and against theory."""

import os
import random
from dataclasses import replace
from math import inf

import networkx as nx
import pytest
from steiner.exhaustive import least_cost
from steiner.shortest_tree import shortest_tree_m
from steiner.street_problems import grid, small, town

from gis.errors import InputError
from gis.network import Consumer, Diversity, Edge, Limits, Source, SteinerProblem, solve

LINE = (Edge("a", "plant", "crossing", 100.0, 10.0), Edge("b", "crossing", "end", 50.0, 10.0))
PLANT = (Source("s", "plant"),)
# More than the suite takes: NUANTU_NETWORKS=2500 small problems, NUANTU_TOWNS_OF=3 seeds of towns.
NETWORKS = int(os.environ.get("NUANTU_NETWORKS", "100"))
SEEDS = int(os.environ.get("NUANTU_TOWNS_OF", "0"))


def answer(problem):
    try:
        return solve(problem).cost_cny_a
    except InputError:
        return inf


@pytest.mark.parametrize("first", range(0, NETWORKS, 50))
def test_no_other_network_of_a_small_problem_is_cheaper(first):
    for seed in range(first, first + 50):
        problem = small(seed)
        assert answer(problem) == pytest.approx(least_cost(problem), rel=1e-6, abs=1e-6), seed


@pytest.mark.parametrize("seed", [1707, 1764])
def test_a_free_ring_may_be_entered_at_two_points(seed):
    assert answer(small(seed)) == pytest.approx(least_cost(small(seed)), rel=1e-6)


@pytest.mark.parametrize(
    "first", [0, *(pytest.param(first, marks=pytest.mark.long) for first in (100, 200))]
)
def test_with_all_to_be_joined_at_least_length_it_is_the_steiner_tree(first):
    for seed in range(first, first + 100):
        problem = grid(seed)
        streets = nx.Graph()
        for edge in problem.edges:
            streets.add_edge(edge.start, edge.end, length=edge.length_m)
        start = problem.sources[0].node
        streets = streets.subgraph(nx.node_connected_component(streets, start))
        want_m = shortest_tree_m(streets, [start, *(one.node for one in problem.consumers)])
        found = solve(problem)
        assert found.built_m == pytest.approx(want_m), seed
        assert found.bound_cny_a == pytest.approx(want_m), seed


def test_a_town_with_35_cycles_closes_to_a_thousandth():
    found = solve(town(35, 7), Limits(gap=1e-3))
    assert found.status == "optimal"
    assert found.gap <= 1e-3
    assert 200 < len(found.connected) < 400


@pytest.mark.parametrize("cycles", [35, 300])
@pytest.mark.parametrize("worth", [1.5, 2.0])
@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_whole_town_closes_to_a_thousandth(cycles, worth, seed):
    found = solve(town(cycles, seed, worth=worth), Limits(gap=1e-3))
    assert found.gap <= 1e-3
    assert found.status == "optimal"


@pytest.mark.parametrize("seed", range(30))
def test_another_street_never_raises_the_optimum(seed):
    problem = small(seed)
    rng = random.Random(seed)
    nodes = sorted({edge.start for edge in problem.edges} | {edge.end for edge in problem.edges})
    start, end = rng.sample(nodes, 2)
    street = Edge("new", start, end, rng.uniform(5, 60), rng.uniform(0, 30), rng.uniform(0, 1))
    more = answer(replace(problem, edges=(*problem.edges, street)))
    assert more <= answer(problem) * (1 + 1e-6) + 1e-6 or answer(problem) < 0


@pytest.mark.parametrize("seed", range(20))
def test_order_of_rows_does_not_matter(seed):
    problem = small(seed)
    rng = random.Random(seed)
    mixed = replace(
        problem,
        edges=tuple(rng.sample(problem.edges, len(problem.edges))),
        consumers=tuple(rng.sample(problem.consumers, len(problem.consumers))),
    )
    assert answer(mixed) == pytest.approx(answer(problem), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(("alone_cny_a", "connected"), [(150.01, True), (149.99, False)])
def test_a_home_connects_where_the_pipe_costs_less_than_its_own_route(alone_cny_a, connected):
    """1,500 CNY of pipe at an annuity of 0.1 is 150 CNY a year."""
    home = Consumer("home", "end", 10.0, individual_cny_a=alone_cny_a)
    found = solve(SteinerProblem(LINE, PLANT, (home,), annuity=0.1))
    assert found.connected == (("home",) if connected else ())
    assert found.cost_cny_a == pytest.approx(150.0 if connected else 149.99)
    assert found.invest_cny == pytest.approx(1500.0 if connected else 0.0)


def test_flow_loss_and_diversity_on_every_edge():
    """Two homes of 10 kW: 0.6 x 10 kW each, and 0.4 x 10 kW once in every pipe."""
    edges = tuple(replace(edge, loss_kw_per_m=0.01, slope_cny_per_kw_m=0.5) for edge in LINE)
    homes = tuple(
        Consumer(name, node, 10.0, 12.0, connect="must")
        for name, node in (("h1", "crossing"), ("h2", "end"))
    )
    found = solve(SteinerProblem(edges, PLANT, homes, diversity=Diversity(0.6, 0.4, 10.0)))
    near, far = found.runs
    assert (near.name, near.start, near.end) == ("a", "plant", "crossing")
    assert (far.loss_kw, near.loss_kw) == pytest.approx((0.5, 1.0))
    assert far.sent_kw == pytest.approx(6 + 0.5 + 4)
    assert near.sent_kw == pytest.approx(6 + 6.5 + 1.0 + 4)
    assert far.capital_cny == pytest.approx(50 * (10 + 0.5 * 10.5))
    assert near.density_mwh_per_m_a == pytest.approx(24 / 150)
    assert found.drawn_kw == pytest.approx({"s": 17.5})


@pytest.mark.parametrize(("peak_kw", "upsized"), [(30.0, False), (31.0, True)])
def test_existing_pipe_is_free_up_to_its_capacity(peak_kw, upsized):
    pipe = Edge(
        "old", "plant", "end", 100.0, capacity_kw=30.0,
        upsize_cny_per_m=2.0, upsize_cny_per_kw_m=0.1, existing=True,
    )  # fmt: skip
    found = solve(SteinerProblem((pipe,), PLANT, (Consumer("h", "end", peak_kw, connect="must"),)))
    assert found.runs[0].upsized is upsized
    assert found.costs.upsizing == pytest.approx(100 * (2.0 + 0.1 * 1.0) if upsized else 0.0)
    assert found.built == ()


@pytest.mark.parametrize(("price", "connected"), [(15.1, ("h",)), (14.9, ())])
def test_margin_at_a_heat_price(price, connected):
    """10 MWh at 15 CNY pay the 150 CNY a year of pipe."""
    home = Consumer("h", "end", 10.0, 10.0, individual_cny_a=1e6)
    found = solve(
        SteinerProblem(
            LINE, PLANT, (home,), annuity=0.1, objective="margin", heat_price_cny_per_mwh=price
        )
    )
    assert found.connected == connected
    assert found.cost_cny_a == pytest.approx(min(0.0, 150 - 10 * price), abs=1e-9)


@pytest.mark.parametrize(("least", "connected"), [(0.08, ("h",)), (0.0801, ())])
def test_no_branch_thinner_than_the_bound(least, connected):
    """12 MWh over 150 m are 0.08 MWh a metre."""
    home = Consumer("h", "end", 10.0, 12.0, individual_cny_a=1e6)
    assert solve(SteinerProblem(LINE, PLANT, (home,), min_mwh_per_m_a=least)).connected == connected


def test_two_candidates_for_one_village_count_its_load_once():
    ways = (
        Edge("north", "crossing", "village", 30.0, 10.0, one_way=True),
        Edge("south", "end", "village", 10.0, 10.0, one_way=True),
    )
    village = Consumer("v", "village", 50.0, connect="must")
    beyond = Consumer("h", "end", 10.0, connect="must")
    found = solve(SteinerProblem((*LINE, *ways), PLANT, (village, beyond)))
    assert found.built_m == pytest.approx(100 + 50 + 10)
    assert found.drawn_kw["s"] == pytest.approx(60.0)
    assert {run.name for run in found.runs} == {"a", "b", "south"}


def test_a_gap_is_stated_when_the_nodes_run_out():
    found = solve(town(60, 3, nodes=100), Limits(gap=1e-9, nodes=1, rounds=1))
    assert found.status == "limited"
    assert 0 < found.gap < 0.2
    assert found.bound_cny_a < found.cost_cny_a


def test_beyond_exact_size_the_heuristic_states_its_bound():
    found = solve(town(30, 3, nodes=100), Limits(gap=1e-9, rounds=2, exact_arcs=10))
    best = solve(town(30, 3, nodes=100), Limits(gap=1e-3))
    assert found.status == "heuristic"
    assert found.bound_cny_a <= best.cost_cny_a
    assert found.cost_cny_a >= best.bound_cny_a


def home(node="end", peak_kw=10.0):
    return Consumer("the mill", node, peak_kw, 12.0, connect="must")


@pytest.mark.parametrize(
    ("problem", "named"),
    [
        (SteinerProblem(LINE, PLANT, (home("island"),)), "the mill"),
        (SteinerProblem(LINE, (), (home(),)), "the mill"),
        (SteinerProblem(LINE, (Source("boiler 2", "plant", 9.0),), (home(),)),
            "boiler 2 (9 < 10 kW)"),
        (
            SteinerProblem((LINE[0], replace(LINE[1], capacity_kw=8.0)), PLANT, (home(),)),
            "b (8 < 10 kW)",
        ),
        (SteinerProblem(LINE, PLANT, (home(),), min_mwh_per_m_a=0.1), "the mill"),
        (SteinerProblem((replace(LINE[0], one_way=True, start="crossing", end="plant"), LINE[1]),
                 PLANT, (home(),)), "the mill"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_with_its_cause(problem, named):
    with pytest.raises(InputError) as refused:
        solve(problem)
    assert named in refused.value.message.en
    assert named in refused.value.message.zh


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"length_m": -1.0}, "length_m"),
        ({"length_m": float("nan")}, "length_m"),
        ({"fixed_cny_per_m": inf}, "fixed_cny_per_m"),
        ({"name": "b"}, "b"),
    ],
)
def test_numbers_and_names_that_cannot_be_are_refused(change, named):
    with pytest.raises(InputError) as refused:
        SteinerProblem((replace(LINE[0], **change), LINE[1]), PLANT, ())
    assert named in refused.value.message.en


def test_nobody_to_connect_is_an_answer():
    found = solve(SteinerProblem(LINE, PLANT, (Consumer("h", "end", 5.0, connect="never"),)))
    assert (found.connected, found.runs, found.cost_cny_a) == ((), (), 0.0)
