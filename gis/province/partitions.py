"""Intermediate files: the rows of a large table by district, and what all processes share.

The rows of a district lie in a folder of their own, part by part as they were read, and with them
what else is known of it. What no part can know alone is settled from the files of all parts.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import mmap
import os
import pickle
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa

from gis.conservation import check_same_ids
from gis.errors import InputError, Text
from gis.facts.spatial_index import NOWHERE
from gis.facts.village_assignment import REJECTED, STATUS
from gis.publish.errors import from_os_error
from gis.publish.filesystem import replace_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from gis.errors import Problem

_SHOWN = 5


def raise_duplicates(twice: Sequence[str]) -> None:
    """Refuse a ledger in which some ids stand twice.

    Raises:
        InputError: there are some.
    """
    if twice:
        shown = "、".join(twice[:_SHOWN])
        raise InputError(
            Text(
                f"台账里有 {len(twice)} 个户编号不止一行，如 {shown}；"
                "请核对台账，使每个编号只有一行算数。",
                f"{len(twice)} household ids are in the ledger more than once, such as "
                f"{shown}; correct the ledger so that one row of each counts.",
            )
        )


def gone(path: Path) -> InputError:
    """A file that a run has kept for itself is not there, or cannot be read."""
    zh = f"运行途中，中间文件 {path} 被移走或改动；原有成果未动。请不要动这个文件夹，重新运行。"
    en = (
        f"the intermediate file {path} was removed or changed during the run; what stood before "
        "still stands. Leave that folder alone and run again."
    )
    return InputError(Text(zh, en))


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to, which is at `path` once all of it is written.

    Raises:
        PublicationError: The disk is full, or the folder cannot be written.
    """
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as out:
            yield out
        replace_file(draft, path)
    except OSError as error:
        raise from_os_error(error, path) from error


def hash_ids(ids: NDArray) -> NDArray[np.uint64]:
    """A mark of each id, of 64 bits: two ids hardly ever have one."""
    return pd.util.hash_array(ids, categorize=False).astype(np.uint64)


def is_in_sorted(marks: NDArray[np.uint64], some: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of some marks are among `marks`, ascending."""
    if not len(marks):
        return np.zeros(len(some), bool)
    at = np.searchsorted(marks, some).clip(max=len(marks) - 1)
    return np.asarray(marks[at] == some)


def find_duplicate_hashes(paths: Sequence[Path]) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """The marks, ascending, that the `.ids` of all parts hold more than once, and how often.

    They are held at once: 8 bytes per row of the ledger.
    """
    parts = [_marks_in(path.with_suffix(".ids")) for path in paths]
    every = np.sort(np.concatenate([np.zeros(0, np.uint64), *parts]))
    again = np.unique(every[1:][every[1:] == every[:-1]])
    times = np.searchsorted(every, again, "right") - np.searchsorted(every, again)
    return again, times


def _marks_in(path: Path) -> NDArray[np.uint64]:
    try:
        return np.fromfile(path, np.uint64)
    except OSError as error:
        raise gone(path) from error


def _table_in(path: Path, columns: list[str] | None = None) -> pd.DataFrame:
    try:
        return pd.read_parquet(path, columns=columns)
    except (OSError, pa.ArrowException) as error:
        raise gone(path) from error


_SEAL = 32  # bytes
_SHARED = Text("各区县共用的名单", "what all districts of a ledger decide together")
_COPY = "duplicate_row"  # says nothing that another row does not say


class RowDistricts(NamedTuple):
    """district of each row, and its status (position in placing.STATUS), shape (n,)."""

    district: NDArray[np.intp]
    status: NDArray[np.int8]


class DuplicateIds(NamedTuple):
    """The ids that stand in several parts: their marks, ascending, and in how many."""

    marks: NDArray[np.uint64]
    parts: NDArray[np.intp]


@dataclass(frozen=True)
class PartitionStore:
    """The rows of a table by district, and what goes with them, in files below `folder`.

    key: seals what is kept in Python's own form, which whoever writes it could make do anything:
    what was not sealed with it is not there. ident: the column that names a row.
    """

    folder: Path
    parts: int
    key: bytes = field(repr=False)
    ident: str = "household_id"

    def done(self, part: int) -> bool:
        """Whether a part was put in its place, by this run or one that was stopped."""
        return self._marks(part).exists() and self.kept(self._problems(part)) is not None

    def put(
        self,
        part: int,
        table: pd.DataFrame,
        where: RowDistricts,
        problems: Sequence[Problem],
        sample: Any = None,  # noqa: ANN401  # whatever is to be kept of it
    ) -> None:
        """Write the rows of a part to their districts, with what is wrong with each.

        What is wrong with a row of a table without its numbers is wrong with no one district.
        """
        numbers = table["ledger_row"].tolist() if "ledger_row" in table else []
        of_row = dict(zip(numbers, where.district.tolist(), strict=bool(numbers)))
        sorted_out: dict[int, list[Problem]] = {}
        for one in problems:
            at = of_row.get(one.row, NOWHERE) if one.row is not None else NOWHERE
            sorted_out.setdefault(at, []).append(one)
        for number in np.unique(where.district).tolist():
            self._write(self._rows(number, part), table[where.district == number])
        marked = pd.DataFrame(
            {
                self.ident: table[self.ident],
                "district": where.district.astype("i4"),
                "status": STATUS[where.status],
                "here": table["x"].notna() & table["y"].notna(),
                "copy": table["reject_reason"] == _COPY,
            }
        )
        marks = np.sort(hash_ids(_named(marked, self.ident)))
        self._put(self._marks(part).with_suffix(".ids"), marks.tobytes())
        self.keep(self._problems(part), (sorted_out, sample))
        self._write(self._marks(part), marked)

    def twice(self) -> DuplicateIds:
        """The ids that stand in several parts, whatever became of their rows."""
        return DuplicateIds(*find_duplicate_hashes(self._every()))

    def some_of(self, twice: DuplicateIds, count: int) -> list[str]:
        """At most so many of these ids."""
        found: set[str] = set()
        for path in self._every():
            if len(found) >= count or not len(twice.marks):
                break
            ids = _named(_table_in(path, [self.ident, "copy"]), self.ident)
            found.update(ids[is_in_sorted(twice.marks, hash_ids(ids))])
        return sorted(found)[:count]

    def refuse_doubles(self) -> None:
        """Refuse a ledger in which a household that counts stands in another part too.

        Raises:
            InputError: naming some of them.
        """
        marks, _ = self.twice()
        every: list[str] = []
        counted: set[str] = set()
        for path in self._every() if len(marks) else ():
            table = _table_in(path, [self.ident, "status", "copy"])
            names = table[self.ident].fillna("").to_numpy(dtype=object)
            table = table[is_in_sorted(marks, hash_ids(names))]
            every += _named(table, self.ident).tolist()
            counted.update(table.loc[table["status"] != STATUS[REJECTED], self.ident].dropna())
        counts = pd.Series(every, dtype=object).value_counts()  # two ids may have one mark
        raise_duplicates(sorted(counted.intersection(counts.index[counts > 1])))

    def rows(self, district: int) -> pd.DataFrame:
        """The rows of a district, in the order of the ledger."""
        paths = [self._rows(district, part) for part in range(self.parts)]
        there = [_table_in(path) for path in paths if path.exists()]
        if not there:  # villages nobody of whom is in the ledger
            other = next(self.folder.glob("d*/*.parquet"), self.path(district, "*.parquet"))
            return _table_in(other).iloc[:0]
        return pd.concat(there, ignore_index=True)

    def columns(self, names: Sequence[str]) -> Iterator[pd.DataFrame]:
        """These columns of all rows, as far as they are there, and their status, chunk by chunk."""
        for part, path in enumerate(self._every()):
            for district, marked in _table_in(path, ["district", "status"]).groupby("district"):
                table = _table_in(self._rows(int(str(district)), part))
                check_same_ids(_SHARED, pd.Series(range(len(marked))), pd.Series(range(len(table))))
                yield table.reindex(columns=list(names)).assign(status=marked["status"].to_numpy())

    def problems(self, district: int) -> tuple[Problem, ...]:
        """What is wrong with the rows of a district; NOWHERE: with files as a whole."""
        found: list[Problem] = []
        for part in range(self.parts):
            of_districts, _ = self.there(self._problems(part))
            found += of_districts.get(district, [])
        return tuple(found)

    def sample(self, part: int) -> Any:  # noqa: ANN401  # as it was given
        """What `put` was to keep of a part."""
        _, sample = self.there(self._problems(part))
        return sample

    def counts(self) -> pd.DataFrame:
        """Rows by district (index) and status (columns)."""
        sums = [_table_in(path, ["district", "status"]).value_counts() for path in self._every()]
        if not sums:
            return pd.DataFrame(columns=list(STATUS), dtype=int)
        whole = pd.concat(sums).groupby(level=[0, 1]).sum().unstack(fill_value=0)
        return whole.reindex(columns=list(STATUS), fill_value=0)

    def whose(self, ids: pd.Series) -> NDArray[np.intp]:
        """The district of each household id, NOWHERE for one that the ledger does not know.

        A row that counts answers first, then the first of those that are rejected and have a
        place, then the first of all.
        """
        known = pd.Index(ids.dropna().unique())
        found, answered = np.full(len(known), NOWHERE, np.intp), np.full(len(known), -1, np.int8)
        for path in self._every():
            table = _table_in(path, [self.ident, "district", "status", "here"])
            at, district = known.get_indexer(table[self.ident]), table["district"].to_numpy(np.intp)
            counts = (table["status"] != STATUS[REJECTED]).to_numpy(bool)
            says = np.where(counts, 2, table["here"].to_numpy(np.int8))
            for answer in range(3):
                rows = np.flatnonzero((at != NOWHERE) & (says == answer))[::-1]  # the first last
                rows = rows[answered[at[rows]] < answer]
                found[at[rows]], answered[at[rows]] = district[rows], answer
        return np.append(found, NOWHERE)[known.get_indexer(ids)]

    def path(self, district: int, name: str) -> Path:
        """The file of something about a district."""
        return self.folder / f"d{district:05}" / name

    def keep(self, path: Path, thing: object) -> None:
        """Write something, sealed, whole or not at all."""
        content = pickle.dumps(thing, protocol=pickle.HIGHEST_PROTOCOL)
        self._put(path, self._seal(path, content) + content)

    def kept(self, path: Path) -> Any:  # noqa: ANN401  # whatever was kept there
        """What `keep` has written; None where there is nothing, or something of another's."""
        try:
            whole = path.read_bytes()
        except OSError:
            return None
        seal, content = whole[:_SEAL], whole[_SEAL:]
        if not hmac.compare_digest(seal, self._seal(path, content)):
            return None
        return pickle.loads(content)  # noqa: S301  # sealed by us

    def there(self, path: Path) -> Any:  # noqa: ANN401  # whatever was kept there
        """What `keep` has written.

        Raises:
            InputError: the file is gone, or something of another's is in its place.
        """
        found = self.kept(path)
        if found is None:
            raise gone(path)
        return found

    def _seal(self, path: Path, content: bytes) -> bytes:
        """Of something and of the place it was made for."""
        place = path.relative_to(self.folder.parent).as_posix().encode()
        sealed = hashlib.blake2b(place + b"\0", key=self.key, digest_size=_SEAL)
        sealed.update(content)
        return sealed.digest()

    def _every(self) -> list[Path]:
        return [self._marks(part) for part in range(self.parts)]

    def _problems(self, part: int) -> Path:
        return self._marks(part).with_suffix(".problems")

    def _rows(self, district: int, part: int) -> Path:
        return self.path(district, f"{part:06}.parquet")

    def _marks(self, part: int) -> Path:
        return self.folder / "marks" / f"{part:06}.parquet"

    def _write(self, path: Path, table: pd.DataFrame) -> None:
        sink = io.BytesIO()
        table.to_parquet(sink, index=False, compression="zstd")
        self._put(path, sink.getvalue())

    @staticmethod
    def _put(path: Path, content: bytes) -> None:
        with whole_file(path) as out:
            out.write(content)


def _named(marked: pd.DataFrame, ident: str) -> NDArray:
    """The ids of a part, each once: of copies of a row there is one that is none."""
    return marked.loc[~marked["copy"], ident].dropna().unique().astype(object)


Thing = TypeVar("Thing")
_EVEN = 64  # bytes: arrays begin at multiples of it


class SharedArrays(Generic[Thing]):
    """A thing that several processes rest on: its arrays are in memory once, for all of them.

    The arrays lie in `path`, a file that each process maps and that must stay there as it is; the
    rest, a small part, travels by itself.

    rest: the thing without its arrays, pickled; sizes: bytes of each.
    """

    def __init__(self, path: Path, rest: bytes, sizes: tuple[int, ...]) -> None:
        self._path, self._rest, self._sizes = path, rest, sizes

    @classmethod
    def of(cls, thing: Thing, path: Path) -> SharedArrays[Thing]:
        """Write a thing's arrays to `path`."""
        buffers: list[pickle.PickleBuffer] = []
        rest = pickle.dumps(thing, protocol=5, buffer_callback=buffers.append)
        arrays = [one.raw() for one in buffers]
        with whole_file(path) as out:
            for array in arrays:
                out.write(array)
                out.write(bytes(-array.nbytes % _EVEN))
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
        try:
            with self._path.open("rb") as file:
                whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
        except (OSError, ValueError) as error:  # ValueError: it is empty
            raise gone(self._path) from error
        arrays, at = [], 0
        for size in self._sizes:
            arrays.append(whole[at : at + size])
            at += size + -size % _EVEN
        return arrays
