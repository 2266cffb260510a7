"""Is the coal-ban zone clear: home by home, then zone by zone. Missing evidence clears nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from gis.audit import (
    date_order,
    evidence,
    household_clearance,
    open_items,
    zone_clearance,
    zone_holds,
    zone_links,
)
from gis.conservation import check_aligned
from gis.errors import Problem, Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from gis.facts import Facts
    from gis.policy import Policy

_EVIDENCE = ("inspections", "premises", "complaints", "zone_rulings")
_JUDGING = Text("核查禁煤区", "judging the coal-ban zones")


@dataclass(frozen=True)
class Clearance:
    """The verdicts on as-of.

    households, one row a household, on the index of facts.households:
        clearance      cleared | not_cleared | unknown; a rejected row is unknown
        why            what decided it, a key of [why] in maps/words/audit.toml; "" where cleared
        last_visit_on  last visit that got in, NaT for none
        last_clean_on  last visit that said clean, NaT for none
        relapse        复烧: cleared once, coal found since
        unused         改而不用: a finding of an idle device that is not settled, or a full
                       season's meter reading that is too low
        device, stove_removed, coal_removed, findings, visited
                       the facts of gis.audit.clearance_criteria: 1 true, 0 unknown, -1 false
    zones       one row a zone in force, see gis.audit.zone_clearance.zone_verdicts and .particulars
    open_items  what stands open, anywhere, see gis.audit.open_items; with `zones`: the zones it
                counts in, joined by "、"
    problems    dates out of order; findings and complaints that nothing places, or that are of a
                later day; villages of a zone that the ledger has no household of
    """

    households: pd.DataFrame
    zones: pd.DataFrame
    open_items: pd.DataFrame
    problems: tuple[Problem, ...]

    def zones_with_reasons(self) -> pd.DataFrame:
        """`zones` with the reasons of each in one sentence, reason_zh and reason_en."""
        return zone_clearance.with_reasons(self.zones)


def judge_zones(  # noqa: PLR0913, PLR0917  # every layer of evidence by its name
    facts: Facts,
    inspections: pd.DataFrame | None,
    premises: pd.DataFrame | None,
    complaints: pd.DataFrame | None,
    zone_rulings: pd.DataFrame | None,
    policy: Policy,
    as_of: date,
) -> Clearance:
    """Judge every household and every coal-ban zone on `as_of`.

    Evidence dated later than `as_of` does not count. A layer that is None is missing: without
    inspections nothing is cleared. What zone_rulings decide of the ledger's homes is in `facts`
    already; here they date the zone's evidence and name the homes that the ledger has not.
    """
    visits = evidence.visits(inspections, facts.households, premises, as_of)
    homes = household_clearance.judge_households(facts.households, visits, policy, as_of)
    check_aligned(_JUDGING, facts.households["household_id"], homes.table)
    away = open_items.open_elsewhere(visits, premises, policy)
    unhandled = open_items.complaints(complaints, as_of)
    items = pd.concat([homes.open, away, unhandled], ignore_index=True)
    linked = zone_links.find_zone_links(facts, items, policy)
    apart = zone_clearance.zone_counts(facts, zone_rulings, policy, as_of)
    judged = zone_clearance.zone_verdicts(facts, homes.verdict, items, linked, apart)
    return Clearance(
        households=homes.table,
        zones=judged.join(
            zone_clearance.sign_off_columns(facts, homes.table, zone_rulings, as_of), on="zone_id"
        ),
        open_items=items.assign(zones=zone_links.zones_text(linked, len(items))),
        problems=date_order.date_problems(facts.households, policy)
        + open_items.unplaced(items, linked, inspections, complaints)
        + zone_clearance.zone_problems(facts)
        + evidence.later(inspections, complaints, as_of),
    )


def judged_run(
    facts: Facts,
    layers: Mapping[str, pd.DataFrame],
    policy: Policy,
    as_of: date,
    found: zone_holds.HoldingProblem | None = None,
) -> Clearance:
    """The same on the layers of a project, by name, and on what was `found` wrong with them."""
    inspections, premises, complaints, rulings = map(layers.get, _EVIDENCE)
    made = judge_zones(facts, inspections, premises, complaints, rulings, policy, as_of)
    if found is None or facts.ground is None:
        return made
    zones = zone_holds.hold(made.zones, zone_holds.zones_held(found, facts.zones, facts.ground))
    return replace(made, zones=zones)
