"""Village rows: exact ones for the planner's pages, and the data files of the public edition.

What may be published of a village is decided in `gis.editions.public`. villages.csv and
villages.geojson of the public edition have only the columns listed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.pages.model import Edition, PartView, TriedRoute, VillageView, Words
from gis.report.csv_table import csv_bytes
from gis.report.summary import json_bytes, larger_part, plain_values

if TYPE_CHECKING:
    from gis.disclosure.rounding import Group
    from gis.editions.run_results import Results
    from gis.report.metadata import About

_TEXTS = ("approach", "status", "computed", "clause", "document_no", "device", "runner_up")
_DONE = ("completed", "late", "stock")


def village_rows(results: Results, months: tuple[str, ...]) -> list[VillageView]:
    """Every village in order of its code; costs are per pending household of its larger part."""
    exact = _table(results)
    done = cumulative(results.progress.months, "village_code", "completed", months)
    listed = cumulative(results.progress.months, "village_code", "in_batch", months)
    nothing = [0] * len(months)
    parts = _parts(results.decisions.villages)
    tried = _tried(results)
    rows = []
    for row in exact.to_dict("records"):
        code = row["village_code"]
        village = _village(row, _contact(results, row["township"]))
        village["months"] = done.get(code, nothing)
        village["batch_months"] = listed.get(code, nothing)
        village["batch_done"] = village["batch_months"][-1]
        village["parts"] = parts.get(code, [])
        village["tried"] = tried.get((code, row["part"]), [])
        rows.append(village)
    return rows


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
            **{name: chosen[name] for name in (*_TEXTS, "part", "dissent")},
            **{
                name: chosen[name]
                for name in ("reason_zh", "reason_en", "flip_margin_zh", "flip_margin_en")
            },
            "cost_cny_a": (chosen["cost_fen_a"].astype("float64") / sizes / 100).round(2),
            "runner_up_cost_cny_a": (
                chosen["runner_up_cost_fen_a"].astype("float64") / sizes / 100
            ).round(2),
            "batch": decisions.groupby("village_code")["batch"].sum(min_count=1),
            "zone_id": _main_zone(facts.households),
            "gap": results.gaps.sort_values("rank").groupby("village_code")["kind"].first(),
        }
    )
    done = results.progress.villages.groupby("village_code")[list(_DONE)].sum()
    table = facts.villages.join(own, on="village_code").join(done, on="village_code")
    table = table.join(_borne(chosen, results.priced), on="village_code")
    return table.fillna(dict.fromkeys(_DONE, 0)).sort_values("village_code")


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


def _village(row: Mapping[str, Any], contact: Words) -> VillageView:
    return VillageView(
        code=row["village_code"],
        name=row["village"],
        township_code=row["township_code"],
        township=row["township"],
        initials="",
        pinyin="",  # both are added before rendering, see gis.editions.search_names
        approach=_text(row["approach"]),
        status=_text(row["status"]),
        computed=_text(row["computed"]),
        dissent=bool(plain_values(row["dissent"])),
        clause=_text(row["clause"]),
        reason=_words(row, "reason"),
        document_no=_text(row["document_no"]),
        device=_text(row["device"]),
        households=_whole(row["households"]),
        pending=_whole(row["pending"]),
        batch=_whole(row["batch"]) or None,  # None: not in this year's task
        batch_done=None,
        completed=_whole(row["completed"]),
        late=_whole(row["late"]),
        stock=_whole(row["stock"]),
        merged=False,
        counted_with=[],
        cost_cny_a=plain_values(row["cost_cny_a"]),
        own_cny_a=plain_values(row["own_cny_a"]),
        subsidy_cny_a=plain_values(row["subsidy_cny_a"]),
        bill_cny_a=plain_values(row["bill_cny_a"]),
        bill_subsidy_cny_a=plain_values(row["bill_subsidy_cny_a"]),
        runner_up=_text(row["runner_up"]),
        runner_up_cost_cny_a=plain_values(row["runner_up_cost_cny_a"]),
        flip=_words(row, "flip_margin"),
        pipe_m=plain_values(row["pipe_m"]),
        contact=contact,
        zone_id=_text(row["zone_id"]),
        months=[],
        batch_months=[],
        gap=_text(row["gap"]),
        parts=[],
        tried=[],
    )


def _text(value: object) -> str:
    return str(plain_values(value) or "")


def _words(row: Mapping[str, Any], name: str) -> Words:
    return Words(zh=_text(row[f"{name}_zh"]), en=_text(row[f"{name}_en"]))


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
            reason=_words(row, "reason"),
        )
        parts.setdefault(row["village_code"], []).append(part)
    return parts


def _tried(results: Results) -> dict[tuple[str, str], list[TriedRoute]]:
    sizes = results.decisions.villages.set_index(["village_code", "part"])["pending"]
    found: dict[tuple[str, str], list[TriedRoute]] = {}
    for row in _rows(results.decisions.tried):
        key = (row["village_code"], row["part"])
        cost, homes = plain_values(row["cost_fen_a"]), int(sizes.get(key, 0))
        found.setdefault(key, []).append(
            TriedRoute(
                route=row["route"],
                eligible=bool(row["eligible"]),
                clause=_text(row["clause"]),
                reason=_words(row, "reason"),
                cost_cny_a=round(cost / homes / 100, 2) if cost is not None and homes else None,
            )
        )
    return found


def _rows(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    yield from table.to_dict("records")


def _contact(results: Results, township: str) -> Words:
    unit = results.policy.responsible.get("objections", township)
    return Words(zh=unit, en=unit)


COLUMNS = (
    "village_code", "village", "township_code", "township", "approach", "status", "document_no",
    "device", "clause", "households", "pending", "batch", "completed", "late", "stock",
    "count_group", "cost_per_household_cny_a", "runner_up", "runner_up_per_household_cny_a",
)  # fmt: skip
_COUNTS = ("households", "pending", "batch", "completed", "late", "stock")


def public_data(edition: Edition, groups: Sequence[Group], about: About) -> dict[str, bytes]:
    """data/villages.csv and data/villages.geojson; without maps the features have no geometry."""
    together = {code: group for group in groups for code in group}
    rows = [_row(village, together[village["code"]]) for village in edition.villages]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(_COUNTS, "Int64"))
    return {
        "data/villages.csv": csv_bytes(about.marked(table)),
        "data/villages.geojson": json_bytes(_geojson(edition, rows, about), indent=None),
    }


def _row(village: VillageView, group: Group) -> dict[str, Any]:
    return {
        "village_code": village["code"],
        "village": village["name"],
        "township_code": village["township_code"],
        "township": village["township"],
        "approach": village["approach"],
        "status": village["status"],
        "document_no": village["document_no"],
        "device": village["device"],
        "clause": village["clause"],
        "households": village["households"],
        "pending": village["pending"],
        "batch": village["batch"],
        "completed": village["completed"],
        "late": village["late"],
        "stock": village["stock"],
        "count_group": " ".join(group) if len(group) > 1 else "",
        "cost_per_household_cny_a": village["cost_cny_a"],
        "runner_up": village["runner_up"],
        "runner_up_per_household_cny_a": village["runner_up_cost_cny_a"],
    }


def _geojson(edition: Edition, rows: Sequence[Mapping[str, Any]], about: About) -> dict[str, Any]:
    drawn = edition.geometry.get("villages", {"features": []})
    shapes = {one["properties"]["code"]: one["geometry"] for one in drawn["features"]}
    said = {
        "name": edition.name,
        "title": edition.title,
        "as_of": edition.as_of,
        "review_no": edition.review_no,
        "count_note": edition.count_note,
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
