"""Step 2: which heading is which column, which word is which code; remembered file by file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

from gis.api.project_file import changing, set_keys, source_table
from gis.desk.files_step import known_file, read_tables
from gis.desk.pages import back_to, language, step_text
from gis.desk.reading import SCHEMAS, FileReading, column_words, count_read, own_rename, read_file
from gis.errors import InputError, Text
from gis.layers.headings import column_name
from gis.layers.problems import Refusal, problem
from gis.layers.project import read_project

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from gis.desk.desk import Desk
    from gis.desk.pages import Pages
    from gis.layers.project_layers import LayerFile
    from gis.layers.schema import Layer

_BLANK = "blank"


def show_columns(request: Request, pages: Pages) -> Response:
    """The headings of one file: what each is taken for, samples, and how much of it is read."""
    pages.need_project()
    files = _files(pages.desk)
    file = request.query_params.get("file") or next(iter(files), "")
    if file not in files:
        return pages.show(request, "columns", files=files, file="", found=None, refusal=None)
    layer, source = files[file]
    found, refusal = None, None
    try:
        tables = read_tables(pages.desk, known_file(pages.desk, file))
        found = read_file(tables, SCHEMAS[layer.name], source)
    except Refusal as told:
        worded = problem(layer.name, told.finding, file)
        zh, en = (f"{worded.message.of(one)}\n{worded.remedy.of(one)}" for one in ("zh", "en"))
        refusal = Text(zh, en)
    return pages.show(
        request,
        "columns",
        files=files,
        file=file,
        layer=layer,
        source=source,
        found=found,
        refusal=refusal,
        options=list(_options(layer)),
        lacking=_lacking(layer, found, source) if found else [],
        drawing=_is_drawing(source),
        code_words=_code_words,
        label=column_words,
    )


def _files(desk: Desk) -> dict[str, tuple[Layer, LayerFile]]:
    """Every file that is named in a layer, ledgers first."""
    project = read_project(desk.folder)
    order = sorted(project.layers, key=lambda name: name != "households")
    return {
        source.path: (SCHEMAS[name], source)
        for name in order
        for source in project.layers[name].sources
        if not source.path.startswith("$")
    }


def _options(layer: Layer) -> Iterator[tuple[str, Text]]:
    for column in layer.columns:
        yield column.name, column_words(column)


def _code_words(layer: Layer, column: str) -> list[tuple[str, Text]]:
    choices = layer.by_name[column].choices
    return [
        (code, Text(words.split()[0], code.replace("_", " "))) for code, words in choices.items()
    ]


def _is_drawing(source: LayerFile) -> bool:
    return source.path.lower().endswith(".dxf")


def _lacking(layer: Layer, found: FileReading, source: LayerFile) -> list[Text]:
    """Required columns that no heading is; of a drawing without those that its layers say."""
    have = {one.column for one in found.headings}
    named = {"village_code", "village"} & have or found.sheets
    needed = [one for one in layer.columns if one.required and one.name not in have]
    if _is_drawing(source):
        needed = [one for one in needed if one.name not in ("status", layer.key)]
    return [column_words(one) for one in needed if not (named and one.name == "village_code")]


def count_cells(request: Request, pages: Pages) -> Response:
    """How many cells of a heading would be read as a column: asked while somebody chooses."""
    asked = request.query_params
    file, heading, column = (asked.get(key, "") for key in ("file", "heading", "column"))
    layer, source = _known(pages.desk, file)
    if column not in layer.by_name:
        return JSONResponse({"told": ""})
    tables = read_tables(pages.desk, known_file(pages.desk, file))
    filled, read = count_read(tables, layer, source, heading, column)
    told = step_text("columns", "read_of", read=f"{read:,}", filled=f"{filled:,}")
    return JSONResponse({"told": told.of(language(request)), "all": read == filled})


def _known(desk: Desk, file: str) -> tuple[Layer, LayerFile]:
    files = _files(desk)
    if file not in files:
        said = Text("这个文件不在项目里；请刷新页面。", "This file is not in the project; reload.")
        raise InputError(said)
    return files[file]


def save_columns(_request: Request, pages: Pages, form: FormData) -> Response:
    """Write what was said of a file's headings and words into project.toml."""
    file = str(form["file"])
    layer, source = _known(pages.desk, file)
    told = {key: str(value) for key, value in form.items()}
    with pages.desk.changing() as folder, changing(folder) as document:
        table = source_table(document, layer.name, file)
        headings = [value for key, value in told.items() if key.startswith("heading.")]
        known = own_rename(source, headings, layer)
        rename = {
            heading: _chosen(told, key.removeprefix("heading."), known.get(heading, ""))
            for key, heading in told.items()
            if key.startswith("heading.")
        }
        id_heading = told.get("id", "") or None
        for heading, column in rename.items():
            _set_rename(table, heading, column, known)
        set_keys(table, {"township": told.get("township", "").strip() or None, "id": id_heading})
        for column, words in _words(told).items():
            _set_words(table, layer, column, words)
        for key, value in told.items():
            if key.startswith("factor.") and value.strip():
                set_keys(table, {"factors": {key.removeprefix("factor."): _factor(value)}})
    pages.note(step_text("columns", "saved", file=file))
    return back_to("/columns", file=file)


def _chosen(told: Mapping[str, str], number: str, before: str) -> str | None:
    """The column that was chosen for a heading; None where nothing need be written."""
    column, usual = told.get(f"column.{number}", ""), told.get(f"usual.{number}", "")
    if column == before:
        return before or None
    return None if column == usual else column or None


def _set_rename(
    table: Any,  # noqa: ANN401
    heading: str,
    column: str | None,
    known: Mapping[str, str],
) -> None:
    """Write one entry of `rename`, whose sides may stand either way round."""
    entries = table.get("rename", {})
    if column is not None and known.get(heading) == column:
        return
    for old in [old for old, new in entries.items() if heading in (old, new)]:
        del entries[old]
    if column is not None and table.get("id") != heading:
        set_keys(table, {"rename": {heading: column}})
    elif not entries:
        table.pop("rename", None)


def _words(told: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Column → word → code, of the words that somebody gave a code."""
    found: dict[str, dict[str, str]] = {}
    for key, word in told.items():
        if key.startswith("word."):
            number = key.removeprefix("word.")
            code, before = told.get(f"code.{number}", ""), told.get(f"before.{number}", "")
            if code != before:
                found.setdefault(told[f"of.{number}"], {})[word] = code
    return found


def _set_words(
    table: Any,  # noqa: ANN401
    layer: Layer,
    column: str,
    words: Mapping[str, str],
) -> None:
    values = table.get("values", {})
    key = next((one for one in values if column_name(one, layer) == column), column)
    for word, code in words.items():
        if code == "":
            values.get(key, {}).pop(word, None)
        else:
            set_keys(table, {"values": {key: {word: "" if code == _BLANK else code}}})


def _factor(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        zh, en = f"“{text[:20]}”不是数；乘数如 1.053", f"{text[:20]!r} is no number, such as 1.053"
        raise InputError(Text(zh, en)) from error
