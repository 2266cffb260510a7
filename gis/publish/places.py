"""The names in a publication's folder, and whether the system is Windows."""

from __future__ import annotations

import os
from pathlib import Path

PARTS = ("public", "planner", "townships")
MANIFEST = "manifest.json"
WHOLE = (*PARTS, MANIFEST)
WORK = ".nuantu"
LOCK = ".nuantu.lock"
EDITIONS = "editions"
SIGNATURE = "manifest.sig"
# The public edition carries its own, with nothing exact in them, and can be proven by itself.
PUBLIC_MANIFEST = f"public/{MANIFEST}"
PUBLIC_SIGNATURE = f"public/{SIGNATURE}"
_CLOSED = ("planner", "townships", MANIFEST, SIGNATURE, WORK, EDITIONS)
WINDOWS = os.name == "nt"


def is_open(name: str) -> bool:
    """Whether what lies at `name`, a path below the folder, may be read by everybody."""
    return name.split("/", maxsplit=1)[0] not in _CLOSED


def parts_beside(out: Path) -> Path:
    """Where a run that publishes in `out` district by district keeps what it goes on from."""
    return out.with_name(f".{out.name}.parts")
