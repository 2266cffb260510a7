"""The sign-off sheet of a zone (销号单): what is asked, what is done, what stands against it."""

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
    section   task: the homes inside; done: of them, where each fact of gis.audit.clearance_criteria is true (all
              are `required`); exception: homes that are vacant or being demolished; against: homes
              by what decided that they are not cleared, or not known; open: findings, complaints
              and rows that stand open; dates: of the evidence; verdict. `against` and `open` list
              what is not 0
    item, item_zh, item_en   its key, and the same in words
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
    """What holds the zone, or held it and is accepted, by the names that accept it."""
    told = i18n.format_message(i18n.messages("report")["zone_accept"], name, entries=zone[name])
    line = {"zone_id": zone["zone_id"], "section": "open", "item": name}
    return line | {"item_zh": told.zh, "item_en": told.en}


def _line(zone: dict[str, Any], section: str, item: str, **values: object) -> dict[str, Any]:
    said = i18n.messages("audit")["why" if section == "against" else "sheet"][item]
    named = {"zone_id": zone["zone_id"], "section": section, "item": item}
    return named | {"item_zh": said["zh"], "item_en": said["en"]} | values
