"""Verify names whatever was changed, missing or added, with the standard library alone."""

import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from publish.small_editions import edition, present

import gis
from gis.errors import InputError, PublicationError
from gis.publish import archive, atomic_swap, restore_edition, verify
from gis.publish.filesystem import locked
from gis.publish.signing import FORMAT, OPEN, seal, sealed


def sealed_edition(day):
    """An edition with a manifest of our format."""
    files = edition(day).items()
    return with_manifest(day, {name: held for name, held in files if name != "manifest.json"})


def with_manifest(day, files):
    told = {
        "format": FORMAT,
        "project": {"as_of": f"2024-10-{day}"},
        "outputs": [
            {"path": name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            for name, content in sorted(files.items())
        ],
        "seal": OPEN,
    }
    return files | {"manifest.json": seal((json.dumps(told, indent=2) + "\n").encode())}


ROOT = Path(gis.__file__).parents[1]
ONE, TWO = sealed_edition("01"), sealed_edition("02")


@pytest.fixture
def out(tmp_path):
    atomic_swap.install(tmp_path / "out", ONE)
    return tmp_path / "out"


def test_a_publication_as_it_was_published(out):
    found = verify(out)
    assert found.whole
    assert (found.files, found.as_of) == (19, "2024-10-01")


def edited(path, old, new):
    path.write_bytes(path.read_bytes().replace(old, new, 1))


def restamped(out):
    """The file's length and time stay; one sign differs."""
    path = out / "public" / "0.txt"
    before = path.stat()
    edited(path, b"public", b"PUBLIC")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def linked(out):
    path = out / "public" / "0.txt"
    path.rename(out / "copy.txt")
    path.symlink_to(out / "copy.txt")


def swapped(out):
    one, two = out / "public" / "0.txt", out / "planner" / "4.txt"
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)


def as_folder(out):
    path = out / "planner" / "4.txt"
    path.unlink()
    path.mkdir()


def _put(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")


def _link(path, target):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


TAMPERED = {
    "one sign": (restamped, {"changed": ["public/0.txt"]}),
    "one byte more": (lambda o: (o / "public/0.txt").write_bytes(ONE["public/0.txt"] + b" "),
                      {"changed": ["public/0.txt"]}),
    "cut short": (lambda o: (o / "planner/4.txt").write_bytes(ONE["planner/4.txt"][:-1]),
                  {"changed": ["planner/4.txt"]}),
    "emptied": (lambda o: (o / "planner/data/1.txt").write_bytes(b""),
                {"changed": ["planner/data/1.txt"]}),
    "two exchanged": (swapped, {"changed": ["planner/4.txt", "public/0.txt"]}),
    "deleted": (lambda o: (o / "townships/2.txt").unlink(), {"missing": ["townships/2.txt"]}),
    "renamed": (lambda o: (o / "townships/2.txt").rename(o / "townships/2.TXT"),
                {"missing": ["townships/2.txt"], "added": ["townships/2.TXT"]}),
    "a whole part gone": (lambda o: shutil.rmtree(o / "townships"),
                          {"missing": sorted(n for n in ONE if n.startswith("townships"))}),
    "a file added": (lambda o: (o / "public/new.html").write_bytes(b"x"),
                     {"added": ["public/new.html"]}),
    "a hidden file added": (lambda o: (o / "public/data/.x").write_bytes(b"x"),
                            {"added": ["public/data/.x"]}),
    "a file added beside": (lambda o: (o / "notes.txt").write_bytes(b"x"),
                            {"added": ["notes.txt"]}),
    "a file added among the editions": (lambda o: _put(o / "editions/x.txt"),
                                        {"added": ["editions/x.txt"]}),
    "an edition that nobody kept": (lambda o: _put(o / "editions/2024-10-01-abcdefabcdef/a/b.txt"),
                                    {"added": ["editions/2024-10-01-abcdefabcdef/a/b.txt"]}),
    "an empty edition": (lambda o: (o / "editions/unnamed").mkdir(parents=True),
                         {"added": ["editions/unnamed"]}),
    "a link among the editions": (lambda o: _link(o / "editions/y", o / "public"),
                                  {"added": ["editions/y"]}),
    "a link for the editions": (lambda o: _link(o / "editions", o / "public"),
                                {"added": ["editions"]}),
    "a folder for the signature": (lambda o: _put(o / "manifest.sig/x.txt"),
                                   {"added": ["manifest.sig/x.txt"]}),
    "an empty folder for the signature": (lambda o: (o / "manifest.sig").mkdir(),
                                          {"added": ["manifest.sig"]}),
    "a link for the signature": (lambda o: _link(o / "manifest.sig", o / "manifest.json"),
                                 {"added": ["manifest.sig"]}),
    "a folder for the lock": (lambda o: _put(o / ".nuantu.lock/x.txt"),
                              {"added": [".nuantu.lock/x.txt"]}),
    "a pipe": (lambda o: os.mkfifo(o / "planner/pipe"), {"added": ["planner/pipe"]}),
    "an empty folder added": (lambda o: (o / "public/new").mkdir(), {"added": ["public/new"]}),
    "a link for a file": (linked, {"changed": ["public/0.txt"], "added": ["copy.txt"]}),
    "a folder for a file": (as_folder, {"changed": ["planner/4.txt"]}),
    "a dangling link added": (lambda o: (o / "public/x").symlink_to("/nowhere"),
                              {"added": ["public/x"]}),
    "the manifest's date": (lambda o: edited(o / "manifest.json", b"2024-10-01", b"2024-10-09"),
                            {"changed": ["manifest.json"]}),
    "the manifest's blanks": (lambda o: edited(o / "manifest.json", b'": ', b'":  '),
                              {"changed": ["manifest.json"]}),
    "the manifest's end": (lambda o: edited(o / "manifest.json", b'"\n}\n', b'"\n}\n\n'),
                           {"changed": ["manifest.json"]}),
    "a hash and its file": (lambda o: (edited(o / "public/0.txt", b"public", b"PUBLIC"), edited(
        o / "manifest.json", hashlib.sha256(ONE["public/0.txt"]).hexdigest().encode(),
        hashlib.sha256(ONE["public/0.txt"].replace(b"public", b"PUBLIC", 1)).hexdigest().encode())),
        {"changed": ["manifest.json"]}),
}  # fmt: skip


@pytest.mark.parametrize("place", TAMPERED)
def test_tampering_is_named(out, place):
    tamper, expected = TAMPERED[place]
    tamper(out)
    found = verify(out)
    named = {kind: list(getattr(found, kind)) for kind in ("changed", "missing", "added")}
    assert {kind: names for kind, names in named.items() if names} == expected
    assert not found.whole


def test_the_kept_editions_are_verified_too(out):
    atomic_swap.install(out, TWO)
    assert verify(out).whole
    assert verify(out).files == 38
    name = archive.edition_names(out)[0]
    (out / "editions" / name / "public" / "0.txt").unlink()
    (out / "editions" / name / "planner" / "new.txt").write_bytes(b"x")
    edited(out / "editions" / name / "planner" / "4.txt", b"planner", b"PLANNER")
    found = verify(out)
    assert found.missing == (f"editions/{name}/public/0.txt",)
    assert found.added == (f"editions/{name}/planner/new.txt",)
    assert found.changed == (f"editions/{name}/planner/4.txt",)


def test_what_stood_there_before_the_first_edition_is_let_be_while_it_is_what_it_was(tmp_path):
    _put(tmp_path / "planner" / "mine.txt")
    atomic_swap.install(tmp_path, ONE)
    (name,) = archive.edition_names(tmp_path)
    assert name.startswith("unnamed-")
    assert verify(tmp_path).whole
    _put(tmp_path / "editions" / name / "planner" / "other.txt")
    added = (f"editions/{name}/planner/mine.txt", f"editions/{name}/planner/other.txt")
    assert verify(tmp_path).added == added


def test_an_edition_within_a_kept_edition_is_named(out):
    atomic_swap.install(out, TWO)
    name = archive.edition_names(out)[0]
    inner = out / "editions" / name / "editions" / "x"
    _put(inner / "a.txt")
    (inner / "manifest.json").write_bytes(ONE["manifest.json"])
    assert verify(out).added == tuple(
        f"editions/{name}/editions/x/{one}" for one in ("a.txt", "manifest.json")
    )


_LATER = ONE["manifest.json"].replace(FORMAT.encode(), b"nuantu-manifest-9")


@pytest.mark.parametrize(
    "content", [_LATER, b"", b"{", b"[]", b'{"format": 2}', b'{"format": "other"}']
)
def test_a_manifest_that_cannot_be_read(out, content):
    (out / "manifest.json").write_bytes(content)
    with pytest.raises(InputError, match="no manifest that can be read"):
        verify(out)


def test_nothing_to_verify(tmp_path):
    with pytest.raises(InputError, match="holds no publication"):
        verify(tmp_path)
    with pytest.raises(InputError, match="holds no publication"):
        verify(tmp_path / "nowhere")


def test_what_cannot_be_read_is_named_and_not_called_changed(out, monkeypatch):
    real = Path.open

    def held(path, *args, **kwargs):
        if path.name == "4.txt":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", held)
    with pytest.raises(PublicationError, match=r"4\.txt \(Permission denied\).*nothing is proven"):
        verify(out)


def test_a_seal_is_of_the_whole_file():
    assert sealed(ONE["manifest.json"])
    assert not sealed(b"{}")


def test_a_kept_edition_is_restored_by_name(out):
    atomic_swap.install(out, TWO)
    restore_edition(out, archive.edition_names(out)[0])
    assert present(out) == ONE
    assert verify(out).whole


def test_a_kept_edition_that_was_tampered_with_is_not_restored(out):
    atomic_swap.install(out, TWO)
    (name,) = archive.edition_names(out)
    (out / "editions" / name / "public" / "0.txt").unlink()
    with pytest.raises(InputError, match=r"public/0\.txt.*was not restored"):
        restore_edition(out, name)
    assert present(out) == TWO


def begun(out):
    """As after a kill between the commit and the first rename."""
    for name, content in TWO.items():
        path = out / ".nuantu" / "new" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (out / ".nuantu" / "old").mkdir()
    (out / ".nuantu" / "commit").write_bytes(b"")


def test_verify_recovers_a_publication_that_was_broken_off(out):
    begun(out)
    assert verify(out).whole
    assert present(out) == TWO
    assert not atomic_swap.is_interrupted(out)


def test_verify_waits_for_a_publication_that_is_going_on(out):
    begun(out)
    with locked(out), pytest.raises(PublicationError, match="another run"):
        verify(out, wait_s=0.1)


def test_a_medium_that_cannot_be_written_can_be_verified(out, monkeypatch):
    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refused)
    assert verify(out).whole


def test_a_broken_publication_on_a_medium_that_cannot_be_written(out, monkeypatch):
    begun(out)

    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refused)
    with pytest.raises(PublicationError, match="Copy it to a writable place"):
        verify(out)


def test_verify_needs_the_standard_library_alone(out):
    """In a bare interpreter, which has no site-packages, out of the wheel as it was delivered."""
    wheel = out.parent / "nuantu.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        for path in Path(gis.__file__).parent.rglob("*.py"):
            packed.write(path, path.relative_to(ROOT))
    # as SECURITY.md says it
    code = "import sys; sys.path.insert(0, sys.argv[1]); from gis.publish import verify; "
    code += "print(verify(sys.argv[2]).whole)"
    command = [sys.executable, "-I", "-S", "-c", code, wheel, out]
    for expected in ("True\n", "False\n"):
        run = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
        assert (run.stdout, run.stderr) == (expected, "")
        (out / "public" / "0.txt").write_bytes(b"x")
