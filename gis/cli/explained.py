"""One village in full, as a planner reads it out in a meeting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gis import words
from gis.errors import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gis.cli.screen import Screen

_NONE = Text("—", "—")


def read_out(screen: Screen, told: Mapping[str, Any]) -> None:
    """Print the village, its decision, and every route that was tried with its cost."""
    facts = told["facts"]
    name, code = f"{told['township']} {told['village']}", told["village_code"]
    screen.say(Text(f"{name}（{code}）", f"{name} ({code})"))
    screen.say(
        Text(
            f"  {facts['households']:,} 户，待改 {facts['pending']:,} 户；"
            f"供热半径内 {facts['served']:,} 户；禁煤区内 {facts['in_zone']:,} 户",
            f"  {facts['households']:,} households, {facts['pending']:,} still on coal; "
            f"{facts['served']:,} within reach of a main; {facts['in_zone']:,} in a coal-ban zone",
        )
    )
    for part in told["parts"]:
        _read_part(screen, part)


def _read_part(screen: Screen, part: Mapping[str, Any]) -> None:
    approach, status = _term("approach", part["approach"]), _term("status", part["status"])
    name = _term("part", part["part"]) if part["part"] else Text("", "")
    runner_up = _term("approach", part["runner_up"]) if part["runner_up"] else _NONE
    lines = [
        Text(
            f"结论  {name.zh}{approach.zh}（{status.zh}）",
            f"Route  {name.en} {approach.en} ({status.en})",
        ),
        Text(f"  依据  {part['clause']}", f"  clause  {part['clause']}"),
        Text(f"  理由  {part['reason_zh']}", f"  why  {part['reason_en']}"),
        Text(f"  本年任务  {part['batch']:,} 户", f"  this year  {part['batch']:,} households"),
        Text(f"  次选  {runner_up.zh}", f"  runner-up  {runner_up.en}"),
        Text(
            f"  改变结论所需  {part['flip_margin_zh']}",
            f"  what would change it  {part['flip_margin_en']}",
        ),
        Text("  逐一试过：", "  tried in the plan's order:"),
    ]
    for line in lines:
        screen.say(line)
    for attempt in part["tried"]:
        _read_route(screen, attempt)


def _read_route(screen: Screen, attempt: Mapping[str, Any]) -> None:
    route = _term("approach", attempt["route"])
    verdict = Text("可行", "eligible") if attempt["eligible"] else Text("不可行", "not eligible")
    if attempt["eligible"] and not attempt["has_capacity"]:
        verdict = Text("可行但容量已用尽", "eligible, but its capacity is used up")
    cost, own = (
        _yuan(attempt[name]) for name in ("cost_per_household_fen_a", "own_per_household_fen_a")
    )
    clause = attempt["clause"]
    screen.say(
        Text(
            f"    {route.zh}  {verdict.zh}（{clause}）：{attempt['reason_zh']}\n"
            f"      户均年成本 {cost} 元，住户自付 {own} 元",
            f"    {route.en}  {verdict.en} ({clause}): {attempt['reason_en']}\n"
            f"      {cost} yuan a household and year, {own} of it the household's own",
        )
    )


def _yuan(fen: int | None) -> str:
    return "—" if fen is None else f"{fen / 100:,.2f}"


def _term(table: str, key: str) -> Text:
    return words.sentence(words.load("terms")[table], key)
