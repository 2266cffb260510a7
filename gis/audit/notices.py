"""整改通知书 (rectification notices): one per open finding, as data for the office's documents."""

from __future__ import annotations

from datetime import date  # named tuples evaluate annotations at run time
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from gis import i18n
from gis.audit.clearance_criteria import CLAIMED, PENDING, SEEN_CLEAN, STANDING
from gis.audit.evidence import UNREAD, column_of, dates, days
from gis.audit.responsible import unit_of

if TYPE_CHECKING:
    from gis.audit.clearance import Clearance
    from gis.facts import Facts
    from gis.policy import Policy

# What the notice requires, by state of the finding: keys of [asked] in maps/words/audit.toml.
_ASKED = {STANDING: "rectify", CLAIMED: "recheck", SEEN_CLEAN: "record", PENDING: "recheck"}
_WORK = {"device_unused": "use"}
_SUBJECTS = ("household_id", "premises_id")
COLUMNS = (
    "notice_no", "inspection_id", "township_code", "village_code", "zones", "subject",
    "household_id", "premises_id", "x", "y", "kind", "found_zh", "found_en", "coal_kg",
    "inspected_on", "rectify_by", "overdue", "asked", "asked_zh", "asked_en", "unit", "issued_on",
    "expires_on",
)  # fmt: skip


class Term(NamedTuple):
    """The day of issue of a document and its last day of validity."""

    issued_on: date
    expires_on: date


def rectification_notices(
    facts: Facts,
    clearance: Clearance,
    inspections: pd.DataFrame | None,
    policy: Policy,
    term: Term,
) -> pd.DataFrame:
    """One row per open finding that is not exempt; none of it may be shown on a map.

    notice_no          of the day of issue, "20241031-0001", in the order of inspection_id
    inspection_id, household_id, premises_id   as in the inspection
    subject            household, premises or place; x, y [m]
    township_code, village_code   of the household, missing for other subjects
    zones              the zones in which it counts, joined by "、"
    kind, found_zh, found_en, coal_kg, inspected_on
    rectify_by, overdue   whether it had passed on the day of issue
    asked, asked_zh, asked_en   rectify; record: seen clean, no rectified_on; recheck: rectified,
                       and not seen since
    unit               the responsible unit of the policy, "" for none
    issued_on, expires_on
    """
    if inspections is None:
        return pd.DataFrame(columns=list(COLUMNS))
    items = clearance.open_items
    open_ = (items["layer"] == "inspections") & ~items["exempt"].astype(bool)
    open_ &= items["kind"] != UNREAD  # an unreadable finding requires nothing of the home
    items = items[open_.to_numpy(dtype=bool)].reset_index(drop=True)
    written = inspections.iloc[items["row"].to_numpy(dtype=int)].reset_index(drop=True)
    table = items[["zones", "subject", "kind", "village_code", "x", "y"]].assign(
        **{name: column_of(written, name) for name in ("inspection_id", *_SUBJECTS, "coal_kg")},
        inspected_on=pd.to_datetime(written["inspected_on"]),
        rectify_by=dates(days(column_of(written, "rectify_by"))),
        asked=items["state"].map(_ASKED),
        unit=items["kind"].map(lambda kind: unit_of(_WORK.get(kind, "coal"), policy)),
        issued_on=pd.Timestamp(term.issued_on),
        expires_on=pd.Timestamp(term.expires_on),
    )
    return _numbered(_with_texts(table, facts), term.issued_on)


def _with_texts(table: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    texts = i18n.messages("audit")
    township = facts.villages.set_index("village_code")["township_code"]
    filled = {
        f"{name}_{lang}": table[column].map(lambda key, of=of, lang=lang: texts[of][key][lang])
        for name, column, of in (("found", "kind", "finding"), ("asked", "asked", "asked"))
        for lang in ("zh", "en")
    }
    return table.assign(
        township_code=table["village_code"].map(township),
        overdue=(table["rectify_by"] < table["issued_on"]).to_numpy(dtype=bool),
        **filled,
    )


def _numbered(table: pd.DataFrame, issued_on: date) -> pd.DataFrame:
    ordered = table.sort_values("inspection_id", kind="stable", ignore_index=True)
    numbers = [f"{issued_on:%Y%m%d}-{n:04d}" for n in range(1, len(ordered) + 1)]
    return ordered.assign(notice_no=pd.array(numbers, dtype="str"))[list(COLUMNS)]
