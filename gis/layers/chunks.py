"""Layers too large to be read whole: row group by row group, each read as any layer is."""

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
from gis.layers.georeference import Sample, merge_reports, sampled
from gis.layers.load_layers import LayerLoader, finished, typed_part
from gis.layers.problems import Finding, Number, Refusal, problem
from gis.layers.project import Origin, inside_folder, sha256_of
from gis.layers.raw_table import Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas as gpd

    from gis.layers.project import Project
    from gis.layers.reader_process import ReaderProcess

AT_ONCE = 300_000  # rows; a layer with no more is read whole


class Chunk(NamedTuple):
    """One row group of a layer; place: the file as project.toml writes it."""

    layer: str
    place: str
    path: Path
    number: int
    first_row: int
    rows: int


def in_chunks(project: Project, layer: str) -> tuple[Chunk, ...]:
    """The row groups of a layer of GeoParquet with more than AT_ONCE rows; else none.

    What is wrong with a file is said where the layer is then read whole.
    """
    spec = project.layers.get(layer)
    found: list[Chunk] = []
    rows = 0
    for place in spec.files if spec else ():
        try:
            path = inside_folder(project.folder, place)
            if format_of(path) != "parquet":
                return ()
            with pq.ParquetFile(path) as file:
                sizes = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
        except (Refusal, OSError, pa.ArrowException):
            return ()
        first = 1
        for number, size in enumerate(sizes):
            found.append(Chunk(layer, place, path, number, first, size))
            first += size
        rows += sum(sizes)
    return tuple(found) if rows > AT_ONCE else ()


class ChunkRead(NamedTuple):
    """The rows of a portion as `load` gives a layer's; sample: of its places, None for none."""

    table: pd.DataFrame
    problems: tuple[Problem, ...]
    sample: Sample | None


def read_chunk(
    portion: Chunk, project: Project, reader: ReaderProcess, devices: Iterable[str] = ()
) -> ChunkRead:
    """What a portion holds; devices: as for `load`.

    Of rows with one id only those of one portion are told apart here, and whether the layer lies
    where it should is for `lies` to say.

    Raises:
        InputError: it cannot be read.
    """
    layer, target = with_devices(LAYERS[portion.layer], devices), project_crs(project.crs)
    spec = project.layers[layer.name]
    gathered = LayerLoader(project, target)
    try:
        raw = reader.read(Request(str(portion.path), "parquet", part=portion.number))
        raw.rows = range(portion.first_row, portion.first_row + len(raw.rows))
        table = typed_part(gathered, raw, layer, spec, portion.place)
    except Refusal as refusal:
        refused = problem(layer.name, refusal.finding, portion.place)
        raise InputError(refused.message, (refused,)) from refusal
    findings = validation.check_values(table, layer) + validation.check_rows(table, layer)
    made = finished(table, layer, findings)
    gathered.say(layer.name, [*raw.findings, *findings], table=table)
    return ChunkRead(made, tuple(gathered.problems), gathered.samples.get(layer.name))


def check_location(
    project: Project, read: Mapping[Chunk, Sample | None], villages: gpd.GeoDataFrame
) -> tuple[Problem, ...]:
    """Whether a layer lies where the villages do, by the samples of its portions.

    Raises:
        InputError: it does not, or places come from other columns in some portions of a file.
    """
    layer, target = next(iter(read)).layer, project_crs(project.crs)
    gathered = LayerLoader(project, target)
    known = {portion: sample for portion, sample in read.items() if sample is not None}
    for place in {portion.place: None for portion in known}:
        ways = sorted({one.way for portion, one in known.items() if portion.place == place})
        if len(ways) > 1:
            gathered.say(
                layer, [Finding("places_differ", numbers={"ways": "、".join(ways)})], place
            )
        for blank in (one for one, sample in read.items() if one.place == place and not sample):
            last = blank.first_row + blank.rows - 1
            missing = Finding("places_missing", blank.first_row, numbers={"last": last})
            gathered.say(layer, [missing] if blank.rows else [], place)
    first = [one for portion, one in known.items() if portion.place == next(iter(known)).place]
    if first:
        shapes = villages.geometry.to_numpy()
        ground = sampled(shapes, villages, project.crs)
        samples = {layer: merge_reports(first), "villages": ground}
        findings = crs_check.crs_problems(samples, {"villages": villages}, target).get(layer, [])
        gathered.say(layer, findings)
    blocking = tuple(one for one in gathered.problems if one.blocking)
    if blocking:
        message = blocking[0].message
        raise InputError(Text(f"{layer}：{message.zh}", f"{layer}: {message.en}"), blocking)
    return tuple(gathered.problems)


def duplicate_problem(layer: str, ids: int, some: Iterable[str]) -> Problem:
    """That so many ids, `some` of which are named, stand in several portions of a layer."""
    numbers: dict[str, Number] = {"ids": ids, "some": "、".join(some)}
    key = LAYERS[layer].key
    return problem(layer, Finding("id_in_portions", column=key, numbers=numbers))


def origins_of(project: Project, found: Iterable[Chunk]) -> tuple[Origin, ...]:
    """Where each file of the portions came from."""
    made = []
    for (layer, place), path in {(one.layer, one.place): one.path for one in found}.items():
        spec = project.layers[layer]
        with pq.ParquetFile(path) as file:
            rows = file.metadata.num_rows
        about = (rows, spec.crs or "", "", spec.source, spec.licence, spec.steward, spec.as_of)
        made.append(Origin(layer, place, sha256_of(path), *about))
    return tuple(made)
