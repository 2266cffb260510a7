"""How one file is read as project.toml has it: its headings, what of each is understood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gis import i18n
from gis.errors import Text
from gis.layers.column_mapping import map_columns
from gis.layers.columns import LAYERS, TARGETS
from gis.layers.data_rows import belongs_to
from gis.layers.headings import match_headings, renamed_headings, unit_conversion
from gis.layers.project_layers import LayerFile
from gis.layers.schema import Column, Layer, normalise_word
from gis.layers.values import BLANKS

if TYPE_CHECKING:
    from gis.layers.raw_table import RawTable

SCHEMAS: Mapping[str, Layer] = {**LAYERS, "targets": TARGETS}
_SAMPLES = 3
_WORDS = 40  # of a code list column that are shown; a ledger has ten
_BLANKS = frozenset(BLANKS.to_pylist())


@dataclass(frozen=True)
class Word:
    """A word of a code list column: how often it stands there, our code, and whether it was said.

    code  "" where nobody knows it; "blank" where project.toml says that it means nothing
    """

    word: str
    count: int
    code: str
    said: bool


@dataclass(frozen=True)
class FileHeading:
    """One heading of a file.

    column    our column, "" where it is none
    usual     the column that the heading means without project.toml, "" for none
    filled    cells that are not blank; read: those of them that are understood
    rounded   cells that a spreadsheet has turned into scientific numbers; harmless: it is personal,
              so that nothing is counted by it
    times     multiplier that is proposed where the file has kW and the layer kVA, "" for none
    """

    heading: str
    column: str
    usual: str
    samples: tuple[str, ...]
    filled: int
    read: int
    words: tuple[Word, ...] = ()
    times: str = ""
    rounded: int = 0
    harmless: bool = False


@dataclass(frozen=True)
class FileReading:
    """How one file is read; its sheets that are of the layer together."""

    headings: tuple[FileHeading, ...]
    rows: int
    sheets: tuple[str, ...]
    left_out: tuple[str, ...]


def column_words(column: Column) -> Text:
    """What a column is called in each language."""
    zh = column.aliases.split()[0] if column.aliases else column.name
    return Text(zh, f"{column.name.replace('_', ' ')}（{zh}）")


def column_heading(layer: str, column: str) -> Text:
    """What a column of a layer is called by its two names; one that is none: its name."""
    known = SCHEMAS[layer].by_name if layer in SCHEMAS else {}
    if column in known:
        return column_words(known[column])
    words = i18n.messages("desk")["record"]
    return i18n.format_message(words, column) if column in words else Text(column, column)


def layer_heading(layer: str) -> Text:
    """What a layer is called; of the project's own files what they hold, by name."""
    words = i18n.messages("desk")["own_file"]
    if layer in words:
        return i18n.format_message(words, layer)
    return SCHEMAS[layer].title if layer in SCHEMAS else Text(layer, layer)


def read_file(
    tables: Iterable[tuple[str, RawTable]], layer: Layer, source: LayerFile
) -> FileReading:
    """How the sheets of a file are read.

    Args:
        tables: The sheets as they came.
        layer: The layer that they are.
        source: The file as project.toml has it.
    """
    chosen: list[tuple[str, RawTable]] = []
    left_out: list[tuple[str, RawTable]] = []
    for sheet, raw in tables:
        wanted = not source.sheets or source.sheets == "*" or sheet in source.sheets
        named = source.layer in (None, "", sheet) or not sheet
        fits = source.sheets != "*" or belongs_to(raw, layer, source)
        (chosen if wanted and named and fits else left_out).append((sheet, raw))
    names = dict.fromkeys(name for _, raw in chosen for name in raw.columns)
    parts = [(raw, _mapped(raw, layer, source)) for _, raw in chosen]
    headings = [_heading(name, parts, layer, source) for name in names]
    return FileReading(
        tuple(headings),
        sum(len(own.rows) for _, (_, own, _) in parts),
        tuple(sheet for sheet, _ in chosen if sheet),
        tuple(sheet for sheet, _ in left_out if sheet),
    )


def count_read(
    tables: Iterable[tuple[str, RawTable]],
    layer: Layer,
    source: LayerFile,
    heading: str,
    column: str,
) -> tuple[int, int]:
    """How many cells of a heading are filled, and how many are understood as a column."""
    asked = source.model_copy(update={"rename": {**source.rename, heading: column}})
    found = read_file(tables, layer, asked)
    one = next((own for own in found.headings if own.heading == heading), None)
    return (one.filled, one.read) if one else (0, 0)


def _mapped(
    raw: RawTable, layer: Layer, source: LayerFile
) -> tuple[dict[str, str], RawTable, object]:
    """Our column → its heading; the rows that are data; and the typed columns."""
    own = replace(raw, columns=dict(raw.columns), findings=[], rows=list(raw.rows))
    table = map_columns(own, layer, source)
    taken, _ = match_headings(list(own.columns), layer, source, own.cut)
    return taken, own, table


def _heading(
    name: str,
    parts: Sequence[tuple[RawTable, tuple[dict[str, str], RawTable, object]]],
    layer: Layer,
    source: LayerFile,
) -> FileHeading:
    bare = LayerFile(path=source.path)
    column = usual = ""
    filled = read = rounded = 0
    samples: Counter[str] = Counter()
    for raw, (taken, own, table) in parts:
        if name not in own.columns:
            continue
        column = column or next((key for key, one in taken.items() if one == name), "")
        plain, _ = match_headings(list(raw.columns), layer, bare, raw.cut)
        usual = usual or next((key for key, one in plain.items() if one == name), "")
        cells = [str(cell).strip() for cell in own.columns[name].to_pylist() if cell is not None]
        cells = [cell for cell in cells if cell not in _BLANKS]
        filled += len(cells)
        samples.update(cells)
        if column and column in table:  # type: ignore[operator]
            read += int(table[column].notna().sum())  # type: ignore[index]
            told = [one for one in own.findings if one.column == column]
            rounded += sum(one.code == "digits_lost" for one in told)
    schema = layer.by_name.get(column)
    shown = _samples(samples, schema)
    words = _words(samples, schema.with_yes_no(name), source) if schema else ()
    times = _times(schema, name, parts) if schema else ""
    read += sum(word.count for word in words if word.code == "blank")
    if schema and schema.helper:
        read = filled
    read, harmless = min(read, filled), bool(schema and schema.personal)
    return FileHeading(name, column, usual, shown, filled, read, words, times, rounded, harmless)


def _samples(cells: Counter[str], column: Column | None) -> tuple[str, ...]:
    """The first different cells; what is personal is covered."""
    first = list(cells)[:_SAMPLES]
    if column is not None and column.personal:
        return tuple("***" for _ in first)
    return tuple(one[:24] for one in first)


def _words(cells: Counter[str], column: Column, source: LayerFile) -> tuple[Word, ...]:
    if column.kind != "choice":
        return ()
    told = {
        normalise_word(word): code
        for name, own in source.values.items()
        if name == column.name
        or normalise_word(name) in map(normalise_word, column.aliases.split())
        for word, code in own.items()
    }
    found = []
    for word, count in cells.most_common(_WORDS):
        folded = normalise_word(word)
        said = folded in told
        code = (told[folded] or "blank") if said else column.words.get(folded, "")
        code = column.words.get(normalise_word(code), code)
        found.append(Word(word[:40], count, code, said))
    return tuple(found)


def _times(
    column: Column,
    heading: str,
    parts: Sequence[tuple[RawTable, tuple[dict[str, str], RawTable, object]]],
) -> str:
    for raw, _ in parts:
        if heading in raw.columns:
            for one in unit_conversion(column, heading, raw.units)[1]:
                if one.code == "unit_of_power":
                    return str(one.numbers["times"])
    return ""


def own_rename(source: LayerFile, headings: Sequence[str], layer: Layer) -> dict[str, str]:
    """The headings of a file that project.toml explains → our column."""
    return renamed_headings(headings, layer, source)[0]
