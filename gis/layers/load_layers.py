"""Loading all layers of a project: their tables, origins and problems."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from gis.errors import Problem
from gis.layers import (
    accepted_problems,
    crs_check,
    ledger,
    recorded_rows,
    validation,
    village_areas,
)
from gis.layers import zone_from_text as worded_zones
from gis.layers.column_mapping import map_columns, unread_headings
from gis.layers.columns import LAYERS, TARGETS, with_devices
from gis.layers.crs import project_crs
from gis.layers.data_rows import belongs_to, left_out_finding
from gis.layers.frames import Frames, read_frame
from gis.layers.georeference import EAST, NORTH, Sample, georeference, report_incomplete
from gis.layers.headings import check_values
from gis.layers.lost_rows import find_losses
from gis.layers.problems import Finding, Refusal, problem
from gis.layers.project import Origin, ProjectConfig, origin, read_source
from gis.layers.project_layers import LayerFile, LayerSpec
from gis.layers.raw_table import RawTable
from gis.layers.reader_process import ReaderProcess
from gis.layers.schema import Layer
from gis.layers.validation import repair
from gis.layers.village_codes import find_unit_codes, find_village_codes, make_codes, unlike_codes
from gis.layers.village_names import VillageNames

ReadFile = tuple[list[RawTable], str]  # the rows of a file by sheet, and its sha256
ReadSource = Callable[[LayerSpec, LayerFile], ReadFile]
# layers that distinguish unreadable cells from blank ones
_WITH_UNREAD = frozenset(
    "households inspections complaints premises heat_sources transformers payments".split()
)
_UNREADABLE_GEOMETRY = frozenset(["vertex_unreadable", "geometry_unreadable"])
_WINDING_FORMATS = (".shp", ".gdb")  # only the winding of a ring marks it as a hole
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
    """

    tables: Mapping[str, pd.DataFrame]
    origins: tuple[Origin, ...]
    problems: tuple[Problem, ...]


@dataclass
class LayerLoader:
    """The tables, origins and problems collected while loading.

    names  the project's villages by name; None until the villages have been read, or if they
           cannot be
    """

    project: ProjectConfig
    target: CRS
    names: VillageNames | None = None
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    samples: dict[str, dict[str, Sample]] = field(default_factory=dict)
    origins: list[Origin] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    frames: bool = False

    def add_problems(
        self,
        layer: str,
        findings: Iterable[Finding],
        file: str = "",
        *,
        several: bool = False,
        table: pd.DataFrame | None = None,
    ) -> None:
        """Add problems for findings.

        Args:
            layer: The layer's name.
            findings: What was found.
            file: The file as project.toml names it.
            several: Whether the layer has several files, so that messages name theirs.
            table: The rows of the file, for the ids of the rows with findings.
        """
        listed = list(findings)
        ids = {} if table is None else accepted_problems.accept_keys(table, LAYERS[layer], listed)
        for one in listed:
            key = str(one.numbers.get("entry", "")) or ids.get(one.row or 0, "")
            worded = problem(layer, one, file, several=several, key=key, frame=self.frames)
            self.problems.append(accepted_problems.settle(worded, self.project.accept))

    def blocks(self, layer: str) -> bool:
        """Whether a problem of the layer stops the run."""
        return any(one.blocking and one.layer == layer for one in self.problems)

    def remove_problems(self, layer: str, codes: Collection[str], file: str) -> None:
        """Remove the problems of a file, or of a layer if `file` is "", with these codes."""
        self.problems = [
            one
            for one in self.problems
            if one.layer != layer or one.code not in codes or file not in ("", one.file)
        ]


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
    return Layers(loader.tables, tuple(loader.origins), tuple(loader.problems))


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


def read_part(loader: LayerLoader, raw: RawTable, layer: Layer, source: LayerFile) -> pd.DataFrame:
    """One file's rows with typed columns, village codes and locations."""
    corrections = recorded_rows.corrections_of(loader.project.record, layer.name)
    table = map_columns(raw, layer, source, corrections)
    table["ledger_file"] = pd.Series(source.path, index=table.index, dtype="str")
    table["ledger_sheet"] = pd.Series(raw.sheet, index=table.index, dtype="str")
    table["ledger_row"] = raw.rows
    if layer.name == "villages":
        table["township"] = table["township"].fillna(source.township or np.nan)
    elif "village" in layer.by_name:
        towns = table["township"].fillna(source.township or np.nan)
        table, found = find_village_codes(table, layer, source, raw, loader.names)
        raw.findings += found
    if layer.name == "households":
        raw.findings += ledger.check_conversion(table)
        raw.findings += ledger.add_scope(table, source, raw, loader.names)
    elif "household_id" in layer.by_name:
        helper = layer.by_name["village_code"].helper
        villages = table.pop("village_code") if helper else table["village_code"]
        where = ledger.NamedPlaces(villages, towns)
        if loader.names and "households" in loader.tables:
            homes = loader.tables["households"]
            raw.findings += ledger.refer_to_numbered(table, where, loader.names, homes)
        if loader.names and layer.name == "payments":
            ledger.find_payee_codes(table, where, loader.names)
    if layer.shapes != ("none",):
        table = _locate_rows(loader, raw, table, layer, source)
    if layer.name == "households":
        table["absent"] = pd.Series(",".join(raw.absent), index=table.index, dtype="str")
        table["ledger_as_of"] = pd.Timestamp(source.as_of) if source.as_of else pd.NaT
    if layer.name in _WITH_UNREAD:
        table["unread"] = unread_headings(_unaccepted_findings(loader, raw, table, layer), raw.rows)
    return table


def _unaccepted_findings(
    loader: LayerLoader, raw: RawTable, table: pd.DataFrame, layer: Layer
) -> Iterator[Finding]:
    """The findings of a file that project.toml does not accept."""
    ids = accepted_problems.accept_keys(table, layer, raw.findings)
    for one in raw.findings:
        worded = problem(layer.name, one, key=ids.get(one.row or 0, ""))
        if not accepted_problems.is_accepted(worded, loader.project.accept):
            yield one


def _locate_rows(
    loader: LayerLoader, raw: RawTable, table: pd.DataFrame, layer: Layer, source: LayerFile
) -> pd.DataFrame:
    """Add the rows' locations, if the file has any."""
    placed = georeference(
        raw, table, layer, source.crs, loader.target, mend_swapped=source.mend_swapped
    )
    if placed is None:
        if "none" not in layer.shapes and len(table) and not _has_unreadable_geometry(raw):
            raise Refusal("layer_without_geometry", expected="、".join(layer.shapes))
        report_incomplete(raw, table)
        raw.findings += _no_location_findings(layer, raw.rows)
        return table if layer.numbered else _without_geometry(table, loader.target)
    crs_check.add_sample(loader.samples.setdefault(layer.name, {}), source.path, placed.sample)
    if isinstance(placed.shapes, tuple):
        return table.assign(**dict(zip((EAST, NORTH), placed.shapes, strict=True)))
    by_winding = bool(table["ledger_file"].str.lower().str.endswith(_WINDING_FORMATS).any())
    return gpd.GeoDataFrame(table, geometry=repair(raw, placed.shapes, by_winding=by_winding))


def _has_unreadable_geometry(raw: RawTable) -> bool:
    """Whether the file has a geometry that cannot be read."""
    return any(one.code in _UNREADABLE_GEOMETRY for one in raw.findings)


def _no_location_findings(layer: Layer, rows: Sequence[int]) -> list[Finding]:
    """Report a layer without any location, if such layers normally have one."""
    if layer.shapes[0] == "none":
        return []
    if layer.numbered:  # one finding for each row would hide all others
        return [Finding("no_places", numbers={"rows": len(rows)})]
    return [Finding("no_location", int(row)) for row in rows]


def _without_geometry(table: pd.DataFrame, target: CRS) -> gpd.GeoDataFrame:
    """The rows with a missing geometry each."""
    nowhere = gpd.GeoSeries([None] * len(table), index=table.index, crs=target)
    return gpd.GeoDataFrame(table, geometry=nowhere)


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
    for name, finding in unlike_codes(tables):
        loader.add_problems(name, [finding])
    for name, findings in worded_zones.add_zones(loader.project, tables, loader.names).items():
        loader.add_problems(name, findings)
    _check_record(loader)
    unknown = accepted_problems.unknown_entries(loader.project, loader.problems, tables)
    loader.add_problems("project.toml", list(unknown))
