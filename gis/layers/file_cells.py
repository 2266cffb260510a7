"""Single rows of a layer's files as the files have them, for corrections."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, NamedTuple

from gis.layers.columns import LAYERS
from gis.layers.headings import match_headings
from gis.layers.problems import Refusal
from gis.layers.project import ProjectConfig
from gis.layers.read_source import read_source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gis.layers.project_layers import LayerFile
    from gis.layers.raw_table import RawTable
    from gis.layers.reader_process import ReaderProcess

Place = tuple[str, str, int]  # file and sheet as a problem names them, row number


class FileRow(NamedTuple):
    """One row of a file.

    key     its id where no other row of the file or sheet has it, else "#" and its number
    sha256  of the file
    cells   our name of a column → the text of the cell, "" for a blank
    """

    key: str
    sha256: str
    cells: Mapping[str, str]


def file_rows(
    project: ProjectConfig, reader: ReaderProcess, layer: str, places: Collection[Place]
) -> dict[Place, FileRow]:
    """The rows of a layer at some places; those that cannot be read are not among them.

    Args:
        project: The project.
        reader: The running reader process.
        layer: The layer.
        places: Where the rows stand.
    """
    spec = project.layers.get(layer)
    found: dict[Place, FileRow] = {}
    for source in spec.sources if spec and layer in LAYERS else ():
        wanted = {place for place in places if place[0] == source.path}
        if source.recorded or spec is None or not wanted:
            continue
        try:
            tables, sha256 = read_source(reader, project.folder, spec, source)
        except Refusal:
            continue
        for raw in tables:
            found.update(_rows(raw, layer, source, wanted, sha256))
    return found


def _rows(
    raw: RawTable, layer: str, source: LayerFile, wanted: set[Place], sha256: str
) -> Iterator[tuple[Place, FileRow]]:
    columns, _ = match_headings(list(raw.columns), LAYERS[layer], source, raw.cut)
    texts = {name: raw.columns[heading] for name, heading in columns.items()}
    ids = texts.get(LAYERS[layer].key)
    known = [] if ids is None else [(one or "").strip() for one in ids.to_pylist()]
    at = {int(number): position for position, number in enumerate(raw.rows)}
    for place in wanted:
        position = at.get(place[2])
        if position is None or place[1] != raw.sheet:
            continue
        own = known[position] if known else ""
        key = own if own and known.count(own) == 1 else f"#{place[2]}"
        cells = {name: (one[position].as_py() or "").strip() for name, one in texts.items()}
        yield place, FileRow(key, sha256, cells)
