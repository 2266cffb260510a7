"""Publish the results of a run: two editions, scanned for leaks, installed atomically.

The files of `nuantu decide` and `nuantu extend` are written here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from gis.disclosure.rounding import memory_bytes
from gis.editions.planner import masked_edition, planner_edition
from gis.editions.public import public_edition
from gis.errors import Text
from gis.network import sensitivity
from gis.parallel import Worker
from gis.publish import errors
from gis.publish.atomic_swap import install, install_file, open_publication
from gis.publish.files import decisions_csv, office_files, tried_csv
from gis.publish.filesystem import MANIFEST, PUBLIC_MANIFEST, PUBLIC_SIGNATURE, SIGNATURE
from gis.publish.manifest import manifest_bytes
from gis.publish.page_builder import PageBuilder, start_page_builder
from gis.publish.previous_edition import NO_PAST, Past, past
from gis.report.csv_parquet import csv_bytes
from gis.report.geopackage import geopackage_bytes
from gis.report.metadata import About, json_bytes, summary

if TYPE_CHECKING:
    from gis.editions.run_results import Results
    from gis.facts import Facts
    from gis.layers import ProjectConfig
    from gis.network import NetworkExtension
    from gis.publish.edition_files import Spool
    from gis.publish.signing import Signer


_SIGNED = {MANIFEST: SIGNATURE, PUBLIC_MANIFEST: PUBLIC_SIGNATURE}
_DECIMALS = 3
_MONEY = ("cost_fen_a", "network_fen_a", "individual_fen_a")


class Made(NamedTuple):
    """The files of an edition, path below the publication's folder → content, and its manifest."""

    files: Spool
    manifest: bytes


def publish(
    results: Results,
    out: Path,
    previous: Path | None = None,
    sign: Signer | None = None,
    watch: PageBuilder | None = None,
) -> None:
    """Write DIR/public, DIR/planner, DIR/townships and DIR/manifest.json, all or none.

    Args:
        results: The results of the run.
        out: The output folder DIR.
        previous: The folder of the previous edition, from which public counts continue; None: the
            edition in `out`.
        sign: Signs both manifests; None: unsigned.
        watch: The page builder, as for `build_publication`.

    Raises:
        InputError: The previous edition is damaged, not an edition, or has a later as-of date.
        PublicationError: Personal data would have been published, or writing failed; the previous
            publication is unchanged.
    """
    install_publication(build_publication(results, past(results, out, previous), watch), out, sign)


def build_publication(
    results: Results, goes_on: Past = NO_PAST, watch: PageBuilder | None = None
) -> Made:
    """Build an edition and scan it for leaks, ready to be installed.

    Args:
        results: The results of the run.
        goes_on: What the edition continues from.
        watch: The page builder, which draws and scans pages in parallel; None: a thread is used.

    Raises:
        PublicationError: Personal data would have been published.
    """
    with Worker() as worker:
        builder = watch or start_page_builder(worker, results.facts, results.project)
        exact = planner_edition(results, summary(results))
        seen, counts, groups = public_edition(exact, results, goes_on.memory)
        public, planner = (
            builder.public(seen, groups, results),
            builder.planner(exact if results.unmask else masked_edition(exact)),
        )
        idle_worker = builder.beside if builder.beside.pid else None
        files = office_files(
            results, exact, memory_bytes(counts, groups), goes_on.before, idle_worker
        )
        files.add(public.result() | planner.result())
    return Made(files, manifest_bytes(results, files, goes_on.before))


def install_publication(edition: Made, out: Path, sign: Signer | None = None) -> None:
    """Install an edition in folder `out`.

    Raises:
        PublicationError: Writing failed; the previous publication is unchanged.
    """
    edition.files.add({MANIFEST: edition.manifest})
    if sign:
        signatures = {
            place: sign(edition.files[name])
            for name, place in _SIGNED.items()
            if name in edition.files
        }
        edition.files.add(signatures)
    install(out, edition.files)


def write_decisions(results: Results, out: Path) -> pd.DataFrame:
    """Write DIR/planner/decisions.csv and tried.csv, the routes that were tried.

    Args:
        results: The results of the run.
        out: The output folder DIR.

    Returns:
        The decisions.

    Raises:
        PublicationError: DIR holds a publication that these files would change, writing failed, or
            a file is open in another program.
    """
    table, content = decisions_csv(results)
    files = {"decisions.csv": content, "tried.csv": tried_csv(results)}
    with open_publication(out) as place:
        folder = place / "planner"
        if _already_published(place, content):
            return table
        errors.if_published(place, "decisions.csv")
        for name, written in files.items():
            install_file(folder / name, written)
    return table


def _already_published(place: Path, content: bytes) -> bool:
    """Whether a publication in `place` already has the same decisions."""
    path = place / "planner" / "decisions.csv"
    return (place / MANIFEST).is_file() and path.is_file() and path.read_bytes() == content


def write_extension(
    found: NetworkExtension, facts: Facts, project: ProjectConfig, out: Path
) -> pd.DataFrame:
    """Write DIR/planner/extension.csv, .json and .gpkg.

    Money is in yuan. The mains are in the project CRS, one row for each run between junctions.

    Args:
        found: The network extension.
        facts: The facts, for the names of villages.
        project: The project.
        out: The output folder DIR.

    Returns:
        The table of villages.

    Raises:
        PublicationError: DIR holds a publication, writing failed, or a file is open in another
            program.
    """
    about = _about(project)
    table = _table(found, facts)
    mains = {"heat_extension": found.branches.set_crs(project.crs)}
    files = {
        "extension.csv": csv_bytes(about.marked(table)),
        "extension.json": json_bytes(found.as_json()),
        "extension.gpkg": geopackage_bytes(mains, about),
    }
    _write(out, files)
    return table


def write_sensitivity(found: NetworkExtension, project: ProjectConfig, out: Path) -> pd.DataFrame:
    """Write DIR/planner/sensitivity.csv and return the table, see `gis.network.expand`.

    Raises:
        PublicationError: As for `write_extension`.
    """
    table = sensitivity(found).round(_DECIMALS + 3)
    _write(out, {"sensitivity.csv": csv_bytes(_about(project).marked(table))})
    return table


def _write(out: Path, files: Mapping[str, bytes]) -> None:
    with open_publication(out) as place:
        for name, content in files.items():
            errors.if_published(place, name)
            install_file(place / "planner" / name, content)


def _about(project: ProjectConfig) -> About:
    title = Text(project.title.zh, project.title.en)
    return About(project.name, title, project.as_of, project.demonstration)


def _table(found: NetworkExtension, facts: Facts) -> pd.DataFrame:
    names = facts.villages.set_index("village_code")[["village", "township_code", "township"]]
    villages = names.join(found.villages, how="inner")
    yuan = {
        name.replace("_fen_", "_cny_"): villages[name].astype("Float64") / 100 for name in _MONEY
    }
    ordered = villages.drop(columns=list(_MONEY)).assign(**yuan).reset_index()
    keys, descending = ["connected", "village_code"], [False, True]
    numbers = ordered.select_dtypes("number").columns
    ordered = ordered.sort_values(keys, ascending=descending, ignore_index=True)
    return ordered.round(dict.fromkeys(numbers, _DECIMALS))
