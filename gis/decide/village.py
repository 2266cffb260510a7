"""Villages as input of the decision: households, parts, priority classes and transformers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gis.facts.floor_area import peak_w
from gis.facts.ledger_state import COMPLETE, UNKNOWN
from gis.facts.transformer_loads import device_watts

if TYPE_CHECKING:
    from gis.facts import Facts
    from gis.policy import Policy

WHOLE, SERVED, UNSERVED = "", "served", "unserved"
NOWHERE = ""  # in place of a transformer id, for homes out of reach of all transformers


class Feeder(NamedTuple):
    """Pending homes on one transformer (NOWHERE: none in reach), and their device power [W]."""

    transformer: str
    homes: int
    device_w: int


@dataclass(frozen=True, slots=True)
class Part:
    """A whole village, or its served or unserved part.

    classes      pending homes by priority class in the policy's order, those of no class last
    gas_reached  pending homes with gas in service; gas_secured: also with secured supply
    placed       pending homes with a usable place: gas is judged over them
    feeders      pending homes by transformer, sorted by id
    peak_w       peak heat of each of the pending homes alone, summed [W]
    """

    name: str
    households: int
    pending: int
    classes: tuple[int, ...]
    gas_reached: int
    gas_secured: int
    placed: int
    feeders: tuple[Feeder, ...]
    peak_w: float


@dataclass(frozen=True, slots=True)
class VillageLedger:
    """What the ledger has of a village, see gis.facts.ledger_state.

    heating   its households by what they heat with, most first
    """

    state: str = COMPLETE
    total: int | None = None
    no_task_on: str = ""
    no_task_document: str = ""
    heating: tuple[tuple[str, int], ...] = ()

    @property
    def known(self) -> bool:
        """Whether anything can be decided of the village."""
        return self.state not in UNKNOWN


@dataclass(frozen=True, slots=True)
class Village:
    """One village; `sides` are its served and unserved part, empty if either has no households.

    share       share of its standing placed homes that the heating network reaches or will reach;
                NaN without such a home
    unplaced    households without a usable place: in none of the numbers on reach
    pipe_m      median distance of those it does not reach [m], inf without pipes
    remote_known  whether the villages layer says if it is remote_mountain
    zone_homes  households inside a coal-ban zone, or too close to its boundary to tell
    served_on   the last day on which a planned main that it needs begins to run; None: needs none
    stations    homes beside a primary main, which an exchange station must serve
    """

    code: str
    share: float
    served: int
    unplaced: int
    pipe_m: float
    piece: str | None
    remote_mountain: bool
    zone_homes: int
    whole: Part
    sides: tuple[Part, ...]
    ledger: VillageLedger = VillageLedger()
    remote_known: bool = True
    served_on: date | None = None
    stations: int = 0


def village_states(facts: Facts, policy: Policy) -> list[Village]:
    """Every village of the layer in the order of its code."""
    waiting = flag_households(facts, policy)
    sides = _Sides(_counts(waiting), _peaks(waiting), _by_side(facts.links))
    table = facts.villages.sort_values("village_code")
    return [_village(row, sides) for row in table.to_dict("records")]


class _Sides(NamedTuple):
    """Sums by (village_code, whether within reach of the network)."""

    counts: dict[tuple[str, bool], list[int]]
    peaks_w: dict[tuple[str, bool], float]
    feeders: dict[tuple[str, bool], list[Feeder]]


def _village(row: dict[str, object], known: _Sides) -> Village:
    code, households, reached = (
        str(row["village_code"]),
        _int(row["households"]),
        _int(row["reached"]),
    )
    sides = tuple(
        _part(name, size, (code, on), known)
        for name, on, size in ((SERVED, True, reached), (UNSERVED, False, households - reached))
    )
    piece = row["source_piece"]
    placed = isinstance(piece, str)
    return Village(
        code=code,
        share=float(row["served_share"]),  # type: ignore[arg-type]
        served=_int(row["served"]),
        unplaced=_int(row["unplaced"]),
        pipe_m=float(row["pipe_m"]),  # type: ignore[arg-type]
        piece=str(piece) if placed else None,
        remote_mountain=_is_yes(row["remote_mountain"]),
        remote_known=_is_yes(row.get("remote_known", True)),
        zone_homes=_int(row["in_zone"]) + _int(row["undecidable"]),
        whole=_merge_parts(*sides),
        sides=sides if 0 < reached < households else (),
        ledger=_ledger(row),
        served_on=_day(row.get("served_on")),
        stations=_int(row.get("stations", 0)),
    )


def _ledger(row: dict[str, object]) -> VillageLedger:
    heating = [
        (name.removeprefix("n_"), _int(homes))
        for name, homes in row.items()
        if name.startswith("n_") and _int(homes)
    ]
    total, stated = row["households_total"], row["no_task_on"]
    return VillageLedger(
        state=str(row["ledger_state"]),
        total=None if pd.isna(total) else _int(total),
        no_task_on="" if pd.isna(stated) else f"{stated:%Y-%m-%d}",
        no_task_document=str(row["no_task_document"]),
        heating=tuple(sorted(heating, key=lambda pair: (-pair[1], pair[0]))),
    )


def _day(value: object) -> date | None:
    return value.date() if isinstance(value, pd.Timestamp) and not pd.isna(value) else None


def _is_yes(value: object) -> bool:
    """True only for a yes; a blank counts as no."""
    return isinstance(value, bool) and value


def _int(value: object) -> int:
    return int(value)  # type: ignore[call-overload]


def _part(name: str, households: int, side: tuple[str, bool], known: _Sides) -> Part:
    reached, secured, placed, *classes = known.counts.get(side, [0, 0, 0])
    return Part(
        name=name,
        households=households,
        pending=sum(classes),
        classes=tuple(classes),
        gas_reached=reached,
        gas_secured=secured,
        placed=placed,
        feeders=_merged(known.feeders.get(side, [])),
        peak_w=known.peaks_w.get(side, 0.0),
    )


def _merge_parts(served: Part, unserved: Part) -> Part:
    size = max(len(served.classes), len(unserved.classes))
    padded = [part.classes or (0,) * size for part in (served, unserved)]
    return Part(
        name=WHOLE,
        households=served.households + unserved.households,
        pending=served.pending + unserved.pending,
        classes=tuple(a + b for a, b in zip(*padded, strict=True)),
        gas_reached=served.gas_reached + unserved.gas_reached,
        gas_secured=served.gas_secured + unserved.gas_secured,
        placed=served.placed + unserved.placed,
        feeders=_merged((*served.feeders, *unserved.feeders)),
        peak_w=round(served.peak_w + unserved.peak_w, 1),
    )


def _merged(feeders: Iterable[Feeder]) -> tuple[Feeder, ...]:
    """The same homes with one entry per transformer that has any, sorted by id."""
    homes: Counter[str] = Counter()
    watts: Counter[str] = Counter()
    for one in feeders:
        homes[one.transformer] += one.homes
        watts[one.transformer] += one.device_w
    return tuple(Feeder(name, n, watts[name]) for name, n in sorted(homes.items()) if n)


def flag_households(facts: Facts, policy: Policy) -> pd.DataFrame:
    """Flag the pending homes for the sums by village, by row of the ledger.

    Returns:
        village_code · served (within reach of the network) · transformer_id (NOWHERE: out of reach)
        · device_w · peak_w · reached, secured (by gas) · placed · "0", "1" … (its priority class;
        the last: none)
    """
    waiting = facts.households["pending"].astype(bool)
    homes = facts.households.loc[waiting]
    last = len(policy.priority.order)
    rank = np.full(len(homes), last)
    flags = {
        "coal_ban_zone": homes["zone_position"] == "inside",
        "built_up_area": homes["in_built_up"],
        "named_area": homes["named_area"].fillna("") != "",
    }
    for i, name in reversed(list(enumerate(policy.priority.order))):
        rank[flags[name].to_numpy(bool)] = i
    reached = homes["gas_served"] == "in_service"
    feeder = homes["transformer_id"].fillna(NOWHERE).astype(str)
    return pd.DataFrame(
        {
            "village_code": homes["village_code"].astype(str).astype("category"),
            "served": homes["within_reach"],
            "transformer_id": feeder.astype("category"),
            "device_w": device_watts(homes, policy.electric),
            "peak_w": peak_w(facts.households, policy)[waiting],
            "reached": reached,
            "secured": reached & homes["gas_secured"].fillna(value=False).astype(bool),
            "placed": homes["served"] != "",
            **{str(i): rank == i for i in range(last + 1)},
        }
    )


def parts_beyond(homes: pd.DataFrame, waiting: pd.DataFrame, codes: pd.Index) -> dict[str, Part]:
    """The unserved part of each of `codes`, supposing that it consists of `homes`.

    Args:
        homes: `code` by row of the ledger.
        waiting: The table of `flag_households`.
        codes: The village codes.
    """
    sizes = homes["code"].value_counts()
    own = waiting[waiting.index.isin(homes.index)].assign(served=False)
    known = _Sides(_counts(own), _peaks(own), _linked(own))
    return {
        str(code): _part(UNSERVED, int(sizes.get(code, 0)), (str(code), False), known)
        for code in codes
    }


def without_homes(whole: Part, rest: Part) -> Part:
    """The served part of `whole`, where `rest` is the unserved one."""
    fewer = [Feeder(one.transformer, -one.homes, -one.device_w) for one in rest.feeders]
    beyond = rest.classes or (0,) * len(whole.classes)
    return Part(
        name=SERVED,
        households=whole.households - rest.households,
        pending=whole.pending - rest.pending,
        classes=tuple(a - b for a, b in zip(whole.classes, beyond, strict=True)),
        gas_reached=whole.gas_reached - rest.gas_reached,
        gas_secured=whole.gas_secured - rest.gas_secured,
        placed=whole.placed - rest.placed,
        feeders=_merged((*whole.feeders, *fewer)),
        peak_w=round(whole.peak_w - rest.peak_w, 1),
    )


def _peaks(waiting: pd.DataFrame) -> dict[tuple[str, bool], float]:
    """Peak heat of the pending homes on each side, each alone [W]."""
    sums = waiting.groupby(["village_code", "served"])["peak_w"].sum().round(1)
    return {(str(code), bool(on)): float(watts) for (code, on), watts in sums.items()}


def _counts(waiting: pd.DataFrame) -> dict[tuple[str, bool], list[int]]:
    """Gas reached, gas secured, placed, then homes by class, of the pending homes on each side."""
    numbers = waiting.drop(columns=["transformer_id", "peak_w", "device_w"])
    sums = numbers.groupby(["village_code", "served"]).sum()
    rows = zip(sums.index, sums.to_numpy(int).tolist(), strict=True)
    return {(str(code), bool(on)): counts for (code, on), counts in rows}


def _linked(waiting: pd.DataFrame) -> dict[tuple[str, bool], list[Feeder]]:
    """Pending homes by transformer on each side."""
    keys = ["village_code", "served", "transformer_id"]
    sums = waiting.groupby(keys, observed=True)["device_w"].agg(["size", "sum"])
    return _by_side(sums.set_axis(["pending", "device_w"], axis=1).reset_index())


def _by_side(links: pd.DataFrame) -> dict[tuple[str, bool], list[Feeder]]:
    """The rows of Facts.links by village_code and whether within reach of the network."""
    found: dict[tuple[str, bool], list[Feeder]] = {}
    feeder = links["transformer_id"].astype(object).where(links["transformer_id"].notna(), NOWHERE)
    columns = (links["village_code"], links["served"], feeder, links["pending"], links["device_w"])
    for code, on, transformer, homes, watts in zip(*columns, strict=True):
        own = found.setdefault((str(code), bool(on)), [])
        own.append(Feeder(str(transformer), int(homes), int(watts)))
    return found
