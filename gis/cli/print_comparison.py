"""Print a comparison of two scenarios: the changes in total, then each village with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from gis import i18n
from gis.errors import Text

if TYPE_CHECKING:
    from collections.abc import Hashable

    from gis.cli.output import Screen

_NOT_SPLIT = Text("不分片", "not split so")


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
