"""The few things asked of an XML element, whatever its namespace."""

from __future__ import annotations

from xml.etree import ElementTree as ET


def tag_of(element: ET.Element) -> str:
    """Its tag without the prefix."""
    return element.tag.rpartition(":")[2]


def child(element: ET.Element, tag: str) -> ET.Element | None:
    """The first child of that tag."""
    return next((one for one in element if tag_of(one) == tag), None)


def child_text(element: ET.Element, tag: str) -> str:
    """The trimmed text of that child, "" for none."""
    one = child(element, tag)
    return (one.text or "").strip() if one is not None else ""
