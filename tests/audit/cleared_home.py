"""A home that is cleared, and the visit that shows it; tests take away what they are about."""

import pandas as pd

VILLAGE, NEXT = "140882001001", "140882001002"
CLEARED_HOME = {
    "heating": "electric",
    "village_code": VILLAGE,
    "x": 500.0,
    "y": 500.0,
    "signed_on": "2024-05-01",
    "installed_on": "2024-06-01",
    "energised_on": "2024-06-10",
    "accepted_on": "2024-07-01",
    "acceptance_result": "pass",
    "acceptance_by": "township",
    "stove_removed_on": "2024-07-05",
    "coal_removed_on": "2024-07-05",
    "plan_year": 2024,
}
CLEAN_VISIT = {"household_id": "h0", "inspected_on": "2024-10-20", "finding": "clean"}


def layer(rows, **more):
    """A layer of evidence; the columns ending in _on are dates."""
    columns = ["inspection_id", "household_id", "inspected_on", "finding"]
    named = [{"inspection_id": f"i{n}", **row} for n, row in enumerate(rows)]
    table = pd.DataFrame(named, columns=None if rows else columns)
    for name in (
        "inspected_on",
        "rectified_on",
        "rectify_by",
        "received_on",
        "handled_on",
        "due_on",
    ):
        if name in table:
            table[name] = pd.to_datetime(table[name])
    return table.assign(**more)
