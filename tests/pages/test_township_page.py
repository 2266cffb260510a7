"""The map of one township: its own villages and homes, and no other's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pages.conftest import Reader

from gis.pages.model import Edition
from gis.pages.township_page import township_edition, township_pages

CODE = "140882100"


@pytest.fixture(scope="module")
def planner(editions: dict[str, Edition]) -> Edition:
    edition = editions["planner"]
    first: Any = next(v for v in edition.villages if v["township_code"] == CODE)
    parts = [{"part": "served", "approach": "central", "households": 7, "reason": first["reason"]},
             {"part": "unserved", "approach": "gas", "households": None,
              "reason": first["reason"]}]  # fmt: skip
    villages = [{**v, "parts": parts} if v is first else v for v in edition.villages]
    return replace(edition, villages=villages)


def test_it_has_the_villages_and_homes_of_the_township_alone(planner: Edition) -> None:
    part = township_edition(planner, CODE)
    assert part is not None
    own = [v["code"] for v in planner.villages if v["township_code"] == CODE]
    assert [v["code"] for v in part.villages] == own
    assert planner.points is not None
    assert part.points is not None
    every = [v["code"] for v in planner.villages]
    mine = np.array([every[at] in own if at >= 0 else False for at in planner.points.village])
    assert len(part.points.ids) == mine.sum() > 0
    assert set(part.points.ids) == {
        one for one, keep in zip(planner.points.ids, mine, strict=True) if keep
    }
    where = dict(zip(part.points.ids, part.points.village, strict=True))
    for home, at in zip(planner.points.ids, planner.points.village, strict=True):
        if home in where:
            assert own[where[home]] == every[at]
    drawn = part.geometry
    assert {f["properties"]["code"] for f in drawn["villages"]["features"]} == set(own)
    assert [f["properties"]["code"] for f in drawn["townships"]["features"]] == [CODE]


def test_homes_by_route_are_its_own_a_split_village_by_part(planner: Edition) -> None:
    part = township_edition(planner, CODE)
    assert part is not None
    wanted: dict[str, int] = {"central": 7, "gas": 0}
    split, *others = [v for v in planner.villages if v["township_code"] == CODE]
    assert split["parts"]
    for village in others:
        wanted.setdefault(village["approach"], 0)
        wanted[village["approach"]] += village["households"] or 0
    assert part.route_homes == wanted


def test_an_office_opens_it_alone(
    planner: Edition, visit: Callable[..., Reader], tmp_path: Path
) -> None:
    made = township_pages(planner)
    assert set(made) == {one["code"] for one in planner.townships}
    path = tmp_path / "map.html"
    path.write_bytes(made[CODE])
    reader = visit(path)
    name = next(one["name"] for one in planner.townships if one["code"] == CODE)
    assert name in reader.text("#sub")
    assert "内部工作用图 不得公开" in reader.text("#bands")
    shown = sum(v["township_code"] == CODE for v in planner.villages)
    assert reader.page.locator("#list tbody tr").count() == shown
    assert reader.page.locator("#nav a").count() == 1
    assert reader.errors == []
    assert reader.outside() == []


def test_a_township_that_nobody_drew_has_no_map(planner: Edition) -> None:
    bare = {name: layer for name, layer in planner.geometry.items()
            if name not in ("townships", "villages")}  # fmt: skip
    assert township_edition(replace(planner, geometry=bare), CODE) is None
    assert township_pages(replace(planner, maps=False)) == {}
