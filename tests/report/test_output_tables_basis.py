"""What a report says it rests on, against what was written in the project and its policy."""

from datetime import date

import pandas as pd
import pytest
import town

from gis.layers.read_source import Origin
from gis.policy.quantities import quantity_name
from gis.report import output_tables


def test_a_layer_says_where_it_comes_from():
    origin = Origin("roads", "a.shp", "0" * 64, 7, "EPSG:4546", "utf-8", "住建局", "内部", "张村",
                    date(2024, 10, 1))  # fmt: skip
    row = output_tables.origin_table([origin]).loc[0]
    assert row.tolist() == [
        "roads",
        "a.shp",
        7,
        "住建局",
        "内部",
        "张村",
        pd.Timestamp(2024, 10, 1),
    ]


def test_unverified_quantities_are_those_without_a_source(tmp_path):
    verified = '{ value = 80, unit = "m", source = "公告", verified = true }'
    policy = town.policy(tmp_path, f"[gas]\nconnect_m = {verified}\nseason_m3 = 690")
    table = output_tables.unverified_table(policy, date(2024, 10, 31)).set_index("key")
    assert "gas.connect_m" not in table.index
    assert table.loc["gas.season_m3", ["in_use", "unit", "shipped"]].tolist() == [
        "690.0",
        "m3",
        False,
    ]
    kind = table.loc["demand.building_w_per_m2.house_uninsulated", ["range_low", "range_high"]]
    assert kind.tolist() == [60, 90]
    outside = table.loc["gas.season_m3"]  # 690 is not within the shipped range, 700 to 1,500
    assert outside[["range_low", "range_high"]].isna().all()
    assert outside["range_source"] == ""
    assert (outside["parameter"], outside["parameter_en"]) == (
        "户均采暖季用气量",
        "Seasonal gas of a home",
    )
    assert table.loc["demand.season_mwh", "shipped"]
    assert table.index.is_monotonic_increasing


@pytest.mark.parametrize(
    ("as_of", "listed"), [(date(2024, 3, 31), True), (date(2024, 4, 1), False)]
)
def test_a_verified_quantity_is_listed_until_it_is_in_force(tmp_path, as_of, listed):
    said = 'value = 80, unit = "m", source = "公告", verified = true, valid_from = 2024-04-01'
    policy = town.policy(tmp_path, f"[gas]\nconnect_m = {{ {said} }}")
    table = output_tables.unverified_table(policy, as_of).set_index("key")
    assert ("gas.connect_m" in table.index) is listed
    assert pd.isna(table.loc["demand.season_mwh", "valid_from"])
    if listed:
        assert table.loc["gas.connect_m", "valid_from"] == pd.Timestamp(2024, 4, 1)


def test_a_quantity_by_its_dotted_key(tmp_path):
    policy = town.policy(tmp_path)
    assert policy.quantity("prices.pipe_cny_per_m.DN50") == 1200
    assert policy.quantity("routes.electric.devices") == policy.route("electric").devices
    with pytest.raises(KeyError):
        policy.quantity("gas.nothing")


def test_what_is_missing_is_said():
    assert (
        output_tables.unanswered_table({"roads"})["unanswered"].str.contains("热力管网").sum() == 1
    )
    assert not output_tables.unanswered_table({"roads"})["unanswered"].str.contains("道路").any()
    assert len(output_tables.unanswered_questions({"roads"})) == 13


def test_units_of_a_table_for_readers_are_in_chinese():
    table = pd.DataFrame({"unit": ["CNY/户", "1", "d", "CNY/(m2·季)", "", "kW"]})
    said = output_tables.with_unit_words(table)["unit"].tolist()
    assert said == ["元/户", "", "天", "元/(m²·季)", "", "kW"]


def test_every_quantity_of_a_policy_has_a_name(tmp_path):
    device = '[devices."地埋管热泵"]\nroute = "electric"\nequipment_cny = 1\ncop = 4.0\n'
    policy = town.policy(
        tmp_path, device + '[season]\nstart = "11-15"\n[prices.supply]\npower_mw = 1\n'
    )
    for key in policy.provenance:
        zh, en = quantity_name(key)
        assert key not in (zh, en), key
    assert quantity_name("prices.equipment_cny.central").zh == "集中供热户内每户设备价"
    assert quantity_name("prices.cop.地埋管热泵").zh == "地埋管热泵季节能效（COP）"
    assert quantity_name("prices.cop.gshp") == (
        "地源热泵季节能效（COP）",
        "Seasonal COP, Ground-source heat pump",
    )
    assert quantity_name("prices.odd") == ("prices.odd", "prices.odd")
