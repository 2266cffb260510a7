"""The folders of a KML file: separate layers, or parts of one layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.etree import ElementTree as ET

from gis.layers.formats.kml_shapes import kinds_of
from gis.layers.formats.xml import child_text, tag_of
from gis.layers.problems import Refusal

FOLDER = "Folder"
_ALIKE = 0.5  # share of keys that two folders of one layer have in common
_TREE = ("kml", "Document", "Folder")


class Mark(NamedTuple):
    """A placemark with the path of its folder, from the outermost folder inwards."""

    element: ET.Element
    folder: str


def placemarks(root: ET.Element, named: str | None) -> list[Mark]:
    """The placemarks of the named folder, else of the whole file.

    Raises:
        Refusal: No folder has that name, or several do.
    """
    if named is None:
        return _placemarks_within(root, "")
    found = [one for one in root.iter() if tag_of(one) in ("Folder", "Document")]
    folders = [one for one in found if child_text(one, "name") == named]
    if len(folders) != 1:
        names = "、".join(child_text(one, "name") for one in found)
        raise Refusal("no_such_layer", layer=named, layers=names)
    return _placemarks_within(folders[0], "")


def _placemarks_within(element: ET.Element, folder: str) -> list[Mark]:
    marks = []
    for one in element:
        if tag_of(one) == "Placemark":
            marks.append(Mark(one, folder))
        elif tag_of(one) in _TREE:
            own = child_text(one, "name") if tag_of(one) == "Folder" else ""
            marks += _placemarks_within(one, "/".join(name for name in (folder, own) if name))
    return marks


def check_alike(marks: Sequence[Mark], values: Sequence[Mapping[str, str]]) -> list[str]:
    """The folders of the placemarks, checked to be parts of one layer.

    Args:
        marks: The placemarks.
        values: The attributes of each placemark.

    Raises:
        Refusal: The folders differ in geometry type or attributes, and none was named.
    """
    folders = list(dict.fromkeys(mark.folder for mark in marks))
    kinds: dict[str, set[str]] = {folder: set() for folder in folders}
    keys: dict[str, set[str]] = {folder: set() for folder in folders}
    for mark, attributes in zip(marks, values, strict=True):
        kinds[mark.folder] |= kinds_of(mark.element)
        keys[mark.folder] |= attributes.keys()
    first = folders[0] if folders else ""
    for folder in folders[1:]:
        same = len(keys[first] & keys[folder]) >= _ALIKE * len(keys[first] | keys[folder])
        if not same or _main_kind(kinds[first]) != _main_kind(kinds[folder]):
            names = [one.rpartition("/")[2] or "—" for one in folders]
            raise Refusal("which_layer", layers="、".join(names))
    return folders


def _main_kind(kinds: set[str]) -> str:
    """The main geometry type of a folder: points beside lines or polygons are labels."""
    return next((kind for kind in ("polygon", "line", "point") if kind in kinds), "")
