"""The index page of a publication in several volumes: the volume of each township."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from typing import NamedTuple

from folium.template import Template

from gis import i18n
from gis.errors import Text

_FOLDER = re.compile(r"[0-9A-Za-z_-]+\Z")


class IndexEntry(NamedTuple):
    """One township: its code and name, its number of villages, and the folder of its volume."""

    code: str
    township: str
    villages: int
    folder: str


class IndexPage:
    """The index page; it has no scripts and no household counts.

    public: the page for everybody, which only links to public editions.
    """

    def __init__(
        self, title: Text, as_of: str, doors: Sequence[IndexEntry], *, made_up: bool, public: bool
    ) -> None:
        for door in doors:
            if not _FOLDER.match(door.folder):
                raise ValueError(door.folder)  # it becomes part of a URL
        site = i18n.messages("pages")
        self.title, self.as_of, self.doors = title, as_of, doors
        self.said = site["doors"]
        self.public = public
        demo = site["site"]["demo"]
        self.nature = f"{demo['zh']} {demo['en']}" if made_up else ""
        self.style = i18n.template("paper.css")
        digest = hashlib.sha256(self.style.encode("utf-8")).digest()
        self.style_hash = f"'sha256-{base64.b64encode(digest).decode('ascii')}'"

    def render(self) -> bytes:
        """The page as the bytes of one HTML file."""
        return str(Template(i18n.template("doors.html")).render(this=self)).encode("utf-8")
