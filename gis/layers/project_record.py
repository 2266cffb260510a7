"""The office's own record as project.toml places it, and its rows among the layers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gis.layers.columns import LAYERS
from gis.layers.project_layers import LayerSpec, Name, StrictModel
from gis.layers.toml_model import read_toml
from gis.record import FILE, Record, Snapshot, record_of

NO_RECORD = Snapshot()
_SOURCE = "本单位办公记录 / the office's own record"


class RecordPlace(StrictModel):
    """The office's own record in a database: the variable with its PostgreSQL address."""

    dsn_env: Name


def project_record(folder: Path) -> Record:
    """The office's own record of a project, without reading the rest of project.toml.

    Raises:
        InputError: There is no project.toml, or it cannot be read.
    """
    table = read_toml(Path(folder) / "project.toml").get("project")
    place = table.get("record") if isinstance(table, dict) else None
    variable = place.get("dsn_env") if isinstance(place, dict) else None
    return record_of(Path(folder), variable if isinstance(variable, str) else "")


def with_recorded(layers: Mapping[str, LayerSpec], record: Snapshot) -> dict[str, LayerSpec]:
    """The layers of project.toml with the rows of the office's own record after theirs."""
    own = {
        name: layers.get(name, LayerSpec(path=FILE, source=_SOURCE)).with_record(record.place, name)
        for name, rows in record.tables.items()
        if rows and name in LAYERS
    }
    return {**layers, **own}
