"""What stands published already: what it remembers, its households, and which edition it is.

The edition that stands in the folder that is published to is the one before, unless another is
named. One that stands for the same day is only corrected: what is public of it is gone on from, and
what changed since is told against the edition before it.
"""

from __future__ import annotations

import hashlib
import io
import json
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gis.disclosure.rounding import MEMORY, NOTHING, Memory, read_memory
from gis.errors import InputError, Text
from gis.publish import archive
from gis.publish.atomic_swap import broken, open_publication
from gis.publish.edition_history import history, history_in
from gis.publish.filesystem import EDITIONS, MANIFEST
from gis.publish.seal import sealed

if TYPE_CHECKING:
    from gis.editions.run_results import Results

HOUSEHOLDS = "planner/households.parquet"


class PreviousEdition(NamedTuple):
    """What one edition hands on to the next.

    memory           what its public counts were, so that they stay where nothing moved
    households       planner/households.parquet
    as_of            its as-of day
    manifest_sha256  of its manifest.json, by which the next one names it
    """

    memory: Memory
    households: pd.DataFrame
    as_of: date
    manifest_sha256: str


class Past(NamedTuple):
    """What a new edition goes on from.

    memory  what the newest edition that is public remembers, and what all that are kept say
    before  the edition that this one is told against
    """

    memory: Memory
    before: PreviousEdition | None


NO_PAST = Past(NOTHING, None)


def past(results: Results, out: Path, previous: Path | None) -> Past:
    """What an edition of `results`, published to `out`, goes on from.

    previous: the folder of the edition before; None: the one that stands in `out`, if it is of
    the same project.

    Raises:
        InputError: there is no whole edition of ours, or it is of a later as-of day and `results`
            does not say that this is meant.
        PublicationError: a publication there was broken off and cannot be recovered.
    """
    if previous is not None:
        before = read_before(previous)
        _in_order(before, results, previous)
        return Past(before.memory._replace(told=history(previous)), before)
    if not ((out / MANIFEST).is_file() or broken(out)):
        return NO_PAST
    with open_publication(out) as folder:
        if not _of_project(folder, results.project.name):
            return NO_PAST
        newest = _read(folder)
        _in_order(newest, results, out)
        told = history_in(folder)
        return Past(newest.memory._replace(told=told), _earlier(newest, folder, results))


def read_before(previous: Path) -> PreviousEdition:
    """The edition in folder `previous`, all of it at one moment.

    A publication there that was broken off is recovered first.

    Raises:
        InputError: the folder holds no edition of ours, or it is no longer as it was published.
        PublicationError: it is halfway and cannot be recovered there.
    """
    with open_publication(previous) as folder:
        return _read(folder)


def _read(folder: Path) -> PreviousEdition:
    memory = read_memory(folder)
    try:
        manifest = (folder / MANIFEST).read_bytes()
        told = json.loads(manifest)
        listed = {one["path"]: one["sha256"] for one in told["outputs"]}
        day = date.fromisoformat(told["project"]["as_of"])
        content = (folder / HOUSEHOLDS).read_bytes()
        homes = pq.read_table(io.BytesIO(content)).to_pandas(date_as_object=False)
        own = {MEMORY: (folder / MEMORY).read_bytes(), HOUSEHOLDS: content}
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise _not_whole(folder) from error
    as_published = all(listed.get(name) == _sha256(found) for name, found in own.items())
    if not (as_published and sealed(manifest)):
        raise _not_whole(folder)
    return PreviousEdition(memory, homes, day, _sha256(manifest))


def _of_project(folder: Path, name: str) -> bool:
    """Whether the edition in `folder` is of the project `name`; one that nobody can read may be."""
    try:
        told = json.loads((folder / MANIFEST).read_bytes())
        return bool(told["project"]["name"] == name)
    except (OSError, ValueError, KeyError, TypeError):
        return True


def _earlier(newest: PreviousEdition, folder: Path, results: Results) -> PreviousEdition | None:
    """The newest edition of an earlier day than that of `results`."""
    if newest.as_of < results.project.as_of:
        return newest
    day = results.project.as_of.isoformat()
    for name in reversed([one for one in archive.edition_names(folder) if one[: len(day)] < day]):
        with suppress(InputError):
            return _read(folder / EDITIONS / name)
    return None


def _in_order(newest: PreviousEdition, results: Results, where: Path) -> None:
    if newest.as_of <= results.project.as_of or results.older:
        return
    theirs, mine = newest.as_of.isoformat(), results.project.as_of.isoformat()
    zh = (
        f"{where} 里已发布截至 {theirs} 的一版，这次的截至日期 {mine} 更早；照发会用旧数替换新数。"
        "请核对 as_of；确要如此，请加 --older；另存一份，请换一个 --out。"
    )
    en = (
        f"{where} holds an edition as of {theirs}; this one is as of {mine}, earlier, and would put "
        "old figures in place of new ones. Check as_of; add --older if that is what you want, or "
        "choose another --out to keep both."
    )
    raise InputError(Text(zh, en))


def _not_whole(previous: Path) -> InputError:
    zh = (
        f"上一版 {previous} 不完整或被改动过（{MANIFEST}、{MEMORY}、{HOUSEHOLDS}）。"
        "请指向完整的上一版文件夹；可用 nuantu verify 查看哪里不符。"
    )
    en = (
        f"the previous edition {previous} is not whole or was changed ({MANIFEST}, {MEMORY}, "
        f"{HOUSEHOLDS}). Point to the whole folder of the previous edition; nuantu verify says "
        "what differs."
    )
    return InputError(Text(zh, en))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
