"""What a problem says at the desk: in names instead of keys, and at which step it is mended."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from gis import i18n
from gis.desk.reading import SCHEMAS, column_words
from gis.errors import Text
from gis.layers.placeholders import PLACEHOLDER

if TYPE_CHECKING:
    from gis.api.problem_groups import Group
    from gis.errors import Problem
    from gis.layers.schema import Column

_NAMED = {"project.title.zh": "title_zh", "project.title.en": "title_en", "policy.name": "plan",
          "policy.document": "document"}  # fmt: skip
_KEY = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")
_SHOWN = 20  # problems of one cause in a short list


@dataclass(frozen=True)
class WayOut:
    """Where the desk does what a remedy says of the project's own files.

    way   what to do, in the table [way] of the words
    step  where; "" on this page
    file  the file that it is about, "" for none
    """

    way: str
    step: str = ""
    file: str = ""
    address: str = ""


_WAYS = (  # what a remedy says of project.toml, and where the desk writes that
    (r"\bcad =", "cad", "places", "/places#cad-1"),
    (r"\bmend_swapped\b", "swapped", "places", "/places#crs-h"),
    (r"\[names\]", "villages", "places", "/places#names-h"),
    (
        r"\b(?:rename|values|factors|id|township) =|\brename\b|\btownship in\b",
        "columns",
        "columns",
        "",
    ),
    (r"\bcrs\b", "crs", "places", "/places#crs-h"),
    (r"\baccept = ", "accept", "", ""),
    (r"\bpath = ", "files", "files", "/files"),
)


def way_out(one: Problem) -> WayOut | None:
    """Where the desk does what a remedy says of project.toml or policy.toml; None elsewhere."""
    if one.code == PLACEHOLDER and one.layer.endswith(".toml"):
        return WayOut("names", "files", "", "/files#about-h")
    text = one.remedy.en
    if "project.toml" not in text:
        return None
    for pattern, way, step, address in _WAYS:
        if re.search(pattern, text):
            if step != "columns":
                return WayOut(way, step, "", address)
            if one.layer in SCHEMAS and one.file and not one.file.startswith("$"):
                return WayOut(way, step, one.file, f"/columns?{urlencode({'file': one.file})}")
    return None


def said_of(one: Problem) -> Text:
    """What a problem says, with our keys called by their names."""
    if one.code != PLACEHOLDER or one.column not in _NAMED:
        return _in_names(one, one.message)
    name = i18n.format_message(i18n.messages("desk")["files"], _NAMED[one.column])
    zh = f"{name.zh}写的是“{one.value}”，是占位文字，不是真实的名称或文号"
    return Text(zh, f"{name.en}: {one.value!r} is a placeholder and no real name or number")


def remedy_of(one: Problem) -> Text:
    """What helps, with our columns called by their names."""
    return _in_names(one, one.remedy)


def _in_names(one: Problem, text: Text) -> Text:
    """The same with every column of the layer by its name; what is to be typed stays."""
    known = {**SCHEMAS["households"].by_name, **_columns_of(one.layer)}

    def named(found: re.Match[str]) -> str:
        return column_words(known[found[0]]).en if found[0] in known else found[0]

    en = text.en if " = " in text.en else _KEY.sub(named, text.en)
    return Text(text.zh, en)


def _columns_of(layer: str) -> Mapping[str, Column]:
    return SCHEMAS[layer].by_name if layer in SCHEMAS else {}


def obstacles(groups: Iterable[Group]) -> Iterator[tuple[Text, WayOut]]:
    """What is in the way of deciding, each with where it is mended; of rows one is an example."""
    for group in groups:
        if group.blocking:
            of_rows = any(one.row_label for one in group.problems)
            for one in group.problems[: 1 if of_rows else _SHOWN]:
                seen = WayOut("", "problems", "", f"/problems?{urlencode({'cause': cause(group)})}")
                found = way_out(one)
                yield said_of(one), found if found and found.step else seen


def cause(group: Group) -> str:
    """What a group of problems is called in an address."""
    return f"{group.problems[0].layer}:{group.problems[0].code}"
