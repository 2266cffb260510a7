"""The role of each village in the demonstration. Nothing is known of the real villages.

D  nobody burns coal any more             G  only gas is available, with secured supply
C  heat pipes run through the village     M  remote mountain: only biomass is available
P  pipes miss its outlying hamlet         U  no network reaches it: a coverage gap
H  pipes reach only its main hamlet       B  on this year's list, coal to electric
F  pipes reach it, but the source is full R  the same, and all accepted by now
E  far from pipes, not on the list
"""

from __future__ import annotations

import pandas as pd

_ROLES = {
    "140882001": {
        "D": "001 002 003 004 005 213 216",
        "C": "006 007 008 009 010 200 202 204 205 206 207 208 209 210 211 212",
        "P": "201 214",
        "B": "215 217",
    },
    "140882002": {"D": "016 017 018 200", "G": "001 002 204 206 207 212", "U": "211"},
    "140882003": {"D": "200 203", "C": "205 201", "P": "204", "H": "206", "B": "209 210 212"},
    "140882004": {"C": "200", "U": "209", "D": "203", "B": "204"},
    "140882100": {"B": "205 206 207 212 214", "R": "201", "D": "210 218", "F": "200"},
    "140882101": {"B": "203 209 211 220", "D": "204 222"},
    "140882102": {"C": "208", "B": "200 201 205 207 211", "R": "203", "D": "210"},
    "140882200": {"C": "212 214", "B": "201 202 206 215", "D": "211"},
    "140882203": {"M": "200 201 202 203 204 205 206 207", "D": "208"},
    "140882400": {"D": "498"},
}
_WEIGHTS = {"B": 1.28, "R": 1.2, "P": 1.25, "U": 1.15}

PLANT = "140882400498"
QINGJIAN = "140882002"
WUJIAGUAN = "140882001204"
# Zones defined by units: the first is cleared completely; in the second some evidence is missing.
CLEARED_ZONE = ("140882002016", "140882002017")
UNCONFIRMED_ZONE = ("140882003200", "140882003203")
# Villages that get the cells nearest to the city, in this order; WEST gets the westernmost ones.
NEAR = {
    "140882003": "205 203 201 200 204 206",
    "140882004": "200",
    "140882102": "208",
    "140882200": "214 212",
}
WEST = {"140882002": "211 212 204 206 207", "140882004": "209"}
# D villages that were converted to central heating or gas, not to electricity.
DONE_CENTRAL = frozenset({PLANT, *(f"140882001{n}" for n in ("001", "002", "003", "004", "005"))})
NOT_RURAL = frozenset(f"140882001{n}" for n in ("204", "206", "207", "208", "209", "210"))


def cast(villages: pd.DataFrame) -> pd.DataFrame:
    """The villages with their `role`, `weight` of households, `remote_mountain` and `rural`."""
    code = villages["village_code"]
    roles = {
        township + last: role
        for township, parts in _ROLES.items()
        for role, many in parts.items()
        for last in many.split()
    }
    role = code.map(roles).fillna("E")
    weight = role.map(_WEIGHTS).fillna(1.0).where(~code.isin(CLEARED_ZONE), 0.35)
    committee = villages["village"].str.contains("居委会|虚拟社区")
    return villages.assign(
        role=role,
        weight=weight,
        remote_mountain=role.eq("M"),
        rural=~(committee | code.isin(NOT_RURAL)),
    )


def listed(table: dict[str, str], township_code: str) -> list[str]:
    """The full village codes that `table` lists for a township."""
    return [township_code + last for last in table.get(township_code, "").split()]
