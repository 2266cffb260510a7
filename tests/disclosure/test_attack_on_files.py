"""Somebody who keeps every public edition, as bytes, finds nothing out of one home's change."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import forked
import pytest
from disclosure import attacked_town
from disclosure.attacked_town import Siege
from disclosure.file_attacker import bounded, cells, differing, kind, official
from publish.office_files import without_office_files

ATTACKED = int(os.environ.get("NUANTU_ATTACKED", "0"))  # towns over six months, where long


@pytest.fixture(scope="module", autouse=True)
def _warm():
    """Forked processes publish what is public and what the next edition goes on from."""
    forked.warm()
    with pytest.MonkeyPatch.context() as patch:
        without_office_files(patch)
        yield


def clean(found: Siege) -> None:
    assert found.narrow == []
    assert found.shapes == []
    assert found.exact == []


@pytest.mark.parametrize("seed", [7])
def test_a_town_over_two_months_tells_of_no_home(seed: int, tmp_path: Path) -> None:
    found = attacked_town.lay(tmp_path, seed, months=2, tries=1)
    assert found.editions == 2
    assert found.seen > 10_000
    clean(found)
    assert [change["shown"] for change in found.changes] == [{}]


@pytest.mark.long
@pytest.mark.skipif(not ATTACKED, reason="set NUANTU_ATTACKED to so many towns")
def test_towns_over_six_months_tell_of_no_home(tmp_path: Path) -> None:
    tried, told, shown = 0, [], []
    for seed in range(ATTACKED):
        found = attacked_town.lay(tmp_path / str(seed), seed, months=6, tries=1)
        told += [(seed, *one) for one in (found.narrow, found.shapes, found.exact) if one]
        tried += len(found.changes)
        shown += [change for change in found.changes if change["shown"]]
    assert told == []
    # a count moves when it has moved by five homes: that one is the fifth is chance, and rare
    assert len(shown) <= max(2, tried // 10), shown


def village(**told: Any) -> dict[str, Any]:
    return {"code": "140882001001", "zone_id": "Z1", "approach": "electric", "status": "proposed",
            "merged": False,             "households": 70, "pending": 30, "late": 0, "stock": 30,
            "completed": 0} | told  # fmt: skip


def zone(**told: Any) -> dict[str, Any]:
    return {"zone_id": "Z1", "verdict": "not_cleared", "inside": 70, "cleared": 30,
            "not_cleared": 40, "unknown": 0, "undecidable": 0} | told  # fmt: skip


def told(folder: Path, *editions: tuple[dict[str, Any], dict[str, Any]]) -> list[Path]:
    """Public folders of one page each, with a village and a zone in it."""
    made = []
    for at, (of, within) in enumerate(editions):
        place = folder / str(at)
        place.mkdir()
        page = {"villages": [of], "zones": [within], "geometry": {"zones": {"features": []}}}
        script = f'<script type="application/json" id="edition">{json.dumps(page)}</script>'
        (place / "index.html").write_text(f"<html>{script}</html>", encoding="utf-8")
        made.append(place)
    return made


def ranges(editions: list[Path]) -> dict[tuple[int, str], tuple[int, int]]:
    return {(one.edition, one.count): (one.low, one.high) for one in bounded(editions)
            if one.unit != "Z1"}  # fmt: skip


APART = zone(zone_id="Z2")  # a zone of which the village is no part


def test_a_count_told_anew_lies_within_its_step(tmp_path: Path) -> None:
    known = ranges(told(tmp_path, (village(), APART)))
    assert known[0, "pending"] == (26, 35)  # what is rounded to 30: 26 to 35
    assert known[0, "late"] == (0, 5)  # "5 and fewer show as 0"


def test_a_count_that_stands_may_have_moved_by_four(tmp_path: Path) -> None:
    known = ranges(told(tmp_path, (village(), APART), (village(), APART)))
    assert known[1, "pending"] == (22, 39)


def test_a_count_that_changed_has_moved_by_five(tmp_path: Path) -> None:
    known = ranges(told(tmp_path, (village(), APART), (village(pending=20), APART)))
    assert known[0, "pending"] == (26, 30 + 5)
    assert known[1, "pending"] == (16, 25)


def test_what_is_exact_bounds_what_is_not(tmp_path: Path) -> None:
    """Of at most 75 homes 49 are done and at least 26 on coal: 75, 49, 26 and nothing else."""
    known = ranges(told(tmp_path, (village(completed=49, stock=0), APART)))
    assert known[0, "pending"] == (26, 26)
    assert known[0, "households"] == (75, 75)


def test_a_zone_of_one_village_tells_of_the_village(tmp_path: Path) -> None:
    """66 to 75 homes there, 70 to 80 of them by the parts of the zone: less than the step."""
    within = zone(cleared=40, not_cleared=40, unknown=0)
    known = ranges(told(tmp_path, (village(stock=0), within)))
    assert known[0, "households"] == (72, 75)  # 36 + 36 + 0 at least


def test_a_page_says_a_home_and_another_does_not(tmp_path: Path) -> None:
    one, other = (cells(place) for place in told(
        tmp_path, (village(cost_cny_a=2900, completed=3), APART),
        (village(cost_cny_a=2910, completed=4), APART)))  # fmt: skip
    places = differing(one, other)
    assert [kind(place) for place in places if not official(place)] == [
        "index.html: .villages[].cost_cny_a"
    ]
    assert len(places) == 2


def test_a_cell_of_a_table_goes_by_the_key_of_its_row(tmp_path: Path) -> None:
    for name, codes in (("a", "12"), ("b", "21")):
        (tmp_path / name).mkdir()
        with (tmp_path / name / "villages.csv").open("w", encoding="utf-8") as file:
            table = csv.DictWriter(file, ["village_code", "pending"])
            table.writeheader()
            table.writerows({"village_code": code, "pending": int(code) * 10} for code in codes)
    shown = differing(cells(tmp_path / "a"), cells(tmp_path / "b"))
    assert shown == ["villages.csv: csv order"]  # the order tells, the counts are the same
