"""资金清算 (settlement): the running subsidy due to each home for a season, and its exceptions.

The policy's rules say what is paid: for metered heating electricity and gas, biomass fuel or heated
floor area up to a cap, or a fixed sum each season, for some seasons. Rural hardship households that
have converted get a supplement once. A home with an exception is not paid its running subsidy until
the exception is resolved: the amount is in `held_fen`. A season that the payments show as settled
is not settled again. `next_season_bill` estimates the subsidy of the season to come for all
accepted homes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.audit.clearance_criteria import criterion_passed, of_season
from gis.audit.evidence import Season, column_of, day, days, equals_any
from gis.audit.repeated_claims import claim_keys, repeated
from gis.costs.money import exact, to_fen
from gis.costs.subsidy import by_payer, season_share
from gis.facts.floor_area import heated_m2
from gis.policy.subsidies import RATES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from numpy.typing import NDArray

    from gis.audit.evidence import Mask
    from gis.facts import Facts
    from gis.policy import Policy
    from gis.policy.subsidies import SubsidyRule

# what the running subsidy of each mode is counted by, and its unit
MODES = {
    "electric": "heating_kwh", "gas": "heating_m3", "biomass": "heating_t",
    "central": "floor_area_m2",
}  # fmt: skip
_UNITS = {"electric": "kWh", "gas": "m3", "biomass": "t", "central": "m2"}
_AREA = "central"  # counted by what the home is, not by a reading
SETTLED = "settled"  # the exception of a home whose season is settled already
_SHARE_STEPS = 1_000_000
HARDSHIP = ("dibao", "wubao", "other")
# With these the claim itself may be unlawful, so that the supplement is held too.
_UNLAWFUL = ("rejected", "not_accepted", "ineligible_device", "grid_not_shown", "twice")
_MONEY = ["due_fen", "held_fen", "supplement_fen"]


@dataclass(frozen=True)
class Settlement:
    """Amounts in whole fen.

    households, one row per home that heats in a mode with a running subsidy, or has a reading:
        household (position), household_id, village_code, township_code, mode, self_converted,
        quantity and unit (kWh, m3, t, m2), capped, due_fen, held_fen, supplement_fen, exception (""
        or a key of [exception] in maps/words/audit.toml, the gravest one)
    villages, townships: village_code or township_code, mode, homes, quantity, due_fen, held_fen,
        supplement_fen, exceptions (homes)
    payers: purpose (running or supplement), township_code, mode, payer ("" where the policy names
        none), due_fen: shared home by home, so that it adds up to the fen
    """

    season: Season
    households: pd.DataFrame
    villages: pd.DataFrame
    townships: pd.DataFrame
    payers: pd.DataFrame


def settled_modes(policy: Policy) -> tuple[str, ...]:
    """The modes whose running subsidy the policy pays."""
    return tuple(mode for mode in MODES if policy.subsidies.running_rule(mode) is not None)


def unsettled_rules(policy: Policy) -> tuple[tuple[str, str], ...]:
    """The subsidies that the policy has and nothing here settles: kind and route."""
    rules = policy.subsidies
    running = [("running", route) for route in rules.running if route not in MODES]
    return (*running, *(("connection", route) for route in rules.connection))


def settle_season(facts: Facts, policy: Policy, season: Season, as_of: date) -> Settlement:
    """Settle `season` by the ledger on `as_of`."""
    claims = _claims(facts, policy, season)
    claims["exception"] = _exceptions(claims, facts, policy, season, as_of)
    amount, capped = running_fen(claims, policy, season)
    held = (claims["exception"] != "").to_numpy(dtype=bool)
    amount = np.where(claims["exception"] == SETTLED, 0, amount)
    claims = claims.assign(
        capped=capped,
        due_fen=np.where(held, 0, amount),
        held_fen=np.where(held, amount, 0),
        supplement_fen=_supplement_fen(claims, facts, policy, as_of),
    )
    columns = [
        "household", "household_id", "village_code", "township_code", "mode", "self_converted",
        "quantity", "unit", "capped", *_MONEY, "exception",
    ]  # fmt: skip
    table = claims[columns].reset_index(drop=True)
    sums = _sums(table, "village_code"), _sums(table, "township_code")
    return Settlement(season, table, *sums, _by_payer(table, policy))


def _claims(facts: Facts, policy: Policy, season: Season) -> pd.DataFrame:
    """The homes that could be due an amount, with their reading of `season`.

    A home that was not in the programme for that season, or whose seasons are over, has no claim,
    whatever else it lacks. nth: the season's number since the home was converted, NaN: unknown.
    """
    modes = settled_modes(policy)
    columns = {mode: MODES[mode] for mode in modes if mode != _AREA}
    ledger = facts.households.reindex(columns=_with(facts.households, *MODES.values()))
    heating = ledger["heating"].to_numpy(dtype=object)
    read = ledger[[*columns.values()]].notna().any(axis=1).to_numpy(dtype=bool)
    repeated = (ledger["reject_reason"] == "duplicate_row").to_numpy(dtype=bool)
    claiming = (equals_any(ledger, "heating", *modes) | read) & ~_joined_later(
        ledger, read, season, policy
    )
    at = np.flatnonzero(claiming & ~repeated)
    rows = ledger.iloc[at].reset_index(drop=True)
    given = {mode: rows[MODES[mode]].to_numpy(dtype=float) for mode in modes}
    own = {mode: equals_any(rows, "heating", mode) for mode in modes}
    # a home that heats otherwise claims by the reading that it has
    with_reading = {mode: ~np.isnan(given[mode]) for mode in columns}
    mode = np.select([*own.values(), *with_reading.values()], [*own, *with_reading], "")
    in_season = of_season(rows["season"], season.year) | (mode == _AREA)
    quantity = np.select([mode == one for one in modes], [*given.values()], np.nan)
    claims = rows.assign(
        household=at,
        heating=heating[at],
        mode=mode,
        unit=[_UNITS.get(one, "") for one in mode],
        of_season=in_season,
        quantity=np.where(in_season, quantity, np.nan),
        self_converted=rows["self_converted"].fillna(value=False).astype(bool),
    )
    claims["nth"] = season.year - first_season(claims, policy) + 1
    most = {mode: rule.seasons for mode in MODES if (rule := policy.subsidies.running_rule(mode))}
    over = claims["nth"] > claims["mode"].map(most).astype(float)
    return claims[~over.to_numpy(dtype=bool)].reset_index(drop=True)


def _with(table: pd.DataFrame, *names: str) -> list[str]:
    return [*table.columns, *(name for name in names if name not in table)]


def first_season(claims: pd.DataFrame, policy: Policy) -> pd.Series:
    """The year in which the first season of each home's device begins; NaN: unknown."""
    begun = pd.to_datetime(claims["energised_on"])
    for name in ("accepted_on", "installed_on"):
        begun = begun.fillna(pd.to_datetime(claims[name]))
    year = begun.dt.year.astype("float64")
    ends = {one: policy.season_days(int(one) - 1)[1] for one in year.dropna().unique()}
    before_end = (begun <= pd.to_datetime(year.map(ends))).to_numpy(dtype=bool)
    first = year - before_end.astype(float)
    return first.fillna(claims["plan_year"].astype(float))


def _joined_later(ledger: pd.DataFrame, read: Mask, season: Season, policy: Policy) -> Mask:
    """Homes that joined the programme only after `season`; undated homes do not count as such.

    Decided by the year of their list, or by work done after the season had ended. A home accepted
    by then was in it in any case. A home accepted late may have used its device before, so its
    reading counts if it has one.
    """
    ends = day(season.ends)
    installed, energised, accepted = (
        days(ledger[name]) for name in ("installed_on", "energised_on", "accepted_on")
    )
    listed = ledger["in_programme"].eq(other=True).fillna(value=False).astype(bool)
    assumed = pd.Series(np.where(listed, policy.plan.plan_year, np.nan), ledger.index)
    year = ledger["plan_year"].astype("Float64").fillna(assumed.astype("Float64"))
    later_list = (year > season.year).fillna(value=False).to_numpy(dtype=bool)
    done_late = (installed > ends) | (energised > ends) | ((accepted > ends) & ~read)
    return np.asarray((done_late | later_list) & ~(accepted <= ends))


def _exceptions(
    claims: pd.DataFrame, facts: Facts, policy: Policy, season: Season, as_of: date
) -> NDArray[np.object_]:
    """The gravest exception of each claim, "" for none."""
    quantity = claims["quantity"].to_numpy(dtype=float)
    rules = {mode: policy.subsidies.running_rule(mode) for mode in MODES}
    fixed = _with_rule(
        claims, {mode: one for mode, one in rules.items() if one and one.fixed_cny is not None}
    )
    ends = _with_rule(claims, {mode: one for mode, one in rules.items() if one and one.seasons})
    accepted = criterion_passed(claims, policy.progress) & (
        days(claims["accepted_on"]) <= day(as_of)
    )
    by_area = equals_any(claims, "mode", _AREA) & ~fixed
    least = np.where(claims["mode"] == "electric", policy.clearance.unused_kwh, np.nextafter(0, 1))
    cases = {
        "rejected": equals_any(claims, "status", "rejected"),
        SETTLED: _already_settled(claims, facts, season),
        "twice": _twice(claims, facts),
        "not_clean": ~equals_any(claims, "heating", *settled_modes(policy)),
        "not_accepted": ~accepted,
        "ineligible_device": ~_eligible(claims, policy),
        "grid_not_shown": ~_grid_carries(claims, facts),
        "first_season_unknown": ends & claims["nth"].isna().to_numpy(dtype=bool),
        "other_season": ~claims["of_season"].to_numpy(dtype=bool) & ~fixed,
        "no_area": np.isnan(quantity) & by_area,
        "no_reading": np.isnan(quantity) & ~fixed,
        "implausible": (quantity < 0) | (quantity > _max_plausible(claims, facts, policy)),
        "no_use": (quantity < least) & ~_empty(claims, season),
    }
    codes = np.array([*cases, ""], dtype=object)
    return codes[np.select([*cases.values()], range(len(cases)), default=len(cases))]


def _with_rule(claims: pd.DataFrame, rules: Mapping[str, SubsidyRule | None]) -> Mask:
    """Claims of the modes of `rules`."""
    return equals_any(claims, "mode", *rules)


def _already_settled(claims: pd.DataFrame, facts: Facts, season: Season) -> Mask:
    """Homes for which the payments say that the season is settled, by home or by unit.

    A season settled twice is refused there, but settled all the same.
    """
    rows = facts.payments
    if rows is None:
        return np.zeros(len(claims), dtype=bool)
    done = (rows["stage"] == "settled") & (rows["purpose"] == "running") & ~rows["later"]
    done &= (rows["season_year"] == season.year) & rows["refused"].isin(["", "settled_twice"])
    settled = rows[done]
    units = settled.loc[settled["household_id"].isna(), "unit_code"].dropna()
    found = claims["household_id"].isin(settled["household_id"].dropna())
    for place in ("township_code", "village_code"):
        found |= claims[place].isin(units)
    return found.to_numpy(dtype=bool)


def _twice(claims: pd.DataFrame, facts: Facts) -> Mask:
    """Claims whose meter or person occurs in another claim too."""
    found = [repeated(keys, facts.claimed_elsewhere) for keys in _keys(claims)]
    return np.logical_or.reduce(found)


def _keys(claims: pd.DataFrame) -> list[pd.DataFrame]:
    return [
        claim_keys(f"running.{name}", column_of(claims, name)) for name in ("meter_no", "id_number")
    ]


def running_claims(facts: Facts, policy: Policy, season: Season) -> list[pd.DataFrame]:
    """What the homes that may claim for `season` claim by: `repeated_claims.claim_keys`."""
    return _keys(_claims(facts, policy, season))


def _eligible(claims: pd.DataFrame, policy: Policy) -> Mask:
    """Devices that the plan allows; self-converted homes may also have one excluded from tenders.

    A route for which the policy lists no devices allows all. A blank device is not eligible.
    """
    allowed = np.zeros(len(claims), dtype=bool)
    own = claims["self_converted"].to_numpy(dtype=bool)
    for mode in MODES:
        rule = policy.route(mode)
        here = (claims["mode"] == mode).to_numpy(dtype=bool)
        if rule is None:
            continue
        if not rule.devices:
            allowed |= here
        allowed |= here & equals_any(claims, "device", *rule.devices)
        allowed |= here & own & equals_any(claims, "device", *rule.not_in_tender)
    return allowed


def _grid_carries(claims: pd.DataFrame, facts: Facts) -> Mask:
    """Whether the grid is shown to carry an electric home that converted itself.

    # ASSUME: it is where the load of the home's transformer is known and within its limit.
    """
    grid = facts.transformers
    able = grid.loc[(grid["base_kva"] <= grid["limit_kva"]).to_numpy(dtype=bool)]
    borne = claims["transformer_id"].isin(able["transformer_id"]).to_numpy(dtype=bool)
    asked = claims["self_converted"] & (claims["mode"] == "electric")
    return borne | ~asked.to_numpy(dtype=bool)


def _empty(claims: pd.DataFrame, season: Season) -> Mask:
    """Vacant homes, unless vacated only after the season had ended."""
    return equals_any(claims, "occupancy", "vacant") & ~(
        days(claims["occupancy_on"]) > day(season.ends)
    )


def _max_plausible(claims: pd.DataFrame, facts: Facts, policy: Policy) -> NDArray[np.float64]:
    """The largest plausible use of a home of its floor area in a season.

    # ASSUME: a home needs the policy's heat (as plain electricity), gas or fuel by its floor area.
    """
    demand, multiple = policy.demand, policy.subsidies.implausible_multiple
    area_m2 = heated_m2(facts.households, policy).iloc[claims["household"]].to_numpy(dtype=float)
    season = {
        "electric": demand.season_mwh * 1000, "gas": policy.gas.season_m3,
        "biomass": policy.biomass.season_t, _AREA: np.inf,
    }  # fmt: skip
    need = claims["mode"].map(season).to_numpy(dtype=float) * area_m2 / demand.floor_area_m2
    return np.asarray(multiple * need)


def running_fen(
    claims: pd.DataFrame, policy: Policy, season: Season
) -> tuple[NDArray[np.int64], Mask]:
    """The running subsidy of each reading, and whether it was capped."""
    quantity = claims["quantity"].fillna(0.0).clip(lower=0.0).to_numpy(dtype=float)
    fen, capped = np.zeros(len(claims), dtype=np.int64), np.zeros(len(claims), dtype=bool)
    for mode in MODES:
        rule = policy.subsidies.running_rule(mode)
        here = (claims["mode"] == mode).to_numpy(dtype=bool)
        if rule is None:
            continue
        fen[here], capped[here] = _by_rule(rule, quantity[here], season)
    return fen, capped


def _by_rule(
    rule: SubsidyRule, quantity: NDArray[np.float64], season: Season
) -> tuple[NDArray[np.int64], Mask]:
    """What a rule pays for each quantity, and whether a cap cut it; `season_fen` is for one."""
    capped = np.zeros(len(quantity), dtype=bool)
    if rule.fixed_cny is not None:
        fen = np.full(len(quantity), to_fen(exact(rule.fixed_cny)), dtype=np.int64)
    else:
        most = getattr(rule, RATES[rule.basis])
        counted = quantity if most is None else np.minimum(quantity, most)
        capped = quantity > counted
        fen = times_fen(counted, getattr(rule, rule.basis))
    if rule.cap_cny is not None:
        cap = to_fen(exact(rule.cap_cny))
        capped = capped | (fen > cap)
        fen = np.minimum(fen, cap)
    share = int(season_share(rule, season.year) * _SHARE_STEPS)
    return (fen * share + _SHARE_STEPS // 2) // _SHARE_STEPS, capped


def _by_payer(table: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """What is due by purpose, mode, township and payer; each home's amount is shared to the fen."""
    rules = {mode: policy.subsidies.running_rule(mode) for mode in MODES}
    running = {mode: policy.subsidies.payers_of(rule) for mode, rule in rules.items() if rule}
    hardship = policy.subsidies.hardship_payers or policy.subsidies.payers
    supplement = dict.fromkeys(MODES, hardship)
    rows = []
    for purpose, column, payers in (
        ("running", "due_fen", running), ("supplement", "supplement_fen", supplement),
    ):  # fmt: skip
        due = table if purpose == "running" else table[table[column] > 0]
        for mode, own in due.groupby(pd.Categorical(due["mode"], list(MODES)), observed=True):
            shares = {int(fen): by_payer(int(fen), payers[mode]) for fen in own[column].unique()}
            for code, homes in own.groupby("township_code", dropna=False):
                for payer in payers[mode] or {"": 1.0}:
                    fen = sum(shares[int(one)][payer] for one in homes[column])
                    rows.append((purpose, code, mode, payer, fen))
    columns = ["purpose", "township_code", "mode", "payer", "due_fen"]
    return pd.DataFrame(rows, columns=columns).astype({"due_fen": "int64"})


def times_fen(quantity: NDArray[np.float64], cny: float) -> NDArray[np.int64]:
    """`quantity` (to 1/1,000) x a price in yuan (to 1/100,000), in fen, rounded half up."""
    thousandths = np.rint(quantity * 1000).astype(np.int64)
    price = int(exact(cny) * 100_000)
    return (thousandths * price + 500_000) // 1_000_000


def _supplement_fen(
    claims: pd.DataFrame, facts: Facts, policy: Policy, as_of: date
) -> NDArray[np.int64]:
    """The supplement of rural hardship households that was not paid by `as_of`."""
    rural = facts.villages.set_index("village_code")["rural"]
    in_country = claims["village_code"].map(rural).eq(other=True).fillna(value=False)
    paid = days(column_of(claims, "supplement_paid_on")) <= day(as_of)
    if facts.payments is not None:
        rows = facts.payments[(facts.payments["refused"] == "") & ~facts.payments["later"]]
        given = rows["stage"].isin(["paid", "settled"]) & (rows["purpose"] == "supplement")
        paid = paid | claims["household_id"].isin(rows.loc[given, "household_id"].dropna())
    hard = equals_any(claims, "hardship_class", *HARDSHIP) & ~paid
    lawful = ~claims["exception"].isin([*_UNLAWFUL, "not_clean"]).to_numpy(dtype=bool)
    due = in_country.to_numpy(dtype=bool) & hard & lawful
    return np.where(due, int(exact(policy.subsidies.hardship_once_cny) * 100), 0)


def _sums(table: pd.DataFrame, key: str) -> pd.DataFrame:
    counted = table.assign(homes=1, exceptions=table["exception"] != "")
    columns = ["homes", "quantity", *_MONEY, "exceptions"]
    return counted.groupby([key, "mode"], as_index=False, dropna=False)[columns].sum()
