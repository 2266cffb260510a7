"""Claims for one thing by several homes: a meter, a person, a device or an account.

Where a ledger is judged part by part, the marks of what several parts claim come from all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from gis.audit.evidence import Mask

    Marks = NDArray[np.uint64]


def claim_keys(use: str, named: pd.Series, *within: pd.Series) -> pd.DataFrame:
    """What each row claims: `named`, for `use`, and where it may claim again.

    Args:
        use: What is claimed, such as running.meter_no.
        named: The meter, person, device or account; blank: none is written.
        within: Further columns in which two claims must agree to be the same.
    """
    parts = {
        f"within{number}": own.astype(object).where(own.notna(), "").to_numpy()
        for number, own in enumerate(within)
    }
    return pd.DataFrame({"named": named.to_numpy(dtype=object), **parts}).assign(use=use)


def repeated(keys: pd.DataFrame, elsewhere: Marks | None) -> Mask:
    """Rows whose claim stands in another row too, or in another part.

    Args:
        keys: `claim_keys`.
        elsewhere: The marks that several parts have; None: there are no parts.
    """
    known = keys["named"].notna().to_numpy(dtype=bool)
    again = known & keys.duplicated(keep=False).to_numpy(dtype=bool)
    if elsewhere is not None and known.any():
        again[known] |= np.isin(_marks(keys[known]), elsewhere)
    return again


def marks_of(claims: Iterable[pd.DataFrame]) -> Marks:
    """The marks of all claims of a part, each once, of 64 bits: two claims hardly ever have one."""
    own = [_marks(keys[keys["named"].notna()]) for keys in claims]
    return np.unique(np.concatenate([np.zeros(0, np.uint64), *own]))


def of_several(parts: Iterable[Marks]) -> Marks:
    """The marks that more than one part has, ascending; each part has a mark once."""
    every = np.sort(np.concatenate([np.zeros(0, np.uint64), *parts]))
    return np.unique(every[1:][every[1:] == every[:-1]])


def _marks(keys: pd.DataFrame) -> Marks:
    text = [keys[name].map(str) for name in sorted(keys.columns)]
    joined = pd.Series("", index=keys.index, dtype=object)
    for own in text:
        joined = joined + own.astype(object) + "\x1f"
    return pd.util.hash_array(joined.to_numpy(dtype=object), categorize=False).astype(np.uint64)
