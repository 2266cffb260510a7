"""设备补贴清算: the equipment subsidy of homes completed this plan year, by the prices of their lots."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gis.audit.conversion_stage import COMPLETED, conversion_stages
from gis.audit.evidence import column_of
from gis.audit.repeated_claims import claim_keys, repeated
from gis.costs.money import exact, to_fen
from gis.costs.subsidy import by_payer, once_fen
from gis.facts.floor_area import heated_m2
from gis.policy.subsidies import SubsidyRule

if TYPE_CHECKING:
    from datetime import date

    from gis.facts import Facts
    from gis.policy import Policy

_SUMS = ["homes", "due_fen", "held_fen", "not_known"]
_HELD = ("serial_twice", "person_twice")
# why nothing is due yet, or a part of it is not known: keys of [equipment_why]
UNKNOWN = ("tender_pending", "no_device", "no_lot", "lot_of_other_device", "no_price")


class EquipmentSettlement(NamedTuple):
    """Amounts in whole fen.

    homes    household (position), household_id, village_code, township_code, mode, device, lot,
             price_fen (Int64), due_fen (Int64, <NA>: not known), held_fen, why ("" or a key of
             [equipment_why] in maps/words/audit.toml)
    lots     township_code, mode, device, lot: homes, due_fen, held_fen, not_known (homes)
    payers   township_code, mode, payer ("": not stated), due_fen
    """

    homes: pd.DataFrame
    lots: pd.DataFrame
    payers: pd.DataFrame


def settle_equipment(
    facts: Facts, lots: pd.DataFrame | None, policy: Policy, as_of: date
) -> EquipmentSettlement:
    """What is due to each home that was completed this plan year by `as_of`, by the policy's rules.

    Rural homes that did not convert themselves; a home for whose device the policy has no rule is
    listed as pending on the electric route, where a tender sets it, and left out on the others.
    """
    table = _held(_due(facts, lots, policy, as_of), facts)
    columns = [
        "household", "household_id", "village_code", "township_code", "mode", "device", "lot",
        "price_fen", "due_fen", "held_fen", "why",
    ]  # fmt: skip
    table = table[columns].reset_index(drop=True)
    return EquipmentSettlement(table, _by_lot(table), _by_payer(table, policy))


def equipment_claims(
    facts: Facts, lots: pd.DataFrame | None, policy: Policy, as_of: date
) -> list[pd.DataFrame]:
    """What the homes that may be due an equipment subsidy claim by: `claim_keys` of each."""
    return [*_keys(_due(facts, lots, policy, as_of)).values()]


def _due(facts: Facts, lots: pd.DataFrame | None, policy: Policy, as_of: date) -> pd.DataFrame:
    """The homes that may be due an amount, with due_fen and why it is not known."""
    ledger = facts.households
    stages = conversion_stages(ledger, policy, as_of)
    rural = facts.villages.set_index("village_code")["rural"]
    counts = stages[COMPLETED].to_numpy(dtype=bool)
    counts = counts & ledger["village_code"].map(rural).eq(other=True).fillna(value=False).to_numpy(
        dtype=bool
    )
    counts = counts & ~column_of(ledger, "self_converted").eq(other=True).fillna(
        value=False
    ).to_numpy(dtype=bool)
    at = np.flatnonzero(counts)
    rows = ledger.iloc[at].reset_index(drop=True)
    rows = rows.assign(
        household=at,
        mode=stages["mode"].iloc[at].to_numpy(),
        lot=column_of(rows, "lot").astype("str"),
        area_m2=heated_m2(ledger, policy).iloc[at].to_numpy(dtype=float),
        times=pd.to_numeric(column_of(rows, "device_count")).fillna(1).clip(lower=1),
    )
    prices = _Prices(lots)
    alike = rows[["mode", "device", "lot", "area_m2", "times"]].astype(object).fillna("")
    kinds = alike.drop_duplicates()
    each = [_one(row, prices, policy) for row in kinds.to_dict("records")]
    known = dict(zip(kinds.itertuples(index=False, name=None), each, strict=True))
    made = [known[key] for key in alike.itertuples(index=False, name=None)]
    table = rows.assign(
        price_fen=pd.array([one.price_fen for one in made], dtype="Int64"),
        due_fen=pd.array([one.due_fen for one in made], dtype="Int64"),
        why=[one.why for one in made],
    )
    return table[(table["why"] != "none").to_numpy(dtype=bool)]


class _Amount(NamedTuple):
    price_fen: int | None
    due_fen: int | None
    why: str


class _Prices:
    """The tender prices of one device by lot, and by device where all lots agree [fen]."""

    def __init__(self, lots: pd.DataFrame | None) -> None:
        self.lots: dict[str, tuple[str, int | None]] = {}
        self.devices: dict[str, set[int]] = {}
        for row in [] if lots is None else lots.to_dict("records"):
            price = row.get("unit_price_cny")
            fen = None if price is None or pd.isna(price) else to_fen(exact(float(price)))
            device = "" if pd.isna(row.get("device")) else str(row["device"])
            self.lots[str(row["lot"])] = (device, fen)
            if device and fen is not None:
                self.devices.setdefault(device, set()).add(fen)

    def of_device(self, device: str) -> int | None:
        """The one tender price of a device; None where there is none, or several."""
        found = self.devices.get(device, set())
        return next(iter(found)) if len(found) == 1 else None


def _one(row: dict[str, object], prices: _Prices, policy: Policy) -> _Amount:
    """What one home is due. ASSUME: a lot's price is that of one device of the home's."""
    mode, area_m2 = str(row["mode"]), exact(float(str(row["area_m2"])))
    device = str(row["device"])
    rule = _rule(mode, device, policy)
    if rule is None:
        return _Amount(None, None, "tender_pending") if mode == "electric" else _NONE
    if not device and rule.share is not None and rule.price_of is None:
        return _Amount(None, None, "no_device")
    price_fen, why = _price(row, device, prices)
    if rule.share is None:
        return _Amount(price_fen, once_fen(rule, price_fen, area_m2), "")
    if rule.price_of is not None:
        whole = prices.of_device(rule.price_of)
        due = None if whole is None else once_fen(rule, whole, area_m2, price_fen)
        return _Amount(price_fen, due, "no_price" if due is None else "")
    due = once_fen(rule, price_fen, area_m2)
    return _Amount(price_fen, due, why if due is None else "")


_NONE = _Amount(None, None, "none")


def _rule(mode: str, device: str, policy: Policy) -> SubsidyRule | None:
    rules = policy.subsidies.equipment
    if found := rules.get(device, rules.get(mode)):
        return found
    granted = policy.prices.get("equipment_subsidy_cny", {})
    if isinstance(granted, dict) and device in granted:
        return SubsidyRule(fixed_cny=granted[device])
    return None


def _price(row: dict[str, object], device: str, prices: _Prices) -> tuple[int | None, str]:
    """What the home's devices cost by its lot, and why that is not known."""
    lot = row["lot"]
    if str(lot) not in prices.lots:
        return None, "no_lot"
    tendered, fen = prices.lots[str(lot)]
    if tendered and device and tendered != device:
        return None, "lot_of_other_device"
    if fen is None:
        return None, "no_price"
    return to_fen(Decimal(fen) / 100 * exact(float(str(row["times"])))), ""


def _held(table: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    """With held_fen: what waits, as a device or a person is claimed for twice, or is settled."""
    why = table["why"].copy()
    for reason, keys in _keys(table).items():
        again = repeated(keys, facts.claimed_elsewhere)
        why = why.mask(again & (why == ""), reason)
    paid = facts.payments
    if paid is not None:
        done = (paid["stage"] == "settled") & (paid["purpose"] == "equipment") & ~paid["later"]
        done &= paid["refused"].isin(["", "settled_twice"])
        settled = table["household_id"].isin(paid.loc[done, "household_id"].dropna())
        why = why.mask(settled, "settled")
    waits = why.isin(_HELD).to_numpy(dtype=bool)
    nothing = (why == "settled").to_numpy(dtype=bool)
    held = table["due_fen"].where(waits, 0).fillna(0)
    due = table["due_fen"].mask(waits | nothing, 0)
    return table.assign(why=why, held_fen=held, due_fen=due)


def _keys(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Why a claim waits → what it claims by."""
    columns = zip(_HELD, ("device_serial", "id_number"), strict=True)
    return {why: claim_keys(f"equipment.{name}", column_of(table, name)) for why, name in columns}


def _by_lot(table: pd.DataFrame) -> pd.DataFrame:
    counted = table.assign(homes=1, not_known=table["why"].isin(UNKNOWN).astype(int))
    keys = ["township_code", "mode", "device", "lot"]
    return counted.groupby(keys, dropna=False, as_index=False)[_SUMS].sum(min_count=1)


def _by_payer(table: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    rows: dict[tuple[str, str, str], int] = {}
    for row in table[table["due_fen"].notna()].to_dict("records"):
        device = "" if pd.isna(row["device"]) else str(row["device"])
        rule = _rule(str(row["mode"]), device, policy)
        payers = {} if rule is None else policy.subsidies.payers_of(rule)
        for payer, fen in by_payer(int(row["due_fen"]), payers).items():
            key = (row["township_code"], row["mode"], payer)
            rows[key] = rows.get(key, 0) + fen
    columns = ["township_code", "mode", "payer", "due_fen"]
    found = [(*key, fen) for key, fen in sorted(rows.items(), key=lambda one: str(one[0]))]
    return pd.DataFrame(found, columns=columns).astype({"due_fen": "int64"})
