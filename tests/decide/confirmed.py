"""Margins confirmed by deciding again on facts changed by a little less, and a little more.

The change is made to the facts as somebody would measure them: a home's distance to the main and
whether it is in reach, the capacity of a transformer, the spare of a source, the price of an
upgrade, a number of the policy. All villages are decided again, together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd
from decide.hamlets import changed

from gis.decide import Extension, collect_village_inputs
from gis.decide.decisions import _compute, _costs
from gis.facts.transformer_loads import device_watts, transformer_loads

if TYPE_CHECKING:
    from datetime import date

    from gis.facts import Facts
    from gis.policy import Policy

COUNTS = ("fed", "inferred", "stock", "since", "undated", "vacant")
KINDS = {
    "nearer": r"\+([\d,]+) m to the network",
    "shorter": r"-([\d,]+) m of the network's reach",
    "kva": r"([+-][\d,]+) kVA headroom at (.+)",
    "kw": r"([+-][\d,]+) kW at piece (.+)",
    "price": r"([+-][\d,]+) % upgrade price at (.+)",
    "share": r"([+-][\d.]+) % served share asked for",
}


@dataclass(frozen=True)
class Setting:
    """What a decision rests on."""

    facts: Facts
    priced: pd.DataFrame
    policy: Policy
    as_of: date
    extension: Extension

    @cached_property
    def about(self):
        return collect_village_inputs(self.facts, self.policy, self.as_of)

    def routes(self) -> dict[str, str]:
        """The computed route of every village: that of its first part with pending homes."""
        _, result, _ = _compute(
            self.about, self.facts, _costs(self.priced), self.policy, self.extension
        )
        found = {}
        for number, own in enumerate(result.options):
            routes = result.choice(number).routes
            found[own.village.code] = next((r for r in routes if r != "done"), "done")
        return found

    def same_homes(self, **parts) -> Setting:
        """With other facts or policy, where no household is another: nothing is counted again."""
        other = replace(self, **parts)
        other.__dict__["about"] = self.about
        return other


def read(margin: str) -> tuple[str, float, str] | None:
    """Kind, amount and name of a margin as it is said in English; None for "none"."""
    if margin == "none":
        return None
    for kind, pattern in KINDS.items():
        found = re.fullmatch(pattern, margin)
        if found:
            groups = list(found.groups())
            return kind, float(groups[0].replace(",", "")), groups[1] if len(groups) > 1 else ""
    raise AssertionError(margin)


def confirmed(setting: Setting, code: str, margin: str, now: dict[str, str]) -> bool:
    """Whether the route of `code` turns at the margin, and not one unit of it before."""
    said = read(margin)
    if said is None:
        return True
    kind, amount, name = said
    step = 0.1 if kind == "share" else 1.0
    inside = (abs(amount) - step) * (1 if amount > 0 else -1)
    stays, turns = (
        _changed(setting, code, kind, units, name).routes()[code] for units in (inside, amount)
    )
    return stays == now[code] and turns != now[code]


def _changed(setting: Setting, code: str, kind: str, amount: float, name: str) -> Setting:
    facts, policy = setting.facts, setting.policy
    if kind in ("nearer", "shorter"):
        return _moved(setting, code, amount if kind == "nearer" else -amount)
    if kind == "share":
        asked = round(policy.heating_network.served_share + amount / 100, 3)
        return setting.same_homes(policy=changed(policy, heating_network={"served_share": asked}))
    if kind == "kw":
        sources = facts.sources.copy()
        sources.loc[sources["source_piece"] == name, "spare_kw"] += amount
        return setting.same_homes(facts=replace(facts, sources=sources))
    grid = facts.transformers.copy()
    at = grid["transformer_id"] == name
    assert at.sum() == 1
    if kind == "kva":
        grid.loc[at, "capacity_kva"] += amount
        homes = pd.DataFrame({f"{one}_homes": grid[f"{one}_homes"] for one in COUNTS})
        nothing = homes.set_index(grid["transformer_id"]).assign(since_w=0, vacant_w=0)
        grid = transformer_loads(grid, nothing, policy, setting.as_of)
    else:
        usual = grid["upgrade_kva"] * policy.electric.upgrade_cny_per_kva
        price = grid["upgrade_cny"].astype(float).fillna(usual)
        grid["upgrade_cny"] = price.mask(at, price * (1 + amount / 100))
    return setting.same_homes(facts=replace(facts, transformers=grid))


def _moved(setting: Setting, code: str, nearer_m: float) -> Setting:
    """The main comes nearer to a village, or its pipes reach less far there."""
    facts, policy = setting.facts, setting.policy
    homes, villages = facts.households.copy(), facts.villages.copy()
    own = homes["village_code"] == code
    connect_m = policy.heating_network.connect_m
    if nearer_m > 0:
        gets = own & (homes["served"] == "none") & (homes["pipe_m"] - nearer_m <= connect_m)
        homes.loc[gets, "served"] = "in_service"
    else:
        by_pipe = own & (homes["served"] != "none") & (homes["pipe_m"] <= connect_m)
        homes.loc[by_pipe & (homes["pipe_m"] > connect_m + nearer_m), "served"] = "none"
    at = villages["village_code"] == code
    counted = own & (homes["status"] != "rejected")
    stands = own & (homes["status"] == "placed")
    if "occupancy" in homes:
        stands &= homes["occupancy"] != "demolition"
    on = ~homes["served"].isin(["none", ""])  # a home without a place is in no number on reach
    homes["within_reach"] = on
    villages.loc[at, ["served", "reached"]] = int((counted & on).sum())
    villages.loc[at, "served_share"] = (stands & on).sum() / stands.sum()
    if pd.isna(villages.loc[at, "source_piece"]).all() and len(facts.sources):
        most = facts.sources.sort_values("spare_kw")["source_piece"].iloc[-1]
        villages.loc[at, "source_piece"] = most
    keys = ["village_code", "served", "transformer_id"]
    waiting = homes[own & homes["pending"].astype(bool)]
    waiting = waiting.assign(served=waiting["within_reach"])
    watts = device_watts(waiting, policy.electric).groupby(
        [waiting[key] for key in keys], dropna=False
    )
    links = watts.agg(["size", "sum"]).set_axis(["pending", "device_w"], axis=1).reset_index()
    others = facts.links[facts.links["village_code"] != code]
    own_facts = replace(
        facts,
        households=homes[own],
        villages=villages[at],
        links=pd.concat([others, links], ignore_index=True),
    )
    about = collect_village_inputs(own_facts, policy, setting.as_of)
    everybody = replace(facts, villages=villages, links=own_facts.links)
    other = replace(setting, facts=everybody)
    others_ = [village for village in setting.about.villages if village.code != code]
    merged = sorted([*others_, *about.villages], key=lambda village: village.code)
    other.__dict__["about"] = setting.about._replace(villages=merged)
    return other
