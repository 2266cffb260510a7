"""The joint allocation against every combination, counted out by different means."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.decide import lexicographic_milp
from gis.decide.allocation import allocate, settle_uncontested
from gis.decide.capacity import SharedCapacity
from gis.decide.options import Choice
from gis.errors import NuantuError


def shared(free: list[int], added: list[int], fen_a: list[int]) -> SharedCapacity:
    names = [f"R{i}" for i in range(len(free))]
    return SharedCapacity(names, free, added, fen_a, {}, {}, [], {})


def choice(use: dict[int, int], worth: tuple[int, ...]) -> Choice:
    return Choice((), (), use, worth)


def best(choices: list[list[Choice]], limits: SharedCapacity) -> tuple[int, ...]:
    """Every combination, worst first, so that the last maximum met is the lowest picks."""
    found: tuple[int, ...] | None = None
    top: list[int] = []
    for picks in sorted(product(*(range(len(own)) for own in choices)), reverse=True):
        value = [0] * len(choices[0][0].worth)
        drawn = [0] * len(limits.free)
        for own, pick in zip(choices, picks, strict=True):
            value = [a + b for a, b in zip(value, own[pick].worth, strict=True)]
            for resource, amount in own[pick].use.items():
                drawn[resource] += amount
        over = [d - f for d, f in zip(drawn, limits.free, strict=True)]
        if any(o > a for o, a in zip(over, limits.added, strict=True)):
            continue
        value[-1] -= sum(fen for o, fen in zip(over, limits.added_fen_a, strict=True) if o > 0)
        if not top or value >= top:
            found, top = picks, value
    assert found is not None
    return found


@st.composite
def contests(draw: st.DrawFn) -> tuple[list[list[Choice]], SharedCapacity]:
    """Up to 12 villages on up to 4 resources, with few different numbers so that ties abound."""
    resources = draw(st.integers(1, 4))
    limits = shared(
        draw(st.lists(st.integers(0, 40), min_size=resources, max_size=resources)),
        draw(st.lists(st.sampled_from([0, 0, 10, 25]), min_size=resources, max_size=resources)),
        draw(st.lists(st.sampled_from([0, 7, 500]), min_size=resources, max_size=resources)),
    )
    most = draw(st.integers(1, 12))
    size = 2 if most > 8 else 3
    villages = []
    for _ in range(most):
        homes = draw(st.sampled_from([5, 10, 12]))
        first = draw(st.integers(0, homes))
        own = []
        for _ in range(draw(st.integers(1, size)) - 1):
            use = draw(
                st.dictionaries(
                    st.integers(0, resources - 1),
                    st.sampled_from([5, 10, 12]),
                    min_size=1,
                    max_size=2,
                )
            )
            if any(n > limits.free[i] + limits.added[i] for i, n in use.items()):
                continue  # a route that could never be had is no choice
            preferred = draw(st.booleans()) * homes
            cost = draw(st.sampled_from([100, 100, 250, 10**9 + 1]))
            own.append(choice(use, (first, homes - first, preferred, 0, -cost)))
        own.append(
            draw(
                st.sampled_from(
                    [choice({}, (0,) * 5), choice({}, (first, homes - first, 0, 0, -300))]
                )
            )
        )
        villages.append(own)
    return villages, limits


@given(contests())
def test_equals_brute_force_solved_and_counted(
    instance: tuple[list[list[Choice]], SharedCapacity],
) -> None:
    choices, limits = instance
    expected = best(choices, limits)
    solved = allocate(choices, limits, counted=1)
    assert solved.picks == expected
    assert solved.proven
    assert allocate(choices, limits).picks == expected


def test_small_money_counts_beside_large() -> None:
    """One village cannot but cost 10^9 fen more; another must still save its 50 fen."""
    villages = [
        [choice({0: 5}, (0, 5, 0, 0, -250)), choice({}, (0, 5, 0, 0, -300))],
        [choice({0: 5}, (0, 5, 0, 0, -100)), choice({}, (0, 0, 0, 0, 0))],
        [choice({0: 10}, (0, 5, 0, 0, -100)), choice({}, (0, 5, 0, 0, -(10**9) - 1))],
        [choice({0: 10}, (0, 5, 0, 0, -100)), choice({}, (0, 5, 0, 0, -(10**9) - 2))],
    ]
    # 20 units: the fourth keeps its 10, the first and second take the other 10.
    assert allocate(villages, shared([20], [0], [0]), counted=1).picks == (0, 0, 1, 0)


def test_an_upgrade_that_nobody_needs_is_not_bought() -> None:
    """Both choices are worth the same: the lower code has its earlier one within what is free."""
    villages = [[choice({0: 10}, (10, 0)), choice({}, (10, 0))] for _ in range(2)]
    assert allocate(villages, shared([10], [10], [7]), counted=1).picks == (0, 1)


def test_a_solver_beyond_capacity_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Careless:
        """A solver that gives everybody the first choice."""

        def __init__(self, solver: object) -> None:
            self._solver = solver

        def __getattr__(self, name: str) -> object:
            return getattr(self._solver, name)

        def getSolution(self) -> object:  # noqa: N802  # the solver's own name
            return type("Solution", (), {"col_value": [1.0, 0.0, 1.0, 0.0]})

    honest = lexicographic_milp._solver  # the seam to the solver
    monkeypatch.setattr(lexicographic_milp, "_solver", lambda nodes: Careless(honest(nodes)))
    villages = [[choice({0: 10}, (10, 0)), choice({}, (0, 0))] for _ in range(2)]
    with pytest.raises(NuantuError, match="beyond capacity"):
        allocate(villages, shared([10], [0], [0]), counted=1)


def test_ties_of_many_villages_go_to_the_lowest_codes() -> None:
    """2^60 equally good picks are more than one objective can tell apart."""
    villages = [[choice({0: 1}, (1, 0)), choice({}, (1, 0))] for _ in range(60)]
    found = allocate(villages, shared([30], [0], [0]))
    assert found.picks == (0,) * 30 + (1,) * 30
    assert found.settled


@pytest.mark.parametrize("counted", [1, 200])
@pytest.mark.parametrize(("yearly", "pick"), [(49, 0), (50, 0), (51, 1)])
def test_an_upgrade_is_bought_while_it_costs_no_more_than_the_other_route(
    counted: int, yearly: int, pick: int
) -> None:
    """100 fen and the upgrade against 150 fen; two units, so the other village pays nothing."""
    own = [choice({0: 10}, (10, -100)), choice({}, (10, -150))]
    other = [choice({0: 5}, (5, -1)), choice({}, (0, 0))]
    limits = shared([5], [10], [yearly])
    assert allocate([other, own], limits, counted=counted).picks == (0, pick)


@pytest.mark.parametrize(("above", "gap"), [(0.0, 0.0), (0.9, 0.0), (1.0, 0.25), (2.0, 0.5)])
def test_what_the_bound_leaves_open_is_stated(
    monkeypatch: pytest.MonkeyPatch, above: float, gap: float
) -> None:
    """Homes come in tens: 10 of 40 are served and the bound is `above` tens higher."""

    class Unsure:
        """A solver whose bound stays above what it found."""

        def __init__(self, solver: object) -> None:
            self._solver = solver

        def __getattr__(self, name: str) -> object:
            return getattr(self._solver, name)

        def getInfo(self) -> object:  # noqa: N802  # the solver's own name
            bound = self._solver.getInfo().mip_dual_bound  # type: ignore[attr-defined]
            return type("Info", (), {"mip_dual_bound": bound - above})

    honest = lexicographic_milp._solver  # the seam to the solver
    monkeypatch.setattr(lexicographic_milp, "_solver", lambda nodes: Unsure(honest(nodes)))
    villages = [[choice({0: 10}, (10,)), choice({}, (0,))] for _ in range(4)]
    found = allocate(villages, shared([10], [0], [0]), counted=1)
    assert sorted(found.picks) == [0, 1, 1, 1]
    assert found.settled == (gap == 0)  # picks that may not be best have no ties to break
    assert found.gap == pytest.approx(gap)
    assert found.proven == (gap == 0)
    assert found.contested == 4


def test_a_large_contest_stops_within_its_gap_and_a_small_one_does_not() -> None:
    """A thousandth of 10,000 homes: ten of them may be left to the bound, none of them silently."""
    sizes = [997, 991, 983, 977, 971, 967, 953, 947, 941, 937, 929, 919]
    villages = [[choice({0: n}, (n,)), choice({}, (0,))] for n in sizes]
    limits = shared([5000], [0], [0])
    most = max(sum(picked) for picked in product(*((n, 0) for n in sizes)) if sum(picked) <= 5000)
    _, (contest,) = settle_uncontested(villages, limits)
    for exact_up_to in (12, 11):
        found = lexicographic_milp.solve_lexicographic(contest, exact_up_to)
        served = sum(n for n, pick in zip(sizes, found.picks, strict=True) if pick == 0)
        assert served <= most
        assert most - served <= found.gap * sum(sizes) + 1e-6
        assert found.gap <= (lexicographic_milp.GAP if exact_up_to == 11 else 0)


def test_a_piece_of_the_network_is_named_by_its_sources():
    """Readers know no pipe number; a piece without a source has nothing else."""
    made = replace(shared([], [], []), fed_by={"P1": "热源一、热源二", "P2": ""})
    assert made.piece_called("P1") == {
        "piece_zh": "P1（热源一、热源二）", "piece_en": "P1 (热源一、热源二)",
    }  # fmt: skip
    assert made.piece_called("P2", "reserved") == {"reserved_zh": "P2", "reserved_en": "P2"}
    assert made.piece_called(None) == {"piece_zh": "", "piece_en": ""}
