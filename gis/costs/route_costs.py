"""Costs of every route, by village: group the pending households, price each group, sum.

Households of one part of a village with the same device, subsidy and floor area cost the same.
They form a group, and each distinct kind of household on a route is priced once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.costs.heat_demand import standing_medians
from gis.costs.household import (
    HomeKind,
    HouseholdCost,
    YearlyEmissions,
    coal_emissions,
    cost_basis,
    household_cost,
    route_emissions,
)
from gis.costs.money import Prices, exact, to_fen
from gis.facts.floor_area import POLICY, area_basis, building_w_per_m2, heated_m2

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from gis.facts import Facts
    from gis.policy import Policy

MONEY = (
    "equipment_fen", "connection_fen", "equipment_subsidy_fen", "running_fen_a",
    "running_subsidy_fen_a", "cost_fen_a", "own_fen_a",
)  # fmt: skip
ENERGY = ("heat_mwh", "electricity_kwh", "gas_m3", "biomass_t", "clean_coal_t")
GROUNDS = ("median_homes", "area_homes", "default_homes")  # of the annual heat
AVOIDED = ("coal_t", "co2_kg", "pm25_kg", "so2_kg")


class PartCosts:
    """Costs per household on one route, for each kind: device, floor area, heat and subsidy.

    Kinds are numbered in the order of their first use. medians: of `standing_medians`.
    """

    def __init__(
        self, route: str, policy: Policy, medians: Mapping[tuple[str, str], float]
    ) -> None:
        self._route, self._policy, self._medians = route, policy, medians
        rule = policy.route(route)
        self._allowed = rule.devices if rule is not None else ()
        self._basis = cost_basis(route, policy)
        self._known: dict[tuple[str, float, bool, float | None], int] = {}
        self.devices: list[str] = []
        self.missing: list[tuple[str, ...]] = []
        self._rows: list[list[float]] = []

    def device(self, chosen: str) -> str:
        """The device that prices a home: its own choice if the plan allows it."""
        return chosen if chosen in self._allowed else self._basis

    def is_metered(self, village_code: str, chosen: str) -> bool:
        """Whether the homes of a village stand on the metered median of their device."""
        return (village_code, self.device(chosen)) in self._medians

    def kind(
        self,
        village_code: str,
        chosen: str,
        floor_area_m2: float,
        subsidised: bool,
        w_per_m2: float,
    ) -> int:
        """The number of this kind of home."""
        device, demand = self.device(chosen), self._policy.demand
        by_type = None if w_per_m2 == demand.heat_w_per_m2 else w_per_m2 * demand.full_load_h / 1000
        kwh_per_m2 = self._medians.get((village_code, device), by_type)
        key = (device, floor_area_m2, subsidised, kwh_per_m2)
        if key not in self._known:
            home = HomeKind(floor_area_m2, subsidised, kwh_per_m2)
            one = household_cost(self._route, device, home, self._policy)
            self._known[key] = len(self.devices)
            self.devices.append(device)
            self.missing.append(one.missing)
            self._rows.append(_amounts_of(one, self._policy))
        return self._known[key]

    def amounts(self) -> NDArray[np.float64]:
        """Amounts by kind, shape (kinds, MONEY + ENERGY + AVOIDED); NaN: unknown.

        The AVOIDED columns hold the emissions on the new route. Fen are whole numbers far below
        2^53, so that float sums of them are exact.
        """
        return np.array(self._rows).reshape(len(self._rows), len(MONEY + ENERGY + AVOIDED))

    def before(self) -> NDArray[np.float64]:
        """AVOIDED of one household that heats with coal today."""
        return _emissions(coal_emissions(self._policy))


def _amounts_of(one: HouseholdCost, policy: Policy) -> list[float]:
    energy = one.energy
    money = [_float(getattr(one, name)) for name in MONEY]
    needs = [np.nan if energy is None else float(getattr(energy, name)) for name in ENERGY]
    nothing = YearlyEmissions(None, None, None, None)
    after = nothing if energy is None else route_emissions(energy, policy)
    return [*money, *needs, *_emissions(after).tolist()]


def _emissions(amounts: YearlyEmissions) -> NDArray[np.float64]:
    return np.array([_float(getattr(amounts, name)) for name in AVOIDED])


def _float(value: object) -> float:
    return np.nan if value is None else float(value)  # type: ignore[arg-type]


KEYS = ["village_code", "part"]


def household_groups(facts: Facts, policy: Policy) -> pd.DataFrame:
    """Group pending households with the same cost, by part of a village; one row per group.

    Returns:
        village_code · part ("" the whole village; "served" and "unserved" where it has both) ·
        chosen (device, "" for none yet) · subsidised (rural, and not converting itself) · homes ·
        coal_homes (of these, heating with coal today) · sized_homes (of these, not of the policy's
        floor area) · floor_area_m2 (of each home, `heated_m2`) · w_per_m2 (of its building)
    """
    homes = facts.households.loc[facts.households["pending"].astype(bool)]
    villages = facts.villages.set_index("village_code")
    rural = villages["rural"].fillna(value=False).astype(bool)
    converts_itself = homes["self_converted"].fillna(value=False).astype(bool)
    rows = pd.DataFrame(
        {
            "village_code": homes["village_code"].astype("str"),
            "part": np.where(homes["within_reach"], "served", "unserved"),
            "chosen": homes["device_chosen"].fillna("").astype("str"),
            "subsidised": homes["village_code"].map(rural).astype(bool) & ~converts_itself,
            "coal": homes["heating"] == "coal",
            "sized": (area_basis(facts.households) != POLICY)[homes.index],
            "floor_area_m2": heated_m2(facts.households, policy)[homes.index],
            "w_per_m2": building_w_per_m2(homes, policy),
        }
    )
    mixed = villages.index[
        (villages["reached"] > 0) & (villages["reached"] < villages["households"])
    ]
    parts = rows[rows["village_code"].isin(mixed)]
    rows = pd.concat([rows.assign(part=""), parts])
    alike = [*KEYS, "chosen", "subsidised", "floor_area_m2", "w_per_m2"]
    counts = rows.assign(homes=1).groupby(alike)[["homes", "coal", "sized"]].sum()
    return counts.set_axis(["homes", "coal_homes", "sized_homes"], axis=1).reset_index()


_AVOIDED_COLUMNS = [f"{name.replace('_', '_avoided_')}_a" for name in AVOIDED]


def price_routes(facts: Facts, policy: Policy) -> pd.DataFrame:
    """Price every route of the policy for every village with pending homes, and for its parts.

    One row per (village_code, part, route). Part "" is the whole village; "served" and "unserved"
    exist where the heating network reaches only some of its homes. Money is whole fen (Int64),
    `_a` per year; <NA> is unknown, and `missing` lists the reasons.

    device, households   the cost basis (several: joined by "+"), and the number of pending homes
    coal_homes     of them, those that heat with coal today
    heated_m2      their floor area [m²]
    peak_w         the sum of the peak heat of each, area × W/m² of its building [W]
    equipment_fen, connection_fen, station_fen            capital by item; once an extension
                   connects a village, station_fen includes its share of the mains
    capital_household_fen, capital_county_fen, capital_company_fen   the same capital by payer
    equipment_subsidy_fen                                 paid by the county; <NA>: tender pending
    running_fen_a, running_subsidy_fen_a                  energy bill, and the county's part of it
    cost_fen_a     capital annualised + energy bill of all payers: the figure that routes are
                   compared by. Excludes transformer upgrades, which depend on all villages' routes
                   (see `upgrades`)
    own_fen_a      the households' part of it
    cost_per_household_fen_a, own_per_household_fen_a     the same divided by `households`
    heat_mwh_a, electricity_kwh_a, gas_m3_a, biomass_t_a, clean_coal_t_a    energy per season
    median_homes, area_homes, default_homes    of `households`, by what their annual heat stands on
                   (see `heat_demand`)
    coal_avoided_t_a, co2_avoided_kg_a, pm25_avoided_kg_a, so2_avoided_kg_a
    missing        dotted policy keys, comma-separated; "tender" where the subsidy is pending;
                   "network" for central where no pipe reaches the homes (see `extend`)

    ASSUME: the heat company pays for the station that new load needs, over prices.network_life_a.
    """
    rows = household_groups(facts, policy)
    start = np.flatnonzero(~rows.duplicated(KEYS))  # the first group of each part
    parts = rows.iloc[start][KEYS].reset_index(drop=True)
    area_m2 = rows["homes"] * rows["floor_area_m2"]
    each = np.column_stack([rows["homes"], area_m2, area_m2 * rows["w_per_m2"]]).astype(float)
    homes, heated_m2, peak_w = _sum_spans(each, start).T
    medians = standing_medians(facts, policy)
    tables = []
    for order, route in enumerate(policy.routes):
        costs = PartCosts(route.route, policy, medians)
        found, devices, missing = _route_amounts(costs, rows, start)
        table = parts.assign(route=route.route, order=order, device=devices, households=homes)
        table = table.assign(heated_m2=heated_m2.round(1), peak_w=peak_w.round(1))
        tables.append(pd.concat([table, found], axis=1).assign(missing=missing))
    table = pd.concat(tables, ignore_index=True).sort_values([*KEYS, "order"], ignore_index=True)
    table = _with_network(table.drop(columns="order"), facts, policy)
    return _finish(table)


def _route_amounts(
    each: PartCosts, rows: pd.DataFrame, start: NDArray[np.intp]
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Sums, devices and missing prices of each part if its homes take the route of `each`."""
    names = ["village_code", "chosen", "floor_area_m2", "subsidised", "w_per_m2"]
    kinds = [each.kind(*group) for group in zip(*(rows[c].tolist() for c in names), strict=True)]
    amounts = each.amounts()
    width = len(MONEY) + len(ENERGY)
    weights = rows["homes"].to_numpy(float)[:, None]
    burning = rows["coal_homes"].to_numpy(float)[:, None]
    index = np.array(kinds, dtype=np.intp)
    # ASSUME: a home that heats with nothing today burns no coal, so it avoids none.
    avoided = each.before() * burning - amounts[index, width:] * weights
    sums = _sum_spans(
        np.hstack([amounts[index, :width] * weights, avoided, burning, _grounds(each, rows)]), start
    )
    names = [*MONEY, *(f"{name}_a" for name in ENERGY), *_AVOIDED_COLUMNS, "coal_homes", *GROUNDS]
    ends = [*start[1:], len(rows)]
    spans = [dict.fromkeys(kinds[a:b]) for a, b in zip(start, ends, strict=False)]
    devices = ["+".join(dict.fromkeys(each.devices[kind] for kind in span)) for span in spans]
    missing = [
        ",".join(dict.fromkeys(k for kind in span for k in each.missing[kind])) for span in spans
    ]
    return pd.DataFrame(sums, columns=names), devices, missing


def _grounds(each: PartCosts, rows: pd.DataFrame) -> NDArray[np.float64]:
    """The homes of each group by GROUNDS, shape (groups, 3)."""
    keys = zip(rows["village_code"], rows["chosen"], strict=True)
    metered = np.array([each.is_metered(*key) for key in keys], dtype=bool)
    homes, sized = rows["homes"].to_numpy(float), rows["sized_homes"].to_numpy(float)
    by_ground = [np.where(metered, homes, 0), np.where(metered, 0, sized)]
    return np.column_stack([*by_ground, homes - sum(by_ground)])


def _sum_spans(numbers: NDArray[np.float64], start: NDArray[np.intp]) -> NDArray[np.float64]:
    """Sum the rows from each of `start` to the next; NaN in a row makes its sum NaN."""
    return np.add.reduceat(numbers, start) if len(start) else numbers


def _with_network(table: pd.DataFrame, facts: Facts, policy: Policy) -> pd.DataFrame:
    """Add the substations of central heating, and the split of capital by payer."""
    prices = Prices(policy)
    per_kw = prices.price("station_cny_per_kw")
    central = (table["route"] == "central").to_numpy(bool)
    station = np.zeros(len(table))
    annual = np.zeros(len(table))
    for row in np.flatnonzero(central).tolist():
        count, watts = int(table["households"].iat[row]), float(table["peak_w"].iat[row])
        peak_kw = policy.demand.peak_kw(count, watts / count)
        fen = None if per_kw is None else to_fen(exact(round(peak_kw, 6)) * per_kw)
        station[row] = np.nan if fen is None else fen
        yearly = prices.annual_fen(fen, "network_life_a")
        annual[row] = np.nan if yearly is None else yearly
    unreached = central & ~_is_served(table, facts, policy)
    tender = table["equipment_subsidy_fen"].isna().to_numpy(bool) & (table["route"] == "electric")
    reasons = [
        (central, ",".join(dict.fromkeys(prices.missing))),
        (unreached, "network"),
        (tender, "tender"),
    ]
    for where, reason in reasons:
        table["missing"] = _with_reason(table["missing"], where, reason)
    return table.assign(
        station_fen=np.where(unreached, np.nan, station),
        cost_fen_a=np.where(unreached, np.nan, table["cost_fen_a"] + annual),
        capital_county_fen=table["equipment_subsidy_fen"],
        capital_household_fen=table["equipment_fen"]
        + table["connection_fen"]
        - table["equipment_subsidy_fen"],
        capital_company_fen=np.where(unreached, np.nan, station),
    )


def _is_served(table: pd.DataFrame, facts: Facts, policy: Policy) -> NDArray[np.bool_]:
    """Whether the heating network already reaches the homes of each row."""
    share = facts.villages.set_index("village_code")["served_share"]
    enough = table["village_code"].map(share) >= policy.heating_network.served_share
    part = table["part"]
    return np.asarray((part == "served") | (enough & (part == "")), dtype=bool)


def _with_reason(missing: pd.Series, where: NDArray[np.bool_], reason: str) -> pd.Series:
    words = [
        ",".join(filter(None, (word, reason if more else "")))
        for word, more in zip(missing, where, strict=True)
    ]
    return pd.Series(words, index=missing.index, dtype="str")


def _finish(table: pd.DataFrame) -> pd.DataFrame:
    """Convert money to whole fen with <NA> for unknown, and add the amounts per household."""
    homes = table["households"]
    for name in ("cost", "own"):
        # rounded half up, so that x households is within half a fen per home of the total
        table[f"{name}_per_household_fen_a"] = np.floor(table[f"{name}_fen_a"] / homes + 0.5)
    kinds = {name: "Int64" for name in table.columns if name.endswith(("_fen", "_fen_a"))}
    for name in (*(f"{name}_a" for name in ENERGY), *_AVOIDED_COLUMNS):
        table[name] = table[name].round(6)
        kinds[name] = "Float64"
    texts = dict.fromkeys([*KEYS, "route", "device", "missing"], "str")
    whole = dict.fromkeys(["households", "coal_homes", *GROUNDS], "int64")
    return table.astype(kinds | texts | whole)
