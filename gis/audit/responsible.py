"""Responsible units: the kinds of open work, and the unit that the plan names for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping  # named tuples evaluate annotations at run time
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gis import i18n
from gis.audit.evidence import column_of, equals_any
from gis.policy import Policy

if TYPE_CHECKING:
    from gis.audit.clearance import Clearance
    from gis.audit.progress import Progress
    from gis.facts import Facts

# The work that a household needs, by the reason of its verdict.
_OF_WHY = {
    "coal_found": "coal", "stove_found": "coal", "heating_coal": "conversion",
    "no_heating": "conversion", "acceptance_failed": "acceptance", "device_unused": "use",
    "rejected": "ledger", "recheck_missing": "patrol", "result_unread": "patrol",
    "stove_removal_missing": "ledger",
    "coal_removal_missing": "ledger", "heating_missing": "ledger", "not_accepted": "acceptance",
    "dates_contradict": "ledger",
    "suspected_unused": "use", "use_not_shown": "use", "occupancy_not_dated": "ledger",
    "never_visited": "patrol",
    "visit_stale": "patrol",
}  # fmt: skip
_OF_GAP = {
    "zone_without_plan": "plan", "built_up": "city_network", "not_connected": "network",
    "headroom": "grid", "no_route": "plan",
}  # fmt: skip
_OF_MODE = {"electric": "conversion", "gas": "gas", "central": "network", "biomass": "biomass"}

_EACH_TOWNSHIP = ("各乡", "各镇", "各街道", "各村")
_BY_DEADLINE = ("conversion", "gas", "network", "city_network", "biomass", "grid", "acceptance")
_CITY = "城区"

_TOWNSHIP_WORK = ["township_code", "work"]


def unit_of(work: str, policy: Policy) -> str:
    """The unit that [responsible] of the policy names for a kind of work, "" for none.

    work: a key of [work] in maps/words/audit.toml. Its `said` lists the phrases that plans use for
    such a task; the first phrase found in one of the policy's tasks decides.
    """
    for phrase in i18n.messages("audit")["work"][work]["said"]:
        for task, unit in policy.responsible.items():
            if phrase in task:
                return unit
    return ""


def city_townships(villages: pd.DataFrame) -> frozenset[str]:
    """The townships that the city's own network heats.

    ASSUME: those that are named so, and those without a rural village.
    """
    town = villages["rural"].eq(other=False).fillna(value=False).astype(bool)
    urban = town.groupby(villages["township_code"]).all()
    named = villages["township"].astype("str").str.contains(_CITY, regex=False)
    return frozenset(urban.index[urban]) | {
        *villages.loc[named.to_numpy(dtype=bool), "township_code"].dropna()
    }


def gap_work(gaps: pd.DataFrame, villages: pd.DataFrame) -> list[str]:
    """The work that closes each gap: a conversion where devices do, else by kind and place."""
    city = gaps["township_code"].isin(city_townships(villages))
    work = gaps["kind"].map(_OF_GAP).mask((gaps["kind"] == "not_connected") & city, "city_network")
    devices = column_of(gaps, "asset").astype("str").str.startswith("device_").fillna(value=False)
    return [str(one) for one in work.mask(devices.astype(bool), "conversion")]


def gap_units(gaps: pd.DataFrame, villages: pd.DataFrame, policy: Policy) -> list[str]:
    """The unit responsible for each gap, the township itself where the plan says that each is."""
    towns = gaps["township_code"].map(_names(villages))
    work = gap_work(gaps, villages)
    return [own_unit(unit_of(one, policy), town) for one, town in zip(work, towns, strict=True)]


def gap_duties(gaps: pd.DataFrame, villages: pd.DataFrame, office: Office) -> pd.DataFrame:
    """Who closes each gap by when: responsible_unit, responsible_person and due_on by gap_id."""
    work = pd.Series(gap_work(gaps, villages), index=pd.Index(gaps["gap_id"]), dtype=object)
    towns = gaps["township_code"].map(_names(villages))
    return duties(work, towns.set_axis(work.index), office)


def duties(work: pd.Series, townships: pd.Series, office: Office) -> pd.DataFrame:
    """Who does each piece of work by when: responsible_unit, responsible_person and due_on.

    Args:
        work: A key of [work] in maps/words/audit.toml for each row.
        townships: The name of each row's township, missing where it is not known; aligned.
        office: The policy, the day, and the people.
    """
    known = townships.astype(object).where(townships.notna(), None)
    rows = pd.DataFrame({"work": work, "township": known})
    kinds = rows.drop_duplicates()
    units = [
        own_unit(unit_of(one, office.policy), town)
        for one, town in zip(kinds["work"], kinds["township"], strict=True)
    ]
    days = [due_on(one, office.policy, office.as_of) for one in kinds["work"]]
    named = kinds.assign(
        responsible_unit=pd.array(units, dtype="str"),
        responsible_person=pd.array(people_of(units, kinds["township"], office), dtype="str"),
        due_on=pd.to_datetime(days),
    )
    found = rows.merge(named, on=["work", "township"], how="left").set_axis(rows.index)
    return found[["responsible_unit", "responsible_person", "due_on"]]


def people_of(units: Iterable[str], townships: Iterable[object], office: Office) -> list[str]:
    """The person of each unit, else of the township; "" for none."""
    return [_person(unit, town, office) for unit, town in zip(units, townships, strict=True)]


def _names(villages: pd.DataFrame) -> pd.Series:
    """The name of each township by code."""
    return villages.drop_duplicates("township_code").set_index("township_code")["township"]


def _person(unit: str, township: object, office: Office) -> str:
    """The unit's person, else the township's; "" for none."""
    people = office.people
    return people.get(unit) or people.get(township if isinstance(township, str) else "", "")


def own_unit(unit: str, township: object) -> str:
    """The township itself where the plan says that each township does it, and it is known."""
    each = unit.startswith(_EACH_TOWNSHIP) and isinstance(township, str)
    return str(township) if each else unit


def due_on(work: str, policy: Policy, as_of: date) -> pd.Timestamp:
    """The day by which a kind of work is to be done.

    # ASSUME: conversions and their works by the plan's deadline; what shows a zone clear by the
    # start of the heating season, during it or after the deadline by the season's end.
    """
    begins, ends = policy.season_days(policy.season_begun(as_of).year)
    next_begins = policy.season_days(begins.year + 1)[0]
    deadline = policy.plan.deadline
    if work in _BY_DEADLINE and as_of <= deadline:
        return pd.Timestamp(deadline)
    return pd.Timestamp(ends if as_of <= ends else next_begins)


def work_counts(
    facts: Facts, clearance: Clearance, progress: Progress, gaps: pd.DataFrame
) -> pd.DataFrame:
    """Open work by township and kind: township_code (NA: the city), work, number."""
    found = pd.concat(
        [
            _of_zones(facts, clearance),
            _of_complaints(clearance, facts),
            _of_targets(progress, facts),
            _of_gaps(gaps, facts),
        ],
        ignore_index=True,
    )
    return found.groupby(_TOWNSHIP_WORK, dropna=False)["number"].sum().reset_index()


class Office(NamedTuple):
    """Who does what by when.

    policy   names the unit of each task
    as_of    the day of the list
    people   unit or township → its person
    """

    policy: Policy
    as_of: date
    people: Mapping[str, str]


def open_work(counts: pd.DataFrame, villages: pd.DataFrame, office: Office) -> pd.DataFrame:
    """Open work by township and kind, with the responsible unit; one row each.

    township_code, township, work (key of [work] in maps/words/audit.toml), work_zh, work_en, number
    (households, or complaints), unit ("" where the policy names none; the township itself where
    the policy says that each does it), person ("" for none), due_on. Sorted by township code and in
    the order of [work]; a missing township_code (NA) is the city.

    Args:
        counts: The table of `work_counts`, or those of disjoint sets of villages joined.
        villages: The villages of the facts.
        office: The policy, the day, and the people.
    """
    sums = counts.groupby(_TOWNSHIP_WORK, dropna=False)["number"].sum().reset_index()
    sums = sums[sums["number"] > 0]
    texts = i18n.messages("audit")["work"]
    names = _names(villages)
    order = {work: place for place, work in enumerate(texts)}
    table = pd.DataFrame(
        {
            "township_code": sums["township_code"],
            "township": sums["township_code"].map(names),
            "work": sums["work"],
            "work_zh": sums["work"].map(lambda work: texts[work]["zh"]),
            "work_en": sums["work"].map(lambda work: texts[work]["en"]),
            "number": sums["number"].astype(int),
        }
    )
    found = duties(table["work"], table["township"], office)
    table = table.assign(
        unit=found["responsible_unit"], person=found["responsible_person"], due_on=found["due_on"]
    )
    ranked = table.assign(order=table["work"].map(order)).sort_values(["township_code", "order"])
    return ranked.drop(columns="order").reset_index(drop=True)


def _of_zones(facts: Facts, clearance: Clearance) -> pd.DataFrame:
    """Households inside a zone that are not cleared, and undecidable ones at its boundary."""
    homes = facts.zone_positions.sort_values(["household", "position"]).drop_duplicates("household")
    at = homes["household"].to_numpy(dtype=int)
    judged = clearance.households.iloc[at]
    inside = (homes["position"] == "inside").to_numpy(dtype=bool)
    work = judged["why"].map(_OF_WHY).where(inside, "line").to_numpy(dtype=object)
    rows = facts.households.iloc[at]
    city = rows["township_code"].isin(city_townships(facts.villages))
    networked = equals_any(rows, "heating", "central") & city.to_numpy(dtype=bool)
    table = pd.DataFrame(
        {
            "township_code": rows["township_code"].to_numpy(dtype=object),
            "work": np.where(networked & (work == "acceptance"), "city_network", work),
            "number": 1,
        }
    )
    return table[(judged["clearance"] != "cleared").to_numpy(dtype=bool)]


def _of_complaints(clearance: Clearance, facts: Facts) -> pd.DataFrame:
    items = clearance.open_items
    rows = items[(items["subject"] == "complaint").to_numpy(dtype=bool)]
    township = facts.villages.set_index("village_code")["township_code"]
    codes = rows["village_code"].map(township).astype(object)
    return pd.DataFrame({"township_code": codes.to_numpy(), "work": "complaint", "number": 1})


def _of_targets(progress: Progress, facts: Facts) -> pd.DataFrame:
    """The remaining target of this year, by unit and mode."""
    units = progress.units[progress.units["remaining"].notna().to_numpy(dtype=bool)]
    city = city_townships(facts.villages)
    work = units["mode"].map(_OF_MODE).astype(object)
    work = work.mask((work == "network") & units["unit_code"].isin(city), "city_network")
    return pd.DataFrame(
        {
            "township_code": units["unit_code"].to_numpy(dtype=object),
            "work": work.to_numpy(dtype=object),
            "number": units["remaining"].to_numpy(dtype=int),
        }
    )


def _of_gaps(gaps: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "township_code": gaps["township_code"].to_numpy(dtype=object),
            "work": np.array(gap_work(gaps, facts.villages), dtype=object),
            "number": gaps["households"].to_numpy(),
        }
    )
