"""Explain one village: its facts, decision, and every route tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.costs import complements
from gis.costs.route_costs import GROUNDS
from gis.decide.load_tables import transformer_table
from gis.errors import Text, UsageError
from gis.layers.village_names import VillageNames

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gis.decide.decisions import Decisions
    from gis.facts import Facts
    from gis.policy import Policy

_MONEY = (
    "device", "equipment_fen", "connection_fen", "station_fen", "equipment_subsidy_fen",
    "running_fen_a", "running_subsidy_fen_a", "own_fen_a", "own_per_household_fen_a",
    "cost_per_household_fen_a",
    "coal_avoided_t_a", "co2_avoided_kg_a", "pm25_avoided_kg_a", "so2_avoided_kg_a", "missing",
    *GROUNDS,
)  # fmt: skip
_VILLAGE_KEYS = ("village_code", "village", "township_code", "township")


def explain(
    village_code: str, facts: Facts, priced: pd.DataFrame, decisions: Decisions, policy: Policy
) -> dict[str, Any]:
    """Collect facts, decision, routes tried with prices, and the switching margin of a village.

    Returns:
        Plain values for JSON; None where unknown. `transformers`: those that feed its homes, with
        their loads. `parts` has one entry per part, each with `tried`
        in the policy's order (eligible, has_capacity, chosen, clause, reason, money [fen]), and
        `complements`: what the plan supports besides its approach, with the price per home [fen].

    Raises:
        UsageError: There is no such village.
    """
    known = facts.villages[facts.villages["village_code"] == village_code]
    if known.empty:
        raise UsageError(
            Text(
                f"没有村代码为 {village_code} 的村；请核对 12 位村代码。",
                f"There is no village with code {village_code}; check the 12-digit code.",
            )
        )
    of_village = {
        name: table[table["village_code"] == village_code]
        for name, table in {
            "parts": decisions.villages,
            "tried": decisions.tried,
            "priced": priced,
            "upgrades": decisions.upgrades,
        }.items()
    }
    village_facts = {name: _plain(value) for name, value in known.iloc[0].items()}
    return {
        **{name: village_facts.pop(name) for name in _VILLAGE_KEYS},
        "facts": village_facts,
        "parts": [
            _part(row, of_village)
            | {"complements": [one._asdict() for one in complements(row["approach"], policy)]}
            for row in of_village["parts"].to_dict("records")
        ],
        "transformers": _stations(village_code, facts, decisions, policy),
        "upgrades": [
            {name: _plain(value) for name, value in row.items() if name != "village_code"}
            for row in of_village["upgrades"].to_dict("records")
        ],
    }


def village_code(villages: pd.DataFrame, village: str, settled: Mapping[str, str]) -> str:
    """The code of a village given by its code or its name, alone or after its township's.

    Args:
        villages: The villages with their names and codes.
        village: The code or name.
        settled: What [names] of project.toml says of names.

    Raises:
        UsageError: No village has that name, or several have.
    """
    match = VillageNames(villages, settled).village(village)
    if match.code:
        return match.code
    listed = "、".join(match.candidates) or "—"
    raise UsageError(
        Text(
            f"“{village}”不能确定是哪个村；可能是：{listed}。请写 12 位村代码，或乡镇名加村名。",
            f"It is not certain which village {village!r} is; it may be {listed}. Write its "
            "12-digit code, or its township's name before its own.",
        )
    )


_STATION = (
    "transformer_id", "basis", "capacity_kva", "base_kva", "year_total_kva", "total_kva", "state",
    "year_state", "total_state", "year_homes", "later_homes", "works", "works_kva", "works_fen",
    "works_on",
)  # fmt: skip


def _stations(
    code: str, facts: Facts, decisions: Decisions, policy: Policy
) -> list[dict[str, Any]]:
    """The loads of the transformers that feed homes of a village, see `transformer_table`."""
    homes = facts.households
    fed = homes.loc[homes["village_code"] == code, "transformer_id"].dropna().astype(str).unique()
    if not len(fed):
        return []
    table = transformer_table(facts, decisions, policy)
    rows = table.loc[table["transformer_id"].isin(fed), list(_STATION)]
    return [{name: _plain(value) for name, value in row.items()} for row in rows.to_dict("records")]


def _part(row: dict[Any, Any], tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    own_fields = {
        str(name): _plain(value) for name, value in row.items() if name not in _VILLAGE_KEYS
    }
    tried, priced = tables["tried"], tables["priced"].set_index(["part", "route"])
    routes = []
    for attempt in tried[tried["part"] == row["part"]].to_dict("records"):
        key = (attempt["part"], attempt["route"])
        money = priced.loc[key] if key in priced.index else pd.Series(dtype=object)
        routes.append(
            {
                name: _plain(value)
                for name, value in attempt.items()
                if name not in (*_VILLAGE_KEYS, "part")
            }
            | {"chosen": attempt["route"] == row["computed"]}
            | {name: _plain(money.get(name)) for name in _MONEY}
        )
    return own_fields | {"tried": routes}


def _plain(value: Any) -> Any:  # noqa: ANN401  # any cell of a table
    """A cell as a JSON value: plain numbers, days as text, None for unknown and infinite."""
    if isinstance(value, dict):
        return {name: _plain(entry) for name, entry in value.items()}
    if isinstance(value, pd.Timestamp) and not pd.isna(value):
        return value.date().isoformat()
    if value is None or pd.isna(value) or (isinstance(value, float) and np.isinf(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value
