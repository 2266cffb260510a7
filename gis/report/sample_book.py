"""sample.xlsx: the random draw for third-party checks, the sheet to fill in, and what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gis import i18n
from gis.audit.sampling import draw, sample_results
from gis.report.translate import translated
from gis.report.workbook import CODES, WorkbookSheet, blank_columns, worded_sheet

if TYPE_CHECKING:
    from gis.facts import Facts
    from gis.report.metadata import Judged

_STRATUM = ("township_code", "township", "contractor")
_COUNTS = ("frame", "drawn")
_DRAWN = (
    *_STRATUM, *_COUNTS, "without_id", "sample_frame_on", "sample_share", "sample_at_least",
    "sample_seed",
)  # fmt: skip
_PEOPLE = ("owner", "phone", "address")
_TO_FILL_IN = ("sample_result", "sample_on", "visit_inspector")
_HOMES = (
    *_STRATUM, "village_code", "village", "number", "household_id", *_PEOPLE, "heating", "device",
    "device_model", "lot", *_TO_FILL_IN,
)  # fmt: skip
_FOUND = (
    *_STRATUM, *_COUNTS, "passed", "failed", "not_back", "lower_count", "upper_count",
    "lower_rate", "upper_rate", "sample_state",
)  # fmt: skip
_HEADINGS = {"number": "draw_number"} | {
    name: f"sample_{name}"
    for name in (*_COUNTS, "without_id", "passed", "failed", "not_back", "lower_count",
                 "upper_count", "lower_rate", "upper_rate")
}  # fmt: skip
Book = tuple[WorkbookSheet, ...]


def sample_book(run: Judged, *, unmask: bool) -> Book:
    """The sheets of sample.xlsx; without rows where no home of this year is finished.

    Args:
        run: The results of the run.
        unmask: Personal numbers are shown whole.
    """
    day, rules = run.project.as_of, run.policy.sampling
    made = draw(run.facts, run.layers.tables.get("lots"), run.policy, day)
    drawn = made.strata.assign(
        sample_frame_on=pd.Timestamp(made.frame_on),
        sample_share=rules.share,
        sample_at_least=rules.at_least,
        sample_seed=str(rules.seed),
    )
    found = sample_results(made, run.facts, day)
    said = i18n.messages("report")
    judged = tuple(said["acceptance"][key]["zh"] for key in ("pass", "fail"))
    notes = {key: (said["notes"][key]["zh"],) for key in ("sample_drawn", "sample_found")}
    homes = _shown(_homes(made.homes, run.facts), run.facts, _HOMES)
    return (
        worded_sheet(
            "sample_drawn",
            _shown(drawn, run.facts, _DRAWN),
            shares=("sample_share",),
            hidden=CODES,
            lines=notes["sample_drawn"],
        ),
        worded_sheet(
            "sample_homes",
            homes,
            unmask=unmask,
            hidden=(*CODES, *blank_columns(homes, _PEOPLE)),
            wide=("lot", "village", "contractor", "device"),
            choices={"sample_result": judged},
        ),
        worded_sheet(
            "sample_found",
            _shown(found, run.facts, _FOUND),
            shares=("sample_lower_rate", "sample_upper_rate"),
            wide=("sample_state",),
            hidden=CODES,
            lines=notes["sample_found"],
        ),
    )


def _homes(drawn: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    """The homes drawn, with blank columns to fill in."""
    at = drawn["household"].to_numpy(dtype=int)
    own = [name for name in _HOMES if name in facts.households and name not in drawn]
    rows = facts.households[own].iloc[at].reset_index(drop=True)
    return pd.concat([drawn, rows], axis=1).assign(**dict.fromkeys(_TO_FILL_IN, " "))


def _shown(table: pd.DataFrame, facts: Facts, columns: tuple[str, ...]) -> pd.DataFrame:
    """Those of the chosen columns that exist, with names, in words."""
    titles = i18n.messages("report")["titles"]
    townships = facts.villages.drop_duplicates("township_code").set_index("township_code")
    names = table["township_code"].map(townships["township"])
    named = table.assign(
        township=names.fillna(titles["no_township"]["zh"]),
        contractor=table["contractor"].replace("", titles["no_contractor"]["zh"]),
    )
    if "village_code" in table:
        villages = facts.villages.set_index("village_code")["village"]
        named["village"] = table["village_code"].map(villages)
    chosen = [name for name in columns if name in named]
    return translated(named[chosen].rename(columns=_HEADINGS))
