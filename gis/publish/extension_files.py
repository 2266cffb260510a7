"""Files that `nuantu extend` writes: a table of villages, and the mains for QGIS."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from gis.errors import Text
from gis.network import sensitivity
from gis.publish import errors
from gis.publish.atomic_swap import install_file, open_publication
from gis.report.csv_table import csv_bytes
from gis.report.geopackage import geopackage_bytes
from gis.report.metadata import About
from gis.report.summary import json_bytes

if TYPE_CHECKING:
    from gis.facts import Facts
    from gis.layers import Project
    from gis.network import NetworkExtension

_DECIMALS = 3
_MONEY = ("cost_fen_a", "network_fen_a", "individual_fen_a")


def write_extension(
    found: NetworkExtension, facts: Facts, project: Project, out: Path
) -> pd.DataFrame:
    """Write DIR/planner/extension.csv, .json and .gpkg.

    Money is in yuan. The mains are in the project CRS, one row for each run between junctions.

    Args:
        found: The network extension.
        facts: The facts, for the names of villages.
        project: The project.
        out: The output folder DIR.

    Returns:
        The table of villages.

    Raises:
        PublicationError: DIR holds a publication, writing failed, or a file is open in another
            program.
    """
    about = _about(project)
    table = _table(found, facts)
    mains = {"heat_extension": found.branches.set_crs(project.crs)}
    files = {
        "extension.csv": csv_bytes(about.marked(table)),
        "extension.json": json_bytes(found.as_json()),
        "extension.gpkg": geopackage_bytes(mains, about),
    }
    _write(out, files)
    return table


def write_sensitivity(found: NetworkExtension, project: Project, out: Path) -> pd.DataFrame:
    """Write DIR/planner/sensitivity.csv and return the table, see `gis.network.expand`.

    Raises:
        PublicationError: As for `write_extension`.
    """
    table = sensitivity(found).round(_DECIMALS + 3)
    _write(out, {"sensitivity.csv": csv_bytes(_about(project).marked(table))})
    return table


def _write(out: Path, files: Mapping[str, bytes]) -> None:
    with open_publication(out) as place:
        for name, content in files.items():
            errors.if_published(place, name)
            install_file(place / "planner" / name, content)


def _about(project: Project) -> About:
    title = Text(project.title.zh, project.title.en)
    return About(project.name, title, project.as_of, project.demonstration)


def _table(found: NetworkExtension, facts: Facts) -> pd.DataFrame:
    names = facts.villages.set_index("village_code")[["village", "township_code", "township"]]
    villages = names.join(found.villages, how="inner")
    yuan = {
        name.replace("_fen_", "_cny_"): villages[name].astype("Float64") / 100 for name in _MONEY
    }
    ordered = villages.drop(columns=list(_MONEY)).assign(**yuan).reset_index()
    keys, descending = ["connected", "village_code"], [False, True]
    numbers = ordered.select_dtypes("number").columns
    ordered = ordered.sort_values(keys, ascending=descending, ignore_index=True)
    return ordered.round(dict.fromkeys(numbers, _DECIMALS))
