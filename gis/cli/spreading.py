"""The ledger and the visits of a province, read by portions and their rows put by district."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gis.audit.shared_out import shared_out
from gis.facts.placing import PLACED, REJECTED
from gis.facts.spread import Whereabouts
from gis.layers import read_portion
from gis.layers.reader import Reader

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from gis.errors import Problem
    from gis.facts.districts import Districts
    from gis.facts.laid import Laid
    from gis.facts.placing import Villages
    from gis.facts.spread import Spread
    from gis.layers import Portion, Project


class Ground(NamedTuple):
    """What every portion is held against, and where its rows go.

    devices: those the policy knows; premises: the layer, if there is one; ready: the villages.
    """

    project: Project
    devices: tuple[str, ...]
    villages: gpd.GeoDataFrame
    premises: pd.DataFrame | None
    ready: Villages
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
        where = ground.districts.of_rows(ledger, ground.ready)
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
        of = shared_out(tables, ground.districts, ground.ready, ground.ledger)
        named = made["inspection_id"].notna().to_numpy(bool)
        where = Whereabouts(of[self.portion.layer], np.where(named, PLACED, REJECTED))
        ground.visits.put(self.number, made, where, problems)


def _read(portion: Portion, ground: Ground) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    others = {"villages": ground.villages}
    with Reader() as reader:
        return read_portion(portion, ground.project, others, reader, ground.devices)
