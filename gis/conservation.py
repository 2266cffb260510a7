"""No household is lost between two stages, and none is there twice: held while it runs.

Every stage that hands households on asks `conserved`. What it raises is a fault of the program,
never of the data, and stops the run before anything is published.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gis.errors import ConservationError, Text

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 3


def check_same_ids(stage: Text, before: pd.Series, after: pd.Series) -> None:
    """See that the households that left a stage are those that came to it.

    before, after: household ids, in any order; missing ids, and ids that the ledger has twice, as
    often as they are there.

    Raises:
        ConservationError: some are gone, or there more often than they came.
    """
    if before.reset_index(drop=True).equals(after.reset_index(drop=True)):
        return
    came, left = (Counter(ids.fillna("").tolist()) for ids in (before, after))
    gone, more = list((came - left).elements()), list((left - came).elements())
    if not gone and not more:
        return
    examples = [str(one) or "—" for one in sorted([*gone[:_SHOWN], *more[:_SHOWN]])]
    zh = (
        f"{stage.zh}：来了 {len(before)} 户，出去 {len(after)} 户；丢失 {len(gone)} 户，多出 "
        f"{len(more)} 户（如 {'、'.join(examples)}）。这是程序的错，没有发布；请把运行日志发给维护者。"
    )
    en = (
        f"{stage.en}: {len(before)} households came and {len(after)} left; {len(gone)} are lost "
        f"and {len(more)} too many (such as {', '.join(examples)}). This is a fault of the "
        "program; nothing was published. Send the run log to its maintainers."
    )
    raise ConservationError(Text(zh, en))


def check_aligned(stage: Text, ids: pd.Series, table: pd.DataFrame) -> None:
    """See that `table` has the rows of `ids`, by index, each once.

    Raises:
        ConservationError: some are gone, or there more often.
    """
    if not table.index.equals(ids.index):
        check_same_ids(stage, ids, ids.reindex(table.index))
