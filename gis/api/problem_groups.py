"""The problems of a project by layer and cause, for a table and for a screen."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.errors import Problem, Text
from gis.report.metadata import rows_of
from gis.report.output_tables import problem_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_PLACE = ("file", "sheet", "row", "row_id", "column", "value")
_ROWS = 8  # row numbers spelled out; problems.csv has each
COLUMNS = ("layer", "code", "rows", "message", "remedy", "blocking", "row_labels")


@dataclass(frozen=True)
class Group:
    """The problems of one layer that have one cause."""

    problems: tuple[Problem, ...]

    @property
    def blocking(self) -> bool:
        """Whether one of them stops the run."""
        return any(problem.blocking for problem in self.problems)

    @property
    def note(self) -> bool:
        """Whether they only say how something was read."""
        return all(problem.note for problem in self.problems)

    @property
    def rows(self) -> list[int]:
        """The row numbers concerned, in order; empty where it is the layer as a whole."""
        return [problem.row for problem in self.problems if problem.row is not None]

    def as_json(self, lang: str) -> dict[str, Any]:
        """The group as `check --json` prints it."""
        first = self.problems[0]
        return {
            "layer": first.layer,
            "code": first.code,
            "rows": len(self.problems),
            "blocking": self.blocking,
            "note": self.note,
            "message": first.message.of(lang),
            "remedy": first.remedy.of(lang),
        }

    def places(self) -> list[dict[str, Any]]:
        """Where each problem is: file, sheet, row, id of the row, column and value."""
        return rows_of(problem_table(self.problems), _PLACE)

    def messages(self) -> list[Text]:
        """What is told: one of the rows as an example, and each problem that concerns no row."""
        one_of_rows = any(one.row_label for one in self.problems)
        return [one.message for one in self.problems[: 1 if one_of_rows else _ROWS]]

    def told(self) -> Text:
        """The group as a person reads it."""
        first, count = self.problems[0], len(self.problems)
        rows = [one.row_label for one in self.problems if one.row_label]
        several = len({one.place for one in self.problems}) > 1
        places: dict[str, list[str]] = {}
        for one in self.problems:
            if one.row_label:
                places.setdefault(one.place if several else "", []).append(one.row_label)
        listed = [_rows_of(place, own) for place, own in places.items()]
        zh_rows = f"（{'；'.join(one.zh for one in listed)}）" if rows else ""
        en_rows = f" ({'; '.join(one.en for one in listed)})" if rows else ""
        zh_example, en_example = ("例如：", "e.g. ") if len(rows) > 1 else ("", "")
        zh_stop, en_stop = (
            (" 【须先解决】", " [must be mended first]") if self.blocking else ("", "")
        )
        told = self.messages()
        if not rows and count > len(told):
            more = count - len(told)
            told.append(Text(f"另有 {more:,} 处", f"and {more:,} more"))
        zh, en = ("\n      ".join(said.of(lang) for said in told) for lang in ("zh", "en"))
        return Text(
            f"  {count} 处 {first.code}{zh_stop}{zh_rows}\n"
            f"      {zh_example}{zh}\n      办法：{first.remedy.zh}",
            f"  {count} x {first.code}{en_stop}{en_rows}\n"
            f"      {en_example}{en}\n      remedy: {first.remedy.en}",
        )


def _rows_of(place: str, rows: Sequence[str]) -> Text:
    """The first rows of one file or sheet, and how many more there are."""
    first, more = ", ".join(rows[:_ROWS]), max(len(rows) - _ROWS, 0)
    zh, en = (f"，另有 {more:,} 行", f" and {more:,} more") if more else ("", "")
    before, then = (f"{place} ", f"{place}: ") if place else ("", "")
    return Text(f"{before}第 {first} 行{zh}", f"{then}rows {first}{en}")


def grouped(problems: Iterable[Problem]) -> list[Group]:
    """The problems by layer and cause, blocking ones first within their layer."""

    def key(problem: Problem) -> tuple[str, bool, str]:
        return problem.layer, not problem.blocking, problem.code

    ordered = sorted(problems, key=lambda one: (*key(one), one.row or 0))
    return [Group(tuple(same)) for _, same in groupby(ordered, key)]


def group_table(
    groups: Sequence[Group], label: Callable[[str, int], object] = lambda _layer, row: row
) -> pd.DataFrame:
    """One row a group, in the columns of `COLUMNS`.

    Args:
        groups: The groups.
        label: What a row number of a layer is called; its own number where none is given.

    Returns:
        message and remedy are in Chinese and English, of the first problem where each concerns a
        row and of up to 8 where none does; rows counts the problems, and row_labels has the rows of
        the layer that they are in.
    """
    rows = [
        group.as_json("zh")
        | {
            "message": " / ".join(
                mark.join(said.of(lang) for said in group.messages())
                for lang, mark in (("zh", "；"), ("en", "; "))
            ),
            "remedy": f"{group.problems[0].remedy.zh} / {group.problems[0].remedy.en}",
        }
        | {
            "row_labels": tuple(
                label(group.problems[0].layer, row) for row in dict.fromkeys(group.rows)
            )
        }
        for group in groups
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"rows": int, "blocking": bool})
