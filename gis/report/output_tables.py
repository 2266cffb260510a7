"""Output tables with the column names of the contract.

Among them the basis of a report: sources of layers, unverified quantities, missing layers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis import i18n
from gis.costs.heat_demand import household_demand
from gis.costs.route_costs import GROUNDS
from gis.decide import waiting_villages
from gis.errors import Problem, Text
from gis.facts.ledger_state import ABSENT
from gis.layers.columns import LAYERS
from gis.output_columns import (
    File,
    household_sources,
    masked_columns,
    missing_source,
    of_household,
    of_village,
    village_sources,
)
from gis.policy.differences import setting_name, unit_words
from gis.report.metadata import without_location
from gis.report.translate import masked, masked_table

if TYPE_CHECKING:
    from gis.decide import Decisions
    from gis.facts import Facts
    from gis.layers.read_source import Origin
    from gis.policy import Policy
    from gis.report.metadata import RunResults

_HEAT = "heat_need_mwh_a"
_FEN = ("_fen", "_fen_a")
TRIED = (
    "village_code", "part", "route", "eligible", "has_capacity", "code", "clause", "reason",
    "cost_cny_a", "reason_en",
)  # fmt: skip
PROBLEMS = (
    "layer", "code", "row", "column", "value", "message", "remedy", "blocking", "message_en",
    "remedy_en", "file", "sheet", "row_id", "township_code", "note",
)  # fmt: skip
TARGETS = (
    "unit_code", "unit", "mode", "target", "decided", "batch", "batch_draft", "awaiting",
    "self_checked", "accepted", "completed", "late", "reported", "stock", "remaining",
    "rate_needed_per_week", "forecast_low", "forecast_high", "forecast_note",
    "ground_zh",
)  # fmt: skip


def decision_table(run: RunResults) -> pd.DataFrame:
    """One row per village or part; costs in yuan per year for the whole village or part.

    flip_margin is in Chinese, flip_margin_en in English; so are reason and reason_en. The counts of
    a village of which the ledger has no row are blank: its reason says so.
    """
    table = village_columns(run.decisions.villages, run, village_sources("table"))
    villages = run.facts.villages
    silent = villages.loc[villages["ledger_state"] == ABSENT, "village_code"]
    absent = table["village_code"].isin(silent).to_numpy(dtype=bool)
    if absent.any():
        counts = [one.name for one in of_village("table") if one.kind == "count"]
        table[counts] = table[counts].astype("Int64")
        table.loc[absent, counts] = pd.NA
    return table.sort_values(["village_code", "part"], ignore_index=True)


def village_columns(
    decided: pd.DataFrame, run: RunResults, sources: Mapping[str, str]
) -> pd.DataFrame:
    """Columns of villages or parts, one row per row of `decided`.

    sources: name → source column, in `decided`, the village facts, or GROUNDS.

    Raises:
        KeyError: none has a source column.
    """
    facts = run.facts.villages.set_index("village_code")
    if set(GROUNDS) & set(sources.values()):
        decided = decided.assign(**grounds(decided, run.route_costs))
    columns: dict[str, pd.Series] = {}
    for name, source in sources.items():
        if source not in decided and source not in facts:
            raise missing_source(name, source)
        columns[name] = in_yuan(
            decided[source] if source in decided else decided["village_code"].map(facts[source])
        )
    return pd.DataFrame(columns)


def grounds(decided: pd.DataFrame, priced: pd.DataFrame) -> dict[str, pd.Series]:
    """Homes still to convert by what their annual heat stands on; blank without a route."""
    keys = ["village_code", "part", "approach"]
    known = priced.rename(columns={"route": "approach"}).set_index(keys)[[*GROUNDS]]
    own = known.reindex(pd.MultiIndex.from_frame(decided[keys])).astype("Int64")
    own = own.set_axis(decided.index)
    return {name: own[name].mask(decided["pending"] == 0, 0) for name in GROUNDS}


def in_yuan(column: pd.Series) -> pd.Series:
    """The column, converted to yuan if it is in fen."""
    return yuan(column) if str(column.name).endswith(_FEN) else column


def tried_table(decisions: Decisions) -> pd.DataFrame:
    """One row per village or part and route; costs in yuan per year of all its homes."""
    table = decisions.tried.rename(columns={"reason_zh": "reason"})
    table["cost_cny_a"] = yuan(table["cost_fen_a"])
    return _chosen(table, TRIED)


def waiting_table(run: RunResults) -> pd.DataFrame:
    """The villages whose route waits for works, in the order to schedule them, in yuan."""
    table = waiting_villages(run.facts, run.decisions, run.route_costs, run.policy)
    told = table.assign(works_cny=yuan(table["works_fen"].astype("Int64")))
    told = told.drop(columns=["works", "works_fen"]).rename(columns={"works_zh": "works"})
    return told[[name for name in told.columns if name != "works_en"] + ["works_en"]]


def yuan(fen: pd.Series) -> pd.Series:
    """Fen converted to yuan with two decimals."""
    return (fen.astype("float64").round() / 100).round(2)


def household_table(run: RunResults) -> pd.DataFrame:
    """Every household of the ledger once, in ledger order, without personal columns."""
    return household_columns(run, "table")


def household_columns(run: RunResults, file: File) -> pd.DataFrame:
    """Declared columns of a file, aligned on the households of the facts.

    Raises:
        KeyError: no table of the run has a source column.
    """
    found = [run.facts.households, run.decisions.households, run.clearance.households]
    sources = household_sources(file)
    if _HEAT in sources:
        approach = run.decisions.households["approach"]
        found.insert(0, household_demand(run.facts, run.policy, approach))
    return _columns_of(found, sources)


def _columns_of(found: Sequence[pd.DataFrame], sources: Mapping[str, str]) -> pd.DataFrame:
    """Columns from aligned tables, each from the first table that has it.

    A missing column of the ledger is blank; any other missing column raises KeyError.
    """
    rows = found[0].index
    columns: dict[str, pd.Series] = {}
    for name, source in sources.items():
        table = next((one for one in found if source in one), None)
        if table is None and source not in LAYERS["households"].by_name:
            raise missing_source(name, source)
        columns[name] = pd.Series(np.nan, index=rows) if table is None else table[source]
    return pd.DataFrame(columns, index=rows)


def working_list(households: pd.DataFrame, facts: Facts, *, unmask: bool) -> pd.DataFrame:
    """The working list of `households`, with personal columns masked unless `unmask`.

    Of the ledger's personal and undeclared columns, those with values are included.
    """
    names = facts.villages.set_index("village_code")[["village", "township"]]
    named = {name: households["village_code"].map(names[name]) for name in names}
    own = facts.households.reindex(households.index)
    placing = own["status"].mask(without_location(own), "no_location")
    found = [households.assign(**named, placing=placing), own]
    table = _columns_of(found, household_sources("list"))
    ledger = facts.households
    personal = [column.name for column in of_household("list") if column.personal]
    unknown = [name for name in ledger.columns if str(name).startswith("extra:")]
    for name in (*personal, *unknown):
        column = ledger.get(name)
        if column is not None and column.notna().any():
            table[name] = masked(name, column.reindex(table.index), unmask=unmask)
    return masked_table(table, unmask=unmask)


def problem_table(problems: Iterable[Problem], *, unmask: bool = False) -> pd.DataFrame:
    """One row per problem, in the order of the stages."""
    rows = [
        (
            one.layer, one.code, one.row, one.column, one.value, one.message.zh, one.remedy.zh,
            one.blocking, one.message.en, one.remedy.en, one.file, one.sheet, one.key, one.township,
            one.note,
        )
        for one in problems
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=list(PROBLEMS)).astype({"row": "Int64"})
    for name in masked_columns() if not unmask else ():
        mine = table["column"] == name
        table.loc[mine, "value"] = masked(name, table.loc[mine, "value"], unmask=False)
    return masked_table(table, unmask=unmask)


def target_table(units: pd.DataFrame) -> pd.DataFrame:
    """One row per unit and mode that has a target or a completion."""
    return _chosen(units, TARGETS).sort_values(["unit_code", "unit", "mode"], ignore_index=True)


def _chosen(table: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    return table.reindex(columns=list(columns))


_ORIGIN = ("layer", "path", "rows_read", "source", "licence", "steward", "layer_as_of")
_QUANTITY = (
    "parameter", "parameter_en", "key", "in_use", "unit", "range_low", "range_high", "source",
    "range_source",
    "valid_from", "shipped",
)  # fmt: skip


def origin_table(origins: Iterable[Origin]) -> pd.DataFrame:
    """One row per file of a layer, in the order of project.toml."""
    rows = [
        (one.layer, one.path, one.rows, one.source, one.licence, one.steward, one.as_of)
        for one in origins
    ]
    table = pd.DataFrame(rows, columns=list(_ORIGIN))
    return table.assign(layer_as_of=pd.to_datetime(table["layer_as_of"]))


def unverified_table(policy: Policy, as_of: date) -> pd.DataFrame:
    """Quantities in use without a valid source on the as-of date, in order of their key.

    A verified quantity that is not yet in force is used, because the policy has no other, and
    listed.

    parameter and parameter_en (its name), key, in_use, unit, range_low and range_high (within which
    it is believed; NaN: not stated), source, range_source ("": as source says), valid_from (NaT:
    not given), shipped (True: Nuantu's default)
    """
    rows = [
        (
            *setting_name(key), key, _said(policy.quantity(key)), one.unit, one.low, one.high,
            one.source, one.range_source, one.valid_from, one.default,
        )
        for key, one in sorted(policy.provenance.items())
        if not one.verified or (one.valid_from is not None and one.valid_from > as_of)
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=list(_QUANTITY))
    table = table.astype({"range_low": float, "range_high": float})
    return table.assign(valid_from=pd.to_datetime(table["valid_from"]))


def with_unit_words(table: pd.DataFrame) -> pd.DataFrame:
    """A table for readers: the units of policy.toml in its column `unit` in Chinese."""
    return table.assign(unit=[unit_words(one).zh for one in table["unit"]])


def unanswered_questions(available: Collection[str]) -> list[Text]:
    """The questions that could not be answered because a layer is missing."""
    said = i18n.messages("report")["unanswered"]
    return [i18n.format_message(said, name) for name in said if name not in available]


def unanswered_table(available: Collection[str]) -> pd.DataFrame:
    """The same questions as a table of one column."""
    return pd.DataFrame(
        {"unanswered": [text.zh for text in unanswered_questions(available)]}, dtype="str"
    )


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
