"""Why a village has its route, as the public reads it: by cause, without numbers of homes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gis import i18n
from gis.pages.rows import Village, Words

if TYPE_CHECKING:
    import pandas as pd

_STOP = {"zh": "。", "en": "."}
_BETWEEN = {"zh": "；", "en": ". "}


def public_reasons(tried: pd.DataFrame) -> dict[str, list[tuple[str, str]]]:
    """village_code → (route, code of the cause) of each route tried, in the policy's order."""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in tried.drop_duplicates(["village_code", "route"]).itertuples():
        found.setdefault(row.village_code, []).append((row.route, row.code))
    return found


def public_reason(village: Village, tried: Sequence[tuple[str, str]]) -> Words:
    """One sentence: the ruling where the office decided otherwise, else the routes down to it."""
    approach = village["approach"]
    if approach == "done":
        return _sentence(["done"])
    if village["dissent"]:
        number = village["document_no"]
        table = i18n.load("report")["public_reason"]
        said = i18n.sentence(table, "ruled" if number else "ruled_unnumbered", document=number)
        return Words(zh=said.zh + _STOP["zh"], en=said.en + _STOP["en"])
    codes: list[str] = []
    for route, code in tried:
        codes.append(code)
        if route == approach:
            break
    return _sentence(codes)


def _sentence(codes: list[str]) -> Words:
    table = i18n.load("report")["public_reason"]
    said = [table[code] for code in codes if code in table]
    if not said:
        return Words(zh="", en="")
    zh, en = (_BETWEEN[lang].join(one[lang] for one in said) + _STOP[lang] for lang in ("zh", "en"))
    return Words(zh=zh, en=en)
