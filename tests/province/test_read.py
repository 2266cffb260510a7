"""Every record is of one district: by its home, premises or place, else the first."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from gis.errors import ConservationError
from gis.province.districts import Districts
from gis.province.read import check_all_rows_stored, corrections_of_nobody, records_by_district
from gis.record import Snapshot

# Villages "a" and "b", west and east of x = 0, of the districts 0 and 1.
DISTRICTS = Districts(("140882001", "140882002"), np.array([0, 1]),
                      {"140882001": 0, "140882002": 1})  # fmt: skip
VILLAGES = SimpleNamespace(
    codes=np.array(["a", "b"], dtype=object),
    areas=SimpleNamespace(locate=lambda x, _: np.where(np.abs(x) < 100, (x > 0).astype(int), -1)),
)
SPREAD = SimpleNamespace(whose=lambda ids: ids.map({"h0": 0, "h1": 1}).fillna(-1).to_numpy(int))
PREMISES = pd.DataFrame(
    {"premises_id": ["p0", "p1", "twice", "twice", None],
     "x": [-5.0, 5.0, -5.0, 5.0, 5.0], "y": 0.0}
)  # fmt: skip
VISITS = pd.DataFrame(
    [("h1", "p0", -5.0, 1), ("h0", None, 5.0, 0), (None, "p1", -5.0, 1), (None, "p0", 5.0, 0),
     (None, "twice", 5.0, 0), ("nobody", "nothing", 5.0, 1), (None, None, 500.0, 0),
     (None, None, np.nan, 0)],
    columns=["household_id", "premises_id", "x", "expected"],
).assign(y=0.0)  # fmt: skip


def of(**tables):
    return {name: found.tolist() for name, found in
            records_by_district(tables, DISTRICTS, VILLAGES, SPREAD).items()}  # fmt: skip


def test_a_visit_goes_with_its_home_else_its_premises_else_its_place():
    """The first of two premises of one id answers for it."""
    found = of(inspections=VISITS, premises=PREMISES)
    assert found["inspections"] == VISITS["expected"].tolist()
    assert "premises" not in found


def test_without_premises_the_place_decides():
    expected = [1, 0, 0, 1, 1, 1, 0, 0]
    assert of(inspections=VISITS) == {"inspections": expected}


def test_complaints_rulings_and_targets():
    complaints = pd.DataFrame({"village_code": ["b", "none", None], "x": [-5.0, 5.0, -5.0], "y": 0})
    rulings = pd.DataFrame({"household_id": ["h1", "h0", "nobody"]})
    targets = pd.DataFrame({"unit_code": ["140882002", "140882001", "elsewhere"]})
    assert of(complaints=complaints, zone_rulings=rulings, targets=targets) == {
        "complaints": [1, 1, 0],
        "zone_rulings": [1, 0, 0],
        "targets": [1, 0, 0],
    }


def correction(row, column="heating"):
    names = ("file", "file_sha256", "sheet", "old_value", "new_value")
    return dict.fromkeys(names, "") | {
        "fid": 1, "layer": "households", "row_key": row, "column_name": column,
    }  # fmt: skip


def test_corrections_of_homes_that_are_in_no_portion_are_told():
    rows = [correction("h1"), correction("nobody"), correction("#7"), correction("gone", column="")]
    project = SimpleNamespace(record=Snapshot({"corrections": tuple(rows)}))
    (told,) = corrections_of_nobody(project, SPREAD)
    assert (told.code, told.value) == ("correction_without_row", "nobody")
    assert corrections_of_nobody(SimpleNamespace(record=Snapshot()), SPREAD) == ()


def test_rows_that_the_record_leaves_out_are_not_lost():
    def store(rows, *codes):
        problems = tuple(SimpleNamespace(code=code) for code in codes)
        return SimpleNamespace(
            counts=lambda: pd.DataFrame({"placed": [rows]}), problems=lambda _: problems
        )

    origins = [SimpleNamespace(layer="households", rows=3)]
    parts = SimpleNamespace(ledger=store(2, "row_left_out", "bad_date"), visits=store(0))
    check_all_rows_stored(parts, origins)
    parts.ledger = store(2, "bad_date")
    with pytest.raises(ConservationError):
        check_all_rows_stored(parts, origins)
