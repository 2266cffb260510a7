"""The office's own record of a project, as `Project.record`: rulings, visits, corrections, undo.

    record = gis.open_project("my-city").record
    record.rule("王家庄", "electric", "approved", document_no="办〔2024〕5号", who="王芳", why="会议")
    record.visit([{"household_id": "H17", "inspected_on": "2024-11-20", "finding": "clean"}],
                 who="李强", why="入户核查")
    record.correct("households", "H17", "floor_area_m2", "1200", "120", who="李强", why="量得")
    record.change_notices("王家庄", "withdrawn", who="王芳", why="方案重新公示")
    record.journal()                     # a DataFrame, one row a cell
    record.undo(2, who="王芳", why="登记错了")

Every method that changes something returns the number of its change, writes all of it in one
transaction or nothing, and needs `who` and `why`. A project shows what stood when it was opened:
open it again to see the change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from gis.api.exchanged_ledgers import undo
from gis.api.recorded_values import area_wkb, checked_row, key_of_row, put_row, refuse_personal
from gis.errors import InputError, Text
from gis.layers.columns import LAYERS
from gis.layers.file_cells import file_rows
from gis.layers.reader_process import ReaderProcess
from gis.layers.recorded_rows import NOTICE_ACTIONS
from gis.layers.village_names import VillageNames
from gis.record import TABLES, Change, Record, Value

if TYPE_CHECKING:
    from pathlib import Path

    import shapely

    from gis.inputs import Inputs

Given = Mapping[str, "Value"]
_QUALIFIED = re.compile(r"([0-9]{9}|[0-9]{12})-[0-9]{1,6}")  # see gis.layers.ledger.qualify_ids


class ProjectRecord:
    """The office's own record of a project folder; a village may be given by code or name."""

    def __init__(self, record: Record, inputs: Callable[[], Inputs], folder: Path) -> None:
        """A record of a folder; inputs: gives the layers, in which names are looked up."""
        self._file, self._inputs, self._folder = record, inputs, folder

    @property
    def place(self) -> str:
        """Where it stands: office.gpkg, or "$VARIABLE/…" for a database."""
        return self._file.place

    def rule(  # noqa: PLR0913  # every column of a ruling
        self,
        village: str,
        approach: str,
        status: str = "proposed",
        *,
        who: str,
        why: str,
        township: str = "",
        part: str = "",
        document_no: str = "",
        decided_on: date | str | None = None,
    ) -> int:
        """Rule the route of a village, or of a part of it, in place of an earlier ruling of it.

        Args:
            village: Its code or name.
            approach: A route, such as "electric", or its Chinese word.
            status: proposed, township_confirmed, approved or published.
            who: Whose decision is entered.
            why: The reason; it stands in the ruling too.
            township: Its township, where the name occurs twice.
            part: "served" or "unserved"; "" for the whole village.
            document_no: The document of the decision; needed where it is approved or published.
            decided_on: Its day.

        Raises:
            InputError: There is no such village, route or status, or the record cannot be written.
        """
        values = {
            "village_code": self._village(village, township), "part": part, "approach": approach,
            "status": status, "document_no": document_no, "decided_on": decided_on, "reason": why,
        }  # fmt: skip
        return self.put("rulings", [values], who=who, why=why)

    def rule_zone(  # noqa: PLR0913  # every column of a zone ruling
        self,
        household_id: str,
        zone_id: str,
        ruling: str,
        *,
        who: str,
        why: str,
        document_no: str = "",
        ruled_on: date | str | None = None,
    ) -> int:
        """Rule whether a household is "inside" or "outside" a coal-ban zone.

        Raises:
            InputError: There is no such household or zone, or the record cannot be written.
        """
        self._known("households", "household_id", household_id)
        self._known("coal_ban_zones", "zone_id", zone_id)
        values = {
            "household_id": household_id, "zone_id": zone_id, "ruling": ruling,
            "document_no": document_no, "ruled_on": ruled_on,
        }  # fmt: skip
        return self.put("zone_rulings", [values], who=who, why=why)

    def visit(self, visits: Iterable[Given], *, who: str, why: str) -> int:
        """Enter visits, all in one change.

        Args:
            visits: Column of the layer inspections → value; without inspection_id one is made. One
                whose inspection_id is in the record takes its place.
            who: Who enters them.
            why: The occasion, such as the field sheet.

        Raises:
            InputError: A day or finding cannot be read, or the record cannot be written.
        """
        return self.put("inspections", visits, who=who, why=why)

    def pay(self, payments: Iterable[Given], *, who: str, why: str) -> int:
        """Enter payments, all in one change; as `visit`, by payment_id.

        Raises:
            InputError: A day or an amount cannot be read, or the record cannot be written.
        """
        return self.put("payments", payments, who=who, why=why)

    def draw_zone(  # noqa: PLR0913  # every column of a zone
        self,
        zone_id: str,
        zone: str,
        shape: shapely.Geometry,
        *,
        effective_on: date | str,
        who: str,
        why: str,
        expires_on: date | str | None = None,
        document_no: str = "",
    ) -> int:
        """Draw a coal-ban zone, in place of the one of the same id and day.

        Args:
            zone_id: Its id.
            zone: Its name.
            shape: Its area in longitude and latitude (CGCS2000, as WGS84), a (multi)polygon.
            effective_on: The first day.
            who: Who drew it.
            why: By which notice.
            expires_on: The last day; None: until further notice.
            document_no: The notice.

        Raises:
            InputError: The shape is no area, or the record cannot be written.
        """
        values = {
            "zone_id": zone_id, "zone": zone, "effective_on": effective_on,
            "expires_on": expires_on, "document_no": document_no, "geom": area_wkb(shape),
        }  # fmt: skip
        return self.put("coal_ban_zones", [values], who=who, why=why)

    def correct(  # noqa: PLR0913  # every part of a correction
        self,
        layer: str,
        row_key: str,
        column: str,
        old: str | None,
        new: str | None,
        *,
        who: str,
        why: str,
        file: str = "",
        sheet: str = "",
    ) -> int:
        """Correct a cell of a layer, in the words of its file, which stays as it is.

        Args:
            layer: The layer.
            row_key: The id of the row; or "#" and its row number, together with `file`.
            column: Our name of the column; "" leaves the whole row out.
            old: What the file has, None for a blank; a correction holds only while it does.
            new: What holds, None for a blank.
            who: Who corrects it.
            why: By what evidence.
            file: The file as project.toml names it; "": the one that has the row.
            sheet: Its sheet.

        Raises:
            InputError: There is no such layer, column or row, several rows have the id, or the
                record cannot be written.
        """
        if layer not in LAYERS or (column and column not in LAYERS[layer].by_name):
            zh, en = f"没有图层列 {layer}.{column}。", f"there is no column {layer}.{column}."
            raise InputError(Text(zh, en))
        place = self._row(layer, row_key, file, sheet)
        values = {"layer": layer, "column_name": column, "old_value": old, "new_value": new}
        return self.put("corrections", [{**values, **place}], who=who, why=why)

    def change_notices(  # noqa: PLR0913  # every column of a change
        self,
        villages: str | Iterable[str],
        action: str,
        *,
        who: str,
        why: str,
        changed_on: date | str | None = None,
        document_no: str = "",
        township: str = "",
    ) -> int:
        """Withdraw or correct the published notices of villages.

        The next publication has a dated note in place of a notice that is withdrawn, and above one
        that is corrected; editions before stay as they are. Another change of the same village on
        the same day takes its place.

        Args:
            villages: Codes or names; one, or several for one change.
            action: "withdrawn" or "corrected".
            who: Whose decision is entered.
            why: The reason, as the note tells residents.
            changed_on: The day of the note; None: today.
            document_no: The document of the decision.
            township: The township of the villages, where a name occurs twice.

        Raises:
            InputError: There is no such village or action, the reason has an identity, telephone or
                card number, or the record cannot be written.
        """
        if action not in NOTICE_ACTIONS:
            zh, en = f"没有“{action}”；可写 withdrawn、corrected。", f"{action}: none of "
            raise InputError(Text(zh, en + ", ".join(NOTICE_ACTIONS)))
        refuse_personal(why, document_no)
        told = {
            "action": action, "reason": why, "document_no": document_no,
            "changed_on": changed_on or date.today(),  # noqa: DTZ011  # the office's own calendar
            "plan_year": str(self._inputs().policy.plan.plan_year),
        }  # fmt: skip
        names = [villages] if isinstance(villages, str) else list(villages)
        rows = [{"village_code": self._village(one, township), **told} for one in names]
        return self.put("notice_changes", rows, who=who, why=why)

    def _row(self, layer: str, row_key: str, file: str, sheet: str) -> dict[str, Value]:
        """The columns of a correction that name its row, as the file has it."""
        if row_key.startswith("#"):
            return self._numbered(layer, row_key, file, sheet)
        place: dict[str, Value] = {"file": file, "sheet": sheet, "row_key": row_key}
        if layer != "households":
            return place
        homes = self._inputs().tables["households"]
        rows = homes[homes["household_id"].eq(row_key)]
        rows = rows[rows["ledger_file"].eq(file)] if file else rows
        if len(rows) != 1:
            zh = f"编号 {row_key} 有 {len(rows)} 行；请改用“#行号”并写明文件。"
            en = f"{len(rows)} rows have the id {row_key}; give # and the row number, and the file."
            raise InputError(Text(zh, en))
        found = rows.iloc[0]
        number = row_key.rpartition("-")[2] if _QUALIFIED.fullmatch(row_key) else row_key
        return {
            "file": str(found["ledger_file"]), "sheet": str(found["ledger_sheet"]),
            "row_key": number,
        }  # fmt: skip

    def _numbered(self, layer: str, row_key: str, file: str, sheet: str) -> dict[str, Value]:
        """The columns of a correction for a row number: by its id where that is one row's."""
        number = row_key.removeprefix("#")
        place = (file, sheet, int(number) if number.isdecimal() else 0)
        with ReaderProcess() as reader:
            row = file_rows(self._inputs().project, reader, layer, [place]).get(place)
        if row is None:
            zh = f"{layer} 的文件“{file}”里没有第 {number} 行；按行号更正要写明文件和工作表。"
            en = f"{layer}: {file!r} has no row {number}; a row number needs its file and sheet."
            raise InputError(Text(zh, en))
        told: dict[str, Value] = {"file": file, "sheet": sheet, "row_key": row.key}
        return told | ({"file_sha256": row.sha256} if row.key.startswith("#") else {})

    def put(self, table: str, rows: Iterable[Given], *, who: str, why: str) -> int:
        """Enter rows of a table in one change; one with the key of another takes its place.

        Args:
            table: rulings, zone_rulings, inspections, payments, coal_ban_zones, corrections or
                notice_changes.
            rows: Column → value of each.
            who: Who enters them.
            why: The reason.

        Raises:
            InputError: A value cannot be read, or the record cannot be written.
        """
        checked = [checked_row(table, row) for row in rows]
        with self._file.changing(who, why) as change:
            standing = {key_of_row(table, row): row for row in change.rows(table)}
            for values in checked:
                put_row(change, table, values, standing)
        return change.number

    def remove(self, table: str, fid: int, *, who: str, why: str) -> int:
        """Remove a row of a table; the journal keeps it.

        Raises:
            InputError: There is no such row, or the record cannot be written.
        """
        with self._file.changing(who, why) as change:
            if not change.delete(table, fid):
                zh, en = f"{table} 没有第 {fid} 行。", f"{table} has no row {fid}."
                raise InputError(Text(zh, en))
        return change.number

    def rows(self, table: str) -> pd.DataFrame:
        """The rows of a table as they stand in the record, by fid; geometries as WKB."""
        columns = list(TABLES[table].fields)
        return pd.DataFrame(self._file.rows(table), columns=["fid", *columns]).set_index("fid")

    def changes(self) -> list[Change]:
        """All changes, the earliest first; who is "unknown" where another program made one."""
        return self._file.journal()

    def journal(self) -> pd.DataFrame:
        """Every changed cell: change, at, who, why, table, row, action, column, old and new value.

        `undoes` is the change that this one undoes, `undone_by` the one that undid it.
        """
        return journal_table(self.changes())

    def undo(self, change: int, *, who: str, why: str) -> int:
        """Undo a change, which is a change too; ledgers that it exchanged are given back.

        Raises:
            InputError: There is none of this number, it is undone already, or a row of it was
                changed again since.
        """
        return undo(self._folder, change, who=who, why=why)

    def explain(self, change: int, *, who: str, why: str) -> None:
        """Say who made a change in another program, and why.

        Raises:
            InputError: There is no such change without a name.
        """
        self._file.explain(change, who, why)

    def backup(self, target: Path) -> None:
        """Copy the record as it stands into a new file.

        Raises:
            InputError: The file is there already, or cannot be written.
        """
        self._file.backup(target)

    @cached_property
    def _names(self) -> VillageNames:
        inputs = self._inputs()
        if "villages" not in inputs.tables:
            zh, en = "村界读不出来，无法按名称找村。", "the villages cannot be read."
            raise InputError(Text(zh, en))
        return VillageNames(inputs.tables["villages"], inputs.project.names)

    def _village(self, name: str, township: str) -> str:
        match = self._names.village(name, township)
        if not match.code:
            near = "、".join(match.candidates) or "—"
            zh = f"村名或村代码“{name}”无法确定；可能是：{near}。请写代码，或加上乡镇。"
            en = f"{name}: no village, or several, of this name or code; it may be {near}. "
            raise InputError(Text(zh, en + "Give the code, or the township too."))
        return match.code

    def _known(self, layer: str, column: str, value: str) -> None:
        table = self._inputs().tables.get(layer)
        if table is None or value not in set(table[column].dropna()):
            zh, en = f"{layer} 里没有 {column} {value}。", f"{layer} has no {column} {value}."
            raise InputError(Text(zh, en))


def journal_table(changes: Iterable[Change]) -> pd.DataFrame:
    """Changes of the record as a table, see `ProjectRecord.journal`."""
    rows = [
        (c.number, c.at, c.who, c.why, *entry, c.undoes, c.undone_by)
        for c in changes
        for entry in ((e.table, e.row, e.action, e.column, e.old, e.new) for e in c.entries)
    ]
    names = "change at who why table row action column old new undoes undone_by".split()
    table = pd.DataFrame(rows, columns=names)
    return table.astype({"undoes": "Int64", "undone_by": "Int64"})
