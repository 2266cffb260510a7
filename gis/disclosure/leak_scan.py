"""The last look before the public edition goes out, at the finished bytes themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gis.disclosure.fixed_words import said_anyway
from gis.disclosure.personal_data import Secrets, fold
from gis.disclosure.positions import Vertices, vertices
from gis.disclosure.views import Raw, Reader
from gis.disclosure.wide import Wide
from gis.errors import PublicationError, Text
from gis.pages.model import Edition
from gis.pages.render import own_text
from gis.report.personal_numbers import personal_numbers

_NUMBER = re.compile(r"\d\d")


class Leak(NamedTuple):
    """Something personal in a public file: which file, what kind. Never the value itself."""

    file: str
    kind: str


def refuse(files: Mapping[str, bytes], check: Check) -> None:
    """Raise PublicationError if anything personal stands in `files`, which are to be public."""
    leaks = sorted(set(check.leaks_in(files)))
    if leaks:
        listed = ", ".join(f"{leak.file} ({leak.kind})" for leak in leaks[:5])
        zh = (
            f"公众版里发现个人信息，没有发布：{listed}。"
            "请检查项目的标题、图层的来源等文字是否写入了住户信息。"
        )
        en = (
            f"personal data was found in the public edition, nothing was published: {listed}. "
            "Check whether a text of the project (a title, a source) carries household data."
        )
        raise PublicationError(Text(zh, en))


@dataclass(frozen=True)
class Check:
    """What is hidden, the words that are public whoever bears them, the places that are drawn."""

    hidden: Secrets
    known: set[str]
    drawn: Vertices
    wide: Wide

    @classmethod
    def of(cls, edition: Edition, hidden: Secrets, known: set[str]) -> Check:
        """The check of a public edition; known: as `public_words` gives them."""
        own = " ".join((fold(own_text()), *sorted(known)))
        said = known | said_anyway(edition)
        return cls(hidden, said, _drawn(edition), Wide.of(hidden.words.keys(), own))

    def leaks_in(self, files: Mapping[str, bytes]) -> Iterator[Leak]:
        """Every leak in `files`."""
        reader = Reader()
        for name, content in sorted(files.items()):
            for view in reader.views(name, content):
                yield from (Leak(name, kind) for kind in self._kinds(view))

    def _kinds(self, view: str | bytes | Raw) -> Iterator[str]:
        if isinstance(view, str):
            return self._text(view)
        return self._raw(view.content) if isinstance(view, Raw) else self._blob(view)

    def _text(self, text: str) -> Iterator[str]:
        yield from self.hidden.columns_in(text, self.known)
        if not _NUMBER.search(text):
            return
        yield from personal_numbers(text, self.known)
        if self.hidden.positions.given_away(text, self.drawn):
            yield "household position"

    def _raw(self, content: bytes) -> Iterator[str]:
        for word in self.wide.found_in(content):
            if word not in self.known:
                yield self.hidden.words[word]

    def _blob(self, content: bytes) -> Iterator[str]:
        if self.hidden.positions.packed(content, self.drawn):
            yield "household position"


def _drawn(edition: Edition) -> Vertices:
    """Every vertex of the layers that may be drawn, and the middles of villages."""
    at = [(gap["lon"], gap["lat"]) for gap in edition.gaps]
    for collection in edition.geometry.values():
        for feature in collection["features"]:
            at.extend(_vertices(feature["geometry"]["coordinates"]))
    places = np.array(at, dtype=float).reshape(-1, 2)
    return vertices(places[:, 0], places[:, 1])


def _vertices(coordinates: object) -> Iterator[tuple[float, float]]:
    if isinstance(coordinates, (list, tuple)) and coordinates:
        if isinstance(coordinates[0], float):
            yield float(coordinates[0]), float(coordinates[1])
        else:
            for one in coordinates:
                yield from _vertices(one)
