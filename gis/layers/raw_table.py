"""A table as its file holds it: values as text with all digits, geometries as WKB.

A `RawTable` is sent from the reader process as an Arrow stream with JSON metadata. No part of it
is executed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa

from gis.layers.problems import Finding, Refusal

_ROW, _WKB = "\x00row", "\x00wkb"


@dataclass(frozen=True)
class Request:
    """A request to read a file.

    path       the file
    format     name of the reader in `gis.layers.formats`
    layer      sheet or sub-layer; None: the only one
    encoding   declared encoding; None: detected
    part       of a GeoParquet file: index of a row group, index of a batch in it, rows of a batch
    separator  of a text table; None: detected
    headings   headings that project.toml maps with `rename`
    seconds    time that a file of this size may take at least
    names      only the names of the workbook's sheets are wanted
    one_of_several  other sheets of the workbook are read by other requests
    """

    path: str
    format: str
    layer: str | None = None
    encoding: str | None = None
    part: tuple[int, int, int] | None = None
    separator: str | None = None
    headings: tuple[str, ...] = ()
    seconds: float = 0.0
    names: bool = False
    one_of_several: bool = False

    def layer_among(self, names: Sequence[str]) -> str:
        """The layer to read of those in the file: the named one, or the only one.

        Raises:
            Refusal: There is no such layer, none at all, or several and none is named.
        """
        if self.layer is not None:
            if self.layer not in names:
                raise Refusal("no_such_layer", layer=self.layer, layers="、".join(names))
            return self.layer
        if len(names) != 1:
            raise Refusal("which_layer" if names else "empty_table", layers="、".join(names))
        return names[0]


@dataclass
class RawTable:
    """One table as its file holds it.

    columns   heading → one text (or None) for each row
    rows      row numbers as the file's own program shows them
    wkb       one geometry (or None) for each row, an Arrow array if there are many; None for a
    table
              without geometry
    crs       the CRS that the file states, as WKT or EPSG:n, or None
    encoding  of its text; "" where the format has only one
    findings  what the reader found
    cut       headings as long as the format allows, which may be truncated → the bytes of their
              cut-off last character, as hex
    units     heading → the unit in a row below the headings; "" → the unit of the whole table
    date1904  date serial numbers count from 1904 instead of 1900
    unit_m    metres in one unit of the coordinates, NaN if the file does not state it
    titles    the rows above the headings
    sheet     the sheet of a workbook that is read sheet by sheet, else ""
    absent    columns of the layer that the file does not have, once they are mapped
    sha256    of the file, "" where nobody has worked it out
    """

    columns: dict[str, pa.Array]
    rows: Sequence[int]
    wkb: Sequence[bytes | None] | pa.Array | None = None
    crs: str | None = None
    encoding: str = ""
    findings: list[Finding] = field(default_factory=list)
    cut: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    date1904: bool = False
    unit_m: float = float("nan")
    titles: Sequence[Sequence[str]] = ()
    sheet: str = ""
    absent: tuple[str, ...] = ()
    sha256: str = ""

    def note(self) -> str:
        """Everything but the table, as JSON."""
        kept: dict[str, Any] = {"crs": self.crs, "encoding": self.encoding, "units": self.units}
        findings = [asdict(finding) for finding in self.findings]
        kept |= {"date1904": self.date1904, "cut": self.cut, "unit_m": self.unit_m}
        kept["titles"] = self.titles
        return json.dumps(kept | {"findings": findings})

    def table(self) -> pa.Table:
        """The table with its row numbers and geometries as columns."""
        columns: dict[str, Any] = dict(self.columns)
        columns[_ROW] = pa.array(self.rows, pa.int64())
        if self.wkb is not None:
            columns[_WKB] = pa.array(self.wkb, pa.large_binary())
        return pa.table(columns)

    def to_bytes(self) -> memoryview:
        """The table as an Arrow stream with the note as schema metadata."""
        table = self.table().replace_schema_metadata({"note": self.note()})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        return memoryview(sink.getvalue())


def from_bytes(data: bytes) -> RawTable:
    """The inverse of `RawTable.to_bytes`."""
    table = pa.ipc.open_stream(data).read_all()
    note = json.loads(table.schema.metadata[b"note"])
    rows = table.column(_ROW).to_numpy()
    wkb = table.column(_WKB).combine_chunks() if _WKB in table.column_names else None
    names = [name for name in table.column_names if name not in (_ROW, _WKB)]
    columns = {name: table.column(name) for name in names}
    findings = [Finding(**one) for one in note.pop("findings")]
    return RawTable(columns, rows, wkb, findings=findings, **note)


def texts(values: Sequence[str | None]) -> pa.Array:
    """A column of texts."""
    return pa.array(values, pa.large_string())


def number_text(value: float) -> str:
    """A number as its program shows it: integers without a decimal point, if exact.

    From 2**53 on, neighbouring integers have the same float. Such a number is written with an
    exponent, so that an id of this kind is refused instead of guessed.
    """
    if value == int(value) and abs(value) < 2**53 if value - value == 0 else False:
        return str(int(value))
    return f"{value:.17e}" if abs(value) >= 2**53 else repr(value)
