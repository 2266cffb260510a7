"""Indexes kept from run to run: layers change monthly, and a large index takes seconds to build.

An index lies in the user's cache folder under the hash of the geometries it was built from, so a
changed layer never meets an old index. Every file carries its own hash: one that is damaged, cut
short or foreign is built again. The folder may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import sys
import tempfile
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gis.facts.cells import IndexGrid
from gis.facts.nearest import NearestLine, build_nearest
from gis.facts.shapes import Shapes
from gis.facts.spatial_index import AreaIndex, ExactTest, build_area_index

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

VERSION = b"3"  # of what the files hold: raise it when an index is built differently
WORTH = 2_000  # coordinates; a smaller index is built sooner than it is read
KEPT = 1 << 30  # bytes; the files not used for longest go first
_MARK = 32  # bytes of hash before the content
_EVEN = _MARK  # bytes: arrays begin at multiples of it


def folder() -> Path | None:
    """Where indexes are kept: NUANTU_CACHE, or the user's cache folder; None when it is "off"."""
    asked = os.environ.get("NUANTU_CACHE")
    if asked:
        return None if asked == "off" else Path(asked)
    with suppress(RuntimeError):  # nobody's home is known: nothing is kept
        home = Path.home()
        if sys.platform == "win32":
            return Path(os.environ.get("LOCALAPPDATA") or home / "AppData/Local", "nuantu", "cache")
        if sys.platform == "darwin":
            return home / "Library" / "Caches" / "nuantu"
        return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache", "nuantu")
    return None


def secret() -> bytes:
    """32 bytes that this user alone has, from run to run; new ones where nothing can be kept."""
    at = folder()
    made = os.urandom(32)
    if at is None:
        return made
    path = at / "run.key"
    with suppress(OSError):
        at.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as out:
                out.write(made)
        held = path.read_bytes()
        return held if len(held) == len(made) else made
    return made


def kept_cover(areas: NDArray) -> AreaIndex:
    """`cover(areas)`, from the shelf where it is there."""

    def build() -> dict[str, NDArray]:
        made = build_area_index(areas)
        grid = made.grid
        shape = [grid.west, grid.south, grid.side_m, grid.columns, grid.rows]
        names = ("content", "start", "candidates", "sure")
        return {"grid": np.array(shape)} | {name: getattr(made, name) for name in names}

    held = _kept("cover", areas, b"", build)
    west, south, side_m, columns, rows = held.pop("grid").tolist()
    return AreaIndex(
        IndexGrid(west, south, side_m, int(columns), int(rows)),
        exact=ExactTest(Shapes(areas)),
        **held,
    )


def kept_nearest(
    lines: NDArray, *, bounds: NDArray[np.float64] | None = None, reach_m: float = np.inf
) -> NearestLine:
    """`nearest(lines, ...)`, from the shelf where it is there."""

    def build() -> dict[str, NDArray]:
        made = build_nearest(lines, bounds=bounds, reach_m=reach_m)
        return {one.name: np.asarray(getattr(made, one.name)) for one in fields(NearestLine)}

    asked = repr((None if bounds is None else bounds.tolist(), reach_m)).encode()
    held: dict[str, Any] = _kept("nearest", lines, asked, build)
    numbers = {name: float(held[name]) for name in ("west", "south", "side_m", "reach_m")}
    return NearestLine(**held | numbers)


def _kept(
    kind: str, geometries: NDArray, asked: bytes, build: Callable[[], dict[str, NDArray]]
) -> dict[str, NDArray]:
    """The arrays `build` gives, read from the shelf or built and put there."""
    at = folder()
    if at is None or int(shapely.get_num_coordinates(geometries).sum()) < WORTH:
        return build()
    path = at / f"{kind}-{_hash(geometries, asked)}.index"
    held = _read(path)
    if held is None:
        held = build()
        _write(path, held)
    return held


def _hash(geometries: NDArray, asked: bytes) -> str:
    """Of every coordinate, of how they hang together, and of what was asked."""
    total = hashlib.blake2b(VERSION + b"\0" + asked, digest_size=20)
    kinds, coordinates, offsets = (
        shapely.to_ragged_array(geometries) if _alike(geometries) else (None, None, ())
    )
    if coordinates is None:
        for one in shapely.to_wkb(geometries).tolist():
            total.update(one or b"-")
        return total.hexdigest()
    total.update(str(kinds).encode())
    for part in (coordinates, *offsets):
        total.update(np.ascontiguousarray(part).tobytes())
    return total.hexdigest()


def _alike(geometries: NDArray) -> bool:
    kinds = set(np.unique(shapely.get_type_id(geometries)).tolist())
    return any(kinds <= pair for pair in ({3, 6}, {1, 5}))


def _read(path: Path) -> dict[str, NDArray] | None:
    """What a file holds; None where there is none or it is not what was written."""
    try:
        content = path.read_bytes()
        whole = hashlib.blake2b(memoryview(content)[_MARK:], digest_size=_MARK)
        if whole.digest() != content[:_MARK]:
            return None
        held = _unpacked(content)
        os.utime(path)
    except (OSError, ValueError, KeyError):
        return None
    return held


def _packed(held: dict[str, NDArray]) -> bytes:
    """A line of JSON that says what follows, and the arrays, each at a multiple of _EVEN bytes."""
    told = json.dumps([[name, one.dtype.str, one.shape] for name, one in held.items()]).encode()
    pieces = [told + b"\n", *(np.ascontiguousarray(one).tobytes() for one in held.values())]
    return b"".join(piece + b" " * (-len(piece) % _EVEN) for piece in pieces)


def _unpacked(content: bytes) -> dict[str, NDArray]:
    """The arrays of a file where they lie, not to be written to."""
    at = content.index(b"\n", _MARK) + 1
    told, held = json.loads(content[_MARK:at]), {}
    for name, kind, shape in told:
        at += -at % _EVEN
        held[name] = np.frombuffer(content, kind, math.prod(shape), at).reshape(shape)
        at += held[name].nbytes
    return held


def _write(path: Path, held: dict[str, NDArray]) -> None:
    """Put a file on the shelf whole or not at all; a full disk or a read-only home is no error."""
    content = _packed(held)
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(hashlib.blake2b(content, digest_size=_MARK).digest())
                out.write(content)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
        _thin(path.parent)


def _thin(at: Path) -> None:
    room = KEPT
    for path in sorted(at.glob("*-*"), key=lambda one: one.stat().st_mtime, reverse=True):
        room -= path.stat().st_size
        if room < 0:
            path.unlink(missing_ok=True)
