"""The demonstration: real facts kept, invented ground sound, the same bytes for the same seed."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from collections import Counter
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from demo_layers import make as generator  # noqa: E402
from demo_layers.gcj import to_gcj02  # noqa: E402
from demo_layers.settlements import portion  # noqa: E402

from gis.inputs import read_settings  # noqa: E402
from gis.layers import load, read_project  # noqa: E402
from gis.policy import read_policy  # noqa: E402

COMMITTED = ROOT / "layers" / "hejin-2024"
SEED = 2024
# Annex 2 of 河政办发〔2024〕8号.
TARGETS = {
    "140882001": 219,
    "140882100": 3391,
    "140882101": 2627,
    "140882003": 1505,
    "140882004": 63,
    "140882102": 3753,
    "140882200": 2280,
}
# townships.csv words it "东:…  南:…"; the pairs that both sides or either names, by hand.
NEIGHBOURS = {
    frozenset(pair.split())
    for pair in (
        "城区街道 柴家镇", "城区街道 阳村街道", "城区街道 赵家庄街道", "城区街道 小梁乡",
        "清涧街道 樊村镇", "清涧街道 赵家庄街道", "清涧街道 阳村街道", "清涧街道 下化乡",
        "赵家庄街道 樊村镇", "赵家庄街道 僧楼镇", "阳村街道 小梁乡", "樊村镇 僧楼镇",
        "樊村镇 下化乡", "柴家镇 小梁乡",
    )
}  # fmt: skip


def project_copy(folder: Path) -> Path:
    folder.mkdir()
    for file in COMMITTED.iterdir():
        if file.is_file():
            shutil.copy(file, folder)
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = project_copy(tmp_path_factory.mktemp("demo") / "hejin")
    generator.make(folder, SEED)
    return folder


@pytest.fixture(scope="module")
def villages(made: Path) -> gpd.GeoDataFrame:
    return gpd.read_file(made / "synthetic" / "villages.gpkg")


@pytest.fixture(scope="module")
def ledger(made: Path) -> pd.DataFrame:
    file = made / "synthetic" / "households.csv"
    return pd.read_csv(file, encoding="gb18030", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def townships(villages: gpd.GeoDataFrame) -> gpd.GeoSeries:
    merged = villages.replace({"township": {"山西铝厂": "清涧街道"}})
    return merged.dissolve("township").geometry


def test_the_scenarios_name_sources_that_there_are(made: Path) -> None:
    """The demonstration compares them: one that names no source would end it."""
    sources = read_settings(made).project.layers["heat_sources"].sources
    table = pd.read_csv(made / sources[0].path, dtype=str, encoding=sources[0].encoding or "utf-8")
    ids = {unicodedata.normalize("NFKC", one) for one in table.iloc[:, 0]}
    plain = read_settings(made).policy
    named = {
        source
        for name in plain.scenario
        for source in read_settings(made, scenario=name).policy.heat_sources.less_mw
    }
    assert named
    assert named <= ids


@pytest.mark.long
def test_same_seed_same_bytes(made: Path, tmp_path: Path) -> None:
    again = project_copy(tmp_path / "again")
    command = [sys.executable, str(ROOT / "scripts" / "make_demo_layers"), "--project", str(again)]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": "7"})
    names = sorted(file.name for file in (made / "synthetic").iterdir())
    assert names == sorted(file.name for file in (again / "synthetic").iterdir())
    assert len(names) > 12
    for name in names:
        one, other = (folder / "synthetic" / name for folder in (made, again))
        assert one.read_bytes() == other.read_bytes(), name


def test_every_committee_once_with_its_code(villages: gpd.GeoDataFrame) -> None:
    with (COMMITTED / "villages.csv").open(encoding="utf-8", newline="") as file:
        official = {(row["village_code"], row["village"]) for row in csv.DictReader(file)}
    assert len(official) == 144
    assert set(zip(villages["village_code"], villages["village"], strict=True)) == official
    assert len(villages) == 144


def test_areas_within_two_percent(townships: gpd.GeoSeries) -> None:
    published = pd.read_csv(COMMITTED / "townships.csv").set_index("township")["area_km2"]
    assert published.sum() == pytest.approx(593.0)
    ratio = townships.area / 1e6 / published
    assert ratio.between(0.98, 1.02).all(), ratio.to_dict()


def test_neighbours_are_the_known_ones(townships: gpd.GeoSeries) -> None:
    found = set()
    for a in townships.index:
        for b in townships.index:
            length_m = townships[a].intersection(townships[b]).length if a < b else 0.0
            if length_m > 0:
                assert length_m > 500, (a, b, length_m)
                found.add(frozenset((a, b)))
    assert found == NEIGHBOURS


def test_villages_tile_the_outline(villages: gpd.GeoDataFrame) -> None:
    assert villages.geometry.is_valid.all()
    assert villages.geometry.geom_type.eq("Polygon").all()
    used: Counter[frozenset[tuple[float, float]]] = Counter()
    for ring in villages.geometry.exterior:
        used.update(frozenset(pair) for pair in pairwise(ring.coords))
    assert set(used.values()) == {1, 2}  # each edge is on the rim or shared, corner for corner
    edges = shapely.linestrings([sorted(edge) for edge, sides in used.items() if sides == 1])
    rim = shapely.line_merge(shapely.union_all(edges))
    assert rim.is_ring
    area = villages.area.sum()
    assert shapely.Polygon(rim).area == pytest.approx(area, abs=1.0)
    features = json.loads((COMMITTED / "schematic.geojson").read_text(encoding="utf-8"))["features"]
    to_metres = Transformer.from_crs("EPSG:4490", "EPSG:4546", always_xy=True).transform
    corners = np.array(features[0]["geometry"]["coordinates"][0])
    outline = shapely.Polygon(np.column_stack(to_metres(corners[:, 0], corners[:, 1])))
    assert outline.symmetric_difference(shapely.Polygon(rim)).area < 1e-5 * outline.area


def test_terrain_is_where_it_is_known(villages: gpd.GeoDataFrame) -> None:
    at = villages.set_index("village_code").geometry.representative_point()
    of = villages.set_index("village_code")["township"]
    north = at.y[of == "下化乡"].min()
    assert north > at.y[of.isin(["城区街道", "阳村街道", "柴家镇", "小梁乡"])].max()
    assert set(of[villages.set_index("village_code")["remote_mountain"]]) == {"下化乡"}
    city = of == "城区街道"
    wujiaguan = at.y["140882001204"]
    assert (at.y[city] < wujiaguan).sum() == 0  # at the city's south edge


def test_targets_by_township(ledger: pd.DataFrame) -> None:
    listed = ledger[ledger["是否列入本年计划"] == "是"]
    assert listed["户编号"].str[:9].value_counts().to_dict() == TARGETS
    assert len(listed) == 13838
    committed = pd.read_csv(COMMITTED / "targets.csv", dtype={"unit_code": str})
    assert committed.set_index("unit_code")["electric"].dropna().iloc[:7].to_dict() == TARGETS


def test_lots_have_the_homes_of_this_years_list_and_one_tender_is_open(
    made: Path, ledger: pd.DataFrame
) -> None:
    file = made / "synthetic" / "lots.csv"
    lots = pd.read_csv(file, encoding="gb18030", dtype=str, keep_default_na=False)
    lots = lots.set_index("标段")
    assert lots.index.is_unique
    bought = ledger[ledger["标段"] != ""]
    assert bought["标段"].value_counts().to_dict() == lots["户数"].astype(int).to_dict()
    assert (bought["标段"].map(lots["设备类型"]) == bought["设备类型"]).all()
    assert set(bought["是否列入本年计划"]) == {"是"}
    fitted = ledger[(ledger["是否列入本年计划"] == "是") & (ledger["安装日期"] != "")]
    assert len(fitted) == len(bought)
    pending = lots[lots["中标单价(元)"] == ""]
    assert pending["设备类型"].tolist() == ["热风机"]
    prices = set(lots.loc[lots["设备类型"] == "热风机", "中标单价(元)"])
    assert len(prices) == 2  # one price, so that the others can go by it; and the open one


def test_whole_villages_first(ledger: pd.DataFrame) -> None:
    code = ledger["户编号"].str[:12]
    chosen = ledger[code.isin(code[ledger["是否列入本年计划"] == "是"])]
    left = chosen[(chosen["采暖方式"] == "煤") & (chosen["居住状态"] == "常住")]
    assert len(left) > 1000
    assert set(left["是否列入本年计划"]) == {"是"}


def test_households_sum_to_the_estimate(ledger: pd.DataFrame) -> None:
    once = ledger.drop_duplicates("户编号")
    estimate = pd.read_csv(COMMITTED / "townships.csv")["households_estimate"].sum()
    assert len(once) == estimate == 99454


def test_ledger_is_gb18030_and_synthetic_on_every_row(made: Path, ledger: pd.DataFrame) -> None:
    raw = (made / "synthetic" / "households.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    assert set(ledger["数据性质"]) == {"合成演示"}
    assert ledger["户主"].str.fullmatch(r"演示户\d{6}").all()
    assert not {"身份证号", "联系电话", "银行账号", "一卡通账号"} & set(ledger.columns)


def test_no_number_that_looks_personal(ledger: pd.DataFrame) -> None:
    for name in ledger:
        text = "\n".join(ledger[name].unique())
        assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", text), name
        assert not re.search(r"(?<![\dXx])\d{17}[\dXx](?!\d)", text), name
        assert not re.search(r"(?<!\d)\d{16,19}(?!\d)", text), name


def test_every_file_says_it_is_synthetic(made: Path) -> None:
    for file in (made / "synthetic").iterdir():
        raw = file.read_bytes()
        if file.suffix in {".shp", ".shx", ".prj", ".cpg"}:
            continue  # the table beside them says it
        if file.suffix == ".xlsx":
            title = pd.read_excel(file, engine="calamine", header=None, nrows=2)
            raw = str(title.iloc[0, 0]).encode()
        assert "合成".encode() in raw or "合成".encode("gb18030") in raw, file.name


def test_gcj02_against_known_points() -> None:
    # Shanghai and Beijing test points of the formula's usual ports, to a metre or so.
    lon, lat = to_gcj02(np.array([121.5272106, 116.377817]), np.array([31.1774276, 39.911954]))
    assert lon == pytest.approx([121.531541859215, 116.38404722455657], abs=2e-5)
    assert lat == pytest.approx([31.17530398364597, 39.91334545536069], abs=2e-5)


def test_project_loads_and_homes_stand_in_their_village(made: Path) -> None:
    loaded = load(read_project(made))
    assert [p for p in loaded.problems if p.blocking] == []
    homes, villages = loaded.tables["households"], loaded.tables["villages"]
    placed = homes[homes["x"].notna() & homes["village_code"].notna()]
    cell = villages.set_index("village_code").geometry
    inside = sum(
        int(shapely.contains_xy(cell[code], group["x"], group["y"]).sum())
        for code, group in placed.groupby("village_code")
    )
    assert 0.99 < inside / len(placed) < 0.999  # some stand wrongly, as in any ledger
    assert len(loaded.tables["heat_pipes"]) > 400
    assert loaded.tables["heat_pipes"]["pipe_id"].is_unique
    zones = loaded.tables["coal_ban_zones"].set_index("zone_id")
    assert 10 < zones.geometry.area["JM01"] / 1e6 < 40
    assert zones["document_no"].str.contains("合成").all()


def test_policy_claims_only_what_the_plan_states() -> None:
    policy = read_policy(COMMITTED / "policy.toml")
    for key, origin in policy.provenance.items():
        if origin.verified:
            assert "河政办发〔2024〕8号" in origin.source or "四（一）1" in origin.source, key
    assert policy.subsidies.electric_cap_cny == 1040
    assert [route.clause for route in policy.routes] == [
        "二（一）",
        "二（二）",
        "二（三）",
        "二（四）",
    ]


def test_portion_adds_up_and_rounds_the_largest_remainders() -> None:
    assert portion(np.array([1.0, 1.0, 1.0]), 10).tolist() == [4, 3, 3]
    assert portion(np.array([5.0, 3.0, 2.0]), 7).tolist() == [4, 2, 1]  # 3.5, 2.1, 1.4
