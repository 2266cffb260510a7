"""Whole old or whole new: killed or refused at every system call, and against each other."""

import errno
import fcntl
import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from publish.faults import STOPPED, Faults, calls_of
from publish.small_editions import NEW, OLD, OTHER, PARTS, edition, kept_ones, present, signed

from gis.errors import InputError, PublicationError
from gis.publish import archive, atomic_swap, errors, filesystem
from gis.publish.filesystem import locked


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch):
    """What is written down survives a power cut; a killed process loses nothing without it."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


def test_every_file_is_on_the_disk_before_the_commit(tmp_path, monkeypatch):
    synced, names = [], {}

    def opened(path, *args, real=os.open, **kwargs):
        handle = real(path, *args, **kwargs)
        names[handle] = str(path)
        return handle

    monkeypatch.setattr(os, "open", opened)
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(names[handle]))
    moved = []
    monkeypatch.setattr(
        atomic_swap,
        "move",
        lambda a, b: (moved.append((b.name, len(synced))), filesystem.move(a, b)),
    )
    atomic_swap.install(tmp_path, OLD)
    assert moved[0][0] == "commit"
    before = synced[: moved[0][1]]
    for name in OLD:
        assert str(tmp_path / ".nuantu" / "new" / name) in before
    for folder in ("public", "public/data", "planner", "planner/data", "townships", ""):
        assert str(tmp_path / ".nuantu" / "new" / folder).rstrip("/") in before


def test_a_first_edition(tmp_path):
    atomic_swap.install(tmp_path / "out", OLD)
    assert present(tmp_path / "out") == OLD
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["manifest.json", *sorted(PARTS)]


def test_the_edition_before_is_kept_by_name(tmp_path):
    atomic_swap.install(tmp_path, OLD)
    atomic_swap.install(tmp_path, NEW)
    assert present(tmp_path) == NEW
    assert kept_ones(tmp_path) == [OLD]
    assert archive.edition_names(tmp_path)[0].startswith("2024-10-01-")


def test_the_same_edition_is_kept_once(tmp_path):
    for made in (OLD, NEW, OLD, NEW, NEW):
        atomic_swap.install(tmp_path, made)
    assert present(tmp_path) == NEW
    assert sorted(kept_ones(tmp_path), key=str) == sorted([OLD, NEW], key=str)


def test_an_edition_changed_by_hand_is_kept_beside_the_original(tmp_path):
    atomic_swap.install(tmp_path, OLD)
    atomic_swap.install(tmp_path, NEW)
    atomic_swap.restore_folder(tmp_path, archive.edition_names(tmp_path)[0])
    (tmp_path / "planner" / "note.txt").write_text("by hand", encoding="utf-8")
    atomic_swap.install(tmp_path, NEW)
    found = kept_ones(tmp_path)
    assert OLD in found
    assert OLD | {"planner/note.txt": b"by hand"} in found


def test_restore_brings_an_edition_back(tmp_path):
    atomic_swap.install(tmp_path, OLD)
    atomic_swap.install(tmp_path, NEW)
    atomic_swap.restore_folder(tmp_path, archive.edition_names(tmp_path)[0])
    assert present(tmp_path) == OLD
    assert NEW in kept_ones(tmp_path)


def test_restore_of_an_unknown_name_lists_the_known(tmp_path):
    atomic_swap.install(tmp_path, OLD)
    with pytest.raises(InputError, match="there are: none"):
        atomic_swap.restore_folder(tmp_path, "2020-01-01")
    atomic_swap.install(tmp_path, NEW)
    with pytest.raises(InputError, match="there are: 2024-10-01-"):
        atomic_swap.restore_folder(tmp_path, "2020-01-01")


def test_what_is_no_edition_is_kept_and_never_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_EDITIONS", 1)
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "mine.txt").write_text("mine", encoding="utf-8")
    for name in ("01", "02", "03", "04"):
        atomic_swap.install(tmp_path, edition(name))
    names = archive.edition_names(tmp_path)
    assert [name[:8] for name in names] == ["2024-10-", "unnamed-"]
    assert (tmp_path / "editions" / names[1] / "public" / "mine.txt").read_text() == "mine"


def test_a_link_in_place_of_a_part_is_replaced_and_not_followed(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine.txt").write_text("mine", encoding="utf-8")
    out = tmp_path / "out"
    out.mkdir()
    (out / "public").symlink_to(elsewhere)
    atomic_swap.install(out, OLD)
    assert present(out) == OLD
    assert not (out / "public").is_symlink()
    assert (elsewhere / "mine.txt").exists()


def test_the_folder_itself_may_be_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    atomic_swap.install(tmp_path / "link", OLD)
    assert present(tmp_path / "real") == OLD
    assert (tmp_path / "link").is_symlink()


def test_out_is_a_file(tmp_path):
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    with pytest.raises(PublicationError, match="out"):
        atomic_swap.install(tmp_path / "out", OLD)
    assert (tmp_path / "out").read_text() == "mine"


def recovered(folder):
    """Start again as the next run does, before it writes anything of its own."""
    with locked(folder):
        atomic_swap.recover(folder)
    assert not atomic_swap.is_interrupted(folder)


@pytest.mark.parametrize("every", [6, pytest.param(1, marks=pytest.mark.long)])
def test_killed_at_any_moment_an_edition_is_whole(tmp_path, every):
    """In a process of its own, which is small and so forks fast."""
    script = Path(__file__).with_name("killed_swap.py")
    run = subprocess.run(
        [sys.executable, str(script), str(tmp_path), str(every)],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert told["lost"] == []
    assert sum(told["moments"].values()) >= 500 / every
    assert told["replacing"]["old"] > 200 / every
    assert told["replacing"]["new"] > 50 / every


_ONE, _TWO = edition("01", 6), edition("02", 6)


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        (errno.ENOSPC, signed(_ONE), signed(_TWO)),
        (errno.EIO, _ONE, signed(_TWO)),
        (errno.EACCES, signed(_ONE), _TWO),
    ],
)
def test_refused_at_every_call(tmp_path, code, old, new, monkeypatch):
    monkeypatch.setattr(filesystem, "_PAUSE_S", 0)
    atomic_swap.install(tmp_path / "probe", old)
    calls = calls_of(lambda: atomic_swap.install(tmp_path / "probe", new))
    for at in range(1, len(calls) + 1):
        out = tmp_path / str(at)
        atomic_swap.install(out, old)
        expected = new
        try:
            with Faults(at, code):
                atomic_swap.install(out, new)
        except PublicationError:
            expected = old
        assert present(out) == expected, at
        recovered(out)
        assert present(out) == expected, at
    atomic_swap.install(out, OTHER)
    assert present(out) == OTHER


def test_stopped_by_hand_at_every_call(tmp_path):
    old, new = signed(_ONE), signed(_TWO)
    atomic_swap.install(tmp_path / "probe", old)
    calls = calls_of(lambda: atomic_swap.install(tmp_path / "probe", new))
    seen = []
    for at in range(1, len(calls) + 1):
        out = tmp_path / str(at)
        atomic_swap.install(out, old)
        with suppress(KeyboardInterrupt), Faults(at, STOPPED):
            atomic_swap.install(out, new)
        seen.append(present(out))
        assert seen[-1] in (old, new), at
        recovered(out)
        assert present(out) == seen[-1], at
        assert seen[-1] == old or kept_ones(out) == [old], at
    assert min(map(seen.count, (old, new))) > 5


def test_a_disk_that_fails_on_the_way_back_too_is_said_and_recovered(tmp_path, monkeypatch):
    atomic_swap.install(tmp_path, OLD)
    real, count = filesystem.move, []

    def failing(source, target):
        count.append(source)
        if len(count) > 4:
            raise OSError(errno.EIO, "Input/output error", str(source))
        real(source, target)

    monkeypatch.setattr(atomic_swap, "move", failing)
    with pytest.raises(PublicationError, match="nuantu verify"):
        atomic_swap.install(tmp_path, NEW)
    monkeypatch.undo()
    recovered(tmp_path)
    assert present(tmp_path) == NEW
    assert kept_ones(tmp_path) == [OLD]


def test_interrupted_by_hand_takes_everything_back(tmp_path, monkeypatch):
    atomic_swap.install(tmp_path, OLD)
    real, count = filesystem.move, []

    def stopped(source, target):
        count.append(source)
        if len(count) == 3:
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(atomic_swap, "move", stopped)
    with pytest.raises(KeyboardInterrupt):
        atomic_swap.install(tmp_path, NEW)
    assert present(tmp_path) == OLD
    assert not atomic_swap.is_interrupted(tmp_path)


def test_a_disk_that_reads_back_otherwise(tmp_path, monkeypatch):
    atomic_swap.install(tmp_path, OLD)

    def rotten(path, content, **rights):
        filesystem.write_file(
            path, content.replace(b"02 planner 1 ", b"02 planner 7 ", 1), **rights
        )

    monkeypatch.setattr(atomic_swap, "write_file", rotten)
    with pytest.raises(PublicationError, match=r"planner/data/1\.txt"):
        atomic_swap.install(tmp_path, NEW)
    assert present(tmp_path) == OLD
    assert not atomic_swap.is_interrupted(tmp_path)


def in_pair(out, begin, made):
    child = os.fork()
    if child:
        return child
    time.sleep(max(0.0, begin - time.monotonic()))
    try:
        atomic_swap.install(out, made)
    except BaseException:
        os._exit(1)
    os._exit(0)


@pytest.mark.parametrize("pairs", [20, pytest.param(100, marks=pytest.mark.long)])
def test_two_runs_at_once_follow_each_other(tmp_path, pairs):
    one, two = edition("11", 8), edition("12", 8)
    for number in range(pairs):
        out = tmp_path / str(number)
        begin = time.monotonic() + 0.005
        pair = [in_pair(out, begin, made) for made in (one, two)]
        assert [os.waitpid(child, 0)[1] for child in pair] == [0, 0]
        seen, before = present(out), kept_ones(out)
        assert [seen, *before] in ([one, two], [two, one])
        assert not atomic_swap.is_interrupted(out)
        assert not (out / filesystem.LOCK).exists()


def test_who_waits_too_long_is_told(tmp_path):
    with (
        locked(tmp_path),
        pytest.raises(PublicationError, match="another run"),
        locked(tmp_path, wait_s=0.1),
    ):
        pass


@pytest.fixture
def windows(monkeypatch):
    """The calls that Windows has in place of ours; the folder cannot be synced there."""

    def locking(handle, mode, size):
        assert (mode, size) == (2, 1)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:  # what msvcrt raises for a region that is locked
            raise PermissionError(errno.EACCES, "Permission denied") from error

    monkeypatch.setattr(filesystem, "WINDOWS", True)
    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(LK_NBLCK=2, locking=locking))


@pytest.mark.usefixtures("windows")
def test_on_windows(tmp_path):
    atomic_swap.install(tmp_path, OLD)
    atomic_swap.install(tmp_path, NEW)
    assert present(tmp_path) == NEW
    assert kept_ones(tmp_path) == [OLD]
    with (
        locked(tmp_path),
        pytest.raises(PublicationError, match="another run"),
        locked(tmp_path, wait_s=0.1),
    ):
        pass


@pytest.mark.usefixtures("windows")
def test_on_windows_a_file_held_open_is_named_and_nothing_moves(tmp_path, monkeypatch):
    atomic_swap.install(tmp_path, OLD)
    real = Path.open

    def held(path, mode="r", *args, **kwargs):
        if path.name == "4.txt" and mode == "r+b":
            raise PermissionError(errno.EACCES, "in use", str(path))
        return real(path, mode, *args, **kwargs)

    monkeypatch.setattr(Path, "open", held)
    with pytest.raises(PublicationError, match=r"planner/4\.txt is open in another program"):
        atomic_swap.install(tmp_path, NEW)
    monkeypatch.setattr(Path, "open", real)
    assert present(tmp_path) == OLD
    assert not atomic_swap.is_interrupted(tmp_path)
    atomic_swap.install(tmp_path, NEW)
    assert present(tmp_path) == NEW


@pytest.mark.usefixtures("windows")
def test_a_file_opened_in_the_middle_is_named(tmp_path, monkeypatch):
    """It was free when it was asked for, and held when its folder was moved."""
    atomic_swap.install(tmp_path, OLD)
    monkeypatch.setattr(filesystem, "_PAUSE_S", 0)
    real, asked = os.rename, []

    def refused(source, target):
        if str(source).endswith("planner") and "new" not in str(source):
            asked.append(source)
            raise PermissionError(errno.EACCES, "in use", str(source))
        real(source, target)

    monkeypatch.setattr(os, "rename", refused)
    monkeypatch.setattr(errors, "_is_held", lambda path: bool(asked) and path.name == "4.txt")
    with pytest.raises(PublicationError, match=r"4\.txt is open in another program"):
        atomic_swap.install(tmp_path, NEW)
    assert present(tmp_path) == OLD


def test_a_folder_without_rights_is_not_said_to_be_open_elsewhere(tmp_path, monkeypatch):
    """No file is held by a program where an open file can be replaced."""
    atomic_swap.install(tmp_path, OLD)
    monkeypatch.setattr(filesystem, "_PAUSE_S", 0)
    monkeypatch.setattr(errors, "_is_held", lambda _: True)
    at = calls_of(lambda: atomic_swap.install(tmp_path, NEW)).index("rename") + 2
    with Faults(at, errno.EACCES), pytest.raises(PublicationError, match="no permission to write"):
        atomic_swap.install(tmp_path, OLD)
    assert present(tmp_path) == NEW


def test_a_scanner_that_holds_a_file_for_a_moment_is_waited_for(tmp_path, monkeypatch):
    pauses = []
    monkeypatch.setattr(filesystem.time, "sleep", pauses.append)
    real, tries = os.rename, []

    def busy(source, target):
        tries.append(source)
        if len(tries) < 3:
            raise PermissionError(errno.EACCES, "in use", str(source))
        real(source, target)

    monkeypatch.setattr(os, "rename", busy)
    atomic_swap.install(tmp_path, OLD)
    assert present(tmp_path) == OLD
    assert len(pauses) == 2


@pytest.mark.parametrize("call", ["unlink", "replace"])
def test_a_scanner_that_holds_a_file_to_be_removed_or_replaced(tmp_path, monkeypatch, call):
    """The folder of the work is gone all the same, and one file is replaced."""
    pauses, refused = [], set()
    monkeypatch.setattr(filesystem.time, "sleep", pauses.append)
    real = getattr(os, call)

    def busy(path, *target, **of):
        if str(path) not in refused:
            refused.add(str(path))
            raise PermissionError(errno.EACCES, "in use", str(path))
        real(path, *target, **of)

    atomic_swap.install(tmp_path, OLD)
    work = tmp_path / "work"
    work.mkdir()
    (work / "one").write_bytes(b"1")
    monkeypatch.setattr(os, call, busy)
    filesystem.remove(work)
    assert not work.exists()
    atomic_swap.install_file(tmp_path / "planner" / "4.txt", b"two")
    assert (tmp_path / "planner" / "4.txt").read_bytes() == b"two"
    atomic_swap.install(tmp_path, NEW)
    assert present(tmp_path) == NEW
    assert not (tmp_path / filesystem.WORK).exists()
    assert pauses


@pytest.mark.usefixtures("windows")
def test_a_console_that_stands_in_public_is_told_to_leave(tmp_path, monkeypatch):
    """Windows never moves the current folder of a program. No file in it is held."""
    atomic_swap.install(tmp_path, OLD)
    monkeypatch.setattr(filesystem, "_PAUSE_S", 0)
    real, stands = os.rename, tmp_path / "public"

    def refused(source, target):
        if source == stands:
            raise PermissionError(errno.EACCES, "Permission denied", str(source))
        real(source, target)

    monkeypatch.setattr(os, "rename", refused)
    with pytest.raises(
        PublicationError, match=r"public cannot be changed: a command prompt"
    ) as said:
        atomic_swap.install(tmp_path, NEW)
    assert "cd .." in said.value.message.en
    assert "退到上一级文件夹" in said.value.message.zh
    assert present(tmp_path) == OLD
    assert not atomic_swap.is_interrupted(tmp_path)
    monkeypatch.setattr(os, "rename", real)
    atomic_swap.install(tmp_path, NEW)
    assert present(tmp_path) == NEW


def test_what_is_held_is_told_from_what_is_gone(tmp_path):
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "public" / "there").write_text("", encoding="utf-8")
    errors.if_held(tmp_path)  # neither is held


def test_one_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "planner" / "decisions.csv"
    atomic_swap.install_file(path, b"one")
    with Faults(3, errno.ENOSPC), pytest.raises(PublicationError, match="disk is full"):
        atomic_swap.install_file(path, b"two")
    assert path.read_bytes() == b"one"
    assert [p.name for p in path.parent.iterdir()] == ["decisions.csv"]
    atomic_swap.install_file(path, b"two")
    assert path.read_bytes() == b"two"


def test_a_link_among_the_kept_is_told_from_another(tmp_path):
    """An edition somebody changed into links is kept beside the original, link by link."""
    atomic_swap.install(tmp_path, OLD)
    atomic_swap.install(tmp_path, NEW)
    for target in ("one", "two", "two"):
        atomic_swap.restore_folder(
            tmp_path, next(n for n in archive.edition_names(tmp_path) if n.startswith("2024-10-01"))
        )
        (tmp_path / "planner" / "4.txt").unlink()
        (tmp_path / "planner" / "4.txt").symlink_to(tmp_path / target)
        atomic_swap.install(tmp_path, NEW)
    texts = [
        tmp_path / "editions" / name / "planner" / "4.txt"
        for name in archive.edition_names(tmp_path)
    ]
    links = [path.readlink().name for path in texts if path.is_symlink()]
    assert sorted(links) == ["one", "two"]


def test_a_lock_whose_file_its_last_holder_removed_is_taken_anew(tmp_path, monkeypatch):
    real, gone = os.stat, []

    def removed(path, *args, **kwargs):
        if str(path).endswith(filesystem.LOCK) and not gone:
            gone.append(path)
            Path(path).unlink()
        return real(path, *args, **kwargs)

    monkeypatch.setattr(os, "stat", removed)
    with locked(tmp_path):
        assert (tmp_path / filesystem.LOCK).exists()
    assert gone


def test_a_kept_edition_that_cannot_be_read_is_not_restored(tmp_path, monkeypatch):
    atomic_swap.install(tmp_path, OLD)
    atomic_swap.install(tmp_path, NEW)
    (name,) = archive.edition_names(tmp_path)
    real = Path.read_bytes

    def is_interrupted(path):
        if path.name == "4.txt" and "editions" in path.parts:
            raise OSError(errno.EIO, "Input/output error", str(path))
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", is_interrupted)
    with pytest.raises(PublicationError, match=r"4\.txt.*Input/output error"):
        atomic_swap.restore_folder(tmp_path, name)
    monkeypatch.undo()
    assert present(tmp_path) == NEW
