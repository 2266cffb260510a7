"""The counts that a publication and the editions archived in it have published."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from gis.disclosure.rounding import MEMORY, CountHistory, ZoneLink
from gis.publish import archive
from gis.publish.atomic_swap import open_publication
from gis.publish.filesystem import EDITIONS, MANIFEST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def history(folder: Path) -> tuple[CountHistory, ...]:
    """What the publication in `folder` and the editions it keeps say, in order of as-of day.

    Raises:
        PublicationError: it is halfway and cannot be recovered there.
    """
    with open_publication(folder) as whole:
        return history_in(whole)


def history_in(whole: Path) -> tuple[CountHistory, ...]:
    """The same of a folder that is held still; of an edition that cannot be read, nothing."""
    dated = []
    for place in (*(whole / EDITIONS / name for name in archive.edition_names(whole)), whole):
        with suppress(OSError, ValueError, KeyError, TypeError):
            day = json.loads((place / MANIFEST).read_bytes())["project"]["as_of"]
            dated.append((day, _published(json.loads((place / MEMORY).read_bytes()))))
    return tuple(published for _, published in sorted(dated, key=lambda one: one[0]))


def _published(told: Mapping[str, Mapping]) -> CountHistory:
    zones = {
        zone: ZoneLink(
            tuple(link["whole"]),
            None if link["touched"] is None else tuple(link["touched"]),
            link["verdict"],
        )
        for zone, link in told.get("zones", {}).items()
    }
    return CountHistory(
        {key: int(pair[0]) for key, pair in told["counts"].items()},
        zones,
        {key: (low, high) for key, (low, high) in told.get("known", {}).items()},
        told.get("official", {}),
    )
