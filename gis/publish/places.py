"""The names in a publication's folder, and whether the system is Windows."""

from __future__ import annotations

import os

PARTS = ("public", "planner", "townships")
MANIFEST = "manifest.json"
WHOLE = (*PARTS, MANIFEST)
WORK = ".nuantu"
LOCK = ".nuantu.lock"
EDITIONS = "editions"
SIGNATURE = "manifest.sig"
WINDOWS = os.name == "nt"
