"""Gaps of a small town by hand: who is in one, of which kind, and what closes it cheapest."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import town
from audit.cleared_home import NEXT, VILLAGE
from shapely.geometry import LineString, Point, box

from gis.audit import coverage_gaps
from gis.costs.upgrades import unit
from gis.network.pipe_catalogue import pipes_of

COAL = {"heating": "coal", "acceptance_result": None, "y": 500.0}
PIPE = {
    "pipe_id": "p0", "dn_mm": 200.0, "status": "in_service", "role": "secondary",
    "in_service_on": None, "geometry": LineString([(0, 0), (0, 1000)]),
}  # fmt: skip
AIR_HEAT_PUMP_CNY, STOVE_CNY = 8000, 3000  # the shipped prices
CLAUSE = {"central": "c1", "electric": "c2", "biomass": "c4"}
# A home takes 3 kW x 0.7 / 0.95 = 2.2105 kVA


def pipes():
    return town.layer([PIPE], "in_service_on")


def transformers(*rows):
    usual = {
        "capacity_kva": 100.0, "peak_load_kva": 100.0, "village_code": None, "upgrade_kva": np.nan,
        "upgrade_due_on": None, "upgrade_cny": np.nan, "geometry": Point(500, 500),
    }  # fmt: skip
    return town.layer(
        [{"transformer_id": f"t{n}", **usual, **row} for n, row in enumerate(rows)],
        "upgrade_due_on",
    )


@pytest.fixture
def find(facts_of, policy):
    def found(homes, decided=(), tried=(), *, plan=policy, zones=(), **layers):
        facts = facts_of([COAL | home for home in homes], list(zones), plan=plan, **layers)
        plans = decisions(facts, decided, tried)
        gaps = coverage_gaps.find_gaps(facts, plans, plan)
        pd.testing.assert_frame_equal(village_by_village(facts, plans, plan), gaps)
        return gaps

    return found


def village_by_village(facts, plans, plan):
    """The gaps of all villages, whose households were looked at one village after the other."""
    parts, codes = [], facts.households["village_code"].fillna("")
    for code in codes.unique():
        here = (codes == code).to_numpy()
        some = replace(facts, households=facts.households[here].reset_index(drop=True))
        homes = plans.households[here].reset_index(drop=True)
        own = SimpleNamespace(**{**vars(plans), "households": homes})
        parts.append(coverage_gaps.gap_homes(some, own, plan))
    return coverage_gaps.gaps_among(coverage_gaps.join_gap_homes(parts), facts, plan)


def decisions(facts, decided, tried):
    usual = {"village_code": VILLAGE, "part": "", "approach": "undecided", "gap": "no_route",
             "clause": "c9", "runner_up": "", "works": "", "ready_on": pd.NaT}  # fmt: skip
    rows = [usual | row for row in decided or [{}]]
    approach = {(row["village_code"], row["part"]): row["approach"] for row in rows}
    homes = facts.households
    split = {row["village_code"] for row in rows if row["part"]}
    side = np.where(homes["served"] == "none", "unserved", "served")
    part = np.where(homes["village_code"].isin(split), side, "")
    routes = [approach.get(key, "done") for key in zip(homes["village_code"], part, strict=True)]
    plans = pd.DataFrame({"part": part, "approach": routes, "in_batch": False})
    usual = {
        "village_code": VILLAGE,
        "part": "",
        "eligible": True,
        "has_capacity": True,
        "code": "",
    }
    attempts = pd.DataFrame([usual | row for row in tried])
    return SimpleNamespace(villages=pd.DataFrame(rows), tried=attempts, households=plans)


def test_nobody_waiting_is_no_gap(find):
    none = find([{"heating": "electric"}])
    assert none.empty
    assert list(none.columns) == list(coverage_gaps.COLUMNS)
    assert find([{}], [{"approach": "electric"}]).empty


def test_an_undecided_village_is_a_gap_of_all_who_wait(find):
    found = find([{"x": 300.0}, {"x": 500.0}, {"x": 400.0}, {"heating": "gas"}])
    assert len(found) == 1
    row = found.iloc[0]
    names = ["gap_id", "rank", "kind", "village_code", "township_code", "households", "x", "y"]
    assert row[names].tolist() == [
        f"{VILLAGE}-1",
        1,
        "no_route",
        VILLAGE,
        VILLAGE[:9],
        3,
        400.0,
        500.0,
    ]
    assert (row["clause"], row["asset"], row["asset_unit"], row["in_zone"]) == ("c9", "", "", False)
    assert pd.isna(row["cost_fen"])
    assert row["reason_zh"] == "3户没有可行方式；现有资料看不出单独一项工程可以补上。"


@pytest.mark.parametrize(("x", "sizes"), [(700.0, [2]), (700.1, [1, 1])])
def test_homes_up_to_200_m_apart_are_one_gap(find, x, sizes):
    assert find([{"x": 500.0}, {"x": x}])["households"].tolist() == sizes


def test_villages_and_kinds_are_gaps_of_their_own(find):
    both = [{}, {"village_code": NEXT}]
    found = find([{"x": 990.0}, {"x": 1010.0, "village_code": NEXT}], both)
    assert found["village_code"].tolist() == [VILLAGE, NEXT]


def test_homes_without_a_place_are_a_gap_at_their_village(find):
    found = find([{"x": None, "y": None}, {"x": None, "y": None}, {"x": 100.0}])
    assert found["households"].tolist() == [2, 1]
    assert found[["x", "y"]].to_numpy().tolist() == [[500.0, 500.0], [100.0, 500.0]]
    only = find([{"x": None, "y": None}], heat_pipes=pipes())
    assert only["households"].tolist() == [1]
    assert only["asset"].tolist() == [""]


# ten homes along the pipe's side, served within 50 m; and the rest of the village far from it
def part_served(near, far):
    return [{"x": 50.0, "y": 100.0 + n} for n in range(near)] + [
        {"x": 400.0, "y": 100.0 + n} for n in range(far)
    ]


@pytest.mark.parametrize(
    ("near", "far", "approach", "kinds"),
    [
        # 85 % served is a gap of its 15 %, whatever the village gets instead
        (17, 3, "electric", [("not_connected", 3)]),
        (17, 3, "undecided", [("headroom", 3)]),
        (10, 10, "undecided", [("headroom", 10)]),
        (9, 11, "undecided", [("headroom", 20)]),
        (9, 11, "electric", []),
        # 90 % and more: central, and who is beyond the edge is not connected
        (18, 2, "central", [("not_connected", 2)]),
        (18, 2, "electric", []),
        (20, 0, "central", []),
        (20, 0, "electric", []),
    ],
)
def test_the_rest_of_a_village_the_network_reaches(find, near, far, approach, kinds):
    decided = [{"approach": approach, "gap": "headroom" if approach == "undecided" else ""}]
    found = find(part_served(near, far), decided, heat_pipes=pipes())
    sums = found.groupby("kind")["households"].sum()
    assert list(sums.items()) == kinds


def test_a_part_with_a_route_of_its_own_is_no_gap(find):
    decided = [
        {"part": "served", "approach": "central"},
        {"part": "unserved", "approach": "electric"},
    ]
    assert find(part_served(17, 3), decided, heat_pipes=pipes()).empty
    undecided = [decided[0], {"part": "unserved", "gap": ""}]
    found = find(part_served(17, 3), undecided, heat_pipes=pipes())
    assert found[["kind", "part", "households"]].to_numpy().tolist() == [
        ["no_route", "unserved", 3]
    ]


def test_a_planned_extension_leaves_no_gap(find):
    decided = [{"approach": "central"}]
    extended = [{"route": "central", "code": "central_extended"}]
    assert len(find(part_served(0, 3), decided, heat_pipes=pipes())) == 1
    assert find(part_served(0, 3), decided, extended, heat_pipes=pipes()).empty
    built_up = town.layer([{"geometry": box(0, 0, 1000, 1000)}])
    layers = {"heat_pipes": pipes(), "built_up_area": built_up}
    assert find(part_served(0, 3), decided, extended, **layers).empty


def test_the_built_up_area_without_the_network_is_a_gap_whatever_the_route(find):
    built_up = town.layer([{"geometry": box(0, 0, 600, 1000)}])
    homes = [{"x": 50.0}, {"x": 300.0}, {"x": 700.0}]
    found = find(homes, [{"approach": "electric"}], heat_pipes=pipes(), built_up_area=built_up)
    row = found.iloc[0]
    assert (len(found), row["kind"], row["households"], row["x"]) == (1, "built_up", 1, 300.0)
    assert (row["asset"], row["asset_amount"], row["clause"]) == ("heat_pipe", 250.0, "c1")
    # DN50 at 1,200 yuan carries one home's 5 kW
    assert (row["cost_fen"], row["cost_per_household_fen"]) == (30_000_000, 30_000_000)
    assert row["reason_en"].endswith("about 250 m of heat main would connect them.")


def test_an_undecided_village_in_a_zone_is_named_by_the_decision_and_ranks_first(find):
    zone = {"zone_id": "Z1", "geometry": box(0, 0, 1000, 1000)}
    decided = [{"gap": "zone_without_plan"}, {"village_code": NEXT, "gap": "headroom"}]
    homes = [{"village_code": NEXT, "x": 1500.0}, {"village_code": NEXT, "x": 1500.0}, {}]
    found = find(homes, decided, zones=[zone])
    assert found["kind"].tolist() == ["zone_without_plan", "headroom"]
    assert found["in_zone"].tolist() == [True, False]
    assert found["rank"].tolist() == [1, 2]


def test_the_policys_order_ranks_then_size(find, tmp_path):
    plan = town.policy(
        tmp_path,
        f'[priority]\norder = ["named_area", "built_up_area"]\n'
        f'named_areas = [{{ name = "n", village_code = "{NEXT}", around_m = 0 }}]',
    )
    built_up = town.layer([{"geometry": box(0, 0, 100, 1000)}])
    homes = [{"x": 80.0}, {"x": 500.0}, {"x": 510.0}, {"x": 1500.0, "village_code": NEXT}]
    found = find(homes, [{}, {"village_code": NEXT}], plan=plan, built_up_area=built_up)
    assert found["x"].tolist() == [1500.0, 80.0, 505.0]
    plain = find(homes, [{}, {"village_code": NEXT}], built_up_area=built_up)
    assert plain["x"].tolist() == [80.0, 505.0, 1500.0]


def test_a_full_source_in_a_ruled_central_village_wants_kilowatts(find, tmp_path):
    sources = town.layer(
        [{"source_id": "s0", "capacity_mw": 1.0, "load_mw": 1.0, "geometry": Point(0, 0)}]
    )
    short = [{"route": "central", "has_capacity": False, "code": "central_full"}]
    layers = {"heat_pipes": pipes(), "heat_sources": sources}
    found = find(part_served(20, 0), [{"approach": "central"}], short, **layers)
    row = found.iloc[0]
    # 20 homes x 5 kW x 0.62
    assert (row["kind"], row["asset"], row["asset_amount"], row["asset_unit"]) == (
        "not_connected", "source", 62.0, "kW",
    )  # fmt: skip
    assert pd.isna(row["cost_fen"])
    plan = town.policy(tmp_path, "[prices]\nsource_cny_per_kw = 500")
    priced = find(part_served(20, 0), [{"approach": "central"}], short, plan=plan, **layers)
    assert priced["cost_fen"].tolist() == [3_100_000]
    unknown = find(part_served(20, 0), [{"approach": "central"}], short, heat_pipes=pipes())
    assert unknown["asset"].tolist() == [""]
    beyond = find(part_served(0, 3), [{"approach": "central"}], short, **layers)
    assert beyond["asset"].tolist() == [""]  # pipe alone would not close it


def test_transformers_lack_what_the_others_leave(find):
    homes = [{"x": 600.0, "y": 500.0 + n} for n in range(10)]
    grid = transformers({"peak_load_kva": 90.0, "village_code": VILLAGE})
    short = find(homes, [{"gap": "headroom"}], transformers=grid).iloc[0]
    assert (short["asset"], short["asset_unit"]) == ("transformer", "kVA")
    assert short["asset_amount"] == 30  # 28.4 - 10 = 18.4 kVA are lacking; nothing smaller is sold
    assert short["cost_fen"] == 30 * 300 * 100
    assert short["cost_per_household_fen"] == round(short["cost_fen"] / 10)
    # two homes of the next village go electric on the same transformer
    rest = [{"x": 1001.0, "village_code": NEXT}, {"x": 1001.0, "village_code": NEXT}]
    shared = transformers({"peak_load_kva": 90.0, "geometry": Point(1000, 500)})
    both = [{"gap": "headroom"}, {"village_code": NEXT, "approach": "electric"}]
    less = find(homes + rest, both, transformers=shared).iloc[0]
    assert less["asset_amount"] == 30  # 22.1 - (10 - 4.4) = 16.5


def test_an_overdrawn_transformer_lacks_no_more_than_the_gap_needs(find):
    rest = [{"x": 1001.0, "village_code": NEXT}] * 25  # 55.3 kVA on the 10 that are left
    shared = transformers({"peak_load_kva": 90.0, "geometry": Point(1000, 500)})
    both = [{"gap": "headroom"}, {"village_code": NEXT, "approach": "electric"}]
    rows = [{"x": 900.0}, *({"household_id": f"n{k}", **row} for k, row in enumerate(rest))]
    (row,) = find(rows, both, transformers=shared).to_dict("records")
    assert row["asset"] == ""  # the unit that the others need, 50 kVA for 47.5, carries it too


UNITS = [  # headroom for 20 homes that need 20 x 3 x 0.8 / 0.95 = 50.53 kVA
    (20.6, 30, 900_000),  # 29.93 are lacking
    (20.5, 50, 1_500_000),  # 30.03
    (0.6, 50, 1_500_000),  # 49.93
    (0.5, 63, 1_890_000),  # 50.03
    (0.0, 63, 1_890_000),  # 50.53
]


@pytest.mark.parametrize(("left", "kva", "fen"), UNITS)
def test_what_is_lacking_is_bought_by_the_unit(find, left, kva, fen):
    homes = [{"x": 600.0, "y": 500.0 + n} for n in range(20)]
    grid = transformers({"peak_load_kva": 100.0 - left, "village_code": VILLAGE})
    row = find(homes, [{"gap": "headroom"}], transformers=grid).iloc[0]
    assert (row["asset_amount"], row["cost_fen"]) == (kva, fen)


PLANNED = [  # 50.53 kVA are lacking
    ({"upgrade_kva": 51.0, "upgrade_due_on": "2025-06-30"}, 51, 1_530_000),
    ({"upgrade_kva": 51.0, "upgrade_due_on": "2025-06-30", "upgrade_cny": 12_345.67}, 51,
        1_234_567),
    ({"upgrade_kva": 200.0, "upgrade_due_on": "2024-11-01", "upgrade_cny": 900_000.0}, 200,
        90_000_000),
    ({"upgrade_kva": 50.5, "upgrade_due_on": "2025-06-30"}, 63, 1_890_000),  # too small
    ({"upgrade_kva": 51.0, "upgrade_due_on": "2024-10-30"}, 63, 1_890_000),  # is it there already?
]  # fmt: skip


@pytest.mark.parametrize(("row", "kva", "fen"), PLANNED)
def test_a_planned_upgrade_that_will_do_is_priced_as_in_the_decision(find, row, kva, fen):
    homes = [{"x": 600.0, "y": 500.0 + n} for n in range(20)]
    grid = transformers(row | {"village_code": VILLAGE})
    found = find(homes, [{"gap": "headroom"}], transformers=grid).iloc[0]
    assert (found["asset_amount"], found["cost_fen"]) == (kva, fen)


def test_an_upgrade_that_others_use_is_not_bought_twice(find):
    """All 32 homes need 70.7 kVA: the 80 that NEXT's 12 have bought carry the other 20 as well."""
    own = [{"x": 990.0, "y": 500.0 + n} for n in range(20)]
    rest = [{"x": 1001.0, "village_code": NEXT, "household_id": f"n{k}"} for k in range(12)]
    both = [{"gap": "headroom"}, {"village_code": NEXT, "approach": "electric"}]
    offer = {"upgrade_kva": 45.0, "upgrade_due_on": "2024-11-01", "geometry": Point(1000, 500)}
    found = find(own + rest, both, transformers=transformers(offer)).iloc[0]
    assert found["asset"] == ""


def test_beyond_the_largest_unit_several_are_bought(tmp_path):
    plan = town.policy(tmp_path, "[electric]\nunit_kva = [100, 50]")
    bought = [unit(kva, plan)[0] for kva in (0.1, 50, 50.1, 100, 100.1, 200, 230, 251)]
    assert bought == [50, 50, 100, 100, 150, 200, 250, 300]


def test_what_a_village_lacks_is_borne_by_all_its_homes(find):
    homes = [{"x": 100.0}, {"x": 100.0}, {"x": 900.0}]
    grid = transformers(
        {"geometry": Point(100, 500)}, {"geometry": Point(900, 500), "capacity_kva": 500.0}
    )
    found = find(homes, [{"gap": "headroom"}], transformers=grid)
    assert found["households"].tolist() == [2, 1]
    assert found["asset_amount"].tolist() == pytest.approx(
        [20, 10]
    )  # 30 kVA for 2 x 2.2, of 3 homes
    assert found["cost_fen"].tolist() == [600_000, 300_000]


def test_homes_out_of_reach_of_a_transformer_lack_all_they_need(find):
    grid = transformers({"geometry": Point(500, 5000), "capacity_kva": 900.0})
    found = find([{}], [{"gap": "headroom"}], transformers=grid)
    assert found["asset_amount"].tolist() == [30]


def test_a_ruling_the_grid_cannot_bear_is_short_of_headroom(find):
    waits = {"approach": "electric", "works": "transformer"}
    grid = transformers({"village_code": VILLAGE})
    found = find([{}], [waits], transformers=grid)
    assert found[["kind", "asset"]].to_numpy().tolist() == [["headroom", "transformer"]]
    assert find([{}], [waits | {"works": "heavy_load"}], transformers=grid).empty
    assert find([{}], [waits | {"ready_on": pd.Timestamp(2026, 1, 1)}], transformers=grid).empty
    better = find([{}], [waits | {"runner_up": "central"}], transformers=grid).iloc[0]
    assert (better["asset"], better["asset_unit"]) == ("", "")
    assert better["reason_zh"] == "1户所在台区容量不足；不需新建工程，改用集中供热即可。"


def test_a_ruling_for_gas_without_secured_gas_is_a_gap(find):
    gas = town.layer(
        [{"status": "in_service", "supply_secured": True, "in_service_on": None,
          "geometry": box(0, 0, 400, 1000)}], "in_service_on",
    )  # fmt: skip
    found = find([{"x": 450.0}, {"x": 451.0}], [{"approach": "gas"}], gas_coverage=gas)
    assert found[["kind", "households", "x"]].to_numpy().tolist() == [["no_route", 1, 451.0]]
    assert found["reason_zh"].item().startswith("1户没有可行方式；")
    ruled = [{"approach": "gas", "runner_up": "electric"}]
    open_to_another = find([{"x": 451.0}], ruled, gas_coverage=gas).iloc[0]
    assert open_to_another["reason_zh"] == (
        "1户现行方案的方式尚未落实；不需新建工程，改用煤改电即可。"
    )
    assert open_to_another["reason_en"].startswith("The route in force for 1 households is not")


@pytest.mark.parametrize(
    ("homes", "asset"),
    [(1, "heat_pipe"), (400, "transformer")],  # 50 m at 1,200 yuan; 900 kVA at 300
)
def test_the_cheapest_asset_wins(find, tmp_path, homes, asset):
    plan = town.policy(
        tmp_path, "[prices.pipe_cny_per_m]\nDN50 = 10\nDN80 = 9000\nDN100 = 9000\nDN150 = 9000"
    )
    rows = [{"x": 100.0} for _ in range(homes)]
    found = find(rows, [{}], plan=plan, heat_pipes=pipes(), transformers=transformers({}))
    assert found["asset"].tolist() == [asset]


def test_an_upgrade_over_the_ceiling_comes_last_and_says_so(find, tmp_path):
    dear = (
        "[electric]\nupgrade_cny_per_kva = 300\nmax_upgrade_cny_per_household = "
        '{ value = 8999, source = "a document", verified = true }'
    )
    layers = {"transformers": transformers({})}
    alone = find([{}], plan=town.policy(tmp_path, dear), **layers).iloc[0]
    assert alone["asset"] == "transformer"  # a unit of 30 kVA x 300 = 9,000 yuan
    assert "超过增容上限" in alone["reason_zh"]
    both = find([{}], plan=town.policy(tmp_path, dear), heat_pipes=pipes(), **layers).iloc[0]
    assert both["asset"] == "heat_pipe"
    within = town.policy(tmp_path, dear.replace("8999", "9000"))
    assert "上限" not in find([{}], plan=within, **layers).iloc[0]["reason_zh"]


@pytest.mark.parametrize(("verified", "asset"), [("true", "heat_pipe"), ("false", "transformer")])
def test_a_ceiling_that_nobody_has_verified_refuses_no_upgrade(find, tmp_path, verified, asset):
    """30 kVA at 300 are 9,000 yuan, over a ceiling of 8,999; the pipe to the home costs more."""
    plan = town.policy(
        tmp_path,
        "[electric]\nupgrade_cny_per_kva = 300\nmax_upgrade_cny_per_household = "
        f'{{ value = 8999, source = "a document", verified = {verified} }}\n'
        "[prices.pipe_cny_per_m]\nDN50 = 9000\nDN80 = 9000",
    )
    found = find([{}], plan=plan, heat_pipes=pipes(), transformers=transformers({})).iloc[0]
    assert found["asset"] == asset
    assert ("上限" in found["reason_zh"]) is False


def test_an_upgrade_over_an_unverified_ceiling_is_flagged_and_refused_nothing(find, tmp_path):
    dear = "[electric]\nmax_upgrade_cny_per_household = 8999\nupgrade_cny_per_kva = 300"
    layers = {"transformers": transformers({}), "heat_pipes": pipes()}
    far = {"x": 999.0}  # 949 m of pipe at 1,200 yuan, a unit of 30 kVA at 9,000
    found = find([far], plan=town.policy(tmp_path, dear), **layers).iloc[0]
    assert (found["asset"], found["cost_fen"]) == ("transformer", 900_000)
    assert "配套电网投资偏高，报领导小组审定" in found["reason_zh"]
    assert "leading group" in found["reason_en"]
    within = town.policy(tmp_path, dear.replace("8999", "9000"))
    assert "偏高" not in find([far], plan=within, **layers).iloc[0]["reason_zh"]


def test_pipe_to_the_nearest_home_and_a_tree_between_them(find):
    homes = [{"x": 250.0, "y": 500.0}, {"x": 400.0, "y": 500.0}, {"x": 400.0, "y": 620.0}]
    found = find(homes, heat_pipes=pipes())
    # 250 m less the reach of 50, then 150 and 120
    assert found["asset_amount"].tolist() == pytest.approx([200 + 150 + 120])


def test_homes_of_one_cell_share_their_branch(find):
    found = find([{"x": 250.0}, {"x": 251.0}, {"x": 299.0}], heat_pipes=pipes())
    assert found["asset_amount"].tolist() == [200.0]


def test_a_larger_gap_needs_a_wider_pipe(find, policy):
    # n homes peak at 5 n (0.62 + 0.38 / n) = 3.1 n + 1.9 kW
    most = math.floor((pipes_of(policy).carries(50) - 1.9) / 3.1)
    for homes, price in ((most, 1200), (most + 1, 1500)):
        found = find([{"x": 250.0} for _ in range(homes)], heat_pipes=pipes())
        assert found["cost_fen"].tolist() == [200 * price * 100]


def test_without_a_price_the_asset_is_named_without_a_cost(find, tmp_path, monkeypatch):
    plan = town.policy(tmp_path)
    bare = plan.model_copy(update={"prices": {"interest": 0.05}})
    found = find([{"x": 250.0}], plan=bare, heat_pipes=pipes()).iloc[0]
    assert (found["asset"], found["asset_amount"]) == ("heat_pipe", 200.0)
    assert pd.isna(found["cost_fen"])
    assert pd.isna(found["cost_per_household_fen"])


def test_gas_pipe_where_its_distance_is_known(facts_of, policy):
    facts = facts_of([COAL, COAL], [])
    facts.households["gas_m"] = [150.0, np.inf]
    found = coverage_gaps.find_gaps(facts, decisions(facts, (), ()), policy).iloc[0]
    assert (found["asset"], found["asset_amount"], found["cost_fen"]) == (
        "gas_pipe",
        100.0,
        4_000_000,
    )


def test_nobody_is_in_two_gaps_and_nobody_who_waits_undecided_is_in_none(find):
    dice = np.random.default_rng(4)
    homes = [{"x": float(x), "y": float(y)} for x, y in dice.uniform(0, 1000, (300, 2))]
    found = find(homes, heat_pipes=pipes())
    assert found["households"].sum() == 300
    assert found["rank"].tolist() == list(range(1, len(found) + 1))
    assert found["gap_id"].is_unique


@pytest.mark.parametrize(
    ("homes", "peak", "tried", "asset"),
    [
        # 20 kVA carry up to 10 homes of 3 x 0.9 / 0.95 = 2.842 each; for a few the plan's first
        # electric device is the cheapest way
        (1, 80.0, "electric", "device_electric"),
        (7, 80.0, "electric", "device_electric"),  # 19.9 kVA
        (8, 80.0, "electric", "heat_pipe"),  # 22.7 kVA
        (1, 100.0, "electric", "heat_pipe"),
        (1, 80.0, "biomass", "device_biomass"),
        (1, 80.0, "central", "heat_pipe"),  # electricity is not open to it
    ],
)
def test_a_few_homes_get_devices_where_transformers_have_room(find, homes, peak, tried, asset):
    layers = {
        "built_up_area": town.layer([{"geometry": box(0, 0, 600, 1000)}]),
        "heat_pipes": pipes(),
        "transformers": transformers({"peak_load_kva": peak}),
    }
    decided = [{"approach": "central", "clause": "c1"}]
    rows = [{"x": 300.0, "y": 500.0 + n} for n in range(homes)]
    found = find(rows, decided, [{"route": tried}], **layers)
    (row,) = found.to_dict("records")
    device = asset != "heat_pipe"
    other = "heat_pipe" if device else ""
    assert (row["kind"], row["asset"], row["other_asset"]) == ("built_up", asset, other)
    assert row["clause"] == CLAUSE[tried if device else "central"]
    if device:
        yuan = {"electric": AIR_HEAT_PUMP_CNY, "biomass": STOVE_CNY}[tried]
        assert row["cost_fen"] == homes * yuan * 100


@pytest.mark.parametrize(("homes", "asset"), [(19, "device_biomass"), (20, "heat_pipe")])
def test_as_many_homes_as_a_part_of_a_village_needs_are_worth_works(find, homes, asset):
    layers = {
        "built_up_area": town.layer([{"geometry": box(0, 0, 600, 1000)}]),
        "heat_pipes": pipes(),
    }
    rows = [{"x": 300.0, "y": 500.0 + n} for n in range(homes)]
    found = find(rows, [{"approach": "central"}], [{"route": "biomass"}], **layers)
    assert found["asset"].tolist() == [asset]
