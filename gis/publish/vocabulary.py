"""What is public anyway: official names and codes, the project's own words, those of the pages."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from gis import i18n
from gis.disclosure.personal_data import words_in

if TYPE_CHECKING:
    from gis.editions.run_results import Results

_TABLES = ("pages", "terms", "report", "reasons", "audit", "network")
_NAMED = ("village_code", "village", "township_code", "township")


def public_words(results: Results) -> set[str]:
    """Every word, folded, that may stand on a public page whoever bears it as a name."""
    villages = results.facts.villages
    named = [str(name) for column in _NAMED for name in villages[column].unique()]
    zones = results.facts.zones
    named += [str(value) for column in ("zone_id", "zone") for value in zones[column].unique()]
    targets = results.progress.units
    named += [str(unit) for unit in targets["unit"].dropna().unique()]
    roads = results.loaded.tables.get("roads")
    if roads is not None:
        named += [str(name) for name in roads["name"].dropna().unique()]
    own = [*named, *_project(results), *results.policy.responsible.values()]
    return _of_pages().union(*(words_in(text) for text in own))


def _project(results: Results) -> Iterator[str]:
    project, plan = results.project, results.policy.plan
    yield from (project.name, project.title.zh, project.title.en, plan.name, plan.document)


@cache
def _of_pages() -> set[str]:
    texts = (text for name in _TABLES for text in _strings(i18n.load(name)))
    return set().union(*(words_in(text) for text in texts))


def _strings(table: object) -> Iterator[str]:
    if isinstance(table, dict):
        for key, value in table.items():
            yield str(key)
            yield from _strings(value)
    else:
        yield str(table)
