"""The public edition: derived from the planner's, with only the fields that are listed here.

It has no households. A route is shown once it is approved or published; before that it is
"unpublished", or a proposal if the project publishes proposals. Routes, official targets and
completions are exact. Every other count of homes is rounded by `Counts`; totals are rounded
themselves, and never the sum of rounded counts.

The reasons for a route are given by cause, without numbers of homes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gis import i18n
from gis.disclosure.inference_check import withhold_until_safe
from gis.disclosure.rounding import Counts, Group, Memory, RoundingRule, count_groups
from gis.disclosure.totals import gap_homes, route_homes
from gis.disclosure.village_rows import (
    DECIDED,
    DISTANCE,
    PublicAmounts,
    route_groups,
    start_public_row,
    stated_routes,
    with_route_of,
)
from gis.editions.geometry import mains_drawn, public_extension, without_ground
from gis.editions.hysteresis import HeldRoutes, hold_routes
from gis.editions.page_rows import township_rows, view_note, words_of
from gis.editions.public_counts import (
    PublicCounts,
    build_public_counts,
    count_zones,
    public_targets,
    public_zones,
    told_of,
)
from gis.editions.public_gaps import (
    count_gaps,
    gap_sizes,
    gaps_for_public,
    mark_gap_kinds,
    middle_of_village,
)
from gis.editions.public_shapes import public_areas
from gis.i18n import Words
from gis.layers.ground_picture import LAYER as GROUND_PICTURE
from gis.output_columns import of_village, public_columns
from gis.pages.drawn_layers import DRAWN
from gis.pages.model import Edition, HeatingView, PartView, VillageView
from gis.report.monthly import left_out

if TYPE_CHECKING:
    import pandas as pd

    from gis.editions.geometry import Collection
    from gis.editions.run_results import Results
    from gis.policy.model import EditionRules

_STOP = {"zh": "。", "en": "."}
_BETWEEN = {"zh": "；", "en": ". "}


def public_reasons(tried: pd.DataFrame) -> dict[str, list[tuple[str, str]]]:
    """village_code → (route, code of the cause) of each route tried, in the policy's order."""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in tried.drop_duplicates(["village_code", "route"]).itertuples():
        found.setdefault(row.village_code, []).append((row.route, row.code))
    return found


def public_reason(village: VillageView, tried: Sequence[tuple[str, str]]) -> Words:
    """One sentence: the ruling if the office decided otherwise, else the routes tried up to it."""
    approach = village["approach"]
    if approach in ("done", "no_data"):
        return _sentence([approach])
    if village["dissent"]:
        number = village["document_no"]
        table = i18n.messages("report")["public_reason"]
        said = i18n.format_message(
            table, "ruled" if number else "ruled_unnumbered", document=number
        )
        return Words(zh=said.zh + _STOP["zh"], en=said.en + _STOP["en"])
    codes: list[str] = []
    for route, code in tried:
        codes.append(code)
        if route == approach:
            break
    return _sentence(codes)


def _sentence(codes: list[str]) -> Words:
    table = i18n.messages("report")["public_reason"]
    said = [table[code] for code in codes if code in table]
    if not said:
        return Words(zh="", en="")
    zh, en = (_BETWEEN[lang].join(one[lang] for one in said) + _STOP[lang] for lang in ("zh", "en"))
    return Words(zh=zh, en=en)


PUBLIC_GEOMETRY = tuple(one.name for one in DRAWN if one.public)
_NO_WORDS = Words(zh="", en="")
# Fields of the planner edition that the public one leaves blank
_PLANNER_ONLY: Mapping[str, Any] = {
    "summary": {}, "unanswered": (), "unverified": (), "points": None, "zone_villages": (),
    "doors": None, "comparison": None, "loads": (), "supply": (), "heat_sources": (), "bills": (),
    "waiting": (),
}  # fmt: skip


def _rests_on(numbers: int) -> Words:
    """That routes and costs rest on unverified numbers; which ones is for the planner edition."""
    if not numbers:
        return _NO_WORDS
    words = i18n.messages("quantities")["rests_on"]
    return words_of(i18n.format_message(words, "public", numbers=numbers))


def public_edition(
    planner: Edition, results: Results, before: Memory
) -> tuple[Edition, Counts, list[Group]]:
    """Build the public edition.

    Args:
        planner: The planner edition.
        results: The results of the run.
        before: The stored counts of the previous edition.

    Returns: The edition, the counts to store for the next one, and the groups of villages that are
        counted together.
    """
    counts = Counts(RoundingRule.of(results.policy), before.counts, before)
    groups = count_groups(results.facts.villages, counts.rule.least, before.groups)
    openly = results.project.publish_proposals
    told = hold_routes(planner, results, public_reasons(results.decisions.tried), counts)
    planner = replace(planner, villages=told.villages, gaps=told.gaps)
    seen = _Seen.of(planner, results, groups, counts, told)
    villages = [seen.village(village) for village in planner.villages]
    gaps = gaps_for_public(planner.gaps, counts)
    mark_gap_kinds(villages, gaps)
    drawn = public_areas(planner.geometry, results, groups, counts)
    why_no_maps = _why_no_maps(planner, drawn)
    maps = not why_no_maps
    listed = middle_of_village(gaps, drawn)
    growth = public_extension(planner.growth, seen.own(), results.policy.edition.distance_step_m)
    edition = replace(
        planner,
        kind="public",
        maps=maps,
        why_no_maps=view_note(why_no_maps),
        villages=villages,
        townships=township_rows(villages),
        targets=public_targets(planner.targets, villages),
        zones=public_zones(planner.zones, counts),
        gaps=listed,
        route_homes=route_homes(villages, planner.villages, counts),
        gap_homes=gap_homes(listed, gap_sizes(planner.gaps), counts),
        count_step=counts.rule.step if counts.rule.hysteresis else 0,
        geometry=({name: drawn[name] for name in PUBLIC_GEOMETRY if name in drawn} if maps else {})
        | (
            told.keep("mains", mains_drawn(results, openly=True), counts) if openly and maps else {}
        ),
        growth=told.keep("growth", growth, counts) if openly else None,
        rests_on=_rests_on(len(planner.unverified)),
        missing=words_of(left_out(results.facts.villages, openly=True)),
        count_note=_count_note(counts, results.policy.edition),
        address=results.project.address,
        **_picture(planner, results, maps=maps),
        **_PLANNER_ONLY,
    )
    return edition, counts, groups


def _picture(planner: Edition, results: Results, *, maps: bool) -> dict[str, Any]:
    """The picture of the ground and the credits: it is there only where a document allows it."""
    own = results.layers.picture
    if maps and own is not None and own.public_document:
        return {}
    sources = [one for one in planner.credits if one["layer"] != GROUND_PICTURE]
    return {"picture": None, "credits": sources}


def _why_no_maps(planner: Edition, drawn: Mapping[str, Collection]) -> str:
    """The key of the note why the public edition has no maps, "" if it has."""
    if not (planner.demonstration or planner.review_no):
        return "no_maps"
    return without_ground(drawn)


def _village(village: VillageView, seen: PublicCounts) -> VillageView:
    """Public row of a village without its route."""
    shown = start_public_row(village)
    for name in public_columns("count"):
        shown[name] = seen.counts[name]  # type: ignore[literal-required]
    shown["batch_done"] = seen.batch_months[-1]
    shown["months"], shown["batch_months"] = seen.months, seen.batch_months
    shown["merged"] = seen.merged
    shown["counted_with"] = [code for code in seen.group if code != village["code"]]
    shown["zone_id"] = village["zone_id"]
    return shown


@dataclass(frozen=True)
class _Seen:
    """The data that the public values of a village are derived from.

    routes  village_code → the village whose route it shows, None for none
    inside  (village_code, zone_id) → homes inside
    """

    exact: Mapping[str, VillageView]
    redacted: Mapping[str, PublicCounts]
    routes: Mapping[str, str | None]
    inside: Mapping[tuple[str, str], int]
    facts: pd.DataFrame
    told: HeldRoutes
    amounts: PublicAmounts

    @classmethod
    def of(
        cls,
        planner: Edition,
        results: Results,
        groups: Sequence[Group],
        counts: Counts,
        told: HeldRoutes,
    ) -> _Seen:
        exact = {village["code"]: village for village in planner.villages}
        openly = results.project.publish_proposals
        routes: dict[str, str | None] = {}
        for group in groups:
            routes |= route_groups(group, exact, counts)
        routes = {
            code: donor if donor and (openly or exact[donor]["status"] in DECIDED) else None
            for code, donor in routes.items()
        }
        shown = {code for code, donor in routes.items() if donor}
        for group in groups:
            counts.known[f"{'+'.join(group)}:pending"] = stated_routes(group, exact, shown)
        redacted = build_public_counts(results, counts, groups, planner.months)
        count_zones(planner.zones, results, groups, counts)
        count_gaps(planner.gaps, {code: redacted[code].counts["pending"] for code in shown}, counts)
        withhold_until_safe(counts)
        homes = results.facts.households
        here = homes.loc[homes["zone_position"] == "inside", ["village_code", "zone_id"]]
        return cls(
            exact,
            told_of(redacted, counts),
            routes,
            here.value_counts().to_dict(),
            results.facts.villages.set_index("village_code")[list(DISTANCE)],
            told,
            PublicAmounts(results.policy.edition, counts),
        )

    def own(self) -> frozenset[str]:
        """The villages that show their own route."""
        return frozenset(code for code, whose in self.routes.items() if code == whose)

    def village(self, village: VillageView) -> VillageView:
        """The public values of a village."""
        code, seen = village["code"], self.redacted[village["code"]]
        donor, counts = self.routes[code], self.amounts.counts
        shown = _village(village, seen)
        zone = village["zone_id"]
        if zone and not counts.enough(f"{code}:{zone}", self.inside.get((code, zone), 0)):
            shown["zone_id"] = ""
        if not seen.merged:
            shown["pipe_m"] = self._distance("+".join(seen.group), seen.group)
            shown |= self._rounded(seen)  # type: ignore[typeddict-item]
        if donor is None:
            return shown
        shown = with_route_of(shown, self.exact[donor])
        if donor != code:
            name = self.exact[donor]["name"]
            note = i18n.messages("report")["notes"]
            shown["reason"] = words_of(i18n.format_message(note, "small_village", village=name))
            return shown
        shown["document_no"] = village["document_no"]
        shown["reason"] = public_reason(village, self.told.tried.get(code, ()))
        shown["parts"] = [_part(part) for part in village["parts"]]
        shown["heating_homes"] = self._heating(village)
        shown |= self._money(shown, seen)  # type: ignore[typeddict-item]
        return shown

    def _heating(self, village: VillageView) -> list[HeatingView]:
        """What most homes of a finished village heat with, where that speaks of enough homes."""
        code, counts = village["code"], self.amounts.counts
        lead = next(iter(village["heating_homes"]), None)
        kind = ""
        if lead and counts.enough(f"{code}:heating", lead["homes"] or 0):
            kind = self.told.keep(f"{code}:heating", lead["kind"], counts)
        return [HeatingView(kind=kind, homes=None, secure=None)] if kind else []

    def _distance(self, key: str, group: Group) -> float | None:
        """Distance to the nearest main [m], unchanged until enough homes have changed."""
        now = self.amounts.distance(self.facts.loc[list(group)], key)
        return self.told.keep(f"{key}:pipe_m", now, self.amounts.counts)

    def _rounded(self, seen: PublicCounts) -> dict[str, float | None]:
        """Columns shown as a rounded mean; kept until enough households have changed."""
        key, members = "+".join(seen.group), [self.exact[code] for code in seen.group]
        counts = self.amounts.counts
        return {
            column.key: self.told.keep(
                f"{key}:{column.name}",
                self.amounts.rounded(members, key, column, seen.counts["households"]),
                counts,
            )
            for column in of_village("page")
            if column.public == "rounded"
        }

    def _money(self, shown: VillageView, seen: PublicCounts) -> dict[str, float | None]:
        """Costs averaged over the homes that are counted here and have this route."""
        alike = [
            one
            for one in map(self.exact.__getitem__, seen.group)
            if (one["approach"], one["runner_up"]) == (shown["approach"], shown["runner_up"])
        ]
        whole = seen.counts["pending"] if len(alike) == len(seen.group) else None
        codes = "+".join(one["code"] for one in alike)
        key = f"{codes}:{shown['approach']}:{shown['runner_up']}"
        return self.amounts.money(alike, key, whole)


def _part(part: PartView) -> PartView:
    """The part without its size, which together with the whole would reveal the other part's."""
    return PartView(part=part["part"], approach=part["approach"], households=None, reason=_NO_WORDS)


def _count_note(counts: Counts, rules: EditionRules) -> Words:
    return words_of(
        i18n.format_message(
            i18n.messages("report")["notes"],
            "count",
            step=counts.rule.step,
            first=counts.rule.hysteresis,
            least=counts.rule.least,
            move=counts.rule.hysteresis,
            money=rules.money_step_cny,
            metres=rules.distance_step_m,
        )
    )
