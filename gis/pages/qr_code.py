"""A QR code as an SVG path, drawn in the page itself: no picture, no request."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

import segno

_MASK = 3
"""Of the eight patterns that a code can be laid over: the best or nearly the best of Chinese texts
(penalty of ISO/IEC 18004: 2053 on average, of the best each 2038). To try all takes five times as
long; every reader reads every one.
"""
_QUIET = 4
"""Blank modules around a code, as ISO/IEC 18004 wants them."""


class QrCode(NamedTuple):
    """A code of `side` modules with its quiet zone; `path` has one bar a run of dark modules."""

    side: int
    path: str


@lru_cache(maxsize=1024)
def make_qr_code(text: str) -> QrCode:
    """The code of `text`, of level M: readable with 15 % of it worn off."""
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
