"""The seal of a manifest. Uses only the standard library."""

from __future__ import annotations

import hashlib
import re

FORMAT = "nuantu-manifest-1"
OPEN = "0" * 64
_SEAL = re.compile(rb'"seal": "([0-9a-f]{64})"\n}\n\Z')


def seal(manifest: bytes) -> bytes:
    """The manifest with its open seal replaced by the computed one."""
    return _SEAL.sub(b'"seal": "' + _digest(manifest) + b'"\n}\n', manifest)


def sealed(manifest: bytes) -> bool:
    """Whether the manifest is unchanged since it was sealed."""
    found = _SEAL.search(manifest)
    if found is None:
        return False
    opened = manifest[: found.start(1)] + OPEN.encode() + manifest[found.end(1) :]
    return found.group(1) == _digest(opened)


def _digest(opened: bytes) -> bytes:
    return hashlib.sha256(opened).hexdigest().encode()
