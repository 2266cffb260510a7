"""Sampling statistics: how many homes with coal can remain in a zone, and visits still needed.

Bounds are exact and one-sided, at 95 %: Clopper-Pearson for homes drawn from a large population,
hypergeometric for a zone of known size. They hold for visits drawn at random.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import betaincinv, gammaln

from gis.audit.evidence import TRUE

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from gis.audit.clearance import Clearance
    from gis.facts import Facts
    from gis.policy import Policy

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
