"""Publishing: two editions from one run, swapped in whole, provable afterwards."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from gis.publish.archive import names as kept_names
from gis.publish.verify import Verification, restore, verify

if TYPE_CHECKING:
    from gis.editions.run_results import Results
    from gis.publish.extension_files import write_extension, write_sensitivity
    from gis.publish.publication import publish, write_decisions

__all__ = [
    "Results",
    "Verification",
    "kept_names",
    "publish",
    "restore",
    "verify",
    "write_decisions",
    "write_extension",
    "write_sensitivity",
]

_HOMES = {
    "Results": "results",
    "publish": "publication",
    "write_decisions": "publication",
    "write_extension": "growth",
    "write_sensitivity": "growth",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"gis.publish.{_HOMES[name]}"), name)
