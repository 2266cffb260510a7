"""The pages of an edition: their bodies, maps, and the part of the edition that each contains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import quote

import numpy as np

from gis import i18n
from gis.output_columns import of_village
from gis.pages.drawn_layers import DRAWN, NEAR, entry_names
from gis.pages.model import Edition, VillageView
from gis.pages.point_encoding import Points, encode_points
from gis.pages.qr_code import QrCode, make_qr_code

NEAR_MAP, NETWORK = entry_names("ground"), entry_names("network")
BASE_MAP = tuple(name for name in NEAR_MAP if name not in NEAR)
_POSITION = "zone_position"
_LONGEST = 150  # characters per line of a QR code: 4 lines of Hanzi are 1,800 of 2,331 bytes


@dataclass(frozen=True)
class MapView:
    """One map of a page.

    layers  names of layers, as in maps/looks/layers.js, from bottom to top
    theme   what colours the villages: approach, share, a, b or plain
    """

    layers: Sequence[str]
    theme: str


@dataclass(frozen=True)
class Page:
    """One page.

    name     its file is `name`.html; pages.toml has its texts under [nav] and [heading]
    body     the template of its body, a file of maps/looks
    views    its maps, in order
    legend   groups of the legend, in order
    drawn    layers that it draws without a map, named as in the edition's geometry
    table    {"source", "columns", "lead", "sort"}: rows, columns (declared ones of a village by
             their key, others as in maps/looks/table.js), index of the column that names the row,
             and initial sorting ("-batch": descending); None for no table
    without  fields of a village that the page does not use
    extra    data that only this page needs
    points   household points from `point_encoding.encode_points`, {} for none
    """

    name: str
    body: str
    views: Sequence[MapView]
    legend: Sequence[str]
    drawn: Sequence[str] = ()
    table: Mapping[str, Any] | None = None
    without: frozenset[str] = frozenset()
    extra: Mapping[str, Any] = field(default_factory=dict)
    points: Mapping[str, Any] = field(default_factory=dict)


def _table(source: str, columns: list[str], lead: int = 0, sort: str = "") -> dict[str, Any]:
    return {"source": source, "columns": columns, "lead": lead, "sort": sort}


def _beside(edition: Edition) -> list[str]:
    """The declared columns of the table beside the map of routes."""
    return [one.key for one in of_village("beside") if one.is_told(edition.kind)]


def approach_page(edition: Edition) -> Page:
    """The page of routes; in the planner edition with every household."""
    return Page(
        name="approach",
        body="work.html",
        views=[MapView(("villages", *NEAR_MAP, *NETWORK, "points"), "approach")],
        legend=["routes", "network", "ground", "households"],
        table=_table("villages", _beside(edition), sort="-households"),
        without=frozenset({"months", "batch_months"}),
        points={} if edition.points is None else encode_points(edition.points),
    )


def clearance_page(edition: Edition) -> Page:
    """The page of coal-ban zones; in the planner edition with every household's clearance."""
    return Page(
        name="clearance",
        body="clearance.html",
        views=[MapView(("villages", *NEAR_MAP, "verdicts", "points"), "plain")],
        legend=["verdicts", "households", "ground"],
        table=_table("zones", ["zone", "verdict", "inside", "not_cleared", "unknown"]),
        without=frozenset({"months", "batch_months", "tried"}),
        extra={
            "colour": "clearance",
            **({} if edition.doors is None else _doors(edition)),
        },
        points={} if edition.points is None else encode_points(_in_zones(edition.points)),
    )


def _doors(edition: Edition) -> dict[str, Any]:
    audit = i18n.messages("audit")
    return {
        "doors": edition.doors,
        "zone_villages": edition.zone_villages,
        "why": audit["why"],
        "door": audit["door"],
    }


def _in_zones(points: Points) -> Points:
    """The households inside a zone, or perhaps inside; all if nobody says where they are."""
    if _POSITION not in points.categories:
        return points
    keys, codes = points.categories[_POSITION]
    kept = np.isin(codes, [n for n, key in enumerate(keys) if key not in ("", "outside")])
    return Points(
        lon=points.lon[kept],
        lat=points.lat[kept],
        village=points.village[kept],
        categories={name: (keys, codes[kept]) for name, (keys, codes) in points.categories.items()},
        ids=[one for one, keep in zip(points.ids, kept, strict=True) if keep] if points.ids else (),
    )


def compare_page(edition: Edition) -> Page | None:
    """The plan beside scenarios; None in the public edition, or if nothing is compared."""
    if edition.comparison is None or edition.kind != "planner":
        return None
    layers = ("villages", *BASE_MAP, "zones", "pipes_planned", "pipes_in_service")
    return Page(
        name="compare",
        body="compare.html",
        views=[MapView(layers, "a"), MapView(layers, "b")],
        legend=["routes_compared", "network", "ground"],
        table=_table("changes", ["change_village", "before", "after", "moved"], sort="-moved"),
        without=frozenset({"months", "batch_months", "tried"}),
        extra={"comparison": asdict(edition.comparison)},
    )


def extension_page(edition: Edition) -> Page | None:
    """The page of proposed mains; None if there is no extension or it is not published."""
    if edition.growth is None:
        return None
    exact = ["density", "capital"] if edition.kind == "planner" else []
    return Page(
        name="extension",
        body="extension.html",
        views=[MapView(("villages", *NEAR_MAP, *NETWORK, "mains"), "plain")],
        legend=["network", "ground"],
        table=_table("mains", ["main", "dn", "metres", *exact]),
        without=frozenset({"months", "batch_months", "tried"}),
        extra={"growth": edition.growth},
    )


LOADS = tuple(entry.name for one in DRAWN if one.name == "loads" for entry in one.entries)


def loads_page(edition: Edition) -> Page | None:
    """The page of transformers and their loads; None where there are none to tell of."""
    if not edition.loads:
        return None
    words = i18n.messages("report")
    return Page(
        name="loads",
        body="work.html",
        views=[MapView(("villages", *NEAR_MAP, *LOADS), "plain")],
        legend=["loads", "ground"],
        table=_table(
            "loads",
            ["station", "load_village", "load_share"],
            sort="-load_share",
        ),
        without=frozenset({"months", "batch_months", "tried"}),
        extra={
            "loads": edition.loads,
            "load_words": {
                name: words[name] for name in ("load_state", "load_basis", "grid_works")
            },
        },
    )  # fmt: skip


def supply_page(edition: Edition) -> Page | None:
    """The page of the winter's supply, emissions and bills; None where it is not told."""
    if not edition.supply:
        return None
    words = i18n.messages("report")
    return Page(
        name="supply",
        body="supply.html",
        views=(),
        legend=(),
        without=frozenset({"months", "batch_months", "tried"}),
        extra={
            "supply": edition.supply,
            "heat_sources": edition.heat_sources,
            "bills": edition.bills,
            "waiting": edition.waiting,
            "supply_words": {
                "quantity": words["supply_quantity"], "reason": words["supply_reason"],
                "key": words["supply_key"],
                "horizon": words["horizon"], "note": words["notes"]["supply"],
                "keys": words["notes"]["supply_keys"],
                "sources": words["notes"]["supply_sources"],
                "bills": words["notes"]["emissions"],
                "waiting": words["notes"]["waiting"],
                "electric_waiting": i18n.messages("reasons")["route"]["electric_waiting"],
            },
        },
    )  # fmt: skip


def gaps_page(edition: Edition) -> Page:
    """The page of coverage gaps in order of rank; costs have a column if any is given."""
    told = any(gap["cost_per_household_cny"] is not None for gap in edition.gaps)
    costs = ["way", "gap_cost"] if told else []
    return Page(
        name="gaps",
        body="gaps.html",
        views=[MapView(("villages", *NEAR_MAP, *NETWORK, "gaps"), "plain")],
        legend=["gaps", "network", "ground"],
        table=_table(
            "gaps", ["rank", "gap_village", "kind", "households", *costs], lead=1, sort="rank"
        ),
        without=frozenset({"months", "batch_months", "tried"}),
        extra={"gaps": edition.gaps},
    )


def notice_page(edition: Edition) -> Page | None:
    """The page of notices, from the same data as the other pages; None in the planner edition."""
    if edition.kind != "public":
        return None
    return Page(
        name="notice",
        body="notice.html",
        views=(),
        legend=(),
        without=frozenset({"months", "batch_months", "tried"}),
        drawn=("villages", "zones", "pipes", "rivers") if edition.maps else (),
        extra={
            "codes": {
                village["code"]: _notice_code(edition, village) for village in edition.villages
            }
        },
    )


def _notice_code(edition: Edition, village: VillageView) -> QrCode:
    """The QR code of a notice: the village's web address, else what the notice is."""
    if 0 < len(edition.address) <= _LONGEST:
        return make_qr_code(f"{edition.address}approach.html#v={quote(village['code'])}")
    site = i18n.messages("pages")["site"]
    day = i18n.format_message(site, "as_of", date=edition.as_of).zh
    lines = (
        edition.title["zh"],
        f"{village['name']} {village['code']}",
        f"{site['public']['zh']} {day}",
        edition.document,
    )
    return make_qr_code("\n".join(line[:_LONGEST] for line in lines))


def overview_page(edition: Edition) -> Page:
    """The overview of `edition`."""
    return Page(
        name="index",
        body="overview.html",
        views=[MapView(("villages", *BASE_MAP, "zones", "pipes_in_service"), "approach")],
        legend=["routes", "network", "ground"],
        without=frozenset({"months", "batch_months", "tried"}),
        extra={
            "targets": edition.targets,
            "gaps": edition.gaps,
            "gap_homes": edition.gap_homes,
            "summary": edition.summary,
            "unanswered": edition.unanswered,
            "unverified": edition.unverified,
        },
    )


def brief_page(edition: Edition) -> Page | None:
    """Five numbers, what is to be decided, and three maps; planner edition only."""
    if edition.kind != "planner":
        return None
    return Page(
        name="brief",
        body="brief.html",
        views=[
            MapView(("villages", "townships", "outline"), "approach"),
            MapView(("villages", "townships", "outline"), "share"),
            MapView(("villages", "townships", "outline", "verdicts"), "plain"),
        ],
        legend=["routes", "share", "verdicts"],
        without=frozenset({"months", "tried"}),
        extra={
            "targets": edition.targets,
            "gaps": edition.gaps,
            "gap_homes": edition.gap_homes,
            "duties": edition.duties,
        },
    )


def progress_page(edition: Edition) -> Page:
    """The page of progress; its slider starts at the edition's as-of date."""
    return Page(
        name="progress",
        body="progress.html",
        views=[MapView(("villages", *BASE_MAP), "share")],
        legend=["share", "ground"],
        table=_table(
            "villages", ["name", "township", "batch", "completed", "share"], sort="-batch"
        ),
        without=frozenset({"tried"}),
        extra={"targets": edition.targets},
    )
