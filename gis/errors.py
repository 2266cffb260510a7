"""What can go wrong, and how it is said.

    NuantuError            anything Nuantu refuses, in the reader's words
    ├── InputError         the project, a layer or the policy is wrong      exit 1
    ├── UsageError         the command was called wrongly                   exit 2
    ├── PublicationError   the result could not be published                exit 3
    └── ConservationError  a stage lost a household, or counted one twice   exit 3

A message says what was found, what was expected and the way out, in Chinese and in English.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple


class Text(NamedTuple):
    """The same words in Chinese and in English."""

    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh}\n{self.en}"

    def of(self, lang: str) -> str:
        """The words in `lang`, "zh" or "en"."""
        return self.en if lang == "en" else self.zh


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with one row (or the whole, when `row` is None) of a layer.

    layer     the layer as project.toml names it, or the file for project-level problems
    code      stable and distinct per cause, e.g. "duplicate_id"
    row       row number as the file's own program shows it (a heading in row 1 makes the first
              data row 2), None for the layer as a whole
    column    the column concerned, "" for none
    value     what was found, as text
    blocking  True stops the run: nothing is published
    key       the id of the row, "" where it has none or nobody knows it
    file      the file or database table of the row as project.toml names it, "" for the layer as
              a whole
    sheet     the sheet of a workbook that was read sheet by sheet, else ""
    township  the code of the township that it concerns, "" where nobody knows
    own_remedy  the remedy for whoever fills the file and has no project.toml; None: the same
    note      it says how something was read, and nothing is wrong with it
    """

    layer: str
    code: str
    row: int | None
    column: str
    value: str
    message: Text
    remedy: Text
    blocking: bool = False
    key: str = ""
    file: str = ""
    sheet: str = ""
    township: str = ""
    note: bool = False
    own_remedy: Text | None = None

    @property
    def place(self) -> str:
        """The file and sheet in one text, "" for the layer as a whole."""
        return f"{self.file}[{self.sheet}]" if self.sheet else self.file

    @property
    def row_label(self) -> str:
        """What the office calls the row: its id where it comes from a database, else its number."""
        if self.file.startswith("$") and self.key:
            return self.key
        return "" if self.row is None else str(self.row)


class NuantuError(Exception):
    """Base of everything Nuantu refuses; `message` is for the reader of the screen."""

    exit_code: ClassVar[int] = 3

    def __init__(self, message: Text) -> None:
        super().__init__(str(message))
        self.message = message


class InputError(NuantuError):
    """The input is wrong; `problems` lists every cause that was found."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: Text, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


class UsageError(NuantuError):
    """The command was called in a way it does not know."""

    exit_code: ClassVar[int] = 2


class PublicationError(NuantuError):
    """The result could not be published; what was published before still stands."""

    exit_code: ClassVar[int] = 3


class ConservationError(NuantuError):
    """A stage lost a household or counted one twice: the program is wrong, not the data."""

    exit_code: ClassVar[int] = 3
