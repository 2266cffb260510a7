"""Payments: whom and which season each row is for, and which rows are refused.

A refused row is in no sum. Its amount, where it can be read, is stated beside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.facts import problems
from gis.layers.values import begin_year
from gis.layers.village_names import TOWNSHIP_DIGITS

if TYPE_CHECKING:
    from datetime import date

    from gis.errors import Problem
    from gis.policy import Policy

SEASONAL = ("running",)  # purposes that belong to a heating season
_OF_HOMES = ("running", "supplement")  # purposes paid to homes alone
_ONCE_BY = ("paid", "settled")  # stages kept either for a unit or for its homes, not for both
# ASSUME: no single payment reaches ten billion yuan; sums of millions of them are exact in int64
_MOST_CNY = 1e10
_FEN_EXACT = 0.01  # of a fen: what floating point leaves of whole fen
# reasons that reading has reported already
_TOLD = ("no_id", "duplicate_id", "no_stage", "no_amount")
_COUNTY_DIGITS = 6


def judged_payments(
    payments: pd.DataFrame | None,
    households: pd.DataFrame,
    villages: pd.DataFrame,
    policy: Policy,
    as_of: date,
) -> tuple[pd.DataFrame | None, tuple[Problem, ...]]:
    """The payments with whom they are for, and one problem per row that is refused here.

    Args:
        payments: The layer; None: there is none.
        households: The households with the columns of placing.
        villages: The village table with village_code, township_code and township.
        policy: The policy, for its seasons.
        as_of: Rows dated later are not counted.

    Returns:
        The rows with village_code and township_code (missing: the whole city), season_year (of
        SEASONAL purposes; NaN: unknown), amount_fen (Int64), later, and refused: "" or the reason,
        a key of [refused] in maps/words/audit.toml.
    """
    if payments is None:
        return None, ()
    table = _addressed(payments.reset_index(drop=True), households, villages)
    table["later"] = (table["paid_on"] > pd.Timestamp(as_of)).to_numpy(bool)
    table["season_year"] = _seasons(table, policy)
    table["amount_fen"], whole = _fen(table["amount_cny"])
    reasons = {
        "no_id": table["reject_reason"] == "no_id",
        "duplicate_id": table["reject_reason"] == "duplicate_id",
        "no_stage": table["stage"].isna(),
        "no_amount": table["amount_cny"].isna(),
        "too_large": table["amount_cny"] > _MOST_CNY,
        "part_fen": ~whole,
        "no_home": table["household_id"].notna() & ~table["home_known"],
        "no_unit": table["household_id"].isna() & ~table["unit_known"],
    }
    codes = np.array([*reasons, ""], dtype=object)
    first = np.select([*reasons.values()], range(len(reasons)), default=len(reasons))
    table["refused"] = codes[first]
    table.loc[_settled_twice(table), "refused"] = "settled_twice"
    table.loc[_also_by_home(table), "refused"] = "also_by_home"
    told = table[(table["refused"] != "") & ~table["refused"].isin(_TOLD)]
    found = tuple(problems.of_payment(row) for row in told.to_dict("records"))
    return table.drop(columns=["home_known", "unit_known"]), found


def _addressed(
    payments: pd.DataFrame, households: pd.DataFrame, villages: pd.DataFrame
) -> pd.DataFrame:
    """The rows with village_code, township_code, and whether their home or unit is known."""
    counted = (households["status"] != "rejected").to_numpy(bool)
    homes = households.loc[counted, ["household_id", "village_code"]]
    homes = homes.dropna(subset="household_id").drop_duplicates("household_id")
    home_village = homes.set_index("household_id")["village_code"]
    town_of = villages.set_index("village_code")["township_code"]
    townships = pd.Index(villages["township_code"].dropna().unique())
    named, unit = payments["household_id"], payments["unit_code"]
    of_unit = unit.where(unit.isin(town_of.index))
    village = named.map(home_village).where(named.notna(), of_unit)
    direct = unit.where(unit.isin(townships) & named.isna())
    counties = {code[:_COUNTY_DIGITS] for code in townships if len(code) == TOWNSHIP_DIGITS}
    return payments.assign(
        village_code=village.astype("str"),
        township_code=village.map(town_of).fillna(direct).astype("str"),
        home_known=named.notna().to_numpy(bool) & (home_village.index.get_indexer(named) >= 0),
        unit_known=(unit.isin(town_of.index) | unit.isin(townships) | unit.isin(counties)),
    )


def _seasons(table: pd.DataFrame, policy: Policy) -> pd.Series:
    """The year in which the season begins that a row of a SEASONAL purpose is for.

    # ASSUME: a row that names no season is for the last one that had ended on its day.
    """
    year = table["paid_on"].dt.year.astype("float64")
    ends = {one: policy.season_days(int(one) - 1)[1] for one in year.dropna().unique()}
    ended = table["paid_on"] >= pd.to_datetime(year.map(ends))
    last = year - np.where(ended.to_numpy(bool), 1, 2)
    written = pd.Series(begin_year(table["season"]), index=table.index)
    own = written.where(table["season"].notna(), last)
    return own.where(table["purpose"].isin(SEASONAL))


def _fen(cny: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Amounts in whole fen, and whether each is of whole fen; an unusable one is missing."""
    usable = cny.where(cny <= _MOST_CNY)
    fen = usable * 100
    whole = ((fen - fen.round()).abs() <= _FEN_EXACT) | fen.isna()
    return fen.where(whole).round().astype("Int64"), whole


def _settled_twice(table: pd.DataFrame) -> pd.Series:
    """Rows that settle one season (or a home's one-off subsidy) more than once for one payer.

    The rows of a unit may be several where they rest on different documents and name no season.
    """
    own = table[(table["stage"] == "settled") & (table["refused"] == "") & ~table["later"]]
    payee = own["household_id"].fillna(own["unit_code"])
    by_unit = own["household_id"].isna() & own["season_year"].isna()
    document = own["document_no"].fillna("").where(by_unit, "")
    keys = pd.DataFrame(
        {
            "payee": payee, "home": own["household_id"].notna(), "document": document,
            **{name: own[name] for name in ("purpose", "payer", "season_year")},
        }
    )  # fmt: skip
    return keys.duplicated(keep=False).reindex(table.index, fill_value=False)


def _also_by_home(table: pd.DataFrame) -> pd.Series:
    """Rows of a unit for a season that its homes have rows for as well: it would count twice."""
    open_ = (table["refused"] == "") & ~table["later"] & table["stage"].isin(_ONCE_BY)
    own = table[open_ & table["purpose"].isin(_OF_HOMES)]
    keys = ["township_code", "purpose", "payer", "stage", "season_year"]
    homes = own[own["household_id"].notna()]
    town = pd.MultiIndex.from_frame(homes[keys])
    village = pd.MultiIndex.from_frame(homes[["village_code", *keys[1:]]])
    units = own[own["household_id"].isna()]
    by_town = units["village_code"].isna() & pd.MultiIndex.from_frame(units[keys]).isin(town)
    by_village = pd.MultiIndex.from_frame(units[["village_code", *keys[1:]]]).isin(village)
    return (by_town | (units["village_code"].notna() & by_village)).reindex(
        table.index, fill_value=False
    )
