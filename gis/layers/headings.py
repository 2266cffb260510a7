"""Which of a file's headings is which column of ours."""

from __future__ import annotations

from collections.abc import Mapping

from gis.layers.findings import Finding
from gis.layers.schema import Column, Layer, fold
from gis.layers.strict import nearest
from gis.layers.units import heading_factor

EXTRA = "extra:"
_ALIKE = 0.75


def match(
    headings: list[str], layer: Layer, rename: Mapping[str, str]
) -> tuple[dict[str, str], list[Finding]]:
    """Our column → the file's heading, and what is wrong with the headings.

    `rename` of project.toml goes first, then the same name, then the aliases. Two headings for
    one column: the one with the column's own name; otherwise the file has to be asked.
    """
    found: dict[str, list[str]] = {}
    findings = [
        Finding(
            "rename_without_heading", column=old, numbers={"headings": "、".join(headings[:40])}
        )
        for old in rename
        if old not in headings
    ]
    for heading in headings:
        name = rename.get(heading) or layer.headings.get(fold(heading))
        if name in layer.by_name:
            found.setdefault(str(name), []).append(heading)
        elif heading in rename:
            near = ", ".join(layer.by_name)
            findings.append(
                Finding("rename_to_unknown", column=rename[heading], numbers={"known": near})
            )
    taken = {}
    for name, several in found.items():
        exact = [one for one in several if one in rename] or [one for one in several if one == name]
        if len(several) > 1 and len(exact) != 1:
            numbers = {"headings": "、".join(several)}
            findings.append(Finding("two_headings", column=name, numbers=numbers))
        taken[name] = (exact or several)[0]
    return taken, findings + _near(headings, layer, taken)


def _near(headings: list[str], layer: Layer, taken: Mapping[str, str]) -> list[Finding]:
    """Headings that were taken for nothing, though much like those of a column not found."""
    wanted = {word: name for word, name in layer.headings.items() if name not in taken}
    findings = []
    for heading in headings:
        like = "" if heading in taken.values() else nearest(fold(heading), wanted, _ALIKE)
        if like:
            numbers = {"like": like}
            findings.append(Finding("heading_near", None, wanted[like], heading, numbers))
    return findings


def in_heading_unit(column: Column, heading: str) -> tuple[float, list[Finding]]:
    """The factor that the heading's unit asks for."""
    factor = heading_factor(heading, column.unit) if column.kind == "number" else 1.0
    if factor is None:
        return 1.0, [Finding("unit_unknown", None, column.name, heading, {"unit": column.unit})]
    return factor, []
