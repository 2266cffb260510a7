"""A zone and its villages count the same homes: the two together tell no more than each alone."""

import pytest
from disclosure.narrow_counts import find_narrow_counts
from hypothesis import given
from hypothesis import strategies as st
from publish import sample
from publish.sample_variants import replaced

from gis.disclosure.rounding import CountHistory, Counts, RoundingRule, ZoneLink, count_groups
from gis.disclosure.zone_counts import CELLS, zone_cells, zone_count_links, zone_inside

RULE = RoundingRule(least=11, hysteresis=5)
OPEN = "not_cleared"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return sample.results(tmp_path_factory.mktemp("project"))


def shown(cells, homes, link):
    """The published counts of zone Z, the memory; homes: households and pending by group."""
    counts = Counts(RULE, {})
    publish(counts, cells, homes, link)
    return counts


def publish(counts, cells, homes, link):
    for key, (households, pending) in homes.items():
        counts.publish(f"{key}:pending", pending)
        counts.whole(f"{key}:households", households, [counts.memory[f"{key}:pending"].published])
    counts.links["Z"] = link
    seen = zone_cells("Z", dict(zip(CELLS, cells, strict=True)), link, counts)
    zone_inside("Z", sum(cells[:3]), seen, link, counts)


def published(counts):
    values = {key: one.published for key, one in counts.memory.items()}
    return CountHistory(values, dict(counts.links))


def of_zone(counts):
    return [counts.memory[key].published if (key := f"zone:Z:{name}") in counts.memory else None
            for name in CELLS]  # fmt: skip


def units(*keys, verdict=OPEN):
    return ZoneLink(keys, keys, verdict)


def test_a_zone_goes_with_the_villages_that_stand_in_it(run):
    groups = count_groups(run.facts.villages, 11, ())
    together = next("+".join(group) for group in groups if sample.A in group)
    # the zone is village A alone, which is counted with two that are outside
    alone = [(code,) for code in sample.SIZES]
    assert zone_count_links(run.facts, alone, {"Z1": OPEN}) == {
        "Z1": ZoneLink((sample.A,), (sample.A,), OPEN)
    }
    whole = () if "+" in together else (together,)
    assert zone_count_links(run.facts, groups, {"Z1": OPEN}) == {
        "Z1": ZoneLink(whole, (together,), OPEN)
    }
    assert zone_count_links(run.facts, groups, {}) == {}
    assert zone_count_links(run.facts, groups, {"Z9": OPEN}) == {"Z9": ZoneLink((), (), OPEN)}


def test_homes_of_no_village_leave_the_zone_without_an_upper_bound(run):
    homes = run.facts.households.copy()
    homes.loc[3, "village_code"] = None
    facts = replaced(run, facts=type(run.facts)(**vars(run.facts) | {"households": homes})).facts
    found = zone_count_links(facts, [(code,) for code in sample.SIZES], {"Z1": OPEN})
    assert found == {"Z1": ZoneLink((sample.A,), None, OPEN)}


@pytest.mark.parametrize(
    ("cells", "homes", "verdict", "seen"),
    [
        # 6 + 8 of 14 homes, published 10 + 10 of 10 at most 15: each would be 6 to 9
        ((0, 6, 8, 0), (14, 0), OPEN, [0, None, 10, 0]),
        # 16 + 26 of at most 45: each is bounded from above to less than five
        ((0, 16, 26, 0), (42, 0), OPEN, [0, None, 30, 0]),
        # 20 + 30 of 46 to 55: nothing is told
        ((0, 20, 30, 0), (50, 0), OPEN, [0, 20, 30, 0]),
        # 26 cleared, 6 unknown, nobody else by the verdict: 29 at most, 32 with six pending
        ((26, 0, 8, 0), (34, 0), "unconfirmed", [30, 0, None, 0]),
        # signed off: the 35 cleared at most are all 36 homes at least
        ((35, 0, 0, 0), (36, 0), "cleared", [None, 0, 0, 0]),
        ((35, 0, 0, 0), (35, 0), "cleared", [30, 0, 0, 0]),
    ],
)
def test_what_would_tell_of_the_villages_is_withheld(cells, homes, verdict, seen):
    counts = shown(cells, {"a": homes}, units("a", verdict=verdict))
    assert of_zone(counts) == seen
    assert find_narrow_counts([published(counts)], RULE) == []


sizes = st.integers(0, 40)
cells = st.tuples(sizes, sizes, sizes)


@given(st.lists(cells, min_size=1, max_size=3), st.integers(0, 40), st.sampled_from([0, 1, 2]))
def test_no_count_of_a_zone_and_its_villages_is_bounded_to_less_than_five(months, share, beside):
    """One or two villages named by a zone, or one around which another is touched as well."""
    before, editions = {}, []
    for cleared, burning, unknown in months:
        inside = cleared + burning + unknown
        verdict = OPEN if burning else "unconfirmed" if unknown else "cleared"
        first = min(share, inside)
        pending = min(burning, first)
        homes = {"a": (first + 11, pending), "b": (inside - first + 11, burning - pending)}
        link = ZoneLink(("a", "b")[: 2 - beside] if beside < 2 else (), ("a", "b"), verdict)
        counts = Counts(RULE, before)
        publish(counts, (cleared + 22, burning, unknown, 0), homes, link)
        before = counts.memory
        editions.append(published(counts))
    assert find_narrow_counts(editions, RULE) == []


def test_the_control_a_zone_that_was_not_looked_at_beside_its_village():
    told = {"a:households": 10, "zone:Z:cleared": 0, "zone:Z:not_cleared": 10,
            "zone:Z:unknown": 10, "zone:Z:undecidable": 0}  # fmt: skip
    caught = {
        found.key for found in find_narrow_counts([CountHistory(told, {"Z": units("a")})], RULE)
    }
    assert caught == {"a:households", *(f"zone:Z:{name}" for name in CELLS[:3])}
    assert find_narrow_counts([CountHistory(told)], RULE) == []
    # the same through another village's silence: it has ten homes at most
    beside = ZoneLink((), ("a", "b"), OPEN)
    assert find_narrow_counts([CountHistory(told, {"Z": beside})], RULE) == []


def test_a_home_outside_every_village_leaves_the_zone_no_upper_bound():
    """20 homes of a, 10 pending: 16 to 25 and 6 to 15; the zone may hold others besides."""
    counts = shown((10, 10, 0, 0), {"a": (20, 10)}, ZoneLink(("a",), None, OPEN))
    assert of_zone(counts) == [10, 10, 0, 0]
    assert find_narrow_counts([published(counts)], RULE) == []


def test_of_a_zone_in_which_nobody_lives_nothing_is_counted():
    counts = Counts(RULE, {})
    cells = zone_cells("Z", dict.fromkeys(CELLS, 0), ZoneLink((), (), OPEN), counts)
    assert cells == dict.fromkeys(CELLS)
