"""DXF drawings: geometry through GDAL, names decoded and entities counted by us."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gis.layers.encodings import decode
from gis.layers.findings import Finding, Refusal
from gis.layers.formats.ogr import read_ogr
from gis.layers.raw import Raw, Request, texts

_CODEPAGES = {"ANSI_936": "gb18030", "GBK": "gb18030", "GB2312": "gb18030", "ANSI_950": "big5"}
_UTF8_FROM = "AC1021"  # AutoCAD 2007 and later write UTF-8
_PARTS = frozenset(["VERTEX", "SEQEND", "ATTRIB", "ENDSEC"])
_WORDS = frozenset(
    ["TEXT", "MTEXT", "DIMENSION", "LEADER", "MULTILEADER", "MLEADER", "VIEWPORT", "ATTDEF"]
)


@dataclass(frozen=True)
class Entity:
    """One entity of the drawing as it is written."""

    kind: str
    handle: str
    layer: str


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
    found = {"kind": "", "5": "", "8": ""}
    inside = False
    for code, value in _pairs(text):
        if code == "2" and found["kind"] == "SECTION":
            inside = value == "ENTITIES"
        if code == "0":
            if inside and found["kind"] not in ("SECTION", *_PARTS):
                yield Entity(found["kind"], found["5"], found["8"])
            found = {"kind": value, "5": "", "8": ""}
            inside = inside and value != "ENDSEC"
        elif code in ("5", "8") and not found[code]:
            found[code] = value


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
