"""Zipped formats: how large they are once unpacked."""

from __future__ import annotations

import zipfile
from pathlib import Path

from gis.layers.findings import Refusal

LARGEST = 400_000_000  # bytes; a ledger of 1,000,000 rows has 300 MB of XML


def check_unpacked(path: Path) -> None:
    """Refuse an archive that is damaged, or that unpacks to more than anyone's ledger.

    Raises:
        Refusal: before anything is unpacked.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(one.file_size for one in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Refusal("damaged", reason=str(error)) from error
    if size > LARGEST:
        raise Refusal("too_large", megabytes=size // 1_000_000)
