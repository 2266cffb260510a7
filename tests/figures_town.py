"""A town whose pages have something to get wrong: modes, lists, small villages, routes not told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import small_town
import town

STREET, FAR, SMALL, FULL, DONE, NEXT, SPLIT = VILLAGES = (
    "140882001001", "140882001002", "140882001003", "140882002001", "140882002002",
    "140882002003", "140882001004",
)  # fmt: skip
WEST = dict(zip(VILLAGES, (0, 5000, 6500, 11000, 14000, 1000, 20000), strict=True))
X, Y = 470_000, 3_940_000
# the ceiling is verified and low: no transformer may be bought for NEXT or FULL
POLICY = """
[electric]
max_upgrade_cny_per_household = { value = 1, verified = true }
[scenario.wide.heating_network]
connect_m = 40000
"""
MODES = {"electric": "电", "central": "集中供热", "coal": "煤", "gas": "燃气"}


def homes() -> list[dict[str, Any]]:
    """The ledger: (how many, what they heat with, accepted on, plan year, on this year's list)."""
    told: dict[str, list[tuple[int, str, str, int | None, bool]]] = {
        # 20 by mains and 13 by electricity this year, 11 of earlier years, 17 to go
        STREET: [(20, "central", "2024-06-10", 2024, True),
            (12, "electric", "2024-08-05", 2024, True),
                 (1, "electric", "2024-10-09", 2024, False),
                 (11, "central", "2020-09-01", 2020, False),
                 (17, "coal", "", None, True)],
        # 33 of a list of 40, and five that are on none
        FAR: [(9, "electric", "2024-06-20", 2024, True), (14, "electric", "2024-08-20", 2024, True),
              (10, "electric", "2024-10-20", 2024, True),
              (5, "electric", "2024-09-02", 2024, False),
              (7, "coal", "", None, True), (36, "coal", "", None, False)],
        SMALL: [(2, "electric", "2024-09-15", 2024, True), (5, "coal", "", None, False)],
        # no transformer has room: a gap, and its route is not public
        FULL: [(14, "gas", "2024-07-01", 2024, False), (26, "coal", "", None, False)],
        DONE: [(30, "electric", "2021-10-01", 2021, False)],
        NEXT: [(36, "coal", "", None, False), (3, "electric", "2024-10-30", 2024, False)],
        SPLIT: [(24, "coal", "", None, False)],
    }  # fmt: skip
    rows: list[dict[str, Any]] = []
    for code, groups in told.items():
        each = [group[1:] for group in groups for _ in range(group[0])]
        rows += [_home(code, n, one) for n, one in enumerate(each)]
    rows[3]["occupancy"] = rows[-1]["occupancy"] = "空置"  # one finished, one that burns coal
    return rows


def _home(code: str, n: int, told: tuple[str, str, int | None, bool]) -> dict[str, Any]:
    heating, accepted, year, listed = told
    row = {
        "户编号": f"{code[-6:]}-{n:03}", "行政村代码": code, "采暖方式": MODES[heating],
        "x": X + WEST[code] + 100 + 8 * n, "y": Y + 20, "列入本年计划": "是" if listed else "否",
        "occupancy": "常住",
    }  # fmt: skip
    if accepted:
        row |= {
            "plan_year": year, "accepted_on": accepted, "acceptance_result": "合格",
            "acceptance_by": "第三方", "installed_on": accepted, "energised_on": accepted,
            "stove_removed_on": accepted, "coal_removed_on": accepted,
        }  # fmt: skip
    return row


def write(folder: Path) -> Path:
    """The project of the town in `folder`."""
    small_town.write_with_streets(folder)
    places = [(code, (X + WEST[code], Y, X + WEST[code] + 1000, Y + 1000)) for code in VILLAGES]
    (folder / "villages.gpkg").unlink()
    town.villages(places).to_file(folder / "villages.gpkg")
    pd.DataFrame(homes()).to_csv(folder / "households.csv", index=False, encoding="gb18030")
    (folder / "targets.csv").write_text(
        "unit_code,unit,electric,gas,central,total\n140882001,甲镇,60,,25,85\n"
        "140882002,乙镇,,,,\n,合计,60,,25,85\n", encoding="utf-8",
    )  # fmt: skip
    room = {FAR: 400, SMALL: 100, DONE: 200, NEXT: 10, SPLIT: 200, FULL: 10, STREET: 10}
    grid = [
        {"transformer_id": f"t{code[-4:]}", "village_code": code, "capacity_kva": kva,
         "peak_load_kva": 5, "x": X + WEST[code] + 500, "y": Y + 10}
        for code, kva in room.items()
    ]  # fmt: skip
    pd.DataFrame(grid).to_csv(folder / "transformers.csv", index=False)
    ruled = {STREET: "central", FAR: "electric", DONE: "done", SPLIT: "electric", NEXT: "electric"}
    pd.DataFrame(
        [{"village_code": code, "approach": route, "status": "published", "document_no": "1号",
          "decided_on": "2024-05-01"} for code, route in ruled.items() if code != NEXT]
    ).to_csv(folder / "rulings.csv", index=False)  # fmt: skip
    visits = [
        {"inspection_id": f"i{n}", "household_id": row["户编号"], "inspected_on": "2024-10-25",
         "finding": "clean"}
        for n, row in enumerate(homes()) if row["行政村代码"] == STREET and n % 3
    ]  # fmt: skip
    pd.DataFrame(visits).to_csv(folder / "inspections.csv", index=False)
    project = (folder / "project.toml").read_text("utf-8")
    named = (
        '[layers.rulings]\npath = "rulings.csv"\n[layers.inspections]\npath = "inspections.csv"\n'
    )
    gas = '[layers.gas_coverage]\npath = "gas.geojson"\n'
    project = project.replace(gas, "").replace("[[zones]]", f"{named}[[zones]]", 1)
    (folder / "project.toml").write_text(project, encoding="utf-8")
    with (folder / "policy.toml").open("a", encoding="utf-8") as policy:
        policy.write(POLICY)
    return folder
