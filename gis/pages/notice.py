"""Notices for village boards: one printable sheet for each village.

Only the public edition has them, because everybody can read a notice board.
"""

from __future__ import annotations

from urllib.parse import quote

from gis import i18n
from gis.pages.model import Edition, VillageView
from gis.pages.page import Page
from gis.pages.qr_code import QrCode, make_qr_code

_LONGEST = 150
"""Characters in a line of a QR code: four lines of Hanzi are 1,800 bytes of at most 2,331."""


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
    """The QR code of a notice: the village's web address, else what the notice is."""
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
