"""复烧: cleared once, coal burned or a stove found since; and it stays on record."""

import pytest

FOUND = {"inspected_on": "2024-10-01", "finding": "coal_burned"}
CLEAN = {"inspected_on": "2024-08-01", "finding": "clean"}


@pytest.mark.parametrize(
    ("home", "visits", "relapse"),
    [
        ({}, [CLEAN], False),
        ({}, [FOUND], False),  # never shown clear before
        ({}, [CLEAN, FOUND], True),
        ({}, [CLEAN, {**FOUND, "rectified_on": "2024-10-02"}, {}], True),  # stays on record
        ({}, [CLEAN, {**FOUND, "finding": "coal_stored"}], False),
        ({}, [CLEAN, {**FOUND, "finding": "coal_sold"}], False),
        ({}, [CLEAN, {**FOUND, "finding": "stove_present"}], True),
        ({}, [CLEAN, {**FOUND, "finding": "device_unused"}], False),
        ({}, [CLEAN, {**FOUND, "inspected_on": "2024-11-01"}], False),  # still to come
        ({}, [CLEAN, {**FOUND, "inspected_on": "2024-08-01"}], False),  # the same day
        ({}, [CLEAN, {**FOUND, "inspected_on": "2024-08-02"}], True),
        # heating with coal again, by the ledger of today
        ({"heating": "coal"}, [CLEAN, FOUND], True),
        # cleared by the day the last fact was dated, while the clean visit was fresh (60 days)
        ({"coal_removed_on": "2024-09-30"}, [CLEAN, FOUND], True),
        ({"coal_removed_on": "2024-10-01"}, [CLEAN, FOUND], False),
        ({"stove_removed_on": "2024-09-30"}, [CLEAN, FOUND], True),
        ({"stove_removed_on": "2024-10-01"}, [CLEAN, FOUND], False),
        ({"accepted_on": "2024-09-30"}, [CLEAN, FOUND], True),
        ({"accepted_on": "2024-10-01"}, [CLEAN, FOUND], False),
        (
            {"coal_removed_on": "2024-10-01"},
            [CLEAN, {**FOUND, "inspected_on": "2024-10-20"}],
            False,
        ),
        ({"accepted_on": "2024-10-30"}, [CLEAN, FOUND], False),
        ({"accepted_on": "2024-10-30", "occupancy": "vacant"}, [CLEAN, FOUND], True),
        ({"acceptance_result": "fail"}, [CLEAN, FOUND], False),
        # an earlier finding that was never settled: it was not cleared in between
        ({}, [{**FOUND, "inspected_on": "2024-07-10"}, CLEAN, FOUND], False),
        (
            {},
            [
                {**FOUND, "inspected_on": "2024-07-10", "rectified_on": "2024-07-11"},
                CLEAN,
                FOUND,
            ],
            True,
        ),
        (
            {},
            [
                {**FOUND, "inspected_on": "2024-07-10", "rectified_on": "2024-08-02"},
                CLEAN,
                FOUND,
            ],
            False,
        ),
    ],
)
def test_relapse(judge_homes, home, visits, relapse):
    assert judge_homes([home, {}], visits)["relapse"].tolist() == [relapse, False]


def test_an_undated_finding_after_a_clean_visit_is_a_relapse(judge_homes):
    assert judge_homes([{}], [CLEAN, {**FOUND, "inspected_on": None}])["relapse"].tolist() == [True]
