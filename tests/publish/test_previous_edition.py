"""The edition that stands is the one before; an earlier day is not put over a later one."""

import json
import shutil
from dataclasses import replace
from datetime import date

import pytest
from publish import sample
from publish.office_files import without_office_files

from gis.disclosure.rounding import PublishedCount
from gis.errors import InputError
from gis.publish import edition_names, publish
from gis.publish.previous_edition import NO_PAST, past

SEPTEMBER, OCTOBER, NOVEMBER = date(2024, 9, 30), date(2024, 10, 31), date(2024, 11, 30)
KEY = f"{sample.B}:households"


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """October with 24 homes in B, published as 20."""
    folder = tmp_path_factory.mktemp("published")
    with pytest.MonkeyPatch.context() as patch:
        without_office_files(patch)
        publish(town(folder, OCTOBER, 24), folder / "out")
    return folder / "out"


def town(folder, as_of=OCTOBER, homes=30, **flags):
    """The sample town with so many homes in B, on an as-of day."""
    made = sample.results(folder, sizes=sample.SIZES | {sample.B: homes}, as_of=as_of)
    return replace(made, **flags)


def test_the_edition_that_stands_is_gone_on_from(out, tmp_path):
    found = past(town(tmp_path, NOVEMBER, 28), out, None)
    assert found.memory.counts[KEY] == PublishedCount(20, 24)
    assert found.before.as_of == OCTOBER
    assert past(town(tmp_path, NOVEMBER), tmp_path / "new", None) == NO_PAST
    assert past(town(tmp_path, NOVEMBER), tmp_path / "new", out).memory == found.memory


def test_the_same_day_again_is_told_against_the_edition_before_it(out, tmp_path, monkeypatch):
    without_office_files(monkeypatch)
    mine = tmp_path / "out"
    shutil.copytree(out, mine)
    seen = []
    for _ in range(2):
        publish(town(tmp_path, NOVEMBER, 28), mine)
        seen.append((mine / "manifest.json").read_bytes())
    assert seen[0] == seen[1]
    assert json.loads(seen[0])["previous"] is not None
    assert (mine / "planner" / "restatements.xlsx").exists()
    # 28 is 4 away from the 24 at which it was told as 20; afresh it would be told as 30
    kept = json.loads((mine / "planner" / "published.json").read_text("utf-8"))
    assert kept["counts"][KEY] == [20, 24]
    assert [name[:10] for name in edition_names(mine)] == ["2024-10-31", "2024-11-30"]


def test_the_first_day_again_has_nothing_before_it(out, tmp_path):
    found = past(town(tmp_path, OCTOBER), out, None)
    assert (found.memory.counts[KEY], found.before) == (PublishedCount(20, 24), None)


def test_an_edition_of_another_project_is_none_before(out, tmp_path):
    made = town(tmp_path, SEPTEMBER)
    other = replace(made, project=made.project.model_copy(update={"name": "elsewhere"}))
    assert past(other, out, None) == NO_PAST


@pytest.mark.parametrize("named", [True, False])
def test_an_earlier_day_over_a_later_one_is_asked_about(out, tmp_path, named):
    asked = (out, out if named else None)
    with pytest.raises(InputError, match=r"as of 2024-10-31.*--older"):
        past(town(tmp_path, SEPTEMBER), *asked)
    meant = past(town(tmp_path, SEPTEMBER, older=True), *asked)
    assert meant.memory.counts[KEY] == PublishedCount(20, 24)  # what was public holds all the same


@pytest.mark.parametrize("name", ["planner/published.json", "manifest.json"])
def test_a_damaged_edition_is_not_taken_for_none(out, tmp_path, name):
    shutil.copytree(out, tmp_path / "out")
    (tmp_path / "out" / name).write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match=r"published\.json"):
        past(town(tmp_path, NOVEMBER), tmp_path / "out", None)
