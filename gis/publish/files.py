"""The files of an edition: path below the publication's folder → content."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from gis import i18n
from gis.publish import complete
from gis.publish.spool import Spool
from gis.report import office_papers, tables
from gis.report.budget import budget_book
from gis.report.csv_table import csv_bytes
from gis.report.geopackage import geopackage_bytes
from gis.report.masking import masked_table, masked_values
from gis.report.monthly import report_tables, report_workbook
from gis.report.restated import restated
from gis.report.run import about
from gis.report.summary import json_bytes
from gis.report.townships import OwnWorkbook, folder_name, own_report, township_files
from gis.report.twin import twin_layers
from gis.report.workbook import Sheet, sheet, workbook_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from gis.editions.run_results import Results
    from gis.pages.model import Edition
    from gis.parallel import Beside
    from gis.publish.previous_edition import Before
    from gis.report.metadata import About

Task = Callable[[], bytes]
_WIDE = ("reason", "reason_en", "message", "remedy", "message_en", "remedy_en")
_TOWNSHIPS = "townships/"
_AT_ONCE = 2  # files in the making: packing and drawing leave the interpreter to another


def office_files(
    results: Results,
    edition: Edition,
    memory: bytes,
    before: Before | None,
    beside: Beside | None = None,
) -> Spool:
    """The planner edition, but for its pages, and the townships' folders.

    memory: what the next edition's public counts go on from; before: the edition before.
    beside: makes some of the townships' files, once it has nothing else to do.
    """
    made = made_by_both(_tasks(results, before), beside)
    told = edition.summary if results.unmask else masked_values(edition.summary)
    made.add({"planner/summary.json": json_bytes(told), "planner/published.json": memory})
    return made


def made_by_both(tasks: Mapping[str, Task], beside: Beside | None) -> Spool:
    """What the tasks make: from the first on here, from the last on beside, until they meet."""
    waiting, made = deque(tasks), Spool()

    def here() -> None:
        while (name := _taken(waiting.popleft)) is not None:
            made.add({name: tasks[name]()})

    def there(beside: Beside) -> None:
        beside.idle().result()
        while (name := _taken(partial(_of_townships, waiting))) is not None:
            task = tasks[name]
            alone = task.alone() if isinstance(task, OwnWorkbook) else task
            made.add({name: beside.submit(alone).result()})

    with ThreadPoolExecutor(_AT_ONCE + 1) as workers:
        done = [workers.submit(here) for _ in range(_AT_ONCE)]
        if beside:
            done.append(workers.submit(there, beside))
        for one in done:
            one.result()
    return made


def _taken(take: Callable[[], str | None]) -> str | None:
    try:
        return take()
    except IndexError:  # nothing is left
        return None


def _of_townships(waiting: deque[str]) -> str | None:
    """The last name, if it is a township's; what makes the others hangs on the whole run."""
    return waiting.pop() if waiting[-1].startswith(_TOWNSHIPS) else None


def _tasks(results: Results, before: Before | None) -> dict[str, Task]:
    """What makes each file but the pages."""
    homes = tables.household_table(results)
    listed = tables.working_list(homes, results.facts, unmask=results.unmask)
    complete.whole(results.facts.households["household_id"], homes, listed)
    books: dict[str, office_papers.Book] = {
        "list": (sheet("households", listed, unmask=results.unmask),)
    }
    books |= results.papers or office_papers.papers(results, unmask=results.unmask)
    books["field"] += (office_papers.pending(results, unmask=results.unmask),)
    report = report_tables(results)
    if before is not None:
        report["restatements"] = restated(before.households, before.as_of, results)
    return (
        _tables(results, homes)
        | _books(results, books, report)
        | _townships(results, books, report)
    )


def decisions_csv(results: Results) -> tuple[pd.DataFrame, bytes]:
    """The decisions as a table, and as decisions.csv."""
    table = masked_table(tables.decision_table(results.decisions), unmask=results.unmask)
    return table, csv_bytes(about(results).marked(table))


def tried_csv(results: Results) -> bytes:
    """Every route that was tried for every village and part, in the policy's order."""
    table = masked_table(tables.tried_table(results.decisions), unmask=results.unmask)
    return csv_bytes(about(results).marked(table))


def _tables(results: Results, homes: pd.DataFrame) -> dict[str, Task]:
    told = about(results)
    problems = tables.problem_table(results.problems, unmask=results.unmask)
    decided, decided_csv = decisions_csv(results)
    wide = partial(sheet, unmask=results.unmask, wide=_WIDE)
    return {
        "planner/nuantu.gpkg": lambda: geopackage_bytes(_twin(results), told),
        "planner/households.parquet": lambda: complete.whole_parquet(homes, told),
        "planner/decisions.csv": lambda: decided_csv,
        "planner/problems.csv": lambda: csv_bytes(told.marked(problems)),
        "planner/decisions.xlsx": _book("decisions", told, wide("decisions", decided)),
        "planner/problems.xlsx": _book("problems", told, wide("problems", problems)),
    }


def _twin(results: Results) -> dict[str, gpd.GeoDataFrame]:
    layers = twin_layers(results)
    return {name: masked_table(layer, unmask=results.unmask) for name, layer in layers.items()}


def _books(
    results: Results, books: Mapping[str, office_papers.Book], report: dict[str, pd.DataFrame]
) -> dict[str, Task]:
    told = about(results)
    named = {("households" if name == "list" else name): book for name, book in books.items()}
    named["budget"] = budget_book(results)
    zones = office_papers.sign_off(results)
    if zones:
        named["sign_off"] = zones
    if "restatements" in report:
        named["restatements"] = (sheet("restatements", report["restatements"]),)
    tasks = {f"planner/{name}.xlsx": _book(name, told, *book) for name, book in named.items()}
    return tasks | {"planner/report.xlsx": lambda: report_workbook(report, told)}


def _townships(
    results: Results, books: Mapping[str, office_papers.Book], report: dict[str, pd.DataFrame]
) -> dict[str, Task]:
    towns = results.facts.villages[["township_code", "village_code"]]
    tasks: dict[str, Task] = {}
    complete.shared_out(books["list"], towns["township_code"].unique())
    for code, villages in towns.groupby("township_code", sort=True)["village_code"]:
        mine = own_report(report, str(code), set(villages))
        makers = township_files(books, str(code), mine, about(results))
        folder = folder_name(str(code))
        tasks |= {f"{_TOWNSHIPS}{folder}/{name}": maker for name, maker in makers.items()}
    return tasks


def _book(key: str, told: About, *sheets: Sheet) -> Task:
    title = i18n.load("report")["titles"][key]["zh"]
    return partial(workbook_bytes, sheets, title, told)
