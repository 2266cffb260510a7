"""What every record of an office can do, whether a file or a database."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from gis.errors import InputError, Text
from gis.record.journal import UNKNOWN, Change
from gis.record.rows import Row, Writing, check_table
from gis.record.undo import undo_change

FILE = "office.gpkg"


@dataclass(frozen=True)
class Snapshot:
    """The record as it stood at one moment.

    tables       table → its rows
    unexplained  the changes of other programs that nobody has explained or undone
    place        office.gpkg, or "$VARIABLE/record" of a database
    """

    tables: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    unexplained: tuple[int, ...] = ()
    place: str = FILE


class Record(ABC):
    """The record of one project; place: as messages and the manifest name it."""

    place: str

    @abstractmethod
    def exists(self) -> bool:
        """Whether there is a record, or anything of its name."""

    @abstractmethod
    def snapshot(self) -> Snapshot:
        """All tables as they stood at one moment.

        Raises:
            InputError: The record is damaged, foreign, newer, or cannot be opened.
        """

    @abstractmethod
    def journal(self) -> list[Change]:
        """All changes, the earliest first.

        Raises:
            InputError: As for `snapshot`.
        """

    @abstractmethod
    def changing(
        self, who: str, why: str, undoes: int | None = None
    ) -> AbstractContextManager[Writing]:
        """A change: all of it is written and journalled when the block ends, or none of it.

        Args:
            who: Whose change it is.
            why: The reason, such as a document.
            undoes: The number of the change that it undoes.

        Raises:
            InputError: `who` or `why` is blank, the record is damaged, foreign, newer, locked by
                another program or cannot be written, or the disk is full.
        """

    @abstractmethod
    def explain(self, number: int, who: str, why: str) -> None:
        """Say who made a change in another program, and why; once.

        Raises:
            InputError: There is no such change, or it is explained; and as for `changing`.
        """

    @abstractmethod
    def backup(self, target: Path) -> None:
        """Copy the record as it stands at one moment into a new file.

        Raises:
            InputError: The target is there already, or the record is a database; and as for
                `snapshot`.
        """

    @abstractmethod
    def mend(self) -> int:
        """Switch the journal on again after another program removed or altered its triggers.

        A copy is kept. What was changed meanwhile is noted as a change by nobody known.

        Returns:
            The number of cells and rows noted; 0 where the journal lacks nothing.

        Raises:
            InputError: As for `changing`.
        """

    def rows(self, table: str) -> list[Row]:
        """The rows of a table by `fid`, with all its columns; a geometry is WKB.

        Raises:
            InputError: As for `snapshot`.
        """
        check_table(table)
        return list(self.snapshot().tables[table])

    def undo(self, number: int, who: str, why: str) -> int:
        """Undo a change; that is a change too. Returns its number.

        Raises:
            InputError: There is no such change, it is undone already, or something in it was
                changed again since; and as for `changing`.
        """
        if not self.exists():
            raise no_such_change(number)
        with self.changing(who, why, undoes=number) as writing:
            undo_change(writing, number)
        return writing.number


def no_such_change(number: int) -> InputError:
    """The error for a change that is not there, or needs nothing."""
    zh = f"没有可处理的第 {number} 号修改；用 nuantu journal 查看编号。"
    en = f"there is no change {number} to be dealt with; nuantu journal lists their numbers."
    return InputError(Text(zh, en))


def check_said(who: str, why: str) -> None:
    """Refuse a change of which nobody says who makes it, and why."""
    for what, said in (("who", who), ("why", why)):
        if not said.strip():
            zh = f"没有写明{'修改人' if what == 'who' else '理由'}（{what}），没有保存。"
            en = f"{what} is blank: say {what} this is changed. Nothing was saved."
            raise InputError(Text(zh, en))
    if who.strip() == UNKNOWN:
        zh, en = "修改人应写姓名，不能是 unknown。", "who: give a name, not unknown."
        raise InputError(Text(zh, en))
