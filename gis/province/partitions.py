"""The rows of a table too large for memory (the ledger, the visits), by district, in files.

The rows of a district lie in a folder of their own, part by part as they were read, and with them
what else is known of it.

What no part can know alone, settled from the parts' files without holding them all.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import os
import pickle
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from gis.errors import InputError, Text
from gis.facts.spatial_index import NOWHERE
from gis.facts.village_assignment import REJECTED, STATUS
from gis.run_log import log_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.errors import Problem

_AT_ONCE = 4_000_000  # values held at a time
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

    The marks of each part are ascending.
    """
    rows = sum(path.with_suffix(".ids").stat().st_size for path in paths) // 8
    rounds = max(1, -(-rows // _AT_ONCE))
    edges = np.linspace(0, 2.0**64, rounds + 1)[1:-1].astype(np.uint64)
    cuts, found = [], [(np.zeros(0, np.uint64), np.zeros(0, np.intp))]
    for path in paths:
        own = _values(path, ".ids", np.uint64)
        cuts.append(np.concatenate([[0], np.searchsorted(own, edges), [len(own)]]))
    for number in range(rounds):
        some = _slices(paths, ".ids", np.uint64, cuts, number)
        marks, times = np.unique(some, return_counts=True)
        found.append((marks[times > 1], times[times > 1]))
    marks, times = map(np.concatenate, zip(*found, strict=True))
    return marks, times


def _values(path: Path, suffix: str, kind: type[np.generic]) -> NDArray:
    """All the values of one part, in ascending order where it is asked for a slice of them."""
    return np.fromfile(path.with_suffix(suffix), kind)


def _slices(
    paths: Sequence[Path],
    suffix: str,
    kind: type[np.generic],
    cuts: Sequence[NDArray],
    number: int,
) -> NDArray:
    """The values of every part between a cut of its own and the next, one after the other."""
    size, found = np.dtype(kind).itemsize, [np.zeros(0, kind)]
    for path, cut in zip(paths, cuts, strict=True):
        first, last = cut[number : number + 2].tolist()
        file = path.with_suffix(suffix)
        found.append(np.fromfile(file, kind, last - first, offset=first * size))
    return np.concatenate(found)


def seal_key() -> bytes:
    """The key of this user's seals: `run.key` beside the run logs, made where there is none.

    Returns:
        32 bytes; new ones each time where no file can be kept, so that no run is resumed.
    """
    made = os.urandom(32)
    with suppress(OSError, RuntimeError):  # RuntimeError: a user without a home
        path = log_folder().parent / "run.key"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as out:
                out.write(made)
        kept = path.read_bytes()
        return kept if len(kept) == len(made) else made
    return made


_SEAL = 32  # bytes
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
        self._marks(part).parent.mkdir(parents=True, exist_ok=True)
        self._marks(part).with_suffix(".ids").write_bytes(marks.tobytes())
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
            ids = _named(pd.read_parquet(path, columns=[self.ident, "copy"]), self.ident)
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
            table = pd.read_parquet(path, columns=[self.ident, "status", "copy"])
            names = table[self.ident].fillna("").to_numpy(dtype=object)
            table = table[is_in_sorted(marks, hash_ids(names))]
            every += _named(table, self.ident).tolist()
            counted.update(table.loc[table["status"] != STATUS[REJECTED], self.ident].dropna())
        counts = pd.Series(every, dtype=object).value_counts()  # two ids may have one mark
        raise_duplicates(sorted(counted.intersection(counts.index[counts > 1])))

    def rows(self, district: int) -> pd.DataFrame:
        """The rows of a district, in the order of the ledger."""
        paths = [self._rows(district, part) for part in range(self.parts)]
        there = [pd.read_parquet(path) for path in paths if path.exists()]
        if not there:  # villages nobody of whom is in the ledger
            return pd.read_parquet(next(self.folder.glob("d*/*.parquet"))).iloc[:0]
        return pd.concat(there, ignore_index=True)

    def put_records(
        self, tables: Mapping[str, pd.DataFrame], of: Mapping[str, NDArray[np.intp]], count: int
    ) -> None:
        """Write the rows of other tables to their districts; of: the district of each row."""
        order = {name: np.argsort(own, kind="stable") for name, own in of.items()}
        ends = {name: np.searchsorted(of[name][order[name]], range(count + 1)) for name in of}
        for number in range(count):
            own = {
                name: tables[name]
                .iloc[order[name][ends[name][number] : ends[name][number + 1]]]
                .reset_index(drop=True)
                for name in of
            }
            self.keep(self.path(number, "records"), own)

    def records(self, district: int) -> dict[str, pd.DataFrame]:
        """The rows of other tables that are of a district, in their order.

        Raises:
            InputError: they are not there any more.
        """
        return self.there(self.path(district, "records"))

    def put_layers(
        self,
        tables: Mapping[str, gpd.GeoDataFrame],
        villages: gpd.GeoDataFrame,
        of: NDArray[np.intp],
        count: int,
    ) -> None:
        """Write what of other layers lies within the extent of a district's villages; of: theirs."""
        for number in range(count):
            extent = villages[of == number].total_bounds
            own = {
                name: table.iloc[np.sort(table.sindex.intersection(extent))]
                for name, table in tables.items()
            }
            self.keep(self.path(number, "layers"), own)

    def layers(self, district: int) -> dict[str, gpd.GeoDataFrame]:
        """What `put_layers` has written.

        Raises:
            InputError: it is not there any more.
        """
        return self.there(self.path(district, "layers"))

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
        tables = (pq.read_table(self._marks(part), columns=["district", "status"]).to_pandas()
                  for part in range(self.parts))  # fmt: skip
        sums = [table.value_counts() for table in tables]
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
            table = pd.read_parquet(path, columns=[self.ident, "district", "status", "here"])
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
        """Whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}.part")
        draft.write_bytes(content)
        draft.replace(path)


def _named(marked: pd.DataFrame, ident: str) -> NDArray:
    """The ids of a part, each once: of copies of a row there is one that is none."""
    return marked.loc[~marked["copy"], ident].dropna().unique().astype(object)
