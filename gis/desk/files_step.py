"""Step 1: files are dropped, and each is said to be some layer of the project."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

import tomlkit

from gis.api.project_file import (
    POLICY,
    PROJECT,
    add_file,
    changing,
    day,
    layer_of,
    read_document,
    remove_file,
    set_keys,
    write_text,
)
from gis.desk import held_files, uploads
from gis.desk.desk import Busy
from gis.desk.dropped_notices import (
    VILLAGES,
    ZONES,
    villages_of,
    waiting_notices,
    without_unread_notices,
)
from gis.desk.pages import back_to, step_text
from gis.errors import InputError, Text
from gis.layers.columns import LAYERS, TARGETS
from gis.layers.formats import format_of
from gis.layers.placeholders import is_placeholder
from gis.layers.problems import Refusal, problem
from gis.layers.raw_table import RawTable, Request
from gis.layers.reader_process import ReaderProcess
from gis.layers.schema import normalise_heading
from gis.new_project.from_files import first_texts, layer_entry, zone_entry
from gis.new_project.offered_files import SHAPEFILE_PARTS
from gis.new_project.taken_files import Taken, notice_text, take

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request as Asked
    from starlette.responses import Response

    from gis.desk.desk import Desk
    from gis.desk.pages import Pages
    from gis.desk.work import Work

SCHEMAS = {**LAYERS, "targets": TARGETS}
_TARGETS, _NOTICE = "targets", "notice"
_OWN = frozenset([PROJECT, POLICY, "office.gpkg"])
_DAYS = ("programme_start", "deadline")
_ROWS = 12  # first rows that are shown
_LINES = 200  # of a notice


@dataclass(frozen=True)
class Listed:
    """One file of the folder: the layer that it is in project.toml, "" for none."""

    name: str
    layer: str
    size_kb: int


def show_files(request: Asked, pages: Pages) -> Response:
    """The files of the folder, and what the project is called."""
    work = pages.desk.work
    if work is not None and not work.done and work.kind == "taking":
        raise Busy(work)
    if work is not None and work.kind == "taking" and work.error:
        pages.note(work.error, "warn")
        pages.desk.work = None
    about = _about(pages.desk.folder) if pages.desk.exists else {}
    kinds = {name: layer.title for name, layer in SCHEMAS.items()}
    return pages.show(
        request,
        "files",
        files=listed(pages.desk),
        kinds=kinds,
        about=about,
        why=pages.desk.why,
        waiting=held_files.held(pages.desk.folder),
    )


def listed(desk: Desk) -> list[Listed]:
    """The files of the folder that may be layers, with what they are."""
    document = read_document(desk.folder / PROJECT) if desk.exists else None
    notices = {str(one.get("document_no")) for one in document.get("zones", ())} if document else {}
    found = []
    for path in sorted(desk.folder.iterdir()):
        if path.name.startswith(".") or path.name in _OWN or path.suffix.lower() in SHAPEFILE_PARTS:
            continue
        layer = layer_of(document, path.name) if document else ""
        if not layer and notices and _is_notice(path, notices):
            layer = _NOTICE
        size = sum(one.stat().st_size for one in path.rglob("*")) if path.is_dir() else 0
        found.append(Listed(path.name, layer, -(-(size or path.stat().st_size) // 1024)))
    return found


def _is_notice(path: Path, numbers: Iterable[str]) -> bool:
    text = notice_text(path) if path.is_file() else ""
    return bool(text) and any(number and number in text for number in numbers)


def _about(folder: Path) -> dict[str, str]:
    """The names of the project and its plan, as the two files have them."""
    project = read_document(folder / PROJECT)["project"]
    policy = read_document(folder / POLICY)["policy"]
    days = {name: str(policy[name]) for name in ("plan_year", *_DAYS)}
    return days | {
        "title_zh": str(project["title"]["zh"]),
        "title_en": str(project["title"]["en"]),
        "as_of": str(project["as_of"]),
        "map_review_no": str(project.get("map_review_no", "")),
        "plan": str(policy["name"]),
        "document": str(policy["document"]),
    }


def set_about(_request: Asked, pages: Pages, form: FormData) -> Response:
    """Name the project and its plan."""
    told = {key: str(value).strip() for key, value in form.items()}
    plan: dict[str, object] = {"name": told["plan"], "document": told["document"]}
    plan |= {name: day(told[name]) for name in _DAYS if told.get(name)}
    if told.get("plan_year"):
        plan["plan_year"] = _year(told["plan_year"])
    with (
        pages.desk.changing() as folder,
        changing(folder) as document,
        changing(folder, POLICY) as policy,
    ):
        title = {"zh": told["title_zh"], "en": told["title_en"]}
        set_keys(document["project"], {"title": title, "as_of": day(told["as_of"])})
        set_keys(document["project"], {"map_review_no": told["map_review_no"] or None})
        set_keys(policy["policy"], plan)
    pages.note(step_text("files", "about_saved"))
    words = [told[name] for name in ("title_zh", "plan", "document") if is_placeholder(told[name])]
    if words:
        pages.note(step_text("files", "placeholder", words="、".join(words)), "warn")
    return back_to("/files")


def _year(text: str) -> int:
    if len(text) == 4 and text.isascii() and text.isdigit():
        return int(text)
    zh, en = f"“{text[:20]}”不是年度；请写成 2024。", f"{text[:20]!r} is no year; write it as 2024."
    raise InputError(Text(zh, en))


def drop(_request: Asked, pages: Pages, form: FormData) -> Response:
    """Take dropped files into the folder and into project.toml."""
    given: list[tuple[str, IO[bytes]]] = [
        (one.filename, one.file)
        for one in form.getlist("files")
        if not isinstance(one, str) and one.filename
    ]
    if not given:
        pages.note(step_text("files", "none"), "warn")
        return back_to("/files")
    pages.desk.need_rest("taking")
    with pages.desk.changing() as folder:
        place = partial(held_files.takes_place_of, folder)
        dropped = uploads.receive(folder, given, place)
    for name, why in dropped.refused:
        pages.note(Text(f"{name}：{why.zh}", f"{name}: {why.en}"), "warn")
    for name in dropped.same:
        pages.note(step_text("files", "same", file=name))
    if dropped.written:
        begin_taking(pages, _with_shapefiles(pages.desk.folder, dropped.written))
    return back_to("/next" if dropped.held else "/files")


def _with_shapefiles(folder: Path, names: Iterable[str]) -> list[str]:
    """The files, with each Shapefile that was there before the part of it that came now."""
    parts = {Path(name).stem for name in names if Path(name).suffix.lower() in SHAPEFILE_PARTS}
    whole = [one.name for one in folder.iterdir() if one.suffix.lower() == ".shp"]
    return sorted({*names, *(name for name in whole if Path(name).stem in parts)})


def begin_taking(pages: Pages, names: Sequence[str], layer: str = "") -> None:
    """Take files of the folder into project.toml beside the server; they are read for it."""

    def task(work: Work) -> None:
        taken = take_in(pages.desk.folder, names, layer, work.show)
        pages.desk.why.update(_why(taken))
        for note, kind in _notes(taken):
            pages.note(note, kind)
        told = [one.file for one in taken if one.layer]
        if told:
            pages.note(step_text("files", "taken", n=len(set(told))))

    for name in names:
        pages.desk.why.pop(name, None)
    pages.desk.begin_after("taking", task)


def _why(taken: Iterable[Taken]) -> dict[str, Text]:
    """File → why it was taken for its layer; of a workbook the rows of all sheets that are read."""
    found: dict[str, Text] = {}
    rows: dict[str, list[int]] = {}
    for one in sorted(taken, key=lambda one: not one.layer):
        found.setdefault(one.file, one.why)
        if one.layer and one.sheet:
            rows.setdefault(one.file, []).append(one.rows)
    for file, counts in rows.items():
        first, n, total = found[file], len(counts), f"{sum(counts):,}"
        if n > 1:
            told = step_text("files", "of_sheets", n=n, rows=total)
            found[file] = Text(f"{told.zh}{first.zh}", f"{told.en}{first.en}")
    return found


def _notes(taken: Sequence[Taken]) -> Iterator[tuple[Text, str]]:
    """What was left out; of a workbook that is read, the sheets of it that are not."""
    for file in dict.fromkeys(one.file for one in taken):
        sheets = [one for one in taken if one.file == file]
        read, rest = ([one for one in sheets if bool(one.layer) is own] for own in (True, False))
        if read and rest:
            count, rows = len(read), f"{sum(one.rows for one in read):,}"
            zh = "；".join(f"{one.sheet} 不读（{one.why.zh}）" for one in rest)
            en = "; ".join(f"{one.sheet} is not read ({one.why.en})" for one in rest)
            said = step_text("files", "sheets", file=file, n=count, rows=rows)
            yield Text(f"{said.zh}{zh}。", f"{said.en}{en}."), "good"
        else:
            yield from ((one.said, "warn") for one in rest)


def take_in(
    folder: Path, names: Sequence[str], layer: str, say: Callable[[Text], None]
) -> list[Taken]:
    """Write files of the folder into project.toml as the layers they look like.

    A file that project.toml names already keeps what it says.

    Args:
        folder: The project folder.
        names: The files.
        layer: The layer that somebody says they are; "": what fits best.
        say: Told of each file before it is read.
    """
    with ReaderProcess() as reader:
        new = not (folder / PROJECT).is_file()
        known = None if new else read_document(folder / PROJECT)
        taken: list[Taken] = []
        for name in names:
            if known is None or not layer_of(known, name):
                say(Text(f"读 {name}", f"reading {name}"))
                taken += take(folder / name, reader, layer)
        if any(one.layer == VILLAGES for one in taken) and not (known and known.get("zones")):
            taken += waiting_notices(folder, names, reader)
        taken = without_unread_notices(folder, taken, known, reader)
        if new and any(one.layer for one in taken):
            texts = first_texts(folder, taken, reader)
            for name in (POLICY, PROJECT):  # project.toml last: with it there is a project
                write_text(folder, name, texts[name])
        elif not new:
            _add(folder, taken, reader)
    return taken


def _add(folder: Path, taken: Iterable[Taken], reader: ReaderProcess) -> None:
    groups: dict[tuple[str, str], list[Taken]] = {}
    for one in taken:
        if one.layer:
            groups.setdefault((one.layer, one.file), []).append(one)
    with changing(folder) as document:
        crs = str(document["project"]["crs"])
        for (layer, file), sheets in groups.items():
            if layer == _TARGETS:
                set_keys(document["project"], {"targets": file})
            elif layer == ZONES and not sheets[0].rows:
                zones = document.setdefault("zones", tomlkit.aot())
                near = villages_of(taken, document, folder, reader)
                entry = zone_entry(len(zones) + 1, folder / file, near, reader)
                zones.append(tomlkit.parse(entry)["zones"][0])
            else:
                add_file(document, layer, layer_entry(layer, sheets, crs))


def say_layer(_request: Asked, pages: Pages, form: FormData) -> Response:
    """Say what a file is, or leave it out."""
    file, layer = str(form["file"]), str(form["layer"])
    with pages.desk.changing() as folder:
        known_file(pages.desk, file)
        if pages.desk.exists:
            with changing(folder) as document:
                remove_file(document, file)
    if layer:
        begin_taking(pages, [file], "" if layer == _NOTICE else layer)
    else:
        pages.note(step_text("files", "left_out", file=file))
    return back_to("/files")


def known_file(desk: Desk, name: str) -> Path:
    """The path of a file of the folder.

    Raises:
        InputError: There is none of that name.
    """
    known = {one.name for one in listed(desk)}
    if name not in known:
        said = uploads.shown(name)
        zh = f"项目文件夹里没有 {said}；请刷新页面。"
        raise InputError(Text(zh, f"there is no {said} in the project folder; reload the page"))
    return desk.folder / name


def show_rows(request: Asked, pages: Pages) -> Response:
    """The first rows of a file as the program reads them."""
    file = request.query_params.get("file", "")
    path = known_file(pages.desk, file)
    layer = next((one.layer for one in listed(pages.desk) if one.name == file), "")
    tables, refusal = [], None
    notice = notice_text(path) if path.is_file() else ""
    try:
        for sheet, raw in [] if notice else read_tables(pages.desk, path):
            tables.append((sheet, *_first_rows(raw, layer)))
    except Refusal as found:
        worded = problem(file, found.finding, file)
        zh, en = (f"{worded.message.of(x)}. {worded.remedy.of(x)}" for x in ("zh", "en"))
        refusal = Text(zh, en)
    lines = notice.splitlines()[:_LINES]
    return pages.show(
        request, "rows", step="files", file=file, tables=tables, lines=lines, refusal=refusal
    )


def _first_rows(raw: RawTable, layer: str) -> tuple[list[str], list[list[str]], int]:
    """Headings, first rows and how many there are; what is personal is covered."""
    schema = SCHEMAS.get(layer)
    names = list(raw.columns)
    cells = [raw.columns[name].slice(0, _ROWS).to_pylist() for name in names]
    known = [schema.headings.get(normalise_heading(name), "") if schema else "" for name in names]
    covered = [bool(schema and own and schema.by_name[own].personal) for own in known]
    rows = [
        [str(raw.rows[at])]
        + [
            ("***" if cover and column[at] else str(column[at] or ""))[:60]
            for column, cover in zip(cells, covered, strict=True)
        ]
        for at in range(min(_ROWS, len(raw.rows)))
    ]
    return names, rows, len(raw.rows)


def read_tables(desk: Desk, path: Path) -> list[tuple[str, RawTable]]:
    """The sheets of a file as they are read, kept until the file changes.

    Raises:
        Refusal: The file cannot be read.
    """
    stamp = path.stat().st_mtime_ns
    with desk.reading:
        kept = [(key[1], raw) for key, raw in desk.tables.items() if key[::2] == (path.name, stamp)]
        if kept:
            return kept
        for key in [key for key in desk.tables if key[0] == path.name]:
            del desk.tables[key]
        with ReaderProcess() as reader:
            request = Request(str(path), format_of(path))
            sheets = reader.sheets(request) if request.format == "excel" else [""]
            several = len(sheets) > 1
            for sheet in sheets:
                wanted = Request(str(path), request.format, sheet or None, one_of_several=several)
                raw = reader.read(wanted)
                raw.sheet = sheet if several else ""
                desk.tables[path.name, sheet, stamp] = raw
        return [(key[1], raw) for key, raw in desk.tables.items() if key[0] == path.name]
