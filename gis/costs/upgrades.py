"""Works of the distribution grid: what each transformer needs for all homes that may draw on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gis.costs.money import Prices, exact, to_fen
from gis.facts.transformer_loads import UNVERIFIED

if TYPE_CHECKING:
    from gis.facts import Facts
    from gis.policy import Policy

_EXACT = 1e-9
NO_TRANSFORMER = "no_transformer"  # homes that none reaches: a new one
CEILING = "electric.max_upgrade_cny_per_household"
REACH = "electric.transformer_reach_m"
# How far the works of a transformer are: no works needed; an upgrade with its day; one whose day is
# unknown, whose money is not there, or whose day has passed; a unit to be bought, which nobody has
# planned; headroom that the grid company must verify first. The later, the less is known.
NONE, DATED, UNDATED, UNFUNDED, OVERDUE, BOUGHT, VERIFY = WORKS = (
    "none", "upgrade", "upgrade_undated", "upgrade_unfunded", "upgrade_overdue", "transformer",
    "verify_headroom",
)  # fmt: skip


def grid_works(facts: Facts, policy: Policy, *, every: bool = False) -> pd.DataFrame:
    """The works of each transformer that pending homes depend on; one row each, sorted by id.

    every: also those that no pending home depends on, which may be overloaded all the same.

    The columns of `facts.transformers` (headroom_kva 0 where unverified), and
    homes, need_kva     pending homes on it, and what they need
    lacking_kva         what is missing if all of them go electric, an overload included
    works               one of WORKS
    works_kva, works_fen, due_on     the unit that will be bought, its price and its day: the
                                     planned
                        upgrade where it is large enough, else a standard size; NaT: unknown
    works_fen_a         the price annualised over prices.grid_life_a (<NA> without that price)
    county_fen          the county's share of it, 0 unless a finance document grants one
    fen_per_household   works_fen ÷ all homes that the works let heat by electricity: the pending
                        ones, and those of the stock beyond its limit
    refused             the plan forbids the works: over a verified ceiling per household

    # ASSUME: works are sized for all pending homes of the transformer, whichever routes their
    villages take: no second transformer later, and one village's route never makes another's dear.

    # ASSUME: an upgrade past its due date adds nothing until its state is confirmed: if it is
    already included in capacity_kva, adding it would count it twice; if not, it was not built.
    """
    pending = facts.links.groupby("transformer_id")[["pending", "device_w"]].sum()
    pending = pending.set_axis(["homes", "device_w"], axis=1)
    kind = "left" if every else "inner"
    table = facts.transformers.merge(pending, on="transformer_id", how=kind)
    table = table.fillna({"homes": 0, "device_w": 0}).astype({"homes": "int64"})
    table = table.sort_values("transformer_id", ignore_index=True)
    unknown = (table["basis"] == UNVERIFIED).to_numpy(bool)
    table["headroom_kva"] = table["headroom_kva"].astype(float).fillna(0.0)
    table["need_kva"] = table.pop("device_w") * table["kva_per_w"]
    lacking = (table["need_kva"] + table["over_kva"] - table["headroom_kva"]).clip(lower=0.0)
    table["lacking_kva"] = lacking.where(lacking > _EXACT, 0.0)
    table = table.join(_purchases(table, policy))
    table["works"] = np.where(unknown, VERIFY, table["works"])
    table["due_on"] = table["upgrade_due_on"].where(table["works"] == DATED)
    home_kva = policy.electric.kw_per_household * 1000 * table["kva_per_w"]
    beyond = np.ceil(table["over_kva"] / home_kva - _EXACT)
    each = table["works_fen"] / (table["homes"] + beyond)
    return table.assign(
        works_fen_a=_annual(table["works_fen"], policy),
        county_fen=_county_share(table["works_fen"], policy),
        fen_per_household=each,
        refused=_refused(table["transformer_id"], each, facts.links, policy),
    )


def _purchases(table: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """works, works_kva and works_fen of each row of `table`."""
    rows = []
    for row in table[["lacking_kva", "upgrade_kva", "upgrade_cny"]].itertuples(index=False):
        if not row.lacking_kva:
            rows.append((NONE, 0.0, 0))
        elif not pd.isna(row.upgrade_kva) and row.upgrade_kva >= row.lacking_kva - _EXACT:
            kva = float(row.upgrade_kva)
            rows.append((DATED, kva, upgrade_fen(kva, row.upgrade_cny, policy)))
        else:
            rows.append((BOUGHT, *unit(row.lacking_kva, policy)))
    found = pd.DataFrame(rows, columns=["works", "works_kva", "works_fen"], index=table.index)
    kinds = {
        UNFUNDED: table["upgrade_funded"].eq(other=False).fillna(value=False),
        OVERDUE: table["upgrade_overdue"],
        UNDATED: table["upgrade_due_on"].isna(),
    }
    planned = found["works"] == DATED
    for name, rows_of in reversed(kinds.items()):
        found["works"] = found["works"].mask(planned & rows_of.astype(bool), name)
    return found.astype({"works": "str", "works_kva": float, "works_fen": "int64"})


def village_works_fen(
    stations: pd.Series, each_fen: pd.Series, links: pd.DataFrame
) -> pd.DataFrame:
    """The works of each village per home (户均配套电网投资), over its transformers that need works.

    Args:
        stations: transformer_id of each.
        each_fen: Works per home there [fen]; 0: none are needed.
        links: Pending homes by village_code and transformer_id.

    Returns:
        One row per village and transformer that needs works: village_code, transformer_id, each_fen
        (of the village).
    """
    price = dict(zip(stations, each_fen, strict=True))
    own = links.groupby(["village_code", "transformer_id"])["pending"].sum().reset_index()
    own["fen"] = own["transformer_id"].map(price).astype(float)
    own = own[own["fen"] > 0]
    whole = (own["fen"] * own["pending"]).groupby(own["village_code"]).sum()
    mean = whole / own.groupby("village_code")["pending"].sum()
    return own[["village_code", "transformer_id"]].assign(each_fen=own["village_code"].map(mean))


class TransformerShare(NamedTuple):
    """A village's homes on one transformer, and its works elsewhere: their price and homes."""

    own_homes: int
    other_fen: float
    other_homes: int


def transformer_shares(
    stations: pd.Series, each_fen: pd.Series, links: pd.DataFrame
) -> dict[str, tuple[TransformerShare, ...]]:
    """By transformer, the villages that draw on it; arguments as of `village_works_fen`."""
    own = links.groupby(["village_code", "transformer_id"])["pending"].sum().reset_index()
    price = own["transformer_id"].map(dict(zip(stations, each_fen, strict=True))).astype(float)
    needed = price > 0
    code = own["village_code"]
    fen = (price * own["pending"]).where(needed, 0.0)
    homes = own["pending"].where(needed, 0)
    own["fen"] = (fen.groupby(code).transform("sum") - fen).astype(float)
    own["homes"] = homes.groupby(code).transform("sum") - homes
    found: dict[str, tuple[TransformerShare, ...]] = {}
    columns = (own[name] for name in ("transformer_id", "pending", "fen", "homes"))
    for name, *row in zip(*columns, strict=True):
        found[str(name)] = (
            *found.get(str(name), ()),
            TransformerShare(int(row[0]), row[1], int(row[2])),
        )
    return found


def works_fen(lacking_kva: float, planned: tuple[float, int], policy: Policy) -> int:
    """The price of works for `lacking_kva`: the planned upgrade (kVA, fen), else standard units."""
    if lacking_kva <= _EXACT:
        return 0
    return planned[1] if planned[0] >= lacking_kva - _EXACT else unit(lacking_kva, policy)[1]


def is_refused(
    lacking_kva: float,
    planned: tuple[float, int],
    homes: float,
    beside: Iterable[TransformerShare],
    policy: Policy,
) -> bool:
    """Whether the plan forbids the works of one transformer that lacks `lacking_kva`.

    Args:
        lacking_kva: The shortfall [kVA].
        planned: The planned upgrade: kVA, and its price [fen]; (0, 0): none.
        homes: The homes that the works let heat by electricity.
        beside: The villages that draw on it.
        policy: The policy.
    """
    if lacking_kva <= _EXACT or not ceiling_holds(policy):
        return False
    fen = works_fen(lacking_kva, planned, policy)
    if not fen:
        return False
    means = [
        (one.other_fen + fen / homes * one.own_homes) / (one.other_homes + one.own_homes)
        for one in beside
    ]
    ceiling_fen = to_fen(exact(policy.electric.max_upgrade_cny_per_household))
    return min(means, default=0.0) > ceiling_fen + _EXACT


def upgrade_fen(kva: float, cny: float, policy: Policy) -> int:
    """The price of a planned upgrade: its own, else that of a unit with its line [fen]."""
    if not pd.isna(cny):
        return to_fen(exact(float(cny)))
    return _units_fen(float(kva), 1 if kva > 0 else 0, policy)


def ceiling_holds(policy: Policy) -> bool:
    """Whether the ceiling refuses works: an unverified number refuses nothing, it flags."""
    return policy.is_verified(CEILING)


def _refused(
    stations: pd.Series, each_fen: pd.Series, links: pd.DataFrame, policy: Policy
) -> pd.Series:
    """Transformers whose works are over a verified ceiling for every village that draws on them."""
    if not ceiling_holds(policy):
        return pd.Series(data=False, index=stations.index)
    own = village_works_fen(stations, each_fen, links)
    least = own.groupby("transformer_id")["each_fen"].min()
    ceiling_fen = to_fen(exact(policy.electric.max_upgrade_cny_per_household))
    return stations.map(least > ceiling_fen + _EXACT).eq(other=True)


def upgrade_purchase(lacking_kva: pd.Series, grid: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """The capacity bought where transformers fall short, and its price.

    The planned upgrade is bought if it is large enough, otherwise standard units.

    Args:
        lacking_kva: The shortfall by transformer_id [kVA], greater than 0.
        grid: Planned upgrades by transformer_id, those that may still be bought: upgrade_kva,
            upgrade_cny.
        policy: The policy.

    Returns:
        By transformer_id: `kva`, and its price `fen`.
    """
    plans = grid.reindex(lacking_kva.index)[["upgrade_kva", "upgrade_cny"]]
    table = _purchases(
        plans.assign(
            lacking_kva=lacking_kva, upgrade_funded=None, upgrade_overdue=False,
            upgrade_due_on=pd.NaT,
        ),
        policy,
    )  # fmt: skip
    return table[["works_kva", "works_fen"]].set_axis(["kva", "fen"], axis=1)


def unit(lacking_kva: float, policy: Policy) -> tuple[float, int]:
    """The smallest purchase that covers `lacking_kva`: its kVA, and its price [fen].

    # ASSUME: above the largest size several are bought: as many of the largest as fit, and the
    # smallest that covers the rest; all at the policy's price per kVA, each with its line.
    """
    sizes = sorted(policy.electric.unit_kva)
    whole = int(max(0.0, lacking_kva - _EXACT) // sizes[-1])
    rest = lacking_kva - whole * sizes[-1]
    kva = whole * sizes[-1] + next(size for size in sizes if size >= rest - _EXACT)
    return kva, _units_fen(kva, whole + 1, policy)


def _units_fen(kva: float, units: int, policy: Policy) -> int:
    """The price of `units` transformers of `kva` together, with the line of each [fen]."""
    rules = policy.electric
    line = exact(rules.line_m_per_unit) * exact(rules.line_cny_per_m) * units
    return to_fen(exact(kva) * exact(rules.upgrade_cny_per_kva) + line)


def can_be_built(policy: Policy) -> bool:
    """Whether homes that no transformer reaches may get a new one.

    A reach that nobody has verified leaves nobody without a route: it says what is to be built.
    """
    return not policy.is_verified(REACH)


def new_transformer(
    homes: int, device_w: int, policy: Policy
) -> tuple[float, int, int, int | None]:
    """A new transformer for homes that none reaches: kVA, price, county share, yearly cost [fen].

    The yearly cost is None where the policy lacks interest or life.
    """
    kva, fen = unit(device_w * policy.electric.kva_per_w(homes), policy)
    county = int(_county_share(pd.Series([fen]), policy).iloc[0])
    return kva, fen, county, Prices(policy).annual_fen(fen, "grid_life_a")


def _annual(capital_fen: pd.Series, policy: Policy) -> pd.Series:
    prices = Prices(policy)
    each = [prices.annual_fen(fen, "grid_life_a") for fen in capital_fen.tolist()]
    return pd.Series(each, index=capital_fen.index, dtype="Int64")


def _county_share(capital_fen: pd.Series, policy: Policy) -> pd.Series:
    """The county's share of grid works; counted only if a finance document grants it."""
    rules = policy.subsidies
    if not rules.grid_county_share_document.strip():
        return pd.Series(0, index=capital_fen.index, dtype="int64")
    share = exact(rules.grid_county_share)
    return pd.Series([to_fen(fen * share / 100) for fen in capital_fen.tolist()], dtype="int64")
