"""Builds both editions' pages in the worker process and scans the public ones for leaks.

Words that are public anyway are exempt from the scan: official names and codes, the project's
title and policy, and the pages' own words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from gis import i18n
from gis.disclosure.personal_data import Secrets, collect_secrets, personal_values, words_in
from gis.disclosure.village_rows import refuse_undeclared
from gis.editions.village_view import public_data
from gis.output_columns import declared
from gis.publish.filesystem import PUBLIC_MANIFEST
from gis.publish.manifest import public_manifest_bytes
from gis.report.metadata import run_metadata
from gis.report.monthly import folder_name

if TYPE_CHECKING:
    from gis.disclosure.rounding import Group
    from gis.editions.run_results import Results
    from gis.facts import Facts
    from gis.layers import ProjectConfig
    from gis.pages.model import Edition
    from gis.parallel import StoredResult, Worker
    from gis.report.metadata import About

_TABLES = ("pages", "terms", "report", "reasons", "audit", "network")
_NAMED = ("village_code", "village", "township_code", "township")


def public_words(results: Results) -> set[str]:
    """Every normalised word that may appear on a public page even if it is someone's name."""
    villages = results.facts.villages
    names = [str(name) for column in _NAMED for name in villages[column].unique()]
    zones = results.facts.zones
    names += [str(value) for column in ("zone_id", "zone") for value in zones[column].unique()]
    targets = results.progress.units
    names += [str(unit) for unit in targets["unit"].dropna().unique()]
    roads = results.layers.tables.get("roads")
    if roads is not None:
        names += [str(name) for name in roads["name"].dropna().unique()]
    title, plan = results.project.title, results.policy.plan
    names += [results.project.name, title.zh, title.en, plan.name, plan.document]
    texts = [*names, *results.policy.responsible.values()]
    return _page_words().union(*(words_in(text) for text in texts))


@cache
def _page_words() -> set[str]:
    texts = [text for name in _TABLES for text in _strings(i18n.messages(name))]
    for column in (*declared.VILLAGE, *declared.HOUSEHOLD):
        texts += [column.name, *(said for _, heading in column.headings() for said in heading)]
    return set().union(*(words_in(text) for text in texts))


def _strings(table: object) -> Iterator[str]:
    if isinstance(table, dict):
        for key, value in table.items():
            yield str(key)
            yield from _strings(value)
    else:
        yield str(table)


class PageBuilder(NamedTuple):
    """The worker process that builds pages, with the personal values that it has collected."""

    beside: Worker
    hidden: StoredResult

    def public(
        self, edition: Edition, groups: Sequence[Group], results: Results
    ) -> Future[dict[str, bytes]]:
        """Build a public edition's files; personal data in them raises a PublicationError."""
        known = public_words(results)
        return self.beside.submit(
            public_files, edition, groups, run_metadata(results), self.hidden, known
        )

    def planner(self, edition: Edition) -> Future[dict[str, bytes]]:
        """Build the pages of the planner edition."""
        return self.beside.submit(planner_pages, edition)


def start_page_builder(beside: Worker, facts: Facts, project: ProjectConfig) -> PageBuilder:
    """Start a page builder, which collects the ledger's personal values at once."""
    return PageBuilder(
        beside,
        beside.store(collect_secrets, personal_values(facts.households), project.crs, once=True),
    )


def public_files(
    edition: Edition,
    groups: Sequence[Group],
    about: About,
    hidden: Secrets,
    known: set[str],
) -> dict[str, bytes]:
    """The public edition's pages, data files and manifest, scanned for leaks.

    Args:
        edition: The public edition.
        groups: The groups of villages whose counts are published together.
        about: Metadata of the run.
        hidden: The personal values to search for.
        known: Words that may appear, see `public_words`.

    Raises:
        PublicationError: They contain personal data, or a village column not declared public.
    """
    from gis.disclosure import leak_scan  # noqa: PLC0415  # 0.1 s, as `_render`

    refuse_undeclared(edition.villages)
    spoken, pages = _render(edition)
    files = pages | public_data(edition, groups, about)
    public = {f"public/{name}": content for name, content in files.items()}
    bare = public_manifest_bytes(edition, {})  # without hashes, whose digits could match by chance
    check = leak_scan.LeakScan.of(spoken, hidden, known)
    leak_scan.refuse_leaks(spoken, public | {PUBLIC_MANIFEST: bare}, check)
    return public | {PUBLIC_MANIFEST: public_manifest_bytes(edition, files)}


def planner_pages(edition: Edition) -> dict[str, bytes]:
    """The pages of the planner edition, and a map for each township's folder."""
    from gis.pages.township_page import township_pages  # noqa: PLC0415  # as `_render`

    spoken, pages = _render(edition)
    towns = {
        f"townships/{folder_name(code)}/map.html": content
        for code, content in township_pages(spoken).items()
    }
    return {f"planner/{name}": content for name, content in pages.items()} | towns


def _render(edition: Edition) -> tuple[Edition, dict[str, bytes]]:
    """The edition with its search names, and the files of its pages."""
    # Folium, and pypinyin with 60 MB: only the process that draws pays for them
    from gis.editions.search_names import with_search_names  # noqa: PLC0415
    from gis.pages import render_site  # noqa: PLC0415

    spoken = with_search_names(edition)
    return spoken, render_site(spoken)
