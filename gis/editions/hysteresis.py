"""Hysteresis of published routes: they stay the same until enough homes have changed.

A computed route may depend on a single home: a share that is just reached, or the last kW of a
source. Publishing its change at once would reveal that home. So computed routes are updated for all
villages together: when at least the minimum number of homes have changed, or when something else
has (a layer that does not list homes, the plan, or a date on which an asset comes into service).
Rulings of the office, and whether a village is done, are always published as they are. The costs of
a ruled route are computed values all the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import pandas as pd

from gis.disclosure.village_rows import DECIDED, DONE, blank_of, money_fields
from gis.i18n import Words
from gis.output_columns import public_columns

if TYPE_CHECKING:
    from gis.disclosure.rounding import Counts
    from gis.editions.run_results import Results
    from gis.pages.model import Edition, GapView, VillageView

T = TypeVar("T")
Tried = Mapping[str, Sequence[tuple[str, str]]]
_OF_HOMES = (
    "households",
    "meters",
    "inspections",
    "premises",
    "complaints",
    "sweeps",
    "zone_rulings",
    "notice_changes",  # what is said of a notice changes no route
)
_RULING = ("approach", "status", "document_no")
_BESIDE_ROUTE = ("document_no", "dissent", "parts")
_GAP = ("kind", "village_code", "village", "township", "in_zone", "households", "asset", "clause")


def _route_fields() -> tuple[str, ...]:
    """Fields of a village row that are held with its route."""
    return (*public_columns("route"), *_BESIDE_ROUTE, *money_fields())


class HeldRoutes(NamedTuple):
    """The routes to publish: exact villages and gaps as of the last update of routes.

    anew: routes are updated in this edition.
    """

    villages: list[VillageView]
    gaps: list[GapView]
    tried: Tried
    anew: bool

    def keep(self, name: str, now: T, counts: Counts) -> T:
        """The value to publish for `name`: the current one, or that of the last update."""
        told: T = now if self.anew or name not in counts.past.said else counts.past.said[name]
        counts.said[name] = told
        return told


def hold_routes(planner: Edition, results: Results, tried: Tried, counts: Counts) -> HeldRoutes:
    """Replace the routes of the planner's villages and gaps by those to publish.

    Args:
        planner: The planner edition.
        results: The results of the run.
        tried: The routes tried for each village, with the code of the cause.
        counts: Stores what is published, and when.
    """
    before = counts.past.said.get("routes", {})
    anew = not before or _turned(planner, results, counts)
    held = {
        village["code"]: before[village["code"]]
        for village in planner.villages
        if not anew and village["code"] in before and _held(village, before[village["code"]])
    }
    rows = [_with(village, held.get(village["code"])) for village in planner.villages]
    causes = {code: held[code]["tried"] if code in held else list(tried.get(code, ()))
              for code in (row["code"] for row in rows)}  # fmt: skip
    fields = _route_fields()
    counts.said["routes"] = {
        row["code"]: {name: row[name] for name in fields}  # type: ignore[literal-required]
        | {"tried": causes[row["code"]]}
        for row in rows
    }
    gaps = list(planner.gaps) if anew else _gaps(rows, counts)
    counts.said["gaps"] = [
        {name: gap[name] for name in _GAP}  # type: ignore[literal-required]
        for gap in gaps
    ]
    _remember(planner, results, counts, anew=anew)
    return HeldRoutes(rows, gaps, causes, anew)


def _held(village: VillageView, before: Mapping[str, Any]) -> bool:
    """Whether the village keeps its published route: no new ruling, and not done before or now."""
    decided = village["status"] in DECIDED or before["status"] in DECIDED
    other = decided and any(
        village[name] != before[name]  # type: ignore[literal-required]
        for name in _RULING
    )
    return not other and DONE not in (village["approach"], before["approach"])


def _with(village: VillageView, before: Mapping[str, Any] | None) -> VillageView:
    """The village with the route fields of `before`; columns added since are blank."""
    told = village.copy()
    if before is not None:
        for name in _route_fields():
            told[name] = (  # type: ignore[literal-required]
                before[name] if name in before else blank_of(name)
            )
    return told


def _gaps(rows: Sequence[VillageView], counts: Counts) -> list[GapView]:
    """The gaps of the previous edition, without those of villages that are done."""
    there = {row["code"] for row in rows if row["approach"] != DONE}
    told = [one for one in counts.past.said.get("gaps", ()) if one["village_code"] in there]
    unsaid = {"asset_unit": "", "asset_amount": None, "cost_cny": None, "lon": 0.0, "lat": 0.0,
              "cost_per_household_cny": None, "other_asset": "", "other_cost_cny": None, "unit": "",
              "reason": Words(zh="", en="")}  # fmt: skip
    return [
        cast("GapView", {**unsaid, **one, "gap_id": str(rank), "rank": rank})
        for rank, one in enumerate(told, 1)
    ]


def _turned(planner: Edition, results: Results, counts: Counts) -> bool:
    """Whether enough has changed since the last update of routes."""
    said = counts.past.said
    if said.get("rests_on") != rests_on_route(results):
        return True
    if _passed(results, date.fromisoformat(said["told_on"])):
        return True
    at, now = said["homes_at"], _homes(planner)
    changed = sum(
        max(abs(mine - theirs) for mine, theirs in zip(now.get(code, (0, 0)), at.get(code, (0, 0)),
                                                       strict=True))
        for code in now.keys() | at.keys()
    )  # fmt: skip
    return changed >= counts.rule.least


def _homes(planner: Edition) -> dict[str, tuple[int, int]]:
    return {one["code"]: (one["households"] or 0, one["pending"] or 0) for one in planner.villages}


def _remember(planner: Edition, results: Results, counts: Counts, *, anew: bool) -> None:
    told = {
        "rests_on": rests_on_route(results),
        "told_on": results.project.as_of.isoformat(),
        "homes_at": {code: list(both) for code, both in _homes(planner).items()},
    }
    counts.said.update(told if anew else {name: counts.past.said[name] for name in told})


def rests_on_route(results: Results) -> str:
    """A digest of what routes depend on besides homes: the plan, and layers that list no homes."""
    layers = sorted(
        (origin.layer, origin.path, origin.sha256)
        for origin in results.layers.origins
        if origin.layer not in _OF_HOMES
    )
    zones = [str(zone) for zone in results.project.zones]
    told = f"{layers}{zones}{results.policy.model_dump_json()}"
    return hashlib.sha256(told.encode()).hexdigest()


def _passed(results: Results, since: date) -> bool:
    """Whether a date in a layer that lists no homes lies between `since` and the as-of date."""
    begin, end = pd.Timestamp(since), pd.Timestamp(results.project.as_of)
    for name, table in results.layers.tables.items():
        if name in _OF_HOMES or not isinstance(table, pd.DataFrame):
            continue
        for days in (table[column] for column in table.select_dtypes("datetime").columns):
            if ((days > begin) & (days <= end)).any():
                return True
    return False
