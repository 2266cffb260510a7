"""The files of an edition, held on disk until they are published."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from threading import Lock
from zlib import crc32

from gis.publish import errors


class Spool(Mapping[str, bytes]):
    """Path → content, in order of path, kept in a temporary file; safe for several threads.

    The file is unnamed, so that no other process can open it, and vanishes with this object. A
    county's files take 75 MB.
    """

    def __init__(self) -> None:
        with _os_errors():
            self._file = TemporaryFile(prefix="nuantu-")  # noqa: SIM115  closed with this
        weakref.finalize(self, self._file.close)
        self._alone = Lock()
        self._places: dict[str, tuple[int, int, int]] = {}

    def __reduce__(self) -> tuple[Callable[[dict[str, bytes]], Spool], tuple[dict[str, bytes]]]:
        return _restore_spool, (dict(self),)

    def add(self, files: Mapping[str, bytes]) -> None:
        """Add files.

        Raises:
            PublicationError: The folder for temporary files is full or not writable.
        """
        for name, content in files.items():
            with self._alone, _os_errors():
                begin = self._file.seek(0, os.SEEK_END)
                self._file.write(content)
                self._file.flush()
                self._places[name] = (begin, len(content), crc32(content))

    def __getitem__(self, name: str) -> bytes:
        with self._alone, _os_errors():
            begin, size, check = self._places[name]
            self._file.seek(begin)
            content = self._file.read(size)
        if crc32(content) != check:
            raise errors.not_as_written(f"{gettempdir()} ({name})")
        return content

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._places))

    def __len__(self) -> int:
        return len(self._places)


@contextmanager
def _os_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise errors.from_os_error(error, Path(gettempdir())) from error


def _restore_spool(files: dict[str, bytes]) -> Spool:
    spool = Spool()
    spool.add(files)
    return spool
