"""One pass over the layers: every fact the decision and the audit rest on, in two tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.conservation import conserved
from gis.errors import Text
from gis.facts.executors import ON_ALL_CORES, Engine
from gis.facts.parts import joined, parts
from gis.facts.survey import Survey
from gis.facts.village_table import by_code, roll_up, tally, unserved_m

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from gis.errors import Problem
    from gis.facts.village_assignment import Villages
    from gis.policy import Policy

_ADDING_UP = Text("逐村汇总", "adding up every village")


@dataclass(frozen=True)
class Facts:
    """What is known, before anything is decided or judged.

    households      one row a ledger row, with every ledger column and the facts of place
    villages        one row a village, sorted by village_code
    zone_positions  one row a household and zone it is or may be inside of
    transformers    id, village_code, capacity_kva, peak_load_kva, headroom_kva, upgrade_*
    links           village_code, served, transformer_id (NA: out of reach), pending households
    sources         one row a piece of network: source_piece, capacity_kw, load_kw, spare_kw
    zones           the coal-ban zones in force, sorted by zone_id
    available       names of the layers that were there
    problems        what the layers say against each other
    ground          the villages, drawn: of the whole project, whatever `villages` is of
    """

    households: pd.DataFrame
    villages: pd.DataFrame
    zone_positions: pd.DataFrame
    transformers: pd.DataFrame
    links: pd.DataFrame
    sources: pd.DataFrame
    zones: gpd.GeoDataFrame
    available: frozenset[str]
    problems: tuple[Problem, ...]
    ground: Villages | None = None

    @property
    def capacity_known(self) -> bool:
        """Whether the sources' capacity is known at all."""
        return "heat_sources" in self.available

    @property
    def transformers_known(self) -> bool:
        """Whether the transformers are known at all."""
        return "transformers" in self.available


def gather(
    tables: Mapping[str, Any], policy: Policy, as_of: date, engine: Engine = ON_ALL_CORES
) -> Facts:
    """The facts of every household and village on `as_of`.

    tables: the layers by name, canonical columns, geometry in the metric project CRS [m].
    engine: who works the parts of the ledger out; every engine gives the same facts.
    """
    return gathered(Survey.of(tables, policy, as_of), tables, policy, engine)


def gathered(
    survey: Survey, tables: Mapping[str, Any], policy: Policy, engine: Engine = ON_ALL_CORES
) -> Facts:
    """The same where the layers have been surveyed before.

    tables: may hold some of the survey's villages alone, with the households these answer for; of
    the layers that the survey has seen the names are enough, but for the transformers.
    """
    ledger = tables["households"].reset_index(drop=True)
    standing = joined(engine.map(survey.ground, parts(survey.homes(ledger))))
    surveyed = survey.facts(ledger, standing)
    total = tally(surveyed.households, surveyed.pieces)
    median_m = unserved_m(surveyed.households).groupby(level=0).median()
    villages = roll_up(total, median_m, by_code(tables["villages"]), policy)
    _conserved(surveyed.households, villages)
    return Facts(
        households=surveyed.households,
        villages=villages,
        zone_positions=surveyed.zone_positions,
        transformers=headroom(tables.get("transformers"), survey.as_of),
        links=total.links,
        sources=survey.ground.heat.sources,
        zones=survey.zones,
        available=frozenset(tables),
        problems=surveyed.problems + survey.problems,
        ground=survey.ground.villages,
    )


def _conserved(households: pd.DataFrame, villages: pd.DataFrame) -> None:
    """Every household that counts is counted in the village that answers for it."""
    counted = households["status"] != "rejected"
    came = households.loc[counted, "village_code"].dropna()
    conserved(_ADDING_UP, came, villages["village_code"].repeat(villages["households"]))


def headroom(transformers: gpd.GeoDataFrame | None, as_of: date) -> pd.DataFrame:
    """The transformers with what they have left [kVA], never below 0.

    upgrade_overdue: its upgrade's day had passed before `as_of`.
    """
    columns = [
        "transformer_id", "village_code", "capacity_kva", "peak_load_kva",
        "upgrade_kva", "upgrade_due_on", "upgrade_cny",
    ]  # fmt: skip
    if transformers is None:
        return pd.DataFrame(columns=[*columns, "headroom_kva", "upgrade_overdue"])
    known = pd.DataFrame(transformers[columns])
    if "unread" in transformers:  # an upgrade of which something cannot be read is none to claim
        doubtful = transformers["unread"].str.contains("upgrade_", regex=False)
        known["upgrade_kva"] = known["upgrade_kva"].mask(doubtful)
    table = known.sort_values("transformer_id", ignore_index=True)
    left = (table["capacity_kva"] - table["peak_load_kva"]).clip(lower=0.0)
    overdue = pd.to_datetime(table["upgrade_due_on"]) < pd.Timestamp(as_of)
    return table.assign(headroom_kva=left, upgrade_overdue=overdue)
