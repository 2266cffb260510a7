"""Counts as the public edition shows them: rounded, and still while little has changed.

With `move` = 5 a count is rounded to tens: 0 stands for 0 to 5, 10 for 6 to 15 and so on, so that
neither "none" nor "all" is ever said of a village. A published count stays until the true one is
5 or more away from the true count at which it was last changed; that count is kept in the planner
edition (`published.json`) and never shown.

Counts that hang together (parts of a whole, months of a series) are kept so that nobody can
reckon one of them more closely from the others than to `move` households: `gis.publish.bounds`
proves it by linear programme.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gis.errors import InputError, Text
from gis.report.summary import json_bytes

if TYPE_CHECKING:
    from gis.policy import Policy

MEMORY = "planner/published.json"


class Shown(NamedTuple):
    """A published count and the true count at which it was set."""

    published: int
    true: int


@dataclass(frozen=True)
class Blur:
    """How counts are blurred.

    least  households below which nothing is said
    move   how far a count has to move before it is published anew; half of what it is rounded to
    """

    least: int
    move: int

    @classmethod
    def of(cls, policy: Policy) -> Blur:
        """As the policy has it."""
        return cls(policy.edition.min_households, policy.edition.hysteresis)

    @property
    def step(self) -> int:
        """What counts are rounded to."""
        return max(2 * self.move, 1)

    def rounded(self, count: int) -> int:
        """To the nearest step, halves downward: each value stands for at least move + 1 counts."""
        return max(-((self.move - count) // self.step), 0) * self.step if self.move else count

    def low(self, published: int) -> int:
        """The least true count that is published so when it is set."""
        return max(published - self.move + 1, 0) if self.move else published

    def high(self, published: int) -> int:
        """The greatest true count that is published so when it is set."""
        return published + self.move


class Counts:
    """Publishes counts one by one and remembers each under its key.

    links: how the zones go with the villages, which count the same homes.
    """

    def __init__(self, blur: Blur, before: Mapping[str, Shown]) -> None:
        self.blur = blur
        self._before = before
        self.memory: dict[str, Shown] = {}
        self.links: dict[str, Link] = {}

    def publish(self, key: str, count: int) -> int:
        """The published value of `count`, known under `key` from edition to edition."""
        shown = self._moved(self._before.get(key), count)
        self.memory[key] = shown
        return shown.published

    def withhold(self, key: str) -> None:
        """Take back what was to be published under `key`."""
        del self.memory[key]

    def series(self, key: str, steps: Sequence[str], counts: Sequence[int]) -> list[int]:
        """A cumulative series; a step that is new goes on from the step before it."""
        last: Shown | None = None
        for step, count in zip(steps, counts, strict=True):
            name = f"{key}:{step}"
            shown = self._moved(self._before.get(name, last), count)
            # A restatement of the past must not make the series fall: that would bound both sides.
            least = last.published if last else 0
            last = Shown(max(shown.published, least), shown.true)
            self.memory[name] = last
        return [self.memory[f"{key}:{step}"].published for step in steps]

    def whole(self, key: str, count: int, parts: Iterable[int]) -> int:
        """A count of which the published `parts` are distinct parts.

        It is raised a step where whole and parts together would tell too much of each other.
        """
        self.publish(key, count)
        shown = self.memory[key]
        taken = sum(map(self.blur.low, parts))
        while self.blur.high(shown.published) - taken < self.blur.move:
            shown = Shown(shown.published + self.blur.step, shown.true)
        self.memory[key] = shown
        return shown.published

    def _moved(self, before: Shown | None, count: int) -> Shown:
        if before is not None and abs(count - before.true) < self.blur.move:
            return before
        return Shown(self.blur.rounded(count), count)


class Link(NamedTuple):
    """How a zone goes with the villages that are counted together, by the keys of their counts.

    whole    every home of theirs is in the zone, or may be
    touched  some home of theirs is in the zone, or may be; None: homes of no village are too
    verdict  the zone's
    """

    whole: tuple[str, ...]
    touched: tuple[str, ...] | None
    verdict: str


class Memory(NamedTuple):
    """What an edition remembers for the next: its counts, and the villages counted together."""

    counts: Mapping[str, Shown]
    groups: tuple[tuple[str, ...], ...]


NOTHING = Memory({}, ())


def memory_bytes(counts: Counts, groups: Iterable[Sequence[str]]) -> bytes:
    """The memory as the planner edition keeps it, with the links, by which it can be audited."""
    kept = {
        "counts": {key: list(counts.memory[key]) for key in sorted(counts.memory)},
        "groups": sorted(list(group) for group in groups),
        "zones": {zone: link._asdict() for zone, link in sorted(counts.links.items())},
    }
    return json_bytes(kept)


def read_memory(edition: Path) -> Memory:
    """The memory of the edition in folder `edition`.

    Raises:
        InputError: the folder holds no edition of ours, so counts could not be kept stable.
    """
    path = edition / MEMORY
    try:
        kept = json.loads(path.read_text("utf-8"))
        counts = {str(key): Shown(*map(int, pair)) for key, pair in kept["counts"].items()}
        return Memory(counts, tuple(tuple(map(str, group)) for group in kept["groups"]))
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
