"""Rows of the planner's pages on loads and on the winter's supply, as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.layers import to_wgs84
from gis.pages.supply_rows import BillView, LoadView, SourceView, SupplyView, WaitingView
from gis.report.demand import emission_sums, emission_table
from gis.report.geopackage import load_layer
from gis.report.metadata import plain_values
from gis.report.output_tables import waiting_table, yuan
from gis.report.supply_book import source_table, supply_table

if TYPE_CHECKING:
    from gis.editions.run_results import Results

_LOAD = (
    "transformer_id", "village_code", "village", "township", "feeder_id", "basis", "capacity_kva",
    "base_kva", "year_total_kva", "total_kva", "vacant_kva", "fed_homes", "simultaneity",
    "since_homes", "year_homes", "later_homes", "vacant_homes", "inferred_homes", "usable_kva",
    "limit_kva", "state",
    "year_state", "total_state", "works",
    "works_kva",
)  # fmt: skip
_NUMBERS = (
    "capacity_kva",
    "base_kva",
    "year_total_kva",
    "total_kva",
    "vacant_kva",
    "works_kva",
    "usable_kva",
    "limit_kva",
)
_WAITING = (
    "village_code", "village", "township", "part", "route", "pending", "works", "works_cny", "ready_on",
    "near_term", "interim",
)  # fmt: skip
_BILL = (
    "approach", "pending", "coal_homes", "not_counted_homes", "coal_before_t_a", "co2_before_t_a",
    "co2_after_t_a", "pm25_before_t_a", "pm25_after_t_a", "so2_before_t_a", "so2_after_t_a",
    "bill_before_per_home_cny_a", "bill_after_per_home_cny_a",
)  # fmt: skip


def load_rows(results: Results) -> list[LoadView]:
    """One row for each transformer; township and village are blank where nobody knows them."""
    facts = results.facts
    if not facts.transformers_known:
        return []
    table = results.transformer_loads
    drawn = load_layer(results)
    at = to_wgs84(drawn).geometry if drawn is not None else None
    places = (
        {} if at is None or drawn is None else dict(zip(drawn["transformer_id"], at, strict=True))
    )
    told = table[list(_LOAD)].assign(
        works_cny=yuan(table["works_fen"].astype("Int64")),
        works_on=_days(table["works_on"]),
        peak_on=_days(table["peak_on"]),
        open_document=table["open_document"].where(table["basis"] == "open"),
        load_share=table["total_kva"] / table["capacity_kva"].where(table["capacity_kva"] > 0),
        lon=[places[one].x if one in places else None for one in table["transformer_id"]],
        lat=[places[one].y if one in places else None for one in table["transformer_id"]],
    )
    told[list(_NUMBERS)] = told[list(_NUMBERS)].astype(float).round(1)
    told["simultaneity"] = told["simultaneity"].round(2)
    return [_plain(row) for row in told.to_dict("records")]


def supply_rows(results: Results) -> list[SupplyView]:
    """One row for each quantity of the winter's supply and horizon."""
    return [_plain(row) for row in supply_table(results).to_dict("records")]


def source_rows(results: Results) -> list[SourceView]:
    """One row for each heat source and horizon; none where they serve other volumes too."""
    if results.part or not results.facts.capacity_known:
        return []
    return [_plain(row) for row in source_table(results).to_dict("records")]


def waiting_rows(results: Results) -> list[WaitingView]:
    """The villages, or parts, that wait for works, in the order to schedule them."""
    table = waiting_table(results).rename(columns={"waiting_route": "route"})
    told = table.assign(
        works=[
            {"zh": zh, "en": en} for zh, en in zip(table["works"], table["works_en"], strict=True)
        ],
        ready_on=_days(table["ready_on"]),
    )
    return [_plain(row) for row in told[list(_WAITING)].to_dict("records")]


def bill_rows(results: Results) -> list[BillView]:
    """Emissions and the bills of homes before and after, by route, then of all together."""
    sums = emission_sums(emission_table(results))
    rows = sums[sums["township_code"].isna()]
    return [_plain(row) for row in rows[list(_BILL)].to_dict("records")]


def _days(column: pd.Series) -> list[str]:
    return ["" if pd.isna(day) else pd.Timestamp(day).date().isoformat() for day in column]


def _plain(row: Any) -> Any:  # noqa: ANN401  a row of a table
    return {name: None if pd.isna(value) else plain_values(value) for name, value in row.items()}
