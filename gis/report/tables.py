"""The tables that are handed out, with the machine headings of the contract.

What a report rests on: where each layer comes from, what nobody verified, what is missing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from gis import i18n
from gis.errors import Problem, Text
from gis.report.translate import MASKED, masked, masked_table

if TYPE_CHECKING:
    from gis.decide import Decisions
    from gis.facts import Facts
    from gis.layers.project import Origin
    from gis.policy import Policy
    from gis.report.metadata import RunResults

DECISIONS = (
    "village_code", "village", "township_code", "township", "part", "approach", "status",
    "computed", "batch", "device", "households", "pending", "clause", "reason", "runner_up",
    "cost_cny_a", "runner_up_cost_cny_a", "flip_margin", "dissent", "document_no", "gap",
    "complements", "reason_en", "flip_margin_en",
)  # fmt: skip
HOUSEHOLDS = (
    "household_id", "village_code", "located_village_code", "zone_id", "zone_position", "served",
    "transformer_id", "approach", "clearance", "status", "reject_reason", "township_code", "part",
    "in_batch", "pending", "why", "last_visit_on", "relapse", "unused", "heating", "occupancy",
    "device", "device_chosen", "floor_area_m2", "in_programme", "self_converted", "plan_year",
    "signed_on", "installed_on", "energised_on", "accepted_on", "acceptance_by",
    "acceptance_result", "stove_removed_on", "coal_removed_on", "ledger_file", "ledger_row",
)  # fmt: skip
LISTED = (
    "household_id", "township_code", "village_code", "placing", "reject_reason",
    "located_village_code", "occupancy", "heating", "approach", "part", "in_batch", "device",
    "device_chosen", "served", "transformer_id", "zone_id", "zone_position", "clearance", "why",
    "last_visit_on", "relapse", "unused", "signed_on", "installed_on", "energised_on",
    "accepted_on", "acceptance_result", "stove_removed_on", "coal_removed_on", "pending",
)  # fmt: skip
TRIED = (
    "village_code", "part", "route", "eligible", "has_capacity", "code", "clause", "reason",
    "cost_cny_a", "reason_en",
)  # fmt: skip
PERSONAL = ("owner", "id_number", "phone", "bank_account", "meter_no", "address")
PROBLEMS = (
    "layer", "code", "row", "column", "value", "message", "remedy", "blocking", "message_en",
    "remedy_en",
)  # fmt: skip
TARGETS = (
    "unit_code", "unit", "mode", "target", "decided", "batch", "completed", "late", "stock",
    "remaining", "rate_needed_per_week", "forecast_low", "forecast_high", "forecast_note",
)  # fmt: skip


def decision_table(decisions: Decisions) -> pd.DataFrame:
    """One row a village, or a part of one; costs in yuan a year of the whole village or part.

    flip_margin is in Chinese, flip_margin_en in English; so are reason and reason_en.
    """
    table = decisions.villages.rename(
        columns={"reason_zh": "reason", "flip_margin_zh": "flip_margin"}
    )
    for name in ("cost", "runner_up_cost"):
        table[f"{name}_cny_a"] = yuan(table[f"{name}_fen_a"])
    return _chosen(table, DECISIONS).sort_values(["village_code", "part"], ignore_index=True)


def tried_table(decisions: Decisions) -> pd.DataFrame:
    """One row a village or part and route; costs in yuan a year of the whole village or part."""
    table = decisions.tried.rename(columns={"reason_zh": "reason"})
    table["cost_cny_a"] = yuan(table["cost_fen_a"])
    return _chosen(table, TRIED)


def yuan(fen: pd.Series) -> pd.Series:
    """Yuan to the fen from fen."""
    return (fen.astype("float64").round() / 100).round(2)


def household_table(run: RunResults) -> pd.DataFrame:
    """Every household of the ledger, once, in the ledger's order; no personal column."""
    aligned = [
        run.facts.households,
        run.decisions.households[["part", "approach", "in_batch"]],
        run.clearance.households[["clearance", "why", "last_visit_on", "relapse", "unused"]],
    ]
    table = pd.concat(aligned, axis=1)
    return _chosen(table, HOUSEHOLDS)


def working_list(households: pd.DataFrame, facts: Facts, *, unmask: bool) -> pd.DataFrame:
    """`households` as an office works with them, personal columns masked unless `unmask`.

    Of the ledger's personal and unknown columns those that have a value.
    """
    table = _chosen(households.rename(columns={"status": "placing"}), LISTED)
    names = facts.villages.set_index("village_code")[["village", "township"]]
    for place, name in ((2, "township"), (4, "village")):
        table.insert(place, name, table["village_code"].map(names[name]))
    ledger = facts.households
    unknown = [name for name in ledger.columns if str(name).startswith("extra:")]
    for name in (*PERSONAL, *unknown):
        column = ledger.get(name)
        if column is not None and column.notna().any():
            table[name] = masked(name, column.reindex(table.index), unmask=unmask)
    return masked_table(table, unmask=unmask)


def problem_table(problems: Iterable[Problem], *, unmask: bool = False) -> pd.DataFrame:
    """One line a problem, in the order in which the stages found them."""
    rows = [
        (
            one.layer, one.code, one.row, one.column, one.value, one.message.zh, one.remedy.zh,
            one.blocking, one.message.en, one.remedy.en,
        )
        for one in problems
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=list(PROBLEMS)).astype({"row": "Int64"})
    for name in MASKED if not unmask else ():
        mine = table["column"] == name
        table.loc[mine, "value"] = masked(name, table.loc[mine, "value"], unmask=False)
    return masked_table(table, unmask=unmask)


def target_table(units: pd.DataFrame) -> pd.DataFrame:
    """One row a unit and mode of the target table or with a completion."""
    return _chosen(units, TARGETS).sort_values(["unit_code", "unit", "mode"], ignore_index=True)


def _chosen(table: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    return table.reindex(columns=list(columns))


# layer → what goes unanswered without it; the words are those of [unanswered] in report.toml
_OPTIONAL = (
    "heat_pipes", "heat_sources", "gas_coverage", "transformers", "built_up_area", "roads",
    "rulings", "inspections", "premises", "complaints",
)  # fmt: skip
_ORIGIN = ("layer", "path", "rows_read", "source", "licence", "steward", "layer_as_of")
_QUANTITY = ("key", "in_use", "unit", "source", "valid_from", "shipped")


def origin_table(origins: Iterable[Origin]) -> pd.DataFrame:
    """One row a file of a layer, in the order of project.toml."""
    rows = [
        (one.layer, one.path, one.rows, one.source, one.licence, one.steward, one.as_of)
        for one in origins
    ]
    table = pd.DataFrame(rows, columns=list(_ORIGIN))
    return table.assign(layer_as_of=pd.to_datetime(table["layer_as_of"]))


def unverified_table(policy: Policy, as_of: date) -> pd.DataFrame:
    """The quantities in use that no source backs on that day, in order of their key.

    A quantity may be verified and not yet in force: it is used, since the policy has no other, and
    it is listed.

    key · in_use · unit · source (what is said of it) · valid_from (NaT where nothing is said) ·
    shipped (the policy leaves it to the default)
    """
    rows = [
        (key, _said(policy.quantity(key)), one.unit, one.source, one.valid_from, one.default)
        for key, one in sorted(policy.provenance.items())
        if not one.verified or (one.valid_from is not None and one.valid_from > as_of)
    ]
    table = pd.DataFrame(rows, columns=list(_QUANTITY))
    return table.assign(valid_from=pd.to_datetime(table["valid_from"]))


def unanswered_questions(available: Collection[str]) -> list[Text]:
    """What could not be answered for lack of a layer."""
    said = i18n.messages("report")["unanswered"]
    return [i18n.format_message(said, name) for name in _OPTIONAL if name not in available]


def unanswered_table(available: Collection[str]) -> pd.DataFrame:
    """The same as a table of one column."""
    return pd.DataFrame(
        {"unanswered": [text.zh for text in unanswered_questions(available)]}, dtype="str"
    )


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
