"""Reading large GeoParquet layers in chunks: a row group, or a part of one, at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gis.errors import InputError, Problem, Text
from gis.layers import crs_check, validation
from gis.layers.columns import LAYERS, with_devices
from gis.layers.crs import project_crs
from gis.layers.formats import format_of
from gis.layers.georeference import Sample, merge_samples, sample_geometries
from gis.layers.layer_loader import LayerLoader, read_part
from gis.layers.ledger import SCOPE, qualify_ids
from gis.layers.problems import Finding, Number, Refusal, problem
from gis.layers.raw_table import Request
from gis.layers.read_source import Origin, inside_folder, sha256_of
from gis.layers.recorded_rows import recorded_origins

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas as gpd

    from gis.layers.project import ProjectConfig
    from gis.layers.reader_process import ReaderProcess
    from gis.layers.village_names import VillageNames

ROWS = 2**18  # of a chunk at most; read, they take some 0.5 GB


class Chunk(NamedTuple):
    """At most ROWS rows of one row group of a layer.

    place      the file as project.toml names it
    path       the file's full path
    group      index of the row group, from 0
    batch      index of these rows in it, from 0
    first_row  row number of its first row in the file, from 1
    rows       number of rows
    """

    layer: str
    place: str
    path: Path
    group: int
    batch: int
    first_row: int
    rows: int


def in_chunks(project: ProjectConfig, layer: str) -> tuple[Chunk, ...]:
    """The chunks of a layer whose files are all GeoParquet, else an empty tuple.

    Files that cannot be opened give no chunks; reading the layer whole then reports the problem.
    Nor does a layer of which the office's own record has rows.
    """
    spec = project.layers.get(layer)
    if spec and spec.recorded:
        return ()
    found: list[Chunk] = []
    for place in spec.paths_of_files if spec else ():
        try:
            path = inside_folder(project.folder, place)
            if format_of(path) != "parquet":
                return ()
            with pq.ParquetFile(path) as file:
                sizes = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
        except (Refusal, OSError, pa.ArrowException):
            return ()
        first = 1
        for group, size in enumerate(sizes):
            for batch, start in enumerate(range(0, size, ROWS)):
                rows = min(ROWS, size - start)
                found.append(Chunk(layer, place, path, group, batch, first + start, rows))
            first += size
    return tuple(found)


class ChunkRead(NamedTuple):
    """The rows of one chunk, typed as by `load`.

    problems  problems found in the chunk
    sample    sample of its coordinates, None where no row has any
    """

    table: pd.DataFrame
    problems: tuple[Problem, ...]
    sample: Sample | None


def read_chunk(
    chunk: Chunk,
    project: ProjectConfig,
    reader: ReaderProcess,
    devices: Iterable[str] = (),
    names: VillageNames | None = None,
) -> ChunkRead:
    """Read one chunk.

    Duplicate ids are found only within the chunk. Whether the layer lies where it should is checked
    later, by `check_location`.

    Args:
        chunk: The rows to read.
        project: The project.
        reader: The running reader process.
        devices: Device names of the policy, accepted besides the standard ones.
        names: The project's villages, for rows that name theirs.

    Returns:
        The typed rows, their problems, and a sample of their coordinates.

    Raises:
        InputError: The chunk cannot be read.
    """
    layer, target = with_devices(LAYERS[chunk.layer], devices), project_crs(project.crs)
    spec = project.layers[layer.name]
    loader = LayerLoader(project, target, names)
    try:
        request = Request(str(chunk.path), "parquet", part=(chunk.group, chunk.batch, ROWS))
        raw = reader.read(request)
        raw.rows = range(chunk.first_row, chunk.first_row + len(raw.rows))
        source = next(one for one in spec.sources if one.path == chunk.place)
        table = read_part(loader, raw, layer, source)
    except Refusal as refusal:
        refused = problem(layer.name, refusal.finding, chunk.place)
        raise InputError(refused.message, (refused,)) from refusal
    findings = [] if SCOPE not in table else qualify_ids(table, {chunk.place: bool(source.id)})
    findings += validation.check_values(table, layer) + validation.check_rows(table, layer)
    reasons = validation.reject(table, layer, findings)
    finished_rows = validation.finish_table(table, layer, reasons, findings)
    loader.add_problems(layer.name, [*raw.findings, *findings], chunk.place, table=table)
    return ChunkRead(
        finished_rows, tuple(loader.problems), loader.samples.get(layer.name, {}).get(chunk.place)
    )


def check_location(
    project: ProjectConfig, read: Mapping[Chunk, Sample | None], villages: gpd.GeoDataFrame
) -> tuple[Problem, ...]:
    """Check that a layer lies where the villages do, from the samples of its chunks.

    Args:
        project: The project.
        read: Each chunk of the layer with the sample of its coordinates; None for none.
        villages: The villages, in the project CRS.

    Returns:
        The problems found, none of them blocking.

    Raises:
        InputError: The layer lies elsewhere, or the chunks of a file take their coordinates from
            different columns.
    """
    layer, target = next(iter(read)).layer, project_crs(project.crs)
    loader = LayerLoader(project, target)
    known = {chunk: sample for chunk, sample in read.items() if sample is not None}
    for place in {chunk.place: None for chunk in known}:
        ways = sorted({one.way for chunk, one in known.items() if chunk.place == place})
        if len(ways) > 1:
            loader.add_problems(
                layer, [Finding("places_differ", numbers={"ways": "、".join(ways)})], place
            )
        for blank in (one for one, sample in read.items() if one.place == place and not sample):
            last = blank.first_row + blank.rows - 1
            missing = Finding("places_missing", blank.first_row, numbers={"last": last})
            loader.add_problems(layer, [missing] if blank.rows else [], place)
    first = [one for chunk, one in known.items() if chunk.place == next(iter(known)).place]
    if first:
        shapes = villages.geometry.to_numpy()
        village_sample = sample_geometries(shapes, villages, project.crs)
        samples = {layer: merge_samples(first), "villages": village_sample}
        findings = crs_check.crs_problems(samples, {"villages": villages}, target).get(layer, [])
        loader.add_problems(layer, findings)
    blocking = tuple(one for one in loader.problems if one.blocking)
    if blocking:
        message = blocking[0].message
        raise InputError(Text(f"{layer}：{message.zh}", f"{layer}: {message.en}"), blocking)
    return tuple(loader.problems)


def duplicate_problem(layer: str, ids: int, some: Iterable[str]) -> Problem:
    """The problem that ids occur in several chunks of a layer.

    Args:
        layer: The layer's name.
        ids: How many such ids there are.
        some: Some of them, to be shown.
    """
    numbers: dict[str, Number] = {"ids": ids, "some": "、".join(some)}
    key = LAYERS[layer].key
    return problem(layer, Finding("id_in_portions", column=key, numbers=numbers))


def origins_of(project: ProjectConfig, chunks: Iterable[Chunk]) -> tuple[Origin, ...]:
    """The origin of each file of the chunks."""
    origins = []
    files = {(one.layer, one.place): one.path for one in chunks}
    for (layer, place), path in files.items():
        spec = project.layers[layer]
        with pq.ParquetFile(path) as file:
            rows = file.metadata.num_rows
        details = (rows, spec.crs or "", "", spec.source, spec.licence, spec.steward, spec.as_of)
        origins.append(Origin(layer, place, sha256_of(path), *details))
    return (*origins, *recorded_origins(project.record, {layer for layer, _ in files}))
