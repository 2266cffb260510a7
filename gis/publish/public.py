"""The public edition: made from the planner's, keeping what is named here and nothing else.

Villages only. A route shows once it is approved or published; every other one is "unpublished",
or stands as a proposal where the project publishes proposals. Routes and official targets are
never blurred; every count of homes is, by `Counts`. Totals add up what is published.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gis import words
from gis.pages.edition import Edition
from gis.pages.rows import Gap, Part, Village, Words
from gis.publish.counts import Blur, Counts, Memory
from gis.publish.groups import Group, count_groups
from gis.publish.mains import mains_drawn, open_growth
from gis.publish.reasons import public_reason, public_reasons
from gis.publish.redacted import Redacted, redacted_counts
from gis.publish.rows import township_rows, village_places, words_of
from gis.publish.units import public_targets, public_zones

if TYPE_CHECKING:
    from gis.publish.results import Results

GROUND = ("outline", "townships", "villages", "pipes", "zones", "built_up", "roads", "rivers")
DECIDED = ("approved", "published")
_MONEY = (
    "cost_cny_a", "own_cny_a", "subsidy_cny_a", "bill_cny_a", "bill_subsidy_cny_a",
    "runner_up_cost_cny_a",
)  # fmt: skip
# ASSUME: what a home pays on average says nothing of one home when told to ten yuan, and of homes
# fewer than a count may speak of when told to a hundred: a floor area shows in it otherwise.
_MONEY_CNY, _MONEY_OF_FEW_CNY = 10, 100
_NO_WORDS = Words(zh="", en="")


def public_edition(
    planner: Edition, results: Results, before: Memory
) -> tuple[Edition, Counts, list[Group]]:
    """The public edition, its counts to be remembered, and the villages counted together."""
    counts = Counts(Blur.of(results.policy), before.counts)
    groups = count_groups(results.facts.villages, counts.blur.least, before.groups)
    redacted = redacted_counts(results, counts, groups, planner.months)
    reasons = public_reasons(results.decisions.tried)
    villages = [
        _village(village, redacted[village["code"]])
        if not (village["status"] in DECIDED or results.project.publish_proposals)
        else _with_route(village, redacted[village["code"]], reasons, counts.blur.least)
        for village in planner.villages
    ]
    maps = planner.demonstration or bool(planner.review_no)
    places = village_places(results.facts.villages, results.project.crs)
    openly = results.project.publish_proposals
    kept = [name for name in GROUND if name in planner.geometry and maps]
    note = words.load("report")["notes"]
    edition = replace(
        planner,
        kind="public",
        maps=maps,
        why_no_maps=_NO_WORDS if maps else words_of(words.sentence(note, "no_maps")),
        villages=villages,
        townships=township_rows(villages),
        targets=public_targets(planner, villages, redacted, counts),
        zones=public_zones(planner.zones, results, groups, counts),
        gaps=_gaps(planner.gaps, villages, counts, places),
        geometry={name: planner.geometry[name] for name in kept}
        | (mains_drawn(results, openly=True) if openly and maps else {}),
        growth=open_growth(planner.growth) if openly else None,
        summary={},
        count_note=_count_note(counts),
        address=results.project.address,
        points=None,
        comparison=None,
    )
    return edition, counts, groups


def _village(village: Village, seen: Redacted) -> Village:
    return Village(
        code=village["code"],
        name=village["name"],
        township_code=village["township_code"],
        township=village["township"],
        initials=village["initials"],
        pinyin=village["pinyin"],
        approach="unpublished",
        status="",
        computed="",
        dissent=False,
        clause="",
        reason=_NO_WORDS,
        document_no="",
        device="",
        households=seen.counts["households"],
        pending=seen.counts["pending"],
        batch=seen.counts["batch"],
        completed=seen.counts["completed"],
        late=seen.counts["late"],
        stock=seen.counts["stock"],
        merged=seen.merged,
        cost_cny_a=None,
        own_cny_a=None,
        subsidy_cny_a=None,
        bill_cny_a=None,
        bill_subsidy_cny_a=None,
        runner_up="",
        runner_up_cost_cny_a=None,
        flip=_NO_WORDS,
        pipe_m=village["pipe_m"] if seen.alone else None,
        contact=village["contact"],
        zone_id=village["zone_id"],
        months=seen.months,
        gap="",
        parts=[],
        tried=[],
    )


def _with_route(
    village: Village, seen: Redacted, tried: Mapping[str, list[tuple[str, str]]], least: int
) -> Village:
    shown = _village(village, seen)
    shown["approach"] = village["approach"]
    shown["status"] = village["status"]
    shown["clause"] = village["clause"]
    shown["reason"] = public_reason(village, tried.get(village["code"], []))
    shown["document_no"] = village["document_no"]
    shown["device"] = village["device"]
    shown["runner_up"] = village["runner_up"]
    step = _MONEY_CNY if (village["pending"] or 0) >= least else _MONEY_OF_FEW_CNY
    for name in _MONEY:
        shown[name] = _rounded(village[name], step)  # type: ignore[literal-required]
    shown["gap"] = village["gap"]
    shown["parts"] = [_part(part) for part in village["parts"]]
    return shown


def _rounded(money: float | None, step: int) -> float | None:
    return None if money is None else float(round(money / step) * step)


def _part(part: Part) -> Part:
    """Its size is left out: together with the whole it would tell the other part's."""
    return Part(part=part["part"], approach=part["approach"], households=None, reason=_NO_WORDS)


def _gaps(
    gaps: Sequence[Gap],
    villages: Sequence[Village],
    counts: Counts,
    places: Mapping[str, tuple[float, float]],
) -> list[Gap]:
    """One gap a village and kind, the largest first; one of few homes is nobody's business."""
    shown = {village["code"]: village for village in villages if village["gap"]}
    together: dict[tuple[str, str], list[Gap]] = {}
    for gap in gaps:
        if gap["village_code"] in shown:
            together.setdefault((gap["village_code"], gap["kind"]), []).append(gap)
    known: dict[tuple[str, str], int] = {}
    for code in shown:
        sizes = {
            key: sum(gap["households"] or 0 for gap in same)
            for key, same in together.items()
            if key[0] == code
        }
        known |= _gap_homes(sizes, shown[code]["pending"], counts)
    ranked = sorted(known, key=lambda key: (-known[key], key))
    return [
        _gap(together[key], rank, known[key], places[key[0]])
        for rank, key in enumerate(ranked, start=1)
    ]


def _gap_homes(
    sizes: Mapping[tuple[str, str], int], pending: int | None, counts: Counts
) -> dict[tuple[str, str], int]:
    """How many homes a village's gaps leave out, but for what would say too much of the others."""
    blur, known = counts.blur, dict[tuple[str, str], int]()
    for key, homes in sizes.items():
        if homes < blur.least or pending is None:
            continue
        published = counts.publish(f"gap:{':'.join(key)}", homes)
        taken = sum(map(blur.low, [*known.values(), published]))
        if blur.high(pending) - taken >= blur.move:
            known[key] = published
        else:
            counts.withhold(f"gap:{':'.join(key)}")
    return known


def _gap(same: Sequence[Gap], rank: int, homes: int, at: tuple[float, float]) -> Gap:
    """Gaps at their village's middle; amounts and costs would give the number of homes away."""
    gap = same[0]
    return Gap(
        gap_id=str(rank),
        rank=rank,
        kind=gap["kind"],
        village_code=gap["village_code"],
        village=gap["village"],
        township=gap["township"],
        in_zone=any(one["in_zone"] for one in same),
        households=homes,
        asset=gap["asset"],
        asset_amount=None,
        asset_unit="",
        cost_cny=None,
        cost_per_household_cny=None,
        reason=_NO_WORDS,
        clause=gap["clause"],
        lon=at[0],
        lat=at[1],
    )


def _count_note(counts: Counts) -> Words:
    return words_of(
        words.sentence(
            words.load("report")["notes"],
            "count",
            step=counts.blur.step,
            first=counts.blur.move,
            least=counts.blur.least,
            move=counts.blur.move,
        )
    )
