"""Dates in the forms people type, and those that name no certain day."""

from datetime import date

import pytest

from gis.layers.values import parse_date


@pytest.mark.parametrize(
    "words",
    [
        "2024-10-01", "2024.10.1", "2024/10/1", "20241001", "2024年10月1日", "2024年10月1号",
        "２０２４年１０月１日", " 2024 . 10 . 1 ", "2024-10-01 00:00:00", "2024/10/1 8:30",
        "2024-10-01T08:30:00", "45566", "45566.5",
    ],
)  # fmt: skip
def test_these_all_name_the_first_of_october(words):
    assert parse_date(words) == date(2024, 10, 1)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        # midnight in Beijing, as a program writes it that knows the zone
        ("2024-09-30T16:00:00Z", date(2024, 10, 1)),
        ("2024-09-30T15:59:59Z", date(2024, 9, 30)),
        ("2024-10-01T00:00:00+08:00", date(2024, 10, 1)),
        ("2024-09-30T23:00:00+07:00", date(2024, 10, 1)),
        # a local evening before the Z that GeoPackage demands
        ("2024-10-31T20:00:00Z", date(2024, 10, 31)),
        ("2024-10-31T23:59:59.999Z", date(2024, 10, 31)),
        ("2024-10-31 16:00:01+00:00", date(2024, 10, 31)),
        ("20000", date(1954, 10, 3)),
        ("80000", date(2119, 1, 11)),
    ],
)
def test_instants_and_serials(words, day):
    assert parse_date(words) == day


@pytest.mark.parametrize(
    "words",
    [
        "24.10.1", "10/1/2024", "2024-13-01", "2024-02-30", "2024年10月", "2024", "19999", "80001",
        "1948-12-31", "2101-01-01", "十月一日", "已拆", "2024-10-01abc", "",
    ],
)  # fmt: skip
def test_these_name_no_certain_day(words):
    assert parse_date(words) is None


@pytest.mark.parametrize(
    "words", ["2024-02-30T00:00:00Z", "2024-10-01T24:30:00Z", "9999-12-31T23:00:00-12:00"]
)
def test_times_that_no_calendar_or_clock_has_are_no_day(words):
    assert parse_date(words) is None
