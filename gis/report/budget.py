"""budget.xlsx: cost of the decisions, who pays it, and the energy balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gis import i18n
from gis.costs.money import Prices
from gis.decide import budget, supply
from gis.policy.quantities import Span
from gis.report.output_tables import yuan
from gis.report.translate import heading
from gis.report.workbook import WorkbookSheet, sheet

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from gis.decide import Budget
    from gis.policy import Policy
    from gis.report.metadata import RunResults

_PLACES = ("township_code", "township", "village_code", "village", "part", "approach")
_CAPITAL = (
    "pending", "equipment_fen", "connection_fen", "station_fen", "grid_fen",
    "household_fen", "county_fen", "company_fen",
)  # fmt: skip
_YEARLY = (
    "pending", "cost_fen_a", "running_fen_a", "running_subsidy_fen_a", "own_fen_a",
    "coal_avoided_t_a", "co2_avoided_t_a", "pm25_avoided_kg_a",
    "so2_avoided_kg_a",
)  # fmt: skip
_CEILINGS = ("batch", "subsidy_ceiling_fen_a")
_NAMES = {"homes": "homes_supplied", "heat_mwh_a": "heat_needed_mwh_a"}
_KEYS = ("township_code", "village_code", "part", "approach")
_OF_PAYERS = ("capital_townships", "capital_villages")
_KG_PER_T = 1000


def budget_book(run: RunResults, ceilings: pd.DataFrame) -> tuple[WorkbookSheet, ...]:
    """The sheets of budget.xlsx in yuan: known amounts, and beside them the homes without one.

    A volume says nothing of heat sources and transformers, which serve others too.

    ceilings: the table of `gis.decide.subsidy_ceilings`, of all households.
    """
    money = budget(run.route_costs, run.decisions, ceilings)
    energy = supply(run.facts, run.route_costs, run.decisions, run.policy)
    grid = energy.transformers[energy.transformers["homes"] > 0]
    order = [rule.route for rule in run.policy.routes]
    by_town, by_village = (
        with_totals(_whole(money.townships), order),
        _whole(_named(money.parts, run)),
    )
    lacking = Lacking(money)
    told = {
        "capital_townships": ("budget", lacking.beside(_readable(by_town, _CAPITAL), _CAPITAL)),
        "yearly_townships": ("budget", lacking.beside(_readable(by_town, _YEARLY), _YEARLY)),
        "capital_villages": ("budget", lacking.beside(_readable(by_village, _CAPITAL), _CAPITAL)),
        "yearly_villages": ("budget", lacking.beside(_readable(by_village, _YEARLY), _YEARLY)),
        "ceilings": ("ceilings", _readable(with_totals(money.ceilings, order), _CEILINGS)),
        "carriers": ("carriers", energy.carriers),
        "energy_townships": ("energy", energy.townships.rename(columns=_NAMES)),
    }
    if not run.part:
        told["energy_sources"] = ("energy", energy.sources.rename(columns=_NAMES))
        told["energy_transformers"] = ("energy", grid.rename(columns=_NAMES))
    notes = i18n.messages("report")["notes"]
    resting = _rests_on(run, money)
    return tuple(
        sheet(key, table, lines=(notes[note]["zh"], *(resting if key in _OF_PAYERS else ())))
        for key, (note, table) in told.items()
    )


def _rests_on(run: RunResults, money: Budget) -> tuple[str, ...]:
    """The unverified prices that the county's subsidy of devices is a share of, with their ranges.

    Where one price decides all of it, what it adds up to at the ends of the range as well.
    """
    prices = _share_prices(run.policy)
    if not prices:
        return ()
    notes, names = i18n.messages("report")["notes"], i18n.messages("terms")["device"]
    told = []
    for device, (price, share) in prices.items():
        ends = ""
        if price.low < price.high:
            ends = _said(notes, "county_range", low=f"{price.low:,g}", high=f"{price.high:,g}")
        name = names[device]["zh"] if device in names else device
        told.append(
            _said(
                notes, "county_price", device=name, value=f"{price.value:,g}", range=ends,
                share=f"{share * 100:g} %",
            )
        )  # fmt: skip
    lines = (_said(notes, "county_prices", prices="；".join(told)),)
    total = money.parts["county_fen"].sum() - run.decisions.upgrades["grid_county_fen"].sum()
    device, price = next((device, price) for device, (price, _) in prices.items())
    if not _proportional(run.policy, device, price) or not total:
        return lines
    at = {
        name: f"{float(total) / 100 * end / price.value:,.0f}"
        for name, end in price._asdict().items()
    }
    return (*lines, _said(notes, "county_total", **at))


def _said(notes: dict[str, dict[str, str]], key: str, **values: str) -> str:
    return i18n.format_message(notes, key, **values).zh


def _share_prices(policy: Policy) -> dict[str, tuple[Span, float]]:
    """Device → its unverified price and the share that is paid, of the rules that pay a share."""
    found: dict[str, tuple[Span, float]] = {}
    for name, rule in policy.subsidies.equipment.items():
        device = rule.price_of or name
        source = policy.provenance.get(f"prices.equipment_cny.{device}")
        if rule.share is None or source is None or source.verified:
            continue
        value = float(policy.quantity(f"prices.equipment_cny.{device}"))
        low = value if source.low is None else source.low
        high = value if source.high is None else source.high
        found[device] = (Span(low, value, high), rule.share)
    return found


def _proportional(policy: Policy, device: str, price: Span) -> bool:
    """Whether all that the county pays towards devices follows one price within its range."""
    rules, prices = policy.subsidies, Prices(policy)
    if rules.connection or policy.prices.get("equipment_subsidy_cny") or not price.low < price.high:
        return False
    for name, rule in rules.equipment.items():
        if rule.share is None or rule.cap_cny is not None or (rule.price_of or name) != device:
            return False
        own = prices.price(f"equipment_cny.{name}")
        if name != device and (own is None or float(own) < rule.share * price.high):
            return False  # no subsidy exceeds the price of its own device
    return price.value > 0


def with_totals(townships: pd.DataFrame, order: Sequence[str]) -> pd.DataFrame:
    """`townships`, one row per township and route in `order`, then totals by route and overall.

    Sums are over the known amounts.
    """
    rank = townships["approach"].map({route: at for at, route in enumerate(order)})
    table = townships.assign(rank=rank).sort_values(["township_code", "rank"]).drop(columns="rank")
    numbers = [name for name in table.columns if name not in _PLACES]
    routes = [table[table["approach"] == route] for route in order]
    total = i18n.messages("report")["titles"]["total"]["zh"]
    rows = [
        {"township": total, "approach": own["approach"].iloc[0]} | _sum(own[numbers])
        for own in routes
        if len(own)
    ]
    rows.append({"township": total} | _sum(table[numbers]))
    sums = pd.DataFrame(rows).astype(table[numbers].dtypes.to_dict())
    return pd.concat([table, sums], ignore_index=True)


def _sum(table: pd.DataFrame) -> dict[str, object]:
    """The sum of the known values of each column; missing if there are none."""
    least = {name: int(table[name].isna().any()) for name in table.columns}
    return {name: table[name].sum(min_count=count) for name, count in least.items()}


class Lacking:
    """The number of homes without a known amount, shown beside the sum of the known ones."""

    def __init__(self, money: Budget) -> None:
        homes = money.parts[["village_code", "part", "households"]]
        self._rows = money.unknown.merge(homes, on=["village_code", "part"])

    def beside(self, table: pd.DataFrame, amounts: Sequence[str]) -> pd.DataFrame:
        """`table` with a last column that states which of `amounts` are incomplete."""
        keys = [name for name in _KEYS if name in table]
        told = [self._said(row, amounts) for row in table[keys].to_dict("records")]
        return table.assign(not_counted=pd.array(told, dtype="str"))

    def _said(self, row: dict[Hashable, object], amounts: Sequence[str]) -> str | None:
        own = self._rows
        for name, value in row.items():
            if not pd.isna(value):
                own = own[own[name] == value]
        homes = {name: own.loc[own[name], "households"].sum() for name in amounts if name in own}
        said = [
            f"{heading(name.replace('_fen', '_cny'))}：{number:,}户"
            for name, number in homes.items()
            if number
        ]
        return "；".join(said) or None


def _whole(table: pd.DataFrame) -> pd.DataFrame:
    """`table` with the office's headings."""
    table = table.rename(columns={"households": "pending"})
    return table.assign(co2_avoided_t_a=table.pop("co2_avoided_kg_a") / _KG_PER_T)


def _readable(table: pd.DataFrame, numbers: tuple[str, ...]) -> pd.DataFrame:
    """Places and some amounts, few enough to print, in yuan instead of fen."""
    chosen = table[[*(name for name in _PLACES if name in table), *numbers]]
    fen = [name for name in numbers if "_fen" in name]
    told = chosen.assign(**{name: yuan(chosen[name]) for name in fen})
    return told.rename(columns={name: name.replace("_fen", "_cny") for name in fen})


def _named(parts: pd.DataFrame, run: RunResults) -> pd.DataFrame:
    named = parts.merge(run.facts.villages[["village_code", "village"]], on="village_code")
    return named.sort_values(["village_code", "part"], ignore_index=True)
