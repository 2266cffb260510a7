"""Which encoding a text is in."""

import pytest

from gis.layers.formats.encodings import decode, sniff
from gis.layers.problems import Refusal


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("户编号,村名", "utf-8"), ("户编号,村名", "gb18030"), ("户编号", "utf-8-sig"),
        ("联通", "gb18030"),  # these bytes are UTF-8 by chance, of other letters
        ("㐂𠮷野", "gb18030"), ("户", "utf-16"), ("plain", "utf-8"), ("μm²", "utf-8"),
    ],
)  # fmt: skip
def test_the_encoding_is_found(text, encoding):
    data = text.encode(encoding)
    assert decode(data, None)[0] == text
    assert sniff(data) in (encoding, encoding.removesuffix("-sig"))


@pytest.mark.parametrize(
    ("data", "declared", "code"),
    [
        ("户".encode(), "gb18030", "encoding_contradicted"),
        ("户编号".encode("gb18030"), "utf-8", "encoding_wrong"),
        (b"\xff\xff", None, "encoding_wrong"),
        (b"a", "klingon", "encoding_unknown"),
    ],
)
def test_text_that_is_not_what_it_is_said_to_be_is_refused(data, declared, code):
    with pytest.raises(Refusal) as caught:
        decode(data, declared)
    assert caught.value.finding.code == code


def test_gbk_is_read_as_gb18030_which_contains_it():
    assert decode("村".encode("gbk"), "GBK") == ("村", "gb18030")
