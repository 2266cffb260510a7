"""Numbers as people write them, with units behind or in the heading."""

import pytest

from gis.layers.units import parse_number


@pytest.mark.parametrize(
    ("words", "unit", "number"),
    [
        ("120", "m²", 120), ("120㎡", "m²", 120), ("120.5 平方米", "m²", 120.5),
        ("１２０", "m²", 120), ("1,234.5", "m²", 1234.5), ("315kVA", "kVA", 315),
        ("0.4MVA", "kVA", 400), ("400千伏安", "kVA", 400), ("58MW", "MW", 58),
        ("58000 kW", "MW", 58), ("DN400", "mm", 400), ("Φ325", "mm", 325), ("dn150", "mm", 150),
        ("2.5吨", "kg", 2500), ("1500公斤", "t", 1.5), ("1.8", "t", 1.8), ("3000斤", "t", 1.5),
        ("30斤", "kg", 15), ("1.2万元", "元", 12000), ("2024年", "a", 2024),
        ("110°42′30″", "°", 110.70833333333333), ("35°35'60\"N", "°", 35.6), ("-3.5", "m", -3.5),
        ("1e3", "m", 1000), (".5", "m", 0.5), ("2000度", "kWh", 2000),
    ],
)  # fmt: skip
def test_numbers_with_units(words, unit, number):
    assert parse_number(words, unit) == pytest.approx(number, rel=1e-12)


@pytest.mark.parametrize(
    ("words", "unit"),
    [
        ("约100", "m²"), ("100-120", "m²"), ("100kVA", "m²"), ("1,23", "m²"), ("", "m²"),
        ("-", "m"),
        ("㎡", "m²"), ("100 户", "m²"), ("一百", "m²"), ("75%", "kVA"), ("10t/h", "MW"),
        ("1.2.3", "m"), ("3 m 4", "m"),
        ("+", "m"), ("e5", "m"), ("+E5", "m"),
    ],
)  # fmt: skip
def test_these_say_no_number(words, unit):
    assert parse_number(words, unit) is None
