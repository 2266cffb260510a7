"""Next year's project from this one: the same folder, a year later, with nothing counted twice.

Copied are all files. Changed are the years and days of project.toml and policy.toml, and the
targets, which become blank. Last year's ledger gets the day up to which it was kept, so that its
list is not taken for the new year's, nor its readings for the next season's.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from gis.errors import InputError, Text
from gis.inputs import Settings, read_settings
from gis.pipeline import Pipeline
from gis.record import FILE, OfficeRecord

if TYPE_CHECKING:
    from pathlib import Path

_LEDGER_FILE = re.compile(r"^[ \t]*\[\[\s*layers\.households\.files\s*\]\]", re.MULTILINE)
_HEADER = re.compile(r"\s*\[{1,2}\s*([^\]]+?)\s*\]")
_KEY = re.compile(r'\s*"?([A-Za-z_]+)"?\s*=')
_DAY = re.compile(r"(\d{4})-(\d\d-\d\d)")
_PLAN = ("plan_year", "programme_start", "deadline")
_TARGETS = "targets.csv"
_MODES = ("electric", "gas", "central", "total")
# files that are open somewhere, what the desk keeps beside them, and the record, of which a copy is
# made at one moment
_KEEP = shutil.ignore_patterns("~$*", ".~lock*", "*.tmp", ".nuantu-*", FILE, f"{FILE}-*")
Edit = Callable[[str], str]


class Rolled(NamedTuple):
    """What was made.

    year       the plan year of the new project
    begins     its as-of day, the first of the programme
    kept       file with last year's targets in the new folder; "" where it keeps its name, or none
    """

    year: int
    begins: date
    kept: str


def roll_project(folder: Path, new: Path) -> Rolled:
    """Write the project of the year after that of `folder` into `new`.

    Args:
        folder: The project folder; nothing in it is changed.
        new: A new or empty folder outside of it.

    Raises:
        InputError: The project has a mistake in it, `new` is not empty or cannot be written, or
            the keys to change are not written on lines of their own.
    """
    settings = read_settings(folder)
    _refuse_place(folder, new)
    units = _units(settings)
    try:
        shutil.copytree(folder, new, dirs_exist_ok=True, ignore=_KEEP)
        record = OfficeRecord(folder)
        if record.exists():
            record.backup(new / FILE)
        rolled = _change(settings, new, units)
    except (OSError, shutil.Error) as error:
        _remove(new)
        said = _cause(error)
        zh = f"复制不了 {folder}（{said}）；没有新建，本项目未动。请检查磁盘空间和权限后再做一次。"
        en = f"cannot copy {folder} ({said}); nothing was made and this project is as it was. "
        en += "See whether the disk is full or not to be written, then do it again."
        raise InputError(Text(zh, en)) from error
    except InputError:
        _remove(new)
        raise
    return rolled


def _refuse_place(folder: Path, new: Path) -> None:
    if folder.resolve() in (new.resolve(), *new.resolve().parents):
        zh = f"{new} 在原项目 {folder} 里面；请在它旁边取一个新文件夹名。"
        en = f"{new} lies inside the project {folder}; name a new folder beside it."
        raise InputError(Text(zh, en))
    if new.exists() and (not new.is_dir() or any(new.iterdir())):
        zh = f"{new} 里已有东西；请换一个新文件夹，原有内容未动。"
        en = f"{new} is not empty; choose a new folder. Nothing in it was touched."
        raise InputError(Text(zh, en))


def _cause(error: OSError) -> str:
    """What the system says; of many files that were not copied that of the first."""
    if isinstance(error, shutil.Error):
        return str(error.args[0][0][2]).split("] ", 1)[-1].split(": ", 1)[0]
    return error.strerror or type(error).__name__


def _remove(new: Path) -> None:
    with suppress(OSError):
        shutil.rmtree(new)


def _units(settings: Settings) -> pd.DataFrame:
    """unit_code and unit of the target table; none where there is no such table."""
    columns = ["unit_code", "unit"]
    if settings.project.targets is None:
        return pd.DataFrame(columns=columns)
    others = set(settings.project.layers) - {"villages"}
    targets = Pipeline().read(settings, without=others).tables.get("targets")
    return pd.DataFrame(columns=columns) if targets is None else targets[columns]


def _change(settings: Settings, new: Path, units: pd.DataFrame) -> Rolled:
    project, plan = settings.project, settings.policy.plan
    begins = _next_year(plan.programme_start)
    kept = _blank_targets(project.targets, new, units, plan.plan_year)
    _rewrite(new / "project.toml", _project_edits(new, begins, settings))
    _rewrite(new / project.policy.relative_to(project.folder), _policy_edits(plan.plan_year))
    made = read_settings(new)
    ledger = made.project.layers.get("households")
    expected = (plan.plan_year + 1, begins, _next_year(plan.deadline), begins)
    after = made.policy.plan
    found = (after.plan_year, after.programme_start, after.deadline, made.project.as_of)
    dated = ledger is None or all(source.as_of for source in ledger.sources)
    if found != expected or not dated:
        zh = (
            "没有改成：project.toml 的 as_of、[layers.households] 和 policy.toml 的 plan_year、"
            "programme_start、deadline 请各自单独写成一行，再运行一次。"
        )
        en = (
            "not rolled: write as_of and [layers.households] of project.toml, and plan_year, "
            "programme_start and deadline of policy.toml, on lines of their own, and run it again."
        )
        raise InputError(Text(zh, en))
    return Rolled(plan.plan_year + 1, begins, kept)


def _project_edits(
    new: Path, begins: date, settings: Settings
) -> Callable[[str, str], Edit | None]:
    """The change of a line of project.toml by its table and key; key "": the table's head."""
    spec = settings.project.layers.get("households")
    undated = spec is not None and spec.as_of is None
    files = () if spec is None else spec.files  # each has its day, so that a new one has none
    heads = _LEDGER_FILE.findall((new / "project.toml").read_text("utf-8-sig"))
    by_file = bool(files) and len(heads) == len(files)
    left = iter(files)
    kept_until = f"as_of = {settings.project.as_of.isoformat()}"
    year = settings.policy.plan.plan_year

    def date_below(line: str) -> str:
        return f"{line.rstrip()}\n{kept_until}\n"

    def date_file(line: str) -> str:
        file = next(left)
        return line if file.as_of else date_below(line)

    def edit(table: str, key: str) -> Edit | None:
        if table == "project":
            return {
                "name": lambda line: years_later(line, year),
                "title": lambda line: years_later(line, year),
                "as_of": lambda line: _DAY.sub(begins.isoformat(), line, count=1),
                "published_on": lambda line: f"# {line}",
                "expires_on": lambda line: f"# {line}",
                "targets": lambda line: re.sub(
                    r'=\s*("[^"]*"|\'[^\']*\')', f'= "{_TARGETS}"', line
                ),
            }.get(key)
        if undated and by_file and (table, key) == ("layers.households.files", ""):
            return date_file
        if undated and not by_file and (table, key) == ("layers.households", ""):
            return date_below
        if undated and (table, key) == ("layers", "households"):
            return lambda line: line.replace("{", f"{{ {kept_until},", 1)
        return None

    return edit


def _policy_edits(year: int) -> Callable[[str, str], Edit | None]:
    """The change of a line of policy.toml: the plan's year and days, in scenarios too."""

    def edit(table: str, key: str) -> Edit | None:
        of_plan = table == "policy" or (table.startswith("scenario.") and table.endswith(".policy"))
        if not of_plan or key not in _PLAN:
            return None
        if key == "plan_year":
            return lambda line: line.replace(str(year), str(year + 1), 1)
        return lambda line: _DAY.sub(_day_later, line, count=1)

    return edit


def _rewrite(path: Path, edits: Callable[[str, str], Edit | None]) -> None:
    """Change the lines of a TOML file that `edits` names, and leave every other byte."""
    lines, table = [], ""
    for line in path.read_bytes().decode("utf-8-sig").splitlines(keepends=True):
        head, key = _HEADER.match(line), _KEY.match(line)
        table = head.group(1) if head else table
        change = edits(table, "") if head else edits(table, key.group(1)) if key else None
        lines.append(change(line) if change else line)
    path.write_bytes("".join(lines).encode())


def _blank_targets(old: Path | None, new: Path, units: pd.DataFrame, year: int) -> str:
    """Write the targets without numbers; the name of last year's file where it had to give way."""
    if old is None:
        return ""
    kept, file = "", new / _TARGETS
    if file.exists():
        kept = f"targets-{year}.csv"
        file.rename(new / kept)
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow([*units.columns, *_MODES])
    for row in units.fillna("").itertuples(index=False):
        rows.writerow([*row, *("" for _ in _MODES)])
    file.write_text(text.getvalue(), encoding="utf-8-sig", newline="")
    return kept


def _next_year(day: date) -> date:
    return date.fromisoformat(_DAY.sub(_day_later, day.isoformat()))


def _day_later(match: re.Match[str]) -> str:
    """The same day a year later; 29 February becomes the 28th."""
    day = "02-28" if match.group(2) == "02-29" else match.group(2)
    return f"{int(match.group(1)) + 1}-{day}"


def years_later(text: str, year: int) -> str:
    """A text in which the plan year, and the year after it, are each one later."""
    years = {str(year): str(year + 1), str(year + 1): str(year + 2)}
    pattern = rf"(?<!\d)({'|'.join(years)})(?!\d)"
    return re.sub(pattern, lambda found: years[found.group(1)], text)
