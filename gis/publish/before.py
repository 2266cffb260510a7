"""The edition before: what it remembers, its households, and which one it is."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gis.errors import InputError, Text
from gis.publish.counts import MEMORY, Memory, read_memory
from gis.publish.places import MANIFEST
from gis.publish.seal import sealed
from gis.publish.swap import standing

HOUSEHOLDS = "planner/households.parquet"


class Before(NamedTuple):
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


def read_before(previous: Path | None) -> Before | None:
    """The edition in folder `previous`, all of it at one moment; None: there is none before.

    A publication there that was broken off is recovered first.

    Raises:
        InputError: the folder holds no edition of ours, or it is no longer as it was published.
        PublicationError: it is halfway and cannot be recovered there.
    """
    if previous is None:
        return None
    with standing(previous) as folder:
        memory = read_memory(folder)
        try:
            manifest = (folder / MANIFEST).read_bytes()
            told = json.loads(manifest)
            listed = {one["path"]: one["sha256"] for one in told["outputs"]}
            day = date.fromisoformat(told["project"]["as_of"])
            content = (folder / HOUSEHOLDS).read_bytes()
            homes = pq.read_table(io.BytesIO(content)).to_pandas(date_as_object=False)
            kept = {MEMORY: (folder / MEMORY).read_bytes(), HOUSEHOLDS: content}
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
            raise _not_whole(previous) from error
    as_published = all(listed.get(name) == _sha256(found) for name, found in kept.items())
    if not (as_published and sealed(manifest)):
        raise _not_whole(previous)
    return Before(memory, homes, day, _sha256(manifest))


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
