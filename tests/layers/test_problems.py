"""Every finding has its words in both languages, and every word its finding."""

import re
import string
from pathlib import Path

import pytest

import gis.layers
from gis.i18n import messages
from gis.layers.problems import Finding, problem, shorten

SOURCE = "\n".join(
    path.read_text("utf-8") for path in sorted(Path(gis.layers.__file__).parent.rglob("*.py"))
)
WORDS = messages("problems")
# made up of a kind: bad_ + kind of column; not_readable_ + kind of file; and of a rejected row
MADE_UP = {f"bad_{kind}" for kind in ("number", "date", "bool", "choice")} | {
    f"not_readable_{kind}" for kind in ("dwg", "supermap", "mapgis", "mdb", "archive", "document")
}
ELSEWHERE = {  # said by strict.py, which speaks for policies too and needs no catalogue
    "file_missing", "file_unreadable", "not_utf8", "not_toml", "unknown_key", "missing_key",
    "wrong_value", "layer_place", "zone_place", "unknown_layer", "path_outside",
    "not_a_folder",
}  # fmt: skip
USED = set(re.findall(r'(?:Finding|Refusal|_finding|_note|report)\(\s*"(\w+)"', SOURCE))
USED |= set(re.findall(r'"(no_id|duplicate_row|duplicate_id|village_twice)"', SOURCE))


def test_every_code_in_the_source_has_words():
    assert USED - set(WORDS) - ELSEWHERE == set()


def test_every_word_is_said_somewhere():
    named = {code for code in WORDS if f'"{code}"' in SOURCE}
    assert set(WORDS) - named - MADE_UP == set()


@pytest.mark.parametrize("code", sorted(WORDS))
def test_words_are_whole_in_both_languages(code):
    said = WORDS[code]
    assert set(said) - {"blocking", "note", "frame", "workbook"} == {"zh", "en", "way_zh", "way_en"}
    whole(code, said)


FRAMED = sorted(code for code in WORDS if "frame" in WORDS[code])


@pytest.mark.parametrize("code", FRAMED)
def test_words_for_who_has_no_project_file_are_whole(code):
    said = WORDS[code] | WORDS[code]["frame"]
    assert set(WORDS[code]["frame"]) in (
        {"zh", "en", "way_zh", "way_en"},
        {"zh", "en"},
        {"way_zh", "way_en"},
    )
    whole(code, said)
    words = "".join(said[key] for key in ("zh", "en", "way_zh", "way_en"))
    assert not re.search(r"project\.toml|rename 里|in rename", words)


def whole(code, said):
    for pair in (("zh", "en"), ("way_zh", "way_en")):
        names = [
            {name for _, name, _, _ in string.Formatter().parse(said[key]) if name} for key in pair
        ]
        # a code list is given in our words and in the ledgers'
        assert names[0] - {"words"} == names[1] - {"keys"}, code
    assert re.search(r"[\u4e00-\u9fff]", said["zh"] + said["way_zh"])
    assert not re.search(r"[\u4e00-\u9fff]", said["en"].replace("合计", ""))


KEY = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b|\b[a-z]+(?= = )")
REMEDIES = {code: (said["way_zh"], said["way_en"]) for code, said in WORDS.items()}
REMEDIES |= {
    f"{name}.{code}": (said["zh"], said["en"])
    for name in ("findings", "audit")
    for code, said in messages(name)["remedy"].items()
}


@pytest.mark.parametrize("code", sorted(REMEDIES))
def test_a_remedy_carries_the_key_to_write_in_both_languages(code):
    zh, en = (set(KEY.findall(re.sub(r"\{[a-z_]+\}", "", words))) for words in REMEDIES[code])
    assert zh == en


def test_a_file_is_named_where_there_are_several():
    one = problem("households", Finding("no_id", 4), "甲.xlsx", several=True)
    assert one.message.zh.startswith("甲.xlsx：")
    assert one.row == 4
    alone = problem("households", Finding("no_id", 4), "甲.xlsx")
    assert "甲.xlsx" not in str(alone.message)


def test_a_value_is_shown_on_one_line_and_not_for_ever():
    assert shorten("a\nb\u202ec") == "a�b�c"
    assert len(shorten("x" * 10_000)) == 80


def test_a_column_is_called_as_the_reader_calls_it():
    one = problem("households", Finding("value_missing", 4, "heating"))
    assert "取暖方式" in one.message.zh
    assert "heating" in one.message.en
    assert one.column == "heating"
