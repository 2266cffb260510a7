"""A notice for the village board: one printable sheet a village, for one village or for all.

Only the public edition has it: what hangs on a board is what everybody may see.
"""

from __future__ import annotations

from urllib.parse import quote

from gis import i18n
from gis.pages.model import Edition, VillageView
from gis.pages.page import Page
from gis.pages.qr_code import QrCode, make_qr_code

_LONGEST = 150
"""Signs of a line in a code: four lines of Hanzi are 1,800 bytes, and a code holds 2,331."""


def page(edition: Edition) -> Page | None:
    """The page of notices, from the same data as the other pages; None in the planner edition."""
    if edition.kind != "public":
        return None
    return Page(
        name="notice",
        body="notice.html",
        views=(),
        legend=(),
        without=frozenset({"months", "batch_months", "tried"}),
        drawn=("villages", "zones", "pipes", "rivers") if edition.maps else (),
        extra={"codes": {village["code"]: _code(edition, village) for village in edition.villages}},
    )


def _code(edition: Edition, village: VillageView) -> QrCode:
    """What a telephone reads off the notice: its place on the web, else what it is."""
    if 0 < len(edition.address) <= _LONGEST:
        return make_qr_code(f"{edition.address}approach.html#v={quote(village['code'])}")
    site = i18n.messages("pages")["site"]
    day = i18n.format_message(site, "as_of", date=edition.as_of).zh
    lines = (
        edition.title["zh"],
        f"{village['name']} {village['code']}",
        f"{site['public']['zh']} {day}",
        edition.document,
    )
    return make_qr_code("\n".join(line[:_LONGEST] for line in lines))
