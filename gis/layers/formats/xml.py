"""Access to XML elements regardless of namespace prefix."""

from __future__ import annotations

from xml.etree import ElementTree as ET


def tag_of(element: ET.Element) -> str:
    """An element's tag without the prefix."""
    return element.tag.rpartition(":")[2]


def child(element: ET.Element, tag: str) -> ET.Element | None:
    """The first child with that tag, None for none."""
    return next((one for one in element if tag_of(one) == tag), None)


def child_text(element: ET.Element, tag: str) -> str:
    """The trimmed text of the first child with that tag, "" for none."""
    one = child(element, tag)
    return (one.text or "").strip() if one is not None else ""
