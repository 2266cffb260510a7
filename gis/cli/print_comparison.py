"""Print a comparison of two scenarios: changes in total, each village with its reason, works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from gis import i18n
from gis.errors import Text
from gis.report.translate import in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from gis.cli.output import Screen

_NOT_SPLIT = Text("不分片", "not split so")
_SHOWN = 20  # works and waiting villages that are printed; --of lists all of them


def print_comparison(screen: Screen, table: pd.DataFrame, names: tuple[str, str]) -> None:
    """Print the result of `gis.compare` for the scenarios `names`."""
    screen.say(_headline(table, names))
    for (before, after), rows in table.groupby(["computed_a", "computed_b"], sort=True):
        homes = int(rows["pending_b"].fillna(rows["pending_a"]).sum())
        one, other = _route(before), _route(after)
        screen.say(
            Text(
                f"  测算 {one.zh} → {other.zh}：{len(rows)} 村（片），待改 {homes:,} 户",
                f"  by the facts {one.en} → {other.en}: {len(rows)} villages or parts, "
                f"{homes:,} households to convert",
            )
        )
    for row in table.to_dict("records"):
        screen.say(_place(row))
        screen.say(_why(row))


def _headline(table: pd.DataFrame, names: tuple[str, str]) -> Text:
    """ASSUME: a village counts as changed in force only where no ruling holds its route."""
    villages = table["village_code"].nunique()
    in_force = table.loc[table["approach_a"] != table["approach_b"], "village_code"].nunique()
    return Text(
        f"{names[0]} → {names[1]}：{villages} 个村的测算或方式不同；"
        f"其中 {in_force} 个村的方式会变，{villages - in_force} 个村已有审定，方式照旧",
        f"{names[0]} → {names[1]}: {villages} villages differ; the route in force changes in "
        f"{in_force}, a ruling holds it in {villages - in_force}",
    )


def _place(row: dict[Hashable, Any]) -> Text:
    part = (
        i18n.format_message(i18n.messages("terms")["part"], row["part"])
        if row["part"]
        else Text("", "")
    )
    sides = [_side(row, side) for side in "ab"]
    change = _cost_change(row)
    return Text(
        f"{row['township']} {row['village']}{part.zh}  {sides[0].zh} → {sides[1].zh}{change.zh}",
        f"{row['township']} {row['village']} {part.en}  {sides[0].en} → {sides[1].en}{change.en}",
    )


def _side(row: dict[Hashable, Any], side: str) -> Text:
    """The route in force, and the computed one if a ruling differs from it."""
    approach, computed = row[f"approach_{side}"], row[f"computed_{side}"]
    held, found = _route(approach), _route(computed)
    if approach == computed:
        return held
    return Text(f"{held.zh}（测算{found.zh}）", f"{held.en} (by the facts {found.en})")


def _route(approach: str) -> Text:
    if not approach:
        return _NOT_SPLIT
    return i18n.format_message(i18n.messages("terms")["approach"], approach)


def _cost_change(row: dict[Hashable, Any]) -> Text:
    cny = row["cost_change_cny_a"]
    if pd.isna(cny) or not cny:
        return Text("", "")
    return Text(f"，年成本{cny:+,.0f} 元", f", {cny:+,.0f} yuan a year")


def _why(row: dict[Hashable, Any]) -> Text:
    """The reason on the side that has this part; the new one if both have it."""
    side = "b" if row["reason_zh_b"] else "a"
    return Text(f"    {row[f'reason_zh_{side}']}", f"    {row[f'reason_en_{side}']}")


def print_works(
    screen: Screen, totals: pd.DataFrame, ready: pd.DataFrame, works: pd.DataFrame
) -> None:
    """Print what changes in works and days: sums, then villages, then the dearest works."""
    screen.say(Text("工程与时间：", "Works and days:"))
    screen.table(totals)
    rows = ready.assign(homes=ready[["pending_a", "pending_b"]].max(axis=1))
    rows = rows.sort_values(["homes", "village_code", "part"], ascending=[False, True, True])
    _print_first(screen, rows, "ready", _ready_line)
    size = works["change_cny"].abs().fillna(float("inf"))  # unknown ones first
    order = works.assign(size=size).sort_values(
        ["size", "works_kind", "works_id"], ascending=[False, True, True]
    )
    _print_first(screen, order, "works", _works_line)


def _print_first(
    screen: Screen, rows: pd.DataFrame, of: str, line: Callable[[dict[Hashable, Any]], Text]
) -> None:
    for row in rows.head(_SHOWN).to_dict("records"):
        screen.say(line(row))
    more = len(rows) - _SHOWN
    if more > 0:
        screen.say(
            Text(
                f"  以上为前 {_SHOWN} 处，另有 {more} 处未列；加 --of {of} 列出全部 {len(rows)} 处",
                f"  the first {_SHOWN}; {more} more: --of {of} lists all {len(rows)}",
            )
        )


def _ready_line(row: dict[Hashable, Any]) -> Text:
    part = (
        i18n.format_message(i18n.messages("terms")["part"], row["part"])
        if row["part"]
        else Text("", "")
    )
    told = [_in_both("ready_change", row["ready_change"]), *(_waiting(row, side) for side in "ab")]
    return Text(
        f"  {row['township']} {row['village']}{part.zh}  {told[0].zh}：{told[1].zh} → {told[2].zh}",
        f"  {row['township']} {row['village']} {part.en}  {told[0].en}: "
        f"{told[1].en} → {told[2].en}",
    )


def _waiting(row: dict[Hashable, Any], side: str) -> Text:
    """When a village is ready on one side, and what bridges the wait."""
    if pd.isna(row[f"waits_{side}"]):
        return _NOT_SPLIT
    if not row[f"waits_{side}"]:
        open_ = row[f"approach_{side}"] in ("undecided", "no_data")
        return _route(row[f"approach_{side}"]) if open_ else Text("不须等待", "no wait")
    day = row[f"ready_on_{side}"]
    known = Text("可用日期未定", "no day yet")
    parts = [known if pd.isna(day) else Text(f"{day:%Y-%m-%d}可用", f"ready {day:%Y-%m-%d}")]
    for name, zh, en in (
        ("near_term", "近期方式", "until then"),
        ("interim", "过渡措施", "interim"),
    ):
        if row[f"{name}_{side}"]:
            own = _in_both(f"{name}_{side}", row[f"{name}_{side}"])
            parts.append(Text(f"{zh}：{own.zh}", f"{en}: {own.en}"))
    return Text("，".join(one.zh for one in parts), ", ".join(one.en for one in parts))


def _works_line(row: dict[Hashable, Any]) -> Text:
    told = [_in_both(name, row[name]) for name in ("works_kind", "works_change")]
    sides = [_works_side(row, side) for side in "ab"]
    place = f"{row['township']} {row['village']} {row['works_id']}"
    return Text(
        f"  {place}  {told[0].zh}{told[1].zh}：{sides[0].zh} → {sides[1].zh}",
        f"  {place}  {told[0].en}, {told[1].en}: {sides[0].en} → {sides[1].en}",
    )


def _works_side(row: dict[Hashable, Any], side: str) -> Text:
    """Size, price and day on one side; a dash where the plan does without."""
    other = "a" if side == "b" else "b"
    if row["works_change"] == {"a": "added", "b": "dropped"}[side]:
        return Text("—", "—")
    unit = (
        "kVA" if pd.notna(row[f"works_kva_{side}"]) or pd.notna(row[f"works_kva_{other}"]) else "kW"
    )
    size, cny = row[f"works_{unit.lower()}_{side}"], row[f"works_cny_{side}"]
    size_said = "—" if pd.isna(size) else f"{size:,.0f}"
    cny_said = "—" if pd.isna(cny) else f"{cny:,.0f}"
    day = _day(row[f"works_on_{side}"])
    return Text(
        f"{size_said} {unit}，{cny_said} 元，{day.zh}",
        f"{size_said} {unit}, {cny_said} yuan, {day.en}",
    )


def _day(value: Any) -> Text:  # noqa: ANN401  a cell of a table
    if pd.isna(value):
        return Text("日期未定", "day not known")
    return Text(f"{value:%Y-%m-%d}", f"{value:%Y-%m-%d}")


def _in_both(column: str, value: str) -> Text:
    return Text(in_words(column, value), in_words(column, value, "en"))
