"""What seldom occurs in a ledger, said rightly all the same."""

import math
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
import town
from publish import sample
from publish.sample_variants import replaced
from shapely.geometry import LineString, Point

from gis.disclosure.leak_scan import leaves
from gis.editions.geometry import collections
from gis.editions.page_rows import target_rows, unanswered_words, unverified
from gis.errors import Text
from gis.publish.files import _books
from gis.publish.page_builder import public_words
from gis.publish.previous_edition import history


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return sample.results(tmp_path_factory.mktemp("project"))


def with_layer(run, name, table):
    loaded = run.layers
    tables = {**loaded.tables, name: table}
    fields = {key: getattr(loaded, key) for key in type(loaded).__dataclass_fields__}
    return replaced(run, layers=type(loaded)(**fields | {"tables": tables}))


def test_streets_are_public_words(run):
    roads = town.layer([{"name": "独一无二街", "class": "main", "geometry": Point(0, 0)},
                        {"name": None, "class": "main", "geometry": Point(0, 0)}])  # fmt: skip
    assert "独一无二街" not in public_words(run)
    assert "独一无二街" in public_words(with_layer(run, "roads", roads))


def test_a_target_without_a_forecast_has_no_note(run):
    units = run.progress.units.assign(forecast_note=math.nan)
    progress = type(run.progress)(**vars(run.progress) | {"units": units})
    for row in target_rows(progress, ("2024-09", "2024-10")):
        assert row["note"] == {"zh": "", "en": ""}


def test_a_network_that_cannot_be_grown_says_why_where_its_layers_are_there(run):
    why = Text("没有热源容量", "no source has a capacity")
    said = [one["en"] for one in unanswered_words(replaced(run, not_extended=why))]
    assert "no source has a capacity" not in said  # there are no streets: that is said instead
    tables = run.facts.available | {"roads"}
    facts = replace(run.facts, available=tables)
    said = [one["en"] for one in unanswered_words(replaced(run, facts=facts, not_extended=why))]
    assert said[-1] == "no source has a capacity"


def test_unverified_quantities_are_told_with_their_units_and_never_by_their_keys(run, tmp_path):
    cny = 'unit = "CNY/户", source = "估"'
    share = '{ value = 0.05, low = 0.02, unit = "1/a", source = "估" }'
    text = f"""[prices]
interest = {share}
[prices.equipment_cny]
ashp_air = {{ value = 8000, low = 7000, high = 13500, {cny} }}
[sampling]
at_least = {{ value = 3, low = 1, high = 10, unit = "户", source = "估" }}
[subsidies.equipment.ashp_air]
share = {{ value = 1.0, unit = "1", source = "估" }}
"""
    rows = unverified(replaced(run, policy=town.policy(tmp_path, text), robustness=None))
    told = {one["name"]["zh"]: (one["value"], one["range"]) for one in rows}
    assert told["空气源热风机每户设备价"] == (
        {"zh": "8,000 元/户", "en": "8,000 yuan/home"},
        {"zh": "7,000 至 13,500 元/户", "en": "7,000 to 13,500 yuan/home"},
    )
    assert [one["zh"] for one in told["折现率"]] == ["5 %/年", "2 至 5 %/年"]
    assert [one["en"] for one in told["第三方抽查最少户数"]] == ["3 homes", "1 to 10 homes"]
    assert [one["zh"] for one in told["空气源热风机设备补贴：比例"]] == ["100 %", ""]
    for one in rows:
        said = [one[name][lang] for name in ("name", "value", "range") for lang in ("zh", "en")]
        assert not re.search(r"CNY|[a-z]_[a-z]|户·|[a-z]\.[a-z]", " ".join(said[1::2])), said


def test_without_a_zone_there_is_nothing_to_sign_off(run):
    judged = run.clearance
    none = SimpleNamespace(**vars(judged) | {"zones": judged.zones.iloc[:0]})
    for clearance, there in ((judged, True), (none, False)):
        found = _books(replaced(run, clearance=clearance), {}, {})
        assert ("planner/zone_check.xlsx" in found) is there


def test_a_kept_folder_that_is_no_edition_has_no_counts(tmp_path):
    (tmp_path / "editions" / "unnamed").mkdir(parents=True)
    assert history(tmp_path) == ()


def test_a_shape_of_no_vertex_hides_nobody():
    assert list(leaves([])) == []
    assert list(leaves([[1.0, 2.0], [3.0, 4.0]])) == [1.0, 2.0, 3.0, 4.0]


def test_a_street_without_a_name_is_drawn_without_one(run):
    line = LineString([(500000, 3940000), (500900, 3940000)])
    roads = town.layer([{"name": None, "class": "main", "geometry": line}])
    (street,) = collections(with_layer(run, "roads", roads))["roads"]["features"]
    assert street["geometry"]["type"] == "LineString"
    assert street["properties"] == {"name": ""}
