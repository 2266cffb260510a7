"""The files of an edition: path below the publication's folder → content."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pandas as pd

from gis import words
from gis.pages import Edition, render
from gis.publish.openly import public_data
from gis.report import monthly, tables
from gis.report.csv_table import csv_bytes
from gis.report.geopackage import geopackage_bytes
from gis.report.parquet import parquet_bytes
from gis.report.run import about
from gis.report.summary import json_bytes
from gis.report.townships import field_sheet, folder_name, township_files
from gis.report.twin import twin_layers
from gis.report.workbook import Sheet, sheet, workbook_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.publish.groups import Group
    from gis.publish.results import Results
    from gis.report.about import About

Files = dict[str, bytes]
Task = Callable[[], bytes]
_WIDE = ("reason", "reason_en", "message", "remedy", "message_en", "remedy_en")
_AT_ONCE = 4  # files in the making: packing and drawing leave the interpreter to another


def public_files(results: Results, edition: Edition, groups: Sequence[Group]) -> Files:
    """index.html and the other pages, and the data they show."""
    files = render(edition) | public_data(edition, groups, about(results))
    return {f"public/{name}": content for name, content in files.items()}


def office_files(results: Results, edition: Edition, memory: bytes) -> Files:
    """The planner edition and the townships' folders.

    memory: what the next edition's public counts go on from.
    """
    pages = {f"planner/{name}": content for name, content in render(edition).items()}
    homes = tables.household_table(results)
    listed = sheet("households", tables.working_list(homes, results.facts, unmask=results.unmask))
    report = _report(results)
    tasks = _planner(results, homes, listed, report) | _townships(results, homes, listed, report)
    with ThreadPoolExecutor(_AT_ONCE) as workers:
        made = list(workers.map(lambda task: task(), tasks.values()))
    told = {
        "planner/summary.json": json_bytes(edition.summary),
        "planner/published.json": memory,
    }
    return pages | dict(zip(tasks, made, strict=True)) | told


def decisions_csv(results: Results) -> tuple[pd.DataFrame, bytes]:
    """The decisions as a table, and as decisions.csv."""
    table = tables.decision_table(results.decisions)
    return table, csv_bytes(about(results).marked(table))


def _planner(
    results: Results, homes: pd.DataFrame, listed: Sheet, report: dict[str, pd.DataFrame]
) -> dict[str, Task]:
    told = about(results)
    problems = tables.problem_table(results.problems, unmask=results.unmask)
    decided, decided_csv = decisions_csv(results)
    return {
        "planner/nuantu.gpkg": lambda: geopackage_bytes(twin_layers(results), told),
        "planner/households.xlsx": lambda: _book("households", listed, told),
        "planner/households.parquet": lambda: parquet_bytes(homes, told),
        "planner/decisions.csv": lambda: decided_csv,
        "planner/decisions.xlsx": lambda: _book(
            "decisions", sheet("decisions", decided, wide=_WIDE), told
        ),
        "planner/problems.csv": lambda: csv_bytes(told.marked(problems)),
        "planner/problems.xlsx": lambda: _book(
            "problems", sheet("problems", problems, wide=_WIDE), told
        ),
        "planner/report.xlsx": lambda: monthly.report_workbook(report, told),
    }


def _townships(
    results: Results, homes: pd.DataFrame, listed: Sheet, report: dict[str, pd.DataFrame]
) -> dict[str, Task]:
    told = about(results)
    field = field_sheet(listed.table, homes)
    towns = results.facts.villages[["township_code", "village_code"]]
    tasks: dict[str, Task] = {}
    for code, villages in towns.groupby("township_code", sort=True)["village_code"]:
        own = {key: _own(table, str(code), set(villages)) for key, table in report.items()}
        makers = township_files(_of(listed, code), _of(field, code), own, told)
        folder = folder_name(str(code))
        tasks |= {f"townships/{folder}/{name}": maker for name, maker in makers.items()}
    return tasks


def _of(whole: Sheet, township: object) -> Sheet:
    return whole.where(whole.table["township_code"].eq(township).fillna(value=False))


def _book(key: str, one: Sheet, told: About) -> bytes:
    return workbook_bytes([one], words.load("report")["titles"][key]["zh"], told)


def _report(results: Results) -> dict[str, pd.DataFrame]:
    stages = monthly.stage_table(results)
    return monthly.report_tables(stages, results.progress) | {
        "zones": monthly.zone_table(results.clearance),
        "gaps": monthly.gap_table(results.gaps),
    }


def _own(table: pd.DataFrame, township: str, villages: set[str]) -> pd.DataFrame:
    """The township's own rows; a table that knows neither township nor village has none.

    A zone may hold homes of several townships, so that its counts are nobody's own.
    """
    for column, own in (
        ("village_code", villages),
        ("township_code", {township}),
        ("unit_code", {township}),
    ):
        if column in table.columns:
            return table[table[column].isin(own)].reset_index(drop=True)
    return table.iloc[:0]
