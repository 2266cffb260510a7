"""The tables that are handed out, and how personal values are masked in them."""

import io
import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from publish import sample

from gis.errors import Problem, Text
from gis.report import output_tables
from gis.report.csv_parquet import parquet_bytes
from gis.report.metadata import (
    About,
    by_approach,
    json_bytes,
    larger_part,
    plain_values,
    run_metadata,
    summary,
)
from gis.report.translate import heading, masked, translated


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return sample.results(tmp_path_factory.mktemp("project"))


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("id_number", "11010519491231002X", "110105**********2X"),
        ("phone", "13800130001", "138******01"),
        ("phone", "5022222", "*******"),  # 3 + 2 of 7 would leave two hidden
        ("bank_account", "6228480010000000003", "***************0003"),
        ("owner", "甄一", "甄一"),
    ],
)
def test_masking(column, value, shown):
    column_of_two = masked(column, pd.Series([value, None]), unmask=False)
    assert column_of_two.isna().tolist() == [False, True]
    assert column_of_two[0] == shown
    assert masked(column, pd.Series([value]), unmask=True).tolist() == [value]


def test_the_working_list_masks_unless_told_otherwise(run):
    homes = output_tables.household_table(run)
    listed = output_tables.working_list(homes, run.facts, unmask=False)
    assert listed.loc[0, "phone"] == "138******00"
    assert listed.loc[0, "id_number"] == "110105**********2X"
    assert "bank_account" not in listed  # nobody has one
    assert listed.loc[0, "extra:备注"] == sample.FORMULA
    assert listed["placing"].value_counts().to_dict() == {"placed": 82, "rejected": 1}
    assert (
        output_tables.working_list(homes, run.facts, unmask=True).loc[0, "phone"] == "13800130000"
    )


def test_problems_mask_what_they_quote():
    text = Text("错", "wrong")
    found = [
        Problem("households", "bad_id", 7, "id_number", "11010519491231002X", text, text),
        Problem("villages", "x", None, "", "=1", text, text, blocking=True),
    ]
    table = output_tables.problem_table(found)
    assert table["value"].tolist() == ["110105**********2X", "=1"]
    assert table["row"].tolist() == [7, pd.NA]
    assert table.columns.tolist()[:8] == [
        "layer", "code", "row", "column", "value", "message", "remedy", "blocking",
    ]  # fmt: skip
    assert (
        output_tables.problem_table(found, unmask=True)["value"].tolist()[0] == "11010519491231002X"
    )
    assert len(output_tables.problem_table([])) == 0


def test_parquet_keeps_kinds_and_says_what_it_is(run):
    homes = output_tables.household_table(run)
    content = parquet_bytes(homes, run_metadata(run))
    back = pq.read_table(io.BytesIO(content))
    kinds = {name: str(back.schema.field(name).type) for name in back.column_names}
    assert kinds["household_id"] == "string"
    assert kinds["accepted_on"] == "date32[day]"
    assert kinds["pending"] == "bool"
    assert kinds["ledger_row"] == "int64"
    assert kinds["floor_area_m2"] == "double"
    assert back.schema.metadata[b"data_nature"] == b"synthetic demonstration data"
    assert parquet_bytes(homes, run_metadata(run)) == content
    real = parquet_bytes(
        homes, About("t", Text("", ""), run_metadata(run).as_of, demonstration=False)
    )
    assert b"data_nature" not in pq.read_table(io.BytesIO(real)).schema.metadata


def test_a_split_village_counts_once_under_its_larger_part():
    table = pd.DataFrame(
        {
            "village_code": ["1", "1", "2", "2"],
            "part": ["served", "unserved", "served", "unserved"],
            "approach": ["central", "electric", "central", "electric"],
            "households": [30, 40, 25, 25],
        }
    )
    assert larger_part(table)["approach"].tolist() == ["electric", "central"]
    counts = by_approach(table)
    assert counts["central"] == {"villages": 1, "households": 55}
    assert counts["electric"] == {"villages": 1, "households": 65}
    assert sum(one["villages"] for one in counts.values()) == 2


def test_the_summary_of_real_data_has_no_nature(tmp_path):
    assert "data_nature" not in summary(sample.results(tmp_path, demonstration=False))


def test_plain_values():
    values = [np.int64(3), np.float64("nan"), pd.NA, pd.NaT, pd.Timestamp("2024-10-31"), np.True_,
              float("inf"), "x", None, [1]]  # fmt: skip
    assert [plain_values(value) for value in values] == [
        3, None, None, None, "2024-10-31", True, None, "x", None, [1],
    ]  # fmt: skip


def test_json_is_utf8_and_refuses_what_json_does_not_know():
    assert json_bytes({"a": "樊"}) == '{\n  "a": "樊"\n}\n'.encode()
    assert json_bytes({"a": [1, 2]}, indent=None) == b'{"a":[1,2]}\n'
    with pytest.raises(ValueError, match="JSON"):
        json.loads(json_bytes(float("nan")))


def test_keys_in_the_office_words():
    table = pd.DataFrame({"approach": ["central", None, "other"], "pending": [True, False, True]})
    assert translated(table)["approach"].fillna("").tolist() == ["集中供热", "", "other"]
    assert translated(table)["pending"].tolist() == ["是", "否", "是"]
    assert heading("approach") == "取暖方式"
    assert heading("approach", "en") == "Route"
    assert heading("extra:备注") == "备注"
