"""A ledger too large for one run: decided together, worked out and published district by district.

The ledger is read chunk by chunk and its rows put by district, in a folder beside the one that
is published in, until the run ends: a run that was stopped goes on from there. Then every district
is gone through twice like a city of its own (`gis/province/districts.py`), several side by side:
once for what all of them share (the capacity of sources and transformers, the coal-ban zones), and
once, that settled, to be published.
"""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from gis.audit.clearance import HoldingProblem, hold, zones_held
from gis.audit.coverage_gaps import gap_homes, gaps_among, join_gap_homes
from gis.audit.evidence import place_of
from gis.decide import Decisions, decide_villages, extension_of, household_parts
from gis.errors import Text
from gis.facts import Facts
from gis.facts.build import FactsBuilder
from gis.facts.coverage import SERVED
from gis.facts.heat_network import with_connected
from gis.facts.losses import lost_rows
from gis.facts.problems import unknown_meters
from gis.facts.programme_list import COLUMNS, shared_lists
from gis.facts.transformer_loads import stated, transformer_loads
from gis.facts.village_assignment import STATUS
from gis.facts.village_table import by_code
from gis.inputs import refuse_blocking
from gis.layers import origins_of
from gis.layers.village_names import VillageNames
from gis.memory import release_memory
from gis.network import NETWORK_LAYERS
from gis.pipeline import extended_prices, why_not_extended
from gis.province.districts import (
    DistrictInputs,
    Districts,
    DistrictSummary,
    SharedResults,
    SummariseDistrict,
    seal_key,
)
from gis.province.partitions import PartitionStore, SharedArrays
from gis.province.read import (
    DECISIVE,
    VISITS,
    PartitionedLedger,
    SharedContext,
    check_all_rows_stored,
    counted,
    partition_rows,
    put_layers,
    put_records,
    records_by_district,
    unknown_homes,
)
from gis.publish.errors import from_os_error
from gis.publish.filesystem import close_to_others, parts_beside
from gis.publish.manifest import code_sha256

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from gis.decide import VillageDecisions
    from gis.errors import Problem
    from gis.inputs import Inputs, Settings
    from gis.layers import Chunk
    from gis.layers.reader_process import ReaderProcess
    from gis.network import NetworkExtension
    from gis.pipeline import Pipeline
    from gis.policy import Policy


AT_ONCE = 300_000  # inspections; a layer with at most this many is read whole


class ProvinceLayers(NamedTuple):
    """What of the layers is decided and told over all districts."""

    transformers: pd.DataFrame | None
    sources: pd.DataFrame
    zones: gpd.GeoDataFrame
    rulings: pd.DataFrame | None
    available: frozenset[str]
    problems: tuple[Problem, ...]


@dataclass
class Province:
    """One project in districts.

    settings        the project, all of its layers named
    shared_layers   what is read but for what is read in chunks; without its rows once every
                    district has them
    chunks        the row groups of the ledger
    visited         those of the visits; none where they are read whole
    work            the folder where the parts of the ledger go
    network_inputs  the layers that an extension of the heating network rests on
    """

    settings: Settings
    shared_layers: Inputs
    chunks: tuple[Chunk, ...]
    visited: tuple[Chunk, ...]
    work: Path
    stages: Pipeline
    network_inputs: Inputs

    @classmethod
    def of(
        cls, stages: Pipeline, settings: Settings, out: Path, reader: ReaderProcess | None = None
    ) -> Province:
        """A project whose ledger comes in chunks, to be published in `out`.

        Raises:
            InputError: a problem of a layer that is read whole is blocking.
        """
        chunks, visited = settings.chunks(), settings.chunks(VISITS)
        if sum(one.rows for one in visited) <= AT_ONCE:
            visited = ()
        apart = {one.layer for one in (*chunks, *visited)}
        shared = stages.check(stages.read(settings, reader, apart))
        work = parts_beside(out.absolute())  # workers may stand elsewhere
        network = shared.only(NETWORK_LAYERS)
        return cls(settings, shared, chunks, visited, work, stages, network)

    @cached_property
    def _context(self) -> tuple[SharedArrays[FactsBuilder], ProvinceLayers]:
        """The layers prepared once for all districts and processes, and what is decided over all."""
        others, tables = self.shared_layers, self.shared_layers.tables
        builder = FactsBuilder.of(tables, others.policy, others.project.as_of)
        over = ProvinceLayers(
            stated(tables["transformers"], others.project.as_of)
            if "transformers" in tables
            else None,
            builder.context.heat.sources,
            builder.zones,
            tables.get("rulings"),
            frozenset(tables) | {one.layer for one in (*self.chunks, *self.visited)},
            others.layers.problems + builder.problems,
        )
        return SharedArrays.of(builder, self._folder / "builder"), over

    @cached_property
    def province_layers(self) -> ProvinceLayers:
        """What of the layers is decided and told over all districts."""
        return self._context[1]

    @cached_property
    def _folder(self) -> Path:
        """Another ledger, layer, policy, day or program is another run: nothing is mixed."""
        total = hashlib.sha256(f"{code_sha256()}|{self.settings.project}|{self._policy}".encode())
        for origin in (*self.origins, *self.shared_layers.layers.origins):
            total.update(f"{origin.layer}|{origin.path}|{origin.sha256}\n".encode())
        try:
            self.work.parent.mkdir(parents=True, exist_ok=True)
            self.work.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise from_os_error(error, self.work) from error
        close_to_others(self.work)
        return self.work / total.hexdigest()[:20]

    @property
    def layers_path(self) -> Path:
        """Where the layers with geometry are kept for the files of the whole province."""
        return self._folder / "layers"

    @property
    def _villages(self) -> gpd.GeoDataFrame:
        """Those of all districts."""
        return by_code(self.shared_layers.tables["villages"])

    @cached_property
    def districts(self) -> Districts:
        """Which townships make a district."""
        rows = sum(origin.rows for origin in self.origins if origin.layer != VISITS)
        return Districts.of(self._villages, rows)

    @cached_property
    def origins(self) -> tuple[Any, ...]:
        """Where the files came from that are read in chunks."""
        return origins_of(self.settings.project, (*self.chunks, *self.visited))

    @cached_property
    def parts(self) -> PartitionedLedger:
        """The ledger by district, and the visits that are read in chunks.

        Raises:
            InputError: a chunk cannot be read, one lies elsewhere, or a household stands twice.
        """
        folder, key, tables = self._folder, seal_key(), self.shared_layers.tables
        visits = folder.with_name(f"{folder.name}-visits")
        context = SharedContext(
            self.settings.project,
            tuple(self._policy.devices),
            tables.get("premises"),
            self._context[0],
            self.districts,
            PartitionStore(folder, len(self.chunks), key),
            PartitionStore(visits, len(self.visited), key, "inspection_id"),
            VillageNames(tables["villages"], self.settings.project.names),
        )
        every = (*self.chunks, *self.visited)
        made = partition_rows(
            context, every, tables["villages"], self.stages.engine, self.stages.say
        )
        strange = unknown_homes(tables[VISITS], context) if VISITS in tables else ()
        return made._replace(problems=made.problems + strange)

    @property
    def store(self) -> PartitionStore:
        """The ledger by district."""
        return self.parts.ledger

    @cached_property
    def counts(self) -> pd.DataFrame:
        """Rows of the ledger by district and status."""
        return self.store.counts()

    @cached_property
    def district_inputs(self) -> SharedArrays[DistrictInputs]:
        """What every district rests on; the layers are kept nowhere else then."""
        parts, over, count = self.parts, self.province_layers, len(self.districts.names)
        others, store, builder = self.shared_layers, parts.ledger, self._context[0].get()
        check_all_rows_stored(parts, self.origins)
        villages = self._villages
        tables = {**others.tables, "villages": villages}
        if builder.rulings is not None:
            tables[DECISIVE] = builder.rulings
        of = records_by_district(tables, self.districts, builder.context.villages, store)
        of["villages"] = self.districts.of_village
        put_records(store, tables, of, count)
        rest = {name: table for name, table in tables.items() if name not in of}
        placed = {name: rest.pop(name) for name in tables if "geometry" in rest.get(name, ())}
        put_layers(store, placed, villages, of["villages"])
        told = {name: rest[name] for name in ("weather",) if name in rest}  # the winter's supply
        store.keep(self.layers_path, {**placed, **told, "villages": villages})
        if "transformers" in placed:
            rest["transformers"] = _bare(placed["transformers"])
        if "premises" in placed:
            x, y = place_of(placed["premises"])
            rest["premises"] = _bare(placed["premises"]).assign(x=x, y=y)
        made = DistrictInputs(
            others.project,
            others.policy,
            tuple(sorted(over.available)),
            rest,
            self.origins + others.layers.origins,
            self._context[0],
            self.districts,
            store,
            parts.visits,
            parts.visits.counts().sum(axis=1),
            parts.twice,
            self.counts,
            shared_lists(store.columns(COLUMNS), others.policy, others.as_of),
        )
        shared = SharedArrays.of(made, store.folder / "common")
        self.shared_layers = others.release_rows()
        return shared

    @cached_property
    def summaries(self) -> DistrictSummary:
        """What the districts add to what all of them share, joined."""
        numbers, found = range(len(self.districts.names)), []
        every, common = [SummariseDistrict(number) for number in numbers], self.district_inputs
        release_memory()
        with closing(self.stages.engine.do(common, every)) as reducing:
            for number in numbers:
                self.stages.say(
                    counted(Text("逐户落位", "placing households"), number, len(numbers))
                )
                found.append(next(reducing))
        return DistrictSummary.joined(found)

    @cached_property
    def transformers(self) -> pd.DataFrame:
        """The loads of all transformers, with the homes of all districts."""
        grid, added = self.province_layers.transformers, self.summaries.devices
        return transformer_loads(grid, added, self._policy, self.shared_layers.as_of)

    @cached_property
    def sources(self) -> pd.DataFrame:
        """The loads of all pieces of network, with the homes of all districts."""
        over, connected = self.province_layers.sources, self.summaries.connected
        return with_connected(over, connected, self._policy)

    @cached_property
    def facts(self) -> Facts:
        """The facts without the households: what is decided of villages rests on no more.

        Raises:
            InputError: no row of a township or village counts, and project.toml does not accept it.
        """
        over, found, own = self.province_layers, self.summaries, self.settings.project
        lost = lost_rows(None, found.villages, own.accept, own.may_lose)
        refuse_blocking(lost)
        keys, sums = ["village_code", "served", "transformer_id"], ["pending", "device_w"]
        return Facts(
            households=pd.DataFrame(),
            villages=found.villages.sort_values("village_code", ignore_index=True),
            zone_positions=pd.DataFrame(),
            transformers=self.transformers,
            devices=found.devices,
            links=found.links.groupby(keys, dropna=False)[sums].sum().reset_index(),
            connected=found.connected,
            sources=self.sources,
            zones=over.zones,
            available=over.available,
            problems=lost,
        )

    @cached_property
    def shared(self) -> SharedResults:
        """What is settled over all districts."""
        found, policy, day = self.summaries, self._policy, self.shared_layers.as_of
        missing = why_not_extended(self.network_inputs, found.priced)
        extension = None if missing else self._extension()
        self.stages.say(Text("逐村定采暖方式", "deciding village by village"))
        prices = extended_prices(found.priced, extension)
        mains = extension_of(extension.villages, extension.reserved_kw) if extension else None
        rulings = self.province_layers.rulings
        settled = decide_villages(
            found.subjects, self.facts, prices, rulings, policy, day, extension=mains
        )
        wrong = HoldingProblem(self.shared_layers.layers.problems, self.settings.project.accept)
        context = self._context[0].get().context.villages
        held = zones_held(wrong, self.province_layers.zones, context)
        zones, gaps = hold(found.zones, held), self._gaps(settled)
        grid, claims = self.transformers, found.claims
        return SharedResults(settled, extension, missing, zones, gaps, grid, self.sources, claims)

    def _extension(self) -> NetworkExtension:
        """The extension of the network of all districts; homes in the order of the ledger."""
        store, places = self.store, {one.path: n for n, one in enumerate(self.origins)}
        codes = pd.CategoricalDtype(self.facts.villages["village_code"])
        kinds = {"village_code": codes, "located_village_code": codes,
                 "status": pd.CategoricalDtype(STATUS),
                 "served": pd.CategoricalDtype(SERVED)}  # fmt: skip
        parts = []
        for number in range(len(self.districts.names)):
            homes = store.there(store.path(number, "homes"))
            order = homes["ledger_file"].map(places).astype(int)
            parts.append(
                homes[[*kinds, "x", "y", "pending", "floor_area_m2", "ledger_row"]]
                .astype(kinds)
                .assign(file=order)
            )
        every = pd.concat(parts).sort_values(["file", "ledger_row"], ignore_index=True)
        stages, prices = self.stages, self.summaries.priced
        return stages.extend(self.network_inputs, replace(self.facts, households=every), prices)

    def _gaps(self, settled: VillageDecisions) -> pd.DataFrame:
        """The gaps of all districts, which may share transformers."""
        store, villages = self.store, self.facts.villages
        found = []
        for number in range(len(self.districts.names)):
            homes = store.there(store.path(number, "homes")).reset_index(drop=True)
            own = villages[(self.districts.of_village == number)[: len(villages)]]
            decided = settled.of(own["village_code"])
            plans = household_parts(homes, decided.table)
            decisions = Decisions(
                decided.table, decided.tried, plans, decided.upgrades, (), decided.allocation
            )
            facts = replace(self.facts, households=homes, villages=own)
            found.append(gap_homes(facts, decisions, self._policy))
        return gaps_among(join_gap_homes(found), self.facts, self._policy)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with no one district: layers, files of the ledger, rulings."""
        return (
            *self.province_layers.problems,
            *self.parts.problems,
            *unknown_meters(self.summaries.meters, self._context[0].get().feeders),
            *self.shared.settled.problems,
        )

    @property
    def _policy(self) -> Policy:
        return self.shared_layers.policy


def _bare(layer: gpd.GeoDataFrame) -> pd.DataFrame:
    """Any district may ask for the rows of this layer, and none for their shapes."""
    return pd.DataFrame(layer.drop(columns="geometry"))
