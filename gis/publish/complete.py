"""Every household of the ledger is in what is handed out, once: seen in the finished tables."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.parquet as pq

from gis.conservation import conserved
from gis.errors import Text
from gis.report.parquet import parquet_bytes
from gis.report.townships import mine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gis.report.metadata import About
    from gis.report.office_papers import Book

_WRITING = Text("成果表", "the tables handed out")
_SHARING = Text("分发各乡镇", "sharing out to the townships")


def whole(ids: pd.Series, *handed_out: pd.DataFrame) -> None:
    """See that each of the tables has the households `ids`, each once.

    Raises:
        ConservationError: some are gone, or there more often.
    """
    for table in handed_out:
        conserved(_WRITING, ids, table["household_id"])


def whole_parquet(homes: pd.DataFrame, told: About) -> bytes:
    """`homes` as Parquet, read back.

    Raises:
        ConservationError: some are gone, or there more often.
    """
    content = parquet_bytes(homes, told)
    back = pq.read_table(io.BytesIO(content), columns=["household_id"]).to_pandas()
    whole(homes["household_id"], back)
    return content


def shared_out(listed: Book, townships: Iterable[str]) -> None:
    """See that every household of one of the townships is in the list of just one of them.

    listed: the working list of all households.

    Raises:
        ConservationError: some are gone, or there more often.
    """
    codes = [str(code) for code in townships]
    for one in listed:
        ids = one.table["household_id"]
        shared = [ids[mine(one, code)] for code in codes]
        theirs = ids[one.table["township_code"].isin(codes)]
        conserved(_SHARING, theirs, pd.concat([ids.iloc[:0], *shared]))
