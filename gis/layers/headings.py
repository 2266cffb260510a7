"""Which of a file's headings is which column of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gis.layers.heading_units import factor_said, glued, split, unit_candidates
from gis.layers.problems import Finding
from gis.layers.schema import Column, Layer, normalise_heading
from gis.layers.toml_model import closest_key
from gis.layers.units import measures

EXTRA = "extra:"
_ALIKE = 0.75


def match_headings(
    headings: list[str], layer: Layer, rename: Mapping[str, str], cut: Mapping[str, str]
) -> tuple[dict[str, str], list[Finding]]:
    """Our column → the file's heading, and what is wrong with the headings.

    `rename` of project.toml goes first, then the same name, then the aliases. Two headings for
    one column: the one with the column's own name; otherwise the file has to be asked. A heading
    in `cut` is known by its beginning, where only one column begins so.
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
        name = rename.get(heading) or _known_as(heading, layer)
        if name in layer.by_name:
            found.setdefault(str(name), []).append(heading)
        elif heading in rename:
            near = ", ".join(layer.by_name)
            findings.append(
                Finding("rename_to_unknown", column=rename[heading], numbers={"known": near})
            )
    findings += _mended(found, {one: cut[one] for one in cut if one not in rename}, layer)
    taken = {}
    for name, several in found.items():
        exact = [one for one in several if one in rename] or [one for one in several if one == name]
        if len(several) > 1 and len(exact) != 1:
            numbers = {"headings": "、".join(several)}
            findings.append(Finding("two_headings", column=name, numbers=numbers))
        taken[name] = (exact or several)[0]
    return taken, findings + _near(headings, layer, taken)


def rival_headings(
    headings: list[str], layer: Layer, rename: Mapping[str, str], taken: Mapping[str, str]
) -> dict[str, str]:
    """Heading left out beside one with the column's own name → that column.

    What `rename` says of either of them is settled.
    """
    left = [one for one in headings if one not in taken.values() and one not in rename]
    known = {one: str(_known_as(one, layer)) for one in left}
    return {one: name for one, name in known.items() if taken.get(name, one) not in {*rename, one}}


def _mended(found: dict[str, list[str]], cut: Mapping[str, str], layer: Layer) -> list[Finding]:
    """Add to `found` the cut headings that begin as those of one column that has none.

    Of several that could be one column, the one that lacks the fewest characters is.
    """
    known = {one for several in found.values() for one in several}
    begun: dict[str, list[tuple[int, str]]] = {}
    findings = []
    for heading in (one for one in cut if one not in known):
        lacking = _begun(heading, cut[heading], layer)
        if len(lacking) == 1 and not lacking.keys() & found.keys():
            name, count = lacking.popitem()
            begun.setdefault(name, []).append((count, heading))
        elif not heading.isascii():
            findings.append(_cut(heading, lacking, layer))
    for name, several in begun.items():
        fewest = min(several)
        only = sum(count == fewest[0] for count, _ in several) == 1
        if only:
            found[name] = [fewest[1]]
            findings.append(Finding("heading_mended", None, name, fewest[1]))
        findings += [
            _cut(one, [name], layer) for at, one in several if not only or (at, one) != fewest
        ]
    return findings


def _begun(heading: str, half: str, layer: Layer) -> dict[str, int]:
    """The columns that have a heading which begins so → the characters it lacks."""
    begun, lost = normalise_heading(heading), bytes.fromhex(half)
    lacking: dict[str, int] = {}
    for word, name in layer.headings.items():
        rest = word[len(begun) :]
        if begun and rest and word.startswith(begun) and _begins(rest, lost):
            lacking[name] = min(lacking.get(name, len(rest)), len(rest))
    return lacking


def _begins(rest: str, half: bytes) -> bool:
    """Whether the bytes of half a character begin the first one of `rest`."""
    return any(rest[0].encode(one).startswith(half) for one in ("utf-8", "gb18030"))


def _cut(heading: str, like: Iterable[str], layer: Layer) -> Finding:
    """What is said of a heading that is taken for nothing; like: the columns it could be."""
    said = "、".join((layer.by_name[name].aliases or name).split()[0] for name in like)
    return Finding("heading_cut", None, "", heading, {"like": said or "—"})


def _near(headings: list[str], layer: Layer, taken: Mapping[str, str]) -> list[Finding]:
    """Headings that were taken for nothing, though much like those of a column not found."""
    wanted = {word: name for word, name in layer.headings.items() if name not in taken}
    findings = []
    for heading in headings:
        like = (
            ""
            if heading in taken.values()
            else closest_key(normalise_heading(heading), wanted, _ALIKE)
        )
        if like:
            numbers = {"like": like}
            findings.append(Finding("heading_near", None, wanted[like], heading, numbers))
    return findings


def _known_as(heading: str, layer: Layer) -> str | None:
    """The column that answers to a heading; of a number, also without the unit at its end."""
    whole, *shorter = unit_candidates(heading)
    names = [layer.headings.get(one) for one in shorter]
    numbers = [name for name in names if name and layer.by_name[name].kind == "number"]
    return layer.headings.get(whole) or next(iter(numbers), None)


def in_unit(column: Column, heading: str, units: Mapping[str, str]) -> tuple[float, list[Finding]]:
    """The factor that a column's unit asks for, where the file names one.

    units  heading → the unit in a row below the headings; "": the one stated for the whole table
    """
    if column.kind != "number" or heading == column.name:
        return 1.0, []
    bare, said = split(heading)
    said += [units[heading]] if units.get(heading) else []
    if not said and normalise_heading(bare) not in _own(column):
        name, end = glued(bare)
        said += (
            [end] if column.unit in measures(end) or normalise_heading(name) in _own(column) else []
        )
    if not any(said):
        stated = units.get("", "").split("、")
        said += [one for one in stated if column.unit in measures(one)]
    factor, strange = factor_said(said, column.unit)
    if factor is None:
        numbers = {"unit": column.unit or "户", "found": strange}
        return 1.0, [Finding("unit_unknown", None, column.name, heading, numbers)]
    return factor, []


def _own(column: Column) -> set[str]:
    return {normalise_heading(word) for word in [column.name, *column.aliases.split()]}


def of_nothing(taken: Mapping[str, str], layer: Layer, units: Mapping[str, str]) -> list[Finding]:
    """A unit stated for the whole table that is that of none of its columns.

    Homes and money apart, which are often those of columns that nobody asks for.
    """
    columns = [layer.by_name[name] for name in taken if layer.by_name[name].kind == "number"]
    own = {column.unit for column in columns}
    findings = []
    for one in filter(None, units.get("", "").split("、")):
        if columns and not measures(one) & (own | {"", "元"}):
            column = columns[0]
            numbers = {"unit": column.unit or "户", "found": one}
            findings.append(Finding("unit_unknown", None, column.name, one, numbers))
    return findings
