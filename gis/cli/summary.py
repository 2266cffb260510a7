"""The outcome of a run in a dozen lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gis import i18n
from gis.errors import Text
from gis.report.summary import summary

if TYPE_CHECKING:
    from pathlib import Path

    from gis.cli.output import Screen
    from gis.editions.run_results import Results


def told(screen: Screen, results: Results, out: Path) -> None:
    """Print what was read, decided and judged, and where the maps are."""
    outcome = summary(results)
    if screen.as_json:
        screen.json(outcome)
        return
    _told(screen, outcome, len(results.problems))
    for edition in ("public", "planner"):
        screen.say(Text(f"  {out / edition / 'index.html'}", f"  {out / edition / 'index.html'}"))


def told_of_volumes(screen: Screen, outcome: dict[str, Any], out: Path) -> None:
    """The same of a publication in volumes, as `gis.province.volumes` sums it up."""
    if screen.as_json:
        screen.json(outcome)
        return
    _told(screen, outcome, outcome["problems"])
    index = out / "index.html"
    screen.say(
        Text(f"  共 {outcome['volumes']} 册：{index}", f"  {outcome['volumes']} volumes: {index}")
    )


def _told(screen: Screen, outcome: dict[str, Any], problems: int) -> None:
    homes = outcome["households"]
    screen.say(
        Text(
            f"台账 {homes['read']:,} 户：落位 {homes['placed']:,}，"
            f"村外 {homes['outside']:,}，未采用 {homes['rejected']:,}",
            f"{homes['read']:,} households read: {homes['placed']:,} placed, "
            f"{homes['outside']:,} outside, {homes['rejected']:,} rejected",
        )
    )
    for approach, sums in outcome["approach"].items():
        _line(screen, "approach", approach, Text(
            f"{sums['villages']} 村 {sums['households']:,} 户",
            f"{sums['villages']} villages, {sums['households']:,} households",
        ))  # fmt: skip
    for zone in outcome["zones"]:
        _line(screen, "verdict", zone["verdict"], Text(
            f"{zone['zone_id']}：区内 {zone['inside']:,} 户，已清零 {zone['cleared']:,}",
            f"{zone['zone_id']}: {zone['inside']:,} inside, {zone['cleared']:,} cleared",
        ))  # fmt: skip
    done = sum(row["completed"] for row in outcome["targets"])
    target = sum(row["target"] or 0 for row in outcome["targets"])
    screen.say(
        Text(
            f"本年任务 {target:,} 户，已完成 {done:,} 户；覆盖缺口 {outcome['gaps']} 处；"
            f"图层问题 {problems:,} 处（planner/problems.xlsx）",
            f"{done:,} of this year's {target:,} completed; {outcome['gaps']} coverage gaps; "
            f"{problems:,} problems with the layers (planner/problems.xlsx)",
        )
    )


def _line(screen: Screen, table: str, key: str, rest: Text) -> None:
    name = i18n.load("terms")[table][key]
    screen.say(Text(f"  {name['zh']}  {rest.zh}", f"  {name['en']}  {rest.en}"))
