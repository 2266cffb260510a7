"""The settlement with its sums: by township, by mode, and of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gis import i18n

if TYPE_CHECKING:
    from collections.abc import Iterator

_SUMMED = ["homes", "due_fen", "held_fen", "supplement_fen", "exceptions"]


def with_sums(table: pd.DataFrame) -> pd.DataFrame:
    """`table`, by village or township, with its sums below each township and all at the end.

    In `township` and `village` stands what is no name of a code: that it is a sum, or that nobody
    knows the township. kWh and m3 do not add up: a sum over both has no quantity.
    """
    said = i18n.load("report")["titles"]
    total = said["total"]["zh"]
    unknown = table["township_code"].isna().map({True: said["no_township"]["zh"], False: ""})
    named = table.assign(township=unknown, village="")
    if named.empty:
        return named
    parts: list[pd.DataFrame] = []
    for _, rows in named.groupby("township_code", dropna=False, sort=True):
        parts.append(rows)
        if len(rows) > 1:
            whose = rows[["township_code", "township"]].iloc[0].to_dict()
            parts += [one.assign(**whose, village=total) for one in _sums(rows, total)]
    parts += [one.assign(township=total, village="") for one in _sums(named, total)]
    return pd.concat(parts, ignore_index=True)


def _sums(rows: pd.DataFrame, total: str) -> Iterator[pd.DataFrame]:
    """The sum of each mode, where it adds anything up, and of all."""
    modes = rows["mode"].unique()
    if 1 < len(modes) < len(rows):
        yield rows.groupby("mode", as_index=False)[["quantity", *_SUMMED]].sum()
    whole = rows[_SUMMED].sum().to_frame().T
    quantity = rows["quantity"].sum() if len(modes) == 1 else float("nan")
    yield whole.assign(mode=modes[0] if len(modes) == 1 else total, quantity=quantity)
