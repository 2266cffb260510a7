"""The tags of a DXF drawing: its units, its entities, and which of them are visible."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from gis.layers.problems import Refusal

Tags = list[tuple[str, str]]
_HANDLES = ("5", "105")  # no two objects of a drawing have the same
_FOLLOWING = frozenset(["VERTEX", "SEQEND", "ATTRIB"])  # parts of the preceding entity
_FRAME = frozenset(["SECTION", "ENDSEC", "BLOCK", "ENDBLK", "EOF"])
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
# $INSUNITS → metres; no city is surveyed in the other units (0: none stated)
_UNITS_M = {"1": 0.0254, "2": 0.3048, "4": 0.001, "5": 0.01, "6": 1.0, "7": 1000.0, "14": 0.1}
_FROZEN = 1


@dataclass(frozen=True)
class Entity:
    """One entity as the file has it; whole: its tags are consistent."""

    kind: str
    handle: str
    layer: str
    whole: bool


@dataclass
class DxfDrawing:
    """A drawing without its hidden parts.

    text       the whole file without the hidden entities
    entities   the visible entities of model space
    unit_m     metres in one drawing unit, NaN where none is stated
    off        layers that are off or frozen
    paper      number of paper-space entities
    invisible  number of entities hidden individually
    frozen     number of blocks inserted on frozen layers
    broken     number of entities whose tags contradict each other
    """

    text: str = ""
    entities: list[Entity] = field(default_factory=list)
    unit_m: float = float("nan")
    off: frozenset[str] = frozenset()
    paper: int = 0
    invisible: int = 0
    frozen: int = 0
    broken: int = 0


def parse(text: str) -> DxfDrawing:
    """Parse the text of a DXF file.

    Raises:
        Refusal: A line is no tag, or a header variable has no name.
    """
    objects = list(_objects(text))
    layers = [tags for tags in objects if tags[0][1] == "LAYER"]
    frozen = {_first(tags, "2") for tags in layers if _integer(tags, "70") & _FROZEN}
    off = {_first(tags, "2") for tags in layers if _integer(tags, "62") < 0}
    drawing = DxfDrawing(off=frozenset(frozen | off), unit_m=_unit_m(objects))
    handles = Counter(value for tags in objects for code, value in tags if code in _HANDLES)
    shown = list(_visible_objects(objects, frozen, drawing))
    for section, tags in shown:
        kind = tags[0][1]
        if section == "ENTITIES" and kind not in _FRAME | _FOLLOWING:
            entity = _entity(kind, tags)
            drawing.entities.append(entity)
            drawing.broken += not entity.whole or handles[entity.handle] > 1 or not entity.handle
    if not any(one.handle for one in drawing.entities):  # as old versions write them
        drawing.broken -= sum(one.whole for one in drawing.entities)
    written = (f"{code}\n{value}\n" for _, tags in shown for code, value in tags)
    drawing.text = "".join(written)
    return drawing


def _visible_objects(
    objects: Iterable[Tags], frozen: set[str], drawing: DxfDrawing
) -> Iterator[tuple[str, Tags]]:
    """The visible objects, each with its section; hidden ones are counted in `drawing`."""
    section, dropped = "", False
    for tags in objects:
        kind = tags[0][1]
        if kind == "SECTION":
            section = _first(tags, "2")
            _check_header(tags)
        if kind not in _FOLLOWING:
            dropped = section in ("BLOCKS", "ENTITIES") and _is_hidden(tags, frozen, drawing)
        if not dropped:
            yield section, tags


def _is_hidden(tags: Tags, frozen: set[str], drawing: DxfDrawing) -> bool:
    kind = tags[0][1]
    if kind in _FRAME:
        return False
    if ("67", "1") in tags:
        drawing.paper += 1
    elif ("60", "1") in tags:
        drawing.invisible += 1
    elif kind == "INSERT" and _first(tags, "8") in frozen:
        drawing.frozen += 1
    else:
        return False
    return True


def _unit_m(objects: Sequence[Tags]) -> float:
    header = next((tags for tags in objects if ("2", "HEADER") in tags), [])
    index = next((index for index, tag in enumerate(header) if tag == ("9", "$INSUNITS")), None)
    unit = header[index + 1][1] if index is not None and index + 1 < len(header) else ""
    return _UNITS_M.get(unit, float("nan"))


def _first(tags: Tags, code: str) -> str:
    return next((value for own, value in tags if own == code), "")


def _integer(tags: Tags, code: str) -> int:
    text = _first(tags, code)
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else 0


def _check_header(tags: Tags) -> None:
    """Refuse a HEADER section with a variable that has no name."""
    for code, value in tags if ("2", "HEADER") in tags else ():
        if (code == "9") != value.startswith("$"):
            raise Refusal("damaged")


def _objects(text: str) -> Iterator[Tags]:
    """The drawing's objects, each as its tags from code 0 on."""
    tags: Tags = []
    for code, value in _pairs(text):
        if code == "0":
            if tags:
                yield tags
            tags = []
        if tags or code == "0":
            tags.append((code, value))
    if tags:
        yield tags


def _entity(kind: str, tags: Tags) -> Entity:
    """The entity, and whether its tags are consistent: one id, one layer, the stated points."""
    values: dict[str, list[str]] = {}
    for code, value in tags:
        values.setdefault(code, []).append(value)
    points = len(values.get("10", []))
    markers = values.get("100", ["AcDbPolyline"])
    counted = kind != "LWPOLYLINE" or (
        values.get("90") == [str(points)] and "AcDbPolyline" in markers
    )
    numbers = [one for code in ("10", "20", "30", "11", "21", "31") for one in values.get(code, [])]
    whole = (
        counted
        and kind.isidentifier()
        and len(values.get("5", [""])) == 1
        and len(values.get("8", [])) == 1
        and points == len(values.get("20", []))
        and all(_NUMBER.fullmatch(one) for one in numbers)
    )
    return Entity(kind, values.get("5", [""])[0], values.get("8", [""])[0], whole)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    lines = text.replace("\r\n", "\n").split("\n")
    for code, value in zip(lines[::2], lines[1::2], strict=False):
        if not code.strip().isdigit() and code.strip():
            raise Refusal("damaged")
        yield code.strip(), value.strip()
