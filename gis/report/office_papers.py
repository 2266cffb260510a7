"""The office's papers: field lists, settlement, notices, public lists, checks, sign-off.

Every row has its township, so that a township's rows can be selected. None of the papers is ever
part of a map or of the public edition. The settlement has sums by township, by mode and overall.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from gis import i18n
from gis.audit.equipment_settlement import EquipmentSettlement, settle_equipment
from gis.audit.evidence import last_full_season
from gis.audit.office_documents import field_list, sign_off_sheets
from gis.audit.responsible import duties
from gis.audit.settlement import SETTLED, Settlement, settle_season, unsettled_rules
from gis.report.funds_book import funds_book
from gis.report.metadata import DUTIES, nobody_named, office_of
from gis.report.notices_book import notices_book
from gis.report.public_list_book import public_list_book
from gis.report.sample_book import sample_book
from gis.report.settlement_book import further_sheets
from gis.report.translate import day_in_words, masked, translated
from gis.report.workbook import CODES, WorkbookSheet, blank_columns, worded_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gis.facts import Facts
    from gis.policy import Policy
    from gis.report.metadata import Judged, RunResults

_SUMMED = ["homes", "due_fen", "held_fen", "supplement_fen", "exceptions"]


def with_sums(table: pd.DataFrame) -> pd.DataFrame:
    """`table`, by village or township, with sums below each township and overall at the end.

    Sums and unknown townships are named as such in `township` and `village`. A sum over both kWh
    and m3 has no quantity.
    """
    said = i18n.messages("report")["titles"]
    total = said["total"]["zh"]
    unknown = table["township_code"].isna().map({True: said["no_township"]["zh"], False: ""})
    named = table.assign(township=unknown, village="")
    if named.empty:
        return named
    parts: list[pd.DataFrame] = []
    for _, rows in named.groupby("township_code", dropna=False, sort=True):
        parts.append(rows)
        if len(rows) > 1:
            whose = rows[["township_code", "township"]].iloc[0].to_dict()
            parts += [one.assign(**whose, village=total) for one in _sums(rows, total)]
    parts += [one.assign(township=total, village="") for one in _sums(named, total)]
    return pd.concat(parts, ignore_index=True)


def _sums(rows: pd.DataFrame, total: str) -> Iterator[pd.DataFrame]:
    """The sums of each mode that has rows, and overall."""
    modes = rows["mode"].unique()
    if 1 < len(modes) < len(rows):
        yield rows.groupby("mode", as_index=False)[["quantity", *_SUMMED]].sum()
    whole = rows[_SUMMED].sum().to_frame().T
    quantity = rows["quantity"].sum() if len(modes) == 1 else float("nan")
    yield whole.assign(mode=modes[0] if len(modes) == 1 else total, quantity=quantity)


Book = tuple[WorkbookSheet, ...]
_PEOPLE = ("owner", "phone", "address")
# what `nuantu visits` takes from the sheet when it comes back
_TO_FILL_IN = ("visit_on", "visit_finding", "visit_coal_kg", "visit_rectify_by", "visit_inspector")
_FIELD = (
    "township_code", "township", "village_code", "village", "stop", "household_id", *_PEOPLE,
    "zone_id", "clearance", "why", "check_zh", "walk_m", *_TO_FILL_IN, "seen",
)  # fmt: skip
_PENDING = (
    "township_code", "township", "village_code", "village", "household_id", *_PEOPLE, "heating",
    "approach", "device_chosen", "in_batch", "signed_on", "installed_on", "energised_on",
)  # fmt: skip
_SETTLED = (
    "township_code", "township", "village_code", "village", "mode", "households", "quantity",
    "due_cny", "held_cny", "supplement_cny", "exceptions",
)  # fmt: skip
_COUNTED = {"number": "counted"}
_LINES = ("section", "item_zh", "required", "counted", "day")
_EXCEPTIONS = (
    "township_code", "township", "village_code", "village", "household_id", "owner", "mode",
    "quantity", "unit", "due_cny", "held_cny", "supplement_cny", "exception", *DUTIES,
)  # fmt: skip


def build_office_papers(run: Judged, *, unmask: bool) -> dict[str, Book]:
    """Workbook name → sheets; workbooks without rows are left out, except `field`.

    Only `pending`, the second sheet of `field`, depends on decisions.
    """
    season = last_full_season(run.project.as_of, run.policy)
    settled = settle_season(run.facts, run.policy, season, run.project.as_of)
    lots, day = run.layers.tables.get("lots"), run.project.as_of
    equipment = settle_equipment(run.facts, lots, run.policy, day)
    books: dict[str, Book] = {
        "field": (_field(run, unmask=unmask),),
        "settlement": _settlement(run, settled, equipment, unmask=unmask),
        "notices": notices_book(run, unmask=unmask),
        "public_list": public_list_book(run, settled, equipment),
        "funds": funds_book(run, unmask=unmask),
        "sample": sample_book(run, unmask=unmask),
    }
    return {
        name: book
        for name, book in books.items()
        if name == "field" or any(len(one.table) for one in book)
    }


def _field(run: Judged, *, unmask: bool) -> WorkbookSheet:
    """Homes to visit for the zones, in walking order, with a blank column for notes."""
    doors = field_list(run.facts, run.clearance)
    at = doors["household"].to_numpy(dtype=int)
    people = run.facts.households.reindex(columns=list(_PEOPLE)).iloc[at].reset_index(drop=True)
    for name in _PEOPLE:
        doors[name] = masked(name, people[name], unmask=unmask)
    doors["why"] = doors["why"].map(_said("why"), na_action="ignore")
    wide = ("why", "check_zh", "seen")
    # what the inspector knows, or what the list of things to check says in other words
    known = (*CODES, "township", "zone_id", "clearance", "why", "walk_m")
    filled = _named(doors.assign(**dict.fromkeys((*_TO_FILL_IN, "seen"), " ")), run.facts, _FIELD)
    listed = worded_sheet("field", filled, unmask=unmask, wide=wide)
    hidden = (*known, *blank_columns(listed.table, _PEOPLE))
    return replace(listed, hidden=hidden, page_by="village_code")


def pending_sheet(run: RunResults, *, unmask: bool) -> WorkbookSheet:
    """Homes still on coal: the device chosen and the stage of the work."""
    homes = run.facts.households
    waiting = homes["pending"].astype(bool)
    table = homes[waiting].assign(
        approach=run.decisions.households.loc[waiting, "approach"],
        in_batch=run.decisions.households.loc[waiting, "in_batch"],
    )
    for name in _PEOPLE:
        if name in table:
            table[name] = masked(name, table[name], unmask=unmask)
    ordered = table.sort_values(["village_code", "household_id"], ignore_index=True)
    shown = _named(ordered, run.facts, _PENDING)
    hidden = (*CODES, *blank_columns(shown, _PEOPLE))
    return worded_sheet("pending", shown, unmask=unmask, hidden=hidden)


def _settlement(
    run: Judged, settled: Settlement, equipment: EquipmentSettlement, *, unmask: bool
) -> Book:
    townships, villages = settled.townships, settled.villages
    homes = settled.households[settled.households["exception"] != ""]
    owners = run.facts.households.get("owner", pd.Series(dtype="str"))
    homes = homes.assign(
        owner=homes["household"].map(owners),
        exception=homes["exception"].map(_said("exception")),
    ).join(_who_looks_into(homes, run))
    code = run.facts.villages.set_index("village_code")["township_code"]
    of_village = villages.assign(township_code=villages["village_code"].map(code))
    names = ("settled_townships", "settled_villages", "exceptions")
    tables = (with_sums(townships).drop(columns="village"), with_sums(of_village), homes)
    columns = (_SETTLED, _SETTLED, _EXCEPTIONS)
    named = [
        _named(_in_yuan(table).rename(columns={"homes": "households"}), run.facts, chosen)
        for table, chosen in zip(tables, columns, strict=True)
    ]
    begins, ends = map(day_in_words, (settled.season.begins, settled.season.ends))
    line = i18n.format_message(
        i18n.messages("report")["notes"], "season", begins=begins, ends=ends
    ).zh
    sheets = (
        worded_sheet(name, table, unmask=unmask, hidden=CODES)
        for name, table in zip(names, named, strict=True)
    )
    told = i18n.messages("report")["notes"]["settled_words"]["zh"]
    lines = (line, told, *_not_settled(run.policy))
    *sums, exceptions = (replace(one, lines=(*lines, *one.lines)) for one in sheets)
    unnamed = nobody_named(homes[homes["due_on"].notna()])
    whole = (*sums, replace(exceptions, lines=(*exceptions.lines, *unnamed)))
    approved = i18n.messages("report")["titles"]["made_and_checked"]["zh"]
    whole = tuple(replace(one, signed=True, signatures=approved) for one in whole)
    return (*whole, *further_sheets(run, settled, equipment, unmask=unmask))


def _who_looks_into(homes: pd.DataFrame, run: Judged) -> pd.DataFrame:
    """Who looks into each exception by when; a season that is settled asks nothing of anybody."""
    towns = run.facts.villages.drop_duplicates("township_code").set_index("township_code")
    names = homes["township_code"].map(towns["township"])
    work = pd.Series("payment", index=homes.index, dtype=object)
    return duties(work, names, office_of(run)).where(homes["exception"] != SETTLED)


def _not_settled(policy: Policy) -> tuple[str, ...]:
    """A line that names the subsidies of the policy that are not settled, if there are any."""
    routes, said = i18n.messages("terms")["approach"], i18n.messages("report")
    named = [
        routes[route]["zh"] + said["purpose"][kind]["zh"] for kind, route in unsettled_rules(policy)
    ]
    if not named:
        return ()
    return (i18n.format_message(said["notes"], "not_settled", rules="、".join(named)).zh,)


def _named(table: pd.DataFrame, facts: Facts, columns: tuple[str, ...]) -> pd.DataFrame:
    """Those of the chosen columns that exist, in words, with the names of village and township."""
    towns = facts.villages.set_index("village_code")["village"]
    townships = facts.villages.drop_duplicates("township_code").set_index("township_code")[
        "township"
    ]
    filled = table.assign(township=_name(table, "township", townships))
    if "village_code" in table:
        filled["village"] = _name(table, "village", towns)
    return translated(filled[[name for name in columns if name in filled]])


def _name(table: pd.DataFrame, of: str, names: pd.Series) -> pd.Series:
    """The name of each code; if there is none, the text in the table."""
    known = table[f"{of}_code"].map(names)
    return known.fillna(table[of]) if of in table else known


def _in_yuan(table: pd.DataFrame) -> pd.DataFrame:
    money = [name for name in table.columns if str(name).endswith("_fen")]
    yuan = {name.replace("_fen", "_cny"): table[name].astype("float64") / 100 for name in money}
    return table.assign(**yuan).drop(columns=money)


def _said(table: str) -> dict[str, str]:
    return {key: pair["zh"] for key, pair in i18n.messages("audit")[table].items()}


def sign_off(run: Judged) -> dict[str, Book]:
    """Workbook name → a sheet for each zone, to be printed and signed; without empty workbooks.

    A zone is signed off (sign_off, 销号单) when it is cleared; the others have a sheet of what was
    checked (zone_check, 核查单).
    """
    lines = sign_off_sheets(run.facts, run.clearance, run.project.as_of).rename(columns=_COUNTED)
    zones = run.clearance.zones.set_index("zone_id")
    judged, said = translated(zones[["verdict"]])["verdict"], i18n.messages("report")
    found = said["section"]["verdict"]["zh"]
    books: dict[str, Book] = {}
    for zone, rows in lines.groupby("zone_id", sort=True):
        name = "sign_off" if zones.loc[zone, "verdict"] == "cleared" else "zone_check"
        kind, before = said["sheets"][name]["zh"], books.get(name, ())
        days = rows["day"].map(day_in_words, na_action="ignore")
        made = WorkbookSheet(
            f"{kind} {len(before) + 1}",
            translated(rows[list(_LINES)].assign(day=days).reset_index(drop=True)),
            title=f"{zones.loc[zone, 'zone']}（{zone}）{kind}",
            lines=(f"{found}：{judged[zone]}",),
            wide=("item_zh",),
            signed=True,
        )
        books[name] = (*before, made)
    return books
