"""Which acceptance counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gis.audit.evidence import says

if TYPE_CHECKING:
    import pandas as pd

    from gis.audit.three_valued import Mask


def passed(ledger: pd.DataFrame) -> Mask:
    """Homes whose conversion passed an acceptance that the programme recognises.

    # ASSUME: a village's check of its own work is no acceptance; the township's, a third party's
    # and one whose author the ledger leaves blank are.
    """
    return says(ledger, "acceptance_result", "pass") & ~says(ledger, "acceptance_by", "village")
