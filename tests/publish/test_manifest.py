"""The manifest: what went in and came out, and the chain of editions."""

import hashlib
import json
import shutil
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from publish import sample
from publish.office_files import without_office_files
from publish.sample_variants import replaced

import gis
from gis.disclosure.rounding import MEMORY, NOTHING, memory_bytes, read_memory
from gis.editions.planner import planner_edition
from gis.editions.public import public_edition
from gis.errors import InputError, PublicationError
from gis.publish import publish, restore_edition, verify, write_decisions
from gis.publish.archive import edition_names
from gis.publish.manifest import manifest_bytes
from gis.publish.previous_edition import read_before
from gis.publish.signing import sealed
from gis.report.metadata import summary


@pytest.fixture
def out(first, tmp_path):
    """A copy of the first edition to change."""
    return shutil.copytree(first, tmp_path / "out")


def told(content):
    return json.loads(content)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def test_what_went_in_and_came_out(run):
    content = manifest_bytes(run, {"public/b.txt": b"two", "planner/a.txt": b"one"}, None)
    found = told(content)
    assert sealed(content)
    assert found["project"]["as_of"] == "2024-10-31"
    folder = run.project.folder
    assert found["project"]["sha256"] == sha256((folder / "project.toml").read_bytes())
    assert found["policy"] == {
        "document": "test 1",
        "path": "policy.toml",
        "sha256": sha256((folder / "policy.toml").read_bytes()),
    }
    assert found["targets"] is None
    assert found["previous"] is None
    assert found["code"]["nuantu"] == gis.__version__
    assert len(found["code"]["sha256"]) == 64
    assert {"geopandas", "pyarrow"} <= set(found["code"]["libraries"])
    assert found["outputs"] == [
        {"path": "planner/a.txt", "sha256": sha256(b"one"), "bytes": 3},
        {"path": "public/b.txt", "sha256": sha256(b"two"), "bytes": 3},
    ]


def test_rows_of_every_input_and_where_the_households_went(run):
    inputs = {row["layer"]: row for row in told(manifest_bytes(run, {}, None))["inputs"]}
    # the ledger is households.csv: 83 rows, one of them rejected
    assert inputs["households"] == {
        "layer": "households", "path": "households.csv", "sha256": "0" * 64, "rows": 83,
        "placed": 82, "rejected": 1, "outside": 0,
    }  # fmt: skip
    assert inputs["villages"]["rows"] == 4
    assert "placed" not in inputs["villages"]


def test_files_inside_and_outside_the_project_folder(run, tmp_path):
    (tmp_path / "targets.csv").write_text("x", encoding="utf-8")
    project = run.project.model_copy(update={"targets": tmp_path / "targets.csv"})
    found = told(manifest_bytes(replaced(run, project=project), {}, None))
    assert found["targets"] == {"path": "targets.csv", "sha256": sha256(b"x")}


@pytest.mark.parametrize("name", ["project.toml", "policy.toml"])
def test_a_project_file_that_vanishes_meanwhile_is_named(tmp_path, name):
    run = sample.results(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(InputError, match=name) as refused:
        manifest_bytes(run, {}, None)
    assert "运行途中" in refused.value.message.zh


def test_the_day_of_publication_is_recorded_where_it_is_stated(run):
    assert told(manifest_bytes(run, {}, None))["project"]["published_on"] is None
    project = run.project.model_copy(update={"published_on": date(2024, 11, 4)})
    dated = told(manifest_bytes(replaced(run, project=project), {}, None))["project"]
    assert (dated["as_of"], dated["published_on"]) == ("2024-10-31", "2024-11-04")


def later(run, day, **fields):
    """The same town on a later day."""
    return replaced(run, project=run.project.model_copy(update={"as_of": day}), **fields)


def test_each_edition_names_the_one_before(run, first, tmp_path, monkeypatch):
    without_office_files(monkeypatch)
    second = tmp_path / "second"
    publish(later(run, date(2024, 11, 30)), second, first)
    found = told((second / "manifest.json").read_bytes())
    assert found["previous"] == {"manifest_sha256": sha256((first / "manifest.json").read_bytes())}
    assert verify(second).as_of == "2024-11-30"
    assert (second / "planner" / "restatements.xlsx").is_file()
    assert not (first / "planner" / "restatements.xlsx").exists()


def test_an_edition_can_follow_itself_in_its_own_folder_and_be_restored(run, out, monkeypatch):
    without_office_files(monkeypatch)
    publish(later(run, date(2024, 11, 30)), out, out)
    assert verify(out).whole
    (name,) = edition_names(out)
    assert name.startswith("2024-10-31-")
    restore_edition(out, name)
    assert verify(out).as_of == "2024-10-31"
    assert sorted(one[:10] for one in edition_names(out)) == ["2024-10-31", "2024-11-30"]


def published(folder):
    kept = json.loads((folder / "planner" / "published.json").read_text("utf-8"))["counts"]
    return {key: pair[0] for key, pair in kept.items()}


def with_sizes(tmp_path, **sizes):
    return sample.results(tmp_path, sizes=sample.SIZES | sizes)


def told_of_b(tmp_path, homes, before):
    """What an edition that goes on from `before` tells of village B with so many homes."""
    run = with_sizes(tmp_path, **{sample.B: homes})
    _, counts, groups = public_edition(planner_edition(run, summary(run)), run, before)
    (tmp_path / MEMORY).write_bytes(memory_bytes(counts, groups))
    return published(tmp_path)[f"{sample.B}:households"]


def test_counts_stand_still_until_they_moved_by_five(tmp_path):
    seen, before = [], NOTHING
    (tmp_path / "planner").mkdir()
    for homes in (30, 34, 35, 36, 40):
        seen.append(told_of_b(tmp_path, homes, before))
        before = read_memory(tmp_path)
    # 34 is 4 from 30; 35 is 5 away and shows as 30 still (26 to 35); 36 and 39 stand; 40 is 40
    assert seen == [30, 30, 30, 30, 40]
    assert told_of_b(tmp_path, 36, NOTHING) == 40  # without the edition before it begins anew


def test_the_edition_before_as_it_was_published(out):
    before = read_before(out)
    assert (len(before.households), before.as_of) == (83, date(2024, 10, 31))
    assert before.households["accepted_on"].max() == pd.Timestamp("2024-10-10")
    assert before.manifest_sha256 == sha256((out / "manifest.json").read_bytes())
    for name, content in (
        ("planner/households.parquet", b"PAR1"),
        ("planner/published.json", (out / "planner/published.json").read_bytes() + b" "),
        ("manifest.json", (out / "manifest.json").read_bytes().replace(b"83", b"84", 1)),
    ):
        kept = (out / name).read_bytes()
        (out / name).write_bytes(content)
        with pytest.raises(InputError, match="is not whole or was changed"):
            read_before(out)
        (out / name).write_bytes(kept)
    assert read_before(out).as_of == date(2024, 10, 31)


def broken_off(out):
    """As after a kill while the same edition was published again: planner is on its way."""
    new, old = out / ".nuantu" / "new", out / ".nuantu" / "old"
    new.mkdir(parents=True)
    shutil.copytree(out / "public", old / "public")
    shutil.copytree(out / "planner", old / "planner")
    shutil.copytree(out / "townships", new / "townships")
    shutil.copy(out / "manifest.json", new / "manifest.json")
    (out / "planner").rename(new / "planner")
    (out / ".nuantu" / "commit").write_bytes(b"")


def test_an_edition_before_that_was_broken_off_is_recovered_first(run, out, monkeypatch):
    without_office_files(monkeypatch)
    broken_off(out)
    publish(later(run, date(2024, 11, 30)), out, out)
    found = verify(out)
    assert (found.whole, found.as_of) == (True, "2024-11-30")


def test_decisions_alone_recover_a_publication_first(run, out):
    broken_off(out)
    write_decisions(run, out)
    assert verify(out).whole


def test_decisions_alone_do_not_change_a_publication(run, out):
    write_decisions(run, out)
    assert verify(out).whole  # the same decisions again
    other = run.decisions.villages.assign(batch=99)
    decisions = type(run.decisions)(**vars(run.decisions) | {"villages": other})
    with pytest.raises(PublicationError, match="holds a publication"):
        write_decisions(replace(run, decisions=decisions), out)
    assert verify(out).whole
