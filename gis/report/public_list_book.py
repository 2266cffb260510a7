"""public_list.xlsx: the public lists, each for the village's board and for the website."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd

from gis import i18n
from gis.audit.equipment_settlement import UNKNOWN
from gis.audit.public_lists import Posting, public_lists, with_masked_names
from gis.errors import Text
from gis.report.output_tables import yuan
from gis.report.print_layout import with_page_numbers
from gis.report.translate import day_in_words, translated
from gis.report.workbook import WorkbookSheet, worded_sheet

if TYPE_CHECKING:
    from gis.audit.equipment_settlement import EquipmentSettlement
    from gis.audit.settlement import Settlement
    from gis.layers.project import Publisher
    from gis.report.metadata import Judged

# ASSUME: a public list is posted for seven days, as is usual (公示期), where [publisher] of
# project.toml states no other period.
POSTED_DAYS = 7
_PLACES = ("township_code", "township", "village_code", "village", "number", "name")
_COLUMNS = {
    "listed": (*_PLACES, "device"),
    "equipment": (*_PLACES, "mode", "device", "accepted_on", "equipment_subsidy_cny", "list_note"),
    "running": (*_PLACES, "mode", "quantity", "unit", "subsidy_cny"),
}
_WHERE = ("board", "website")
Book = tuple[WorkbookSheet, ...]


def public_list_book(run: Judged, settled: Settlement, equipment: EquipmentSettlement) -> Book:
    """The sheets: every list for the board and for the website, a village a page.

    The board has full names only where [edition] board_full_names of the policy says so.
    """
    posting = _posting(run)
    lists = public_lists(run.facts, run.policy, run.project.as_of, (settled, equipment), posting)
    whole = run.policy.edition.board_full_names
    return tuple(
        _sheet(kind, where, table if whole and where == "board" else with_masked_names(table), run)
        for kind, table in lists.items()
        for where in _WHERE
        if len(table)
    )


def _posting(run: Judged) -> Posting:
    """From the day of publication, to the contact of [publisher], else the unit for objections."""
    day, issuer = run.project.published_on, run.project.publisher
    until = day and day + timedelta(days=_days_posted(issuer))
    if issuer is not None:
        return Posting(day, until, contact_of(issuer))
    unit = run.policy.responsible.get("objections", "")
    township = i18n.format_message(i18n.messages("report")["titles"], "objections")
    return Posting(day, until, Text(unit or township.zh, unit or township.en))


def _days_posted(issuer: Publisher | None) -> int:
    return issuer.objection_days if issuer else POSTED_DAYS


def contact_of(issuer: Publisher) -> Text:
    """The name of the issuing office, with its telephone if it states one."""
    names = Text(issuer.name.zh, issuer.name.en or issuer.name.zh)
    if not issuer.phone:
        return names
    said = i18n.messages("report")["titles"]["with_phone"]
    zh, en = (
        said[lang].format(name=name, phone=issuer.phone)
        for lang, name in (("zh", names.zh), ("en", names.en))
    )
    return Text(zh, en)


def _sheet(kind: str, where: str, table: pd.DataFrame, run: Judged) -> WorkbookSheet:
    said = i18n.messages("report")
    notes = [
        _note(kind, key, fen) for key, fen in zip(table["why"], table["subsidy_fen"], strict=True)
    ]
    money = yuan(table["subsidy_fen"])
    money = money.where(table["why"] == "")
    named = table.assign(
        subsidy_cny=money,
        equipment_subsidy_cny=money,
        list_note=notes,
        accepted_on=table["accepted_on"].map(day_in_words, na_action="ignore"),
    )
    shown = translated(named[list(_COLUMNS[kind])])
    name = f"{kind}_{where}"
    lines = _lines(table, run, where)
    made = worded_sheet(name, shown, lines=lines, wide=("list_note",))
    hidden = ("township_code", "township", "village_code")
    title = said["titles"][f"public_{kind}"]["zh"].format(document=run.policy.plan.document)
    posted = replace(
        made, title=title, hidden=hidden, page_by="village_code", posted=True, portrait=True
    )
    return with_page_numbers(posted, f"{run.project.title.zh} {title}")


def _note(kind: str, why: str, fen: object) -> str | None:
    """What stands instead of an amount, and why; nobody is said to have claimed twice."""
    if kind != "equipment" or (not why and not pd.isna(fen)):
        return None
    key = "settled" if why == "settled" else "open" if why in UNKNOWN else "held" if why else "none"
    said = i18n.messages("report")
    note = str(said["list_note"][key]["zh"])
    return f"{note}（{said['list_why'][why]['zh']}）" if key == "open" else note


def _lines(table: pd.DataFrame, run: Judged, where: str) -> tuple[str, ...]:
    """The days, the contact and who posts it; on the board, room for the village's result.

    Days are left to be written in where the day of publication is not stated.
    """
    said, first = i18n.messages("report"), table.iloc[0]
    titles, issuer = said["titles"], run.project.publisher
    by_hand = titles["day_by_hand"]["zh"]
    known = run.project.published_on is not None
    days = {
        key: day_in_words(first[name]) if known else by_hand
        for key, name in (("first", "posted_on"), ("last", "until_on"))
    }
    by = issuer.name.zh if issuer else said["letter"]["blank"]["zh"]
    lines = (
        i18n.format_message(titles, "posted", **days, n=_days_posted(issuer)).zh,
        i18n.format_message(titles, "object_to", contact=first["contact_zh"]).zh,
        i18n.format_message(titles, "issued_by", issuer=by, day=days["first"]).zh,
    )
    if where == "website":
        return lines
    return (
        *lines,
        # a line of its own: with the result it would be wider than the narrowest list
        i18n.format_message(titles, "result").zh,
        i18n.format_message(titles, "result_seal").zh,
    )
