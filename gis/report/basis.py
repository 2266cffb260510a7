"""What a report rests on: where each layer comes from, what nobody verified, what is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from gis import i18n
from gis.errors import Text

if TYPE_CHECKING:
    from gis.layers.sources import Origin
    from gis.policy import Policy

# layer → what goes unanswered without it; the words are those of [unanswered] in report.toml
_OPTIONAL = (
    "heat_pipes", "heat_sources", "gas_coverage", "transformers", "built_up_area", "roads",
    "rulings", "inspections", "premises", "complaints",
)  # fmt: skip
_ORIGIN = ("layer", "path", "rows_read", "source", "licence", "steward", "layer_as_of")
_QUANTITY = ("key", "in_use", "unit", "source", "valid_from", "shipped")


def origin_table(origins: Iterable[Origin]) -> pd.DataFrame:
    """One row a file of a layer, in the order of project.toml."""
    rows = [
        (one.layer, one.path, one.rows, one.source, one.licence, one.steward, one.as_of)
        for one in origins
    ]
    table = pd.DataFrame(rows, columns=list(_ORIGIN))
    return table.assign(layer_as_of=pd.to_datetime(table["layer_as_of"]))


def unverified_table(policy: Policy, as_of: date) -> pd.DataFrame:
    """The quantities in use that no source backs on that day, in order of their key.

    A quantity may be verified and not yet in force: it is used, since the policy has no other, and
    it is listed.

    key · in_use · unit · source (what is said of it) · valid_from (NaT where nothing is said) ·
    shipped (the policy leaves it to the default)
    """
    rows = [
        (key, _said(policy.quantity(key)), one.unit, one.source, one.valid_from, one.default)
        for key, one in sorted(policy.provenance.items())
        if not one.verified or (one.valid_from is not None and one.valid_from > as_of)
    ]
    table = pd.DataFrame(rows, columns=list(_QUANTITY))
    return table.assign(valid_from=pd.to_datetime(table["valid_from"]))


def unanswered(available: Collection[str]) -> list[Text]:
    """What could not be answered for lack of a layer."""
    said = i18n.load("report")["unanswered"]
    return [i18n.sentence(said, name) for name in _OPTIONAL if name not in available]


def unanswered_table(available: Collection[str]) -> pd.DataFrame:
    """The same as a table of one column."""
    return pd.DataFrame({"unanswered": [text.zh for text in unanswered(available)]}, dtype="str")


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
