"""Every layer of a project, read and checked: the tables, where they came from, what is wrong."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from gis.conservation import check_same_ids
from gis.errors import Problem, Text
from gis.layers import (
    accepted_problems,
    blank_names,
    crs_check,
    ledger,
    targets,
    validation,
    village_areas,
    zone_from_text,
)
from gis.layers.column_mapping import map_columns, unread_headings
from gis.layers.columns import LAYERS, TARGETS, with_devices
from gis.layers.crs import project_crs
from gis.layers.georeference import EAST, NORTH, Sample, georeference, halves
from gis.layers.problems import Finding, Refusal, problem
from gis.layers.project import LayerSpec, Origin, Project, origin, read_place, source_places
from gis.layers.raw_table import RawTable
from gis.layers.reader_process import ReaderProcess
from gis.layers.schema import Layer
from gis.layers.validation import COUNT, nameless, reject, repair

Read = tuple[RawTable, str]  # the rows of a file, and its sha256
_COPY = "duplicate_row"  # says nothing that another row does not say
# what is wrong with these is found by later stages, which name the row
_NAMED_BY_ROW = frozenset(["rulings", "zone_rulings"])
# where a cell nobody can read is no blank
_EVIDENCE = frozenset(
    ["households", "inspections", "complaints", "premises", "heat_sources", "transformers"]
)
_UNDRAWN = frozenset(["vertex_unreadable", "geometry_unreadable"])
_WOUND = (".shp", ".gdb")  # where the winding of a ring alone says that it is a hole
_INTAKE = Text("读取台账", "reading the ledger")


@dataclass(frozen=True)
class Layers:
    """The tables of a project by layer name, their origins, and every problem found.

    A table has the columns of the contract (absent ones all missing), then the file's other
    columns as "extra:<heading>"; with geometry it is a GeoDataFrame in the project CRS. Households
    and inspections have x and y [m] instead, NaN for no place. They, complaints, premises and
    heat_sources have a column `unread` more, see gis.layers.column_mapping.unread_headings.
    """

    tables: Mapping[str, pd.DataFrame]
    origins: tuple[Origin, ...]
    problems: tuple[Problem, ...]


@dataclass
class LayerLoader:
    """What has been read so far."""

    project: Project
    target: CRS
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    samples: dict[str, Sample] = field(default_factory=dict)
    origins: list[Origin] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def say(
        self,
        layer: str,
        findings: Iterable[Finding],
        file: str = "",
        *,
        several: bool = False,
        table: pd.DataFrame | None = None,
    ) -> None:
        """Put findings into words; table: the rows of the file, by whose ids they are known."""
        told = list(findings)
        ids = {} if table is None else accepted_problems.accept_keys(table, LAYERS[layer], told)
        self.problems += [
            problem(layer, one, file, several=several, key=ids.get(one.row or 0, ""))
            for one in told
        ]

    def unsay(self, layer: str, code: str) -> None:
        """Take back what was said of single rows of a layer."""
        self.problems = [one for one in self.problems if (one.layer, one.code) != (layer, code)]


def load(
    project: Project, reader: ReaderProcess | None = None, devices: Iterable[str] = ()
) -> Layers:
    """Read every layer that project.toml names, once, and gather every problem.

    A reading process is started and ended, unless a running `reader` is given. A ledger may name
    the `devices` of the policy besides the usual ones. Nothing is raised
    for what is wrong with a layer: one that could not be read is absent, and a blocking problem
    says why.
    """
    try:
        target = project_crs(project.crs)
    except Refusal as refusal:
        return Layers({}, (), (problem("project.toml", refusal.finding),))
    gathered = LayerLoader(project, target)
    wanted = [(with_devices(LAYERS[name], devices), spec) for name, spec in project.layers.items()]
    if project.targets is not None:
        file = project.targets.relative_to(project.folder).as_posix()
        wanted.append((TARGETS, LayerSpec(path=file)))
    with nullcontext(reader) if reader else ReaderProcess() as running:
        coming = _coming(running, project.folder, [spec for _, spec in wanted])
        for layer, spec in wanted:
            _read_layer(gathered, coming, layer, spec)
    _complete(gathered)
    return Layers(gathered.tables, tuple(gathered.origins), tuple(gathered.problems))


def _coming(
    reader: ReaderProcess, folder: Path, specs: Iterable[LayerSpec]
) -> Iterator[Future[Read]]:
    """Every file in turn; while one is gone through here, the reader reads the next."""
    with ThreadPoolExecutor(1) as waiting:
        ahead: deque[Future[Read]] = deque()
        for spec, place in ((one, place) for one in specs for place in source_places(one)):
            ahead.append(waiting.submit(read_place, reader, folder, spec, place))
            if len(ahead) > 1:
                yield ahead.popleft()
        yield from ahead


def _read_layer(
    gathered: LayerLoader, coming: Iterator[Future[Read]], layer: Layer, spec: LayerSpec
) -> None:
    """One layer's files as one table; none when nothing of it could be read."""
    parts, several = [], len(source_places(spec)) > 1
    for place in source_places(spec):
        try:
            raw, digest = next(coming).result()
            parts.append(typed_part(gathered, raw, layer, spec, place))
        except Refusal as refusal:
            gathered.say(layer.name, [refusal.finding], place)
            continue
        part = parts[-1] if layer.name in LAYERS else None
        gathered.say(layer.name, raw.findings, place, several=several, table=part)
        gathered.origins.append(origin(layer.name, place, digest, raw, spec))
    if parts:
        whole = pd.concat(parts, ignore_index=True)
        findings = validation.check_values(whole, layer) + validation.check_rows(whole, layer)
        findings += validation.check_days(whole, layer, gathered.project.as_of)
        table = gathered.tables[layer.name] = finished(whole, layer, findings)
        if not _counts(layer, table):
            gathered.say(layer.name, [_no_rows(layer, len(whole))], source_places(spec)[0])
        for place in source_places(spec):
            own = [finding for finding in findings if finding.numbers.get("file") == place]
            part = None
            if layer.name in LAYERS:
                part = whole[(whole["ledger_file"] == place).to_numpy(dtype=bool)]
            gathered.say(layer.name, own, place, several=several, table=part)


def typed_part(
    gathered: LayerLoader, raw: RawTable, layer: Layer, spec: LayerSpec, place: str
) -> pd.DataFrame:
    """One file's rows, typed and placed."""
    table = map_columns(raw, layer, spec.rename)
    table["ledger_file"] = pd.Series(place, index=table.index, dtype="str")
    table["ledger_row"] = raw.rows
    if layer.shapes != ("none",):
        table = _placed(gathered, raw, table, layer, spec)
    if layer.name in _EVIDENCE:
        table["unread"] = unread_headings(_not_accepted(gathered, raw, table, layer), raw.rows)
    return table


def _not_accepted(
    gathered: LayerLoader, raw: RawTable, table: pd.DataFrame, layer: Layer
) -> Iterator[Finding]:
    """What was found in a file, but for what the office accepts."""
    ids = accepted_problems.accept_keys(table, layer, raw.findings)
    for one in raw.findings:
        told = problem(layer.name, one, key=ids.get(one.row or 0, ""))
        if not accepted_problems.is_accepted(told, gathered.project.accept):
            yield one


def _placed(
    gathered: LayerLoader, raw: RawTable, table: pd.DataFrame, layer: Layer, spec: LayerSpec
) -> pd.DataFrame:
    """The rows of a file with their places, where they have any."""
    placed = georeference(raw, table, layer, spec.crs, gathered.target)
    if placed is None:
        if "none" not in layer.shapes and len(table) and not _written(raw):
            raise Refusal("layer_without_geometry", expected="、".join(layer.shapes))
        halves(raw, table)
        raw.findings += _placeless(layer, raw.rows)
        return table if layer.numbered else _nowhere(table, gathered.target)
    gathered.samples.setdefault(layer.name, placed.sample)
    if isinstance(placed.shapes, tuple):
        return table.assign(**dict(zip((EAST, NORTH), placed.shapes, strict=True)))
    by_winding = bool(table["ledger_file"].str.lower().str.endswith(_WOUND).any())
    return gpd.GeoDataFrame(table, geometry=repair(raw, placed.shapes, by_winding=by_winding))


def _no_rows(layer: Layer, read: int) -> Finding:
    """What is said of a layer with no row that counts; `read` rows were in its files."""
    code = "required_without_rows" if layer.required else "layer_without_rows"
    return Finding(code, column=layer.key, numbers={"rows": read})


def _counts(layer: Layer, table: pd.DataFrame) -> bool:
    """A row of the layer counts; a ledger keeps those that do not, each with the reason."""
    if layer.name == "households":
        return bool((table["reject_reason"] == "").any())
    return len(table) > 0


def _written(raw: RawTable) -> bool:
    """A shape is there, and nobody can read it."""
    return any(one.code in _UNDRAWN for one in raw.findings)


def _placeless(layer: Layer, rows: Sequence[int]) -> list[Finding]:
    """What is said of a layer none of whose rows says where it is, if it usually has a place."""
    if layer.shapes[0] == "none":
        return []
    if layer.numbered:  # a row each would bury everything else
        return [Finding("no_places", numbers={"rows": len(rows)})]
    return [Finding("no_location", int(row)) for row in rows]


def _nowhere(table: pd.DataFrame, target: CRS) -> gpd.GeoDataFrame:
    """The same rows with a geometry each that is missing."""
    nowhere = gpd.GeoSeries([None] * len(table), index=table.index, crs=target)
    return gpd.GeoDataFrame(table, geometry=nowhere)


def finished(whole: pd.DataFrame, layer: Layer, findings: list[Finding]) -> pd.DataFrame:
    """The table without the rows that cannot be used, or with the reason where they are kept."""
    reasons = reject(whole, layer, findings)
    if layer.numbered:
        for axis, place in (("x", EAST), ("y", NORTH)):
            whole[axis] = whole.pop(place) if place in whole else float("nan")
    if layer.name == "households":
        made = ledger.read_ledger_table(whole, reasons)
        check_same_ids(_INTAKE, whole["household_id"], made["household_id"])
        return made
    if layer.name == "targets":
        return targets.read_targets_table(whole, findings)
    if layer.kept:
        whole, reasons = whole.assign(reject_reason=reasons), reasons.where(reasons == _COPY, "")
    if layer.name == "coal_ban_zones":
        whole["zone_id"] = nameless(whole, reasons)
    kept = blank_names.fill_blank_names(whole[reasons.isin(COUNT)], layer.name)
    own = ["ledger_file"] if layer.name in _NAMED_BY_ROW else ["ledger_file", "ledger_row"]
    return kept.drop(columns=own).reset_index(drop=True)


def _complete(gathered: LayerLoader) -> None:
    """What needs several layers: village areas, zones in words, whether the layers fit."""
    tables = gathered.tables
    for name, layer in LAYERS.items():
        if (
            layer.required
            and name not in gathered.project.layers
            and not (name == "coal_ban_zones" and gathered.project.zones)
        ):
            gathered.say(name, [Finding("layer_missing")])
    for name, findings in crs_check.crs_problems(gathered.samples, tables, gathered.target).items():
        if any(
            one.code in crs_check.ELSEWHERE for one in findings
        ):  # said once, of the whole layer
            gathered.unsay(name, "location_unusable")
        gathered.say(name, findings)
    gathered.say("villages", village_areas.add_areas(tables, gathered.target))
    for name, findings in validation.check_across_layers(tables).items():
        gathered.say(name, findings)
    for name, findings in zone_from_text.add_zones(gathered.project, tables).items():
        gathered.say(name, findings)
    strange = accepted_problems.unknown_entries(gathered.project, gathered.problems, tables)
    gathered.say("project.toml", list(strange))
