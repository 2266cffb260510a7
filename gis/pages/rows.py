"""The rows of an edition: a village, a township, a target, a zone, a gap, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict


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


class Part(TypedDict):
    """A lawful part of a split village; `part` is served or unserved."""

    part: str
    approach: str
    households: int | None
    reason: Words


class Tried(TypedDict):
    """One route that was tried for a village, in the policy's order; cost per household."""

    route: str
    eligible: bool
    clause: str
    reason: Words
    cost_cny_a: float | None


class Village(TypedDict):
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
    parts: Sequence[Part]
    tried: Sequence[Tried]


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


class Zone(TypedDict):
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


class Gap(TypedDict):
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
