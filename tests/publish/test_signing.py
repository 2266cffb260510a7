"""A signed manifest: by whom, and no longer once anything changes."""

import sys

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from publish.test_verify import ONE, TWO

from gis.errors import InputError, PublicationError
from gis.publish import archive, atomic_swap, restore_edition, verify
from gis.publish.signing import signed_by, signer

PEM = serialization.Encoding.PEM


def write(folder, name, private):
    """The two halves of a key as PEM files."""
    folder.mkdir(exist_ok=True)
    secret, public = folder / f"{name}.key", folder / f"{name}.pem"
    secret.write_bytes(private.private_bytes(
        PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))  # fmt: skip
    public.write_bytes(private.public_key().public_bytes(
        PEM, serialization.PublicFormat.SubjectPublicKeyInfo))  # fmt: skip
    return secret, public


@pytest.fixture
def keys(tmp_path):
    """The office's key and another's, both made of fixed bytes."""
    make = ed25519.Ed25519PrivateKey.from_private_bytes
    return [
        write(tmp_path / "keys", name, make(seed * 32)) for name, seed in (("a", b"a"), ("b", b"b"))
    ]


@pytest.fixture
def out(tmp_path):
    atomic_swap.install(tmp_path / "out", ONE)
    return tmp_path / "out"


def signed(out, files, secret):
    """Publish `files` with their manifest signed."""
    make = signer(secret, apart=(out,))
    atomic_swap.install(out, files | {"manifest.sig": make(files["manifest.json"])})


def test_signed_by_the_office_and_by_nobody_else(out, keys):
    (secret, public), (_, other) = keys
    assert not signed_by(out, public)
    signed(out, TWO, secret)
    assert signed_by(out, public)
    assert not signed_by(out, other)
    assert verify(out).whole


def test_a_changed_manifest_is_no_longer_signed(out, keys):
    secret, public = keys[0]
    signed(out, TWO, secret)
    manifest = out / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b"2024-10-02", b"2024-10-03"))
    assert not signed_by(out, public)


@pytest.mark.parametrize("content", [b"", b"a", b"AAAA", b"\xff\xfe"])
def test_what_is_no_signature(out, keys, content):
    (out / "manifest.sig").write_bytes(content)
    assert not signed_by(out, keys[0][1])


def test_the_signature_goes_with_its_edition(out, keys):
    secret, public = keys[0]
    signed(out, TWO, secret)
    atomic_swap.install(out, ONE)
    assert not (out / "manifest.sig").exists()
    name = next(name for name in archive.edition_names(out) if name.startswith("2024-10-02"))
    assert signed_by(out / "editions" / name, public)
    assert verify(out).whole
    restore_edition(out, name)
    assert signed_by(out, public)
    assert verify(out).whole


@pytest.mark.parametrize("place", ["public", "."])
def test_a_key_does_not_lie_in_the_publication(out, place):
    private = ed25519.Ed25519PrivateKey.from_private_bytes(b"c" * 32)
    secret, _ = write(out / place, "c", private)
    with pytest.raises(InputError, match="lies in"):
        signer(secret, apart=(out.parent / "project", out))


def test_what_is_no_key(out, keys, tmp_path):
    secret, public = keys[0]
    other = write(tmp_path / "keys", "ec", ec.derive_private_key(7, ec.SECP256R1()))
    for wrong in (public, tmp_path / "nowhere", other[0]):
        with pytest.raises(InputError, match="no Ed25519 key"):
            signer(wrong, apart=())
    for wrong in (secret, tmp_path / "nowhere", other[1]):
        with pytest.raises(InputError, match="no Ed25519 key"):
            signed_by(out, wrong)


def test_without_the_library_it_says_what_to_install(out, keys, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "cryptography"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(PublicationError, match="pip install cryptography"):
        signer(keys[0][0], apart=())
    with pytest.raises(PublicationError, match="pip install cryptography"):
        signed_by(out, keys[0][1])
    assert verify(out).whole  # the hashes need no library
