"""What is packed is opened; what only looks packed is passed by, and harms nothing."""

import io
import struct
import zipfile
import zlib

import numpy as np
import pytest

from gis.disclosure import leak_scan
from gis.disclosure.leak_scan import (
    BlockReader,
    blocks,
    decode_embedded,
    unescape_all,
    unpack_containers,
)
from gis.disclosure.personal_data import _contains, _hit

HIDDEN = b"a name that nobody is to read"


def picture(*chunks):
    """A PNG of text chunks alone."""
    body = b"".join(struct.pack(">I", len(d)) + kind + d + b"\0\0\0\0" for kind, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + body


def archive(content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.txt", content)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        zlib.compress(HIDDEN),
        b"before" + zlib.compress(HIDDEN) + b"behind",
        zlib.compress(HIDDEN)[:-3],
        archive(HIDDEN),
        b"something before" + archive(HIDDEN),
        picture((b"tEXt", HIDDEN)),
        picture((b"zTXt", b"key\0\0" + zlib.compress(HIDDEN))),
        picture((b"iTXt", b"x is the first sign\0" + zlib.compress(HIDDEN))),
        picture((b"IEND", b"")) + HIDDEN,
    ],
)
def test_what_is_packed_is_opened(content):
    assert any(HIDDEN[:20] in piece for piece in unpack_containers(content))


def test_what_only_looks_packed_gives_nothing():
    damaged = archive(b"text " * 40)
    at = damaged.index(b"PK\x01\x02")
    assert list(unpack_containers(damaged[:at] + b"PK\x01\x03" + damaged[at + 4 :])) in ([], [b""])
    assert list(unpack_containers(b"\x78\x9c no stream at all")) == []
    plain = list(unpack_containers(picture((b"zTXt", b"key without anything packed"))))
    assert plain == [b"key without anything packed", b""]


def test_only_so_many_streams_are_looked_for(monkeypatch):
    monkeypatch.setattr(leak_scan, "_STARTS", 2)
    packed = zlib.compress(HIDDEN)
    assert len(list(unpack_containers(packed * 3))) == 2


def test_utf7_is_undone():
    assert "<b>赵</b>" in list(unescape_all("+ADw-b+AD4-+jXU-+ADw-/b+AD4-"))


def test_the_parts_of_a_page():
    page = b'<script>{"terms":{"a":1}}</script>'
    assert list(blocks(page)) == [b"<script>{", b'"terms":{"a":1}}', b"</script>"]
    assert list(blocks(b"")) == []


def test_a_sign_too_many_does_not_hide_what_is_in_base64():
    for run in (
        "6LW15p+Q5p+Q55qE5Y+w6LSm",
        "6LW15p+Q5p+Q55qE5Y+w6LSmQ",
        "6LW15p+Q5p+Q55qE5Y+w6LSm==",
    ):
        assert "赵某某的台账".encode() in list(decode_embedded(run))


def test_a_page_is_read_once_and_only_so_deep():
    reader = BlockReader()
    assert HIDDEN.decode() in set(reader.views("a.html", HIDDEN))
    assert list(reader.views("b.html", HIDDEN)) == ["b.html"]
    nested = HIDDEN
    for _ in range(12):
        nested = zlib.compress(nested)
    assert HIDDEN not in list(BlockReader().views("c.bin", nested))


def test_nothing_drawn_and_nobody_there():
    keys = np.array([1, 2])
    assert _contains(np.array([], dtype=np.int64), keys).tolist() == [False, False]
    assert _contains(np.array([2, 5]), keys).tolist() == [False, True]
    assert not _hit(None, np.array([[0.0, 0.0]]))
