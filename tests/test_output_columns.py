"""The declaration of columns: one row adds one everywhere, nothing undeclared is public."""

from __future__ import annotations

import base64
import gzip
import json
import re
import runpy
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import small_town
from publish import sample
from publish.office_files import without_office_files
from publish.sample_variants import replaced, with_homes
from python_calamine import CalamineWorkbook

import gis
from gis import i18n
from gis.disclosure.rounding import NOTHING, Counts, Memory, RoundingRule
from gis.disclosure.village_rows import refuse_undeclared
from gis.editions.planner import planner_edition
from gis.editions.public import public_edition
from gis.editions.public_counts import build_public_counts
from gis.editions.village_view import months_of
from gis.errors import PublicationError
from gis.facts import village_table
from gis.layers.columns import LAYERS, personal_columns
from gis.layers.schema import count_column
from gis.output_columns import OutputColumn, declared, of_village
from gis.output_columns.column import HOMES, METRES, YUAN
from gis.pages.model import VillageView
from gis.publish import publish
from gis.report import output_tables
from gis.report.geopackage import twin_layers

ROOT = Path(__file__).parent.parent
# What a layer may bring along: metres above the sea, of nobody in particular.
ALTITUDE = {sample.A: 412.0, sample.C: 437.0, sample.D: 455.0, sample.B: 437.0}
ROW = OutputColumn(
    "altitude_m", "number", "海拔", "Altitude", "table map page card beside", unit=METRES
)


def with_altitude(run):
    villages = run.facts.villages
    facts = replace(
        run.facts, villages=villages.assign(altitude_m=villages["village_code"].map(ALTITUDE))
    )
    return replaced(run, facts=facts)


def declare(monkeypatch, *columns):
    monkeypatch.setattr(declared, "VILLAGE", (*declared.VILLAGE, *columns))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return with_altitude(sample.results(tmp_path_factory.mktemp("project")))


def published(run, folder):
    publish(run, folder / "out")
    return folder / "out"


def rows_of(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False).set_index("village_code")


def payload_of(path):
    kind, text = re.search(
        r'<script type="application/(json|gzip)" id="edition">(.*?)</script>',
        path.read_text("utf-8"),
        re.DOTALL,
    ).groups()
    return json.loads(text if kind == "json" else gzip.decompress(base64.b64decode(text)))


def villages_of(path):
    return {village["code"]: village for village in payload_of(path)["villages"]}


def test_without_a_row_the_column_is_nowhere(run):
    assert "altitude_m" not in output_tables.decision_table(run)
    assert "altitude_m" not in twin_layers(run)["villages"]
    assert "altitude_m" not in planner_edition(run, {}).villages[0]


@pytest.fixture(scope="module")
def with_rows(run, tmp_path_factory):
    """Published with a column of villages and one of households more."""
    row = OutputColumn(
        "accuracy_m", "number", "定位精度", "Accuracy", "table list map", unit=METRES
    )
    with pytest.MonkeyPatch.context() as patch:
        declare(patch, ROW)
        patch.setattr(declared, "HOUSEHOLD", (*declared.HOUSEHOLD, row))
        measured = with_homes(run, run.facts.households.assign(accuracy_m=7.5))
        return published(measured, tmp_path_factory.mktemp("rows"))


def test_one_row_adds_a_column_everywhere_but_in_public(with_rows, tabs):
    out = with_rows

    table = rows_of(out / "planner" / "decisions.csv")
    assert table["altitude_m"].to_dict() == {code: f"{m:.0f}" for code, m in ALTITUDE.items()}

    book = CalamineWorkbook.from_path(str(out / "planner" / "decisions.xlsx"))
    cells = book.get_sheet_by_index(0).to_python()
    head = next(n for n, row in enumerate(cells) if "海拔（米）" in row)
    at, code = cells[head].index("海拔（米）"), cells[head].index("村代码")
    assert {row[code]: row[at] for row in cells[head + 1 :]} == ALTITUDE

    with closing(sqlite3.connect(out / "planner" / "nuantu.gpkg")) as db:
        found = dict(db.execute("SELECT village_code, altitude_m FROM villages").fetchall())
        style = "SELECT styleQML FROM layer_styles WHERE f_table_name = 'villages'"
        ((qml,),) = db.execute(style).fetchall()
    assert found == ALTITUDE
    assert 'field="altitude_m" name="海拔（米）"' in qml

    assert villages_of(out / "planner" / "approach.html")[sample.C]["altitude_m"] == 437.0
    page = tabs.take((1440, 900))
    page.goto(f"{(out / 'planner' / 'approach.html').as_uri()}#v={sample.C}")
    said = page.locator("#card .facts").first.inner_text()
    tabs.leave(page)
    assert re.search(r"海拔\s+437 米", said)

    public = sorted(path for path in (out / "public").rglob("*") if path.is_file())
    assert len(public) > 5
    for path in public:
        text = path.read_text("utf-8")
        assert "altitude_m" not in text, path
        assert "海拔" not in text, path
        if path.suffix == ".html":
            assert "altitude_m" not in json.dumps(payload_of(path)), path


def last_cells(page):
    """The table beside the map: heading of its last column; village code → cell, from the top."""
    rows = page.evaluate(
        "() => [...document.querySelectorAll('#list tbody tr')]"
        ".map((row) => [row.dataset.id, row.lastElementChild.innerText])"
    )
    return page.locator("#list thead th").last.inner_text(), dict(rows)


def test_a_column_beside_the_map_is_sorted_as_its_kind_in_both_languages(with_rows, tabs):
    page = tabs.take((1440, 900))
    page.goto((with_rows / "planner" / "approach.html").as_uri())
    page.wait_for_selector("html[data-ready]")
    assert last_cells(page)[0] == "海拔（米）"
    page.click("[data-sort='altitude_m']")  # a number: the largest first
    heading, cells = last_cells(page)
    assert heading == "海拔（米）▼"
    assert [*cells.values()] == ["455", "437", "437", "412"]
    assert cells == {code: f"{m:.0f}" for code, m in ALTITUDE.items()}
    page.click("[data-sort='altitude_m']")
    assert [*last_cells(page)[1].values()] == ["412", "437", "437", "455"]
    page.click("#language")
    assert last_cells(page)[0] == "Altitude (m)▲"
    with page.expect_download() as waiting:
        page.click(".take button:has-text('CSV')")
    rows = pd.read_csv(waiting.value.path(), dtype={"Village code": str})
    assert dict(zip(rows["Village code"], rows["Altitude (m)"], strict=True)) == ALTITUDE
    page.goto((with_rows / "public" / "approach.html").as_uri())
    page.wait_for_selector("html[data-ready]")
    assert last_cells(page)[0].startswith("户数")
    tabs.leave(page)


def test_a_column_of_words_is_sorted_by_them(run, tmp_path, monkeypatch, tabs):
    declare(
        monkeypatch,
        OutputColumn("kept_by", "text", "管护单位", "Kept by", "page beside"),
        OutputColumn("checked_on", "date", "核对日期", "Checked on", "page beside"),
    )
    of = {sample.A: "丙", sample.C: "甲", sample.D: "", sample.B: "乙"}
    days = {sample.A: "2024-02-01", sample.C: "2023-12-31", sample.D: "", sample.B: "2024-01-30"}
    villages = run.facts.villages
    told = {
        name: villages["village_code"].map(values)
        for name, values in (("kept_by", of), ("checked_on", days))
    }
    without_office_files(monkeypatch)
    out = published(
        replaced(run, facts=replace(run.facts, villages=villages.assign(**told))), tmp_path
    )
    page = tabs.take((1440, 900))
    page.goto(f"{(out / 'planner' / 'approach.html').as_uri()}#s=checked_on")
    page.wait_for_selector("html[data-ready]")
    assert [*last_cells(page)[1].items()] == [
        (sample.C, "2023年12月31日"), (sample.B, "2024年1月30日"), (sample.A, "2024年2月1日"),
        (sample.D, "—"),
    ]  # fmt: skip
    page.click("[data-sort='kept_by']")  # words: from the first
    by_sound = [sample.A, sample.C, sample.B, sample.D]  # 丙 bing, 甲 jia, 乙 yi
    assert [*last_cells(page)[1]] == by_sound
    page.goto(f"{(out / 'planner' / 'approach.html').as_uri()}#s=village")  # no column of the table
    page.wait_for_selector("html[data-ready]")
    assert page.locator("[aria-sort='descending'] [data-sort='households']").count() == 1
    tabs.leave(page)


def test_a_column_declared_public_is_rounded_there(run, tmp_path, monkeypatch, tabs):
    row = replace(ROW, files="table page card beside data", public="rounded", step=50)
    declare(monkeypatch, row)
    without_office_files(monkeypatch)
    out = published(run, tmp_path)
    shown = villages_of(out / "public" / "approach.html")
    # A, C and D are counted together: (40 x 412 + 7 x 437 + 5 x 455) / 52 homes = 419.5, to 50
    # metres 400; B alone has 437: 450
    assert {code: village["altitude_m"] for code, village in shown.items()} == {
        sample.A: 400.0, sample.B: 450.0, sample.C: None, sample.D: None,
    }  # fmt: skip
    data = rows_of(out / "public" / "data" / "villages.csv")["altitude_m"]
    assert data.to_dict() == {sample.A: "400", sample.B: "450", sample.C: "", sample.D: ""}
    told = json.loads((out / "public" / "data" / "villages.geojson").read_text("utf-8"))
    assert {one["properties"]["altitude_m"] for one in told["features"]} == {400.0, 450.0, None}
    page = tabs.take((1440, 900))
    page.goto((out / "public" / "approach.html").as_uri())
    page.wait_for_selector("html[data-ready]")
    assert last_cells(page) == (
        "海拔（米）",
        {sample.A: "400", sample.B: "450", sample.C: "—", sample.D: "—"},
    )
    page.click(f"tr[data-id='{sample.B}']")
    assert re.search(r"海拔\s+450 米", page.locator("#card .facts").first.inner_text())
    tabs.leave(page)
    # the planner's pages still have it exactly
    assert villages_of(out / "planner" / "approach.html")[sample.A]["altitude_m"] == 412.0


def test_of_too_few_homes_a_rounded_column_says_nothing(tmp_path, monkeypatch):
    declare(monkeypatch, replace(ROW, files="page", public="rounded", step=50))
    # 10 homes in B's township: fewer than are ever told of
    few = with_altitude(sample.results(tmp_path, {**sample.SIZES, sample.B: 10}))
    public, _, _ = public_edition(planner_edition(few, {}), few, NOTHING)
    shown = {village["code"]: village["altitude_m"] for village in public.villages}
    assert (shown[sample.A], shown[sample.B]) == (400.0, None)


def test_a_new_column_of_the_route_waits_until_routes_are_told_anew(run, monkeypatch):
    planner = planner_edition(run, {})
    _, counts, groups = public_edition(planner, run, NOTHING)
    declare(monkeypatch, OutputColumn("altitude_m", "text", "海拔", "Altitude", "page", "route"))
    now = planner_edition(run, {})
    kept = Memory(counts.memory, tuple(groups), counts.amounts, counts.said)
    held, _, _ = public_edition(now, run, kept)
    first, _, _ = public_edition(now, run, NOTHING)
    assert [one["altitude_m"] for one in held.villages] == [""] * 4
    # C and D show the route of A, with which they are counted; B's is not decided
    told = {one["code"]: one["altitude_m"] for one in first.villages}
    assert told == dict.fromkeys((sample.A, sample.C, sample.D), "412.0") | {sample.B: ""}


def test_one_row_adds_a_column_of_households(with_rows):
    out = with_rows
    table = pd.read_parquet(out / "planner" / "households.parquet")
    assert set(table["accuracy_m"]) == {7.5}
    book = CalamineWorkbook.from_path(str(out / "planner" / "households.xlsx"))
    assert any("定位精度（米）" in row for row in book.get_sheet_by_index(0).to_python())
    with closing(sqlite3.connect(out / "planner" / "nuantu.gpkg")) as db:
        assert db.execute("SELECT DISTINCT accuracy_m FROM households").fetchall() == [(7.5,)]
    assert all(
        "accuracy_m" not in path.read_text("utf-8") for path in (out / "public").rglob("*.*")
    )


SCHOOLS = OutputColumn("school_count", "count", "学校数", "Schools", "table map page card")
STOREYS = OutputColumn("storeys", "count", "层数", "Storeys", "table list map")


@pytest.fixture
def with_columns_of_layers(tmp_path, monkeypatch):
    """A project on disk whose villages count schools and whose ledger counts storeys."""
    for name, column in (
        ("villages", count_column("school_count", "个", "学校数")),
        ("households", count_column("storeys", "个", "层数")),
    ):
        layer = LAYERS[name]
        monkeypatch.setitem(LAYERS, name, replace(layer, columns=(*layer.columns, column)))
    folder = tmp_path / "town"
    folder.mkdir()
    small_town.write(folder)
    villages = gpd.read_file(folder / "villages.gpkg")
    villages["学校数"] = ["2", "0", "1.5", None]  # 1.5 schools are nobody's
    villages.to_file(folder / "villages.gpkg")
    homes = pd.read_csv(folder / "households.csv", encoding="gb18030", dtype=str)
    homes["层数"] = ["2" if n == 5 else "" for n in range(len(homes))]
    homes.to_csv(folder / "households.csv", index=False, encoding="gb18030")
    return folder


def test_a_column_of_a_layer_goes_from_the_file_to_every_output(
    with_columns_of_layers, tmp_path, monkeypatch
):
    declare(monkeypatch, SCHOOLS)
    monkeypatch.setattr(declared, "HOUSEHOLD", (*declared.HOUSEHOLD, STOREYS))
    out = tmp_path / "out"
    project = gis.open_project(with_columns_of_layers)
    assert "not_whole" in set(project.problems["code"])
    project.decide().publish(out)

    schools = {small_town.ON: 2, small_town.FAR: 0, small_town.GAS: None, small_town.SURE: None}
    table = rows_of(out / "planner" / "decisions.csv")["school_count"].groupby(level=0).first()
    written = {code: "" if n is None else str(n) for code, n in schools.items()}
    assert table.to_dict() == written
    page = villages_of(out / "planner" / "approach.html")
    assert {code: one["school_count"] for code, one in page.items()} == schools
    told = payload_of(out / "planner" / "approach.html")
    assert told["columns"]["school_count"]["heading"]["zh"] == "学校数"
    assert "school_count" in told["card"]
    with closing(sqlite3.connect(out / "planner" / "nuantu.gpkg")) as db:
        found = dict(db.execute("SELECT village_code, school_count FROM villages").fetchall())
        homes = db.execute("SELECT storeys, count(*) FROM households GROUP BY 1").fetchall()
        kinds = {
            name: kind
            for table in ("villages", "households")
            for name, kind in db.execute("SELECT name, type FROM pragma_table_info(?)", (table,))
        }
    assert found == schools
    assert [storeys for storeys, _ in homes] == [None, 2]
    assert (kinds["school_count"], kinds["storeys"]) == ("INTEGER", "INTEGER")

    ledger = pd.read_parquet(out / "planner" / "households.parquet")
    assert ledger["storeys"].dropna().tolist() == [2]
    for name, heading in (("decisions", "学校数"), ("households", "层数")):
        book = CalamineWorkbook.from_path(str(out / "planner" / f"{name}.xlsx"))
        cells = book.get_sheet_by_index(0).to_python()
        head = next(row for row in cells if heading in row)
        assert 2.0 in [row[head.index(heading)] for row in cells[cells.index(head) + 1 :]], name
    for path in (out / "public").rglob("*.*"):
        text = path.read_text("utf-8") + str(path.suffix == ".html" and payload_of(path))
        assert "school_count" not in text, path
        assert "storeys" not in text, path


def test_no_column_of_the_villages_layer_is_named_like_one_that_is_computed(tmp_path, monkeypatch):
    """Tables take a column from the decisions first, so the layer's would never be seen."""
    monkeypatch.setattr(village_table, "all_village_sources", frozenset)  # carry nothing further
    monkeypatch.setattr(sample, "_worked_out", sample._worked_out.__wrapped__)
    run = sample.results(tmp_path)
    layer = set(LAYERS["villages"].by_name)
    computed = set(run.decisions.villages.columns) | set(run.facts.villages.columns)
    same = {"village_code", "village", "township_code", "township", "remote_mountain", "rural"}
    stated = {"households_total", "no_task_on", "no_task_document", "x", "y"}
    assert layer & computed <= same | stated, "rename it in gis/layers/columns/areas.py"


@pytest.mark.parametrize("unit", ["", "所", "kw"])
def test_a_column_in_a_unit_that_nothing_is_converted_to_is_refused(unit):
    with pytest.raises(ValueError, match=rf"school_count: unknown unit '{unit}'.*layers/units\.py"):
        count_column("school_count", unit, "学校数")


@pytest.mark.parametrize(
    ("file", "made"), [("table", output_tables.decision_table), ("map", twin_layers)]
)
def test_a_column_that_no_table_has_is_an_error(run, monkeypatch, file, made):
    declare(monkeypatch, OutputColumn("no_such", "text", "无", "None", file))
    with pytest.raises(KeyError, match="no_such"):
        output_tables.village_columns(run.decisions.villages, run, {"no_such": "no_such"})
    with pytest.raises(KeyError, match="no_such"):
        made(run)


def test_a_column_without_a_source_is_told_where_to_give_it_one(run, tmp_path, monkeypatch):
    declare(monkeypatch, OutputColumn("no_such", "text", "无", "None", "page"))
    with pytest.raises(KeyError, match=r"no_such: .*In gis/output_columns/declared\.py"):
        planner_edition(run, {})
    monkeypatch.undo()
    row = OutputColumn("no_such", "text", "无", "None", "list")
    monkeypatch.setattr(declared, "HOUSEHOLD", (*declared.HOUSEHOLD, row))
    with pytest.raises(KeyError, match=r"no_such: .*In gis/output_columns/declared\.py"):
        published(run, tmp_path)


def test_of_the_ledgers_own_columns_one_may_be_missing(run, monkeypatch):
    homes = run.facts.households.drop(columns="accuracy_m", errors="ignore")
    columns = [
        OutputColumn(name, "text", "无", "None", "table") for name in ("accuracy_m", "no_such")
    ]
    monkeypatch.setattr(declared, "HOUSEHOLD", (*declared.HOUSEHOLD, columns[0]))
    assert output_tables.household_table(with_homes(run, homes))["accuracy_m"].isna().all()
    monkeypatch.setattr(declared, "HOUSEHOLD", (*declared.HOUSEHOLD, columns[1]))
    with pytest.raises(KeyError, match="no_such"):
        output_tables.household_table(run)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"files": "table sheet"}, "unknown file"),
        ({"files": "card"}, "card without page"),
        ({"files": "page data"}, "data that is not public"),
        ({"files": "data", "public": "plain"}, "data and on no page"),
        ({"files": "table", "public": "plain"}, "public and on no page"),
        ({"public": "plain", "personal": True}, "public and personal"),
        ({"public": "rounded"}, "a step and nothing to round"),
        ({"step": 50}, "a step and nothing to round"),
        ({"public": "rounded", "step": 50, "kind": "count"}, "rounded and no number"),
        ({"public": "money"}, "money in no yuan"),
        ({"public": "count"}, "a count of no homes"),
        ({"unit": YUAN}, "name without its unit"),
        ({"files": "beside"}, "beside a map and on no page"),
        ({"files": "page", "codes": ("report", "placing")}, "page words of another file"),
        ({"kind": "list"}, "a list in a table"),
    ],
)
def test_a_row_that_contradicts_itself_is_refused(changed, said):
    with pytest.raises(ValueError, match=said):
        replace(ROW, **changed)


def blank_row():
    return {
        column.key: column.blank
        for column in of_village("page")
        if column.public != "hidden" or column.key in VillageView.__annotations__
    }


def test_what_is_not_declared_is_refused_before_it_is_public(run, tmp_path, monkeypatch):
    refuse_undeclared([blank_row()])
    refuse_undeclared([blank_row() | {"pipe_m": 300.0, "name": "樊村"}])
    for wrong in (
        {"altitude_m": 412.0},
        {"altitude_m": None},
        {"computed": "gas"},
        {"dissent": True},
    ):
        with pytest.raises(PublicationError, match=next(iter(wrong))):
            refuse_undeclared([blank_row() | wrong])
    without_office_files(monkeypatch)
    monkeypatch.setattr("gis.editions.public.start_public_row", dict)  # everything, as it is
    with pytest.raises(PublicationError, match=r"computed|altitude_m"):
        published(run, tmp_path)
    assert not (tmp_path / "out" / "public").exists()


def test_what_the_public_sees_is_what_is_declared(run):
    planner = planner_edition(run, {})
    public, _, _ = public_edition(planner, run, NOTHING)
    # of the hidden ones, those that the pages read by name stand there blank
    hidden = {column.key for column in of_village("page") if column.public == "hidden"}
    hidden &= set(VillageView.__annotations__)
    assert hidden == {
        "computed", "dissent", "flip", "tried", "reported", "certainty", "works_dear",
    }  # fmt: skip
    for village in public.villages:
        assert set(village) == hidden | {
            column.key for column in of_village("page") if column.public != "hidden"
        }
        assert {name: village[name] for name in hidden} == {
            "computed": "", "dissent": False, "flip": {"zh": "", "en": ""}, "tried": [],
            "reported": None, "certainty": "", "works_dear": False,
        }  # fmt: skip


def test_the_rows_of_the_pages_have_the_fields_of_their_type(run):
    """VillageView lists what the program reads by name; other columns are shown all the same."""
    columns = [column.key for column in of_village("page")]
    assert [key for key in columns if key in VillageView.__annotations__] == list(
        VillageView.__annotations__
    )
    for village in planner_edition(run, {}).villages:
        assert list(village) == columns


def test_counts_declared_public_are_those_that_have_rules(run):
    counts = Counts(RoundingRule.of(run.policy), {})
    (told,) = build_public_counts(run, counts, [(sample.A,)], months_of(run)).values()
    assert set(told.counts) == {c.key for c in of_village("page") if c.public == "count"}


ALL = (*declared.VILLAGE, *declared.HOUSEHOLD)


def test_every_column_has_words_and_its_keys_too():
    for column in ALL:
        assert column.zh, column.name
        assert column.en, column.name
        assert not re.search("[A-Za-z]", column.zh), column.name
        assert re.fullmatch(r"[\x20-\x7e]+", column.en), column.name
        assert (column.kind == "choice") == (column.codes is not None), column.name
        if column.codes:
            file, table = column.codes
            assert {"zh", "en"} <= set(next(iter(i18n.messages(file)[table].values())))


def test_a_heading_stands_in_one_place():
    elsewhere = set(i18n.messages("report")["columns"])
    assert elsewhere & {name for column in ALL for name, _ in column.headings()} == set()


@pytest.mark.parametrize("own", [declared.VILLAGE, declared.HOUSEHOLD])
def test_every_column_is_declared_once(own):
    names = [column.name for column in own]
    assert len(names) == len(set(names))


def test_the_columns_of_a_page_are_told_apart_by_their_headings():
    """A file that is taken from a page names its columns by their headings alone."""
    for language in ("zh", "en"):
        told = [getattr(next(one.headings())[1], language) for one in of_village("page")]
        assert len(told) == len(set(told))


def test_the_order_of_files_names_columns_that_they_have():
    for columns, order in (
        (declared.VILLAGE, declared.VILLAGE_ORDER),
        (declared.HOUSEHOLD, declared.HOUSEHOLD_ORDER),
    ):
        for file, names in order.items():
            own = [one for one in columns if one.is_in(file)]
            there = {name for one in own for name, _ in one.taken(file)}
            if file in ("card", "data"):
                there = {one.name for one in own}

            # a column that is not named follows the others
            assert set(names) <= there - {one.name for one in columns if one.personal}


def test_what_the_ledger_holds_of_persons_is_personal_here_too():
    personal = {column.name for column in declared.HOUSEHOLD if column.personal}
    assert personal == {column.name for column in declared.HOUSEHOLD} & personal_columns(
        "households"
    )
    assert not any(column.personal for column in declared.VILLAGE)
    assert {column.files for column in declared.HOUSEHOLD if column.personal} == {"list"}


def test_units_stand_in_headings():
    assert dict(ROW.headings()) == {"altitude_m": ("海拔（米）", "Altitude (m)")}
    homes = OutputColumn("left", "count", "待改", "Still on coal", "table", unit=HOMES)
    assert dict(homes.headings()) == {"left": ("待改（户）", "Still on coal")}
    words = OutputColumn("why", "words", "理由", "Reason", "table")
    assert dict(words.headings()) == {
        "why": ("理由", "Reason (Chinese)"), "why_en": ("理由（英文）", "Reason"),
    }  # fmt: skip


def test_the_reference_of_columns_is_current(monkeypatch):
    monkeypatch.setattr("sys.path", [*sys.path])  # the script puts the checkout first
    written = runpy.run_path(str(ROOT / "scripts" / "column_reference"))["reference"]()
    assert (ROOT / "docs" / "columns.md").read_text("utf-8") == written


def test_the_reference_of_inputs_is_current_and_names_every_column():
    made = runpy.run_path(str(ROOT / "scripts" / "column_reference"))["input_reference"]()
    assert (ROOT / "docs" / "inputs.md").read_text("utf-8") == made
    for name, layer in LAYERS.items():
        own = made.split(f"/ `{name}`\n")[1].split("\n## ")[0]
        for column in layer.columns:
            assert f"| `{column.name}` |" in own
            assert all(heading in own for heading in column.aliases.split() if "|" not in heading)


def test_the_reference_of_messages_is_current_and_says_each_in_both_languages():
    script = runpy.run_path(str(ROOT / "scripts" / "column_reference"))
    made = script["message_reference"]()
    assert (ROOT / "docs" / "messages.md").read_text("utf-8") == made
    blocking, looked_at, notes = made.split("\n## ")[1:]
    for code, said in i18n.messages("problems").items():
        kind = blocking if said.get("blocking") else notes if said.get("note") else looked_at
        row = next(line for line in kind.splitlines() if line.startswith(f"| `{code}` |"))
        assert row.count("<br>") >= 2
        assert row.replace("\\|", "").count("|") == 4
