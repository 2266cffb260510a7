"""Counts as the public edition shows them: rounded, with hysteresis between editions.

With `hysteresis` = 5 a count is rounded to tens: 0 stands for 0 to 5, 10 for 6 to 15 and so on,
so that neither "none" nor "all" is ever stated of a village. A published count stays until the true
count differs by 5 or more from the one at which it was last changed; that count is kept in the
planner edition (`published.json`) and never shown. If the policy's rule has changed since the
previous
edition, a count is derived from the value that was published, not from the true count: two
roundings of one true count would bound it more closely than either.

Villages are counted together until a group has enough homes. A total is rounded itself and is never
a sum of rounded counts; where total and parts together would reveal too much of a part, the total
is withheld. `gis.disclosure.inference_check` proves by linear programming that no count can be
inferred from the others more closely than to `hysteresis` households.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import dist
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from gis.errors import InputError, Text
from gis.report.metadata import json_bytes

if TYPE_CHECKING:
    from gis.policy import Policy

Group = tuple[str, ...]
MEMORY = "planner/published.json"
Known = tuple[int, int | None]  # lower and upper bound of a count, None for none
ANY: Known = (0, None)


def count_groups(
    villages: pd.DataFrame, least: int, before: Iterable[Sequence[str]]
) -> list[Group]:
    """Group villages for counting: each is in exactly one group, within one township.

    A village with fewer than `least` homes joins the nearest group of its township until the group
    has enough. Villages that were counted together before stay together. A group that still has
    too few is the whole township; its counts must be withheld.

    Args:
        villages: village_code, township_code, households, x, y [m].
        least: The minimum number of homes.
        before: The groups of the previous edition.
    """
    together = [frozenset(group) for group in before]
    groups: list[Group] = []
    for _, mine in villages.groupby("township_code", sort=True):
        groups += _of_township(_Places.of(mine), least, together)
    return sorted(groups)


@dataclass(frozen=True)
class _Places:
    """The villages of a township: homes and location by code."""

    homes: dict[str, int]
    at: dict[str, tuple[float, float]]

    @classmethod
    def of(cls, villages: pd.DataFrame) -> _Places:
        """Build it from rows of village_code, households, x, y."""
        codes = villages["village_code"].tolist()
        places = zip(villages["x"].tolist(), villages["y"].tolist(), strict=True)
        homes = villages["households"].astype(int).tolist()
        return cls(dict(zip(codes, homes, strict=True)), dict(zip(codes, places, strict=True)))

    def size(self, group: Group) -> int:
        """The number of homes of a group."""
        return sum(self.homes[code] for code in group)

    def apart(self, one: Group, other: Group) -> float:
        """The smallest distance between villages of two groups [m]."""
        return min(dist(self.at[a], self.at[b]) for a in one for b in other)


def head_of(group: Sequence[str], households: Mapping[str, int]) -> str:
    """The member that shows the group's counts: the largest, of equals the first."""
    return min(group, key=lambda code: (-households[code], code))


def _of_township(places: _Places, least: int, before: list[frozenset[str]]) -> list[Group]:
    groups = _kept(sorted(places.homes), before)
    while True:
        small = [group for group in groups if places.size(group) < least]
        if not small or len(groups) == 1:
            return groups
        first = small[0]
        others = [group for group in groups if group != first]
        near = min(others, key=lambda group: (places.apart(first, group), group))
        groups = sorted([*(g for g in others if g != near), tuple(sorted(first + near))])


def _kept(codes: list[str], before: list[frozenset[str]]) -> list[Group]:
    kept = [group for group in (tuple(sorted(one & set(codes))) for one in before) if group]
    grouped = {code for group in kept for code in group}
    return sorted(kept + [(code,) for code in codes if code not in grouped])


class PublishedCount(NamedTuple):
    """A published count and the true count at which it was set."""

    published: int
    true: int


@dataclass(frozen=True)
class RoundingRule:
    """How counts are rounded.

    least       minimum number of households; below it nothing is published
    hysteresis  change of a count at which it is published anew; half of the rounding step
    """

    least: int
    hysteresis: int

    @classmethod
    def of(cls, policy: Policy) -> RoundingRule:
        """The rule of the policy."""
        return cls(policy.edition.min_households, policy.edition.hysteresis)

    @property
    def step(self) -> int:
        """The rounding step."""
        return max(2 * self.hysteresis, 1)

    def rounded(self, count: int) -> int:
        """Round to the nearest step, halves down; stands for at least hysteresis + 1 counts."""
        return (
            max(-((self.hysteresis - count) // self.step), 0) * self.step
            if self.hysteresis
            else count
        )

    def low(self, published: int) -> int:
        """The smallest true count that is published as `published` when it is set."""
        return max(published - self.hysteresis + 1, 0) if self.hysteresis else published

    def enough(self, published: int) -> bool:
        """Whether a published count stands for at least `least` households, held or not."""
        return self.low(published) - max(self.hysteresis - 1, 0) >= self.least

    def floor(self, least: int) -> int:
        """The smallest published value of a count that is known to be at least `least`."""
        return -(-least // self.step) * self.step

    def high(self, published: int) -> int:
        """The largest true count that is published as `published` when it is set."""
        return published + self.hysteresis


class Counts:
    """Publishes counts one by one and stores each under its key.

    links     relations of zones and villages, which count the same homes
    amounts   money and distances, published in steps
    said      published values that are not numbers, by key
    known     what is public about a count besides its value: lower and upper bound (None: none)
    official  exact figures, which bound the others
    past      the stored values of the previous edition

    Of a previous edition that does not say its rule, the rule is taken to be this one.
    """

    def __init__(
        self, rule: RoundingRule, before: Mapping[str, PublishedCount], past: Memory | None = None
    ) -> None:
        self.rule = rule
        self._before = before
        self.past = past or NOTHING
        self._changed = self.past.rule is not None and self.past.rule.hysteresis != rule.hysteresis
        self.memory: dict[str, PublishedCount] = {}
        self.links: dict[str, ZoneLink] = {}
        self.known: dict[str, Known] = {}
        self.official: dict[str, int] = {}
        self.amounts: dict[str, PublishedCount] = {}
        self.said: dict[str, Any] = {}

    def amount(self, key: str, value: float, step: int) -> int:
        """`value` rounded to `step`, unchanged until it has changed by one step.

        An amount that was published in other steps continues from its published value.
        """
        before = self.past.amounts.get(key)
        if before is not None and before.published % step:
            before = PublishedCount(round(before.published / step) * step, before.published)
        if before is None or abs(value - before.true) >= step:
            before = PublishedCount(round(value / step) * step, round(value))
        self.amounts[key] = before
        return before.published

    def publish(self, key: str, count: int) -> int:
        """Publish `count` under a `key` that all editions share; return the rounded value."""
        shown = self._moved(self._before.get(key), count)
        low, high = self.known.get(key, ANY)
        if low == high:
            shown = PublishedCount(low, count)
        elif shown.published < self.rule.floor(low):
            shown = PublishedCount(self.rule.floor(low), shown.true)
        self.memory[key] = shown
        return shown.published

    def told(self, key: str) -> int | None:
        """The published value of a count; None if there is none."""
        shown = self.memory.get(key)
        return shown.published if shown else None

    def published(self) -> CountHistory:
        """All published counts of this edition."""
        values = {key: shown.published for key, shown in self.memory.items()}
        return CountHistory(
            values, dict(self.links), dict(self.known), dict(self.official), self.rule
        )

    def enough(self, key: str, count: int) -> bool:
        """Whether `count` is large enough for publication; judged on its rounded, held value."""
        before = self.past.amounts.get(f"{key}:enough")
        shown = self._moved(before, count)
        self.amounts[f"{key}:enough"] = shown
        return self.rule.enough(shown.published)

    def head(self, group: Sequence[str], households: Mapping[str, int]) -> str:
        """The village that shows a group's counts: that of the previous edition, if any.

        households: by village.
        """
        before = [code for code in group if code in self.past.said.get("heads", ())]
        head = head_of(before or group, households)
        heads = {*self.said.get("heads", ()), head} if len(group) > 1 else self.said.get("heads")
        if heads:
            self.said["heads"] = sorted(heads)
        return head

    def withhold(self, key: str) -> None:
        """Do not publish the count under `key`."""
        del self.memory[key]

    def whole(self, key: str, count: int, parts: Iterable[int], exact: int = 0) -> int:
        """Publish a count with disjoint published `parts` and `exact` further homes.

        It is raised by steps while whole and parts together would reveal too much.
        """
        self.publish(key, count)
        shown = self.memory[key]
        taken = exact + sum(map(self.rule.low, parts))
        while self.rule.high(shown.published) - taken < self.rule.hysteresis:
            shown = PublishedCount(shown.published + self.rule.step, shown.true)
        self.memory[key] = shown
        return shown.published

    def _moved(self, before: PublishedCount | None, count: int) -> PublishedCount:
        """What is published of `count`; before: as the previous edition published it."""
        if before is not None and self._changed:
            before = PublishedCount(self.rule.rounded(before.published), before.published)
        if before is not None and abs(count - before.true) < self.rule.hysteresis:
            return before
        return PublishedCount(self.rule.rounded(count), count)


class ZoneLink(NamedTuple):
    """The relation of a zone to groups of villages, by the keys of their counts.

    whole    groups of which every home is, or may be, in the zone
    touched  groups of which some home is, or may be; None: homes outside all villages are too
    verdict  the verdict on the zone
    """

    whole: tuple[str, ...]
    touched: tuple[str, ...] | None
    verdict: str


class CountHistory(NamedTuple):
    """The published counts of an edition by key, with zone links, bounds and official figures.

    rule  how they are rounded; None: as in this run
    """

    counts: Mapping[str, int]
    zones: Mapping[str, ZoneLink] = {}
    known: Mapping[str, Known] = {}
    official: Mapping[str, int] = {}
    rule: RoundingRule | None = None


class Memory(NamedTuple):
    """What an edition stores for the next one, see `Counts`.

    groups  villages counted together
    told    published counts of this and earlier editions, oldest first
    rule    how its counts are rounded; None: it does not say
    """

    counts: Mapping[str, PublishedCount] = {}
    groups: tuple[tuple[str, ...], ...] = ()
    amounts: Mapping[str, PublishedCount] = {}
    said: Mapping[str, Any] = {}
    told: tuple[CountHistory, ...] = ()
    rule: RoundingRule | None = None


NOTHING = Memory()


def memory_bytes(counts: Counts, groups: Iterable[Sequence[str]]) -> bytes:
    """The stored values as a file of the planner edition, with the links, for later audits."""
    kept = {
        "rule": {"least": counts.rule.least, "move": counts.rule.hysteresis},
        "counts": {key: list(counts.memory[key]) for key in sorted(counts.memory)},
        "amounts": {key: list(counts.amounts[key]) for key in sorted(counts.amounts)},
        "said": dict(sorted(counts.said.items())),
        "known": {key: list(counts.known[key]) for key in sorted(counts.known)},
        "official": dict(sorted(counts.official.items())),
        "groups": sorted(list(group) for group in groups),
        "zones": {zone: link._asdict() for zone, link in sorted(counts.links.items())},
    }
    return json_bytes(kept)


def _shown(pairs: Mapping[str, Sequence[int]]) -> dict[str, PublishedCount]:
    return {str(key): PublishedCount(*map(int, pair)) for key, pair in pairs.items()}


def rule_of(stored: Mapping[str, Any]) -> RoundingRule | None:
    """The rule that a stored edition was rounded by; None if it does not say."""
    kept = stored.get("rule")
    return None if kept is None else RoundingRule(int(kept["least"]), int(kept["move"]))


def read_memory(edition: Path) -> Memory:
    """Read the stored values of the edition in folder `edition`.

    Raises:
        InputError: The folder has no edition, so that counts could not be held.
    """
    path = edition / MEMORY
    try:
        kept = json.loads(path.read_text("utf-8"))
        counts, amounts = _shown(kept["counts"]), _shown(kept.get("amounts", {}))
        groups = tuple(tuple(map(str, group)) for group in kept["groups"])
        return Memory(counts, groups, amounts, dict(kept.get("said", {})), rule=rule_of(kept))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        zh = (
            f"上一版 {edition} 里读不到 {MEMORY}：公布的户数无法与上一版衔接。"
            "请指向完整的上一版文件夹。"
        )
        en = (
            f"the previous edition {edition} has no readable {MEMORY}, so its published counts "
            "cannot be carried on. Point to the whole folder of the previous edition."
        )
        raise InputError(Text(zh, en)) from error
