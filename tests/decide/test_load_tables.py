"""The load of a transformer step by step, worked out by hand: one home draws 1 kVA."""

from dataclasses import replace

import pandas as pd
import pytest
import town
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from gis.api.explanation import Explanation
from gis.costs import grid_works, price_routes
from gis.decide import decide, explain
from gis.decide.load_tables import device_list, sum_loads, transformer_table, waiting_villages
from gis.facts import build_facts

ONE_KVA = "[electric]\nkw_per_household = 2\nsimultaneity = 0.5\npower_factor = 1\n"
VILLAGE = "140882001001"
STATED = {
    "transformer_id": "T1", "village_code": VILLAGE, "capacity_kva": 100.0, "peak_load_kva": 60.0,
    "peak_on": pd.Timestamp(2024, 1, 20), "peak_season": "heating", "feeder_id": "F1",
    "substation_id": "S1", "geometry": Point(50, 50),
}  # fmt: skip


def home(number, **more):
    return {"household_id": f"h{number}", "village_code": VILLAGE, "heating": "coal",
            "x": 10.0 + number % 80, "y": 50.0, **more}  # fmt: skip


def since(day):
    return {"heating": "electric", "device": "ashp_air", "energised_on": day}


def a_winter(later):
    """10 homes in the peak, 15 since, 5 on the list, `later` others on coal, 4 vacant."""
    kinds = [
        *[since("2023-10-01")] * 10, *[since("2024-06-01")] * 15, *[{"in_programme": True}] * 5,
        *[{}] * later, *[since("2023-10-01") | {"occupancy": "vacant"}] * 4,
    ]  # fmt: skip
    return [home(number, **kind) for number, kind in enumerate(kinds)]


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    return town.policy(tmp_path_factory.mktemp("plan"), ONE_KVA)


def plan(homes, policy, **stated):
    return decided([(VILLAGE, (0, 0, 100, 100))], homes, [STATED | stated], policy)


def decided(villages, homes, transformers, policy):
    tables = {
        "villages": town.villages(villages),
        "coal_ban_zones": town.zones(),
        "households": town.households(homes),
        "transformers": town.layer(transformers, "upgrade_due_on"),
    }
    facts = build_facts(tables, policy, town.AS_OF)
    return facts, decide(facts, price_routes(facts, policy), None, None, policy, town.AS_OF)


def only(homes, policy, **stated):
    facts, decisions = plan(homes, policy, **stated)
    (row,) = transformer_table(facts, decisions, policy).to_dict("records")
    return row


def test_up_to_eighty_in_a_hundred_is_free_and_up_to_all_heavy(policy):
    """60 measured + 15 since = 75; + 5 on the list = 80 of 100; + 20 later = 100 of 100."""
    row = only(a_winter(20), policy)
    loads = [row[name] for name in ("base_kva", "year_total_kva", "total_kva", "vacant_kva")]
    assert loads == [75.0, 80.0, 100.0, 4.0]
    assert [row["stock_homes"], row["since_homes"], row["year_homes"], row["later_homes"]] == [
        10, 15, 5, 20,
    ]  # fmt: skip
    assert [row["state"], row["year_state"], row["total_state"]] == ["free", "free", "heavy"]
    assert row["works"] == "none"
    assert pd.isna(row["works_kva"])


def test_a_home_too_many_overloads_it_and_the_list_waits_for_the_works(policy):
    """75 + 26 = 101 of 100: a kVA is short, and the least unit that is sold has 30."""
    row = only(a_winter(21), policy)
    assert [row["year_homes"], row["later_homes"]] == [0, 26]
    assert [row["year_total_kva"], row["total_kva"]] == [75.0, 101.0]
    assert [row["year_state"], row["total_state"]] == ["free", "overloaded"]
    assert [row["works"], row["works_kva"], row["works_fen"]] == ["transformer", 30.0, 900_000]
    assert pd.isna(row["works_on"])


@pytest.mark.parametrize(
    "stated", [{"peak_season": "summer"}, {"peak_load_kva": None}], ids=["summer", "no peak"]
)
def test_what_nobody_has_measured_in_a_winter_is_not_known(policy, stated):
    row = only(a_winter(20), policy, **stated)
    assert pd.isna(row["base_kva"])
    assert pd.isna(row["total_kva"])
    assert {row["state"], row["year_state"], row["total_state"]} == {"unverified"}
    assert row["works"] == "verify_headroom"


def test_what_the_grid_company_has_written_goes_before_the_peak(policy):
    """40 kVA open of 100: 60 taken, 15 more since; without the document the peak of 30 counts."""
    written = {"open_kva": 40.0, "open_document": "供电〔2024〕1号", "peak_load_kva": 30.0}
    assert only(a_winter(20), policy, **written)["base_kva"] == 75.0
    assert only(a_winter(20), policy, **written | {"open_document": ""})["base_kva"] == 45.0


def test_a_statement_counts_from_its_own_day(policy):
    """Of 15 homes since 1 June a statement of 1 July takes account; an undated one may not."""
    written = {"open_kva": 40.0, "open_document": "供电〔2024〕1号"}
    july = written | {"open_on": pd.Timestamp(2024, 7, 1)}
    assert only(a_winter(0), policy, **july)["base_kva"] == 60.0
    june = written | {"open_on": pd.Timestamp(2024, 6, 1)}
    assert only(a_winter(0), policy, **june)["base_kva"] == 75.0
    later_peak = written | {"peak_on": pd.Timestamp(2024, 12, 1)}
    assert only(a_winter(0), policy, **later_peak)["base_kva"] == 75.0


def test_more_open_than_there_is_says_nothing(policy):
    written = {"open_document": "供电〔2024〕1号", "peak_load_kva": 30.0}
    row = only(a_winter(0), policy, **written, open_kva=100.1)
    assert [row["basis"], row["base_kva"]] == ["peak", 45.0]
    assert only(a_winter(0), policy, **written, open_kva=100.0)["base_kva"] == 15.0


def test_what_is_overloaded_today_needs_works_though_nobody_comes_to_it(policy):
    """86 measured and 15 since are 101 of 100; with 85 it is full, and nothing is to be built."""
    homes = [one for one in a_winter(0) if one["heating"] != "coal"]
    row = only(homes, policy, peak_load_kva=86.0)
    assert [row["year_homes"], row["later_homes"], row["state"]] == [0, 0, "overloaded"]
    assert [row["works"], row["works_kva"]] == ["transformer", 30.0]
    assert only(homes, policy, peak_load_kva=85.0)["works"] == "none"


@settings(max_examples=settings.default.max_examples // 4)
@given(
    st.lists(st.sampled_from(range(6)), min_size=2, max_size=9), st.integers(0, 8), st.booleans()
)
def test_converting_a_home_lowers_no_load_of_the_table(policy, kinds, at, listed):
    """Today's, this year's and all loads, each home with the device that it has or gets."""
    said = [{}, {"in_programme": True}, since("2023-10-01"), since("2024-06-01"),
        {"device_kw": 4.0},
            {"heating": "gas"}]  # fmt: skip
    homes = [home(number, **said[kind]) for number, kind in enumerate(kinds)]
    before = only(homes, policy)
    one = homes[at % len(homes)]
    came = one.get("heating") == "coal"
    if not came:
        return
    one |= since("2024-10-01") | {"in_programme": listed}
    after = only(homes, policy)
    own = one.get("device_kw", 2.0) / 2
    assert after["base_kva"] == pytest.approx(before["base_kva"] + own)
    assert after["year_total_kva"] >= before["year_total_kva"] - 1e-9
    assert after["total_kva"] == pytest.approx(before["total_kva"])


def test_sums_cover_what_is_known_and_count_the_rest(policy):
    facts, decisions = plan(a_winter(20), policy)
    one = transformer_table(facts, decisions, policy)
    unknown = one.assign(transformer_id="T2", base_kva=float("nan"), total_kva=float("nan"),
                         total_state="unverified")  # fmt: skip
    rows = pd.concat([one, unknown], ignore_index=True)
    for by in ("feeder_id", "substation_id", "township_code"):
        (found,) = sum_loads(rows, by).to_dict("records")
        assert [found["transformers"], found["unverified"], found["heavy"]] == [2, 1, 1]
        assert [found["capacity_kva"], found["known_kva"], found["total_kva"]] == [200, 100, 100]
        assert found["year_homes"] == 10


def test_the_grid_company_is_given_every_home_with_a_device_once(policy):
    facts, decisions = plan(a_winter(20), policy)
    found = device_list(facts, decisions, policy)
    assert found["load_stage"].value_counts().to_dict() == {
        "stock": 25, "later": 20, "year": 5, "vacant": 4,
    }  # fmt: skip
    assert found["household_id"].is_unique
    assert set(found["device_kw"]) == {2.0}


def test_a_part_of_a_divided_run_claims_nothing_of_a_transformer_that_others_share(policy):
    """54 homes are fed, 20 of them in this part: what comes to the rest is not known here."""
    facts, decisions = plan(a_winter(20), policy)
    own = facts.households.index[:20]
    part = replace(facts, households=facts.households.loc[own])
    mine = replace(decisions, households=decisions.households.loc[own])
    (row,) = transformer_table(part, mine, policy).to_dict("records")
    assert row["elsewhere_homes"] == 34
    assert row["base_kva"] == 75.0
    assert pd.isna(row["total_kva"])
    assert [row["total_state"], row["works"]] == ["unverified", "none"]
    nobody = replace(facts, households=facts.households.iloc[:0])
    none = replace(decisions, households=decisions.households.iloc[:0])
    assert transformer_table(nobody, none, policy).empty


def test_villages_that_wait_are_a_list_zones_first_with_the_price_of_their_works(policy):
    """A of 21 homes too many waits for 30 kVA; B, in a zone, waits too; C has headroom."""
    codes = [VILLAGE, "140882001002", "140882001003"]
    homes = [
        home(100 * at + n, village_code=code, x=200.0 * at + n, y=50.0)
        for at, (code, size) in enumerate(zip(codes, (41, 42, 5), strict=True))
        for n in range(size)
    ]  # fmt: skip
    grid = [
        STATED | {"transformer_id": f"T{at}", "village_code": code,
                  "geometry": Point(200.0 * at + 20, 50)}
        for at, code in enumerate(codes)
    ]  # fmt: skip
    squares = [(code, (200.0 * at, 0, 200.0 * at + 100, 100)) for at, code in enumerate(codes)]
    tables = {
        "villages": town.villages(squares),
        "coal_ban_zones": town.zones({"zone_id": "Z", "geometry": box(190, -100, 310, 200)}),
        "households": town.households(homes),
        "transformers": town.layer(grid, "upgrade_due_on"),
    }
    facts = build_facts(tables, policy, town.AS_OF)
    priced = price_routes(facts, policy)
    decisions = decide(facts, priced, None, None, policy, town.AS_OF)
    table = waiting_villages(facts, decisions, priced, policy)
    assert table["village_code"].tolist() == [codes[1], codes[0]]
    assert table["rank"].tolist() == [1, 2]
    assert set(table["waiting_route"]) == {"electric_waiting"}
    assert table["pending"].tolist() == [42, 41]
    assert (table["pending_in_zone"] > 0).tolist() == [True, False]
    # 40 kVA are left and 1 or 2 are short; the least unit has 30 kVA, at 300 yuan
    assert table["works_fen"].tolist() == [900_000, 900_000]
    assert table["transformers"].tolist() == [1, 1]
    assert table["ready_on"].isna().all()
    assert table["interim"].tolist() == ["none", "clean_coal"]
    assert table["station_kw"].isna().all()


def test_a_village_beside_a_primary_main_waits_for_its_exchange_station(policy):
    """30 homes of 100 m² and 50 W/m² draw 0.62 + 0.38 ÷ 30 of 150 kW; a kW of station costs 300."""
    homes = [home(n) for n in range(30)]
    pipe = [{"pipe_id": "P", "dn_mm": 300.0, "status": "in_service", "role": "primary",
             "in_service_on": "2020-10-01",
             "geometry": LineString([(0, 50), (100, 50)])}]  # fmt: skip
    tables = {
        "villages": town.villages([(VILLAGE, (0, 0, 100, 100))]),
        "coal_ban_zones": town.zones(), "households": town.households(homes),
        "heat_pipes": town.layer(pipe, "in_service_on"),
    }  # fmt: skip
    facts = build_facts(tables, policy, town.AS_OF)
    priced = price_routes(facts, policy)
    decisions = decide(facts, priced, None, None, policy, town.AS_OF)
    (row,) = waiting_villages(facts, decisions, priced, policy).to_dict("records")
    assert [row["waiting_route"], row["works"], row["station_homes"]] == [
        "central", "exchange_station", 30,
    ]  # fmt: skip
    kw = 150 * (0.62 + 0.38 / 30)
    assert row["station_kw"] == pytest.approx(kw)
    assert row["works_fen"] == pytest.approx(kw * 300 * 100, abs=1)


def test_a_village_is_explained_with_the_loads_of_its_transformers(policy):
    facts, decisions = plan(a_winter(21), policy)
    told = explain(VILLAGE, facts, price_routes(facts, policy), decisions, policy)
    (row,) = told["transformers"]
    assert [row["base_kva"], row["total_kva"], row["total_state"]] == [75.0, 101.0, "overloaded"]
    said = [line for line in Explanation(told).lines() if "T1" in line.zh][-1]
    assert said.zh == (
        "台区  T1：额定 100.0 kVA，现有 75.0，本年后 75.0，改完 101.0（过载）；"
        "拟建：新购变压器 30.0 kVA，9,000.00 元"
    )
    assert "with all 101.0 (Overloaded); works: Transformer to be bought 30.0 kVA" in said.en


# No works are allowed, and 3 kW a home at a power factor of 1; simultaneity by the homes fed.
BY_HOMES = (
    "[electric]\nkw_per_household = 3\npower_factor = 1\n"
    "max_upgrade_cny_per_household = { value = 1, verified = true }\n"
)


FED = ((3, 9.0), (4, 10.8), (10, 27.0), (11, 27.0), (12, 28.8), (25, 60.0), (26, 60.0), (29, 60.9))


@pytest.mark.parametrize(("short", "route"), [(0.0, "electric"), (0.1, "undecided")])
def test_table_works_and_allocation_take_the_simultaneity_of_the_homes_fed(tmp_path, short, route):
    """3 × 3 kW × 1; 4 × 3 × 0.9; 25 × 3 × 0.8; 29 × 3 × 0.7; 26 homes draw no less than 25.

    Villages beside each other, each with a transformer of its own that is `short` of kVA or of none.
    """
    stepped = town.policy(tmp_path, BY_HOMES)
    codes = [f"{VILLAGE[:9]}{number:03}" for number in range(len(FED))]
    facts, decisions = decided(
        [(code, (1000 * at, 0, 1000 * at + 100, 100)) for at, code in enumerate(codes)],
        [home(number) | {"household_id": f"{code}-{number}", "village_code": code,
                         "x": 1000.0 * at + 10 + number}
         for at, (code, (homes, _)) in enumerate(zip(codes, FED, strict=True))
         for number in range(homes)],
        [STATED | {"transformer_id": f"T{at}", "village_code": code, "capacity_kva": kva - short,
                   "peak_load_kva": 0.0, "geometry": Point(1000 * at + 50, 50)}
         for at, (code, (_, kva)) in enumerate(zip(codes, FED, strict=True))],
        stepped,
    )  # fmt: skip
    assert decisions.villages.set_index("village_code").loc[codes, "computed"].tolist() == [
        route
    ] * len(FED)
    needed = [kva for _, kva in FED]
    rows = transformer_table(facts, decisions, stepped).sort_values("transformer_id")
    assert rows["works"].tolist() == ["none"] * len(FED)
    drawn = needed if route == "electric" else [0.0] * len(FED)
    assert rows["total_kva"].tolist() == pytest.approx(drawn)
    built = grid_works(facts, stepped).sort_values("transformer_id")
    assert built["need_kva"].tolist() == pytest.approx(needed)
    assert built["lacking_kva"].tolist() == pytest.approx([short] * len(FED))
