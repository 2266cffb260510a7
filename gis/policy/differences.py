"""What differs between policies, in words with units: never a raw key or code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from gis import i18n
from gis.errors import Text
from gis.policy.quantities import plain_values, quantity_name

if TYPE_CHECKING:
    from gis.policy.model import Policy

# Where the words for a key part or a value are looked up, in this order
_TERMS = ("approach", "device", "heating", "complement")
_UNGROUPED = ("年",)  # numbers that are no amounts: 2010, not 2,010
_A_YEAR = "1/a"
_LESS = "heat_sources.less_mw."  # a source that is not named gives nothing less
_NOT_OF_THE_PLAN = ("scenario.", "policy.name")


class Difference(NamedTuple):
    """A key of policy.toml that differs: its name, and its value in each policy with its unit."""

    key: str
    name: Text
    values: tuple[Text, ...]


def differences(policies: Sequence[Policy]) -> list[Difference]:
    """The keys that differ between any of `policies`, in the order of policy.toml."""
    told = [dict(_plain(policy)) for policy in policies]
    keys = list(dict.fromkeys(key for one in told for key in one))
    found = []
    for key in keys:
        values = [one.get(key, 0.0 if key.startswith(_LESS) else None) for one in told]
        if key.startswith(_NOT_OF_THE_PLAN) or all(value == values[0] for value in values):
            continue
        units = [_unit(policy, key) for policy in policies]
        said = [value_words(key, value, unit) for value, unit in zip(values, units, strict=True)]
        found.append(Difference(key, setting_name(key), tuple(said)))
    return found


def _plain(policy: Policy) -> list[tuple[str, Any]]:
    """Values by dotted key; routes by their names, and their order as `routes`."""
    table = policy.model_dump(by_alias=True)
    routes = table.pop("routes")
    of_routes = {one["route"]: {k: v for k, v in one.items() if k != "route"} for one in routes}
    order = tuple(one["route"] for one in routes)
    return [("routes", order), *plain_values(of_routes, "routes."), *plain_values(table)]


def setting_name(key: str) -> Text:
    """What a key of policy.toml is called, whether it is a quantity or not."""
    found = quantity_name(key)
    if found.zh != key:
        return found
    parts = key.split(".")
    for pattern, pair in i18n.messages("quantities")["setting"].items():
        signs = pattern.split(".")
        if len(signs) == len(parts) and all(
            sign in ("*", part) for sign, part in zip(signs, parts, strict=True)
        ):
            names = [_term(part) for sign, part in zip(signs, parts, strict=True) if sign == "*"]
            return Text(
                pair["zh"].format(*(name.zh for name in names)),
                pair["en"].format(*(name.en for name in names)),
            )
    return found


def value_words(key: str, value: object, unit: str = "") -> Text:
    """A value as it is read: with its unit, a share in per cent, a code in words."""
    if value is None or value == "":
        return _term("not_set")
    if isinstance(value, list | tuple | Mapping) and not value:
        return _term("nothing")
    if isinstance(value, list | tuple):
        each, sign = [value_words(key, one) for one in value], unit_words(unit)
        zh, en = "、".join(one.zh for one in each), ", ".join(one.en for one in each)
        return Text(f"{zh} {sign.zh}".strip(), f"{en} {sign.en}".strip())
    return _one(key, value, unit)


def _one(key: str, value: object, unit: str) -> Text:
    if isinstance(value, bool):
        return _term("yes" if value else "no")
    if isinstance(value, date):
        return Text(f"{value.year}年{value.month}月{value.day}日", f"{value.day} {value:%b %Y}")
    if isinstance(value, int | float):
        return _number(key, value, unit)
    return _term(str(value["name"] if isinstance(value, Mapping) else value))


def _number(key: str, value: float, unit: str) -> Text:
    if key.endswith("share") or ".season_shares." in key or "payers." in key:
        return Text(f"{value * 100:g} %", f"{value * 100:g} %")
    if unit == _A_YEAR:
        return Text(f"{value * 100:g} %/年", f"{value * 100:g} % a year")
    grouped = f"{value:,.10g}" if abs(value) >= 1 else f"{value:.10g}"
    said = f"{value:g}" if unit in _UNGROUPED or key.endswith(("_year", "seed")) else grouped
    sign = unit_words(unit)
    en = sign.en.removesuffix("s") if value == 1 else sign.en
    return Text(f"{said} {sign.zh}".strip(), f"{said} {en}".strip())


def unit_words(unit: str) -> Text:
    """A unit of policy.toml in words: CNY/户 as 元/户 and yuan/home."""
    table = i18n.messages("quantities")["unit"]
    first, *below = [part.strip("()") for part in unit.split("/")]
    tops = i18n.format_message(table, first) if first in table else Text(first, first)
    zh, en = [tops.zh], [tops.en]
    for part in below:
        each = [
            table.get(f"/{one}", table.get(one, {"zh": one, "en": one})) for one in part.split("·")
        ]
        joined = "·".join(one["zh"] for one in each), "·".join(one["en"] for one in each)
        several = len(each) > 1
        zh.append(f"({joined[0]})" if several else joined[0])
        en.append(f"({joined[1]})" if several else joined[1])
    return Text("/".join(zh), "/".join(en))


def _unit(policy: Policy, key: str) -> str:
    own = policy.provenance.get(key)
    if own is not None and own.unit:
        return own.unit
    units = i18n.messages("quantities")["unit_of"]
    return str(units.get(key.rpartition(".")[2], units.get(".".join(key.split(".")[:-1]), "")))


def _term(code: str) -> Text:
    """A code in words; what is no code, as it is written."""
    own, terms = i18n.messages("quantities"), i18n.messages("terms")
    tables = [own["value"], *(terms[name] for name in _TERMS), own["item"]]
    for table in tables:
        if code in table:
            return i18n.format_message(table, code)
    return Text(code, code)
