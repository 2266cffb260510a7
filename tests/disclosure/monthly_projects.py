"""Generated towns as project folders, whose homes convert, move and fall back by month."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import town
from project_folder import write_project
from shapely.geometry import LineString, MultiPoint, Point, box

DAYS = [date(2024, month, 28) for month in range(6, 12)]
SIDE, APART, ACROSS = 1000, 1150, 5
WEST, SOUTH = 470000, 3940000
SIZES = [1, 3, 6, 10, 11, 12, 14, 19, 25, 40, 70]
CHANGES = ("convert", "move", "relapse", "sign", "leave", "fail", "device", "enlist")
Home = dict[str, Any]
LAYERS = {
    "households": {"path": "households.csv", "crs": town.CRS},
    "villages": {"path": "villages.gpkg"},
    "heat_pipes": {"path": "pipes.geojson"},
    "heat_sources": {"path": "sources.gpkg"},
    "roads": {"path": "roads.gpkg"},
    "gas_coverage": {"path": "gas.geojson"},
    "transformers": {"path": "transformers.csv", "crs": town.CRS},
    "inspections": {"path": "inspections.csv"},
    "rulings": {"path": "rulings.csv"},
    "coal_ban_zones": {"path": "zones.gpkg"},
}


class Town(NamedTuple):
    """A town as it stands in its folder, with its homes of this month."""

    folder: Path
    homes: list[Home]
    dice: np.random.Generator


def made(folder: Path, seed: int) -> Town:
    """A town of 10 to 16 villages in three townships, in a folder that is not there yet."""
    dice = np.random.default_rng(seed)
    codes = [f"14088200{1 + at % 3}{at:03d}" for at in range(int(dice.integers(10, 17)))]
    homes = [home for at, code in enumerate(codes) for home in _village(dice, at, code)]
    named = [str(code) for code in dice.choice(codes, 2, replace=False)]
    write_project(
        folder, LAYERS, [{"zone_id": "Z1", "zone": "禁煤区一", "include_villages": named}],
        policy=town.POLICY + "[heating_network]\nmin_mwh_per_m_a = 0.1\n", as_of=DAYS[0],
        targets="targets.csv", demonstration=True, publish_proposals=bool(dice.random() < 0.7),
    )  # fmt: skip
    _villages(folder, dice, codes, homes)
    _grounds(folder, dice, codes)
    _tables(folder, dice, codes)
    return Town(folder, homes, dice)


def write(place: Town, day: date) -> None:
    """Put the homes of `day` into the folder, with the visits made by then."""
    pd.DataFrame(place.homes).to_csv(place.folder / "households.csv", index=False)
    dice = np.random.default_rng(len(place.homes))  # a home is visited whatever becomes of others
    rows = []
    for home in place.homes:
        visited, days = dice.random() < 0.4, int(dice.integers(1, 50))
        if visited:
            coal = home["heating"] == "coal"
            rows.append({"inspection_id": f"i{home['household_id']}",
                         "household_id": home["household_id"],
                         "finding": "coal_stored" if coal else "clean",
                         "inspected_on": day - timedelta(days=days)})  # fmt: skip
    columns = ["inspection_id", "household_id", "finding", "inspected_on"]
    table = pd.DataFrame(rows, columns=columns)
    table.to_csv(place.folder / "inspections.csv", index=False)


def live(place: Town, day: date) -> Town:
    """A month goes by until `day`: some homes change, one by one."""
    homes = place.homes
    for _ in range(int(place.dice.integers(1, 9))):
        homes = changed(homes, place.dice, day)[0]
    return place._replace(homes=homes)


def changed(homes: list[Home], dice: np.random.Generator, day: date) -> tuple[list[Home], str, int]:
    """The homes with one of them changed by `day`; what became of it; which."""
    kind = str(dice.choice(CHANGES))
    # a village first: most homes stand in the large ones, where one of them counts for little
    code = dice.choice(sorted({home["village_code"] for home in homes}))
    at = int(dice.choice([n for n, home in enumerate(homes) if home["village_code"] == code]))
    home = dict(homes[at])
    recent = (day - timedelta(days=int(dice.integers(1, 27)))).isoformat()
    if kind in ("convert", "fail"):
        home |= _done(str(dice.choice(["electric", "gas", "central"])), recent)
        if kind == "fail":
            home["acceptance_result"] = "fail"
    elif kind == "move":
        other = homes[int(dice.integers(len(homes)))]
        home |= {"x": other["x"] + 3.0, "y": other["y"] + 3.0}
        home["village_code"] = other["village_code"]
    elif kind == "relapse":
        home |= _coal()
    elif kind == "sign":
        home |= _coal() | {"signed_on": recent, "in_programme": True, "plan_year": 2024}
    elif kind == "leave":
        home |= {"occupancy": "vacant", "occupancy_on": recent}
    elif kind == "device":
        home |= {"floor_area_m2": float(dice.integers(40, 300)), "device_chosen": "ashp_water"}
    else:
        home |= {"in_programme": home["in_programme"] is not True, "plan_year": 2024}
    return [*homes[:at], home, *homes[at + 1 :]], kind, at


def _coal() -> Home:
    days = ("signed_on", "installed_on", "energised_on", "accepted_on", "stove_removed_on",
            "coal_removed_on", "acceptance_result", "acceptance_by", "device")  # fmt: skip
    return dict.fromkeys(days) | {"heating": "coal"}


def _done(heating: str, day: str) -> Home:
    days = ("signed_on", "installed_on", "energised_on", "accepted_on", "stove_removed_on",
            "coal_removed_on")  # fmt: skip
    device = {"electric": "ashp_air", "gas": "gas_boiler", "central": "radiator"}[heating]
    return dict.fromkeys(days, day) | {
        "heating": heating, "device": device, "acceptance_result": "pass",
        "acceptance_by": "township", "in_programme": True, "plan_year": 2024,
    }  # fmt: skip


def _corner(at: int) -> tuple[int, int]:
    return WEST + at % ACROSS * APART, SOUTH + at // ACROSS * APART


def _village(dice: np.random.Generator, at: int, code: str) -> list[Home]:
    """The homes of a village around one or two hamlets, anywhere between none and all done."""
    west, south = _corner(at)
    share = float(dice.choice([0.0, 0.1, 0.5, 0.9, 1.0]))
    hamlets = dice.integers(150, SIDE - 150, size=(int(dice.integers(1, 3)), 2))
    homes = []
    for n in range(int(dice.choice(SIZES))):
        x, y = hamlets[n % len(hamlets)] + dice.normal(0, 45, 2)
        home = _coal() | {
            "household_id": f"{code[-4:]}-{n:03d}", "village_code": code, "occupancy": "occupied",
            "floor_area_m2": float(dice.integers(50, 220)), "device_chosen": None,
            "in_programme": bool(dice.random() < 0.5), "plan_year": 2024, "occupancy_on": None,
            "x": round(float(np.clip(west + x, west + 5, west + SIDE - 5)), 2),
            "y": round(float(np.clip(south + y, south + 5, south + SIDE - 5)), 2),
            "owner": f"演示户{code[-3:]}{n:03d}", "hardship_class": "none",
        }  # fmt: skip
        if dice.random() < share:
            month = int(dice.integers(1, 6))
            clean = str(dice.choice(["electric", "electric", "gas", "central"]))
            home |= _done(clean, f"2024-{month:02d}-{dice.integers(1, 28):02d}")
        elif dice.random() < 0.1:
            home |= {"occupancy": "vacant", "occupancy_on": "2024-03-01"}
        if dice.random() < 0.1:
            home["hardship_class"] = "dibao"
        homes.append(home)
    return homes


def _villages(folder: Path, dice: np.random.Generator, codes: list[str], homes: list[Home]) -> None:
    """The villages; a third of the towns draw no borders of some, a sixth draw points alone."""
    bare = float(dice.choice([0, 0, 0.3, 0.6]))
    areas: list[Any] = []
    for at, code in enumerate(codes):
        west, south = _corner(at)
        area = box(west, south, west + SIDE, south + SIDE)
        of = [(home["x"], home["y"]) for home in homes if home["village_code"] == code]
        drawn = dice.random() >= bare
        areas.append(area if drawn else Point(MultiPoint(of).centroid).buffer(1).centroid)
    table = town.villages([(code, (0, 0, 1, 1)) for code in codes])
    table["geometry"] = [area if area.geom_type == "Polygon" else None for area in areas]
    table["remote_mountain"] = dice.random(len(codes)) < 0.2
    table.to_file(folder / "villages.gpkg")


def _grounds(folder: Path, dice: np.random.Generator, codes: list[str]) -> None:
    """Streets, pipes, a source, gas and a drawn zone."""
    west, east = WEST - 100, WEST + ACROSS * APART
    ways = [SOUTH + row * APART + 500 for row in range(len(codes) // ACROSS + 1)]
    streets = [LineString([(west, y), (east, y)]) for y in ways]
    streets.append(LineString([(west, SOUTH), (west, ways[-1])]))
    length = int(dice.integers(300, 4000))
    pipe = {"pipe_id": "p1", "status": "in_service", "dn_mm": 200, "role": "secondary",
            "geometry": LineString([(west, ways[0]), (west + length, ways[0])])}  # fmt: skip
    corner = _corner(int(dice.integers(len(codes))))
    gas = {"status": "in_service", "supply_secured": bool(dice.integers(2)),
           "geometry": box(corner[0], corner[1], corner[0] + 1500, corner[1] + 700)}  # fmt: skip
    for name, row in (("pipes", pipe), ("gas", gas)):
        layer = gpd.GeoDataFrame([row], geometry="geometry", crs=town.CRS).to_crs(4490)
        layer.to_file(folder / f"{name}.geojson", driver="GeoJSON")
    gpd.GeoDataFrame({"name": [f"{at}号街" for at in range(len(streets))]}, geometry=streets,
                     crs=town.CRS).to_file(folder / "roads.gpkg")  # fmt: skip
    plant = {"source_id": ["s1"], "capacity_mw": [float(dice.choice([0.1, 2, 50]))],
             "load_mw": [0.0]}  # fmt: skip
    gpd.GeoDataFrame(plant, geometry=[Point(west, ways[0])], crs=town.CRS).to_file(
        folder / "sources.gpkg"
    )
    west, south = _corner(int(dice.integers(len(codes))))
    zone = {"zone_id": ["Z2"], "zone": ["禁煤区二"], "effective_on": ["2023-10-01"]}
    area = box(west + 300, south - 100, west + 1500, south + 800)
    gpd.GeoDataFrame(zone, geometry=[area], crs=town.CRS).to_file(folder / "zones.gpkg")


def _tables(folder: Path, dice: np.random.Generator, codes: list[str]) -> None:
    """Transformers of differing headroom, rulings of some villages, and the targets."""
    decided = [code for code in codes if dice.random() < 0.4]
    rulings = [
        {"village_code": code, "approach": str(dice.choice(["electric", "central"])),
         "status": str(dice.choice(["approved", "published"])), "document_no": f"河政发{code[-3:]}号",
         "decided_on": "2024-03-01"}
        for code in decided
    ]  # fmt: skip
    columns = ["village_code", "approach", "status", "document_no", "decided_on"]
    pd.DataFrame(rulings, columns=columns).to_csv(folder / "rulings.csv", index=False)
    grid = [
        {"transformer_id": f"t{at}", "village_code": code, "capacity_kva": 200,
         "peak_load_kva": float(dice.choice([40, 120, 170, 195])),
         "x": _corner(at)[0] + 500, "y": _corner(at)[1] + 480}
        for at, code in enumerate(codes)
    ]  # fmt: skip
    pd.DataFrame(grid).to_csv(folder / "transformers.csv", index=False)
    targets = [
        {"unit_code": unit, "unit": f"t{unit[6:]}", "electric": int(dice.integers(5, 40))}
        for unit in sorted({code[:9] for code in codes})
    ]
    table = pd.DataFrame(targets).assign(gas=None, central=None)
    table.assign(total=table["electric"]).to_csv(folder / "targets.csv", index=False)
