"""资金台账 (funds): what was budgeted, allocated, paid, returned, recovered and settled.

All amounts are whole fen. An event that nobody recorded (allocated, paid, returned, recovered,
settled) has not happened, so its sum is 0. A budget that nobody recorded is unknown, so it and the
differences from it are missing, never 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis import i18n
from gis.audit.evidence import column_of
from gis.audit.repeated_claims import claim_keys, repeated

if TYPE_CHECKING:
    from datetime import date

    from gis.facts import Facts

STAGES = ("budgeted", "allocated", "paid", "returned", "recovered", "settled")
_KEYS = ["township_code", "payer", "purpose"]
LEFT = ("to_allocate_fen", "to_pay_fen", "to_settle_fen", "outstanding_fen")
AMOUNTS = (*(f"{stage}_fen" for stage in STAGES), "net_paid_fen", *LEFT)
COUNTS = ("no_budget", "no_amount", "refused", "refused_fen", "later", "later_fen")
_ITEM = ["household_id", "payer", "purpose", "season_year"]
# kinds of returned payments: keys of [payment_reason] in maps/words/audit.toml
_OTHER_REASON = "returned"
_SIGNS = {"paid": 1, "returned": -1, "recovered": -1}
_ONE_PERSON = ("id_number", "bank_account")


@dataclass(frozen=True)
class Funds:
    """The account of a project's payments on one day.

    balances    one row per township_code (missing: the whole city), payer and purpose: AMOUNTS
                (Int64, see `with_differences`), and beside them COUNTS: no_budget (1: no budget is
                recorded), no_amount (rows whose amount nobody can read), refused and later (rows
                that are not counted), refused_fen and later_fen (their known amounts)
    homes       one row per household, payer, purpose and season_year: net_paid_fen and the stages
    exceptions  household_id or unit_code, village_code, township_code, payer, purpose, season_year,
                amount_fen, kind: a key of [payment_exception] in maps/words/audit.toml
    rows        every payment, with `refused` and `later`
    """

    balances: pd.DataFrame
    homes: pd.DataFrame
    exceptions: pd.DataFrame
    rows: pd.DataFrame


def account(facts: Facts, as_of: date) -> Funds | None:
    """The account of the payments of the facts on a day; None where there is no such layer."""
    if facts.payments is None:
        return None
    rows = facts.payments
    counted = rows[(rows["refused"] == "") & ~rows["later"]]
    balances = _balances(rows, counted)
    homes = _by_home(counted)
    exceptions = pd.concat(
        [
            _returned(counted),
            _paid_twice(homes),
            _one_person(homes, facts),
            _withdrawn(homes, facts, as_of),
            _over_recovered(counted),
            _beyond(balances),
            _ahead(counted, balances),
            _undated(counted),
        ],
        ignore_index=True,
    )
    order = ["township_code", "village_code", "household_id", "kind", "payer", "purpose"]
    return Funds(balances, homes, exceptions.sort_values(order, ignore_index=True), rows)


def _balances(rows: pd.DataFrame, counted: pd.DataFrame) -> pd.DataFrame:
    wide = _stage_sums(counted, _KEYS)
    wide["no_budget"] = (~_has_budget(counted, wide)).astype("Int64")
    wide.loc[wide["no_budget"] == 1, "budgeted_fen"] = pd.NA
    beside = rows.assign(
        no_amount=(rows["amount_fen"].isna() & ~rows["later"]).astype("Int64"),
        later_fen=rows["amount_fen"].where(rows["later"]),
        refused_fen=rows["amount_fen"].where((rows["refused"] != "") & ~rows["later"]),
        later=rows["later"].astype("Int64"),
        refused=((rows["refused"] != "") & ~rows["later"]).astype("Int64"),
    )
    names = [name for name in COUNTS if name != "no_budget"]
    sums = beside.groupby(_KEYS, dropna=False)[names].sum().reset_index()
    table = sums.merge(wide, on=_KEYS, how="left")
    stages = [f"{stage}_fen" for stage in STAGES[1:]]
    table[stages] = table[stages].fillna(0)
    table["no_budget"] = table["no_budget"].fillna(1)
    ordered = table.sort_values(_KEYS, ignore_index=True)
    return with_differences(ordered)[[*_KEYS, *AMOUNTS, *COUNTS]]


def _has_budget(counted: pd.DataFrame, wide: pd.DataFrame) -> pd.Series:
    budgets = counted.loc[counted["stage"] == "budgeted", _KEYS].fillna("")
    known = pd.MultiIndex.from_frame(budgets)
    return pd.Series(pd.MultiIndex.from_frame(wide[_KEYS].fillna("")).isin(known), wide.index)


def _stage_sums(counted: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """One row per `keys` with the sum of each stage, 0 where there is no row of it."""
    parts = {
        f"{stage}_fen": counted["amount_fen"].where(counted["stage"] == stage, 0)
        for stage in STAGES
    }
    table = counted[keys].assign(**parts)
    return table.groupby(keys, dropna=False)[list(parts)].sum().astype("Int64").reset_index()


def with_differences(table: pd.DataFrame) -> pd.DataFrame:
    """`table` with what is left of its stage sums; missing where the budget is.

    net_paid_fen = paid - returned - recovered; to_allocate_fen = budgeted - allocated; to_pay_fen =
    allocated - net paid; to_settle_fen = net paid - settled; outstanding_fen = the sum of these
    three, which is budgeted - settled.
    """
    net = table["paid_fen"] - table["returned_fen"] - table["recovered_fen"]
    return table.assign(
        net_paid_fen=net,
        to_allocate_fen=table["budgeted_fen"] - table["allocated_fen"],
        to_pay_fen=table["allocated_fen"] - net,
        to_settle_fen=net - table["settled_fen"],
        outstanding_fen=table["budgeted_fen"] - table["settled_fen"],
    )


def _by_home(counted: pd.DataFrame) -> pd.DataFrame:
    own = counted[counted["household_id"].notna()]
    keys = ["township_code", "village_code", *_ITEM]
    table = _stage_sums(own, keys)
    payments = own.assign(times=own["stage"].map(_SIGNS).fillna(0).astype(int))
    times = payments.groupby(keys, dropna=False)["times"].sum().to_numpy()
    net = table["paid_fen"] - table["returned_fen"] - table["recovered_fen"]
    return table.assign(net_paid_fen=net, times=times).sort_values(keys, ignore_index=True)


def reason_kind(reason: object) -> str:
    """The kind of a returned payment by the words of its reason, a key of [payment_exception]."""
    text = reason if isinstance(reason, str) else ""
    for kind, phrases in i18n.messages("audit")["payment_reason"].items():
        if any(phrase in text for phrase in phrases):
            return str(kind)
    return _OTHER_REASON


def _returned(counted: pd.DataFrame) -> pd.DataFrame:
    """Payments that came back and were not paid again since, by the reason of the last return."""
    own = counted[counted["household_id"].notna()]
    counts = own.assign(
        paid_on_=own["paid_on"].where(own["stage"] == "paid"),
        times_paid=(own["stage"] == "paid").astype(int),
        times_back=(own["stage"] == "returned").astype(int),
    )
    grouped = counts.groupby(_ITEM, dropna=False)
    item = grouped.agg(
        last=("paid_on_", "max"), paid=("times_paid", "sum"), back=("times_back", "sum")
    )
    back = own[own["stage"] == "returned"].sort_values("paid_on", kind="stable")
    latest = back.groupby(_ITEM, dropna=False).tail(1)
    since = latest[_ITEM].merge(item.reset_index(), on=_ITEM, how="left")
    again = (since["last"].to_numpy() >= latest["paid_on"].to_numpy()) & (
        since["paid"] > since["back"]
    ).to_numpy()
    left = latest[~again]
    return _exception(left, [reason_kind(one) for one in left["reason"]])


def _paid_twice(homes: pd.DataFrame) -> pd.DataFrame:
    again = homes[homes["times"] > 1]
    return _exception(again.rename(columns={"net_paid_fen": "amount_fen"}), "paid_twice")


def _one_person(homes: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    """Homes of one person, or one account, that one payer paid for the same purpose and season."""
    paid, claims = _claims(homes, facts.households)
    found = [repeated(keys, facts.claimed_elsewhere) for keys in claims]
    named = paid[np.logical_or.reduce(found)].rename(columns={"net_paid_fen": "amount_fen"})
    return _exception(named, "several_homes")


def _claims(
    homes: pd.DataFrame, households: pd.DataFrame
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """The homes that were paid, with person and account, by what they were paid for."""
    paid = homes[homes["net_paid_fen"] > 0]
    known = households[households["status"] != "rejected"].drop_duplicates("household_id")
    known = known.set_index("household_id")
    within = (paid["payer"], paid["purpose"], paid["season_year"].astype("float64"))
    return paid, [
        claim_keys(f"paid.{name}", paid["household_id"].map(column_of(known, name)), *within)
        for name in _ONE_PERSON
    ]


def paid_claims(facts: Facts) -> list[pd.DataFrame]:
    """By whom and to which account homes were paid: `repeated_claims.claim_keys`."""
    rows = facts.payments
    if rows is None:
        return []
    counted = rows[(rows["refused"] == "") & ~rows["later"]]
    return _claims(_by_home(counted), facts.households)[1]


def _withdrawn(homes: pd.DataFrame, facts: Facts, as_of: date) -> pd.DataFrame:
    """Homes that were paid though they left the list, or will not convert, and have no device."""
    known = facts.households[facts.households["status"] != "rejected"]
    day = pd.Timestamp(as_of)
    left = pd.to_datetime(column_of(known, "delisted_on")) <= day
    left |= column_of(known, "willing").eq("no").fillna(value=False).astype(bool)
    left &= ~(pd.to_datetime(column_of(known, "accepted_on")) <= day)
    paid = homes[
        (homes["net_paid_fen"] > 0) & homes["household_id"].isin(known["household_id"][left])
    ]
    return _exception(paid.rename(columns={"net_paid_fen": "amount_fen"}), "withdrawn")


def _over_recovered(counted: pd.DataFrame) -> pd.DataFrame:
    """What came back of a home's or a unit's payments beyond what it was paid."""
    rows = counted[counted["stage"].isin(_SIGNS)]
    keys = ["township_code", "village_code", "unit_code", *_ITEM]
    signs = rows["stage"].map(_SIGNS).astype("Int64")
    back = rows.assign(amount_fen=-rows["amount_fen"] * signs)
    sums = back.groupby(keys, dropna=False)["amount_fen"].sum().reset_index()
    return _exception(sums[sums["amount_fen"] > 0], "over_recovered")


def _ahead(counted: pd.DataFrame, balances: pd.DataFrame) -> pd.DataFrame:
    """Payments that were ahead of what had been allocated by their day, though not in the end.

    On one day money is allocated and comes back before it is paid. An allocation without a day may
    have come first. Where none is recorded, payments beyond it are told as over_paid.
    """
    signs = counted["stage"].map({"allocated": -1} | _SIGNS).astype("Int64")
    rows = counted.assign(fen=counted["amount_fen"] * signs, sign=signs)
    rows = rows[signs.notna() & (rows["paid_on"].notna() | (rows["stage"] == "allocated"))]
    rows = rows.sort_values(["paid_on", "sign"], kind="stable", na_position="first")
    run = rows.groupby(_KEYS, dropna=False)["fen"].cumsum()
    most = rows.assign(amount_fen=run).groupby(_KEYS, dropna=False)["amount_fen"].max()
    found = balances.merge(most.reset_index(), on=_KEYS, how="left")
    ahead = (found["amount_fen"] > 0) & (found["to_pay_fen"] >= 0) & (found["allocated_fen"] > 0)
    return _exception(found[ahead.fillna(value=False)], "before_allocation")


def _beyond(balances: pd.DataFrame) -> pd.DataFrame:
    """Balances in which more was handed on than had come."""
    kinds = {
        "over_allocated": -balances["to_allocate_fen"],
        "over_paid": -balances["to_pay_fen"],
        "over_settled": balances["settled_fen"] - balances["net_paid_fen"].clip(lower=0),
    }
    found = [
        _exception(balances.assign(amount_fen=over)[(over > 0).fillna(value=False)], kind)
        for kind, over in kinds.items()
    ]
    return pd.concat(found, ignore_index=True)


def _undated(counted: pd.DataFrame) -> pd.DataFrame:
    moved = counted["stage"].isin(["paid", "returned", "recovered"]) & counted["paid_on"].isna()
    return _exception(counted[moved], "undated")


def _exception(rows: pd.DataFrame, kind: str | list[str]) -> pd.DataFrame:
    names = ["township_code", "village_code", "unit_code", *_ITEM, "amount_fen"]
    return rows.reindex(columns=names).astype({"amount_fen": "Int64"}).assign(kind=kind)
