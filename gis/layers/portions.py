"""Layers too large to be read whole: row group by row group, each read as any layer is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gis.errors import InputError, Problem
from gis.layers import checks, fit
from gis.layers.columns import LAYERS, with_devices
from gis.layers.datum import project_crs
from gis.layers.files import inside
from gis.layers.findings import Refusal, problem
from gis.layers.formats import format_of
from gis.layers.intake import Gathering, finished, typed_part
from gis.layers.place import sampled
from gis.layers.raw import Request
from gis.layers.sources import Origin, sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gis.layers.project import Project
    from gis.layers.reader import Reader

AT_ONCE = 300_000  # rows; a layer with no more is read whole


class Portion(NamedTuple):
    """One row group of a layer; place: the file as project.toml writes it."""

    layer: str
    place: str
    path: Path
    number: int
    first_row: int


def in_portions(project: Project, layer: str) -> tuple[Portion, ...]:
    """The row groups of a layer of GeoParquet with more than AT_ONCE rows; else none.

    What is wrong with a file is said where the layer is then read whole.
    """
    spec = project.layers.get(layer)
    found: list[Portion] = []
    rows = 0
    for place in spec.files if spec else ():
        try:
            path = inside(project.folder, place)
            if format_of(path) != "parquet":
                return ()
            with pq.ParquetFile(path) as file:
                sizes = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
        except (Refusal, OSError, pa.ArrowException):
            return ()
        first = 1
        for number, size in enumerate(sizes):
            found.append(Portion(layer, place, path, number, first))
            first += size
        rows += sum(sizes)
    return tuple(found) if rows > AT_ONCE else ()


def read_portion(
    portion: Portion,
    project: Project,
    others: Mapping[str, pd.DataFrame],
    reader: Reader,
    devices: Iterable[str] = (),
) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """The rows of a portion as `load` gives a layer's, and what is wrong with them.

    others: the other layers' tables, to see whether it lies where they do; devices: as for `load`.
    Of rows with one id only those of one portion are told apart here.

    Raises:
        InputError: it cannot be read, or lies elsewhere.
    """
    layer, target = with_devices(LAYERS[portion.layer], devices), project_crs(project.crs)
    spec = project.layers[layer.name]
    gathered = Gathering(project, target)
    try:
        raw = reader.read(Request(str(portion.path), "parquet", part=portion.number))
        raw.rows = range(portion.first_row, portion.first_row + len(raw.rows))
        table = typed_part(gathered, raw, layer, spec, portion.place)
    except Refusal as refusal:
        refused = problem(layer.name, refusal.finding, portion.place)
        raise InputError(refused.message, (refused,)) from refusal
    findings = checks.of_values(table, layer) + checks.of_rows(table, layer)
    made = finished(table, layer, findings)
    villages = others["villages"]
    shapes = villages.geometry.to_numpy()
    samples = gathered.samples | {"villages": sampled(shapes, villages, project.crs)}
    misfits = fit.misfits(samples, {**others, layer.name: made}, target)
    gathered.say(layer.name, [*raw.findings, *findings, *misfits.get(layer.name, [])])
    blocking = tuple(one for one in gathered.problems if one.blocking)
    if blocking:
        raise InputError(blocking[0].message, blocking)
    return made, tuple(gathered.problems)


def origins_of(project: Project, found: Iterable[Portion]) -> tuple[Origin, ...]:
    """Where each file of the portions came from."""
    made = []
    for (layer, place), path in {(one.layer, one.place): one.path for one in found}.items():
        spec = project.layers[layer]
        with pq.ParquetFile(path) as file:
            rows = file.metadata.num_rows
        about = (rows, spec.crs or "", "", spec.source, spec.licence, spec.steward, spec.as_of)
        made.append(Origin(layer, place, sha256_of(path), *about))
    return tuple(made)
