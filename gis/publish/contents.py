"""The files of an edition: path below the publication's folder → content."""

from __future__ import annotations

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
from gis.report.townships import folder_name, township_files
from gis.report.twin import twin_layers
from gis.report.workbook import sheet, workbook_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.publish.groups import Group
    from gis.publish.results import Results

Files = dict[str, bytes]


def public_files(results: Results, edition: Edition, groups: Sequence[Group]) -> Files:
    """index.html and the other pages, and the data they show."""
    files = render(edition) | public_data(edition, groups, about(results))
    return {f"public/{name}": content for name, content in files.items()}


def planner_files(results: Results, edition: Edition, memory: bytes) -> Files:
    """Pages and tables of the working copy; `memory` is what the next edition goes on from."""
    told = about(results)
    homes = tables.household_table(results)
    lists = tables.working_list(homes, results.facts, unmask=results.unmask)
    problems = tables.problem_table(results.problems, unmask=results.unmask)
    decided, decided_csv = decisions_csv(results)
    wide = ("reason", "reason_en", "message", "remedy", "message_en", "remedy_en")
    files = render(edition) | {
        "decisions.csv": decided_csv,
        "decisions.xlsx": _book("decisions", decided, results, wide),
        "households.parquet": parquet_bytes(homes, told),
        "households.xlsx": _book("households", lists, results, ()),
        "problems.csv": csv_bytes(told.marked(problems)),
        "problems.xlsx": _book("problems", problems, results, wide),
        "report.xlsx": monthly.report_workbook(_report(results), told),
        "nuantu.gpkg": geopackage_bytes(twin_layers(results), told),
        "summary.json": json_bytes(edition.summary),
        "published.json": memory,
    }
    return {f"planner/{name}": content for name, content in files.items()}


def township_folders(results: Results) -> Files:
    """Each township's own list, field sheet and report."""
    homes = tables.working_list(
        tables.household_table(results), results.facts, unmask=results.unmask
    )
    whole = _report(results)
    towns = results.facts.villages[["township_code", "village_code"]]
    files = {}
    for code, mine in towns.groupby("township_code", sort=True)["village_code"]:
        own = {key: _own(table, str(code), set(mine)) for key, table in whole.items()}
        lists = homes[homes["township_code"] == code].reset_index(drop=True)
        for name, content in township_files(lists, own, about(results)).items():
            files[f"townships/{folder_name(str(code))}/{name}"] = content
    return files


def decisions_csv(results: Results) -> tuple[pd.DataFrame, bytes]:
    """The decisions as a table, and as decisions.csv."""
    table = tables.decision_table(results.decisions)
    return table, csv_bytes(about(results).marked(table))


def _book(key: str, table: pd.DataFrame, results: Results, wide: tuple[str, ...]) -> bytes:
    title = words.load("report")["titles"][key]["zh"]
    return workbook_bytes([sheet(key, table, wide=wide)], title, about(results))


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
