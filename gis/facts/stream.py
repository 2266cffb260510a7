"""Facts of a ledger larger than memory: part by part from GeoParquet, part by part to Parquet.

What is finished stays finished: every part is written whole under a name, so that a run that was
stopped goes on where it stood, and a part whose worker was lost is worked out again elsewhere.
Whoever works the parts out, the bytes are the same.
"""

from __future__ import annotations

import hashlib
import os
import pickle
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gis.facts import source
from gis.facts.engines import ON_ALL_CORES, Engine
from gis.facts.settle import marks_of, medians_m, refuse_doubles
from gis.facts.survey import Survey
from gis.facts.villages import Tally, added, by_code, roll_up, tally, unserved_m

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

    from gis.facts.source import RowGroup
    from gis.policy import Policy

_DROPPED = [
    "x",
    "y",
    "accuracy_m",
    "heating",
    "occupancy",
    "in_programme",
]  # as the ledger has them


@dataclass(frozen=True)
class Streamed:
    """What a stream leaves: its parts on disk, and what they add up to.

    households  files in the order of the ledger, one row a ledger row
    villages, total  as gather() has them for a ledger in memory
    problems    how many rows have each problem, by code
    status      how many rows are placed, outside and rejected
    """

    households: tuple[Path, ...]
    villages: pd.DataFrame
    total: Tally
    problems: dict[str, int]
    status: dict[str, int]


@dataclass(frozen=True)
class Task:
    """One part of the ledger, and the file its facts go to."""

    part: RowGroup
    path: Path

    def __call__(self, survey: Survey) -> Path:
        """Work the part out unless that was done; its tally lies beside it."""
        if not self.path.exists():
            _work_out(survey, self)
        return self.path


def stream(
    tables: Mapping[str, Any],
    policy: Policy,
    as_of: date,
    work: Path,
    engine: Engine = ON_ALL_CORES,
) -> Streamed:
    """The facts of the ledger of `tables["households"]`, a list of GeoParquet files.

    tables: the other layers by name, in the metric project CRS, as for gather(); the ledger is
    in that CRS too: a file that states another is refused. work: where the parts go; every worker
    must see it under this name.

    Raises:
        InputError: a file of the ledger is not as it must be, or a household is in it twice.
    """
    layers = {name: table for name, table in tables.items() if name != "households"}
    survey = Survey.of(layers, policy, as_of)
    files = [Path(path) for path in tables["households"]]
    villages = by_code(tables["villages"])
    parts = source.row_groups(files, villages.crs.to_wkt())
    folder = work / _run_name(survey, policy, files)
    folder.mkdir(parents=True, exist_ok=True)
    tasks = [Task(part, folder / f"{number:06}.parquet") for number, part in enumerate(parts)]
    paths = list(engine.do(survey, tasks))
    refuse_doubles(paths)
    return _settled(survey, villages, policy, paths)


def _settled(
    survey: Survey, layer: gpd.GeoDataFrame, policy: Policy, paths: Sequence[Path]
) -> Streamed:
    total, problems, status = None, pd.Series(dtype=int), pd.Series(dtype=int)
    for path in paths:
        own, found, stand = pickle.loads(path.with_suffix(".tally").read_bytes())  # noqa: S301  # ours, of this run
        total = own if total is None else added([total, own])
        problems, status = problems.add(found, fill_value=0), status.add(stand, fill_value=0)
    if total is None:
        raise ValueError("a ledger without a row group")
    codes = survey.ground.villages.codes
    villages = roll_up(total, medians_m(paths, codes), layer, policy)
    if survey.rulings is not None:  # each part reports the rulings on households of the others
        others = len(survey.rulings) * (len(paths) - 1)
        problems["unknown_household"] = problems.get("unknown_household", 0) - others
    problems = problems[problems > 0]
    counts = (problems.astype(int).to_dict(), status.astype(int).to_dict())
    return Streamed(tuple(paths), villages, total, *counts)


def _work_out(survey: Survey, task: Task) -> None:
    ledger = source.ledger(task.part)
    surveyed = survey.facts(ledger, survey.ground.stand(survey.homes(ledger)))
    homes = surveyed.households
    away = unserved_m(homes)
    village = pd.Index(survey.ground.villages.codes).get_indexer(away.index).astype(np.int32)
    order = np.argsort(village, kind="stable")
    counted = homes.loc[homes["status"] != "rejected", "household_id"].dropna()
    marks = np.sort(marks_of(counted.to_numpy(dtype=object)))
    found = pd.Series([problem.code for problem in surveyed.problems], dtype=object).value_counts()
    own = (tally(homes, surveyed.pieces), found, homes["status"].value_counts())
    _write(task.path, ".tally", pickle.dumps(own))
    _write(task.path, ".village", village[order].tobytes())
    _write(task.path, ".metres", away.to_numpy(float)[order].tobytes())
    _write(task.path, ".ids", marks.tobytes())
    facts = pa.Table.from_pandas(homes.drop(columns=_DROPPED), preserve_index=False)
    sink = pa.BufferOutputStream()
    pq.write_table(facts.replace_schema_metadata(), sink, compression="zstd")
    _write(task.path, ".parquet", sink.getvalue().to_pybytes())


def _write(path: Path, suffix: str, content: bytes) -> None:
    """Whole or not at all; two workers at the same part write the same bytes."""
    target = path.with_suffix(suffix)
    draft = target.with_name(f"{target.name}.{os.getpid()}.part")
    draft.write_bytes(content)
    draft.replace(target)


def _run_name(survey: Survey, policy: Policy, files: Sequence[Path]) -> str:
    """Another ledger, layer, policy or day is another run: nothing is mixed."""
    total = hashlib.sha256(repr(survey.as_of).encode() + repr(policy).encode())
    for path in files:
        stat = path.stat()
        total.update(f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}\n".encode())
    total.update(pickle.dumps(survey.ground.villages.codes.tolist()))
    arrays: list[pickle.PickleBuffer] = []  # hashed where they lie: they are the most of it
    total.update(pickle.dumps(survey, protocol=5, buffer_callback=arrays.append))
    for array in arrays:
        total.update(array.raw())
    return total.hexdigest()[:20]
