"""loads.xlsx as an office opens it: every transformer once, sums by township, blanks where unknown."""

import io
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


def test_the_form_to_be_signed_has_every_township(book):
    _, sheets = book
    rows = under(sheets["双方签字"], "台区（个）")
    assert sum(row["台区（个）"] for row in rows if row["台区（个）"]) == len(
        under(sheets["台区承载能力核查表"], "台区编号")
    )
    (last,) = [cell for line in sheets["双方签字"] for cell in line if "盖章" in str(cell)]
    assert last.startswith("供电公司（盖章）：____")
    assert "市清洁取暖办（盖章）：____" in last


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
