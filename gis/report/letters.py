"""整改通知书 as letters: a notice a page, one line a thing it says."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis import i18n
from gis.report.csv_table import as_text
from gis.report.translate import heading

_SAYS = (
    "notice_no", "township", "village", "household_id", "owner", "address", "premises_id", "zones", "inspected_on",
    "found_zh", "coal_kg", "asked_zh", "rectify_by", "overdue", "responsible_unit", "issued_on",
    "expires_on",
)  # fmt: skip


def letters(register: pd.DataFrame) -> pd.DataFrame:
    """township_code, notice_no, item, said: the lines of every notice of `register`, in order.

    register: one row a notice, as gis.report.office_papers lists them. What a notice leaves blank is no
    line; the last one is to be signed by whom it is handed to.
    """
    signed = i18n.load("report")["titles"]
    columns = {name: register[name].map(as_text) for name in _SAYS if name in register}
    lines = {heading(name): said for name, said in columns.items()}
    lines[signed["received"]["zh"]] = pd.Series(signed["receipt"]["zh"], index=register.index)
    whole = pd.DataFrame(
        {
            "township_code": np.tile(register["township_code"].to_numpy(dtype=object), len(lines)),
            "notice_no": np.tile(register["notice_no"].to_numpy(dtype=object), len(lines)),
            "item": np.repeat(np.array(list(lines), dtype=object), len(register)),
            "said": np.concatenate([said.to_numpy(dtype=object) for said in lines.values()]),
            "of": np.tile(np.arange(len(register)), len(lines)),
        }
    )
    kept = whole[(whole["said"] != "").to_numpy(dtype=bool)]
    return kept.sort_values("of", kind="stable", ignore_index=True).drop(columns="of")
