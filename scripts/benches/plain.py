"""A plain script with GeoPandas and Folium that writes the same kinds of tables and maps.

It does less than `nuantu run`: no clauses, reasons, zones from street names, input checks or leak
checks. Arguments: the project's folder, the output folder.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import folium
import geopandas as gpd
import pandas as pd

from gis.layers.crs import gcj_to_wgs

CRS, REACH_M, SERVED = "EPSG:4546", 50.0, 0.9
NAMES = {"户编号": "household_id", "采暖方式": "heating", "乡镇": "township", "行政村": "village"}
COLOURS = {"central": "#b8331a", "gas": "#2b6cb0", "electric": "#2f855a", "biomass": "#b7791f"}
PAGES = ("index", "approach", "progress", "gaps", "clearance")


def main() -> None:
    """Read, locate, decide, write and draw."""
    warnings.filterwarnings("ignore")
    folder, out = Path(sys.argv[1]) / "synthetic", Path(sys.argv[2])
    villages = gpd.read_file(folder / "villages.gpkg").to_crs(CRS)
    pipes = gpd.read_file(folder / "heat_pipes.dxf").set_crs(CRS, allow_override=True)
    gas = gpd.read_file(folder / "gas_coverage.geojson").to_crs(CRS)
    zone = gpd.read_file(folder / "built_up_area.kml").to_crs(CRS)
    homes = placed(ledger(folder / "households.csv"), villages, pipes, gas, zone)
    decided = decide(homes, villages)
    homes["approach"] = homes["village_code"].map(decided.set_index("village_code")["approach"])
    for part in ("public", "planner"):
        (out / part).mkdir(parents=True, exist_ok=True)
    write(out, homes, decided, {"villages": villages, "heat_pipes": pipes, "gas_coverage": gas})
    for page in PAGES:
        draw(decided, pipes, gas, None).save(out / "public" / f"{page}.html")
        points = homes if page in ("approach", "clearance") else None
        draw(decided, pipes, gas, points).save(out / "planner" / f"{page}.html")


def ledger(path: Path) -> gpd.GeoDataFrame:
    """The households as points."""
    table = pd.read_csv(path, encoding="gb18030", dtype={"行政村代码": str}).rename(columns=NAMES)
    lon, lat = gcj_to_wgs(table["经度"].to_numpy(float), table["纬度"].to_numpy(float))
    points = gpd.points_from_xy(lon, lat, crs="EPSG:4326")
    return gpd.GeoDataFrame(table, geometry=points).to_crs(CRS)


def placed(
    homes: gpd.GeoDataFrame,
    villages: gpd.GeoDataFrame,
    pipes: gpd.GeoDataFrame,
    gas: gpd.GeoDataFrame,
    zone: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    """Each household with its village, distance to a pipe [m], gas coverage and zone."""
    located = homes[~homes.geometry.is_empty & homes.geometry.is_valid]
    found = gpd.sjoin(located, villages[["village_code", "geometry"]], how="inner")
    found = found[~found.index.duplicated()].drop(columns="index_right")
    near = gpd.sjoin_nearest(found, pipes[["geometry"]], max_distance=500.0, distance_col="pipe_m")
    found["pipe_m"] = near["pipe_m"].groupby(level=0).min()
    found["gas"] = found.index.isin(gpd.sjoin(found, gas[["geometry"]]).index)
    found["zone"] = found.index.isin(gpd.sjoin(found, zone[["geometry"]]).index)
    return found


def decide(homes: gpd.GeoDataFrame, villages: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Each village with its counts and route: by share served, else gas, else electric."""
    counts = homes.assign(served=homes["pipe_m"] <= REACH_M).groupby("village_code")
    shares = counts[["served", "gas", "zone"]].mean().assign(households=counts.size())
    table = villages.merge(shares, on="village_code", how="left")
    table["approach"] = "electric"
    table.loc[table["remote_mountain"].astype(bool), "approach"] = "biomass"
    table.loc[table["gas"] >= SERVED, "approach"] = "gas"
    table.loc[table["served"] >= SERVED, "approach"] = "central"
    return table


def write(
    out: Path,
    homes: gpd.GeoDataFrame,
    decided: gpd.GeoDataFrame,
    layers: dict[str, gpd.GeoDataFrame],
) -> None:
    """Write tables, workbooks, the GeoPackage for QGIS, and each township's list."""
    plain = pd.DataFrame(homes.drop(columns="geometry"))
    table = pd.DataFrame(decided.drop(columns="geometry"))
    table.to_csv(out / "public" / "villages.csv", index=False, encoding="utf-8-sig")
    decided.to_crs("EPSG:4326").to_file(out / "public" / "villages.geojson")
    planner = out / "planner"
    table.to_csv(planner / "decisions.csv", index=False, encoding="utf-8-sig")
    table.to_excel(planner / "decisions.xlsx", index=False)
    plain.to_parquet(planner / "households.parquet")
    plain.to_excel(planner / "households.xlsx", index=False)
    for name, layer in {**layers, "households": homes}.items():
        layer.to_file(planner / "nuantu.gpkg", layer=name, driver="GPKG")
    for name, own in plain.groupby("township"):
        (out / "townships" / str(name)).mkdir(parents=True, exist_ok=True)
        own.to_excel(out / "townships" / str(name) / "list.xlsx", index=False)


def draw(
    decided: gpd.GeoDataFrame,
    pipes: gpd.GeoDataFrame,
    gas: gpd.GeoDataFrame,
    homes: gpd.GeoDataFrame | None,
) -> folium.Map:
    """One map: villages by route, networks, and the households if given."""
    drawn = folium.Map(location=(35.6, 110.7), zoom_start=11, prefer_canvas=True)
    folium.GeoJson(
        decided,
        style_function=lambda one: {"fillColor": COLOURS[one["properties"]["approach"]]},
        tooltip=folium.GeoJsonTooltip(["village", "approach", "households"]),
    ).add_to(drawn)
    folium.GeoJson(gas[["geometry"]]).add_to(drawn)
    folium.GeoJson(pipes[["geometry"]]).add_to(drawn)
    if homes is not None:
        folium.GeoJson(
            homes[["household_id", "approach", "geometry"]],
            marker=folium.CircleMarker(radius=2),
            tooltip=folium.GeoJsonTooltip(["household_id", "approach"]),
        ).add_to(drawn)
    return drawn


if __name__ == "__main__":
    main()
