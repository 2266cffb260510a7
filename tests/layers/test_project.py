"""project.toml: what is taken from it, and every mistake that is refused."""

from datetime import date

import pytest

from gis.errors import InputError
from gis.layers import read_project

GOOD = """
[project]
name = "hejin-2024"
title = { zh = "河津", en = "Hejin" }
crs = "EPSG:4546"
as_of = 2024-10-31
targets = "targets.csv"

[layers.households]
paths = ["a.xlsx", "b.xlsx"]
crs = "GCJ-02"
rename = { "户编号" = "household_id" }
source = "台账"
as_of = 2024-10-25

[[zones]]
zone_id = "Z1"
zone = "禁煤区"
effective_on = 2023-10-01
ring = ["解放路", "新耿街+50"]
"""


def read(tmp_path, text):
    (tmp_path / "project.toml").write_text(text, encoding="utf-8")
    return read_project(tmp_path)


def problems(tmp_path, text):
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    return caught.value.problems


def test_a_project_is_read_with_its_defaults(tmp_path):
    project = read(tmp_path, GOOD)
    assert project.folder == tmp_path
    assert project.title.zh == "河津"
    assert project.title.en == "Hejin"
    assert project.as_of == date(2024, 10, 31)
    assert project.policy == tmp_path / "policy.toml"
    assert project.targets == tmp_path / "targets.csv"
    assert (project.demonstration, project.map_review_no, project.publish_proposals) == (
        False,
        "",
        False,
    )
    assert (project.expires_on, project.address) == (None, "")
    households = project.layers["households"]
    assert [one.path for one in households.sources] == ["a.xlsx", "b.xlsx"]
    assert households.rename == {"户编号": "household_id"}
    assert households.as_of == date(2024, 10, 25)
    assert project.zones[0].ring == ("解放路", "新耿街+50")


def test_the_last_day_and_the_address_on_the_web(tmp_path):
    text = GOOD.replace(
        "as_of =", 'expires_on = 2025-03-31\naddress = "https://h.cn/a/"\nas_of =', 1
    )
    project = read(tmp_path, text)
    assert (project.expires_on, project.address) == (date(2025, 3, 31), "https://h.cn/a/")


def test_who_issues_notices_and_lists(tmp_path):
    assert read(tmp_path, GOOD).publisher is None
    project = read(tmp_path, '[publisher]\nname = { zh = "取暖办" }\nphone = "1"\n' + GOOD)
    assert (project.publisher.name.zh, project.publisher.phone) == ("取暖办", "1")
    assert project.publisher.objection_days == 7


def test_the_as_of_day_can_be_overridden(tmp_path):
    project = read(tmp_path, GOOD)
    assert project.model_copy(update={"as_of": date(2024, 9, 1)}).as_of == date(2024, 9, 1)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('crs = "EPSG:4546"', 'crz = "EPSG:4546"', ("unknown_key", "project.crz", "crs")),
        ("[layers.households]", "[layers.household]", ("unknown_layer", "layers", "households")),
        ("rename =", "renames =", ("unknown_key", "layers.households.renames", "rename")),
        ("zone_id =", "zoneid =", ("unknown_key", "zones[1].zoneid", "zone_id")),
        ('name = "hejin-2024"', "", ("missing_key", "project.name", "name")),
        ("as_of = 2024-10-31", 'as_of = "x"', ("wrong_value", "project.as_of", "2024-10-31")),
        ("as_of =", 'address = "ftp://h/"\nas_of =', ("wrong_value", "project.address", "address")),
        ("as_of =", 'address = "http://h/?a"\nas_of =', ("wrong_value", "project.address", "?a")),
        ('"a.xlsx"', '"../a.xlsx"', ("path_outside", "layers.households.paths", "relative")),
        ('"a.xlsx"', '"C:/a.xlsx"', ("path_outside", "layers.households.paths", "relative")),
        ('"a.xlsx"', '"/etc/a.xlsx"', ("path_outside", "layers.households.paths", "relative")),
        ('"a.xlsx"', '"http://h/a.xlsx"', ("path_outside", "layers.households.paths", "relative")),
        ('"a.xlsx"', '"x/../../a"', ("path_outside", "layers.households.paths", "relative")),
        ('"targets.csv"', '"../t.csv"', ("path_outside", "project.targets", "relative")),
        ("paths =", 'path = "c.csv"\npaths =', ("layer_place", "layers.households", "exactly one")),
        ('ring = ["解放路", "新耿街+50"]', "", ("zone_place", "zones[1]", "ring")),
        (
            "[project]",
            '[publisher]\nname = { zh = "办" }\nphon = "1"\n[project]',
            ("unknown_key", "publisher.phon", "phone"),
        ),
        (
            "[project]",
            '[publisher]\nname = { zh = "办" }\nobjection_days = 0\n[project]',
            ("wrong_value", "publisher.objection_days", "1"),
        ),
    ],
)
def test_a_mistake_is_named_with_its_key_and_a_way_out(old, new, expected, tmp_path):
    code, key, said = expected
    assert old in GOOD
    found = [one for one in problems(tmp_path, GOOD.replace(old, new)) if one.code == code]
    assert [one.column for one in found] == [key]
    assert said in found[0].message.en
    assert "project.toml" in found[0].message.zh


def test_a_zone_may_have_versions_but_one_a_day(tmp_path):
    zone = GOOD[GOOD.index("[[zones]]") :]
    assert {one.code for one in problems(tmp_path, GOOD + zone)} == {"zone_twice"}
    later = zone.replace("effective_on = 2023", "effective_on = 2024")
    assert later != zone
    assert len(read(tmp_path, GOOD + later).zones) == 2


def test_a_database_needs_its_table(tmp_path):
    text = GOOD.replace('paths = ["a.xlsx", "b.xlsx"]', 'dsn_env = "DB"')
    assert {one.code for one in problems(tmp_path, text)} == {"layer_place"}
    spec = read(tmp_path, text.replace('"DB"', '"DB"\ntable = "s.homes"')).layers["households"]
    assert (spec.dsn_env, spec.table, spec.files) == ("DB", "s.homes", ())


def test_a_folder_without_a_project_is_refused(tmp_path):
    with pytest.raises(InputError) as caught:
        read_project(tmp_path)
    assert caught.value.problems[0].code == "file_missing"


@pytest.mark.parametrize(
    ("old", "new", "code", "key"),
    [
        ('targets = "targets.csv"', 'targets = "a\\u0000b.csv"', "path_outside", "project.targets"),
        ('targets = "targets.csv"', 'policy = "a\\u0007.toml"', "path_outside", "project.policy"),
        ("as_of = 2024-10-31", "as_of = 0001-01-01", "wrong_value", "project.as_of"),
        ("as_of = 2024-10-31", "as_of = 9999-12-31", "wrong_value", "project.as_of"),
        ("2023-10-01", "0001-01-01", "wrong_value", "zones[1].effective_on"),
    ],
)
def test_names_and_days_that_there_are_not_are_refused(tmp_path, old, new, code, key):
    (problem,) = problems(tmp_path, GOOD.replace(old, new))
    assert (problem.code, problem.column) == (code, key)
