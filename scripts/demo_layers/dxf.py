"""A drawing as an office CAD writes it: DXF R12, GBK text, one layer for each kind of pipe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count

import shapely

from demo_layers.heat import Pipe

_COLOURS = {"在运": 1, "规划": 5}


def drawing(pipes: list[Pipe], note: str) -> bytes:
    """The pipes as DXF bytes; CAD layers have names such as 一次网-在运-DN400."""
    names = sorted({_layer(pipe) for pipe in pipes})
    handles = (f"{number:X}" for number in count(256))
    entities = [line for pipe in pipes for line in _polyline(pipe, handles)]
    lines = ["999", note, *_header(next(handles)), *_tables(names)]
    lines += ["0", "SECTION", "2", "ENTITIES", *entities, "0", "ENDSEC", "0", "EOF"]
    return ("\r\n".join(lines) + "\r\n").encode("gb18030")


def _layer(pipe: Pipe) -> str:
    return f"{pipe.role}-{pipe.status}-DN{pipe.dn_mm}"


def _header(next_handle: str) -> Iterable[str]:
    values = (
        ("$ACADVER", "1", "AC1009"),
        ("$DWGCODEPAGE", "3", "ANSI_936"),
        ("$HANDLING", "70", "1"),
        ("$HANDSEED", "5", next_handle),
    )
    yield from ("0", "SECTION", "2", "HEADER")
    for name, code, value in values:
        yield from ("9", name, code, value)
    yield from ("0", "ENDSEC")


def _tables(names: list[str]) -> Iterable[str]:
    yield from ("0", "SECTION", "2", "TABLES", "0", "TABLE", "2", "LAYER", "70", str(len(names)))
    for name in names:
        colour = next(c for word, c in _COLOURS.items() if word in name)
        yield from ("0", "LAYER", "2", name, "70", "0", "62", str(colour), "6", "CONTINUOUS")
    yield from ("0", "ENDTAB", "0", "ENDSEC")


def _polyline(pipe: Pipe, handles: Iterator[str]) -> list[str]:
    name = _layer(pipe)
    lines = ["0", "POLYLINE", "5", next(handles), "8", name, "66", "1", "70", "0"]
    for x, y in shapely.get_coordinates(pipe.line):
        lines += ["0", "VERTEX", "5", next(handles), "8", name, "10", f"{x:.2f}", "20", f"{y:.2f}"]
    return [*lines, "0", "SEQEND", "5", next(handles), "8", name]
