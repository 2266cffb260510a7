"""Coded-value domains of geodatabases: codes replaced by their descriptions."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyarrow as pa

from gis.layers.raw_table import RawTable, texts

Domains = Mapping[str, Mapping[str, str]]  # column → code → word
# ASSUME: a longer code (an official number, a word) is itself as clear as its description
_SHORT = re.compile(r"[0-9]{1,3}|[A-Za-z]{1,2}")


def put_words(raw: RawTable, domains: Domains) -> None:
    """Replace short codes by their descriptions; a code without a description is kept."""
    for name, words in domains.items():
        if name in raw.columns:
            raw.columns[name] = _decoded(raw.columns[name], words)


def _decoded(column: pa.Array, words: Mapping[str, str]) -> pa.Array:
    short = {code: word for code, word in words.items() if word and _SHORT.fullmatch(code)}
    return texts([short.get(_normalise_code(value), value) for value in column.to_pylist()])


def _normalise_code(value: str | None) -> str:
    """A code as its domain writes it: "1" where a float column has "1.0"."""
    return re.sub(r"\.0+$", "", value) if value else ""
