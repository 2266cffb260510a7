"""Mistakes in TOML files, each named with its key, its file and a way out."""

import os
from datetime import date

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator

from gis.errors import InputError, Text
from gis.layers.toml_model import closest_key, parse_model, read_toml, validation_error


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Quantity(Strict):
    value: float
    unit: str = ""


class Network(Strict):
    connect_m: float | Quantity = 50
    served_share: float = Field(0.9, ge=0, le=1)


class Route(Strict):
    route: str
    clause: str = ""


class Plan(Strict):
    heating_network: Network = Network()
    routes: tuple[Route, ...] = ()
    deadline: date = date(2024, 11, 15)
    scenario: dict[str, Network] = {}


def mistakes(data, tmp_path):
    with pytest.raises(InputError) as caught:
        parse_model(Plan, data, tmp_path / "policy.toml")
    return caught.value


@pytest.mark.parametrize(
    ("data", "key", "near"),
    [
        ({"heating_network": {"conect_m": 3}}, "heating_network.conect_m", "connect_m"),
        ({"routes": [{"route": "gas", "clauses": "x"}]}, "routes[1].clauses", "clause"),
        ({"served_share": 0.8}, "served_share", "heating_network.served_share"),
        ({"scenario": {"cold": {"connect": 1}}}, "scenario.cold.connect", "connect_m"),
        (
            {"heating_network": {"connect_m": {"value": 1, "unt": "m"}}},
            "heating_network.connect_m.unt",
            "unit",
        ),
    ],
)
def test_an_unknown_key_is_named_with_its_file_and_the_nearest_key(data, key, near, tmp_path):
    error = mistakes(data, tmp_path)
    (problem,) = [one for one in error.problems if one.code == "unknown_key"]
    assert problem.column == key
    assert problem.layer == "policy.toml"
    assert problem.blocking
    for said in (problem.message.zh, problem.message.en, error.message.zh, error.message.en):
        assert key in said
        assert near in said
        assert "policy.toml" in said


def test_all_mistakes_are_said_at_once(tmp_path):
    data = {"routes": [{}], "deadline": "soon", "heating_network": {"served_share": 2}}
    error = mistakes(data, tmp_path)
    assert {(one.code, one.column) for one in error.problems} == {
        ("missing_key", "routes[1].route"),
        ("wrong_value", "deadline"),
        ("wrong_value", "heating_network.served_share"),
    }
    assert "1.0" in error.message.en
    assert "2024-10-31" in error.message.zh


def test_more_mistakes_than_fit_are_counted(tmp_path):
    error = mistakes({f"key{number}": 1 for number in range(9)}, tmp_path)
    assert len(error.problems) == 9
    assert "4" in error.message.en.splitlines()[-1]


def test_a_sound_file_becomes_its_model(tmp_path):
    plan = parse_model(Plan, {"heating_network": {"connect_m": {"value": 60}}}, tmp_path / "p.toml")
    assert plan.heating_network.connect_m == Quantity(value=60)


def test_a_validator_speaks_both_languages(tmp_path):
    class Even(Strict):
        number: int

        @field_validator("number")
        @classmethod
        def _even(cls, number):
            if number % 2:
                raise validation_error("odd", Text("要偶数", "must be even"))
            return number

    with pytest.raises(InputError) as caught:
        parse_model(Even, {"number": 3}, tmp_path / "p.toml")
    (problem,) = caught.value.problems
    assert (problem.code, problem.column, problem.value) == ("odd", "number", "3")
    assert "要偶数" in problem.message.zh
    assert "must be even" in problem.message.en


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (b"a = \n", "not_toml", "line 1"),
        (b"a = 1\na = 2\n", "not_toml", "line 2"),
        ('标题 = "x"'.encode("gb18030"), "not_utf8", "line 1"),
        (b"a = " + b"[" * 100_000, "not_toml", "nested"),
    ],
)
def test_a_broken_file_is_refused_with_its_place(content, code, said, tmp_path):
    path = tmp_path / "project.toml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_toml(path)
    (problem,) = caught.value.problems
    assert problem.code == code
    assert "project.toml" in problem.message.zh
    assert said in problem.message.en


def test_a_missing_file_or_a_folder_is_refused(tmp_path):
    with pytest.raises(InputError) as caught:
        read_toml(tmp_path / "project.toml")
    assert caught.value.problems[0].code == "file_missing"
    with pytest.raises(InputError) as caught:
        read_toml(tmp_path)
    assert caught.value.problems[0].code == "file_unreadable"


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    path = tmp_path / "project.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\n")
    assert read_toml(path) == {"a": 1}


def test_nearest_says_nothing_when_nothing_is_near():
    assert closest_key("conect_m", ["connect_m", "value"]) == "connect_m"
    assert closest_key("xyz", ["connect_m", "value"]) == ""


def refused(path):
    with pytest.raises(InputError) as caught:
        read_toml(path)
    (found,) = caught.value.problems
    assert found.layer == path.name
    return found


def test_what_is_no_regular_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "policy.toml")  # to open it would wait for a writer
    assert refused(tmp_path / "policy.toml").code == "file_unreadable"
    (tmp_path / "link.toml").symlink_to(tmp_path / "policy.toml")
    assert refused(tmp_path / "link.toml").code == "file_unreadable"
    (tmp_path / "null.toml").symlink_to("/dev/zero")
    assert refused(tmp_path / "null.toml").code == "file_unreadable"


@pytest.mark.parametrize("written", ["9" * 6000, "-" + "1_0" * 3000])
def test_a_number_of_more_digits_than_python_reads_is_named_with_its_line(tmp_path, written):
    path = tmp_path / "policy.toml"
    path.write_text(f"[policy]\nplan_year = {written}\n", encoding="utf-8")
    found = refused(path)
    assert found.code == "not_toml"
    assert "第 2 行有写不成的数字或日期" in found.message.zh


def test_a_long_number_in_another_base_is_a_wrong_value(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text("routes = 0x" + "f" * 6000, encoding="utf-8")
    problem = mistakes(read_toml(path), tmp_path).problems[0]
    assert (problem.code, problem.column, problem.value) == ("wrong_value", "routes", "…")
