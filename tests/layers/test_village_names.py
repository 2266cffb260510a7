"""Names of villages and townships: what is the same name, and what is doubtful."""

import pandas as pd
import pytest

from gis.layers.village_codes import find_unit_codes, make_codes, unlike_codes
from gis.layers.village_names import VillageNames

VILLAGES = pd.DataFrame(
    [
        ("140700100201", "三兴行政村", "140700100", "城关镇", None),
        ("140700100202", "王家庄", "140700100", "城关镇", "老王庄、王庄"),
        ("140700100203", "李家", "140700100", "城关镇", None),
        ("140700100204", "李家村", "140700100", "城关镇", None),
        ("140700200201", "王家庄村", "140700200", "柳林街道", None),
        ("140700200202", "高村村", "140700200", "柳林街道", None),
    ],
    columns=["village_code", "village", "township_code", "township", "old_names"],
)
NAMES = VillageNames(VILLAGES, {"柳林街道/高庄": "140700200202", "城东": "140700100"})


@pytest.mark.parametrize(
    ("name", "township", "code"),
    [
        ("三兴村", "", "140700100201"),
        ("三兴", "城关镇", "140700100201"),
        ("三 兴村委会", "", "140700100201"),
        ("三兴社区居委会", "城关", "140700100201"),
        ("城关镇三兴村", "", "140700100201"),
        ("某县城关镇三兴村民委员会", "", "140700100201"),
        ("140700100201", "", "140700100201"),
        ("１４０７００１００２０１", "", "140700100201"),
        ("老王庄", "", "140700100202"),  # its old name
        ("王家庄", "城关镇", "140700100202"),
        ("王家庄", "柳林办事处", "140700200201"),
        ("柳林街道/王家庄", "", "140700200201"),
        ("李家", "城关镇", "140700100203"),
        ("李家村", "城关镇", "140700100204"),
        ("高村", "", "140700200202"),
        ("高庄", "柳林街道", "140700200202"),  # settled in [names]
        ("三兴村", "城东", "140700100201"),  # a township settled there
    ],
)
def test_a_name_finds_its_village(name, township, code):
    assert NAMES.village(name, township).code == code


@pytest.mark.parametrize(
    ("name", "township", "candidates"),
    [
        # two villages of that name in different townships, one written with 村
        ("王家庄", "", {"城关镇王家庄 140700100202", "柳林街道王家庄村 140700200201"}),
        ("李家村委会", "城关镇", {"城关镇李家 140700100203", "城关镇李家村 140700100204"}),
        # in its township there is none; that another has one is only a candidate
        ("三兴村", "柳林街道", {"城关镇三兴行政村 140700100201"}),
        ("五里铺", "城关镇", set()),
        ("高庄", "", set()),  # settled for one township only
    ],
)
def test_a_doubtful_name_finds_none_and_says_what_it_may_be(name, township, candidates):
    match = NAMES.village(name, township)
    assert match.code == ""
    assert candidates <= set(match.candidates)


def test_a_township_is_found_without_its_kind_unless_two_are_alike():
    assert NAMES.township("柳林").code == "140700200"
    assert NAMES.township("城关镇人民政府").code == "140700100"
    assert NAMES.township("140700200").code == "140700200"
    twins = VILLAGES.replace({"township": {"柳林街道": "城关街道"}})
    names = VillageNames(twins, {})
    assert names.township("城关镇").code == "140700100"
    match = names.township("城关")
    assert (match.code, len(match.candidates)) == ("", 2)


def test_settled_names_need_a_code_that_there_is():
    names = VillageNames(VILLAGES, {"甲": "140700100201", "乙": "140700999201"})
    assert [one.column + one.value for one in names.unknown_settled()] == ["names乙"]


def villages(*rows):
    columns = ["village_code", "village", "township_code", "township"]
    table = pd.DataFrame(rows, columns=columns, dtype="str")
    return table.assign(ledger_row=range(2, len(table) + 2))


def test_made_codes_do_not_depend_on_the_order_of_the_file():
    rows = [
        (None, "乙村", None, "南镇"), ("140700100201", "甲村", None, "北镇"),
        (None, "丙村", "140700100", "北镇"), (None, "甲村", None, "南镇"),
    ]  # fmt: skip
    first, second = villages(*rows), villages(*reversed(rows))
    (found,) = make_codes(first)
    make_codes(second)
    key = ["township", "village"]
    made = [table.set_index(key)["village_code"].sort_index() for table in (first, second)]
    assert made[0].equals(made[1])
    codes = first.set_index(key)["village_code"]
    assert codes.is_unique
    assert codes["北镇", "甲村"] == "140700100201"  # an official code stays
    assert codes["北镇", "丙村"] == "140700100601"
    assert {code[:6] for code in codes} == {"140700"}
    assert codes["南镇", "甲村"][:9] == codes["南镇", "乙村"][:9] != "140700100"
    assert found.numbers["villages"] == 3
    assert found.value == "2、4、5"
    (many,) = make_codes(villages(*((None, f"村{n}", None, "南镇") for n in range(6))))
    assert many.value == "2、3、4、5、6…"


def test_a_village_without_name_gets_no_code():
    table = villages((None, None, "140700100", "北镇"))
    assert make_codes(table) == []
    assert table["village_code"].isna().all()


@pytest.mark.parametrize(("total", "told"), [(0, 0), (1, 1)])
def test_a_unit_that_is_no_township_is_told_where_it_has_a_target(total, told):
    units = pd.DataFrame({"unit_code": [None, None], "unit": ["城关镇", "供热中心"],
                          "ledger_row": [2, 3], "electric": [5, None], "gas": [None, None],
                          "central": [None, None], "total": [5, total]})  # fmt: skip
    found = find_unit_codes(units, NAMES)
    assert units["unit_code"][0] == "140700100"
    assert [(one.code, one.row) for one in found] == [("unit_unknown_name", 3)] * told


@pytest.mark.parametrize(
    ("made", "code", "told"),
    [
        ("3", "140700100201", [("households", {"rows": 1, "at": "3"})]),
        ("", "140700100201", []),  # every village has its own code: the row's is no village
        ("3", "140700100601", []),
        ("3", "14070010020", []),  # no code at all
    ],
)
def test_codes_that_the_villages_lack_name_the_villages_rows_without_one(made, code, told):
    tables = {
        "villages": pd.DataFrame({"village_code": ["140700100601"]}),
        "households": pd.DataFrame({"village_code": [code, None]}),
    }
    found = [(name, one.numbers) for name, one in unlike_codes(tables, made)]
    assert found == told
