"""The files of an edition but its pages.

`office_files` writes the planner edition's tables and the townships' folders. Every household of
the ledger must be in each of them exactly once, which is checked in the finished tables.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.parquet as pq

from gis import i18n
from gis.conservation import check_same_ids
from gis.errors import Text
from gis.publish.edition_files import Spool
from gis.report import office_papers, output_tables
from gis.report.budget import budget_book
from gis.report.csv_parquet import csv_bytes, parquet_bytes
from gis.report.demand import (
    demand_book,
    emission_table,
    measured_scenario,
    measured_table,
)
from gis.report.geopackage import geopackage_bytes, twin_layers
from gis.report.load_book import load_book
from gis.report.metadata import json_bytes, run_metadata
from gis.report.monthly import (
    OwnWorkbook,
    folder_name,
    ledger_counts,
    own_report,
    report_tables,
    report_workbook,
    restated,
    rows_of_township,
    township_files,
)
from gis.report.qgis_project import project_bytes
from gis.report.sensitivity_book import effect_table, robustness_table, sensitivity_book
from gis.report.settlement_book import grid_sheet
from gis.report.supply_book import supply_book
from gis.report.translate import masked_table, masked_values
from gis.report.workbook import WorkbookSheet, sheet, workbook_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd

    from gis.editions.run_results import Results
    from gis.pages.model import Edition
    from gis.parallel import Worker
    from gis.publish.previous_edition import PreviousEdition
    from gis.report.metadata import About
    from gis.report.monthly import LedgerCounts
    from gis.report.office_papers import Book


_TABLES_STAGE = Text("成果表", "the tables handed out")
_TOWNSHIPS_STAGE = Text("分发各乡镇", "sharing out to the townships")


def check_households_complete(ids: pd.Series, *handed_out: pd.DataFrame) -> None:
    """Check that each table has exactly the households `ids`, each once.

    Raises:
        ConservationError: Households are missing or repeated.
    """
    for table in handed_out:
        check_same_ids(_TABLES_STAGE, ids, table["household_id"])


def checked_parquet(homes: pd.DataFrame, about: About) -> bytes:
    """`homes` as Parquet, checked by reading it back.

    Raises:
        ConservationError: Households are missing or repeated.
    """
    content = parquet_bytes(homes, about)
    back = pq.read_table(io.BytesIO(content), columns=["household_id"]).to_pandas()
    check_households_complete(homes["household_id"], back)
    return content


def check_township_lists(listed: Book, townships: Iterable[str]) -> None:
    """Check that every household of the townships is in the list of exactly one of them.

    Args:
        listed: The working list of all households.
        townships: The township codes.

    Raises:
        ConservationError: Households are missing or repeated.
    """
    codes = [str(code) for code in townships]
    for listed_sheet in listed:
        ids = listed_sheet.table["household_id"]
        shared = [ids[rows_of_township(listed_sheet, code)] for code in codes]
        expected = ids[listed_sheet.table["township_code"].isin(codes)]
        check_same_ids(_TOWNSHIPS_STAGE, expected, pd.concat([ids.iloc[:0], *shared]))


def province_files(
    results: Results, counts: LedgerCounts, problems: pd.DataFrame, needs: pd.DataFrame
) -> Spool:
    """The files of a whole province, without lists of households.

    Args:
        results: The results; of the households, `ledger_file` and `status` alone.
        counts: The counts of all households.
        problems: The table of all problems.
        needs: `gis.decide.winter_needs` of all households.
    """
    report = report_tables(results, counts)
    tasks = _village_tables(results, problems) | _reports(results, report, counts)
    tasks["planner/supply.xlsx"] = _book(
        "supply", run_metadata(results), *supply_book(results, needs)
    )
    spool = run_tasks(tasks, None)
    spool.add(_qgis_project(spool, run_metadata(results)))
    return spool


Task = Callable[[], bytes]
_WIDE_COLUMNS = ("reason", "reason_en", "message", "remedy", "message_en", "remedy_en",
                 "works", "works_en", "flip_margin", "device", "document_no")  # fmt: skip
# The columns of villages on paper, no wider than a page; the others are hidden in the workbook.
_PRINTED = (
    "village", "township", "part", "approach", "status", "batch", "device", "households", "pending",
    "clause", "reason", "runner_up", "flip_margin", "dissent", "document_no", "ready_on", "works",
)  # fmt: skip
_PRINTED_WAITING = (
    "rank", "village", "township", "part", "waiting_route", "pending", "pending_in_zone", "works",
    "transformers", "station_homes", "station_kw", "works_cny", "works_dear", "ready_on",
    "near_term", "interim",
)  # fmt: skip
_TOWNSHIPS = "townships/"
_THREADS = 2  # packing and drawing release the interpreter lock


def office_files(
    results: Results,
    edition: Edition,
    memory: bytes,
    before: PreviousEdition | None,
    beside: Worker | None = None,
) -> Spool:
    """The planner edition without its pages, and the townships' folders.

    Args:
        results: The results of the run.
        edition: The planner edition.
        memory: The stored public counts, from which the next edition continues.
        before: The previous edition, None for none.
        beside: A worker process that makes some of the townships' files once it is idle.
    """
    spool = run_tasks(_tasks(results, before), beside)
    spool.add(_qgis_project(spool, run_metadata(results)))
    summary = edition.summary if results.unmask else masked_values(edition.summary)
    spool.add({"planner/summary.json": json_bytes(summary), "planner/published.json": memory})
    return spool


def _qgis_project(spool: Spool, about: About) -> dict[str, bytes]:
    return {"planner/nuantu.qgs": project_bytes(spool["planner/nuantu.gpkg"], about)}


def run_tasks(tasks: Mapping[str, Task], beside: Worker | None) -> Spool:
    """Run the tasks, from the first here and from the last in the worker, until they meet."""
    waiting, spool = deque(tasks), Spool()

    def here() -> None:
        while (name := _next_task(waiting.popleft)) is not None:
            spool.add({name: tasks[name]()})

    def in_worker(beside: Worker) -> None:
        beside.idle().result()
        while (name := _next_task(partial(_take_township_task, waiting))) is not None:
            task = tasks[name]
            alone = task.alone() if isinstance(task, OwnWorkbook) else task
            spool.add({name: beside.submit(alone).result()})

    with ThreadPoolExecutor(_THREADS + 1) as workers:
        done = [workers.submit(here) for _ in range(_THREADS)]
        if beside:
            done.append(workers.submit(in_worker, beside))
        for future in done:
            future.result()
    return spool


def _next_task(take: Callable[[], str | None]) -> str | None:
    try:
        return take()
    except IndexError:  # no task is left
        return None


def _take_township_task(waiting: deque[str]) -> str | None:
    """The last name, if it is a township's file; the other files need the whole run's data."""
    return waiting.pop() if waiting[-1].startswith(_TOWNSHIPS) else None


def _tasks(results: Results, before: PreviousEdition | None) -> dict[str, Task]:
    """The tasks that make each file except the pages."""
    homes = output_tables.household_table(results)
    listed = output_tables.working_list(homes, results.facts, unmask=results.unmask)
    check_households_complete(results.facts.households["household_id"], homes, listed)
    books: dict[str, office_papers.Book] = {
        "list": (sheet("households", listed, unmask=results.unmask),)
    }
    books |= results.papers or office_papers.build_office_papers(results, unmask=results.unmask)
    if grid := grid_sheet(results, unmask=results.unmask):
        books["settlement"] = (*books.get("settlement", ()), *grid)
    books["field"] += (office_papers.pending_sheet(results, unmask=results.unmask),)
    counts = ledger_counts(results)
    report = report_tables(results, counts)
    if before is not None:
        report["restatements"] = restated(before.households, before.as_of, results)
    return (
        _village_tables(
            results, output_tables.problem_table(results.problems, unmask=results.unmask)
        )
        | _measured(results)
        | _sensitivity(results)
        | {"planner/households.parquet": lambda: checked_parquet(homes, run_metadata(results))}
        | _reports(results, report, counts)
        | _by_home(results)
        | _books(results, books, report)
        | _townships(results, books, report)
    )


def _measured(results: Results) -> dict[str, Task]:
    """Measured against assumed heat, and the scenario that follows from it, if any does."""
    table, scenario = measured_table(results), measured_scenario(results).encode()
    tasks: dict[str, Task] = {
        "planner/measured.csv": lambda: csv_bytes(run_metadata(results).marked(table))
    }
    return tasks | ({"planner/measured.toml": lambda: scenario} if scenario else {})


def _sensitivity(results: Results) -> dict[str, Task]:
    """What unverified numbers change, where that was worked out."""
    found, about = results.robustness, run_metadata(results)
    if found is None:
        return {}
    villages = results.facts.villages
    effects, sure = effect_table(found, results.policy), robustness_table(found, villages)
    return {
        "planner/sensitivity.csv": lambda: csv_bytes(about.marked(effects)),
        "planner/robustness.csv": lambda: csv_bytes(about.marked(sure)),
        "planner/sensitivity.xlsx": _book(
            "sensitivity", about, *sensitivity_book(found, results.policy, villages)
        ),
    }


def _by_home(results: Results) -> dict[str, Task]:
    """What is added up home by home: the winter's supply, and the loads with their homes."""
    about = run_metadata(results)
    return {
        "planner/supply.xlsx": _book("supply", about, *supply_book(results)),
        "planner/loads.xlsx": _book("loads", about, *load_book(results, unmask=results.unmask)),
    }


def decisions_csv(results: Results) -> tuple[pd.DataFrame, bytes]:
    """The decisions, as a table and as the content of decisions.csv."""
    table = masked_table(output_tables.decision_table(results), unmask=results.unmask)
    return table, csv_bytes(run_metadata(results).marked(table))


def tried_csv(results: Results) -> bytes:
    """All routes tried for each village and part, in the policy's order, as a CSV file."""
    table = masked_table(output_tables.tried_table(results.decisions), unmask=results.unmask)
    return csv_bytes(run_metadata(results).marked(table))


def _village_tables(results: Results, problems: pd.DataFrame) -> dict[str, Task]:
    about = run_metadata(results)
    decided, decided_csv = decisions_csv(results)
    waiting = masked_table(output_tables.waiting_table(results), unmask=results.unmask)
    waiting_csv = csv_bytes(about.marked(waiting))
    notes = i18n.messages("report")["notes"]
    said, hidden = notes["waiting"]["zh"], notes["columns_hidden"]["zh"]
    wide = partial(sheet, unmask=results.unmask, wide=_WIDE_COLUMNS)
    return {
        "planner/nuantu.gpkg": lambda: geopackage_bytes(_gis_layers(results), about),
        "planner/decisions.csv": lambda: decided_csv,
        "planner/waiting.csv": lambda: waiting_csv,
        "planner/problems.csv": lambda: csv_bytes(about.marked(problems)),
        "planner/decisions.xlsx": _book(
            "decisions",
            about,
            wide("decisions", decided, hidden=_others(decided, _PRINTED), lines=(hidden,)),
            wide(
                "waiting",
                waiting,
                hidden=_others(waiting, _PRINTED_WAITING),
                lines=(said, hidden),
            ),
        ),
        "planner/problems.xlsx": _book("problems", about, wide("problems", problems)),
    }


def _others(table: pd.DataFrame, printed: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(name) for name in table.columns if name not in printed)


def _reports(
    results: Results, report: dict[str, pd.DataFrame], counts: LedgerCounts
) -> dict[str, Task]:
    about = run_metadata(results)
    budget = budget_book(results, counts.ceilings)
    emitted = csv_bytes(about.marked(emission_table(results)))
    return {
        "planner/budget.xlsx": _book("budget", about, *budget),
        "planner/demand.xlsx": _book("demand", about, *demand_book(results)),
        "planner/emissions.csv": lambda: emitted,
        "planner/report.xlsx": lambda: report_workbook(report, about),
    }


def _gis_layers(results: Results) -> dict[str, gpd.GeoDataFrame]:
    layers = twin_layers(results)
    return {name: masked_table(layer, unmask=results.unmask) for name, layer in layers.items()}


def _books(
    results: Results,
    books: Mapping[str, office_papers.Book],
    report: dict[str, pd.DataFrame],
) -> dict[str, Task]:
    about = run_metadata(results)
    named = {("households" if name == "list" else name): book for name, book in books.items()}
    named |= office_papers.sign_off(results)
    if "restatements" in report:
        named["restatements"] = (sheet("restatements", report["restatements"]),)
    return {f"planner/{name}.xlsx": _book(name, about, *book) for name, book in named.items()}


def _townships(
    results: Results, books: Mapping[str, office_papers.Book], report: dict[str, pd.DataFrame]
) -> dict[str, Task]:
    towns = results.facts.villages[["township_code", "village_code"]]
    tasks: dict[str, Task] = {}
    check_township_lists(books["list"], towns["township_code"].unique())
    for code, villages in towns.groupby("township_code", sort=True)["village_code"]:
        own_tables = own_report(report, str(code), set(villages))
        makers = township_files(books, str(code), own_tables, run_metadata(results))
        folder = folder_name(str(code))
        tasks |= {f"{_TOWNSHIPS}{folder}/{name}": maker for name, maker in makers.items()}
    return tasks


def _book(key: str, about: About, *sheets: WorkbookSheet) -> Task:
    title = i18n.messages("report")["titles"][key]["zh"]
    return partial(workbook_bytes, sheets, title, about)
