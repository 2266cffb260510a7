"""Units as people write them, and their conversion to the unit of a column.

Unit libraries do not fit: they treat kVA as kW, tell mW from MW by case, and know no Chinese units.
An unknown unit is never taken for the column's unit.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from math import prod

# quantity → normalised unit → factor to the first unit listed; any unit may be preceded by
# multipliers (百, 万, 兆 …)
_UNITS: dict[str, dict[str, float]] = {
    "area": {
        "m2": 1, "平方米": 1, "平米": 1, "平方": 1, "平": 1, "m2/户": 1, "平方米/户": 1,
        "km2": 1e6, "平方公里": 1e6, "平方千米": 1e6, "公顷": 1e4, "ha": 1e4, "亩": 2000 / 3,
        "dm2": 0.01, "平方分米": 0.01, "cm2": 1e-4, "平方厘米": 1e-4, "平方尺": 1 / 9,
    },
    "volume": {
        "m3": 1, "nm3": 1, "立方米": 1, "标准立方米": 1, "标立方米": 1, "标方": 1, "立方": 1,
        "方": 1, "升": 0.001, "l": 0.001,
    },
    "length": {
        "m": 1, "米": 1, "km": 1000, "公里": 1000, "里": 500, "dm": 0.1, "cm": 0.01, "mm": 0.001,
        "公分": 0.01,
    },
    "apparent power": {"va": 1, "伏安": 1, "kva": 1e3, "mva": 1e6},
    "power": {
        "w": 1, "瓦": 1, "瓦特": 1, "kw": 1e3, "mw": 1e6, "gw": 1e9, "吉瓦": 1e9,
        "kj/s": 1e3, "mj/s": 1e6, "kj/h": 1 / 3.6, "mj/h": 1e3 / 3.6, "gj/h": 1e6 / 3.6,
        "吉焦/h": 1e6 / 3.6, "焦/h": 1 / 3600, "kcal/h": 1.163, "大卡/h": 1.163, "mcal/h": 1163,
        "gcal/h": 1.163e6, "kwth": 1e3, "mwth": 1e6,
    },
    "energy": {
        "wh": 1, "瓦时": 1, "kwh": 1e3, "度": 1e3, "度电": 1e3, "mwh": 1e6, "gwh": 1e9,
        "j": 1 / 3600, "kj": 1 / 3.6, "mj": 1e3 / 3.6, "gj": 1e6 / 3.6, "焦": 1 / 3600,
        "焦耳": 1 / 3600, "吉焦": 1e6 / 3.6,
    },
    "mass": {
        "g": 0.001, "克": 0.001, "kg": 1, "公斤": 1, "t": 1000, "吨": 1000, "斤": 0.5,
        "市斤": 0.5, "担": 50, "两": 0.05,
    },
    "money": {
        "元": 1, "圆": 1, "块": 1, "cny": 1, "rmb": 1, "¥": 1, "人民币": 1, "人民币元": 1,
        "元人民币": 1, "角": 0.1, "分": 0.01,
    },
    "year": {"年": 1, "年度": 1, "a": 1},
    "angle": {"°": 1, "度": 1, "deg": 1, "degree": 1, "degrees": 1, "e": 1, "n": 1},
    "floors": {"层": 1},
    "temperature": {"°c": 1, "摄氏度": 1, "度": 1},
    "degree days": {"°cd": 1, "度日": 1, "kd": 1, "°c日": 1, "°c天": 1},
    "devices": {"台": 1, "套": 1},
    "homes": {"户": 1, "家": 1, "个": 1, "户数": 1},
    "pieces": {"个": 1, "座": 1, "处": 1, "家": 1},
}  # fmt: skip
# unit of a column → its quantity, and the factor to that quantity's first unit
_COLUMN_UNITS: dict[str, tuple[str, float]] = {
    "m²": ("area", 1), "m³": ("volume", 1), "m": ("length", 1), "mm": ("length", 0.001),
    "kVA": ("apparent power", 1e3), "kW": ("power", 1e3), "MW": ("power", 1e6),
    "kWh": ("energy", 1e3), "kg": ("mass", 1), "t": ("mass", 1000), "元": ("money", 1),
    "a": ("year", 1),
    "°": ("angle", 1), "户": ("homes", 1), "个": ("pieces", 1), "台": ("devices", 1),
    "层": ("floors", 1), "°C": ("temperature", 1), "°C·d": ("degree days", 1),
}  # fmt: skip
# units that cannot be converted to ours. ASSUME: t/h and 蒸吨 are steam flows, whose heat depends
# on the steam's state (GB 13271 pairs 1 t/h with 0.7 MW by rule of thumb); inches of a pipe name
# a size (4 in is DN100, not 101.6 mm). Both must be given in the unit of the column
_FOREIGN = frozenset(
    '% ‰ t/h 吨/h 蒸吨 蒸吨/h 蒸吨/时 蒸汽吨 英寸 寸 吋 in inch " 尺 英尺 ft hp 马力 匹 冷吨 rt '
    "btu/h btu tce 吨标煤 吨标准煤 人 口 栋 幢 间 座 处 件 条 只 次 天 月 h 小时 min s "
    "℉ k v kv 伏 千伏 安 ka bar mpa kpa pa 公斤压力 w/m2 瓦/平方米 元/户 元/m2 元/平方米 "
    "元/kva lb 磅 usd 美元 $ 港元 弧度 rad 立方米/h m3/h 方/h l/s".split()
)
_MULTIPLIERS = {
    "十": 10.0, "百": 100.0, "千": 1e3, "万": 1e4, "亿": 1e8, "兆": 1e6, "分": 0.1,
    "厘": 0.01, "毫": 0.001,
}  # fmt: skip
_MULTIPLIER_ALONE = frozenset(["money", "homes"])  # where 万 alone is a unit
_NO_MULTIPLIER = frozenset(
    ["year", "angle", "floors", "temperature", "degree days"]
)  # without multipliers
_MULTIPLIER = re.compile(r"[十百千万亿兆]+|[分厘毫](?=米|升|克)")
_DOTS = re.compile(r"[\s·.•∙⋅・*×^\u200b-\u200f\ufeff]")
_HOUR = re.compile(r"[/每](?:小时|时|hour|hr)$")
_STATED = re.compile(r"^(?:计量|数量)?单位(?:为|是)?[:：]?")
_NUMBER = re.compile(r"([+-]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?)(.*)")
_AXIS = r"(?:[nsew]|[东西]经|[南北]纬|经度|纬度)"
_DEGREES = re.compile(
    rf"({_AXIS}?)[:=]?(\d{{1,3}}(?:\.\d+)?)(?:[°度º˚](?:(\d{{1,2}}(?:\.\d+)?)['′’‘´`分]"
    rf"(?:(\d{{1,2}}(?:\.\d+)?)(?:[\"″”“秒]|''|′′|’’)?)?)?)?({_AXIS}?)"
)
_SIXTY = 60
_LESS = frozenset(["s", "w", "南纬", "西经"])


def parse_number(words: str, unit: str, times: float = 1.0) -> float | None:
    """Parse a number with an optional unit.

    Args:
        words: The text of a cell.
        unit: The unit to convert to.
        times: Factor to `unit` for a number without a unit.

    Returns:
        The number in `unit`, or None if the text is not a number.
    """
    text = unicodedata.normalize("NFKC", words).strip().lower().replace(" ", "")
    if unit == "mm":
        text = re.sub(r"^(dn|φ|ф|ø|d)(?=\d)", "", text)
    if unit == "°" and (found := _DEGREES.fullmatch(text)):
        return _degrees(*found.groups())
    found = _NUMBER.fullmatch(text)
    if not found:
        return None
    factor = factor_of(found[2], unit) if found[2] else times
    return None if factor is None else float(found[1].replace(",", "")) * factor


def _degrees(before: str, degrees: str, minutes: str, seconds: str, after: str) -> float | None:
    """An angle of degrees, minutes and seconds; None if its parts are none of a clock's."""
    parts = float(degrees), float(minutes or 0), float(seconds or 0)
    if max(parts[1:]) > _SIXTY or (minutes and not parts[0].is_integer()):
        return None
    angle = parts[0] + parts[1] / 60 + parts[2] / 3600
    return -angle if {before, after} & _LESS else angle


def known_column_units() -> tuple[str, ...]:
    """The units that a column may have."""
    return tuple(_COLUMN_UNITS)


def factor_of(written: str, unit: str) -> float | None:
    """The factor from the unit `written` to `unit`, None if they measure different quantities."""
    kind, ours = _COLUMN_UNITS.get(unit, ("", 1.0))
    theirs = _factors(normalise_unit(written)).get(kind)
    return None if theirs is None else _rounded(theirs / ours)


def is_unit(written: str) -> bool:
    """Whether `written` is a known unit of any quantity."""
    text = normalise_unit(written)
    return bool(text) and (text in _FOREIGN or bool(_factors(text)))


def compatible_units(written: str) -> frozenset[str]:
    """The column units that `written` can be converted to."""
    return frozenset(unit for unit in _COLUMN_UNITS if factor_of(written, unit) is not None)


def normalise_unit(written: str) -> str:
    """A unit without width, case, dots and the word 单位: "kV·A" and "ＫＶＡ" give "kva"."""
    text = _DOTS.sub("", unicodedata.normalize("NFKC", written).lower())
    return _HOUR.sub("/h", _STATED.sub("", text).replace("小时", "时"))


@cache
def _factors(text: str) -> dict[str, float]:
    """Quantity that the unit may measure → its factor to that quantity's first unit."""
    found = {kind: known[text] for kind, known in _UNITS.items() if text in known}
    counting = _MULTIPLIER.match(text)
    if found or not counting:
        return found
    times, rest = prod(_MULTIPLIERS[word] for word in counting[0]), text[counting.end() :]
    if not rest:
        return dict.fromkeys(_MULTIPLIER_ALONE, times)
    kinds = {kind: known[rest] for kind, known in _UNITS.items() if rest in known}
    return {kind: times * one for kind, one in kinds.items() if kind not in _NO_MULTIPLIER}


def _rounded(factor: float) -> float:
    """A factor without the noise of division: 1000, not 999.9999999."""
    return float(f"{factor:.15g}")
