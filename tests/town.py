"""A small made-up town in plain tables, for tests: everything in metres, nothing read from disk."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import box

from gis.policy import Policy, read_policy

CRS = "EPSG:4546"
AS_OF = date(2024, 10, 31)
POLICY = """
[policy]
name = "test"
document = "test 1"
plan_year = 2024
programme_start = 2024-04-01
deadline = 2024-11-15
[[routes]]
route = "central"
clause = "c1"
[[routes]]
route = "electric"
clause = "c2"
devices = ["ashp_air", "ashp_water"]
[[routes]]
route = "gas"
clause = "c3"
[[routes]]
route = "biomass"
clause = "c4"
[demand]
diversity_a = { value = 0.62, source = "measured", verified = true }
diversity_b = { value = 0.38, source = "measured", verified = true }
[heat_sources]
reserve_share = 0
[progress]
deadline_applies_to = "accepted_on"
[progress.recognised]
electric = ["township", "third_party", "unnamed"]
central = ["township", "third_party", "unnamed"]
gas = ["township", "third_party", "unnamed"]
biomass = ["township", "third_party", "unnamed"]
solar = ["township", "third_party", "unnamed"]
[clearance]
fresh = "days"
"""

_TEXT = (
    "household_id village_code heating occupancy device device_chosen acceptance_by "
    "acceptance_result season reject_reason ledger_file ledger_sheet"
).split()
_DATES = (
    "occupancy_on signed_on installed_on energised_on accepted_on stove_removed_on coal_removed_on"
).split()
_BOOLS = "in_programme self_converted".split()
_NUMBERS = "x y floor_area_m2 accuracy_m plan_year heating_kwh heating_m3 heating_t".split()


def policy(folder: Path, extra: str = "") -> Policy:
    """The test policy with `extra` TOML behind it."""
    path = folder / "policy.toml"
    path.write_text(POLICY + extra, encoding="utf-8")
    return read_policy(path)


def households(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """A ledger as intake hands it on; what a row leaves out is missing."""
    table = pd.DataFrame(rows)
    table = table.reindex(
        columns=list(dict.fromkeys([*table.columns, *_TEXT, *_DATES, *_BOOLS, *_NUMBERS]))
    )
    for name in _TEXT:
        table[name] = table[name].astype("str")
    for name in _DATES:
        table[name] = pd.to_datetime(table[name])
    for name in _BOOLS:
        table[name] = table[name].astype("boolean")
    for name in _NUMBERS:
        table[name] = table[name].astype(float)
    table["occupancy"] = table["occupancy"].fillna("occupied")
    table["reject_reason"] = table["reject_reason"].fillna("")
    table["ledger_file"] = "households.csv"
    table["ledger_sheet"] = ""
    table["ledger_row"] = range(2, len(table) + 2)
    return table


def villages(
    rows: list[tuple[str, tuple[float, float, float, float]]], **columns: Any
) -> gpd.GeoDataFrame:
    """Rectangular villages by 12-digit code and bounds [m]; township is the code's first nine."""
    codes = [code for code, _ in rows]
    table = {
        "village_code": codes,
        "village": [f"v{code[-3:]}" for code in codes],
        "township_code": [code[:9] for code in codes],
        "township": [f"t{code[6:9]}" for code in codes],
        "remote_mountain": False,
        "rural": True,
        **columns,
    }
    return gpd.GeoDataFrame(table, geometry=[box(*bounds) for _, bounds in rows], crs=CRS)


def zones(*rows: dict[str, Any]) -> gpd.GeoDataFrame:
    """Coal-ban zones: dicts with zone_id, geometry and what differs from the usual."""
    usual = {
        "zone": "zone", "effective_on": pd.Timestamp("2023-10-01"), "expires_on": pd.NaT,
        "document_no": "", "by_units": False, "unit_villages": (), "worded": False,
        "stated_area_km2": float("nan"),
    }  # fmt: skip
    table = pd.DataFrame([usual | row for row in rows], columns=["zone_id", *usual, "geometry"])
    table["expires_on"] = pd.to_datetime(table["expires_on"])
    return gpd.GeoDataFrame(table, geometry="geometry", crs=CRS)


def layer(rows: list[dict[str, Any]], *dates: str) -> gpd.GeoDataFrame:
    """Any layer with a geometry; the named columns become dates."""
    table = gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS)
    for name in dates:
        table[name] = pd.to_datetime(table[name]) if name in table else pd.NaT
    return table
