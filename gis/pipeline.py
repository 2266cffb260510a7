"""The stages in order, each worked out once and only when a command asks for it.

What a project is read into: its settings, its plan as data, its layers.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, partial
from importlib import import_module
from typing import TYPE_CHECKING

from gis import run_log
from gis.errors import InputError, Text, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Future
    from datetime import date
    from pathlib import Path

    import pandas as pd

    from gis.audit.clearance import Clearance
    from gis.audit.progress import Progress
    from gis.decide import Decisions
    from gis.editions.run_results import Results
    from gis.facts import Facts
    from gis.facts.executors import Engine
    from gis.layers import Chunk, Layers, Project
    from gis.network import NetworkExtension
    from gis.pages.model import Comparison
    from gis.parallel import Worker
    from gis.policy import Policy


class Pipeline:
    """From the layers of a project to its results.

    engine: who works the facts out; None: the threads of this machine.
    """

    def __init__(self, reading: Reading, engine: Engine | None = None) -> None:
        self.reading, self.say, self._engine = reading, reading.say, engine
        self._growing: Future[NetworkExtension] | None = None

    @property
    def project(self) -> Project:
        """project.toml, with the as-of day that was asked for."""
        return self.reading.project

    @property
    def policy(self) -> Policy:
        """The plan as data."""
        return self.reading.policy

    @property
    def loaded(self) -> Layers:
        """The layers, once nothing blocks the way.

        Raises:
            InputError: some problem is blocking.
        """
        return self.reading.loaded

    def under(self, scenario: str | None) -> Pipeline:
        """The same layers and day under another scenario; nothing is read twice."""
        return Pipeline(self.reading.under(scenario), self._engine)

    def village_code(self, village: str) -> str:
        """The code of a village given by its code or its name.

        Raises:
            UsageError: no village has that name, or several have.
        """
        villages = self.facts.villages
        named = villages["village"].isin([village, f"{village}村委会", f"{village}居委会"])
        codes = villages.loc[named | (villages["village_code"] == village), "village_code"]
        if len(codes) == 1:
            return str(codes.iloc[0])
        listed = "、".join(codes) or "—"
        raise UsageError(
            Text(
                f"按“{village}”找到 {len(codes)} 个村（{listed}），应恰为一个；请用 12 位村代码。",
                f"{len(codes)} villages answer to {village!r} ({listed}), expected one; "
                "use the 12-digit code.",
            )
        )

    @cached_property
    def facts(self) -> Facts:
        """Where every household stands and what reaches it."""
        tables = self.loaded.tables
        self.say(Text("逐户落位，逐村汇总", "placing every household, adding up every village"))
        from gis.facts.build import build_facts  # noqa: PLC0415
        from gis.facts.executors import ON_ALL_CORES  # noqa: PLC0415

        engine = self._engine or ON_ALL_CORES
        found = build_facts(tables, self.policy, self.project.as_of, engine)
        run_log.log_placed(found)
        return found

    @cached_property
    def priced_as_it_stands(self) -> pd.DataFrame:
        """What every route would cost every village on the network of today."""
        facts = self.facts
        self.say(Text("测算各方式费用", "pricing every route"))
        from gis.costs import price_routes  # noqa: PLC0415

        return price_routes(facts, self.policy)

    def extension(self, *, proven: bool) -> NetworkExtension:
        """Where the heating network should grow to, branched on until proven or promptly.

        Raises:
            InputError: a layer or a price is missing.
        """
        priced = self.priced_as_it_stands
        self.say(_GROWING)
        from gis.network import PROMPT, PROVEN, extend_network  # noqa: PLC0415

        tables, day = self.loaded.tables, self.project.as_of
        limits = PROVEN if proven else PROMPT
        return extend_network(tables, self.facts, priced, self.policy, day, limits=limits)

    def grow_in(self, other: Worker) -> None:
        """Have the network grown in the other process; what does not rest on it goes on here."""
        if self.not_extended:
            return
        self.say(_GROWING)
        from gis.network import PROMPT, extend_network, inputs_of  # noqa: PLC0415

        tables, facts = inputs_of(self.loaded.tables, self.facts)
        work, day = partial(extend_network, limits=PROMPT), self.project.as_of
        self._growing = other.submit(
            work, tables, facts, self.priced_as_it_stands, self.policy, day
        )

    @cached_property
    def not_extended(self) -> Text | None:
        """Why the project's network cannot be grown, None where it can."""
        from gis.network import missing_input  # noqa: PLC0415

        return missing_input(self.loaded.tables, self.priced_as_it_stands, self.policy)

    @cached_property
    def growth(self) -> NetworkExtension | None:
        """The extension, where there is what it needs."""
        if self._growing:
            return self._growing.result()
        return None if self.not_extended else self.extension(proven=False)

    @cached_property
    def priced(self) -> pd.DataFrame:
        """What every route would cost every village, mains of the extension included."""
        priced = self.priced_as_it_stands
        return self.growth.priced(priced) if self.growth else priced

    @cached_property
    def decisions(self) -> Decisions:
        """A route for every village, and why."""
        priced, tables = self.priced, self.loaded.tables
        growth = self.growth
        self.say(Text("逐村定采暖方式", "deciding village by village"))
        from gis.decide import decide, extension_of  # noqa: PLC0415

        rulings, targets = tables.get("rulings"), tables.get("targets")
        grown = extension_of(growth.villages, growth.reserved_kw) if growth else None
        day = self.project.as_of
        return decide(self.facts, priced, rulings, targets, self.policy, day, extension=grown)

    @cached_property
    def clearance(self) -> Clearance:
        """Whether each coal-ban zone is clear."""
        facts, tables = self.facts, self.loaded.tables
        self.say(Text("核查禁煤区", "judging the coal-ban zones"))
        from gis.audit.clearance import judged_run  # noqa: PLC0415
        from gis.audit.zone_holds import HoldingProblem  # noqa: PLC0415

        found = HoldingProblem(self.loaded.problems, self.project.accept)
        return judged_run(facts, tables, self.policy, self.project.as_of, found)

    @cached_property
    def progress(self) -> Progress:
        """Completed against the targets."""
        decisions = self.decisions
        self.say(Text("统计进度", "counting the progress"))
        from gis.audit.progress import count_progress  # noqa: PLC0415

        targets = self.loaded.tables.get("targets")
        return count_progress(self.facts, decisions, targets, self.policy, self.project.as_of)

    @cached_property
    def gaps(self) -> pd.DataFrame:
        """Households that no route reaches, and what would close each gap."""
        decisions = self.decisions
        self.say(Text("查找覆盖缺口", "finding the coverage gaps"))
        from gis.audit.coverage_gaps import find_gaps  # noqa: PLC0415

        return find_gaps(self.facts, decisions, self.policy)

    def compared(self, other: str) -> Comparison | None:
        """The plan beside the scenario `other`; None where no village's route is another."""
        from gis.editions.scenario_comparison import compare_scenarios, villages_named  # noqa: PLC0415

        self.say(Text(f"与情景 {other} 比较", f"comparing with scenario {other}"))
        sides = villages_named(self.reading.scenario), villages_named(other)
        return compare_scenarios(self.decisions, self.under(other).decisions, sides)

    @cached_property
    def results(self) -> Results:
        """Everything that is published."""
        self.reading.ahead = PUBLISHING
        _ = self.reading.read
        from gis.editions.run_results import Results  # noqa: PLC0415

        return Results(
            project=self.project,
            policy=self.policy,
            loaded=self.loaded,
            facts=self.facts,
            decisions=self.decisions,
            priced=self.priced,
            clearance=self.clearance,
            progress=self.progress,
            gaps=self.gaps,
            extension=self.growth,
            not_extended=self.not_extended,
        )


_GROWING = Text("推演热网延伸", "growing the heating network")
# What a publication needs and takes long to import.
PUBLISHING = ("gis.facts.build", "gis.costs", "gis.decide", "gis.publish.publication")

_SHOWN = 8  # blocking problems spelled out on the screen; `nuantu check` lists them all
_MISSING = "layer_missing"
_PORTIONED = (".parquet", ".geoparquet")


class Reading:
    """One project on one day under one scenario, read once and only when it is asked for.

    say is told of each stage as it begins. ahead: modules to import while it reads.
    """

    def __init__(
        self,
        folder: Path,
        as_of: date | None = None,
        scenario: str | None = None,
        say: Callable[[Text], None] = lambda _: None,
    ) -> None:
        self._folder, self._as_of, self.scenario, self.say = folder, as_of, scenario, say
        self.ahead: tuple[str, ...] = ()

    @cached_property
    def project(self) -> Project:
        """project.toml, with the as-of day that was asked for."""
        from gis.layers import read_project  # noqa: PLC0415  # heavy: only when asked for

        project = read_project(self._folder)
        return project.model_copy(update={"as_of": self._as_of}) if self._as_of else project

    @cached_property
    def policy(self) -> Policy:
        """The plan as data."""
        from gis.policy import read_policy  # noqa: PLC0415

        return read_policy(self.project.policy, self.scenario)

    @cached_property
    def read(self) -> Layers:
        """Every layer as it came, problems and all."""
        devices = self.policy.devices  # a mistake in the policy is said before any waiting
        self.say(Text("读取和检查图层", "reading and checking the layers"))
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

        from gis.layers.reader_process import ReaderProcess  # noqa: PLC0415

        project = self.project
        with ReaderProcess() as reader, ThreadPoolExecutor(1) as beside:
            from gis.layers import load  # noqa: PLC0415  # while the reader starts

            for module in self.ahead:  # while it reads
                beside.submit(import_module, module)
            found = load(project, reader, devices)
        run_log.log_read(found)
        return found

    @cached_property
    def loaded(self) -> Layers:
        """The layers, once nothing blocks the way.

        Raises:
            InputError: some problem is blocking.
        """
        blocking = [problem for problem in self.read.problems if problem.blocking]
        if blocking:
            head = Text(
                f"有 {len(blocking)} 个问题必须先解决，未发布任何内容：",
                f"{len(blocking)} problems must be mended first; nothing was published:",
            )
            lines = [
                Text(
                    f"  {one.layer}：{one.message.zh}。{one.remedy.zh}",
                    f"  {one.layer}: {one.message.en}; {one.remedy.en}",
                )
                for one in blocking[:_SHOWN]
            ]
            whole = [head, *lines]
            message = Text("\n".join(t.zh for t in whole), "\n".join(t.en for t in whole))
            raise InputError(message, tuple(blocking))
        return self.read

    @cached_property
    def portions(self) -> tuple[Chunk, ...]:
        """The row groups of a ledger too large to be read whole; none where it is not."""
        return self.portions_of("households")

    def portions_of(self, layer: str) -> tuple[Chunk, ...]:
        """The same of any layer."""
        spec = self.project.layers.get(layer)
        if not spec or not all(file.endswith(_PORTIONED) for file in spec.files):
            return ()
        from gis.layers import in_chunks  # noqa: PLC0415  # heavy: only when asked for

        return in_chunks(self.project, layer)

    def under(self, scenario: str | None) -> Reading:
        """The same layers and day under another scenario; nothing is read twice."""
        other = Reading(self._folder, self._as_of, scenario, self.say)
        other.__dict__ |= {"project": self.project, "read": self.read}
        return other

    def without(self, *layers: str) -> Reading:
        """The same without some layers; that they are missing is no problem."""
        rest = {name: spec for name, spec in self.project.layers.items() if name not in layers}
        other = Reading(self._folder, self._as_of, self.scenario, self.say)
        other.__dict__["project"] = self.project.model_copy(update={"layers": rest})
        said = tuple(
            one for one in other.read.problems if one.code != _MISSING or one.layer not in layers
        )
        other.__dict__["read"] = replace(other.read, problems=said)
        return other

    def spent(self, layers: Iterable[str]) -> None:
        """Let go of the rows of some layers: nobody asks for them any more."""
        tables = {
            name: self.read.tables[name].take([]) for name in layers if name in self.read.tables
        }
        self.__dict__["read"] = replace(self.read, tables={**self.read.tables, **tables})
        self.__dict__.pop("loaded", None)
