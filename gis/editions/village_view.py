"""Village rows: exact ones for the planner's pages, and the data files of the public edition.

What may be published of a village is decided in `gis.editions.public`. The columns of the pages and
of villages.csv and villages.geojson are declared in `gis.output_columns`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from gis.i18n import Words
from gis.output_columns import Kind, OutputColumn, missing_source, of_village
from gis.pages.model import Edition, HeatingView, PartView, TriedRoute, VillageView
from gis.report.csv_parquet import csv_bytes
from gis.report.metadata import json_bytes, larger_part, plain_values
from gis.report.output_tables import grounds, in_yuan

if TYPE_CHECKING:
    from gis.disclosure.rounding import Group
    from gis.editions.run_results import Results
    from gis.report.metadata import About

_DONE = ("completed", "late", "stock")
_REPORTED = "reported"
DONE = "done"
CLEAN = ("central", "electric", "gas", "biomass", "solar")


def village_rows(results: Results, months: tuple[str, ...]) -> list[VillageView]:
    """Every village in order of its code; costs are per pending household of its larger part."""
    exact = _table(results)
    done = cumulative(results.progress.months, "village_code", "completed", months)
    listed = cumulative(results.progress.months, "village_code", "in_batch", months)
    nothing, blank = [0] * len(months), [None] * len(months)
    unknown = results.progress.unknown
    parts = _parts(results.decisions.villages)
    heating = _heating(results)
    tried = _tried(results)
    rows = []
    for row, part in zip(_declared(exact), exact["part"], strict=True):
        village, code = cast("VillageView", row), row["code"]
        village["contact"] = _contact(results, village["township"])
        village["batch_draft"] = village["township_code"] in results.progress.drafts
        village["batch"] = village["batch"] or None  # none: not in this year's task
        village["months"] = blank if code in unknown else done.get(code, nothing)
        village["batch_months"] = blank if code in unknown else listed.get(code, nothing)
        village["batch_done"] = village["batch_months"][-1]
        village["heating_homes"] = heating.get(code, []) if village["approach"] == DONE else []
        village["parts"] = parts.get(code, [])
        village["tried"] = tried.get((code, part), [])
        rows.append(village)
    return rows


def _declared(exact: pd.DataFrame) -> list[dict[str, Any]]:
    """The declared columns of the pages, one row a village; derived ones are still blank.

    The names to search by are added where the pages are drawn, see `gis.editions.search_names`.
    """
    columns = of_village("page")
    values = [
        [column.blank for _ in exact.index] if column.derived else _values(exact, column)
        for column in columns
    ]
    names = [column.key for column in columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def _values(exact: pd.DataFrame, column: OutputColumn) -> list[Any]:
    """One declared column as plain values; a missing value is the blank of its kind."""
    source = column.source or column.name
    if column.kind == "words":
        both = zip(exact[f"{source}_zh"], exact[f"{source}_en"], strict=True)
        return [Words(zh=_text(zh), en=_text(en)) for zh, en in both]
    if source not in exact:
        raise missing_source(column.name, source)
    said: dict[Kind, Callable[[object], Any]] = {
        "count": _whole,
        "number": plain_values,
        "date": _day,
        "flag": lambda value: bool(plain_values(value)),
    }
    return [said.get(column.kind, _text)(value) for value in in_yuan(exact[source])]


def months_of(results: Results) -> tuple[str, ...]:
    """The months from the start of the programme to the as-of date, as "2024-04"."""
    start, end = results.policy.plan.programme_start, results.project.as_of
    return tuple(str(month) for month in pd.period_range(start, max(start, end), freq="M"))


def _table(results: Results) -> pd.DataFrame:
    facts, decisions = results.facts, results.decisions.villages
    chosen = larger_part(decisions).set_index("village_code")
    sizes = chosen["pending"].where(chosen["pending"] > 0)
    own = pd.DataFrame(
        {
            **{name: chosen[name] for name in chosen.columns.difference(facts.villages.columns)},
            "cost_cny_a": (chosen["cost_fen_a"].astype("float64") / sizes / 100).round(2),
            "runner_up_cost_cny_a": (
                chosen["runner_up_cost_fen_a"].astype("float64") / sizes / 100
            ).round(2),
            "batch": decisions.groupby("village_code")["batch"].sum(min_count=1),
            "zone_id": _main_zone(facts.households),
            **_grounds(decisions, results.route_costs),
            "gap": results.gaps.sort_values("rank").groupby("village_code")["kind"].first(),
        }
    )
    counts = (*_DONE, _REPORTED)
    done = results.progress.villages.groupby("village_code")[list(counts)].sum()
    table = facts.villages.join(own, on="village_code").join(done, on="village_code")
    table = table.join(_borne(chosen, results.route_costs), on="village_code")
    table = table.fillna(dict.fromkeys(counts, 0))
    progress = results.progress
    without = dict.fromkeys(_DONE, progress.unknown) | {_REPORTED: progress.unreported}
    for name, codes in without.items():
        table[name] = table[name].mask(table["village_code"].isin(codes))
    return table.sort_values("village_code")


def _grounds(decisions: pd.DataFrame, priced: pd.DataFrame) -> dict[str, pd.Series]:
    """By village, its homes by what their annual heat stands on; blank where a part is not known."""
    by_village = pd.DataFrame(grounds(decisions, priced)).groupby(decisions["village_code"])
    return dict(by_village.agg(lambda homes: homes.sum(skipna=False)).items())


def _borne(chosen: pd.DataFrame, priced: pd.DataFrame) -> pd.DataFrame:
    """The annual cost per household that it pays itself, and the part that is subsidised [yuan].

    The energy bill and its subsidy are known before the tender for the equipment is.
    """
    keys = ["village_code", "part", "route"]
    own = chosen.reset_index().rename(columns={"approach": "route"})[keys]
    costs = own.merge(priced, on=keys, how="left").set_index("village_code")
    mine, whole = (
        costs[f"{name}_per_household_fen_a"].astype("float64") / 100 for name in ("own", "cost")
    )
    homes = costs["households"].where(costs["households"] > 0).astype("float64") * 100
    return pd.DataFrame(
        {
            "own_cny_a": mine,
            "subsidy_cny_a": whole - mine,
            "bill_cny_a": costs["running_fen_a"].astype("float64") / homes,
            "bill_subsidy_cny_a": costs["running_subsidy_fen_a"].astype("float64") / homes,
        }
    ).round(2)


def _day(value: object) -> str:
    day = pd.to_datetime(str(value), errors="coerce")
    return "" if pd.isna(day) else str(day.date())


def _text(value: object) -> str:
    return str(plain_values(value) or "")


def _whole(value: object) -> int | None:
    known = plain_values(value)
    return None if known is None else int(known)


def _main_zone(households: pd.DataFrame) -> pd.Series:
    inside = households[households["zone_position"] == "inside"]
    sizes = inside.groupby(["village_code", "zone_id"]).size().rename("size").reset_index()
    ranked = sizes.sort_values(["village_code", "size", "zone_id"], ascending=[True, False, True])
    return ranked.drop_duplicates("village_code").set_index("village_code")["zone_id"]


def cumulative(
    done: pd.DataFrame, key: str | list[str], name: str, months: tuple[str, ...]
) -> dict[Any, list[int]]:
    """`key` → cumulative sums of column `name` of `Progress.months` at the end of each month."""
    table = done.pivot_table(index=key, columns="month", values=name, aggfunc="sum", fill_value=0)
    filled = table.reindex(columns=list(months), fill_value=0).astype(int).cumsum(axis=1)
    return dict(zip(filled.index, filled.to_numpy().tolist(), strict=True))


def _parts(decisions: pd.DataFrame) -> dict[str, list[PartView]]:
    split = decisions[decisions["part"] != ""].sort_values(["village_code", "part"])
    parts: dict[str, list[PartView]] = {}
    for row in split.to_dict("records"):
        part = PartView(
            part=row["part"],
            approach=row["approach"],
            households=_whole(row["households"]),
            reason=Words(zh=_text(row["reason_zh"]), en=_text(row["reason_en"])),
        )
        parts.setdefault(row["village_code"], []).append(part)
    return parts


def _heating(results: Results) -> dict[str, list[HeatingView]]:
    """village_code → its homes by clean heating in use, the most frequent first."""
    facts = results.facts
    homes = facts.households
    counted = homes["village_code"].notna() & (homes["status"] != "rejected")
    known = {
        "gas": ("gas_coverage" in facts.available, homes["gas_secured"].astype(bool)),
        "central": (
            not facts.available.isdisjoint(("heat_pipes", "heat_coverage")),
            homes["served"].eq("in_service"),
        ),
    }
    secure = pd.Series(float("nan"), homes.index)
    for kind, (answered, flag) in known.items():
        if answered:
            secure = secure.mask(homes["heating"] == kind, flag.astype(float))
    rows = homes.loc[counted & homes["heating"].isin(CLEAN), ["village_code", "heating"]]
    table = rows.assign(secure=secure).groupby(["village_code", "heating"])["secure"]
    sums = table.agg(["size", lambda one: one.sum(min_count=1)]).reset_index()
    sums.columns = ["code", "kind", "homes", "secure"]
    ordered = sums.sort_values(["homes", "kind"], ascending=[False, True])
    found: dict[str, list[HeatingView]] = {}
    for row in ordered.to_dict("records"):
        one = HeatingView(kind=row["kind"], homes=int(row["homes"]), secure=_whole(row["secure"]))
        found.setdefault(row["code"], []).append(one)
    return found


def _tried(results: Results) -> dict[tuple[str, str], list[TriedRoute]]:
    sizes = results.decisions.villages.set_index(["village_code", "part"])["pending"]
    found: dict[tuple[str, str], list[TriedRoute]] = {}
    for row in results.decisions.tried.to_dict("records"):
        key = (row["village_code"], row["part"])
        cost, homes = plain_values(row["cost_fen_a"]), int(sizes.get(key, 0))
        found.setdefault(key, []).append(
            TriedRoute(
                route=row["route"],
                eligible=bool(row["eligible"]),
                clause=_text(row["clause"]),
                reason=Words(zh=_text(row["reason_zh"]), en=_text(row["reason_en"])),
                cost_cny_a=round(cost / homes / 100, 2) if cost is not None and homes else None,
            )
        )
    return found


def _contact(results: Results, township: str) -> Words:
    unit = results.policy.responsible.get("objections", township)
    return Words(zh=unit, en=unit)


def public_data(edition: Edition, groups: Sequence[Group], about: About) -> dict[str, bytes]:
    """data/villages.csv and data/villages.geojson; without maps the features have no geometry."""
    columns = of_village("data")
    together = {code: group for group in groups for code in group}
    rows = [_row(village, together[village["code"]], columns) for village in edition.villages]
    counts = {column.name: "Int64" for column in columns if column.kind == "count"}
    table = pd.DataFrame(rows, columns=[column.name for column in columns]).astype(counts)
    return {
        "data/villages.csv": csv_bytes(about.marked(table)),
        "data/villages.geojson": json_bytes(_geojson(edition, rows, about), indent=None),
    }


def _row(village: VillageView, group: Group, columns: Sequence[OutputColumn]) -> dict[str, Any]:
    told = {**village, "count_group": " ".join(group) if len(group) > 1 else ""}
    return {column.name: told[column.key] for column in columns}


def _geojson(edition: Edition, rows: Sequence[Mapping[str, Any]], about: About) -> dict[str, Any]:
    drawn = edition.geometry.get("villages", {"features": []})
    shapes = {one["properties"]["code"]: one["geometry"] for one in drawn["features"]}
    said = {
        "name": edition.name,
        "title": edition.title,
        "as_of": edition.as_of,
        "review_no": edition.review_no,
        "count_note": edition.count_note,
        "missing": edition.missing,
    }
    nature = {"data_nature": about.nature.en} if about.demonstration else {}
    return {
        "type": "FeatureCollection",
        **said,
        **nature,
        "features": [
            {
                "type": "Feature",
                "properties": {**row, **nature},
                "geometry": shapes.get(row["village_code"]),
            }
            for row in rows
        ],
    }
