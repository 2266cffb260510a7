"""A small town as files on disk, in the forms an office has, for tests of the whole job."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import town
from project_folder import write_project
from shapely.geometry import LineString, Point, box

ON, FAR, GAS, SURE = "140882001001", "140882001002", "140882002001", "140882002002"
VILLAGES = [
    (ON, (470000, 3940000, 471000, 3941000)),
    (FAR, (476000, 3940000, 477000, 3941000)),
    (GAS, (471000, 3940000, 472000, 3941000)),
    (SURE, (472000, 3940000, 473000, 3941000)),
]
# no transformer may be bought: a ceiling that is verified refuses the works
NO_WORKS = "[electric]\nmax_upgrade_cny_per_household = { value = 1, verified = true }\n"
LAYERS = {
    "households": {"path": "households.csv", "crs": town.CRS},
    "villages": {"path": "villages.gpkg"},
    "heat_pipes": {"path": "pipes.geojson"},
    "gas_coverage": {"path": "gas.geojson"},
    "transformers": {"path": "transformers.csv", "crs": town.CRS},
}


def homes():
    """30 homes a village in a row 20 m north of its south edge, all on coal; 12 of FAR listed."""
    rows = []
    for code, (west, south, _, _) in VILLAGES:
        for i in range(30):
            listed = code == FAR and i < 12
            rows.append({"户编号": f"{code[-4:]}-{i:03}", "行政村代码": code, "采暖方式": "煤",
                         "户主": f"演示户{i:03}", "x": west + 10 + 30 * i, "y": south + 20,
                         "列入本年计划": "是" if listed else "否"})  # fmt: skip
    rows[0] |= {"x": 100.0, "y": 100.0}  # outside every village, with a valid code
    rows.append(dict(rows[1]))  # the same row again
    rows.append({"户编号": "lost", "采暖方式": "煤"})  # neither code nor place
    return rows


def write(folder, extra=""):
    """The town's files; extra: more TOML of its policy."""
    write_project(folder, LAYERS, [{"zone_id": "Z1", "include_villages": [ON]}],
                  policy=town.POLICY + extra, targets="targets.csv",
                  demonstration=True)  # fmt: skip
    (folder / "targets.csv").write_text(
        "unit_code,unit,electric,gas,central,total\n140882001,甲镇,12,,,12\n,合计,12,,,12\n",
        encoding="utf-8",
    )
    pd.DataFrame(homes()).to_csv(folder / "households.csv", index=False, encoding="gb18030")
    town.villages(VILLAGES).to_file(folder / "villages.gpkg")
    street = LineString([(469900, 3940000), (471000, 3940000)])
    pipe = {"pipe_id": "p1", "status": "in_service", "geometry": street}
    gas = [
        {"status": "in_service", "supply_secured": code == SURE, "geometry": box(*bounds)}
        for code, bounds in VILLAGES[2:]
    ]
    for name, rows in (("pipes", [pipe]), ("gas", gas)):
        layer = gpd.GeoDataFrame(rows, geometry="geometry", crs=town.CRS).to_crs(4490)
        layer.to_file(folder / f"{name}.geojson", driver="GeoJSON")
    # 30 homes need 30 x 3.0 x 0.7 / 0.95 = 66.3 kVA: FAR has it, GAS and SURE have none of it
    grid = [
        {"transformer_id": f"t{code[-4:]}", "village_code": code, "capacity_kva": 400,
         "peak_load_kva": 100 if code in (ON, FAR) else 400, "x": bounds[0] + 500, "y": bounds[1]}
        for code, bounds in VILLAGES
    ]  # fmt: skip
    pd.DataFrame(grid).to_csv(folder / "transformers.csv", index=False)


def write_with_streets(folder, extra=""):
    """The small town, with a source at the west end and one street along all four villages."""
    write(folder)
    project = (folder / "project.toml").read_text("utf-8")
    layers = '[layers.roads]\npath = "roads.gpkg"\n[layers.heat_sources]\npath = "sources.gpkg"\n'
    (folder / "project.toml").write_text(project + layers, encoding="utf-8")
    policy = (folder / "policy.toml").read_text("utf-8")
    thin = "[heating_network]\nmin_mwh_per_m_a = 0.1\n"  # 306 MWh a year on some 800 m of pipe
    (folder / "policy.toml").write_text(policy + thin + extra, encoding="utf-8")
    street = LineString([(469900, 3940000), (471500, 3940000), (477000, 3940000)])
    roads = gpd.GeoDataFrame({"name": ["一号街"]}, geometry=[street], crs=town.CRS)
    roads.to_file(folder / "roads.gpkg")
    plant = {"source_id": ["s1"], "capacity_mw": [50.0], "load_mw": [0.0]}
    sources = gpd.GeoDataFrame(plant, geometry=[Point(469900, 3940000)], crs=town.CRS)
    sources.to_file(folder / "sources.gpkg")
