"""The numbers of a publication counted anew from its rows with plain pandas, and the public's rule.

Nothing of the toolkit is used: homes come from planner/households.parquet, routes from
planner/decisions.csv, targets from the project's own table.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import pandas as pd

STEP, MOVE, LEAST = 10, 5, 11
CLEAN = ("electric", "gas", "central", "biomass", "solar")


def rounded(count: int) -> int:
    """To tens, halves downward."""
    return max(ceil((count - MOVE) / STEP), 0) * STEP


@dataclass(frozen=True)
class Counted:
    """homes: one row a household that counts; routes: decisions.csv; targets: by unit and mode."""

    homes: pd.DataFrame
    routes: pd.DataFrame
    targets: dict[tuple[str, str], int]
    as_of: pd.Timestamp
    begins: pd.Timestamp

    @classmethod
    def of(cls, project: Path, out: Path) -> Counted:
        """From the files of a project and its publication."""
        written = tomllib.loads((project / "policy.toml").read_text("utf-8"))
        policy, rules = written["policy"], written["progress"]
        told = tomllib.loads((project / "project.toml").read_text("utf-8"))["project"]
        homes = pd.read_parquet(out / "planner" / "households.parquet")
        routes = pd.read_csv(out / "planner" / "decisions.csv", dtype=str, keep_default_na=False)
        for name in ("households", "pending", "batch"):
            routes[name] = routes[name].astype(int)
        as_of, begins, ends = map(
            pd.Timestamp, (told["as_of"], policy["programme_start"], policy["deadline"])
        )
        homes = homes[(homes["status"] != "rejected") & homes["village_code"].notna()].copy()
        on = pd.to_datetime(homes["accepted_on"])
        clean = homes["heating"].isin(CLEAN)
        bodies = rules["recognised"]
        by = homes["acceptance_by"].astype(object).where(homes["acceptance_by"].notna(), "unnamed")
        known = [who in bodies.get(how, ()) for how, who in zip(homes["heating"], by, strict=True)]
        passed = (homes["acceptance_result"] == "pass") & pd.Series(known, homes.index)
        accepted = clean & passed & (on <= as_of)
        month = on.dt.strftime("%Y-%m")
        if rules["deadline_applies_to"] == "energised_on":
            on = pd.to_datetime(homes["energised_on"]).fillna(on)
            accepted &= on <= as_of
        year = homes["plan_year"]
        this = accepted & (year == policy["plan_year"])
        homes["completed"] = this & on.between(begins, ends)
        homes["late"] = this & (on > ends)
        homes["stock"] = accepted & ((year < policy["plan_year"]) | (on < begins))
        homes["mode"] = homes["heating"].where(clean, homes["approach"])
        homes["month"] = month
        table = pd.read_csv(project / told["targets"], dtype=str)
        targets = {
            (row["unit_code"], mode): int(row[mode])
            for row in table[table["unit_code"].notna()].to_dict("records")
            for mode in ("electric", "gas", "central")
            if pd.notna(row[mode])
        }
        return cls(homes, routes, targets, as_of, begins)

    @property
    def months(self) -> list[str]:
        """From the start of the programme to the as-of day."""
        return [str(one) for one in pd.period_range(self.begins, self.as_of, freq="M")]

    def done_by(self, homes: pd.DataFrame, month: str) -> int:
        """How many of `homes` are completed by the end of the month."""
        return int((homes["completed"] & (homes["month"] <= month)).sum())

    def unit(self, code: str, mode: str) -> pd.DataFrame:
        """The homes of a township that count in a mode."""
        return self.homes[(self.homes["township_code"] == code) & (self.homes["mode"] == mode)]

    def villages(self, codes: list[str]) -> dict[str, int]:
        """The counts of villages together."""
        homes = self.homes[self.homes["village_code"].isin(codes)]
        listed = homes["in_batch"].astype(bool)
        return {
            "households": len(homes),
            "pending": int(homes["pending"].sum()),
            "batch": int(listed.sum()),
            "completed": int(homes["completed"].sum()),
            "batch_done": int((homes["completed"] & listed).sum()),
            "late": int(homes["late"].sum()),
            "stock": int(homes["stock"].sum()),
        }

    def shown(self) -> pd.Series:
        """village_code → the route shown for it: of a split village that of its larger part."""
        ranked = self.routes.sort_values(["village_code", "households", "part"],
                                         ascending=[True, False, True])  # fmt: skip
        return ranked.drop_duplicates("village_code").set_index("village_code")["approach"]

    def zone(self, zone_id: str) -> dict[str, int]:
        """The counts of a zone whose homes stand in no other; sure: cleared wherever it ends."""
        mine = self.homes[self.homes["zone_id"] == zone_id]
        inside = mine[mine["zone_position"] == "inside"]
        line = mine[mine["zone_position"] == "undecidable"]
        counts = inside["clearance"].value_counts()
        names = ("cleared", "not_cleared", "unknown")
        told = {name: int(counts.get(name, 0)) for name in names}
        sure = int((line["clearance"] == "cleared").sum())
        return told | {"inside": len(inside), "undecidable": len(line), "sure": sure}


def public(exact: dict[str, int]) -> dict[str, Any]:
    """What the public may see of a village's exact counts, of LEAST homes or more."""
    seen: dict[str, Any] = {name: exact[name] for name in ("batch_done", "completed")}
    seen["batch"] = exact["batch"] or None
    seen |= {name: rounded(exact[name]) for name in ("pending", "late", "stock")}
    whole = max(rounded(exact["households"]), ceil(max(LEAST, exact["completed"]) / STEP) * STEP)
    known = sum(max(seen[name] - MOVE + 1, 0) for name in ("pending", "late", "stock"))
    while whole + MOVE - known - exact["completed"] < MOVE:
        whole += STEP
    return seen | {"households": whole}
