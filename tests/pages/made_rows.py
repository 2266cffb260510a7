"""The made-up city's rows: villages with a route and a reason, targets, zones and gaps."""

from __future__ import annotations

from typing import Any

import numpy as np
from pages.made_ground import HEART
from pypinyin import Style, lazy_pinyin

MONTHS = ["2024-04", "2024-05", "2024-06", "2024-07", "2024-08", "2024-09", "2024-10"]
NO_WORDS = {"zh": "", "en": ""}

REASON = {
    "central": (
        "在运热力管网已到村，{n} 户全部可接入，热源尚有剩余供热能力。",
        "Mains in service reach all {n} homes; the source has capacity left.",
    ),
    "electric": (
        "距最近在运热力管 {km} 千米，超出供热半径；台区可开放容量 118 kVA，可承载全部 {n} 户。",
        "The nearest main is {km} km away; 118 kVA of headroom carries all {n} homes.",
    ),
    "gas": (
        "在运燃气管网已到村，气源有保障。",
        "Gas mains in service reach it and supply is secured.",
    ),
    "biomass": (
        "偏远山区，热力与燃气管网均不可达，采用生物质燃料加专用炉具。",
        "Remote mountain: no mains reach it; fuel and dedicated stoves.",
    ),
    "done": ("{n} 户均已使用清洁取暖。", "All {n} homes already heat clean."),
    "undecided": (
        "管网不可达，台区可开放容量不足，尚无可行方式。",
        "No mains reach it and the grid has no headroom.",
    ),
}
CLAUSE = {
    "central": "二（一）",
    "electric": "二（二）",
    "gas": "二（三）",
    "biomass": "二（四）",
    "done": "一（二）3",
    "undecided": "二（二）",
}
DEVICE = {
    "central": "radiator",
    "electric": "ashp_air",
    "gas": "gas_boiler",
    "biomass": "biomass_stove",
}


def pinyin(name: str) -> tuple[str, str]:
    initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))
    return initials, "".join(lazy_pinyin(name)).capitalize()


def route(row: dict[str, str], x: float, y: float, rng: np.random.Generator) -> str:
    if np.hypot((x - HEART[0]) * 0.81, y - HEART[1]) < 0.035:
        return "undecided" if rng.random() < 0.06 else "central"
    if row["township_code"] == "140882203":
        return "biomass" if rng.random() < 0.85 else "done"
    if row["township_code"] == "140882002" and rng.random() < 0.5:
        return "gas"
    return str(rng.choice(["electric", "done", "undecided"], p=[0.86, 0.12, 0.02]))


def village(row: dict[str, str], area: Any, rng: np.random.Generator) -> dict[str, Any]:
    spot = area.representative_point()
    approach = route(row, spot.x, spot.y, rng)
    n = int(rng.integers(60, 1600))
    pending = 0 if approach == "done" else int(n * rng.uniform(0.3, 0.9))
    batch = (
        int(pending * rng.uniform(0.3, 1.0))
        if approach == "electric" and rng.random() < 0.6
        else None
    )
    steps = np.sort(rng.integers(0, (batch or 0) + 1, len(MONTHS)))
    if batch and rng.random() < 0.3:
        steps[-1] = batch
    km = round(float(np.hypot((spot.x - HEART[0]) * 90, (spot.y - HEART[1]) * 111)), 1)
    zh, en = REASON[approach]
    name = row["village"].removesuffix("村委会").removesuffix("居委会")
    initials, full = pinyin(name)
    second = {
        "electric": "central",
        "central": "electric",
        "gas": "electric",
        "biomass": "electric",
    }.get(approach, "")
    return {
        "code": row["village_code"],
        "name": name,
        "township_code": row["township_code"],
        "township": row["township"],
        "initials": initials,
        "pinyin": full,
        "approach": approach,
        "status": str(rng.choice(["approved", "published"])),
        "computed": approach,
        "dissent": False,
        "clause": CLAUSE[approach],
        "reason": {"zh": zh.format(n=n, km=km), "en": en.format(n=n, km=km)},
        "document_no": "河清暖办〔2024〕12号",
        "device": DEVICE.get(approach, ""),
        "households": n,
        "pending": pending,
        "batch": batch,
        "batch_done": int(steps[-1]) if batch else None,
        "completed": int(steps[-1]) if batch else None,
        "late": 0,
        "stock": int(n - pending),
        "reported": 0,
        "batch_draft": False,
        "merged": False,
        "counted_with": [],
        "cost_cny_a": float(rng.integers(900, 2400)),
        "own_cny_a": float(rng.integers(500, 1500)),
        "subsidy_cny_a": float(rng.integers(300, 1040)),
        "bill_cny_a": 1480.0,
        "bill_subsidy_cny_a": 410.0,
        "runner_up": second,
        "runner_up_cost_cny_a": float(rng.integers(2400, 4000)) if second else None,
        "flip": {"zh": f"管网延伸 {int(km * 950)} 米", "en": f"+{int(km * 950)} m of main"}
        if km > 3
        else NO_WORDS,
        "heating_homes": [{"kind": "electric", "homes": n, "secure": None}]
        if approach == "done"
        else [],
        "pipe_m": 0.0 if approach == "central" else km * 1000,
        "contact": {
            "zh": f"{row['township']}清洁取暖办",
            "en": f"{row['township']} heating office",
        },
        "zone_id": "Z1" if km < 4 else "",
        "gap": "headroom" if approach == "undecided" else "",
        "months": [int(step) for step in steps] if batch else [None] * len(MONTHS),
        "batch_months": [int(step) for step in steps] if batch else [None] * len(MONTHS),
        "parts": [],
        "tried": [
            {
                "route": "central",
                "eligible": approach == "central",
                "clause": "二（一）",
                "reason": {
                    "zh": f"距最近热力管 {km} 千米。",
                    "en": f"{km} km to the nearest main.",
                },
                "cost_cny_a": 3640.0,
            },
            {
                "route": "electric",
                "eligible": True,
                "clause": "二（二）",
                "reason": {"zh": "台区可开放容量 118 kVA。", "en": "118 kVA of headroom."},
                "cost_cny_a": 1180.0,
            },
        ],
    }


def zone(zone_id: str, name: str, verdict: str, **counts: Any) -> dict[str, Any]:
    return {
        "zone_id": zone_id,
        "zone": name,
        "verdict": verdict,
        "inside": 0,
        "cleared": 0,
        "not_cleared": 0,
        "unknown": 0,
        "undecidable": 0,
        "share_certain": None,
        "share_possible": None,
        "coal_findings": 0,
        "open_complaints": 0,
        "document_no": "河政发〔2023〕15号",
        "effective_on": "2023-10-01",
        "expires_on": "",
        "reasons": [],
        **counts,
    }


def gap(
    rank: int, kind: str, place: dict[str, Any], area: Any, asset: tuple[str, float, str]
) -> dict[str, Any]:
    spot = area.representative_point()
    kind_of, amount, unit = asset
    return {
        "gap_id": f"G{rank}",
        "rank": rank,
        "kind": kind,
        "village_code": place["code"],
        "village": place["name"],
        "township": place["township"],
        "in_zone": kind == "zone_without_plan",
        "households": 40 * (8 - rank),
        "asset": kind_of,
        "asset_amount": amount,
        "asset_unit": unit,
        "cost_cny": 68000.0 * (9 - rank),
        "cost_per_household_cny": 1700.0 + 90 * rank,
        "other_asset": "heat_pipe" if kind_of != "heat_pipe" else "",
        "other_cost_cny": 99000.0 if kind_of != "heat_pipe" else None,
        "unit": "市住建局",
        "reason": {
            "zh": f"距在运热力管 {rank * 130} 米，未列入延伸计划。",
            "en": f"{rank * 130} m from a main in service; no extension planned.",
        },
        "clause": "二（一）",
        "lon": spot.x,
        "lat": spot.y,
    }


def target(row: dict[str, str], villages: list[dict[str, Any]]) -> dict[str, Any]:
    mine = [v for v in villages if v["township_code"] == row["unit_code"]]
    done = sum(v["completed"] or 0 for v in mine)
    aim = int(row["electric"])
    done = min(done, aim)
    by_month = (sum(v["months"][n] or 0 for v in mine) for n in range(len(MONTHS)))
    return {
        "unit_code": row["unit_code"],
        "unit": row["unit"].removesuffix("办"),
        "mode": "electric",
        "target": aim,
        "decided": sum(v["pending"] or 0 for v in mine),
        "batch": sum(v["batch"] or 0 for v in mine),
        "completed": done,
        "late": 0,
        "stock": sum(v["stock"] or 0 for v in mine),
        "reported": 0,
        "batch_draft": False,
        "remaining": aim - done,
        "rate_needed": (aim - done) / (15 / 7),
        "forecast_low": int(done * 1.05),
        "forecast_high": int(done * 1.2),
        "note": NO_WORDS,
        "months": [min(n, aim) for n in by_month],
    }
