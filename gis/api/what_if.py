"""What would be decided with other thresholds or prices, before anything is written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gis.api.run import Run
from gis.editions.run_results import DecidedPlan
from gis.pipeline import extended_prices, why_not_extended
from gis.policy.read import read_overridden
from gis.range_runs import NOT_FACTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def what_if(run: Run, changes: Mapping[str, float], *, grow: bool = False) -> Run:
    """The stages under a changed policy; nothing is worked out yet.

    Facts are taken over where none depends on the changes.

    Args:
        run: The plan, or a scenario, that the changes are made to.
        changes: Dotted key of the policy → value, such as {"heating_network.connect_m": 80}.
        grow: Whether the heating network is grown anew, and margins are found, as for a scenario
            that was saved; else its extension is that of `run`, and margins are left blank.

    Raises:
        InputError: A key is unknown or a value out of range.
    """
    inputs = run.inputs
    policy = read_overridden(inputs.project.policy, inputs.scenario, nested(changes))
    changed = replace(inputs, policy=policy)
    known = run.facts if only_money(changes) else None
    return (Run if grow else _Changed)(run.stages, changed, run, known)


def only_money(changes: Iterable[str]) -> bool:
    """Whether no fact depends on any of these keys of the policy."""
    return all(key.startswith(NOT_FACTS) for key in changes)


def nested(changes: Mapping[str, float]) -> dict[str, Any]:
    """Dotted keys as the tables of a scenario."""
    tables: dict[str, Any] = {}
    for key, value in changes.items():
        *path, last = key.split(".")
        table = tables
        for step in path:
            table = table.setdefault(step, {})
        table[last] = value
    return tables


class _Changed(Run):
    """A run whose extension of the network is that of another."""

    _owner: Run

    @property
    def plan(self) -> DecidedPlan:
        """Prices and decisions, with the mains of the plan that was changed."""
        if "plan" not in self.__dict__:
            prices = self.stages.base_prices(self.inputs, self.facts)
            extension = self._owner.plan.extension
            whole = extended_prices(prices, extension)
            decisions = self.stages.decide(self.inputs, self.facts, whole, extension, margins=False)
            missing = why_not_extended(self.inputs, prices)
            self.__dict__["plan"] = DecidedPlan(
                self.facts, prices, extension, missing, whole, decisions
            )
        return self.__dict__["plan"]
