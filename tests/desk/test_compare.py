"""Two plans beside each other, and mains that stay while sliders move until they are asked for."""

import re

import pytest
from desk.conftest import text_of
from desk.test_decide_step import tried
from small_town import FAR, GAS, ON, SURE, write_with_streets

import gis
from gis.api.side_by_side import Amount, side

POWER = "prices.energy.electricity_heating_cny_per_kwh"
DEAR = 2.0  # yuan a kWh: a main to GAS, along 495 m of street, is cheaper then


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    folder = tmp_path_factory.mktemp("town") / "town"
    folder.mkdir()
    write_with_streets(folder)
    policy = folder / "policy.toml"
    text = policy.read_text("utf-8")
    policy.write_text(f"{text}\n[scenario.dear.prices.energy]\n{POWER[14:]} = {DEAR}\n", "utf-8")
    return folder


def test_mains_stay_while_sliders_move_and_are_grown_when_asked(town, open_desk):
    clerk = open_desk(town)
    moved = tried(clerk, **{POWER: DEAR})
    assert moved["frozen"]
    assert moved["mains"] == [0, 0]
    assert moved["routes"][GAS] == "electric"
    grown = tried(clerk, **{POWER: DEAR}, grow="1")
    saved = gis.open_project(town).decide("dear")
    assert not grown["frozen"]
    assert grown["mains"] == [0, pytest.approx(saved.network["length_m"].sum())]
    assert grown["routes"] == {code: str(one) for code, one in saved.villages["approach"].items()}
    assert grown["routes"][GAS] == "central"
    assert not tried(clerk)["frozen"]  # nothing was moved


def test_the_sums_of_a_plan(town):
    """Four villages of 30 homes; of ON one home stands elsewhere, but its code is valid."""
    found = side(gis.open_project(town).run())
    assert found.routes == {"central": (1, 30), "electric": (3, 90)}
    kw = 3.0 * 0.7  # with the simultaneity of the defaults
    assert found.coming_kva == pytest.approx(90 * kw / 0.95)
    assert found.needs["power_design_mw"] == Amount(pytest.approx(90 * kw / 1000), 0)
    plan = gis.open_project(town).decide()
    for payer, column in (("household", "household_cny"), ("company", "company_cny")):
        assert found.payers[payer].known == pytest.approx(plan.budget[column].sum())
    assert found.payers["household"].unknown == 3  # no tender price of the three on electricity


def test_two_plans_side_by_side(town, open_desk):
    clerk = open_desk(town)
    page = clerk.page("/decide/compare?a=base&b=dear")
    rows = {
        text_of(name).strip(): [text_of(one).split()[0] for one in cells]
        for name, cells in (
            (head, re.findall(r'<td class="number">(.*?)</td>', rest))
            for head, rest in re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', page, re.S)
        )
    }
    assert rows["集中供热"] == ["1", "2"]  # villages
    assert rows["新建热力管（米）"] == ["0", "495"]
    assert "1 个村（片）不同" in page
    told = text_of(page.split("个村（片）不同", 1)[1])
    assert "集中供热" in told
    assert f"village={GAS}" in page
    assert not any(f"village={one}#" in page for one in (ON, FAR, SURE))
    same = clerk.page("/decide/compare?a=dear&b=dear")
    assert "0 个村（片）不同" in same
    assert 'class="differs"' not in same
    assert 'class="differs"' in page
    assert 'href="/decide/compare?a=base&amp;b=dear"' in clerk.page("/decide")


def test_a_scenario_that_is_none_is_said(town, open_desk):
    clerk = open_desk(town)
    clerk.page("/decide")
    answer = clerk.client.get("/decide/compare?a=base&b=../x")
    while answer.status_code == 202:
        clerk.desk.work.thread.join(60)
        answer = clerk.client.get("/decide/compare?a=base&b=../x")
    assert answer.status_code == 400
