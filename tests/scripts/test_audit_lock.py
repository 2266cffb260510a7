"""The check of the lock: pins, hashes, what is installed, and advisories that were given."""

import base64
import hashlib
import json
import subprocess
import sys
import zipfile
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCK = """# a head
-r other.lock
Some.Thing==1.10.0 \\
    --hash=sha256:aa
only-there[toml,x]==2 ; sys_platform == 'win32' \\
    --hash=sha256:bb
"""


@pytest.fixture(scope="module")
def audit():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "scripts"))
        patch.setattr(sys, "dont_write_bytecode", True)
        loader = SourceFileLoader("audit_lock", str(ROOT / "scripts" / "audit_lock"))
        module = module_from_spec(spec_from_loader("audit_lock", loader))
        loader.exec_module(module)
        yield module


def test_the_pins_of_a_lock(audit):
    assert [tuple(pin) for pin in audit.pins(LOCK)] == [
        ("some-thing", "1.10.0", 1, ""),
        ("only-there", "2", 1, "sys_platform == 'win32'"),
    ]


@pytest.mark.parametrize(
    ("entry", "told"),
    [("a==1\n", "a 1: 没有哈希"), ("a>=1 \\\n    --hash=sha256:aa\n", "没有钉住版本"),
     ("a==1.* \\\n    --hash=sha256:aa\n", "a: 没有钉住版本")],
)  # fmt: skip
def test_what_is_not_pinned(audit, entry, told):
    (found,) = audit.unpinned(audit.pins(entry))
    assert told in found


def test_what_we_run_on_is_pinned_and_installed_as_pinned():
    """The real locks against the real environment, with nothing but the standard library."""
    for lock in ("requirements.lock", "tests/requirements.lock"):
        command = [sys.executable, "-S", ROOT / "scripts" / "audit_lock", "--lock", ROOT / lock]
        run = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
        assert run.returncode == 0, run.stdout + run.stderr
        assert "no advisories were given, 0 findings" in run.stdout


def installed(place, version="1.10.0"):
    """A package as pip leaves it."""
    (place / "some").mkdir(parents=True)
    (place / "some" / "code.py").write_bytes(b"x = 1\n")
    seal = base64.urlsafe_b64encode(hashlib.sha256(b"x = 1\n").digest()).rstrip(b"=").decode()
    info = place / f"Some_Thing-{version}.dist-info"
    info.mkdir()
    record = f"some/code.py,sha256={seal},6\nsome/__pycache__/code.pyc,,\nRECORD,,\n"
    (info / "RECORD").write_text(record, encoding="utf-8")
    return place


def test_what_is_installed_is_what_is_pinned(audit, tmp_path):
    place, lock = installed(tmp_path), audit.pins(LOCK)
    assert list(audit.misplaced(lock, place)) == []
    (place / "some" / "code.py").write_bytes(b"x = 2\n")
    (changed,) = audit.misplaced(lock, place)
    assert "some/code.py" in changed
    (place / "some" / "code.py").unlink()
    (missing,) = audit.misplaced(lock, place)
    assert "some/code.py" in missing


def test_another_version_or_none(audit, tmp_path):
    (other,) = audit.misplaced(audit.pins(LOCK), installed(tmp_path / "a", "1.9.0"))
    assert "1.9.0 is installed, 1.10.0 pinned" in other
    (tmp_path / "b").mkdir()
    (none,) = audit.misplaced(audit.pins(LOCK), tmp_path / "b")
    assert "some-thing 1.10.0" in none


def advisory(**affected):
    package = {"ecosystem": "PyPI", "name": "some_thing"}
    return {"id": "X-1", "summary": "bad", "affected": [{"package": package} | affected]}


def events(*pairs):
    return {"ranges": [{"type": "ECOSYSTEM", "events": [dict([pair]) for pair in pairs]}]}


@pytest.mark.parametrize(
    ("affected", "hit"),
    [
        ({"versions": ["1.9", "1.10.0"]}, True),
        ({"versions": ["1.9"]}, False),
        (events(("introduced", "0")), True),
        (events(("introduced", "0"), ("fixed", "1.10.0")), False),
        (events(("introduced", "0"), ("fixed", "1.10.1")), True),
        (events(("introduced", "1.9"), ("last_affected", "1.10")), True),
        (events(("introduced", "1.2"), ("last_affected", "1.9.9")), False),
        (events(("introduced", "1.10.1"), ("fixed", "1.11")), False),
        (events(("fixed", "1.2"), ("introduced", "1.10"), ("introduced", "0")), True),
        ({"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}, False),
    ],
)
def test_advisories_by_version_and_by_range(audit, affected, hit):
    found = list(audit.unsafe(audit.pins(LOCK), [advisory(**affected)]))
    assert found == (["some-thing 1.10.0: X-1 bad"] if hit else [])


def test_advisories_of_others_and_withdrawn_ones(audit):
    other = advisory(versions=["1.10.0"])
    other["affected"][0]["package"]["ecosystem"] = "npm"
    gone = advisory(versions=["1.10.0"]) | {"withdrawn": "2024-01-01T00:00:00Z"}
    assert list(audit.unsafe(audit.pins(LOCK), [other, gone])) == []


def test_a_file_a_folder_and_a_zip_of_advisories(audit, tmp_path):
    text = json.dumps(advisory(versions=["1"]))
    (tmp_path / "one.json").write_text(text, encoding="utf-8")
    (tmp_path / "list.json").write_text(f"[{text}, {text}]", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as packed:
        packed.writestr("X-1.json", text)
        packed.writestr("notes.txt", "no advisory")
    counts = [
        len(list(audit.given(tmp_path / name))) for name in ("one.json", "list.json", "all.zip")
    ]
    assert counts == [1, 2, 1]
    assert len(list(audit.given(tmp_path))) == 3
