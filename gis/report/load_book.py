"""loads.xlsx: what transformers and heat sources carry, for the grid and the heating company.

The form of the table is signed by both sides: what the grid company has not stated in writing, or
measured in a heating season, is blank.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gis import i18n
from gis.decide import supply
from gis.decide.load_tables import STATES, device_list, sum_loads
from gis.report.output_tables import yuan
from gis.report.translate import in_words
from gis.report.workbook import SumsOf, WorkbookSheet, sheet

if TYPE_CHECKING:
    from gis.report.metadata import RunResults

_TRANSFORMER = (
    "township_code", "township", "village", "transformer_id", "feeder_id", "substation_id",
    "capacity_kva",
    "fed_homes", "simultaneity", "load_basis", "open_kva", "open_on", "open_document",
    "peak_load_kva", "peak_on", "since_homes",
    "since_kva", "base_kva", "state", "year_homes", "year_kva", "year_total_kva", "year_state",
    "later_homes", "later_kva", "total_kva", "total_state", "vacant_homes", "vacant_kva",
    "grid_works", "works_kva", "capacity_after_kva", "works_cny", "works_on", "upgrade_document", "inferred_homes",
)  # fmt: skip
_SIGNED = (
    "township_code", "township", "transformers", "capacity_kva", "known_kva", "base_kva",
    "year_homes", "year_kva", "later_homes",
    "total_kva", "heavy", "overloaded", "unverified",
)  # fmt: skip
# what the form sums over the sheet of transformers: all rows, those whose load is known, the counts
_SUMMED = _SIGNED[2:]
_SUMS = ("feeder_id", "substation_id", "township_code")
_SOURCES = {"homes": "homes_supplied"}


def load_book(run: RunResults, *, unmask: bool = False) -> tuple[WorkbookSheet, ...]:
    """The sheets of loads.xlsx: transformers, their sums, homes with devices, and heat sources.

    A volume has no heat sources, which supply others too (budget.xlsx of the whole has them), and
    of feeders and substations those that lie in it with all of their transformers.

    Args:
        run: The results of the run.
        unmask: Meter numbers are shown whole.
    """
    notes = i18n.messages("report")["notes"]
    grid = run.transformer_loads
    sums = {by: sum_loads(grid, by) for by in _SUMS}
    for by in ("feeder_id", "substation_id"):
        sums[by] = sums[by][_whole(sums[by], by, run.facts.transformers)]
    told = {
        "loads": _readable(grid),
        "loads_feeders": sums["feeder_id"],
        "loads_substations": sums["substation_id"],
        "loads_townships": sums["township_code"],
        "loads_devices": device_list(run.facts, run.decisions, run.policy),
    }
    if not run.part:
        told["loads_sources"] = _sources(run)
    pages = [
        sheet(
            key,
            table,
            unmask=unmask,
            lines=(notes[key]["zh"],) if key in notes else (),
            hidden=("township_code",),
        )
        for key, table in told.items()
    ]
    pages.insert(1, _form(told["loads"]["township_code"], grid))
    return tuple(pages)


def _form(townships: pd.Series, grid: pd.DataFrame) -> WorkbookSheet:
    """The form that both sides sign: sums by township and in all, as formulas over the first sheet.

    townships: the code of each transformer as that sheet has it, none blank.
    """
    titles, said = i18n.messages("report")["titles"], i18n.messages("report")
    unknown = grid["township"].where(grid["township_code"].notna(), titles["no_township"]["zh"])
    sums = sum_loads(grid.assign(township_code=townships, township=unknown), "township_code")
    table = sums[list(_SIGNED)]
    if len(sums):
        total = (
            table[list(_SUMMED)].sum(min_count=1).to_frame().T.astype(table.dtypes[list(_SUMMED)])
        )
        table = pd.concat([table, total.assign(township=titles["total"]["zh"])], ignore_index=True)
    only = {
        "transformers": ("", "", ""),
        "known_kva": ("capacity_kva", "base_kva", "<>"),
        **{state: ("", "total_state", in_words("total_state", state)) for state in STATES[1:]},
    }
    made = SumsOf(said["sheets"]["loads"]["zh"], _TRANSFORMER, "township_code", _SUMMED, only)
    return sheet(
        "loads_signed",
        table,
        signed=True,
        signatures=titles["both_sign"]["zh"],
        lines=(said["notes"]["loads_signed"]["zh"],),
        hidden=("township_code",),
        sums=made,
    )


def _whole(sums: pd.DataFrame, by: str, transformers: pd.DataFrame) -> pd.Series:
    """Whether each sum is over all transformers there are."""
    return sums["transformers"] == sums[by].map(transformers[by].value_counts())


def _readable(grid: pd.DataFrame) -> pd.DataFrame:
    """The table of transformers with the form's columns, in yuan."""
    named = grid.rename(columns={"basis": "load_basis", "works": "grid_works"})
    unknown = i18n.messages("report")["titles"]["no_township"]["zh"]
    return named.assign(
        township_code=named["township_code"].fillna(unknown),
        capacity_after_kva=named["capacity_kva"] + named["works_kva"],
        works_cny=yuan(named["works_fen"].astype("Int64")),
    )[list(_TRANSFORMER)]


def _sources(run: RunResults) -> pd.DataFrame:
    table = supply(run.facts, run.route_costs, run.decisions, run.policy).sources
    return table.rename(columns=_SOURCES)
