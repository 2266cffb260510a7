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
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.pages.mains import Growth
from gis.pages.rows import Change, Credit, Gap, Target, Township, Unverified, Village, Words, Zone


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
    villages: Sequence[Village]
    townships: Sequence[Township]
    months: Sequence[str]
    targets: Sequence[Target]
    zones: Sequence[Zone]
    gaps: Sequence[Gap]
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
    growth: Growth | None = None
    comparison: Comparison | None = None
