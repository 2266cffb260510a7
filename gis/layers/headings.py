"""Which of a file's headings is which column of ours."""

from __future__ import annotations

from collections.abc import Mapping

from gis.layers.findings import Finding
from gis.layers.schema import Column, Layer, fold
from gis.layers.units import heading_factor

EXTRA = "extra:"


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
    return taken, findings


def in_heading_unit(column: Column, heading: str) -> tuple[float, list[Finding]]:
    """The factor that the heading's unit asks for."""
    factor = heading_factor(heading, column.unit) if column.kind == "number" else 1.0
    if factor is None:
        return 1.0, [Finding("unit_unknown", None, column.name, heading, {"unit": column.unit})]
    return factor, []
