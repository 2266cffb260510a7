"""loads.xlsx as an office opens it: every transformer once, sums, blanks where unknown."""

import io
import re
import zipfile
from dataclasses import replace

import figures_town
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

import gis
from gis.decide.load_tables import transformer_table
from gis.pages.drawn_layers import LOAD_STATES
from gis.report.geopackage import load_layer
from gis.report.load_book import load_book
from gis.report.metadata import run_metadata
from gis.report.qml import class_words
from gis.report.workbook import workbook_bytes


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = figures_town.write(tmp_path_factory.mktemp("town"))
    run = gis.open_project(folder).decide().run.results
    file = workbook_bytes(load_book(run), "供电与供热承载能力", run_metadata(run))
    read = CalamineWorkbook.from_filelike(io.BytesIO(file))
    return run, {name: read.get_sheet_by_name(name).to_python() for name in read.sheet_names}


def under(sheet, key):
    """The rows of a sheet below its headings, as dicts."""
    at = next(number for number, line in enumerate(sheet) if key in line)
    return [dict(zip(sheet[at], line, strict=True)) for line in sheet[at + 1 :] if any(line)]


def test_every_transformer_stands_once_with_its_load(book):
    run, sheets = book
    grid = transformer_table(run.facts, run.decisions, run.policy).set_index("transformer_id")
    rows = under(sheets["台区承载能力核查表"], "台区编号")
    assert [row["台区编号"] for row in rows] == list(grid.index)
    assert len(rows) == len(run.layers.tables["transformers"])
    for row in rows:
        base = grid.loc[row["台区编号"], "base_kva"]
        assert row["现有负荷（kVA）"] == ("" if pd.isna(base) else pytest.approx(base))


def test_the_form_to_be_signed_has_every_township_and_the_sum(book):
    """One transformer without a load and one of no township: formulas over the first sheet."""
    run, _ = book
    grid = run.facts.transformers.copy()
    grid.loc[0, "base_kva"] = float("nan")
    cut = replace(run, facts=replace(run.facts, transformers=grid))
    loads, form, *_ = load_book(cut)
    assert form.hidden == ("township_code",)
    known = loads.table["base_kva"].notna()
    assert 0 < known.sum() < len(loads.table)
    total, towns = form.table.iloc[-1], form.table.iloc[:-1]
    assert total["township"] == "合计"
    assert total["transformers"] == towns["transformers"].sum() == len(loads.table)
    assert total["capacity_kva"] == loads.table["capacity_kva"].sum()
    assert total["known_kva"] == loads.table.loc[known, "capacity_kva"].sum()
    assert total["base_kva"] == pytest.approx(loads.table["base_kva"].sum())
    assert total["unverified"] == (~known).sum()
    file = workbook_bytes((loads, form), "供电与供热承载能力", run_metadata(run))
    cells = CalamineWorkbook.from_filelike(io.BytesIO(file)).get_sheet_by_name("双方签字")
    (last,) = [cell for line in cells.to_python() for cell in line if "盖章" in str(cell)]
    assert last.startswith("供电公司（盖章）：____")
    assert "市清洁取暖办（盖章）：____" in last


def test_the_sums_of_the_form_can_be_traced(book):
    run, _ = book
    with zipfile.ZipFile(
        io.BytesIO(workbook_bytes(load_book(run)[:2], "", run_metadata(run)))
    ) as z:
        page = z.read("xl/worksheets/sheet2.xml").decode()
    by_cell = dict(re.findall(r'<c r="([A-Z]+\d+)"[^>]*><f>([^<]*)</f>', page))
    at = min(int(cell[1:]) for cell in by_cell if cell[0] == "C")
    there = "'台区承载能力核查表'!"
    first = {cell[0]: said for cell, said in by_cell.items() if cell[1:] == str(at)}
    assert first["C"] == f"COUNTIFS({there}$A:$A,A{at})"
    assert first["D"] == f"SUMIF({there}$A:$A,A{at},{there}G:G)"
    where = f"SUMIFS({there}G:G,{there}$A:$A,A{at},{there}R:R,"
    assert first["E"].startswith(where)
    assert first["E"].endswith('"&lt;&gt;")')
    rows = len(run.facts.villages["township_code"].unique())
    assert by_cell[f"C{at + rows}"] == f"SUM(C{at}:C{at + rows - 1})"


def test_a_transformer_of_no_township_is_in_a_row_of_its_own(book):
    run, _ = book
    grid = run.facts.transformers
    lone = grid.iloc[[0]].assign(transformer_id="T_lone", village_code=None, fed_homes=0)
    cut = replace(run, facts=replace(run.facts, transformers=pd.concat([grid, lone])))
    loads, form, *_ = load_book(cut)
    assert (loads.table["township_code"] == "乡镇不明").sum() == 1
    row = form.table[form.table["township"] == "乡镇不明"]
    assert row["transformers"].tolist() == [1]
    assert form.table["transformers"].iloc[-1] == len(loads.table)


def test_no_transformers_are_no_sum(book):
    run, _ = book
    empty = replace(run.facts, transformers=run.facts.transformers.iloc[:0])
    none = replace(run, facts=empty, part=True)
    assert load_book(none)[1].table.empty


def test_meter_numbers_are_masked(book):
    _, sheets = book
    rows = under(sheets["住户与设备"], "阶段")
    assert rows
    assert {row["阶段"] for row in rows} <= {"已改", "本年任务", "远期"}


def test_the_library_gives_the_same_table(book, tmp_path):
    run, _ = book
    loads = gis.open_project(figures_town.write(tmp_path)).decide().loads
    grid = transformer_table(run.facts, run.decisions, run.policy).set_index("transformer_id")
    assert list(loads.index) == list(grid.index)
    assert loads["total_kva"].tolist() == pytest.approx(grid["total_kva"].tolist(), nan_ok=True)
    assert (loads["works_cny"].fillna(0) * 100 == grid["works_fen"].fillna(0)).all()


def test_the_map_of_transformers_has_the_same_loads_and_a_mark_for_every_state(book):
    run, _ = book
    drawn = load_layer(run)
    grid = transformer_table(run.facts, run.decisions, run.policy).set_index("transformer_id")
    assert list(drawn["transformer_id"]) == list(grid.index)
    assert drawn["total_state"].tolist() == grid["total_state"].tolist()
    assert drawn.geometry.geom_type.eq("Point").all()
    field, words = class_words("transformer_loads")
    assert field == "total_state"
    assert set(words) == set(LOAD_STATES)
    assert load_layer(replace(run, layers=replace(run.layers, tables={}))) is None
