"""A run becomes a publication: two editions, checked for leaks, swapped in whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gis.disclosure.rounding import memory_bytes
from gis.editions.planner import masked_edition, planner_edition
from gis.editions.public import public_edition
from gis.parallel import Worker
from gis.publish import errors
from gis.publish.atomic_swap import install, install_file, open_publication
from gis.publish.files import decisions_csv, office_files, tried_csv
from gis.publish.filesystem import MANIFEST, PUBLIC_MANIFEST, PUBLIC_SIGNATURE, SIGNATURE
from gis.publish.manifest import manifest_bytes
from gis.publish.page_builder import PageBuilder, start_page_builder
from gis.publish.previous_edition import NO_PAST, Past, past
from gis.report.summary import summary

if TYPE_CHECKING:
    import pandas as pd

    from gis.editions.run_results import Results
    from gis.publish.files import Spool
    from gis.publish.signing import Signer


_SIGNED = {MANIFEST: SIGNATURE, PUBLIC_MANIFEST: PUBLIC_SIGNATURE}


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

    previous: the folder of the edition before, from which public values go on; None: the one that
    stands in `out`.
    sign: makes the signatures of both manifests, which are swapped in with them; None: unsigned.
    watch: as for `made`.

    Raises:
        InputError: the edition before is none, is damaged, or is of a later as-of day.
        PublicationError: something personal would have become public, or the disk refused; what
            was published before stands.
    """
    install_publication(build_publication(results, past(results, out, previous), watch), out, sign)


def build_publication(
    results: Results, goes_on: Past = NO_PAST, watch: PageBuilder | None = None
) -> Made:
    """An edition, looked through and ready to be put in its place.

    goes_on: what is published already.
    watch: who draws the pages and looks through the public ones beside the rest; None: a thread.

    Raises:
        PublicationError: something personal would have become public.
    """
    with Worker() as here:
        watching = watch or start_page_builder(here, results.facts, results.project)
        exact = planner_edition(results, summary(results))
        seen, counts, groups = public_edition(exact, results, goes_on.memory)
        public, planner = (
            watching.checked(seen, groups, results),
            watching.drawn(exact if results.unmask else masked_edition(exact)),
        )
        other = watching.beside if watching.beside.pid else None
        files = office_files(results, exact, memory_bytes(counts, groups), goes_on.before, other)
        files.add(public.result() | planner.result())
    return Made(files, manifest_bytes(results, files, goes_on.before))


def install_publication(edition: Made, out: Path, sign: Signer | None = None) -> None:
    """Swap an edition into folder `out`.

    Raises:
        PublicationError: the disk refused; what was published before stands.
    """
    edition.files.add({MANIFEST: edition.manifest})
    if sign:
        signatures = {place: sign(edition.files[name]) for name, place in _SIGNED.items()}
        edition.files.add(signatures)
    install(out, edition.files)


def write_decisions(results: Results, out: Path) -> pd.DataFrame:
    """Write DIR/planner/decisions.csv, and tried.csv on which it rests; return the decisions.

    Raises:
        PublicationError: DIR holds a publication that these files would change, the disk refused,
            or a file is open in another program.
    """
    table, content = decisions_csv(results)
    files = {"decisions.csv": content, "tried.csv": tried_csv(results)}
    with open_publication(out) as place:
        folder = place / "planner"
        if _published(place, content):
            return table
        errors.if_published(place, "decisions.csv")
        for name, made in files.items():
            install_file(folder / name, made)
    return table


def _published(place: Path, content: bytes) -> bool:
    """Whether a publication in `place` says the same decisions already."""
    path = place / "planner" / "decisions.csv"
    return (place / MANIFEST).is_file() and path.is_file() and path.read_bytes() == content
