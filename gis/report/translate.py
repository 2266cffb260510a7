"""Tables in the office's words: headings, and words for the keys of code lists."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from gis import i18n

# column → (file of words, table in it)
_VALUES = {
    "approach": ("terms", "approach"),
    "computed": ("terms", "approach"),
    "runner_up": ("terms", "approach"),
    "individual_route": ("terms", "approach"),
    "approach_a": ("terms", "approach"),
    "approach_b": ("terms", "approach"),
    "mode": ("terms", "approach"),
    "status": ("terms", "status"),
    "device": ("terms", "device"),
    "device_chosen": ("terms", "device"),
    "complements": ("terms", "complement"),
    "heating": ("terms", "heating"),
    "served": ("terms", "served"),
    "zone_position": ("terms", "zone_position"),
    "clearance": ("terms", "clearance"),
    "verdict": ("terms", "verdict"),
    "part": ("terms", "part"),
    "gap": ("terms", "gap_kind"),
    "kind": ("terms", "gap_kind"),
    "asset": ("terms", "asset"),
    "layer": ("terms", "layer"),
    "placing": ("report", "placing"),
    "occupancy": ("report", "occupancy"),
    "acceptance_by": ("report", "acceptance"),
    "acceptance_result": ("report", "acceptance"),
    "section": ("report", "section"),
    "change": ("report", "change"),
    "forecast_note": ("audit", "forecast"),
    "stage": ("audit", "count"),
    "why": ("audit", "why"),
    "reject_reason": ("report", "reject_reason"),
    "carrier": ("report", "carrier"),
}


def heading(column: str, lang: str = "zh") -> str:
    """What the column is called in a workbook; an unknown one keeps its name."""
    pair = i18n.load("report")["columns"].get(column.removeprefix("extra:"))
    return str(pair[lang]) if pair else column.removeprefix("extra:")


def in_words(column: str, value: str, lang: str = "zh") -> str:
    """One value of a column in words; what no code list knows stays."""
    return _known(column, lang).get(value, value)


def worded(table: pd.DataFrame, lang: str = "zh") -> pd.DataFrame:
    """`table` with its code-list keys, and true and false, in words; headings unchanged."""
    said = {name: _said(table[name], lang) for name in table.columns}
    return pd.DataFrame(said, index=table.index)


def _said(column: pd.Series, lang: str) -> pd.Series:
    if isinstance(column.dtype, pd.BooleanDtype) or column.dtype == bool:
        answer = i18n.load("report")["answer"]
        yes, no = answer["yes"][lang], answer["no"][lang]
        said = np.where(column.fillna(value=False).astype(bool), yes, no)
        return pd.Series(said, index=column.index, name=column.name).where(column.notna(), None)
    known = _known(str(column.name), lang)
    if not known:
        return column
    codes, values = pd.factorize(column)
    said = np.array([*(_named(value, known, lang) for value in values), None], dtype=object)
    return pd.Series(said[codes], index=column.index, name=column.name)


def _named(value: Any, known: dict[str, str], lang: str) -> Any:  # noqa: ANN401  # any cell
    """A key in words; several are joined by "+"."""
    if not isinstance(value, str) or "+" not in value:
        return known.get(value, value)
    comma = "、" if lang == "zh" else ", "
    return comma.join(known.get(key, key) for key in value.split("+"))


@cache
def _known(column: str, lang: str) -> dict[str, str]:
    if column not in _VALUES:
        return {}
    file, table = _VALUES[column]
    return {key: pair[lang] for key, pair in i18n.load(file)[table].items()}
