"""Read the ledger and the inspections of a province in chunks, and assign each row to a district.

Each record belongs to exactly one district, so that counts add up. A visit goes where its household
is, else its premises, else its place; a complaint where its village is, else its place; a record
that nothing places to the first district.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gis.audit.evidence import NOBODY, column_of, place_of
from gis.conservation import check_same_ids
from gis.errors import Text
from gis.facts.spatial_index import NOWHERE
from gis.facts.village_assignment import PLACED
from gis.layers import check_location, duplicate_problem, read_chunk
from gis.layers.lost_rows import named_by, names_one_of
from gis.layers.problems import Finding, problem
from gis.layers.reader_process import ReaderProcess
from gis.layers.recorded_rows import corrections_of, never_applied
from gis.layers.validation import split_copies
from gis.province.partitions import RowDistricts, SharedArrays, hash_ids, is_in_sorted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.errors import Problem
    from gis.facts.build import FactsBuilder
    from gis.facts.executors import Engine
    from gis.facts.village_assignment import VillageIndex
    from gis.layers import Chunk, Origin, ProjectConfig
    from gis.layers.village_names import VillageNames
    from gis.province.districts import Districts
    from gis.province.partitions import DuplicateIds, PartitionStore

    Numbers = NDArray[np.intp]

DECISIVE = "decisive rulings"  # the zone rulings that hold, of all that were made


def records_by_district(
    tables: Mapping[str, pd.DataFrame],
    districts: Districts,
    villages: VillageIndex,
    store: PartitionStore,
) -> dict[str, Numbers]:
    """The district of each row of visits, sweeps, complaints, zone rulings, targets and payments.

    tables: the layers, and the DECISIVE rulings where there are any. The premises are those of
    every district, since a visit to a home of one may name some of another.

    ASSUME: that a finding and the clean visit that would settle it name homes of two districts is
    rare: the clean visit is not seen with it, so that it stands.
    """

    def placed(table: pd.DataFrame) -> Numbers:
        return np.append(districts.of_village, NOBODY)[villages.areas.locate(*place_of(table))]

    def home(table: pd.DataFrame) -> Numbers:
        return store.whose(column_of(table, "household_id"))

    def village(table: pd.DataFrame) -> Numbers:
        at = pd.Index(villages.codes).get_indexer(column_of(table, "village_code"))
        return np.append(districts.of_village, NOBODY)[at]

    def unit(table: pd.DataFrame) -> Numbers:
        known = table["unit_code"].map(districts.of_township)
        return known.fillna(NOBODY).to_numpy(np.intp)

    def payee(table: pd.DataFrame) -> Numbers:
        return village(table.assign(village_code=table["unit_code"]))

    def premises(table: pd.DataFrame) -> Numbers:
        listed = tables.get("premises")
        if listed is None:
            return np.full(len(table), NOBODY, np.intp)
        at = pd.Series(_first(placed(listed)), index=pd.Index(listed["premises_id"], dtype=object))
        at = at[at.index.notna() & ~at.index.duplicated()]
        return column_of(table, "premises_id").map(at).fillna(NOBODY).to_numpy(np.intp)

    ways = {
        "inspections": (home, premises, placed),
        "complaints": (village, placed),
        "sweeps": (home, village),
        "zone_rulings": (home,),
        DECISIVE: (home,),
        "targets": (unit,),
        "payments": (home, payee, unit),
    }
    return {
        name: _first(*(way(tables[name]) for way in tried))
        for name, tried in ways.items()
        if name in tables
    }


def _first(*found: Numbers) -> Numbers:
    """The first district that is known; else the first of all."""
    known = np.select([one != NOBODY for one in found], found, default=0)
    return known.astype(np.intp)


def put_records(
    store: PartitionStore,
    tables: Mapping[str, pd.DataFrame],
    of: Mapping[str, Numbers],
    count: int,
) -> None:
    """Keep the rows of other tables by district; of: the district of each row."""
    order = {name: np.argsort(own, kind="stable") for name, own in of.items()}
    ends = {name: np.searchsorted(of[name][order[name]], range(count + 1)) for name in of}
    for number in range(count):
        own = {
            name: tables[name]
            .iloc[order[name][ends[name][number] : ends[name][number + 1]]]
            .reset_index(drop=True)
            for name in of
        }
        store.keep(store.path(number, "records"), own)


def put_layers(
    store: PartitionStore,
    tables: Mapping[str, gpd.GeoDataFrame],
    villages: gpd.GeoDataFrame,
    of: Numbers,
) -> None:
    """Keep what of other layers lies within the extent of a district's villages; of: theirs."""
    for number in np.unique(of).tolist():
        extent = villages[of == number].total_bounds
        own = {
            name: table.iloc[np.sort(table.sindex.intersection(extent))]
            for name, table in tables.items()
        }
        store.keep(store.path(number, "layers"), own)


LEDGER, VISITS = "households", "inspections"  # the layers that may come in chunks
_STAGES = {
    LEDGER: Text("逐乡镇分开台账", "putting the ledger by township"),
    VISITS: Text("逐乡镇分开检查记录", "putting the visits by township"),
}
_READ = Text("读取行组", "reading the row groups")
_SHOWN = 5  # ids


class SharedContext(NamedTuple):
    """What every chunk is held against, and where its rows go.

    devices: those the policy knows; premises: the layer, if there is one; names: the villages by
    name, for rows that give no code.
    """

    project: ProjectConfig
    devices: tuple[str, ...]
    premises: pd.DataFrame | None
    builder: SharedArrays[FactsBuilder]
    districts: Districts
    ledger: PartitionStore
    visits: PartitionStore
    names: VillageNames

    def into(self, layer: str) -> PartitionStore:
        """Where the rows of a layer go."""
        return self.ledger if layer == LEDGER else self.visits


class PartitionedLedger(NamedTuple):
    """What is read in chunks, by district; problems: what is wrong with no one district.

    twice: the ids that visits of several chunks have.
    """

    ledger: PartitionStore
    visits: PartitionStore
    twice: DuplicateIds
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class StoreChunk:
    """A chunk, to be read by a process of its own and put by district; number: in its layer.

    Those of the visits follow the ledger, whose homes they ask for.
    """

    number: int
    chunk: Chunk

    def __call__(self, shared: SharedArrays[SharedContext]) -> None:
        """Its rows lie in the districts' folders then.

        Raises:
            InputError: the chunk cannot be read.
        """
        context = shared.get()
        with ReaderProcess() as reader:
            made, problems, sample = read_chunk(
                self.chunk, context.project, reader, context.devices, context.names
            )
        villages = context.builder.get().context.villages
        if self.chunk.layer == LEDGER:
            where = context.districts.of_rows(made, villages)
        else:
            tables = {VISITS: made}
            if context.premises is not None:
                tables["premises"] = context.premises
            of = records_by_district(tables, context.districts, villages, context.ledger)[VISITS]
            problems = (*problems, *unknown_homes(made, context))
            where = RowDistricts(of, np.full(len(made), PLACED))  # each is judged in its district
        context.into(self.chunk.layer).put(self.number, made, where, problems, sample)


def partition_rows(
    context: SharedContext,
    chunks: Sequence[Chunk],
    villages: gpd.GeoDataFrame,
    engine: Engine,
    say: Callable[[Text], None],
) -> PartitionedLedger:
    """Put the ledger by district, then the visits; what a stopped run has put there stays.

    Raises:
        InputError: a chunk cannot be read, one lies elsewhere, or a household stands twice.
    """
    shared = SharedArrays.of(context, context.ledger.folder / "context")
    problems: tuple[Problem, ...] = ()
    for layer, stage in _STAGES.items():
        own, into = [one for one in chunks if one.layer == layer], context.into(layer)
        left = [StoreChunk(number, one) for number, one in enumerate(own) if not into.done(number)]
        with closing(engine.do(shared, left)) as putting:
            for one in left:
                say(counted(stage, one.number, len(own)))
                next(putting)
        if own:
            samples = {chunk: into.sample(number) for number, chunk in enumerate(own)}
            problems += check_location(context.project, samples, villages)
        problems += into.problems(NOWHERE)
    context.ledger.refuse_doubles()
    twice = context.visits.twice()
    if len(twice.marks):
        some = context.visits.some_of(twice, _SHOWN)
        problems += (duplicate_problem(VISITS, len(twice.marks), some),)
    problems += corrections_of_nobody(context.project, context.ledger)
    return PartitionedLedger(context.ledger, context.visits, twice, problems)


def unknown_homes(visits: pd.DataFrame, context: SharedContext) -> tuple[Problem, ...]:
    """One problem per visit that counts, at no place, to nobody of the whole ledger."""
    x, y = place_of(visits)
    nobody = (visits["reject_reason"] == "") & ~(np.isfinite(x) & np.isfinite(y))
    nobody &= context.ledger.whose(column_of(visits, "household_id")) == NOWHERE
    nobody &= ~names_one_of(visits, "premises_id", context.premises)
    return tuple(
        problem(
            VISITS,
            Finding("home_unknown", None, "household_id", named_by(row)),
            key=str(row["inspection_id"]),
        )
        for row in visits[nobody.to_numpy(dtype=bool)].to_dict("records")
    )


def corrections_of_nobody(project: ProjectConfig, ledger: PartitionStore) -> tuple[Problem, ...]:
    """The corrections of homes that are in no chunk of the ledger.

    Those that name a row by a number, or leave one out, are not among them.
    """
    named = [one for one in corrections_of(project.record, LEDGER) if one.column and one.row]
    named = [one for one in named if not one.row.lstrip("#").isdecimal()]
    unknown = ledger.whose(pd.Series([one.row for one in named], dtype=object)) == NOWHERE
    lost = [one for one, gone in zip(named, unknown, strict=True) if gone]
    return tuple(problem(LEDGER, one, project.record.place) for one in never_applied(lost, ()))


def check_all_rows_stored(parts: PartitionedLedger, origins: Sequence[Origin]) -> None:
    """See that every row that was read lies in a district, or is a copy of one that does.

    The rows that the office's record leaves out are in none.

    origins: of the files that were read in chunks.

    Raises:
        ConservationError: some do not.
    """
    copies = sum(one.code == "duplicate_row" for one in parts.visits.problems(NOWHERE))
    left_out = sum(one.code == "row_left_out" for one in parts.ledger.problems(NOWHERE))
    for layer, there in (
        (LEDGER, int(parts.ledger.counts().to_numpy().sum()) + left_out),
        (VISITS, int(parts.visits.counts().to_numpy().sum()) + copies),
    ):
        rows = sum(origin.rows for origin in origins if origin.layer == layer)
        if rows != there:
            check_same_ids(_READ, pd.Series(np.arange(rows)), pd.Series(np.arange(there)))


def drop_cross_chunk_duplicates(visits: pd.DataFrame, twice: DuplicateIds) -> pd.DataFrame:
    """The visits of a district without the copies of one in another chunk.

    Where rows under one id differ, or stand in several districts, nobody knows which is true: all
    of them are `duplicate_id`.
    """
    ids = visits["inspection_id"]
    marks = hash_ids(ids.fillna("").to_numpy(dtype=object))
    several = pd.Series(is_in_sorted(twice.marks, marks) & ids.notna().to_numpy(bool), visits.index)
    if not several.any():
        return visits
    some, own = visits[several], ids[several]
    copies, torn = split_copies(some, own)
    parts = twice.parts[np.searchsorted(twice.marks, marks[several])]
    whole = (own.map(own.value_counts()) == parts) & own.map(
        (some["reject_reason"] == "").groupby(own).all()
    )
    once = whole & ~torn
    reasons = visits["reject_reason"].copy()
    reasons[once.index[~once]] = "duplicate_id"
    return visits.assign(reject_reason=reasons).drop(index=copies.index[once & copies])


def counted(stage: Text, number: int, of: int) -> Text:
    """A stage that is done in several steps, at the step `number` of `of`."""
    return Text(f"{stage.zh}（{number + 1}/{of}）", f"{stage.en} ({number + 1} of {of})")
