"""Compact encoding of the planner edition's households, for one canvas layer.

Points are sorted by village and then along a Z-order curve, so that consecutive points are close.
Positions are integer steps of a grid, written as differences in variable-length integers. The
streams are concatenated, compressed with gzip, and encoded in base64:

    lon, lat     zigzag varints: difference to the previous point, in steps of 10^-5 degree
    village      zigzag varints: difference of the village's index, -1 for none
    ids          an id is a stem and a number, padded with zeros to the stem's width. Zigzag
                 varints: difference of the stem's index; then of the numbers of all ids, sorted
                 by stem and number. Last, for each point the rank of its number within the stem,
                 as many bytes as the largest rank needs, all first bytes first
    classes      one byte for each point and class: index into the class's kinds; a kind is one key
                 for every field of the class
"""

from __future__ import annotations

import base64
import re
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis.pages.payload import DECIMALS, LEVEL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Ints = NDArray[np.int64]
Codes = NDArray[np.integer[Any]]

_KINDS = 256  # kinds of a class: values of a byte
_NUMBERED = re.compile(r"(.*?)([0-9]{1,9})", re.DOTALL)


@lru_cache(maxsize=2)
def encode_points(points: Points) -> dict[str, Any]:
    """Encode household points as JSON-serialisable values.

    Returns:
        n, the fields with their keys and counts, and the streams.

    Raises:
        ValueError: A field has more than 256 keys, or a position is not finite.
    """
    if not (np.isfinite(points.lon).all() and np.isfinite(points.lat).all()):
        raise ValueError("a household without a position cannot be drawn")
    x = np.rint(points.lon * 10**DECIMALS).astype(np.int64)
    y = np.rint(points.lat * 10**DECIMALS).astype(np.int64)
    village = points.village.astype(np.int64)
    order = np.lexsort((_z_order(x, y), village))
    stems, ids = _named([points.ids[n] for n in order] if points.ids else [])
    codes_of = {name: codes for name, (_, codes) in points.categories.items()}
    classes = _classes(codes_of, len(x))
    streams = [*(_varints(values[order]) for values in (x, y, village)), *ids]
    streams += [one.kind[order].tobytes() for one in classes]
    fields = {
        name: {"keys": list(keys), "counts": np.bincount(codes, minlength=len(keys)).tolist()}
        for name, (keys, codes) in points.categories.items()
    }
    return {
        "n": len(x),
        "decimals": DECIMALS,
        "stems": stems,
        "fields": fields,
        "classes": [{"fields": one.names, "kinds": one.kinds.tolist()} for one in classes],
        "sizes": [len(stream) for stream in streams],
        "data": base64.b64encode(_gzipped(b"".join(streams))).decode("ascii"),
    }


def _gzipped(raw: bytes) -> bytes:
    """Compress with gzip; the "filtered" strategy suits data without repeats."""
    press = zlib.compressobj(LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16, 9, zlib.Z_FILTERED)
    made = press.compress(raw) + press.flush()
    return made[:9] + b"\xff" + made[10:]  # the same bytes on every operating system


class _Class(NamedTuple):
    """Fields encoded together: their names, kinds (kinds, fields), and the kind of every point."""

    names: list[str]
    kinds: Ints
    kind: NDArray[np.uint8]

    def also(self, name: str, codes: Codes) -> _Class:
        """The class with one more field; kind is one byte, so at most `_KINDS` kinds fit."""
        both = self.kind.astype(np.int64) * _KINDS + codes
        found = np.flatnonzero(np.bincount(both, minlength=_KINDS**2))
        number = np.zeros(_KINDS**2, np.uint8)
        number[found] = np.arange(len(found)) % _KINDS
        kinds = np.column_stack([self.kinds[found // _KINDS], found % _KINDS])
        return _Class([*self.names, name], kinds, number[both])


def _classes(fields: Mapping[str, Codes], n: int) -> list[_Class]:
    """The fields of n points, grouped as long as a byte can number their kinds."""
    none = _Class([], np.zeros((1, 0), np.int64), np.zeros(n, np.uint8))
    classes: list[_Class] = []
    for name, codes in fields.items():
        if codes.max(initial=0) >= _KINDS:
            raise ValueError(f"{codes.max() + 1} keys do not fit a byte")
        together = classes[-1].also(name, codes) if classes else none
        if together.names and len(together.kinds) <= _KINDS:
            classes[-1] = together
        else:
            classes.append(none.also(name, codes))
    return classes


def _named(ids: Sequence[str]) -> tuple[list[tuple[str, int, int]], list[bytes]]:
    """The stems of `ids`, each with its number's width and its count, and the streams.

    A ledger usually numbers its households consecutively. Sorted numbers take almost no space, and
    their order takes less than unsorted numbers would.
    """
    stems, stem, number = _numbered(ids)
    order = np.lexsort((number, stem))
    times = np.bincount(stem, minlength=len(stems))
    rank = np.empty(len(ids), np.uint32)
    rank[order] = np.arange(len(ids)) - np.repeat(np.cumsum(times) - times, times)
    planes = rank.astype("<u4").view(np.uint8).reshape(-1, 4)[:, : _bytes(rank)].T.tobytes()
    counted = [(*one, int(n)) for one, n in zip(stems, times, strict=True)]
    return counted, [_varints(stem), _varints(number[order]), planes]


def _numbered(ids: Sequence[str]) -> tuple[list[tuple[str, int]], Ints, Ints]:
    """The stems of `ids` with the width of their number, and each id's stem and number."""
    found: dict[tuple[str, int], int] = {}
    stem, number = np.zeros(len(ids), np.int64), np.zeros(len(ids), np.int64)
    for n, text in enumerate(ids):
        match = _NUMBERED.fullmatch(text)
        key = (match[1], len(match[2])) if match else (text, 0)
        stem[n] = found.setdefault(key, len(found))
        number[n] = int(match[2]) if match else 0
    return list(found), stem, number


def _varints(values: Ints) -> bytes:
    """Differences of `values` as zigzag variable-length integers, low seven bits first."""
    steps = np.diff(values, prepend=0)
    rest: NDArray[np.uint64] = ((steps << 1) ^ (steps >> 63)).astype(np.uint64)
    columns = []
    alive = np.ones(len(rest), dtype=bool)
    while alive.any():
        more = rest >= 128
        byte = (rest & 127).astype(np.uint8) | (more.astype(np.uint8) << 7)
        columns.append((byte, alive))
        rest, alive = rest >> np.uint64(7), alive & more
    if not columns:
        return b""
    table = np.stack([byte for byte, _ in columns], axis=1)
    return table[np.stack([used for _, used in columns], axis=1)].tobytes()


def _z_order(x: Ints, y: Ints) -> Ints:
    """Position along a Z-order curve over the points' bounding box: interleaved bits of x and y."""
    if not len(x):
        return x
    return _spread(x - x.min()) | (_spread(y - y.min()) << 1)


def _spread(values: Ints) -> Ints:
    """The low 31 bits of `values`, with a zero bit between each two."""
    bits = values & 0x7FFFFFFF
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        bits = (bits | (bits << shift)) & mask
    return bits


def _bytes(values: NDArray[np.uint32]) -> int:
    """The number of bytes that the largest of `values` needs."""
    return (int(values.max(initial=0)).bit_length() + 7) // 8


@dataclass(frozen=True, eq=False)
class Points:
    """Every household with a location, n of them.

    lon, lat    float64 (n,), WGS84 degrees
    village     int (n,), index into the edition's villages, -1 for none
    categories  name of a field ("approach", "heating", "clearance", "served",
                "zone_position") → (keys, codes): codes int (n,) index into keys
    ids         n household ids, or () to leave them out
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    village: NDArray[np.integer[Any]]
    categories: Mapping[str, tuple[Sequence[str], NDArray[np.integer[Any]]]]
    ids: Sequence[str] = ()
