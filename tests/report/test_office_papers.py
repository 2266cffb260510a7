"""The monthly report, the office's papers, and each township's own part of them."""

import dataclasses
import io
import re
import zipfile
from datetime import date

import pandas as pd
import pytest
import town
from publish import sample
from publish.sample_variants import replaced
from python_calamine import CalamineWorkbook

from gis import i18n
from gis.audit.clearance import judge_zones
from gis.audit.ground import COMPLETION, grounds
from gis.audit.responsible import Office, open_work
from gis.layers.project import Publisher
from gis.report import monthly, office_papers, stage_counts
from gis.report.metadata import run_metadata
from gis.report.monthly import folder_name, own_report, restated, township_files, township_sheets
from gis.report.notices_book import letter_lines
from gis.report.workbook import workbook_bytes

ONE, TWO = "140882001", "140882002"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Three findings of coal: at a home of A, at one of B, at a shop."""
    made = sample.results(tmp_path_factory.mktemp("project"))
    found = pd.DataFrame(
        {
            "inspection_id": ["i1", "i2", "i3"],
            "household_id": [f"HH{sample.A[6:]}0020", f"HH{sample.B[6:]}0003", None],
            "premises_id": [None, None, "p1"],
            "inspected_on": pd.to_datetime(["2024-10-02", "2024-09-20", "2024-10-05"]),
            "finding": ["coal_stored", "coal_burned", "coal_sold"],
            "coal_kg": [100.0, None, 900.0],
            "rectify_by": pd.to_datetime(["2024-10-12", None, "2024-11-20"]),
            "rectified_on": pd.to_datetime([None, None, None]),
            "x": [None, None, 470500.0],
            "y": [None, None, 3940500.0],
        }
    )
    tables = {**made.layers.tables, "inspections": found}
    premises = pd.DataFrame({"premises_id": ["p1"], "kind": ["shop"], "exempt": [False],
                             "x": [470500.0], "y": [3940500.0]})  # fmt: skip
    judged = judge_zones(made.facts, found, premises, None, None, made.policy, town.AS_OF)
    loaded = type(made.layers)(tables, made.layers.origins, ())
    return replaced(made, layers=loaded, clearance=judged)


def monthly_table(run, progress):
    counts = monthly.ledger_counts(run)
    work = open_work(counts.work, run.facts.villages, Office(run.policy, town.AS_OF, {}))
    ground = grounds(run.facts, COMPLETION)
    return stage_counts.township_table(counts.stages, progress, ground, counts.reporting, work)


def test_the_monthly_table_counts_stages_by_village(run):
    table = stage_counts.stage_table(run).set_index("village_code")
    # A: 8 accepted this plan year, 3 in September and 5 in October; one home visited in October
    row = table.loc[sample.A]
    assert (row["accepted"], row["completed"], row["this_month"]) == (8, 8, 5)
    assert (row["visited"], row["signed"]) == (1, 0)
    # B's visit was in September
    assert table.loc[sample.B, "visited"] == 0
    assert table.index.tolist() == [sample.A, sample.C, sample.D, sample.B]


def test_townships_and_the_city_add_up(run):
    table = monthly_table(run, run.progress)
    assert table["township"].tolist() == ["t001", "t002", "合计"]
    assert table["accepted"].tolist() == [8, 0, 8]
    assert table["target"].tolist() == [12, pd.NA, 12]
    # 8 of 12; no target is no share
    assert table["share_done"].round(4).fillna(-1).tolist() == [0.6667, -1, 0.6667]


def test_sums_of_the_monthly_report_are_formulas_over_the_villages(run):
    tables = monthly.report_tables(run, monthly.ledger_counts(run))
    content = monthly.report_workbook(tables, run_metadata(run))
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        page = book.read("xl/worksheets/sheet1.xml").decode()
    formulas = dict(re.findall(r"<f>([^<]*)</f><v>([^<]*)</v>", page))
    villages = list(tables["villages"].columns)
    column = chr(ord("A") + villages.index("accepted"))
    cells = (
        CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("月报").to_python()
    )
    top = next(n for n, row in enumerate(cells, 1) if "乡镇代码" in row)
    own = {f: v for f, v in formulas.items() if f.endswith(f"!{column}:{column})")}
    # t001 has 8, t002 none; the row above them has the headings
    code = chr(ord("A") + cells[top - 1].index("乡镇代码"))
    source = "'各村情况'!"
    assert own == {
        f"SUMIF({source}$A:$A,{code}{top + 1},{source}{column}:{column})": "8",
        f"SUMIF({source}$A:$A,{code}{top + 2},{source}{column}:{column})": "0",
    }
    assert villages[0] == "township_code"
    total = [v for f, v in formulas.items() if f.startswith("SUM(") and v == "8"]
    assert total  # accepted and completed of the city


def test_who_has_reported_and_who_is_late(run):
    homes = run.facts.households
    cases = [("2024-10-24", False), ("2024-10-23", True), (None, None)]  # as of Thursday 31 October
    for day, late in cases:
        kept = homes.assign(ledger_as_of=pd.Timestamp(day) if day else pd.NaT)
        told = replaced(run, facts=dataclasses.replace(run.facts, households=kept))
        table = stage_counts.reporting_table(told).set_index("township_code")
        found = table.loc[ONE, "report_late"]
        assert (None if pd.isna(found) else bool(found)) is late


def test_weeks_end_on_sundays_and_on_the_as_of_day():
    ends = stage_counts.week_ends(2024, date(2024, 9, 17))
    assert [f"{day:%m-%d}" for day in ends] == ["09-01", "09-08", "09-15", "09-17"]
    whole = stage_counts.week_ends(2024, date(2025, 1, 1))
    assert (len(whole), whole[-1]) == (14, date(2024, 11, 30))
    assert stage_counts.week_ends(2024, date(2024, 8, 31)) == []
    assert stage_counts.week_ends(2024, date(2024, 9, 1)) == [date(2024, 9, 1)]


def test_a_week_has_a_sum_only_where_every_township_has_its_count():
    """By hand: the second week lacks one township's installations."""
    weeks = pd.to_datetime(["2024-09-01", "2024-09-01", "2024-09-08", "2024-09-08"])
    table = pd.DataFrame(
        {"township_code": [ONE, TWO, ONE, TWO], "township": list("abab"), "week_ends": weeks}
    )
    table["signed"] = pd.array([3, 4, 5, 0], dtype="Int64")
    table["installed"] = pd.array([1, 2, 3, pd.NA], dtype="Int64")
    sums = stage_counts.with_week_totals(table).iloc[4:]
    assert sums["township"].tolist() == ["合计", "合计"]
    assert sums["township_code"].isna().all()
    assert sums["week_ends"].tolist() == list(weeks[[0, 2]])
    assert sums["signed"].tolist() == [7, 5]
    assert sums["installed"].fillna(-1).tolist() == [3, -1]


def test_the_weekly_table_adds_up_to_the_monthly_one(run):
    table = stage_counts.weekly_table(run)
    own = table[table["township_code"] == ONE].set_index("week_ends")
    assert own["accepted"].iloc[-1] == 8
    # nothing was accepted before September, so that the weeks add up to the whole
    assert own["new_accepted"].sum() == 8
    assert own["accepted"].is_monotonic_increasing
    on = run.facts.households["accepted_on"]
    passed = run.facts.households["acceptance_result"] == "pass"
    day = pd.Timestamp("2024-09-29")
    assert own.loc[day, "accepted"] == int((passed & (on <= day)).sum())


def test_the_share_done_is_that_of_the_modes_with_a_target(run):
    """8 of the 12 by mains, and 90 by gas, for which no target is set."""
    gas = run.progress.units.iloc[[0]].assign(mode="gas", target=pd.NA, completed=90)
    units = pd.concat([run.progress.units, gas.astype({"target": "Int64"})], ignore_index=True)
    progress = type(run.progress)(**vars(run.progress) | {"units": units})
    table = monthly_table(run, progress)
    assert table["share_done"].round(4).fillna(-1).tolist() == [0.6667, -1, 0.6667]


def test_a_target_of_a_unit_that_is_no_township_stands_alone(run):
    units = run.progress.units.copy()
    units.loc[1, ["unit_code", "unit", "target"]] = [None, "供热中心", 5]
    progress = type(run.progress)(**vars(run.progress) | {"units": units})
    table = monthly_table(run, progress)
    assert table["township"].tolist() == ["t001", "t002", "供热中心", "合计"]
    assert table["target"].tolist() == [12, pd.NA, 5, 17]


def test_the_report_has_its_sheets_in_order(run):
    content = monthly.report_workbook(
        monthly.report_tables(run, monthly.ledger_counts(run)), run_metadata(run)
    )
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert book.sheet_names == ["月报", "周调度", "各村情况", "任务进度", "逐月完成", "禁煤区",
                                "各村销号", "疑似改而不用待核实", "抽查评估", "尚需入户", "覆盖缺口", "责任清单",
                                "未能回答", "未核实或未生效参数", "图层来源"]  # fmt: skip
    only = monthly.report_workbook({"zones": monthly.zone_table(run.clearance)}, run_metadata(run))
    assert CalamineWorkbook.from_filelike(io.BytesIO(only)).sheet_names == ["禁煤区"]


def test_the_field_sheet_lists_doors_in_walking_order(run):
    field = office_papers.build_office_papers(run, unmask=False)["field"][0].table
    # zone Z1 is village A; its 8 converted homes were never visited, the other 32 burn coal
    assert len(field) == 40
    assert set(field["village_code"]) == {sample.A}
    assert field["stop"].tolist() == list(range(1, 41))
    assert field["phone"].str.contains(r"\*").all()
    assert (
        office_papers.build_office_papers(run, unmask=True)["field"][0]
        .table["phone"]
        .str.isdigit()
        .all()
    )
    assert (field["seen"] == " ").all()  # a box to write in


def test_homes_to_convert(run):
    waiting = office_papers.pending_sheet(run, unmask=False).table
    assert waiting.groupby("village_code").size().to_dict() == {
        sample.A: 32, sample.C: 7, sample.D: 5, sample.B: 30,
    }  # fmt: skip


def test_notices_name_what_was_found_and_until_when_they_hold(run):
    register, _, followups = office_papers.build_office_papers(run, unmask=False)["notices"]
    table = register.table
    assert table["notice_no"].tolist() == ["20241031-0001", "20241031-0002"]
    assert table["overdue"].tolist() == ["是", "否"]
    due = [date(2024, 11, 7), date(2024, 11, 20)]  # seven days on, where the day set has passed
    assert table["rectify_by"].dt.date.tolist() == due
    assert table["expires_on"].dt.date.unique().tolist() == [date(2024, 11, 30)]
    assert table["township_code"].fillna("").tolist() == [ONE, ""]
    # outside every zone and never converted: the plan does not bind it
    assert followups.table["village"].tolist() == ["北阳"]
    assert followups.table["todo_zh"].str.contains("方案无约束").all()


def test_a_notice_is_a_letter_on_a_page_of_its_own(run):
    publisher = Publisher(name={"zh": "某市取暖办"}, phone="0359-5021234")
    issued = run.project.model_copy(update={"publisher": publisher})
    book = office_papers.build_office_papers(replaced(run, project=issued), unmask=False)["notices"]
    letters = book[1]
    assert letters.page_by == "notice_no"
    first = letters.table[letters.table["notice_no"] == "20241031-0001"]
    said = dict(zip(first["item"], first["said"], strict=True))
    assert said["检查情况"] == (
        "2024年10月2日检查：存放散煤，散煤 100 公斤；原定2024年10月12日前整改，已逾期"
    )
    assert said["依据"] == "《test》（test 1）；所在禁煤区：zone"
    assert (said["整改期限"], said["有效期至"]) == (
        "2024年11月7日前（含当日）完成",
        "2024年11月30日",
    )
    assert (said["签发单位"], said["联系电话"]) == ("某市取暖办", "0359-5021234")
    assert "异议" not in said  # the office has not said how
    assert said["签发日期"] == "2024年10月31日"
    assert "公章" in said["盖章"]
    owners = run.facts.households.set_index("household_id")["owner"]
    assert said["致"] == owners[said["户编号"]]
    assert first["item"].tolist()[-1] == "送达签收"
    page = unzipped(workbook_bytes(book, "整改通知书", run_metadata(run)), 2)
    breaks = [int(row) for row in re.findall(r'<brk id="(\d+)"', page)]
    # title, day, nature, headings, then the lines of each letter
    sizes = letters.table.groupby("notice_no").size().tolist()
    assert breaks == [4 + sizes[0]]
    assert "fitToPage" not in page


def test_the_register_names_the_township_where_the_plan_says_each_does_it(run):
    policy = run.policy.model_copy(update={"responsible": {"散煤管控": "各乡（镇、街道）"}})
    book = office_papers.build_office_papers(replaced(run, policy=policy), unmask=False)["notices"]
    table = book[0].table.set_index("notice_no")
    assert table["responsible_unit"].tolist() == [
        "t001",
        "各乡（镇、街道）",
    ]  # a shop of no village
    assert (table[["served_on", "rechecked"]] == " ").all(axis=None)
    assert {"township_code", "village_code"} < set(book[0].hidden)


def test_registers_and_follow_ups_name_the_person_or_say_how_to_name_one(run):
    policy = run.policy.model_copy(update={"responsible": {"巡查": "各乡镇", "散煤": "各乡镇"}})
    people = {"t002": "李四"}
    asked = run.project.model_copy(update={"people": people})
    told = replaced(run, policy=policy, project=asked)
    register, _, followups = office_papers.build_office_papers(told, unmask=False)["notices"]
    table = followups.table
    assert table[["responsible_unit", "responsible_person"]].to_numpy().tolist() == [
        ["t002", "李四"]
    ]
    assert table["due_on"].tolist() == [pd.Timestamp("2024-11-15")]
    assert not any("[people]" in line for line in followups.lines)
    # nobody answers for the letters' units: blank, with the way out
    assert register.table["responsible_person"].tolist() == ["", ""]
    assert any("[people]" in line for line in register.lines)


def test_a_letter_says_how_to_object_where_the_office_does_and_which_notice_set_the_zone_up(run):
    issuer = Publisher(name={"zh": "取暖办"}, objection="=有异议的，七日内书面提出。")
    zones = run.clearance.zones.assign(document_no="通告〔2023〕1号")
    judged = dataclasses.replace(run.clearance, zones=zones)
    issued = run.project.model_copy(update={"publisher": issuer})
    told = replaced(run, project=issued, clearance=judged)
    book = office_papers.build_office_papers(told, unmask=False)["notices"]
    first = book[1].table[book[1].table["notice_no"] == "20241031-0001"]
    said = dict(zip(first["item"], first["said"], strict=True))
    assert said["异议"] == "=有异议的，七日内书面提出。"
    assert said["依据"] == "《test》（test 1）；所在禁煤区：zone（通告〔2023〕1号）"
    assert "联系电话" not in said
    assert book[0].table["zone_names"].iloc[0] == "zone"
    page = unzipped(workbook_bytes(book, "整改通知书", run_metadata(told)), 2)
    assert "<f>" not in page


def test_a_letter_cites_the_clause_on_converted_homes_where_no_zone_binds_the_home():
    rows = {
        "notice_no": ["1", "2"], "zones": ["", "甲区（通告1号）"], "overdue": [False, False],
        "owner": ["甲", "乙"],
    }  # fmt: skip
    blank = ("township_code", "household_id", "premises_id", "township", "village", "address", "found_zh", "coal_kg",
             "inspected_on", "first_due_on", "task_zh", "rectify_by", "issued_on", "expires_on")  # fmt: skip
    table = pd.DataFrame(rows | {name: [None, None] for name in blank})

    def basis(*clause):
        lines = letter_lines(table, None, "《方案》（1号）", *clause)
        return lines.loc[lines["item"] == "依据", "said"].tolist()

    zone = "《方案》（1号）；所在禁煤区：甲区（通告1号）"
    assert basis("四（一）1") == ["《方案》（1号）四（一）1", zone]
    assert basis() == ["《方案》（1号）", zone]


def test_open_complaints_are_listed_with_who_answers_by_when(run):
    """Handled and later ones are left out, and one that is not about coal."""
    names = ("complaint_id", "village_code", "received_on", "subject", "due_on", "handled_on")
    rows = [
        ("c1", sample.A, "2024-10-20", "烧散煤，电话13800138000", None, None),
        ("c2", None, "2024-10-01", "有人卖煤", "2024-10-30", None),
        ("c3", sample.B, "2024-10-02", "烧散煤", "2024-10-31", "2024-10-01"),  # before it came
        ("c4", sample.B, "2024-10-02", "烧散煤", None, "2024-10-31"),
        ("c5", sample.B, "2024-11-01", "烧散煤", None, None),
        ("c6", sample.B, "2024-10-02", "路灯不亮", None, None),
    ]
    told = pd.DataFrame(rows, columns=list(names))
    for name in ("received_on", "due_on", "handled_on"):
        told[name] = pd.to_datetime(told[name])
    judged = judge_zones(run.facts, None, None, told, None, run.policy, town.AS_OF)
    layers = dataclasses.replace(run.layers, tables={**run.layers.tables, "complaints": told})
    policy = run.policy.model_copy(update={"responsible": {"投诉": "各乡镇"}})
    asked = run.project.model_copy(update={"people": {"t001": "李四"}})
    found = replaced(run, clearance=judged, layers=layers, policy=policy, project=asked)
    book = office_papers.build_office_papers(found, unmask=False)["notices"]
    assert [one.name for one in book][-1] == "未办结投诉"
    table = book[-1].table
    shown = ["complaint_id", "village", "responsible_unit", "responsible_person", "overdue"]
    assert table[shown].astype("object").fillna("").to_numpy().tolist() == [
        ["c2", "", "各乡镇", "", "是"],  # due the day before
        ["c3", "北阳", "t002", "", "否"],  # due on the day itself
        ["c1", run_village(run, sample.A), "t001", "李四", "否"],
    ]
    due = ["2024-10-30", "2024-10-31", "2024-11-15"]  # without a day of its own: the season's start
    assert table["due_on"].dt.strftime("%Y-%m-%d").tolist() == due
    assert "13800138000" not in table["complaint"].str.cat()
    assert "complaint_id" in table


def run_village(run, code):
    return run.facts.villages.set_index("village_code").loc[code, "village"]


def test_every_letter_has_its_title_and_the_mark(run):
    """Above the headings: the title, the as-of day, the nature of the data; on every page."""
    book = office_papers.build_office_papers(run, unmask=False)["notices"]
    content = workbook_bytes(book, "整改通知书", run_metadata(run))
    page = unzipped(content, 2)
    assert "<oddFooter>&amp;C第 1 页 共 1 页</oddFooter>" in page
    assert "oddHeader" not in page  # it is served: no internal mark to take off
    assert 'orientation="portrait"' in page
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        book_xml = archive.read("xl/workbook.xml").decode()
    assert re.search(r"整改通知书'?!\$1:\$4</definedName>", book_xml)
    cells = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("整改通知书")
    head = ["".join(map(str, row)) for row in cells.to_python()[:4]]
    assert head[0].endswith("整改通知书")
    assert head[1:] == ["数据截至2024年10月31日", "合成演示数据", "乡镇代码通知书编号事项内容"]


def unzipped(content, number):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(f"xl/worksheets/sheet{number}.xml").decode()


def published(run, day, **project):
    told = run.project.model_copy(update={"published_on": day} | project)
    return replaced(run, project=told)


def test_days_of_a_public_list_are_written_in_where_nobody_states_its_publication(run):
    book = office_papers.build_office_papers(run, unmask=False)["public_list"]
    for one in book:
        assert one.lines[0] == (
            "公示期：      年    月    日至      年    月    日（自公布之日起 7 日），期满撤下"
        )
        assert one.lines[2].endswith("____________________          年    月    日")
        assert "2024" not in "".join(one.lines)


def test_the_public_list_has_masked_names_and_an_end(run):
    """28 February and 7 days, over the leap day; the figures are of 31 October before."""
    dated = published(run, date(2028, 2, 28))
    book = office_papers.build_office_papers(dated, unmask=False)["public_list"]
    assert [one.name for one in book] == ["确村确户（公示栏）", "确村确户（网站）",
                                          "设备补贴（公示栏）", "设备补贴（网站）"]  # fmt: skip
    board, website = book[2:]
    for one in (board, website):
        assert len(one.table) == 8
        assert set(one.table["name"]) == {"赵*", "钱*"}
        assert one.table["list_note"].unique().tolist() == ["不享受设备补贴"]  # by mains
        assert one.lines[0] == "公示期：2028年2月28日至2028年3月6日（自公布之日起 7 日），期满撤下"
        assert one.lines[1] == "有异议的，请在公示期内向所在乡镇（街道）反映"
        assert one.lines[2] == "公示单位（盖章）：____________________    2028年2月28日"
        assert one.posted
    result, seal = board.lines[3:]
    assert result.startswith("公示结果：")
    assert seal.startswith("村（居）委会（盖章）：")
    assert len(website.lines) == 3  # a village returns the paper of its board


def test_full_names_on_the_board_alone_where_the_policy_says_so(run):
    rules = run.policy.edition.model_copy(update={"board_full_names": True})
    policy = run.policy.model_copy(update={"edition": rules})
    office = Publisher(name={"zh": "取暖办"}, phone="1", objection_days=10)
    issued = published(run, date(2024, 11, 4), publisher=office)
    papers = office_papers.build_office_papers(replaced(issued, policy=policy), unmask=False)
    board, website = papers["public_list"][2:]
    owners = set(run.facts.households["owner"])
    assert set(board.table["name"]) <= owners
    assert set(website.table["name"]) == {"赵*", "钱*"}
    assert board.lines[0].startswith("公示期：2024年11月4日至2024年11月14日")
    assert "向取暖办（电话 1）反映" in website.lines[1]
    assert website.lines[2] == "公示单位（盖章）：取暖办    2024年11月4日"
    shown = {"id_number", "phone", "bank_account", "meter_no", "hardship_class", "supplement_cny"}
    assert not shown & {*board.table.columns, *website.table.columns}


def test_the_sample_has_its_draw_a_sheet_to_fill_in_and_what_came_back(run):
    """Eight homes of one township are finished, of no lot: 5 % are one, so that three are drawn."""
    drawn, homes, found = office_papers.build_office_papers(run, unmask=False)["sample"]
    row = drawn.table.iloc[0]
    assert len(drawn.table) == len(found.table) == 1
    assert (row["township_code"], row["contractor"]) == (ONE, "施工单位不明")
    assert row[["sample_frame", "sample_drawn", "sample_at_least"]].tolist() == [8, 3, 3]
    assert (row["sample_seed"], row["sample_share"]) == ("0", 0.05)
    assert row["sample_frame_on"] == pd.Timestamp("2024-10-31")
    assert homes.table["draw_number"].tolist() == [1, 2, 3]
    assert set(homes.table["village"]) == {"樊村"}
    fill_in = homes.table[["sample_result", "sample_on", "visit_inspector"]]
    assert (fill_in == " ").all(axis=None)
    assert homes.choices["sample_result"] == ("合格", "不合格")
    assert found.table["sample_state"].tolist() == ["尚无抽查结果，无法判断"]
    assert found.table[["sample_lower_count", "sample_upper_rate"]].isna().all(axis=None)
    assert not any(one.posted for one in (drawn, homes, found))
    phones = run.facts.households.assign(phone="13800001234")
    facts = type(run.facts)(**vars(run.facts) | {"households": phones})
    for unmask, said in ((False, "138******34"), (True, "13800001234")):
        papers = office_papers.build_office_papers(replaced(run, facts=facts), unmask=unmask)
        assert set(papers["sample"][1].table["phone"]) == {said}


def test_a_book_without_rows_is_left_out(run):
    assert "settlement" not in office_papers.build_office_papers(
        run, unmask=False
    )  # nobody has a reading


def test_settlement_in_yuan_with_its_exceptions(run):
    homes = run.facts.households.copy()
    at = homes.index[homes["village_code"] == sample.B][:2]
    homes.loc[at, "heating"] = "electric"
    homes.loc[at, "heating_kwh"] = [5000.0, 6000.0]
    facts = type(run.facts)(**vars(run.facts) | {"households": homes})
    book = office_papers.build_office_papers(replaced(run, facts=facts), unmask=False)["settlement"]
    townships, villages, exceptions = (one.table for one in book[:3])
    # neither was ever accepted: both amounts wait
    assert townships["township_code"].fillna("").tolist() == [TWO, ""]
    assert townships["township"].tolist()[1] == "合计"
    assert townships["exceptions"].tolist() == [2, 2]
    assert townships["due_cny"].tolist() == [0.0, 0.0]
    assert villages["village"].tolist() == ["北阳", ""]
    assert exceptions["exception"].tolist() == ["没有验收合格的记录"] * 2
    assert exceptions["owner"].tolist() == homes.loc[at, "owner"].tolist()
    assert any("煤改电为 kWh，煤改气为 m³" in line for line in book[0].lines)


def test_the_settlement_by_payer_by_lot_and_of_the_next_season(run):
    """Two homes of A settled for gas, without a rule for equipment: nothing of it is due."""
    homes = run.facts.households.copy()
    at = homes.index[homes["village_code"] == sample.A][:2]
    accepted = {"heating": "electric", "acceptance_result": "pass", "acceptance_by": "third_party",
                "plan_year": 2024, "accepted_on": pd.Timestamp("2024-09-01"), "device": "ashp_air",
                "energised_on": pd.Timestamp("2024-08-01"), "self_converted": False}  # fmt: skip
    for name, value in accepted.items():
        homes.loc[at, name] = value
    facts = type(run.facts)(**vars(run.facts) | {"households": homes})
    books = office_papers.build_office_papers(replaced(run, facts=facts), unmask=False)
    posted = next(one for one in books["public_list"] if one.name == "设备补贴（网站）").table
    assert set(posted["list_note"]) == {"不享受设备补贴", "金额待定（待招标结果）"}
    sheets = {one.name: one.table for one in books["settlement"]}
    lots = sheets["设备补贴（标段）"]
    assert lots["township"].tolist()[-1] == "合计"
    assert lots["not_known_homes"].tolist()[-1] == lots["households"].tolist()[-1] == 2
    assert sheets["设备补贴（户）"]["equipment_why"].unique().tolist() == [
        "待招标结果，政策未写补贴"
    ]
    assert sheets["设备补贴（户）"]["due_cny"].isna().all()  # unknown, not 0
    bill = sheets["下一采暖季测算"].iloc[-1]
    assert (bill["households"], bill["unmetered_homes"]) == (2, 2)
    assert bill["ceiling_cny"] == 0.0  # the sample's policy pays nothing


def test_the_sign_off_has_a_sheet_a_zone_and_room_to_sign(run):
    books = office_papers.sign_off(run)
    assert list(books) == ["zone_check"]  # it is not cleared: nothing to sign off
    (one,) = books["zone_check"]
    assert (one.name, one.title) == ("核查单 1", "zone（Z1）核查单")
    assert one.signed
    assert one.table["section"].tolist()[0] == "任务（户）"
    assert one.table["counted"].tolist()[0] == 40


@pytest.mark.parametrize(("verdict", "book", "title"), [
    ("cleared", "sign_off", "销号单"), ("unconfirmed", "zone_check", "核查单"),
    ("not_cleared", "zone_check", "核查单"),
])  # fmt: skip
def test_only_a_cleared_zone_is_signed_off(run, verdict, book, title):
    zones = run.clearance.zones.assign(verdict=verdict)
    judged = dataclasses.replace(run.clearance, zones=zones)
    books = office_papers.sign_off(replaced(run, clearance=judged))
    assert {name: one[0].title for name, one in books.items()} == {book: f"zone（Z1）{title}"}


def test_restatements_between_two_ledgers(run):
    before = run.facts.households.copy()
    before.loc[0, "accepted_on"] = pd.Timestamp("2024-09-01")
    before.loc[0, "heating"] = "coal"
    table = restated(before, date(2024, 9, 30), run)
    columns = ["change", "column", "before", "after", "village_before", "village_after"]
    assert table[columns].to_numpy().tolist() == [
        ["date_changed", "验收日期", "2024-09-01", "2024-09-10", "樊村", "樊村"],
        ["changed", "现用取暖", "散煤", "集中供热", "樊村", "樊村"],
    ]


def test_a_township_has_its_own_rows_alone(run):
    books = office_papers.build_office_papers(run, unmask=False)
    two = {name: township_sheets(book, TWO) for name, book in books.items()}
    assert len(two["field"][0].table) == 0
    waiting = township_sheets((office_papers.pending_sheet(run, unmask=False),), TWO)
    assert set(waiting[0].table["township_code"]) == {TWO}
    # nobody there is served a letter: no empty sheets, which would print as empty papers
    assert [(one.name, len(one.table)) for one in two["notices"]] == [("待复查和补录", 1)]
    table = pd.DataFrame({"unit_code": [ONE, TWO], "n": [1, 2]})
    sources = pd.DataFrame({"layer": ["villages"]})
    report = own_report(
        {"targets": table, "zones": pd.DataFrame({"zone_id": ["Z1"]}), "sources": sources},
        TWO,
        set(),
    )
    assert report["targets"]["n"].tolist() == [2]
    assert report.keys() == {"targets", "sources"}
    assert report["sources"] is sources
    # No conversion to post there, no door in a zone.
    zones = {"zones": monthly.zone_table(run.clearance).iloc[:0]}
    made = township_files(books, TWO, zones, run_metadata(run))
    assert set(made) == {"report.xlsx", "field.xlsx", "notices.xlsx"}
    assert all(make()[:2] == b"PK" for make in made.values())


@pytest.mark.parametrize(
    ("code", "folder"),
    [
        ("140882001", "140882001"),
        ("../../x", "%2E%2E%2F%2E%2E%2Fx"),
        ("a:b", "a%3Ab"),
        ("con", "%con"),
        ("COM1", "%COM1"),
        ("con2", "con2"),
        ("乡", "%E4%B9%A1"),
    ],
)
def test_a_code_is_a_folder_on_any_system(code, folder):
    assert folder_name(code) == folder


def test_a_code_of_any_length_is_a_folder_of_its_own():
    long = ["9" * n for n in (80, 81, 6000)] + ["9" * 6000 + "8"]
    folders = [folder_name(code) for code in long]
    assert folders[0] == "9" * 80
    assert len(set(folders)) == 4
    assert all(len(folder) <= 97 for folder in folders)
    assert len(folder_name("河" * 6000)) <= 97


def test_every_heading_and_title_has_both_languages():
    tables = dict(i18n.messages("report"))
    tables.pop("supply_key")  # keys of policy.toml, the same in either language
    for table in tables.values():
        for pair in table.values():
            assert pair["zh"]
            assert pair["en"]


def test_sheet_names_fit_excel():
    for pair in i18n.messages("report")["sheets"].values():
        assert len(pair["zh"]) <= 28
        assert not set(pair["zh"]) & set("[]:*?/\\")
