"""One run of a small town, put together by hand behind the real facts: what publishing is given.

Township 140882001 has A (40 homes), C (7) and D (5); township 140882002 has B (30). A is approved
for district heating, B proposed electric, C and D published electric. In A 12 homes are of this
year's programme, 8 of them completed (3 in September, 5 in October). Zone Z1 is village A.
"""

from __future__ import annotations

import functools
import pickle
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import pandas as pd
import town
from shapely.geometry import LineString

from gis.audit.clearance import judge_zones
from gis.costs import price_routes
from gis.decide.part_cost import upgrade_table
from gis.editions.run_results import Results
from gis.facts import build_facts
from gis.layers import Layers, Origin, ProjectConfig
from gis.layers.project import Title

A, C, D, B = "140882001001", "140882001002", "140882001003", "140882002001"
SIZES = {A: 40, C: 7, D: 5, B: 30}
BOUNDS = {
    A: (470000, 3940000, 471000, 3941000),
    C: (471000, 3940000, 472000, 3941000),
    D: (472000, 3940000, 473000, 3941000),
    B: (470000, 3941000, 471000, 3942000),
}
DECIDED = {A: ("central", "approved"), C: ("electric", "published"), D: ("electric", "published"),
           B: ("electric", "proposed")}  # fmt: skip
NAMES = {A: "樊村", C: "吴家关", D: "西庄", B: "北阳"}
FORMULA = '=HYPERLINK("http://x","y")'


def homes(sizes: dict[str, int]) -> pd.DataFrame:
    """The ledger: 8 of A's homes converted, everybody else on coal; the last one has no place."""
    rows: list[dict[str, Any]] = []
    for code, number in sizes.items():
        west, south, _, _ = BOUNDS[code]
        for i in range(number):
            done = code == A and i < 8
            rows.append(
                {
                    "household_id": f"HH{code[6:]}{i:04}",
                    "village_code": code,
                    "heating": "central" if done else "coal",
                    "x": west + 100 + 17.0 * i,
                    "y": south + 500 + 13.0 * (i % 5),
                    "in_programme": code == A and i < 12,
                    "plan_year": 2024 if done else None,
                    "accepted_on": ("2024-09-10" if i < 3 else "2024-10-10") if done else None,
                    "acceptance_result": "pass" if done else None,
                    "owner": f"赵某{i}" if i else "钱=甲",
                    "phone": f"1380013{i:04}",
                    "id_number": "11010519491231002X" if i == 0 else None,
                    "address": f"{NAMES[code]}{i}号院",
                    "extra:备注": FORMULA if i == 0 else None,
                }
            )
    rows.append({"household_id": "HHlost0001", "heating": "coal", "reject_reason": ""})
    table = town.households(rows)
    for name in ("owner", "phone", "id_number", "address"):
        table[name] = table[name].astype("str")
    return table


def results(folder: Any, sizes: dict[str, int] | None = None, **project: Any) -> Results:
    """The run; `sizes` are homes by village, `project` what differs in project.toml."""
    sizes = sizes or SIZES
    policy = town.policy(folder)
    (folder / "project.toml").write_text("[project]\n", encoding="utf-8")
    made = pickle.loads(_worked_out(tuple(sizes.items())))  # noqa: S301  # made here
    tables, facts, prices, clearance = made
    about = {"demonstration": True, "map_review_no": "", "publish_proposals": False} | project
    decisions = _decisions(facts)
    return Results(
        project=ProjectConfig(
            folder=folder, name="town", title=Title(zh="小城清洁取暖", en="Town"), crs=town.CRS,
            as_of=about.pop("as_of", town.AS_OF), policy=folder / "policy.toml", targets=None,
            layers={}, zones=(), **about,
        ),
        policy=policy,
        layers=Layers(tables, _origins(tables), ()),
        facts=facts,
        decisions=decisions,
        route_costs=_priced(decisions.villages, prices),
        clearance=clearance,
        progress=_progress(facts),
        gaps=_gaps(),
    )  # fmt: skip


@functools.cache
def _worked_out(sizes: tuple[tuple[str, int], ...]) -> bytes:
    """What costs most of a run, once a process: each run gets its own copy to change."""
    with tempfile.TemporaryDirectory() as folder:
        policy = town.policy(Path(folder))
    tables = _tables(dict(sizes))
    facts = build_facts(tables, policy, town.AS_OF)
    clearance = judge_zones(facts, None, None, None, None, policy, town.AS_OF)
    return pickle.dumps((tables, facts, price_routes(facts, policy), clearance))


def _tables(sizes: dict[str, int]) -> dict[str, Any]:
    villages = town.villages(list(BOUNDS.items()), village=list(NAMES.values()))
    street = LineString([(470000, 3940520), (471000, 3940520)])
    pipe = {"pipe_id": "p1", "status": "in_service", "in_service_on": pd.NaT, "dn_mm": 300.0,
            "role": "secondary", "geometry": street}  # fmt: skip
    zone = {"zone_id": "Z1", "by_units": True, "unit_villages": (A,),
            "geometry": villages.geometry.iloc[0]}  # fmt: skip
    return {
        "households": homes(sizes),
        "villages": villages,
        "heat_pipes": town.layer([pipe]),
        "coal_ban_zones": town.zones(zone),
    }


def _origins(tables: dict[str, Any]) -> tuple[Origin, ...]:
    return tuple(
        Origin(name, f"{name}.csv", "0" * 64, len(table), town.CRS, "utf-8", "测试", "", "", None)
        for name, table in tables.items()
    )


def _decisions(facts: Any) -> Any:
    rows = [_decision(row) for row in facts.villages.to_dict("records")]
    ways = {code: way for code, (way, _) in DECIDED.items()}
    approach = facts.households["village_code"].map(ways).astype("str")
    in_batch = facts.households["in_programme"].fillna(value=False)
    return SimpleNamespace(
        villages=pd.DataFrame(rows),
        tried=pd.DataFrame([_tried(row["village_code"], n) for row in rows for n in (0, 1)]),
        households=pd.DataFrame({"part": "", "approach": approach, "in_batch": in_batch}),
        upgrades=upgrade_table([]),
        problems=(),
    )


def _tried(village: str, number: int) -> dict[str, Any]:
    near = village == A
    route, yes, code = (
        ("central", near, "central_served" if near else "central_far"),
        ("electric", True, "electric_unverified"),
    )[number]
    return {
        "village_code": village, "part": "", "route": route, "eligible": yes, "has_capacity": yes,
        "code": code, "clause": "c1", "reason_zh": "理由。", "reason_en": "Reason.",
        "cost_fen_a": 123_456, "numbers": {},
    }  # fmt: skip


def _decision(row: dict[str, Any]) -> dict[str, Any]:
    code = row["village_code"]
    approach, status = DECIDED[code]
    return {
        **{name: row[name] for name in ("village_code", "village", "township_code", "township")},
        "part": "", "approach": approach, "status": status, "computed": approach,
        "batch": row["in_programme"], "device": "radiator" if approach == "central" else "ashp_air",
        "households": row["households"], "pending": row["pending"], "clause": "c1",
        "reason_zh": f"{row['pending']}户待改造。", "reason_en": f"{row['pending']} homes pending.",
        "runner_up": "electric" if approach == "central" else "",
        "cost_fen_a": row["pending"] * 100_050, "runner_up_cost_fen_a": None,
        "flip_margin_zh": "热力管再近38米", "flip_margin_en": "+38 m to the network",
        "flip_state": "inside", "flip_range_zh": "在区间以内", "flip_range_en": "within its range",
        "dissent": False, "document_no": "河发1号" if status == "approved" else "", "gap": "",
        "complements": "", "ready_on": pd.Timestamp("2024-10-31"), "works": "", "works_zh": "",
        "works_en": "", "works_dear": False, "near_term": "", "interim": "",
        "heating_in_use": "coal", "certainty": "not_run", "how_sure_zh": "未推算",
        "how_sure_en": "not worked out",
    }  # fmt: skip


def _priced(villages: pd.DataFrame, all_routes: pd.DataFrame) -> pd.DataFrame:
    """The routes in force at costs that are easily recognised; the rest of each as it is."""
    pending = villages["pending"].to_numpy()
    table = villages[["village_code", "part"]].assign(route=villages["approach"])
    each = {"cost_per_household_fen_a": 100_050, "own_per_household_fen_a": 60_000}
    bill = {"running_fen_a": 55_555 * pending, "running_subsidy_fen_a": 20_000 * pending}
    named = {"households": pending, **each, **bill}
    rest = all_routes.drop(columns=list(named))
    return table.assign(**named).merge(rest, on=["village_code", "part", "route"], how="left")


def _progress(facts: Any) -> Any:
    units = [
        {"unit_code": unit, "unit": f"t{unit[6:]}", "mode": "central", "target": target,
         "decided": 32 if done else 0, "batch": 12 if done else 0, "completed": done, "late": 0,
         "stock": 0, "reported": 0, "awaiting": 0, "self_checked": 0, "accepted": done,
         "batch_draft": False, "remaining": remaining, "rate_needed_per_week": 2.0,
         "forecast_low": None, "forecast_high": None, "forecast_note": "too_little",
         "ground_zh": "", "ground_en": ""}
        for unit, target, done, remaining in (("140882001", 12, 8, 4), ("140882002", None, 0, None))
    ]  # fmt: skip
    table = pd.DataFrame(units)
    whole = ["target", "remaining", "forecast_low", "forecast_high"]
    table[whole] = table[whole].astype("Int64")
    village = {"village_code": A, "unit_code": A[:9], "mode": "central", "decided": 32, "batch": 12,
               "completed": 8, "late": 0, "stock": 0, "reported": 0, "awaiting": 0,
               "self_checked": 0, "accepted": 8}  # fmt: skip
    months = [
        {"unit_code": A[:9], "village_code": A, "month": month, "mode": "central",
         "completed": n, "in_batch": listed}
        for month, n, listed in (("2024-09", 3, 2), ("2024-10", 5, 5))
    ]  # fmt: skip
    return SimpleNamespace(units=table, villages=pd.DataFrame([village]),
                           months=pd.DataFrame(months), problems=(), unknown=frozenset(),
                           unreported=frozenset(), drafts=frozenset())  # fmt: skip


def _gaps() -> pd.DataFrame:
    gap = {"gap_id": "g1", "rank": 1, "kind": "not_connected", "village_code": A,
           "township_code": A[:9], "households": 14, "x": 470500.0, "y": 3940520.0, "in_zone": True,
           "asset": "heat_pipe", "asset_amount": 120.5, "asset_unit": "m", "cost_fen": 14_000_000,
           "cost_per_household_fen": 1_000_000, "other_asset": "", "other_cost_fen": pd.NA,
           "reason_zh": "14户未接入", "reason_en": "14 homes",
           "clause": "c1"}  # fmt: skip
    return pd.DataFrame([gap])


def points(at: pd.DataFrame) -> Any:
    """Places x, y [m] as points in the town's CRS."""
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(at["x"], at["y"], crs=town.CRS))
