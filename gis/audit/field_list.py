"""The field list: homes to visit, by village, in walking order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis import i18n
from gis.audit.three_valued import TRUE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.audit.clearance import Clearance
    from gis.facts import Facts

# Criteria that a visit may settle; keys of [door] in maps/words/audit.toml.
_FACTS = ("device", "stove_removed", "coal_removed", "findings", "visited")
COLUMNS = (
    "township_code", "village_code", "zone_id", "stop", "household", "household_id", "walk_m",
    "clearance", "why", "check", "check_zh", "check_en",
)  # fmt: skip


def route(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The nearest-neighbour route past all points.

    It starts at the westernmost point (of several, the southernmost); of equally near points the
    first one is taken. Points without a location come last, in their order.

    Args:
        x: Shape (n,) [m].
        y: Shape (n,) [m].

    Returns:
        The order, and the metres walked to each stop (0 to the first, NaN without a location).
    """
    placed = np.isfinite(x) & np.isfinite(y)
    known, lost = np.flatnonzero(placed), np.flatnonzero(~placed)
    east, north = x[known], y[known]
    here = int(np.lexsort((north, east))[0]) if len(known) else 0
    order = np.empty(len(known), dtype=np.intp)
    for stop in range(len(known)):
        order[stop] = at = known[here]
        east[here] = np.inf  # visited: farther than any other
        here = int(np.hypot(east - x[at], north - y[at]).argmin())
    steps = np.hypot(
        np.diff(x[order], prepend=x[order[:1]]), np.diff(y[order], prepend=y[order[:1]])
    )
    return np.concatenate([order, lost]), np.concatenate([steps, np.full(len(lost), np.nan)])


def field_list(facts: Facts, clearance: Clearance) -> pd.DataFrame:
    """The homes to visit: inside a zone and not cleared, or undecidable at its boundary.

    Returns:
        One row per home, sorted by village and stop: township_code, village_code (the duty),
        zone_id (the lowest, of several), stop (1.. in each village), household (position),
        household_id, walk_m [m] from the stop before, clearance, why, check (keys of [door] in
        maps/words/audit.toml, joined by ","), check_zh, check_en: what to check, as text.
    """
    chosen = _chosen(facts, clearance)
    ledger = facts.households.iloc[chosen["household"].to_numpy(dtype=int)]
    judged = clearance.households.iloc[chosen["household"].to_numpy(dtype=int)]
    codes = _checks(judged, (chosen["position"] != "inside").to_numpy(dtype=bool))
    table = chosen.assign(
        township_code=ledger["township_code"].to_numpy(dtype=object),
        village_code=ledger["village_code"].to_numpy(dtype=object),
        household_id=ledger["household_id"].to_numpy(dtype=object),
        clearance=judged["clearance"].to_numpy(dtype=object),
        why=judged["why"].to_numpy(dtype=object),
        check=codes,
        check_zh=[_check_text(code, "zh") for code in codes],
        check_en=[_check_text(code, "en") for code in codes],
        x=ledger["x"].to_numpy(dtype=float),
        y=ledger["y"].to_numpy(dtype=float),
    )
    walks = [_walked(rows) for _, rows in table.groupby("village_code", dropna=False)]
    if not walks:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(walks, ignore_index=True)[list(COLUMNS)]


def _chosen(facts: Facts, clearance: Clearance) -> pd.DataFrame:
    """household, zone_id and position of the homes to visit, each once."""
    homes = facts.zone_positions[["household", "zone_id", "position"]]
    cleared = (clearance.households["clearance"] == "cleared").to_numpy(dtype=bool)
    wanted = homes[~cleared[homes["household"].to_numpy(dtype=int)]]
    first = wanted.sort_values(["household", "position", "zone_id"])  # inside before undecidable
    return first.drop_duplicates("household").reset_index(drop=True)


def _checks(judged: pd.DataFrame, on_line: NDArray[np.bool_]) -> list[str]:
    """The keys of the open criteria of each home."""
    open_ = judged[list(_FACTS)].to_numpy() != TRUE
    is_open = np.column_stack([on_line, open_])
    names = ("line", *_FACTS)
    return [",".join(name for name, yes in zip(names, row, strict=True) if yes) for row in is_open]


def _check_text(codes: str, lang: str) -> str:
    texts = i18n.messages("audit")["door"]
    between = {"zh": "；", "en": "; "}[lang]
    return between.join(texts[code][lang] for code in codes.split(",")).strip()


def _walked(rows: pd.DataFrame) -> pd.DataFrame:
    order, steps_m = route(rows["x"].to_numpy(dtype=float), rows["y"].to_numpy(dtype=float))
    return rows.iloc[order].assign(stop=np.arange(1, len(rows) + 1), walk_m=steps_m)
