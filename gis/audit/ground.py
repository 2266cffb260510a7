"""What each count of the ledger rests on: a count whose ground is missing is blank, never 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis import i18n
from gis.errors import Text
from gis.facts.ledger_state import ABSENT, UNKNOWN
from gis.layers.columns import LAYERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gis.facts import Facts

# what a completion is judged by, beside how the home heats
COMPLETION = ("acceptance_result", "accepted_on", "plan_year")
# what tells the year of a conversion that the ledger reports: one of them will do
REPORTED_GROUND = ("plan_year|installed_on|energised_on",)


def grounds(facts: Facts, columns: Sequence[str], by: str = "township_code") -> pd.DataFrame:
    """Whether a count that rests on `columns` of the ledger can be given, and what it leaves out.

    Args:
        facts: The facts; households may have `absent`, see gis.layers.load_layers.
        columns: Columns of the households layer; "a|b": one of them will do.
        by: "township_code" or "village_code".

    Returns:
        One row per township or village, by its code: known (False: the count is blank),
        ledger (False: no household of it is in the ledger), zh and en (why the count is blank or
        what is missing beside it; "" where nothing is).
    """
    villages = facts.villages
    rows = villages.assign(
        without=villages["ledger_state"] == ABSENT,
        unknown=villages["ledger_state"].isin(UNKNOWN),
    )
    table = rows.groupby(by).agg(
        homes=("households", "sum"), without=("without", "all"), unknown=("unknown", "sum")
    )
    table["ledger"] = ~((table["homes"] == 0) & (table["without"] | (table["unknown"] > 0)))
    lacking = _homes_lacking(facts, columns, by).reindex(table.index).fillna(0).astype(int)
    whole = lacking.ge(table["homes"], axis=0) & (table["homes"] > 0).to_numpy()[:, None]
    table["known"] = table["ledger"] & ~whole.any(axis=1)
    said = [
        _said(row, lacking.loc[code], by, ledger=bool(row["ledger"]))
        for code, row in table.iterrows()
    ]
    told = {"zh": [one.zh for one in said], "en": [one.en for one in said]}
    return table[["known", "ledger"]].assign(**told)


def _homes_lacking(facts: Facts, columns: Sequence[str], by: str) -> pd.DataFrame:
    """How many counted homes of each township or village stand in files without each column."""
    homes = facts.households
    counted = (homes["status"] != "rejected") & homes["village_code"].notna()
    absent = homes["absent"] if "absent" in homes else pd.Series("", index=homes.index)
    named = "," + absent[counted].astype("str").fillna("") + ","
    table = pd.DataFrame(
        {
            need: np.logical_and.reduce(
                [named.str.contains(f",{name},", regex=False) for name in need.split("|")]
            )
            for need in columns
        },
        index=named.index,
    )
    return table.groupby(homes.loc[counted, by]).sum()


def _said(row: pd.Series, lacking: pd.Series, by: str, *, ledger: bool) -> Text:
    words = i18n.messages("audit")["ground"]
    if not ledger:
        return i18n.format_message(words, "no_ledger")
    parts = []
    whole = [name for name, homes in lacking.items() if homes and homes >= row["homes"]]
    if whole:
        parts.append(_columns(words, "no_column", whole))
    parts += [
        _columns(words, "no_column_of_some", [name], homes=int(homes))
        for name, homes in lacking.items()
        if 0 < homes < row["homes"]
    ]
    if row["unknown"]:
        key = "some_villages" if by == "township_code" else "incomplete"
        parts.append(i18n.format_message(words, key, n=int(row["unknown"])))
    return Text("；".join(one.zh for one in parts), "; ".join(one.en for one in parts))


def _columns(words: dict[str, dict[str, str]], key: str, names: Iterable[str], **n: int) -> Text:
    listed = [need.split("|") for need in names]
    said = [[f"“{heading_of(name)}”" for name in need] for need in listed]
    zh, en = "".join("或".join(one) for one in said), ", ".join(" or ".join(one) for one in listed)
    return i18n.format_message(words, key, zh=zh, en=en, **n)


def heading_of(name: str) -> str:
    """The usual Chinese heading of a column of the ledger."""
    return LAYERS["households"].by_name[name].aliases.split()[0]
