"""The rows of the page of proposed mains, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from gis.pages.rows import Words


class Main(TypedDict):
    """A run of new main between junctions, or of one that is upsized.

    kw is what its start is sized for, mwh_per_m_a the heat delivered behind it per metre of new
    pipe there; thin: less than the policy asks for. None: not for this edition.
    """

    branch_id: str
    dn_mm: int
    length_m: float
    kw: float | None
    loss_kw: float | None
    heat_mwh_a: float | None
    mwh_per_m_a: float | None
    thin: bool
    upsized: bool
    capital_cny: float | None
    villages: Sequence[str]
    streets: str


class Joined(TypedDict):
    """A village that the mains would connect; costs are per household and year.

    individual is its best route of its own, "" for none; runs_on an ISO date; in_time: by the
    deadline, so that it is this year's route.
    """

    code: str
    homes: int | None
    new_m: float
    own_pipe_m: float | None
    cost_cny_a: float | None
    network_cny_a: float | None
    individual: str
    individual_cny_a: float | None
    runs_on: str
    in_time: bool
    way: Words


class Growth(TypedDict):
    """Where the heating network should grow to.

    gap      how far the proven bound lies below the cost, as a share of it
    status   optimal, limited or heuristic
    None: not for this edition
    """

    mains: Sequence[Main]
    villages: Sequence[Joined]
    built_m: float
    invest_cny: float | None
    loss_kw: float | None
    gap: float
    status: str
