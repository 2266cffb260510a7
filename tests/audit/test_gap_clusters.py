"""Clusters equal scikit-learn's DBSCAN, point by point; and groups never join."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.audit.gap_clusters import gap_chains


def found(points, eps_m):
    return gap_chains(points, np.zeros(len(points), dtype=int), eps_m)


def reference(points, eps_m):
    from sklearn.cluster import DBSCAN  # noqa: PLC0415  # 1 s of every collection

    return DBSCAN(eps=eps_m, min_samples=1).fit_predict(points)


def villages(seed, size):
    dice = np.random.default_rng(seed)
    middles = dice.uniform(0, 5000, (max(size // 60, 1), 2))
    return middles[dice.integers(0, len(middles), size)] + dice.normal(0, 120, (size, 2))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("eps_m", [200, 120, 60, 25])
def test_equals_scikit_learn(seed, eps_m):
    points = villages(seed, 700)
    label = found(points, eps_m)
    assert label.tolist() == reference(points, eps_m).tolist()
    assert len(set(label)) > 1


@given(
    at=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=40),
    eps_m=st.sampled_from([0.75, 1.25, 2.1, 3.3]),
)
def test_equals_scikit_learn_on_grids_and_repeated_points(at, eps_m):
    points = np.array(at, dtype=float)
    assert found(points, eps_m).tolist() == reference(points, eps_m).tolist()


def test_a_step_of_exactly_eps_joins_and_a_longer_one_does_not():
    points = np.array([[0.0, 0.0], [200.0, 0.0], [400.0000001, 0.0]])
    assert gap_chains(points, np.zeros(3, dtype=int), 200.0).tolist() == [0, 0, 1]
    assert gap_chains(points, np.array([0, 1, 1]), 200.1).tolist() == [0, 1, 1]


def test_groups_are_clustered_apart():
    points = villages(3, 600)
    groups = np.random.default_rng(1).integers(0, 5, len(points))
    label = gap_chains(points, groups, 80.0)
    for group in range(5):
        own = label[groups == group]
        expected = reference(points[groups == group], 80.0)
        pairs = set(zip(own.tolist(), expected.tolist(), strict=True))
        assert len(pairs) == len(set(own.tolist())) == len(set(expected.tolist()))
    assert all(len(set(groups[label == one])) == 1 for one in set(label.tolist()))
    first = [label.tolist().index(one) for one in range(label.max() + 1)]
    assert first == sorted(first)
