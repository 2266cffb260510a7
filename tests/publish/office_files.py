"""Publications without the files of the office, which take most of the time of a small one."""

from __future__ import annotations

from typing import Any

import pytest

from gis.publish import files
from gis.report import office_papers, output_tables
from gis.report.metadata import run_metadata


def without_office_files(patch: pytest.MonkeyPatch) -> None:
    """Leave out of an edition what neither its public files nor the next takes anything from."""

    def tasks(results: Any, _before: Any) -> dict[str, Any]:
        homes = output_tables.household_table(results)
        about = run_metadata(results)
        return {"planner/households.parquet": lambda: files.checked_parquet(homes, about)}

    patch.setattr(files, "_tasks", tasks)
    patch.setattr(files, "_qgis_project", lambda *_: {})
    patch.setattr(office_papers, "build_office_papers", lambda *_, **__: {})
