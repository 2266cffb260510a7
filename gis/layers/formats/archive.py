"""Zipped formats: how large they are once unpacked."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from gis.layers.problems import Refusal

_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    ValueError,
    NotImplementedError,
    EOFError,
    RuntimeError,
)
LARGEST = 400_000_000  # bytes; a ledger of 1,000,000 rows has 300 MB of XML


def check_unpacked(path: Path) -> None:
    """Refuse an archive that unpacks to more than anyone's ledger, or whose checksums are wrong.

    Raises:
        Refusal: too large (found before anything is unpacked), or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(one.file_size for one in archive.infolist())
            broken = archive.testzip() if size <= LARGEST else None
    except _DAMAGE as error:
        raise Refusal("damaged") from error
    if size > LARGEST:
        raise Refusal("too_large", megabytes=size // 1_000_000)
    if broken:
        raise Refusal("damaged")
