"""Files that are made and not yet published, kept on the disk: a county's take 75 MB."""

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
    """Path → content, in order of path, whoever of several threads made it first.

    It lies in a file without a name, which nobody else can open, and which is gone with this.
    """

    def __init__(self) -> None:
        with _said():
            self._file = TemporaryFile(prefix="nuantu-")  # noqa: SIM115  closed with this
        weakref.finalize(self, self._file.close)
        self._alone = Lock()
        self._places: dict[str, tuple[int, int, int]] = {}

    def __reduce__(self) -> tuple[Callable[[dict[str, bytes]], Spool], tuple[dict[str, bytes]]]:
        return _spool, (dict(self),)

    def add(self, files: Mapping[str, bytes]) -> None:
        """Put `files` in.

        Raises:
            PublicationError: the folder for temporary files is full, or refuses.
        """
        for name, content in files.items():
            with self._alone, _said():
                begin = self._file.seek(0, os.SEEK_END)
                self._file.write(content)
                self._file.flush()
                self._places[name] = (begin, len(content), crc32(content))

    def __getitem__(self, name: str) -> bytes:
        with self._alone, _said():
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
def _said() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise errors.of_system(error, Path(gettempdir())) from error


def _spool(files: dict[str, bytes]) -> Spool:
    made = Spool()
    made.add(files)
    return made
