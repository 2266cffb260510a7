"""Routes, and what rests on them, stay as they were told until enough homes have changed.

A computed route may turn on a single home: a share that is just reached, the last kW of a source.
Told at once, its change would tell of that home. So what is computed is told anew for all villages
together, once as many homes as the least number have changed, or something else has: a layer that
is no list of homes, the plan, a day on which something comes into service. What the office decided,
and whether a village is done, is told as it is; the money of what it decided is computed all the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import pandas as pd

from gis.disclosure.amounts import MONEY
from gis.disclosure.public_routes import DECIDED, DONE
from gis.pages.model import Words

if TYPE_CHECKING:
    from gis.disclosure.rounding import Counts
    from gis.editions.run_results import Results
    from gis.pages.model import Edition, GapView, VillageView

T = TypeVar("T")
Tried = Mapping[str, Sequence[tuple[str, str]]]
_OF_HOMES = ("households", "inspections", "premises", "complaints", "zone_rulings")
_RULING = ("approach", "status", "document_no")
_ROUTE = ("approach", "status", "clause", "device", "runner_up", "document_no", "dissent", "parts",
          *MONEY)  # fmt: skip
_GAP = ("kind", "village_code", "village", "township", "in_zone", "households", "asset", "clause")


class HeldRoutes(NamedTuple):
    """What is told of routes: the exact villages and gaps as of the day they were last told anew."""

    villages: list[VillageView]
    gaps: list[GapView]
    tried: Tried
    anew: bool

    def keep(self, name: str, now: T, counts: Counts) -> T:
        """What is told of `name`: what it is now, or was when routes were last told anew."""
        told: T = now if self.anew or name not in counts.past.said else counts.past.said[name]
        counts.said[name] = told
        return told


def hold_routes(planner: Edition, results: Results, tried: Tried, counts: Counts) -> HeldRoutes:
    """The villages and gaps of `planner` with the routes that are told.

    tried: the routes tried for each village, with the code of the cause.
    counts: remembers what was told, and when.
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
    counts.said["routes"] = {
        row["code"]: {name: row[name] for name in _ROUTE} | {"tried": causes[row["code"]]}  # type: ignore[literal-required]
        for row in rows
    }
    gaps = list(planner.gaps) if anew else _gaps(rows, counts)
    counts.said["gaps"] = [{name: gap[name] for name in _GAP} for gap in gaps]  # type: ignore[literal-required]
    _remember(planner, results, counts, anew=anew)
    return HeldRoutes(rows, gaps, causes, anew)


def _held(village: VillageView, before: Mapping[str, Any]) -> bool:
    """Whether the office has decided nothing else on a village, and it is done neither time."""
    decided = village["status"] in DECIDED or before["status"] in DECIDED
    other = decided and any(village[name] != before[name] for name in _RULING)  # type: ignore[literal-required]
    return not other and DONE not in (village["approach"], before["approach"])


def _with(village: VillageView, before: Mapping[str, Any] | None) -> VillageView:
    told = village.copy()
    for name in _ROUTE if before else ():
        told[name] = before[name]  # type: ignore[literal-required,index]
    return told


def _gaps(rows: Sequence[VillageView], counts: Counts) -> list[GapView]:
    """Those of the edition before, of villages that are still not done."""
    there = {row["code"] for row in rows if row["approach"] != DONE}
    told = [one for one in counts.past.said.get("gaps", ()) if one["village_code"] in there]
    unsaid = {"asset_unit": "", "asset_amount": None, "cost_cny": None, "lon": 0.0, "lat": 0.0,
              "cost_per_household_cny": None, "reason": Words(zh="", en="")}  # fmt: skip
    return [
        cast("GapView", {**unsaid, **one, "gap_id": str(rank), "rank": rank})
        for rank, one in enumerate(told, 1)
    ]


def _turned(planner: Edition, results: Results, counts: Counts) -> bool:
    """Whether enough has changed since routes were last told anew."""
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
    return changed >= counts.blur.least


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
    """What routes rest on besides homes: the plan and every layer that lists none, as a digest."""
    layers = sorted(
        (origin.layer, origin.path, origin.sha256)
        for origin in results.loaded.origins
        if origin.layer not in _OF_HOMES
    )
    zones = [str(zone) for zone in results.project.zones]
    told = f"{layers}{zones}{results.policy.model_dump_json()}"
    return hashlib.sha256(told.encode()).hexdigest()


def _passed(results: Results, since: date) -> bool:
    """Whether a day named in a layer that lists no homes lies between `since` and now."""
    begin, end = pd.Timestamp(since), pd.Timestamp(results.project.as_of)
    for name, table in results.loaded.tables.items():
        if name in _OF_HOMES or not isinstance(table, pd.DataFrame):
            continue
        for days in (table[column] for column in table.select_dtypes("datetime").columns):
            if ((days > begin) & (days <= end)).any():
                return True
    return False
