"""supply.xlsx: what the winter needs of power, gas, heat and fuel, and what of it is secured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gis import i18n
from gis.decide import winter_supply
from gis.report.workbook import WorkbookSheet, sheet

if TYPE_CHECKING:
    from gis.report.metadata import RunResults

_NAMES = {"homes": "homes_supplied", "quantity": "supply_quantity"}


def supply_book(run: RunResults) -> tuple[WorkbookSheet, ...]:
    """The sheet of supply.xlsx: one row a quantity and horizon, with the reason for a blank."""
    words = i18n.messages("report")
    weather = run.layers.tables.get("weather")
    table = winter_supply(run.facts, run.decisions, weather, run.policy, shared=run.part)
    reasons = words["supply_reason"]
    said = ["；".join(reasons[one]["zh"] for one in cell.split("+") if one)
            for cell in table["reason"]]  # fmt: skip
    told = table.assign(reason=said).rename(columns=_NAMES | {"reason": "supply_reason"})
    return (
        sheet("supply", told, lines=(words["notes"]["supply"]["zh"],), wide=("supply_reason",)),
    )
