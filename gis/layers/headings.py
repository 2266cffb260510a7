"""Matching a file's headings to the columns of a layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gis.layers.heading_units import split_trailing_unit, split_unit, stated_factor, unit_candidates
from gis.layers.problems import Finding, Number
from gis.layers.project_layers import LayerFile, LayerSpec
from gis.layers.schema import Column, Layer, normalise_heading, normalise_word
from gis.layers.toml_model import closest_key
from gis.layers.units import compatible_units, factor_of

EXTRA = "extra:"
_SIMILARITY = 0.75
_POWER_FACTOR = (
    0.95  # ASSUME: of a multiplier that is proposed; that of the grid company is asked for
)


def renamed_headings(
    headings: Sequence[str], layer: Layer, source: LayerFile
) -> tuple[dict[str, str], list[str]]:
    """The headings that project.toml explains for this file.

    Either side of a rename may be written as a column's name or as its Chinese heading.

    Args:
        headings: The file's headings.
        layer: The layer's schema.
        source: The file.

    Returns:
        The file's heading → our column name, or what stands there if it is none; and the entries
        that fit no heading of the file.
    """
    given = source.rename | ({source.id: layer.key} if source.id else {})
    folded = {normalise_heading(one): one for one in reversed(headings)}
    found, unfit = {}, []
    for old, new in given.items():
        heading = old if old in headings else folded.get(normalise_heading(old))
        if heading is not None:
            found[heading] = column_name(new, layer) or new
        elif normalise_heading(new) in folded and column_name(old, layer):
            found[folded[normalise_heading(new)]] = str(column_name(old, layer))
        else:
            unfit.append(old)
    return found, unfit


def column_name(words: str, layer: Layer) -> str | None:
    """The column with this name or Chinese heading."""
    return words if words in layer.by_name else layer.headings.get(normalise_heading(words))


def match_headings(
    headings: list[str], layer: Layer, source: LayerFile, cut: Mapping[str, str]
) -> tuple[dict[str, str], list[Finding]]:
    """Match headings to columns.

    `rename` has priority, then the column's own name, then its aliases. If two headings match one
    column, the one equal to the column's name is taken; otherwise the conflict is reported. A
    truncated heading is matched by its beginning if only one column begins like it.

    Args:
        headings: The file's headings.
        layer: The layer's schema.
        source: The file.
        cut: Headings that may be truncated → the bytes of their cut-off last character, as hex.

    Returns:
        Our column name → the file's heading, and what is wrong with the headings.
    """
    found: dict[str, list[str]] = {}
    rename, unfit = renamed_headings(headings, layer, source)
    listed = "、".join(headings[:40])
    findings = [
        Finding("rename_without_heading", column=old, numbers={"headings": listed}) for old in unfit
    ]
    for heading in headings:
        name = rename.get(heading) or _match_heading(heading, layer)
        if name in layer.by_name:
            found.setdefault(str(name), []).append(heading)
        elif heading in rename:
            near = ", ".join(layer.by_name)
            findings.append(
                Finding("rename_to_unknown", column=rename[heading], numbers={"known": near})
            )
    findings += _match_truncated(found, {one: cut[one] for one in cut if one not in rename}, layer)
    taken = {}
    for name, several in found.items():
        exact = [one for one in several if one in rename] or [one for one in several if one == name]
        if len(several) > 1 and len(exact) != 1 and layer.by_name[name].helper:
            exact = [_first_listed(several, layer.by_name[name])]
        if len(several) > 1 and len(exact) != 1:
            numbers = {"headings": "、".join(several)}
            findings.append(Finding("two_headings", column=name, numbers=numbers))
        taken[name] = (exact or several)[0]
    return taken, findings + _similar_headings(headings, layer, taken)


def _first_listed(headings: Sequence[str], column: Column) -> str:
    """The heading that comes first among the column's aliases."""
    ranks = [normalise_heading(word) for word in column.aliases.split()]
    known = {one: normalise_heading(one) for one in headings}
    return min(headings, key=lambda one: ranks.index(known[one]) if known[one] in ranks else 99)


def rival_headings(
    headings: list[str], layer: Layer, source: LayerFile, taken: Mapping[str, str]
) -> dict[str, str]:
    """Headings ignored in favour of one with the column's own name → that column.

    Headings that `rename` mentions are left out.
    """
    rename, _ = renamed_headings(headings, layer, source)
    ignored = [one for one in headings if one not in taken.values() and one not in rename]
    known = {one: str(_match_heading(one, layer)) for one in ignored}
    return {
        one: name
        for one, name in known.items()
        if taken.get(name, one) not in {*rename, one} and not layer.by_name[name].helper
    }


def _match_truncated(
    found: dict[str, list[str]], cut: Mapping[str, str], layer: Layer
) -> list[Finding]:
    """Add truncated headings to `found` where they match exactly one column without a heading.

    If several match one column, the one that lacks the fewest characters is taken.
    """
    known = {one for several in found.values() for one in several}
    candidates: dict[str, list[tuple[int, str]]] = {}
    findings = []
    for heading in (one for one in cut if one not in known):
        lacking = _columns_beginning(heading, cut[heading], layer)
        if len(lacking) == 1 and not lacking.keys() & found.keys():
            name, count = lacking.popitem()
            candidates.setdefault(name, []).append((count, heading))
        elif not heading.isascii():
            findings.append(_truncated_finding(heading, lacking, layer))
    for name, several in candidates.items():
        fewest = min(several)
        only = sum(count == fewest[0] for count, _ in several) == 1
        if only:
            found[name] = [fewest[1]]
            findings.append(Finding("heading_mended", None, name, fewest[1]))
        findings += [
            _truncated_finding(one, [name], layer)
            for at, one in several
            if not only or (at, one) != fewest
        ]
    return findings


def _columns_beginning(heading: str, half: str, layer: Layer) -> dict[str, int]:
    """Columns with an alias that begins like the heading → the number of missing characters."""
    prefix, lost_bytes = normalise_heading(heading), bytes.fromhex(half)
    lacking: dict[str, int] = {}
    for word, name in layer.headings.items():
        rest = word[len(prefix) :]
        if prefix and rest and word.startswith(prefix) and _starts_with_bytes(rest, lost_bytes):
            lacking[name] = min(lacking.get(name, len(rest)), len(rest))
    return lacking


def _starts_with_bytes(rest: str, half: bytes) -> bool:
    """Whether the bytes of a cut-off character begin the first character of `rest`."""
    return any(rest[0].encode(one).startswith(half) for one in ("utf-8", "gb18030"))


def _truncated_finding(heading: str, like: Iterable[str], layer: Layer) -> Finding:
    """Report an unmatched truncated heading; like: the columns that it may mean."""
    names = "、".join((layer.by_name[name].aliases or name).split()[0] for name in like)
    return Finding("heading_cut", None, "", heading, {"like": names or "—"})


def _similar_headings(headings: list[str], layer: Layer, taken: Mapping[str, str]) -> list[Finding]:
    """Report unmatched headings that resemble those of a column that was not found."""
    wanted = {word: name for word, name in layer.headings.items() if name not in taken}
    findings = []
    for heading in headings:
        like = (
            ""
            if heading in taken.values()
            else closest_key(normalise_heading(heading), wanted, _SIMILARITY)
        )
        if like:
            numbers = {"like": like}
            findings.append(Finding("heading_near", None, wanted[like], heading, numbers))
    return findings


def _match_heading(heading: str, layer: Layer) -> str | None:
    """The column that a heading names; a numeric column also matches without the heading's unit."""
    whole, *shorter = unit_candidates(heading)
    names = [layer.headings.get(one) for one in shorter]
    numbers = [name for name in names if name and layer.by_name[name].kind == "number"]
    return layer.headings.get(whole) or next(iter(numbers), None)


def unit_conversion(
    column: Column, heading: str, units: Mapping[str, str]
) -> tuple[float, list[Finding]]:
    """The factor that converts a column to its unit.

    Args:
        column: The column's schema.
        heading: The file's heading.
        units: Heading → the unit in a row below the headings; "" → the unit of the whole table.

    Returns:
        The factor (1 if no unit is stated), and a finding if the unit is unknown.
    """
    if column.kind != "number" or heading == column.name:
        return 1.0, []
    name, stated_units = split_unit(heading)
    stated_units += [units[heading]] if units.get(heading) else []
    if not stated_units and normalise_heading(name) not in _column_names(column):
        name, end = split_trailing_unit(name)
        stated_units += (
            [end]
            if column.unit in compatible_units(end)
            or normalise_heading(name) in _column_names(column)
            else []
        )
    if not any(stated_units):
        stated = units.get("", "").split("、")
        stated_units += [one for one in stated if column.unit in compatible_units(one)]
    factor, strange = stated_factor(stated_units, column.unit)
    if factor is None:
        numbers: dict[str, Number] = {"unit": column.unit, "found": strange}
        megawatts = factor_of(strange, "MW") if column.unit == "kVA" else None
        if megawatts is None:
            return 1.0, [Finding("unit_unknown", None, column.name, heading, numbers)]
        numbers["times"] = f"{megawatts * 1000 / _POWER_FACTOR:.4g}"
        return 1.0, [Finding("unit_of_power", None, column.name, heading, numbers)]
    return factor, []


def _column_names(column: Column) -> set[str]:
    return {normalise_heading(word) for word in [column.name, *column.aliases.split()]}


def unused_table_units(
    taken: Mapping[str, str], layer: Layer, units: Mapping[str, str]
) -> list[Finding]:
    """Report a unit stated for the whole table that fits none of its columns.

    Units of households and money are not reported: they often belong to columns that are not read.
    """
    columns = [layer.by_name[name] for name in taken if layer.by_name[name].kind == "number"]
    column_units = {column.unit for column in columns}
    findings = []
    for one in filter(None, units.get("", "").split("、")):
        if columns and not compatible_units(one) & (column_units | {"户", "元"}):
            column = columns[0]
            numbers = {"unit": column.unit, "found": one}
            findings.append(Finding("unit_unknown", None, column.name, one, numbers))
    return findings


def check_values(layer: Layer, spec: LayerSpec) -> list[Finding]:
    """The entries of `values` and `factors` that name no column, or no code of a column."""
    known = ", ".join(layer.by_name)
    findings = [
        Finding("values_column_unknown", column=name, numbers={"known": known})
        for name in sorted({name for source in spec.sources for name in source.factors})
        if (named := column_name(name, layer)) is None or layer.by_name[named].kind != "number"
    ]
    entries = {
        (name, word, code)
        for source in spec.sources
        for name, words in source.values.items()
        for word, code in words.items()
    }
    for name, word, code in sorted(entries):
        column = layer.by_name.get(column_name(name, layer) or "")
        if column is None:
            findings.append(Finding("values_column_unknown", column=name, numbers={"known": known}))
        elif code and column.kind == "choice" and normalise_word(code) not in column.words:
            words = "、".join(synonyms.split()[0] for synonyms in column.choices.values())
            numbers = {"word": word, "keys": ", ".join(column.choices), "words": words}
            findings.append(Finding("values_code_unknown", None, column.name, code, numbers))
    return findings
