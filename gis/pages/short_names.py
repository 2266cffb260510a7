"""Short names of villages, such as 樊村 for 樊村村委会, where they are unambiguous."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from gis.pages.model import VillageView

_OFFICES = {
    "村民委员会": " Cunminweiyuanhui",
    "居民委员会": " Juminweiyuanhui",
    "村委会": " Cunweihui",
    "居委会": " Juweihui",
}


def office(name: str) -> str:
    """The committee's title at the end of `name`, "" if it has none or is only a title."""
    return next((title for title in _OFFICES if name.endswith(title) and name != title), "")


def shortened(villages: Sequence[VillageView]) -> list[dict[str, Any]]:
    """The villages under their short names; `full` has the official name if it is longer.

    Two committees of one township that would share a short name both keep the official one.
    """
    taken = Counter((row["township_code"], _short(row["name"])) for row in villages)
    return [
        _renamed(row) if taken[row["township_code"], _short(row["name"])] == 1 else dict(row)
        for row in villages
    ]


def _short(name: str) -> str:
    return name.removesuffix(office(name))


def _renamed(row: VillageView) -> dict[str, Any]:
    title = office(row["name"])
    if not title:
        return dict(row)
    return {
        **row,
        "name": _short(row["name"]),
        "full": row["name"],
        "initials": row["initials"][: -len(title)],
        "pinyin": row["pinyin"].removesuffix(_OFFICES[title]),
    }
