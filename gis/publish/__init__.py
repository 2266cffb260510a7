"""Publishing: two editions from one run, installed atomically and verifiable afterwards."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from gis.publish.archive import edition_names
from gis.publish.verify import Verification, restore_edition, verify

if TYPE_CHECKING:
    from gis.editions.run_results import Results
    from gis.publish.layer_export import ExportOptions, export_layer
    from gis.publish.publication import publish, write_decisions, write_extension, write_sensitivity
    from gis.publish.village_notices import write_village_notices

__all__ = [
    "ExportOptions",
    "Results",
    "Verification",
    "edition_names",
    "export_layer",
    "publish",
    "restore_edition",
    "verify",
    "write_decisions",
    "write_extension",
    "write_sensitivity",
    "write_village_notices",
]

_DEFINED_IN = {
    "Results": "gis.editions.run_results",
    "ExportOptions": "gis.publish.layer_export",
    "export_layer": "gis.publish.layer_export",
    "publish": "gis.publish.publication",
    "write_decisions": "gis.publish.publication",
    "write_extension": "gis.publish.publication",
    "write_sensitivity": "gis.publish.publication",
    "write_village_notices": "gis.publish.village_notices",
}


def __getattr__(name: str) -> object:
    if name not in _DEFINED_IN:
        raise AttributeError(name)
    return getattr(import_module(_DEFINED_IN[name]), name)
