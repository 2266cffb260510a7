"""funds.xlsx: the office's money by township, payer and purpose, from the budget to the settlement.

Every amount is in yuan with two decimals, equal to the fen; sums are those of the known amounts,
and what is not in them stands beside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gis import i18n
from gis.audit.funds import AMOUNTS, COUNTS, Funds, account
from gis.audit.responsible import duties
from gis.report.metadata import DUTIES, nobody_named, office_of
from gis.report.output_tables import yuan
from gis.report.translate import masked, translated
from gis.report.workbook import CODES, WorkbookSheet, worded_sheet

if TYPE_CHECKING:
    from gis.facts import Facts
    from gis.report.metadata import Judged

_PLACES = ["township_code", "township"]
_ITEM = ("payer", "purpose", "payment_season")
_HOMES = (
    *_PLACES, "village_code", "village", "household_id", "owner", *_ITEM, "paid_cny",
    "returned_cny", "recovered_cny", "net_paid_cny", "settled_cny",
)  # fmt: skip
_EXCEPTIONS = (
    *_PLACES, "village_code", "village", "household_id", "owner", *_ITEM, "amount_cny",
    "payment_exception", "payment_way", *DUTIES,
)  # fmt: skip
_REFUSED = (
    *_PLACES, "payment_id", "household_id", "unit_code", "payer", "purpose", "payment_stage",
    "amount_cny", "paid_on", "document_no", "payment_refused", "file", "row",
)  # fmt: skip
Book = tuple[WorkbookSheet, ...]


def funds_book(run: Judged, *, unmask: bool) -> Book:
    """The sheets of funds.xlsx; none where there are no payments.

    Args:
        run: The results of the run.
        unmask: Owners are shown whole.
    """
    funds = account(run.facts, run.project.as_of)
    if funds is None:
        return ()
    notes = i18n.messages("report")["notes"]
    told = {
        "funds": _named(_told(with_totals(funds.balances)), run.facts),
        "funds_homes": _of_homes(funds.homes, run, unmask=unmask),
        "funds_exceptions": _exceptions(funds, run, unmask=unmask),
        "funds_refused": _refused(funds, run.facts),
    }
    wide = ("beside_sums", "payment_way", "payment_refused")
    lines: dict[str, tuple[str, ...]] = {
        name: (notes[name]["zh"],) for name in told if name in notes
    }
    lines["funds_exceptions"] = nobody_named(told["funds_exceptions"])
    return tuple(
        worded_sheet(
            name,
            translated(table),
            unmask=unmask,
            wide=wide,
            hidden=CODES,
            lines=lines.get(name, ()),
        )
        for name, table in told.items()
    )


def with_totals(balances: pd.DataFrame) -> pd.DataFrame:
    """`balances`, a sum below each township, then by payer and purpose, by payer, and overall.

    Sums are over the known amounts. Those of a budget leave out the rows that have none, which
    no_budget counts; what is left of it (to_allocate_fen, outstanding_fen) does so too.
    """
    total = i18n.messages("report")["titles"]["total"]["zh"]
    parts = []
    for _, own in balances.groupby("township_code", dropna=False, sort=True):
        parts.append(own)
        if len(own) > 1:
            code = own["township_code"].iloc[0]
            parts.append(_sum(own).assign(township_code=code, payer=total, purpose=""))
    whole = {"township_code": pd.NA, "township": total}
    for keys in (["payer", "purpose"], ["payer"]):
        for key, own in balances.groupby(keys, dropna=False, sort=True):
            named = dict(zip(keys, key, strict=True))
            parts.append(_sum(own).assign(**({"purpose": total} | named | whole)))
    parts.append(_sum(balances).assign(payer=total, purpose="", **whole))
    return pd.concat(parts, ignore_index=True)


def _sum(own: pd.DataFrame) -> pd.DataFrame:
    """One row: the sums of the known amounts, and the differences of rows with a budget."""
    names = [*AMOUNTS, *COUNTS]
    least = {name: int(name in AMOUNTS and own[name].isna().all()) for name in names}
    sums = {name: own[name].sum(min_count=count) for name, count in least.items()}
    return pd.DataFrame([sums]).astype(dict.fromkeys(names, "Int64"))


def _told(table: pd.DataFrame) -> pd.DataFrame:
    """In yuan, with a column that says what is not in the sums."""
    said = i18n.messages("report")["funds_left_out"]

    def one(row: dict[str, int]) -> str:
        parts = []
        for name in ("no_budget", "no_amount", "refused", "later"):
            if row[name] > 0:
                fen = row.get(f"{name}_fen", 0)
                parts.append(
                    i18n.format_message(said, name, n=row[name], cny=f"{fen / 100:,.2f}").zh
                )
        return "；".join(parts)

    rows = table[list(COUNTS)].fillna(0).astype("int64").to_dict("records")
    beside = pd.array([one(row) or None for row in rows], dtype="str")
    return _in_yuan(table.drop(columns=list(COUNTS))).assign(beside_sums=beside)


def _in_yuan(table: pd.DataFrame) -> pd.DataFrame:
    fen = [name for name in table.columns if name.endswith("_fen")]
    renamed = {name: name.replace("_fen", "_cny") for name in fen}
    return table.assign(**{name: yuan(table[name]) for name in fen}).rename(columns=renamed)


def _named(table: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    """With the names of township and village; a payment of no township is the whole city's."""
    villages, own = facts.villages, _township_names(table, facts)
    if "township" in table:
        own = table["township"].fillna(own)
    city = i18n.messages("report")["titles"]["whole_city"]["zh"]
    named = table.assign(township=own.fillna(city))
    if "village_code" in table:
        names = villages.set_index("village_code")["village"]
        named["village"] = table["village_code"].map(names)
    rest = [name for name in named.columns if name not in _PLACES]
    return named[[*_PLACES, *rest]]


def _township_names(table: pd.DataFrame, facts: Facts) -> pd.Series:
    villages = facts.villages.drop_duplicates("township_code")
    return table["township_code"].map(villages.set_index("township_code")["township"])


def _of_homes(homes: pd.DataFrame, run: Judged, *, unmask: bool) -> pd.DataFrame:
    return _chosen(_with_season(homes), run, _HOMES, unmask=unmask)


def _exceptions(funds: Funds, run: Judged, *, unmask: bool) -> pd.DataFrame:
    words = i18n.messages("audit")
    kinds = funds.exceptions["kind"]
    table = _with_season(funds.exceptions).assign(
        payment_exception=kinds.map(lambda kind: words["payment_exception"][kind]["zh"]),
        payment_way=kinds.map(lambda kind: words["payment_way"][kind]["zh"]),
    )
    # what no home has is between the treasury and the township
    work = table["household_id"].notna().map({True: "payment", False: "funds"})
    table = table.join(duties(work, _township_names(table, run.facts), office_of(run)))
    return _chosen(table, run, _EXCEPTIONS, unmask=unmask)


def _with_season(table: pd.DataFrame) -> pd.DataFrame:
    """payment_season: the season in words, blank for a purpose that has none."""
    year = table["season_year"]
    said = [f"{int(one)}-{int(one) + 1}" if one == one else None for one in year]  # noqa: PLR0124
    return table.assign(payment_season=pd.array(said, dtype="str"))


def _chosen(
    table: pd.DataFrame, run: Judged, columns: tuple[str, ...], *, unmask: bool
) -> pd.DataFrame:
    homes = run.facts.households.drop_duplicates("household_id").set_index("household_id")
    owner = homes.reindex(columns=["owner"])["owner"]
    known = table.assign(owner=masked("owner", table["household_id"].map(owner), unmask=unmask))
    return _named(_in_yuan(known), run.facts)[list(columns)]


def _refused(funds: Funds, facts: Facts) -> pd.DataFrame:
    rows = funds.rows[(funds.rows["refused"] != "") & ~funds.rows["later"]]
    words = i18n.messages("audit")["refused"]
    names = {"stage": "payment_stage", "ledger_file": "file", "ledger_row": "row"}
    table = rows.rename(columns=names).assign(
        payment_refused=rows["refused"].map(lambda key: words[key]["zh"])
    )
    told = _named(_in_yuan(table.drop(columns="amount_cny")), facts)
    return told.reindex(columns=list(_REFUSED))
