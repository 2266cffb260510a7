"""The doors to a publication: prove it, by whom it is signed, bring an earlier edition back."""

import json

import pytest
from publish.small_editions import present
from publish.test_signing import keys  # noqa: F401  a fixture
from publish.test_verify import ONE, TWO, with_manifest
from typer.testing import CliRunner

from gis.cli.commands import app
from gis.errors import InputError, PublicationError, UsageError
from gis.publish import atomic_swap, edition_names, verify
from gis.publish.signing import signer


def nuantu(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


@pytest.fixture
def out(tmp_path):
    atomic_swap.install(tmp_path / "out", ONE)
    atomic_swap.install(tmp_path / "out", TWO)
    return tmp_path / "out"


def test_the_kept_editions_are_listed_and_one_is_restored_by_name(out):
    (name,) = edition_names(out)
    listed = nuantu("restore", out, "--lang", "en")
    assert listed.exit_code == 0
    assert listed.stdout.split() == ["1", "editions", "are", "kept:", name]
    assert present(out) == TWO
    run = nuantu("restore", out, name, "--json")
    assert run.exit_code == 0
    assert json.loads(run.stdout) == {"restored": name, "kept": edition_names(out)}
    assert present(out) == ONE


def test_an_edition_that_is_not_kept_is_refused_with_the_names_there_are(out):
    run = nuantu("restore", out, "2020-01-01")
    assert isinstance(run.exception, InputError)
    assert edition_names(out)[0] in str(run.exception)
    assert present(out) == TWO


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("nuantu.gpkg", b"edited", True),
        ("nuantu.gpkg-wal", b"", True),
        ("nuantu.gpkg-shm", b"", True),
        ("mine.gpkg", b"", False),
        ("decisions.csv", b"edited", False),
    ],
)
def test_verify_says_what_changes_a_geopackage(tmp_path, file, content, said):
    """Beginning to edit does, in QGIS, and leaves files beside it where it is killed."""
    out = tmp_path / "out"
    atomic_swap.install(
        out, with_manifest("01", {"planner/nuantu.gpkg": b"1", "planner/decisions.csv": b"1"})
    )
    assert nuantu("verify", out).exit_code == 0
    (out / "planner" / file).write_bytes(content)
    run = nuantu("verify", out)
    assert run.exit_code == 1
    assert f"planner/{file}" in run.stdout
    assert ("切换编辑" in run.stdout) == said


def test_verify_says_whether_the_office_has_signed(out, keys):  # noqa: F811
    (secret, public), (_, other) = keys
    unsigned = nuantu("verify", out, "--key", public, "--lang", "en")
    assert unsigned.exit_code == 1
    assert "no signature for this key" in unsigned.stdout
    make = signer(secret, apart=())
    atomic_swap.install(out, TWO | {"manifest.sig": make(TWO["manifest.json"])})
    run = nuantu("verify", out, "--key", public, "--lang", "en")
    assert run.exit_code == 0
    assert "signed with the private half of this key" in run.stdout
    told = json.loads(nuantu("verify", out, "--key", other, "--json").stdout)
    assert (told["whole"], told["signed"]) == (True, False)
    assert "signed" not in json.loads(nuantu("verify", out, "--json").stdout)


def test_a_key_in_the_project_is_refused_before_anything_is_read(tmp_path):
    (tmp_path / "town").mkdir()
    (tmp_path / "town" / "key.pem").write_bytes(b"x")
    run = nuantu("run", tmp_path / "town", "--out", tmp_path / "out", "--sign",
                 tmp_path / "town" / "key.pem")  # fmt: skip
    assert isinstance(run.exception, InputError)
    assert "lies in" in str(run.exception)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["run", "decide", "extend"])
@pytest.mark.parametrize("below", ["", "below"])
def test_an_output_folder_that_is_a_file_is_wrong_usage_and_left_alone(command, below, tmp_path):
    """Said before the project is read: there is none."""
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    run = nuantu(command, tmp_path / "nowhere", "--out", tmp_path / "mine" / below)
    assert isinstance(run.exception, UsageError)
    assert "mine 是文件，不是文件夹" in str(run.exception)
    assert (tmp_path / "mine").read_text() == "mine"


def test_extend_into_a_publication_is_refused_before_the_work(out, tmp_path):
    run = nuantu("extend", tmp_path / "nowhere", "--out", out)
    assert isinstance(run.exception, PublicationError)
    assert "holds a publication" in str(run.exception)


@pytest.mark.parametrize(("place", "why"), [("out/public/n.html", "lies in the"), (".", "folder")])
def test_a_notice_is_a_file_beside_the_publication(out, tmp_path, place, why):
    run = nuantu("notice", out, "--out", tmp_path / place)
    assert isinstance(run.exception, UsageError)
    assert why in str(run.exception)
    assert verify(out).whole


@pytest.mark.parametrize("place", ["town", "."])
def test_the_project_does_not_end_up_in_the_publication(tmp_path, place):
    (tmp_path / "town").mkdir()
    run = nuantu("run", tmp_path / "town", "--out", tmp_path / place)
    assert isinstance(run.exception, UsageError)
    assert "its ledger among what is published" in str(run.exception)
