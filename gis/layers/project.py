"""The project folder: project.toml, and reading the files and database tables that it names.

Only regular files inside the project folder are opened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field, SkipValidation, field_validator, model_validator

from gis.errors import Text
from gis.layers import formats, postgis
from gis.layers.columns import LAYERS
from gis.layers.crs import short_name
from gis.layers.memory_need import SECONDS_PER_MB, refuse_too_large
from gis.layers.problems import Finding, Refusal, shorten
from gis.layers.project_layers import (
    GroundPictureSpec,
    LayerFile,
    LayerSpec,
    Name,
    StrictModel,
    check_relative,
)
from gis.layers.project_record import NO_RECORD, RecordPlace, with_recorded
from gis.layers.raw_table import RawTable, Request
from gis.layers.reader_process import ReaderProcess
from gis.layers.toml_model import Day, closest_key, parse_model, read_toml, validation_error
from gis.record import Snapshot, record_of

_FOLDER_ENDING = ".gdb"
# ASSUME: a loss of one row in fifty is a clerk's slip; more is a file read wrongly
MAY_LOSE = 0.02


def inside_folder(folder: Path, file: str) -> Path:
    """The full path of a file that project.toml names, with links resolved.

    Raises:
        Refusal: The file is missing, lies outside the folder, or is not a regular file.
    """
    root = folder.resolve()
    try:
        path = (root / file).resolve()
        there = path.exists()
    except OSError as error:  # not a valid file name
        raise Refusal("layer_file_missing", file=shorten(file), near=_near(root / "_")) from error
    if not path.is_relative_to(root):
        raise Refusal("file_outside", file=file)
    if not there:
        raise Refusal("layer_file_missing", file=file, near=_near(path))
    _check_regular(path, file, root)
    return path


def _check_regular(path: Path, file: str, root: Path) -> None:
    if path.is_dir():
        if path.suffix.lower() != _FOLDER_ENDING:
            raise Refusal("is_folder", file=file)
        parts = list(path.rglob("*"))
    elif path.is_file():
        parts = [one for one in path.parent.iterdir() if one.stem == path.stem]
    else:
        raise Refusal("not_regular", file=file)
    for part in parts:
        if not part.resolve().is_relative_to(root):
            raise Refusal("file_outside", file=part.name)
        if not (part.is_file() or part.is_dir()):
            raise Refusal("not_regular", file=part.name)


def _near(path: Path) -> str:
    """The files in the folder where the missing one should be."""
    if not path.parent.is_dir():
        return "—"
    return "、".join(sorted(one.name for one in path.parent.iterdir())[:10]) or "—"


# The public edition's web address: a folder, without a query.
_ADDRESS = r"^(https?://[\w.:-]+(/[\w.~%-]+)*/)?$"


class Title(StrictModel):
    """A title in both languages."""

    zh: Name
    en: Name


class PublisherName(StrictModel):
    """The name of the issuing unit; without an English one the Chinese stands for both."""

    zh: Name
    en: str = ""


class Publisher(StrictModel):
    """Who issues notices and public lists.

    phone           printed beside the name
    objection_days  how long a public list is posted
    objection       the sentence of a notice on how to object, where the rules give one; "": none
    """

    name: PublisherName
    phone: str = ""
    objection: str = ""
    objection_days: Annotated[int, Field(ge=1, le=366, strict=True)] = 7


class WordedZone(StrictModel):
    """A coal-ban zone described in words: by administrative units, or by a ring of streets.

    ring  street names of the layer `roads`, in order around the zone, each with an optional offset
          "+n" (outward) or "-n" (inward) in metres
    """

    zone_id: Name
    zone: Name
    effective_on: Day
    expires_on: Day | None = None
    document_no: str = ""
    stated_area_km2: float | None = Field(None, gt=0)
    include_townships: tuple[str, ...] = ()
    include_villages: tuple[str, ...] = ()
    exclude_villages: tuple[str, ...] = ()
    ring: tuple[str, ...] = ()
    include_built_up_area: bool = False

    @model_validator(mode="after")
    def _says_where(self) -> WordedZone:
        units = self.include_townships + self.include_villages
        if not (units or self.ring or self.include_built_up_area):
            zh = (
                "没有写明范围：include_townships、include_villages、ring、"
                "include_built_up_area 至少写一项"
            )
            en = (
                "it does not say where: give include_townships, include_villages, ring or "
                "include_built_up_area"
            )
            raise validation_error("zone_place", Text(zh, en))
        return self


class _ProjectTable(StrictModel):
    name: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    title: Title
    crs: Name
    as_of: Day
    policy: str = "policy.toml"
    targets: str | None = None
    demonstration: bool = False
    map_review_no: str = ""
    publish_proposals: bool = False
    accept: tuple[str, ...] = ()
    may_lose: Annotated[float, Field(ge=0, le=1)] = MAY_LOSE
    expires_on: Day | None = None
    address: Annotated[str, Field(pattern=_ADDRESS)] = ""
    record: RecordPlace | None = None

    @field_validator("policy", "targets")
    @classmethod
    def _files_inside(cls, path: str | None) -> str | None:
        return path if path is None else check_relative(path)

    @field_validator("accept")
    @classmethod
    def _entries(cls, accept: tuple[str, ...]) -> tuple[str, ...]:
        for one in accept:
            layer, _, what = one.partition(":")
            if layer not in LAYERS or not what.strip():
                near = closest_key(layer, LAYERS) or closest_key(layer, LAYERS, 0.0)
                zh = f"“{one}”应为 图层:编号或行号:问题代码，或 图层:乡镇；最接近的图层是 {near}"
                en = f"expected layer:id-or-row:code or layer:township; the nearest layer is {near}"
                raise validation_error("accept_entry", Text(zh, en))
        return accept


class _File(StrictModel):
    project: _ProjectTable
    layers: dict[str, LayerSpec] = Field(default_factory=dict)
    zones: tuple[WordedZone, ...] = ()
    names: dict[str, Name] = Field(default_factory=dict)
    publisher: Publisher | None = None
    people: dict[str, Name] = Field(default_factory=dict)
    ground_picture: GroundPictureSpec | None = None

    @field_validator("layers")
    @classmethod
    def _known_layers(cls, layers: dict[str, LayerSpec]) -> dict[str, LayerSpec]:
        for name in layers:
            if name not in LAYERS:
                near = closest_key(name, LAYERS) or closest_key(name, LAYERS, 0.0)
                zh = f"没有叫 {name} 的图层；最接近的是 {near}"
                en = f"there is no layer {name}; the nearest known key is {near}"
                raise validation_error("unknown_layer", Text(zh, en))
        return layers

    @field_validator("zones")
    @classmethod
    def _unique_versions(cls, zones: tuple[WordedZone, ...]) -> tuple[WordedZone, ...]:
        versions = [(zone.zone_id, zone.effective_on) for zone in zones]
        for zone_id, day in {one for one in versions if versions.count(one) > 1}:
            zh = f"zone_id {zone_id} 在同一生效日期 {day} 写了两次；每一版的 effective_on 应不同"
            en = (
                f"zone_id {zone_id} is given twice with effective_on {day}; each version of a "
                "zone needs a different day"
            )
            raise validation_error("zone_twice", Text(zh, en))
        return zones


class ProjectConfig(StrictModel):
    """One city and one plan year: the folder and the contents of its project.toml.

    names       village or township as a file names it, "township/name" or "name" → its code
    accept      accepted problems, see gis.layers.accepted_problems
    may_lose    share of a layer's rows that may count nowhere before check and run stop
    expires_on  the last day on which the publication is valid; None: until the next edition
    address     web address of the public edition, "https://…/"; "" for none
    publisher   who issues notices and lists; None: not stated
    people      unit or township → the person who answers for its work
    ground_picture  the office's own picture below the maps; None: there is none
    record      the office's own record; its rows are among the layers
    record_env  the variable with the address of its database; "" for office.gpkg
    """

    folder: Path
    name: str
    title: Title
    crs: str
    as_of: date
    policy: Path
    targets: Path | None
    demonstration: bool
    map_review_no: str
    publish_proposals: bool
    layers: dict[str, LayerSpec]
    zones: tuple[WordedZone, ...]
    names: dict[str, str] = Field(default_factory=dict)
    accept: tuple[str, ...] = ()
    may_lose: float = MAY_LOSE
    expires_on: date | None = None
    address: str = ""
    publisher: Publisher | None = None
    people: dict[str, Name] = Field(default_factory=dict)
    ground_picture: GroundPictureSpec | None = None
    record: Annotated[Snapshot, SkipValidation] = NO_RECORD
    record_env: str = ""


def read_project(folder: Path) -> ProjectConfig:
    """Read the project in `folder` from its project.toml.

    Raises:
        InputError: There is no project.toml, or it has mistakes; all of them are listed. Or the
            office's own record beside it cannot be read.
    """
    path = Path(folder) / "project.toml"
    file = parse_model(_File, read_toml(path), path)
    table = file.project.model_dump(exclude={"title", "policy", "targets", "record"})
    targets = file.project.targets
    place = file.project.record
    record_env = place.dsn_env if place else ""
    record = record_of(path.parent, record_env).snapshot()
    return ProjectConfig(
        folder=path.parent,
        title=file.project.title,
        policy=path.parent / file.project.policy,
        targets=path.parent / targets if targets else None,
        layers=with_recorded(file.layers, record),
        zones=file.zones,
        names=file.names,
        publisher=file.publisher,
        people=file.people,
        ground_picture=file.ground_picture,
        record=record,
        record_env=record_env,
        **table,
    )


@dataclass(frozen=True)
class Origin:
    """The origin of one file of a layer, for the manifest and the pages.

    path      as project.toml names it; "$VARIABLE/table" for a database
    sha256    of the file, of a folder's files, or of the rows from a database
    rows      number of data rows read
    crs       of its coordinates, "" for none
    encoding  of its text, "" where the format has only one
    """

    layer: str
    path: str
    sha256: str
    rows: int
    crs: str
    encoding: str
    source: str
    licence: str
    steward: str
    as_of: date | None


def read_source(
    reader: ReaderProcess, folder: Path, spec: LayerSpec, source: LayerFile
) -> tuple[list[RawTable], str]:
    """Read one file or database table.

    Args:
        reader: The running reader process.
        folder: The project folder.
        spec: The layer's entry in project.toml.
        source: One of the layer's sources.

    Returns:
        The rows, one table for each sheet that is read, and the sha256 of the file or of the rows
        from the database.

    Raises:
        Refusal: The source is missing, outside the folder, unreadable, damaged, unreachable or too
            large for the memory.
    """
    if spec.dsn_env and spec.table:
        raw = postgis.read_postgis(spec.dsn_env, spec.table)
        return [raw], hashlib.sha256(raw.to_bytes()).hexdigest()
    path = inside_folder(folder, source.path)
    needed_mb = refuse_too_large(path)
    request = Request(
        str(path),
        formats.format_of(path),
        source.layer,
        source.encoding,
        separator=source.separator,
        headings=tuple(source.rename) + ((source.id,) if source.id else ()),
        seconds=needed_mb * SECONDS_PER_MB,
    )
    return _read_sheets(reader, request, source), sha256_of(path)


def _read_sheets(reader: ReaderProcess, request: Request, source: LayerFile) -> list[RawTable]:
    """The file's table, or one table for each of the sheets that `source` asks for."""
    if not source.sheets:
        return [_read_only_sheet(reader, request, source)]
    if request.format != "excel":
        raise Refusal("sheets_of_no_workbook", ending=Path(request.path).suffix)
    listed = reader.sheets(request)
    missing = [] if source.sheets == "*" else [one for one in source.sheets if one not in listed]
    if missing:
        raise Refusal("no_such_sheet", sheet=missing[0], sheets="、".join(listed))
    wanted = listed if source.sheets == "*" else source.sheets
    tables = []
    for sheet in wanted:
        try:
            raw = reader.read(replace(request, layer=sheet, one_of_several=True))
        except Refusal as refusal:
            raise refusal.in_sheet(sheet) from refusal
        raw.sheet = sheet
        tables.append(raw)
    return tables


def _read_only_sheet(reader: ReaderProcess, request: Request, source: LayerFile) -> RawTable:
    """The file's table; where it lacks the sheet that is named for all files, its only sheet."""
    try:
        return reader.read(request)
    except Refusal as refusal:
        if not source.shared_layer or refusal.finding.code != "no_such_sheet":
            raise
    raw = reader.read(replace(request, layer=None))
    raw.findings.append(Finding("sheet_not_here", None, "", source.layer or ""))
    return raw


def origin(layer: str, tables: Sequence[RawTable], spec: LayerSpec, source: LayerFile) -> Origin:
    """The origin of one file that was read, without its hash; tables: its sheets that count."""
    return Origin(
        layer,
        source.path,
        "",
        sum(len(raw.rows) for raw in tables),
        source.crs or short_name(tables[0].crs if tables else None),
        tables[0].encoding if tables else "",
        spec.source,
        spec.licence,
        spec.steward,
        source.as_of,
    )


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, or of a folder's files and their names in sorted order."""
    digest = hashlib.sha256()
    for one in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if path.is_dir():
            digest.update(one.relative_to(path).as_posix().encode())
        if one.is_file():
            with one.open("rb") as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
    return digest.hexdigest()
