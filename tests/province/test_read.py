"""Every record is of one district: by its home, else its premises, else its place, else the first."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from gis.province.districts import Districts
from gis.province.read import records_by_district

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
