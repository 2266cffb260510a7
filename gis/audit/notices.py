"""整改通知书 (notices of rectification), and what the office itself has to do about findings.

A notice goes to whoever the plan binds and asks for their own task, until a day after its issue.
Findings that call for somebody else's work (a visit, a ruling, a conversion first) are on the list
of follow-ups, not in a letter.
"""

from __future__ import annotations

from datetime import date, timedelta  # named tuples evaluate annotations at run time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import shapely

from gis import i18n
from gis.audit.clearance_criteria import CLEAN_HEATING
from gis.audit.evidence import COAL, STOVE, UNREAD, UNUSED, column_of, dates, day, days, equals_any
from gis.audit.finding_states import CLAIMED, PENDING, SEEN_CLEAN, STANDING
from gis.audit.responsible import due_on, own_unit, unit_of

if TYPE_CHECKING:
    from gis.audit.clearance import Clearance
    from gis.audit.evidence import Mask
    from gis.facts import Facts
    from gis.policy import Policy

_SUBJECTS = ("household_id", "premises_id")
_WORK = {UNUSED: "use"}
# What the office does about a finding that is no longer the addressee's to mend.
_OWN = {CLAIMED: "recheck", PENDING: "recheck", SEEN_CLEAN: "record"}
# the work of the unit that follows up: keys of [work] in maps/words/audit.toml
_FOLLOWUP_WORK = {
    "recheck": "patrol", "record": "ledger", "on_line": "line", "convert_first": "conversion",
    "not_bound": "patrol",
}  # fmt: skip
_TEXTS = {"found": "finding", "task": "task", "todo": "followup"}
NOTICE_COLUMNS = (
    "notice_no", "inspection_id", "township_code", "village_code", "zones", "subject",
    "household_id", "premises_id", "x", "y", "kind", "found_zh", "found_en", "coal_kg",
    "inspected_on", "first_due_on", "overdue", "task", "task_zh", "task_en", "rectify_by", "unit",
    "issued_on", "expires_on",
)  # fmt: skip
FOLLOWUP_COLUMNS = (
    "inspection_id", "township_code", "village_code", "zones", "subject", "household_id",
    "premises_id", "kind", "found_zh", "found_en", "inspected_on", "todo", "todo_zh", "todo_en",
    "unit", "due_on",
)  # fmt: skip


class Term(NamedTuple):
    """The day of issue of the notices, and the last day of their validity."""

    issued_on: date
    expires_on: date


class Notices(NamedTuple):
    """letters: NOTICE_COLUMNS, one row per notice; followups: FOLLOWUP_COLUMNS, one per finding."""

    letters: pd.DataFrame
    followups: pd.DataFrame


def rectification_notices(
    facts: Facts,
    clearance: Clearance,
    inspections: pd.DataFrame | None,
    policy: Policy,
    term: Term,
) -> Notices:
    """The notices and follow-ups of the open findings that are not exempt; for no map.

    Letters go to findings that stand, of whom the plan binds: coal inside a coal-ban zone; coal, a
    stove or an idle device at a home that was converted.

    notice_no          of the day of issue, "20241031-0001", in the order of inspection_id
    subject            household, premises or place; x, y [m]
    zones              the zones in which it counts, joined by "、"
    first_due_on       the day that the inspection set; overdue: it had passed on the day of issue
    task               the addressee's own, a key of [task] in maps/words/audit.toml
    rectify_by         first_due_on if it lies after the day of issue, else [clearance]
                       rectify_days after it
    todo               a key of [followup]: recheck, record, on_line, convert_first, not_bound
    unit               the responsible unit of the policy for the letter, or for what is to do, the
                       township itself where the policy says that each does it; "" for none
    due_on             the day by which the unit does it, as for all open work
    """
    if inspections is None:
        return Notices(_none(NOTICE_COLUMNS), _none(FOLLOWUP_COLUMNS))
    items = clearance.open_items
    open_ = (items["layer"] == "inspections") & ~items["exempt"].astype(bool)
    open_ &= items["kind"] != UNREAD  # an unreadable finding requires nothing of the home
    items = items[open_.to_numpy(dtype=bool)].reset_index(drop=True)
    written = inspections.iloc[items["row"].to_numpy(dtype=int)].reset_index(drop=True)
    places = facts.villages.set_index("village_code")
    township, town = places["township_code"], items["village_code"].map(places["township"])
    table = items[["zones", "subject", "kind", "village_code", "x", "y"]].assign(
        **{name: column_of(written, name) for name in ("inspection_id", *_SUBJECTS, "coal_kg")},
        township_code=items["village_code"].map(township),
        inspected_on=pd.to_datetime(written["inspected_on"]),
        first_due_on=dates(days(column_of(written, "rectify_by"))),
        todo=_todo(items, facts, term.issued_on),
        task=items["kind"],
    )
    served = table["kind"].map(_WORK).fillna("coal")
    work = table["todo"].map(_FOLLOWUP_WORK).fillna(served)
    units = [own_unit(unit_of(one, policy), name) for one, name in zip(work, town, strict=True)]
    due = [due_on(one, policy, term.issued_on) for one in work]
    table = table.assign(unit=units, due_on=pd.to_datetime(due))
    table = table.sort_values("inspection_id", kind="stable", ignore_index=True)
    to_serve = (table["todo"] == "").to_numpy(dtype=bool)
    followups = _with_texts(table[~to_serve].reset_index(drop=True), "found", "todo")
    return Notices(
        _letters(table[to_serve].reset_index(drop=True), policy, term),
        followups[list(FOLLOWUP_COLUMNS)],
    )


def _letters(table: pd.DataFrame, policy: Policy, term: Term) -> pd.DataFrame:
    issued = pd.Timestamp(term.issued_on)
    due = issued + timedelta(days=policy.clearance.rectify_days)
    rectify_by = table["first_due_on"].where(table["first_due_on"] > issued, due)
    numbers = [f"{term.issued_on:%Y%m%d}-{n:04d}" for n in range(1, len(table) + 1)]
    dated = table.assign(
        notice_no=pd.array(numbers, dtype="str"),
        overdue=(table["first_due_on"] < issued).to_numpy(dtype=bool),
        rectify_by=pd.to_datetime(rectify_by),
        issued_on=issued,
        expires_on=pd.to_datetime(rectify_by).clip(lower=pd.Timestamp(term.expires_on)),
    )
    return _with_texts(dated, "found", "task")[list(NOTICE_COLUMNS)]


def _todo(items: pd.DataFrame, facts: Facts, as_of: date) -> np.ndarray:
    """What the office does about each finding, "" for one that is served to the addressee."""
    inside, perhaps = _places(items, facts)
    converted = _converted(items, facts, as_of)
    coal = equals_any(items, "kind", *COAL)
    burned = equals_any(items, "kind", *COAL[:2])  # a converted home may not store or burn any
    own = equals_any(items, "kind", STOVE, UNUSED) | burned
    bound = (coal & inside) | (own & converted)
    cases = {
        "": bound & (items["state"] == STANDING).to_numpy(dtype=bool),
        "recheck": bound & items["state"].map(_OWN).eq("recheck").to_numpy(dtype=bool),
        "record": bound,
        "on_line": coal & perhaps,
        "convert_first": equals_any(items, "kind", STOVE) & (inside | perhaps),
    }
    return np.select([*cases.values()], [*cases], "not_bound")


def _places(items: pd.DataFrame, facts: Facts) -> tuple[Mask, Mask]:
    """Whether each item is clearly inside a coal-ban zone, and whether it may be."""
    homes = facts.zone_positions
    surely = homes.loc[homes["position"] == "inside", "household"]
    at_home = (items["subject"] == "household").to_numpy(dtype=bool)
    here = items["household"].isin(surely).to_numpy(dtype=bool)
    shapes = facts.zones.geometry.to_numpy()
    points = shapely.points(items[["x", "y"]].to_numpy(dtype=float, na_value=np.nan))
    within = np.zeros(len(items), dtype=bool)
    for shape in shapes:
        within = within | shapely.intersects(shape, points)
    inside = np.where(at_home, here, within)
    return inside, (items["zones"] != "").to_numpy(dtype=bool) & ~inside


def _converted(items: pd.DataFrame, facts: Facts, as_of: date) -> Mask:
    """Items at homes that use, or were handed over, a clean device."""
    homes = facts.households
    done = equals_any(homes, "heating", *CLEAN_HEATING)
    for name in ("energised_on", "accepted_on"):
        done = done | (days(column_of(homes, name)) <= day(as_of))
    at_home = (items["subject"] == "household").to_numpy(dtype=bool)
    at = items["household"].to_numpy(dtype=int)
    return at_home & np.append(done, False)[np.where(at_home, at, len(done))]


def _with_texts(table: pd.DataFrame, *names: str) -> pd.DataFrame:
    texts = i18n.messages("audit")
    columns = {"found": "kind"}
    filled = {
        f"{name}_{lang}": table[columns.get(name, name)].map(
            lambda key, of=_TEXTS[name], lang=lang: texts[of][key][lang]
        )
        for name in names
        for lang in ("zh", "en")
    }
    return table.assign(**filled)


def _none(columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(columns=list(columns))
