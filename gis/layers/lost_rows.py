"""Rows of a layer that count nowhere: a few are reported, many stop the run.

The ledger's own losses show only once every household is placed, see gis.facts.losses. Villages and
coal-ban zones are not judged here: losing one of them always stops the run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from gis.layers.georeference import EAST
from gis.layers.problems import Finding, Number
from gis.layers.schema import Layer

_COPY = "duplicate_row"  # an identical row counts once: nothing is lost with the copy
_ELSEWHERE = frozenset(["households", "villages", "coal_ban_zones"])
_SHOWN = 8
# the column that each cause lies in; the others name theirs in a problem of the row
_CAUSES = {
    "home_unknown": "household_id",
    "unknown_household": "household_id",
    "unknown_village": "village_code",
}


def find_losses(
    whole: pd.DataFrame,
    reasons: pd.Series,
    layer: Layer,
    tables: Mapping[str, pd.DataFrame],
    may_lose: float,
) -> list[Finding]:
    """The losses of a layer: more than `may_lose` of its rows, or every row of a part of it.

    A part is a file, a sheet, or the transformers or rulings of a village.

    Args:
        whole: All rows of the layer, typed and located.
        reasons: Why each row is rejected, "" for none, see gis.layers.validation.reject.
        layer: The layer's schema.
        tables: The layers read before; villages and households are among them if they can be read.
        may_lose: The share of the rows that may be lost.

    Returns:
        The losses, and the visits that name nobody.
    """
    if layer.name in _ELSEWHERE or whole.empty:
        return []
    own = whole[reasons != _COPY]
    why = _why_lost(own, reasons[own.index], layer, tables)
    strangers = own[why == "home_unknown"]
    found = [_stranger(row) for row in strangers.to_dict("records")]
    lost = own[why != ""]
    if len(lost) > may_lose * len(own) + 1e-9:
        counts = why[lost.index].value_counts()
        numbers: dict[str, Number] = {
            "rows": len(own),
            "lost": len(lost),
            "percent": f"{100 * len(lost) / len(own):.1f}",
            "most": f"{100 * may_lose:g}",
            "reasons": "、".join(
                f"{code} {count:,}{_cause(code, layer)}" for code, count in counts.items()
            ),
            "which": _which(lost),
            "entry": "*",
        }
        found.append(Finding("rows_lost", numbers=numbers))
    if len(lost) == len(own):
        return found
    return [*found, *_of_files(own, why), *_of_villages(own, why, layer, tables)]


def _why_lost(
    own: pd.DataFrame, reasons: pd.Series, layer: Layer, tables: Mapping[str, pd.DataFrame]
) -> pd.Series:
    """Why each row counts nowhere, "" for a row that counts."""
    why = reasons.copy()
    if layer.name == "complaints":  # one without an id counts all the same
        why[:] = ""
    placed = _placed(own)
    in_village = names_one_of(own, "village_code", tables.get("villages"))
    if layer.meaning:
        why = why.mask((why == "") & own[layer.meaning].isna(), "value_missing")
    if layer.in_village:
        why = why.mask((why == "") & ~placed & ~in_village, "no_place")
    elif layer.shapes[0] != "none":
        why = why.mask((why == "") & ~placed, "no_geometry")
    if layer.name == "rulings":
        why = why.mask((why == "") & ~in_village, "unknown_village")
    if layer.name in ("inspections", "zone_rulings"):
        somebody = placed | names_one_of(own, "household_id", tables.get("households"))
        if "premises_id" in own:
            somebody |= names_one_of(own, "premises_id", tables.get("premises"))
        code = "home_unknown" if layer.name == "inspections" else "unknown_household"
        why = why.mask((why == "") & ~somebody, code)
    if layer.name == "targets":
        why = why.mask(own["unit"].isna() & own["unit_code"].isna(), "no_id")
    return why


def _cause(code: str, layer: Layer) -> str:
    """The column of a cause in brackets, "" where a problem of the row names it."""
    column = layer.meaning if code == "value_missing" else _CAUSES.get(code, "")
    return f" ({column})" if column else ""


def _placed(own: pd.DataFrame) -> pd.Series:
    """Whether each row has a usable location."""
    if EAST in own:
        return own[EAST].notna()
    if "geometry" in own:
        return own["geometry"].notna()
    return pd.Series(data=False, index=own.index)


def names_one_of(own: pd.DataFrame, column: str, others: pd.DataFrame | None) -> pd.Series:
    """Whether each row names something of another layer; if that is not read, any name will do."""
    if column not in own:
        return pd.Series(data=False, index=own.index)
    named = own[column].notna()
    return named if others is None else named & own[column].isin(others[column].dropna())


def _of_files(own: pd.DataFrame, why: pd.Series) -> Iterator[Finding]:
    """Files, and sheets of files, of whose rows none counts."""
    for (file, sheet), rows in own.groupby(["ledger_file", "ledger_sheet"], sort=True):
        if (why[rows.index] != "").all():
            entry = "/".join(filter(None, (str(file), str(sheet))))
            yield Finding("file_lost", numbers={"rows": len(rows), "entry": entry})


def _of_villages(
    own: pd.DataFrame, why: pd.Series, layer: Layer, tables: Mapping[str, pd.DataFrame]
) -> Iterator[Finding]:
    """Villages that a layer speaks of and of whose rows none counts."""
    villages = tables.get("villages")
    if not layer.of_village or villages is None:
        return
    names = villages.set_index("village_code")
    for code, rows in own.groupby("village_code", sort=True):
        if code in names.index and (why[rows.index] != "").all():
            name = f"{names['township'][code]}{names['village'][code]}"
            numbers: dict[str, Number] = {"name": name, "rows": len(rows), "entry": str(code)}
            yield Finding("village_lost", numbers=numbers | {"which": _which(rows)})


def named_by(row: Mapping[str, object]) -> str:
    """The household or premises that a visit names, "" for none."""
    names = (row[one] for one in ("household_id", "premises_id") if pd.notna(row.get(one)))
    return str(next(names, ""))


def _stranger(row: Mapping[str, object]) -> Finding:
    """A visit to a household or premises that there is not, at no place."""
    named = named_by(row)
    numbers: dict[str, Number] = {"file": str(row["ledger_file"])}
    number, sheet = int(str(row["ledger_row"])), str(row["ledger_sheet"])
    return Finding("home_unknown", number, "household_id", named, numbers, sheet)


def _which(rows: pd.DataFrame) -> str:
    """The numbers of some rows."""
    numbers = [str(number) for number in rows["ledger_row"].head(_SHOWN)]
    return "、".join(numbers) + ("…" if len(rows) > _SHOWN else "")
