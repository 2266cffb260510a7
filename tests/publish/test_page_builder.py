"""The public files made in a process beside the run: the same bytes, the same refusals."""

import os
import shutil
import signal

import pytest
from publish.office_files import without_office_files
from publish.sample_variants import replaced

from gis import parallel
from gis.errors import NuantuError, PublicationError
from gis.parallel import Worker
from gis.publish import publish
from gis.publish.page_builder import start_page_builder
from gis.publish.verify import verify

pytestmark = [
    pytest.mark.skipif(parallel.cores() < 2, reason="needs two cores"),
    pytest.mark.usefixtures("workers"),
]


def started():
    return Worker(("gis.publish.page_builder",), apart=True)


@pytest.fixture(scope="module")
def process(workers):
    with started() as worker:
        assert worker.submit(os.getpid).result() != os.getpid()
        yield worker


def contents(folder):
    """Every published file but the manifests, which name the code they were made by."""
    found = (path for path in folder.rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
    return {name: one for name, one in files.items() if "manifest" not in name}


def test_the_same_bytes_as_without_it_and_from_every_run(run, process, tmp_path):
    """Without it in a process of its own, where no other test has been."""
    folders = tmp_path / "without", tmp_path / "with"
    with started() as alone:
        alone.submit(publish, run, folders[0]).result()
    publish(run, folders[1], watch=start_page_builder(process, run.facts, run.project))
    first, second = (contents(folder) for folder in folders)
    assert first.keys() == second.keys()
    assert [name for name, content in first.items() if content != second[name]] == []
    assert {"public/index.html", "planner/index.html"} <= first.keys()


def test_a_leak_found_there_stops_the_publication(run, process, tmp_path, monkeypatch):
    without_office_files(monkeypatch)
    name = run.facts.households["owner"].dropna().iloc[0]
    title = run.project.title.model_copy(update={"zh": f"{name} 家"})
    leaking = replaced(run, project=run.project.model_copy(update={"title": title}))
    with pytest.raises(PublicationError, match="owner"):
        publish(leaking, tmp_path, watch=start_page_builder(process, run.facts, run.project))
    assert list(tmp_path.iterdir()) == []


def test_killed_on_the_way_it_leaves_the_edition_before(run, first, tmp_path, monkeypatch):
    without_office_files(monkeypatch)
    standing = shutil.copytree(first, tmp_path / "out")
    before = (standing / "manifest.json").read_bytes()
    with started() as process:
        assert process.submit(os.getpid).result() != os.getpid()
        watch = start_page_builder(process, run.facts, run.project)
        os.kill(process.pid, signal.SIGTERM)
        with pytest.raises(NuantuError, match="what stood before still stands"):
            publish(run, standing, watch=watch)
    assert verify(standing).whole
    assert (standing / "manifest.json").read_bytes() == before
