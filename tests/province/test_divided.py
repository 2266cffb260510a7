"""A province that is divided gives what the same province gives in one go."""

import io
import json
import re
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import small_town
from python_calamine import CalamineWorkbook
from shapely.geometry import box
from typer.testing import CliRunner

from gis.cli.commands import app
from gis.errors import UsageError
from gis.inputs import read_settings
from gis.pipeline import Pipeline
from gis.province import districts, volumes
from gis.publish import verify

COUNTIES = {"140882001": "140882001", "140882002": "140883002"}  # the second township moves
VISITED = 40
HOMES = [row["户编号"] for row in small_town.homes()[:120]]
FILES = {"budget.xlsx", "decisions.csv", "decisions.xlsx", "demand.xlsx", "emissions.csv",
    "households.parquet", "nuantu.gpkg",
         "nuantu.qgs", "problems.csv", "problems.xlsx", "report.xlsx", "summary.json",
         "supply.xlsx", "waiting.csv"}  # fmt: skip
# Lists of households and of one village or township are in the volumes, and so are the pages.
IN_VOLUMES = {"field.xlsx", "funds.xlsx", "households.xlsx", "loads.xlsx", "measured.csv",
    "notices.xlsx", "public_list.xlsx",
              "published.json", "sample.xlsx", "settlement.xlsx", "zone_check.xlsx"}  # fmt: skip


# what a home of the first county (numbers below 60) and one of the second claim by alike: a person
# and a meter for the season, a device and a person for equipment, a person and an account that is
# paid
PERSONS = ("140882197001011234", "140882197001012236", "140882197001013233")
SAME = {
    17: {"身份证号": PERSONS[0]}, 65: {"身份证号": PERSONS[0]},
    33: {"电表号": "m33"}, 97: {"电表号": "m33"},
    5: {"设备编号": "S1"}, 69: {"设备编号": "S1"},
    9: {"身份证号": PERSONS[1]}, 73: {"身份证号": PERSONS[1]},
    11: {"身份证号": PERSONS[2]}, 71: {"身份证号": PERSONS[2]},
    13: {"银行账号": "6222020402012345678"}, 75: {"银行账号": "6222020402012345678"},
}  # fmt: skip


def write(folder):
    """The small town in two counties: one street and one source, one transformer between them.

    The ledger is GeoParquet, in row groups of 25; some homes are done, visited, listed, in gaps.
    """
    # t2002 takes 700 yuan of works a home, and waits for them; t2001 takes 828, and gets a main
    ceiling = "max_upgrade_cny_per_household = { value = 750, verified = true }\n"
    aid = "[subsidies.equipment.electric]\nfixed_cny = 4600\n"
    small_town.write_with_streets(folder, f"[electric]\n{ceiling}{aid}")
    rows = small_town.homes()
    for number, row in enumerate(rows):
        if number % 4 == 1 and "行政村代码" in row:
            row |= {"采暖方式": "电", "安装日期": "2024-06-01", "通电日期": "2024-06-02",
                    "验收日期": f"2024-0{6 + number % 3}-03", "验收结果": "合格",
                    "计划年度": 2024, "拆炉日期": "2024-06-04", "清煤日期": "2024-06-05"}  # fmt: skip
        if number % 16 == 1 and "行政村代码" in row:
            row |= {"安装日期": "2023-10-01", "通电日期": "2023-10-02", "计划年度": 2023,
                    "设备类型": "热风机", "取暖用电量": 1500 + number,
                    "取暖用电计量方式": "单独计量"}  # fmt: skip
        if number in {3, 103} and "行政村代码" in row:
            row |= {"采暖方式": "集中供热", "通电日期": "2024-06-02"}
        if number in SAME and "行政村代码" in row:
            row.update(SAME[number])
        row["建筑面积"] = None if number % 5 == 0 else 80 + number % 40
        row.setdefault("电表号", f"m{number}")
    twins = [row for row in rows if row["户编号"] == rows[1]["户编号"]]
    rows = [*twins, *(row for row in rows if row not in twins)]  # in one row group
    twins[1].update(twins[0])
    ledger = pd.DataFrame(rows)
    ledger["行政村代码"] = moved(ledger["行政村代码"])
    pq.write_table(pa.Table.from_pandas(ledger, preserve_index=False),
                   folder / "households.parquet", row_group_size=25)  # fmt: skip
    villages = gpd.read_file(folder / "villages.gpkg")
    for name in ("village_code", "township_code"):
        villages[name] = moved(villages[name])
    villages.to_file(folder / "villages.gpkg")
    _write_evidence(folder, ledger)
    _write_payments(folder)
    # the list of the grid company: a home in either county, and two meters that nobody has
    numbers, stations = (
        ["m40", "m100", "strange1", "strange2"],
        ["t1002", "t2002", "t2002", "t2002"],
    )
    meters = pd.DataFrame({"电表号": numbers, "台区编号": stations})
    meters.to_csv(folder / "meters.csv", index=False)
    grid = pd.read_csv(folder / "transformers.csv", dtype={"village_code": str})
    grid["village_code"] = moved(grid["village_code"])
    grid.loc[2, "village_code"] = None  # the nearest feeds homes on both sides of the border
    grid.loc[2, ["x", "y"]] = [471010.0, 3940020.0]
    grid.loc[0, ["x", "y"]] = [460000.0, 3940020.0]
    grid.loc[0, "village_code"] = None
    grid.to_csv(folder / "transformers.csv", index=False)
    visits = pd.DataFrame(
        {"检查编号": [f"v{n}" for n in range(VISITED)],
         "户编号": [row["户编号"] for row in rows[:VISITED]],
         "检查结果": ["存放散煤" if n == 6 else "无煤" for n in range(VISITED)],
         "检查日期": "2024-10-20"}
    )  # fmt: skip
    visits.to_csv(folder / "inspections.csv", index=False)
    targets = folder / "targets.csv"
    targets.write_text(targets.read_text("utf-8") + "140883002,乙镇,9,,,9\n", encoding="utf-8")
    project = (folder / "project.toml").read_text("utf-8")
    project = project.replace("households.csv", "households.parquet")
    layers = (
        ("inspections", "csv"), ("weather", "csv"), ("buildings", "gpkg"), ("payments", "csv"),
        ("meters", "csv"),
    )  # fmt: skip
    for name, file in layers:
        project += f'[layers.{name}]\npath = "{name}.{file}"\n'
    (folder / "project.toml").write_text(project, encoding="utf-8")


def _write_payments(folder):
    """Of both townships, of homes, of the whole county, and of nobody that is known."""
    homes = [HOMES[number] for number in (7, 8, 9, 11, 13, 14, 71, 75)]
    units = ["140882001", "140883002", "140882", "某公司"]
    table = pd.DataFrame(
        {"资金编号": [f"z{n}" for n in range(12)], "单位": [*units, *[None] * 8],
         "户编号": [*[None] * 4, *homes], "用途": "设备补贴", "出资方": "县级",
         "环节": ["预算"] * 4 + ["发放"] * 8, "金额": [1000.5 + n for n in range(12)],
         "日期": "2024-06-01"}
    )  # fmt: skip
    table.to_csv(folder / "payments.csv", index=False)


def _write_evidence(folder, ledger):
    """Two winters, and a house of 100 m² around every home that has a place in its village."""
    (folder / "weather.csv").write_text("采暖季,度日数\n2022-2023,2000\n2023-2024,1600\n", "utf-8")
    at = ledger[ledger["x"] > 1000].drop_duplicates(["x", "y"])
    houses = {"floors": 1.0, "built_year": 1990.0, "use": "平房"}
    shapes = [box(x - 5, y - 5, x + 5, y + 5) for x, y in zip(at["x"], at["y"], strict=True)]
    gpd.GeoDataFrame(
        pd.DataFrame(houses, at.index), geometry=shapes, crs=small_town.town.CRS
    ).to_file(folder / "buildings.gpkg")


def moved(codes):
    for before, after in COUNTIES.items():
        codes = codes.str.replace(f"^{before}", after, regex=True)
    return codes


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    folder = tmp_path_factory.mktemp("province") / "town"
    write(folder)
    return folder


@pytest.fixture(scope="module")
def divided(town):
    """What the command says that divides the run, and what was mapped when its work was removed."""
    mapped, removing = [], volumes.remove

    def remove(path):
        mapped.append([line for line in maps() if str(path) in line])
        removing(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gis.facts.executors.cores", lambda: 1)
        patch.setattr("gis.inputs.available_mb", lambda: 1.0)
        patch.setattr(districts, "ROWS", 1)
        patch.setattr(volumes, "remove", remove)
        asked = ["run", str(town), "--out", str(town.parent / "divided"), "--json"]
        refused = CliRunner().invoke(app, [*asked, "--compare", "base"])
        assert isinstance(refused.exception, UsageError)
        answer = CliRunner().invoke(app, asked, catch_exceptions=False)
    assert answer.exit_code == 0
    return json.loads(answer.stdout), mapped


def maps():
    table = Path("/proc/self/maps")
    return table.read_text().splitlines() if table.exists() else ()


@pytest.fixture(scope="module")
def published(town, divided):
    """The folder of the province in one go, and that of the divided one."""
    Pipeline().publish(read_settings(town), town.parent / "whole")
    return town.parent / "whole" / "planner", town.parent / "divided" / "province" / "planner"


def test_a_volume_a_district_and_an_index_by_township(town, divided):
    outcome, out = dict(divided[0]), town.parent / "divided"
    assert outcome["volumes"] == 2
    assert "现在可用 0.0 GB：按乡镇分册计算" in outcome.pop("divided")["zh"]
    names = ["140882001", "140883002", "province"]
    assert sorted(path.name for path in out.iterdir() if path.is_dir()) == names
    assert all(verify(out / name).whole for name in names)
    links = re.findall(r'href="([^"]+\.html)"', (out / "index.html").read_text("utf-8"))
    links = [link for link in links if not link.startswith("province/")]
    assert len(links) == 4
    assert all((out / link).is_file() for link in links)
    handed_out = (out / "public.html").read_text("utf-8")
    leads = re.findall(r'href="([^"]+\.html)"', handed_out)
    assert leads == [link for link in links if "/public/" in link]
    assert len(leads) == 2
    assert "planner" not in handed_out.lower()
    assert "工作版" not in handed_out
    assert json.loads((out / "summary.json").read_text("utf-8")) == outcome
    homes = outcome["households"]
    written = pq.read_metadata(town / "households.parquet").num_rows
    assert (
        homes["read"] == written == sum(homes[name] for name in ("placed", "outside", "rejected"))
    )
    assert not list(town.parent.glob(".divided*"))


@pytest.mark.skipif(not maps(), reason="no /proc")
def test_nothing_maps_the_working_folder_when_it_is_removed(divided):
    """Where files that are mapped cannot be removed, a run would end in an error."""
    assert divided[1] == [[]]


def test_which_files(published):
    whole, divided = ({path.name for path in folder.iterdir()} for folder in published)
    assert divided == FILES
    assert {name for name in whole - FILES if not name.endswith(".html")} == IN_VOLUMES
    volumes = [published[1].parents[1] / name / "planner" for name in ("140882001", "140883002")]
    there = [{path.name for path in folder.iterdir()} for folder in volumes]
    assert there[0] | there[1] >= IN_VOLUMES  # notices and sign-off where there is a zone
    assert all("extension.html" in names for names in there)


def test_payments_of_the_volumes_add_up(published):
    """Every payment is in one volume: 12 rows of 1,000.5 to 1,011.5 yuan, however they count."""
    folders = [published[1].parents[1] / name / "planner" for name in ("140882001", "140883002")]
    paths = [folder / "funds.xlsx" for folder in folders if (folder / "funds.xlsx").is_file()]
    whole = _funds(published[0] / "funds.xlsx")
    parts = [_funds(path) for path in paths]
    assert len(parts) == 2
    assert whole[0] + whole[1] > 0
    for at in range(3):
        assert sum(part[at] for part in parts) == pytest.approx(whole[at])


def test_who_claims_twice_in_two_volumes_is_told_as_in_one_run(published):
    """The rows of either home, whichever volume the other is in."""
    folders = [published[1].parents[1] / name / "planner" for name in ("140882001", "140883002")]
    for file, sheet, why, twice in (
        ("settlement.xlsx", "清算异常", "异常", {17, 65, 33, 97}),
        ("settlement.xlsx", "设备补贴（户）", "未定或缓发原因", {5, 69, 9, 73}),
        ("funds.xlsx", "资金异常", "异常", {11, 71, 13, 75}),
    ):
        whole = _told(published[0] / file, sheet, why)
        parts = [_told(folder / file, sheet, why) for folder in folders]
        assert sorted(parts[0] + parts[1]) == sorted(whole)
        found = {home for home, said in whole if "申领两" in said or "一人多户" in said}
        assert found == {HOMES[number] for number in twice}
        assert all(any(home in found for home, _ in part) for part in parts)


def _told(path, sheet, why):
    """Each home of a sheet with what is wrong with it."""
    rows = sheets(path)[sheet]
    at = next(n for n, row in enumerate(rows) if "户编号" in row)
    home, said = rows[at].index("户编号"), rows[at].index(why)
    return [(row[home], row[said]) for row in rows[at + 1 :] if row[home]]


def _funds(path):
    """Budgeted and paid in all, and the rows that are refused."""
    book = sheets(path)
    rows = book["资金台账"]
    head = next(row for row in rows if "预算（元）" in row)
    last = dict(zip(head, rows[-1], strict=True))
    refused = book["不计入的记录"]
    top = next(n for n, row in enumerate(refused) if "不计入原因" in row)
    listed = [row for row in refused[top + 1 :] if any(row)]
    return float(last["预算（元）"] or 0), float(last["支付（元）"] or 0), len(listed)


def test_decisions(published):
    whole, divided = ((folder / "decisions.csv").read_text("utf-8-sig") for folder in published)
    assert divided == whole
    assert "沿一号街等新建" in whole  # the extension is part of a reason


def sheets(path):
    book = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


BOOKS = ["decisions.xlsx", "report.xlsx", "budget.xlsx", "demand.xlsx", "supply.xlsx"]


@pytest.mark.parametrize("name", BOOKS)
def test_workbooks(published, name):
    whole, divided = (sheets(folder / name) for folder in published)
    metered = whole.pop("实测与假定", [])  # of households, so in the volumes
    assert len(metered) > 1 or name != "demand.xlsx"
    assert divided == whole
    assert all(len(rows) > 1 for rows in whole.values())


VOLUMES = ("140882001", "140883002")


def under(path, sheet, key):
    """The rows of a sheet below its headings, as dicts."""
    told = sheets(path)[sheet]
    at = next(number for number, line in enumerate(told) if key in line)
    return [dict(zip(told[at], line, strict=True)) for line in told[at + 1 :] if any(line)]


def test_the_needs_of_volumes_add_up_and_what_is_shared_is_blank(published):
    title, key = next(iter(sheets(published[0] / "supply.xlsx"))), "需要"
    whole = under(published[0] / "supply.xlsx", title, key)
    parts = [under(published[1].parents[1] / name / "planner" / "supply.xlsx", title, key)
             for name in VOLUMES]  # fmt: skip
    assert sum(row[key] not in ("", 0) for row in whole) > 5
    for row, *own in zip(whole, *parts, strict=True):
        assert sum(one["待供户数"] for one in own) == row["待供户数"]
        if row[key] != "" and "热负荷" not in row["保障内容"]:  # which others draw on too
            assert sum(one[key] for one in own) == pytest.approx(row[key], abs=0.02)
        assert all(one["已落实"] == one["余缺"] == "" for one in own)
        assert all("各分册共用" in one["空白原因"] for one in own)


def test_the_loads_of_volumes_are_those_of_the_whole_or_blank(published):
    title, key, now = "台区承载能力核查表", "台区编号", "现有负荷（kVA）"
    whole = {row[key]: row for row in under(published[0] / "loads.xlsx", title, key)}
    seen = set()
    for name in VOLUMES:
        path = published[1].parents[1] / name / "planner" / "loads.xlsx"
        assert "热源" in sheets(published[0] / "loads.xlsx")
        assert "热源" not in sheets(path)
        for row in under(path, title, key):
            seen.add(row[key])
            assert row[now] == whole[row[key]][now]
            total = "远期负荷（kVA）"
            assert row[total] in ("", whole[row[key]][total])
    assert seen == set(whole)


def test_problems(published):
    """Row by row; blank cells are counted by each row group of the ledger."""
    found = []
    for folder in published:
        table = pd.read_csv(folder / "problems.csv", dtype=str, keep_default_na=False)
        blank = table["code"].isin(["cells_blank", "cells_may_be_blank"])
        counts = table[blank]["message_en"].str.extract(r"blank in (\d+) rows")[0].astype(int)
        said = sorted(table[~blank].itertuples(index=False, name=None))
        found.append((said, counts.groupby(table["column"]).sum().to_dict()))
    assert found[1] == found[0]
    unknown = [row for row in found[0][0] if "meter_unknown" in row]
    assert len(unknown) == 1
    assert any("2 meters of the grid company's list" in cell for cell in unknown[0])


def test_households(published):
    whole, divided = (
        pd.read_parquet(folder / "households.parquet").sort_values(
            ["household_id", "ledger_row"], ignore_index=True
        )
        for folder in published
    )
    pd.testing.assert_frame_equal(divided, whole)


def test_map(published):
    names = [
        {name for name, _ in pyogrio.list_layers(folder / "nuantu.gpkg")} for folder in published
    ]
    assert names[0] - names[1] == {"households", "transformer_loads"}  # in the volumes
    assert {"heat_extension", "heat_density"} <= names[1]
    for name in names[1] - {"layer_styles"}:
        whole, divided = (gpd.read_file(folder / "nuantu.gpkg", layer=name) for folder in published)
        pd.testing.assert_frame_equal(divided, whole, obj=name)


def test_totals(published):
    whole, divided = (
        json.loads((folder / "summary.json").read_text("utf-8")) for folder in published
    )
    assert divided.pop("volumes") == 2
    assert divided.pop("problems") == len(pd.read_csv(published[1] / "problems.csv", dtype=str))
    assert divided == whole
    top = published[1].parents[1] / "summary.json"
    assert json.loads(top.read_text("utf-8"))["gaps"] == whole["gaps"] > 0


def test_a_village_is_found_in_the_index(published):
    index = (published[1].parents[1] / "index.html").read_text("utf-8")
    assert re.findall(r"County (\d+)", index) == ["140882", "140883"]
    rows = re.findall(r'<tr data-search="([^"]*)">.*?href="(\d+)/planner', index, re.DOTALL)
    assert [folder for _, folder in rows] == ["140882001", "140883002"]
    assert "province/planner/report.xlsx" in index
    assert "province" not in (published[1].parents[1] / "public.html").read_text("utf-8")
