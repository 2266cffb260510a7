"""The desk on one project folder: what was read of it, and who may change it.

Everything here can be read from the folder again. What was read holds until a file changes.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gis import i18n
from gis.api.project import open_project
from gis.api.project_file import POLICY, PROJECT
from gis.desk.security import Refused
from gis.desk.work import Stopped, Work, WorkError, own_failure
from gis.errors import InputError, Text
from gis.pipeline import Pipeline
from gis.publish.filesystem import hold_file, holder_of, release_file
from gis.record import FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gis.api.problem_groups import Group
    from gis.api.project import Project
    from gis.api.run import Run
    from gis.layers.raw_table import RawTable
    from gis.report.answers import AnswerNeeds

_READING = "reading"
_ASIDE = (".gpkg-wal", ".gpkg-shm", ".aux.xml")  # written beside a file that is only read
LOCK = ".nuantu-desk.lock"
Print = frozenset[tuple[str, int, int]]


@dataclass
class Opened:
    """What was read of the folder at one moment.

    files    the folder's files then, as `fingerprint` tells them
    runs     scenario → its stages, or why it cannot be decided; None is the plan itself
    project  None where project.toml or policy.toml cannot be read: `error` says why
    """

    files: Print
    project: Project | None = None
    error: Text | None = None
    groups: list[Group] = field(default_factory=list)
    answers: tuple[AnswerNeeds, ...] = ()
    fits: list[Text] = field(default_factory=list)
    runs: dict[str | None, Run | Text] = field(default_factory=dict)

    @property
    def blocking(self) -> int:
        """How many causes must be mended before anything is decided."""
        return sum(group.blocking for group in self.groups)


class Busy(Exception):  # noqa: N818  the page says so
    """Work goes on, and the page waits for it."""

    def __init__(self, work: Work) -> None:
        super().__init__(work.kind)
        self.work = work


class Desk:
    """One project folder that is open in the browser.

    work    what goes on beside the server, or went on last
    why     file → why it was taken for its layer, of the files dropped since the start
    published  the folder's files of the edition made since the start, None where none was
    tables  file, sheet and time of the file → its rows as they came
    found   kind of work → what it was worked out of, and what came of it or why nothing did
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder.resolve()
        self._change = threading.RLock()
        self.reading, self.deciding = threading.Lock(), threading.Lock()
        self._opened: Opened | None = None
        self.work: Work | None = None
        self.why: dict[str, Text] = {}
        self.tables: dict[tuple[str, str, int], RawTable] = {}
        self._tried: Print = frozenset()
        self.published: Print | None = None
        self.found: dict[str, tuple[object, Any]] = {}
        self._handle: int | None = None
        self._denied: OSError | None = None
        self._take_lock()

    def _take_lock(self) -> None:
        since = f"{datetime.now():%Y-%m-%d %H:%M}"  # noqa: DTZ005  as the office's clock says
        who = f"{_user()}@{socket.gethostname()} {since}"
        try:
            self._handle = hold_file(self.folder / LOCK, who)
        except OSError as error:  # a folder that cannot be written is looked at
            self._denied = error

    @property
    def writable(self) -> bool:
        """Whether this desk may change the folder."""
        return self._handle is not None

    @property
    def only_looks(self) -> Text | None:
        """Why this desk may only look; None where it may change the folder."""
        if self.writable:
            return None
        words = i18n.messages("desk")["site"]
        if self._denied is not None:
            why = self._denied.strerror or type(self._denied).__name__
            return i18n.format_message(words, "unwritable", folder=self.folder.name, why=why)
        held, nobody = holder_of(self.folder / LOCK), i18n.format_message(words, "another")
        zh, en = (
            i18n.format_message(words, "read_only", holder=held.strip() or nobody.of(lang)).of(lang)
            for lang in ("zh", "en")
        )
        return Text(zh, en)

    def close(self) -> None:
        """Give the folder back."""
        if self._handle is not None:
            release_file(self._handle, self.folder / LOCK)
            self._handle = None

    @property
    def stamp(self) -> str:
        """What project.toml and policy.toml hold now, in short; pages that show it carry it."""
        found = hashlib.sha256()
        for name in (PROJECT, POLICY):
            with suppress(OSError):
                found.update((self.folder / name).read_bytes())
        return found.hexdigest()[:16]

    @property
    def exists(self) -> bool:
        """Whether the folder has a project."""
        return (self.folder / PROJECT).is_file()

    @contextmanager
    def changing(self) -> Iterator[Path]:
        """The folder, for one change at a time.

        Raises:
            Refused: Another desk has the folder, or it cannot be written.
        """
        if (told := self.only_looks) is not None:
            raise Refused(409, told.zh, told.en)
        with self._change:
            self.end_reading()
            yield self.folder

    def fingerprint(self) -> Print:
        """The folder's files with their sizes and times; QGIS writes the record beside it first.

        What GDAL writes beside a file when it is read (.aux.xml) does not count: reading would
        follow upon reading without end.
        """
        found = set()
        for place, folders, names in os.walk(self.folder):
            folders[:] = [one for one in folders if not one.startswith(".nuantu-")]
            for name in names:
                aside = name.endswith(_ASIDE) and name != f"{FILE}-wal"
                if not name.startswith(".") and not aside:
                    path = os.path.join(place, name)  # noqa: PTH118  many files
                    with suppress(OSError):
                        told = os.stat(path)  # noqa: PTH116
                        found.add((path, told.st_size, told.st_mtime_ns))
        return frozenset(found)

    def opened(self) -> Opened:
        """What the folder holds now.

        Raises:
            Busy: It is being read.
            Refused: There is no project yet.
        """
        if not self.exists:
            raise Refused(404, "还没有项目；请先放文件。", "There is no project yet; drop files.")
        known, files = self._opened, self.fingerprint()
        if known is not None and known.files == files:
            return known
        work = self.work
        if work is not None and work.kind == _READING and work.error and self._tried == files:
            self.work = None  # reading again would fail again; asked once more it tries
            return Opened(files, error=work.error)
        raise Busy(self.begin(_READING, lambda work: self._read(work, files)))

    def known(self) -> Opened:
        """What was read last, though a file may have changed since; read now if nothing was.

        Raises:
            Busy: It is being read.
        """
        return self._opened if self._opened is not None else self.opened()

    def decided(self, scenario: str | None) -> Run:
        """The plan, or a scenario, of what the folder holds now.

        Raises:
            Busy: It is being worked out.
            InputError: The project cannot be read, or something is in the way of deciding.
        """
        opened = self.opened()
        if opened.project is None:
            raise InputError(opened.error or Text("", ""))
        run = opened.runs.get(scenario)
        if run is None:
            project = opened.project

            def task(_work: Work) -> None:
                try:
                    found = project.run(scenario)
                    found.plan  # noqa: B018  worked out now
                    opened.runs[scenario] = found
                except InputError as error:
                    opened.runs[scenario] = error.message
                except Stopped:
                    raise  # asked for again, it begins again
                except Exception as error:
                    opened.runs[scenario] = own_failure(error)
                    raise

            raise Busy(self.begin("deciding", task))
        if isinstance(run, Text):
            raise InputError(run)
        return run

    def worked_out(  # what it gives is the affair of `make`
        self, kind: str, key: object, make: Callable[[Work], Any]
    ) -> Any:  # noqa: ANN401
        """What `make` gives, worked out beside the server and kept until the next of its kind.

        Args:
            kind: What it is for, as pages that wait call it.
            key: What it depends on.
            make: Works it out, with the work that goes on.

        Raises:
            Busy: It is being worked out.
            InputError: It cannot be, or somebody stopped it; asked once more it tries again.
        """
        known, found = self.found.get(kind, (None, None))
        if known == key and found is not None:
            if isinstance(found, Text):
                raise InputError(found)
            return found
        work = self.work
        if work is not None and work.kind == kind and work.done and work.error:
            self.work = None
            raise InputError(work.error)

        def task(work: Work) -> None:
            try:
                self.found[kind] = (key, make(work))
            except InputError as error:
                self.found[kind] = (key, error.message)

        raise Busy(self.begin(kind, task))

    def begin(self, kind: str, task: Callable[[Work], None]) -> Work:
        """The work of this kind that is going on, or a new one.

        Raises:
            Busy: Other work goes on that may not be broken off.
        """
        with self._change:
            work = self.work
            if work is not None and not work.done:
                if work.kind == kind:
                    return work
                raise Busy(work)
            self.work = Work(kind).run(task)
            return self.work

    def begin_after(self, kind: str, task: Callable[[Work], None]) -> Work:
        """Work of this kind that follows the one that is going on; what failed in that is told.

        Raises:
            Busy: Work of another kind goes on.
        """
        with self._change:
            before = self.work
            if before is None or before.done or before.kind != kind:
                return self.begin(kind, task)

            def follow(work: Work) -> None:
                before.thread.join()
                task(work)
                if before.error is not None:
                    raise WorkError(before.error)

            self.work = Work(kind).run(follow)
            return self.work

    def need_rest(self, kind: str) -> None:
        """Refuse what cannot follow the work that goes on.

        Raises:
            Refused: Work goes on that is neither of this kind nor broken off for a change.
        """
        work = self.work
        if work is not None and not work.done and work.kind not in (kind, _READING):
            now = i18n.format_message(i18n.messages("desk")["busy"], work.kind)
            raise Refused(
                409,
                f"{now.zh}；这次放的文件一个也没有收，请等它完成后再放。",
                f"{now.en}: none of these files was taken; drop them again when that is done.",
            )

    def end_reading(self) -> None:
        """Break off what only reads: something is about to change."""
        work = self.work
        if work is not None and work.kind == _READING:
            work.stop()
            work.thread.join()

    def _say(self, stage: Text) -> None:
        """A stage begins; it is one of the work if it is the work that does it."""
        work = self.work
        if work is not None and work.thread is threading.current_thread():
            work.say(stage)

    def _read(self, _work: Work, files: Print) -> None:
        self._tried = files
        try:
            project = open_project(self.folder, stages=Pipeline(self._say))
            groups, answers, fits = project.problem_groups(), project.answers(), project.fits()
            self._opened = Opened(files, project, None, groups, answers, fits)
        except InputError as error:
            self._opened = Opened(files, None, error.message)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name
        return "—"
