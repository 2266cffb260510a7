"""Generates all synthetic layers of the Hejin demonstration."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, Polygon

from demo_layers import (
    dxf,
    funds,
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

_VILLAGE_COLUMNS = [
    "village_code",
    "village",
    "township_code",
    "township",
    "remote_mountain",
    "rural",
    "数据性质",
    "geometry",
]


class Land(NamedTuple):
    """The features on the ground, in metres: villages, hamlets, homes, the ring and the zone."""

    outline: Polygon
    villages: gpd.GeoDataFrame
    hamlets: list[settlements.Hamlet]
    homes: pd.DataFrame
    ring: dict[str, LineString]
    built_up: Polygon
    zone: Polygon


def make(folder: Path, seed: int) -> dict[str, int]:
    """Write all layers into folder/synthetic; return the number of features by file name."""
    out = folder / "synthetic"
    out.mkdir(parents=True, exist_ok=True)
    land = inhabit(folder, seed)
    return (
        _write_homes(out, land) | _write_networks(out, land, seed) | _write_records(out, land, seed)
    )


def inhabit(folder: Path, seed: int) -> Land:
    """Villages, hamlets, and homes with their stage of work and the ledger's errors."""
    outline, villages = ground.lay(folder, seed)
    townships = pd.read_csv(folder / "townships.csv", dtype={"township_code": str})
    estimates = townships.set_index("township_code")["households_estimate"]
    villages["households"] = settlements.households(villages, estimates, seed)
    homes, hamlets = settlements.settle(villages, seed)
    targets = pd.read_csv(folder / "targets.csv", dtype={"unit_code": str})
    homes = works.work(homes, villages, works.batch(villages, targets), seed)
    homes = ledger.slips(ledger.measured(homes, seed), villages, seed)
    ring = streets.ring_streets(seed)
    built_up = zones.built_up(villages, hamlets, streets.inside_ring(ring, {}))
    return Land(outline, villages, hamlets, homes, ring, built_up, zones.zone(ring, built_up))


def _write_homes(out: Path, land: Land) -> dict[str, int]:
    villages, homes = land.villages, land.homes
    write.geopackage(
        villages.assign(数据性质="合成演示")[_VILLAGE_COLUMNS],
        out / "villages.gpkg",
        "villages_synthetic",
    )
    write.csv(ledger.as_written(homes, villages), out / "households.csv")
    write.kml(land.built_up, out / "built_up_area.kml", "建成区（合成演示）")
    return {"villages.gpkg": len(villages), "households.csv": len(homes), "built_up_area.kml": 1}


def _write_networks(out: Path, land: Land, seed: int) -> dict[str, int]:
    villages, hamlets = land.villages, land.hamlets
    paths = streets.roads_between(hamlets, land.outline, seed)
    roads = streets.road_table(land.ring, paths, hamlets)
    pipes = heat.lay_pipes(villages, hamlets, paths)
    sources = heat.sources(villages, hamlets)
    area = gas.coverage(villages, hamlets)
    transformers = grid.transformers(land.homes, villages, seed)
    write.shapefile(roads, out / "roads.shp")
    (out / "heat_pipes.dxf").write_bytes(dxf.drawing(pipes, write.NOTE))
    write.csv(heat.sheet(sources), out / "heat_sources.csv")
    write.geojson(area, out / "gas_coverage.geojson")
    sheet, title = grid.sheet(transformers, villages), "配电台区台账（合成演示）"
    write.workbook(sheet, out / "transformers.xlsx", title, merge="乡镇")
    return {
        "roads.shp": len(roads),
        "heat_pipes.dxf": len(pipes),
        "heat_sources.csv": len(sources),
        "gas_coverage.geojson": len(area),
        "transformers.xlsx": len(transformers),
    }


def _write_records(out: Path, land: Land, seed: int) -> dict[str, int]:
    places = visits.premises(land.zone, land.villages, seed)
    tables = {
        "rulings.csv": office.rulings(land.villages, seed),
        "zone_rulings.csv": zones.line_rulings(land.homes, land.zone, seed),
        "inspections.csv": visits.inspections(land.homes, land.zone, places, seed),
        "complaints.csv": visits.complaints(land.homes, seed),
        "weather.csv": office.weather(),
        "payments.csv": funds.payments(land.homes, seed),
        "lots.csv": funds.lots(land.homes),
    }
    for name, table in tables.items():
        write.csv(table, out / name)
    title = "散煤排查场所登记表（合成演示）"
    write.workbook(
        places.rename(columns={"x": "X坐标", "y": "Y坐标"}), out / "premises.xlsx", title
    )
    return {name: len(table) for name, table in tables.items()} | {"premises.xlsx": len(places)}
