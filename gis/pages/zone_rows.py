"""Rows of an edition on coal-ban zones, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

from gis.i18n import Words

if TYPE_CHECKING:
    pass


class ZoneView(TypedDict):
    """A coal-ban zone; verdict is cleared, not_cleared or unconfirmed.

    share_certain and share_possible bound the cleared share, 0 to 1; None if counts are withheld.
    expires_on is "" if the notice names no end.
    """

    zone_id: str
    zone: str
    verdict: str
    inside: int | None
    cleared: int | None
    not_cleared: int | None
    unknown: int | None
    undecidable: int | None
    share_certain: float | None
    share_possible: float | None
    coal_findings: int | None
    open_complaints: int | None
    document_no: str
    effective_on: str
    expires_on: str
    reasons: Sequence[Words]


class ZoneVillage(TypedDict):
    """One village of a coal-ban zone, its verdict (已销号: cleared) and its homes inside.

    `code` is "" for homes of no village.
    """

    zone_id: str
    code: str
    verdict: str
    inside: int
    cleared: int
    not_cleared: int
    unknown: int


class Doors(TypedDict):
    """The homes that keep zones open, column by column, sorted by village and walking order.

    zones   keys: the zones of a home, joined by a space; zone: index into them
    whys    keys of [why], checks: keys of [door] of audit.toml joined by ","; why, check: indices
    code    village codes; stop: position on the walk through the village, 1 first
    inside  False: whether the home is inside is undecided
    """

    zones: Sequence[str]
    whys: Sequence[str]
    checks: Sequence[str]
    zone: Sequence[int]
    why: Sequence[int]
    check: Sequence[int]
    code: Sequence[str]
    stop: Sequence[int]
    id: Sequence[str]
    inside: Sequence[bool]
    clearance: Sequence[str]
