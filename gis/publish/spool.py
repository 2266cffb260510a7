"""Files that are made and not yet published, kept on the disk: a county's take 75 MB."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator, Mapping
from tempfile import TemporaryFile
from threading import Lock


class Spool(Mapping[str, bytes]):
    """Path → content, in order of path, whoever of several threads made it first.

    It lies in a file without a name, which nobody else can open, and which is gone with this.
    """

    def __init__(self) -> None:
        self._file = TemporaryFile(prefix="nuantu-")  # noqa: SIM115  closed with this
        weakref.finalize(self, self._file.close)
        self._alone = Lock()
        self._places: dict[str, tuple[int, int]] = {}

    def add(self, files: Mapping[str, bytes]) -> None:
        """Put `files` in."""
        for name, content in files.items():
            with self._alone:
                begin = self._file.seek(0, os.SEEK_END)
                self._file.write(content)
                self._places[name] = (begin, len(content))

    def __getitem__(self, name: str) -> bytes:
        with self._alone:
            begin, size = self._places[name]
            self._file.seek(begin)
            return self._file.read(size)

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._places))

    def __len__(self) -> int:
        return len(self._places)
