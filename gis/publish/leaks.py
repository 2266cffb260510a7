"""The last look before the public edition goes out, at the finished bytes themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gis.errors import PublicationError, Text
from gis.pages.edition import Edition
from gis.publish.numbers import personal_numbers
from gis.publish.secrets import Secrets, secrets, words_in
from gis.publish.vocabulary import public_words

if TYPE_CHECKING:
    from gis.publish.results import Results

_PAIR = re.compile(r"(-?\d{1,3}\.\d{4,})\s*[,; ]\s*(-?\d{1,3}\.\d{4,})")
_DECIMALS = (5, 6)


class Leak(NamedTuple):
    """Something personal in a public file: which file, what kind. Never the value itself."""

    file: str
    kind: str


def refuse(files: Mapping[str, bytes], edition: Edition, results: Results) -> None:
    """Raise PublicationError if anything personal stands in `files`, which are to be public."""
    leaks = sorted(set(find(files, edition, results)))
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


def find(files: Mapping[str, bytes], edition: Edition, results: Results) -> Iterator[Leak]:
    """Every leak in `files`."""
    hidden = secrets(results)
    known = public_words(results)
    drawn = _drawn(edition)
    for name, content in sorted(files.items()):
        text = content.decode("utf-8", "replace")
        for kind in _in_text(text, hidden, known, drawn):
            yield Leak(name, kind)


def _in_text(
    text: str, hidden: Secrets, known: set[str], drawn: set[tuple[float, float]]
) -> Iterator[str]:
    yield from personal_numbers(text, known)
    for word in (words_in(text) & hidden.values.keys()) - known:
        yield hidden.values[word]
    if _places(text, hidden, drawn):
        yield "household position"


def _places(text: str, hidden: Secrets, drawn: set[tuple[float, float]]) -> bool:
    pairs = {(float(a), float(b)) for a, b in _PAIR.findall(text)} - drawn
    pairs -= {(b, a) for a, b in pairs if (b, a) in drawn}
    if not pairs:
        return False
    at = np.array(sorted(pairs))
    return bool((hidden.near(at[:, 0], at[:, 1]) | hidden.near(at[:, 1], at[:, 0])).any())


def _drawn(edition: Edition) -> set[tuple[float, float]]:
    """Every vertex of the layers that may be drawn, as rounded for a page."""
    found: set[tuple[float, float]] = set()
    for collection in edition.geometry.values():
        for feature in collection["features"]:
            found.update(_vertices(feature["geometry"]["coordinates"]))
    found |= {(gap["lon"], gap["lat"]) for gap in edition.gaps}
    return {(round(x, n), round(y, n)) for x, y in found for n in _DECIMALS}


def _vertices(coordinates: object) -> Iterator[tuple[float, float]]:
    if isinstance(coordinates, (list, tuple)):
        if coordinates and isinstance(coordinates[0], float):
            yield float(coordinates[0]), float(coordinates[1])
        else:
            for one in coordinates:
                yield from _vertices(one)
