"""The load of every transformer: what the grid company states, and what has been added since.

The device power of a home is counted in whole watts, so that the loads of any split of a ledger add
up to exactly that of the whole.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from gis.policy import Policy
    from gis.policy.energy import Electric

OPEN, PEAK, UNVERIFIED = "open", "peak", "unverified"  # what a headroom rests on
LISTED, INFERRED = "listed", "inferred"  # how it is known which transformer feeds a home
# ASSUME: a device draws from the day it was energised; where that is not written, from the first
# of these that is
_DRAWS_FROM = ("energised_on", "tariff_on", "accepted_on", "installed_on")
_SUMS = (
    "fed_homes", "inferred_homes", "stock_homes", "since_homes", "undated_homes", "vacant_homes",
    "since_w", "vacant_w",
)  # fmt: skip
# Columns of a home that its transformer's sums rest on; a blank one is not there
_HOMES = [
    *_DRAWS_FROM, "plan_year", "transformer_id", "transformer_basis", "heating", "occupancy",
    "device",
    "device_chosen", "device_kw", "device_count",
]  # fmt: skip
_STATED = (
    "transformer_id", "village_code", "feeder_id", "substation_id", "capacity_kva",
    "peak_load_kva", "peak_on", "peak_season", "spring_festival_kva", "open_kva", "open_on",
    "open_document",
    "upgrade_kva", "upgrade_due_on", "upgrade_cny", "upgrade_document", "upgrade_funded",
)  # fmt: skip
_DATES = ("peak_on", "open_on", "upgrade_due_on")
_NUMBERS = (
    "capacity_kva", "peak_load_kva", "spring_festival_kva", "open_kva", "upgrade_kva",
    "upgrade_cny",
)  # fmt: skip


def stated(transformers: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """What the layer states of each transformer on `as_of`, by transformer_id.

    `open_kva` is blank without its document, or where it is more than the whole transformer; so
    are a statement and a peak of a later day. An upgrade of which something cannot be read is none
    to claim.
    """
    table = pd.DataFrame(transformers).reindex(columns=list(_STATED))
    for name in _DATES:
        table[name] = pd.to_datetime(table[name])
    table[list(_NUMBERS)] = table[list(_NUMBERS)].astype(float)
    if "unread" in transformers:
        unread = transformers["unread"].fillna("").to_numpy(dtype=object)
        lost = {
            "upgrade_kva": [("upgrade_" in cells) for cells in unread],
            "open_kva": [("open_" in cells) for cells in unread],
            "peak_load_kva": [("peak_" in cells) for cells in unread],
        }
        for name, rows in lost.items():
            table[name] = table[name].mask(np.array(rows, dtype=bool))
    written = table["open_document"].astype(object).notna() & (
        table["open_document"].astype(str).str.strip() != ""
    )
    table["open_kva"] = table["open_kva"].where(
        written & ~(table["open_kva"] > table["capacity_kva"])
    )
    for name, day in (("open_kva", "open_on"), ("peak_load_kva", "peak_on")):
        table[name] = table[name].mask(table[day] > pd.Timestamp(as_of))
    return table.sort_values("transformer_id", kind="stable", ignore_index=True)


def heating_peak(grid: pd.DataFrame, policy: Policy) -> pd.Series:
    """Whether each measured peak is one of a heating season, as the policy dates it.

    # ASSUME: a peak with neither season nor date is one of a heating season, as the column's
    # headings say; it was measured before this year's programme began.
    """
    day = grid["peak_on"].dt.month * 100 + grid["peak_on"].dt.day
    begin, end = policy.season_days(policy.plan.plan_year)
    first, last = (one.month * 100 + one.day for one in (begin, end))
    dated = grid["peak_on"].notna()
    winter = (
        (day >= first) & (day <= last)
        if begin.year == end.year
        else ((day >= first) | (day <= last))
    )
    said = grid["peak_season"].astype(str)
    return (grid["peak_load_kva"].notna() & (said != "summer") & (winter | ~dated)).astype(bool)


def device_watts(households: pd.DataFrame, electric: Electric) -> pd.Series:
    """The rated electric power of each home's heating [W]: its own devices', else the policy's.

    The policy's is that of its device (or of the one chosen), where [electric] device_kw has it.

    # ASSUME: `device_kw` is one device's input, and a home without `device_count` has one.
    """
    own = households.reindex(columns=["device_kw", "device_count"])
    each = pd.to_numeric(own["device_kw"]).astype(float)
    count = pd.to_numeric(own["device_count"]).astype(float)
    kw = (each * count.where(count > 0, 1.0)).where(each > 0)
    named = households.reindex(columns=["device", "device_chosen"])
    usual = named["device"].fillna(named["device_chosen"]).map(electric.device_kw)
    kw = kw.where(np.isfinite(kw)).fillna(usual.astype(float)).fillna(electric.kw_per_household)
    return (kw * 1000).round().astype("int64").rename("device_w")


def draws_from(households: pd.DataFrame, policy: Policy) -> pd.Series:
    """The day from which each home's device draws; NaT where nobody has written one.

    # ASSUME: a home of which only the plan year is known draws from that year's deadline.
    """
    known = households.reindex(columns=[*_DRAWS_FROM, "plan_year"])
    day = pd.to_datetime(known[_DRAWS_FROM[0]])
    for name in _DRAWS_FROM[1:]:
        day = day.fillna(pd.to_datetime(known[name]))
    year = pd.to_numeric(known["plan_year"]).astype(float)
    year = year.where(year.between(1990, 2100))
    deadline = policy.plan.deadline
    written = year.dropna().astype(int).astype(str) + deadline.strftime("-%m-%d")
    return day.fillna(pd.to_datetime(written, format="%Y-%m-%d", errors="coerce"))


def sum_by_transformer(
    households: pd.DataFrame, grid: pd.DataFrame | None, policy: Policy
) -> pd.DataFrame:
    """What some households add to their transformers; sums of parts add up to that of all.

    A home that heats with electricity is in the measured peak if it drew before the peak's day, and
    has come since if it draws from that day on, or if its day is unknown; so with the day of the
    grid company's statement, where that is what the headroom rests on. Vacant homes with an
    electric device are apart: they heat at the spring festival.

    # ASSUME: where that day is unknown, it was before this year's programme began.

    Args:
        households: The households with their transformer_id (blank: none).
        grid: `stated` transformers; None: there are none.
        policy: The policy.

    Returns:
        By transformer_id: fed_homes, inferred_homes (of these, fed by village or nearness),
        stock_homes, since_homes, undated_homes (of these, without a day), vacant_homes, since_w,
        vacant_w [W of device power].
    """
    if grid is None or grid.empty:
        return pd.DataFrame(columns=list(_SUMS), dtype="int64")
    fed = households["transformer_id"].notna() & (households["status"] != "rejected")
    homes = households.reindex(columns=_HOMES)[fed & households["village_code"].notna()]
    known = grid["peak_on"].where(grid["open_kva"].isna(), grid["open_on"])
    since = homes["transformer_id"].map(known.set_axis(grid["transformer_id"]))
    since = pd.to_datetime(since).fillna(pd.Timestamp(policy.plan.programme_start))
    day, watts = draws_from(homes, policy), device_watts(homes, policy.electric)
    electric, empty = homes["heating"].eq("electric"), homes["occupancy"].eq("vacant")
    equipped = electric | homes["device"].isin(electric_devices(policy))
    later = electric & ~empty & ~(day < since)
    vacant = equipped & empty
    flags = {
        "fed_homes": pd.Series(data=True, index=homes.index),
        "inferred_homes": homes["transformer_basis"].eq(INFERRED),
        "stock_homes": electric & ~empty & ~later,
        "since_homes": later,
        "undated_homes": later & day.isna(),
        "vacant_homes": vacant,
        "since_w": watts.where(later, 0),
        "vacant_w": watts.where(vacant, 0),
    }
    table = pd.DataFrame(flags).astype("int64")
    return table.groupby(homes["transformer_id"].astype(str)).sum()


def electric_devices(policy: Policy) -> tuple[str, ...]:
    """The devices of the electric route, those not in the tender included."""
    route = policy.route("electric")
    return () if route is None else (*route.devices, *route.not_in_tender)


def transformer_loads(
    transformers: pd.DataFrame | None, added: pd.DataFrame, policy: Policy, as_of: date
) -> pd.DataFrame:
    """The load of every transformer before anything is decided; one row each, by transformer_id.

    Columns of the layer, and (kVA unless said; homes are counts):

    basis           what the headroom rests on: "open" (the grid company's written open_kva), "peak"
                    (the measured heating-season peak), "unverified" (neither: headroom is unknown
                    and none is claimed)
    fed_homes, inferred_homes     homes fed, and those of them by village or nearness (推定)
    stock_homes     electric homes that were in the peak
    since_homes, undated_homes, since_kva    electric homes that have come since
    simultaneity    share of the devices that draw at its peak, by fed_homes
    kva_per_w       load of a watt of device power [kVA/W]
    vacant_homes, vacant_kva      vacant homes with devices (春节返乡), in no other figure
    base_kva        the load to which more is added: capacity to overload_share less open_kva, or
                    the peak, with since_kva; NaN if unverified
    usable_kva, limit_kva         capacity × usable_share, × overload_share
    headroom_kva    what is left up to limit_kva, 0 if overloaded; NaN if unverified
    over_kva        by how much base_kva exceeds limit_kva
    upgrade_overdue its upgrade's day had passed before `as_of`

    Args:
        transformers: The layer; None: there is none.
        added: `sum_by_transformer` of all households.
        policy: The policy.
        as_of: The day of the facts.
    """
    layer = pd.DataFrame(columns=list(_STATED)) if transformers is None else transformers
    table = stated(layer, as_of)
    sums = added.reindex(table["transformer_id"], fill_value=0).fillna(0).astype("int64")
    for name in _SUMS[:-2]:
        table[name] = sums[name].to_numpy()
    rules = policy.electric
    each = {n: rules.simultaneity_of(n) for n in table["fed_homes"].unique().tolist()}
    table["simultaneity"] = table["fed_homes"].map(each).astype(float)
    table["kva_per_w"] = table["simultaneity"] / rules.power_factor / 1000
    for name in ("since", "vacant"):
        table[f"{name}_kva"] = sums[f"{name}_w"].to_numpy() * table["kva_per_w"]
    limit = table["capacity_kva"] * rules.overload_share
    known = table["capacity_kva"].notna()
    opened, measured = table["open_kva"].notna() & known, heating_peak(table, policy) & known
    table["basis"] = np.select([opened, measured], [OPEN, PEAK], UNVERIFIED)
    stated_load = (limit - table["open_kva"]).fillna(table["peak_load_kva"].where(measured))
    base = stated_load + table["since_kva"]
    return table.assign(
        base_kva=base,
        usable_kva=table["capacity_kva"] * rules.usable_share,
        limit_kva=limit,
        headroom_kva=(limit - base).clip(lower=0.0),
        over_kva=(base - limit).clip(lower=0.0).fillna(0.0),
        upgrade_overdue=table["upgrade_due_on"] < pd.Timestamp(as_of),
    )
