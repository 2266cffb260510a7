"""Sampling statistics: homes with coal that can remain in a zone, and checks by a third party.

Bounds are exact and one-sided, at 95 %: Clopper-Pearson for homes drawn from a large population,
hypergeometric for a zone of known size. They hold for visits drawn at random.
"""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import betaincinv, gammaln

from gis.audit.clearance_criteria import CLEAN_HEATING
from gis.audit.conversion_stage import STOCK, conversion_stages
from gis.audit.evidence import TRUE, column_of, day, days, equals_any
from gis.costs.money import exact

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from gis.audit.clearance import Clearance
    from gis.audit.evidence import Mask
    from gis.facts import Facts
    from gis.policy import Policy
    from gis.policy.progress_rules import SamplingRules

LEVEL = 0.95
_TIE = 1e-9  # tolerance for a probability equal to the level but for rounding
CLAIM = 0.01  # the remaining rate to be ruled out
_ZONE_VILLAGE = ["zone_id", "village_code"]


def upper_rate(found: int, visited: int, level: float = LEVEL) -> float:
    """Clopper-Pearson upper bound: the largest rate consistent with `found` of `visited`."""
    if found >= visited:
        return 1.0
    return float(betaincinv(found + 1, visited - found, level))


def upper_count(found: int, visited: int, homes: int, level: float = LEVEL) -> int:
    """The largest number among `homes` consistent with `found` of `visited` (hypergeometric).

    Raises:
        ValueError: The numbers are not those of one zone.
    """
    if not 0 <= found <= visited <= homes:
        raise ValueError(f"0 <= found {found} <= visited {visited} <= homes {homes} must hold")
    low, high = found, homes - visited + found
    while low < high:  # the probability decreases with the number
        middle = (low + high + 1) // 2
        if _probability_of_at_most(found, visited, homes, middle) > (1 - level) * (1 + _TIE):
            low = middle
        else:
            high = middle - 1
    return low


def _probability_of_at_most(found: int, visited: int, homes: int, coal: int) -> float:
    """Probability of `found` or fewer among `visited`, where `coal` of `homes` remain."""
    seen = np.arange(max(0, visited - (homes - coal)), found + 1)
    ways = (
        _log_binomial(coal, seen)
        + _log_binomial(homes - coal, visited - seen)
        - _log_binomial(homes, visited)
    )
    return float(np.exp(ways).sum())


def _log_binomial(whole: int, taken: NDArray[np.int64] | int) -> NDArray[np.float64]:
    """Logarithm of the binomial coefficient of `whole` and `taken`."""
    return gammaln(whole + 1) - gammaln(np.add(taken, 1)) - gammaln(np.subtract(whole + 1, taken))


def visits_needed(found: int, visited: int, homes: int, claim: float = CLAIM) -> int | None:
    """Further clean visits needed to show that less than `claim` of `homes` can remain.

    None where this can no longer be shown, because too much was found.
    """
    if homes == 0:
        return 0
    if found >= claim * homes:
        return None
    low, high = 0, homes - visited
    while low < high:
        middle = (low + high) // 2
        if upper_count(found, visited + middle, homes) < claim * homes:
            high = middle
        else:
            low = middle + 1
    return low


def visit_counts(facts: Facts, clearance: Clearance, policy: Policy, as_of: date) -> pd.DataFrame:
    """One row per zone and village with households inside the zone.

    zone_id · village_code · homes (inside) · visited (of them, by a recent visit with access) ·
    found (of the visited, with an unsettled finding, or still heating with coal)
    """
    positions = facts.zone_positions
    inside = positions[(positions["position"] == "inside").to_numpy(dtype=bool)]
    at = inside["household"].to_numpy(dtype=int)
    judged = clearance.households.iloc[at].reset_index(drop=True)
    oldest = pd.Timestamp(as_of) - pd.Timedelta(days=policy.clearance.stale_days)
    if policy.clearance.fresh == "season":
        oldest = pd.Timestamp(policy.season_begun(as_of))
    visited = (judged["last_visit_on"] >= oldest).to_numpy(dtype=bool)
    burns = judged["why"].isin(["heating_coal"]) | (judged["findings"] != TRUE)
    flags = {
        "zone_id": inside["zone_id"].to_numpy(dtype=object),
        "village_code": facts.households["village_code"].to_numpy(dtype=object)[at],
        "homes": True,
        "visited": visited,
        "found": visited & burns.to_numpy(dtype=bool),
    }
    return pd.DataFrame(flags).groupby(_ZONE_VILLAGE).sum().astype(int).reset_index()


def by_zone(counts: pd.DataFrame, zone_ids: pd.Series) -> pd.DataFrame:
    """One row per zone in force.

    zone_id · homes, visited, found as in `visit_counts` · upper_count, upper_rate
    (hypergeometric: the number that can remain in the zone, and its share) · upper_rate_binomial
    (Clopper-Pearson) · visits_needed (Int64; <NA>: can no longer be shown)

    Args:
        counts: The table of `visit_counts`, with all villages of the zones.
        zone_ids: The zones in force.
    """
    sums = counts.groupby("zone_id")[["homes", "visited", "found"]].sum()
    table = sums.reindex(zone_ids, fill_value=0).reset_index()
    rows = list(zip(table["found"], table["visited"], table["homes"], strict=True))
    remain = [upper_count(*row) for row in rows]
    needed = [visits_needed(*row) for row in rows]
    return table.assign(
        upper_count=remain,
        upper_rate=[
            n / row[2] if row[2] else math.nan for n, row in zip(remain, rows, strict=True)
        ],
        upper_rate_binomial=[upper_rate(*row[:2]) for row in rows],
        visits_needed=pd.array(needed, dtype="Int64"),
    )


def by_village(counts: pd.DataFrame, zone_ids: pd.Series) -> pd.DataFrame:
    """Distribute the visits still needed in a zone among its villages; arguments as of `by_zone`.

    zone_id · village_code · homes · visited · unvisited · visits: the zone's visits_needed, split
    by homes not yet visited and rounded to add up (Int64, <NA> as in `by_zone`).
    """
    table = counts.sort_values(_ZONE_VILLAGE, ignore_index=True).drop(columns="found")
    table["unvisited"] = table["homes"] - table["visited"]
    needed = by_zone(counts, zone_ids).set_index("zone_id")["visits_needed"]
    table["visits"] = pd.array([pd.NA] * len(table), dtype="Int64")
    for zone, rows in table.groupby("zone_id"):
        if pd.notna(needed[zone]):
            table.loc[rows.index, "visits"] = _split(
                int(needed[zone]), rows["unvisited"].to_numpy()
            )
    return table


def _split(whole: int, weights: NDArray[np.int64]) -> list[int]:
    """Split `whole` by `weights` by largest remainders; the weights add up to at least `whole`."""
    exact = whole * weights / max(int(weights.sum()), 1)
    shares = np.floor(exact).astype(int)
    first = np.argsort(-(exact - shares), kind="stable")[: whole - int(shares.sum())]
    shares[first] += 1
    return shares.tolist()


_STRATUM = ["township_code", "contractor"]
THIRD_PARTY = "third_party"


class SampleDraw(NamedTuple):
    """A random draw of this year's finished homes, by township and contractor ("" for none known).

    strata    township_code, contractor · frame (homes drawn from), drawn, without_id (finished
              homes that cannot be drawn, beside the frame)
    homes     household (position), township_code, contractor, number (order of the draw)
    frame_on  the day by which the homes were finished
    """

    strata: pd.DataFrame
    homes: pd.DataFrame
    frame_on: date


def draw(facts: Facts, lots: pd.DataFrame | None, policy: Policy, as_of: date) -> SampleDraw:
    """Draw homes for third-party checks, the same for the same homes in whatever order.

    In each stratum the homes are ordered by a hash of the seed and their household_id, and the
    first ones are drawn. So a stratum has its draw whatever the others hold.

    Args:
        facts: The facts.
        lots: The layer `lots`; None: every contractor is unknown.
        policy: The policy; [sampling] is the rule.
        as_of: The day of the run. A later frame_on of the policy is still to come and is not used.
    """
    rules = policy.sampling
    frame_on = min(as_of, rules.frame_on or as_of)
    ledger = facts.households
    at = np.flatnonzero(_finished(ledger, policy, frame_on))
    rows = ledger.iloc[at]
    known = pd.DataFrame(columns=["lot"]) if lots is None else lots.dropna(subset="lot")
    names = dict(zip(known["lot"], column_of(known, "contractor"), strict=True))
    ids = rows["household_id"].fillna("").astype("str").to_numpy(dtype=object)
    table = pd.DataFrame(
        {
            "household": at,
            "township_code": rows["township_code"].to_numpy(dtype=object),
            "contractor": column_of(rows, "lot").map(names).astype("object").fillna("").to_numpy(),
            "key": [hashlib.sha256(f"{rules.seed}:{one}".encode()).hexdigest() for one in ids],
            "known": ids != "",
        }
    ).sort_values([*_STRATUM, "key"], ignore_index=True)
    strata = table.groupby(_STRATUM, dropna=False)["known"].agg(["sum", "size"]).reset_index()
    strata["frame"] = strata["sum"].astype(int)
    strata["without_id"] = strata["size"] - strata["frame"]
    strata["drawn"] = [to_draw(n, rules) for n in strata["frame"].tolist()]
    homes = table[table["known"]].drop(columns=["key", "known"])
    homes["number"] = homes.groupby(_STRATUM, dropna=False).cumcount() + 1
    drawn = homes.merge(strata[[*_STRATUM, "drawn"]], on=_STRATUM)
    homes = drawn[drawn["number"] <= drawn["drawn"]].drop(columns="drawn")
    return SampleDraw(
        strata[[*_STRATUM, "frame", "drawn", "without_id"]],
        homes.reset_index(drop=True),
        frame_on,
    )


def to_draw(homes: int, rules: SamplingRules) -> int:
    """The homes to draw of a stratum: the share rounded up, at least `at_least`, at most all."""
    return min(homes, max(rules.at_least, math.ceil(exact(rules.share) * homes)))


def _finished(ledger: pd.DataFrame, policy: Policy, on: date) -> Mask:
    """This year's clean homes in use or judged by `on`; those that failed stay among them.

    Homes of a mode that no third party accepts, by the policy, are not among them. What is
    accepted later does not change it. ASSUME: a home that was judged, on a day that nobody wrote
    down, was finished.
    """
    year = ledger["plan_year"].to_numpy(dtype=float) == policy.plan.plan_year
    energised = days(column_of(ledger, "energised_on"))
    judged = equals_any(ledger, "acceptance_result", "pass", "fail")
    judged = judged & ~(days(column_of(ledger, "accepted_on")) > day(on))
    done = (energised <= day(on)) | (np.isnan(energised) & judged)
    stock = conversion_stages(ledger, policy, on)[STOCK].to_numpy(dtype=bool)
    modes = [mode for mode in CLEAN_HEATING if THIRD_PARTY in policy.progress.bodies(mode)]
    clean = equals_any(ledger, "heating", *modes)
    return year & done & clean & ~stock & ~equals_any(ledger, "status", "rejected")


def sample_results(made: SampleDraw, facts: Facts, as_of: date) -> pd.DataFrame:
    """What the third party found at the homes drawn, one row per stratum of `made`.

    Its columns and: passed, failed, not_back · lower_count, upper_count (Int64: homes of the frame
    that can be at fault) · lower_rate, upper_rate (Clopper-Pearson) · sample_state (a key of
    [sample_state] in maps/words/report.toml). Bounds are missing where nothing came back.

    A pass counts with its day, by `as_of`; a failure without a day counts too.
    ASSUME: the homes whose result came back are random among those drawn.
    """
    rows = facts.households.iloc[made.homes["household"].to_numpy(dtype=int)]
    theirs = equals_any(rows, "acceptance_by", THIRD_PARTY)
    on = days(column_of(rows, "accepted_on"))
    failed = theirs & equals_any(rows, "acceptance_result", "fail") & ~(on > day(as_of))
    passed = theirs & equals_any(rows, "acceptance_result", "pass") & (on <= day(as_of))
    found = made.homes[_STRATUM].assign(passed=passed, failed=failed)
    sums = found.groupby(_STRATUM, dropna=False).sum().reset_index()
    table = made.strata.merge(sums, on=_STRATUM, how="left")
    table[["passed", "failed"]] = table[["passed", "failed"]].fillna(0).astype(int)
    table["not_back"] = table["drawn"] - table["passed"] - table["failed"]
    bounds = [
        _bounds(*row) for row in zip(table["failed"], table["passed"], table["frame"], strict=True)
    ]
    for n, name in enumerate(("lower_count", "upper_count")):
        table[name] = pd.array([one[n] for one in bounds], dtype="Int64")
    for n, name in enumerate(("lower_rate", "upper_rate"), start=2):
        table[name] = pd.array([one[n] for one in bounds], dtype="Float64")
    none_back = (table["passed"] + table["failed"] == 0).to_numpy(dtype=bool)
    cases = [none_back, table["failed"] > 0, table["not_back"] > 0]
    table["sample_state"] = np.select(cases, ["none_back", "failed", "some_back"], "all_passed")
    return table


def _bounds(
    failed: int, passed: int, frame: int
) -> tuple[int | None, int | None, float | None, float | None]:
    """Least and most homes at fault, and the least and largest rate; each one-sided, at LEVEL."""
    checked = failed + passed
    if not checked:
        return None, None, None, None
    return (
        frame - upper_count(passed, checked, frame),
        upper_count(failed, checked, frame),
        1 - upper_rate(passed, checked),
        upper_rate(failed, checked),
    )
