"""The index page of a publication in several volumes: the volume of each township."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from folium.template import Template

from gis import i18n
from gis.errors import Text

_FOLDER = re.compile(r"[0-9A-Za-z_-]+\Z")
_COUNTY = 6  # digits


class IndexEntry(NamedTuple):
    """One township: its code and name, its villages, and the folder of its volume.

    search: the names of the township and its villages, and their pinyin, in lower case.
    """

    code: str
    township: str
    villages: tuple[str, ...]
    search: str
    folder: str

    @property
    def county(self) -> str:
        """The code of its county."""
        return self.code[:_COUNTY]


WHOLE_PROVINCE = "province"  # the folder of what concerns all volumes

_FILES = (
    ("decisions.xlsx", "decisions"),
    ("report.xlsx", "report"),
    ("budget.xlsx", "budget"),
    ("demand.xlsx", "demand"),
    ("problems.xlsx", "problems"),
    ("nuantu.gpkg", "gpkg"),
)


class IndexPage:
    """The index page, with a search for counties, townships and villages; no household counts.

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
        self.counties = {
            county: list(own) for county, own in groupby(doors, key=lambda door: door.county)
        }
        self.whole = WHOLE_PROVINCE
        self.files = [(file, self.said[name]) for file, name in _FILES]
        self.style, self.script = i18n.template("paper.css"), i18n.template("doors.js")
        self.style_hash, self.script_hash = map(_csp_hash, (self.style, self.script))

    def render(self) -> bytes:
        """The page as the bytes of one HTML file."""
        return str(Template(i18n.template("doors.html")).render(this=self)).encode("utf-8")


def _csp_hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
