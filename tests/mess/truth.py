"""Made-up townships and what is true of them; nothing here knows the product.

A project has several townships with a ledger each. Every home, where it stands and what it heats
with is made first. What the office then writes down, and loses, is in `mess.ledger` and the kinds.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from pyproj import Transformer

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
from demo_layers.gcj import to_gcj02

AS_OF = date(2024, 10, 31)
BEGINS, DEADLINE, PLAN_YEAR = date(2024, 4, 1), date(2024, 11, 15), 2024
EAST, NORTH, SIDE_M = 470_000, 3_940_000, 1000
CLEAN = ("electric", "gas", "central", "biomass")
MODES = ("electric", "gas", "central", "biomass")
TOWNSHIPS = (
    "柳林镇",
    "河东镇",
    "西岭乡",
    "城关镇",
    "北坪乡",
    "石桥镇",
    "泉沟乡",
    "马头镇",
    "杨庄乡",
    "龙门镇",
    "新店镇",
)
_NAMES = ("王家庄", "上院村", "下院村", "南坡", "柏树底村", "大吴村", "小吴村", "古城村", "渡口村", "东湾村",
          "侯村村", "羊圈沟", "黑虎村", "红土村", "沙滩村", "高村村", "前山村", "后山村", "新庄", "老庄")  # fmt: skip
_TO_LONLAT = Transformer.from_crs("EPSG:4546", "EPSG:4490", always_xy=True)
W_PER_M2, DIVERSITY = 50, (0.62, 0.38)  # of the policy's defaults: the peak of n homes is a + b / n
# what a figure of a village rests on, by the columns of `mess.ledger`
RESTS_ON = {
    "households": {"id", "village"},
    "converted": {"id", "village", "heating", "stage"},
    "pending": {"id", "village", "heating", "stage", "occupancy"},
    "unplaced": {"id", "village"},
    "completed": {"id", "village", "heating", "stage", "accepted", "result", "by", "year"},
    "late": {"id", "village", "heating", "stage", "accepted", "result", "by", "year"},
    "stock": {"id", "village", "heating", "stage", "accepted", "result", "by", "year"},
    "area_m2": {"id", "village", "area"},
    "kwh": {"id", "village", "kwh"},
}
SUMS = {"area_m2": "area", "kwh": "kwh"}


@dataclass(eq=False)
class Home:
    """One home as it truly is.

    number    its number in its township
    accepted  the day of its acceptance, None where there was none
    year      the plan year of its conversion
    kwh       what its meter read last season, None without one
    key       its id: the one it has, else its township and number
    lost      the columns whose truth nobody can know from what is written
    wrong     the numbers that stand there instead
    """

    number: int
    village: str
    township: str
    heating: str
    occupied: bool
    x: float
    y: float
    area: float
    accepted: date | None = None
    year: int | None = None
    kwh: float | None = None
    placed: bool = True
    key: str = ""
    lost: set[str] = field(default_factory=set)
    wrong: dict[str, float] = field(default_factory=dict)

    def counts(self, figure: str) -> float:
        """What the home adds to a figure of its village."""
        done = self.heating in CLEAN and self.accepted is not None and self.accepted <= AS_OF
        begun = done and self.accepted is not None and self.accepted >= BEGINS
        said = {
            "households": True,
            "converted": self.heating in CLEAN,
            "pending": self.occupied and self.heating == "coal",
            "unplaced": not self.placed,
            "completed": begun and self.year == PLAN_YEAR,
            "late": False,
            "stock": done and ((self.year or 0) < PLAN_YEAR or not begun),
            "area_m2": self.area,
            "kwh": self.kwh or 0,
        }
        return float(said[figure])

    def lonlat(self, *, gcj: bool = False) -> tuple[float, float]:
        """Degrees in CGCS2000 or GCJ-02."""
        lon, lat = _TO_LONLAT.transform(self.x, self.y)
        if gcj:
            one, other = to_gcj02(np.array([lon]), np.array([lat]))
            lon, lat = float(one[0]), float(other[0])
        return lon, lat


@dataclass
class Township:
    """A township: its villages as the borders name them, their old names, and its homes.

    missing   its ledger has not come
    unlisted  the village that no row of it names
    """

    name: str
    code: str
    villages: list[str]
    corners: dict[str, tuple[float, float]]
    homes: list[Home]
    old: dict[str, str] = field(default_factory=dict)
    missing: bool = False
    unlisted: str = ""

    def village_code(self, village: str) -> str:
        """Its 12 digits."""
        return f"{self.code}{201 + self.villages.index(village)}"

    def of(self, village: str) -> list[Home]:
        """The homes of a village."""
        return [home for home in self.homes if home.village == village]

    def truth(self, village: str) -> dict[str, float]:
        """Every figure of a village."""
        own = self.of(village)
        return {figure: sum(home.counts(figure) for home in own) for figure in RESTS_ON}

    def peak_kw(self, village: str) -> float | None:
        """The peak of a village's homes together, None where an area is not known."""
        own = self.of(village)
        if any(home.lost or not home.area for home in own) or not own:
            return None
        at_once = DIVERSITY[0] + DIVERSITY[1] / len(own)
        return sum(home.area for home in own) * W_PER_M2 / 1000 * at_once

    def completed(self) -> Counter[str]:
        """Mode → the homes completed this year."""
        return Counter(home.heating for home in self.homes if home.counts("completed"))


def make_township(dice: random.Random, at: int) -> Township:
    """The township in a column of a project's map, with 3 to 5 villages and 40 to 120 homes."""
    names = dice.sample(_NAMES, dice.randint(3, 5))
    corners = {
        name: (EAST + at * SIDE_M, NORTH + north * SIDE_M) for north, name in enumerate(names)
    }
    town = Township(TOWNSHIPS[at], f"140799{100 + at}", names, corners, [])
    for name in names:
        for _ in range(dice.randint(14, 23)):
            town.homes.append(_home(dice, town, name))
    return town


def _home(dice: random.Random, town: Township, village: str) -> Home:
    west, south = town.corners[village]
    heating = dice.choice(["coal", "coal", *CLEAN])
    home = Home(
        number=len(town.homes) + 1,
        village=village,
        township=town.name,
        heating=heating,
        occupied=dice.random() < 0.9,
        x=west + dice.uniform(80, SIDE_M - 80),
        y=south + dice.uniform(80, SIDE_M - 80),
        area=dice.randint(60, 180),
        placed=dice.random() < 0.95,
        key=f"{town.code}-{len(town.homes) + 1}",
    )
    if heating == "electric":
        home.kwh = dice.randint(800, 4000)
    if heating in CLEAN and dice.random() < 0.8:
        first = dice.choice([BEGINS, BEGINS, date(2022, 9, 1)])
        home.accepted = first + timedelta(days=dice.randint(0, 200))
        home.year = home.accepted.year
    return home
