"""Stages of work: each home's heating, and the progress of this year's conversions."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from demo_layers import story
from demo_layers.dice import stream
from demo_layers.settlements import portion

AS_OF = np.datetime64("2024-10-31")
_OPEN = np.datetime64("2024-05-20")  # first acceptances of the year
_DAY = np.timedelta64(1, "D")
_NEVER = np.datetime64("NaT", "D")
_PROGRESS = (0.97, 0.9, 0.72, 0.55, 0.38, 0.2)  # accepted share of this year's villages, in order
_STOCK = {  # range of the share of homes converted in earlier years
    "D": (1.0, 1.0), "C": (0.62, 0.92), "P": (0.55, 0.8), "H": (0.5, 0.75), "F": (0.3, 0.45),
    "G": (0.25, 0.6), "M": (0.05, 0.3), "U": (0.02, 0.1), "B": (1.0, 1.0), "R": (1.0, 1.0),
}  # fmt: skip
_MODE = {"C": "central", "P": "central", "H": "central", "F": "central", "G": "gas", "M": "biomass"}
_DEVICES = {
    "central": (("radiator", 1.0),),
    "gas": (("gas_boiler", 1.0),),
    "biomass": (("biomass_stove", 1.0),),
    "solar": (("", 1.0),),
    "electric": (
        ("ashp_air", 0.8),
        ("ashp_water", 0.15),
        ("gshp", 0.02),
        ("central_electric", 0.03),
    ),
}
Table = dict[str, np.ndarray]  # columns of equal length
DATES = (
    "signed_on",
    "installed_on",
    "energised_on",
    "accepted_on",
    "stove_removed_on",
    "coal_removed_on",
)


class Batch(NamedTuple):
    """This year's list: number of homes and accepted share, by village_code."""

    homes: dict[str, int]
    progress: dict[str, float]


def batch(villages: gpd.GeoDataFrame, targets: pd.DataFrame) -> Batch:
    """Whole villages whose homes add up to each unit's target exactly."""
    homes: dict[str, int] = {}
    progress: dict[str, float] = {}
    chosen = villages[villages["role"].isin(["B", "R"])]
    for target in targets.dropna(subset=["electric", "unit_code"]).itertuples():
        unit = chosen[chosen["township_code"] == target.unit_code]
        counts = portion(unit["households"].to_numpy(float), int(target.electric))
        homes |= dict(zip(unit["village_code"], counts.tolist(), strict=True))
        shares = iter(_PROGRESS * 2)
        progress |= {
            v.village_code: 1.0 if v.role == "R" else next(shares) for v in unit.itertuples()
        }
    return Batch(homes, progress)


def work(homes: pd.DataFrame, villages: gpd.GeoDataFrame, listed: Batch, seed: int) -> pd.DataFrame:
    """`homes` with heating, device, dates, acceptance and occupancy."""
    parts = []
    role = villages.set_index("village_code")["role"]
    for code, group in homes.groupby("village_code", sort=False):
        rng = stream(seed, "work", code)
        table = _blank(group)
        this_year = _listed_homes(table, listed.homes.get(code, 0), rng)
        _occupancy(table, this_year, rng)
        _stock(table, role[code], code, ~this_year, rng)
        _this_year(table, this_year, listed.progress.get(code, 0.0), rng)
        parts.append(table)
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return pd.DataFrame(whole)


def _blank(group: pd.DataFrame) -> Table:
    """The homes of one village by column, before any work was done."""
    n = len(group)
    words = {"heating": "coal", "device": "", "occupancy": "occupied"}
    words |= {"acceptance_by": "", "acceptance_result": ""}
    return (
        {name: group[name].to_numpy() for name in group}
        | {name: np.full(n, word, dtype=object) for name, word in words.items()}
        | {"plan_year": np.zeros(n, dtype=int)}
        | {name: np.zeros(n, dtype=bool) for name in ("in_programme", "self_converted")}
        | {name: np.full(n, _NEVER) for name in DATES}
    )


def _listed_homes(table: Table, count: int, rng: np.random.Generator) -> np.ndarray:
    """Which homes are on this year's list: neighbours, lane by lane."""
    listed = np.zeros(len(table["x"]), dtype=bool)
    if count:
        order = np.argsort(table["y"] + rng.normal(0, 15, len(table["x"])), kind="stable")
        listed[order[:count]] = True
    return listed


def _occupancy(table: Table, this_year: np.ndarray, rng: np.random.Generator) -> None:
    dice = rng.random(len(table["x"]))
    table["occupancy"][~this_year & (dice < 0.04)] = "vacant"
    table["occupancy"][~this_year & (dice > 0.995)] = "demolition"


def _stock(table: Table, role: str, code: str, may: np.ndarray, rng: np.random.Generator) -> None:
    """Homes converted in earlier years."""
    low, high = _STOCK.get(role, _far(rng))
    done = may & (rng.random(len(table["x"])) < rng.uniform(low, high))
    mode = "central" if code in story.DONE_CENTRAL else _MODE.get(role, "electric")
    if role in "PH":
        done &= table["hamlet"] == 0
    if role not in "DBR":
        done &= (table["occupancy"] != "vacant") | (rng.random(len(table["x"])) < 0.3)
    heating = np.where(done, mode, "coal").astype(object)
    if role == "M":
        heating[~done & (rng.random(len(table["x"])) < 0.01)] = "solar"
    if role in "EGMU":
        heating[~done & (heating == "coal") & (rng.random(len(table["x"])) < 0.006)] = "none"
    table["heating"] = heating
    year = int(rng.integers(2018, 2023))
    years = np.minimum(2023, year + rng.choice([0, 0, 0, 1, 2], len(table["x"])))
    autumn = np.array([np.datetime64(f"{y}-08-20") for y in years])
    _dates(table, done, autumn + rng.integers(0, 80, len(table["x"])) * _DAY, rng)
    table["plan_year"][done] = years[done]
    _accepted(table, done, rng)


def _far(rng: np.random.Generator) -> tuple[float, float]:
    """The share of a remote village converted earlier, as a range: none, some, or most."""
    return [(0.0, 0.0), (0.15, 0.5), (0.6, 0.95)][int(rng.choice(3, p=[0.3, 0.35, 0.35]))]


def _dates(table: Table, rows: np.ndarray, accepted: np.ndarray, rng: np.random.Generator) -> None:
    """Dates of signing, installation, energising, stove and coal removal, acceptance, in order."""
    n = len(table["x"])
    energised = accepted - rng.integers(6, 25, n) * _DAY
    installed = energised - rng.integers(3, 20, n) * _DAY
    stove = energised + rng.integers(0, 6, n) * _DAY
    values = {
        "signed_on": installed - rng.integers(10, 60, n) * _DAY,
        "installed_on": installed,
        "energised_on": energised,
        "accepted_on": accepted,
        "stove_removed_on": stove,
        "coal_removed_on": np.minimum(stove + rng.integers(0, 5, n) * _DAY, accepted),
    }
    for name, value in values.items():
        table[name][rows] = value[rows]


def _accepted(table: Table, rows: np.ndarray, rng: np.random.Generator) -> None:
    """Device and acceptance of converted homes."""
    for mode, choices in _DEVICES.items():
        mine = rows & (table["heating"] == mode)
        words, weights = zip(*choices, strict=True)
        table["device"][mine] = rng.choice(words, int(mine.sum()), p=weights)
    table["acceptance_by"][rows] = rng.choice(
        ["third_party", "township", "village"], int(rows.sum()), p=[0.9, 0.08, 0.02]
    )
    table["acceptance_result"][rows] = "pass"
    electric = rows & (table["heating"] == "electric")
    own = electric & ~table["in_programme"] & (rng.random(len(table["x"])) < 0.03)
    table["self_converted"][own] = True
    table["device"][own & (rng.random(len(table["x"])) < 0.5)] = "direct_electric"


def _this_year(table: Table, listed: np.ndarray, progress: float, rng: np.random.Generator) -> None:
    """Homes of this year's list: accepted, energised, installed, signed or only listed."""
    if not listed.any():
        return
    n = len(table["x"])
    for name, value in (("in_programme", True), ("plan_year", 2024), ("heating", "coal")):
        table[name][listed] = value
    span = int((AS_OF - _OPEN) / _DAY)
    days = np.minimum(span, (span * rng.beta(2.2, 1.3, n)).astype(int))
    _dates(table, listed, _OPEN + days * _DAY, rng)
    place = np.full(n, 2.0)
    place[listed] = np.argsort(np.argsort(rng.random(int(listed.sum())))) / listed.sum()
    rest = 1 - progress
    energised = listed & (place < progress + 0.35 * rest)
    accepted = listed & (place < progress)
    table["heating"][energised] = "electric"
    _accepted(table, listed & energised, rng)
    _undo(table, energised & ~accepted, ("accepted_on", "coal_removed_on"))
    for name in ("acceptance_by", "acceptance_result"):
        table[name][listed & ~accepted] = ""
    waiting = listed & ~energised
    _undo(table, waiting, ("energised_on", "accepted_on", "stove_removed_on", "coal_removed_on"))
    table["device"][waiting] = rng.choice(
        ["ashp_air", "ashp_water"], int(waiting.sum()), p=[0.9, 0.1]
    )
    unfitted = listed & (place > progress + 0.75 * rest)
    _undo(table, unfitted, ("installed_on",))
    table["device"][unfitted] = ""
    _undo(table, listed & (place > progress + 0.96 * rest), ("signed_on",))
    if progress < 1:
        table["acceptance_result"][accepted & (rng.random(n) < 0.008)] = "fail"


def _undo(table: Table, rows: np.ndarray, names: tuple[str, ...]) -> None:
    for name in names:
        table[name][rows] = _NEVER
