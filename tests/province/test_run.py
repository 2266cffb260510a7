"""A ledger in districts says of every home, village, zone and unit what the whole ledger says."""

import errno
import hashlib
import pickle
import re
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import small_town
import town
from publish.office_files import without_office_files
from shapely.geometry import LineString, Point
from small_town import FAR, GAS, ON, SURE

from gis.editions.run_results import EditionFlags
from gis.errors import ConservationError, InputError, PublicationError
from gis.facts import Dask, Threads
from gis.inputs import read_settings
from gis.layers import chunks
from gis.pipeline import Pipeline
from gis.province import districts, volumes
from gis.province.districts import district_results
from gis.province.run import Province
from gis.province.volumes import Volume, publish_volumes
from gis.publish import verify

ZONE = """
[layers.heat_sources]
path = "sources.gpkg"
[layers.inspections]
path = "inspections.csv"
[layers.complaints]
path = "complaints.csv"
crs = "EPSG:4546"
[layers.zone_rulings]
path = "zone_rulings.csv"
[[zones]]
zone_id = "Z2"
zone = "跨乡镇禁煤区"
effective_on = 2023-10-01
include_villages = ["140882001002", "140882002002"]
"""
SPARE_MW = 0.1
HERE = Threads(1)  # one task after the other, in this process
DAYS = {"安装日期": "2024-06-01", "通电日期": "2024-06-02", "验收日期": "2024-06-03",
        "验收结果": "合格", "计划年度": 2024, "拆炉日期": "2024-06-04",
        "清煤日期": "2024-06-05"}  # fmt: skip


def long(*cases):
    """Cases that the quick suite leaves out."""
    return [pytest.param(case, marks=pytest.mark.long) for case in cases]


def province_of(folder, out, engine=HERE):
    stages = Pipeline(engine=engine)
    return Province.of(stages, read_settings(folder), out)


def in_one_go(folder):
    stages = Pipeline()
    return stages.results(stages.read_and_check(folder))


def homes():
    """The homes of the small town, in no order; every third is done, and one of GAS is on the roof
    of ON: its village answers for it, another township's zone holds it."""
    rows = small_town.homes()
    for number, row in enumerate(rows):
        if number % 3 == 1 and "行政村代码" in row:
            row |= {"采暖方式": "电", **DAYS}
    rows[70] |= {"x": rows[40]["x"] + 3.0, "y": rows[40]["y"]}
    rows[75] |= {"行政村代码": "140882009001"}  # a code of no village: its place decides
    rows.append({"户编号": "", "行政村代码": FAR, "采暖方式": "煤"})  # in a zone, under no id
    rows.append({"户编号": "far", "采暖方式": "煤", "x": 480500.0, "y": 3940000.0})
    order = np.random.default_rng(3).permutation(len(rows))
    twins = [n for n, row in enumerate(rows) if row["户编号"] == rows[1]["户编号"]]
    return [rows[at] for at in (*twins, *(at for at in order if at not in twins))]


def write(folder, rows=None):
    """The small town with its ledger in GeoParquet, in row groups of 25.

    One main runs along ON and GAS, of different townships, and its source can carry one of them.
    """
    small_town.write(folder)
    project = (folder / "project.toml").read_text("utf-8")
    project = project.replace("households.csv", "households.parquet")
    project = project.replace("[project]\n", "[project]\nmay_lose = 0.2\n")
    (folder / "project.toml").write_text(project + ZONE, encoding="utf-8")
    ledger = pd.DataFrame(rows or homes())
    pq.write_table(pa.Table.from_pandas(ledger, preserve_index=False),
                   folder / "households.parquet", row_group_size=25)  # fmt: skip
    main = LineString([(469900, 3940000), (472000, 3940000)])
    pipe = {"pipe_id": ["p1"], "status": ["in_service"], "geometry": [main]}
    street = gpd.GeoDataFrame(pipe, crs=town.CRS).to_crs(4490)
    street.to_file(folder / "pipes.geojson", driver="GeoJSON")
    plant = {"source_id": ["s1"], "capacity_mw": [SPARE_MW], "load_mw": [0.0]}
    sources = gpd.GeoDataFrame(plant, geometry=[Point(469900, 3940000)], crs=town.CRS)
    sources.to_file(folder / "sources.gpkg")
    visits = [
        {"检查编号": f"v{n}", "户编号": row["户编号"], "检查结果": "无煤", "检查日期": "2024-10-20"}
        for n, row in enumerate(small_town.homes()[:110]) if n % 3 == 1
    ]  # fmt: skip
    visits[4] |= {"检查结果": "存放散煤"}
    visits.append({"检查编号": "w", "户编号": "nobody", "检查结果": "存放散煤",
                   "检查日期": "2024-10-20"})  # fmt: skip
    pd.DataFrame(visits).to_csv(folder / "inspections.csv", index=False, encoding="gb18030")
    said = [{"投诉编号": "c1", "行政村代码": SURE, "受理日期": "2024-10-01", "投诉内容": "烧散煤"},
            {"投诉编号": "c2", "x": 470500, "y": 3940500, "受理日期": "2024-10-01",
             "投诉内容": "烧散煤"}]  # fmt: skip
    pd.DataFrame(said).to_csv(folder / "complaints.csv", index=False, encoding="gb18030")
    ruled = [dict(zip(RULED, row, strict=True)) for row in rulings()]
    pd.DataFrame(ruled).to_csv(folder / "zone_rulings.csv", index=False)


RULED = ("户编号", "禁煤区编号", "认定", "认定日期", "文号")


def rulings():
    """One that a later one undoes, and one that undoes an earlier; one to come, one without a
    document, one without a day, one that holds, and one of a home that nobody knows."""
    ids = [row["户编号"] for row in small_town.homes() if "行政村代码" in row]
    yield ids[0], "Z2", "inside", "2024-05-01", "文1"
    yield ids[0], "Z2", "outside", "2024-06-01", "文2"
    yield ids[15], "Z2", "inside", "2024-07-01", "文3"
    yield ids[15], "Z2", "outside", "2024-06-01", "文4"
    yield ids[30], "Z2", "inside", "2025-06-01", "文5"
    yield ids[45], "Z2", "inside", "2024-06-01", ""
    yield ids[60], "Z2", "inside", "", "文6"
    yield ids[75], "Z2", "inside", "2024-06-01", "文7"
    yield "nobody", "Z2", "inside", "2024-06-01", "文8"


@pytest.fixture
def small(monkeypatch):
    """Ten rows are many, and a district has one township."""
    monkeypatch.setattr("gis.province.run.AT_ONCE", 10)
    monkeypatch.setattr(districts, "ROWS", 1)


def told(results):
    """What is said of each home, village, zone, unit and gap, in an order of its own."""
    facts = results.facts
    homes = pd.concat(
        [facts.households[["household_id", "status", "village_code", "township_code", "served",
                           "zone_id", "zone_position", "transformer_id", "reject_reason"]],
         results.decisions.households,
         results.clearance.households.drop(columns=["last_visit_on", "last_clean_on"])],
        axis=1,
    )  # fmt: skip
    return {
        "homes": homes,
        "villages": results.decisions.villages,
        "tried": results.decisions.tried,
        "counts": facts.villages,
        "zones": results.clearance.zones,
        "units": results.progress.units,
        "months": results.progress.months,
        "gaps": results.gaps.drop(columns=["rank"]),
    }


def same(whole, parts):
    for name, table in whole.items():
        both = [table, pd.concat([part[name] for part in parts], ignore_index=True)]
        if name == "zones":  # a zone is told whole in every district that it is in
            both[1] = both[1].drop_duplicates()
        one, two = (some.astype(str).sort_values(list(table.columns), ignore_index=True)
                    for some in both)  # fmt: skip
        pd.testing.assert_frame_equal(one, two[one.columns], obj=name)


def write_visits_in_row_groups(folder):
    """The same visits with a place and more of them, in GeoParquet; two ids stand in two chunks.

    Clean visits to a home that a home with coal shares its id with, and one under no id.
    """
    table = pd.read_csv(folder / "inspections.csv", encoding="gb18030", dtype=str)
    homes = small_town.homes()[:110]
    more = [{"检查编号": "v1", "户编号": homes[7]["户编号"], "检查结果": "存放散煤",
             "检查日期": "2024-10-22", "x": homes[7]["x"], "y": homes[7]["y"]},
            {"检查编号": "v10", "户编号": homes[10]["户编号"], "检查结果": "无煤",
             "检查日期": "2024-10-23"},
            {"检查编号": None, "户编号": homes[2]["户编号"], "检查结果": "存放散煤",
             "检查日期": "2024-10-23"},
            {"检查编号": "p", "检查结果": "存放散煤", "检查日期": "2024-10-23",
             "x": 470500.0, "y": 3940500.0}]  # fmt: skip
    table = pd.concat([table, pd.DataFrame(more)], ignore_index=True)
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False),
                   folder / "inspections.parquet", row_group_size=12)  # fmt: skip
    project = (folder / "project.toml").read_text("utf-8")
    visits = 'path = "inspections.parquet"\ncrs = "EPSG:4546"'
    project = project.replace('path = "inspections.csv"', visits)
    (folder / "project.toml").write_text(project, encoding="utf-8")


def test_visits_in_portions_as_in_one_go(tmp_path, small, monkeypatch):
    write(tmp_path / "town")
    write_visits_in_row_groups(tmp_path / "town")
    province = province_of(tmp_path / "town", tmp_path / "out")
    assert len(province.visited) == 4
    assert "inspections" not in province.shared_layers.tables
    parts = [
        district_results(province.district_inputs.get(), number, province.shared)
        for number in range(2)
    ]
    whole = in_one_go(tmp_path / "town")
    same(told(whole), list(map(told, parts)))
    routes = whole.decisions.villages.set_index("village_code")["approach"]
    # 98 kW carry one of them, of two townships (62 kW each); a transformer of 80 kVA can be bought
    # for GAS, so both have a route, and the homes in the zone come first to the first route
    assert routes[[ON, GAS]].tolist() == ["central", "electric"]
    tried = whole.decisions.tried.set_index(["village_code", "route"])
    assert tried.loc[(GAS, "central"), ["eligible", "has_capacity"]].tolist() == [True, False]
    assert tried.loc[(GAS, "electric"), "numbers"]["added_kva"] == 80
    visits = [one.layers.tables["inspections"] for one in (whole, *parts)]
    key = ["inspection_id", "household_id", "finding", "inspected_on", "x", "y", "reject_reason"]
    one, two = (some[key].astype(str).sort_values(key, ignore_index=True)
                for some in (visits[0], pd.concat(visits[1:])))  # fmt: skip
    pd.testing.assert_frame_equal(one, two)
    assert sorted(two["reject_reason"].value_counts().to_dict().items()) == [
        ("", len(two) - 5), ("duplicate_id", 4), ("no_id", 1)]  # fmt: skip
    said = [one for one in province.problems if one.code == "id_in_portions"]
    assert [(one.layer, "v1、v10" in one.message.zh) for one in said] == [("inspections", True)]


def test_a_visit_that_is_lost_between_stops_the_run(tmp_path, small):
    write(tmp_path / "town")
    write_visits_in_row_groups(tmp_path / "town")
    province = province_of(tmp_path / "town", tmp_path / "out")
    common = province.district_inputs.get()
    rows = next(common.visits.folder.glob("d00001/*.parquet"))
    pd.read_parquet(rows).iloc[1:].to_parquet(rows)
    with pytest.raises(ConservationError, match="检查记录"):
        _ = province.shared


@pytest.mark.long
def test_in_districts_as_in_one_go(tmp_path, small, monkeypatch):
    write(tmp_path / "town")
    province = province_of(tmp_path / "town", tmp_path / "out")
    assert len(province.chunks) == 5
    parts = [
        district_results(province.district_inputs.get(), number, province.shared)
        for number in range(2)
    ]
    assert len(province.districts.names) == 2
    results = in_one_go(tmp_path / "town")
    whole = told(results)
    assert set(whole["zones"]["verdict"]) == {"not_cleared"}
    assert whole["zones"]["unplaced"].tolist() == [1, 1]
    routes = whole["villages"].set_index("village_code")["approach"]
    # as above: GAS can buy a transformer, and the zone comes first
    assert routes[[ON, GAS]].tolist() == ["central", "electric"]
    same(whole, list(map(told, parts)))
    pieces = [problem for part in parts for problem in part.problems]
    # in districts nobody looks whether the home of a visit is in the ledger
    said = [problem for problem in results.problems if problem.code != "home_unknown"]
    assert len(said) == len(results.problems) - 1
    assert _told_of([*pieces, *province.problems]) == _told_of(said)


def _told_of(problems):
    """What is said of rows; and blank cells by column, which each chunk counts of its own."""
    counted = ("cells_blank", "cells_may_be_blank")
    blank = [one for one in problems if one.code in counted]
    cells = {(one.code, one.column): 0 for one in blank}
    for one in blank:
        rows = int(re.search(r"blank in (\d+) rows", one.message.en)[1])
        cells[one.code, one.column] += rows
    return sorted(str(one) for one in problems if one.code not in counted), cells


@pytest.fixture
def province(tmp_path, small):
    write(tmp_path / "town")
    return province_of(tmp_path / "town", tmp_path / "out")


def test_a_run_that_stopped_goes_on(tmp_path, small, monkeypatch):
    """What the run that stops has read is not read again, and every row is there as it was."""
    write(tmp_path / "town")
    whole = province_of(tmp_path / "town", tmp_path / "one").store
    read, numbers = chunks.read_chunk, []

    def stopping(chunk, *rest):
        if chunk.group == 3 and "stopped" not in numbers:
            numbers.append("stopped")
            raise KeyboardInterrupt
        numbers.append(chunk.group)
        return read(chunk, *rest)

    monkeypatch.setattr("gis.province.read.read_chunk", stopping)
    with pytest.raises(KeyboardInterrupt):
        _ = province_of(tmp_path / "town", tmp_path / "out").store
    found = province_of(tmp_path / "town", tmp_path / "out").store
    numbers.remove("stopped")
    assert sorted(numbers) == [0, 1, 2, 3, 4]  # each once
    for district in (0, 1):
        pd.testing.assert_frame_equal(found.rows(district), whole.rows(district))
        assert found.problems(district) == whole.problems(district)
    assert found.problems(0)


def test_a_household_in_two_portions_is_refused_by_name(tmp_path, small):
    rows = homes()
    write(tmp_path / "town", [*rows, {**rows[5], "采暖方式": "生物质"}])
    province = province_of(tmp_path / "town", tmp_path / "out")
    with pytest.raises(InputError, match=rows[5]["户编号"]):
        publish_volumes(province, tmp_path / "out", None, None)
    assert not (tmp_path / "out").exists()


def test_a_home_that_is_lost_on_the_way_stops_the_run(province, tmp_path):
    path = next(province.store.folder.glob("d00001/*.parquet"))
    pd.read_parquet(path).iloc[1:].to_parquet(path)
    with pytest.raises(ConservationError):
        publish_volumes(province, tmp_path / "out", None, None)


def test_districts_are_townships_of_one_county():
    """15 villages of 10 homes: 60 homes a district, and a county begins a new one."""
    towns = ["140882001"] * 4 + ["140882002"] * 3 + ["140882003"] * 2 + ["140883001"] * 6
    villages = pd.DataFrame({"township_code": towns})
    found = districts.Districts.of(villages, 60 * 2_500 * 15 // 15)
    assert found.names == ("140882001", "140882002", "140883001")
    assert found.of_village.tolist() == [0] * 4 + [1] * 5 + [2] * 6


def seal_of(manifest):
    return hashlib.sha256(manifest).hexdigest().encode()


@pytest.mark.long
def test_a_volume_that_stands_is_not_made_again(tmp_path, small):
    """The second run makes what the first one that was stopped has not, and all is as in one go."""
    write(tmp_path / "town")
    sealed = []

    def stopping(manifest):
        sealed.append(manifest)
        if len(sealed) == 2:
            raise KeyboardInterrupt
        return seal_of(manifest)

    def province():
        return province_of(tmp_path / "town", tmp_path / "out")

    with pytest.raises(KeyboardInterrupt):
        publish_volumes(province(), tmp_path / "out", None, stopping)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["140882001"]
    first = tmp_path / "out" / "140882001"
    store = province().store
    asked = (store, Volume(0, first, None, EditionFlags()), first)
    assert volumes.standing_volumes(*asked, seal_of).households["read"] > 0
    assert volumes.standing_volumes(*asked, None) is None  # unsigned is another
    assert (
        volumes.standing_volumes(
            store, Volume(0, first, None, EditionFlags(unmask=True)), first, seal_of
        )
        is None
    )
    assert (
        volumes.standing_volumes(store, Volume(0, first, first, EditionFlags()), first, seal_of)
        is None
    )
    assert (
        volumes.standing_volumes(store, Volume(1, first, None, EditionFlags()), first, seal_of)
        is None
    )
    (first / "manifest.json").write_bytes(
        b"{}" + (manifest := (first / "manifest.json").read_bytes())
    )
    assert volumes.standing_volumes(*asked, seal_of) is None
    (first / "manifest.json").write_bytes(manifest)
    (first / "public" / "mark.txt").write_text("stands", encoding="utf-8")
    outcome = publish_volumes(province(), tmp_path / "out", None, seal_of)
    assert (first / "public" / "mark.txt").exists()
    (first / "public" / "mark.txt").unlink()
    assert outcome == publish_volumes(province(), tmp_path / "one", None, seal_of)
    one, two = (
        {path.relative_to(at): path.read_bytes() for path in at.rglob("*") if path.is_file()}
        for at in (tmp_path / "out", tmp_path / "one")
    )
    assert one == two


@pytest.mark.long
def test_whoever_works_it_out_leaves_the_same(tmp_path, small):
    write(tmp_path / "town")
    left = []
    for name, engine in (("threads", HERE), ("dask", Dask(workers=1))):
        out = tmp_path / name
        publish_volumes(province_of(tmp_path / "town", out, engine), out, None, None)
        left.append({str(path.relative_to(out)): path.read_bytes()
                     for path in out.rglob("*") if path.is_file()})  # fmt: skip
    assert "140882002/planner/index.html" in left[0]
    assert left[0] == left[1]


@pytest.mark.long
@pytest.mark.parametrize("changed", ["crs", *long("rename", "as_of", "code")])
def test_a_run_under_other_words_reads_all_anew(province, tmp_path, monkeypatch, changed):
    """A ledger that was read as lying elsewhere is not taken over from a run that was stopped."""
    place, path = province.store.folder, tmp_path / "town" / "project.toml"
    words = {
        "crs": ('.parquet"\ncrs = "EPSG:4546"', '.parquet"\ncrs = "EPSG:4547"'),
        "rename": ('.parquet"\n', '.parquet"\nrename = { "x" = "x" }\n'),
        "as_of": ("2024-10-31", "2024-10-30"),
        "code": ("", ""),
    }
    text = path.read_text("utf-8")
    if changed == "code":
        monkeypatch.setattr("gis.province.run.code_sha256", lambda: "another")
    else:
        assert words[changed][0] in text
    path.write_text(text.replace(*words[changed], 1), encoding="utf-8")
    again = province_of(tmp_path / "town", tmp_path / "out")
    assert again._folder != place
    path.write_text(text, encoding="utf-8")
    monkeypatch.undo()


def test_what_was_kept_of_one_district_is_nothing_to_another(province):
    store = province.store
    one, other = (store.path(number, "reduced") for number in (0, 1))
    store.keep(one, "of the first")
    other.write_bytes(one.read_bytes())
    assert store.kept(one) == "of the first"
    assert store.kept(other) is None


def test_a_district_whose_rows_are_gone_stops_the_run(province, tmp_path):
    for path in province.store.folder.glob("d00001/*.parquet"):
        path.unlink()
    with pytest.raises(InputError, match="was removed or changed during the run"):
        publish_volumes(province, tmp_path / "out", None, None)
    assert not (tmp_path / "out").exists()


def published(province, folder):
    return lambda: publish_volumes(province, folder / "out", None, None)


@pytest.mark.parametrize(
    "name",
    [
        "marks/000001.parquet",
        *long("marks/000001.ids", "d00000/homes", "d00001/records", "builder"),
    ],
)
def test_an_intermediate_file_that_vanishes_is_named(province, tmp_path, name):
    if name.startswith("d"):
        _ = province.summaries
    store = province.store
    (store.folder / name).unlink()
    asked = store.refuse_doubles if name.endswith(".ids") else published(province, tmp_path)
    with pytest.raises(InputError, match=name.split("/")[-1]) as refused:
        asked()
    assert "中间文件" in refused.value.message.zh
    assert not (tmp_path / "out" / "140882002").exists()


@pytest.mark.long
@pytest.mark.parametrize("name", ["project.toml", "policy.toml"])
def test_a_project_file_that_vanishes_is_named(province, tmp_path, monkeypatch, name):
    without_office_files(monkeypatch)
    _ = province.store
    (tmp_path / "town" / name).unlink()
    with pytest.raises(InputError, match=name) as refused:
        publish_volumes(province, tmp_path / "out", None, None)
    assert "运行途中" in refused.value.message.zh
    assert not (tmp_path / "out").exists()


def test_a_full_disk_is_said_and_what_stood_before_stands(province, tmp_path, monkeypatch):
    def full(source, target):
        raise OSError(errno.ENOSPC, "No space left on device", str(source))

    before = tmp_path / "out" / "140882001"
    before.mkdir(parents=True)
    (before / "kept").write_bytes(b"before")
    monkeypatch.setattr("os.replace", full)
    with pytest.raises(PublicationError, match="disk is full"):
        publish_volumes(province, tmp_path / "out", None, None)
    assert [path.name for path in (tmp_path / "out").rglob("*")] == ["140882001", "kept"]


class Plant:
    """What does something when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def plant(store, path, done, *, sealed):
    """A thing that makes `done` when it is unpickled, under the seal of another or under none."""
    path.parent.mkdir(exist_ok=True)
    if sealed:
        replace(store, key=b"of another").keep(path, Plant(done))
    else:
        path.write_bytes(pickle.dumps(Plant(done)))


KEPT = ("d00000/reduced", "d00000/volume", "marks/000000.problems")


def test_what_another_has_sealed_or_left_is_nothing(province, tmp_path):
    store, done = province.store, tmp_path / "done"
    path = store.folder / KEPT[0]
    for sealed in (True, False):
        plant(store, path, done, sealed=sealed)
        assert store.kept(path) is None
    assert not done.exists()
    pickle.loads(path.read_bytes())  # noqa: S301  # the control
    assert done.exists()


@pytest.mark.long
@pytest.mark.parametrize("sealed", [True, False])
def test_what_another_has_put_in_the_working_folder_is_not_used(
    province, tmp_path, monkeypatch, sealed
):
    without_office_files(monkeypatch)
    store = province.store
    for name in KEPT:
        plant(store, store.folder / name, tmp_path / "done", sealed=sealed)
    again = province_of(tmp_path / "town", tmp_path / "out")
    publish_volumes(again, tmp_path / "out", None, None)
    assert not (tmp_path / "done").exists()
    assert verify(tmp_path / "out" / "140882001").whole
