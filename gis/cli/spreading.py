"""The ledger of a province, read portion by portion and its rows put by district."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from gis.layers import read_portion
from gis.layers.reader import Reader

if TYPE_CHECKING:
    import geopandas as gpd

    from gis.facts.districts import Districts, Spread
    from gis.facts.placing import Villages
    from gis.layers import Portion, Project


class Ground(NamedTuple):
    """What every portion is held against; devices: those the policy knows."""

    project: Project
    devices: tuple[str, ...]
    villages: gpd.GeoDataFrame
    ready: Villages
    districts: Districts
    spread: Spread


@dataclass(frozen=True)
class Put:
    """A portion, to be read by a process of its own and put by district."""

    number: int
    portion: Portion

    def __call__(self, ground: Ground) -> None:
        """Its rows lie in the districts' folders then.

        Raises:
            InputError: the portion cannot be read.
        """
        others = {"villages": ground.villages}
        with Reader() as reader:
            ledger, problems = read_portion(
                self.portion, ground.project, others, reader, ground.devices
            )
        where = ground.districts.of_rows(ledger, ground.ready)
        ground.spread.put(self.number, ledger, where, problems)
