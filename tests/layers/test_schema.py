"""The declared columns against the contract: names, personal data, no heading for two columns."""

from collections import Counter

import pytest

from gis.layers import personal_columns
from gis.layers.columns import LAYERS, TARGETS
from gis.layers.schema import normalise_heading, normalise_word

ALL = [*LAYERS.values(), TARGETS]
# written down from the contract, section 2: personal columns are marked P
PERSONAL = {
    "households": {
        "hardship_class", "supplement_paid_on", "owner", "id_number", "phone", "bank_account",
        "meter_no", "address", "device_serial",
    },
    "inspections": {"inspector"},
    "meters": {"meter_no"},
}  # fmt: skip
REQUIRED = {
    "households": {"household_id", "heating"},
    "villages": {"village_code", "village", "township_code", "township"},
    "heat_pipes": {"pipe_id", "status"},
    "heat_sources": {"source_id", "capacity_mw"},
    "heat_coverage": {"status"},
    "gas_coverage": {"status", "supply_secured"},
    "transformers": {"transformer_id", "capacity_kva", "peak_load_kva"},
    "coal_ban_zones": {"zone_id", "zone", "effective_on"},
    "rulings": {"village_code", "approach", "status"},
    "zone_rulings": {"household_id", "zone_id", "ruling"},
    "inspections": {"inspection_id", "inspected_on", "finding"},
    "premises": {"premises_id", "kind"},
    "complaints": {"complaint_id", "received_on", "subject"},
    "sweeps": {"village_code", "swept_on"},
    "lots": {"lot"},
    "built_up_area": set(),
    "buildings": set(),
    "weather": {"season", "degree_days"},
    "meters": {"meter_no", "transformer_id"},
    "payments": {"payment_id", "purpose", "payer", "stage", "amount_cny"},
    "roads": set(),
    "rivers": set(),
    "water": set(),
    "contours": set(),
}
CHOICES = {
    ("households", "heating"): "coal central electric gas biomass solar none",
    ("households", "occupancy"): "occupied vacant demolition",
    ("households", "device"): "ashp_water ashp_air gshp central_electric electric_boiler "
    "direct_electric gas_boiler biomass_stove radiator",
    ("households", "acceptance_by"): "village township third_party county "
    "heating_centre housing_bureau",
    ("households", "willing"): "yes no undecided",
    ("complaints", "kind"): "coal other",
    ("households", "acceptance_result"): "pass fail",
    ("households", "heating_kwh_basis"): "separate_meter total_minus_baseline total",
    ("households", "hardship_class"): "none dibao wubao other",
    ("payments", "stage"): "budgeted allocated paid returned recovered settled",
    ("heat_pipes", "status"): "in_service planned",
    ("heat_pipes", "role"): "primary secondary",
    ("rulings", "status"): "proposed township_confirmed approved published",
    ("zone_rulings", "ruling"): "inside outside",
    ("inspections", "finding"): "clean coal_stored coal_burned coal_sold stove_present "
    "device_unused no_access",
}


def test_the_layers_are_those_of_the_contract():
    assert set(LAYERS) == set(REQUIRED)
    required = {name for name, layer in LAYERS.items() if layer.required}
    assert required == {"households", "villages", "coal_ban_zones"}


@pytest.mark.parametrize("layer", sorted(LAYERS))
def test_required_and_personal_columns_are_those_of_the_contract(layer):
    columns = LAYERS[layer].columns
    assert {column.name for column in columns if column.required} == REQUIRED[layer]
    assert personal_columns(layer) == PERSONAL.get(layer, set())


@pytest.mark.parametrize(("where", "words"), CHOICES.items(), ids=lambda one: str(one)[:30])
def test_code_lists_are_those_of_the_contract(where, words):
    layer, column = where
    assert list(LAYERS[layer].by_name[column].choices) == words.split()


@pytest.mark.parametrize("layer", ALL, ids=lambda layer: layer.name)
def test_no_heading_stands_for_two_columns(layer):
    said = [
        heading
        for column in layer.columns
        for heading in {normalise_heading(word) for word in (column.name, *column.aliases.split())}
    ]
    assert [heading for heading, count in Counter(said).items() if count > 1] == []


@pytest.mark.parametrize("layer", ALL, ids=lambda layer: layer.name)
def test_every_column_has_a_chinese_heading_and_no_word_two_meanings(layer):
    for column in layer.columns:
        assert column.aliases, column.name
        words = [
            word
            for key, said in column.choices.items()
            for word in {normalise_word(one) for one in (key, *said.split())}
        ]
        assert [word for word, count in Counter(words).items() if count > 1] == [], column.name


@pytest.mark.parametrize(
    ("heading", "folded"),
    [
        ("建筑面积（㎡）", "建筑面积"),
        (" 户 编 号 *", "户编号"),
        ("ＤＮ", "dn"),
        ("household_id", "householdid"),
        ("村(居)", "村"),
        ("（备注）", "备注"),
    ],
)
def test_headings_are_folded(heading, folded):
    assert normalise_heading(heading) == (folded if heading != "（备注）" else "(备注)")
