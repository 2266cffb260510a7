"""An Ed25519 signature of the manifest: who answers for a publication.

It needs the library `cryptography`. The private key is the office's; it lies neither in the project
nor in the publication.
"""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path
from typing import TYPE_CHECKING

from gis.errors import InputError, PublicationError, Text
from gis.publish.places import MANIFEST, SIGNATURE
from gis.publish.swap import install_file
from gis.publish.verify import verify

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )


def sign(folder: Path, key: Path) -> None:
    """Sign the publication in `folder` with the private key (PEM, unencrypted) in the file `key`.

    Raises:
        PublicationError: the publication is not whole, or cannot be written to.
        InputError: the key cannot be read, is no Ed25519 key, or lies in the publication.
    """
    place = Path(os.path.realpath(folder))
    if Path(os.path.realpath(key)).is_relative_to(place):
        zh = f"私钥 {key} 放在发布文件夹里。请移到别处再签名。"
        en = f"the private key {key} lies in the publication. Move it elsewhere, then sign."
        raise InputError(Text(zh, en))
    if not verify(place).whole:
        zh = f"{place} 与清单不符，不能签名。请先运行 nuantu verify。"
        en = f"{place} is not what its manifest says and is not signed. Run nuantu verify first."
        raise PublicationError(Text(zh, en))
    signature = _private(key).sign((place / MANIFEST).read_bytes())
    install_file(place / SIGNATURE, base64.b64encode(signature) + b"\n")


def signed_by(folder: Path, key: Path) -> bool:
    """Whether the manifest in `folder` is signed by whoever has the private half of `key` (PEM).

    Raises:
        InputError: the public key cannot be read, or is no Ed25519 key.
    """
    public = _public(key)
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  optional

    try:
        signature = base64.b64decode((folder / SIGNATURE).read_bytes(), validate=False)
        public.verify(signature, (folder / MANIFEST).read_bytes())
    except (OSError, binascii.Error, InvalidSignature):
        return False
    return True


def _private(key: Path) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  optional
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

    try:
        found = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise _no_key(key) from error
    if not isinstance(found, ed25519.Ed25519PrivateKey):
        raise _no_key(key)
    return found


def _public(key: Path) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  optional
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

    try:
        found = serialization.load_pem_public_key(key.read_bytes())
    except (OSError, ValueError) as error:
        raise _no_key(key) from error
    if not isinstance(found, ed25519.Ed25519PublicKey):
        raise _no_key(key)
    return found


def _no_key(key: Path) -> InputError:
    zh = f"{key} 不是可读的 Ed25519 密钥（PEM，未加密）。"
    en = f"{key} is no Ed25519 key that can be read (PEM, unencrypted)."
    return InputError(Text(zh, en))
