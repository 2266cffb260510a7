"""Step 3: villages by name, coordinate systems, CAD layers and zones in words."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import shapely
import tomlkit

from gis.api.project_file import changing, day, set_keys, source_table
from gis.desk.drawing import draw
from gis.desk.files_step import known_file, listed, read_tables
from gis.desk.pages import back_to, language, step_text
from gis.desk.zone_drawing import area_words, square_km, standing_zones
from gis.errors import Text
from gis.layers.problems import Refusal
from gis.layers.village_names import VillageNames
from gis.layers.zone_from_text import AREA_TOLERANCE
from gis.new_project.taken_files import NOTICE_DAY, TOWNSHIP, notice_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from gis.api.project import Project
    from gis.desk.desk import Desk, Opened
    from gis.desk.pages import Pages
    from gis.errors import Problem

_DOUBTFUL = frozenset(["village_doubtful", "village_unknown"])
# what the reading says of where a file lies
_LYING = frozenset(
    "datum_misfit datum_doubtful layer_elsewhere axes_swapped axes_swapped_drawn location_swapped "
    "crs_missing crs_unknown location_mended".split()
)
_SENTENCES = re.compile("(?<=[。；])|\n")
_NOT_IN_NAMES = re.compile(r"[、，,；;：:。（）()“”\s]+")
_LEADING = re.compile("^(?:包括|含|即|以及)")
_A_VILLAGE = re.compile("(?:村|社区|居委会|村委会)$")
_ANY_VILLAGE = re.compile(
    "^(?:.{0,3}(?:各|全|本|该|有|部|个|等)|行政|自然|城中|农)*(?:行政)?(?:村|社区)$"
)
_NEXT_STREET = re.compile(r"[、，,；;\n]")
_CAD = ("in_service", "planned", "leave_out")


@dataclass(frozen=True)
class Doubt:
    """A village's name as files have it, which may be several villages or none.

    key    what it is called in [names]
    likely the codes that it may mean
    """

    key: str
    said: str
    rows: int
    files: tuple[str, ...]
    likely: tuple[str, ...]


@dataclass(frozen=True)
class Lying:
    """Where one file lies: its CRS in project.toml and what the reading says of it."""

    layer: str
    file: str
    crs: str
    swapped: int
    mend: bool
    said: tuple[tuple[str, Text], ...]


@dataclass(frozen=True)
class NoticeWords:
    """What the notice of a zone says of villages.

    sentences  those that name villages, in its own words
    named      how many villages it names
    unknown    names that are no village of the borders, or several
    unticked   villages that it names and the zone does not
    """

    file: str
    sentences: tuple[str, ...]
    named: int
    unknown: tuple[str, ...]
    unticked: tuple[str, ...]


def show_places(request: Request, pages: Pages) -> Response:
    """Doubtful names, coordinate systems, CAD layers and zones, beside the map."""
    pages.need_project()
    opened = pages.desk.opened()
    if opened.project is None:
        return pages.show(request, "refused", message=opened.error)
    inputs = opened.project.inputs()
    villages = inputs.tables.get("villages")
    names = {} if villages is None else _village_list(villages)
    stand, asked = standing_zones(inputs.tables), request.query_params.get("zone", "")
    return pages.show(
        request,
        "places",
        map=draw(inputs.tables, inputs.tables.get("households")),
        doubts=list(_doubts(opened)),
        names=names,
        settled=inputs.project.names,
        lying=list(_lying(opened)),
        choices=_crs_choices(inputs.project.crs),
        cad=list(_cad_layers(pages.desk, opened.project)),
        zones=inputs.project.zones,
        ticked=_ticked(opened.project),
        notices=list(_notices(pages.desk, opened.project)),
        areas=_areas(inputs.tables),
        differs=lambda area, stated: area_words(area, stated).of(language(request)),
        far=lambda area, stated: abs(area - stated) > AREA_TOLERANCE * stated,
        stand=stand,
        opened_zone=next((one for one in stand if one.key == asked and one.corners), None),
    )


def _village_list(villages: Any) -> dict[str, str]:  # noqa: ANN401  a table
    pairs = zip(villages["village_code"], villages["township"], villages["village"], strict=True)
    return {str(code): f"{town}{name}" for code, town, name in pairs}


def _doubts(opened: Opened) -> Iterator[Doubt]:
    """Each doubtful name once, with the rows that it stands in."""
    project = opened.project
    if project is None or "villages" not in project.inputs().tables:
        return
    inputs = project.inputs()
    names = VillageNames(inputs.tables["villages"], inputs.project.names)
    found: Counter[str] = Counter()
    files: dict[str, set[str]] = {}
    for one in _problems(opened, _DOUBTFUL):
        found[one.value] += 1
        files.setdefault(one.value, set()).add(one.file)
    towns = sorted({str(one) for one in inputs.tables["villages"]["township"].dropna()}, key=len)
    for said, rows in found.most_common():
        town = next((one for one in reversed(towns) if said.startswith(one)), "")
        name = said.removeprefix(town)
        told = names.village(name, town).candidates
        likely = tuple(one.rsplit(" ", 1)[-1] for one in told)
        key = f"{town}/{name}" if town else said
        yield Doubt(key, said, rows, tuple(sorted(files[said])), likely)


def _problems(opened: Opened, codes: frozenset[str]) -> Iterator[Problem]:
    for group in opened.groups:
        if group.problems[0].code in codes:
            yield from group.problems


def _lying(opened: Opened) -> Iterator[Lying]:
    """Every file with coordinates, and what the reading says of where they lie."""
    project = opened.project
    if project is None:
        return
    config = project.inputs().project
    for name, spec in config.layers.items():
        for source in spec.sources:
            found = [
                one
                for one in _problems(opened, _LYING)
                if one.layer == name and one.file in ("", source.path)
            ]
            texts = {
                one.code: ("stop" if one.blocking else "warn", one.message)
                for one in found
                if one.code != "location_swapped"
            }
            fits = [("good", one) for one in opened.fits if f" {source.path}" in f" {one.zh}"]
            swapped = sum(one.code == "location_swapped" for one in found)
            if source.crs or found:
                said = (*texts.values(), *fits)
                yield Lying(name, source.path, source.crs or "", swapped, source.mend_swapped, said)


def _crs_choices(crs: str) -> list[tuple[str, str]]:
    """Coordinate systems that offices' files are in, the likely ones first."""
    code = int(crs.removeprefix("EPSG:")) if re.fullmatch(r"EPSG:\d+", crs) else 0
    own = [(crs, "places.crs_project")]
    if 4534 <= code <= 4554:
        own.append((f"EPSG:{code - 21}", "places.crs_prefixed"))
    usual = ("GCJ-02", "BD-09", "EPSG:4490", "EPSG:4326")
    return [*own, *((one, f"places.{one.replace(':', '').replace('-', '')}") for one in usual)]


def _cad_layers(desk: Desk, project: Project) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Layer, drawing, and its CAD layers with what project.toml says of each."""
    for name, spec in project.inputs().project.layers.items():
        for source in spec.sources:
            if not source.path.lower().endswith(".dxf"):
                continue
            try:
                tables = read_tables(desk, known_file(desk, source.path))
            except Refusal:
                continue
            told = dict(source.cad.words()) if source.cad else {}
            drawn = sorted({one for _, raw in tables for one in raw.columns["Layer"].to_pylist()})
            yield name, source.path, {one: told.get(one, "") for one in drawn if one}


def _ticked(project: Project) -> list[dict[str, str]]:
    """For each zone in words: code of a village inside → how the zone writes it."""
    inputs = project.inputs()
    if "villages" not in inputs.tables:
        return [{} for _ in inputs.project.zones]
    names = VillageNames(inputs.tables["villages"], inputs.project.names)
    return [
        {names.village(one).code or one: one for one in zone.include_villages}
        for zone in inputs.project.zones
    ]


def _notices(desk: Desk, project: Project) -> Iterator[NoticeWords | None]:
    """For each zone in words what its notice says, found by its document number."""
    inputs = project.inputs()
    texts = {one.name: notice_text(desk.folder / one.name) for one in listed(desk)
             if one.layer == "notice"}  # fmt: skip
    for zone, ticked in zip(inputs.project.zones, _ticked(project), strict=True):
        number = zone.document_no
        file = next((one for one, text in texts.items() if number and number in text), "")
        if not file or "villages" not in inputs.tables:
            yield None
            continue
        names = VillageNames(inputs.tables["villages"], inputs.project.names)
        yield _notice_words(file, texts[file], names, ticked)


def _notice_words(
    file: str, text: str, names: VillageNames, ticked: Mapping[str, str]
) -> NoticeWords:
    day_at = NOTICE_DAY.search(text)
    scope = text[: day_at.start()] if day_at else text
    pieces = re.split(f"({TOWNSHIP.pattern})", scope)
    known: dict[str, str] = {}  # code → as the notice has it
    unknown: dict[str, None] = {}
    for town, piece in zip(["", *pieces[1::2]], pieces[0::2], strict=True):
        for said in _NOT_IN_NAMES.split(piece):
            for name in _parts_of(said, town, names):
                code = names.village(name, town).code
                if code:
                    known[code] = name
                elif _A_VILLAGE.search(name) and not _ANY_VILLAGE.search(name):
                    unknown[name] = None
    words = [*known.values(), *unknown]
    sentences = [one.strip() for one in _SENTENCES.split(scope) if any(w in one for w in words)]
    unticked = tuple(name for code, name in known.items() if code not in ticked)
    return NoticeWords(file, tuple(sentences), len(known) + len(unknown), tuple(unknown), unticked)


def _parts_of(said: str, town: str, names: VillageNames) -> list[str]:
    """A name, or the names that "and" joins where together they are no village: 和平村 is one."""
    name = _LEADING.sub("", said)
    parts = re.split("以及|[和及与]", name)
    if names.village(name, town).code or not all(_A_VILLAGE.search(one) for one in parts):
        return [name]
    return parts


def _areas(tables: Mapping[str, Any]) -> dict[tuple[str, str], float]:
    """Zone and the first day of one of its versions → its area [km²]."""
    zones = tables.get("coal_ban_zones")
    if zones is None:
        return {}
    areas = shapely.area(zones.geometry.to_numpy()) / 1e6
    days = zones["effective_on"].dt.strftime("%Y-%m-%d").fillna("")
    keys = zip(zones["zone_id"].astype("str"), days, strict=True)
    return dict(zip(keys, map(float, areas), strict=True))


def set_names(_request: Request, pages: Pages, form: FormData) -> Response:
    """Say which village each doubtful name is."""
    told = {key: str(value) for key, value in form.items()}
    with pages.desk.changing() as folder, changing(folder) as document:
        chosen = {
            told[f"key.{key.removeprefix('code.')}"]: code
            for key, code in told.items()
            if key.startswith("code.") and code
        }
        if chosen:
            names = document.setdefault("names", tomlkit.table())
            set_keys(names, chosen)
        for key in [told[one] for one in told if one.startswith("forget.")]:
            document["names"].pop(key, None)
    pages.note(step_text("places", "names_saved", n=len(chosen)))
    return back_to("/places")


def set_lying(_request: Request, pages: Pages, form: FormData) -> Response:
    """Say in which coordinate system a file is, and whether exchanged coordinates are mended."""
    layer, file, crs = (str(form[key]) for key in ("layer", "file", "crs"))
    with pages.desk.changing() as folder, changing(folder) as document:
        table = source_table(document, layer, file)
        mend = True if form.get("mend") else None
        set_keys(table, {"crs": crs or None, "mend_swapped": mend})
    pages.note(step_text("places", "crs_saved", file=file))
    return back_to("/places")


def set_cad(_request: Request, pages: Pages, form: FormData) -> Response:
    """Say what each layer of a drawing is."""
    layer, file = str(form["layer"]), str(form["file"])
    told = {key: str(value) for key, value in form.items()}
    groups: dict[str, list[str]] = {}
    for key, name in told.items():
        if key.startswith("name."):
            kind = told.get(f"kind.{key.removeprefix('name.')}", "")
            if kind in _CAD:
                groups.setdefault(kind, []).append(name)
    with pages.desk.changing() as folder, changing(folder) as document:
        table = source_table(document, layer, file)
        set_keys(table, {"cad": None})
        set_keys(table, {"cad": {key: groups[key] for key in _CAD if key in groups}})
    pages.note(step_text("places", "cad_saved", file=file))
    return back_to("/places")


def set_zone(_request: Request, pages: Pages, form: FormData) -> Response:
    """Write a zone in words: its name, day, document and villages."""
    told = {key: str(value).strip() for key, value in form.items()}
    villages = [str(one) for one in form.getlist("village")]
    area = told.get("stated_area_km2", "")
    with pages.desk.changing() as folder, changing(folder) as document:
        zones = document.setdefault("zones", tomlkit.aot())
        at = int(told["at"]) if told.get("at", "").isdecimal() else len(zones)
        if at >= len(zones):
            zones.append(tomlkit.table())
            at = len(zones) - 1
        kept = [str(one) for one in zones[at].get("include_villages", ()) if str(one) in villages]
        chosen = [*kept, *(one for one in villages if one not in kept)]
        number = told["zone_id"] or f"Z{at + 1}"
        set_keys(
            zones[at],
            {
                "zone_id": number,
                "zone": told["zone"] or number,
                "effective_on": day(told["effective_on"]),
                "document_no": told["document_no"] or None,
                "stated_area_km2": square_km(area),
                "include_villages": chosen,
                "ring": [
                    one.strip() for one in _NEXT_STREET.split(told.get("ring", "")) if one.strip()
                ],
            },
        )
    pages.note(step_text("places", "zone_saved", zone=told["zone"]))
    return back_to("/places")
