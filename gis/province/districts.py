"""Districts: which rows are of each, and what a run finds in one, in whatever process.

A district is some townships of one county, small enough to be worked out and published like a city.
Every row of the ledger goes to one district: all households of a village to one, so that what is
counted by village, township or zone adds up.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from gis.audit import zone_clearance
from gis.audit.clearance import judged_run
from gis.audit.equipment_settlement import equipment_claims
from gis.audit.evidence import last_full_season
from gis.audit.funds import paid_claims
from gis.audit.progress import count_progress
from gis.audit.repeated_claims import marks_of, of_several
from gis.audit.settlement import running_claims
from gis.conservation import check_same_ids
from gis.costs import price_routes
from gis.decide import apply_to_households, collect_village_inputs, merge_inputs
from gis.editions.run_results import Results
from gis.errors import Text
from gis.facts.build import build_facts_from_context
from gis.facts.coverage import NONE
from gis.facts.executors import Threads
from gis.facts.floor_area import heated_m2
from gis.facts.problems import meters_met
from gis.facts.spatial_index import NOWHERE
from gis.facts.village_assignment import REJECTED, Homes
from gis.layers import Layers
from gis.layers.project import Title
from gis.pipeline import extended_prices
from gis.province.partitions import RowDistricts
from gis.province.read import DECISIVE, drop_cross_chunk_duplicates
from gis.run_log import log_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gis.decide import VillageDecisions
    from gis.facts import Facts
    from gis.facts.build import FactsBuilder
    from gis.facts.programme_list import SharedLists
    from gis.facts.village_assignment import VillageIndex
    from gis.layers import Origin, ProjectConfig
    from gis.network import NetworkExtension
    from gis.policy import Policy
    from gis.province.partitions import DuplicateIds, PartitionStore, SharedArrays

ROWS = 50_000  # households a district should have; a page then stays below a megabyte
_COUNTY, _TOWNSHIP = 6, 9  # digits of a code


@dataclass(frozen=True)
class Districts:
    """Which district each village is of; positions among the villages, sorted by code.

    names      the code of each district's first township
    of_village, of_township (by code)
    """

    names: tuple[str, ...]
    of_village: NDArray[np.intp]
    of_township: dict[str, int]

    @classmethod
    def of(cls, villages: pd.DataFrame, rows: int) -> Districts:
        """villages: sorted by code. rows: of the whole ledger.

        ASSUME: until the ledger is read, villages are taken to be of one size.
        """
        each = rows / max(len(villages), 1)
        names: list[str] = []
        of_township: dict[str, int] = {}
        filled = 0.0
        for code, count in villages.groupby("township_code").size().items():
            township, more = str(code), float(count) * each
            county = township[:_COUNTY]
            if not names or names[-1][:_COUNTY] != county or filled + more > ROWS:
                names.append(township)
                filled = 0.0
            of_township[township] = len(names) - 1
            filled += more
        of_village = villages["township_code"].map(of_township).to_numpy(np.intp)
        return cls(tuple(names), of_village, of_township)

    def of_rows(self, ledger: pd.DataFrame, villages: VillageIndex) -> RowDistricts:
        """The district of each row of a ledger, and its status.

        By the village that answers for it; a home outside of all by the nearest one. A rejected
        row by the code it has, else by where it lies, else by its township; else the first.
        """
        homes = Homes.of(ledger, villages.codes)
        place = villages.place(homes)
        gone = place.status == REJECTED
        lies = np.full(len(gone), NOWHERE, np.intp)
        lies[gone] = villages.areas.locate(homes.x[gone], homes.y[gone])
        village = np.where(place.village == NOWHERE, place.nearest, place.village)
        stray = np.where(homes.written == NOWHERE, lies, homes.written)
        village = np.where(gone, stray, village)
        district = np.append(self.of_village, NOWHERE)[village]
        lost = np.flatnonzero(district == NOWHERE)
        written = ledger["village_code"].iloc[lost].fillna("").astype(str).str[:_TOWNSHIP]
        district[lost] = [self.of_township.get(code, 0) for code in written]
        return RowDistricts(district, place.status)


_HOMES = (
    "ledger_file", "ledger_row", "status", "village_code", "township_code",
    "located_village_code", "x", "y", "pending", "within_reach", "served", "pipe_m", "gas_m",
    "gas_secured",
    "needs_station", "building_type", "in_built_up", "named_area", "zone_position",
    "transformer_id",
)  # fmt: skip
_VISITS = Text("逐片核对检查记录", "gathering the visits of a district")
_ONE = Threads(1)  # districts are worked out side by side already


@dataclass(frozen=True)
class DistrictInputs:
    """What every district rests on.

    names: of all layers; tables: those without places, and the transformers without theirs, but
    for what the store has by district; counts: rows of the ledger by district and status; lists:
    what all rows of it decide.
    """

    project: ProjectConfig
    policy: Policy
    names: tuple[str, ...]
    tables: dict[str, Any]
    origins: tuple[Origin, ...]
    builder: SharedArrays[FactsBuilder]
    districts: Districts
    store: PartitionStore
    visits: PartitionStore
    visited: pd.Series
    twice: DuplicateIds
    counts: pd.DataFrame
    lists: SharedLists


class DistrictSummary(NamedTuple):
    """What a district adds to what all of them share.

    meters: `gis.facts.problems.meters_met`; claims: marks of what its homes claim subsidies by, of
    all districts together those that several of them have.
    """

    subjects: Any
    priced: pd.DataFrame
    links: pd.DataFrame
    villages: pd.DataFrame
    devices: pd.DataFrame
    connected: pd.DataFrame
    zones: pd.DataFrame
    meters: pd.DataFrame
    claims: NDArray[np.uint64]

    @classmethod
    def joined(cls, found: Sequence[DistrictSummary]) -> DistrictSummary:
        """What all districts add together."""
        about, *tables, devices, connected, judged, met, claims = zip(*found, strict=True)
        joint = [pd.concat(own, ignore_index=True) for own in (*tables, met)]
        added, joined = (pd.concat(own).groupby(level=0).sum() for own in (devices, connected))
        zones = zone_clearance.merge_zones(judged)
        priced, links, villages, meters = joint
        return cls(
            merge_inputs(about), priced, links, villages, added, joined, zones, meters,
            of_several(claims),
        )  # fmt: skip


@dataclass(frozen=True)
class SummariseDistrict:
    """A district as far as all must know it; once worked out, it is kept with its rows."""

    number: int

    def __call__(self, shared: SharedArrays[DistrictInputs]) -> DistrictSummary:
        """Worked out, or as a run that was stopped has left it."""
        common = shared.get()
        path = common.store.path(self.number, "reduced")
        if common.store.kept(path) is None:
            common.store.keep(path, self._made(common))
        made: DistrictSummary = common.store.kept(path)  # read back: without mapped arrays
        return made

    def _made(self, common: DistrictInputs) -> DistrictSummary:
        own, rulings = _records(common, self.number)
        found = _facts(common, self.number, own, rulings)
        policy, day = common.policy, common.project.as_of
        common.store.keep(common.store.path(self.number, "homes"), _drawing(found, policy))
        zones = judged_run(found, own, policy, day).zones
        about = collect_village_inputs(found, policy, day)
        return DistrictSummary(
            about, price_routes(found, policy), found.links, found.villages, found.devices,
            found.connected, zones, meters_met(found.households, common.builder.get().feeders),
            _claims(found, common),
        )  # fmt: skip


def _claims(found: Facts, common: DistrictInputs) -> NDArray[np.uint64]:
    policy, day = common.policy, common.project.as_of
    return marks_of(
        [
            *running_claims(found, policy, last_full_season(day, policy)),
            *equipment_claims(found, common.tables.get("lots"), policy, day),
            *paid_claims(found),
        ]
    )


def _drawing(found: Facts, policy: Policy) -> pd.DataFrame:
    """The homes that draw on a network or may: pending ones, and those in reach of a heat main.

    floor_area_m2 is the area they are heated on.
    """
    homes = found.households
    rows = homes["pending"].astype(bool) | (homes["served"] != NONE) | homes["needs_station"]
    columns = [name for name in _HOMES if name in homes]
    return homes[columns].assign(floor_area_m2=heated_m2(homes, policy))[rows]


class SharedResults(NamedTuple):
    """What is settled over all districts: decisions, extension, zones, gaps and grid loads.

    not_extended: why there is no extension; claims: marks of what several districts claim.
    """

    settled: VillageDecisions
    extension: NetworkExtension | None
    not_extended: Text | None
    zones: pd.DataFrame
    gaps: pd.DataFrame
    transformers: pd.DataFrame
    sources: pd.DataFrame
    claims: NDArray[np.uint64]


def district_results(common: DistrictInputs, number: int, shared: SharedResults) -> Results:
    """What is published of a district."""
    own, rulings = _records(common, number)
    found = _facts(common, number, own, rulings)
    policy, day = common.policy, common.project.as_of
    codes = found.villages["village_code"]
    decisions = apply_to_households(shared.settled.of(codes), found, own.get("targets"))
    extension = shared.extension.of(codes) if shared.extension else None
    gaps = shared.gaps[shared.gaps["village_code"].isin(codes)].reset_index(drop=True)
    clearance = judged_run(found, own, policy, day)
    met = _met(clearance.zones)
    whole = shared.zones[shared.zones["zone_id"].isin(met)]
    zones = found.zones[found.zones["zone_id"].isin(met)]
    found = replace(
        found, zones=zones, transformers=shared.transformers, sources=shared.sources,
        claimed_elsewhere=shared.claims,
    )  # fmt: skip
    return Results(
        project=_project(common, number, found.villages),
        policy=policy,
        layers=_layers(common, number, own, found),
        facts=found,
        decisions=decisions,
        route_costs=extended_prices(price_routes(found, policy), extension),
        clearance=replace(clearance, zones=whole.reset_index(drop=True)),
        progress=count_progress(found, decisions, own.get("targets"), policy, day),
        gaps=gaps,
        extension=extension,
        not_extended=shared.not_extended,
        part=True,
    )


def _records(
    common: DistrictInputs, number: int
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame | None]:
    """The villages and records of one district, and the zone rulings that hold there.

    Raises:
        ConservationError: a visit that was put to the district is not there.
    """
    own = common.store.there(common.store.path(number, "records"))
    if "premises" in common.tables:
        own["premises"] = common.tables["premises"]
    if common.visits.parts:
        table = common.visits.rows(number)
        came = pd.Series(np.arange(common.visited.get(number, 0)))
        check_same_ids(_VISITS, came, pd.Series(np.arange(len(table))))
        own["inspections"] = drop_cross_chunk_duplicates(table, common.twice).reset_index(drop=True)
    rulings = own.pop(DECISIVE, None)
    return own, rulings


def _facts(
    common: DistrictInputs,
    number: int,
    records: dict[str, pd.DataFrame],
    rulings: pd.DataFrame | None,
) -> Facts:
    """The facts of one district, with the layers of all.

    Raises:
        ConservationError: a row that was put to the district is not there, or another one is.
    """
    builder = replace(common.builder.get(), rulings=rulings, problems=(), lists=common.lists)
    tables = dict.fromkeys(common.names) | common.tables | records
    tables["households"] = common.store.rows(number)
    found = build_facts_from_context(builder, tables, common.policy, _ONE)
    known = number in common.counts.index  # else nobody was put there
    came = common.counts.loc[number] if known else pd.Series(0, index=["placed"])
    _conserved(came, found.households["status"].value_counts())
    return found


def _project(common: DistrictInputs, number: int, villages: pd.DataFrame) -> ProjectConfig:
    """The project under the name of its district."""
    project, names = common.project, villages["township"].dropna().unique()
    zh, en = names[0] if len(names) else "", f"{len(names)} townships"
    if len(names) > 1:
        zh = f"{zh}等{len(names)}个乡镇"
    title = Title(zh=f"{project.title.zh} {zh}", en=f"{project.title.en}, {en}")
    code = common.districts.names[number]
    return project.model_copy(update={"title": title, "name": f"{project.name}-{code}"})


def _layers(
    common: DistrictInputs, number: int, own: dict[str, pd.DataFrame], found: Facts
) -> Layers:
    """The layers as far as they lie in the district."""
    tables = common.tables | own | common.store.there(common.store.path(number, "layers"))
    tables["households"] = found.households
    return Layers(tables, common.origins, common.store.problems(number))


def _met(judged: pd.DataFrame) -> pd.Series:
    """The zones that anything in a district counts in, or may count in."""
    counts = judged.select_dtypes("integer")
    return judged.loc[(counts > 0).any(axis=1).to_numpy(), "zone_id"]


def _conserved(came: pd.Series, went: pd.Series) -> None:
    """Every row put to a district is there, with the status it was put with."""
    stage = Text("逐片落位", "placing the households of a district")
    before, after = (pd.Series(one.index.repeat(one.to_numpy(int))) for one in (came, went))
    check_same_ids(stage, before.sort_values(), after.sort_values())


def seal_key() -> bytes:
    """The key of this user's seals: `run.key` beside the run logs, made where there is none.

    Returns:
        32 bytes; new ones each time where no file can be kept, so that no run is resumed.
    """
    made = os.urandom(32)
    with suppress(OSError, RuntimeError):  # RuntimeError: a user without a home
        path = log_folder().parent / "run.key"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as out:
                out.write(made)
        kept = path.read_bytes()
        return kept if len(kept) == len(made) else made
    return made
