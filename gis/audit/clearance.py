"""Clearance of coal-ban zones: verdicts on households, then on zones.

Missing evidence never clears a household or a zone.
"""

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
    """The verdicts on the as-of day.

    households, one row per household, on the index of facts.households:
        clearance      cleared | not_cleared | unknown; a rejected row is unknown
        why            what decided it, a key of [why] in maps/words/audit.toml; "" where cleared
        last_visit_on  last visit with access, NaT for none
        last_clean_on  last visit with a clean result, NaT for none
        relapse        复烧: cleared once, coal found since
        unused         改而不用: an unsettled finding of an idle device, or a meter reading below
                       the threshold over a full season
        device, stove_removed, coal_removed, findings, visited
                       the criteria of gis.audit.clearance_criteria: 1 true, 0 unknown, -1 false
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
    """
    visits = evidence.visits(inspections, facts.households, premises, as_of)
    homes = household_clearance.judge_households(facts.households, visits, policy, as_of)
    check_aligned(_JUDGING, facts.households["household_id"], homes.table)
    away = open_items.open_elsewhere(visits, premises, policy)
    unhandled = open_items.complaints(complaints, as_of)
    items = pd.concat([homes.open, away, unhandled], ignore_index=True)
    linked = zone_links.find_zone_links(facts, items, policy)
    uncounted = zone_clearance.zone_counts(facts, zone_rulings, policy, as_of)
    judged = zone_clearance.zone_verdicts(facts, homes.verdict, items, linked, uncounted)
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
    """Judge a project's layers, including problems of zone geometry.

    Args:
        facts: The facts.
        layers: The layers by name.
        policy: The policy.
        as_of: The day of the verdicts.
        found: Problems found in the layers, with those accepted; None: not checked.
    """
    inspections, premises, complaints, rulings = map(layers.get, _EVIDENCE)
    made = judge_zones(facts, inspections, premises, complaints, rulings, policy, as_of)
    if found is None or facts.ground is None:
        return made
    zones = zone_holds.hold(made.zones, zone_holds.zones_held(found, facts.zones, facts.ground))
    return replace(made, zones=zones)
