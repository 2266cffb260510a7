"""The quantities of a policy: where each is from, and within which range it is believed.

A policy can be had at one end of the range of an unverified number, or anywhere between its ends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from gis import i18n
from gis.errors import Text

if TYPE_CHECKING:
    from gis.policy.model import Policy

# ASSUME: the entries of one price list are too high or too low together.
_LISTS = ("prices.pipe_cny_per_m",)


class Provenance(BaseModel):
    """Unit, range and source of a quantity.

    low, high     the range within which it is believed; None: not stated
    range_source  where the range is from, "" where `source` says so
    default       the value is the shipped one, not the policy's
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit: str = ""
    low: float | None = None
    high: float | None = None
    source: str = ""
    verified: bool = False
    valid_from: date | None = None
    range_source: str = ""
    default: bool = False


class Span(NamedTuple):
    """A number and the ends within which it is believed."""

    low: float
    value: float
    high: float

    def at(self, share: float) -> float:
        """From `low` at 0 to `high` at 1."""
        return self.low + share * (self.high - self.low)


@dataclass(frozen=True)
class Uncertain:
    """An unverified number, or a price list of them whose entries move together.

    key     its dotted key; of a list, that of its table
    spans   the numbers by their dotted keys
    """

    key: str
    spans: Mapping[str, Span]

    def at(self, share: float) -> dict[str, float]:
        """The numbers from their low ends (share 0) to their high ends (1)."""
        return {key: span.at(share) for key, span in self.spans.items()}


def uncertain(policy: Policy) -> list[Uncertain]:
    """The unverified numbers of `policy` that have a range, sorted by key.

    An end that is not stated is the value itself.
    """
    found: defaultdict[str, dict[str, Span]] = defaultdict(dict)
    for key, source in policy.provenance.items():
        span = None if source.verified else _span(policy.quantity(key), source)
        if span is not None:
            whole = key.rpartition(".")[0]
            found[whole if whole in _LISTS else key][key] = span
    return [Uncertain(key, found[key]) for key in sorted(found)]


def _span(value: object, source: Provenance) -> Span | None:
    if not is_number(value) or (source.low is None and source.high is None):
        return None
    number = float(value)  # type: ignore[arg-type]
    low = number if source.low is None else source.low
    high = number if source.high is None else source.high
    return Span(low, number, high) if low < high else None


def is_number(value: object) -> bool:
    """Whether it is a number; a truth value is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def with_values(policy: Policy, values: Mapping[str, float]) -> Policy:
    """A copy of `policy` with other values; numbers that are counted are rounded to whole ones.

    Args:
        policy: The policy.
        values: New values by dotted key of `provenance`.

    Raises:
        KeyError: The policy has no such quantity.
        pydantic.ValidationError: A value is out of range.
    """
    told: dict[str, Any] = policy.model_dump(by_alias=True)
    for key, value in values.items():
        counted = isinstance(policy.quantity(key), int)
        put(told, key, round(value) if counted else float(value))
    return type(policy).model_validate(told).sourced(policy.provenance)


def put(table: dict[str, Any], key: str, value: object) -> None:
    """Set the entry at a dotted key of nested tables."""
    *way, last = key.split(".")
    for step in way:
        table = table[step]
    table[last] = value


def plain_values(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The entries of nested tables by dotted key."""
    for name, entry in table.items():
        if isinstance(entry, Mapping):
            yield from plain_values(entry, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", entry


def inherited(
    own: Mapping[str, Provenance],
    shipped: Mapping[str, Provenance],
    values: Mapping[str, Any],
) -> dict[str, Provenance]:
    """`own` with the shipped range of each unverified number that states none and lies within it.

    Args:
        own: The sources that a policy states.
        shipped: The sources of the defaults.
        values: The policy's numbers by dotted key.
    """
    found = dict(own)
    for key, source in own.items():
        usual, value = shipped.get(key), values.get(key)
        stated = source.verified or source.low is not None or source.high is not None
        if stated or usual is None or usual.low is None or usual.high is None:
            continue
        if is_number(value) and usual.low <= value <= usual.high:  # type: ignore[operator]
            ends = {"low": usual.low, "high": usual.high, "range_source": usual.source}
            found[key] = source.model_copy(update=ends)
    return found


def range_ends(sources: Mapping[str, Provenance]) -> Iterable[dict[str, float]]:
    """What a policy must be valid with: all low ends, all high ones, and the shares crosswise.

    The usable share of a transformer is no greater than its overload share at any two ends.
    """
    low = {key: one.low for key, one in sources.items() if one.low is not None}
    high = {key: one.high for key, one in sources.items() if one.high is not None}
    usable, overload = "electric.usable_share", "electric.overload_share"
    crossed = {key: side[key] for key, side in ((usable, high), (overload, low)) if key in side}
    return [one for one in (low, high, crossed) if one]


def quantity_name(key: str) -> Text:
    """What a quantity of policy.toml is called, by its dotted key; the key itself if unknown."""
    words = i18n.messages("quantities")
    if key in words["quantity"]:
        return i18n.format_message(words["quantity"], key)
    whole, _, own = key.rpartition(".")
    if whole not in words["list"]:
        return Text(key, key)
    device = i18n.messages("terms")["device"]
    named = device.get(own) or words["item"].get(own, {"zh": own, "en": own})
    pair = words["list"][whole]
    return Text(pair["zh"].format(name=named["zh"]), pair["en"].format(name=named["en"]))
