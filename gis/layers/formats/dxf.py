"""DXF drawings: geometries from GDAL; text decoding and completeness checks from our own parser."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pyogrio
import shapely

from gis.layers.formats.dxf_tags import DxfDrawing, Entity, parse
from gis.layers.formats.encodings import decode
from gis.layers.formats.ogr import read_ogr_layer
from gis.layers.problems import Finding, Refusal
from gis.layers.raw_table import RawTable, Request, texts

_CODEPAGES = {"ANSI_936": "gb18030", "GBK": "gb18030", "GB2312": "gb18030", "ANSI_950": "big5"}
_UTF8_FROM = "AC1021"  # AutoCAD 2007 and later write UTF-8
_TEXT_KINDS = frozenset(
    ["TEXT", "MTEXT", "DIMENSION", "LEADER", "MULTILEADER", "MLEADER", "VIEWPORT", "ATTDEF"]
)
_MULTILINE = "AcDbMline"
_POINT = 1
# The parts of a block keep their own layers only if GDAL does not merge them
_OPTIONS = {"DXF_MERGE_BLOCK_GEOMETRIES": "FALSE", "DXF_ENCODING": "UTF-8"}


def read(path: Path, request: Request) -> RawTable:
    """The visible entities of model space, without texts and dimensions.

    The column `Layer` has the layer's name, `EntityHandle` the handle. The parts of an inserted
    block are numbered after the insertion's handle. A multiline is replaced by its centre line.

    Raises:
        Refusal: The drawing is binary, damaged or truncated, or its text is not in its code page.
    """
    data = path.read_bytes()
    if data.startswith(b"AutoCAD Binary DXF"):
        raise Refusal("binary_dxf")
    if not data.rstrip().endswith(b"EOF"):
        raise Refusal("unfinished")
    text, encoding = decode(data, request.encoding or _encoding(data))
    drawing = parse(text)
    raw = _read_features(drawing)
    raw.encoding, raw.crs, raw.unit_m = encoding, None, drawing.unit_m
    return _keep_visible(raw, drawing)


def _encoding(data: bytes) -> str | None:
    head = data[:20_000].decode("ascii", "replace")
    version = re.search(r"\$ACADVER\s+1\s+(\w+)", head)
    if version and version[1] >= _UTF8_FROM:
        return "utf-8"
    page = re.search(r"\$DWGCODEPAGE\s+3\s+(\w+)", head)
    return _CODEPAGES.get(page[1].upper()) if page else None


def _read_features(drawing: DxfDrawing) -> RawTable:
    """The features that GDAL reads from the visible part of the drawing."""
    pyogrio.set_gdal_config_options(_OPTIONS)
    with tempfile.TemporaryDirectory() as folder:
        shown = Path(folder, "shown.dxf")
        shown.write_text(drawing.text, encoding="utf-8", newline="\n")
        return read_ogr_layer(shown, "DXF", Request(str(shown), "dxf", "entities"))


def _keep_visible(raw: RawTable, drawing: DxfDrawing) -> RawTable:
    """The features on visible layers, without texts, each with a unique handle."""
    handles, layers = _handles(raw, drawing), raw.columns["Layer"].to_pylist()
    raw.findings += _unread_entities(drawing.entities, set(handles))
    if drawing.broken:
        raw.findings.append(Finding("entity_broken", numbers={"count": drawing.broken}))
    kept, words, off = _select_features(raw, handles, drawing)
    if words:
        raw.findings.append(Finding("annotations", numbers={"count": words}))
    raw.findings += _hidden_findings(drawing, off)
    kept_handles = [handles[at] for at in kept]
    geometries = _geometries_kept(raw, kept)
    raw.columns = {
        "Layer": texts([layers[at] for at in kept]),
        "EntityHandle": texts(_unique_handles(kept_handles)),
    }
    raw.wkb = geometries
    raw.rows = [raw.rows[at] for at in kept]
    return raw


def _handles(raw: RawTable, drawing: DxfDrawing) -> list[str]:
    """The handle of each feature; row numbers if the drawing has no handles."""
    if any(one.handle for one in drawing.entities):
        return [handle or "" for handle in raw.columns["EntityHandle"].to_pylist()]
    raw.findings.append(Finding("handles_made"))
    return [str(number) for number in raw.rows]


def _select_features(
    raw: RawTable, handles: list[str], drawing: DxfDrawing
) -> tuple[list[int], int, Counter[str]]:
    """The indices of features to keep, the number of texts, and feature counts of hidden layers."""
    text_handles = {one.handle for one in drawing.entities if one.kind in _TEXT_KINDS}
    labels, layers = raw.columns["Text"].to_pylist(), raw.columns["Layer"].to_pylist()
    points = shapely.get_type_id(_geometries(raw)) == _POINT - 1
    kept, found_texts, off = [], set(), Counter[str]()
    for at, handle in enumerate(handles):
        if handle in text_handles or (labels[at] is not None and points[at]):
            found_texts.add(handle if handle in text_handles else at)
        elif layers[at] in drawing.off:
            off[layers[at]] += 1
        else:
            kept.append(at)
    return kept, len(found_texts), off


def _geometries(raw: RawTable) -> np.ndarray:
    wkb = np.asarray(raw.wkb if raw.wkb is not None else [None] * len(raw.rows), dtype=object)
    return np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"))


def _hidden_findings(drawing: DxfDrawing, off: Counter[str]) -> list[Finding]:
    """Report the entities that the drawing does not show."""
    counts = {"paper_space": drawing.paper, "entities_invisible": drawing.invisible}
    found = [Finding(code, numbers={"count": count}) for code, count in counts.items() if count]
    hidden = off.total() + drawing.frozen
    if hidden:
        names = "、".join(sorted(off) or sorted(drawing.off))
        found.append(Finding("layers_off", value=names, numbers={"count": hidden}))
    return found


def _unique_handles(handles: list[str]) -> list[str]:
    """The handles; those of several features get a numeric suffix."""
    count, seen = Counter(handles), Counter[str]()
    numbered = []
    for handle in handles:
        seen[handle] += 1
        numbered.append(handle if count[handle] == 1 else f"{handle}-{seen[handle]}")
    return numbered


def _geometries_kept(raw: RawTable, kept: list[int]) -> list[bytes | None]:
    """The geometries of the kept features; a multiline's parallels become one line."""
    wkb: list[bytes | None] = list(raw.wkb if raw.wkb is not None else [None] * len(raw.rows))
    classes = raw.columns["SubClasses"].to_pylist()
    multi = [at for at in kept if _MULTILINE in (classes[at] or "") and wkb[at]]
    for at in multi:
        axis = _centre_line(shapely.from_wkb(wkb[at]))
        wkb[at] = bytes(shapely.to_wkb(axis))
    if multi:
        raw.findings.append(Finding("multilines", numbers={"count": len(multi)}))
    return [wkb[at] for at in kept]


def _centre_line(drawn: shapely.Geometry) -> shapely.Geometry:
    """The line midway between parallels; GDAL returns them segment by segment."""
    parts = [shapely.get_coordinates(part) for part in shapely.get_parts(drawn)]
    ends = [part[-1] for part in parts]
    many = next(
        (at for at in range(1, len(parts)) if np.allclose(parts[at][0], ends[0], atol=1e-6)),
        len(parts),
    )
    if len(parts) % many or any(len(part) != 2 for part in parts):
        return drawn
    stretches = [parts[at : at + many] for at in range(0, len(parts), many)]
    middle = [np.mean([part[0] for part in one], axis=0) for one in stretches]
    middle.append(np.mean([part[-1] for part in stretches[-1]], axis=0))
    return shapely.LineString(middle)


def _unread_entities(entities: list[Entity], handles: set[str]) -> list[Finding]:
    """Report the entity kinds for which GDAL returned no feature."""
    lost = Counter(
        one.kind
        for one in entities
        if one.handle and one.handle not in handles and one.kind not in _TEXT_KINDS
    )
    return [
        Finding("entity_not_read", value=kind, numbers={"count": count})
        for kind, count in sorted(lost.items())
    ]
