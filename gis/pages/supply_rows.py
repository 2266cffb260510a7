"""Rows of an edition about supply: proposed mains, transformers, the winter's energy and its cost.

Plain values in WGS84, as in `gis.pages.model`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from gis.i18n import Words


class MainLine(TypedDict):
    """A run of new main between junctions, or of one that is upsized.

    kw           load that its start is sized for
    mwh_per_m_a  heat delivered downstream, per metre of new pipe downstream
    thin         mwh_per_m_a is less than the policy requires
    capital_cny  as the solver counts, by a line through the prices of all diameters
    list_cny     by the price of its diameter
    None         not for this edition; dn_mm, list_cny also: no diameter with a price carries kw
    """

    branch_id: str
    dn_mm: int | None
    length_m: float
    kw: float | None
    loss_kw: float | None
    heat_mwh_a: float | None
    mwh_per_m_a: float | None
    thin: bool
    upsized: bool
    capital_cny: float | None
    list_cny: float | None
    villages: Sequence[str]
    streets: str


class Joined(TypedDict):
    """A village that the mains would connect; costs are per household and year.

    individual  its best individual route, "" for none
    runs_on     date of connection, ISO
    in_time     connected by the deadline, so that it is this year's route
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


class ExtensionView(TypedDict):
    """The proposed extension of the heating network.

    gap     distance of the proven bound below the cost, as a share of the cost
    status  optimal, limited or heuristic
    None    not for this edition
    """

    mains: Sequence[MainLine]
    villages: Sequence[Joined]
    built_m: float
    invest_cny: float | None
    loss_kw: float | None
    gap: float
    status: str


class LoadView(TypedDict):
    """A transformer, see `gis.decide.transformer_table`; load_share of capacity with all homes."""

    transformer_id: str
    village_code: str | None
    village: str | None
    township: str | None
    feeder_id: str | None
    basis: str
    open_document: str | None
    peak_on: str
    capacity_kva: float | None
    base_kva: float | None
    year_total_kva: float | None
    total_kva: float | None
    vacant_kva: float
    load_share: float | None
    fed_homes: int
    simultaneity: float
    usable_kva: float | None
    limit_kva: float | None
    since_homes: int
    year_homes: int
    later_homes: int
    vacant_homes: int
    inferred_homes: int
    state: str
    year_state: str
    total_state: str
    works: str
    works_kva: float | None
    works_cny: float | None
    works_on: str
    lon: float | None
    lat: float | None


class SupplyView(TypedDict):
    """A quantity of the winter's supply and a horizon, see `gis.decide.winter_supply`."""

    quantity: str
    horizon: str
    homes: int
    needed: float | None
    not_counted: int
    secured: float | None
    missing: float | None
    reason: str


class SourceView(TypedDict):
    """The sources of a piece of network and a horizon, see `gis.decide.heat_by_source`.

    source_piece  "": homes of which nobody knows the source
    source_ids    the names of the sources, "" where none feeds the piece
    """

    source_piece: str
    source_ids: str
    horizon: str
    homes: int
    came: int
    needed_mw: float
    available_mw: float | None
    missing_mw: float | None


class WaitingView(TypedDict):
    """A village, or part, that waits for works, see `gis.decide.waiting_villages`.

    route      the approach in force; electric_waiting where it is electric
    works_cny  None: not known
    ready_on   ISO, "" while nobody knows
    """

    village_code: str
    village: str
    township: str
    part: str
    route: str
    pending: int
    works: Words
    works_cny: float | None
    ready_on: str
    near_term: str
    interim: str


class BillView(TypedDict):
    """Emissions [t/a] and a home's bill [yuan a season] before and after; approach None: all."""

    approach: str | None
    pending: int
    coal_homes: int | None
    not_counted_homes: int | None
    coal_before_t_a: float | None
    co2_before_t_a: float | None
    co2_after_t_a: float | None
    pm25_before_t_a: float | None
    pm25_after_t_a: float | None
    so2_before_t_a: float | None
    so2_after_t_a: float | None
    bill_before_per_home_cny_a: float | None
    bill_after_per_home_cny_a: float | None
