"""Exact rows for the pages as plain values: townships, targets, zones, gaps, sources."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from gis import i18n
from gis.audit.office_documents import field_list
from gis.audit.responsible import due_on, gap_units, unit_of
from gis.audit.zone_clearance import zone_reasons
from gis.decide.robustness import HANGS, in_sentence
from gis.editions.village_view import cumulative
from gis.errors import Text
from gis.i18n import Words
from gis.layers import to_wgs84
from gis.pages.drawn_layers import MOST
from gis.pages.model import (
    Credit,
    Duty,
    GapView,
    Issuer,
    PictureView,
    Target,
    Township,
    Unverified,
    VillageView,
)
from gis.pages.zone_rows import Doors, ZoneView, ZoneVillage
from gis.policy.differences import setting_name, value_words
from gis.report import output_tables
from gis.report.metadata import plain_values

if TYPE_CHECKING:
    from gis.audit.progress import Progress
    from gis.editions.run_results import Results
    from gis.layers.ground_picture import GroundPicture
    from gis.layers.project import Publisher
    from gis.policy import Policy

_DUTIES = ("conversion", "acceptance", "patrol", "grid", "plan", "ledger")  # that the brief names
_FIRST = 3  # unverified numbers named at the foot of a page


def township_rows(villages: Sequence[VillageView]) -> list[Township]:
    """One row for each township, in order of its code."""
    named = {village["township_code"]: village["township"] for village in villages}
    sizes = Counter(village["township_code"] for village in villages)
    return [
        Township(code=code, name=named[code], villages=sizes[code], initials="", pinyin="")
        for code in sorted(named)
    ]


def target_rows(progress: Progress, months: tuple[str, ...]) -> list[Target]:
    """One row for each unit and mode."""
    ordered = progress.units.sort_values(["unit_code", "unit", "mode"], na_position="last")
    done = cumulative(progress.months, ["unit_code", "mode"], "completed", months)
    nothing, blank = [0] * len(months), [None] * len(months)
    return [
        _target(
            row, done.get((row["unit_code"], row["mode"]), nothing) if _is_counted(row) else blank
        )
        for row in ordered.to_dict("records")
    ]


def _is_counted(row: dict[str, Any]) -> bool:
    return not pd.isna(row["completed"])


def _target(row: dict[str, Any], months: Sequence[int | None]) -> Target:
    return Target(
        unit_code=plain_values(row["unit_code"]) or "",
        unit=row["unit"],
        mode=row["mode"],
        rate_needed=plain_values(row["rate_needed_per_week"]),
        forecast_low=whole_number(row["forecast_low"]),
        forecast_high=whole_number(row["forecast_high"]),
        note=_note(row),
        target=whole_number(row["target"]),
        decided=whole_number(row["decided"]),
        batch=whole_number(row["batch"]),
        batch_draft=bool(row["batch_draft"]),
        completed=whole_number(row["completed"]),
        late=whole_number(row["late"]),
        stock=whole_number(row["stock"]),
        reported=whole_number(row["reported"]),
        remaining=whole_number(row["remaining"]),
        months=months,
    )


def _note(row: dict[str, Any]) -> Words:
    """Why a count is blank or what it leaves out, and why there is no forecast."""
    parts = [Text(row["ground_zh"], row["ground_en"])] if row["ground_zh"] else []
    if plain_values(row["forecast_note"]):
        table = i18n.messages("audit")["forecast"]
        parts.append(i18n.format_message(table, str(row["forecast_note"])))
    return Words(zh=" · ".join(one.zh for one in parts), en=" · ".join(one.en for one in parts))


def zone_rows(zones: pd.DataFrame) -> list[ZoneView]:
    """One row for each zone, in order of its id."""
    return [_zone(row) for row in zones.sort_values("zone_id").to_dict("records")]


def _zone(row: dict[str, Any]) -> ZoneView:
    return ZoneView(
        zone_id=row["zone_id"],
        zone=row["zone"],
        verdict=row["verdict"],
        share_certain=plain_values(row["share_certain"]),
        share_possible=plain_values(row["share_possible"]),
        document_no=plain_values(row.get("document_no")) or "",
        effective_on=plain_values(row.get("effective_on")) or "",
        expires_on=plain_values(row.get("expires_on")) or "",
        reasons=zone_reason_words(row),
        inside=whole_number(row["inside"]),
        cleared=whole_number(row["cleared"]),
        not_cleared=whole_number(row["not_cleared"]),
        unknown=whole_number(row["unknown"]),
        undecidable=whole_number(row["undecidable"]),
        coal_findings=whole_number(row["coal_findings"]),
        open_complaints=whole_number(row["open_complaints"]),
    )


def zone_reason_words(counts: Mapping[str, Any]) -> list[Words]:
    """What prevents a zone from being cleared, by its counts; nothing for a count of 0."""
    return [words_of(text) for text in zone_reasons(counts)]


def zone_village_rows(results: Results) -> list[ZoneVillage]:
    """The villages of each zone as they are judged; a home inside two zones counts in both."""
    return [
        ZoneVillage(
            zone_id=row["zone_id"],
            code=plain_values(row["village_code"]) or "",
            verdict=row["verdict"],
            inside=int(row["inside"]),
            cleared=int(row["cleared"]),
            not_cleared=int(row["not_cleared"]),
            unknown=int(row["unknown"]),
        )
        for row in results.clearance.villages.to_dict("records")
    ]


def doors_of(results: Results) -> Doors:
    """The homes that keep zones open, in the order of the field list."""
    doors = field_list(results.facts, results.clearance)
    at = results.facts.zone_positions
    of_home = at.sort_values(["household", "zone_id"]).groupby("household")["zone_id"].agg(" ".join)
    columns = {
        "zone": doors["household"].map(of_home).to_numpy(dtype=object),
        "why": doors["why"].to_numpy(dtype=object),
        "check": doors["check"].to_numpy(dtype=object),
    }
    coded = {name: pd.factorize(values, sort=True) for name, values in columns.items()}
    return Doors(
        zones=coded["zone"][1].tolist(),
        whys=coded["why"][1].tolist(),
        checks=coded["check"][1].tolist(),
        zone=coded["zone"][0].tolist(),
        why=coded["why"][0].tolist(),
        check=coded["check"][0].tolist(),
        code=doors["village_code"].fillna("").tolist(),
        stop=doors["stop"].astype(int).tolist(),
        id=doors["household_id"].fillna("").astype(str).tolist(),
        inside=(~doors["check"].str.split(",").str[0].eq("line")).tolist(),
        clearance=doors["clearance"].tolist(),
    )


def gap_rows(gaps: pd.DataFrame, villages: pd.DataFrame, crs: str, policy: Policy) -> list[GapView]:
    """One row for each gap in order of rank, with its location in WGS84."""
    if gaps.empty:
        return []
    ordered = gaps.sort_values("rank", ignore_index=True)
    places = to_wgs84(
        gpd.GeoSeries.from_xy(ordered["x"], ordered["y"], crs=crs).to_frame("geometry")
    )
    names = villages.set_index("village_code")[["village", "township"]]
    table = ordered.assign(lon=places.geometry.x.round(6), lat=places.geometry.y.round(6))
    rows = table.join(names, on="village_code").to_dict("records")
    units = gap_units(ordered, villages, policy)
    return [_gap(row, unit) for row, unit in zip(rows, units, strict=True)]


def _gap(row: dict[str, Any], unit: str) -> GapView:
    return GapView(
        gap_id=row["gap_id"],
        rank=int(row["rank"]),
        kind=row["kind"],
        village_code=plain_values(row["village_code"]) or "",
        village=plain_values(row["village"]) or "",
        township=plain_values(row["township"]) or "",
        in_zone=bool(plain_values(row["in_zone"])),
        households=whole_number(row["households"]),
        asset=row["asset"],
        asset_amount=plain_values(row["asset_amount"]),
        asset_unit=row["asset_unit"],
        cost_cny=fen_to_yuan(row["cost_fen"]),
        cost_per_household_cny=fen_to_yuan(row["cost_per_household_fen"]),
        other_asset=row["other_asset"],
        other_cost_cny=fen_to_yuan(row["other_cost_fen"]),
        unit=unit,
        reason=Words(zh=row["reason_zh"], en=row["reason_en"]),
        clause=row["clause"],
        lon=row["lon"],
        lat=row["lat"],
    )


def credits_of(results: Results) -> list[Credit]:
    """The source of each layer, in the order of project.toml."""
    names = i18n.messages("terms")["layer"]
    # ASSUME: a target table without a source is the plan's.
    plan = {"targets": results.policy.plan.document}
    return [
        Credit(
            layer=one.layer,
            name=words_of(
                i18n.format_message(names, one.layer) if one.layer in names else one.layer
            ),
            source=one.source or plan.get(one.layer, ""),
            licence=one.licence or "",
            as_of=one.as_of.isoformat() if one.as_of else "",
            steward=one.steward or "",
        )
        for one in results.layers.origins
    ]


def picture_of(picture: GroundPicture | None) -> PictureView | None:
    """The picture below the maps as plain values."""
    if picture is None:
        return None
    return PictureView(
        data=base64.b64encode(picture.webp).decode("ascii"),
        bounds=[round(value, 6) for value in picture.bounds],
        metres_per_pixel=round(picture.metres_per_pixel, 2),
        of_file_m=round(picture.of_file_m, 2),
        taken_on=picture.taken_on.isoformat() if picture.taken_on else "",
        source=picture.source,
        synthetic=picture.synthetic,
    )


def issuer_of(publisher: Publisher | None) -> Issuer | None:
    """Who publishes, as notices say it."""
    if publisher is None:
        return None
    name = words_of((publisher.name.zh, publisher.name.en or publisher.name.zh))
    return Issuer(name=name, phone=publisher.phone, days=publisher.objection_days)


def unanswered_words(results: Results) -> list[Words]:
    """The questions that could not be answered because a layer is missing."""
    available = results.facts.available
    said = output_tables.unanswered_questions(available)
    too_many = i18n.messages("report")["too_many"]
    for name, most in MOST.items():
        rows = results.layers.tables.get(name)
        if rows is not None and len(rows) > most:
            said.append(i18n.format_message(too_many, name, n=len(rows), most=most))
    if results.not_extended and {"roads", "heat_pipes"} <= available:
        said.append(results.not_extended)
    return [words_of(text) for text in said]


def unverified(results: Results) -> list[Unverified]:
    """The quantities in use that have no source on the as-of date; those that change most first.

    A price list whose entries move together tells its effects with each of them.
    """
    table = output_tables.unverified_table(results.policy, results.project.as_of)
    found = results.robustness
    effects: dict[str, list[Words]] = {}
    order: dict[str, int] = {}
    for row in () if found is None else found.effects.to_dict("records"):
        said = i18n.format_message(
            i18n.messages("quantities")["effect"],
            f"at_{row['range_end']}",
            zh=row["effect_zh"],
            en=row["effect_en"],
        )
        order.setdefault(row["key"], len(order))
        if row["changed_villages"]:
            effects.setdefault(row["key"], []).append(words_of(said))
    rows = []
    for row in table.to_dict("records"):
        key = row["key"] if row["key"] in order else row["key"].rpartition(".")[0]
        value = results.policy.quantity(row["key"])
        one = Unverified(
            name=Words(zh=row["parameter"], en=row["parameter_en"]),
            value=words_of(value_words(row["key"], value, row["unit"])),
            range=_range(row | {"value": value}),
            effects=effects.get(key, []),
        )
        rows.append((order.get(key, len(order)), one))
    return [one for _, one in sorted(rows, key=lambda pair: pair[0])]


def _range(row: Mapping[str, Any]) -> Words:
    """The range of a quantity with its unit; an end that is not stated is the value in use."""
    ends = [plain_values(row[f"range_{end}"]) for end in ("low", "high")]
    if ends == [None, None]:
        return Words(zh="", en="")
    low, high = (
        value_words(row["key"], row["value"] if end is None else end, row["unit"]) for end in ends
    )
    # the unit once: a number and its unit stand apart
    return Words(
        zh=f"{low.zh.partition(' ')[0]} 至 {high.zh}", en=f"{low.en.partition(' ')[0]} to {high.en}"
    )


def rests_on(results: Results) -> Words:
    """What the planner's pages say of the unverified numbers that they rest on."""
    words = i18n.messages("quantities")["rests_on"]
    numbers = len(output_tables.unverified_table(results.policy, results.project.as_of))
    found = results.robustness
    if found is None:
        rows = results.decisions.villages
        hanging = rows.loc[rows["certainty"] == HANGS, "village_code"].nunique()
        told = {"numbers": numbers, "hanging": hanging}
        return words_of(i18n.format_message(words, "not_run", **told))
    moving = found.effects[found.effects["changed_villages"] > 0]
    first = moving.drop_duplicates("key").head(_FIRST)
    names = [setting_name(key) for key in first["key"]]
    ends = [
        i18n.format_message(i18n.messages("quantities")["effect"], f"at_{end}", zh=zh, en=en)
        for end, zh, en in first[["range_end", "effect_zh", "effect_en"]].itertuples(index=False)
    ]
    told = {
        "numbers": numbers,
        "villages": len(found.villages),
        "sure": int(found.villages["certain"].sum()),
        "draws": found.draws,
        "first_zh": "；".join(f"{name.zh}{end.zh}" for name, end in zip(names, ends, strict=True)),
        "first_en": "; ".join(
            f"{in_sentence(name.en)} {end.en}" for name, end in zip(names, ends, strict=True)
        ),
    }
    return words_of(i18n.format_message(words, "run" if len(first) else "run_nothing", **told))


def duties_of(results: Results) -> dict[str, Duty]:
    """Who does what by when, for the kinds of work that the brief names."""
    policy, as_of = results.policy, results.project.as_of
    return {
        work: Duty(
            unit=unit_of(work, policy), due_on=due_on(work, policy, as_of).date().isoformat()
        )
        for work in _DUTIES
    }


def words_of(text: str | tuple[str, str]) -> Words:
    """A Text as Words, or one string for both languages."""
    zh, en = (text, text) if isinstance(text, str) else text
    return Words(zh=zh, en=en)


def view_note(key: str) -> Words:
    """A note of the report, empty for ""."""
    return words_of(i18n.format_message(i18n.messages("report")["notes"], key) if key else "")


def whole_number(value: object) -> int | None:
    """A count as an integer, None if it is missing."""
    known = plain_values(value)
    return None if known is None else round(known)


def fen_to_yuan(fen: object) -> float | None:
    """Yuan from fen, None if it is missing."""
    known = plain_values(fen)
    return None if known is None else round(float(known) / 100, 2)
