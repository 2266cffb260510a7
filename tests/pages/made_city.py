"""A made-up edition the size of Hejin, drawn by a seeded hand: what the pages are tested on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from pages.made_ground import HEART, collection, ground, pipes, read_csv
from pages.made_rows import MONTHS, NO_WORDS, gap, pinyin, target, village, zone
from shapely.geometry import Point
from shapely.ops import unary_union

from gis.pages.edition import Comparison, Edition, Points


def city(kind: str = "public", **changes: Any) -> Edition:
    """The made-up edition; `changes` replace fields."""
    outline, placed = ground()
    rng = np.random.default_rng(11)
    villages = [village(row, area, rng) for row, area in placed]
    areas = {row["village_code"]: area for row, area in placed}
    ring = Point(HEART).buffer(1.0).exterior
    ban = shapely.Polygon(
        [
            (HEART[0] + (x - HEART[0]) * 0.042, HEART[1] + (y - HEART[1]) * 0.034)
            for x, y in ring.coords
        ]
    )
    south = shapely.box(110.73, 35.53, 110.775, 35.553)
    townships = []
    for row in read_csv("townships.csv"):
        initials, full = pinyin(row["township"])
        mine = [v for v in villages if v["township_code"] == row["township_code"]]
        townships.append(
            {
                "code": row["township_code"],
                "name": row["township"],
                "initials": initials,
                "pinyin": full,
                "villages": len(mine),
                "households": sum(v["households"] for v in mine),
                "pending": sum(v["pending"] for v in mine),
            }
        )
    shapes = {
        t["code"]: unary_union(
            [areas[v["code"]] for v in villages if v["township_code"] == t["code"]]
        )
        for t in townships
    }
    kinds = ["zone_without_plan", "built_up", "not_connected", "headroom"]
    assets = [
        ("heat_pipe", 480.0, "m"),
        ("heat_pipe", 260.0, "m"),
        ("heat_pipe", 60.0, "m"),
        ("transformer", 200.0, "kVA"),
    ]
    near = sorted(villages, key=lambda v: v["pipe_m"] or 0)
    picked = [near[3], near[8], near[15], near[40], near[80], near[110], near[130]]
    river = shapely.LineString(
        [(110.85, 35.58), (110.78, 35.57), (110.72, 35.575), (110.66, 35.56), (110.55, 35.53)]
    )
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
        credits=[
            {
                "layer": "villages",
                "name": {"zh": "村界（合成）", "en": "Villages (synthetic)"},
                "source": "国家统计局 2023 年行政区划代码；村界为合成",
                "licence": "MIT",
                "as_of": "2024-10-01",
                "steward": "市自然资源局",
            },
            {
                "layer": "targets",
                "name": {"zh": "任务表", "en": "Targets"},
                "source": "河政办发〔2024〕8号附件2",
                "licence": "公开文件",
                "as_of": "2024-04-01",
                "steward": "市清洁取暖办",
            },
            {
                "layer": "heat_pipes",
                "name": {"zh": "", "en": ""},
                "source": "演示数据",
                "licence": "CC0",
                "as_of": "",
                "steward": "",
            },
        ],
        villages=villages,
        townships=townships,
        months=MONTHS,
        targets=[
            target(row, villages)
            for row in read_csv("targets.csv")
            if row["electric"] and row["unit_code"]
        ],
        zones=[
            zone(
                "Z1",
                "城区禁煤区",
                "not_cleared",
                inside=8421,
                cleared=7704,
                not_cleared=96,
                unknown=621,
                undecidable=38,
                share_certain=0.9149,
                share_possible=0.9886,
                coal_findings=7,
                open_complaints=2,
                reasons=[
                    {
                        "zh": "96 户未清零，其中 7 户巡查发现散煤尚未整改。",
                        "en": "96 homes are not cleared; coal at 7 of them stands unrectified.",
                    },
                    {
                        "zh": "621 户缺少 60 天内的巡查记录。",
                        "en": "621 homes have no visit within 60 days.",
                    },
                ],
            ),
            zone(
                "Z2",
                "柴家镇北禁煤区",
                "unconfirmed",
                inside=612,
                cleared=590,
                unknown=22,
                share_certain=0.964,
                share_possible=1.0,
                reasons=[{"zh": "22 户缺少巡查记录。", "en": "22 homes have no visit on record."}],
            ),
        ],
        gaps=[
            gap(n + 1, kinds[n % 4], place, areas[place["code"]], assets[n % 4])
            for n, place in enumerate(picked)
        ],
        geometry={
            "outline": collection([({}, outline)]),
            "townships": collection(
                [({"code": t["code"], "name": t["name"]}, shapes[t["code"]]) for t in townships]
            ),
            "villages": collection([({"code": row["village_code"]}, area) for row, area in placed]),
            "pipes": collection(pipes(outline)),
            "sources": collection([({"name": "热源厂"}, Point(HEART))]),
            "zones": collection([({"zone_id": "Z1"}, ban), ({"zone_id": "Z2"}, south)]),
            "built_up": collection([({}, Point(HEART).buffer(0.026))]),
            "rivers": collection([({"name": "汾河"}, river.intersection(outline))]),
            "roads": collection(
                [
                    (
                        {"name": "G209"},
                        shapely.LineString(
                            [(110.64, 35.74), (110.70, 35.63), HEART, (110.74, 35.50)]
                        ).intersection(outline),
                    )
                ]
            ),
            "gas": collection(
                [
                    (
                        {"status": "in_service", "secured": True},
                        shapely.box(110.60, 35.62, 110.645, 35.66).intersection(outline),
                    )
                ]
            ),
        },
        unanswered=[
            {
                "zh": "没有台区变压器图层：煤改电各村的电网余量未核实。",
                "en": "No transformer layer: headroom is unverified.",
            }
        ],
        unverified=[
            {"key": "demand.heat_w_per_m2", "value": "50", "unit": "W/m²"},
            {"key": "electric.kw_per_household", "value": "3.0", "unit": "kW"},
        ],
        points=households(villages, areas) if kind == "planner" else None,
        summary={"households": {"read": 100231, "placed": 99874, "outside": 341, "rejected": 16}}
        if kind == "planner"
        else {},
    )
    return replace(edition, **changes)


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
        ids=tuple(f"{villages[v]['code']}-{k:05d}" for k, v in enumerate(home)),
    )


def scenarios(villages: Any) -> Comparison:
    """Every fifth village on the network's edge goes from electric to central."""
    changed = [
        v for n, v in enumerate(v for v in villages if v["approach"] == "electric") if n % 5 == 0
    ]
    return Comparison(
        a={"zh": "现行方案", "en": "As decided"},
        b={"zh": "供热半径加大", "en": "Wider network"},
        changes=[
            {
                "code": v["code"],
                "a": "electric",
                "b": "central",
                "cost_a_cny": v["cost_cny_a"],
                "cost_b_cny": 2980.0,
                "why": {
                    "zh": "供热半径由 50 米放宽到 800 米。",
                    "en": "Reach goes from 50 m to 800 m.",
                },
            }
            for v in changed
        ],
    )
