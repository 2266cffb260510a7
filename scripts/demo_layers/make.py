"""All synthetic layers of the Hejin demonstration, in order."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import Transformer

from demo_layers import (
    dxf,
    gas,
    grid,
    ground,
    heat,
    ledger,
    office,
    settlements,
    streets,
    visits,
    works,
    write,
    zones,
)

VILLAGE_COLUMNS = ["village_code", "village", "township_code", "township", "remote_mountain", "rural"]


def make(folder: Path, seed: int) -> dict[str, int]:
    """Write everything into folder/synthetic; the number of features by file name."""
    out = folder / "synthetic"
    out.mkdir(parents=True, exist_ok=True)
    land = ground.lay(folder, seed)
    villages = land.villages
    townships = pd.read_csv(folder / "townships.csv", dtype={"township_code": str})
    estimates = townships.set_index("township_code")["households_estimate"]
    villages["households"] = settlements.households(villages, estimates, seed)
    homes, hamlets = settlements.settle(villages, seed)
    targets = pd.read_csv(folder / "targets.csv", dtype={"unit_code": str})
    homes = works.work(homes, villages, works.batch(villages, targets), seed)
    homes = ledger.slips(ledger.measured(homes, seed), villages, seed)
    counts = _write_ground(out, villages, homes)
    return counts | _write_networks(out, land, hamlets, seed) | _write_office(
        out, villages, hamlets, homes, seed
    )


def _write_ground(
    out: Path, villages: gpd.GeoDataFrame, homes: pd.DataFrame
) -> dict[str, int]:
    write.geopackage(villages[[*VILLAGE_COLUMNS, "geometry"]], out / "villages.gpkg", "villages_synthetic")
    write.csv(ledger.as_written(homes, villages), out / "households.csv", "gb18030")
    return {"villages.gpkg": len(villages), "households.csv": len(homes)}


def _write_networks(
    out: Path, land: ground.Ground, hamlets: list[settlements.Hamlet], seed: int
) -> dict[str, int]:
    villages = land.villages
    ring = streets.ring_streets(seed)
    paths = streets.roads_between(hamlets, land.outline, seed)
    roads = streets.road_table(ring, paths, hamlets)
    write.shapefile(roads, out / "roads.shp")
    pipes = heat.lay_pipes(villages, hamlets, paths)
    (out / "heat_pipes.dxf").write_bytes(dxf.drawing(pipes, write.NOTE))
    sources = heat.sources(villages, hamlets)
    table = sources.rename(
        columns={"source_id": "热源编号", "capacity_mw": "供热能力(MW)", "load_mw": "已接负荷(MW)", "x": "X坐标", "y": "Y坐标"}
    )
    write.csv(table.assign(数据性质="合成演示"), out / "heat_sources.csv", "gb18030")
    area = gas.coverage(villages, hamlets)
    write.geojson(area, out / "gas_coverage.geojson")
    return {
        "roads.shp": len(roads),
        "heat_pipes.dxf": len(pipes),
        "heat_sources.csv": len(sources),
        "gas_coverage.geojson": len(area),
    }


def _write_office(
    out: Path,
    villages: gpd.GeoDataFrame,
    hamlets: list[settlements.Hamlet],
    homes: pd.DataFrame,
    seed: int,
) -> dict[str, int]:
    ring = streets.ring_streets(seed)
    town = zones.built_up(villages, hamlets, streets.inside_ring(ring, {}))
    zone = zones.zone(ring, town)
    write.kml(town, out / "built_up_area.kml", "建成区（合成演示）")
    return (
        {"built_up_area.kml": 1}
        | _write_grid(out, villages, homes, seed)
        | _write_records(out, villages, homes, zone, seed)
    )


def _write_grid(
    out: Path, villages: gpd.GeoDataFrame, homes: pd.DataFrame, seed: int
) -> dict[str, int]:
    pending = homes["heating"].isin(["coal", "none"]) & homes["occupancy"].eq("occupied")
    table = grid.transformers(homes.assign(pending=pending), villages, seed)
    to = Transformer.from_crs(ground.CRS, "EPSG:4490", always_xy=True).transform
    lon, lat = to(table["x"].to_numpy(), table["y"].to_numpy())
    named = villages.set_index("village_code")
    sheet = pd.DataFrame(
        {
            "乡镇": table["village_code"].map(named["township"]),
            "行政村": table["village_code"].map(named["village"]),
            "行政村代码": table["village_code"],
            "台区编号": table["transformer_id"],
            "容量(kVA)": table["capacity_kva"],
            "最大负荷(kVA)": table["peak_load_kva"],
            "计划增容(kVA)": table["upgrade_kva"],
            "增容完成日期": table["upgrade_due_on"],
            "增容投资(元)": table["upgrade_cny"],
            "经度": np.round(lon, 6),
            "纬度": np.round(lat, 6),
        }
    )
    write.workbook(sheet, out / "transformers.xlsx", "配电台区台账（合成演示）", merge="乡镇")
    return {"transformers.xlsx": len(sheet)}


def _write_records(
    out: Path, villages: gpd.GeoDataFrame, homes: pd.DataFrame, zone: object, seed: int
) -> dict[str, int]:
    places = visits.premises(zone, villages, seed)
    tables = {
        "rulings.csv": office.rulings(villages, seed),
        "zone_rulings.csv": zones.line_rulings(homes, zone, seed),
        "inspections.csv": visits.inspections(homes, zone, places, seed),
        "complaints.csv": visits.complaints(villages, seed),
    }
    for name, table in tables.items():
        write.csv(table, out / name, "gb18030")
    headings = places.rename(columns={"x": "X坐标", "y": "Y坐标"})
    write.workbook(headings, out / "premises.xlsx", "散煤排查场所登记表（合成演示）")
    return {name: len(table) for name, table in tables.items()} | {"premises.xlsx": len(places)}
