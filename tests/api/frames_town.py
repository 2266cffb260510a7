"""A town of twenty villages in frames in EPSG:4326, as a planner with GeoPandas has it.

Villages are squares of 1 km in five columns and four rows, the rows 1.2 km apart; the two lower
rows are one township, the two upper ones another. A main runs along the south of the lowest row,
streets along every row and up the west side.
"""

from __future__ import annotations

import geopandas as gpd

METRIC, DEGREES = "EPSG:4546", "EPSG:4326"
WEST, SOUTH, SIDE, PITCH, HOMES = 470_000, 3_940_000, 1000, 1200, 12
CODES = [f"14088200{1 + n // 10}{n % 10 + 1:03}" for n in range(20)]
POLICY = """
[policy]
name = "二十村方案"
document = "试政办发〔2024〕1号"
plan_year = 2024
programme_start = 2024-04-01
deadline = 2024-11-15
[[routes]]
route = "central"
clause = "二（一）"
[[routes]]
route = "electric"
clause = "二（二）"
devices = ["ashp_air", "ashp_water"]
[[routes]]
route = "gas"
clause = "二（三）"
[[routes]]
route = "biomass"
clause = "二（四）"
[electric]
max_upgrade_cny_per_household = { value = 800, source = "试点纪要", verified = true }
[heating_network]
min_mwh_per_m_a = 0.05
[heat_sources]
reserve_share = 0
[demand]
diversity_a = { value = 0.62, source = "measured", verified = true }
diversity_b = { value = 0.38, source = "measured", verified = true }
[scenario.wider_reach.heating_network]
connect_m = 1300
"""


def corner(n):
    """The south-west corner of village number n [m]."""
    return WEST + n % 5 * SIDE, SOUTH + n // 5 * PITCH


def shaped(rows, wkt):
    """Rows with geometries in metres, in EPSG:4326."""
    shapes = gpd.GeoSeries.from_wkt(list(wkt), crs=METRIC).to_crs(DEGREES)
    return gpd.GeoDataFrame(rows, geometry=shapes)


def box(west, south, east, north):
    corners = f"{west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}"
    return f"POLYGON (({corners}))"


def villages():
    rows = {
        "village_code": CODES,
        "村": [f"村{n:02}" for n in range(20)],
        "township_code": [code[:9] for code in CODES],
        "township": [f"镇{code[8]}" for code in CODES],
        "remote_mountain": [n == 19 for n in range(20)],
        "rural": True,
    }
    squares = (corner(n) for n in range(20))
    return shaped(rows, (box(x, y, x + SIDE, y + SIDE) for x, y in squares))


def households():
    """Twelve homes a village in a row 30 m north of its south edge; four of the first are done."""
    rows, points = [], []
    for n, code in enumerate(CODES):
        x, y = corner(n)
        for i in range(HOMES):
            done = n in (0, 7) and i < 4
            rows.append({
                "户编号": f"{code[-4:]}-{i:02}", "village_code": code,
                "heating": "electric" if done else "coal",
                "居住情况": "空置" if i == 11 else "常住",
                "floor_area_m2": 80 + 5 * i, "列入本年计划": n % 3 == 0,
                "plan_year": 2024.0 if done else None,
                "accepted_on": gpd.pd.Timestamp("2024-09-20") if done else None,
                "acceptance_result": "合格" if done else None,
                "acceptance_by": "third_party" if done else None,
                "stove_removed_on": "2024-09-21" if done else None,
                "coal_removed_on": "2024-09-21" if done else None,
                "备注": f"<b>{i}</b>",
            })  # fmt: skip
            points.append(f"POINT ({x + 40 + 80 * i} {y + 30})")
    homes = shaped(gpd.pd.DataFrame(rows), points)
    homes.index = [f"row {n}" for n in range(len(homes))]
    return homes


def layers():
    """The optional layers by name."""
    row_ends = [(WEST - 100, SOUTH + k * PITCH, WEST + 5 * SIDE) for k in range(4)]
    streets = [f"LINESTRING ({west} {y}, {east} {y})" for west, y, east in row_ends]
    streets.append(f"LINESTRING ({WEST - 100} {SOUTH}, {WEST - 100} {SOUTH + 3 * PITCH})")
    return {
        "heat_pipes": shaped(
            {"pipe_id": ["p1"], "管径": [300], "status": ["在运"], "role": ["二次网"]},
            [f"LINESTRING ({WEST - 100} {SOUTH}, {WEST + 2 * SIDE} {SOUTH})"],
        ),
        "heat_sources": shaped(
            {"source_id": ["s1"], "capacity_mw": [20.0], "load_mw": [18.5]},
            [f"POINT ({WEST - 100} {SOUTH})"],
        ),
        "roads": shaped({"name": ["一街", "二街", "三街", "四街", "西路"]}, streets),
        "gas_coverage": shaped(
            {"status": ["in_service"], "supply_secured": [True], "in_service_on": ["2020-01-01"]},
            [box(WEST + 3 * SIDE, SOUTH + PITCH, WEST + 4 * SIDE, SOUTH + 2 * PITCH)],
        ),
        "transformers": shaped(
            {"transformer_id": [f"t{n:02}" for n in range(20)], "village_code": CODES,
             "capacity_kva": [200.0] * 20, "peak_load_kva": [150.0 + 2.5 * n for n in range(20)]},
            (f"POINT ({x + 500} {y + 100})" for x, y in map(corner, range(20))),
        ),
        "inspections": gpd.pd.DataFrame({
            "inspection_id": ["v1", "v2", "v3"], "household_id": ["1001-00", "1001-01", "1002-00"],
            "inspected_on": ["2024-10-20"] * 3, "finding": ["clean", "clean", "coal_stored"],
        }),
        "targets": gpd.pd.DataFrame({
            "unit_code": ["140882001", "140882002"], "unit": ["镇1", "镇2"],
            "electric": [30, 20], "gas": [None, 5], "central": [24, None], "total": [54, 25],
        }),
    }  # fmt: skip


def zones():
    """Around the first two villages, and one that begins next year."""
    x, y = corner(0)
    return shaped(
        {"zone_id": ["Z1", "Z2"], "zone": ["中心禁煤区", "明年禁煤区"],
         "effective_on": gpd.pd.to_datetime(["2023-10-01", "2025-10-01"])},
        [box(x - 50, y - 50, x + 2 * SIDE - 300, y + SIDE),
         box(x, y + PITCH - 100, x + SIDE, y + 2 * PITCH - 100)],
    )  # fmt: skip


def frames():
    return {
        "households": households(),
        "villages": villages(),
        "coal_ban_zones": zones(),
        **layers(),
    }
