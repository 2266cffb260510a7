"""Something large that several processes rest on: its arrays are in memory once, for all of them.

The arrays lie in a file that each process maps, so that a page of it is read when it is first
looked at and given back when memory is short; the rest, a small part, travels by itself.
"""

from __future__ import annotations

import mmap
import os
import pickle
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Thing = TypeVar("Thing")
_EVEN = 64  # bytes: arrays begin at multiples of it


class SharedArrays(Generic[Thing]):
    """A thing whose arrays lie in `path`, a file that must stay there as it is.

    rest: the thing without them, pickled; sizes: bytes of each.
    """

    def __init__(self, path: Path, rest: bytes, sizes: tuple[int, ...]) -> None:
        self._path, self._rest, self._sizes = path, rest, sizes

    @classmethod
    def of(cls, thing: Thing, path: Path) -> SharedArrays[Thing]:
        """Write a thing's arrays to `path`."""
        buffers: list[pickle.PickleBuffer] = []
        rest = pickle.dumps(thing, protocol=5, buffer_callback=buffers.append)
        arrays = [one.raw() for one in buffers]
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}.part")
        with draft.open("wb") as out:
            for array in arrays:
                out.write(array)
                out.write(bytes(-array.nbytes % _EVEN))
        draft.replace(path)
        return cls(path, rest, tuple(array.nbytes for array in arrays))

    def get(self) -> Thing:
        """The thing, made anew: what a task does to it is gone with the task."""
        made: Thing = pickle.loads(self._rest, buffers=self._arrays())  # noqa: S301  # by us
        return made

    def __reduce__(
        self,
    ) -> tuple[Callable[..., SharedArrays[Thing]], tuple[Path, bytes, tuple[int, ...]]]:
        return SharedArrays, (self._path, self._rest, self._sizes)

    def _arrays(self) -> list[memoryview]:
        if not sum(self._sizes):
            return [memoryview(b"") for _ in self._sizes]
        with self._path.open("rb") as file:
            whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
        arrays, at = [], 0
        for size in self._sizes:
            arrays.append(whole[at : at + size])
            at += size + -size % _EVEN
        return arrays
