"""A run as a list of stages: read, check, place, cost, extend, decide, audit, publish.

`Pipeline.publish` is the whole list. A question that needs less of it calls the stages it needs:

    stages = Pipeline()
    inputs = stages.read_and_check(folder)
    clearance = stages.judge_zones(inputs, stages.place(inputs))

Every stage takes tables and returns tables; none looks back at an earlier one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from gis import run_log
from gis.audit.clearance import Clearance, HoldingProblem, judged_run
from gis.audit.coverage_gaps import find_gaps
from gis.audit.ledger_checks import problems_before_deciding
from gis.audit.progress import Progress, count_progress
from gis.costs import price_routes
from gis.decide import Decisions, decide, extension_of
from gis.decide.comparison import ComparedPlan
from gis.editions.geometry import collections
from gis.editions.run_results import DecidedPlan, JudgedRun, PublishOptions, Results
from gis.editions.scenario_comparison import ComparedScenario, compare_scenarios
from gis.errors import Text
from gis.facts import Facts, build_facts
from gis.facts.executors import ON_ALL_CORES
from gis.facts.losses import lost_rows
from gis.inputs import BASE, Inputs, Settings, read_settings, refuse_blocking
from gis.layers.load_layers import load
from gis.layers.placeholders import PLACEHOLDER, placeholders, retired_keys
from gis.layers.reader_process import ReaderProcess
from gis.network import PROMPT, PROVEN, NetworkExtension, extend_network, inputs_of, missing_input
from gis.parallel import Worker
from gis.policy.differences import differences
from gis.publish.filesystem import parts_beside, remove
from gis.publish.page_builder import start_page_builder
from gis.publish.previous_edition import past
from gis.publish.publication import build_publication, install_publication
from gis.range_runs import NOT_FACTS, RangeRuns
from gis.report.office_papers import build_office_papers

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

    import pandas as pd

    from gis.decide.robustness import Robustness
    from gis.errors import Problem
    from gis.facts.executors import Engine
    from gis.pages.scenario_rows import Comparison

# What the worker process does needs these modules, and they take long to import.
_WORKER_MODULES = (
    "gis.network", "gis.publish.page_builder", "gis.disclosure.leak_scan",
    "gis.editions.search_names",
    "gis.report.workbook",
)  # fmt: skip
_EXTENDING = Text("推演热网延伸", "growing the heating network")
_MISSING = frozenset(["layer_missing", "correction_without_layer"])


def _say_nothing(_: Text) -> None:
    """Nobody is told."""


@dataclass(frozen=True)
class Pipeline:
    """The stages in their order.

    say      told of each stage as it begins
    engine   who works out the facts
    """

    say: Callable[[Text], None] = _say_nothing
    engine: Engine = ON_ALL_CORES

    def publish(
        self,
        settings: Settings,
        out: Path,
        options: PublishOptions = PublishOptions(),  # noqa: B008  a tuple
        reader: ReaderProcess | None = None,
    ) -> Results:
        """A whole run: from the files of a project to its publication in `out`.

        Read, check, place, cost, extend, audit, decide, audit what rests on the decision, publish.
        A worker process extends the network and makes the pages.

        Args:
            settings: Project, day and scenario.
            out: Output folder; all of the publication is written, or none of it.
            options: How to publish.
            reader: As for `read`.

        Raises:
            InputError: a problem of the layers is blocking, or the edition before is unusable.
            PublicationError: something personal would have become public, or the disk refused.
        """
        flags = options.flags
        with Worker(_WORKER_MODULES, apart=True) as worker:
            inputs = self.read(settings, reader)
            compared = inputs.beside(options.compare)
            self.check(inputs)
            facts = self.place(inputs)
            base = self.base_prices(inputs, facts)
            extending = self.start_network_extension(worker, inputs, facts, base)
            pages = start_page_builder(worker, facts, inputs.project)

            # In this process, while the worker extends the network: what does not rest on it.
            clearance = self.judge_zones(inputs, facts)
            judged = JudgedRun(inputs.project, inputs.policy, inputs.layers, facts, clearance)
            ground, papers = collections(judged), build_office_papers(judged, unmask=flags.unmask)

            extension = extending.result() if extending else None
            prices = extended_prices(base, extension)
            decisions = self.decide(inputs, facts, prices, extension)
            asked = options.draws
            sure = None if asked is None else self.robustness(inputs, facts, asked)
            progress = self.count_progress(inputs, facts, decisions)
            gaps = self.find_gaps(inputs, facts, decisions)

            missing = why_not_extended(inputs, base)
            decisions = decisions if sure is None else decisions.with_certainty(sure)
            plan = DecidedPlan(facts, base, extension, missing, prices, decisions)
            comparison = self.compare(inputs, plan, compared)

            self.say(Text("发布", "publishing"))
            results = replace(
                collect_results(inputs, plan, clearance, progress, gaps),
                comparison=comparison,
                robustness=sure,
                unmask=flags.unmask,
                older=flags.older,
                ground=ground,
                papers=papers,
            )
            # Both editions, what may be disclosed of them, their files
            edition = build_publication(results, past(results, out, options.previous), pages)
            install_publication(edition, out, options.sign)
        with suppress(OSError):  # of a larger ledger before, whose run was stopped for good
            remove(parts_beside(out.absolute()))
        return results

    def results(self, inputs: Inputs) -> Results:
        """Every stage but the last, in this process alone."""
        plan = self.plan(inputs)
        clearance = self.judge_zones(inputs, plan.facts)
        progress = self.count_progress(inputs, plan.facts, plan.decisions)
        gaps = self.find_gaps(inputs, plan.facts, plan.decisions)
        return collect_results(inputs, plan, clearance, progress, gaps)

    def plan(
        self, inputs: Inputs, facts: Facts | None = None, *, margins: bool = True
    ) -> DecidedPlan:
        """Place, cost, extend, decide; facts: of homes placed before; margins: as `decide`."""
        facts = facts or self.place(inputs)
        base = self.base_prices(inputs, facts)
        missing = why_not_extended(inputs, base)
        extension = None if missing else self.extend(inputs, facts, base)
        prices = extended_prices(base, extension)
        decisions = self.decide(inputs, facts, prices, extension, margins=margins)
        return DecidedPlan(facts, base, extension, missing, prices, decisions)

    def read_and_check(self, folder: Path) -> Inputs:
        """The inputs of a project folder.

        Raises:
            InputError: a file has a mistake in it, or a problem of the layers is blocking.
        """
        return self.check(self.read(read_settings(folder)))

    def read(
        self,
        settings: Settings,
        reader: ReaderProcess | None = None,
        without: Collection[str] = (),
    ) -> Inputs:
        """Every layer as it came, problems and all.

        Args:
            settings: Project, day and scenario.
            reader: Process to read with, which is ended then; None: a new one.
            without: Layers to leave out; that they are missing is no problem.
        """
        self.say(Text("读取和检查图层", "reading and checking the layers"))
        project = settings.project
        layers = {name: spec for name, spec in project.layers.items() if name not in without}
        project = project.model_copy(update={"layers": layers}) if without else project
        frames = settings.frames
        with nullcontext() if frames is not None else reader or ReaderProcess() as process:
            loaded = load(project, process, settings.policy.devices, frames)
        run_log.log_read(loaded)
        told = tuple(
            one for one in loaded.problems if one.code not in _MISSING or one.layer not in without
        )
        told += tuple(placeholders(project, loaded.tables.get("villages")))
        told += tuple(retired_keys(settings.policy.retired, project.policy.name))
        return Inputs(
            project=project,
            policy=settings.policy,
            scenario=settings.scenario,
            frames=frames,
            layers=replace(loaded, problems=told),
        )

    def check(self, inputs: Inputs) -> Inputs:
        """The same inputs, once nothing blocks the way.

        Raises:
            InputError: some problem is blocking.
        """
        refuse_blocking(inputs.layers.problems)
        return inputs

    def checked(self, inputs: Inputs) -> tuple[list[Problem], Facts | None]:
        """The problems before anything is decided, and the facts; no facts where a layer blocks."""
        problems = list(inputs.layers.problems)
        if any(one.blocking and one.code != PLACEHOLDER for one in problems):
            return problems, None
        facts = self._placed(inputs)
        return problems_before_deciding(inputs.layers, facts), facts

    def place(self, inputs: Inputs, known: Facts | None = None) -> Facts:
        """Where every household stands and what reaches it; known: as it was found before.

        Raises:
            InputError: too many rows count nowhere, and project.toml does not accept it.
        """
        facts = known or self._placed(inputs)
        refuse_blocking([*inputs.layers.problems, *facts.problems])
        return facts

    def _placed(self, inputs: Inputs) -> Facts:
        """The facts with all their problems, blocking or not."""
        self.say(Text("逐户落位，逐村汇总", "placing every household, adding up every village"))
        facts = build_facts(inputs.tables, inputs.policy, inputs.as_of, self.engine)
        run_log.log_placed(facts)
        own = inputs.project
        lost = lost_rows(facts.households, facts.villages, own.accept, own.may_lose)
        return replace(facts, problems=facts.problems + lost)

    def base_prices(self, inputs: Inputs, facts: Facts) -> pd.DataFrame:
        """What every route would cost every village on the network of today."""
        self.say(Text("测算各方式费用", "pricing every route"))
        return price_routes(facts, inputs.policy)

    def extend(
        self, inputs: Inputs, facts: Facts, base_prices: pd.DataFrame, *, proven: bool = False
    ) -> NetworkExtension:
        """Where the heating network should grow to, branched on until proven or promptly.

        Raises:
            InputError: a layer or a price is missing.
        """
        self.say(_EXTENDING)
        tables, policy, limits = inputs.tables, inputs.policy, PROVEN if proven else PROMPT
        return extend_network(tables, facts, base_prices, policy, inputs.as_of, limits=limits)

    def start_network_extension(
        self, worker: Worker, inputs: Inputs, facts: Facts, base_prices: pd.DataFrame
    ) -> Future[NetworkExtension] | None:
        """The same in the worker process; None where it cannot be worked out."""
        if why_not_extended(inputs, base_prices):
            return None
        self.say(_EXTENDING)
        tables, needed = inputs_of(inputs.tables, facts)
        work = partial(extend_network, limits=PROMPT)
        return worker.submit(work, tables, needed, base_prices, inputs.policy, inputs.as_of)

    def decide(
        self,
        inputs: Inputs,
        facts: Facts,
        prices: pd.DataFrame,
        extension: NetworkExtension | None,
        *,
        margins: bool = True,
    ) -> Decisions:
        """A route for every village, and why; prices: with the mains of the extension.

        margins: whether to find what would change each route
        """
        self.say(Text("逐村定采暖方式", "deciding village by village"))
        rulings, targets = inputs.tables.get("rulings"), inputs.tables.get("targets")
        mains = extension_of(extension.villages, extension.reserved_kw) if extension else None
        policy, day = inputs.policy, inputs.as_of
        return decide(
            facts, prices, rulings, targets, policy, day, extension=mains, margins=margins
        )

    def robustness(self, inputs: Inputs, facts: Facts, draws: int) -> Robustness:
        """What unverified numbers change: each alone, and `draws` times together."""
        runs = RangeRuns(inputs.tables, facts, inputs.policy, inputs.as_of, self.engine)
        self.say(
            Text(
                f"逐个推算{len(runs.numbers)}个未核实参数，再作{draws}次组合",
                f"working {len(runs.numbers)} unverified numbers out, and {draws} draws of all",
            )
        )
        return runs.robustness(draws)

    def judge_zones(self, inputs: Inputs, facts: Facts) -> Clearance:
        """Whether each coal-ban zone is clear."""
        self.say(Text("核查禁煤区", "judging the coal-ban zones"))
        found = HoldingProblem(inputs.layers.problems, inputs.project.accept)
        return judged_run(facts, inputs.tables, inputs.policy, inputs.as_of, found)

    def count_progress(self, inputs: Inputs, facts: Facts, decisions: Decisions) -> Progress:
        """Completed against the targets."""
        self.say(Text("统计进度", "counting the progress"))
        targets = inputs.tables.get("targets")
        return count_progress(facts, decisions, targets, inputs.policy, inputs.as_of)

    def find_gaps(self, inputs: Inputs, facts: Facts, decisions: Decisions) -> pd.DataFrame:
        """Households that no route reaches, and what would close each gap."""
        self.say(Text("查找覆盖缺口", "finding the coverage gaps"))
        return find_gaps(facts, decisions, inputs.policy)

    def compare(
        self, inputs: Inputs, plan: DecidedPlan, others: Sequence[Inputs]
    ) -> Comparison | None:
        """The plan beside scenarios, rulings standing; None where none is asked for."""
        if not others:
            return None
        sides = []
        for other in others:
            name = other.scenario or BASE
            self.say(Text(f"与情景 {name} 比较", f"comparing with scenario {name}"))
            # Ledgers may name the devices that a scenario adds
            again = set(other.policy.devices) != set(inputs.policy.devices)
            own = self.check(self.read(other)) if again else other
            kept = plan.facts if not again and same_facts(inputs, other) else None
            sides.append(_side(own, self.plan(own, kept, margins=False)))
        return compare_scenarios(_side(inputs, plan), sides)


def _side(inputs: Inputs, plan: DecidedPlan) -> ComparedScenario:
    branches = plan.extension.branches if plan.extension else None
    own = ComparedPlan(plan.facts, inputs.policy, plan.prices, plan.decisions, branches)
    return ComparedScenario(inputs.scenario or "", own)


def same_facts(one: Inputs, other: Inputs) -> bool:
    """Whether no fact depends on what two scenarios on the same layers differ in."""
    changed = differences([one.policy, other.policy])
    return all(difference.key.startswith(NOT_FACTS) for difference in changed)


def why_not_extended(inputs: Inputs, base_prices: pd.DataFrame) -> Text | None:
    """Why the project's network cannot be extended, None where it can."""
    return missing_input(inputs.tables, base_prices, inputs.policy)


def extended_prices(base_prices: pd.DataFrame, extension: NetworkExtension | None) -> pd.DataFrame:
    """What every route would cost every village, mains of the extension included."""
    return extension.priced(base_prices) if extension else base_prices


def collect_results(
    inputs: Inputs,
    plan: DecidedPlan,
    clearance: Clearance,
    progress: Progress,
    gaps: pd.DataFrame,
) -> Results:
    """What every stage came to, as a publication needs it."""
    return Results(
        project=inputs.project,
        policy=inputs.policy,
        layers=inputs.layers,
        facts=plan.facts,
        decisions=plan.decisions,
        route_costs=plan.prices,
        clearance=clearance,
        progress=progress,
        gaps=gaps,
        extension=plan.extension,
        not_extended=plan.not_extended,
    )
