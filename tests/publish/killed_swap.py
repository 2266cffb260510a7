"""Kill a publication at every moment, recover, and say what was lost.

Run as a script, with a folder and N to try every Nth moment: it prints a JSON object. moments:
kills by scenario; lost: the moments after which neither the whole old nor the whole new edition was
there, or the next run could not publish;
replacing: how often the old and the new edition was the one recovered.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from publish.faults import AFTER, BEFORE, calls_of, killed, moments
from publish.small_editions import NEW, OLD, OTHER, kept_ones, present, signed

from gis.errors import InputError
from gis.publish import atomic_swap, verify
from gis.publish.filesystem import locked


def recover(folder: Path, turn: int = 0) -> None:
    """As the next run does, or as verify does."""
    if turn % 2:
        with suppress(InputError):  # these editions have no manifest of ours
            verify(folder)
        return
    with locked(folder):
        atomic_swap.recover(folder)


def goes_on(out: Path, turn: int) -> bool:
    """Whether the next run can publish; tried at every fourth moment."""
    if turn % 4:
        return True
    atomic_swap.install(out, OTHER)
    return present(out) == OTHER


def replacing(base: Path, every: int, told: dict[str, int]) -> Iterator[bool]:
    """Killed while a signed edition replaces another."""
    old, new = signed(OLD), signed(NEW)
    atomic_swap.install(base / "probe", old)
    calls = calls_of(lambda: atomic_swap.install(base / "probe", new))
    for number, (at, how) in enumerate(moments(calls)[::every]):
        out = base / str(number)
        atomic_swap.install(out, old)
        dead = killed(lambda out=out: atomic_swap.install(out, new), at, how)
        recover(out, number)
        seen = present(out)
        told["new" if seen == new else "old"] += 1
        whole = seen == old or (seen == new and kept_ones(out) == [old])
        yield dead and whole and not atomic_swap.is_interrupted(out) and goes_on(out, number)


def first(base: Path, every: int) -> Iterator[bool]:
    """Killed while the first edition is published."""
    base.mkdir()
    calls = calls_of(lambda: atomic_swap.install(base / "probe", NEW))
    for number, (at, how) in enumerate(moments(calls)[::every]):
        out = base / str(number)
        dead = killed(lambda out=out: atomic_swap.install(out, NEW), at, how)
        if out.exists():
            recover(out, number)
        whole = present(out) in ({}, NEW)
        yield dead and whole and goes_on(out, number)


def recovering(base: Path, every: int) -> Iterator[bool]:
    """Killed in the swap, and then again and again in the recovery."""
    atomic_swap.install(base / "probe", OLD)
    calls = len(calls_of(lambda: atomic_swap.install(base / "probe", NEW)))
    for begun in range(calls - 45, calls, 3 * every):
        out = base / str(begun)
        atomic_swap.install(out, OLD)
        killed(lambda out=out: atomic_swap.install(out, NEW), begun, BEFORE)
        for at in range(1, 60):
            if not killed(lambda out=out: recover(out), at, AFTER):
                break
            yield True
        seen = present(out)
        yield (
            seen in (OLD, NEW)
            and OLD in [seen, *kept_ones(out)]
            and not atomic_swap.is_interrupted(out)
        )


def main(base: Path, every: int) -> None:
    """Run every scenario at every Nth moment."""
    os.fsync = lambda _: None  # a killed process loses nothing that it has written
    told = {"old": 0, "new": 0}
    scenarios = {
        "replacing": replacing(base / "a", every, told),
        "first": first(base / "b", every),
        "recovering": recovering(base / "c", every),
    }
    outcomes = {name: list(found) for name, found in scenarios.items()}
    lost = [
        f"{name} {number}"
        for name, found in outcomes.items()
        for number, whole in enumerate(found)
        if not whole
    ]
    counts = {name: len(found) for name, found in outcomes.items()}
    sys.stdout.write(json.dumps({"moments": counts, "lost": lost, "replacing": told}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
