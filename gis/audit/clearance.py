"""Clearance of coal-ban zones: verdicts on households, then on villages and zones.

Missing evidence never clears a household or a zone. Neither does uncertain geometry: a shape of a
zone, village or built-up area that was repaired or could not be used may change the zone's area.
No zone that it may touch is cleared until the office accepts the problem by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import shapely

from gis.audit import (
    evidence,
    household_clearance,
    ledger_checks,
    open_items,
    zone_clearance,
    zone_links,
)
from gis.audit.sweeps import sweep_problems
from gis.audit.zone_clearance import (
    CLEARED,
    HOMES,
    OPEN,
    household_flags,
    judged_again,
    open_flags,
    rejected_rows,
    silent_villages,
    verdict_of,
)
from gis.conservation import check_aligned
from gis.errors import Problem, Text
from gis.layers.accepted_problems import accept_entry, is_accepted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.audit.evidence import Fact
    from gis.facts import Facts
    from gis.facts.village_assignment import VillageIndex
    from gis.policy import Policy


_GROUND = ("coal_ban_zones", "villages", "built_up_area")
_LOST = frozenset(
    (
        "repaired geometry_kind no_geometry geometry_unreadable location_unusable location_zero "
        "parts_left_out feature_incomplete no_id zone_without_id"
    ).split()
)
_LABEL = "Point"  # leaving this part out of a shape does not change its area
_EVIDENCE = ("inspections", "premises", "complaints", "zone_rulings")
_SWEEPS = "sweeps"
_JUDGING = Text("核查禁煤区", "judging the coal-ban zones")


class HoldingProblem(NamedTuple):
    """The problems of the layers, and the entries of project.toml that accept some of them."""

    problems: Sequence[Problem]
    accept: Sequence[str] = ()


def zones_held(
    found: HoldingProblem, zones: gpd.GeoDataFrame, ground: VillageIndex
) -> pd.DataFrame:
    """Which zone is held by which problem: zone_id, entry (that accepts it), accepted.

    Args:
        found: The problems of the layers.
        zones: The zones in force.
        ground: The villages as drawn.
    """
    rows = [
        (zone_id, accept_entry(one), is_accepted(one, found.accept))
        for one in found.problems
        if _changes_area(one)
        for zone_id in _touched_zones(one, zones, ground)
    ]
    return pd.DataFrame(rows, columns=["zone_id", "entry", "accepted"]).drop_duplicates()


def hold(zones: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """The zones with `held` (number of problems), `held_by` and `accepted`, and a new verdict."""
    open_ = held[~held["accepted"].to_numpy(dtype=bool)].groupby("zone_id")["entry"]
    lifted = held[held["accepted"].to_numpy(dtype=bool)].groupby("zone_id")["entry"]
    ids = zones["zone_id"]
    return judged_again(
        zones.assign(
            held=open_.size().reindex(ids, fill_value=0).to_numpy(dtype=np.int64),
            held_by=open_.agg(list).reindex(ids).map(_entries_text).to_numpy(),
            accepted=lifted.agg(list).reindex(ids).map(_entries_text).to_numpy(),
        )
    )


def _entries_text(entries: Iterable[str] | float) -> str:
    return "" if isinstance(entries, float) else ", ".join(f'"{one}"' for one in sorted(entries))


def _changes_area(one: Problem) -> bool:
    label = one.code == "parts_left_out" and one.value == _LABEL
    return one.layer in _GROUND and one.code in _LOST and not label


def _touched_zones(one: Problem, zones: gpd.GeoDataFrame, ground: VillageIndex) -> list[str]:
    """The zones in force that a problem may touch: the row's own zone, or all."""
    ids = zones["zone_id"].to_numpy(dtype=object)
    every = np.ones(len(zones), dtype=bool)
    if one.layer == "built_up_area":
        # ASSUME: a zone given in words without named units may consist of the built-up area
        every = (zones["worded"] & ~zones["by_units"]).to_numpy(dtype=bool)
    elif one.key and one.layer == "coal_ban_zones":
        every = ids == one.key
    elif one.key:
        every = _zones_of_village(one.key, zones, ground)
    return list(ids[every])


def _zones_of_village(code: str, zones: gpd.GeoDataFrame, ground: VillageIndex) -> np.ndarray:
    """The zones that name a village or touch its area; all if its area is unknown."""
    names = np.array([code in units for units in zones["unit_villages"]], dtype=bool)
    at = np.flatnonzero(ground.codes == code)
    areas = ground.polygons[at]
    if not len(at) or shapely.is_missing(areas).any():
        return np.ones(len(zones), dtype=bool)
    return names | shapely.intersects(zones.geometry.to_numpy(), areas[0])


@dataclass(frozen=True)
class Clearance:
    """The verdicts on the as-of day.

    households, one row per household, on the index of facts.households:
        clearance      cleared | not_cleared | unknown; a rejected row is unknown
        why            what decided it, a key of [why] in maps/words/audit.toml; "" where cleared
        last_visit_on  last visit with access, NaT for none
        last_clean_on  last visit with a clean result, NaT for none
        relapse        复烧: cleared once, coal burned or a stove found since
        unused         改而不用: an unsettled finding of an idle device
        suspected_unused  疑似改而不用: a meter reading below the threshold over a full season, to be
                       verified by a visit
        coal_left      存煤未清: an unsettled finding of coal stored or sold
        device, stove_removed, coal_removed, findings, visited
                       the criteria of gis.audit.clearance_criteria: 1 true, 0 unknown, -1 false
    villages    已销号: one row per zone and village, see gis.audit.clearance
    zones       one row per zone in force, see zone_verdicts and sign_off_columns in
                gis.audit.zone_clearance
    open_items  open findings and complaints everywhere, see gis.audit.open_items; with `zones`: the
                zones in which each one counts, joined by "、"
    problems    dates out of order; findings and complaints without a location, or dated later;
                villages of a zone without a household in the ledger
    """

    households: pd.DataFrame
    zones: pd.DataFrame
    open_items: pd.DataFrame
    problems: tuple[Problem, ...]
    villages: pd.DataFrame = field(default_factory=pd.DataFrame)

    def zones_with_reasons(self) -> pd.DataFrame:
        """`zones` with the reasons of each in one sentence, reason_zh and reason_en."""
        return zone_clearance.with_reasons(self.zones)


def judge_zones(  # noqa: PLR0913, PLR0917  # one parameter per layer of evidence
    facts: Facts,
    inspections: pd.DataFrame | None,
    premises: pd.DataFrame | None,
    complaints: pd.DataFrame | None,
    zone_rulings: pd.DataFrame | None,
    policy: Policy,
    as_of: date,
    sweeps: pd.DataFrame | None = None,
) -> Clearance:
    """Judge every household and every coal-ban zone on `as_of`.

    Evidence dated later than `as_of` does not count. Without inspections nothing is cleared.

    Args:
        facts: The facts; zone rulings on households of the ledger are already applied in them.
        inspections: The inspections; None: no such layer.
        premises: The premises; None: no such layer.
        complaints: The complaints; None: no such layer.
        zone_rulings: The office's rulings; here they date the evidence of a zone and name homes
            that the ledger lacks. None: no such layer.
        policy: The policy.
        as_of: The day of the verdicts.
        sweeps: The signed sweeps of villages; None: no such layer.
    """
    visits = evidence.visits(inspections, facts.households, premises, as_of)
    homes = household_clearance.judge_households(facts.households, visits, policy, as_of, sweeps)
    check_aligned(_JUDGING, facts.households["household_id"], homes.table)
    away = open_items.open_elsewhere(visits, premises, policy)
    unhandled = open_items.complaints(complaints, as_of)
    items = pd.concat([homes.open, away, unhandled], ignore_index=True)
    linked = zone_links.find_zone_links(facts, items, policy)
    uncounted = zone_clearance.zone_counts(facts, zone_rulings, policy, as_of)
    villages = village_verdicts(facts, homes.verdict, items, linked, policy)
    apart = pd.concat([uncounted, villages_of_zones(villages)], axis=1)
    judged = zone_clearance.zone_verdicts(facts, homes.verdict, items, linked, apart)
    return Clearance(
        households=homes.table,
        zones=judged.join(
            zone_clearance.sign_off_columns(facts, homes.table, zone_rulings, as_of), on="zone_id"
        ),
        open_items=items.assign(zones=zone_links.zones_text(linked, len(items))),
        problems=ledger_checks.date_problems(facts.households, policy)
        + open_items.unplaced(items, linked, inspections, complaints)
        + zone_clearance.zone_problems(facts)
        + evidence.later(inspections, complaints, as_of)
        + sweep_problems(sweeps),
        villages=villages,
    )


def judged_run(
    facts: Facts,
    layers: Mapping[str, pd.DataFrame],
    policy: Policy,
    as_of: date,
    found: HoldingProblem | None = None,
) -> Clearance:
    """Judge a project's layers, including problems of zone geometry.

    Args:
        facts: The facts.
        layers: The layers by name.
        policy: The policy.
        as_of: The day of the verdicts.
        found: Problems found in the layers, with those accepted; None: not checked.
    """
    inspections, premises, complaints, rulings = map(layers.get, _EVIDENCE)
    evidence_ = (inspections, premises, complaints, rulings)
    made = judge_zones(facts, *evidence_, policy, as_of, layers.get(_SWEEPS))
    if found is None or facts.village_index is None:
        return made
    zones = hold(made.zones, zones_held(found, facts.zones, facts.village_index))
    return replace(made, zones=zones)


def village_verdicts(
    facts: Facts, verdict: Fact, items: pd.DataFrame, linked: pd.DataFrame, policy: Policy
) -> pd.DataFrame:
    """已销号: one row per zone and village with homes in it, or with something open.

    An open item that lies in no known village counts in every village of its zone.

    Returns:
        zone_id, village_code (NA: homes of no village), verdict, and the counts of
        gis.audit.zone_clearance.zone_verdicts that belong to a village: inside …
        undecidable_not_cleared, coal_findings, coal_unsettled, open_complaints, unplaced, rejected,
        silent.
    """
    keys = ["zone_id", "village_code"]
    homes = household_flags(facts, verdict).groupby(keys, dropna=False)[list(HOMES)].sum()
    silent_ones = silent_villages(facts).assign(silent=1)
    every = pd.concat([homes.index.to_frame(index=False), silent_ones[keys]]).drop_duplicates()
    flags = open_flags(items, linked)
    flags["village_code"] = _item_villages(facts, items)[flags["item"].to_numpy(dtype=int)]
    lost_rows = rejected_rows(facts, policy).assign(rejected=1)
    parts = [
        homes,
        _in_every_village(flags, every).groupby(keys, dropna=False)[list(OPEN)].sum(),
        _in_every_village(lost_rows, every).groupby(keys, dropna=False)[["rejected"]].sum(),
        silent_ones.groupby(keys)[["silent"]].sum(),
    ]
    table = every.astype(object)
    for part in parts:
        table = table.merge(part.reset_index().astype(dict.fromkeys(keys, object)), "outer", keys)
    counts = [*HOMES, *OPEN, "rejected", "silent"]
    table[counts] = table[counts].fillna(0).astype(int)
    whole = table.assign(unlisted=0, undated=0, held=0)
    table.insert(2, "verdict", verdict_of(whole))
    return table.sort_values(keys, ignore_index=True)


def _item_villages(facts: Facts, items: pd.DataFrame) -> NDArray[np.object_]:
    """The village of each open item, by its code, else by its place; None for none."""
    codes = items["village_code"].astype(object)
    codes = codes.where(codes.isin(facts.villages["village_code"]), None).to_numpy(dtype=object)
    if facts.village_index is None:
        return codes
    at = facts.village_index.areas.locate(
        *(items[axis].to_numpy(dtype=float) for axis in ("x", "y"))
    )
    located = np.array([*facts.village_index.codes, None], dtype=object)[at]
    return np.where(pd.isna(codes), located, codes)


def _in_every_village(rows: pd.DataFrame, every: pd.DataFrame) -> pd.DataFrame:
    """The rows, those without a village in every village of their zone."""
    nowhere = rows["village_code"].isna().to_numpy(dtype=bool)
    lost = rows[nowhere].drop(columns="village_code").merge(every, on="zone_id")
    return pd.concat([rows[~nowhere], lost], ignore_index=True)


def villages_of_zones(villages: pd.DataFrame) -> pd.DataFrame:
    """villages_inside, villages_cleared and villages_held of each zone."""
    flags = villages[["zone_id"]].assign(
        villages_inside=1,
        villages_cleared=(villages["verdict"] == CLEARED).astype(int),
        villages_held=(villages["open_complaints"] > 0).astype(int),
    )
    return flags.groupby("zone_id").sum()
