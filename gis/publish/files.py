"""The files of an edition: path below the publication's folder → content.

Every household of the ledger is in what is handed out, once: seen in the finished tables.

Files that are made and not yet published, kept on the disk: a county's take 75 MB.
"""

from __future__ import annotations

import io
import os
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from threading import Lock
from typing import TYPE_CHECKING
from zlib import crc32

import pandas as pd
import pyarrow.parquet as pq

from gis import i18n
from gis.conservation import check_same_ids
from gis.errors import Text
from gis.publish import errors
from gis.report import office_papers, tables
from gis.report.budget import budget_book
from gis.report.csv_table import csv_bytes
from gis.report.geopackage import geopackage_bytes, twin_layers
from gis.report.metadata import run_metadata
from gis.report.monthly import report_tables, report_workbook, restated
from gis.report.parquet import parquet_bytes
from gis.report.summary import json_bytes
from gis.report.townships import (
    OwnWorkbook,
    folder_name,
    own_report,
    rows_of_township,
    township_files,
)
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
    from gis.report.office_papers import Book


class Spool(Mapping[str, bytes]):
    """Path → content, in order of path, whoever of several threads made it first.

    It lies in a file without a name, which nobody else can open, and which is gone with this.
    """

    def __init__(self) -> None:
        with _said():
            self._file = TemporaryFile(prefix="nuantu-")  # noqa: SIM115  closed with this
        weakref.finalize(self, self._file.close)
        self._alone = Lock()
        self._places: dict[str, tuple[int, int, int]] = {}

    def __reduce__(self) -> tuple[Callable[[dict[str, bytes]], Spool], tuple[dict[str, bytes]]]:
        return _spool, (dict(self),)

    def add(self, files: Mapping[str, bytes]) -> None:
        """Put `files` in.

        Raises:
            PublicationError: the folder for temporary files is full, or refuses.
        """
        for name, content in files.items():
            with self._alone, _said():
                begin = self._file.seek(0, os.SEEK_END)
                self._file.write(content)
                self._file.flush()
                self._places[name] = (begin, len(content), crc32(content))

    def __getitem__(self, name: str) -> bytes:
        with self._alone, _said():
            begin, size, check = self._places[name]
            self._file.seek(begin)
            content = self._file.read(size)
        if crc32(content) != check:
            raise errors.not_as_written(f"{gettempdir()} ({name})")
        return content

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._places))

    def __len__(self) -> int:
        return len(self._places)


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise errors.of_system(error, Path(gettempdir())) from error


def _spool(files: dict[str, bytes]) -> Spool:
    made = Spool()
    made.add(files)
    return made


_WRITING = Text("成果表", "the tables handed out")
_SHARING = Text("分发各乡镇", "sharing out to the townships")


def whole_file(ids: pd.Series, *handed_out: pd.DataFrame) -> None:
    """See that each of the tables has the households `ids`, each once.

    Raises:
        ConservationError: some are gone, or there more often.
    """
    for table in handed_out:
        check_same_ids(_WRITING, ids, table["household_id"])


def whole_parquet(homes: pd.DataFrame, told: About) -> bytes:
    """`homes` as Parquet, read back.

    Raises:
        ConservationError: some are gone, or there more often.
    """
    content = parquet_bytes(homes, told)
    back = pq.read_table(io.BytesIO(content), columns=["household_id"]).to_pandas()
    whole_file(homes["household_id"], back)
    return content


def township_shares(listed: Book, townships: Iterable[str]) -> None:
    """See that every household of one of the townships is in the list of just one of them.

    listed: the working list of all households.

    Raises:
        ConservationError: some are gone, or there more often.
    """
    codes = [str(code) for code in townships]
    for one in listed:
        ids = one.table["household_id"]
        shared = [ids[rows_of_township(one, code)] for code in codes]
        theirs = ids[one.table["township_code"].isin(codes)]
        check_same_ids(_SHARING, theirs, pd.concat([ids.iloc[:0], *shared]))


Task = Callable[[], bytes]
_WIDE = ("reason", "reason_en", "message", "remedy", "message_en", "remedy_en")
_TOWNSHIPS = "townships/"
_AT_ONCE = 2  # files in the making: packing and drawing leave the interpreter to another


def office_files(
    results: Results,
    edition: Edition,
    memory: bytes,
    before: PreviousEdition | None,
    beside: Worker | None = None,
) -> Spool:
    """The planner edition, but for its pages, and the townships' folders.

    memory: what the next edition's public counts go on from; before: the edition before.
    beside: makes some of the townships' files, once it has nothing else to do.
    """
    made = made_by_both(_tasks(results, before), beside)
    told = edition.summary if results.unmask else masked_values(edition.summary)
    made.add({"planner/summary.json": json_bytes(told), "planner/published.json": memory})
    return made


def made_by_both(tasks: Mapping[str, Task], beside: Worker | None) -> Spool:
    """What the tasks make: from the first on here, from the last on beside, until they meet."""
    waiting, made = deque(tasks), Spool()

    def here() -> None:
        while (name := _taken(waiting.popleft)) is not None:
            made.add({name: tasks[name]()})

    def there(beside: Worker) -> None:
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


def _tasks(results: Results, before: PreviousEdition | None) -> dict[str, Task]:
    """What makes each file but the pages."""
    homes = tables.household_table(results)
    listed = tables.working_list(homes, results.facts, unmask=results.unmask)
    whole_file(results.facts.households["household_id"], homes, listed)
    books: dict[str, office_papers.Book] = {
        "list": (sheet("households", listed, unmask=results.unmask),)
    }
    books |= results.papers or office_papers.build_office_papers(results, unmask=results.unmask)
    books["field"] += (office_papers.pending_sheet(results, unmask=results.unmask),)
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
    return table, csv_bytes(run_metadata(results).marked(table))


def tried_csv(results: Results) -> bytes:
    """Every route that was tried for every village and part, in the policy's order."""
    table = masked_table(tables.tried_table(results.decisions), unmask=results.unmask)
    return csv_bytes(run_metadata(results).marked(table))


def _tables(results: Results, homes: pd.DataFrame) -> dict[str, Task]:
    told = run_metadata(results)
    problems = tables.problem_table(results.problems, unmask=results.unmask)
    decided, decided_csv = decisions_csv(results)
    wide = partial(sheet, unmask=results.unmask, wide=_WIDE)
    return {
        "planner/nuantu.gpkg": lambda: geopackage_bytes(_twin(results), told),
        "planner/households.parquet": lambda: whole_parquet(homes, told),
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
    told = run_metadata(results)
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
    township_shares(books["list"], towns["township_code"].unique())
    for code, villages in towns.groupby("township_code", sort=True)["village_code"]:
        mine = own_report(report, str(code), set(villages))
        makers = township_files(books, str(code), mine, run_metadata(results))
        folder = folder_name(str(code))
        tasks |= {f"{_TOWNSHIPS}{folder}/{name}": maker for name, maker in makers.items()}
    return tasks


def _book(key: str, told: About, *sheets: WorkbookSheet) -> Task:
    title = i18n.messages("report")["titles"][key]["zh"]
    return partial(workbook_bytes, sheets, title, told)
