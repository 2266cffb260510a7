"""budget.xlsx: what the decisions cost and who pays, and whether there is energy for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gis import words
from gis.decide import budget, supply
from gis.report.tables import yuan
from gis.report.workbook import Sheet, sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.report.run import Run

_PLACES = ("township_code", "township", "village_code", "village", "part", "approach")
_MONEY = (
    "pending", "batch", "equipment_fen", "connection_fen", "station_fen", "grid_fen",
    "household_fen", "county_fen", "company_fen", "cost_fen_a", "running_fen_a",
    "running_subsidy_fen_a", "own_fen_a", "subsidy_ceiling_fen_a", "coal_avoided_t_a",
    "co2_avoided_t_a", "pm25_avoided_kg_a", "so2_avoided_kg_a",
)  # fmt: skip
_NAMES = {"homes": "homes_supplied", "heat_mwh_a": "heat_needed_mwh_a"}
_KG_PER_T = 1000


def budget_book(run: Run) -> tuple[Sheet, ...]:
    """The sheets of budget.xlsx; money in yuan, blank where a part of a sum is not known."""
    money = budget(run.priced, run.decisions, run.policy)
    energy = supply(run.facts, run.priced, run.decisions, run.policy)
    grid = energy.transformers[energy.transformers["homes"] > 0]
    order = [rule.route for rule in run.policy.routes]
    told = {
        "budget_townships": ("budget", with_totals(_readable(money.townships), order)),
        "budget_villages": ("budget", _readable(_named(money.parts, run))),
        "carriers": ("carriers", energy.carriers),
        "energy_townships": ("energy", energy.townships.rename(columns=_NAMES)),
        "energy_sources": ("energy", energy.sources.rename(columns=_NAMES)),
        "energy_transformers": ("energy", grid.rename(columns=_NAMES)),
    }
    notes = words.load("report")["notes"]
    return tuple(
        sheet(key, table, lines=(notes[note]["zh"],)) for key, (note, table) in told.items()
    )


def with_totals(townships: pd.DataFrame, order: Sequence[str]) -> pd.DataFrame:
    """`townships`, one row a township and route, in `order`; then each route, and all, summed.

    A sum of which a part is not known is not known; the last row adds up what is known.
    """
    rank = townships["approach"].map({route: at for at, route in enumerate(order)})
    table = townships.assign(rank=rank).sort_values(["township_code", "rank"]).drop(columns="rank")
    numbers = [name for name in table.columns if name not in _PLACES]
    routes = [table[table["approach"] == route] for route in order]
    said = words.load("report")["titles"]
    total, known = said["total"]["zh"], said["total_known"]["zh"]
    rows = [
        {"township": total, "approach": own["approach"].iloc[0]} | _sum(own[numbers], skipna=False)
        for own in routes
        if len(own)
    ]
    rows.append({"township": total} | _sum(table[numbers], skipna=False))
    rows.append({"township": known} | _sum(table[numbers], skipna=True))
    sums = pd.DataFrame(rows).astype(table[numbers].dtypes.to_dict())
    return pd.concat([table, sums], ignore_index=True)


def _sum(table: pd.DataFrame, *, skipna: bool) -> dict[str, object]:
    return {name: table[name].sum(skipna=skipna) for name in table.columns}


def _readable(table: pd.DataFrame) -> pd.DataFrame:
    """Places and money in order; each column of fen as one of yuan."""
    table = table.rename(columns={"households": "pending"})
    table["co2_avoided_t_a"] = table["co2_avoided_kg_a"] / _KG_PER_T
    chosen = table[[name for name in (*_PLACES, *_MONEY) if name in table]]
    fen = [name for name in chosen.columns if "_fen" in name]
    told = chosen.assign(**{name: yuan(chosen[name]) for name in fen})
    return told.rename(columns={name: name.replace("_fen", "_cny") for name in fen})


def _named(parts: pd.DataFrame, run: Run) -> pd.DataFrame:
    named = parts.merge(run.facts.villages[["village_code", "village"]], on="village_code")
    return named.sort_values(["village_code", "part"], ignore_index=True)
