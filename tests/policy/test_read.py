"""policy.toml: defaults fill in, mistakes are named, scenarios override."""

import tomllib
from importlib.resources import files

import pytest
import town

from gis.costs.household import HomeKind, household_cost
from gis.errors import InputError
from gis.layers.placeholders import retired_keys
from gis.policy import read_policy
from gis.policy.quantities import uncertain, with_values


def test_what_is_left_out_takes_the_shipped_default_and_says_so(tmp_path):
    policy = town.policy(tmp_path, "[gas]\nconnect_m = 80")
    assert policy.gas.connect_m == 80
    assert policy.gas.season_m3 == 1170
    assert policy.provenance["gas.season_m3"].default
    assert not policy.provenance["gas.connect_m"].default


def test_a_route_without_devices_takes_the_usual_ones_and_says_so(tmp_path):
    usual = ("ashp_air", "ashp_water", "gshp", "central_electric")
    head = town.POLICY.split("[[routes]]")[0]
    route = '[[routes]]\nroute = "electric"\nclause = "x"\n'
    path = tmp_path / "policy.toml"
    path.write_text(head + route, encoding="utf-8")
    policy = read_policy(path)
    assert policy.route("electric").devices == usual
    assert policy.provenance["routes.electric.devices"].default
    for devices in ('["gshp"]', "[]"):
        path.write_text(f"{head}{route}devices = {devices}\n", encoding="utf-8")
        policy = read_policy(path)
        assert list(policy.route("electric").devices) == (["gshp"] if "g" in devices else [])
        assert "routes.electric.devices" not in policy.provenance


def test_a_quantity_carries_its_source(tmp_path):
    described = '{ value = 80, unit = "m", source = "公告", verified = true }'
    policy = town.policy(tmp_path, f"[gas]\nconnect_m = {described}")
    source = policy.provenance["gas.connect_m"]
    assert (source.unit, source.source, source.verified) == ("m", "公告", True)


def test_a_quantity_may_carry_its_range(tmp_path):
    written = "[gas]\nconnect_m = { value = 80, low = 80, high = 80 }\n"
    written += "season_m3 = { value = 900, low = 600 }"
    policy = town.policy(tmp_path, written)
    sources = policy.provenance
    assert (sources["gas.connect_m"].low, sources["gas.connect_m"].high) == (80, 80)
    assert (sources["gas.season_m3"].low, sources["gas.season_m3"].high) == (600, None)
    unsure = {one.key: one.spans for one in uncertain(policy)}
    assert "gas.connect_m" not in unsure  # nothing between its ends
    assert unsure["gas.season_m3"]["gas.season_m3"] == (600, 900, 900)


def estimates():
    """The shipped numbers that are estimated, with how they are written."""
    shipped = tomllib.loads(files("gis.policy").joinpath("defaults.toml").read_text("utf-8"))
    rows = [(f"{a}.{b}", one) for a, table in shipped.items() if isinstance(table, dict)
            for b, one in table.items()]  # fmt: skip
    rows += [(f"{key}.{name}", one) for key, table in rows if isinstance(table, dict)
             for name, one in table.items() if isinstance(one, dict)]  # fmt: skip
    quantities = {key: one for key, one in rows if isinstance(one, dict) and "value" in one}
    chosen = {key for key in quantities if key.startswith(("edition.", "subsidies."))}
    chosen -= {"subsidies.implausible_multiple"}
    unused = {"demand.diversity_a", "demand.diversity_b"}
    return {key: one for key, one in quantities.items()
            if key not in chosen | unused and isinstance(one["value"], int | float)}  # fmt: skip


def test_every_estimate_that_is_shipped_has_a_range_and_says_where_it_is_from():
    found = estimates()
    assert len(found) > 90
    for key, one in found.items():
        assert one["low"] < one["high"], key
        assert one["low"] <= one["value"] <= one["high"], key
        assert one["source"], key
        assert one["verified"] is False, key


def test_an_unverified_number_within_the_shipped_range_takes_it(tmp_path):
    """electric.simultaneity is shipped as 0.7 within 0.6 to 0.9."""
    for value, ends in (
        (0.6, (0.6, 0.9)),
        (0.9, (0.6, 0.9)),
        (0.59, (None, None)),
        (0.91, (None, None)),
    ):
        policy = town.policy(tmp_path, f"[electric]\nsimultaneity = {value}")
        source = policy.provenance["electric.simultaneity"]
        assert (source.low, source.high) == ends
        assert bool(source.range_source) == (ends[0] is not None)
    own = "[electric]\nsimultaneity = { value = 0.7, low = 0.65, high = 0.75 }"
    source = town.policy(tmp_path, own).provenance["electric.simultaneity"]
    assert (source.low, source.high, source.range_source) == (0.65, 0.75, "")
    sure = "[electric]\nsimultaneity = { value = 0.7, verified = true }"
    policy = town.policy(tmp_path, sure)
    assert policy.provenance["electric.simultaneity"].low is None
    assert "electric.simultaneity" not in {one.key for one in uncertain(policy)}


def test_a_policy_at_an_end_and_between_the_ends(tmp_path):
    policy = town.policy(tmp_path)
    unsure = {one.key: one for one in uncertain(policy)}
    pipes = unsure["prices.pipe_cny_per_m"]
    assert pipes.at(0)["prices.pipe_cny_per_m.DN50"] == 720
    assert pipes.at(1)["prices.pipe_cny_per_m.DN500"] == 13600
    assert not [key for key in unsure if key.startswith("prices.pipe_cny_per_m.")]
    half = {**pipes.at(0.5), **unsure["clearance.stale_days"].at(0.51)}  # 60.6 days
    other = with_values(policy, half)
    assert other.prices["pipe_cny_per_m"]["DN50"] == pytest.approx((720 + 1920) / 2)
    assert other.clearance.stale_days == 61
    assert (other.provenance, other.electric) == (policy.provenance, policy.electric)
    assert policy.clearance.stale_days == 60
    assert other.demand.diversity_a == policy.demand.diversity_a
    with pytest.raises(KeyError):
        with_values(policy, {"electric.volts": 1})


def test_diversity_that_nobody_verified_is_not_varied(tmp_path):
    text = "[demand]\ndiversity_a = { value = 0.6, low = 0.5, high = 0.7 }\ndiversity_b = 0.4\n"
    path = tmp_path / "policy.toml"
    path.write_text(town.POLICY.split("[demand]")[0] + text, encoding="utf-8")
    policy = read_policy(path)
    assert policy.demand.diversity_a == 1
    assert "demand.diversity_a" not in {one.key for one in uncertain(policy)}


@pytest.mark.parametrize(
    ("extra", "days"),
    [
        ("", ("2023-11-15", "2024-03-15")),
        ('[season]\nstart = "11-01"\nend = "04-01"', ("2023-11-01", "2024-04-01")),
        ('[season]\nstart = "01-10"\nend = "03-31"', ("2023-01-10", "2023-03-31")),
    ],
)
def test_the_season_is_the_policys_and_begins_with_the_deadline_else(tmp_path, extra, days):
    found = town.policy(tmp_path, extra).season_days(2023)
    assert tuple(day.isoformat() for day in found) == days


def test_full_load_hours_are_those_of_the_standard_home(tmp_path):
    """10.2 MWh ÷ (100 m² × 50 W/m²) = 2,040 h."""
    assert town.policy(tmp_path).demand.full_load_h == pytest.approx(2040)


def test_a_bare_quantity_is_unverified_and_has_the_usual_unit(tmp_path):
    source = town.policy(tmp_path, "[gas]\nconnect_m = 80").provenance["gas.connect_m"]
    assert (source.unit, source.verified) == ("m", False)


@pytest.mark.parametrize(
    ("extra", "code", "said"),
    [
        ("[gas]\nconect_m = 1", "unknown_key", "connect_m"),
        ("[gsa]\nconnect_m = 1", "unknown_key", "gas"),
        ('[gas]\nconnect_m = { value = 1, untis = "m" }', "unknown_key", "unit"),
        ('[gas]\nconnect_m = { value = 1, unit = "km" }', "wrong_unit", "应为 m"),
        ("[heating_network]\nserved_share = 90", "wrong_value", "不大于 1"),
        ("[gas]\nconnect_m = -1", "wrong_value", "不小于 0"),
        ('[gas]\nconnect_m = "50"', "wrong_value", "数字"),
        ("[gas]\nconnect_m = true", "wrong_value", "数字"),
        ("[gas]\nconnect_m = nan", "wrong_value", "数字"),
        ("[scenario.wide.gas]\nconect_m = 1", "unknown_key", "connect_m"),
        ("[gas]\nconnect_m = { value = 1, low = 1.1 }", "range_without_value", "low（1.1）"),
        ("[gas]\nconnect_m = { value = 1, high = 0.9 }", "range_without_value", "high（0.9）"),
        ("[gas]\nconnect_m = { value = 1, low = -1 }", "range_end_impossible", "connect_m"),
        ("[electric]\nsimultaneity = { value = 1, high = 2 }", "range_end_impossible", "不大于 1"),
        (
            "[heating_network]\nsplit_min_households = { value = 20, low = 19.5 }",
            "range_end_impossible",
            "split_min",
        ),
        (
            "[electric]\nusable_share = { value = 0.9, high = 1.1 }",
            "range_end_impossible",
            "usable",
        ),
        (
            (
                "[electric]\nusable_share = { value = 0.8, high = 0.95 }\n"
                "overload_share = { value = 1, low = 0.9 }"
            ),
            "range_end_impossible",
            "overload_share",
        ),
        ('[season]\nend = "02-30"', "no_day_of_every_year", "“02-30”"),
        ('[season]\nstart = "02-29"', "no_day_of_every_year", "“02-29”"),
        ('[season]\nstart = "11月"', "wrong_value", "season.start"),
        ("[demand.building_w_per_m2]\ncave = 40", "wrong_value", "cave"),
        ('[[routes]]\nroute = "gas"\nclause = "x"', "route_twice", "gas"),
        ('[[routes]]\nroute = "coal"\nclause = "x"', "wrong_value", "central"),
    ],
)
def test_mistakes_are_named_with_a_way_out(tmp_path, extra, code, said):
    with pytest.raises(InputError) as caught:
        town.policy(tmp_path, extra)
    assert code in {problem.code for problem in caught.value.problems}
    assert said in str(caught.value)
    assert "policy.toml" in str(caught.value)


def test_a_deadline_before_the_start_is_refused(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text(town.POLICY.replace("2024-04-01", "2024-11-16"), encoding="utf-8")
    with pytest.raises(InputError, match="2024-11-15"):
        read_policy(path)


def test_a_missing_section_is_named(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text('[[routes]]\nroute = "gas"\nclause = "x"', encoding="utf-8")
    with pytest.raises(InputError, match="policy"):
        read_policy(path)


@pytest.mark.parametrize(
    ("routes", "said"),
    [
        ("", "缺少 routes"),
        ("routes = []", "至少 1 项"),
        ('routes = "central"', "列表"),
        ('routes = ["central"]', "一个表"),
        ('routes = [{ clause = "x" }]', "缺少 routes[1].route"),
    ],
)
def test_routes_that_are_none_are_named(tmp_path, routes, said):
    path = tmp_path / "policy.toml"
    path.write_text(routes + town.POLICY.split("[[routes]]")[0], encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_policy(path)
    assert said in str(caught.value)


def test_a_scenario_overrides_only_what_it_names(tmp_path):
    town.policy(tmp_path, "[gas]\nconnect_m = 80\n[scenario.wide.gas]\nconnect_m = 120")
    path = tmp_path / "policy.toml"
    assert read_policy(path).gas.connect_m == 80
    wide = read_policy(path, "wide")
    assert (wide.gas.connect_m, wide.gas.season_m3) == (120, 1170)
    assert not wide.provenance["gas.connect_m"].default


def test_an_unknown_scenario_lists_those_there_are(tmp_path):
    town.policy(tmp_path, "[scenario.wide.gas]\nconnect_m = 120")
    with pytest.raises(InputError) as refused:
        read_policy(tmp_path / "policy.toml", "wid")
    (problem,) = refused.value.problems
    assert problem.message.zh == "policy.toml 中没有情景 wid；已有：wide。"
    assert problem.message.en == "policy.toml: there is no scenario wid; there are: wide."
    found = (problem.layer, problem.code, problem.row, problem.column, problem.blocking)
    assert found == ("policy.toml", "unknown_scenario", None, "scenario.wid", True)


def test_where_there_is_no_scenario_that_is_said(tmp_path):
    town.policy(tmp_path)
    with pytest.raises(InputError) as refused:
        read_policy(tmp_path / "policy.toml", "wide")
    (problem,) = refused.value.problems
    assert problem.message.zh.endswith("已有：（无）。")
    assert problem.message.en.endswith("there are: (none).")


def test_a_mistake_beside_a_routes_quantity_names_the_file_and_the_nearest_word(tmp_path):
    route = '[[routes]]\nroute = "clean_coal"\nclause = "五"\n'
    with pytest.raises(InputError) as refused:
        town.policy(tmp_path, route + 'devices = { value = ["x"], untis = "1" }')
    (problem,) = refused.value.problems
    assert problem.message.zh == (
        "policy.toml 中没有 routes.clean_coal.devices.untis 这个键；最接近的是 unit。"
    )
    assert problem.message.en == (
        "policy.toml: unknown key routes.clean_coal.devices.untis; the nearest known key is unit."
    )
    found = (problem.layer, problem.code, problem.column, problem.blocking)
    assert found == ("policy.toml", "unknown_key", "routes.clean_coal.devices.untis", True)


def test_a_wrong_unit_says_what_was_found_and_what_is_expected(tmp_path):
    with pytest.raises(InputError) as refused:
        town.policy(tmp_path, '[gas]\nconnect_m = { value = 1, unit = "km" }')
    (problem,) = refused.value.problems
    assert problem.message.zh == "policy.toml 的 gas.connect_m 单位写作 km；应为 m，请换算后填写。"
    assert problem.message.en == (
        "policy.toml: gas.connect_m is given in km; expected m, convert it first."
    )


@pytest.mark.parametrize(("homes", "expected_kw"), [(0, 0), (1, 5.0), (2, 8.1), (100, 311.9)])
def test_peak_with_diversity(tmp_path, homes, expected_kw):
    # 100 m2 x 50 W/m2 = 5 kW a home; diversity 1, 0.81, 0.6238
    assert town.policy(tmp_path).demand.peak_kw(homes) == pytest.approx(expected_kw)


def test_load_of_a_home_on_its_transformer(tmp_path):
    assert town.policy(tmp_path).electric.kva_per_household == pytest.approx(3.0 * 0.7 / 0.95)


def test_every_sourced_quantity_is_found_by_its_key(tmp_path):
    policy = town.policy(tmp_path, "[gas]\nconnect_m = 80\n[prices.cop]\ngshp = 3.4")
    assert policy.quantity("gas.connect_m") == 80
    assert policy.quantity("prices.cop.gshp") == 3.4
    assert policy.quantity("routes.electric.devices") == ("ashp_air", "ashp_water")
    for key in policy.provenance:
        policy.quantity(key)
    for unknown in ("gas.conect_m", "routes.solar.devices"):
        with pytest.raises(KeyError):
            policy.quantity(unknown)


def test_every_device_that_a_route_names_once_and_in_order(tmp_path):
    menu = 'devices = ["gshp", "光电直柔"]\nnot_in_tender = ["direct_electric", "gshp"]'
    text = town.POLICY.replace('devices = ["ashp_air", "ashp_water"]', menu)
    path = tmp_path / "policy.toml"
    path.write_text(text, encoding="utf-8")
    assert read_policy(path).devices == ("gshp", "光电直柔", "direct_electric")


DEVICE = """
[devices."地埋管热泵"]
route = "electric"
equipment_cny = { value = 36000, unit = "CNY", source = "招标", verified = true }
equipment_life_a = 20
cop = 4.0
"""


def test_a_device_of_the_city_is_one_table(tmp_path):
    policy = town.policy(tmp_path, DEVICE)
    assert policy.route("electric").devices == ("ashp_air", "ashp_water", "地埋管热泵")
    prices = {
        key: policy.prices[key]["地埋管热泵"]
        for key in ("equipment_cny", "equipment_life_a", "cop")
    }
    assert prices == {"equipment_cny": 36000, "equipment_life_a": 20, "cop": 4.0}
    assert policy.prices["equipment_cny"]["ashp_air"] == 8000  # the shipped ones stay
    source = policy.provenance["prices.equipment_cny.地埋管热泵"]
    assert (source.source, source.verified, source.default) == ("招标", True, False)
    assert "地埋管热泵" in policy.priced_devices
    # 10.2 MWh of heat at 0.35 yuan a kWh and a COP of 4: 892.50 yuan; 36,000 yuan of equipment
    cost = household_cost("electric", "地埋管热泵", HomeKind(100.0), policy)
    assert (cost.equipment_fen, cost.running_fen_a, cost.missing) == (3_600_000, 89_250, ())


def test_behind_the_shipped_devices_where_a_route_lists_none(tmp_path):
    path = tmp_path / "policy.toml"
    text = town.POLICY.replace('devices = ["ashp_air", "ashp_water"]\n', "")
    path.write_text(text + DEVICE, encoding="utf-8")
    usual = ("ashp_air", "ashp_water", "gshp", "central_electric")
    assert read_policy(path).route("electric").devices == (*usual, "地埋管热泵")
    text = town.POLICY.replace('"ashp_water"]', '"地埋管热泵"]')  # listed where the plan wants it
    path.write_text(text + DEVICE, encoding="utf-8")
    assert read_policy(path).route("electric").devices == ("ashp_air", "地埋管热泵")
    text = town.POLICY.replace('"ashp_water"]', '"ashp_water"]\nnot_in_tender = ["地埋管热泵"]')
    path.write_text(text + DEVICE, encoding="utf-8")
    assert read_policy(path).route("electric").devices == ("ashp_air", "ashp_water")


def test_a_scenario_may_bring_a_device_of_its_own(tmp_path):
    scenario = DEVICE.replace("[devices.", "[scenario.ground.devices.")
    town.policy(tmp_path, scenario)
    path = tmp_path / "policy.toml"
    assert "地埋管热泵" not in read_policy(path).devices
    assert "地埋管热泵" in read_policy(path, "ground").devices


@pytest.mark.parametrize(
    ("written", "code", "said"),
    [
        ('route = "solar"', "device_without_route", "devices.new.route is 'solar'"),
        ("cop = 3.0", "device_without_route", "devices.new.route is None"),
        ('route = ["electric"]', "device_without_route", "devices.new.route is"),
        ('route = "electric"\nlife_a = 3', "unknown_key", "nearest known key is equipment_life_a"),
        ('route = "electric"\ncop = "much"', "wrong_value", "cop"),
        ('route = "electric"\ncop = 3.0\n[prices.cop]\nnew = 2.0', "device_twice",
            "[prices.cop] as new too"),
        ('route = "electric"\nkw = 3.0\n[electric.device_kw]\nnew = 2.0', "device_twice",
         "[electric.device_kw] as new too"),
        ('route = "electric"\n[electric.device_kw]\nold = 2.0', "key_without_effect",
         "electric.device_kw.old would have no effect"),
    ],
)  # fmt: skip
def test_a_device_that_is_not_whole_is_named(tmp_path, written, code, said):
    with pytest.raises(InputError) as caught:
        town.policy(tmp_path, f"[devices.new]\n{written}")
    assert caught.value.problems[0].code == code
    assert said in caught.value.problems[0].message.en


def test_a_key_of_an_earlier_version_that_nothing_read_is_a_note(tmp_path):
    old = 'boiler_efficiency = { value = 0.9, unit = "1", source = "est", verified = false }'
    policy = town.policy(tmp_path, f"[prices.gas]\n{old}\n")
    assert policy.retired == ("prices.gas.boiler_efficiency",)
    assert "prices.gas.boiler_efficiency" not in policy.provenance
    assert policy.prices == town.policy(tmp_path).prices
    assert town.policy(tmp_path).retired == ()
    (note,) = retired_keys(policy.retired, "policy.toml")
    assert note.note
    assert not note.blocking
    assert note.message.en.startswith("prices.gas.boiler_efficiency is a key of an earlier version")


def test_a_device_that_is_no_table_is_named(tmp_path):
    for written in ("[devices]\nnew = 3", 'devices = ["new"]\n'):
        path = tmp_path / "policy.toml"
        path.write_text(
            written + town.POLICY if written.startswith("devices") else town.POLICY + written,
            encoding="utf-8",
        )
        with pytest.raises(InputError, match="devices"):
            read_policy(path)


@pytest.mark.parametrize("name", ["", "a b", "a.b"])
@pytest.mark.parametrize("key", ["devices", "not_in_tender", "complements"])
def test_a_device_is_a_name_that_a_price_can_have(tmp_path, key, name):
    text = town.POLICY.replace('clause = "c3"', f'clause = "c3"\n{key} = ["{name}"]')
    path = tmp_path / "policy.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_policy(path)
    assert caught.value.problems[0].code == "wrong_value"


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("[heating_network]\nserved_share = 0", "heating_network.served_share"),
        ("[electric]\nupgrade_cny_per_kva = 1e300", "electric.upgrade_cny_per_kva"),
        ("[gas]\nseason_m3 = 1e-300", "gas.season_m3"),
        (
            "[heating_network]\nsplit_min_households = 99999999999",
            "heating_network.split_min_households",
        ),
        ("[electric]\nsimultaneity = 1e-300", "electric.simultaneity"),
    ],
)
def test_a_quantity_that_no_plan_can_have_is_refused(tmp_path, written, key):
    with pytest.raises(InputError) as caught:
        town.policy(tmp_path, written)
    assert {(one.code, one.column) for one in caught.value.problems} == {("wrong_value", key)}


@pytest.mark.parametrize("share", [0.01, 1])
def test_any_share_but_none_may_count_as_served(tmp_path, share):
    served = town.policy(tmp_path, f"[heating_network]\nserved_share = {share}").heating_network
    assert served.served_share == share
