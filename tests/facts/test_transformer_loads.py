"""Loads of transformers over three years by hand, and what must hold of every ledger."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import town
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point

from gis.facts import build_facts
from gis.facts.transformer_loads import stated, sum_by_transformer, transformer_loads

A = "140882001001"
ELECTRIC = "[electric]\nkw_per_household = 3.0\nsimultaneity = 0.7\npower_factor = 0.95\n"
KVA = 3.0 * 0.7 / 0.95  # of a home at the policy's 3 kW: 2.2105


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    return town.policy(tmp_path_factory.mktemp("policy"), ELECTRIC)


@pytest.fixture(scope="module")
def by_homes(tmp_path_factory):
    return town.policy(tmp_path_factory.mktemp("by_homes"), "[electric]\nkw_per_household = 3.0\n")


def ledger(*rows):
    table = town.households([
        {"household_id": f"h{n}", "village_code": A, "heating": "electric", **row}
        for n, row in enumerate(rows)
    ])  # fmt: skip
    usual = {"status": "placed", "transformer_id": "T", "transformer_basis": "listed"}
    return table.assign(**{name: table.get(name, value) for name, value in usual.items()})


def loads(policy, homes, as_of=town.AS_OF, **columns):
    row = {"transformer_id": "T", "capacity_kva": 200.0, "peak_load_kva": 100.0} | columns
    grid = pd.DataFrame([row])
    added = sum_by_transformer(homes, stated(grid, as_of), policy)
    return transformer_loads(grid, added, policy, as_of).iloc[0]


THREE_YEARS = [
    *[{"energised_on": pd.Timestamp(2022, 10, 20)}] * 10,  # before the peak: in it
    *[{"energised_on": pd.Timestamp(2023, 10, 20)}] * 6,
    {"energised_on": pd.Timestamp(2024, 1, 20)},  # on the day of the peak: it may not be in it
    *[{"energised_on": pd.Timestamp(2024, 10, 20), "device_kw": 4.0, "device_count": 2}] * 3,
    *[{"plan_year": 2024}] * 5,  # by this year's deadline, after the peak
    *[{"plan_year": 2023}] * 2,
    {},  # nobody knows when: it is not claimed to be in the peak
    *[{"occupancy": "vacant", "energised_on": pd.Timestamp(2024, 10, 20)}] * 4,
    {"heating": "coal"},
]


def test_three_years_of_a_transformer(policy):
    row = loads(policy, ledger(*THREE_YEARS), peak_on="2024-01-20", peak_season="heating")
    assert row["basis"] == "peak"
    # 10 + 6 + 2 homes were in the peak; 1 + 3 + 5 + 1 have come since
    assert (row["stock_homes"], row["since_homes"], row["undated_homes"]) == (18, 10, 1)
    # 7 homes × 3 kW + 3 × 8 kW = 45 kW × 0.7 / 0.95 = 33.158 kVA
    assert row["since_kva"] == pytest.approx(45 * 0.7 / 0.95)
    assert row["base_kva"] == pytest.approx(133.158, abs=0.05)
    assert row["headroom_kva"] == pytest.approx(66.842, abs=0.05)
    assert (row["usable_kva"], row["limit_kva"], row["over_kva"]) == (160.0, 200.0, 0.0)
    # 4 vacant homes × 3 kW stand apart
    assert (row["vacant_homes"], row["vacant_kva"]) == (4, pytest.approx(4 * KVA))


def test_a_year_before_the_same_ledger_was_measured_with_fewer_homes(policy):
    """Measured in January 2023: 6 + 1 + 3 + 5 + 2 + 1 have come since."""
    row = loads(policy, ledger(*THREE_YEARS), peak_on="2023-01-20")
    assert (row["stock_homes"], row["since_homes"]) == (10, 18)
    assert row["since_kva"] == pytest.approx((15 * 3 + 3 * 8) * 0.7 / 0.95)


@pytest.mark.parametrize(
    ("columns", "basis", "headroom_kva"),
    [
        ({}, "peak", 100.0),  # with neither day nor season it is one of the heating season
        ({"peak_on": "2024-01-20"}, "peak", 100.0),
        ({"peak_on": "2024-07-20"}, "unverified", np.nan),
        ({"peak_season": "summer"}, "unverified", np.nan),
        ({"peak_on": "2024-07-20", "peak_season": "heating"}, "unverified", np.nan),
        ({"peak_load_kva": np.nan}, "unverified", np.nan),
        ({"open_kva": 30.0, "open_document": "函1号"}, "open", 30.0),
        ({"open_kva": 30.0, "open_document": " "}, "peak", 100.0),
        ({"open_kva": 30.0}, "peak", 100.0),
        ({"open_kva": 30.0, "open_document": "函1号", "peak_season": "summer"}, "open", 30.0),
        ({"peak_load_kva": 250.0}, "peak", 0.0),
        ({"open_kva": 30.0, "open_document": "函1号", "unread": "open_kva"}, "peak", 100.0),
    ],
)
def test_what_headroom_rests_on(policy, columns, basis, headroom_kva):
    row = loads(policy, ledger({"heating": "coal"}), **columns)
    assert row["basis"] == basis
    assert row["headroom_kva"] == pytest.approx(headroom_kva, nan_ok=True)


@pytest.mark.parametrize(
    ("columns", "basis", "expected"),
    [
        # nothing is open, and one home has come since: overloaded by that home
        ({"open_kva": 0.0, "open_document": "函1号"}, "open", (200 + KVA, 0.0, KVA)),
        # all of it is open; a tenth of a kVA more than there is says nothing
        ({"open_kva": 200.0, "open_document": "函1号"}, "open", (KVA, 200 - KVA, 0.0)),
        ({"open_kva": 200.1, "open_document": "函1号"}, "peak", (100 + KVA, 100 - KVA, 0.0)),
        # as much as fits, and a tenth of a kVA more
        ({"peak_load_kva": 200 - KVA}, "peak", (200.0, 0.0, 0.0)),
        ({"peak_load_kva": 200.1 - KVA}, "peak", (200.1, 0.0, 0.1)),
        # of a transformer whose size nobody knows nothing is claimed, whatever is stated
        ({"capacity_kva": np.nan}, "unverified", (np.nan, np.nan, 0.0)),
        ({"capacity_kva": np.nan, "open_kva": 30.0, "open_document": "函1号"},
         "unverified", (np.nan, np.nan, 0.0)),
    ],
)  # fmt: skip
def test_loads_at_the_edges_of_what_is_stated(policy, columns, basis, expected):
    """expected: the load, what is left, and what is too much [kVA]."""
    new = ledger({"energised_on": pd.Timestamp(2024, 10, 20)})
    row = loads(policy, new, **columns)
    assert row["basis"] == basis
    told = row[["base_kva", "headroom_kva", "over_kva"]].astype(float).tolist()
    assert told == pytest.approx([*expected], nan_ok=True, abs=1e-9)


def test_a_transformer_that_feeds_nobody_has_its_peak_alone(policy):
    row = loads(policy, ledger({"transformer_id": "U"}))
    assert (row["fed_homes"], row["since_homes"], row["vacant_homes"]) == (0, 0, 0)
    assert (row["base_kva"], row["headroom_kva"]) == (100.0, 100.0)


@pytest.mark.parametrize(
    ("as_of", "columns", "basis", "headroom_kva"),
    [
        (date(2024, 1, 20), {"peak_on": "2024-01-20"}, "peak", 100.0),
        (date(2024, 1, 19), {"peak_on": "2024-01-20"}, "unverified", np.nan),
        (date(2024, 1, 20), {"open_on": "2024-01-20"}, "open", 30.0),
        # the statement was not there yet; the peak of the winter before was
        (date(2024, 1, 19), {"open_on": "2024-01-20", "peak_on": "2023-01-20"}, "peak", 100.0),
    ],
)
def test_a_load_of_a_later_day_is_not_known_yet(policy, as_of, columns, basis, headroom_kva):
    written = {"open_kva": 30.0, "open_document": "函1号"} if "open_on" in columns else {}
    row = loads(policy, ledger({"heating": "coal"}), as_of, **written, **columns)
    assert row["basis"] == basis
    assert row["headroom_kva"] == pytest.approx(headroom_kva, nan_ok=True)


def test_a_home_converted_since_the_statement_draws_on_what_is_open(policy):
    new = ledger({"energised_on": pd.Timestamp(2024, 10, 20)})
    row = loads(policy, new, peak_on="2024-01-20", open_kva=30.0, open_document="函1号")
    assert row["headroom_kva"] == pytest.approx(30 - KVA)


def test_without_a_day_of_the_peak_this_years_homes_have_come_since(policy):
    homes = ledger(
        {"energised_on": pd.Timestamp(2024, 3, 31)}, {"energised_on": pd.Timestamp(2024, 4, 1)}
    )
    row = loads(policy, homes)
    assert (row["stock_homes"], row["since_homes"]) == (1, 1)


def test_the_grid_companys_list_goes_before_the_village_and_nearness(tmp_path):
    grid = town.layer(
        [{"transformer_id": name, "village_code": code, "capacity_kva": 100.0,
          "peak_load_kva": 10.0, "geometry": Point(x, 0)}
         for name, code, x in (("T1", A, 0), ("T2", None, 900))]
    )  # fmt: skip
    rows = [{"household_id": f"h{n}", "village_code": A, "heating": "coal", "x": 1.0, "y": 3.0,
             "transformer_id": name} for n, name in enumerate(["T2", None, "T9"])]  # fmt: skip
    tables = {
        "households": town.households(rows), "villages": town.villages([(A, (0, 0, 1000, 1000))]),
        "coal_ban_zones": town.zones(), "transformers": grid,
    }  # fmt: skip
    facts = build_facts(tables, town.policy(tmp_path), date(2024, 10, 31))
    homes = facts.households
    assert homes["transformer_id"].tolist() == ["T2", "T1", "T1"]
    assert homes["transformer_basis"].tolist() == ["listed", "inferred", "inferred"]
    assert homes.loc[0, "transformer_m"] == pytest.approx(np.hypot(899, 3))
    (problem,) = [one for one in facts.problems if one.code == "unknown_transformer"]
    assert problem.value == "T9"
    fed = facts.transformers.set_index("transformer_id")[["fed_homes", "inferred_homes"]]
    assert fed.to_numpy().tolist() == [[2, 2], [1, 0]]


METERS = [
    ("m0", "T2"), ("m1", "T2"), ("m1", "T2"),  # the same row again
    ("m2", "T1"), ("m2", "T2"),  # of two: neither
    ("m3", "T9"), ("m8", "T1"), ("m4", "T9"),  # T9 is in no layer, m8 in no ledger
]  # fmt: skip


def test_the_list_of_meters_settles_the_transformer_and_says_what_does_not_fit(tmp_path):
    """m0 has none in the ledger, m1 another, m2 stands under two, m3 under one nobody has."""
    grid = town.layer(
        [{"transformer_id": name, "village_code": A, "capacity_kva": 100.0,
          "peak_load_kva": 10.0, "geometry": Point(x, 0)} for name, x in (("T1", 0), ("T2", 900))]
    )  # fmt: skip
    own = [None, "T1", "T1", "T1", None, "T1"]
    rows = [
        {"household_id": f"h{n}", "village_code": A, "heating": "coal", "x": 1.0, "y": 3.0,
         "transformer_id": name, "meter_no": f"m{n}", "ledger_row": n + 2}
        for n, name in enumerate(own)
    ]  # fmt: skip
    tables = {
        "households": town.households(rows), "villages": town.villages([(A, (0, 0, 1000, 1000))]),
        "coal_ban_zones": town.zones(), "transformers": grid,
        "meters": pd.DataFrame(METERS, columns=["meter_no", "transformer_id"]),
    }  # fmt: skip
    facts = build_facts(tables, town.policy(tmp_path), date(2024, 10, 31))
    homes = facts.households
    assert homes["transformer_id"].tolist() == ["T2", "T2", "T1", "T1", "T1", "T1"]
    assert homes["transformer_basis"].tolist() == [
        "listed", "listed", "listed", "listed", "inferred", "listed",
    ]  # fmt: skip
    told = {(one.code, one.row, one.value) for one in facts.problems}
    assert {("meter_differs", 3, "T1"), ("meter_differs", 5, "T1")} <= told
    assert ("meter_unknown", None, "m8") in told
    assert ("unknown_transformer", None, "T9") in told
    assert sum(one.code == "meter_differs" for one in facts.problems) == 2
    said = [one for one in facts.problems if one.code == "meter_unknown"]
    assert "m8" not in said[0].message.zh + said[0].message.en


@pytest.mark.parametrize(
    ("season", "day", "basis"),
    [("", "2024-01-20", "peak"), ("", "2024-03-15", "peak"), ("", "2024-03-16", "unverified"),
     ("", "2023-11-14", "unverified"), ("", "2023-11-15", "peak"),
     ('[season]\nstart = "10-20"\nend = "04-20"\n', "2023-10-20", "peak"),
     ('[season]\nstart = "10-20"\nend = "04-20"\n', "2024-04-20", "peak"),
     ('[season]\nstart = "10-20"\nend = "04-20"\n', "2024-04-21", "unverified"),
     ('[season]\nstart = "01-05"\nend = "03-15"\n', "2023-12-20", "unverified"),
     ('[season]\nstart = "01-05"\nend = "03-15"\n', "2024-01-05", "peak")],
)  # fmt: skip
def test_a_peak_is_one_of_the_heating_season_that_the_policy_dates(tmp_path, season, day, basis):
    plan = town.policy(tmp_path, ELECTRIC + season)
    row = loads(plan, ledger({}), peak_on=pd.Timestamp(day))
    assert row["basis"] == basis


HOMES = st.fixed_dictionaries(
    {
        "heating": st.sampled_from(["coal", "electric", "gas"]),
        "occupancy": st.sampled_from(["occupied", "vacant", "demolition"]),
        "device_kw": st.sampled_from([np.nan, 1.9, 3.0, 4.5]),
        "energised_on": st.sampled_from([None, "2023-12-01", "2024-02-01", "2024-10-01"]),
        "plan_year": st.sampled_from([np.nan, 2022.0, 2024.0]),
        "transformer_id": st.sampled_from(["T", "U", None]),
    }
)
GRID = pd.DataFrame(
    {
        "transformer_id": ["T", "U"], "capacity_kva": 200.0, "peak_load_kva": 100.0,
        "peak_on": ["2024-01-20", None],
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("homes", "share"),
    [(1, 1.0), (3, 1.0), (4, 0.9), (10, 0.9), (11, 9 / 11), (12, 0.8), (25, 0.8), (26, 20 / 26),
     (28, 20 / 28), (29, 0.7), (100, 0.7)],
)  # fmt: skip
def test_few_homes_draw_more_of_their_power_at_once(by_homes, homes, share):
    """Steps at 3, 10 and 25 homes: 26 of them draw no less than 25 do, 20 devices' power."""
    new = {"energised_on": pd.Timestamp(2024, 10, 20)}
    vacant = new | {"occupancy": "vacant"}
    rows = [new] * (homes - 1) + [vacant] if homes > 1 else [new]
    row = loads(by_homes, ledger(*rows), peak_on="2024-01-20")
    assert row["fed_homes"] == homes
    assert row["simultaneity"] == pytest.approx(share)
    assert row["since_kva"] == pytest.approx(max(homes - 1, 1) * 3.0 * share / 0.95)
    assert row["vacant_kva"] == pytest.approx((homes > 1) * 3.0 * share / 0.95)


def test_a_figure_of_the_plans_own_is_that_of_every_number_of_homes(policy):
    assert not policy.electric.simultaneity_up_to
    assert policy.electric.simultaneity_of(1) == 0.7


@pytest.mark.parametrize("stepped", [False, True])
@given(rows=st.lists(HOMES, min_size=1, max_size=12), data=st.data())
def test_converting_a_home_never_lowers_a_load_and_parts_add_up(
    policy, by_homes, stepped, rows, data
):
    policy = by_homes if stepped else policy
    homes, grid = ledger(*rows), stated(GRID, town.AS_OF)
    whole = sum_by_transformer(homes, grid, policy)
    cut = data.draw(st.integers(0, len(rows)))
    parts = [sum_by_transformer(part, grid, policy) for part in (homes[:cut], homes[cut:])]
    pd.testing.assert_frame_equal(pd.concat(parts).groupby(level=0).sum(), whole)
    at = data.draw(st.integers(0, len(rows) - 1))
    if homes.loc[at, "heating"] != "electric" and homes.loc[at, "occupancy"] != "vacant":
        day = data.draw(st.sampled_from([pd.NaT, pd.Timestamp(2024, 10, 30)]))
        now = homes.copy()
        now.loc[at, "heating"] = "electric"
        now.loc[at, ["energised_on", "plan_year"]] = [day, 2024.0]
        after = transformer_loads(GRID, sum_by_transformer(now, grid, policy), policy, town.AS_OF)
        before = transformer_loads(GRID, whole, policy, town.AS_OF)
        more = (after["base_kva"] - before["base_kva"]).set_axis(["T", "U"])
        assert (more >= 0).all()
        if isinstance(homes.loc[at, "transformer_id"], str):
            kw = homes.loc[at, "device_kw"]
            name = homes.loc[at, "transformer_id"]
            share = policy.electric.simultaneity_of(int((homes["transformer_id"] == name).sum()))
            own = (3.0 if np.isnan(kw) else kw) * share / 0.95
            assert more[name] == pytest.approx(own)
