"""公示名单 (public lists): who is on the list, and which subsidies are due, posted for objections.

They are documents with a last day, never a layer of a map. They hold no identity number, phone or
account, and no supplement, which would show who is poor.
"""

from __future__ import annotations

import unicodedata
from datetime import date  # named tuples evaluate annotations at run time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gis.audit.conversion_stage import COMPLETED, conversion_stages
from gis.audit.evidence import column_of
from gis.errors import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.audit.equipment_settlement import EquipmentSettlement
    from gis.audit.settlement import Settlement
    from gis.facts import Facts
    from gis.policy import Policy

COLUMNS = (
    "village_code", "village", "township_code", "township", "number", "name", "masked", "mode",
    "device",
    "quantity", "unit", "subsidy_fen", "why", "accepted_on", "posted_on", "until_on", "contact_zh",
    "contact_en",
)  # fmt: skip


class Posting(NamedTuple):
    """The day of posting and the last day, None where nobody stated it; whom to object to."""

    posted_on: date | None
    until_on: date | None
    contact: Text


def masked_name(name: object) -> str:
    """Mask a name for posting: its first character and one star; "" for none.

    张三 and 张三丰 both become 张*, so that the length is not shown.
    """
    if not isinstance(name, str):
        return ""
    plain = unicodedata.normalize("NFKC", name)
    letters = [sign for sign in plain if unicodedata.category(sign)[0] in "LN"]
    return f"{letters[0]}*" if letters else ""


def with_masked_names(table: pd.DataFrame) -> pd.DataFrame:
    """A list for the website: the names masked."""
    return table.assign(name=table["masked"])


def public_lists(
    facts: Facts,
    policy: Policy,
    as_of: date,
    amounts: tuple[Settlement, EquipmentSettlement],
    posting: Posting,
) -> dict[str, pd.DataFrame]:
    """The lists by kind, each with COLUMNS, one row per home, numbered in its village.

    listed     确村确户: the homes on this year's list
    equipment  设备补贴: the homes completed this year; subsidy_fen is missing where `why` says so
    running    运行补贴: the homes to whom a running subsidy of the season is due

    name is whole, masked as for posting, "" for none; device "" for a blank one; quantity and unit
    of a running subsidy. Numbers follow the day of acceptance and the masked name, so that they are
    the same whether names are masked or not.

    Args:
        facts: The facts.
        policy: The policy.
        as_of: The day of the lists.
        amounts: The settlements of the season and of equipment.
        posting: When and where they are posted.
    """
    settled, equipment = amounts
    ledger = facts.households
    counted = (ledger["status"] != "rejected").to_numpy(dtype=bool)
    on_list = ledger["in_programme"].eq(other=True).fillna(value=False).to_numpy(dtype=bool)
    done = conversion_stages(ledger, policy, as_of)[COMPLETED].to_numpy(dtype=bool)
    due = settled.households[settled.households["due_fen"] > 0].set_index("household")
    bought = equipment.homes.set_index("household")
    at = np.flatnonzero(done)
    return {
        "listed": _listed(facts, np.flatnonzero(on_list & counted), posting),
        "equipment": _listed(facts, at, posting, bought.reindex(at)),
        "running": _listed(facts, due.index.to_numpy(dtype=np.intp), posting, due),
    }


def _listed(
    facts: Facts, at: NDArray[np.intp], posting: Posting, amounts: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The homes at `at`; amounts: due_fen and more, in their order."""
    rows = facts.households.iloc[at].reset_index(drop=True)
    own = pd.DataFrame(index=rows.index) if amounts is None else amounts.reset_index(drop=True)
    device = rows["device"].fillna(column_of(rows, "device_chosen"))
    table = pd.DataFrame(
        {
            "village_code": rows["village_code"],
            "name": column_of(rows, "owner").fillna("").astype("str"),
            "mode": rows["heating"],
            "device": device.fillna("").astype("str"),
            "quantity": column_of(own, "quantity").astype("float64"),
            "unit": column_of(own, "unit"),
            "subsidy_fen": pd.array(column_of(own, "due_fen"), dtype="Int64"),
            "why": column_of(own, "why").fillna("").astype("str"),
            "accepted_on": rows["accepted_on"],
            "posted_on": pd.Timestamp(posting.posted_on),
            "until_on": pd.Timestamp(posting.until_on),
            "contact_zh": posting.contact.zh,
            "contact_en": posting.contact.en,
        }
    ).dropna(subset="village_code")
    table["mode"] = table["mode"].where(
        table["mode"].isin(["electric", "gas", "central", "biomass"])
    )
    names = facts.villages[["village_code", "village", "township_code", "township"]]
    table["masked"] = pd.array([masked_name(name) for name in table["name"]], dtype="str")
    keys = ["village_code", "accepted_on", "masked", "mode", "device", "subsidy_fen", "name"]
    table = table.merge(names, on="village_code").sort_values(keys, ignore_index=True)
    return table.assign(number=table.groupby("village_code").cumcount() + 1)[list(COLUMNS)]
