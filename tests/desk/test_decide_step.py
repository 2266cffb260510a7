"""Sliders give what the saved scenario gives; rulings stand in the record and can be undone."""

import re
import tomllib
from urllib.parse import parse_qs, urlsplit

import pytest
from desk.conftest import PORT, text_of
from desk.made_files import write_office

import gis
from gis import i18n
from gis.api.what_if import only_money, what_if
from gis.desk.decide_step import SLIDERS, _on_steps

JSON = {"accept": "application/json"}
ROADSIDE = {"heating_network.connect_m": 700, "heating_network.served_share": 0.5}


@pytest.fixture
def county(explained):
    return explained


def tried(clerk, **moved):
    answer = clerk.client.get("/decide/try", params=moved, headers=JSON)
    while answer.status_code == 202:
        clerk.desk.work.thread.join(60)
        answer = clerk.client.get("/decide/try", params=moved, headers=JSON)
    return answer.json()


def routes(plan):
    return {code: str(route) for code, route in plan.villages["approach"].items()}


# Of money alone, of the works of the grid, of the power of a device, of the places of homes.
OF_EACH_KIND = (SLIDERS[0], SLIDERS[5], SLIDERS[6], SLIDERS[7])


@pytest.mark.parametrize(
    "keys", [OF_EACH_KIND, pytest.param(SLIDERS, marks=pytest.mark.long)], ids=["kinds", "all"]
)
def test_every_slider_gives_what_the_saved_scenario_gives(county, keys):
    """Whether or not homes are placed again: what is quick is the same as what is thorough."""
    page = county.page("/decide")
    ranges = re.findall(
        r'min="([\d.]+)" max="([\d.]+)" step="[\d.e-]+" value="([\d.]+)" data-key="([\w.]+)"', page
    )
    assert [one[3] for one in ranges] == list(SLIDERS)
    told = {}
    for number, (low, high, value, key) in enumerate(ranges):
        assert float(low) <= float(value) <= float(high)
        if key not in keys:
            continue
        moved = low if float(low) != float(value) else high
        told[f"s{number}"] = (key, tried(county, **{key: moved}))
        county.send("/decide/scenario", {"name": f"s{number}", f"moved.{key}": moved})
    assert len(told) == len(keys)
    project = gis.open_project(county.folder)
    for name, (key, found) in told.items():
        plan = project.decide(name)
        assert found["routes"] == routes(plan), key
        costs = plan.run.plan.decisions.villages["cost_fen_a"]
        assert found["sums"]["cost_cny_a"] == pytest.approx(costs.sum() / 100), key
        assert found["sums"]["unknown"] == costs.isna().sum()


@pytest.mark.parametrize(
    ("value", "low", "high", "told"),
    [
        (300.0, 200.0, 900.0, (300.0, 200.0, 900.0, 5.0)),  # a hundredth of the range is 7
        (50.0, 20.0, 100.0, (50.0, 20.0, 100.0, 0.5)),  # 0.8
        (0.55, 0.41, 0.8, (0.55, 0.41, 0.8, 0.002)),
        (1052.5, 200.0, 2300.0, (1052.5, 212.5, 2292.5, 20.0)),  # the ends lie between steps
        (800.0, 900.0, 1000.0, (800.0, 800.0, 1000.0, 2.0)),  # outside its own range
        (0.0, 0.0, 0.0, (0.0, 0.0, 0.0, 1.0)),
    ],
)
def test_a_value_stands_on_a_step_of_its_slider(value, low, high, told):
    assert _on_steps(value, low, high) == told


def test_a_moved_slider_changes_no_other(county, browser):
    """In Chromium: only what somebody moved is asked for, and nothing after a reset."""
    policy = county.folder / "policy.toml"
    text = policy.read_text("utf-8")
    policy.write_text(text + "\n[electric]\nupgrade_cny_per_kva = 303.3\n", "utf-8")
    county.page("/decide")
    asked = []
    page = browser.new_page()

    def answer(route):
        url = urlsplit(route.request.url)
        if url.path == "/decide/try":
            asked.append({key: one[0] for key, one in parse_qs(url.query).items()})
        got = county.client.get(f"{url.path}?{url.query}", headers={"accept": "*/*"})
        route.fulfill(
            status=got.status_code, body=got.content, content_type=got.headers["content-type"]
        )

    page.route("**/*", answer)
    page.goto(f"http://127.0.0.1:{PORT}/decide")
    shown = page.eval_on_selector_all(
        "input[type=range]", "all => all.map(one => [one.valueAsNumber, Number(one.dataset.value)])"
    )
    assert len(shown) == len(SLIDERS)
    assert [303.3, 303.3] in shown
    assert [one for one in shown if one[0] != one[1]] == []
    with page.expect_response("**/decide/try*"):
        page.focus("[data-key='heating_network.connect_m']")
        page.keyboard.press("ArrowRight")
    # not that of the key, which may come late
    with page.expect_response(lambda one: "/decide/try" in one.url and "connect_m" not in one.url):
        page.click("button[type=reset]")
    assert list(asked[0]) == ["scenario", "heating_network.connect_m"]
    assert asked[-1] == {"scenario": "base"}
    assert set(
        page.eval_on_selector_all("[name^='moved.']", "all => all.map(one => one.value)")
    ) == {""}
    page.close()


def test_what_changes_is_what_compare_says_and_nothing_is_written(county):
    county.page("/decide")
    before = (county.folder / "policy.toml").read_bytes()
    found = tried(county, **ROADSIDE)
    assert (county.folder / "policy.toml").read_bytes() == before
    county.send(
        "/decide/scenario", {"name": "near", **{f"moved.{k}": v for k, v in ROADSIDE.items()}}
    )
    text = (county.folder / "policy.toml").read_text("utf-8")
    assert tomllib.loads(text)["scenario"]["near"] == {
        "heating_network": {"connect_m": 700, "served_share": 0.5}
    }
    assert "# 情景：" in text
    project = gis.open_project(county.folder)
    base, near = project.decide(), project.decide("near")
    table = gis.compare(base, near)
    assert len(table)
    assert {one["code"] for one in found["changed"]} == {code for code, _ in table.index}
    assert found["before"]["cost_cny_a"] == pytest.approx(base.villages["cost_cny_a"].sum())
    page = county.page("/decide?scenario=near")
    assert "与原方案相比" in page
    for code in {code for code, _ in table.index}:
        assert f'class="approach-{near.villages.loc[code, "approach"]}" data-code="{code}"' in page


def test_facts_are_placed_again_only_where_one_depends_on_the_change(county):
    run = gis.open_project(county.folder).run()
    assert what_if(run, {"prices.energy.gas_cny_per_m3": 3.0}).facts is run.facts
    assert what_if(run, ROADSIDE).facts is not run.facts
    assert only_money(["prices.interest", "electric.upgrade_cny_per_kva"])
    assert not only_money(["prices.interest", "electric.kw_per_household"])


NO_SCENARIOS = [("base", "60"), ("../x", "60"), ("情景", "60"), ("", "60"), ("a b", "60"),
                ("ok", ""), ("ok", "很多"), ("ok", "-1")]  # fmt: skip


def test_a_scenario_that_cannot_be_is_refused(county):
    before, change = (county.folder / "policy.toml").read_bytes(), county.keys.change
    for name, moved in NO_SCENARIOS:
        fields = {"name": name, "moved.heating_network.connect_m": moved, "change": change}
        answer = county.client.post("/decide/scenario", data=fields)
        assert answer.status_code == 400, (name, moved)
        assert (county.folder / "policy.toml").read_bytes() == before, (name, moved)


def test_a_ruling_from_proposed_to_published_and_undone(county):
    code = "150101100202"
    page = county.page(f"/decide?village={code}")
    assert "王家庄" in page
    assert "建议方案" in page
    told = {"village": code, "part": "", "approach": "biomass", "who": "王芳"}
    for status, number in (("township_confirmed", ""), ("approved", "甲政办〔2024〕9号")):
        fields = told | {
            "status": status,
            "document_no": number,
            "decided_on": "2024-10-20",
            "why": "会议",
        }
        county.send("/decide/rule", fields)
    plan = gis.open_project(county.folder).decide()
    row = plan.villages.loc[code]
    assert (row["approach"], row["status"], row["document_no"]) == (
        "biomass",
        "approved",
        "甲政办〔2024〕9号",
    )
    page = county.page("/decide")
    assert "王芳：会议" in page
    assert page.count("撤销第") == 2
    county.send("/decide/undo", {"number": "2", "who": "李强", "why": "改期"})
    row = gis.open_project(county.folder).decide().villages.loc[code]
    assert row["status"] == "township_confirmed"
    assert "已撤销" in county.page("/decide")


def test_several_villages_are_ruled_in_one_change(county):
    """Each keeps its own route; the step that publishes counts those that are left."""
    assert "没有审定或公布的村" in county.page("/publish")
    page = county.page("/decide")
    ticks = re.findall(r'name="ticked" value="([^"]+)"', page)
    before = dict(one.split("//") for one in ticks)
    assert sorted(before) == ["150101100201", "150101100202", "150101200201"]
    assert "3 村还没有审定或公布" in county.page("/publish")
    fields = {"status": "approved", "document_no": "甲政办〔2024〕9号", "decided_on": "2024-10-20",
              "who": "王芳", "why": "常务会议"}  # fmt: skip
    county.send("/decide/rule_several", fields | {"ticked": ticks[:2]})
    plan = gis.open_project(county.folder).decide()
    said = {code: (row["approach"], row["status"], row["document_no"], str(row["decided_on"])[:10])
            for code, row in gis.open_project(county.folder).record.rows("rulings")
            .set_index("village_code").iterrows()}  # fmt: skip
    ruled = [one.split("/")[0] for one in ticks[:2]]
    assert said == {
        code: (before[code], "approved", "甲政办〔2024〕9号", "2024-10-20") for code in ruled
    }
    assert {code: str(plan.villages.loc[code, "status"]) for code in before} == {
        code: "approved" if code in ruled else "proposed" for code in before
    }
    page = county.page("/decide")
    assert page.count("撤销第") == 1
    assert re.search(r"路线批复 · 状态：— → 已审定", text_of(page))
    assert "rulings.status" not in page
    assert "1 村还没有审定或公布" in county.page("/publish")
    county.send("/decide/undo", {"number": "1", "who": "李强", "why": "改期"})
    assert gis.open_project(county.folder).record.rows("rulings").empty


GAPS = [{"ticked": []}, {"who": ""}, {"why": ""}, {"document_no": " "}, {"ticked": ["9/x/gas"]},
        {"ticked": ["150101100201"]}, {"ticked": ["150101100201//核能"]},
        {"decided_on": "去年"}]  # fmt: skip


def test_several_rulings_that_cannot_be_are_refused_whole(county):
    county.page("/decide")
    told = {"status": "approved", "document_no": "办9号", "decided_on": "", "who": "王芳", "why": "会议",
            "ticked": ["150101100202//gas"], "change": county.keys.change}  # fmt: skip
    for gap in GAPS:
        answer = county.client.post("/decide/rule_several", data=told | gap)
        assert answer.status_code == 400, gap
        assert not (county.folder / "office.gpkg").exists(), gap


def test_a_ruling_without_who_or_why_is_refused(county):
    county.page("/decide")
    told = {"village": "150101100202", "part": "", "approach": "gas", "status": "proposed",
            "document_no": "", "decided_on": "", "change": county.keys.change}  # fmt: skip
    for gap in ({"who": "", "why": "会议"}, {"who": "王芳", "why": ""}):
        assert county.client.post("/decide/rule", data=told | gap).status_code == 400
    bad = told | {"who": "王芳", "why": "会议", "approach": "核能"}
    assert county.client.post("/decide/rule", data=bad).status_code == 400
    assert "<h3>" in county.page("/decide?village=150101100202")
    assert "最近的修改" not in county.page("/decide")


RULED = [
    ("approved", "", 400),
    ("published", "  ", 400),
    ("proposed", "", 303),
    ("township_confirmed", "", 303),
    ("approved", "办9号", 303),
    ("published", "办9号", 303),
]


def test_a_ruling_in_force_needs_its_document(county):
    county.page("/decide")
    told = {"village": "150101100202", "part": "", "approach": "gas", "who": "王芳", "why": "会议",
            "decided_on": "", "change": county.keys.change}  # fmt: skip
    for number, (status, document, answer) in enumerate(RULED):
        fields = told | {"status": status, "document_no": document}
        found = county.client.post("/decide/rule", data=fields)
        assert found.status_code == answer, status
        assert ("要写文号" in found.text) == (answer == 400), status
        assert (county.folder / "office.gpkg").exists() == (answer == 303), status
        if answer == 303:
            (row,) = gis.open_project(county.folder).record.rows("rulings").to_dict("records")
            assert row["status"] == status, number


def test_what_is_in_the_way_of_deciding_is_said(clerk, tmp_path):
    clerk.drop(*write_office(tmp_path / "own"))
    answer = clerk.client.get("/decide")
    while answer.status_code == 202:
        clerk.desk.work.thread.join(60)
        answer = clerk.client.get("/decide")
    assert answer.status_code == 200
    n = sum(one.blocking for one in clerk.desk.opened().groups)
    assert n > 0
    assert i18n.messages("desk")["blocked"]["lead"]["zh"].format(n=n) in answer.text
    assert '<a href="/' in answer.text.partition("<main")[2]  # to the step that mends it
    assert "project.toml" not in answer.text.partition("<main")[2]
