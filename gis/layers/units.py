"""Numbers as people write them: thousands commas, full width, units behind or in the heading."""

from __future__ import annotations

import re
import unicodedata

# our unit → the units people write for it and how many of ours one of theirs is
FACTORS: dict[str, dict[str, float]] = {
    "m²": {"m2": 1, "m²": 1, "平方米": 1, "平米": 1, "平方": 1, "平": 1},
    "m³": {"m3": 1, "m³": 1, "nm3": 1, "立方米": 1, "立方": 1, "方": 1, "万m3": 1e4, "万方": 1e4},
    "m": {"m": 1, "米": 1, "km": 1000, "公里": 1000, "千米": 1000},
    "mm": {"mm": 1, "毫米": 1, "cm": 10, "m": 1000},
    "kVA": {"kva": 1, "千伏安": 1, "mva": 1000, "兆伏安": 1000, "va": 0.001},
    "MW": {"mw": 1, "兆瓦": 1, "kw": 0.001, "千瓦": 0.001, "万kw": 10, "万千瓦": 10},
    "kWh": {"kwh": 1, "度": 1, "千瓦时": 1, "mwh": 1000, "兆瓦时": 1000, "万kwh": 1e4, "万度": 1e4},
    "kg": {"kg": 1, "公斤": 1, "千克": 1, "斤": 0.5, "t": 1000, "吨": 1000},
    "元": {"元": 1, "cny": 1, "人民币": 1, "万元": 1e4, "万": 1e4, "千元": 1000},
    "a": {"年": 1, "年度": 1, "a": 1},
    "°": {"°": 1, "度": 1, "e": 1, "n": 1, "deg": 1},
    "": {"户": 1, "个": 1},
}
_NUMBER = re.compile(r"([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:e[+-]?\d+)?)(.*)")
_DEGREES = re.compile(
    r"(\d{1,3})[°度](\d{1,2}(?:\.\d+)?)['′分](?:(\d{1,2}(?:\.\d+)?)(?:[\"秒]|''|′′))?[en]?"
)
_BRACKET = re.compile(r"[(\[{<,/_](.*?)[)\]}>]?$")


def parse_number(words: str, unit: str) -> float | None:
    """The number in `unit` that `words` say, or None when they say none."""
    text = unicodedata.normalize("NFKC", words).strip().lower().replace(" ", "")
    if unit == "mm":
        text = re.sub(r"^(dn|φ|ф|ø|d)(?=\d)", "", text)
    if unit == "°" and (found := _DEGREES.fullmatch(text)):
        degrees, minutes, seconds = (float(part or 0) for part in found.groups())
        return degrees + minutes / 60 + seconds / 3600
    found = _NUMBER.fullmatch(text)
    if not found or not found[1] or found[1][-1] in "+-":
        return None
    factor = FACTORS[unit].get(found[2], 1.0 if not found[2] else None)
    return None if factor is None else float(found[1].replace(",", "")) * factor


def heading_factor(heading: str, unit: str) -> float | None:
    """How many of `unit` one of the heading's bracketed unit is; 1 without one, None if unknown."""
    text = unicodedata.normalize("NFKC", heading).strip().lower().replace(" ", "")
    found = _BRACKET.search(text)
    written = found[1] if found else ""
    known = FACTORS.get(unit, {})
    if not written or written in known:
        return known.get(written, 1.0)
    return None if any(written in other for other in FACTORS.values()) else 1.0
