"""A name in UTF-16 among other bytes is found at whatever byte it begins; chance is not."""

import random

import pytest

from gis.disclosure.utf16_matcher import Utf16Matcher

# In UTF-16-LE 甄 is 04 75, 湯 is 6F 6E ("on"), 牡 is 61 72 ("ar"), 潮 is 6E 6F ("no").
NAMES = {"甄一倀", "甄一", "潮湯", "潮湯牡", "𬭎一", "cn000001z", "3号院", "张"}
LITTLE, BIG = "utf-16-le", "utf-16-be"


@pytest.fixture(scope="module")
def wide():
    return Utf16Matcher.of(NAMES, "never known to move")


def found(wide, content):
    return set(wide.found_in(content))


@pytest.mark.parametrize("encoding", [LITTLE, BIG])
@pytest.mark.parametrize("before", [b"", b"p", b"<p", "户主 ".encode(), b"Author\0"])
@pytest.mark.parametrize("after", [b"", b"p", b"</p>", "已签约".encode()])
def test_a_name_is_found_between_whatever_text(wide, encoding, before, after):
    assert found(wide, before + "甄一".encode(encoding) + after) == {"甄一"}
    assert found(wide, before + "甄二".encode(encoding) + after) == set()


@pytest.mark.parametrize("value", ["𬭎一", "cn000001z", "CN000001Z", "3号院"])
def test_signs_of_every_plane_and_case_are_found(wide, value):
    for encoding in (LITTLE, BIG):
        assert found(wide, b"<p>" + value.encode(encoding) + b"</p>") == {value.lower()}


def test_a_short_name_among_bytes_that_are_no_text_is_chance_a_longer_one_is_not(wide):
    for encoding in (LITTLE, BIG):
        assert found(wide, b"\xff\xfe\x01" + "甄一".encode(encoding) + b"\x02\xff\x03") == set()
        three = b"\xff\xfe\x01" + "甄一倀".encode(encoding) + b"\x02\xff\x03"
        assert found(wide, three) == {"甄一倀"}


def test_a_name_that_is_plain_letters_must_be_a_word_that_the_pages_do_not_hold(wide):
    assert "潮湯".encode(LITTLE) == b"noon"
    assert found(wide, b'"noon"') == {"潮湯"}
    assert found(wide, b"noon") == {"潮湯"}
    assert found(wide, b"noontide") == found(wide, b"afternoon") == set()
    assert found(wide, b"(noonar)") == {"潮湯牡"}
    busy = Utf16Matcher.of(NAMES, "the afternoon shift")
    assert found(busy, b'"noon"') == set()


def test_one_sign_is_no_name_and_little_is_no_content(wide):
    assert found(wide, "张".encode(LITTLE)) == set()
    for length in range(4):
        assert found(wide, b"\0" * length) == set()
    assert list(Utf16Matcher.of(set(), "").found_in("甄一倀".encode(LITTLE))) == []


def test_a_megabyte_of_noise_holds_none_of_twenty_thousand_names():
    chance = random.Random(6)
    hanzi = [chr(n) for n in range(0x4E00, 0x9FA6)]
    names = {"".join(chance.choices(hanzi, k=2 + n % 2)) for n in range(20_000)}
    wide = Utf16Matcher.of(names, "")
    noise = chance.randbytes(1 << 20)
    assert found(wide, noise) == set()
    planted = sorted(names)[0]
    assert found(wide, noise + b"owner: " + planted.encode(BIG) + b" (40)") == {planted}
