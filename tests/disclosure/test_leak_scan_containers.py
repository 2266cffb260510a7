"""What is packed is opened; what only looks packed is passed by, and harms nothing."""

import base64
import gzip
import io
import struct
import zipfile
import zlib

import pytest

from gis.disclosure import leak_scan
from gis.disclosure.leak_scan import BlockReader, decode_embedded, unescape_all, unpack_containers
from gis.errors import PublicationError

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
        gzip.compress(HIDDEN, mtime=0),
        b"before" + zlib.compress(HIDDEN) + b"behind",
        zlib.compress(HIDDEN)[:-3],
        archive(HIDDEN),
        b"something before" + archive(HIDDEN),
        picture((b"tEXt", HIDDEN)),
        picture((b"zTXt", b"key\0\0" + zlib.compress(HIDDEN))),
        picture((b"iTXt", b"key\0\1\0\0\0" + zlib.compress(HIDDEN))),
        picture((b"iTXt", b"key\0\0\0\0\0" + HIDDEN)),
        picture((b"IEND", b"")) + HIDDEN,
    ],
)
def test_what_is_packed_is_opened(content):
    views = BlockReader().views("a.bin", content)
    assert any(HIDDEN[:20].decode() in view for view in views if isinstance(view, str))


def test_what_only_looks_packed_gives_nothing():
    damaged = archive(b"text " * 40)
    at = damaged.index(b"PK\x01\x02")
    assert unpack_containers(damaged[:at] + b"PK\x01\x03" + damaged[at + 4 :]) == []
    assert unpack_containers(b"\x78\x9c no stream at all") == []
    plain = unpack_containers(picture((b"zTXt", b"key without anything packed")))
    assert plain == [b"key without anything packed", b"", b""]


@pytest.mark.parametrize("packed", [zlib.compress, gzip.compress, archive])
def test_what_unpacks_to_more_than_can_be_checked_is_refused(packed, monkeypatch):
    monkeypatch.setattr(leak_scan, "LARGEST", 1000)
    assert b"a" * 1000 in unpack_containers(packed(b"a" * 1000))
    with pytest.raises(PublicationError, match="cannot be checked"):
        unpack_containers(packed(b"a" * 1001))


def test_utf7_is_undone():
    assert "<b>赵</b>" in list(unescape_all("+ADw-b+AD4-+jXU-+ADw-/b+AD4-"))


@pytest.mark.parametrize(
    "escaped",
    [
        "&#36213;&#x67d0;某",
        r"\u8d75\u{67d0}\u67D0",
        r"\8d75 \67d0 某",
        "_x8d75__x67d0_某",
        "%E8%B5%B5%E6%9F%90某",
        "%D5%D4%C4%B3%C4%B3",  # GB18030
        "=E8=B5=\r\n=B5=E6=9F=90某",
        "=E8=B5=B5=E6=9F=90=\n某",
        "%e8%b5%b5_x67d0_+Z9A-",
        "%E8%B5%B5&#26576;\\u67d0",
    ],
)
def test_escapes_are_undone(escaped):
    assert any("赵某某" in plain for plain in unescape_all(f"{'-' * 99}{escaped}."))


def test_escapes_of_single_letters_are_undone():
    assert "a\n1b" in next(unescape_all(r"a\n\061\x62"))
    assert "汤🍲" in next(unescape_all(r"汤\ud83c\udf72"))
    assert list(unescape_all("1 + 2 = 3, 5 % of a_x, a & b")) == []


def test_a_sign_too_many_does_not_hide_what_is_in_base64():
    for run in (
        "6LW15p+Q5p+Q55qE5Y+w6LSm",
        "6LW15p+Q5p+Q55qE5Y+w6LSmQ",
        "6LW15p+Q5p+Q55qE5Y+w6LSm==",
    ):
        assert "赵某某的台账".encode() in list(decode_embedded(run))


def test_a_page_is_read_once():
    reader = BlockReader()
    assert HIDDEN.decode() in set(reader.views("a.html", HIDDEN))
    assert list(reader.views("b.html", HIDDEN)) == ["b.html"]


def test_what_several_pages_have_in_common_is_read_once():
    reader = BlockReader()
    list(reader.views("a.html", b'<p>a</p><script>{"b":{"c":1},"d":2}</script>'))
    again = list(reader.views("b.html", b'<p>b</p><script>{"b":{"c":1},"d":2}</script>'))
    assert set(again) == {"b.html", "<p>b</p>"}


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le", "utf-16-be"])
def test_what_is_in_base64_may_be_in_any_encoding(encoding):
    page = base64.b64encode("赵某某的台账\n第二行".encode(encoding))
    assert "赵某某的台账\n第二行" in set(BlockReader().views("a.html", b"<p>" + page + b"</p>"))
