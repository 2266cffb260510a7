"""A ledger too large for one run: decided together, worked out and published district by district.

The ledger is read portion by portion and its rows put by district, in a folder beside the one that
is published in, until the run ends: a run that was stopped goes on from there. Then every district
is gone through twice like a city of its own (`gis/cli/district.py`), several side by side: once for
what all of them share (the capacity of sources and transformers, the coal-ban zones), and once, that
settled, to be published.
"""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from gis.audit import zones
from gis.audit.shared_out import DECISIVE, shared_out
from gis.cli.district import Common, Reduce
from gis.cli.spreading import Ground, Put
from gis.decide import settle, together
from gis.errors import Text
from gis.facts import Facts
from gis.facts.districts import Districts, Spread
from gis.facts.engines import ON_ALL_CORES, Engine
from gis.facts.gather import headroom
from gis.facts.shelf import secret
from gis.facts.survey import Survey
from gis.layers import ledger_origins
from gis.publish.manifest import code_sha256

if TYPE_CHECKING:
    from pathlib import Path

    from gis.cli.reading import Reading
    from gis.decide import Settled
    from gis.errors import Problem
    from gis.layers import Portion

_SPREADING = Text("逐乡镇分开台账", "putting the ledger by township")


class Shared(NamedTuple):
    """What all districts share, settled."""

    settled: Settled
    zones: pd.DataFrame


@dataclass(frozen=True)
class Province:
    """One project in districts; work: the folder where the parts of its ledger go."""

    reading: Reading
    portions: tuple[Portion, ...]
    work: Path
    engine: Engine

    @classmethod
    def of(cls, reading: Reading, out: Path, engine: Engine | None = None) -> Province:
        """A project whose ledger comes in portions, to be published in `out`."""
        place = out.absolute()  # workers may stand elsewhere
        work = place.with_name(f".{place.name}.parts")
        return cls(reading, reading.portions, work, engine or ON_ALL_CORES)

    @cached_property
    def beside(self) -> Reading:
        """What is read but for the ledger, which is read in portions."""
        return self.reading.without("households")

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
        return ledger_origins(self.reading.project, self.portions)

    @cached_property
    def spread(self) -> Spread:
        """The ledger by district; what a stopped run has put in its place is not read again.

        Raises:
            InputError: a portion cannot be read, or a household is in the ledger twice.
        """
        made = Spread(self.work / self._name(), len(self.portions), secret())
        every = [Put(number, portion) for number, portion in enumerate(self.portions)]
        left = [one for one in every if not made.done(one.number)]
        ground = Ground(
            self.reading.project,
            tuple(self._policy.devices),
            self.beside.loaded.tables["villages"],
            self.survey.ground.villages,
            self.districts,
            made,
        )
        with closing(self.engine.apart().do(ground, left)) as putting:
            for one in left:
                self.reading.say(counted(_SPREADING, one.number, len(every)))
                next(putting)
        made.refuse_doubles()
        return made

    @cached_property
    def common(self) -> Common:
        """What every district rests on; the records are by district then."""
        others, spread = self.beside, self.spread
        tables = dict(others.loaded.tables)
        if self.survey.rulings is not None:
            tables[DECISIVE] = self.survey.rulings
        of = shared_out(tables, self.districts, self.survey.ground.villages, spread)
        spread.put_records(tables, of, len(self.districts.names))
        others.spent(of)
        return Common(
            others.project,
            others.policy,
            {name: table for name, table in tables.items() if name not in of},
            self.origins + others.loaded.origins,
            replace(self.survey, rulings=None, problems=()),
            self.districts,
            spread,
            spread.counts(),
        )

    @cached_property
    def shared(self) -> Shared:
        """The decision on all villages and the verdict on all zones."""
        numbers = range(len(self.districts.names))
        found = []
        every = [Reduce(number) for number in numbers]
        with closing(self.engine.apart().do(self.common, every)) as reducing:
            for number in numbers:
                self.reading.say(
                    counted(Text("逐户落位", "placing households"), number, len(numbers))
                )
                found.append(next(reducing))
        about, priced, links, villages, judged = zip(*found, strict=True)
        tables, day, policy = self.beside.loaded.tables, self.beside.project.as_of, self._policy
        whole = self._facts_of_all(pd.concat(villages, ignore_index=True), links)
        self.reading.say(Text("逐村定采暖方式", "deciding village by village"))
        prices = pd.concat(priced, ignore_index=True)
        settled = settle(together(about), whole, prices, tables.get("rulings"), policy, day)
        return Shared(settled, zones.added(judged))

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

    def _name(self) -> str:
        """Another ledger, layer, policy, day or program is another run: nothing is mixed."""
        total = hashlib.sha256(f"{code_sha256()}|{self.reading.project}|{self._policy}".encode())
        for origin in (*self.origins, *self.beside.loaded.origins):
            total.update(f"{origin.layer}|{origin.path}|{origin.sha256}\n".encode())
        return total.hexdigest()[:20]


def counted(stage: Text, number: int, of: int) -> Text:
    """A stage that is done in several steps, at the step `number` of `of`."""
    return Text(f"{stage.zh}（{number + 1}/{of}）", f"{stage.en} ({number + 1} of {of})")
