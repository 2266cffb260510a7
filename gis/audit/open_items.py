"""Open items: unsettled findings and unhandled complaints.

One row per item:

    layer         inspections | complaints
    row           position in that layer
    subject       household | premises | place | complaint
    household     position in the ledger for an item at a household, else NOBODY
    premises      position in the premises for an item at premises, else NOBODY
    exempt        at premises exempt from the ban
    village_code  of the household or the complaint, None for none
    kind          the finding, or "complaint"
    coal          it is about coal
    against       it prevents clearance of its zone: about coal, unreadable, or a stove where
                  the ledger has no home
    state         of gis.audit.clearance_criteria; STANDING for a complaint
    x, y          location [m], NaN for none; for an item at premises that of the premises
    by_ledger     the location is the home's, since the visit gives none
    seen_x, seen_y  for an item at premises: the location given by the visit [m], NaN for none
    lost          its location is given but unreadable
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis import i18n
from gis.audit import evidence, finding_states, zone_links
from gis.audit.evidence import COAL, FINDINGS, NOBODY, STOVE, UNREAD, day, days, equals_any
from gis.errors import Problem
from gis.layers.schema import normalise_word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from gis.audit.evidence import Mask
    from gis.policy import Policy

# ASSUME: a subject with more unexplained characters than this may be about anything
_MAX_UNEXPLAINED = 10
_GAP = "／"  # keeps the texts on both sides of a removed word apart
COLUMNS = (
    "layer", "row", "subject", "household", "premises", "exempt", "village_code", "kind", "coal",
    "against", "state", "x", "y", "by_ledger", "seen_x", "seen_y", "lost",
)  # fmt: skip


def open_at_homes(
    found: pd.DataFrame, state: NDArray[np.int8], households: pd.DataFrame
) -> pd.DataFrame:
    """Unsettled findings at households; `found` and `state` row by row."""
    codes = households["village_code"].to_numpy(dtype=object)[found["home"].to_numpy()]
    table = _items_of(found, state, "household").assign(village_code=codes, premises=NOBODY)
    at = households[["x", "y"]].to_numpy(dtype=float)[found["home"].to_numpy()]
    here = (table["x"].notna() & table["y"].notna()).to_numpy(dtype=bool)
    x, y = (table[axis].where(here, at[:, n]) for n, axis in enumerate(("x", "y")))
    return table.assign(x=x, y=y, by_ledger=~here)[state != finding_states.SETTLED][list(COLUMNS)]


def open_elsewhere(
    visits: pd.DataFrame, premises: pd.DataFrame | None, policy: Policy
) -> pd.DataFrame:
    """Unsettled findings at premises and at locations without a household or premises."""
    shop = (visits["premises"] != NOBODY).to_numpy(dtype=bool)
    stray = visits["stray"].to_numpy(dtype=bool)  # it may concern that home instead of the premises
    place = (visits["home"] == NOBODY).to_numpy(dtype=bool) & (~shop | stray)
    bad, clean = (
        equals_any(visits, "finding", *FINDINGS),
        equals_any(visits, "finding", evidence.CLEAN),
    )
    at_shops = _at_premises(visits[shop & bad], visits[shop & clean], premises)
    within_m = policy.placing.sigma_household_m
    at_places = _at_places(visits[place & bad], visits[place & clean], within_m)
    return pd.concat([at_shops, at_places], ignore_index=True)


def complaints(table: pd.DataFrame | None, as_of: date) -> pd.DataFrame:
    """The coal complaints received by `as_of` and not handled by then.

    What the office has classified by then (`kind`) is about coal only if it says so; of the others
    the words decide. A complaint without a date of receipt or without a subject counts, because it
    cannot be shown to be later, or not about coal. So does one that is not shown to be handled
    after it was received.
    """
    if table is None:
        return _no_items()
    today = day(as_of)
    received, handled = days(table["received_on"]), days(evidence.column_of(table, "handled_on"))
    answered = (handled <= today) & (handled >= received)
    kind = evidence.column_of(table, "kind")
    later = days(evidence.column_of(table, "classified_on")) > today
    classified = kind.notna().to_numpy(dtype=bool) & ~later
    holds = np.where(classified, equals_any(table, "kind", "coal"), about_coal(table["subject"]))
    still_open = ~(received > today) & ~answered & holds
    x, y = evidence.place_of(table)
    codes = evidence.column_of(table, "village_code").astype(object)
    listed = pd.DataFrame(
        {
            "layer": "complaints", "row": np.arange(len(table)), "subject": "complaint",
            "household": NOBODY, "premises": NOBODY, "exempt": False,
            "village_code": codes.where(codes.notna(), None).to_numpy(dtype=object),
            "kind": "complaint", "coal": True, "against": True,
            "state": finding_states.STANDING,
            "x": x, "y": y, "by_ledger": False, "seen_x": np.nan, "seen_y": np.nan,
            "lost": evidence.has_unreadable(table, evidence.PLACE),
        }
    )  # fmt: skip
    return listed[still_open].reset_index(drop=True)


def about_coal(subjects: pd.Series) -> Mask:
    """Whether each subject may be about coal: all but those whose words rule it out.

    A subject is ruled out if it names another matter (`other`). In the rest of it, without the
    names that only sound like coal (`names`), there must be no word for coal, fire or smoke
    (`perhaps`), and almost no text outside the lists.
    """
    texts = i18n.messages("audit")["coal"]
    codes, written = pd.factorize(subjects.fillna("").astype("str"))
    other = np.array([_about_other(normalise_word(text), texts) for text in written], dtype=bool)
    return ~other[codes]


def _about_other(text: str, texts: Mapping[str, list[str]]) -> bool:
    def without(words: Sequence[str], left: str) -> str:
        return reduce(lambda so_far, word: so_far.replace(word, _GAP), words, left)

    rest = without(texts["other"], text)
    left = without(texts["names"], rest)
    unexplained = without(texts["besides"], left).replace(_GAP, "")
    open_ = any(word in left for word in texts["perhaps"])
    return rest != text and not open_ and len(unexplained) <= _MAX_UNEXPLAINED


def unplaced(
    items: pd.DataFrame,
    linked: pd.DataFrame,
    inspections: pd.DataFrame | None,
    complaints: pd.DataFrame | None,
) -> tuple[Problem, ...]:
    """One problem per item against a zone that has no location, so that it may lie in any zone."""
    lost = linked.loc[(linked["how"] == "anywhere").to_numpy(dtype=bool), "item"].unique()
    layers = {"inspections": inspections, "complaints": complaints}
    ids = {"inspections": "inspection_id", "complaints": "complaint_id"}
    found = []
    for item in items.iloc[lost].loc[lambda table: table["against"]].itertuples():
        layer = layers[item.layer]
        number = str(layer[ids[item.layer]].iloc[item.row]) if layer is not None else ""
        found.append(_unplaced(item.layer, ids[item.layer], number, lost=bool(item.lost)))
    return tuple(found)


def _unplaced(layer: str, column: str, number: str, *, lost: bool) -> Problem:
    texts = i18n.messages("audit")
    key = "place_unread" if lost else f"{layer}_unplaced"
    message = i18n.format_message(texts["message"], key, number=number)
    remedy = i18n.format_message(texts["remedy"], f"{layer}_unplaced")
    return Problem(layer, "unplaced", None, column, number, message, remedy)


def _items_of(found: pd.DataFrame, state: NDArray[np.int8], subject: str) -> pd.DataFrame:
    against = (*COAL, UNREAD, STOVE) if subject == "place" else (*COAL, UNREAD)
    return pd.DataFrame(
        {
            "layer": "inspections", "row": found["row"].to_numpy(), "subject": subject,
            "household": found["home"].to_numpy(), "premises": found["premises"].to_numpy(),
            "exempt": False, "village_code": None, "kind": found["finding"].to_numpy(),
            "coal": equals_any(found, "finding", *COAL),
            "against": equals_any(found, "finding", *against),
            "state": state, "x": found["x"].to_numpy(), "y": found["y"].to_numpy(),
            "by_ledger": False, "seen_x": np.nan, "seen_y": np.nan,
            "lost": found["lost"].to_numpy(),
        }
    )  # fmt: skip


def _at_premises(
    found: pd.DataFrame, clean: pd.DataFrame, premises: pd.DataFrame | None
) -> pd.DataFrame:
    if premises is None:
        return _no_items()
    at = found["premises"].to_numpy()
    seen_on, shops = clean["seen"].to_numpy(), clean["premises"].to_numpy()
    last = evidence.latest_by_home(seen_on, shops, len(premises))[at]
    confirmed = (last > found["seen"].to_numpy()) & ~(last < found["rectified"].to_numpy())
    state = finding_states.finding_states_elsewhere(found, confirmed)
    # ASSUME: premises with a blank exemption are not exempt
    exempt = evidence.column_of(premises, "exempt").eq(other=True).fillna(value=False)
    own_x, own_y = (axis[at] for axis in evidence.place_of(premises))
    table = _items_of(found, state, "premises")
    there = {"seen_x": table["x"], "seen_y": table["y"], "x": own_x, "y": own_y}
    table = table.assign(household=NOBODY, exempt=exempt.to_numpy(dtype=bool)[at], **there)
    table["lost"] |= evidence.has_unreadable(premises, evidence.PLACE)[at]
    return table[state != finding_states.SETTLED]


def _at_places(found: pd.DataFrame, clean: pd.DataFrame, within_m: float) -> pd.DataFrame:
    """ASSUME: a clean visit within one sigma of a household's location is about the same place."""
    state = finding_states.finding_states_elsewhere(
        found, zone_links.seen_again_clean(found, clean, within_m)
    )
    return _items_of(found, state, "place")[state != finding_states.SETTLED]


def _no_items() -> pd.DataFrame:
    kinds: dict[str, type[object]] = dict.fromkeys(COLUMNS, object) | {"x": float, "y": float}
    kinds |= dict.fromkeys(("exempt", "coal", "against", "by_ledger", "lost"), bool)
    kinds |= dict.fromkeys(("seen_x", "seen_y"), float)
    kinds |= {"row": np.intp, "household": np.intp, "premises": np.intp, "state": np.int8}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})
