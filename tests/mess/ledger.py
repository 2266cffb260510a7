"""The ledger of a township as an office keeps it: its rows, its layout and its file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from pathlib import Path

import xlsxwriter
from layers.made import ERROR_CODES, Formula, ods_text, old_workbook, opendocument
from mess.truth import Home, Township

HEADINGS = {
    "id": "序号", "owner": "户主", "village": "村名", "heating": "取暖方式", "occupancy": "居住情况",
    "accepted": "验收日期", "result": "验收结果", "by": "验收单位", "year": "改造年度",
    "area": "建筑面积", "kwh": "取暖用电量", "lon": "经度", "lat": "纬度",
}  # fmt: skip
WORDS = {
    "coal": "散煤",
    "electric": "空气源热泵",
    "gas": "燃气壁挂炉",
    "central": "集中供热",
    "biomass": "生物质炉",
}
# file ending, encoding and separator of text tables
TEXTS = {
    "csv_gbk": (".csv", "gb18030", ","), "csv_bom": (".csv", "utf-8-sig", ","),
    "tab": (".txt", "gb18030", "\t"), "semicolon": (".csv", "utf-8", ";"),
    "wide_comma": (".csv", "gb18030", "，"),
}  # fmt: skip
WORKBOOKS = ("xlsx", "xls", "ods")
FORMS = (*WORKBOOKS, *TEXTS)
Cell = object


@dataclass(eq=False)
class Line:
    """A row of the ledger: the cells by column, or as they come where it is of no home."""

    cells: dict[str, Cell]
    home: Home | None = None
    plain: list[Cell] | None = None
    hidden: bool = False


@dataclass
class Ledger:
    """What is to be written, and how.

    headings      column → its heading, in their order
    titles        rows above the headings; below: rows between them and the first home
    entry         what project.toml says of the file
    by_village    a sheet for each village, whose name no row repeats
    again         lines of a second file
    quiet         codes of problems that may name a home which nothing is wrong with
    refused       the codes of the problems for which the product refuses it as a whole
    places        (file, sheet, row) → its home, None for a row of none; known once it is written
    """

    town: Township
    headings: dict[str, str]
    lines: list[Line]
    form: str = "xlsx"
    titles: list[list[Cell]] = field(default_factory=list)
    below: list[list[Cell]] = field(default_factory=list)
    entry: dict[str, object] = field(default_factory=dict)
    by_village: bool = False
    notes_sheet: bool = False
    merged: bool = False
    hidden_column: str = ""
    since_1904: bool = False
    again: list[Line] = field(default_factory=list)
    quiet: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    places: dict[tuple[str, str, int], Home | None] = field(default_factory=dict)

    def of_homes(self) -> list[Line]:
        """The lines of homes."""
        return [line for line in self.lines if line.home]

    def write(self, folder: Path) -> list[dict[str, object]]:
        """Write the files; what project.toml says of each."""
        entries = []
        for name, lines in ((self.town.name, self.lines), (f"{self.town.name}补", self.again)):
            if lines:
                entries.append(self._write_file(folder, name, lines))
        return entries

    def _write_file(self, folder: Path, name: str, lines: list[Line]) -> dict[str, object]:
        ending = TEXTS[self.form][0] if self.form in TEXTS else f".{self.form}"
        file = f"{name}{ending}"
        grids = dict(self._grids(lines))
        for sheet, grid in grids.items():
            for at, (line, _) in enumerate(grid, 1):
                self.places[file, sheet if self.by_village else "", at] = line and line.home
        write = {"xlsx": self._xlsx, "xls": self._xls, "ods": self._ods}.get(self.form, self._text)
        write(folder / file, grids)
        usual: dict[str, object] = {"path": file, "crs": "EPSG:4490", "township": self.town.name}
        if "id" in self.headings:
            usual["id"] = self.headings["id"]
        if self.form == "ods":
            usual["layer"] = "台账"
        return usual | ({"sheets": "*"} if self.by_village else {}) | self.entry

    def _grids(
        self, lines: list[Line]
    ) -> Iterator[tuple[str, list[tuple[Line | None, list[Cell]]]]]:
        """Sheet → its rows: (line, cells)."""
        named = [line for line in lines if line.home or not self.by_village]
        key = (lambda line: line.home.village) if self.by_village else (lambda _: "台账")
        named.sort(key=key)
        for sheet, own in groupby(named, key):
            columns = [one for one in self.headings if one != "village" or not self.by_village]
            head: list[Cell] = [self.headings[one] for one in columns]
            top = [*self.titles, head, *self.below]
            rows: list[tuple[Line | None, list[Cell]]] = [(None, row) for row in top]
            for line in own:
                cells = line.plain
                rows.append(
                    (line, [line.cells.get(one, "") for one in columns] if cells is None else cells)
                )
            yield sheet, rows

    def _xlsx(self, path: Path, grids: dict) -> None:
        with xlsxwriter.Workbook(path, {"date_1904": self.since_1904}) as book:
            day = book.add_format({"num_format": "yyyy-mm-dd"})
            if self.notes_sheet:
                notes = book.add_worksheet("填表说明")
                notes.write_column(
                    0, 0, ["填表说明", "1.取暖方式填写：散煤、集中供热", "2.一户一行"]
                )
            for name, grid in grids.items():
                sheet = book.add_worksheet(name)
                covered = self._merge(sheet, grid) if self.merged and not self.by_village else ()
                for at, (line, cells) in enumerate(grid):
                    for column, cell in enumerate(cells):
                        if (at, column) not in covered:
                            _put(sheet, at, column, cell, day)
                    if line and line.hidden:
                        sheet.set_row(at, options={"hidden": True})
                if self.hidden_column in self.headings:
                    column = list(self.headings).index(self.hidden_column)
                    sheet.set_column(column, column, None, None, {"hidden": True})

    def _merge(self, sheet: xlsxwriter.worksheet.Worksheet, grid: list) -> set[tuple[int, int]]:
        """One merged cell for the village of neighbouring homes; the cells that it covers."""
        column = list(self.headings).index("village")
        numbered = [(at, line) for at, (line, _) in enumerate(grid)]
        covered = set()
        for name, own in groupby(numbered, lambda one: one[1] and one[1].cells.get("village")):
            rows = [at for at, _ in own]
            if name and len(rows) > 1:
                sheet.merge_range(rows[0], column, rows[-1], column, name)
                covered |= {(row, column) for row in rows}
        return covered

    def _xls(self, path: Path, grids: dict) -> None:
        (grid,) = grids.values()
        rows = [
            tuple(_old(cell, since_1904=self.since_1904) for cell in cells) for _, cells in grid
        ]
        old_workbook(path, rows, since_1904=self.since_1904)

    def _ods(self, path: Path, grids: dict) -> None:
        (grid,) = grids.values()
        opendocument(path, [[ods_text(_text(cell)) for cell in cells] for _, cells in grid])

    def _text(self, path: Path, grids: dict) -> None:
        (grid,) = grids.values()
        _, encoding, separator = TEXTS[self.form]
        width = max(len(cells) for _, cells in grid)
        file = io.StringIO(newline="")
        writer = csv.writer(file, delimiter=separator)
        for _, cells in grid:
            writer.writerow([_text(cell) for cell in cells] + [""] * (width - len(cells)))
        path.write_bytes(file.getvalue().encode(encoding))


def _put(
    sheet: xlsxwriter.worksheet.Worksheet, at: int, column: int, cell: Cell, day: object
) -> None:
    if isinstance(cell, Formula):
        sheet.write_formula(at, column, "=1+1", None, 0 if cell.value is None else cell.value)
    elif isinstance(cell, str) and cell in ERROR_CODES:
        sheet.write_formula(at, column, "=NA()", None, cell)
    elif isinstance(cell, date):
        sheet.write_datetime(at, column, cell, day)
    elif isinstance(cell, int | float):
        sheet.write_number(at, column, cell)
    elif cell not in ("", None):
        sheet.write_string(at, column, str(cell))


def _old(cell: Cell, *, since_1904: bool) -> Cell:
    if isinstance(cell, date):
        return float((cell - (date(1904, 1, 1) if since_1904 else date(1899, 12, 30))).days)
    return float(cell) if isinstance(cell, int) else "" if cell is None else cell


def _text(cell: Cell) -> str:
    return "" if cell is None else cell.isoformat() if isinstance(cell, date) else str(cell)


def plain_ledger(town: Township, form: str) -> Ledger:
    """The ledger of a township without any mess."""
    lines = [Line(_cells(home), home) for home in town.homes]
    return Ledger(town, dict(HEADINGS), lines, form)


def _cells(home: Home) -> dict[str, Cell]:
    lon, lat = home.lonlat() if home.placed else ("", "")
    done = home.accepted is not None
    return {
        "id": home.number, "owner": f"户主{home.number}", "village": home.village,
        "heating": WORDS[home.heating], "occupancy": "常住" if home.occupied else "空置",
        "accepted": home.accepted.isoformat() if home.accepted else "",
        "result": "合格" if done else "", "by": "第三方" if done else "",
        "year": home.year or "", "area": home.area, "kwh": home.kwh or "",
        "lon": lon if lon == "" else round(float(lon), 6),
        "lat": lat if lat == "" else round(float(lat), 6),
    }  # fmt: skip
