"""Rows of the ledger that count nowhere: a few are reported, many stop the run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.facts.problems import ledger_problem
from gis.layers.accepted_problems import is_accepted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from gis.errors import Problem

LAYER = "households"
_COPY = "duplicate_row"  # an identical row counts once: nothing is lost with the copy


def lost_rows(
    households: pd.DataFrame | None,
    villages: pd.DataFrame,
    accept: Collection[str],
    may_lose: float,
) -> tuple[Problem, ...]:
    """The losses of the ledger, blocking unless project.toml accepts them.

    A loss is: more than `may_lose` of the rows, or every row of a file, sheet, township or
    village. An entry "households:TOWNSHIP" accepts every loss of that township.

    Args:
        households: The ledger with the columns of placing, see gis.facts.build; None where it is
            too large to be held at once: then only townships and villages are judged.
        villages: The village table with ledger_rows and households.
        accept: The entries of project.toml.
        may_lose: The share of the rows that may be lost.
    """
    found = list(_of_villages(villages))
    if households is not None:
        accepted = _accepted_codes(villages, accept)
        found += [*_of_layer(households, accepted, may_lose), *_of_files(households)]
    return tuple(replace(one, blocking=not _accepted(one, villages, accept)) for one in found)


def _accepted_codes(villages: pd.DataFrame, accept: Collection[str]) -> set[str]:
    """The codes of the townships whose losses are accepted."""
    names = {entry.partition(":")[2] for entry in accept if entry.startswith(f"{LAYER}:")}
    mine = villages["township_code"].isin(names) | villages["township"].isin(names)
    return set(villages.loc[mine, "township_code"])


def _accepted(problem: Problem, villages: pd.DataFrame, accept: Collection[str]) -> bool:
    return is_accepted(problem, accept) or problem.township in _accepted_codes(villages, accept)


def _is_lost(households: pd.DataFrame) -> pd.Series:
    """Rows that count in no village."""
    return (households["status"] == "rejected") | households["village_code"].isna()


def _of_layer(households: pd.DataFrame, accepted: set[str], may_lose: float) -> Iterator[Problem]:
    own = households[households["reject_reason"] != _COPY]
    lost = own[_is_lost(own)]
    lost = lost[~lost["ledger_village_code"].str[:9].isin(accepted)]
    if len(lost) > may_lose * len(own) + 1e-9:
        reasons = lost["reject_reason"].replace("", "no_village").value_counts()
        facts = {
            "rows": len(own),
            "lost": len(lost),
            "percent": f"{100 * len(lost) / len(own):.1f}",
            "most": f"{100 * may_lose:g}",
            "reasons": "、".join(f"{code} {count:,}" for code, count in reasons.items()),
        }
        yield ledger_problem("rows_lost", "*", facts)


def _of_files(households: pd.DataFrame) -> Iterator[Problem]:
    """Files, and sheets of files, of whose rows none counts; those that only repeat others do."""
    keys = [name for name in ("ledger_file", "ledger_sheet") if name in households]
    if "ledger_file" not in keys:
        return
    own = households[households["reject_reason"] != _COPY]
    lost = _is_lost(own)
    named = own[keys].astype("str").fillna("").assign(lost=lost, rows=1)
    found = named.groupby(keys, sort=True)[["lost", "rows"]].sum().reset_index()
    for row in found[found["lost"] == found["rows"]].to_dict("records"):
        place = "/".join(row[key] for key in keys).rstrip("/")
        yield ledger_problem("file_lost", place, {"file": place, "rows": row["rows"]})


def _of_villages(villages: pd.DataFrame) -> Iterator[Problem]:
    """Townships, and villages of others, that the ledger names and of whose rows none counts."""
    named = villages[villages["ledger_rows"] > 0]
    gone = named["households"] == 0
    whole = gone.groupby(named["township_code"]).transform("all")
    for code, rows in named[whole].groupby("township_code", sort=True):
        facts = _names(rows, rows.iloc[0]["township"]) | {"code": code}
        yield replace(ledger_problem("township_lost", str(code), facts), township=str(code))
    for row in named[gone & ~whole].to_dict("records"):
        facts = {"name": f"{row['township']}{row['village']}", "rows": row["ledger_rows"]}
        code = str(row["village_code"])
        own = ledger_problem("village_lost", code, facts)
        yield replace(own, township=str(row["township_code"]))


def _names(rows: pd.DataFrame, name: str) -> dict[str, Any]:
    return {"name": name, "rows": int(rows["ledger_rows"].sum())}
