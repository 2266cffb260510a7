"""The facts of place with names in place of positions, as columns of the households."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from gis.facts import coverage
from gis.facts.village_assignment import STATUS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.facts.spatial_context import Ground, Standing
    from gis.facts.village_assignment import Place


def pick(names: NDArray, index: NDArray) -> NDArray:
    """The name at each position, None at -1."""
    return np.concatenate([names, np.array([None], dtype=object)])[index]


def text(names: NDArray, index: NDArray) -> pd.Series:
    """The name at each position as text, missing at -1."""
    different = pa.array([*names.tolist(), None], pa.large_string())
    taken = different.take(pa.array(np.where(index < 0, len(names), index)))
    return pd.Series(pd.array(taken, dtype="str"))


def places(ledger: pd.DataFrame, place: Place, codes: NDArray) -> pd.DataFrame:
    """The ledger with the columns of placing.

    status (placed | outside | rejected), reject_reason, ledger_village_code, village_code (who
    answers), located_village_code, nearest_village_code, nearest_village_m [m] (both only for a
    point that stands in no village). codes: the villages', sorted.
    """
    reason = ledger["reject_reason"].mask(pd.Series(place.no_place), "no_place")
    columns = {
        "status": STATUS[place.status],
        "reject_reason": reason,
        "ledger_village_code": ledger["village_code"],
        "village_code": text(codes, place.village),
        "located_village_code": text(codes, place.located),
        "nearest_village_code": text(codes, place.nearest),
        "nearest_village_m": place.nearest_m,
    }
    return ledger.drop(columns=["village_code", "reject_reason"]).assign(**columns)


def reaches(standing: Standing, ground: Ground) -> dict[str, Any]:
    """What reaches each household, one column each."""
    areas = np.array([area.name for area in ground.named] + [""], dtype=object)
    ids = np.zeros(0, dtype=object) if ground.transformers is None else ground.transformers.ids
    return {
        "pipe_m": standing.pipe_m,
        "served": coverage.SERVED[standing.served],
        "gas_served": coverage.SERVED[standing.gas_served],
        "gas_secured": standing.gas_secured,
        "in_built_up": standing.built_up,
        "named_area": areas[standing.named],
        "transformer_id": text(ids, standing.transformer),
        "transformer_m": standing.transformer_m,
    }
