"""QR codes as SVG paths inside the page, without image files or requests."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

import segno

_MASK = 3
"""One of the eight mask patterns: nearly the best for Chinese texts (average penalty of ISO/IEC
18004: 2053; with the best mask for each text 2038). Trying all takes five times as long, and every
reader can read every pattern.
"""
_QUIET = 4
"""Blank modules around a code, as ISO/IEC 18004 requires."""


class QrCode(NamedTuple):
    """A code of `side` modules including its quiet zone; `path` has one bar for each dark run."""

    side: int
    path: str


@lru_cache(maxsize=1024)
def make_qr_code(text: str) -> QrCode:
    """The QR code of `text`, error correction level M: readable with 15 % of it damaged."""
    made = segno.make(text, error="m", micro=False, boost_error=False, mask=_MASK)
    bars = [bar for y, row in enumerate(made.matrix, _QUIET) for bar in _bars(row, y)]
    return QrCode(len(made.matrix) + 2 * _QUIET, "".join(bars))


def _bars(row: bytearray, y: int) -> list[str]:
    bars, x = [], _QUIET
    for dark, run in groupby(row):
        width = len(list(run))
        if dark:
            bars.append(f"M{x},{y}h{width}v1h-{width}z")
        x += width
    return bars
