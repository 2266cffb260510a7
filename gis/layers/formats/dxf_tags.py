"""The tags of a drawing: what it is drawn in, which entities it has, and which of them show."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from gis.layers.problems import Refusal

Tags = list[tuple[str, str]]
_HANDLES = ("5", "105")  # no two objects of a drawing have the same
_FOLLOWING = frozenset(["VERTEX", "SEQEND", "ATTRIB"])  # belong to the entity before them
_FRAME = frozenset(["SECTION", "ENDSEC", "BLOCK", "ENDBLK", "EOF"])
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
# $INSUNITS → metres; others (0: none stated) are no unit that a city is surveyed in
_UNITS_M = {"1": 0.0254, "2": 0.3048, "4": 0.001, "5": 0.01, "6": 1.0, "7": 1000.0, "14": 0.1}
_FROZEN = 1


@dataclass(frozen=True)
class Entity:
    """One entity of the drawing as it is written."""

    kind: str
    handle: str
    layer: str
    whole: bool


@dataclass
class Drawing:
    """A drawing without what it does not show.

    text      the whole file without the entities that are left out
    entities  those of the model that are shown
    unit_m    metres in one drawing unit, NaN where none is stated
    off       layers that are off or frozen
    paper     entities of the paper space, invisible: entities hidden one by one
    frozen    inserted blocks on frozen layers
    broken    entities whose tags contradict themselves
    """

    text: str = ""
    entities: list[Entity] = field(default_factory=list)
    unit_m: float = float("nan")
    off: frozenset[str] = frozenset()
    paper: int = 0
    invisible: int = 0
    frozen: int = 0
    broken: int = 0


def parse(text: str) -> Drawing:
    """The drawing that the text of a DXF file holds.

    Raises:
        Refusal: lines that are no tags, or a header variable without its name.
    """
    objects = list(_objects(text))
    layers = [tags for tags in objects if tags[0][1] == "LAYER"]
    frozen = {_first(tags, "2") for tags in layers if _whole_number(tags, "70") & _FROZEN}
    off = {_first(tags, "2") for tags in layers if _whole_number(tags, "62") < 0}
    drawing = Drawing(off=frozenset(frozen | off), unit_m=_unit_m(objects))
    handles = Counter(value for tags in objects for code, value in tags if code in _HANDLES)
    shown = list(_shown(objects, frozen, drawing))
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


def _shown(
    objects: Iterable[Tags], frozen: set[str], drawing: Drawing
) -> Iterator[tuple[str, Tags]]:
    """The objects that are shown, each with its section; the others are counted in `drawing`."""
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


def _is_hidden(tags: Tags, frozen: set[str], drawing: Drawing) -> bool:
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
    at = next((at for at, tag in enumerate(header) if tag == ("9", "$INSUNITS")), None)
    said = header[at + 1][1] if at is not None and at + 1 < len(header) else ""
    return _UNITS_M.get(said, float("nan"))


def _first(tags: Tags, code: str) -> str:
    return next((value for own, value in tags if own == code), "")


def _whole_number(tags: Tags, code: str) -> int:
    said = _first(tags, code)
    return int(said) if re.fullmatch(r"-?\d{1,9}", said) else 0


def _check_header(tags: Tags) -> None:
    """Refuse a section HEADER with a variable that has lost its name."""
    for code, value in tags if ("2", "HEADER") in tags else ():
        if (code == "9") != value.startswith("$"):
            raise Refusal("damaged")


def _objects(text: str) -> Iterator[Tags]:
    """The drawing's objects, each with its tags from its kind (code 0) on."""
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
            raise Refusal("damaged")
        yield code.strip(), value.strip()
