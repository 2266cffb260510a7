"""The previous edition: its stored counts, its households, its manifest, and those before it.

The previous edition is the one in the output folder, unless another one is named. An edition for
the same as-of date is a correction: public counts continue from it, but changes are reported
against the edition before it.
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

from gis.disclosure.rounding import (
    MEMORY,
    NOTHING,
    CountHistory,
    Memory,
    ZoneLink,
    read_memory,
    rule_of,
)
from gis.errors import InputError, Text
from gis.publish import archive
from gis.publish.atomic_swap import is_interrupted, open_publication
from gis.publish.filesystem import EDITIONS, MANIFEST
from gis.publish.signing import sealed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gis.editions.run_results import Results

HOUSEHOLDS = "planner/households.parquet"


def history(folder: Path) -> tuple[CountHistory, ...]:
    """The counts of a publication and its archived editions, in order of as-of date.

    Raises:
        PublicationError: The publication is interrupted and cannot be recovered there.
    """
    with open_publication(folder) as whole:
        return history_in(whole)


def history_in(folder: Path) -> tuple[CountHistory, ...]:
    """The same for a folder that is already locked; unreadable editions are skipped."""
    dated = []
    for place in (*(folder / EDITIONS / name for name in archive.edition_names(folder)), folder):
        with suppress(OSError, ValueError, KeyError, TypeError):
            day = json.loads((place / MANIFEST).read_bytes())["project"]["as_of"]
            dated.append((day, _parse_history(json.loads((place / MEMORY).read_bytes()))))
    return tuple(published for _, published in sorted(dated, key=lambda one: one[0]))


def _parse_history(stored: Mapping[str, Mapping]) -> CountHistory:
    zones = {
        zone: ZoneLink(
            tuple(link["whole"]),
            None if link["touched"] is None else tuple(link["touched"]),
            link["verdict"],
        )
        for zone, link in stored.get("zones", {}).items()
    }
    return CountHistory(
        {key: int(pair[0]) for key, pair in stored["counts"].items()},
        zones,
        {key: (low, high) for key, (low, high) in stored.get("known", {}).items()},
        stored.get("official", {}),
        rule_of(stored),
    )


class PreviousEdition(NamedTuple):
    """What a new edition needs of an earlier one.

    memory           its public counts, so that unchanged counts stay the same
    households       planner/households.parquet
    as_of            its as-of date
    manifest_sha256  hash of its manifest.json, which the new manifest refers to
    """

    memory: Memory
    households: pd.DataFrame
    as_of: date
    manifest_sha256: str


class Past(NamedTuple):
    """What a new edition continues from.

    memory  the stored counts of the newest public edition, with the counts of all archived ones
    before  the edition against which changes are reported, None for none
    """

    memory: Memory
    before: PreviousEdition | None


NO_PAST = Past(NOTHING, None)


def past(results: Results, out: Path, previous: Path | None) -> Past:
    """Find what a new edition continues from.

    Args:
        results: The results of the run.
        out: The folder to publish to.
        previous: The folder of the previous edition; None: the edition in `out`, if it belongs to
            the same project.

    Raises:
        InputError: The previous edition is damaged or not ours, or it has a later as-of date and
            `results` does not allow that.
        PublicationError: A publication there is interrupted and cannot be recovered.
    """
    if previous is not None:
        before = read_before(previous)
        _check_date_order(before, results, previous)
        return Past(before.memory._replace(told=history(previous)), before)
    if not ((out / MANIFEST).is_file() or is_interrupted(out)):
        return NO_PAST
    with open_publication(out) as folder:
        if not _is_of_project(folder, results.project.name):
            return NO_PAST
        newest = _read(folder)
        _check_date_order(newest, results, out)
        stored = history_in(folder)
        return Past(newest.memory._replace(told=stored), _edition_before(newest, folder, results))


def read_before(previous: Path) -> PreviousEdition:
    """The edition in folder `previous`, read under its lock.

    An interrupted publication there is recovered first.

    Raises:
        InputError: The folder holds no edition of ours, or it was changed after publication.
        PublicationError: It is interrupted and cannot be recovered there.
    """
    with open_publication(previous) as folder:
        return _read(folder)


def _read(folder: Path) -> PreviousEdition:
    memory = read_memory(folder)
    try:
        manifest = (folder / MANIFEST).read_bytes()
        stored = json.loads(manifest)
        hashes = {one["path"]: one["sha256"] for one in stored["outputs"]}
        day = date.fromisoformat(stored["project"]["as_of"])
        content = (folder / HOUSEHOLDS).read_bytes()
        homes = pq.read_table(io.BytesIO(content)).to_pandas(date_as_object=False)
        contents = {MEMORY: (folder / MEMORY).read_bytes(), HOUSEHOLDS: content}
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise _damaged(folder) from error
    as_published = all(hashes.get(name) == _sha256(found) for name, found in contents.items())
    if not (as_published and sealed(manifest)):
        raise _damaged(folder)
    return PreviousEdition(memory, homes, day, _sha256(manifest))


def _is_of_project(folder: Path, name: str) -> bool:
    """Whether the edition in `folder` belongs to the project `name`; True if it is unreadable."""
    try:
        content = json.loads((folder / MANIFEST).read_bytes())
        return bool(content["project"]["name"] == name)
    except (OSError, ValueError, KeyError, TypeError):
        return True


def _edition_before(
    newest: PreviousEdition, folder: Path, results: Results
) -> PreviousEdition | None:
    """The newest edition with an earlier as-of date than `results`."""
    if newest.as_of < results.project.as_of:
        return newest
    day = results.project.as_of.isoformat()
    for name in reversed([one for one in archive.edition_names(folder) if one[: len(day)] < day]):
        with suppress(InputError):
            return _read(folder / EDITIONS / name)
    return None


def _check_date_order(newest: PreviousEdition, results: Results, where: Path) -> None:
    if newest.as_of <= results.project.as_of or results.older:
        return
    theirs, mine = newest.as_of.isoformat(), results.project.as_of.isoformat()
    zh = (
        f"{where} 里已发布截至 {theirs} 的一版，这次的截至日期 {mine} 更早；照发会用旧数替换新数。"
        "请核对 as_of；确要如此，请加 --older；另存一份，请换一个 --out。"
    )
    en = (
        f"{where} holds an edition as of {theirs}; this one is as of {mine}, earlier, and would "
        "replace "
        "newer figures by older ones. Check as_of; add --older if that is what you want, or "
        "choose another --out to keep both."
    )
    raise InputError(Text(zh, en))


def _damaged(previous: Path) -> InputError:
    zh = (
        f"上一版 {previous} 不完整或被改动过（{MANIFEST}、{MEMORY}、{HOUSEHOLDS}）。"
        "请指向完整的上一版文件夹；可用 nuantu verify 查看哪里不符。"
    )
    en = (
        f"the previous edition {previous} is not whole or was changed ({MANIFEST}, {MEMORY}, "
        f"{HOUSEHOLDS}). Point to the whole folder of the previous edition; nuantu verify shows "
        "what differs."
    )
    return InputError(Text(zh, en))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
