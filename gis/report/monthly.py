"""The monthly report, for the city and for each township with its own rows only.

It has the table that townships send in, homes by stage, and the changes between two ledgers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import pandas as pd

from gis import i18n
from gis.audit.ground import grounds
from gis.audit.ledger_changes import restatements
from gis.audit.responsible import duties, gap_duties, open_work, work_counts
from gis.audit.sampling import by_village, by_zone, visit_counts
from gis.decide import subsidy_ceilings
from gis.errors import Text
from gis.facts.ledger_state import township_states
from gis.report import output_tables
from gis.report.metadata import DUTIES, About, nobody_named, office_of
from gis.report.office_papers import Book
from gis.report.output_tables import target_table
from gis.report.stage_counts import (
    BY_DAY,
    COUNTS,
    ground_of,
    reporting_table,
    stage_table,
    township_table,
    weekly_table,
    with_week_totals,
)
from gis.report.translate import heading, in_words
from gis.report.workbook import Chart, SumsOf, WorkbookSheet, sheet, workbook_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from gis.audit.clearance import Clearance
    from gis.report.metadata import RunResults

_ZONES = (
    "zone_id", "zone", "verdict", "villages_inside", "villages_cleared", "villages_held", "inside",
    "cleared", "not_cleared", "unknown", "undecidable", "share_certain", "share_possible",
    "coal_findings", "open_complaints", "reason",
)  # fmt: skip
_ZONE_VILLAGES = (
    "zone_id", "village_code", "village", "verdict", "inside", "cleared", "not_cleared", "unknown",
    "undecidable", "coal_findings", "coal_unsettled", "open_complaints",
)  # fmt: skip
_SUSPECTED = (
    "township_code", "township", "village_code", "village", "household_id", "heating", "season",
    "heating_kwh", "heating_kwh_basis", "heating_m3", "last_visit_on", *DUTIES,
)  # fmt: skip
_SAMPLING = (
    "zone_id", "households", "visited", "found", "upper_count", "upper_rate", "visits_needed",
)  # fmt: skip
_MONTHS = (
    "unit_code", "township", "village_code", "village", "month", "mode", "completed", "ground_zh",
)  # fmt: skip
_COUNTED = {"homes": "households"}
_WORK = ("township_code", "township", "work_zh", "counted", *DUTIES)
_GAPS = (
    "gap_id", "rank", "kind", "village_code", "township_code", "households", "in_zone", "asset",
    "asset_amount", "asset_unit", "cost_cny", "cost_per_household_cny", "reason", "clause",
)  # fmt: skip
BASIS = ("unanswered", "unverified", "sources")  # sheets with the basis of every report
_SHEETS = (
    "monthly", "weekly", "villages", "targets", "months", "zones", "zone_villages", "suspected",
    "sampling", "visits", "gaps", "open_work",
    "restatements", *BASIS,
)  # fmt: skip
LONGEST = 80  # characters; Windows takes 260 for the whole path
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)\Z", re.IGNORECASE)


def left_out(villages: pd.DataFrame, *, openly: bool = False) -> Text:
    """Which townships and villages are in no total, for want of a ledger; empty where none is.

    Args:
        villages: The village table of the facts.
        openly: Only townships of which nothing is known, as the public edition names them.
    """
    said, parts = i18n.messages("report")["missing"], []
    for row in township_states(villages).to_dict("records"):
        if row["missing"] or not openly:
            key = "township" if row["missing"] else "villages"
            parts.append(i18n.format_message(said, key, **row))
    if not parts:
        return Text("", "")
    zh, en = "、".join(one.zh for one in parts), ", ".join(one.en for one in parts)
    return i18n.format_message(said, "whole", zh=zh, en=en)


def report_workbook(tables: dict[str, pd.DataFrame], about: About) -> bytes:
    """report.xlsx from `tables` by sheet name.

    Sheets of missing tables are left out.
    """
    title = i18n.messages("report")["titles"]["report"]["zh"]
    sheets = [_sheet(key, tables[key]) for key in _SHEETS if key in tables]
    return workbook_bytes(sheets, title, about)


def _sheet(key: str, table: pd.DataFrame) -> WorkbookSheet:
    if key == "monthly":
        rows, titles = int(table["township_code"].notna().sum()), i18n.messages("report")["titles"]
        charts = (
            Chart("township", ("target", "completed"), titles["chart"]["zh"], rows),
            Chart("township", tuple(BY_DAY), titles["stages"]["zh"], rows),
        )
        wide = ("problems_met", "ground_zh")
        return sheet(
            key,
            table,
            shares=("share_done",),
            wide=wide,
            hidden=("township_code",),
            lines=(i18n.messages("report")["notes"]["monthly"]["zh"],),
            charts=charts,
            sums=_monthly_sums(),
        )
    if key in ("zones", "sampling"):
        shares = ("share_certain", "share_possible", "upper_rate")
        return sheet(key, table, shares=shares, wide=("reason",))
    lines = nobody_named(table) if "responsible_person" in table else ()
    if key == "weekly":
        return sheet(key, table, hidden=("township_code",))
    long = ("reason", "unanswered", "source", "ground_zh")
    return sheet(key, table, wide=long, lines=lines)


def _monthly_sums() -> SumsOf:
    """The counts of the monthly report are sums over the sheet of villages."""
    name = i18n.messages("report")["sheets"]["villages"]["zh"]
    columns = ("township_code", "township", "village_code", "village", *COUNTS)
    return SumsOf(name, columns, "township_code", COUNTS)


def zone_table(clearance: Clearance) -> pd.DataFrame:
    """One row per zone: its verdict, and what prevents it from being cleared."""
    told = clearance.zones_with_reasons()
    table = told.assign(reason=told["reason_zh"]).reindex(columns=list(_ZONES))
    return table.sort_values("zone_id", ignore_index=True)


def gap_table(gaps: pd.DataFrame) -> pd.DataFrame:
    """One row per gap in order of rank, money in yuan."""
    table = gaps.assign(
        cost_cny=gaps["cost_fen"] / 100,
        cost_per_household_cny=(gaps["cost_per_household_fen"] / 100).round(2),
        reason=gaps["reason_zh"],
    )
    return table.reindex(columns=list(_GAPS)).sort_values("rank", ignore_index=True)


class LedgerCounts(NamedTuple):
    """The counts of a report and a budget that need every household.

    stages    `stage_table`
    visits    `gis.audit.sampling.visit_counts`
    work      `gis.audit.responsible.work_counts`
    ceilings  `gis.decide.subsidy_ceilings`
    zone_villages  已销号: `gis.audit.clearance`, with the names of the villages
    suspected  疑似改而不用: the homes to verify
    reporting, weekly   see gis.report.stage_counts
    ground    `gis.audit.ground.grounds` of the stages, by township
    """

    stages: pd.DataFrame
    visits: pd.DataFrame
    work: pd.DataFrame
    ceilings: pd.DataFrame
    zone_villages: pd.DataFrame
    suspected: pd.DataFrame
    reporting: pd.DataFrame
    weekly: pd.DataFrame
    ground: pd.DataFrame


def ledger_counts(run: RunResults) -> LedgerCounts:
    """Count the households of a run."""
    facts, judged = run.facts, run.clearance
    return LedgerCounts(
        stage_table(run),
        visit_counts(facts, judged, run.policy, run.project.as_of),
        work_counts(facts, judged, run.progress, run.gaps),
        subsidy_ceilings(facts, run.decisions, run.policy),
        _zone_villages(run),
        _suspected(run),
        reporting_table(run),
        weekly_table(run),
        grounds(facts, ground_of(run)),
    )


def _zone_villages(run: RunResults) -> pd.DataFrame:
    names = run.facts.villages.set_index("village_code")["village"]
    table = run.clearance.villages
    named = table.assign(village=table["village_code"].map(names))
    return named.reindex(columns=list(_ZONE_VILLAGES))


def _suspected(run: RunResults) -> pd.DataFrame:
    """Homes of which the meter alone says that the device stood idle, for a visit to find out."""
    judged, homes = run.clearance.households, run.facts.households
    chosen = judged["suspected_unused"].to_numpy(dtype=bool)
    names = run.facts.villages.set_index("village_code")[["township", "village"]]
    table = homes[chosen].assign(last_visit_on=judged.loc[chosen, "last_visit_on"])
    table = table.join(names, on="village_code")
    work = pd.Series("use", index=table.index, dtype=object)
    table = table.join(duties(work, table["township"], office_of(run)))
    table = table.reindex(columns=list(_SUSPECTED))
    return table.sort_values(["village_code", "household_id"], ignore_index=True)


def join_ledger_counts(parts: Sequence[LedgerCounts]) -> LedgerCounts:
    """Join the counts of disjoint sets of villages."""
    *tables_, grounds_ = zip(*parts, strict=True)
    stages, visits, work, ceilings, cleared, suspected, reporting, weekly = (
        pd.concat(own, ignore_index=True) for own in tables_
    )
    return LedgerCounts(
        stages.sort_values("village_code", ignore_index=True),
        visits,
        work,
        ceilings.sort_values("township_code", kind="stable", ignore_index=True),
        cleared.sort_values(["zone_id", "village_code"], ignore_index=True),
        suspected.sort_values(["village_code", "household_id"], ignore_index=True),
        reporting.sort_values("township_code", ignore_index=True),
        weekly.sort_values(["township_code", "week_ends"], ignore_index=True),
        pd.concat(grounds_),
    )


def report_tables(run: RunResults, counts: LedgerCounts) -> dict[str, pd.DataFrame]:
    """The tables of report.xlsx for the whole city, by sheet name."""
    zone_ids, villages = run.facts.zones["zone_id"], run.facts.villages
    sampling = by_zone(counts.visits, zone_ids).rename(columns=_COUNTED)
    work = open_work(counts.work, villages, office_of(run))
    named = work.rename(
        columns={"unit": "responsible_unit", "number": "counted", "person": "responsible_person"}
    )
    return {
        "monthly": township_table(
            counts.stages,
            run.progress,
            counts.ground,
            counts.reporting,
            work,
            left_out(villages).zh,
        ),
        "weekly": with_week_totals(counts.weekly),
        "villages": counts.stages,
        "targets": target_table(run.progress.units),
        "months": _months(run),
        "zones": zone_table(run.clearance),
        "zone_villages": counts.zone_villages,
        "suspected": counts.suspected,
        "sampling": sampling.reindex(columns=list(_SAMPLING)),
        "visits": by_village(counts.visits, zone_ids).rename(columns=_COUNTED),
        "gaps": gap_table(run.gaps).join(
            gap_duties(run.gaps, villages, office_of(run)), on="gap_id"
        ),
        "open_work": named.reindex(columns=list(_WORK)),
        "unanswered": output_tables.unanswered_table(run.facts.available),
        "unverified": output_tables.with_unit_words(
            output_tables.unverified_table(run.policy, run.project.as_of)
        ),
        "sources": output_tables.origin_table(run.layers.origins),
    }


def _months(run: RunResults) -> pd.DataFrame:
    """Completions by month; a unit whose completions are unknown has a row that says why."""
    names = run.facts.villages.set_index("village_code")[["township", "village"]]
    table = run.progress.months.join(names, on="village_code")
    units = run.progress.units.rename(columns={"unit": "township"})
    blank = units[units["completed"].isna()]
    return pd.concat([table, blank], ignore_index=True).reindex(columns=list(_MONTHS))


def restated(before: pd.DataFrame, day: date, run: RunResults) -> pd.DataFrame:
    """Changes between the households of an earlier edition (as-of date `day`) and now.

    The columns of gis.audit.ledger_changes with headings and values in words, and the names of
    the villages.
    """
    as_of = run.project.as_of
    table = restatements(before, run.facts.households, run.policy, day, as_of)
    names = run.facts.villages.set_index("village_code")["village"]
    said = {
        side: [in_words(*pair) for pair in zip(table["column"], table[side], strict=True)]
        for side in ("before", "after")
    }
    for side in ("before", "after"):
        table[f"village_{side}"] = table.pop(f"village_code_{side}").map(names)
    columns = table["column"].map(lambda name: heading(name) if name else "")
    return table.assign(column=columns, **said)


def folder_name(code: str) -> str:
    """A township's code as a folder name that is valid on any system; a plain code is unchanged."""
    name = quote(code, safe="").replace(".", "%2E").replace("~", "%7E")
    if len(name) > LONGEST:  # no other name contains "~"
        name = f"{name[:LONGEST]}~{sha256(code.encode()).hexdigest()[:16]}"
    return f"%{name}" if _RESERVED.match(name) else name


@dataclass(frozen=True)
class OwnWorkbook:
    """A workbook of a township's rows of a book.

    The rows are selected when the file is written, which keeps memory low.
    """

    book: Book
    township: str
    title: str
    about: About

    def __call__(self) -> bytes:
        """The workbook."""
        return self.alone()()

    def alone(self) -> Callable[[], bytes]:
        """A function that builds the workbook and holds no other township's rows."""
        return partial(
            workbook_bytes, township_sheets(self.book, self.township), self.title, self.about
        )


def township_files(
    books: Mapping[str, Book], township: str, tables: dict[str, pd.DataFrame], about: About
) -> dict[str, Callable[[], bytes]]:
    """File name → function that builds the file from the township's rows of all books.

    tables: the township's report. The list and the field sheet are written even if empty.
    """
    titles = i18n.messages("report")["titles"]
    makers: dict[str, Callable[[], bytes]] = {
        "report.xlsx": partial(report_workbook, tables, about),
    }
    for name, book in books.items():
        if name in ("list", "field") or any(rows_of_township(one, township).any() for one in book):
            makers[f"{name}.xlsx"] = OwnWorkbook(book, township, titles[name]["zh"], about)
    return makers


def township_sheets(book: Book, township: str) -> Book:
    """The sheets of a book with only the township's rows; one without any is no paper of its."""
    own = tuple(one.where(rows_of_township(one, township)) for one in book)
    return tuple(one for one in own if len(one.table)) or own[:1]


def rows_of_township(whole: WorkbookSheet, township: str) -> pd.Series:
    """Whether each row of a sheet belongs to the township."""
    return whole.table["township_code"].eq(township).fillna(value=False).astype(bool)


def own_report(
    tables: Mapping[str, pd.DataFrame], township: str, villages: set[str]
) -> dict[str, pd.DataFrame]:
    """The township's rows of the report, and the sheets that describe its basis.

    Zone counts are left out, because a zone may have homes of several townships.
    """
    own = {"village_code": villages, "township_code": {township}, "unit_code": {township}}
    report = {}
    for name, table in tables.items():
        keys = [column for column in own if column in table.columns]
        if keys:  # a row without a village is its unit's
            mine = table[keys[0]].isin(own[keys[0]])
            mine |= table[keys[0]].isna() & table[keys[-1]].isin(own[keys[-1]])
            report[name] = table[mine].reset_index(drop=True)
        elif name in BASIS:
            report[name] = table
    return report
