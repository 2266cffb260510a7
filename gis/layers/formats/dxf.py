"""DXF drawings: geometry through GDAL, names decoded and entities counted by us."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from gis.layers.encodings import decode
from gis.layers.findings import Finding, Refusal
from gis.layers.formats.ogr import read_ogr
from gis.layers.raw import Raw, Request, texts

_CODEPAGES = {"ANSI_936": "gb18030", "GBK": "gb18030", "GB2312": "gb18030", "ANSI_950": "big5"}
_UTF8_FROM = "AC1021"  # AutoCAD 2007 and later write UTF-8
_HANDLES = ("5", "105")  # no two objects of a drawing have the same
_PARTS = frozenset(["VERTEX", "SEQEND", "ATTRIB", "ENDSEC"])
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_WORDS = frozenset(
    ["TEXT", "MTEXT", "DIMENSION", "LEADER", "MULTILEADER", "MLEADER", "VIEWPORT", "ATTDEF"]
)


@dataclass(frozen=True)
class Entity:
    """One entity of the drawing as it is written."""

    kind: str
    handle: str
    layer: str
    whole: bool


def read(path: Path, request: Request) -> Raw:
    """The entities of the drawing, counted from 1; texts and dimensions are left out.

    The layer's name is given as `Layer`, the handle as `EntityHandle`.

    Raises:
        Refusal: a binary, damaged or unfinished drawing, or text that is not in its code page.
    """
    data = path.read_bytes()
    if data.startswith(b"AutoCAD Binary DXF"):
        raise Refusal("binary_dxf")
    if not data.rstrip().endswith(b"EOF"):
        raise Refusal("unfinished")
    text, encoding = decode(data, request.encoding or _encoding(data))
    entities = list(_entities(text))
    raw = read_ogr(path, "DXF", Request(request.path, request.format, "entities"))
    raw.encoding, raw.crs = encoding, None
    return _drawn(raw, entities)


def _encoding(data: bytes) -> str | None:
    head = data[:20_000].decode("ascii", "replace")
    version = re.search(r"\$ACADVER\s+1\s+(\w+)", head)
    if version and version[1] >= _UTF8_FROM:
        return "utf-8"
    page = re.search(r"\$DWGCODEPAGE\s+3\s+(\w+)", head)
    return _CODEPAGES.get(page[1].upper()) if page else None


def _entities(text: str) -> Iterator[Entity]:
    """The entities of the section ENTITIES, without the vertices that belong to them."""
    inside = False
    objects = list(_objects(text))
    handles = Counter(value for tags in objects for code, value in tags if code in _HANDLES)
    for tags in objects:
        kind = tags[0][1]
        if kind == "SECTION":
            inside = ("2", "ENTITIES") in tags
            _check_header(tags)
        elif kind == "ENDSEC":
            inside = False
        elif inside and kind not in _PARTS:
            one = _entity(kind, tags)
            yield one if handles[one.handle] <= 1 else replace(one, whole=False)


def _check_header(tags: list[tuple[str, str]]) -> None:
    """Refuse a section HEADER with a variable that has lost its name."""
    for code, value in tags if ("2", "HEADER") in tags else ():
        if (code == "9") != value.startswith("$"):
            raise Refusal("damaged", reason=f"header variable {value[:20]!r}")


def _objects(text: str) -> Iterator[list[tuple[str, str]]]:
    """The drawing's objects, each with its tags from its kind (code 0) on."""
    tags: list[tuple[str, str]] = []
    for code, value in _pairs(text):
        if code == "0":
            if tags:
                yield tags
            tags = []
        if tags or code == "0":
            tags.append((code, value))


def _entity(kind: str, tags: list[tuple[str, str]]) -> Entity:
    """The entity, and whether its tags are whole: one id, one layer, as many points as it says."""
    said: dict[str, list[str]] = {}
    for code, value in tags:
        said.setdefault(code, []).append(value)
    points = len(said.get("10", []))
    markers = said.get("100", ["AcDbPolyline"])
    counted = kind != "LWPOLYLINE" or (
        said.get("90") == [str(points)] and "AcDbPolyline" in markers
    )
    numbers = [one for code in ("10", "20", "30", "11", "21", "31") for one in said.get(code, [])]
    whole = (
        counted
        and kind.isidentifier()
        and len(said.get("5", [""])) == 1
        and len(said.get("8", [])) == 1
        and points == len(said.get("20", []))
        and all(_NUMBER.fullmatch(one) for one in numbers)
    )
    return Entity(kind, said.get("5", [""])[0], said.get("8", [""])[0], whole)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    lines = text.replace("\r\n", "\n").split("\n")
    for code, value in zip(lines[::2], lines[1::2], strict=False):
        if not code.strip().isdigit() and code.strip():
            raise Refusal("damaged", reason=f"group code {code.strip()[:20]!r}")
        yield code.strip(), value.strip()


def _drawn(raw: Raw, entities: list[Entity]) -> Raw:
    """The features with their names as written, checked against the entities."""
    by_handle = {one.handle: one for one in entities if one.handle}
    handles = [handle or "" for handle in raw.columns["EntityHandle"].to_pylist()]
    if not by_handle and len(raw.rows) == len(entities):
        handles = [str(number) for number in raw.rows]
        by_handle = dict(zip(handles, entities, strict=True))
        raw.findings.append(Finding("handles_made"))
    raw.findings += _not_read(entities, set(handles))
    broken = sum(not one.whole or not (one.handle or not by_handle) for one in entities)
    if broken:
        raw.findings.append(Finding("entity_broken", numbers={"count": broken}))
    kept = [at for at, one in enumerate(handles) if _is_drawn(by_handle.get(one))]
    if len(kept) < len(handles):
        raw.findings.append(Finding("annotations", numbers={"count": len(handles) - len(kept)}))
    written = [by_handle.get(handles[at]) for at in kept]
    raw.columns = {
        "Layer": texts([one.layer if one else None for one in written]),
        "EntityHandle": texts([handles[at] for at in kept]),
    }
    raw.wkb = [raw.wkb[at] for at in kept] if raw.wkb is not None else None
    raw.rows = [raw.rows[at] for at in kept]
    return raw


def _is_drawn(entity: Entity | None) -> bool:
    return entity is None or entity.kind not in _WORDS


def _not_read(entities: list[Entity], handles: set[str]) -> list[Finding]:
    """Kinds of entities that GDAL gave no feature for."""
    lost = Counter(
        one.kind
        for one in entities
        if one.handle and one.handle not in handles and one.kind not in _WORDS
    )
    return [
        Finding("entity_not_read", value=kind, numbers={"count": count})
        for kind, count in sorted(lost.items())
    ]
