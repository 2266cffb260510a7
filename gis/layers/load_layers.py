"""Loading all layers of a project: their tables, origins and problems."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from gis.layers import (
    accepted_problems,
    crs_check,
    ledger,
    recorded_rows,
    validation,
    village_areas,
)
from gis.layers import zone_from_text as worded_zones
from gis.layers.columns import LAYERS, TARGETS, with_devices
from gis.layers.crs import project_crs
from gis.layers.data_rows import belongs_to, left_out_finding
from gis.layers.frames import Frames, read_frame
from gis.layers.ground_picture import GroundPicture, read_ground_picture
from gis.layers.headings import check_values
from gis.layers.layer_loader import LayerLoader, read_part
from gis.layers.lost_rows import find_losses
from gis.layers.problems import Finding, Refusal, problem
from gis.layers.project import ProjectConfig
from gis.layers.project_layers import LayerFile, LayerSpec
from gis.layers.raw_table import RawTable
from gis.layers.read_source import Origin, origin, read_source
from gis.layers.reader_process import ReaderProcess
from gis.layers.village_codes import find_unit_codes, make_codes, unlike_codes
from gis.layers.village_names import VillageNames

if TYPE_CHECKING:
    from gis.errors import Problem
    from gis.layers.schema import Layer

ReadFile = tuple[list[RawTable], str]  # the rows of a file by sheet, and its sha256
ReadSource = Callable[[LayerSpec, LayerFile], ReadFile]
_EXACT = 1e-6  # of a household


@dataclass(frozen=True)
class Layers:
    """The tables of a project by layer name, with their origins and all problems.

    A table has the columns of the contract (absent ones all missing), then the file's other columns
    as "extra:<heading>". With geometry it is a GeoDataFrame in the project CRS. Households and
    inspections have x and y [m] instead, NaN for no location. These two, complaints, premises,
    heat_sources, transformers and payments also have a column `unread`, see
    gis.layers.column_mapping.unread_headings. Households have a column `absent`: the columns that
    their file does not have, joined by ",".

    picture  the office's own picture below the maps; None: there is none
    """

    tables: Mapping[str, pd.DataFrame]
    origins: tuple[Origin, ...]
    problems: tuple[Problem, ...]
    picture: GroundPicture | None = None


def load(
    project: ProjectConfig,
    reader: ReaderProcess | None = None,
    devices: Iterable[str] = (),
    frames: Frames | None = None,
) -> Layers:
    """Read every layer that project.toml names, and collect all problems.

    Problems of a layer raise nothing: a layer that cannot be read is absent from the tables, and a
    blocking problem gives the reason.

    Args:
        project: The project.
        reader: A running reader process; None: one is started for this call.
        devices: Device names of the policy, accepted besides the standard ones.
        frames: The tables of a project made of frames, by the file in project.toml that each takes
            the place of; None: the project's files are read.
    """
    try:
        target = project_crs(project.crs)
    except Refusal as refusal:
        told = problem("project.toml", refusal.finding, frame=frames is not None)
        return Layers({}, (), (told,))
    loader = LayerLoader(project, target, frames=frames is not None)
    wanted = [(with_devices(LAYERS[name], devices), spec) for name, spec in project.layers.items()]
    if project.targets is not None:
        file = project.targets.relative_to(project.folder).as_posix()
        wanted.append((TARGETS, LayerSpec(path=file)))
    order = {layer.name: at for at, (layer, _) in enumerate(wanted)}
    first = ("villages", "households", "premises")  # the others name these
    wanted.sort(key=lambda one: first.index(one[0].name) if one[0].name in first else len(first))
    specs = [spec for _, spec in wanted]
    with _source(project, reader, frames) as read, ThreadPoolExecutor(1) as waiting:
        coming = _read_ahead(waiting, read, specs)
        for layer, spec in wanted:
            read_layer(loader, coming, layer, spec)
    loader.origins += recorded_rows.recorded_origins(project.record, order)
    loader.origins.sort(key=lambda one: order[one.layer])
    loader.origins += recorded_rows.notice_origin(project.record)
    loader.problems.sort(key=lambda one: order.get(one.layer, -1))
    _check_across_layers(loader)
    picture, seen, wrong = read_ground_picture(project, loader.tables.get("villages"))
    origins, problems = (*loader.origins, *seen), (*loader.problems, *wrong)
    return Layers(loader.tables, origins, problems, picture)


@contextmanager
def _source(
    project: ProjectConfig, reader: ReaderProcess | None, frames: Frames | None
) -> Iterator[ReadSource]:
    """What reads a source of a layer: the frames, or a reader process."""
    if frames is not None:
        yield lambda _spec, source: read_frame(frames, source.path)
        return
    with nullcontext(reader) if reader else ReaderProcess() as running:

        def read(spec: LayerSpec, source: LayerFile) -> ReadFile:
            if source.recorded:
                return recorded_rows.recorded_table(project.record, str(source.layer))
            return read_source(running, project.folder, spec, source)

        yield read


def _read_ahead(
    waiting: ThreadPoolExecutor, read: ReadSource, specs: Iterable[LayerSpec]
) -> Iterator[Future[ReadFile]]:
    """Each file in turn; the next one is read meanwhile."""
    ahead: deque[Future[ReadFile]] = deque()
    for spec, source in ((one, source) for one in specs for source in one.sources):
        ahead.append(waiting.submit(read, spec, source))
        if len(ahead) > 1:
            yield ahead.popleft()
    yield from ahead


def read_layer(
    loader: LayerLoader, files: Iterator[Future[ReadFile]], layer: Layer, spec: LayerSpec
) -> None:
    """Read a layer's files into one table; no table if none of them can be read."""
    loader.add_problems(layer.name, check_values(layer, spec))
    read = [
        part for source in spec.sources for part in _read_parts(loader, files, layer, spec, source)
    ]
    several = len(spec.sources) > 1
    complete = {part.source.path for part in read} == {source.path for source in spec.sources}
    codes = [{one.code for one in part.raw.findings} for part in read]
    if read and all("sheet_not_here" in one for one in codes):
        sheets = {"sheet": spec.layer or "", "sheets": "—"}
        loader.add_problems(layer.name, [Finding("no_such_sheet", numbers=sheets)], "paths")
    for part in read:
        table = part.table if layer.name in LAYERS else None
        found = [one for one in part.raw.findings if not _fits_elsewhere(one, read)]
        if not complete:  # the heading may be in the file that could not be read
            found = [one for one in found if one.code != "rename_without_heading"]
        found = [replace(one, sheet=part.raw.sheet) for one in found]
        loader.add_problems(layer.name, found, part.source.path, several=several, table=table)
    if complete:
        told = [one for part in read for one in part.raw.findings]
        corrections = recorded_rows.corrections_of(loader.project.record, layer.name)
        place = loader.project.record.place
        loader.add_problems(layer.name, recorded_rows.never_applied(corrections, told), place)
    if read:
        whole = pd.concat([one.table for one in read], ignore_index=True)
        _finish_layer(loader, layer, spec, whole)
    if layer.name == "villages" and layer.name in loader.tables:
        loader.names = VillageNames(loader.tables[layer.name], loader.project.names)
        loader.add_problems("project.toml", loader.names.unknown_settled())


class _Part(NamedTuple):
    """The rows of one file or sheet."""

    source: LayerFile
    raw: RawTable
    table: pd.DataFrame


def _read_parts(
    loader: LayerLoader,
    files: Iterator[Future[ReadFile]],
    layer: Layer,
    spec: LayerSpec,
    source: LayerFile,
) -> list[_Part]:
    """The rows of one file, sheet by sheet where project.toml says so."""
    parts: list[_Part] = []
    try:
        tables, digest = next(files).result()
        for raw in tables:
            raw.sha256 = digest
            if source.sheets == "*" and not belongs_to(raw, layer, source):
                left_out = left_out_finding(raw)
                loader.add_problems(layer.name, [left_out], source.path)
            else:
                parts.append(_Part(source, raw, read_part(loader, raw, layer, source)))
    except Refusal as refusal:
        loader.add_problems(layer.name, [refusal.finding], source.path)
        return parts
    whole = origin(layer.name, [part.raw for part in parts], spec, source)
    loader.origins.append(replace(whole, sha256=digest))
    return parts


def _fits_elsewhere(finding: Finding, read: Sequence[_Part]) -> bool:
    """Whether a rename that fits no heading of one file fits one of another file or sheet."""
    return finding.code == "rename_without_heading" and any(
        finding.column in (*part.source.rename, part.source.id)
        and all(
            (one.code, one.column) != (finding.code, finding.column) for one in part.raw.findings
        )
        for part in read
    )


def _finish_layer(loader: LayerLoader, layer: Layer, spec: LayerSpec, whole: pd.DataFrame) -> None:
    """Check the rows of all files of a layer together, and add its table."""
    findings: list[Finding] = []
    if layer.name == "villages":
        findings += make_codes(whole)
    if layer.name == "households":
        numbered = {source.path: bool(source.id) for source in spec.sources}
        findings += ledger.qualify_ids(whole, numbered)
    if spec.recorded:
        whole, held = recorded_rows.without_replaced(whole, layer, loader.project.record.place)
        findings += held
    findings += validation.check_values(whole, layer) + validation.check_rows(whole, layer)
    findings += validation.check_days(whole, layer, loader.project.as_of)
    reasons, may_lose = validation.reject(whole, layer, findings), loader.project.may_lose
    if not loader.blocks(layer.name):  # then the loss is only what comes of it
        findings += find_losses(whole, reasons, layer, loader.tables, may_lose)
    table = loader.tables[layer.name] = validation.finish_table(whole, layer, reasons, findings)
    if layer.name == "targets":
        findings += find_unit_codes(table, loader.names)
    places = list(dict.fromkeys(source.path for source in spec.sources))
    if not validation.has_counting_rows(layer, table):
        loader.add_problems(layer.name, [validation.no_rows_finding(layer, len(whole))], places[0])
    loader.add_problems(layer.name, [one for one in findings if "file" not in one.numbers])
    for place in places:
        own = [finding for finding in findings if finding.numbers.get("file") == place]
        part = None
        if layer.name in LAYERS:
            part = whole[(whole["ledger_file"] == place).to_numpy(dtype=bool)]
        loader.add_problems(layer.name, own, place, several=len(spec.sources) > 1, table=part)


def _check_record(loader: LayerLoader) -> None:
    """Report rows of the office's own record that name nothing of the project."""
    record, tables = loader.project.record, loader.tables
    loader.add_problems(record.place, recorded_rows.unexplained(record))
    if "villages" in tables:
        known = set(tables["villages"]["village_code"])
        loader.add_problems(record.place, recorded_rows.unread_notice_changes(record, known))
    for name, finding in recorded_rows.of_no_layer(record, {*loader.project.layers, "targets"}):
        loader.add_problems(name if name in LAYERS else record.place, [finding], record.place)


def _check_across_layers(loader: LayerLoader) -> None:
    """Derive village areas and zones given in words, and check the layers against each other."""
    tables = loader.tables
    for name, layer in LAYERS.items():
        if (
            layer.required
            and name not in loader.project.layers
            and not (name == "coal_ban_zones" and loader.project.zones)
        ):
            loader.add_problems(name, [Finding("layer_missing")])
    samples = loader.samples
    for name, path, findings in crs_check.problems_of_files(samples, tables, loader.target):
        file = path if len(samples[name]) > 1 else ""
        if any(one.code in crs_check.ELSEWHERE for one in findings):  # one problem for all rows
            loader.remove_problems(name, ("location_unusable", "location_swapped"), file)
        loader.add_problems(name, findings, file, several=bool(file))
    loader.add_problems("villages", village_areas.add_areas(tables, loader.target))
    if "villages" in tables:
        total = tables["villages"]["households_total"]
        tables["villages"]["households_least"] = total * (1 - loader.project.may_lose) - _EXACT
    for name, findings in validation.check_across_layers(tables).items():
        loader.add_problems(name, findings)
    made = "".join(one.value for one in loader.problems if one.code == "codes_made")
    for name, finding in unlike_codes(tables, made):
        loader.add_problems(name, [finding])
    for name, findings in worded_zones.add_zones(loader.project, tables, loader.names).items():
        loader.add_problems(name, findings)
    _check_record(loader)
    unknown = accepted_problems.unknown_entries(loader.project, loader.problems, tables)
    loader.add_problems("project.toml", list(unknown))
