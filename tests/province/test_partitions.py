"""What a home, a visit or an id of one part of a province means to another: as in one go."""

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import small_town
from small_town import GAS, ON, SURE

from gis.errors import ConservationError, InputError
from gis.facts import Threads
from gis.inputs import read_settings
from gis.pipeline import Pipeline
from gis.province import districts
from gis.province.districts import district_results
from gis.province.run import Province

DAYS = {"安装日期": "2024-06-01", "通电日期": "2024-06-02", "验收日期": "2024-06-03",
        "验收结果": "合格", "计划年度": 2024, "拆炉日期": "2024-06-04",
        "清煤日期": "2024-06-05"}  # fmt: skip
LAYERS = """
[layers.inspections]
path = "inspections.parquet"
crs = "EPSG:4546"
[layers.premises]
path = "premises.csv"
crs = "EPSG:4546"
[[zones]]
zone_id = "Z2"
zone = "另一乡镇禁煤区"
effective_on = 2023-10-01
include_villages = ["140882002002"]
"""
SHOP = [{"场所编号": "s1", "类型": "饭店", "x": 472500, "y": 3940500}]  # in the village SURE, in Z2
COAL = {"检查结果": "存放散煤", "检查日期": "2024-10-25"}
AT_ONCE = 10  # rows


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Ten rows are many, and a district has one township."""
    monkeypatch.setattr("gis.province.run.AT_ONCE", AT_ONCE)
    monkeypatch.setattr(districts, "ROWS", 1)


def long(*cases):
    """Cases that the quick suite leaves out."""
    return [pytest.param(case, marks=pytest.mark.long) for case in cases]


def home_of(village):
    return dict(next(row for row in small_town.homes() if row.get("行政村代码") == village))


def homes():
    """Everyone in SURE is done; elsewhere all burn coal."""
    rows = small_town.homes()[:120]  # behind them one again, and one that nobody can place
    return [row | ({"采暖方式": "电", **DAYS} if row["行政村代码"] == SURE else {}) for row in rows]


def clean():
    """A clean visit to every home of SURE."""
    ids = [row["户编号"] for row in homes() if row["行政村代码"] == SURE]
    return [{"检查编号": f"v{n}", "户编号": one, "检查结果": "无煤", "检查日期": "2024-10-20"}
            for n, one in enumerate(ids)]  # fmt: skip


def in_groups(path, rows, size):
    table = pa.Table.from_pandas(pd.DataFrame(rows), preserve_index=False)
    pq.write_table(table, path, row_group_size=size)


def write(folder, rows=None, visits=()):
    """The town in row groups of 70 homes and 16 visits."""
    small_town.write(folder)
    project = (folder / "project.toml").read_text("utf-8")
    project = project.replace("households.csv", "households.parquet")
    project = project.replace("[project]\n", "[project]\nmay_lose = 0.2\n")
    (folder / "project.toml").write_text(project + LAYERS, encoding="utf-8")
    in_groups(folder / "households.parquet", rows or homes(), 70)
    in_groups(folder / "inspections.parquet", [*clean(), *visits], 16)
    pd.DataFrame(SHOP).to_csv(folder / "premises.csv", index=False)


def province_of(folder, out):
    stages = Pipeline(engine=Threads(1))
    return Province.of(stages, read_settings(folder), out)


def of_parts(folder):
    whole = province_of(folder / "town", folder / "out")
    return whole, [
        district_results(whole.district_inputs.get(), number, whole.shared) for number in range(2)
    ]


def in_one_go(folder):
    stages = Pipeline()
    inputs = stages.read_and_check(folder / "town")
    return stages.judge_zones(inputs, stages.place(inputs))


def verdicts(*found):
    zones = pd.concat([one.zones for one in found]).drop_duplicates("zone_id")
    return dict(zip(zones["zone_id"], zones["verdict"], strict=True))


def items(*found):
    table = pd.concat([one.open_items for one in found], ignore_index=True)
    some = table[["subject", "kind", "against", "state", "x", "y", "zones"]].astype(str)
    return sorted(some.itertuples(index=False, name=None))


def same(folder, monkeypatch):
    """The verdicts, which are the same in one go, with the same open items; and of_parts."""
    whole, (province, parts) = in_one_go(folder), of_parts(folder)
    judged = [part.clearance for part in parts]
    assert verdicts(*judged) == verdicts(whole)
    assert items(*judged) == items(whole)
    return verdicts(whole), province, parts


def test_where_nothing_is_found_the_zone_is_cleared(tmp_path, monkeypatch):
    write(tmp_path / "town")
    assert same(tmp_path, monkeypatch)[0] == {"Z1": "not_cleared", "Z2": "cleared"}


def test_coal_at_premises_that_a_visit_to_a_home_elsewhere_names(tmp_path, monkeypatch):
    visit = {"检查编号": "c", "户编号": home_of(ON)["户编号"], "场所编号": "s1", **COAL}
    write(tmp_path / "town", visits=[visit])
    assert same(tmp_path, monkeypatch)[0]["Z2"] == "not_cleared"


def test_coal_at_a_rejected_home_whose_rows_lie_in_two_districts(tmp_path, monkeypatch):
    inside, outside = home_of(SURE), home_of(ON)
    twins = [{**inside, "户编号": "X", "采暖方式": "煤", "x": inside["x"] + 5},
             {**outside, "户编号": "X", "采暖方式": "电", "x": outside["x"] + 5}]  # fmt: skip
    visits = [{"检查编号": "c", "户编号": "X", **COAL}]
    write(tmp_path / "town", [*twins, *homes()], visits)
    assert same(tmp_path, monkeypatch)[0]["Z2"] == "not_cleared"


@pytest.mark.parametrize("first", ["two that differ", *long("one without a place")])
def test_an_id_of_rejected_rows_stands_in_a_later_portion(tmp_path, first):
    """In one go none of them would count: nobody knows which is true."""
    one, other = home_of(SURE), home_of(GAS)
    rows = {
        "two that differ": [
            {**other, "户编号": one["户编号"], "采暖方式": fuel} for fuel in "煤电"
        ],
        "one without a place": [{"户编号": one["户编号"], "采暖方式": "煤"}],
    }
    write(tmp_path / "town", [*rows[first], *homes()])
    with pytest.raises(InputError, match=one["户编号"]):
        of_parts(tmp_path)


@pytest.mark.long
def test_rejected_rows_of_an_id_in_two_portions_are_no_double(tmp_path, monkeypatch):
    nobody = [{"户编号": "X", "采暖方式": fuel} for fuel in "煤电"]
    write(tmp_path / "town", [*nobody, *homes(), *nobody])
    same(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("later", "verdict", "rows"),
    [
        pytest.param({}, "cleared", 1, marks=pytest.mark.long),  # the same row once more
        ({"整改日期": "2024-10-11"}, "unconfirmed", 2),  # nobody knows which is true
    ],
)
def test_a_visit_in_two_portions(tmp_path, monkeypatch, later, verdict, rows):
    visit = {"检查编号": "d", "户编号": home_of(SURE)["户编号"], "检查结果": "存放散煤",
             "检查日期": "2024-10-05", "整改日期": "2024-10-10"}  # fmt: skip
    write(tmp_path / "town")
    in_groups(tmp_path / "town" / "inspections.parquet", [visit, *clean(), {**visit, **later}], 12)
    found, whole, parts = same(tmp_path, monkeypatch)
    assert (found["Z2"] != "cleared") == (verdict != "cleared")
    kept = pd.concat([one.layers.tables["inspections"] for one in parts])
    own = kept[kept["inspection_id"] == "d"]
    assert own["reject_reason"].tolist() == ([""] if rows == 1 else ["duplicate_id"] * 2)
    assert [one.code for one in whole.problems if one.layer == "inspections"] == ["id_in_portions"]


LOTS = """
[progress]
lot_passes = "all"
[progress.recognised]
electric = ["third_party"]
"""
ACCEPTED = {"采暖方式": "电", **DAYS, "验收单位": "乡镇"}


def lists(tables):
    homes = pd.concat(tables)[["household_id", "in_programme", "lot_passed"]]
    return homes.fillna(value=False).astype(str).sort_values("household_id").to_numpy().tolist()


@pytest.mark.parametrize("other", ["不合格", *long("合格")])
def test_a_lot_and_a_meter_of_homes_in_two_districts(tmp_path, other):
    """Of lot 1 the third party judged one home in the other district; both list one meter."""
    rows = [row | {"标段": None, "验收单位": None, "电表号": None} for row in homes()]
    here, there = ([row for row in rows if row["行政村代码"] == one] for one in (SURE, ON))
    for row in here:
        row.update(ACCEPTED, 标段="1")
    here[0]["验收单位"] = "第三方"
    there[1].update(ACCEPTED, 标段="1", 验收单位="第三方", 验收结果=other)
    for row in (here[5], there[5], there[6]):
        row.update({"采暖方式": "煤", "验收结果": None, "列入本年计划": "是", "计划年度": 2024})
    here[5]["电表号"] = there[5]["电表号"] = "m5"
    there[6]["电表号"] = "m6"
    write(tmp_path / "town", rows)
    policy = tmp_path / "town" / "policy.toml"
    text = policy.read_text("utf-8")
    begins = text.index("[progress]")
    ends = text.index("[clearance]", begins)
    policy.write_text(text[:begins] + LOTS + text[ends:], encoding="utf-8")
    stages = Pipeline()
    whole = stages.place(stages.read_and_check(tmp_path / "town")).households
    _, parts = of_parts(tmp_path)
    assert lists([part.facts.households for part in parts]) == lists([whole])
    known = whole.set_index("household_id")
    assert known.loc[here[1]["户编号"], "lot_passed"] == (other == "合格")
    assert known.loc[[one["户编号"] for one in (here[5], there[5], there[6])],
                     "in_programme"].tolist() == [False, False, True]  # fmt: skip


@pytest.mark.parametrize("at_once", [AT_ONCE, *long(1000)])
def test_a_visit_to_nobody_is_told_whether_visits_are_read_in_portions(
    tmp_path, monkeypatch, at_once
):
    monkeypatch.setattr("gis.province.run.AT_ONCE", at_once)
    nobody = {"检查编号": "n", "户编号": "9999", **COAL}
    shop = {"检查编号": "s", "户编号": "9998", "场所编号": "s1", **COAL}
    write(tmp_path / "town", visits=[nobody, shop])
    whole, parts = of_parts(tmp_path)
    told = [one for own in (whole, *(part.layers for part in parts)) for one in own.problems
            if one.code == "home_unknown"]  # fmt: skip
    assert [(one.layer, one.column, one.value, one.key) for one in told] == [
        ("inspections", "household_id", "9999", "n")
    ]
    inputs = Pipeline().read_and_check(tmp_path / "town")
    (same,) = [one for one in inputs.layers.problems if one.code == "home_unknown"]
    assert (same.value, same.message) == (told[0].value, told[0].message)


def test_few_visits_of_a_portion_may_lie_elsewhere_but_not_most_of_all(tmp_path, monkeypatch):
    here = home_of(GAS)
    placed = [{"检查编号": f"p{n}", "户编号": here["户编号"], "检查结果": "无煤",
               "检查日期": "2024-10-20", "x": here["x"], "y": here["y"]} for n in range(8)]  # fmt: skip
    swapped = [one | {"x": one["y"], "y": one["x"]} for one in placed]
    write(tmp_path / "town", visits=[*placed, *swapped[:4]])  # 42 in all
    same(tmp_path, monkeypatch)
    write(tmp_path / "other", visits=[*placed[:1], *swapped[1:]])
    with pytest.raises(InputError, match="inspections"):
        _ = province_of(tmp_path / "other", tmp_path / "out").parts


def test_places_of_other_columns_in_other_portions_are_refused(tmp_path):
    here = home_of(GAS)
    visit = {
        "检查编号": "p",
        "户编号": here["户编号"],
        "检查结果": "无煤",
        "检查日期": "2024-10-20",
    }
    lonlat = [{**visit, "检查编号": f"q{n}", "经度": 110.7, "纬度": 35.6} for n in range(12)]
    metres = [{**visit, "检查编号": f"r{n}", "x": here["x"], "y": here["y"]} for n in range(12)]
    write(tmp_path / "town")
    in_groups(tmp_path / "town" / "inspections.parquet", [*lonlat, *metres], 12)
    with pytest.raises(InputError, match="lon/lat、x/y"):
        of_parts(tmp_path)


@pytest.mark.long
def test_a_portion_without_any_place_is_said(tmp_path, monkeypatch):
    rows = homes()
    rows[70:] = [{**row, "x": None, "y": None} for row in rows[70:]]
    write(tmp_path / "town", rows)
    _, whole, _ = same(tmp_path, monkeypatch)
    said = [(one.layer, one.row) for one in whole.problems if one.code == "places_missing"]
    assert said == [("households", 71)]
    assert "第 120 行" in next(
        one.message.zh for one in whole.problems if one.code == "places_missing"
    )


def test_villages_without_borders_are_asked_for_them(tmp_path):
    write(tmp_path / "town")
    path = tmp_path / "town" / "villages.gpkg"
    villages = gpd.read_file(path)
    villages.loc[villages["village_code"] == GAS, "geometry"] = None
    villages.to_file(path)
    with pytest.raises(InputError, match=f"{GAS} 没有村界") as refused:
        of_parts(tmp_path)
    assert "没有农户" not in refused.value.message.zh


@pytest.mark.parametrize("lost", ["ledger", *long("visits")])
def test_a_row_that_is_lost_between_is_missed(tmp_path, lost):
    write(tmp_path / "town")
    whole = province_of(tmp_path / "town", tmp_path / "out")
    marks = getattr(whole.parts, lost).folder / "marks" / "000001.parquet"
    pd.read_parquet(marks).iloc[1:].to_parquet(marks)
    with pytest.raises(ConservationError, match="读取行组"):
        _ = whole.district_inputs
