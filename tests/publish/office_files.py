"""Publications without the files of the office, which take most of the time of a small one."""

from __future__ import annotations

from typing import Any

import pytest

from gis.publish import files
from gis.report import office_papers, output_tables
from gis.report.metadata import run_metadata
from gis.report.monthly import restated


def without_office_files(patch: pytest.MonkeyPatch) -> None:
    """Leave out of an edition what neither its public files nor the next takes anything from."""

    def tasks(results: Any, before: Any) -> dict[str, Any]:
        homes = output_tables.household_table(results)
        about = run_metadata(results)
        made = {"planner/households.parquet": lambda: files.checked_parquet(homes, about)}
        if before is None:
            return made
        changed = files.sheet("restatements", restated(before.households, before.as_of, results))
        return made | {"planner/restatements.xlsx": files._book("restatements", about, changed)}

    patch.setattr(files, "_tasks", tasks)
    patch.setattr(files, "_qgis_project", lambda *_: {})
    patch.setattr(office_papers, "build_office_papers", lambda *_, **__: {})
