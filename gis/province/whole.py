"""The files of a whole province, from what each of its volumes adds to them.

Lists of households are in the volumes; here are the decisions, the reports and the map of all.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from gis.audit.clearance import Clearance
from gis.audit.progress import Progress
from gis.decide import Decisions
from gis.editions.run_results import Results
from gis.editions.search_names import make_search_names
from gis.layers import Layers
from gis.pages.index_page import IndexEntry
from gis.pipeline import extended_prices
from gis.publish.files import province_files
from gis.publish.manifest import manifest_bytes
from gis.publish.previous_edition import HOUSEHOLDS
from gis.publish.publication import Made
from gis.report.metadata import json_bytes, summary
from gis.report.monthly import LedgerCounts, join_ledger_counts, ledger_counts
from gis.report.tables import problem_table
from gis.report.translate import masked_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.editions.run_results import EditionFlags
    from gis.province.run import Province


class VolumeShare(NamedTuple):
    """What a volume adds to the files of the whole province.

    households  ledger_file, status: one row per household
    decided     Decisions.villages
    progress    without its problems
    problems    `gis.report.tables.problem_table`
    """

    households: pd.DataFrame
    decided: pd.DataFrame
    progress: Progress
    counts: LedgerCounts
    problems: pd.DataFrame
    doors: list[IndexEntry]

    @classmethod
    def of(cls, folder: str, results: Results) -> VolumeShare:
        """What the results of the district published in `folder` add."""
        facts, progress = results.facts, results.progress
        townships = facts.villages.groupby(["township_code", "township"])["village"]
        doors = [
            IndexEntry(
                str(code), str(name), tuple(villages), _search(code, name, *villages), folder
            )
            for (code, name), villages in townships
        ]
        return cls(
            facts.households[["ledger_file", "status"]].astype("category"),
            results.decisions.villages,
            replace(progress, problems=()),
            ledger_counts(results),
            problem_table(results.problems, unmask=results.unmask),
            doors,
        )


def _search(code: str, *names: str) -> str:
    """The code and the names, with initials and pinyin, as index pages search them."""
    found = [code]
    for name in names:
        spelt = make_search_names(name)
        found += [name, spelt.initials, spelt.pinyin.replace("ü", "v").replace(" ", "").lower()]
    return " ".join("".join(one.split()).lower() for one in found if one)


def whole_province(
    province: Province, shares: Sequence[VolumeShare], volumes: Sequence[Path], flags: EditionFlags
) -> tuple[dict[str, Any], Made]:
    """The summary and the files of a whole province.

    Args:
        province: The province, all of its volumes published.
        shares: What each volume adds.
        volumes: The folders of the volumes.
        flags: As for the volumes.
    """
    results = _results(province, shares, flags)
    every = (*province.problems, *(results.extension.problems if results.extension else ()))
    problems = pd.concat(
        [problem_table(every, unmask=flags.unmask), *(share.problems for share in shares)],
        ignore_index=True,
    )
    counts = join_ledger_counts([share.counts for share in shares])
    told = summary(results) | {"volumes": len(shares), "problems": len(problems)}
    files = province_files(results, counts, problems)
    shown = told if flags.unmask else masked_values(told)
    files.add({"planner/summary.json": json_bytes(shown), HOUSEHOLDS: _joined(volumes)})
    return told, Made(files, manifest_bytes(results, files, None))


def _results(province: Province, shares: Sequence[VolumeShare], flags: EditionFlags) -> Results:
    """The results of all districts: of the households, their number by status alone."""
    inputs, shared, spread = province.shared_layers, province.shared, province.spread
    settled, none = shared.settled, pd.DataFrame()
    decided = pd.concat([share.decided for share in shares])
    households = pd.concat([share.households.astype(object) for share in shares])
    return Results(
        project=inputs.project,
        policy=inputs.policy,
        layers=Layers(
            spread.there(province.layers_path), province.origins + inputs.layers.origins, ()
        ),
        facts=replace(province.facts, households=households.astype("category")),
        decisions=Decisions(
            villages=decided.sort_values(["village_code", "part"], ignore_index=True),
            tried=settled.tried,
            households=none,
            upgrades=settled.upgrades,
            problems=settled.problems,
            allocation=settled.allocation,
        ),
        route_costs=extended_prices(province.summaries.priced, shared.extension),
        clearance=Clearance(none, shared.zones, none, ()),
        progress=_joined_progress([share.progress for share in shares]),
        gaps=shared.gaps,
        extension=shared.extension,
        not_extended=shared.not_extended,
        unmask=flags.unmask,
    )


def _joined_progress(parts: Sequence[Progress]) -> Progress:
    """The progress of all districts; no unit is of two of them."""
    units, villages, months = (
        pd.concat(tables).sort_values(key, kind="stable", ignore_index=True)
        for key, tables in (
            ("unit_code", [part.units for part in parts]),
            ("village_code", [part.villages for part in parts]),
            ("unit_code", [part.months for part in parts]),
        )
    )
    unknown = frozenset[str]().union(*(part.unknown for part in parts))
    return Progress(units, villages, months, (), unknown)


def _joined(volumes: Sequence[Path]) -> bytes:
    """The households of all volumes as one Parquet file, in the order of the volumes."""
    parts = [str(folder / HOUSEHOLDS) for folder in volumes]
    schema = pa.unify_schemas([ds.dataset(part).schema for part in parts])
    with TemporaryDirectory(prefix="nuantu-") as folder:
        compressed = ds.ParquetFileFormat().make_write_options(compression="zstd")
        ds.write_dataset(
            ds.dataset(parts, schema=schema),
            folder,
            format="parquet",
            file_options=compressed,
            preserve_order=True,
        )
        return next(Path(folder).iterdir()).read_bytes()
