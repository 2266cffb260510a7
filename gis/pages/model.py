"""The data of one edition, as plain values in WGS84: the only input of the pages.

What may be published is decided before: a page shows everything in it. A value that must not be
shown is None, and is displayed as "—". Every text is plain text, never HTML.

    kind           "public" or "planner"
    name           the project's name, "hejin-2024"
    title          "河津市2024年冬季清洁取暖"
    as_of          ISO date of every figure
    deadline       ISO date by which this year's conversions are due
    document       the plan's number, "河政办发〔2024〕8号"
    demonstration  synthetic data: every page says so in a band
    review_no      审图号, "" for none
    maps           False: tables only, and `why_no_maps` says why
    issuer         [publisher] of project.toml; None: none is named
    notice_notes   village_code → what is said of its published notice, the earliest first
    published_on   ISO date on which it is published, "": not stated
    expires_on     ISO date until which it is valid, "": until the next edition
    address        its web address, ending in "/"; "" for none
    missing        which townships and villages are in no total, for want of a ledger; empty if none
    count_note     how published counts were rounded or merged; empty if they are exact
    credits        one row for each layer: its source
    villages       one row for each village, in order of village_code
    townships      one row for each township, in order of township_code
    months         "2024-04" ... up to as_of, the steps of the progress slider
    targets        one row for each unit and mode with a target or completions; 合计 is not a unit
    zones, gaps    as judged by the audit; gaps in order of rank
    summary        the numbers of summary.json (planner; {} in the public edition)
    unanswered     planner only: questions that could not be answered because a layer is missing
    unverified     planner only: quantities in use that are not verified
    rests_on       planner only: what they change, in one sentence
    duties         planner only: who does a kind of work by when, by key of [work] of audit.toml
    geometry       GeoJSON FeatureCollections in lon/lat. Names and properties in use:
                   outline {}, townships {code, name}, villages {code}, zones {zone_id},
                   built_up {}, rivers {name}, roads {name}, gas {status, secured},
                   pipes {status}, sources {name}, mains {branch_id}, loads {id, state}; status is
                   in_service or planned
    points         planner only: every household with a location
    route_homes    households by the route that is shown, split villages by part where that is told;
                   None: not told
    gap_homes      households of all gaps; None: no gaps, or not published
    zone_villages  planner only: the verdict and the homes inside of each village of a zone
    doors          planner only: the homes that keep zones open
    count_step     the step that counts are rounded to, 0: they are exact
    growth         the proposed mains, for the extension page
    loads, supply, bills    planner only: transformers, the winter's supply, emissions and bills
    waiting        planner only: the villages that wait for works
    picture        the office's own picture below the maps; None: there is none
    streets        names of streets, filled in when the edition is rendered
    comparison     planner only: the plan beside scenarios, for the comparison page

The classes below are the rows of an edition, also as plain values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict

from gis.i18n import Words
from gis.pages.scenario_rows import Comparison
from gis.pages.supply_rows import (
    BillView,
    ExtensionView,
    LoadView,
    SourceView,
    SupplyView,
    WaitingView,
)
from gis.pages.zone_rows import Doors, ZoneView, ZoneVillage

if TYPE_CHECKING:
    from gis.pages.point_encoding import Points


class Issuer(TypedDict):
    """Who publishes: name, phone ("" for none), days in which objections are heard."""

    name: Words
    phone: str
    days: int


class Duty(TypedDict):
    """The unit that the policy names for a kind of work, "" for none, and its ISO day."""

    unit: str
    due_on: str


class NoticeNote(TypedDict):
    """What the office says of a published notice: action (withdrawn, corrected), its ISO date."""

    action: str
    on: str
    document_no: str
    reason: str


class Credit(TypedDict):
    """The source of a layer; `as_of` is an ISO date or ""."""

    layer: str
    name: Words
    source: str
    licence: str
    as_of: str
    steward: str


class PictureView(TypedDict):
    """A picture below the maps: `data` WebP in base64, `bounds` west, south, east, north [degrees].

    metres_per_pixel as embedded, of_file_m as the file has it; taken_on is an ISO date or ""
    """

    data: str
    bounds: Sequence[float]
    metres_per_pixel: float
    of_file_m: float
    taken_on: str
    source: str
    synthetic: bool


class StreetLabel(TypedDict):
    """The name of a street or the height of a contour [m] and where it may stand; its layer."""

    layer: str
    name: str
    lon: float
    lat: float


class PartView(TypedDict):
    """A part of a split village; `part` is served or unserved."""

    part: str
    approach: str
    households: int | None
    reason: Words


class TriedRoute(TypedDict):
    """One route tried for a village, in the policy's order; cost per household."""

    route: str
    eligible: bool
    clause: str
    reason: Words
    cost_cny_a: float | None


class HeatingView(TypedDict):
    """Homes of a village that is done by what they heat with; None: not told.

    secure  of them with secured gas, or reached by heat mains in service
    """

    kind: str
    homes: int | None
    secure: int | None


class VillageView(TypedDict):
    """One village: its route with reasons, its counts, and the other contents of its card.

    initials, pinyin of the name: "fc" and "Fancun" of 樊村; "" if unknown
    old_names        former and other names, as the layer writes them; "" for none
    approach         central electric gas biomass done undecided no_data; unpublished: no ruling to
                     show. For a split village, that of its larger part
    status           proposed township_confirmed approved published, "" for none
    computed         the computed final route, "" if not for this edition
    dissent          the ruling differs from the computed route (False if not for this edition)
    device           key of the device, "" for none
    batch            households of this year's programme; None also means "not in this year's task"
    completed, late  this plan year, by acceptance; stock: earlier years; None: nobody can tell
    reported         converted this year by the ledger, without an acceptance
    batch_draft      the township has no list of households: the batch is a draft
    batch_done       completed households of the batch; households on no list do not count
    cost_cny_a       annual cost of the route, per household, as is runner_up_cost_cny_a;
                     own_cny_a of it is paid by the household and subsidy_cny_a by subsidy,
                     both None while the tender for the equipment is pending
    bill_cny_a       a household's annual energy bill, before bill_subsidy_cny_a is deducted
    runner_up        the next best route, "" for none
    certainty        sure, hangs or not_run, "" where nothing is decided or if not for this edition
    works_dear       its grid works cost more than an unverified ceiling
    flip             smallest change that changes the computed route, empty for none
    heating_homes    of a village that is done, the most frequent first; the public is told that
                     alone
    pipe_m           distance to the nearest main [m], None if there is none or it is unknown
    months           completed up to the end of each of the edition's months, cumulative
    batch_months     batch_done up to the end of each of them
    gap              kind of the coverage gap, "" for none
    parts            empty unless the village is split
    tried            routes tried, [] if not for this edition
    merged           counts are None because they are merged with a neighbour's, or withheld
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
    batch_draft: bool
    batch_done: int | None
    completed: int | None
    late: int | None
    stock: int | None
    reported: int | None
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
    certainty: str
    works_dear: bool
    heating_homes: Sequence[HeatingView]
    pipe_m: float | None
    old_names: str
    contact: Words
    zone_id: str
    months: Sequence[int | None]
    batch_months: Sequence[int | None]
    gap: str
    parts: Sequence[PartView]
    tried: Sequence[TriedRoute]


class Township(TypedDict):
    """One township and its number of villages."""

    code: str
    name: str
    initials: str
    pinyin: str
    villages: int


class Target(TypedDict):
    """One unit and mode of the target table; None means "none set", which is not 0.

    mode         electric, gas or central
    rate_needed  households needed per week from as_of to the deadline
    forecast_*   households accepted by the deadline, as an interval; None: too little data
    note         a remark on the forecast, empty for none
    months       completed up to the end of each of the edition's months, cumulative
    reported     converted this year by the ledger, without an acceptance
    decided, late, stock, reported   None in the public edition, where no page shows them
    """

    unit_code: str
    unit: str
    mode: str
    target: int | None
    decided: int | None
    batch: int | None
    batch_draft: bool
    completed: int | None
    late: int | None
    stock: int | None
    reported: int | None
    remaining: int | None
    rate_needed: float | None
    forecast_low: int | None
    forecast_high: int | None
    note: Words
    months: Sequence[int | None]


class GapView(TypedDict):
    """A coverage gap and the cheapest asset that closes it; asset_unit is written as "m" or "kVA".

    kind, asset and other_asset are keys of terms.toml ([gap_kind], [asset]); other_asset is the
    next best that closes it; unit is responsible for it, "" for none.
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
    other_asset: str
    other_cost_cny: float | None
    unit: str
    reason: Words
    clause: str
    lon: float
    lat: float


class Unverified(TypedDict):
    """A quantity in use that is not verified; value and range with their unit, range "" for none.

    effects   what it changes at its ends, a sentence each; empty: nothing, or not worked out
    """

    name: Words
    value: Words
    range: Words
    effects: Sequence[Words]


@dataclass(frozen=True)
class Edition:
    """One edition, ready to be rendered; the module's docstring describes each field."""

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
    rests_on: Words = field(default_factory=lambda: Words(zh="", en=""))
    duties: Mapping[str, Duty] = field(default_factory=dict)
    count_note: Words = field(default_factory=lambda: Words(zh="", en=""))
    missing: Words = field(default_factory=lambda: Words(zh="", en=""))
    issuer: Issuer | None = None
    notice_notes: Mapping[str, Sequence[NoticeNote]] = field(default_factory=dict)
    published_on: str = ""
    expires_on: str = ""
    address: str = ""
    route_homes: Mapping[str, int | None] = field(default_factory=dict)
    gap_homes: int | None = None
    count_step: int = 0
    points: Points | None = None
    zone_villages: Sequence[ZoneVillage] = ()
    doors: Doors | None = None
    growth: ExtensionView | None = None
    loads: Sequence[LoadView] = ()
    supply: Sequence[SupplyView] = ()
    heat_sources: Sequence[SourceView] = ()
    bills: Sequence[BillView] = ()
    waiting: Sequence[WaitingView] = ()
    comparison: Comparison | None = None
    picture: PictureView | None = None
    streets: Sequence[StreetLabel] = ()
