"""What unverified numbers change: sensitivity.csv, robustness.csv and sensitivity.xlsx."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis import i18n
from gis.decide.robustness import HANGS, SURE, sure_sentence
from gis.policy.differences import setting_name
from gis.report.output_tables import with_unit_words, yuan
from gis.report.workbook import WorkbookSheet, sheet

if TYPE_CHECKING:
    from gis.decide.robustness import Robustness
    from gis.policy import Policy

_EFFECTS = (
    "parameter", "parameter_en", "key", "range_end", "at_value", "in_use", "unit",
    "changed_villages", "changed_homes", "effect", "effect_en", "cost_change_cny_a",
    "grid_change_cny",
)  # fmt: skip
_VILLAGES = (
    "township", "village", "village_code", "computed_routes", "certainty", "how_sure",
    "how_sure_en",
    "draws", "same_share", "other_routes", "hangs_on",
)  # fmt: skip


def effect_table(found: Robustness, policy: Policy) -> pd.DataFrame:
    """One row per unverified number and end of its range, those that change most homes first.

    parameter, parameter_en, key, range_end (low or high), at_value and in_use (in `unit`; NaN: a
    price list), changed_villages (whose computed route changes) and changed_homes (to convert in
    them), effect, effect_en, cost_change_cny_a (of all routes; NaN where a route's cost becomes
    known or unknown), grid_change_cny (of the grid works that they need).
    """
    table = found.effects
    names = [setting_name(key) for key in table["key"]]
    known = [key if key in policy.provenance else "" for key in table["key"]]
    told = table.rename(columns={"effect_zh": "effect"}).assign(
        parameter=[name.zh for name in names],
        parameter_en=[name.en for name in names],
        in_use=[float(policy.quantity(key)) if key else np.nan for key in known],
        unit=[policy.provenance[key].unit if key else "" for key in known],
        cost_change_cny_a=yuan(table["cost_change_fen_a"]),
        grid_change_cny=yuan(table["grid_change_fen"]),
    )
    return told[list(_EFFECTS)]


def robustness_table(found: Robustness, villages: pd.DataFrame) -> pd.DataFrame:
    """One row per village with homes to convert: how sure its computed route is.

    Args:
        found: What was worked out.
        villages: The villages with their names.

    Returns:
        computed_routes (of its parts, joined by "+"), certainty, how_sure, draws, same_share (of
        them, with the same route), other_routes with their shares, hangs_on (keys of numbers).
    """
    rows = found.villages.to_dict("records")
    said = [sure_sentence(row, found.draws) for row in rows]
    names = villages.set_index("village_code")[["township", "village"]]
    told = found.villages.rename(columns={"computed": "computed_routes"}).assign(
        certainty=[SURE if row["certain"] else HANGS for row in rows],
        how_sure=[one.zh for one in said],
        how_sure_en=[one.en for one in said],
    )
    return told.join(names, on="village_code")[list(_VILLAGES)]


def sensitivity_book(
    found: Robustness, policy: Policy, villages: pd.DataFrame
) -> tuple[WorkbookSheet, ...]:
    """The sheets of sensitivity.xlsx: one number at a time, and every village."""
    notes = i18n.messages("report")["notes"]
    wide = ("effect", "effect_en", "how_sure", "how_sure_en", "hangs_on")
    effects, sure = effect_table(found, policy), robustness_table(found, villages)
    return (
        sheet(
            "sensitivity", with_unit_words(effects), wide=wide, lines=(notes["sensitivity"]["zh"],)
        ),
        sheet("robustness", sure, wide=wide),
    )
