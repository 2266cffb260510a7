"""What the edition before says of itself: its as-of day, and its households."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gis.errors import InputError, Text
from gis.publish.places import MANIFEST

HOUSEHOLDS = "planner/households.parquet"


def earlier_households(previous: Path) -> tuple[pd.DataFrame, date]:
    """The households of the edition in `previous`, and its as-of day.

    Raises:
        InputError: the folder holds no edition of ours.
    """
    try:
        told = json.loads((previous / MANIFEST).read_text("utf-8"))
        day = date.fromisoformat(told["project"]["as_of"])
        table = pq.read_table(previous / HOUSEHOLDS).to_pandas(date_as_object=False)
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        zh = f"上一版 {previous} 不完整（{MANIFEST}、{HOUSEHOLDS}）。请指向完整的上一版文件夹。"
        en = (
            f"the previous edition {previous} is not whole ({MANIFEST}, {HOUSEHOLDS}). Point to "
            "the whole folder of the previous edition."
        )
        raise InputError(Text(zh, en)) from error
    return table, day
