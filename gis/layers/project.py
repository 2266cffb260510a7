"""The project folder: project.toml and what it says of the city and its layers."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field, SkipValidation, field_validator, model_validator

from gis.errors import Text
from gis.layers.columns import LAYERS
from gis.layers.project_layers import (
    GroundPictureSpec,
    LayerSpec,
    Name,
    StrictModel,
    check_relative,
)
from gis.layers.project_record import NO_RECORD, RecordPlace, with_recorded
from gis.layers.toml_model import Day, closest_key, parse_model, read_toml, validation_error
from gis.record import Snapshot, record_of

# ASSUME: a loss of one row in fifty is a clerk's slip; more is a file read wrongly
MAY_LOSE = 0.02


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
    published_on: Day | None = None
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
    published_on  the day on which the edition is published, from which objections are heard;
                None: not stated
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
    published_on: date | None = None
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
