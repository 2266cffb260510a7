"""The [layers] entries of project.toml: where each layer lies, and how its files are to be read."""

from __future__ import annotations

import re
from datetime import date
from functools import cached_property
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    field_validator,
    model_validator,
)

from gis.errors import Text
from gis.layers.toml_model import Day, validation_error
from gis.record import FILE
from gis.record.schema import SRS

Name = Annotated[str, Field(min_length=1)]
_SEPARATOR = r"^[^\"\r\n\w\s]$|^[\t ]$"
_OUTSIDE = re.compile(r"^[A-Za-z]:|^[/\\]|://|^\.\.([/\\]|$)|[/\\]\.\.([/\\]|$)|[\x00-\x1f\x7f]")


class StrictModel(BaseModel):
    """A table of project.toml: unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


def check_relative(path: str) -> str:
    """The path, if it stays within the project folder."""
    if not path.strip() or _OUTSIDE.search(path):
        zh = "应为项目文件夹内的相对路径，如 households.csv"
        en = "expected a path relative to the project folder, such as households.csv"
        raise validation_error("path_outside", Text(zh, en))
    return path


class GroundPictureSpec(StrictModel):
    """The office's own picture below the planner's maps: an orthophoto or a scanned map.

    path             GeoTIFF; or PNG, JPEG or TIFF with its world file beside it
    crs              where the file states none
    max_mb           size that it may add to a page [MB]
    taken_on         the day that it shows
    public_document  the document that allows it in the public edition; "": it is never there
    synthetic        it shows no real ground; pictures of a demonstration are so anyway
    """

    path: Name
    crs: str = ""
    max_mb: float = Field(1.0, ge=0.05, le=8)
    taken_on: Day | None = None
    source: str = ""
    licence: str = ""
    steward: str = ""
    public_document: str = ""
    synthetic: bool = False

    @field_validator("path")
    @classmethod
    def _inside(cls, path: str) -> str:
        return check_relative(path)


class CadLayers(StrictModel):
    """What the layers of a CAD drawing hold; a word names the layers that are it or contain it."""

    in_service: tuple[Name, ...] = ()
    planned: tuple[Name, ...] = ()
    leave_out: tuple[Name, ...] = ()

    def words(self) -> tuple[tuple[str, str], ...]:
        """Each word with the key that it stands under."""
        return tuple(
            (word, key)
            for key in ("in_service", "planned", "leave_out")
            for word in getattr(self, key)
        )


class _Reading(StrictModel):
    """How a file is read; stands at a layer for all its files, or at one file.

    crs           EPSG:n, WKT, GCJ-02 or BD-09; None: the CRS that the file states
    encoding      None: detected from the bytes and reported
    layer         sheet or sub-layer
    sheets        sheets of a workbook, "*" for all that hold the layer's headings
    separator     of a text table, one character; None: detected from its rows
    township      name or code of the township of all rows that do not say their own
    id            heading whose numbers are unique within the file: the id becomes township + number
    rename        the file's heading → the name or the Chinese heading of our column
    values        our column → the file's word → our code
    factors       our column → what its numbers are multiplied by, where the unit cannot tell
    skip          beginnings of rows that are no data, besides the usual ones
    cad           the layers of a CAD drawing
    mend_swapped  exchange longitude and latitude in rows that only fit so
    as_of         day up to which it is kept
    """

    crs: str | None = None
    encoding: str | None = None
    layer: str | None = None
    sheets: Literal["*"] | tuple[Name, ...] = ()
    separator: Annotated[str, Field(pattern=_SEPARATOR)] | None = None
    township: Name | None = None
    id: Name | None = None
    rename: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    factors: dict[str, Annotated[float, Field(gt=0, allow_inf_nan=False)]] = {}
    skip: tuple[Name, ...] = ()
    cad: CadLayers | None = None
    mend_swapped: bool = False
    as_of: date | None = None


class LayerFile(_Reading):
    """One file of a layer.

    path          as project.toml writes it; "$VARIABLE/table" for a database table
    shared_layer  whether its sheet is named for several files at once
    recorded      it is the table `layer` of the office's own record
    """

    path: str
    shared_layer: bool = False
    recorded: bool = False


class _File(_Reading):
    path: str

    @field_validator("path")
    @classmethod
    def _path_inside(cls, path: str) -> str:
        return check_relative(path)


class LayerSpec(_Reading):
    """The [layers] entry of one layer: its location, and what its files do not state.

    path   file relative to the project folder. Alternatives: `paths`, several files that are read
           alike; `files`, several with keys of their own; or `dsn_env`, the environment variable
           with a PostgreSQL address, together with `table`
    """

    path: str | None = None
    paths: tuple[str, ...] = ()
    files: tuple[_File, ...] = ()
    dsn_env: str | None = None
    table: str | None = None
    source: str = ""
    licence: str = ""
    steward: str = ""
    _recorded: tuple[str, str] | None = PrivateAttr(None)

    def with_record(self, place: str, table: str) -> LayerSpec:
        """The entry with the rows of a table of the office's own record after its files."""
        spec = self.model_copy()
        spec.__dict__.pop("sources", None)
        spec._recorded = (place, table)  # noqa: SLF001  of this class
        return spec

    @property
    def recorded(self) -> bool:
        """Whether the office's own record has rows of the layer."""
        return bool(self._recorded)

    @field_validator("path")
    @classmethod
    def _path_inside(cls, path: str | None) -> str | None:
        return path if path is None else check_relative(path)

    @field_validator("paths")
    @classmethod
    def _paths_inside(cls, paths: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(check_relative(path) for path in paths)

    @model_validator(mode="after")
    def _one_place(self) -> LayerSpec:
        places = [bool(self.path), bool(self.paths), bool(self.files), bool(self.dsn_env)]
        if sum(places) != 1 or bool(self.dsn_env) != bool(self.table):
            zh = "应恰好写一处：path，或 paths，或 files，或 dsn_env 连同 table"
            en = "expected exactly one of path, paths, files, or dsn_env together with table"
            raise validation_error("layer_place", Text(zh, en))
        return self

    @property
    def paths_of_files(self) -> tuple[str, ...]:
        """The files as project.toml writes them; none for a database table."""
        if self.dsn_env:
            return ()
        return tuple(dict.fromkeys(one.path for one in self.sources if not one.recorded))

    @cached_property
    def sources(self) -> tuple[LayerFile, ...]:
        """The layer's files or its database table, each with all keys that hold for it.

        The rows of the office's own record come last.
        """
        if self._recorded is None:
            return self._files
        place, table = self._recorded
        record = LayerFile(path=place, layer=table, crs=f"EPSG:{SRS}", recorded=True)
        return (*(one for one in self._files if one.path != FILE), record)

    @property
    def _files(self) -> tuple[LayerFile, ...]:
        if self.files:
            return tuple(self._with_layer_keys(file) for file in self.files)
        if self.dsn_env:
            paths: tuple[str, ...] = (f"${self.dsn_env}/{self.table}",)
        else:
            paths = (self.path,) if self.path else self.paths
        keys = {name: getattr(self, name) for name in _Reading.model_fields}
        shared = len(paths) > 1 and bool(self.layer)
        return tuple(LayerFile(path=path, shared_layer=shared, **keys) for path in paths)

    def _with_layer_keys(self, file: _File) -> LayerFile:
        """The file with the layer's keys; its own keys come first, lists and tables are joined."""
        keys = {name: getattr(self, name) for name in _Reading.model_fields}
        own = {name: getattr(file, name) for name in file.model_fields_set}
        if {"layer", "sheets"} & own.keys():
            keys |= {"layer": None, "sheets": ()}
        for name in ("rename", "values", "factors"):
            own[name] = {**keys[name], **own.get(name, {})}
        for column, words in keys["values"].items():
            own["values"][column] = {**words, **file.values.get(column, {})}
        own["skip"] = (*self.skip, *file.skip)
        shared = bool(self.layer) and not {"layer", "sheets"} & file.model_fields_set
        return LayerFile(**{**keys, **own, "shared_layer": shared})
