"""Pipe by diameter from the policy's price list."""

import pytest
import town

from gis.network.pipe_catalogue import pipes_of


def test_a_dn_carries_what_its_bore_velocity_and_cooling_give(tmp_path):
    """0.2 m bore: 0.031416 m2 x 1.2 m/s x 4,100 kJ/(m3 K) x 45 K = 6,955.5 kW."""
    found = pipes_of(town.policy(tmp_path))
    assert found.carries(200) == pytest.approx(6955.5, rel=1e-4)
    assert found.dn_for(6955.0) == 200
    assert found.dn_for(6956.0) == 250
    assert found.dn_for(found.capacity_kw[-1]) == 500
    assert found.dn_for(found.capacity_kw[-1] * 1.001) is None
    assert found.price_for(6955.0) == 3200.0
    assert found.price_for(6956.0) == 3800.0
    assert found.price_for(1e9) is None


def test_small_pipe_is_held_by_the_pressure_it_costs(tmp_path):
    """d = 0.05 m, k = 0.2 mm: friction 0.02766, so 150 Pa/m are reached at 0.7469 m/s."""
    found = pipes_of(town.policy(tmp_path))
    assert found.carries(50) == pytest.approx(0.0019635 * 0.7469 * 4100 * 45, rel=1e-3)


def test_figures_of_the_policy_replace_the_usual_ones(tmp_path):
    found = pipes_of(town.policy(tmp_path, "[prices.network]\nvelocity_m_per_s = 1.5\n"))
    assert found.carries(200) == pytest.approx(1.25 * 6955.5, rel=1e-4)


def test_the_straight_line_passes_through_prices_that_lie_on_one(tmp_path):
    sizes = (50, 80, 100, 150, 200, 250, 300, 400, 500)
    usual = pipes_of(town.policy(tmp_path))
    listed = "".join(f"DN{dn} = {500 + 0.1 * usual.carries(dn)}\n" for dn in sizes)
    found = pipes_of(town.policy(tmp_path, f"[prices.pipe_cny_per_m]\n{listed}"))
    assert found.fixed_cny_per_m == pytest.approx(500)
    assert found.slope_cny_per_kw_m == pytest.approx(0.1)
