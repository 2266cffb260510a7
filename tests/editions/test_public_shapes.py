"""No shape on the public map stands for fewer homes than the least number."""

import numpy as np
import pandas as pd
import pytest
from publish import sample
from publish.sample_variants import replaced
from shapely.geometry import Point, shape

from gis.disclosure.rounding import NOTHING, Memory, RoundingRule
from gis.editions.planner import planner_edition
from gis.editions.public import public_edition
from gis.editions.public_shapes import squares

RULE = RoundingRule(least=11, hysteresis=5)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return sample.results(tmp_path_factory.mktemp("project"))


def public(run, before=NOTHING):
    edition, counts, groups = public_edition(planner_edition(run, {}), run, before)
    return edition, Memory(counts.memory, tuple(groups), counts.amounts, counts.said)


def drawn(edition, layer="villages"):
    return {
        one["properties"].get("code"): shape(one["geometry"])
        for one in edition.geometry[layer]["features"]
    }


def derived(run, *codes):
    """The run, as if the areas of some villages had been made of where their homes stand."""
    tables = dict(run.layers.tables)
    villages = tables["villages"]
    tables["villages"] = villages.assign(area_derived=villages["village_code"].isin(codes))
    fields = {key: getattr(run.layers, key) for key in type(run.layers).__dataclass_fields__}
    return replaced(run, layers=type(run.layers)(**fields | {"tables": tables}))


def test_small_villages_are_drawn_as_one_with_the_village_they_are_counted_with(run):
    whole = drawn(planner_edition(run, {}))
    shown = drawn(public(run)[0])
    assert sorted(shown) == [sample.A, sample.B]
    together = whole[sample.A].union(whole[sample.C]).union(whole[sample.D])
    assert shown[sample.A].symmetric_difference(together).area < 1e-9
    assert shown[sample.B].equals(whole[sample.B])


@pytest.mark.parametrize("homes", [10, 11, 12, 30])
def test_a_village_that_has_grown_is_drawn_with_those_it_is_counted_with(run, homes):
    """Drawn by itself from eleven homes on, the map would tell which home was the eleventh."""
    _, kept = public(run)  # C has seven homes and is counted with A
    villages = run.facts.villages
    now = villages["households"].mask(villages["village_code"] == sample.C, homes)
    facts = {name: getattr(run.facts, name) for name in type(run.facts).__dataclass_fields__}
    grown = type(run.facts)(**facts | {"villages": villages.assign(households=now)})
    edition, _ = public(replaced(run, facts=grown), kept)
    assert sorted(drawn(edition)) == [sample.A, sample.B]


def test_every_square_of_a_village_without_borders_holds_enough_homes(run):
    edition, _ = public(derived(run, *sample.SIZES))
    shown = drawn(edition)
    at = planner_edition(run, {}).points
    assert sorted(shown) == [sample.A, sample.B]
    for code, area in shown.items():
        homes = [Point(lon, lat) for lon, lat in zip(at.lon, at.lat, strict=True)]
        assert sum(area.contains(home) for home in homes) >= 11, code
    # made of no more than is drawn of the villages
    for layer in ("townships", "outline"):
        for area in drawn(edition, layer).values():
            assert area.difference(shown[sample.A].union(shown[sample.B]).buffer(1e-6)).is_empty


def test_a_zone_named_by_a_village_without_borders_is_not_drawn(run):
    assert len(public(run)[0].geometry["zones"]["features"]) == 1
    assert public(derived(run, sample.A))[0].geometry["zones"]["features"] == []
    assert len(public(derived(run, sample.B))[0].geometry["zones"]["features"]) == 1


def places(*cells):
    """So many homes in each of the cells of 200 m: (column, line, homes)."""
    rows = [(200 * c + 1.0 + n, 200 * r + 1.0) for c, r, homes in cells for n in range(homes)]
    return pd.DataFrame(np.array(rows).reshape(-1, 2), columns=["x", "y"])


@pytest.mark.parametrize(
    ("cells", "kept"),
    [
        ([(0, 0, 16)], [(200, 0, 0)]),
        # 15 are too few for a square, however large
        ([(0, 0, 15)], []),
        # half of the homes in squares of 16 is enough, and one home apart is not drawn
        ([(0, 0, 16), (7, 7, 1)], [(200, 0, 0)]),
        # less than half are: squares of 400 m
        ([(0, 0, 16), (0, 1, 10), (1, 0, 10)], [(400, 0, 0)]),
        # nobody
        ([], []),
        # west and south of the origin
        ([(-1, -2, 16)], [(200, -1, -2)]),
    ],
)
def test_squares(cells, kept):
    assert squares(places(*cells), RULE, []) == kept


def test_squares_stay_while_each_has_the_least_number():
    first = squares(places((0, 0, 16), (1, 0, 16)), RULE, [])
    assert first == [(200, 0, 0), (200, 1, 0)]
    # five fewer here and a new quarter there change nothing; six fewer do
    assert squares(places((0, 0, 11), (1, 0, 16), (5, 5, 30)), RULE, first) == first
    assert squares(places((0, 0, 10), (1, 0, 16)), RULE, first) == [(200, 1, 0)]


def test_what_was_drawn_is_remembered(run):
    made = derived(run, sample.B)
    edition, kept = public(made)
    assert kept.said[f"squares:{sample.B}"]
    assert drawn(public(made, kept)[0])[sample.B].equals(drawn(edition)[sample.B])
