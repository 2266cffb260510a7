"""Coded values: what a geodatabase keeps as a number and shows as a word."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyarrow as pa

from gis.layers.raw_table import RawTable, texts

Domains = Mapping[str, Mapping[str, str]]  # column → code → word
# ASSUME: a longer code (an official number, a word) says itself what its word says
_SHORT = re.compile(r"[0-9]{1,3}|[A-Za-z]{1,2}")


def put_words(raw: RawTable, domains: Domains) -> None:
    """Replace the short codes of coded columns by their words; a code without one stays."""
    for name, words in domains.items():
        if name in raw.columns:
            raw.columns[name] = _worded(raw.columns[name], words)


def _worded(column: pa.Array, words: Mapping[str, str]) -> pa.Array:
    short = {code: word for code, word in words.items() if word and _SHORT.fullmatch(code)}
    return texts([short.get(_plain(value), value) for value in column.to_pylist()])


def _plain(value: str | None) -> str:
    """A code as its domain writes it: 1, where a column of decimals has 1.0."""
    return re.sub(r"\.0+$", "", value) if value else ""
