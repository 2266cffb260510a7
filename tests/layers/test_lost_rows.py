"""Rows of the layers beside the ledger that count nowhere: what is lost, and when it stops."""

import geopandas as gpd
import pytest
from layers.city import CRS, EAST_CODE, WEST_CODE, blocking, codes, csv_text, problem
from shapely import LineString

LAYER = {
    "transformers": ("台区编号", "容量", "最大负荷", "村代码", "X坐标", "Y坐标"),
    "heat_sources": ("热源编号", "供热能力", "X坐标", "Y坐标"),
    "rulings": ("村代码", "部分", "路线", "状态"),
    "zone_rulings": ("户编号", "禁煤区编号", "认定结果", "认定日期"),
    "inspections": ("检查编号", "户编号", "检查日期", "检查结果", "X坐标", "Y坐标"),
    "complaints": ("投诉编号", "村代码", "受理日期", "投诉内容", "X坐标", "Y坐标"),
    "premises": ("场所编号", "类型", "X坐标", "Y坐标"),
}
PLACE = (471000, 3935000)


def good(layer, at):
    """A row that counts, the `at`-th of its layer."""
    return {
        "transformers": (f"T{at}", 200, 90, WEST_CODE, "", ""),
        "heat_sources": (f"S{at}", 10, *PLACE),
        "rulings": (WEST_CODE, "", "集中供热", "已批准"),
        "zone_rulings": ("A1", f"Z{at}", "区内", "2024-10-01"),
        "inspections": (f"I{at}", "A1", "2024-10-20", "合格", "", ""),
        "complaints": (f"C{at}", WEST_CODE, "2024-10-20", "烧煤", "", ""),
        "premises": (f"P{at}", "商铺", *PLACE),
    }[layer]


def load(city, layer, rows, **keys):
    path = city.layer(layer, f"{layer}.csv", crs=CRS, **keys)
    path.write_text(csv_text([LAYER[layer], *rows]), encoding="utf-8")
    return city.usual().load()


LOST = [
    ("transformers", ("", 200, 90, WEST_CODE, "", ""), "no_id"),
    ("transformers", ("T", 200, 90, "140882001999", "", ""), "no_place"),
    ("heat_sources", ("S", 10, "", ""), "no_geometry"),
    ("rulings", (WEST_CODE, "", "说不清", "已批准"), "value_missing"),
    ("rulings", ("140882001999", "", "集中供热", "已批准"), "unknown_village"),
    ("zone_rulings", ("没有这户", "Z1", "区内", "2024-10-01"), "unknown_household"),
    ("zone_rulings", ("A1", "Z1", "也许", "2024-10-01"), "value_missing"),
    ("inspections", ("I", "没有这户", "2024-10-20", "合格", "", ""), "home_unknown"),
    ("inspections", ("", "A1", "2024-10-20", "合格", "", ""), "no_id"),
    ("complaints", ("C", "140882001999", "2024-10-20", "烧煤", "", ""), "no_place"),
    ("premises", ("P", "商铺", "", ""), "no_geometry"),
]
# the column of a cause that no problem of the row names
COLUMNS = {"home_unknown": "household_id", "unknown_household": "household_id",
           "unknown_village": "village_code", "value_missing": "{word}"}  # fmt: skip
WORDS = {"rulings": "approach", "zone_rulings": "ruling"}


@pytest.mark.parametrize(("layer", "lost", "why"), LOST)
def test_more_than_two_in_a_hundred_lost_rows_stop_the_run(city, layer, lost, why):
    """One row of 50 is 2 %, one of 49 is more."""
    rows = [good(layer, at) for at in range(49)]
    assert "rows_lost" not in codes(load(city, layer, [*rows, lost]), layer)
    loaded = load(city, layer, [*rows[:48], lost])
    assert (layer, "rows_lost") in blocking(loaded)
    found = problem(loaded, "rows_lost", layer)
    column = COLUMNS.get(why, "")
    of = f" ({column.format(word=WORDS.get(layer))})" if column else ""
    assert f"49 行中有 1 行（2.0%）不能计入，超过 2%：{why} 1{of}（第 50 行）" in found.message.zh
    assert f'accept = ["{layer}:*:rows_lost"]' in found.remedy.zh


@pytest.mark.parametrize(
    ("key", "value", "left"),
    [("accept", ["premises:*:rows_lost"], {"rows_lost"}), ("may_lose", 0.5, set())],
)
def test_a_loss_is_accepted_by_its_entry_or_by_a_larger_share(city, key, value, left):
    city.project[key] = value
    loaded = load(city, "premises", [good("premises", 1), ("P", "商铺", "", "")])
    assert {"rows_lost"} & set(codes(loaded)) == left
    assert not blocking(loaded)


KEPT = [
    ("transformers", ("T", 200, 90, "140882001999", *PLACE)),  # it stands somewhere
    ("transformers", ("T", 200, "", WEST_CODE, "", "")),  # its headroom is unknown
    ("heat_sources", ("S", "", *PLACE)),
    ("zone_rulings", ("A1", "没有这区", "区内", "2024-10-01")),  # it keeps zones open
    ("inspections", ("I", "没有这户", "2024-10-20", "有煤", *PLACE)),
    ("inspections", ("I", "A1", "2024-10-20", "看不清", "", "")),  # it keeps its home open
    ("complaints", ("", WEST_CODE, "2024-10-20", "烧煤", "", "")),
    ("complaints", ("C", "", "2024-10-20", "烧煤", *PLACE)),
]


@pytest.mark.parametrize(("layer", "row"), KEPT)
def test_a_row_that_has_an_effect_is_not_lost(city, layer, row):
    loaded = load(city, layer, [good(layer, 1), row])
    assert (layer, "rows_lost") not in blocking(loaded)


def test_copies_of_a_row_are_no_loss(city):
    loaded = load(city, "transformers", [good("transformers", 1)] * 3)
    assert "rows_lost" not in codes(loaded)


def test_two_rows_of_one_id_are_both_lost(city):
    rows = [good("transformers", at) for at in range(99)]
    twice = [("T", 200, 90, WEST_CODE, "", ""), ("T", 400, 90, WEST_CODE, "", "")]
    assert "rows_lost" not in codes(load(city, "transformers", [*rows, *twice]))  # 2 of 101
    loaded = load(city, "transformers", [*rows[:97], *twice])  # 2 of 99
    assert "duplicate_id 2" in problem(loaded, "rows_lost").message.zh


def test_a_visit_of_nobody_is_told_by_itself(city):
    rows = [good("inspections", at) for at in range(50)]
    lost = ("I", "没有这户", "2024-10-20", "合格", "", "")
    loaded = load(city, "inspections", [*rows, lost])
    assert [(one.row, one.value) for one in loaded.problems if one.code == "home_unknown"] == [
        (52, "没有这户")
    ]
    assert "rows_lost" not in codes(loaded)


@pytest.mark.parametrize(("status", "stops"), [("在运", False), ("说不清", True)])
def test_a_main_without_status_is_lost(city, status, stops):
    lines = [LineString([(470000, y), (474000, y)]) for y in range(3934000, 3936000, 100)]
    frame = gpd.GeoDataFrame(
        {"pipe_id": [f"P{at}" for at in range(20)], "status": ["在运"] * 19 + [status]},
        geometry=lines, crs=CRS,
    )  # fmt: skip
    frame.to_file(city.layer("heat_pipes", "p.gpkg"))
    assert (("heat_pipes", "rows_lost") in blocking(city.usual().load())) is stops


@pytest.mark.parametrize(("rows", "stops"), [(49, True), (50, False)])
def test_a_target_of_no_unit_is_lost(city, rows, stops):
    units = [(f"单位{at}", 1) for at in range(rows - 1)]
    city.project["targets"] = "targets.csv"
    text = csv_text([("单位", "煤改电"), *units, ("", 1)])
    (city.folder / "targets.csv").write_text(text, encoding="utf-8")
    assert (("targets", "rows_lost") in blocking(city.usual().load())) is stops


def test_a_file_and_a_village_of_which_nothing_counts_stop_the_run(city):
    """Two of 102 rows are within 2 %, but they are a whole file, and all that a village has."""
    rows = [good("transformers", at) for at in range(100)]
    twice = [("T", 200, 90, EAST_CODE, "", ""), ("T", 400, 90, EAST_CODE, "", "")]
    for name, own in (("a.csv", rows), ("b.csv", twice)):
        text = csv_text([LAYER["transformers"], *own])
        (city.folder / name).write_text(text, encoding="utf-8")
    city.layers["transformers"] = {"paths": ["a.csv", "b.csv"], "crs": CRS}
    loaded = city.usual().load()
    assert blocking(loaded) == {("transformers", "file_lost"), ("transformers", "village_lost")}
    assert "东村：2 行" in problem(loaded, "village_lost").message.zh
    accept = ["transformers:b.csv:file_lost", f"transformers:{EAST_CODE}:village_lost"]
    for one in accept:
        assert any(f'accept = ["{one}"]' in found.remedy.zh for found in loaded.problems)
    city.project["accept"] = accept
    assert not blocking(city.load())


def test_what_a_missing_column_costs_is_told_once(city):
    """A layer that is stopped by its headings does not say its rows are lost as well."""
    path = city.layer("rulings", "r.csv")
    path.write_text(csv_text([("村代码", "状态"), (WEST_CODE, "已批准")]), encoding="utf-8")
    assert blocking(city.usual().load()) == {("rulings", "column_missing")}
