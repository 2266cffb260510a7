"""A made-up edition the size of Hejin, drawn by a seeded hand: what the pages are tested on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from pages.made_ground import HEART, collection, ground, pipes, read_csv
from pages.made_growth import growth
from pages.made_rows import MONTHS, NO_WORDS, gap, pinyin, target, village, zone
from shapely.geometry import Point
from shapely.ops import unary_union

from gis.pages.model import Edition
from gis.pages.point_encoding import Points
from gis.pages.scenario_rows import Comparison

CREDITS = [
    ("villages", {"zh": "村界（合成）", "en": "Villages (synthetic)"}, "MIT", "2024-10-01"),
    ("targets", {"zh": "任务表", "en": "Targets"}, "公开文件", "2024-04-01"),
    ("heat_pipes", NO_WORDS, "CC0", ""),
]
GAPS = [
    ("zone_without_plan", ("heat_pipe", 480.0, "m")),
    ("built_up", ("heat_pipe", 260.0, "m")),
    ("not_connected", ("heat_pipe", 60.0, "m")),
    ("headroom", ("transformer", 200.0, "kVA")),
]


def credit(layer: str, name: dict[str, str], licence: str, as_of: str) -> dict[str, Any]:
    source = "国家统计局 2023 年行政区划代码；村界为合成"
    return {
        "layer": layer,
        "name": name,
        "source": source,
        "licence": licence,
        "as_of": as_of,
        "steward": "市清洁取暖办",
    }


def township(row: dict[str, str], villages: list[dict[str, Any]]) -> dict[str, Any]:
    initials, full = pinyin(row["township"])
    mine = [v for v in villages if v["township_code"] == row["township_code"]]
    return {
        "code": row["township_code"],
        "name": row["township"],
        "initials": initials,
        "pinyin": full,
        "villages": len(mine),
    }


def zones() -> list[dict[str, Any]]:
    seven = "96 户未清零，其中 7 户巡查发现散煤尚未整改。"
    old = "621 户缺少 60 天内的巡查记录。"
    reasons = [
        {"zh": seven, "en": "96 homes are not cleared; coal at 7 of them stands unrectified."},
        {"zh": old, "en": "621 homes have no visit within 60 days."},
    ]
    counts = {"inside": 8421, "cleared": 7704, "not_cleared": 96, "unknown": 621}
    open_items = {"undecidable": 38, "coal_findings": 7, "open_complaints": 2}
    bound = {"share_certain": 0.9149, "share_possible": 0.9886}
    north = {"inside": 612, "cleared": 590, "unknown": 22}
    missing = [{"zh": "22 户缺少巡查记录。", "en": "22 homes have no visit on record."}]
    sure = {"share_certain": 0.964, "share_possible": 1.0, "reasons": missing}
    return [
        zone("Z1", "城区禁煤区", "not_cleared", reasons=reasons, **counts, **open_items, **bound),
        zone("Z2", "柴家镇北禁煤区", "unconfirmed", **north, **sure),
    ]


def gaps(villages: list[dict[str, Any]], areas: dict[str, Any]) -> list[dict[str, Any]]:
    near = sorted(villages, key=lambda v: v["pipe_m"] or 0)
    picked = [near[n] for n in (3, 8, 15, 40, 80, 110, 130)]
    return [
        gap(n + 1, GAPS[n % 4][0], place, areas[place["code"]], GAPS[n % 4][1])
        for n, place in enumerate(picked)
    ]


def geometry(villages: list[dict[str, Any]], areas: dict[str, Any], outline: Any) -> dict[str, Any]:
    """Every layer the pages know, of the simplest shape."""
    ring = Point(HEART).buffer(1.0).exterior.coords
    ban = shapely.Polygon(
        [(HEART[0] + (x - HEART[0]) * 0.042, HEART[1] + (y - HEART[1]) * 0.034) for x, y in ring]
    )
    names = {row["township_code"]: row["township"] for row in read_csv("townships.csv")}
    cells = {
        code: unary_union([areas[v["code"]] for v in villages if v["township_code"] == code])
        for code in names
    }
    river = [(110.85, 35.58), (110.78, 35.57), (110.72, 35.575), (110.66, 35.56), (110.55, 35.53)]
    road = [(110.64, 35.74), (110.70, 35.63), HEART, (110.74, 35.50)]
    gas = shapely.box(110.60, 35.62, 110.645, 35.66)
    layers = {
        "outline": [({}, outline)],
        "townships": [({"code": code, "name": names[code]}, cell) for code, cell in cells.items()],
        "villages": [({"code": code}, area) for code, area in areas.items()],
        "pipes": pipes(outline),
        "sources": [({"name": "热源厂"}, Point(HEART))],
        "zones": [
            ({"zone_id": "Z1"}, ban),
            ({"zone_id": "Z2"}, shapely.box(110.73, 35.53, 110.775, 35.553)),
        ],
        "built_up": [({}, Point(HEART).buffer(0.026))],
        "rivers": [({"name": "汾河"}, shapely.LineString(river).intersection(outline))],
        "roads": [({"name": "G209"}, shapely.LineString(road).intersection(outline))],
        "gas": [({"status": "in_service", "secured": True}, gas.intersection(outline))],
    }
    layers["water"] = [({}, Point(HEART[0] - 0.03, HEART[1] + 0.02).buffer(0.006))]
    layers["contours"] = [
        ({"m": 420.0 + 10 * n}, shapely.LineString(Point(HEART).buffer(0.03 + 0.004 * n).exterior))
        for n in range(4)
    ]
    layers["buildings"] = [
        ({}, shapely.box(x, y, x + 0.0004, y + 0.0003))
        for x, y in ((HEART[0] + 0.001 * n, HEART[1] + 0.0006 * (n % 5)) for n in range(20))
    ]
    east, north = (HEART[0] + 0.02, HEART[1]), (HEART[0], HEART[1] + 0.01)
    mains = [({"branch_id": "1"}, [HEART, east]), ({"branch_id": "2"}, [HEART, north])]
    layers["mains"] = [(row, shapely.LineString(way)) for row, way in mains]
    return {name: collection(rows) for name, rows in layers.items()}


def city(kind: str = "public", **changes: Any) -> Edition:
    """The made-up edition; `changes` replace fields."""
    outline, placed = ground()
    rng = np.random.default_rng(11)
    villages = [village(row, area, rng) for row, area in placed]
    areas = {row["village_code"]: area for row, area in placed}
    targets = [row for row in read_csv("targets.csv") if row["electric"] and row["unit_code"]]
    edition = Edition(
        kind=kind,
        name="hejin-2024",
        title={"zh": "河津市2024年冬季清洁取暖", "en": "Hejin clean heating, winter 2024"},
        as_of="2024-10-31",
        deadline="2024-11-15",
        document="河政办发〔2024〕8号",
        demonstration=True,
        review_no="",
        maps=True,
        why_no_maps=NO_WORDS,
        credits=[credit(*row) for row in CREDITS],
        villages=villages,
        townships=[township(row, villages) for row in read_csv("townships.csv")],
        months=MONTHS,
        targets=[target(row, villages) for row in targets],
        zones=zones(),
        gaps=(found := gaps(villages, areas)),
        gap_homes=sum(gap["households"] for gap in found),
        route_homes=route_homes(villages),
        geometry=geometry(villages, areas, outline),
        growth=growth(villages, kind),
        unanswered=[{"zh": "没有台区变压器图层。", "en": "There is no transformer layer."}],
        unverified=[
            {
                "name": {"zh": "单位面积热负荷", "en": "Heat load by area"},
                "value": "50",
                "unit": "W/m²",
                "low": 40.0,
                "high": 60.0,
                "effects": [],
            }
        ],
    )
    if kind == "planner":
        counts = {"read": 100231, "placed": 99874, "outside": 341, "rejected": 16}
        points = households(villages, areas)
        edition = replace(
            edition,
            points=points,
            summary={"households": counts, "without_location": 41},
            zone_villages=zone_villages(villages),
            doors=doors(villages, points),
        )
    return replace(edition, **changes)


def zone_villages(villages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    mine = [village["code"] for village in villages if village["zone_id"]][:5]
    return [
        {"zone_id": "Z1", "code": code, "verdict": "cleared" if n == 0 else "not_cleared",
            "inside": 60, "cleared": 50 - n, "not_cleared": n,
         "unknown": 10}
        for n, code in enumerate(mine)
    ]  # fmt: skip


def doors(villages: list[dict[str, Any]], points: Points, n: int = 50) -> Any:
    codes = [one["code"] for one in zone_villages(villages)]
    return {
        "zones": ["Z1"],
        "whys": ["heating_coal", "never_visited"],
        "checks": ["device,stove_removed", "visited"],
        "zone": [0] * n,
        "why": [k % 2 for k in range(n)],
        "check": [k % 2 for k in range(n)],
        "code": [codes[k * len(codes) // n] for k in range(n)],
        "stop": [k + 1 for k in range(n)],
        "id": list(points.ids[:n]) or [f"D{k}" for k in range(n)],
        "inside": [True] * n,
        "clearance": [("not_cleared", "unknown")[k % 2] for k in range(n)],
    }


def route_homes(villages: list[dict[str, Any]]) -> dict[str, int | None]:
    routes = sorted({v["approach"] for v in villages})
    return {
        route: sum(v["households"] for v in villages if v["approach"] == route) for route in routes
    }


def households(villages: list[dict[str, Any]], areas: dict[str, Any], n: int = 20000) -> Points:
    """n households in clumps around a spot of each village."""
    rng = np.random.default_rng(5)
    weight = np.array([v["households"] for v in villages], dtype=float)
    home = rng.choice(len(villages), n, p=weight / weight.sum())
    spots = np.array(
        [
            [areas[v["code"]].representative_point().x, areas[v["code"]].representative_point().y]
            for v in villages
        ]
    )
    spread = np.array([np.sqrt(areas[v["code"]].area) * 0.14 for v in villages])
    offset = rng.normal(0, 1, (n, 2)) * spread[home][:, None]
    routes = ["central", "electric", "gas", "biomass", "done", "undecided"]
    codes = np.array([routes.index(v["approach"]) for v in villages])[home]
    return Points(
        lon=spots[home, 0] + offset[:, 0],
        lat=spots[home, 1] + offset[:, 1] * 0.8,
        village=home,
        categories={
            "approach": (routes, codes),
            "heating": (
                ["coal", "central", "electric", "gas", "none"],
                rng.choice(5, n, p=[0.4, 0.2, 0.3, 0.08, 0.02]),
            ),
            "clearance": (
                ["cleared", "not_cleared", "unknown"],
                rng.choice(3, n, p=[0.7, 0.1, 0.2]),
            ),
        },
        ids=tuple(numbered([villages[v]["code"] for v in home])),
    )


def numbered(codes: list[str]) -> Iterator[str]:
    """Ids as a ledger gives them: one after the other within a village."""
    last: Counter[str] = Counter()
    for code in codes:
        last[code] += 1
        yield f"{code}-{last[code]:05d}"


PLAN_TOTALS = {
    "capital_cny": (42_000_000.0, 120), "household_cny": (9_000_000.0, 120),
    "county_cny": (21_000_000.0, 0), "company_cny": (12_000_000.0, 0), "grid_cny": (7_500_000.0, 0),
    "cost_cny_a": (31_000_000.0, 120), "own_cny_a": (20_000_000.0, 120),
    "running_subsidy_cny_a": (4_000_000.0, 0), "coal_avoided_t_a": (30_000.0, 120),
    "co2_avoided_t_a": (41_000.0, 120), "added_kva": (26_000.0, 0), "overloaded": (38, 0),
    "waiting_villages": (31, 0), "waiting_homes": (4_100, 0), "grid_works": (40, 0),
    "grid_verify": (3, 0), "grid_kva": (9_000.0, 0), "heat_works": (4, 0), "heat_kw": (1_900.0, 0),
    "mains_m": (5_400.0, 0),
}  # fmt: skip


def scenarios(villages: Any) -> Comparison:
    """Every fifth electric village becomes central in one scenario; another rules on two."""
    electric = [v for v in villages if v["approach"] == "electric"]
    changed, held = electric[::5], electric[1:3]
    sides = {v["code"]: [side(v), side(v), side(v)] for v in (*changed, *held)}
    for v in changed:
        why = {"zh": "供热半径由 50 米放宽到 800 米。", "en": "Reach goes from 50 m to 800 m."}
        sides[v["code"]][1] |= {
            "approach": "central", "computed": "central", "moved": v["pending"],
            "move": "electric>central", "reason": why, "clause": "二（一）", "cost_cny_a": 2980.0,
        }  # fmt: skip
    for v in held:
        sides[v["code"]][2] |= {"computed": "gas", "held": True}
    moved = sum(v["pending"] for v in changed)
    move = {"before": "electric", "after": "central", "homes": moved, "villages": len(changed)}
    names = [
        ("现行方案", "The plan"),
        ("供热半径加大", "Wider network"),
        ("气价下降", "Cheaper gas"),
    ]
    keys = ["", "wider", "cheap_gas"]
    factors = [1.0, 1.25, 0.97]
    return Comparison(
        scenarios=[
            {
                "key": key,
                "name": {"zh": zh, "en": en},
                "pending": {
                    "central": 4_000 + moved * (n == 1),
                    "electric": 9_000 - moved * (n == 1),
                },
                "route_homes": {"central": 41_000, "electric": 12_345 + n, "gas": 3_000},
                "totals": {
                    name: {"amount": round(amount * factors[n], 2), "left_out": left}
                    for name, (amount, left) in PLAN_TOTALS.items()
                },
                "moves": [move] if n == 1 else [],
                "changed": len(changed) * (n == 1),
                "moved": moved * (n == 1),
                "held": len(held) * (n == 2),
            }
            for n, (key, (zh, en)) in enumerate(zip(keys, names, strict=True))
        ],
        parameters=[
            {
                "name": {"zh": "热力管接入距离", "en": "Distance to connect to a heat main"},
                "values": [{"zh": one, "en": one} for one in ("50 m", "800 m", "50 m")],
            },
            {
                "name": {"zh": "居民气价", "en": "Household gas price"},
                "values": [
                    {"zh": f"{one} 元/m³", "en": f"{one} yuan/m³"} for one in ("2.6", "2.6", "2.2")
                ],
            },
        ],
        changes=[{"code": code, "sides": sides[code]} for code in sorted(sides)],
    )


def side(village: dict[str, Any]) -> dict[str, Any]:
    return {
        "approach": village["approach"],
        "computed": village["approach"],
        "held": False,
        "moved": 0,
        "move": "",
        "parts": [],
        "reason": village["reason"],
        "clause": village["clause"],
        "cost_cny_a": village["cost_cny_a"],
    }
