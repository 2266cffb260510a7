"""Small towns written down as facts: only what the decision looks at, no geometry.

A hamlet is a village in a few numbers. Its homes stand in a row: the served ones first, then the
others; `zone`, `built_up`, `named`, `gas` count from the first pending one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gis.costs import price_routes
from gis.decide import Connection, Decisions, decide
from gis.errors import Text
from gis.facts import Facts
from gis.facts.transformer_loads import device_watts, sum_by_transformer, transformer_loads
from gis.policy import Policy, read_policy

AS_OF = date(2024, 10, 31)  # of the county; another plan is looked at as long before its deadline
EVERYTHING = frozenset(
    {"households", "villages", "coal_ban_zones", "heat_pipes", "heat_sources", "gas_coverage",
     "transformers"}
)  # fmt: skip
WAY = Connection(
    way=Text("沿东路新建 900 米", "900 m along 东路"),
    each_cny_a=3210,
    piece="p1",
    kw=95,
    runs_on=date(2024, 11, 3),
)  # how a new main reaches a village
CASES = Path(__file__).parents[1] / "policy_cases"


def plan(name: str) -> Policy:
    """The policy `tests/policy_cases/plans/<name>.toml`."""
    return read_policy(CASES / "plans" / f"{name}.toml")


POLICY = plan("county")  # one home takes 1 kVA and 5 kW; transformers may be loaded to the full


def day(policy: Policy) -> date:
    """The as-of day: 15 days before the deadline of the plan."""
    return policy.plan.deadline - timedelta(days=15)


def changed(policy: Policy, **sections: dict[str, Any]) -> Policy:
    """`policy` with some numbers of its sections replaced; mappings are merged."""
    new = {}
    for name, values in sections.items():
        section = getattr(policy, name)
        new[name] = (
            section | values if isinstance(section, dict) else section.model_copy(update=values)
        )
    return policy.model_copy(update=new)


@dataclass(frozen=True)
class Hamlet:
    """One village. Homes that are not pending heat with electricity already."""

    code: str
    pending: int = 10
    clean: int = 0
    served: int = 0  # homes (of all) within reach of the network
    planned: int = 0  # the next ones, by a main that runs by the deadline
    clean_first: bool = True  # the clean homes are the first of the row
    zone: int = 0
    undecidable: int = 0
    built_up: int = 0
    named: int = 0
    gas: int = 0  # pending homes with gas in service
    secured: int | None = None  # of those, with secured supply; None: all
    mountain: bool = False
    rural: bool = True
    piece: str | None = None
    feeders: dict[str, int] | None = None  # pending homes by transformer, in their order
    served_on: date | None = None  # when the last planned main begins to run
    stations: int = 0  # of the served homes, those beside a primary main alone
    pipe_m: float = 500.0  # distance of the homes not served
    listed: int = 0
    signed: int = 0  # homes (of all) that have signed
    signed_on: date = date(2024, 8, 1)
    plan_year: float = np.nan
    device_chosen: str | list[str] | None = None  # one word for all homes, or one a home
    township: str = "140882001"
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def households(self) -> int:
        return self.pending + self.clean


def homes(hamlet: Hamlet) -> dict[str, Any]:
    """One entry a household and column."""
    n = hamlet.households
    order = np.arange(n)
    clean = order < hamlet.clean if hamlet.clean_first else order >= hamlet.pending
    nth = np.where(clean, n, np.cumsum(~clean) - 1)  # number among the pending ones
    served = np.where(
        order < hamlet.served,
        "in_service",
        np.where(order < hamlet.served + hamlet.planned, "planned", "none"),
    )
    gas, secured = (
        nth < hamlet.gas,
        nth < (hamlet.gas if hamlet.secured is None else hamlet.secured),
    )
    ids = [name for name, count in (hamlet.feeders or {}).items() for _ in range(count)]
    feeder = [ids[i] if i < len(ids) else None for i in nth]
    zone = np.where(
        nth < hamlet.zone,
        "inside",
        np.where(nth < hamlet.zone + hamlet.undecidable, "undecidable", "outside"),
    )
    columns = {
        "household_id": [f"{hamlet.code}-{i}" for i in order],
        "village_code": hamlet.code,
        "township_code": hamlet.township,
        "status": "placed",
        "heating": np.where(clean, "electric", "coal"),
        "pending": ~clean,
        "served": served,
        "within_reach": served != "none",
        "pipe_m": np.where(served == "in_service", 10.0, hamlet.pipe_m),
        "gas_served": np.where(gas, "in_service", "none"),
        "gas_secured": secured,
        "zone_position": zone,
        "in_built_up": nth < hamlet.built_up,
        "named_area": np.where(nth < hamlet.named, "吴家关村周边", ""),
        "transformer_id": feeder,
        "in_programme": nth < hamlet.listed,
        "self_converted": False,
        "device": None,
        "device_chosen": hamlet.device_chosen,
        "hardship_class": None,
        "floor_area_m2": np.nan,
        "plan_year": hamlet.plan_year,
        "signed_on": np.where(order < hamlet.signed, np.datetime64(hamlet.signed_on), _NEVER),
        "supplement_paid_on": _NEVER,
    } | hamlet.extra
    return {name: np.broadcast_to(np.asarray(cells, object), n) for name, cells in columns.items()}


_NEVER = np.datetime64("NaT")
_KINDS = {
    "pending": bool, "within_reach": bool, "gas_secured": bool, "in_built_up": bool,
    "in_programme": "boolean",
    "self_converted": "boolean", "floor_area_m2": float, "plan_year": float, "pipe_m": float,
    "heating_kwh": float, "heating_m3": float, "winter_factor": float,
    "signed_on": "datetime64[ns]", "supplement_paid_on": "datetime64[ns]",
}  # fmt: skip


def ledger(hamlets: list[Hamlet]) -> pd.DataFrame:
    """One row a household of all hamlets."""
    rows = [pd.DataFrame(homes(hamlet), dtype=object) for hamlet in hamlets]
    table = pd.concat(rows, ignore_index=True)
    return table.astype({name: _KINDS.get(name, "str") for name in table.columns})


LEDGER = {
    "ledger_state": "complete", "households_total": np.nan, "no_task_on": pd.NaT,
    "no_task_document": "",
}  # fmt: skip


def villages(hamlets: list[Hamlet], homes: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """One row a village, as the facts give it; rejected homes count nowhere."""
    homes = homes[homes["status"] != "rejected"]
    on, known = homes["served"].isin(["planned", "in_service"]), homes["served"] != ""
    marks = homes[["village_code"]].assign(
        households=1,
        pending=homes["pending"].astype(bool),
        served=on,
        reached=homes["within_reach"].astype(bool),
        unplaced=~known,
        pipe_m=homes["pipe_m"].where(homes["served"] == "none"),
        in_zone=homes["zone_position"] == "inside",
        undecidable=homes["zone_position"] == "undecidable",
    )
    groups = marks.groupby("village_code")
    counted = ["households", "pending", "served", "reached", "unplaced", "in_zone", "undecidable"]
    codes = [hamlet.code for hamlet in hamlets]
    sums = groups[counted].sum().reindex(codes, fill_value=0).astype(int).reset_index()
    beyond_m = groups["pipe_m"].median().reindex(codes).fillna(0.0)
    table = pd.DataFrame(
        {
            "village_code": codes,
            "village": [f"村{hamlet.code[-3:]}" for hamlet in hamlets],
            "township_code": [hamlet.township for hamlet in hamlets],
            "township": [f"镇{hamlet.township[-1]}" for hamlet in hamlets],
            "remote_mountain": [hamlet.mountain for hamlet in hamlets],
            "rural": [hamlet.rural for hamlet in hamlets],
            **{name: sums[name] for name in counted},
            "served_share": sums["served"] / (sums["households"] - sums["unplaced"]),
            "pipe_m": beyond_m.to_numpy(),
            "source_piece": [hamlet.piece for hamlet in hamlets],
            "served_on": pd.to_datetime([hamlet.served_on for hamlet in hamlets]),
            "stations": [hamlet.stations for hamlet in hamlets],
            **LEDGER,
            "peak_pending_kw": [policy.demand.peak_kw(n) for n in sums["pending"].tolist()],
        }
    ).sort_values("village_code", ignore_index=True)
    return table.astype({"remote_mountain": "boolean", "rural": "boolean"})


NOTHING_SINCE = sum_by_transformer(
    pd.DataFrame(), None, POLICY
)  # every electric home was in the peak


def _transformer(name: str, given: dict[str, Any] | float) -> dict[str, Any]:
    """A row of the layer: `headroom_kva` the capacity, `over_kva` or `peak_load_kva` the load."""
    columns = dict(given) if isinstance(given, dict) else {"headroom_kva": given}
    capacity = columns.pop("headroom_kva", None)
    peak = columns.pop("over_kva", 0.0)
    usual = {"capacity_kva": capacity, "peak_load_kva": peak, "village_code": None}
    return {"transformer_id": name, **usual, **columns}


def facts(
    hamlets: list[Hamlet],
    transformers: dict[str, dict[str, Any] | float] | None = None,
    sources: dict[str, float] | None = None,
    *,
    available: frozenset[str] = EVERYTHING,
    policy: Policy = POLICY,
    as_of: date | None = None,
) -> Facts:
    """The facts of a few hamlets: transformers by id → headroom [kVA] or columns; sources → kW."""
    table = ledger(hamlets)
    waiting = table[table["pending"]]
    keys = [
        waiting["village_code"],
        waiting["within_reach"].rename("served"),
        waiting["transformer_id"],
    ]
    watts = device_watts(waiting, policy.electric)
    links = watts.groupby(keys, dropna=False).agg(["size", "sum"])
    links = links.set_axis(["pending", "device_w"], axis=1).reset_index()
    grid = [_transformer(name, given) for name, given in (transformers or {}).items()]
    layer = pd.DataFrame(grid) if grid else None
    pieces = pd.DataFrame(list((sources or {}).items()), columns=["source_piece", "spare_kw"])
    pieces["source_ids"] = ""
    pieces = pieces.assign(capacity_kw=pieces["spare_kw"], load_kw=0.0)
    return Facts(
        households=table,
        villages=villages(hamlets, table, policy),
        zone_positions=pd.DataFrame(),
        transformers=transformer_loads(layer, NOTHING_SINCE, policy, as_of or day(policy)),
        links=links,
        sources=pieces,
        zones=None,
        available=available,
        problems=(),
    )


def decided(found: Facts, policy: Policy = POLICY, **given: Any) -> Decisions:
    """The decision on `found`, priced by `policy`."""
    return decide(
        found, price_routes(found, policy), given.pop("rulings", None), given.pop("targets", None),
        policy, given.pop("as_of", None) or day(policy), **given,
    )  # fmt: skip


def computed(decisions: Decisions) -> dict[tuple[str, str], str]:
    """The computed route of each (village_code, part)."""
    table = decisions.villages
    return {
        (c, p): r for c, p, r in table[["village_code", "part", "computed"]].itertuples(index=False)
    }
