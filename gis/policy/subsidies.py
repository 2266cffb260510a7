"""[subsidies]: what is paid for, how much of it, by whom and for how many seasons, as data.

A rule is one of: a fixed sum, a share of the price, or a rate per kWh, m³, m² or t; with a cap in
yuan or in the unit of the rate. A running subsidy may end after some seasons of a home, and may
decrease season by season.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, model_validator

from gis.errors import Text
from gis.layers.toml_model import validation_error
from gis.policy.section import AtLeastOne, KeyPart, NonNegative, Positive, Section, Share, SomeShare

# a rate → the key of its cap, in the same unit
RATES = {
    "cny_per_kwh": "cap_kwh",
    "cny_per_m3": "cap_m3",
    "cny_per_m2": "cap_m2",
    "cny_per_t": "cap_t",
}
_BASES = ("fixed_cny", "share", *RATES)
# what a running subsidy of each route may be counted in; a fixed sum is possible for every one
_RUNNING = {
    "electric": "cny_per_kwh",
    "gas": "cny_per_m3",
    "central": "cny_per_m2",
    "biomass": "cny_per_t",
    "clean_coal": "cny_per_t",
}
_ONCE = ("fixed_cny", "share", "cny_per_m2")
_STEPS = re.compile(r"tier|step|valley|peak|night|阶梯|峰|谷", re.IGNORECASE)
_WHOLE = 1e-9  # by which shares that add up to 1 may miss it
Year = Annotated[str, Field(pattern=r"^20\d\d$")]


class SubsidyRule(Section):
    """One subsidy: exactly one of fixed_cny, share and the rates, with its cap.

    fixed_cny       a sum per home: once, or each season for a running subsidy
    share           of the price; price_of: of the price of another device, such as that of a tender
    cap_cny         the most in yuan; cap_kwh, cap_m3, cap_m2, cap_t: the most that a rate counts
    seasons         a running subsidy: the seasons of a home that it is paid for; None: no end
    season_shares   a running subsidy that changes: the year in which a season begins → its share;
                    1 before the first that is listed, 0 after the last
    payers          who pays → share; they add up to 1. Empty: as [subsidies.payers]
    """

    fixed_cny: NonNegative | None = None
    share: SomeShare | None = None
    price_of: KeyPart | None = None
    cny_per_kwh: NonNegative | None = None
    cny_per_m3: NonNegative | None = None
    cny_per_m2: NonNegative | None = None
    cny_per_t: NonNegative | None = None
    cap_cny: NonNegative | None = None
    cap_kwh: Positive | None = None
    cap_m3: Positive | None = None
    cap_m2: Positive | None = None
    cap_t: Positive | None = None
    seasons: AtLeastOne | None = None
    season_shares: dict[Year, Share] = Field(default_factory=dict)
    payers: dict[KeyPart, SomeShare] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _no_steps(cls, given: object) -> object:
        named = [key for key in given if _STEPS.search(str(key))] if isinstance(given, dict) else []
        if named:
            raise validation_error(
                "subsidy_steps",
                Text(
                    f"只写一个单价（{'、'.join(RATES)}）；阶梯、峰谷（{'、'.join(map(str, named))}）不能"
                    "计算，因为台账每户每季只有一个用量：请写折算的平均单价，并在 source 说明",
                    f"write one rate ({', '.join(RATES)}); tiers and peak or valley hours "
                    f"({', '.join(map(str, named))}) cannot be worked out, since the ledger has "
                    "one "
                    "quantity a home and season: take the mean rate, and say so in source",
                ),
            )
        return given

    @property
    def basis(self) -> str:
        """The key that says what the subsidy is counted by."""
        return next(name for name in _BASES if getattr(self, name) is not None)

    @model_validator(mode="after")
    def _one_basis(self) -> SubsidyRule:
        given = [name for name in _BASES if getattr(self, name) is not None]
        if len(given) != 1:
            raise validation_error(
                "subsidy_basis",
                Text(
                    f"{'、'.join(_BASES)} 中只写一项（现有 {'、'.join(given) or '无'}）",
                    f"exactly one of {', '.join(_BASES)} (found {', '.join(given) or 'none'})",
                ),
            )
        own = RATES.get(given[0], "")
        others = [cap for cap in RATES.values() if getattr(self, cap) is not None and cap != own]
        if others:
            raise validation_error(
                "subsidy_cap",
                Text(
                    f"{others[0]} 与 {given[0]} 不配；上限写 cap_cny{f' 或 {own}' if own else ''}",
                    f"no {others[0]} beside {given[0]}; cap it by cap_cny"
                    f"{f' or {own}' if own else ''}",
                ),
            )
        if self.price_of is not None and self.share is None:
            raise validation_error(
                "subsidy_price_of",
                Text("price_of 只与 share 同写", "price_of beside share alone"),
            )
        _check_payers(self.payers)
        return self


class Subsidies(Section):
    """[subsidies]: rates and caps; the grid share counts only with its document.

    equipment    by device, or by route for its other devices: once, for rural homes
    connection   of gas: once
    running      by route: each season. The keys electric_… and gas_… say the same in short
    payers       who pays a subsidy whose rule does not say → share; empty: not stated
    hardship_payers  who pays hardship_once_cny → share; empty: as `payers`
    """

    electric_cny_per_kwh: NonNegative
    electric_cap_cny: NonNegative
    gas_cny_per_m3: NonNegative
    gas_cap_cny: NonNegative
    hardship_once_cny: NonNegative
    grid_county_share: Share
    grid_county_share_document: str
    implausible_multiple: Positive  # readings above this multiple of the floor area's need
    equipment: dict[KeyPart, SubsidyRule] = Field(default_factory=dict)
    connection: dict[KeyPart, SubsidyRule] = Field(default_factory=dict)
    running: dict[KeyPart, SubsidyRule] = Field(default_factory=dict)
    payers: dict[KeyPart, SomeShare] = Field(default_factory=dict)
    hardship_payers: dict[KeyPart, SomeShare] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _rules_that_act(self) -> Subsidies:
        _check_payers(self.payers)
        _check_payers(self.hardship_payers)
        for route, rule in self.running.items():
            _check_name("running", route, tuple(_RUNNING))
            _check_basis(f"running.{route}", rule, ("fixed_cny", _RUNNING[route]))
        for route, rule in self.connection.items():
            _check_name("connection", route, ("gas",))
            _check_basis(f"connection.{route}", rule, ("fixed_cny", "share"))
        for name, rule in self.equipment.items():
            _check_basis(f"equipment.{name}", rule, _ONCE)
        for where, rules in (("equipment", self.equipment), ("connection", self.connection)):
            for name, rule in rules.items():
                if rule.seasons is not None or rule.season_shares:
                    raise validation_error(
                        "subsidy_once",
                        Text(
                            f"{where}.{name} 是一次性补贴，不写 seasons 和 season_shares",
                            f"{where}.{name} is paid once, without seasons and season_shares",
                        ),
                    )
        return self

    def running_rule(self, route: str) -> SubsidyRule | None:
        """The running subsidy of a route; None: there is none."""
        if route in self.running:
            return self.running[route]
        if route == "electric":
            return SubsidyRule(cny_per_kwh=self.electric_cny_per_kwh, cap_cny=self.electric_cap_cny)
        if route == "gas":
            return SubsidyRule(cny_per_m3=self.gas_cny_per_m3, cap_cny=self.gas_cap_cny)
        return None

    def payers_of(self, rule: SubsidyRule) -> dict[str, float]:
        """Who pays a subsidy → share; empty: not stated."""
        return rule.payers or self.payers


def _check_payers(payers: dict[str, float]) -> None:
    total = sum(payers.values())
    if payers and abs(total - 1) > _WHOLE:
        raise validation_error(
            "payers_sum",
            Text(
                f"payers 各项相加为 1（现为 {total:g}）", f"payers that add up to 1 (now {total:g})"
            ),
        )


def _check_name(where: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise validation_error(
            "subsidy_of_nothing",
            Text(
                f"{where} 下写 {'、'.join(known)} 之一，不是 {name}",
                f"one of {', '.join(known)} below {where}, not {name}",
            ),
        )


def _check_basis(where: str, rule: SubsidyRule, possible: tuple[str, ...]) -> None:
    if rule.basis not in possible:
        raise validation_error(
            "subsidy_unit",
            Text(
                f"{where} 按 {'、'.join(possible)} 之一，不按 {rule.basis}",
                f"{where} by one of {', '.join(possible)}, not by {rule.basis}",
            ),
        )
