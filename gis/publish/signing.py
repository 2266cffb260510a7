"""Seals and Ed25519 signatures of manifests.

The seal shows that a manifest is unchanged and uses only the standard library. The signature shows
who is responsible for a publication and needs the library `cryptography`. The office keeps its
private key outside the project and the publication.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
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
FORMAT = "nuantu-manifest-1"
OPEN = "0" * 64
_SEAL = re.compile(rb'"seal": "([0-9a-f]{64})"\n}\n\Z')


def signer(key: Path, apart: Iterable[Path]) -> Signer:
    """A function that signs a manifest and returns the content of its signature file.

    Args:
        key: The private key, PEM, unencrypted.
        apart: Folders that must not contain the key: the project, the publication.

    Raises:
        InputError: The key cannot be read, is not an Ed25519 key, or lies in one of the folders.
        PublicationError: The library is missing.
    """
    place = Path(os.path.realpath(key))
    for folder in apart:
        if place.is_relative_to(os.path.realpath(folder)):
            zh = f"私钥 {key} 放在 {folder} 里。请移到别处（如 U 盘）再签名。"
            en = f"the private key {key} lies in {folder}. Move it elsewhere, then sign."
            raise InputError(Text(zh, en))
    private = _private_key(key)
    return lambda manifest: base64.b64encode(private.sign(manifest)) + b"\n"


def signed_by(folder: Path, key: Path) -> bool:
    """Whether the manifests in `folder` are signed with the private key that matches `key`.

    If the public edition has a manifest, both manifests must be signed.

    Args:
        folder: The publication's folder.
        key: The public key, PEM.

    Raises:
        InputError: The public key cannot be read, or is not an Ed25519 key.
        PublicationError: The library is missing.
    """
    public = _public_key(key)
    public_manifest = folder / PUBLIC_MANIFEST
    return all(
        _is_signed(place, public)
        for place in (folder, *([public_manifest.parent] * public_manifest.is_file()))
    )


def _is_signed(folder: Path, public: Ed25519PublicKey) -> bool:
    invalid: type[Exception] = _library("exceptions").InvalidSignature
    try:
        signature = base64.b64decode((folder / SIGNATURE).read_bytes(), validate=False)
        public.verify(signature, (folder / MANIFEST).read_bytes())
    except (OSError, binascii.Error, invalid):
        return False
    return True


def _private_key(key: Path) -> Ed25519PrivateKey:
    load = _library("hazmat.primitives.serialization").load_pem_private_key
    return _load_key("Ed25519PrivateKey", key, lambda content: load(content, password=None))


def _public_key(key: Path) -> Ed25519PublicKey:
    load = _library("hazmat.primitives.serialization").load_pem_public_key
    return _load_key("Ed25519PublicKey", key, load)


def _load_key(kind: str, key: Path, load: Callable[[bytes], Any]) -> Any:  # noqa: ANN401  by `kind`
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
        PublicationError: The library is not installed.
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
