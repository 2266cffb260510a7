"""A town with every layer and nearly every column of the contract, as plain rows, and its files.

Three groups of villages that share nothing (no network, no township, no street): what happens to
a row of one of them cannot change the decision on another.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import town
from project_folder import write_features, write_project
from shapely import wkt
from shapely.geometry import LineString, Point, Polygon, box

Row = dict[str, Any]
Tables = dict[str, list[Row]]

A, B, C, D = "140882001001", "140882001002", "140882002001", "140882003001"
# by the village: those that a damage to one of its rows may change
GROUPS = {A: {A, B}, B: {A, B}, C: {C}, D: {D}}
_CORNER = {A: (500000, 3940000), B: (501500, 3940000), C: (509000, 3940000), D: (500000, 3949000)}
_NAMES = {A: "甲村", B: "乙村", C: "丙村", D: "丁村"}
_TOWNSHIPS = {"140882001": "东镇", "140882002": "西镇", "140882003": "北镇"}
SIDE, HOMES = 1000, 12
PLAIN = (
    "households", "rulings", "zone_rulings", "inspections", "premises", "complaints", "weather",
    "meters", "payments", "sweeps", "lots",
)  # fmt: skip
OPTIONAL = (
    "heat_pipes", "heat_sources", "heat_coverage", "gas_coverage", "transformers",
    "built_up_area", "roads", "rulings", "zone_rulings", "inspections", "premises", "complaints",
    "buildings", "rivers", "water", "contours", "weather", "payments", "sweeps", "lots", "meters",
)  # fmt: skip
_POLICY = """
[heating_network]
min_mwh_per_m_a = 0.01
[scenario.dear]
[scenario.dear.electric]
max_upgrade_cny_per_household = 1
"""


def tables() -> Tables:
    """The rows of every layer, `geometry` in metres of EPSG:4546, and of the target table."""
    return {
        "households": [_home(code, at) for code in _CORNER for at in range(HOMES)],
        "villages": [_village(code) for code in _CORNER],
        **_networks(),
        "coal_ban_zones": [
            {"zone_id": "Z1", "zone": "禁煤区一", "effective_on": "2023-10-01",
             "expires_on": "2030-01-01", "document_no": "文1", "geometry": square(A, 50, 600)},
            {"zone_id": "Z2", "zone": "禁煤区二", "effective_on": "2023-10-01",
             "expires_on": "", "document_no": "文2", "geometry": square(C, 50, 950)},
        ],
        "built_up_area": [{"geometry": square(A, 0, 1000)}],
        **_records(),
        "targets": [
            {"unit_code": code, "unit": name, "electric": 12, "gas": 3, "central": 5, "total": 20}
            for code, name in _TOWNSHIPS.items()
        ],
    }  # fmt: skip


def square(code: str, low: int, high: int) -> Polygon:
    """Part of a village, between two distances from its south-west corner [m]."""
    x, y = _CORNER[code]
    return box(x + low, y + low, x + high, y + high)


def _village(code: str) -> Row:
    return {
        "village_code": code, "village": _NAMES[code], "township_code": code[:9],
        "township": _TOWNSHIPS[code[:9]], "remote_mountain": "是" if code == D else "否",
        "rural": "是", "geometry": square(code, 0, SIDE),
    }  # fmt: skip


def _home(code: str, at: int) -> Row:
    x, y = _CORNER[code]
    clean = at in (0, 5)
    done = {
        "signed_on": "2024-05-01", "installed_on": "2024-05-20", "energised_on": "2024-06-01",
        "accepted_on": "2024-07-01", "stove_removed_on": "2024-07-02",
        "coal_removed_on": "2024-07-03", "acceptance_by": "third_party",
        "acceptance_result": "pass", "season": "2023-2024", "heating_kwh": 3000,
        "heating_m3": 0, "heating_t": 0, "heating_kwh_basis": "separate_meter",
        "device": "ashp_air", "supplement_paid_on": "2024-08-01",
        "lot": "1", "device_model": "KF-72", "device_serial": f"SN{code[6:]}{at:02}",
    }  # fmt: skip
    return {
        "household_id": f"{code[6:]}-{at:02}", "village_code": code,
        "heating": "electric" if clean else "coal",
        "occupancy": "vacant" if at == 11 else "occupied", "occupancy_on": "2024-03-01",
        "device_chosen": "ashp_air", "floor_area_m2": 100, "accuracy_m": 5,
        **{name: value if clean else "" for name, value in done.items()},
        "plan_year": 2024, "in_programme": "否" if at > 9 else "是", "self_converted": "否",
        "applied_on": "2024-04-10", "willing": "yes", "list_no": "文6", "listed_on": "2024-04-20",
        "delisted_on": "", "delisted_reason": "", "never_coal": "否",
        "hardship_class": "dibao" if at == 0 else "none", "owner": f"演示户{at:02}",
        "id_number": f"1408820000000{at:05}", "phone": f"138000000{at:02}",
        "bank_account": f"62220000000{at:05}", "meter_no": f"m{code[6:]}{at:02}",
        "address": f"{at}号", "x": x + 100 + 70 * at, "y": y + 120,
    }  # fmt: skip


def _networks() -> Tables:
    x, y = _CORNER[A]
    street = [(x - 200, y + 100), (x + 400, y + 100), (x + 3000, y + 100)]
    return {
        "heat_pipes": [
            {"pipe_id": "p1", "dn_mm": 200, "status": "in_service", "in_service_on": "2015-10-01",
             "role": "secondary", "geometry": LineString(street[:2])},
            {"pipe_id": "p2", "dn_mm": 100, "status": "planned", "in_service_on": "2024-11-01",
             "role": "secondary", "geometry": LineString([street[1], (x + 600, y + 100)])},
        ],
        "heat_sources": [
            {"source_id": "s1", "capacity_mw": 20, "load_mw": 1, "geometry": Point(street[0])}
        ],
        "heat_coverage": [
            {"status": "in_service", "in_service_on": "2015-10-01", "geometry": square(A, 0, 300)}
        ],
        "gas_coverage": [
            {"status": "in_service", "supply_secured": "是", "in_service_on": "2020-01-01",
             "geometry": square(C, 0, SIDE)}
        ],
        "transformers": [
            {"transformer_id": f"t{number}", "capacity_kva": 200,
             "peak_load_kva": 190 if code in (C, D) else 50, "village_code": code,
             "upgrade_kva": 100, "upgrade_due_on": "2024-11-01", "upgrade_cny": 30000,
             "geometry": square(code, 0, SIDE).centroid}
            for number, code in enumerate(_CORNER)
        ],
        "buildings": [
            {"floors": 1, "built_year": 1990, "use": "平房", "geometry": square(code, 95, 105)}
            for code in _CORNER
        ],
        "rivers": [{"name": "小河", "geometry": LineString([(x, y + 50), (x + 3000, y + 60)])}],
        "water": [{"name": "水库", "geometry": square(A, 60, 90)}],
        "contours": [
            {"elevation_m": 450, "geometry": LineString([(x, y + 70), (x + 900, y + 80)])}
        ],
        "roads": [
            {"name": "一路", "class": "主干", "geometry": LineString(street)},
            {"name": "二路", "class": "支路",
             "geometry": LineString([(x + 2000, y), (x + 2000, y + 900)])},
        ],
    }  # fmt: skip


def _records() -> Tables:
    x, y = _CORNER[A]
    return {
        "meters": [
            {"meter_no": f"m{A[6:]}{n:02}", "transformer_id": "t0"} for n in range(4)
        ],
        "weather": [
            {"season": "2022-2023", "degree_days": 1900, "coldest_day_c": -5},
            {"season": "2023-2024", "degree_days": 1800, "coldest_day_c": -7},
        ],
        "payments": [
            _payment("b1", "budgeted", 5000, unit_code=A[:9]),
            _payment("a1", "allocated", 4000, unit_code=A[:9]),
            _payment("p1", "paid", 300, household_id=f"{A[6:]}-00"),
            _payment("r1", "returned", 300, household_id=f"{A[6:]}-00", paid_on="2024-08-01"),
        ],
        "sweeps": [
            {"village_code": A, "swept_on": "2024-10-15", "document_no": "文5",
             "household_id": f"{A[6:]}-00"}
        ],
        "lots": [
            {"lot": "1", "contractor": "甲公司", "device": "ashp_air", "device_model": "KF-72",
             "unit_price_cny": 7800, "homes": 24}
        ],
        "rulings": [
            {"village_code": D, "part": "", "approach": "biomass", "status": "approved",
             "document_no": "文3", "decided_on": "2024-06-01", "reason": "定"}
        ],
        "zone_rulings": [
            {"household_id": f"{C[6:]}-03", "zone_id": "Z2", "ruling": "inside",
             "ruled_on": "2024-06-01", "document_no": "文4"}
        ],
        "inspections": [
            _visit("i1", A, household_id=f"{A[6:]}-00", finding="clean"),
            _visit("i2", C, household_id=f"{C[6:]}-05", finding="coal_stored", coal_kg=50,
                   rectify_by="2024-10-20", rectified_on="2024-10-12"),
            _visit("i3", A, premises_id="m1", finding="coal_sold", coal_kg=500),
            _visit("i4", A, finding="clean"),
        ],
        "premises": [
            {"premises_id": "m1", "kind": "shop", "exempt": "否", "x": x + 300, "y": y + 300},
            {"premises_id": "m2", "kind": "power", "exempt": "是", "x": x + 400, "y": y + 300},
        ],
        "complaints": [
            {"complaint_id": "c1", "village_code": A, "received_on": "2024-10-01",
             "subject": "烧煤", "due_on": "2024-10-10", "handled_on": "",
             "kind": "coal", "classified_on": "2024-10-03",
             "x": x + 300, "y": y + 300},
            {"complaint_id": "c2", "village_code": "", "received_on": "2024-10-01",
             "subject": "冒烟", "due_on": "2024-10-10", "handled_on": "2024-10-05",
             "kind": "", "classified_on": "",
             "x": x + 300, "y": y + 300},
        ],
    }  # fmt: skip


def _payment(number: str, stage: str, amount_cny: float, **said: Any) -> Row:
    usual = {
        "payment_id": number, "unit_code": "", "household_id": "", "purpose": "running",
        "payer": "市级", "stage": stage, "amount_cny": amount_cny, "season": "2023-2024",
        "paid_on": "2024-07-01", "document_no": "文5", "reason": "",
    }  # fmt: skip
    return usual | said


def _visit(number: str, village: str, **said: Any) -> Row:
    x, y = _CORNER[village]
    usual = {
        "inspection_id": number, "household_id": "", "premises_id": "",
        "inspected_on": "2024-10-10", "finding": "", "coal_kg": "", "rectify_by": "",
        "rectified_on": "", "inspector": "演示员", "photo": "a.jpg",
        "x": x + 300, "y": y + 300,
    }  # fmt: skip
    return usual | said


def file_of(layer: str) -> str:
    """The file of a layer."""
    return f"{layer}.csv" if layer in PLAIN or layer == "targets" else f"{layer}.geojson"


def write(folder: Path, layers: Tables) -> None:
    """A project of the layers."""
    specs = {
        name: {"path": file_of(name)} | ({"crs": town.CRS} if name in PLAIN else {})
        for name in layers if name != "targets"
    }  # fmt: skip
    aims = {"targets": file_of("targets")} if "targets" in layers else {}
    write_project(folder, specs, policy=town.POLICY + _POLICY, demonstration=True,
                  publish_proposals=True, **aims)  # fmt: skip
    for name, rows in layers.items():
        put(folder, name, rows)


def put(folder: Path, name: str, rows: list[Row]) -> None:
    """One layer's file; of a layer without rows its headings alone."""
    columns = list(rows[0] if rows else tables()[name][0])
    if file_of(name).endswith(".csv"):
        with (folder / file_of(name)).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
        return
    write_features(folder / file_of(name), map(_feature, rows))


def _feature(row: Row) -> tuple[Row, Any]:
    held = row.get("geometry")
    properties = {name: None if value == "" else value for name, value in row.items()}
    properties.pop("geometry", None)
    return properties, wkt.loads(held) if isinstance(held, str) else held
