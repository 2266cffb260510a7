"""What changed between two ledgers, in the words of the office."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gis.audit.ledger_changes import restatements
from gis.report.translate import heading, in_words

if TYPE_CHECKING:
    from datetime import date

    from gis.report.run import Run


def restated(before: pd.DataFrame, day: date, run: Run) -> pd.DataFrame:
    """What changed between the households of an earlier edition, of as-of day `day`, and now.

    The columns of gis.audit.ledger_changes, each by its heading and its values in words, with the
    names of the villages.
    """
    plan, as_of = run.policy.plan, run.project.as_of
    table = restatements(before, run.facts.households, plan, day, as_of)
    names = run.facts.villages.set_index("village_code")["village"]
    said = {
        side: [in_words(*pair) for pair in zip(table["column"], table[side], strict=True)]
        for side in ("before", "after")
    }
    for side in ("before", "after"):
        table[f"village_{side}"] = table.pop(f"village_code_{side}").map(names)
    columns = table["column"].map(lambda name: heading(name) if name else "")
    return table.assign(column=columns, **said)
