"""What each count of the ledger rests on: a count whose ground is missing is blank, never 0."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis import i18n
from gis.errors import Text
from gis.facts.ledger_state import ABSENT, UNKNOWN
from gis.layers.columns import LAYERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gis.facts import Facts
    from gis.policy import Policy

# what a completion is judged by, beside how the home heats
COMPLETION = ("acceptance_result", "accepted_on", "plan_year", "acceptance_by")
# what tells the year of a conversion that the ledger reports: one of them will do
REPORTED_GROUND = ("plan_year|installed_on|energised_on",)


def completion_ground(policy: Policy) -> tuple[str, ...]:
    """The columns that a completion is judged by; without its author where blank ones count."""
    return COMPLETION if policy.progress.author_needed else COMPLETION[:-1]


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
    table, lacking = _basis(facts, columns, by)
    table["known"] = table["ledger"] & ~_without(table, lacking).any(axis=1)
    told = pd.DataFrame("", table.index, ["zh", "en"], dtype="str")
    silent = table["ledger"] & (table["unknown"] == 0) & (lacking == 0).all(axis=1)
    for code, row in table[~silent].iterrows():
        said = _said(row, lacking.loc[code], by, ledger=bool(row["ledger"]))
        told.loc[code] = [said.zh, said.en]
    return table[["known", "ledger"]].join(told)


def known_counts(
    facts: Facts, rests_on: Mapping[str, Sequence[str]], by: str = "village_code"
) -> pd.DataFrame:
    """Whether each count can be given: `known` of `grounds`, a column a count.

    Args:
        facts: As for `grounds`.
        rests_on: By count, the columns of the ledger that it rests on.
        by: "township_code" or "village_code".
    """
    table, lacking = _basis(facts, list(dict.fromkeys(chain(*rests_on.values()))), by)
    without = _without(table, lacking)
    return pd.DataFrame(
        {
            name: table["ledger"] & ~without[list(columns)].any(axis=1)
            for name, columns in rests_on.items()
        }
    )


def _basis(facts: Facts, columns: Sequence[str], by: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """By township or village: homes, unknown villages and ledger; and the homes lacking columns."""
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
    return table, lacking


def _without(table: pd.DataFrame, lacking: pd.DataFrame) -> pd.DataFrame:
    """Where all homes stand in files without a column."""
    return lacking.ge(table["homes"], axis=0) & (table["homes"] > 0).to_numpy()[:, None]


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
