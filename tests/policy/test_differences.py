"""What differs between policies is said in words with units, never by a key or a code."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from gis.errors import InputError
from gis.layers.toml_model import all_keys
from gis.policy import Policy, read_policy
from gis.policy.differences import differences, setting_name, unit_words, value_words

HEJIN = Path(__file__).parents[2] / "layers" / "hejin-2024" / "policy.toml"
# Tables whose keys a city chooses, with an entry as one may be
FREE = {
    "heat_sources.less_mw": "S1", "demand.building_w_per_m2": "flat_insulated",
    "electric.device_kw": "ashp_air", "progress.recognised": "gas", "responsible": "用地审批",
    "subsidies.payers": "县财政", "subsidies.hardship_payers": "县财政", "prices": "interest",
}  # fmt: skip
RULES = ("subsidies.equipment", "subsidies.connection", "subsidies.running")
PRICES = (
    "prices.interest", "prices.source_cny_per_kw", "prices.energy.coal_cny_per_t",
    "prices.gas.pipe_cny_per_m", "prices.network.snap_m", "prices.pipe_cny_per_m.DN100",
    "prices.equipment_cny.solar", "prices.cop.gshp", "prices.equipment_life_a.ashp_air",
    "prices.equipment_subsidy_cny.ashp_air", "prices.supply.power_mw", "prices.supply.gas_m3_day",
    "emissions.clean_coal_so2_kg_per_t", "emissions.coal_t_per_household",
)  # fmt: skip


def keys():
    """Every key that a scenario may change, as dotted keys."""
    for _, key in all_keys(Policy):
        if (
            key.startswith(("scenario", "policy.name", "priority.named_areas."))
            or key == "emissions"
        ):
            continue
        if key.startswith("routes."):
            field = key.removeprefix("routes.")
            yield from () if field == "route" else (f"routes.gas.{field}",)
        elif key.startswith(RULES) and key.count(".") > 1:
            *table, field = key.split(".")
            below = {"season_shares": ".2025", "payers": ".县财政"}.get(field, "")
            yield f"{'.'.join(table)}.gas.{field}{below}"
        elif key in FREE:
            yield f"{key}.{FREE[key]}"
        elif "." in key and key not in RULES:
            yield key
    yield from PRICES


def test_every_key_that_a_scenario_may_change_has_a_name():
    every = list(keys())
    assert len(every) > 120
    for key in every:
        name = setting_name(key)
        assert re.search(r"[\u4e00-\u9fff]", name.zh), key
        assert "_" not in name.zh + name.en, key
        assert name.en, key


@pytest.mark.parametrize(
    ("key", "value", "unit", "zh", "en"),
    [
        ("heating_network.connect_m", 300.0, "m", "300 m", "300 m"),
        ("heating_network.served_share", 0.7, "1", "70 %", "70 %"),
        ("electric.simultaneity", 0.9, "1", "0.9", "0.9"),
        ("electric.upgrade_cny_per_kva", 1200, "CNY/kVA", "1,200 元/kVA", "1,200 yuan/kVA"),
        ("subsidies.gas_cap_cny", 1200, "CNY/(户·季)", "1,200 元/(户·季)", "1,200 yuan/(home·season)"),
        ("demand.insulated_from", 2010, "年", "2010 年", "2010"),
        ("policy.plan_year", 2025, "", "2025", "2025"),
        ("electric.max_wait_winters", 1, "季", "1 个采暖季", "1 season"),
        ("prices.interest", 0.05, "1/a", "5 %/年", "5 % a year"),
        ("policy.deadline", date(2025, 11, 15), "", "2025年11月15日", "15 Nov 2025"),
        ("edition.board_full_names", True, "", "是", "yes"),
        ("electric.interim", "clean_coal", "", "洁净煤", "Clean coal"),
        ("heating_network.roles", ("primary", "secondary"), "", "一次网、二次网",
         "primary mains, secondary mains"),
        ("electric.unit_kva", (30, 50), "kVA", "30、50 kVA", "30, 50 kVA"),
        ("priority.named_areas", ({"name": "吴家关村周边"},), "", "吴家关村周边", "吴家关村周边"),
        ("season.start", None, "", "未写", "not set"),
        ("routes.gas.devices", (), "", "无", "none"),
        ("demand.outdoor_design_c", -4.5, "°C", "-4.5 °C", "-4.5 °C"),
    ],
)  # fmt: skip
def test_a_value_has_its_unit_and_a_code_its_words(key, value, unit, zh, en):
    assert value_words(key, value, unit) == (zh, en)


def test_a_unit_that_nobody_knows_stays_as_the_city_wrote_it():
    assert unit_words("斤/亩") == ("斤/亩", "斤/亩")
    assert unit_words("MWh/(m·a)") == ("MWh/(m·年)", "MWh/(m·year)")


def test_only_what_differs_is_told_and_in_all_policies():
    plan, wide, later = (read_policy(HEJIN, name) for name in (None, "wider_reach", "next_winter"))
    assert differences([plan, plan]) == []
    told = {row.key: [value.zh for value in row.values] for row in differences([plan, wide, later])}
    assert told == {
        "policy.deadline": ["2024年11月15日", "2024年11月15日", "2025年11月15日"],
        "heating_network.connect_m": ["50 m", "300 m", "50 m"],
        "heating_network.served_share": ["90 %", "70 %", "90 %"],
    }


def test_a_route_taken_out_and_a_source_that_gives_less(tmp_path):
    text = HEJIN.read_text("utf-8") + (
        '\n[scenario.less.heat_sources.less_mw]\nS1 = 10\n'
        '[scenario.rule.subsidies.running.central]\ncny_per_m2 = 3\nseasons = 3\n'
    )  # fmt: skip
    path = tmp_path / "policy.toml"
    path.write_text(text, encoding="utf-8")
    plan, less, rule = (read_policy(path, name) for name in (None, "less", "rule"))
    (one,) = differences([plan, less])
    assert one.name == ("热源“S1”少供", "Heat source S1 gives less")
    assert one.values == (("0 MW", "0 MW"), ("10 MW", "10 MW"))
    told = {row.name.zh: row.values[1].zh for row in differences([plan, rule])}
    assert told["集中供热运行补贴：每平方米标准"] == "3 元/m²"
    assert told["集中供热运行补贴：补贴季数"] == "3 个采暖季"


def test_a_scenario_has_a_title_in_one_language_or_both(tmp_path):
    path = tmp_path / "policy.toml"
    text = HEJIN.read_text("utf-8")
    path.write_text(f'{text}\n[scenario.x]\ntitle = "电价下调"\n', encoding="utf-8")
    policy = read_policy(path, "x")
    assert policy.scenario["x"].name == ("电价下调", "电价下调")
    assert policy.scenario["x"].changes == {}
    assert policy.scenario["wider_reach"].name == (
        "支线放长、覆盖比例放宽",
        "Longer branches, lower coverage",
    )
    for wrong in ("title = 3", 'title = { en = "x" }', 'title = ""'):
        path.write_text(f"{text}\n[scenario.x]\n{wrong}\n", encoding="utf-8")
        with pytest.raises(InputError, match=r"scenario\.x\.title"):
            read_policy(path)
