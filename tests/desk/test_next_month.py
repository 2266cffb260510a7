"""Next month's ledgers wait until somebody has seen what they change; they can be taken back."""

import hashlib
import re
import tomllib
import zipfile
from pathlib import PurePath

import geopandas as gpd
import pytest
from desk.conftest import ABOUT, text_of
from desk.made_files import NOTICE, home, write_borders, write_ledger
from shapely import Point
from typer.testing import CliRunner

import gis
from gis.api import exchanged_ledgers
from gis.api.exchanged_ledgers import BEFORE
from gis.cli.commands import app
from gis.desk.held_files import NEXT, held, takes_place_of
from gis.record import OfficeRecord

HEAD = "序号,村名,取暖方式,经度,纬度,户主,验收日期,验收结果,验收单位,计划年度,建筑面积"


def row(number, heating="煤", accepted="", *, area="100", owner="张三", east=0):
    """A home of 东村; accepted: the day of acceptance by a third party."""
    told = [accepted, "合格", "第三方"] if accepted else ["", "", ""]
    place = (f"{110.702 + (number + east) / 1e4:.6f}", "35.604000")
    return (str(number), "东村", heating, *place, owner, *told, "2024", area)


def ledger(folder, rows, name="甲镇台账.csv"):
    folder.mkdir(exist_ok=True)
    lines = [HEAD, *(",".join(one) for one in rows)]
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / name


OCTOBER = [row(1), row(2, "电", "2024-10-10"), row(3, "电", "2024-10-12"), row(4), row(5)]
# 1 accepted in November; 2 withdrawn; 3 as before; 4 gone; 5 with another area, owner and place; 6
# new
NOVEMBER = [
    row(1, "电", "2024-11-20"),
    row(2, "煤"),
    row(3, "电", "2024-10-12"),
    row(5, area="120", owner="李四", east=20),
    row(6),
]


@pytest.fixture
def county(clerk, tmp_path):
    (tmp_path / "公告.txt").write_text(NOTICE, encoding="utf-8")
    clerk.drop(tmp_path / "公告.txt", write_borders(tmp_path), ledger(tmp_path / "a", OCTOBER))
    clerk.send("/places/crs", {"layer": "households", "file": "甲镇台账.csv", "crs": "EPSG:4490"})
    about = {"title_zh": "甲县", "title_en": "Jia", "as_of": "2024-10-31", "plan": "方案",
             "document": "甲政〔2024〕3号", "map_review_no": ""}  # fmt: skip
    clerk.send("/files/about", about)
    return clerk


def as_of(clerk):
    return str(
        tomllib.loads((clerk.folder / "project.toml").read_text("utf-8"))["project"]["as_of"]
    )


def counts(page):
    """Summary of each kind of change → how many."""
    found = re.findall(r"<summary>(.*?)</summary>", page, re.S)
    return {" ".join(text_of(one).split()[:-1]): int(text_of(one).split()[-1]) for one in found}


def test_what_changes_is_shown_and_nothing_is_replaced_before(county, tmp_path):
    before = (county.folder / "甲镇台账.csv").read_bytes()
    page = county.drop(ledger(tmp_path / "b", NOVEMBER))
    assert "还没有换" in page
    assert (county.folder / "甲镇台账.csv").read_bytes() == before
    assert "新台账里最晚的日期是 2024-11-20，晚于 2024-10-31" in page
    page = county.page("/next?as_of=2024-11-30")
    assert "最晚的日期" not in page
    assert counts(page) == {
        "撤回验收合格": 1, "台账中消失": 1, "新增验收合格": 1, "新出现": 1, "退回未完成": 1,
        "坐标改动": 1, "内容改动 · 取暖方式": 2, "内容改动 · 验收结果": 2, "内容改动 · 验收单位": 2,
        "内容改动 · 建筑面积": 1, "内容改动 · 户主": 1, "日期删除 · 验收日期": 1,
        "新填日期 · 验收日期": 1,
    }  # fmt: skip
    sums = re.findall(
        r'<th scope="row">(.*?)</th><td class="number">(.*?)</td><td class="number">(.*?)</td>',
        page,
    )
    assert sums[:4] == [
        ("甲镇台账.csv 的数据行", "5", "5"),
        ("计入的户", "5", "5"),
        ("本年验收合格", "2", "2"),
        ("没有计入的行", "0", "0"),
    ]
    assert "张三" not in page
    assert "李四" not in page
    assert as_of(county) == "2024-10-31"


SAID = {"who": "王芳", "why": "11 月报"}


def undo(clerk, number):
    return clerk.send("/decide/undo", {"number": str(number), "back": "/journal"} | SAID)


def test_taken_and_given_back_byte_for_byte(county, tmp_path):
    october = (county.folder / "甲镇台账.csv").read_bytes()
    new = ledger(tmp_path / "b", NOVEMBER)
    county.drop(new)
    before = (county.folder / "project.toml").read_bytes()
    page = county.send("/next/take", {"as_of": "2024年11月30日"} | SAID)
    assert "换上了 1 个台账，截至 2024-11-30；记在修改记录第 1 号" in page
    assert (county.folder / "甲镇台账.csv").read_bytes() == new.read_bytes()
    assert as_of(county) == "2024-11-30"
    assert not (county.folder / NEXT).exists()
    undo(county, 1)
    assert (county.folder / "甲镇台账.csv").read_bytes() == october
    assert (county.folder / "project.toml").read_bytes() == before
    undo(county, 2)  # is a change too
    assert (county.folder / "甲镇台账.csv").read_bytes() == new.read_bytes()
    assert as_of(county) == "2024-11-30"


def test_the_journal_has_who_and_why_and_what_both_files_were(county, tmp_path):
    october = hashlib.sha256((county.folder / "甲镇台账.csv").read_bytes()).hexdigest()
    new = ledger(tmp_path / "b", NOVEMBER)
    page = county.drop(new)
    assert re.search(r"甲镇台账.csv 的数据行</th><td[^>]*>5</td><td[^>]*>5</td>", page)
    key = {"change": county.keys.change, "as_of": "2024-10-31"}
    for said in ({"who": " ", "why": "月报"}, {"who": "王芳", "why": ""}):
        assert county.client.post("/next/take", data=key | said).status_code == 400
    assert (county.folder / "甲镇台账.csv").read_bytes() != new.read_bytes()
    county.send("/next/take", {"as_of": "2024-11-30"} | SAID)
    (row,) = gis.open_project(county.folder).record.rows("ledger_exchanges").to_dict("records")
    assert row == {
        "file": "甲镇台账.csv", "given": "甲镇台账.csv",
        "as_of_before": "2024-10-31", "as_of_after": "2024-11-30", "own_day_before": None,
        "rows_before": "5", "rows_after": "5", "sha256_before": october,
        "sha256_after": hashlib.sha256(new.read_bytes()).hexdigest(),
    }  # fmt: skip
    page = text_of(county.page("/journal"))
    assert "王芳：11 月报" in page
    assert october in page
    assert "原有数据行" in page


def test_each_exchange_can_be_undone_once_the_later_ones_are(county, tmp_path):
    files = [county.folder / "甲镇台账.csv"]
    stood = [files[0].read_bytes()]
    for n in (1, 2):
        new = ledger(tmp_path / str(n), NOVEMBER[:-n])
        stood.append(new.read_bytes())
        county.replace(new)
    key = {"change": county.keys.change}
    early = county.client.post("/decide/undo", data=key | SAID | {"number": "1"})
    assert early.status_code == 400
    assert "后来又换过" in early.text
    assert files[0].read_bytes() == stood[2]
    assert cli("undo", county.folder, "2", "--who", "李强", "--why", "错了")
    assert files[0].read_bytes() == stood[1]
    undo(county, 1)
    assert files[0].read_bytes() == stood[0]


def test_a_day_that_was_changed_since_is_kept(county, tmp_path):
    county.drop(ledger(tmp_path / "b", NOVEMBER))
    county.send("/next/take", {"as_of": "2024-11-30"} | SAID)
    path = county.folder / "project.toml"
    path.write_text(path.read_text("utf-8").replace("2024-11-30", "2024-12-05"), "utf-8")
    undo(county, 1)
    assert as_of(county) == "2024-12-05"


def test_an_exchange_that_was_cut_short_is_entered_once(county, tmp_path, monkeypatch):
    new = ledger(tmp_path / "b", NOVEMBER)
    county.drop(new)
    with monkeypatch.context() as cut:
        cut.setattr(exchanged_ledgers, "put_file", power_cut)
        sent = {"as_of": "2024-11-30", "change": county.keys.change} | SAID
        assert county.client.post("/next/take", data=sent).status_code == 500
    assert "甲镇台账.csv" in county.page("/next")
    county.send("/next/take", {"as_of": "2024-11-30"} | SAID)
    assert (county.folder / "甲镇台账.csv").read_bytes() == new.read_bytes()
    assert len(gis.open_project(county.folder).record.changes()) == 1


def test_completions_that_no_column_tells_of_are_unknown(explained, tmp_path):
    rows = [home(n, 2, "电") for n in range(1, 13)]
    page = explained.drop(write_ledger(tmp_path, "乙镇台账.csv", rows))
    told = re.search(r"本年验收合格</th>(.*?)</tr>", page)
    assert text_of(told[1]).split() == ["—", "—"]


def power_cut(*_):
    raise RuntimeError


def cli(*args):
    return CliRunner().invoke(app, [str(one) for one in args]).exit_code == 0


def test_a_ledger_with_a_day_of_its_own_gets_the_new_one(county, tmp_path):
    path = county.folder / "project.toml"
    text = path.read_text("utf-8")
    path.write_text(
        text.replace(
            "[[layers.households.files]]", "[[layers.households.files]]\nas_of = 2024-10-31"
        ),
        "utf-8",
    )
    county.drop(ledger(tmp_path / "b", NOVEMBER))
    county.send("/next/take", {"as_of": "2024-11-30"} | SAID)
    read = tomllib.loads(path.read_text("utf-8"))
    assert str(read["layers"]["households"]["files"][0]["as_of"]) == "2024-11-30"
    undo(county, 1)
    read = tomllib.loads(path.read_text("utf-8"))
    assert str(read["layers"]["households"]["files"][0]["as_of"]) == "2024-10-31"


def test_a_name_that_differs_by_the_month_alone(county, tmp_path):
    page = county.drop(ledger(tmp_path / "b", NOVEMBER, "甲镇台账11月.csv"))
    assert "甲镇台账11月.csv → 换 甲镇台账.csv" in page
    page = county.send("/next/leave", {"file": "甲镇台账.csv", "own": "1"})
    files = tomllib.loads((county.folder / "project.toml").read_text("utf-8"))["layers"][
        "households"
    ]
    assert [one["path"] for one in files["files"]] == ["甲镇台账.csv", "甲镇台账11月.csv"]
    assert held(county.folder) == []


@pytest.mark.parametrize(
    ("ledgers", "name", "expected"),
    [
        (["甲镇10月.csv"], "甲镇11月.csv", "甲镇10月.csv"),
        (["甲镇_2024-10.csv"], "甲镇_2024-11.csv", "甲镇_2024-10.csv"),
        (["甲镇2024年10月31日.csv"], "甲镇2024年11月30日.csv", "甲镇2024年10月31日.csv"),
        (["甲镇十月.csv"], "甲镇十一月.csv", "甲镇十月.csv"),
        (["甲镇10月.csv"], "甲镇10月.csv", "甲镇10月.csv"),
        (["甲镇10月.csv"], "乙镇11月.csv", ""),
        (["甲镇10月.csv", "甲镇9月.csv"], "甲镇11月.csv", ""),  # either
        (["甲镇2024年台账.csv"], "甲镇2025年台账.csv", "甲镇2024年台账.csv"),
        (["甲镇2024年度台账.csv"], "甲镇2025年度台账.csv", "甲镇2024年度台账.csv"),
        (["台账_甲镇_2024.csv"], "台账_甲镇_2025.csv", "台账_甲镇_2024.csv"),
        (["202400001.csv"], "202500001.csv", ""),  # numbers of something
        (["140882100.csv"], "140882101.csv", ""),  # two townships by their codes
        (["2024-10.csv"], "2024-11.csv", ""),  # of nobody knows whom
        (["甲镇1.csv"], "甲镇2.csv", ""),
        (["甲镇10月.csv"], "甲镇11月.xlsx", ""),
    ],
)
def test_whose_place_a_file_takes(clerk, tmp_path, ledgers, name, expected):
    clerk.drop(write_borders(tmp_path), *(ledger(tmp_path / "a", OCTOBER, one) for one in ledgers))
    assert takes_place_of(clerk.folder, name) == expected


def test_a_ledger_that_cannot_be_placed_is_said_and_can_be_left(county, tmp_path):
    before = (county.folder / "甲镇台账.csv").read_bytes()
    text = ledger(tmp_path / "b", NOVEMBER).read_text("utf-8").replace("取暖方式", "名目")
    (tmp_path / "b" / "甲镇台账.csv").write_text(text, encoding="utf-8")
    page = county.drop(tmp_path / "b" / "甲镇台账.csv")
    assert "须先解决" in page
    page = county.send("/next/leave", {"file": "甲镇台账.csv"})
    assert "没有收" in page
    assert (county.folder / "甲镇台账.csv").read_bytes() == before
    assert "没有等着换上的台账" in county.page("/next")


def test_it_waits_through_a_restart_and_the_same_file_does_not(county, open_desk, tmp_path):
    county.drop(ledger(tmp_path / "b", NOVEMBER))
    county.desk.close()
    again = open_desk(county.folder)
    assert "甲镇台账.csv" in again.page("/next")
    assert "等着换上：甲镇台账.csv" in again.page("/files")
    page = again.drop(ledger(tmp_path / "c", OCTOBER))
    assert "没有变化" in page
    assert held(again.folder) == []


def test_what_cannot_be_is_refused_and_changes_nothing(county, tmp_path):
    key = {"change": county.keys.change}

    def status(path, fields):
        return county.client.post(path, data=key | fields).status_code

    assert status("/next/take", {"as_of": "2024-11-30"} | SAID) == 400  # nothing waits
    county.drop(ledger(tmp_path / "b", NOVEMBER))
    files = {one: one.read_bytes() for one in county.folder.rglob("*") if one.is_file()}
    assert status("/next/take", {"as_of": "下月"} | SAID) == 400
    for file in ("", "../project.toml", "project.toml", "乙镇台账.csv", "/etc/passwd"):
        assert status("/next/leave", {"file": file}) == 400
    assert county.client.get("/next?as_of=<script>").status_code == 400
    assert {one: one.read_bytes() for one in county.folder.rglob("*") if one.is_file()} == files


def test_a_record_of_another_hand_leads_nowhere_else(county, tmp_path):
    """A folder that somebody sent may hold any row of an exchange, and any link."""
    county.replace(ledger(tmp_path / "b", NOVEMBER))
    secret = tmp_path / "secret.csv"
    secret.write_text("x", encoding="utf-8")
    digest = hashlib.sha256(b"x").hexdigest()
    place = county.folder / BEFORE / "甲镇台账.csv" / digest
    place.mkdir()
    (place / "甲镇台账.csv").symlink_to(secret)
    files = {one: one.read_bytes() for one in county.folder.iterdir() if one.suffix != ".gpkg"
             and one.is_file()}  # fmt: skip
    record = OfficeRecord(county.folder)
    true = {name: one for name, one in record.rows("ledger_exchanges")[0].items() if name != "fid"}
    bad = [
        {"file": "../secret.csv"}, {"file": str(secret)}, {"file": "project.toml"},
        {"file": "村界.geojson"}, {"sha256_before": "../../secret"}, {"sha256_before": digest},
        {"sha256_before": "0" * 64}, {"as_of_before": "x"},
    ]  # fmt: skip
    for change in bad:
        with record.changing("某", "某") as writing:
            writing.insert("ledger_exchanges", true | change)
        data = {"change": county.keys.change, "number": str(writing.number)} | SAID
        assert county.client.post("/decide/undo", data=data).status_code == 400, change
    (county.folder / NEXT / "甲镇台账.csv").mkdir(parents=True)
    (county.folder / NEXT / "甲镇台账.csv" / "a.csv").symlink_to(secret)
    assert held(county.folder) == []
    assert secret.read_text("utf-8") == "x"
    assert all(one.read_bytes() == text for one, text in files.items())


def shapes(folder, rows, name="甲镇台账", crs="EPSG:4490"):
    """The ledger as a Shapefile; all of its parts."""
    folder.mkdir(exist_ok=True)
    homes = gpd.GeoDataFrame(
        {"序号": [int(one[0]) for one in rows], "村名": "东村", "heating": [one[2] for one in rows]},
        geometry=[Point(float(one[3]), float(one[4])) for one in rows],
        crs=crs,
    )  # fmt: skip
    homes.to_file(folder / f"{name}.shp", encoding="utf-8")
    return sorted(folder.glob(f"{name}.*"))


def test_a_shapefile_waits_like_any_ledger_with_all_its_parts(clerk, tmp_path):
    old = shapes(tmp_path / "a", OCTOBER)
    (tmp_path / "公告.txt").write_text(NOTICE, encoding="utf-8")
    clerk.drop(tmp_path / "公告.txt", write_borders(tmp_path), *old)
    clerk.send("/files/about", ABOUT)
    before = {one.name: one.read_bytes() for one in clerk.folder.glob("甲镇台账.*")}
    assert {PurePath(one).suffix for one in before} == {".shp", ".shx", ".dbf", ".prj", ".cpg"}
    page = clerk.drop(*(one for one in old if one.suffix != ".shx"))
    assert "缺 .shx" in text_of(page)
    assert "一样，没有变化" in clerk.drop(*old)
    new = shapes(tmp_path / "b", NOVEMBER, "甲镇台账11月")
    packed = tmp_path / "11.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for one in new:
            if one.suffix != ".cpg":
                archive.write(one, one.name)
    page = clerk.drop(packed)
    assert "甲镇台账11月.shp → 换 甲镇台账.shp" in page
    assert {one.name: one.read_bytes() for one in clerk.folder.glob("甲镇台账.*")} == before
    assert counts(page)["内容改动 · 取暖方式"] == 2
    clerk.send("/next/take", {"as_of": "2024-11-30"} | SAID)
    stands = {one.name: one.read_bytes() for one in clerk.folder.glob("甲镇台账*")}
    assert stands == {  # nothing of the old one is left beside the new parts
        f"甲镇台账{one.suffix}": one.read_bytes() for one in new if one.suffix != ".cpg"
    }
    undo(clerk, 1)
    assert {one.name: one.read_bytes() for one in clerk.folder.glob("甲镇台账*")} == before


def test_a_part_of_its_own_does_not_fall_over_another(county, tmp_path):
    """A file that waits is not dropped where it cannot become one of its own."""
    county.drop(ledger(tmp_path / "b", NOVEMBER, "甲镇台账11月.csv"))
    (county.folder / "甲镇台账11月.csv").write_text("x", encoding="utf-8")
    data = {"change": county.keys.change, "file": "甲镇台账.csv", "own": "1"}
    assert county.client.post("/next/leave", data=data).status_code == 400
    assert len(held(county.folder)) == 1
    assert (county.folder / "甲镇台账11月.csv").read_text("utf-8") == "x"
