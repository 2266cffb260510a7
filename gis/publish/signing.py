"""An Ed25519 signature of the manifest: who answers for a publication.

It needs the library `cryptography`. The private key is the office's; it lies neither in the project
nor in the publication.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gis.errors import InputError, PublicationError, Text
from gis.publish.filesystem import MANIFEST, PUBLIC_MANIFEST, SIGNATURE

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

Signer = Callable[[bytes], bytes]


def signer(key: Path, apart: Iterable[Path]) -> Signer:
    """What makes of a manifest the content of its signature file, with the private key `key`.

    key: PEM, unencrypted. apart: folders in which no key may lie: the project, the publication.

    Raises:
        InputError: the key cannot be read, is no Ed25519 key, or lies in one of the folders.
        PublicationError: the library is missing.
    """
    place = Path(os.path.realpath(key))
    for folder in apart:
        if place.is_relative_to(os.path.realpath(folder)):
            zh = f"私钥 {key} 放在 {folder} 里。请移到别处（如 U 盘）再签名。"
            en = f"the private key {key} lies in {folder}. Move it elsewhere, then sign."
            raise InputError(Text(zh, en))
    private = _private(key)
    return lambda manifest: base64.b64encode(private.sign(manifest)) + b"\n"


def signed_by(folder: Path, key: Path) -> bool:
    """Whether the manifests in `folder` are signed by whoever has the private half of `key` (PEM).

    There are two where the public edition has its own; each must be.

    Raises:
        InputError: the public key cannot be read, or is no Ed25519 key.
        PublicationError: the library is missing.
    """
    public = _public(key)
    own = folder / PUBLIC_MANIFEST
    return all(_is_signed(place, public) for place in (folder, *([own.parent] * own.is_file())))


def _is_signed(folder: Path, public: Ed25519PublicKey) -> bool:
    invalid: type[Exception] = _library("exceptions").InvalidSignature
    try:
        signature = base64.b64decode((folder / SIGNATURE).read_bytes(), validate=False)
        public.verify(signature, (folder / MANIFEST).read_bytes())
    except (OSError, binascii.Error, invalid):
        return False
    return True


def _private(key: Path) -> Ed25519PrivateKey:
    load = _library("hazmat.primitives.serialization").load_pem_private_key
    return _ed25519("Ed25519PrivateKey", key, lambda content: load(content, password=None))


def _public(key: Path) -> Ed25519PublicKey:
    load = _library("hazmat.primitives.serialization").load_pem_public_key
    return _ed25519("Ed25519PublicKey", key, load)


def _ed25519(kind: str, key: Path, load: Callable[[bytes], Any]) -> Any:  # noqa: ANN401  by `kind`
    try:
        found = load(key.read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise _no_key(key) from error
    if not isinstance(found, getattr(_library("hazmat.primitives.asymmetric.ed25519"), kind)):
        raise _no_key(key)
    return found


def _library(module: str) -> Any:  # noqa: ANN401  a module
    """A module of the optional library.

    Raises:
        PublicationError: it is not installed.
    """
    try:
        return import_module(f"cryptography.{module}")
    except ImportError as error:
        zh = "签名和验签要用 cryptography 库，这里没有装。请在暖图的环境里 pip install cryptography。"
        en = (
            "signatures need the library cryptography, which is not installed. Install it where "
            "Nuantu is: pip install cryptography."
        )
        raise PublicationError(Text(zh, en)) from error


def _no_key(key: Path) -> InputError:
    zh = f"{key} 不是可读的 Ed25519 密钥（PEM，未加密；签名用私钥，核对用公钥）。"
    en = (
        f"{key} is no Ed25519 key that can be read (PEM, unencrypted; the private one to sign, the "
        "public one to verify)."
    )
    return InputError(Text(zh, en))
