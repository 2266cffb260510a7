"""Zones of damaged projects, from the files on, against a judge that knows what is true.

NUANTU_DAMAGED_ZONES says how many (10,000: some minutes); the suite takes 150.
"""

import os

import pytest
from audit.damaged_projects import TOWNS, judge
from audit.from_disk import cleared_by
from audit.project_files import project_of, write

PROJECTS = int(os.environ.get("NUANTU_DAMAGED_ZONES", "150")) // TOWNS


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory, reader):
    """(project, zone, what it is by the judge, what came out, what was damaged), of every zone."""
    folder, found = tmp_path_factory.mktemp("damaged"), []
    for seed in range(PROJECTS):
        dice, towns, whole, files = project_of(seed)
        write(folder, dice, towns, files)
        made, _ = cleared_by(folder, reader)
        said = {} if made is None else dict(made.zones[["zone_id", "verdict"]].to_numpy())
        found += [
            (seed, f"Z{n}", judge(town, whole), said.get(f"Z{n}", "refused"),
             (*town.damage, *whole))
            for n, town in enumerate(towns)
        ]  # fmt: skip
    return found


def test_no_zone_is_cleared_that_is_not(outcomes):
    wrong = [one for one in outcomes if one[3] == "cleared" and not one[2]]
    assert wrong[:3] == []


def test_every_zone_that_is_clear_is_cleared(outcomes):
    undamaged = [one for one in outcomes if one[2] and not one[4]]
    assert [one for one in undamaged if one[3] != "cleared"][:3] == []
    harmless = [one for one in outcomes if one[2] and one[4] and one[3] != "cleared"]
    assert harmless[:3] == []


def test_the_zones_are_of_all_kinds(outcomes):

    clear = sum(one[2] for one in outcomes)
    assert len(outcomes) == PROJECTS * TOWNS
    assert len(outcomes) / 3 < clear < len(outcomes) * 0.9
    assert {one[3] for one in outcomes} >= {"cleared", "not_cleared", "unconfirmed"}
