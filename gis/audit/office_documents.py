"""The office's documents as tables; report/office_papers writes them as workbooks.

销号单 (sign-off sheets of zones), and field lists of homes to visit in walking order. Notices and
public lists are in gis.audit.notices and gis.audit.public_lists.
"""

from __future__ import annotations

from datetime import date  # named tuples evaluate annotations at run time
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis import i18n
from gis.audit.evidence import TRUE
from gis.audit.zone_clearance import LEFT_OPEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gis.audit.clearance import Clearance
    from gis.facts import Facts

_CRITERIA = ("device", "stove_removed", "coal_removed", "findings", "visited")
_EXEMPT = ("vacant", "demolition")
_OPEN = ("undecidable", "coal_findings", *LEFT_OPEN)
_DATES = (
    "effective_on", "expires_on", "oldest_clean_on", "latest_clean_on", "last_ruled_on",
)  # fmt: skip
SIGN_OFF_COLUMNS = ("zone_id", "section", "item", "item_zh", "item_en", "required", "number", "day")
FIELD_LIST_COLUMNS = (
    "township_code", "village_code", "zone_id", "stop", "household", "household_id", "walk_m",
    "clearance", "why", "check", "check_zh", "check_en",
)  # fmt: skip


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
    table = pd.DataFrame(lines, columns=list(SIGN_OFF_COLUMNS))
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
    for name in _CRITERIA:
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


def route(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The nearest-neighbour route past all points.

    It starts at the westernmost point (of several, the southernmost); of equally near points the
    first one is taken. Points without a location come last, in their order.

    Args:
        x: Shape (n,) [m].
        y: Shape (n,) [m].

    Returns:
        The order, and the metres walked to each stop (0 to the first, NaN without a location).
    """
    placed = np.isfinite(x) & np.isfinite(y)
    known, lost = np.flatnonzero(placed), np.flatnonzero(~placed)
    east, north = x[known], y[known]
    here = int(np.lexsort((north, east))[0]) if len(known) else 0
    order = np.empty(len(known), dtype=np.intp)
    for stop in range(len(known)):
        order[stop] = at = known[here]
        east[here] = np.inf  # visited: farther than any other
        here = int(np.hypot(east - x[at], north - y[at]).argmin())
    steps = np.hypot(
        np.diff(x[order], prepend=x[order[:1]]), np.diff(y[order], prepend=y[order[:1]])
    )
    return np.concatenate([order, lost]), np.concatenate([steps, np.full(len(lost), np.nan)])


def field_list(facts: Facts, clearance: Clearance) -> pd.DataFrame:
    """The homes to visit: inside a zone and not cleared, or undecidable at its boundary.

    Returns:
        One row per home, sorted by village and stop: township_code, village_code (the duty),
        zone_id (the lowest, of several), stop (1.. in each village), household (position),
        household_id, walk_m [m] from the stop before, clearance, why, check (keys of [door] in
        maps/words/audit.toml, joined by ","), check_zh, check_en: what to check, as text.
    """
    chosen = _chosen(facts, clearance)
    ledger = facts.households.iloc[chosen["household"].to_numpy(dtype=int)]
    judged = clearance.households.iloc[chosen["household"].to_numpy(dtype=int)]
    codes = _checks(judged, (chosen["position"] != "inside").to_numpy(dtype=bool))
    table = chosen.assign(
        township_code=ledger["township_code"].to_numpy(dtype=object),
        village_code=ledger["village_code"].to_numpy(dtype=object),
        household_id=ledger["household_id"].to_numpy(dtype=object),
        clearance=judged["clearance"].to_numpy(dtype=object),
        why=judged["why"].to_numpy(dtype=object),
        check=codes,
        check_zh=[_check_text(code, "zh") for code in codes],
        check_en=[_check_text(code, "en") for code in codes],
        x=ledger["x"].to_numpy(dtype=float),
        y=ledger["y"].to_numpy(dtype=float),
    )
    walks = [_walked(rows) for _, rows in table.groupby("village_code", dropna=False)]
    if not walks:
        return pd.DataFrame(columns=list(FIELD_LIST_COLUMNS))
    return pd.concat(walks, ignore_index=True)[list(FIELD_LIST_COLUMNS)]


def _chosen(facts: Facts, clearance: Clearance) -> pd.DataFrame:
    """household, zone_id and position of the homes to visit, each once."""
    homes = facts.zone_positions[["household", "zone_id", "position"]]
    cleared = (clearance.households["clearance"] == "cleared").to_numpy(dtype=bool)
    wanted = homes[~cleared[homes["household"].to_numpy(dtype=int)]]
    first = wanted.sort_values(["household", "position", "zone_id"])  # inside before undecidable
    return first.drop_duplicates("household").reset_index(drop=True)


def _checks(judged: pd.DataFrame, on_line: NDArray[np.bool_]) -> list[str]:
    """The keys of the open criteria of each home."""
    open_ = judged[list(_CRITERIA)].to_numpy() != TRUE
    is_open = np.column_stack([on_line, open_])
    names = ("line", *_CRITERIA)
    return [",".join(name for name, yes in zip(names, row, strict=True) if yes) for row in is_open]


def _check_text(codes: str, lang: str) -> str:
    texts = i18n.messages("audit")["door"]
    between = {"zh": "；", "en": "; "}[lang]
    return between.join(texts[code][lang] for code in codes.split(",")).strip()


def _walked(rows: pd.DataFrame) -> pd.DataFrame:
    order, steps_m = route(rows["x"].to_numpy(dtype=float), rows["y"].to_numpy(dtype=float))
    return rows.iloc[order].assign(stop=np.arange(1, len(rows) + 1), walk_m=steps_m)
