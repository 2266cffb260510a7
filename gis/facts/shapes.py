"""Geometries that are made when they are first asked for, where they came from another process."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    # WKB, one behind the other (no bytes: None), and where each ends
    Packed = tuple[NDArray[np.uint8], NDArray[np.int64]]


class Shapes:
    """An array of geometries, which crosses to another process as bytes and ends: two arrays.

    There each is made when it is first asked for: a district asks for few of a province's.
    """

    def __init__(self, made: NDArray, packed: Packed | None = None) -> None:
        """packed: what those are made from that are asked for; None: all are made."""
        self._made = made.copy()
        self._asleep = np.full(len(made), packed is not None)
        self._bytes, self._ends = packed or (np.zeros(0, np.uint8), np.zeros(0, np.int64))
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._made)

    def __reduce__(self) -> tuple[Callable[..., Shapes], tuple[NDArray, NDArray]]:
        packed = [one or b"" for one in shapely.to_wkb(self.all()).tolist()]
        return _asleep, (
            np.frombuffer(b"".join(packed), np.uint8),
            np.cumsum([*map(len, packed)], dtype=np.int64),
        )

    def all(self) -> NDArray:
        """Every geometry; not to be written to."""
        self._wake(np.flatnonzero(self._asleep))
        return self._made

    def of(self, numbers: NDArray[np.intp]) -> NDArray:
        """The geometries at some positions: the same objects every time."""
        self._wake(numbers[self._asleep[numbers]])
        return self._made[numbers]

    def _wake(self, numbers: NDArray[np.intp]) -> None:
        if not len(numbers):
            return
        with self._lock:
            asked = np.unique(numbers[self._asleep[numbers]])
            first, last = np.append(0, self._ends)[asked], self._ends[asked]
            packed = np.full(len(asked), None, dtype=object)
            for at, (begin, end) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
                packed[at] = self._bytes[begin:end].tobytes() or None
            self._made[asked] = shapely.from_wkb(packed)
            self._asleep[asked] = False


def _asleep(content: NDArray[np.uint8], ends: NDArray[np.int64]) -> Shapes:
    return Shapes(np.full(len(ends), None, dtype=object), (content, ends))
