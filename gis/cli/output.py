"""Output of the commands: results on stdout, progress on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gis import i18n, run_log
from gis.errors import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from gis.editions.run_results import Results
    from gis.report.export import Exported

STAGES = 8  # of a whole run including publishing


@dataclass(frozen=True)
class Screen:
    """The output of a command: its language, and text or JSON."""

    lang: str = "zh"
    as_json: bool = False

    def say(self, text: Text) -> None:
        """Print a sentence: on stdout, or on stderr if stdout is for JSON."""
        stream = sys.stderr if self.as_json else sys.stdout
        print(text.of(self.lang), file=stream, flush=True)  # who waits for it may read a pipe

    def json(self, value: object) -> None:
        """Print the result as JSON on stdout; in ASCII where that is not in UTF-8.

        Whoever reads it reads the same then, in any code page.
        """
        plain = sys.stdout.encoding not in ("utf-8", None)
        print(json.dumps(value, ensure_ascii=plain, indent=1, default=str))

    def table(self, table: pd.DataFrame, columns: Sequence[str] = ()) -> None:
        """Print a table: all of it as JSON, or `columns` with headings in the chosen language."""
        from gis.cli.print_table import print_table, table_rows  # noqa: PLC0415  # pandas: 0.4 s

        if self.as_json:
            self.json(table_rows(table))
        else:
            print_table(table[list(columns)] if columns else table, self.lang)

    @contextmanager
    def stages(self, log: Path | None = None) -> Iterator[Callable[[Text], None]]:
        """Show a progress bar on a terminal, nothing in a pipe; yields a function to report stages.

        log: The file of the run log; None: a new one in the user's folder.
        """
        run_log.begin_log(log)
        if not sys.stderr.isatty():
            yield run_log.log_stage
            return
        from rich.console import Console  # noqa: PLC0415  # rich: 0.04 s, on a terminal alone
        from rich.progress import (  # noqa: PLC0415
            BarColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
        )

        columns = (BarColumn(24), TimeElapsedColumn(), TextColumn("{task.description}"))
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("", total=STAGES, completed=-1)

            def say(text: Text) -> None:
                run_log.log_stage(text)
                bar.update(task, advance=1, description=text.of(self.lang))

            yield say


def print_run(screen: Screen, results: Results, out: Path) -> None:
    """Print the summary of a run, and the paths of the maps."""
    from gis.report.metadata import summary  # noqa: PLC0415  # pandas: 0.4 s

    outcome = summary(results)
    if screen.as_json:
        screen.json(outcome)
        return
    from gis.audit.ledger_checks import problems_before_deciding  # noqa: PLC0415  # as above

    before = problems_before_deciding(results.layers, results.facts)
    known = sum(not one.note for one in before)
    found = sum(not one.note for one in results.problems)
    notes = len(results.problems) - found
    _print_summary(screen, outcome, {"problems": found, "later": found - known, "notes": notes})
    for edition in ("public", "planner"):
        screen.say(Text(f"  {out / edition / 'index.html'}", f"  {out / edition / 'index.html'}"))


def print_volumes(screen: Screen, outcome: dict[str, Any], out: Path) -> None:
    """Print the summary of a publication in volumes, from `gis.province.volumes`."""
    if screen.as_json:
        screen.json(outcome)
        return
    _print_summary(screen, outcome, {"problems": outcome["problems"]})
    screen.say(Text(**outcome["divided"]))
    index = out / "index.html"
    screen.say(
        Text(f"  共 {outcome['volumes']} 册：{index}", f"  {outcome['volumes']} volumes: {index}")
    )


def _print_summary(screen: Screen, outcome: dict[str, Any], problems: dict[str, int]) -> None:
    homes, words = outcome["households"], i18n.messages("report")["task"]
    without = outcome["without_location"]
    counts = {**homes, "without": without, "beyond": homes["outside"] - without}
    screen.say(i18n.format_message(words, "homes", **counts))
    for approach, sums in outcome["approach"].items():
        _line(screen, "approach", approach, Text(
            f"{sums['villages']} 村 {sums['households']:,} 户",
            f"{sums['villages']} villages, {sums['households']:,} households",
        ))  # fmt: skip
    for zone in outcome["zones"]:
        _line(screen, "verdict", zone["verdict"], Text(
            f"{zone['zone_id']}：区内 {zone['inside']:,} 户，已清零 {zone['cleared']:,}",
            f"{zone['zone_id']}: {zone['inside']:,} inside, {zone['cleared']:,} cleared",
        ))  # fmt: skip
    for line in task_lines(outcome["targets"]):
        screen.say(line)
    key = "problems" if "later" in problems else "problems_of_volumes"
    screen.say(i18n.format_message(words, key, gaps=outcome["gaps"], **problems))


def task_lines(targets: Sequence[Mapping[str, Any]]) -> Iterator[Text]:
    """This year's task and what of it is done; what is unknown, and why; drafts of the batch.

    targets: the rows of summary.json.
    """
    words = i18n.messages("report")["task"]
    target = sum(row["target"] or 0 for row in targets)
    unknown = [row for row in targets if row["completed"] is None]
    counted = [row["completed"] for row in targets if row["completed"] is not None]
    done = f"{sum(counted):,}" if counted or not targets else "—"
    key = "done_of_some" if unknown and counted else "done"
    yield i18n.format_message(words, key, target=target, done=done, units=_units(unknown))
    reasons: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in unknown:
        reasons.setdefault((row["ground_zh"], row["ground_en"]), []).append(row)
    for (zh, en), rows in reasons.items():
        yield i18n.format_message(words, "unknown", units=_units(rows), zh=zh, en=en)
    reported = [row["reported"] for row in targets if row["reported"] is not None]
    if sum(reported):
        yield i18n.format_message(words, "reported", n=sum(reported))
    drafts = [row for row in targets if row["batch_draft"]]
    if drafts:
        homes = sum(row["batch"] or 0 for row in drafts)
        yield i18n.format_message(words, "draft", n=homes, units=_units(drafts))


def _units(rows: Sequence[Mapping[str, Any]]) -> str:
    return "、".join(dict.fromkeys(row["unit"] for row in rows))


def _line(screen: Screen, table: str, key: str, rest: Text) -> None:
    name = i18n.messages("terms")[table][key]
    screen.say(Text(f"  {name['zh']}  {rest.zh}", f"  {name['en']}  {rest.en}"))


def print_export(screen: Screen, made: Exported, out: Path) -> None:
    """Print which files were written, and what was cut or not checked."""
    told = made.as_json(out.parent, screen.lang)
    if screen.as_json:
        screen.json(told)
        return
    for path in told["files"]:
        screen.say(Text(f"已写 {path}", f"wrote {path}"))
    zh = f"{made.rows:,} 行，{made.crs}，读回与图层一致"
    screen.say(Text(zh, f"{made.rows:,} rows, {made.crs}, read back the same"))
    for note in made.notes:
        screen.say(note)
