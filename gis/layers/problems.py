"""What was found wrong, before and after it is put into words.

The reading process speaks in findings (a code, a place, numbers); `problem` puts them into the
words of maps/words/problems.toml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gis.errors import Problem, Text
from gis.i18n import messages
from gis.layers.columns import LAYERS
from gis.layers.library_errors import library_cause

Number = str | int | float


@dataclass(frozen=True)
class Finding:
    """One thing found in one file: a stable code, where, what, and the numbers of its sentence."""

    code: str
    row: int | None = None
    column: str = ""
    value: str = ""
    numbers: Mapping[str, Number] = field(default_factory=dict)


class Refusal(Exception):  # noqa: N818  it is an answer rather than an error of ours
    """A file that is not read at all, and the finding that says why."""

    def __init__(self, code: str, **numbers: Number) -> None:
        super().__init__(code)
        self.finding = Finding(code, numbers=numbers)

    @classmethod
    def of(cls, finding: Finding) -> Refusal:
        """The refusal that a finding from the reading process stands for."""
        refusal = cls(finding.code)
        refusal.finding = finding
        return refusal


def problem(
    layer: str, finding: Finding, file: str = "", *, several: bool = False, key: str = ""
) -> Problem:
    """The finding in words; a sentence names its file, if only where the layer has `several`.

    key: the id of the row that it speaks of.
    """
    said = messages("problems")[finding.code]
    numbers = {"file": file, "column": finding.column, "value": shorten(finding.value)}
    numbers |= {name: _shown(number) for name, number in finding.numbers.items()}
    chinese = numbers | {"column": _heading(layer, finding.column)}
    if "reason" in finding.numbers:
        why = library_cause(finding.code, str(finding.numbers["reason"]))
        chinese["reason"], numbers["reason"] = why
    named = several and "{file}" not in said["zh"]
    zh, en = (f"{file}：", f"{file}: ") if named else ("", "")
    return Problem(
        layer,
        finding.code,
        finding.row,
        finding.column,
        shorten(finding.value),
        Text(zh + said["zh"].format(**chinese), en + said["en"].format(**numbers)),
        Text(said["way_zh"].format(**chinese), said["way_en"].format(**numbers)),
        blocking=bool(said.get("blocking", False)),
        key=key,
    )


def shorten(value: str, limit: int = 80) -> str:
    """A value as a report can carry it: one line, no control characters, at most `limit` long."""
    line = "".join(char if char.isprintable() else "�" for char in value)
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _heading(layer: str, column: str) -> str:
    """What a Chinese ledger calls the column."""
    known = LAYERS[layer].by_name.get(column) if layer in LAYERS else None
    return known.aliases.split()[0] if known else column


def _shown(number: Number) -> str:
    if isinstance(number, float):
        return f"{number:,.3f}".rstrip("0").rstrip(".")
    return str(number)
