"""Sentences that explain verdicts, with the numbers they are based on."""

from __future__ import annotations

from math import ceil, floor, isnan
from typing import TYPE_CHECKING, Any

import pandas as pd

from gis import i18n
from gis.costs.upgrades import BOUGHT, DATED, OVERDUE, UNDATED, UNFUNDED, VERIFY, WORKS
from gis.decide.capacity import draw_w
from gis.decide.options import DONE, NO_DATA
from gis.decide.part_cost import new_transformers
from gis.decide.readiness import dear_works, draws_w, is_heavy
from gis.errors import Text
from gis.facts.ledger_state import NO_TASK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gis.decide.allocation import AllocationOutcome
    from gis.decide.rules import RuleContext, Verdict
    from gis.decide.village import Part, Village

_EXACT = 1e-9
_SHOWN = 3  # number of transformers named in a sentence
_BY_WORKS = {
    DATED: "electric_upgrade", UNDATED: "electric_upgrade_undated",
    UNFUNDED: "electric_upgrade_unfunded", OVERDUE: "electric_upgrade_overdue",
    BOUGHT: "electric_transformer", VERIFY: "electric_unmeasured",
}  # fmt: skip


def reason_sentence(code: str, numbers: dict[str, Any]) -> Text:
    """The sentence of a verdict, without its full stop."""
    return i18n.format_message(i18n.messages("reasons")["reason"], code, **numbers)


def ledger_sentence(village: Village) -> Text:
    """Why a village is done, or why nothing can be said of it."""
    own, homes = village.ledger, village.whole.households
    said = i18n.messages("reasons")["ledger"]
    if own.state == NO_TASK:
        document = own.no_task_document or "—"
        return i18n.format_message(said, "done_no_task", day=own.no_task_on, document=document)
    if not own.known:
        return i18n.format_message(said, f"no_data_{own.state}", homes=homes, total=own.total or 0)
    words = i18n.messages("terms")["heating"]
    told = {
        f"heating_{lang}": comma.join(f"{words[name][lang]} {n:,}{of}" for name, n in own.heating)
        for lang, comma, of in (("zh", "、", " 户"), ("en", ", ", ""))
    }
    return i18n.format_message(said, "done_heating" if own.heating else "done", **told)


def join_reasons(fragments: list[Text]) -> Text:
    """Join fragments into one sentence."""
    table = i18n.messages("reasons")
    return Text(
        *(table["separator"][lang].join(f.of(lang) for f in fragments) + table["stop"][lang]
          for lang in ("zh", "en"))
    )  # fmt: skip


def clause(context: RuleContext, route: str) -> str:
    """The clause of the plan for a route.

    "done" has a clause of its document; if that is unknown, the document's name is returned.
    """
    if route == NO_DATA:
        return ""
    if route == DONE:
        document = context.policy.plan.document
        return str(i18n.messages("reasons")["clauses"]["done"].get(document, document))
    rule = context.policy.route(route) or context.policy.routes[-1]
    return rule.clause


def final_reason(
    context: RuleContext, result: AllocationOutcome, village: int, part: Part, verdict: Verdict
) -> tuple[str, dict[str, Any]]:
    """The final code of a verdict after the allocation, and the numbers of its sentence."""
    code = _final_code(result, village, verdict)
    if code == "biomass_lowland" and not result.options[village].village.remote_known:
        code = "biomass_unknown"
    numbers: dict[str, Any] = {"homes": part.pending}
    if verdict.route == "central":
        numbers |= _central(context, result, village, part)
    elif verdict.route == "electric":
        numbers |= _electric(context, result, village, part, verdict)
    elif verdict.route == "gas":
        numbers |= {"reached": part.gas_reached, "secured": part.gas_secured, "placed": part.placed}
        numbers |= _beside(part.pending - part.placed)
    elif verdict.route == "clean_coal":
        numbers |= {"zone_homes": result.options[village].village.zone_homes}
    return code, numbers


def _final_code(result: AllocationOutcome, village: int, verdict: Verdict) -> str:
    if verdict.possible and not result.fits(village, verdict):
        return "central_full" if verdict.route == "central" else "electric_taken"
    if verdict.code == "electric_headroom":
        needed = _works(result, village, verdict)
        if needed:
            last = max((result.shared.stations[i].works for i in needed), key=WORKS.index)
            return _BY_WORKS[last]
        if _heavy(result, village, verdict):
            return "electric_heavy"
    return verdict.code


def _drawn_w(result: AllocationOutcome, village: int, verdict: Verdict) -> dict[int, int]:
    """Device power on each transformer if the village goes electric, all others as decided [W]."""
    own = result.choice(village).use
    return {i: result.used[i] - own.get(i, 0) + watts for i, watts in verdict.use}


def _works(result: AllocationOutcome, village: int, verdict: Verdict) -> list[int]:
    """The transformers that need works if the village goes electric."""
    drawn = _drawn_w(result, village, verdict)
    return [i for i, watts in drawn.items() if watts > result.shared.free[i]]


def _heavy(result: AllocationOutcome, village: int, verdict: Verdict) -> list[int]:
    """The transformers that then are heavily loaded."""
    drawn = _drawn_w(result, village, verdict)
    return [i for i, watts in drawn.items() if is_heavy(result.shared, i, watts)]


def _central(
    context: RuleContext, result: AllocationOutcome, village: int, part: Part
) -> dict[str, Any]:
    subject = result.options[village].village
    rules = context.policy.heating_network
    piece = result.shared.pieces.get(subject.piece or "")
    left_w = 0 if piece is None else result.left(piece) + result.choice(village).use.get(piece, 0)
    called = result.shared.piece_called(subject.piece)
    return (
        called
        | _connection(context, subject.code)
        | {
            "stations": subject.stations,
            "share": "—" if isnan(subject.share) else percent(subject.share),
            **_beside(subject.unplaced),
            "threshold": percent(rules.served_share),
            "connect_m": rules.connect_m,
            "pipe_m": displayed_metres(subject.pipe_m),
            "left_kw": left_w // 1000,
            "need_kw": ceil(draw_w(part.peak_w, context.policy) / 1000),
        }
    )


def _beside(unplaced: int) -> dict[str, Any]:
    """What stands beside a share: how many homes without a usable place it leaves out."""
    if not unplaced:
        return {"unplaced": 0, "beside_zh": "", "beside_en": ""}
    beside = i18n.format_message(i18n.messages("reasons"), "beside", unplaced=unplaced)
    return {"unplaced": unplaced, "beside_zh": beside.zh, "beside_en": beside.en}


def _connection(context: RuleContext, code: str) -> dict[str, Any]:
    """How a new main would reach the village, {} where none does."""
    found = context.extension.villages.get(code)
    if found is None:
        return {}
    return {
        "way_zh": found.way.zh,
        "way_en": found.way.en,
        "each_cny": found.each_cny_a,
        **context.resources.piece_called(found.piece, "reserved"),
        "reserved_kw": found.kw,
        "runs_on": found.runs_on.isoformat(),
    }


def _electric(
    context: RuleContext, result: AllocationOutcome, village: int, part: Part, verdict: Verdict
) -> dict[str, Any]:
    shared, subject = result.shared, result.options[village].village
    need_w = draws_w(shared, part)
    own = result.choice(village).use
    each = {i: shared.stations[i].kva_per_w for i in need_w}
    left = {i: shared.free[i] - result.used[i] + own.get(i, 0) for i in need_w}
    lacking_kva = sum(max(0, watts - left[i]) * each[i] for i, watts in need_w.items())
    needed = _works(result, village, verdict)
    short = [i for i, watts in need_w.items() if watts > left[i]]
    heavy = _heavy(result, village, verdict)
    grid = [shared.stations[i] for i in needed or short or heavy]
    days = [one.due_on for one in grid if not pd.isna(one.due_on)]
    loads = [_load_share(result, i, _drawn_w(result, village, verdict)[i]) for i in heavy]
    works_fen = shared.village_fen.get(subject.code, 0.0)
    sums = {
        "left_kva": floor(sum(left[i] * each[i] for i in need_w) + _EXACT),
        "need_kva": ceil(sum(watts * each[i] for i, watts in need_w.items()) - _EXACT),
    }
    return {
        "homes": {one.transformer: one.homes for one in part.feeders}.get("", part.pending),
        "stations": len(need_w),
        **sums,
        **_uneven(left, need_w, part.pending, sums),
        "names": _names([station.name for station in grid], "、"),
        "names_en": _names([station.name for station in grid], ", "),
        "added_kva": round(sum(station.works_kva for station in grid)),
        "lacking_kva": ceil(lacking_kva - _EXACT),
        "each_cny": ceil(works_fen / 100 - _EXACT),
        "ceiling_cny": round(context.policy.electric.max_upgrade_cny_per_household),
        "due_on": max(days).date().isoformat() if days else "",
        "load": percent(max(loads, default=0.0)),
        **_new_transformer(context, part),
        **_dear(context, subject, needed),
    }


def _new_transformer(context: RuleContext, part: Part) -> dict[str, Any]:
    """What must be built for homes that no transformer reaches; {} where one reaches all."""
    policy = context.policy
    found = [one for _, one in new_transformers(context.resources, part, policy)]
    if not found:
        return {}
    return {
        "new_kva": round(sum(kva for kva, *_ in found)),
        "new_cny": ceil(sum(fen for _, fen, *_ in found) / 100 - _EXACT),
        "reach_m": round(policy.electric.transformer_reach_m),
    }


def _uneven(
    left: Mapping[int, int], need_w: Mapping[int, int], homes: int, sums: Mapping[str, int]
) -> dict[str, str]:
    """Said beside a shortage: the transformers of the village would do together."""
    short = any(watts > left[i] for i, watts in need_w.items())
    if not short or sum(left.values()) < sum(need_w.values()):
        return {"uneven_zh": "", "uneven_en": ""}
    told = i18n.format_message(i18n.messages("reasons"), "uneven", homes=homes, **sums)
    return {"uneven_zh": told.zh, "uneven_en": told.en}


def _load_share(result: AllocationOutcome, i: int, drawn_w: int) -> float:
    """The load of transformer `i` as a share of its capacity, with `drawn_w` more."""
    station = result.shared.stations[i]
    load_kva = station.base_kva + drawn_w * station.kva_per_w
    return load_kva / station.capacity_kva if station.capacity_kva else 0.0


def _dear(context: RuleContext, village: Village, needed: list[int]) -> dict[str, str]:
    """What is said of works above an unverified ceiling."""
    cny = dear_works(context, village) if needed else 0
    if not cny:
        return {"dear_zh": "", "dear_en": ""}
    said = i18n.format_message(i18n.messages("reasons"), "dear", cny=cny)
    return {"dear_zh": said.zh, "dear_en": said.en}


def _names(ids: list[str], comma: str) -> str:
    more = len(ids) - _SHOWN
    return comma.join(ids[:_SHOWN]) + (f" (+{more})" if more > 0 else "")


def percent(share: float) -> str:
    """Format a share, rounded down to 0.1 %, so that 89.99 % is never shown as "90 %"."""
    tenths = floor(share * 1000 + 1e-9)
    return f"{tenths // 10}%" if tenths % 10 == 0 else f"{tenths / 10}%"


def displayed_metres(metres: float) -> int:
    """Round a distance for display: to 10 m from 1,000 m, to 1 m below; 0 for infinite."""
    if metres == float("inf"):
        return 0
    return round(metres, -1 if metres >= 1000 else 0).__int__()
