"""A ledger too large for one run: decided together, worked out and published district by district.

The ledger is read portion by portion and its rows put by district, in a folder beside the one that
is published in, until the run ends: a run that was stopped goes on from there. Then every district
is gone through twice like a city of its own: once for what all of them share (the capacity of
sources and transformers, the coal-ban zones), and once, that settled, to be published.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from gis import __version__
from gis.audit import zones
from gis.audit.clearance import Clearance, judge
from gis.audit.gaps import find
from gis.audit.progress import count
from gis.audit.shared_out import shared_out
from gis.conserved import conserved
from gis.costs import price
from gis.decide import Settled, follow, settle, subjects, together
from gis.errors import Text
from gis.facts import Facts
from gis.facts.districts import Districts, Spread
from gis.facts.engines import ON_ALL_CORES, Engine
from gis.facts.gather import gathered, headroom
from gis.facts.survey import Survey
from gis.layers import Layers, ledger_origins, read_portion
from gis.layers.project import Title
from gis.layers.reader import Reader
from gis.publish.results import Results

if TYPE_CHECKING:
    from collections.abc import Callable

    from gis.cli.journey import Journey
    from gis.errors import Problem
    from gis.layers import Portion

_SPREADING = Text("逐乡镇分开台账", "putting the ledger by township")
_NOT_EXTENDED = Text(
    "台账分片计算时不推演热网延伸；请用各县自己的项目运行 nuantu extend。",
    "The growth of the network is not worked out for a ledger in districts; run nuantu extend on a "
    "project of one city.",
)


class Shared(NamedTuple):
    """What all districts share, settled."""

    settled: Settled
    zones: pd.DataFrame


@dataclass(frozen=True)
class Province:
    """One project in districts; work: the folder where the parts of its ledger go."""

    journey: Journey
    portions: tuple[Portion, ...]
    work: Path
    say: Callable[[Text], None]
    engine: Engine = ON_ALL_CORES

    @cached_property
    def beside(self) -> Journey:
        """The journey without the ledger, which is read in portions."""
        return self.journey.beside("households")

    @cached_property
    def survey(self) -> Survey:
        """The ground, once for all districts."""
        return Survey.of(self.beside.loaded.tables, self.beside.policy, self.beside.project.as_of)

    @cached_property
    def districts(self) -> Districts:
        """Which townships make a district."""
        rows = sum(origin.rows for origin in self.origins)
        return Districts.of(self.survey.villages, rows)

    @cached_property
    def origins(self) -> tuple[Any, ...]:
        """Where the files of the ledger came from."""
        return ledger_origins(self.journey.project, self.portions)

    @cached_property
    def spread(self) -> Spread:
        """The ledger by district; what a stopped run has put in its place is not read again.

        Raises:
            InputError: a portion cannot be read, or a household is in the ledger twice.
        """
        made = Spread(self.work / self._name(), len(self.portions))
        project, tables = self.journey.project, self.beside.loaded.tables
        devices = self._policy.devices
        with Reader() as reader:
            for number, portion in enumerate(self.portions):
                if made.done(number):
                    continue
                self.say(_counted(_SPREADING, number, len(self.portions)))
                ledger, problems = read_portion(portion, project, tables, reader, devices)
                where = self.districts.of_rows(ledger, self.survey.ground.villages)
                made.put(number, ledger, where, problems)
        made.refuse_doubles()
        return made

    @cached_property
    def records(self) -> dict[str, Any]:
        """The district of every visit, complaint, premises, ruling and target."""
        tables = self.beside.loaded.tables
        return shared_out(tables, self.districts, self.survey.ground.villages, self.spread)

    @cached_property
    def shared(self) -> Shared:
        """The decision on all villages and the verdict on all zones."""
        found = [self._reduced(number) for number in range(len(self.districts.names))]
        about, priced, links, villages, judged = zip(*found, strict=True)
        tables, day, policy = self.beside.loaded.tables, self.beside.project.as_of, self._policy
        whole = self._facts_of_all(pd.concat(villages, ignore_index=True), links)
        self.say(Text("逐村定采暖方式", "deciding village by village"))
        prices = pd.concat(priced, ignore_index=True)
        settled = settle(together(about), whole, prices, tables.get("rulings"), policy, day)
        return Shared(settled, zones.added(judged))

    def results(self) -> Iterator[tuple[str, Results]]:
        """The name of each district and what is to be published of it, one at a time."""
        for number, name in enumerate(self.districts.names):
            self.say(_counted(Text("发布", "publishing"), number, len(self.districts.names)))
            yield name, self._results(number)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with no one district: layers, files of the ledger, rulings."""
        return (
            *self.beside.loaded.problems,
            *self.spread.problems(-1),
            *self.survey.problems,
            *self.shared.settled.problems,
        )

    @property
    def _policy(self) -> Any:  # noqa: ANN401  # gis.policy.Policy
        return self.beside.policy

    def _reduced(self, number: int) -> tuple[Any, ...]:
        self.say(
            _counted(Text("逐户落位", "placing households"), number, len(self.districts.names))
        )
        facts, day = self._facts(number), self.beside.project.as_of
        judged = self._judged(number, facts)
        about = subjects(facts, self._policy, day)
        return about, price(facts, self._policy), facts.links, facts.villages, judged.zones

    def _facts(self, number: int) -> Facts:
        """The facts of one district, on the ground of all."""
        tables, spread = self.beside.loaded.tables, self.spread
        ledger = spread.rows(number)
        rulings = self._own(number).get("zone_rulings")
        survey = replace(self.survey, rulings=rulings, problems=())
        own = self.districts.of_village == number
        mine = {"villages": self.survey.villages[own], "households": ledger}
        facts = gathered(survey, {**tables, **mine}, self._policy, self.engine)
        came = spread.counts().loc[number] if len(ledger) else pd.Series(0, index=["placed"])
        went = facts.households["status"].value_counts()
        _conserved(came, went)
        return facts

    def _own(self, number: int) -> dict[str, pd.DataFrame]:
        """The records of one district."""
        tables = self.beside.loaded.tables
        return {
            name: tables[name][of == number].reset_index(drop=True)
            for name, of in self.records.items()
        }

    def _judged(self, number: int, facts: Facts) -> Clearance:
        own = self._own(number)
        evidence = [own.get(name) for name in _EVIDENCE]
        inspections, premises, complaints, rulings = evidence
        day = self.beside.project.as_of
        return judge(facts, inspections, premises, complaints, rulings, self._policy, day)

    def _facts_of_all(self, villages: pd.DataFrame, links: tuple[pd.DataFrame, ...]) -> Facts:
        """The facts without the households: what is decided of villages rests on no more."""
        tables = self.beside.loaded.tables
        keys = ["village_code", "served", "transformer_id"]
        every = pd.concat(links).groupby(keys, dropna=False)["pending"].sum().reset_index()
        nobody = pd.DataFrame()
        return Facts(
            households=nobody,
            villages=villages.sort_values("village_code", ignore_index=True),
            zone_positions=nobody,
            transformers=headroom(tables.get("transformers")),
            links=every,
            sources=self.survey.ground.heat.sources,
            zones=self.survey.zones,
            available=frozenset(tables) | {"households"},
            problems=(),
        )

    def _results(self, number: int) -> Results:
        facts, own = self._facts(number), self._own(number)
        policy, day = self._policy, self.beside.project.as_of
        settled = self.shared.settled.of(facts.villages["village_code"])
        decisions = follow(settled, facts, own.get("targets"))
        judged = self._judged(number, facts)
        met = _met(judged.zones)
        whole = self.shared.zones[self.shared.zones["zone_id"].isin(met)]
        facts = replace(facts, zones=facts.zones[facts.zones["zone_id"].isin(met)])
        return Results(
            project=self._project(number, facts.villages),
            policy=policy,
            loaded=self._layers(number, own, facts),
            facts=facts,
            decisions=decisions,
            priced=price(facts, policy),
            clearance=replace(judged, zones=whole.reset_index(drop=True)),
            progress=count(facts, decisions, own.get("targets"), policy, day),
            gaps=find(facts, decisions, policy),
            not_extended=_NOT_EXTENDED,
        )

    def _project(self, number: int, villages: pd.DataFrame) -> Any:  # noqa: ANN401  # a Project
        """The project under the name of its district."""
        project, names = self.beside.project, villages["township"].dropna().unique()
        zh, en = names[0] if len(names) else "", f"{len(names)} townships"
        if len(names) > 1:
            zh = f"{zh}等{len(names)}个乡镇"
        title = Title(zh=f"{project.title.zh} {zh}", en=f"{project.title.en}, {en}")
        code = self.districts.names[number]
        return project.model_copy(update={"title": title, "name": f"{project.name}-{code}"})

    def _layers(self, number: int, own: dict[str, pd.DataFrame], facts: Facts) -> Layers:
        """The layers as far as they lie in the district."""
        tables: dict[str, Any] = {**self.beside.loaded.tables, "villages": self.survey.villages}
        tables["villages"] = tables["villages"][self.districts.of_village == number]
        bounds = tables["villages"].total_bounds
        for name, table in tables.items():
            if name not in {"villages", *own} and "geometry" in table:
                tables[name] = table.iloc[np.sort(table.sindex.intersection(bounds))]
        tables |= {**own, "households": facts.households}
        return Layers(
            tables, self.origins + self.beside.loaded.origins, self.spread.problems(number)
        )

    def _name(self) -> str:
        """Another ledger, layer, policy, day or program is another run: nothing is mixed."""
        total = hashlib.sha256(f"{__version__}|{self.beside.project}|{self._policy}".encode())
        for origin in (*self.origins, *self.beside.loaded.origins):
            total.update(f"{origin.layer}|{origin.path}|{origin.sha256}\n".encode())
        return total.hexdigest()[:20]


_EVIDENCE = ("inspections", "premises", "complaints", "zone_rulings")


def _met(judged: pd.DataFrame) -> pd.Series:
    """The zones that anything in a district counts in, or may count in."""
    counts = judged.select_dtypes("integer")
    return judged.loc[(counts > 0).any(axis=1).to_numpy(), "zone_id"]


def _conserved(came: pd.Series, went: pd.Series) -> None:
    """Every row put to a district is there, with the status it was put with."""
    stage = Text("逐片落位", "placing the households of a district")
    before, after = (pd.Series(one.index.repeat(one.to_numpy(int))) for one in (came, went))
    conserved(stage, before.sort_values(), after.sort_values())


def _counted(stage: Text, number: int, of: int) -> Text:
    return Text(f"{stage.zh}（{number + 1}/{of}）", f"{stage.en} ({number + 1} of {of})")
