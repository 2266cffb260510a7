"""The folders of a KML file: one a layer, or all of one layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.etree import ElementTree as ET

from gis.layers.formats.kml_shapes import kinds_of
from gis.layers.formats.xml import child_text, tag_of
from gis.layers.problems import Refusal

FOLDER = "Folder"
_ALIKE = 0.5  # of the keys of two folders that both have
_TREE = ("kml", "Document", "Folder")


class Mark(NamedTuple):
    """A placemark and the folder it lies in, by the names from the outermost inwards."""

    element: ET.Element
    folder: str


def placemarks(root: ET.Element, named: str | None) -> list[Mark]:
    """The placemarks of the folder that is named, else of the whole file.

    Raises:
        Refusal: there is no folder of that name, or there are several.
    """
    if named is None:
        return _within(root, "")
    found = [one for one in root.iter() if tag_of(one) in ("Folder", "Document")]
    folders = [one for one in found if child_text(one, "name") == named]
    if len(folders) != 1:
        names = "、".join(child_text(one, "name") for one in found)
        raise Refusal("no_such_layer", layer=named, layers=names)
    return _within(folders[0], "")


def _within(element: ET.Element, folder: str) -> list[Mark]:
    marks = []
    for one in element:
        if tag_of(one) == "Placemark":
            marks.append(Mark(one, folder))
        elif tag_of(one) in _TREE:
            own = child_text(one, "name") if tag_of(one) == "Folder" else ""
            marks += _within(one, "/".join(name for name in (folder, own) if name))
    return marks


def check_alike(marks: Sequence[Mark], values: Sequence[Mapping[str, str]]) -> list[str]:
    """The folders that the placemarks lie in, all being parts of one layer.

    Raises:
        Refusal: they differ in the kinds of their shapes or in what they say: which is meant?
    """
    folders = list(dict.fromkeys(mark.folder for mark in marks))
    kinds: dict[str, set[str]] = {folder: set() for folder in folders}
    keys: dict[str, set[str]] = {folder: set() for folder in folders}
    for mark, said in zip(marks, values, strict=True):
        kinds[mark.folder] |= kinds_of(mark.element)
        keys[mark.folder] |= said.keys()
    first = folders[0] if folders else ""
    for folder in folders[1:]:
        same = len(keys[first] & keys[folder]) >= _ALIKE * len(keys[first] | keys[folder])
        if not same or _main(kinds[first]) != _main(kinds[folder]):
            names = [one.rpartition("/")[2] or "—" for one in folders]
            raise Refusal("which_layer", layers="、".join(names))
    return folders


def _main(kinds: set[str]) -> str:
    """What a folder is drawn in: points beside lines or polygons are labels."""
    return next((kind for kind in ("polygon", "line", "point") if kind in kinds), "")
