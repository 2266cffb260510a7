"""supply.xlsx: what the winter needs of power, gas, heat and fuel, and what of it is secured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gis import i18n
from gis.decide import heat_by_source, winter_supply
from gis.report.workbook import WorkbookSheet, sheet

if TYPE_CHECKING:
    import pandas as pd

    from gis.report.metadata import RunResults

_NAMES = {"homes": "homes_supplied", "quantity": "supply_quantity",
          "not_counted": "supply_not_counted"}  # fmt: skip


def supply_book(run: RunResults, needs: pd.DataFrame | None = None) -> tuple[WorkbookSheet, ...]:
    """The sheets of supply.xlsx: one row a quantity and horizon, a blank with its reason; sources.

    A volume has no sheet of sources: they supply homes of several.

    Args:
        run: The results of the run.
        needs: `gis.decide.winter_needs` of all homes; None: of the households of `run`.
    """
    words = i18n.messages("report")
    reasons = words["supply_reason"]
    table = supply_table(run, needs)
    keys = {one: f"（policy.toml：{key}）" for one, key in words["supply_key"].items()}
    said = ["；".join(reasons[one]["zh"] + keys.get(one, "") for one in cell.split("+") if one)
            for cell in table["reason"]]  # fmt: skip
    told = table.assign(reason=said).rename(columns=_NAMES | {"reason": "supply_reason"})
    notes = words["notes"]
    lines = (notes["supply"]["zh"], notes["supply_keys"]["zh"])
    pages = [sheet("supply", told, lines=lines, wide=("supply_reason",))]
    if not run.part and run.facts.capacity_known:
        rows = source_table(run, needs).rename(columns=_NAMES)
        pages.append(sheet("supply_sources", rows, lines=(notes["supply_sources"]["zh"],)))
    return tuple(pages)


def supply_table(run: RunResults, needs: pd.DataFrame | None = None) -> pd.DataFrame:
    """`gis.decide.winter_supply` of a run; arguments as of `supply_book`."""
    own = run.winter_needs if needs is None else needs
    sources = run.facts.sources if run.facts.capacity_known else None
    return winter_supply(
        own, sources, run.layers.tables.get("weather"), run.policy, shared=run.part
    )


def source_table(run: RunResults, needs: pd.DataFrame | None = None) -> pd.DataFrame:
    """`gis.decide.heat_by_source` of a run; arguments as of `supply_book`."""
    own = run.winter_needs if needs is None else needs
    return heat_by_source(own, run.facts.sources, run.policy)
