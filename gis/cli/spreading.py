"""The ledger and the visits of a province, read by portions and their rows put by district."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gis.audit.shared_out import shared_out
from gis.errors import Text
from gis.facts.laid import Laid
from gis.facts.placing import PLACED
from gis.facts.settle import among, marks_of
from gis.facts.spread import Whereabouts
from gis.layers import lies, read_portion
from gis.layers.reader import Reader
from gis.layers.rows import apart

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import geopandas as gpd

    from gis.errors import Problem
    from gis.facts.districts import Districts
    from gis.facts.engines import Engine
    from gis.facts.spread import Spread, Twice
    from gis.facts.survey import Survey
    from gis.layers import Portion, Project
    from gis.layers.portions import Read

_SPREADING = Text("逐乡镇分开台账", "putting the ledger by township")
_VISITING = Text("逐乡镇分开检查记录", "putting the visits by township")


class Ground(NamedTuple):
    """What every portion is held against, and where its rows go.

    devices: those the policy knows; premises: the layer, if there is one.
    """

    project: Project
    devices: tuple[str, ...]
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
        made, problems, sample = _read(self.portion, ground)
        where = ground.districts.of_rows(made, ground.survey.get().ground.villages)
        ground.ledger.put(self.number, made, where, problems, sample)


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
        made, problems, sample = _read(self.portion, ground)
        tables = {self.portion.layer: made}
        if ground.premises is not None:
            tables["premises"] = ground.premises
        villages = ground.survey.get().ground.villages
        of = shared_out(tables, ground.districts, villages, ground.ledger)[self.portion.layer]
        none_rejected = np.full(len(made), PLACED)  # each is judged in its district
        where = Whereabouts(of, none_rejected)
        ground.visits.put(self.number, made, where, problems, sample)


def spread_out(
    ground: Ground,
    every: Sequence[Put | PutVisits],
    villages: gpd.GeoDataFrame,
    engine: Engine,
    say: Callable[[Text], None],
) -> tuple[Problem, ...]:
    """Put the ledger by district, then the visits; what a stopped run has put there stays.

    Returns what is wrong with where they lie.

    Raises:
        InputError: a portion cannot be read, one lies elsewhere, or a household stands twice.
    """
    laid = Laid.of(ground, ground.ledger.folder / "ground")
    problems: tuple[Problem, ...] = ()
    for kind, stage, into in (
        (Put, _SPREADING, ground.ledger),
        (PutVisits, _VISITING, ground.visits),
    ):
        tasks = [one for one in every if isinstance(one, kind)]
        left = [one for one in tasks if not into.done(one.number)]
        with closing(engine.apart().do(laid, left)) as putting:
            for one in left:
                say(counted(stage, one.number, len(tasks)))
                next(putting)
        samples = {one.portion: into.sample(one.number) for one in tasks}
        problems += lies(ground.project, samples, villages) if tasks else ()
    ground.ledger.refuse_doubles()
    return problems


def told_apart(visits: pd.DataFrame, twice: Twice) -> pd.DataFrame:
    """The visits of a district without the copies of one in another portion.

    Where rows under one id differ, or stand in several districts, nobody knows which is true: all
    of them are `duplicate_id`.
    """
    ids = visits["inspection_id"]
    marks = marks_of(ids.fillna("").to_numpy(dtype=object))
    several = pd.Series(among(twice.marks, marks) & ids.notna().to_numpy(bool), visits.index)
    if not several.any():
        return visits
    some, own = visits[several], ids[several]
    copies, torn = apart(some, own)
    parts = twice.parts[np.searchsorted(twice.marks, marks[several])]
    whole = (own.map(own.value_counts()) == parts) & own.map(
        (some["reject_reason"] == "").groupby(own).all()
    )
    once = whole & ~torn
    reasons = visits["reject_reason"].copy()
    reasons[once.index[~once]] = "duplicate_id"
    return visits.assign(reject_reason=reasons).drop(index=copies.index[once & copies])


def counted(stage: Text, number: int, of: int) -> Text:
    """A stage that is done in several steps, at the step `number` of `of`."""
    return Text(f"{stage.zh}（{number + 1}/{of}）", f"{stage.en} ({number + 1} of {of})")


def _read(portion: Portion, ground: Ground) -> Read:
    with Reader() as reader:
        return read_portion(portion, ground.project, reader, ground.devices)
