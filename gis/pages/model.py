"""What one edition shows: the only thing the pages know, as plain values in WGS84.

Whoever fills it has already decided what may be seen: a page shows all it is given. A value that
must not be shown is None, and shows as "—". Every text is plain text, never HTML.

    kind           "public" or "planner"
    name           the project's name, "hejin-2024"
    title          "河津市2024年冬季清洁取暖"
    as_of          ISO date of every figure
    deadline       ISO date by which this year's conversions are due
    document       the plan's number, "河政办发〔2024〕8号"
    demonstration  synthetic data: every page says so in a band
    review_no      审图号, "" for none
    maps           False: tables only, and `why_no_maps` says why
    expires_on     ISO date after which it no longer holds, "": until the next edition
    address        where it can be read on the web, ending in "/"; "" for nowhere
    count_note     how published counts were rounded or merged; empty words where they are exact
    credits        one row a layer: where it comes from
    villages       one row a village, in order of village_code
    townships      one row a township, in order of township_code
    months         "2024-04" ... up to as_of, the steps of the progress slider
    targets        one row a unit and mode that has a target or a completion; 合计 is not a unit
    zones, gaps    as judged by the audit; gaps in order of rank
    summary        the numbers of summary.json (planner; {} in the public edition)
    unanswered     what could not be answered for lack of a layer
    unverified     quantities in use that nobody has verified
    geometry       GeoJSON FeatureCollections in lon/lat. Names and properties in use:
                   outline {}, townships {code, name}, villages {code}, zones {zone_id},
                   built_up {}, rivers {name}, roads {name}, gas {status, secured},
                   pipes {status}, sources {name}, mains {branch_id}; status is in_service or planned
    points         planner only: every household that has a place
    route_homes    households by the route that is shown, split villages by part where that is told;
                   None: not told
    gap_homes      households of all the gaps; None: there are none to tell
    count_step     to what counts are rounded, 0: they are exact
    growth         the proposed mains, for the page that shows them
    comparison     two scenarios, for the page that compares them

The rows of an edition: a village, a township, a target, a zone, a gap, as plain values.

The rows of the page of proposed mains, as plain values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray


class MainLine(TypedDict):
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


class ExtensionView(TypedDict):
    """Where the heating network should grow to.

    gap      how far the proven bound lies below the cost, as a share of it
    status   optimal, limited or heuristic
    None: not for this edition
    """

    mains: Sequence[MainLine]
    villages: Sequence[Joined]
    built_m: float
    invest_cny: float | None
    loss_kw: float | None
    gap: float
    status: str


class Words(TypedDict):
    """The same words in Chinese and in English."""

    zh: str
    en: str


class Credit(TypedDict):
    """Where a layer comes from; `as_of` is an ISO date or ""."""

    layer: str
    name: Words
    source: str
    licence: str
    as_of: str
    steward: str


class PartView(TypedDict):
    """A lawful part of a split village; `part` is served or unserved."""

    part: str
    approach: str
    households: int | None
    reason: Words


class TriedRoute(TypedDict):
    """One route that was tried for a village, in the policy's order; cost per household."""

    route: str
    eligible: bool
    clause: str
    reason: Words
    cost_cny_a: float | None


class VillageView(TypedDict):
    """One village: its route and why, its counts, and what the card says of it.

    initials, pinyin of the name: "fc" and "Fancun" of 樊村; "" where not known
    approach         central electric gas biomass done undecided; unpublished: no ruling to show.
                     Of a split village, that of its larger part
    status           proposed township_confirmed approved published, "" for none
    computed         route the facts give for good, "" where it is not for this edition
    dissent          the ruling and the computed route differ (False where not for this edition)
    device           key of the device, "" for none
    batch            households of this year's programme; None is also "not in this year's task"
    completed, late  this plan year, by acceptance; stock: earlier years
    batch_done       of the batch, those completed: who is on no list is no part of its share
    cost_cny_a       annual cost of the route, per household, and so runner_up_cost_cny_a;
                     of it own_cny_a is paid by the household and subsidy_cny_a by subsidy,
                     both None while the tender for the equipment is pending
    bill_cny_a       a household's energy bill a year, before bill_subsidy_cny_a is taken off
    runner_up        route that would come next, "" for none
    flip             smallest change that changes the computed route, empty words for none
    pipe_m           metres to the nearest main, None where there is none or it is not known
    months           completed up to the end of each of the edition's months, cumulative
    batch_months     batch_done up to the end of each of them
    gap              kind of the coverage gap, "" for none
    parts            empty unless the village is split
    tried            routes tried, [] where not for this edition
    merged           counts are None since they are counted with a neighbour's, or withheld
    counted_with     the other villages that are counted together with this one
    """

    code: str
    name: str
    township_code: str
    township: str
    initials: str
    pinyin: str
    approach: str
    status: str
    computed: str
    dissent: bool
    clause: str
    reason: Words
    document_no: str
    device: str
    households: int | None
    pending: int | None
    batch: int | None
    batch_done: int | None
    completed: int | None
    late: int | None
    stock: int | None
    merged: bool
    counted_with: Sequence[str]
    cost_cny_a: float | None
    own_cny_a: float | None
    subsidy_cny_a: float | None
    bill_cny_a: float | None
    bill_subsidy_cny_a: float | None
    runner_up: str
    runner_up_cost_cny_a: float | None
    flip: Words
    pipe_m: float | None
    contact: Words
    zone_id: str
    months: Sequence[int | None]
    batch_months: Sequence[int | None]
    gap: str
    parts: Sequence[PartView]
    tried: Sequence[TriedRoute]


class Township(TypedDict):
    """One township and how many villages it has."""

    code: str
    name: str
    initials: str
    pinyin: str
    villages: int


class Target(TypedDict):
    """One unit and mode of the target table; None is "none set", which is not 0.

    mode         electric, gas or central
    rate_needed  households a week needed from as_of to the deadline
    forecast_*   households accepted by the deadline, as an interval; None: too little to say
    note         what has to be said of the forecast, empty words for nothing
    months       completed up to the end of each of the edition's months, cumulative
    decided, late, stock   None in the public edition, where no page shows them
    """

    unit_code: str
    unit: str
    mode: str
    target: int | None
    decided: int | None
    batch: int | None
    completed: int | None
    late: int | None
    stock: int | None
    remaining: int | None
    rate_needed: float | None
    forecast_low: int | None
    forecast_high: int | None
    note: Words
    months: Sequence[int | None]


class ZoneView(TypedDict):
    """A coal-ban zone; verdict is cleared, not_cleared or unconfirmed.

    share_certain and share_possible bound the cleared share, 0 to 1; None where blurred.
    expires_on is "" where the notice names no end.
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


class GapView(TypedDict):
    """A coverage gap and the cheapest asset that closes it; asset_unit as written, "m", "kVA".

    kind and asset are keys of pages.toml ([gap_kind], [asset]).
    """

    gap_id: str
    rank: int
    kind: str
    village_code: str
    village: str
    township: str
    in_zone: bool
    households: int | None
    asset: str
    asset_amount: float | None
    asset_unit: str
    cost_cny: float | None
    cost_per_household_cny: float | None
    reason: Words
    clause: str
    lon: float
    lat: float


class Unverified(TypedDict):
    """A quantity in use that no source backs; `key` is the policy's dotted key."""

    key: str
    value: str
    unit: str


class Change(TypedDict):
    """A village under both scenarios; costs are per household and year."""

    code: str
    a: str
    b: str
    cost_a_cny: float | None
    cost_b_cny: float | None
    why: Words


@dataclass(frozen=True, eq=False)
class Points:
    """Every household that has a place, one element a household, n of them.

    lon, lat    float64 (n,), WGS84 degrees
    village     int (n,), index into the edition's villages, -1 for none
    categories  name of a field ("approach", "heating", "clearance", "served",
                "zone_position") → (keys, codes): codes int (n,) index into keys
    ids         household ids, n of them, or () to leave them out
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    village: NDArray[np.integer[Any]]
    categories: Mapping[str, tuple[Sequence[str], NDArray[np.integer[Any]]]]
    ids: Sequence[str] = ()


@dataclass(frozen=True)
class Comparison:
    """Two scenarios: their names, and every village whose route or cost differs.

    homes: households by route under b, those of a split village where their part belongs.
    """

    a: Words
    b: Words
    changes: Sequence[Change]
    homes: Mapping[str, int]


@dataclass(frozen=True)
class Edition:
    """One edition, ready to be drawn; the module's docstring says what each field holds."""

    kind: str
    name: str
    title: Words
    as_of: str
    deadline: str
    document: str
    demonstration: bool
    review_no: str
    maps: bool
    why_no_maps: Words
    credits: Sequence[Credit]
    villages: Sequence[VillageView]
    townships: Sequence[Township]
    months: Sequence[str]
    targets: Sequence[Target]
    zones: Sequence[ZoneView]
    gaps: Sequence[GapView]
    geometry: Mapping[str, Mapping[str, Any]]
    summary: Mapping[str, Any] = field(default_factory=dict)
    unanswered: Sequence[Words] = ()
    unverified: Sequence[Unverified] = ()
    count_note: Words = field(default_factory=lambda: Words(zh="", en=""))
    expires_on: str = ""
    address: str = ""
    route_homes: Mapping[str, int | None] = field(default_factory=dict)
    gap_homes: int | None = None
    count_step: int = 0
    points: Points | None = None
    growth: ExtensionView | None = None
    comparison: Comparison | None = None
