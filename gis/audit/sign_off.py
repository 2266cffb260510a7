"""销号单 (sign-off sheet) of a zone: required work, done work, and open items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from gis import i18n
from gis.audit.three_valued import TRUE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from gis.audit.clearance import Clearance
    from gis.facts import Facts

_FACTS = ("device", "stove_removed", "coal_removed", "findings", "visited")
_EXEMPT = ("vacant", "demolition")
_OPEN = (
    "undecidable",
    "coal_findings",
    "coal_unsettled",
    "open_complaints",
    "unplaced",
    "rejected",
    "silent",
    "unlisted",
    "undated",
    "held",
)
_DATES = (
    "effective_on", "expires_on", "oldest_clean_on", "latest_clean_on", "last_ruled_on",
)  # fmt: skip
COLUMNS = ("zone_id", "section", "item", "item_zh", "item_en", "required", "number", "day")


def sign_off_sheets(facts: Facts, clearance: Clearance, as_of: date) -> pd.DataFrame:
    """The lines of every zone's sheet, in order.

    zone_id
    section   task: the homes inside; done: those of them for which each criterion of
              gis.audit.clearance_criteria is true (all are `required`); exception: homes that are
              vacant or being demolished; against: homes not cleared or unknown, by reason; open:
              open findings, complaints and rows; dates: of the evidence; verdict. `against` and
              `open` list only numbers above 0
    item, item_zh, item_en   its key, and as text
    required, number (Int64), day (date)
    """
    lines = [
        line
        for zone in clearance.zones.to_dict("records")
        for line in _sheet(zone, facts, clearance, as_of)
    ]
    table = pd.DataFrame(lines, columns=list(COLUMNS))
    table["day"] = pd.to_datetime(table["day"])
    return table.astype({"required": "Int64", "number": "Int64"})


def _sheet(
    zone: dict[str, Any], facts: Facts, clearance: Clearance, as_of: date
) -> Iterator[dict[str, Any]]:
    homes = facts.zone_positions
    inside = homes[
        ((homes["zone_id"] == zone["zone_id"]) & (homes["position"] == "inside")).to_numpy(
            dtype=bool
        )
    ]
    judged = clearance.households.iloc[inside["household"].to_numpy(dtype=int)]
    size = len(judged)
    yield _line(zone, "task", "homes", number=size)
    for name in _FACTS:
        yield _line(zone, "done", name, required=size, number=int((judged[name] == TRUE).sum()))
    yield _line(zone, "done", "cleared", required=size, number=int(zone["cleared"]))
    for name in _EXEMPT:
        yield _line(zone, "exception", name, number=int(zone[name]))
    against = judged["why"].value_counts()
    for why in i18n.messages("audit")["why"]:
        if against.get(why, 0):
            yield _line(zone, "against", why, number=int(against[why]))
    for name in _OPEN:
        if zone[name]:
            yield _line(zone, "open", name, number=int(zone[name]))
    for name in ("held_by", "accepted"):
        if zone[name]:
            yield _listing(zone, name)
    for name in _DATES:
        yield _line(zone, "dates", name, day=zone[name])
    yield _line(zone, "dates", "as_of", day=pd.Timestamp(as_of))
    yield _line(zone, "verdict", str(zone["verdict"]))


def _listing(zone: dict[str, Any], name: str) -> dict[str, Any]:
    """Entries that hold the zone, or held it and are accepted, by the names that accept them."""
    message = i18n.format_message(i18n.messages("report")["zone_accept"], name, entries=zone[name])
    line = {"zone_id": zone["zone_id"], "section": "open", "item": name}
    return line | {"item_zh": message.zh, "item_en": message.en}


def _line(zone: dict[str, Any], section: str, item: str, **values: object) -> dict[str, Any]:
    text = i18n.messages("audit")["why" if section == "against" else "sheet"][item]
    named = {"zone_id": zone["zone_id"], "section": section, "item": item}
    return named | {"item_zh": text["zh"], "item_en": text["en"]} | values
