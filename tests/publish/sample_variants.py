"""Runs that differ from the sample in one thing."""

from __future__ import annotations

from typing import Any

from gis.editions.run_results import Results


def replaced(run: Results, **fields: Any) -> Results:
    """`run` with other fields."""
    own = {name: getattr(run, name) for name in Results.__dataclass_fields__}
    return Results(**own | fields)


def with_homes(run: Results, homes: Any) -> Results:
    """`run` with another table of households in its facts."""
    facts = {name: getattr(run.facts, name) for name in type(run.facts).__dataclass_fields__}
    return replaced(run, facts=type(run.facts)(**facts | {"households": homes}))
