"""notices.xlsx: the register of notices, the letters to be served, and the office's follow-ups."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis import i18n
from gis.audit.notices import Term, rectification_notices
from gis.audit.responsible import duties, people_of
from gis.report.csv_parquet import as_text
from gis.report.metadata import nobody_named, office_of
from gis.report.translate import day_in_words, masked_table, translated
from gis.report.workbook import CODES, WorkbookSheet, worded_sheet

if TYPE_CHECKING:
    from gis.layers.project import Publisher
    from gis.report.metadata import Judged

# ASSUME: a notice is valid for thirty days, or to its deadline if that is later
VALID_DAYS = 30
_TO_FILL_IN = ("served_on", "rechecked")
_REGISTER = (
    "township_code", "village_code", "issued_on", "township", "village", "notice_no", "owner",
    "household_id", "premises_id", "address", "zone_names", "found_zh", "coal_kg", "inspected_on",
    "first_due_on", "overdue", "task_zh", "rectify_by", "expires_on", "responsible_unit",
    "responsible_person", *_TO_FILL_IN,
)  # fmt: skip
_WRAPPED = (
    "complaint",
    "zone_names",
    "found_zh",
    "task_zh",
    "todo_zh",
    "responsible_unit",
    "village",
)
_FOLLOWUPS = (
    "township_code", "village_code", "township", "village", "household_id", "owner", "premises_id",
    "zone_names", "found_zh", "inspected_on", "todo_zh", "responsible_unit",
    "responsible_person", "due_on",
)  # fmt: skip
_COMPLAINTS = (
    "township_code", "village_code", "township", "village", "complaint_id", "received_on",
    "complaint", "zone_names", "responsible_unit", "responsible_person", "due_on", "overdue",
)  # fmt: skip
_HIDDEN = (*CODES, "issued_on", "expires_on")  # the days stand in the line above, and in the notice
_DAYS = ("inspected_on", "first_due_on", "rectify_by", "issued_on", "expires_on")
_PLACE = ("township", "village", "address")
Book = tuple[WorkbookSheet, ...]


def notices_book(run: Judged, *, unmask: bool) -> Book:
    """The sheets of notices.xlsx.

    Args:
        run: The results of the run.
        unmask: Personal numbers are shown whole.
    """
    day = run.project.as_of
    inspections = run.layers.tables.get("inspections")
    term = Term(day, day + timedelta(days=VALID_DAYS))
    found = rectification_notices(run.facts, run.clearance, inspections, run.policy, term)
    served, left = (_named(one, run) for one in found)
    notes, complaints = i18n.messages("report")["notes"], _open_complaints(run)
    issued = i18n.format_message(notes, "notices", day=day_in_words(day)).zh
    register = _chosen(served.assign(**dict.fromkeys(_TO_FILL_IN, " ")), _REGISTER)
    sheets = (
        worded_sheet(
            "notices", register, unmask=unmask, wide=_WRAPPED, lines=(issued, *nobody_named(served))
        ),
        _letters(served, run, unmask=unmask),
        worded_sheet(
            "followups",
            _chosen(left, _FOLLOWUPS),
            unmask=unmask,
            wide=_WRAPPED,
            lines=(notes["followups"]["zh"], *nobody_named(left)),
        ),
        worded_sheet(
            "complaints",
            translated(complaints[list(_COMPLAINTS)]),
            unmask=unmask,
            wide=_WRAPPED,
            lines=(notes["complaints"]["zh"], *nobody_named(complaints)),
        ),
    )
    asked = sheets if len(complaints) else sheets[:-1]
    return tuple(one if one.posted else replace(one, hidden=_HIDDEN) for one in asked)


def _open_complaints(run: Judged) -> pd.DataFrame:
    """The complaints that hold a village, the earliest first, and who answers them by when."""
    items = run.clearance.open_items
    items = items[(items["subject"] == "complaint").to_numpy(dtype=bool)].reset_index(drop=True)
    names = ("complaint_id", "received_on", "subject", "due_on")
    layer = run.layers.tables.get("complaints", pd.DataFrame())
    told = layer.reindex(columns=list(names)).iloc[items["row"].to_numpy(dtype=int)]
    villages = run.facts.villages.set_index("village_code")
    table = told.reset_index(drop=True).rename(columns={"subject": "complaint"})
    table["village_code"] = items["village_code"]
    for name in ("township_code", "township", "village"):
        table[name] = items["village_code"].map(villages[name])
    table["zone_names"] = _zone_names(items, run, documents=False)
    who = duties(pd.Series("complaint", table.index), table["township"], office_of(run))
    stated = pd.to_datetime(table["due_on"])
    table = table.assign(**who).assign(due_on=stated.fillna(who["due_on"]))
    table["overdue"] = table["due_on"] < pd.Timestamp(run.project.as_of)
    return table.sort_values(["received_on", "complaint_id"], ignore_index=True)


def _named(table: pd.DataFrame, run: Judged) -> pd.DataFrame:
    """With the names of township, village, owner and zones, and the address."""
    facts = run.facts
    named = table.rename(columns={"unit": "responsible_unit"})
    named["zone_names"] = _zone_names(table, run, documents=False)
    villages = facts.villages.set_index("village_code")
    homes = facts.households[facts.households["status"] != "rejected"]
    known = homes.reindex(columns=["household_id", "owner", "address"])
    known = known.dropna(subset="household_id").drop_duplicates("household_id")
    known = known.set_index("household_id")
    for name in ("township", "village"):
        named[name] = named["village_code"].map(villages[name])
    named["responsible_person"] = people_of(
        named["responsible_unit"], named["township"], office_of(run)
    )
    for name in known:
        named[name] = named["household_id"].map(known[name])
    return named


def _chosen(table: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    blank = ("owner", "address", "premises_id")
    names = [name for name in columns if name not in blank or table[name].notna().any()]
    return translated(table[names])


def letter_lines(
    table: pd.DataFrame, issuer: Publisher | None, document: str, clause: str = ""
) -> pd.DataFrame:
    """The lines of every notice: township_code, notice_no, item, said.

    Args:
        table: One row per notice, with names. Blank fields have no line.
        issuer: The issuing unit; None for a line to write it on.
        document: The plan that binds the addressee.
        clause: Its clause on converted homes, which alone binds whoever is in no zone; "": none is
            stated.
    """
    words = i18n.messages("report")["letter"]
    text = {name: table[name].map(as_text).astype(object) for name in table}  # of no notice too
    text |= {
        name: table[name].map(day_in_words, na_action="ignore").astype(object).fillna("")
        for name in _DAYS
    }
    place = [
        " ".join(filter(None, parts)) for parts in zip(*(text[one] for one in _PLACE), strict=True)
    ]
    zone = text["zones"].where(text["zones"] == "", "；所在禁煤区：" + text["zones"])
    clauses = pd.Series(clause, table.index, dtype=object)
    who = text["owner"].where(text["owner"] != "", text["household_id"])
    lines = {
        "number": text["notice_no"],
        "to": who.where(who != "", text["premises_id"]).replace("", words["whoever"]["zh"]),
        "of": text["household_id"].where(text["household_id"] != who, ""),
        "where": pd.Series(place, table.index),
        "found": _found(text, table["overdue"]),
        "basis": document + clauses.where(zone == "", "") + zone,
        "task": text["task_zh"],
        "until": text["rectify_by"] + words["until_words"]["zh"],
        "after": pd.Series(words["after_words"]["zh"], table.index),
        "objection": pd.Series(issuer.objection if issuer else "", table.index),
        "issuer": pd.Series(issuer.name.zh if issuer else words["blank"]["zh"], table.index),
        "phone": pd.Series(issuer.phone if issuer else "", table.index),
        "seal": pd.Series(words["seal_words"]["zh"], table.index),
        "issued": text["issued_on"],
        "valid": text["expires_on"],
        "received": pd.Series(i18n.messages("report")["titles"]["receipt"]["zh"], table.index),
    }
    whole = pd.concat(
        [
            table[["township_code", "notice_no"]].assign(
                item=words[key]["zh"], said=said.to_numpy(dtype=object), order=at
            )
            for at, (key, said) in enumerate(lines.items())
        ]
    )
    kept = whole[(whole["said"] != "").to_numpy(dtype=bool)]
    ordered = kept.sort_values(["notice_no", "order"], kind="stable", ignore_index=True)
    return ordered.drop(columns="order")


def _found(text: dict[str, pd.Series], overdue: pd.Series) -> pd.Series:
    """What the inspection found, how much coal, and the day that it set."""
    kg, first = text["coal_kg"], text["first_due_on"]
    said = text["inspected_on"] + "检查：" + text["found_zh"]
    said += kg.where(kg == "", "，散煤 " + kg + " 公斤")
    said += first.where(first == "", "；原定" + first + "前整改")
    late = i18n.messages("report")["letter"]["overdue"]["zh"]
    return said + pd.Series(np.where(overdue.astype(bool), late, ""), overdue.index)


def _letters(served: pd.DataFrame, run: Judged, *, unmask: bool) -> WorkbookSheet:
    """The notices as letters, one per A4 page, each with title, issuer and place for the seal."""
    plan, issuer = run.policy.plan, run.project.publisher
    # what the data say is masked before the office's own phone is among it
    named = served.assign(zones=_zone_names(served, run, documents=True))
    shown = masked_table(named, unmask=unmask)
    document, clause = f"《{plan.name}》（{plan.document}）", run.policy.clearance.converted_clause
    lines = letter_lines(shown, issuer, document, clause)
    made = worded_sheet("letters", lines, unmask=True, wide=("said",))
    title = i18n.messages("report")["sheets"]["letters"]["zh"]
    hidden = ("township_code", "notice_no")
    made = replace(made, title=title, hidden=hidden, page_by="notice_no")
    return replace(made, posted=True, portrait=True)


def _zone_names(found: pd.DataFrame, run: Judged, *, documents: bool) -> pd.Series:
    """The zones of each finding by name, with the documents that set them up if asked for.

    Whoever gets a notice does not know the office's ids.
    """
    zones, names = run.clearance.zones, {}
    documents_of = zones["document_no"] if documents else pd.Series("", zones.index)
    for zone, name, document in zip(zones["zone_id"], zones["zone"], documents_of, strict=True):
        said = as_text(document).strip()
        names[zone] = (as_text(name) or zone) + (f"（{said}）" if said else "")

    def named(ids: str) -> str:
        return "、".join(names.get(one, one) for one in ids.split("、"))

    return found["zones"].map(named, na_action="ignore")
