"""公示名单 (public list): the list posted on a village board, with masked names, for a stated time."""

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
    from gis.audit.settlement import Settlement
    from gis.facts import Facts
    from gis.policy import Policy

COLUMNS = (
    "village_code", "village", "township_code", "township", "number", "name", "mode", "device",
    "subsidy_fen", "accepted_on", "posted_on", "until_on", "contact_zh", "contact_en",
)  # fmt: skip


def masked_name(name: object) -> str:
    """Mask a name for posting: its first character and one star; "" for none.

    张三 and 张三丰 both become 张*, so that the length is not shown.
    """
    if not isinstance(name, str):
        return ""
    plain = unicodedata.normalize("NFKC", name)
    letters = [sign for sign in plain if unicodedata.category(sign)[0] in "LN"]
    return f"{letters[0]}*" if letters else ""


class Posting(NamedTuple):
    """The day of posting, the last day of validity, and the contact for objections."""

    posted_on: date
    until_on: date
    contact: Text


def public_list(
    facts: Facts, policy: Policy, as_of: date, settlement: Settlement | None, posting: Posting
) -> pd.DataFrame:
    """One row per home completed this plan year, by village; never a map layer.

    village_code, village, township_code, township
    number            1.. in the village, in the order of acceptance and masked name
    name              masked
    mode, device      "" for a blank one
    subsidy_fen       running subsidy of `settlement` (Int64, <NA> without one); the supplement is
                      left out, because it would show who is poor
    accepted_on
    posted_on, until_on, contact_zh, contact_en   of `posting`
    """
    ledger = facts.households
    found = conversion_stages(ledger, policy.plan, as_of)
    at = np.flatnonzero(found[COMPLETED].to_numpy(dtype=bool))
    rows = ledger.iloc[at].reset_index(drop=True)
    owners = column_of(rows, "owner")
    table = pd.DataFrame(
        {
            "village_code": rows["village_code"],
            "name": pd.array([masked_name(owner) for owner in owners], dtype="str"),
            "mode": found["mode"].iloc[at].to_numpy(),
            "device": rows["device"].fillna(""),
            "subsidy_fen": _subsidy_fen(settlement, at),
            "accepted_on": rows["accepted_on"],
            "posted_on": pd.Timestamp(posting.posted_on),
            "until_on": pd.Timestamp(posting.until_on),
            "contact_zh": posting.contact.zh,
            "contact_en": posting.contact.en,
        }
    ).dropna(subset="village_code")
    names = facts.villages[["village_code", "village", "township_code", "township"]]
    keys = ["village_code", "accepted_on", "name", "mode", "device", "subsidy_fen"]
    table = table.merge(names, on="village_code").sort_values(keys, ignore_index=True)
    return table.assign(number=table.groupby("village_code").cumcount() + 1)[list(COLUMNS)]


def _subsidy_fen(settlement: Settlement | None, at: np.ndarray) -> pd.Series:
    if settlement is None:
        return pd.Series(pd.NA, index=range(len(at)), dtype="Int64")
    due = settlement.households.set_index("household")["due_fen"].reindex(at)
    return due.astype("Int64").reset_index(drop=True)
