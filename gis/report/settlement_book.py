"""Further sheets of settlement.xlsx: payers, equipment by lot, next season's bill, grid works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gis import i18n
from gis.audit.next_season import next_season_bill
from gis.report.output_tables import yuan
from gis.report.translate import masked, translated
from gis.report.workbook import CODES, WorkbookSheet, worded_sheet

if TYPE_CHECKING:
    from gis.audit.equipment_settlement import EquipmentSettlement
    from gis.audit.settlement import Settlement
    from gis.report.metadata import Judged, RunResults

_PLACES = ["township_code", "township"]
_HOMES = (
    *_PLACES, "village_code", "village", "household_id", "owner", "mode", "device", "lot",
    "price_cny", "due_cny", "held_cny", "equipment_why",
)  # fmt: skip
Book = tuple[WorkbookSheet, ...]


def further_sheets(
    run: Judged, settled: Settlement, equipment: EquipmentSettlement, *, unmask: bool
) -> Book:
    """The sheets behind the settlement of the season; those without rows are left out.

    Args:
        run: The results of the run.
        settled: The settlement of the season.
        equipment: The settlement of equipment.
        unmask: Owners are shown whole.
    """
    bill = next_season_bill(run.facts, run.policy, settled, run.project.as_of)
    payers = pd.concat(
        [
            settled.payers,
            equipment.payers.assign(purpose="equipment"),
        ],
        ignore_index=True,
    )
    tables = {
        "settled_payers": _with_total(_payers(payers), ["due_fen"]),
        "settled_lots": _with_total(
            equipment.lots.rename(columns={"homes": "households", "not_known": "not_known_homes"}),
            ["households", "due_fen", "held_fen", "not_known_homes"],
        ),
        "equipment_homes": _homes(equipment.homes, run, unmask=unmask),
        "next_season": _with_total(
            bill.rename(columns={"homes": "households"}),
            ["households", "metered_homes", "expected_fen", "unmetered_homes", "ceiling_fen"],
        ),
    }
    return tuple(
        _sheet(key, table, run, unmask=unmask) for key, table in tables.items() if len(table)
    )


def grid_sheet(run: RunResults, *, unmask: bool) -> Book:
    """The grid works of the decisions by township, with the county's share; none without works.

    The share counts only with the document that grants it; without one it is blank.
    """
    grid = run.decisions.upgrades
    if grid.empty:
        return ()
    code = run.facts.villages.set_index("village_code")["township_code"]
    amounts = ["grid_fen", "grid_county_fen"]
    placed = grid.assign(township_code=grid["village_code"].map(code))
    table = placed.groupby("township_code", dropna=False, as_index=False)[amounts].sum()
    table = _with_total(table.assign(grid_rest_fen=table["grid_fen"] - table["grid_county_fen"]),
                        [*amounts, "grid_rest_fen"])  # fmt: skip
    rules, said = run.policy.subsidies, i18n.messages("report")["titles"]
    document = rules.grid_county_share_document.strip()
    if not document:
        table["grid_county_fen"] = pd.array([pd.NA] * len(table), dtype="Int64")
    table = table.assign(grid_share=float(rules.grid_county_share) if document else None,
                         grid_document=document or said["no_grid_document"]["zh"])  # fmt: skip
    return (_sheet("settled_grid", table, run, unmask=unmask),)


def _sheet(key: str, table: pd.DataFrame, run: Judged, *, unmask: bool) -> WorkbookSheet:
    fen = [name for name in table.columns if name.endswith("_fen")]
    told = table.assign(**{name: yuan(table[name]) for name in fen})
    told = told.rename(columns={name: name.replace("_fen", "_cny") for name in fen})
    villages = run.facts.villages
    towns = villages.drop_duplicates("township_code").set_index("township_code")["township"]
    titles = i18n.messages("report")["titles"]
    named = told["township_code"].map(towns)
    if "township" in told:
        named = told["township"].fillna(named)
    told = told.assign(township=named.fillna(titles["no_township"]["zh"]))
    if "village_code" in told:
        told["village"] = told["village_code"].map(villages.set_index("village_code")["village"])
    rest = [name for name in told.columns if name not in _PLACES]
    columns = list(_HOMES) if key == "equipment_homes" else [*_PLACES, *rest]
    notes = i18n.messages("report")["notes"]
    lines = (notes[key]["zh"],) if key in notes else ()
    shares = tuple(name for name in ("grid_share",) if name in told)
    shown = translated(told[columns])
    return worded_sheet(
        key, shown, unmask=unmask, lines=lines, shares=shares, hidden=CODES, wide=("equipment_why",)
    )


def _payers(payers: pd.DataFrame) -> pd.DataFrame:
    """With words for a payer that the policy does not name."""
    unnamed = i18n.messages("report")["titles"]["no_payer"]["zh"]
    columns = ["township_code", "purpose", "mode", "payer", "due_fen"]
    return payers.assign(payer=payers["payer"].replace("", unnamed))[columns]


def _with_total(table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """`table` by township with the sums of the known amounts below; <NA> where none is known."""
    if table.empty:
        return table
    total = i18n.messages("report")["titles"]["total"]["zh"]
    sums = {name: table[name].astype("Int64").sum(min_count=1) for name in names}
    last = pd.DataFrame([{"township": total} | sums]).astype(dict.fromkeys(names, "Int64"))
    return pd.concat([table.astype(dict.fromkeys(names, "Int64")), last], ignore_index=True)


def _homes(homes: pd.DataFrame, run: Judged, *, unmask: bool) -> pd.DataFrame:
    words = i18n.messages("audit")["equipment_why"]
    owner = run.facts.households.reindex(columns=["owner"])["owner"]
    return homes.assign(
        owner=masked("owner", homes["household"].map(owner), unmask=unmask),
        equipment_why=homes["why"].map(lambda key: words[key]["zh"] if key else None),
    )
