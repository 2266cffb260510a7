"""Mutants of the product, each of which does not know one kind of mess.

Each names the kind, and what stands in the place of what the product does about it. The kinds of a
form of files are named by the form.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from gis.audit import conversion_stage
from gis.facts import problems as facts_problems
from gis.facts.village_assignment import VillageIndex
from gis.layers import (
    column_mapping,
    data_rows,
    georeference,
    headings,
    layer_loader,
    ledger,
    load_layers,
    schema,
    units,
    validation,
    values,
    village_names,
)
from gis.layers.formats import biff, csv, encodings, excel, ooxml, row_kinds
from gis.layers.formats.cell_annotations import NOT_COMPUTED, CellAnnotations
from gis.layers.village_names import Match, VillageNames

NEVER = re.compile(r"(?!)")
Patch = tuple[Any, str, Any]
MUTANTS: dict[str, tuple[Patch, ...]] = {}
_AS_WRITTEN = SimpleNamespace(normalize=lambda _, text: text)
_EDGE = re.compile(rb'<(row r|col min)="(\d+)"[^>]*hidden="1"')


def always(value: Any) -> Callable[..., Any]:
    return lambda *_, **__: value


def after(owner: Any, name: str, change: Callable[..., Any]) -> Patch:
    """Do what the product does, then change its answer: change(answer, the arguments)."""
    real = getattr(owner, name)
    return owner, name, lambda *given, **named: change(real(*given, **named), *given)


def mute(*codes: str) -> Patch:
    """Cells that cannot be read are not reported."""
    real = values._Words.report

    def report(own, bad, code, /, **numbers):
        if code not in codes:
            real(own, bad, code, **numbers)

    return values._Words, "report", report


def mute_rejected(*codes: str) -> Patch:
    """Rows that are rejected are not reported."""
    real = validation.reject

    def reject(table, layer, findings):
        own = []
        reasons = real(table, layer, own)
        findings += [one for one in own if one.code not in codes]
        return reasons

    return validation, "reject", reject


def without_words(column: str, *codes: str) -> Patch:
    """A code list lacks the words of some codes."""

    def poorer(layer, *_):
        columns = [
            replace(one, choices={
                code: "—" if code in codes else words for code, words in one.choices.items()
            })
            if one.name == column else one
            for one in layer.columns
        ]  # fmt: skip
        return replace(layer, columns=tuple(columns))

    return after(load_layers, "with_devices", poorer)


def plain_number(words: str, unit: str, times: float = 1.0) -> float | None:
    return float(words) * times if re.fullmatch(r"[+-]?\d+(\.\d+)?", words) else None


def hidden_as_nothing(
    found: CellAnnotations, path: Any, book: Any, sheet: Any, *_: Any
) -> CellAnnotations:
    """The cells of hidden rows and columns are blank."""
    with zipfile.ZipFile(path) as archive:
        number = book.sheet_names.index(sheet.name) + 1
        content = archive.read(f"xl/worksheets/sheet{number}.xml")
    for kind, number in _EDGE.findall(content):
        at = int(number) - 1
        cells = [(at, n) for n in range(20)] if kind == b"row r" else [(n, at) for n in range(200)]
        found.texts |= dict.fromkeys(cells, "")
    return found


def questions_the_other_way(column: schema.Column, heading: str) -> schema.Column:
    swapped = {one: (no, yes) for one, (yes, no) in column.yes_no.items()}
    return _WITH_YES_NO(replace(column, yes_no=swapped), heading)


_WITH_YES_NO = schema.Column.with_yes_no


def any_cell_a_total(cells: Any, shape: Any) -> str:
    total = any(row_kinds._is_total(row_kinds.fold(cell or "")) for cell in cells)
    return "total" if total else row_kinds.kind_of_row(cells, shape)


def filled_in(raw: Any, table: pd.DataFrame, *given: Any, **named: Any) -> Any:
    """A blank coordinate is taken for the mean of the others."""
    for axis in ("lon", "lat", "x", "y"):
        if axis in table:
            table[axis] = table[axis].mask(table[axis] == 0).fillna(table[axis].mean())
    return _GEOREFERENCE(raw, table, *given, **named)


_GEOREFERENCE = layer_loader.georeference


def first_village(match: Match, names: VillageNames, *_: Any) -> Match:
    """An unknown name is taken for any village."""
    return match if match.code else Match(sorted(names.codes)[0])


class _Untrimmed:
    """Arrow's functions, of which one does nothing."""

    def __getattr__(self, name: str) -> Any:
        return (lambda texts: texts) if name == "utf8_trim_whitespace" else getattr(pc, name)


def not_the_second(
    parts: list, _loader: Any, _files: Any, _layer: Any, _spec: Any, source: Any
) -> list:
    return [] if "补" in source.path else parts


def ignores(kinds: str, *patches: Patch) -> None:
    MUTANTS.update(dict.fromkeys(kinds.split(), patches))


# names --------------------------------------------------------------------------------------------
ignores("villages_by_kind", (village_names, "name_variants", lambda name, *_: frozenset([name])))
ignores("villages_spaced", (village_names, "_NOISE", NEVER))
ignores("villages_with_township", (VillageNames, "_without_township", always(iter(()))))
ignores("villages_by_old_name",
    (load_layers, "VillageNames", lambda villages, settled: VillageNames(
    villages.drop(columns=["old_names"]), settled)))  # fmt: skip
ignores("villages_merged", (village_names, "_SEVERAL", NEVER))
ignores("villages_by_code", (values, "pc", _Untrimmed()), (village_names, "_NOISE", NEVER))
ignores("villages_by_code_as_number", (values, "_WHOLE", NEVER))
ignores("villages_misspelt", after(VillageNames, "village", first_village))
ignores("villages_of_a_township_column",
    after(layer_loader, "map_columns", lambda table, *_: table.assign(
    **({"township": None} if "township" in table else {}))))  # fmt: skip
ignores(
    "village_lost",
    (VillageIndex, "agree", always(np.zeros(0, bool))),
    (
        layer_loader,
        "find_village_codes",
        lambda table, *_: (table.drop(columns=["village", "township"]), []),
    ),
)
# heating, stage, occupancy
# -------------------------------------------------------------------------
ignores("heating_spaced", (values, "normalise_word", lambda word: word))
ignores("heating_in_words_of_their_own", (column_mapping, "_replace_words", lambda cells, _: cells))
ignores("heating_blank", (column_mapping, "_blank_required", always([])), mute("bad_choice"))
ignores("heating_unknown", (column_mapping, "_blank_required", always([])), mute("bad_choice"))
ignores("stage_in_words", (ledger, "check_conversion", lambda table: [table.pop("conversion")][:0]))
ignores("stage_yes_or_no", without_words("conversion", "done", "none"))
ignores("occupancy_yes_or_no", (schema.Column, "with_yes_no", lambda column, _: column))
ignores("occupancy_empty_or_not", (schema.Column, "with_yes_no", questions_the_other_way))
ignores("occupancy_unreadable", (column_mapping, "_blank_expected", always([])), mute("bad_choice"))
ignores("homes_without_heating", without_words("heating", "none"))
ignores("homes_that_burn_again",
    after(conversion_stage, "equals_any", lambda found, _, column, *__: (
    found | (column == "heating"))))  # fmt: skip
# days and years -----------------------------------------------------------------------------------
ignores("days_as_typed", (values, "_DATE", re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")))
ignores("days_spaced_and_wide", (values, "unicodedata", _AS_WRITTEN))
ignores("days_of_the_program days_of_serials_as_text", (values, "_SERIAL", NEVER))
ignores("days_since_1904", (values, "_EPOCH_1904", date(1899, 12, 30)))
ignores("days_to_the_month", (values, "parse_period", always(None)))
ignores("days_to_the_year", mute("date_coarse"))
ignores("days_that_cannot_be", mute("bad_date"))
ignores(
    "years_as_text areas_in_units_of_the_cell meters_with_separators",
    (values, "parse_number", plain_number),
)
ignores("years_that_are_wrong", mute("number_unlikely"))
ignores(
    "years_after_their_day",
    after(conversion_stage, "day", lambda number, on: number if on.month != 4 else 0),
)
ignores("acceptance_unreadable", mute("bad_choice", "cell_error"))
# numbers ------------------------------------------------------------------------------------------
ignores("areas_in_units_of_the_heading meters_in_units_of_the_heading",
        (column_mapping, "unit_conversion", always((1.0, []))))  # fmt: skip
ignores(
    "areas_negative_or_absurd meters_unreadable",
    mute("negative", "bad_number", "number_absurd", "cell_error"),
)
ignores("areas_with_a_slip", mute("number_unlikely", "number_absurd"))
ignores("noughts_for_blanks", (values, "_NULL_DATE", NEVER))
ignores(
    "cells_with_errors formulas_without_their_value",
    (excel, "_annotations", lambda *_, **__: CellAnnotations()),
)
ignores(
    "formulas_with_their_value",
    (ooxml, "_VALUE", re.compile(rb"(?!)")),
    (biff, "_formula_error", always(NOT_COMPUTED)),
)
# ids ----------------------------------------------------------------------------------------------
ignores(
    "ids_as_floats homes_in_two_files_by_other_numbers", (ledger, "_bare_number", lambda ids: ids)
)
ignores("ids_wide_and_spaced ids_of_letters", (values, "unicodedata", _AS_WRITTEN))
ignores("ids_twice_in_a_file homes_otherwise_in_two_files", mute_rejected("duplicate_id"))
ignores("ids_blank", mute_rejected("no_id"))
# places -------------------------------------------------------------------------------------------
ignores("places_in_minutes places_with_their_axis", (units, "_DEGREES", NEVER))
ignores("places_of_a_phone", after(georeference, "into_project", lambda at, x, y, source, target: (
    _plain(x, y, target) if source == "GCJ-02" else at)))  # fmt: skip
ignores("places_in_metres", (georeference, "coordinate_columns", always(("lon", "lat"))))
ignores(
    "places_swapped",
    (layer_loader, "georeference", lambda *given, **_: _GEOREFERENCE(*given, mend_swapped=True)),
)
ignores(
    "places_swapped_to_be_mended",
    (georeference, "_swapped", lambda at, *_: np.zeros(len(at[0]), bool)),
)
ignores("places_far_away", (VillageIndex, "absurd", lambda _, x, y: np.zeros(len(x), bool)),
        (georeference, "possible", lambda x, *_: np.isfinite(x)))  # fmt: skip
ignores("places_half_or_not_there", (layer_loader, "georeference", filled_in))
ignores("places_in_the_next_village", after(VillageIndex, "place", lambda found, *_: found._replace(
    village=np.where(found.located >= 0, found.located, found.village))))  # fmt: skip
# rows and headings --------------------------------------------------------------------------------
ignores("titles_above titles_in_two_rows", (excel, "TOP", 1), (csv, "TOP", 1))
ignores("units_in_a_row_below", (excel, "_unit_row", always(None)))
ignores("totals_at_the_end totals_of_villages", (row_kinds, "_is_total", always(False)))
ignores("notes_at_the_end", (row_kinds, "_is_note", always(False)))
ignores("headings_repeated", (row_kinds, "_repeats", always(False)))
ignores("rows_blank", (excel, "is_filled", always(True)), (csv, "TOP", 10**6))
ignores("rows_of_a_form_that_are_not_filled", (row_kinds, "_is_serial", always(False)))
ignores(
    "headings_of_their_own",
    (headings, "_match_heading", lambda name, layer: name if name in layer.by_name else None),
)
ignores("headings_nobody_knows", (headings, "renamed_headings", always(({}, []))))
ignores("headings_spaced_and_remarked", (headings, "unit_candidates", lambda heading: [heading]))
ignores("remarks_in_a_column", (data_rows, "kind_of_row", any_cell_a_total),
        (data_rows, "_data_rows", lambda raw, *_: np.zeros(len(raw.rows), bool)))  # fmt: skip
ignores("villages_in_merged_cells", (excel, "_fill_merged", always(0)))
ignores("rows_hidden columns_hidden", after(excel, "_annotations", hidden_as_nothing))
# files --------------------------------------------------------------------------------------------
ignores("sheet_a_village", after(load_layers, "_read_parts", lambda parts, *_: parts[:2]))
ignores("homes_in_two_files", (validation, "reject", lambda table, *_: pd.Series("", table.index)))
ignores("homes_split_over_two_files", after(load_layers, "_read_parts", not_the_second))
ignores("village_without_homes township_without_ledger", (facts_problems, "of_ledgers", always(())))
ignores("csv_gbk", (encodings, "sniff", always("utf-8")))
ignores("tab semicolon wide_comma", (csv, "_DELIMITERS", (",",)))


def _plain(x: Any, y: Any, target: Any) -> Any:
    return georeference.into_project(x, y, "EPSG:4490", target)
