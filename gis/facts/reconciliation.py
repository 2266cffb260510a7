"""From the rows in the files to the homes that count, township by township, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gis.facts.ledger_state import ABSENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

_NO_VILLAGE = "no_place"
_KEYS = ["ledger_file", "ledger_sheet"]


@dataclass(frozen=True)
class LedgerPart:
    """One file or sheet of the ledger.

    rows     rows of data in it
    counted  of those that count in a village
    reasons  reason → rows that do not
    """

    file: str
    sheet: str
    rows: int
    counted: int
    reasons: dict[str, int]


@dataclass(frozen=True)
class VillageCount:
    """The homes of one village as they count; unplaced: of those without a usable place."""

    code: str
    village: str
    households: int
    converted: int
    pending: int
    unplaced: int
    absent: bool


@dataclass(frozen=True)
class TownshipCount:
    """One township: what its files hold, and what of it counts.

    target  households by mode, as the targets say; None: the targets do not name it
    """

    code: str
    township: str
    parts: tuple[LedgerPart, ...]
    villages: tuple[VillageCount, ...]
    target: dict[str, int] | None

    @property
    def rows(self) -> int:
        """Rows of data in its files."""
        return sum(one.rows for one in self.parts)

    @property
    def counted(self) -> int:
        """Rows of its files that count in a village, of whichever township."""
        return sum(one.counted for one in self.parts)

    @property
    def households(self) -> int:
        """Homes that count in its villages."""
        return sum(one.households for one in self.villages)

    @property
    def without(self) -> tuple[str, ...]:
        """Its villages of which the ledger has no home."""
        return tuple(one.village for one in self.villages if one.absent)


def reconcile(
    households: pd.DataFrame, villages: pd.DataFrame, targets: pd.DataFrame | None
) -> tuple[TownshipCount, ...]:
    """Every township of the villages layer, by its code.

    A file or sheet is shown at the township that most of its rows are of.

    Args:
        households: The facts of the ledger, with status, reject_reason and township_code.
        villages: The facts of the villages.
        targets: The target table; None: there is none.
    """
    parts: dict[str, list[LedgerPart]] = {}
    for town, part in _parts(households):
        parts.setdefault(town, []).append(part)
    asked = {} if targets is None else _targets(targets)
    found = []
    for code, own in villages.groupby("township_code", sort=True):
        name = str(own["township"].iloc[0])
        told = tuple(parts.get(str(code), ()))
        found.append(
            TownshipCount(str(code), name, told, tuple(_villages(own)), asked.get(str(code)))
        )
    return tuple(found)


def _parts(households: pd.DataFrame) -> Iterator[tuple[str, LedgerPart]]:
    named = households.assign(**{key: households[key].astype("str").fillna("") for key in _KEYS})
    lost = (named["status"] == "rejected") | named["village_code"].isna()
    why = named["reject_reason"].astype("str").fillna("").replace("", _NO_VILLAGE)
    for (file, sheet), own in named.groupby(_KEYS, sort=False):
        towns = own["township_code"].replace("", None).dropna()
        town = str(towns.mode().iloc[0]) if len(towns) else ""
        out = lost[own.index]
        reasons = why[own.index][out].value_counts().to_dict()
        counted = len(own) - int(out.sum())
        yield town, LedgerPart(str(file), str(sheet), len(own), counted, reasons)


def _villages(own: pd.DataFrame) -> Iterator[VillageCount]:
    columns = ["n_central", "n_electric", "n_gas", "n_biomass", "n_solar"]
    for row, clean in zip(own.to_dict("records"), own[columns].sum(axis=1), strict=True):
        yield VillageCount(
            str(row["village_code"]),
            str(row["village"]),
            int(row["households"]),
            int(clean),
            int(row["pending"]),
            int(row["unplaced"]),
            row["ledger_state"] == ABSENT,
        )


def _targets(targets: pd.DataFrame) -> dict[str, dict[str, int]]:
    modes = [
        name
        for name in targets.columns
        if name not in ("unit_code", "unit") and targets[name].dtype.kind in "iuf"
        and not name.startswith("ledger_")
    ]  # fmt: skip
    return {
        str(row["unit_code"]): {name: int(row[name]) for name in modes if row[name] == row[name]}
        for row in targets.astype(dict.fromkeys(modes, float)).to_dict("records")
        if row["unit_code"] == row["unit_code"] and row["unit_code"]
    }
