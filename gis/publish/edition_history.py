"""Counts published by a publication's current and archived editions."""

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
    """The counts of a publication and its archived editions, in order of as-of date.

    Raises:
        PublicationError: The publication is interrupted and cannot be recovered there.
    """
    with open_publication(folder) as whole:
        return history_in(whole)


def history_in(folder: Path) -> tuple[CountHistory, ...]:
    """The same for a folder that is already locked; unreadable editions are skipped."""
    dated = []
    for place in (*(folder / EDITIONS / name for name in archive.edition_names(folder)), folder):
        with suppress(OSError, ValueError, KeyError, TypeError):
            day = json.loads((place / MANIFEST).read_bytes())["project"]["as_of"]
            dated.append((day, _parse_history(json.loads((place / MEMORY).read_bytes()))))
    return tuple(published for _, published in sorted(dated, key=lambda one: one[0]))


def _parse_history(stored: Mapping[str, Mapping]) -> CountHistory:
    zones = {
        zone: ZoneLink(
            tuple(link["whole"]),
            None if link["touched"] is None else tuple(link["touched"]),
            link["verdict"],
        )
        for zone, link in stored.get("zones", {}).items()
    }
    return CountHistory(
        {key: int(pair[0]) for key, pair in stored["counts"].items()},
        zones,
        {key: (low, high) for key, (low, high) in stored.get("known", {}).items()},
        stored.get("official", {}),
    )
