"""The words and looks of what is published, which lie in `maps/` and travel in the wheel."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

from gis.errors import Text


@cache
def messages(name: str) -> dict[str, Any]:
    """The table of words `maps/words/<name>.toml`; treat it as read-only."""
    return tomllib.loads(_folder("words").joinpath(f"{name}.toml").read_text("utf-8"))


@cache
def template(name: str) -> str:
    """The text of `maps/looks/<name>` (a template, a style sheet, a script)."""
    return _folder("looks").joinpath(name).read_text("utf-8")


def format_message(table: dict[str, Any], key: str, **numbers: object) -> Text:
    """Fill the pair of templates `table[key] = {zh = "…", en = "…"}` with `numbers`."""
    pair = table[key]
    return Text(pair["zh"].format(**numbers), pair["en"].format(**numbers))


def _folder(name: str) -> Traversable:
    """The folder in the installed package; in a checkout, where the wheel takes it from."""
    installed = files("gis").joinpath(f"_{name}")
    return installed if installed.is_dir() else Path(__file__).parent.parent / "maps" / name


class Words(TypedDict):
    """A text in Chinese and in English."""

    zh: str
    en: str
