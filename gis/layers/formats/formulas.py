"""Formulas in a workbook whose value nobody has worked out: they would read as blank."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from gis.layers.findings import Refusal


def check_formulas(path: Path) -> None:
    """Refuse an .xlsx with a formula that has no value.

    Raises:
        Refusal: names the first such cell.
    """
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                for cell in _without_value(archive.read(name)):
                    raise Refusal("formula_without_value", cell=cell)


def _without_value(sheet: bytes) -> Iterator[str]:
    """The references of cells with <f> and without <v>."""
    if b"<f" not in sheet:
        return
    cell, inside = "", set[str]()
    found: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal cell
        if tag == "c":
            cell = attributes.get("r", "?")
            inside.clear()
        inside.add(tag)

    def end(tag: str) -> None:
        if tag == "c" and "f" in inside and "v" not in inside:
            found.append(cell)

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(sheet, True)
    except expat.ExpatError as error:
        raise Refusal("damaged", reason=str(error)) from error
    yield from found
