"""DXF drawings: geometry through GDAL, names and text decoded by us."""

from __future__ import annotations

import re
from pathlib import Path

from gis.layers.encodings import decode
from gis.layers.findings import Refusal
from gis.layers.formats.ogr import read_ogr
from gis.layers.raw import Raw, Request, texts

_CODEPAGES = {"ANSI_936": "gb18030", "GBK": "gb18030", "GB2312": "gb18030", "ANSI_950": "big5"}
_UTF8_FROM = "AC1021"  # AutoCAD 2007 and later write UTF-8


def read(path: Path, request: Request) -> Raw:
    """The entities of the drawing; row numbers count them from 1.

    The layer name is given as `Layer`, the handle as `EntityHandle`, text as `Text`.

    Raises:
        Refusal: a binary or damaged drawing, or text that is not in its code page.
    """
    data = path.read_bytes()
    if data.startswith(b"AutoCAD Binary DXF"):
        raise Refusal("binary_dxf")
    text, encoding = decode(data, request.encoding or _encoding(data))
    raw = read_ogr(path, "DXF", Request(request.path, request.format, "entities"))
    names = _layer_names(text)
    handles = raw.columns["EntityHandle"].to_pylist()
    raw.columns["Layer"] = texts([names.get(handle or "") for handle in handles])
    raw.encoding = encoding
    raw.crs = None
    return raw


def _encoding(data: bytes) -> str | None:
    head = data[:20_000].decode("ascii", "replace")
    version = re.search(r"\$ACADVER\s+1\s+(\w+)", head)
    if version and version[1] >= _UTF8_FROM:
        return "utf-8"
    page = re.search(r"\$DWGCODEPAGE\s+3\s+(\w+)", head)
    return _CODEPAGES.get(page[1].upper()) if page else None


def _layer_names(text: str) -> dict[str, str]:
    """Handle → layer name of every entity of the drawing."""
    lines = text.splitlines()
    names: dict[str, str] = {}
    handle = ""
    for code, value in zip(lines[::2], lines[1::2], strict=False):
        match code.strip():
            case "0":
                handle = ""
            case "5":
                handle = value.strip()
            case "8" if handle:
                names.setdefault(handle, value.strip())
    return names
