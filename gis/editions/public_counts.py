"""Public counts of villages, targets, zones and coverage gaps.

This year's task and its completions are official figures and published exactly, by village and
month; a draft of the task is not published. Every other count is rounded once for each village, for
all modes together. Only gaps with enough homes are published, each in the middle of its village.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from gis import i18n
from gis.audit.zone_clearance import CLEARED
from gis.disclosure.zone_counts import (
    CELLS,
    NOBODY,
    Cells,
    zone_cells,
    zone_count_links,
    zone_inside,
)
from gis.editions.page_rows import words_of, zone_reason_words
from gis.i18n import Words
from gis.pages.model import Target, VillageView
from gis.pages.zone_rows import ZoneView

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from gis.disclosure.rounding import Counts, Group, RoundingRule
    from gis.editions.run_results import Results

_OFFICIAL = ("batch", "completed")
_ROUNDED = ("late", "stock")
_EMPTY = dict.fromkeys(("households", "pending", "batch", "completed", "late", "stock"))
_NO_WORDS = Words(zh="", en="")


@dataclass(frozen=True)
class PublicCounts:
    """The published counts of one village; of villages counted together only the first has counts.

    counts        households, pending, batch, completed, late, stock
    months        completed by the end of each month, cumulative, exact
    batch_months  the same for the homes of this year's programme
    merged        counted with another village, or withheld: all counts are None
    group         the villages counted together, including this one
    """

    counts: dict[str, int | None]
    months: list[int | None]
    batch_months: list[int | None]
    merged: bool
    group: Group


@dataclass(frozen=True)
class _Exact:
    """The exact counts by village.

    unknown   villages whose completions cannot be counted
    drafted   villages whose batch is a draft: no official figure, and the exact number of pending
              homes, so that it is not published
    """

    homes: dict[str, tuple[int, int]]
    done: dict[str, list[dict[str, Any]]]
    steps: dict[str, list[dict[str, Any]]]
    unknown: frozenset[str]
    drafted: frozenset[str]

    def sums(self, group: Group) -> dict[str, int]:
        """The group's counts, all modes together."""
        rows = [row for code in group for row in self.done.get(code, [])]
        return {name: sum(int(row[name]) for row in rows) for name in (*_OFFICIAL, *_ROUNDED)}

    def is_known(self, group: Group) -> bool:
        """Whether the completions of all its homes can be counted; villages without homes aside."""
        own = [code for code in group if self.homes[code][0]] or group
        return self.unknown.isdisjoint(own)

    def by_month(self, group: Group, name: str, months: Sequence[str]) -> list[int | None]:
        """Homes by the end of each month, cumulative."""
        added = dict.fromkeys(months, 0)
        for row in (row for code in group for row in self.steps.get(code, [])):
            added[row["month"]] += int(row[name])
        return list(accumulate(added.values()))


def build_public_counts(
    results: Results, counts: Counts, groups: Sequence[Group], months: Sequence[str]
) -> dict[str, PublicCounts]:
    """village_code → its counts; `told_of` then removes withheld ones.

    counts: already has the bounds on `pending` that follow from published routes.
    """
    exact = _exact(results)
    redacted: dict[str, PublicCounts] = {}
    for group in groups:
        sizes = {code: exact.homes[code][0] for code in group}
        nothing: list[int | None] = [None] * len(months)
        hidden = PublicCounts(dict(_EMPTY), nothing, nothing, merged=True, group=group)
        redacted |= dict.fromkeys(group, hidden)
        if sum(sizes.values()) >= counts.rule.least:
            redacted[counts.head(group, sizes)] = _published(exact, counts, group, months)
    return redacted


def told_of(redacted: Mapping[str, PublicCounts], counts: Counts) -> dict[str, PublicCounts]:
    """The same counts without those withheld since, and with those raised since."""
    return {
        code: one if one.merged else replace(one, counts=one.counts | _blurred(one, counts))
        for code, one in redacted.items()
    }


def _blurred(one: PublicCounts, counts: Counts) -> dict[str, int | None]:
    """The rounded counts as they may be told; an unknown one stays blank."""
    key = "+".join(one.group)
    known = [name for name, count in one.counts.items() if count is not None]
    return {
        name: counts.told(f"{key}:{name}")
        for name in ("households", "pending", *_ROUNDED)
        if name in known
    }


def _exact(results: Results) -> _Exact:
    towns, progress = results.facts.villages, results.progress
    homes = zip(towns["households"].astype(int), towns["pending"].astype(int), strict=True)
    done = _by_village(progress.villages)
    steps = _by_village(progress.months)
    sizes = dict(zip(towns["village_code"], homes, strict=True))
    drafted = frozenset(towns.loc[towns["township_code"].isin(progress.drafts), "village_code"])
    return _Exact(sizes, done, steps, progress.unknown, drafted)


def _by_village(table: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in table.to_dict("records"):
        rows.setdefault(row["village_code"], []).append(row)
    return rows


def _published(exact: _Exact, counts: Counts, group: Group, months: Sequence[str]) -> PublicCounts:
    key, sums = "+".join(group), exact.sums(group)
    homes, waiting = (sum(exact.homes[code][n] for code in group) for n in (0, 1))
    counts.official[f"{key}:completed"] = sums["completed"]
    counts.known[f"{key}:households"] = (max(counts.rule.least, sums["completed"]), None)
    pending = counts.publish(f"{key}:pending", waiting)
    rounded = {name: counts.publish(f"{key}:{name}", sums[name]) for name in _ROUNDED}
    parts = [pending, *rounded.values()]
    whole = counts.whole(f"{key}:households", homes, parts, exact=sums["completed"])
    known = exact.is_known(group)  # else completions are blank, which is not none
    official = exact.drafted.isdisjoint(group)
    steps: list[list[int | None]] = [
        exact.by_month(group, name, months) if told else [None] * len(months)
        for name, told in (("completed", known), ("in_batch", known and official))
    ]
    return PublicCounts(
        counts={
            "households": whole,
            "pending": pending,
            "batch": (sums["batch"] or None) if official else None,  # None: not in the task
            "completed": sums["completed"] if known else None,
            **(rounded if known else dict.fromkeys(rounded)),
        },
        months=steps[0],
        batch_months=steps[1],
        merged=False,
        group=group,
    )


def public_targets(targets: Sequence[Target], villages: Sequence[VillageView]) -> list[Target]:
    """The official target and completions of every unit, exact, without fields that no page shows.

    If no village of a township shows counts, only its target is published. A unit that is not a
    township has no villages and is published unchanged.

    Args:
        targets: The exact targets.
        villages: The villages of the public edition.
    """
    towns: dict[str, list[VillageView]] = {}
    for village in villages:
        towns.setdefault(village["township_code"], []).append(village)
    return [
        _target(row, told=any(not one["merged"] for one in towns[row["unit_code"]]))
        if row["unit_code"] in towns
        else _target(row, told=True)
        for row in targets
    ]


def _target(row: Target, *, told: bool) -> Target:
    return Target(
        unit_code=row["unit_code"],
        unit=row["unit"],
        mode=row["mode"],
        target=row["target"],
        decided=None,
        remaining=row["remaining"] if told else None,
        rate_needed=row["rate_needed"] if told else None,
        forecast_low=None,
        forecast_high=None,
        note=_untold() if row["completed"] is None else _NO_WORDS,
        batch=row["batch"] if told and not row["batch_draft"] else None,
        batch_draft=row["batch_draft"],
        completed=row["completed"] if told else None,
        late=None,
        stock=None,
        reported=None,
        months=row["months"] if told else [None] * len(row["months"]),
    )


def _untold() -> Words:
    """Why a count is blank, to residents; what the ledger lacks is for those who keep it."""
    return words_of(i18n.format_message(i18n.messages("audit")["ground"], "public"))


def count_zones(
    zones: Sequence[ZoneView], results: Results, groups: Sequence[Group], counts: Counts
) -> None:
    """Publish the counts of every zone with enough homes.

    counts: the counts of the villages are already published.
    """
    shown = {zone["zone_id"]: zone["verdict"] for zone in zones if _counted(zone, counts)}
    counts.said["zones"] = sorted(shown)
    counts.links = zone_count_links(results.facts, groups, shown)
    for zone in zones:
        if zone["zone_id"] in counts.links:
            _count(zone, counts)


def public_zones(zones: Sequence[ZoneView], counts: Counts) -> list[ZoneView]:
    """Every zone with its verdict and its published counts."""
    return [_zone(zone, counts) for zone in zones]


def _counted(zone: ZoneView, counts: Counts) -> bool:
    """Whether a zone has enough homes; a zone that was not counted before needs some more."""
    before, least = counts.past.said.get("zones"), counts.rule.least
    new = before is not None and zone["zone_id"] not in before
    return zone["inside"] is not None and zone["inside"] >= least + (
        counts.rule.hysteresis if new else 0
    )


def _count(zone: ZoneView, counts: Counts) -> None:
    exact = {"cleared": zone["cleared"], "not_cleared": zone["not_cleared"],
             "unknown": zone["unknown"], "undecidable": zone["undecidable"]}  # fmt: skip
    known = {name: count or 0 for name, count in exact.items()}
    link = counts.links[zone["zone_id"]]
    seen = zone_cells(zone["zone_id"], known, link, counts)
    zone_inside(zone["zone_id"], zone["inside"] or 0, seen, link, counts)


def _zone(zone: ZoneView, counts: Counts) -> ZoneView:
    key = f"zone:{zone['zone_id']}"
    seen: Cells = {name: counts.told(f"{key}:{name}") for name in CELLS}
    certain, possible = _share(seen, zone["verdict"], counts.rule)
    return ZoneView(
        zone_id=zone["zone_id"],
        zone=zone["zone"],
        verdict=zone["verdict"],
        inside=counts.told(f"{key}:inside"),
        cleared=seen["cleared"],
        not_cleared=seen["not_cleared"],
        unknown=seen["unknown"],
        undecidable=seen["undecidable"],
        share_certain=certain,
        share_possible=possible,
        coal_findings=None,
        open_complaints=None,
        document_no=zone["document_no"],
        effective_on=zone["effective_on"],
        expires_on=zone["expires_on"],
        reasons=zone_reason_words(seen),
    )


def _share(seen: Cells, verdict: str, rule: RoundingRule) -> tuple[float | None, float | None]:
    """Bounds of the cleared share from the published counts; the true share lies between them."""
    known = {name: count for name, count in seen.items() if count is not None}
    if len(known) < len(seen) or not any(known.values()):
        return None, None
    if verdict == CLEARED:
        return 1.0, 1.0
    # A held count may be off by one less than the move that would update it.
    slack, nobody = max(rule.hysteresis - 1, 0), NOBODY.get(verdict, ())
    low = {name: max(rule.low(count) - slack, 0) for name, count in known.items()}
    high = {
        name: 0 if name in nobody else rule.high(count) + slack for name, count in known.items()
    }
    least = low["cleared"] / max(low["cleared"] + sum(high.values()) - high["cleared"], 1)
    burning = 0 if "not_cleared" in nobody else low["not_cleared"]
    most = 1 - burning / max(burning + sum(high.values()) - high["not_cleared"], 1)
    return least, most
