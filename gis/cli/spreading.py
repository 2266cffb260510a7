"""The ledger and the visits of a province, read by portions and their rows put by district."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gis.audit.shared_out import shared_out
from gis.errors import Text
from gis.facts.laid import Laid
from gis.facts.placing import PLACED, REJECTED
from gis.facts.spread import Whereabouts
from gis.layers import read_portion
from gis.layers.findings import Finding, problem
from gis.layers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import geopandas as gpd
    import pandas as pd

    from gis.errors import Problem
    from gis.facts.districts import Districts
    from gis.facts.engines import Engine
    from gis.facts.spread import Spread
    from gis.facts.survey import Survey
    from gis.layers import Portion, Project
    from gis.layers.findings import Number

_SPREADING = Text("逐乡镇分开台账", "putting the ledger by township")
_VISITING = Text("逐乡镇分开检查记录", "putting the visits by township")
_SHOWN = 5  # ids


class Ground(NamedTuple):
    """What every portion is held against, and where its rows go.

    devices: those the policy knows; premises: the layer, if there is one.
    """

    project: Project
    devices: tuple[str, ...]
    villages: gpd.GeoDataFrame
    premises: pd.DataFrame | None
    survey: Laid[Survey]
    districts: Districts
    ledger: Spread
    visits: Spread


@dataclass(frozen=True)
class Put:
    """A portion of the ledger, to be read by a process of its own and put by district."""

    number: int
    portion: Portion

    def __call__(self, laid: Laid[Ground]) -> None:
        """Its rows lie in the districts' folders then.

        Raises:
            InputError: the portion cannot be read.
        """
        ground = laid.get()
        ledger, problems = _read(self.portion, ground)
        where = ground.districts.of_rows(ledger, ground.survey.get().ground.villages)
        ground.ledger.put(self.number, ledger, where, problems)


@dataclass(frozen=True)
class PutVisits:
    """A portion of the visits, once the whole ledger lies there."""

    number: int
    portion: Portion

    def __call__(self, laid: Laid[Ground]) -> None:
        """Its rows lie in the districts' folders then.

        Raises:
            InputError: the portion cannot be read.
        """
        ground = laid.get()
        made, problems = _read(self.portion, ground)
        tables = {self.portion.layer: made}
        if ground.premises is not None:
            tables["premises"] = ground.premises
        villages = ground.survey.get().ground.villages
        of = shared_out(tables, ground.districts, villages, ground.ledger)
        named = made["inspection_id"].notna().to_numpy(bool)
        where = Whereabouts(of[self.portion.layer], np.where(named, PLACED, REJECTED))
        ground.visits.put(self.number, made, where, problems)


def spread_out(
    ground: Ground,
    portions: Sequence[Portion],
    visited: Sequence[Portion],
    engine: Engine,
    say: Callable[[Text], None],
) -> tuple[Spread, Spread]:
    """The ledger by district, then the visits; what a stopped run has put there is not read again.

    Raises:
        InputError: a portion cannot be read, or a household is in the ledger twice.
    """
    laid = Laid.of(ground, ground.ledger.folder / "ground")
    ledger = [Put(number, portion) for number, portion in enumerate(portions)]
    visits = [PutVisits(number, portion) for number, portion in enumerate(visited)]
    for stage, every, into in (
        (_SPREADING, ledger, ground.ledger),
        (_VISITING, visits, ground.visits),
    ):
        left = [one for one in every if not into.done(one.number)]
        with closing(engine.apart().do(laid, left)) as putting:
            for one in left:
                say(counted(stage, one.number, len(every)))
                next(putting)
        if into is ground.ledger:
            into.refuse_doubles()
    return ground.ledger, ground.visits


def doubtful(twice: list[str]) -> list[Problem]:
    """That visits of several portions have one id."""
    numbers: dict[str, Number] = {"ids": len(twice), "some": "、".join(twice[:_SHOWN])}
    found = Finding("id_in_portions", None, "inspection_id", numbers=numbers)
    return [problem("inspections", found)] if twice else []


def counted(stage: Text, number: int, of: int) -> Text:
    """A stage that is done in several steps, at the step `number` of `of`."""
    return Text(f"{stage.zh}（{number + 1}/{of}）", f"{stage.en} ({number + 1} of {of})")


def _read(portion: Portion, ground: Ground) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    others = {"villages": ground.villages}
    with Reader() as reader:
        return read_portion(portion, ground.project, others, reader, ground.devices)
