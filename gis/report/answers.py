"""What each answer needs of the layers, and what of it a project lacks; known before any run."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from gis import i18n
from gis.audit.ground import COMPLETION
from gis.errors import Text
from gis.layers.columns import LAYERS, TARGETS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

_LEDGER = "households"
_DATES = ("signed_on", "installed_on", "energised_on", "accepted_on", "stove_removed_on")


def _columns(*names: str, of: str = _LEDGER) -> tuple[str, ...]:
    return tuple(f"{of}.{name}" for name in names)


# answer → the layers ("a|b": one of them) and columns ("layer.column") that it rests on
NEEDS: Mapping[str, tuple[str, ...]] = {
    "route": ("villages", *_columns("heating", "occupancy")),
    "central": ("heat_pipes|heat_coverage", "heat_sources"),
    "electric": ("transformers",),
    "gas": ("gas_coverage",),
    "extension": ("roads", "heat_pipes", "heat_sources"),
    "batch": ("targets", *_columns("in_programme")),
    "completed": ("targets", *_columns(*COMPLETION)),
    "stages": _columns("plan_year", *_DATES),
    "complete": _columns("households_total", of="villages"),
    "clearance": (
        "coal_ban_zones", "inspections", "complaints",
        *_columns("acceptance_result", "accepted_on", "stove_removed_on", "coal_removed_on"),
    ),
    "use": ("inspections", *_columns("energised_on", "heating_kwh")),
    "settlement": _columns("device", "acceptance_result", "accepted_on", "heating_kwh"),
    "hardship": _columns("hardship_class", "supplement_paid_on"),
    "demand": ("weather", *_columns("device", "energised_on", "heating_kwh", "heating_kwh_basis")),
    "funds": ("payments",),
    "gaps": ("heat_pipes|heat_coverage", "transformers", "gas_coverage", "built_up_area"),
}  # fmt: skip


_AUTHOR = f"{_LEDGER}.acceptance_by"


class AnswerNeeds(NamedTuple):
    """One answer: its key, what it needs, and what of that is missing, each in words."""

    key: str
    needs: tuple[Text, ...]
    lacks: tuple[Text, ...]

    @property
    def name(self) -> Text:
        """What the answer is about."""
        return i18n.format_message(i18n.messages("report")["rests_on"], self.key)

    def as_json(self, lang: str) -> dict[str, Any]:
        """The answer as `check --json` prints it."""
        return {
            "answer": self.name.of(lang),
            "needs": [one.of(lang) for one in self.needs],
            "lacks": [one.of(lang) for one in self.lacks],
        }


def answers(
    tables: Mapping[str, pd.DataFrame], *, author_needed: bool = True
) -> tuple[AnswerNeeds, ...]:
    """Every answer with what it needs and lacks.

    Args:
        tables: The layers by name; households may have `absent`, see gis.layers.load_layers.
        author_needed: Whether an acceptance counts only if it says whose it is.
    """
    found, without = [], _rows_without(tables.get(_LEDGER))
    for key, all_needed in NEEDS.items():
        needed = [one for one in all_needed if author_needed or one != _AUTHOR]
        gone = {one: _missing(one, tables, without) for one in needed}
        lacks = tuple(text for text in gone.values() if text is not None)
        found.append(AnswerNeeds(key, tuple(_name(one) for one in needed), lacks))
    return tuple(found)


def _rows_without(ledger: pd.DataFrame | None) -> Counter[str]:
    """Column → how many rows of the ledger come from a file that does not have it."""
    rows: Counter[str] = Counter()
    if ledger is not None and "absent" in ledger:
        for names, count in ledger["absent"].value_counts().items():
            rows.update(dict.fromkeys(str(names).split(","), count))
    return rows


def _missing(
    need: str, tables: Mapping[str, pd.DataFrame], without: Mapping[str, int]
) -> Text | None:
    """What of a need is missing, None where it is all there; without: `_rows_without`."""
    layer, _, column = need.partition(".")
    if not column:
        return None if any(one in tables for one in layer.split("|")) else _name(need)
    table = tables.get(layer)
    if table is None or column not in table or not len(table):
        return _name(need)
    if layer != _LEDGER:
        return None if table[column].notna().any() else _name(need)
    rows = without[column]
    if rows in (0, len(table)):
        return _name(need) if rows else None
    words, name = i18n.messages("report")["lacks"], _name(need)
    return i18n.format_message(words, "some", zh=name.zh, en=name.en, rows=rows, of=len(table))


def _name(need: str) -> Text:
    layer, _, column = need.partition(".")
    words = i18n.messages("report")["lacks"]
    if column:
        heading = LAYERS[layer].by_name[column].aliases.split()[0]
        return i18n.format_message(
            words, "column", zh=heading, en=f"{column.replace('_', ' ')} ({need})"
        )
    names = layer.split("|")
    schemas = {**LAYERS, "targets": TARGETS}
    zh = "或".join(schemas[one].title.zh for one in names)
    en = " or ".join(f"{schemas[one].title.en} ({one})" for one in names)
    return i18n.format_message(words, "layer", zh=zh, en=en)


def listed(texts: Sequence[Text]) -> Text:
    """Several things in one line."""
    return Text("、".join(one.zh for one in texts), ", ".join(one.en for one in texts))
