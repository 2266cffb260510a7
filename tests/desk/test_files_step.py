"""Files are dropped, said to be something else, left out, and dropped again a month later."""

import errno
import threading
import tomllib

import geopandas as gpd
import pytest
import xlsxwriter
from desk.conftest import ABOUT, text_of
from office import make_office
from shapely import box

from gis.desk import files_step
from gis.layers.project import read_project
from gis.new_project.from_files import project_from_files
from gis.publish import atomic_swap

LEDGER = "序号,村名,取暖方式,经度,纬度\n1,东村,煤,110.703,35.603\n2,东村,电,110.704,35.603\n"
OTHER = "序号,所在村,现用,经度,纬度\n1,西村,煤,110.713,35.603\n"


def ledger(folder, name="甲镇.csv", text=LEDGER):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def project(clerk):
    return tomllib.loads((clerk.folder / "project.toml").read_text("utf-8"))


def test_the_first_drop_writes_what_new_from_writes(clerk, tmp_path, reader):
    own = tmp_path / "own"
    own.mkdir()
    make_office(own)
    for name in ("project.toml", "policy.toml"):
        (own / name).unlink()
    files = sorted(own.iterdir())
    page = clerk.drop(*files)
    project_from_files(tmp_path / "new", files, reader)
    for file in (tmp_path / "new").iterdir():
        assert (clerk.folder / file.name).read_bytes() == file.read_bytes(), file.name
    names = {one.name for one in files if one.suffix not in (".dbf", ".shx", ".cpg")}
    assert all(f">{name}</th>" in page for name in names)
    assert "认得表头" in page


def test_a_second_file_joins_the_layer_and_comments_stay(clerk, tmp_path):
    clerk.drop(ledger(tmp_path / "a"))
    path = clerk.folder / "project.toml"
    path.write_text(path.read_text("utf-8") + "# 记得问老王\n", encoding="utf-8")
    clerk.drop(ledger(tmp_path / "a", "乙镇.csv"))
    files = project(clerk)["layers"]["households"]["files"]
    assert [one["path"] for one in files] == ["甲镇.csv", "乙镇.csv"]
    assert [one["township"] for one in files] == ["甲镇", "乙镇"]
    assert "# 记得问老王" in path.read_text("utf-8")
    assert len(read_project(clerk.folder).layers["households"].sources) == 2


def test_next_months_file_keeps_how_it_is_read(clerk, tmp_path):
    clerk.drop(ledger(tmp_path / "a"))
    before = (clerk.folder / "project.toml").read_bytes()
    clerk.replace(ledger(tmp_path / "b", text=LEDGER + "3,东村,电,110.705,35.603\n"))
    assert (clerk.folder / "project.toml").read_bytes() == before
    assert (clerk.folder / "甲镇.csv").read_text("utf-8").endswith("3,东村,电,110.705,35.603\n")


def test_a_file_is_left_out_and_taken_for_something_else(clerk, tmp_path):
    clerk.drop(ledger(tmp_path / "a"), ledger(tmp_path / "a", "乙镇.csv"))
    clerk.send("/files/layer", {"file": "乙镇.csv", "layer": ""})
    assert [one["path"] for one in project(clerk)["layers"]["households"]["files"]] == ["甲镇.csv"]
    assert (clerk.folder / "乙镇.csv").exists()
    clerk.send("/files/layer", {"file": "乙镇.csv", "layer": "inspections"})
    assert project(clerk)["layers"]["inspections"]["path"] == "乙镇.csv"
    clerk.send("/files/layer", {"file": "甲镇.csv", "layer": ""})
    assert "households" not in project(clerk)["layers"]
    page = clerk.send("/files/layer", {"file": "乙镇.csv", "layer": "targets"})
    assert "inspections" not in project(clerk).get("layers", {})
    assert "未写入" in page or project(clerk)["project"]["targets"] == "乙镇.csv"


def test_a_file_that_is_nothing_makes_no_project(clerk, tmp_path):
    page = clerk.drop(ledger(tmp_path / "a", "菜单.csv", "菜名,价格\n面,5\n"))
    assert "表头不像任何图层" in page
    assert not (clerk.folder / "project.toml").exists()
    assert "还没有项目" in clerk.client.get("/columns").text


def test_the_names_of_the_plan(clerk, tmp_path):
    clerk.drop(ledger(tmp_path / "a"))
    names = {"title_zh": "甲县2024年", "title_en": "Jia county", "as_of": "2024年9月30日",
             "plan": "甲县“清洁”\\方案", "document": "甲政办〔2024〕3号", "map_review_no": ""}  # fmt: skip
    clerk.send("/files/about", names)
    found = read_project(clerk.folder)
    assert (found.title.zh, found.title.en, str(found.as_of)) == (
        "甲县2024年",
        "Jia county",
        "2024-09-30",
    )
    policy = tomllib.loads((clerk.folder / "policy.toml").read_text("utf-8"))["policy"]
    assert (policy["name"], policy["document"]) == ("甲县“清洁”\\方案", "甲政办〔2024〕3号")
    assert "map_review_no" not in project(clerk)["project"]
    before = (clerk.folder / "project.toml").read_bytes()
    for day in ("", "昨天", "2024-13-01"):
        fields = names | {"as_of": day, "change": clerk.keys.change}
        assert clerk.client.post("/files/about", data=fields).status_code == 400
    assert (clerk.folder / "project.toml").read_bytes() == before


def test_the_year_and_the_days_of_the_plan(clerk, tmp_path):
    clerk.drop(ledger(tmp_path / "a"))
    told = ABOUT | {
        "plan_year": "2025",
        "programme_start": "2025年4月1日",
        "deadline": "2025-11-10",
    }
    clerk.send("/files/about", told)
    before = (clerk.folder / "policy.toml").read_bytes()
    policy = tomllib.loads(before.decode())["policy"]
    assert policy["plan_year"] == 2025
    assert (str(policy["programme_start"]), str(policy["deadline"])) == ("2025-04-01", "2025-11-10")
    page = clerk.page("/files")
    assert 'value="2025-11-10"' in page
    for wrong in ({"plan_year": "25"}, {"plan_year": "二〇二五"}, {"deadline": "入冬前"}):
        fields = told | wrong | {"change": clerk.keys.change}
        assert clerk.client.post("/files/about", data=fields).status_code == 400
    assert (clerk.folder / "policy.toml").read_bytes() == before


@pytest.mark.parametrize("word", ["<script>alert(1)</script>", '" onload="x', "{{ 7*7 }}", "=1+1"])
def test_what_files_say_is_text(clerk, tmp_path, word):
    name = "台账.csv"
    quoted = word.replace('"', '""')
    text = f'序号,村名,取暖方式,"{quoted}"\n1,"{quoted}",煤,2\n'
    clerk.drop(ledger(tmp_path / "a", name, text))
    for path in (f"/files/rows?file={name}", f"/columns?file={name}", "/files"):
        page = clerk.page(path)
        assert "<script>alert" not in page
        assert 'onload="x' not in page
        assert "49" not in text_of(page) or "{{" not in word
    assert word.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;") in clerk.page(
        f"/files/rows?file={name}"
    )


def test_first_rows_cover_what_is_personal(clerk, tmp_path):
    text = "序号,户主,身份证号,村名,取暖方式\n1,张三丰,140882197001011234,东村,煤\n"
    clerk.drop(ledger(tmp_path / "a", text=text))
    for path in ("/files/rows?file=甲镇.csv", "/columns?file=甲镇.csv"):
        page = clerk.page(path)
        assert "张三丰" not in page
        assert "140882197001011234" not in page
        assert "东村" in page


def test_english_by_a_switch_that_stays(clerk):
    assert "放文件" in clerk.page("/files")
    assert "Drop the files" in clerk.page("/files?lang=en")
    assert "Drop the files" in clerk.page("/files")
    assert 'lang="en"' in clerk.page("/files")
    assert "放文件" in clerk.page("/files?lang=zh")


def test_a_page_that_waits_comes_back_to_what_was_asked(clerk, tmp_path):
    clerk.drop(ledger(tmp_path / "a"))
    answer = clerk.client.get("/problems?cause=households:x&file=甲镇.csv")
    assert answer.status_code == 202
    back = answer.text.split('data-back="', 1)[1].split('"', 1)[0]
    assert back.startswith("/problems?cause=households:x&amp;file=")


def test_a_notice_is_shown_in_its_own_lines(clerk, tmp_path):
    """A comma in it parts no columns: everything after it stands there too."""
    clerk.drop(ledger(tmp_path / "a"))
    text = (
        "关于划定禁煤区的通告\n范围：东村，西村、<b>南村</b>。\n自2023年10月1日起施行，特此通告。\n"
    )
    clerk.drop(ledger(tmp_path / "b", "公告.txt", text))
    page = clerk.page("/files/rows?file=公告.txt")
    assert '<p class="pre">范围：东村，西村、&lt;b&gt;南村&lt;/b&gt;。</p>' in page
    assert '<p class="pre">自2023年10月1日起施行，特此通告。</p>' in page
    assert "<table" not in page


def _villages(folder, *names):
    """Squares of 1 km side by side, with their names and codes, as a Shapefile."""
    rows = {"村": list(names), "村代码": [f"14088200100{n}" for n, _ in enumerate(names, 1)]}
    squares = [box(470_000 + 1000 * n, 3_934_000, 471_000 + 1000 * n, 3_935_000)
               for n, _ in enumerate(names)]  # fmt: skip
    folder.mkdir()
    frame = gpd.GeoDataFrame(rows, geometry=squares, crs="EPSG:4546")
    frame.to_file(folder / "村界.shp", encoding="utf-8")
    return folder


def test_a_notice_waits_for_the_villages_that_it_names(clerk, tmp_path):
    """Whatever else came with it is taken in."""
    text = "关于划定禁煤区的通告\n范围：东村、西村。\n自2023年10月1日起施行，特此通告。\n"
    notice = ledger(tmp_path / "a", "公告.txt", text)
    page = clerk.drop(ledger(tmp_path / "b"), notice)
    assert "要有村界才知道划了哪些村" in page
    assert "zones" not in project(clerk)
    assert "households" in project(clerk)["layers"]
    parts = sorted(_villages(tmp_path / "c", "东村", "南村", "西村").iterdir())
    clerk.drop(*[one for one in parts if one.suffix == ".shp"])
    assert "villages" not in project(clerk)["layers"]
    clerk.drop(*[one for one in parts if one.suffix != ".shp"])
    assert project(clerk)["layers"]["villages"]["path"] == "村界.shp"
    (zone,) = project(clerk)["zones"]
    assert zone["include_villages"] == ["东村", "西村"]


@pytest.mark.parametrize(
    ("day", "begins"),
    [("2023年2月28日", "2023-02-28"), ("2023年2月30日", None), ("2023年13月1日", None)],
)
def test_a_notice_with_a_day_that_no_calendar_has_is_none(clerk, tmp_path, day, begins):
    text = f"关于划定禁煤区的通告\n范围：东村。\n自{day}起施行，特此通告。\n"
    notice = ledger(tmp_path / "a", "公告.txt", text)
    clerk.drop(ledger(tmp_path / "b"), *_villages(tmp_path / "c", "东村").iterdir(), notice)
    days = [str(zone["effective_on"]) for zone in project(clerk).get("zones", ())]
    assert days == ([begins] if begins else [])
    assert {"villages", "households"} <= project(clerk)["layers"].keys()


def test_a_notice_of_other_villages_is_said_and_makes_no_zone(clerk, tmp_path):
    clerk.drop(ledger(tmp_path / "b"), *_villages(tmp_path / "c", "南村").iterdir())
    text = "关于划定禁煤区的通告\n范围：东村、西村。\n自2023年10月1日起施行，特此通告。\n"
    assert "没有认出项目里的村名" in clerk.drop(ledger(tmp_path / "a", "公告.txt", text))
    assert "zones" not in project(clerk)


def test_a_full_disk_leaves_the_project_as_it_was_and_says_so(clerk, tmp_path, monkeypatch):
    clerk.drop(ledger(tmp_path / "a"))
    before = (clerk.folder / "project.toml").read_bytes()

    def full(*_args, **_kept):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic_swap, "write_file", full)
    names = {"title_zh": "甲", "title_en": "a", "as_of": "2024-10-31", "plan": "p", "document": "d",
             "map_review_no": "", "change": clerk.keys.change}  # fmt: skip
    answer = clerk.client.post("/files/about", data=names)
    assert answer.status_code == 400
    assert "磁盘" in answer.text
    page = clerk.send("/files/drop", {}, [("files", ("乙镇.csv", LEDGER.encode()))])
    assert "磁盘" in page
    assert (clerk.folder / "project.toml").read_bytes() == before
    assert (clerk.folder / "乙镇.csv").read_bytes() == LEDGER.encode()


def test_what_cannot_be_taken_in_is_said(clerk, tmp_path, monkeypatch):
    def failing(*_args):
        raise RuntimeError("x")

    monkeypatch.setattr(files_step, "take_in", failing)
    page = clerk.drop(ledger(tmp_path / "a"))
    assert "暖图自身出错（RuntimeError）" in page
    assert "暖图自身出错" not in clerk.page("/files")


def test_a_name_that_is_a_placeholder_is_told_when_it_is_saved(clerk, tmp_path):
    clerk.drop(ledger(tmp_path))
    page = clerk.send("/files/about", ABOUT)
    assert "占位文字" not in page
    page = clerk.send("/files/about", ABOUT | {"document": "某政办发〔2024〕3号"})
    assert "“某政办发〔2024〕3号”里有“某”或 XX，是占位文字" in page
    page = clerk.send("/files/about", ABOUT | {"title_zh": "XX县", "plan": "某县方案"})
    assert "“XX县、某县方案”里" in page


def test_a_workbook_is_told_with_the_rows_of_all_its_sheets(clerk, tmp_path):
    with xlsxwriter.Workbook(tmp_path / "甲镇.xlsx") as book:
        for number, count in enumerate((2, 3)):
            sheet = book.add_worksheet(f"村{number}")
            sheet.write_row(0, 0, ["序号", "取暖方式", "村名"])
            for row in range(1, count + 1):
                sheet.write_row(row, 0, [row, "煤", "东村"])
    page = clerk.drop(tmp_path / "甲镇.xlsx")
    assert "2 张表，共 5 行；第一张：2 行；认得表头" in page


def digits(page, name):
    return page.split(f'name="{name}" value="', 1)[1].split('"', 1)[0]


@pytest.mark.parametrize("wrong", [{"plan_year": "20x4"}, {"deadline": "11月"}, {"as_of": "昨天"}])
def test_one_field_that_cannot_be_read_saves_none_of_the_others(clerk, tmp_path, wrong):
    clerk.drop(ledger(tmp_path / "own"))
    names = ("project.toml", "policy.toml")
    before = [(clerk.folder / name).read_bytes() for name in names]
    fields = ABOUT | {"title_zh": "乙县"} | wrong | {"change": clerk.keys.change}
    assert clerk.client.post("/files/about", data=fields).status_code == 400
    assert [(clerk.folder / name).read_bytes() for name in names] == before


def test_what_a_second_window_has_saved_meanwhile_is_not_written_over(clerk, tmp_path):
    clerk.drop(ledger(tmp_path / "own"))
    seen = digits(clerk.page("/files"), "seen")
    clerk.send("/files/about", ABOUT | {"title_zh": "乙县", "seen": seen})
    old = ABOUT | {"title_zh": "丙县", "seen": seen, "change": clerk.keys.change}
    answer = clerk.client.post("/files/about", data=old)
    assert answer.status_code == 409
    assert "另一个窗口改过项目，这次没有保存" in answer.text
    assert project(clerk)["project"]["title"]["zh"] == "乙县"
    seen = digits(clerk.page("/files"), "seen")
    clerk.send("/files/about", ABOUT | {"title_zh": "丙县", "seen": seen})
    assert project(clerk)["project"]["title"]["zh"] == "丙县"


def test_a_full_disk_is_said_and_what_stood_stands(clerk, tmp_path, monkeypatch):
    clerk.drop(ledger(tmp_path / "own"))
    before = (clerk.folder / "project.toml").read_bytes()

    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(atomic_swap, "write_file", full)
        fields = ABOUT | {"change": clerk.keys.change}
        answer = clerk.client.post("/files/about", data=fields)
        assert answer.status_code == 400
        assert "磁盘已满" in answer.text
        assert "原有内容未动" in answer.text
    with monkeypatch.context() as patch:
        patch.setattr("gis.api.project_file.TemporaryDirectory", full)
        answer = clerk.client.post("/files/about", data=fields)
        assert (answer.status_code, "磁盘已满" in answer.text) == (400, True)
    assert (clerk.folder / "project.toml").read_bytes() == before
    clerk.send("/files/about", ABOUT)


def test_a_failure_of_the_program_is_said_on_a_page_without_its_words(clerk, monkeypatch):
    def failing(*_args):
        raise RuntimeError("张三")

    monkeypatch.setattr(files_step, "listed", failing)
    answer = clerk.client.get("/files")
    assert answer.status_code == 500
    assert "暖图自身出错（RuntimeError）" in answer.text
    assert "张三" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_file_dropped_while_another_is_read_is_taken_as_well(clerk, tmp_path, monkeypatch):
    clerk.drop(ledger(tmp_path / "own"))
    own, begun, let_go = files_step.take_in, threading.Event(), threading.Event()

    def slow(*args):
        begun.set()
        assert let_go.wait(60)
        return own(*args)

    monkeypatch.setattr(files_step, "take_in", slow)
    for name in ("乙镇.csv", "丙镇.csv"):
        files = [("files", (name, LEDGER.encode()))]
        answer = clerk.client.post("/files/drop", data={"change": clerk.keys.change}, files=files)
        assert answer.status_code == 303
        assert begun.wait(60)
    let_go.set()
    clerk.page("/files")
    told = project(clerk)["layers"]["households"]["files"]
    assert [one["path"] for one in told] == ["甲镇.csv", "乙镇.csv", "丙镇.csv"]


def test_a_file_dropped_while_an_edition_is_made_is_told_to_come_later(clerk, tmp_path):
    clerk.drop(ledger(tmp_path / "own"))
    let_go = threading.Event()
    work = clerk.desk.begin("publishing", lambda _work: let_go.wait(60))
    files = [("files", ("乙镇.csv", LEDGER.encode()))]
    answer = clerk.client.post("/files/drop", data={"change": clerk.keys.change}, files=files)
    let_go.set()
    work.thread.join()
    assert answer.status_code == 409
    assert "正在发布；这次放的文件一个也没有收" in answer.text
    assert not (clerk.folder / "乙镇.csv").exists()


def test_a_change_that_failed_leads_back_and_to_the_other_language(clerk, tmp_path):
    clerk.drop(ledger(tmp_path / "own"))
    fields = {"file": "没有.csv", "change": clerk.keys.change}
    answer = clerk.client.post("/columns/save", data=fields)
    assert 'href="/columns">回到刚才那一页' in answer.text
    assert 'href="/columns?lang=en"' in answer.text


def test_what_gdal_writes_beside_a_file_that_it_reads_is_no_change(clerk):
    borders = clerk.folder / "村界.gpkg"
    borders.write_bytes(b"1")
    before = clerk.desk.fingerprint()
    borders.with_name("村界.gpkg.aux.xml").write_bytes(b"<PAMDataset/>")
    borders.with_name("村界.gpkg-shm").write_bytes(b"")
    assert clerk.desk.fingerprint() == before
    borders.write_bytes(b"12")
    assert clerk.desk.fingerprint() != before
