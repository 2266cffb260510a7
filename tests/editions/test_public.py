"""What the public sees: routes that are decided, blurred counts, and nothing that tells more."""

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from publish import sample
from publish.sample_variants import replaced

from gis import i18n
from gis.disclosure.rounding import NOTHING, Memory
from gis.editions.page_rows import zone_reason_words
from gis.editions.planner import planner_edition
from gis.editions.public import public_edition, public_reason, public_reasons
from gis.editions.search_names import make_search_names
from gis.editions.village_view import months_of
from gis.layers.ground_picture import GroundPicture
from gis.layers.read_source import Origin


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return sample.results(tmp_path_factory.mktemp("project"))


def editions(run):
    planner = planner_edition(run, {})
    return planner, public_edition(planner, run, NOTHING)[0]


def by_code(edition):
    return {village["code"]: village for village in edition.villages}


def test_the_planner_sees_everything_exactly(run):
    planner, _ = editions(run)
    village = by_code(planner)[sample.A]
    assert (village["households"], village["pending"], village["batch"]) == (40, 32, 12)
    assert (village["completed"], village["late"], village["stock"]) == (8, 0, 0)
    # 3 in September, 5 in October, of the seven months from April on
    assert village["months"] == [0, 0, 0, 0, 0, 3, 8]
    assert planner.months[0] == "2024-04"
    # 1,000.50 a year, 600 of it the household's own
    assert (village["cost_cny_a"], village["own_cny_a"], village["subsidy_cny_a"]) == (
        1000.5, 600.0, 400.5,
    )  # fmt: skip
    assert (village["bill_cny_a"], village["bill_subsidy_cny_a"]) == (555.55, 200.0)
    assert village["gap"] == "not_connected"
    assert [row["route"] for row in village["tried"]] == ["central", "electric"]
    assert len(planner.points.lon) == 82
    assert planner.points.categories["heating"][0] == ["central", "coal"]
    assert by_code(planner)[sample.B]["batch"] is None  # not in this year's task


def money(village):
    names = ("cost_cny_a", "own_cny_a", "subsidy_cny_a", "bill_cny_a", "bill_subsidy_cny_a")
    return [village[name] for name in names]


def with_pending(planner, pending):
    rows = [one | {"pending": pending if one["code"] == sample.A else one["pending"]}
            for one in planner.villages]  # fmt: skip
    return replace(planner, villages=rows)


def test_money_is_told_in_steps_and_of_enough_homes_alone(run):
    planner, public = editions(run)
    # 32 homes of A are pending: 1,000.50, 600, 555.55 and 200 to the nearest hundred
    assert money(by_code(public)[sample.A]) == [1000.0, 600.0, 400.0, 600.0, 200.0]
    # 16 homes are told as 20, which even held stands for 12 at least; 15 as 10, which may be 6
    for pending, cost in ((16, 1000.0), (15, None), (0, None)):
        few, _, _ = public_edition(with_pending(planner, pending), run, NOTHING)
        assert money(by_code(few)[sample.A])[0] == cost


def test_whether_money_is_told_holds_as_counts_do(run):
    planner, _ = editions(run)
    _, counts, groups = public_edition(with_pending(planner, 17), run, NOTHING)
    kept = Memory(counts.memory, tuple(groups), counts.amounts, counts.said)
    # 13 is 4 away from the 17 at which it was first told; 12 is 5 away
    for pending, cost in ((13, 1000.0), (12, None)):
        again, _, _ = public_edition(with_pending(planner, pending), run, kept)
        assert money(by_code(again)[sample.A])[0] == cost


def costing(planner, cost):
    rows = [one | {"cost_cny_a": cost} for one in planner.villages]
    return replace(planner, villages=rows)


def test_money_stays_until_it_has_moved_by_a_step(run):
    planner, _ = editions(run)
    _, counts, groups = public_edition(costing(planner, 1049.0), run, NOTHING)
    # another layer has changed, so that amounts are told anew
    said = counts.said | {"rests_on": ""}
    kept = Memory(counts.memory, tuple(groups), counts.amounts, said)
    # set at 1,049 and told as 1,000; 1,148 is not a step away, 1,149 is
    for cost, told in ((1148.0, 1000.0), (950.0, 1000.0), (1149.0, 1100.0), (949.0, 900.0)):
        again, _, _ = public_edition(costing(planner, cost), run, kept)
        assert by_code(again)[sample.A]["cost_cny_a"] == told


def test_the_parts_of_a_cost_add_up_as_they_are_told(run):
    planner, _ = editions(run)
    rows = [one | {"cost_cny_a": 1050.5, "own_cny_a": 640.0, "subsidy_cny_a": 410.5}
            for one in planner.villages]  # fmt: skip
    shown = by_code(public_edition(replace(planner, villages=rows), run, NOTHING)[0])[sample.A]
    # 1,100 and 600 leave 500: rounded by itself, 410.50 would say that the whole is 1,050 at least
    # and the household's own share 600 at least
    assert (shown["cost_cny_a"], shown["own_cny_a"], shown["subsidy_cny_a"]) == (1100, 600, 500)


def test_the_steps_are_the_policys(run):
    edition = run.policy.edition.model_copy(update={"money_step_cny": 10, "distance_step_m": 300})
    policy = run.policy.model_copy(update={"edition": edition})
    _, public = editions(replaced(run, policy=policy))
    # the bill of 555.55 to ten yuan; B lies about half a kilometre off the main
    assert money(by_code(public)[sample.A])[3] == 560.0
    assert by_code(public)[sample.B]["pipe_m"] % 300 == 0
    assert by_code(editions(run)[1])[sample.B]["pipe_m"] % 300 != 0


def test_before_the_tender_the_bill_is_known_and_the_share_is_not(run):
    priced = run.route_costs.assign(
        own_per_household_fen_a=pd.array([None] * len(run.route_costs), "Int64")
    )
    _, public = editions(replaced(run, route_costs=priced))
    assert money(by_code(public)[sample.A]) == [1000.0, None, None, 600.0, 200.0]


def test_only_decided_routes_are_public(run):
    _, public = editions(run)
    hidden = by_code(public)[sample.B]
    assert (hidden["approach"], hidden["status"], hidden["clause"]) == ("unpublished", "", "")
    assert (hidden["device"], hidden["cost_cny_a"], hidden["runner_up"]) == ("", None, "")
    assert hidden["reason"] == {"zh": "", "en": ""}
    shown = by_code(public)[sample.A]
    assert (shown["approach"], shown["status"], shown["document_no"]) == (
        "central", "approved", "河发1号",
    )  # fmt: skip
    for village in public.villages:
        assert (village["computed"], village["dissent"], village["tried"]) == ("", False, [])
        assert village["flip"] == {"zh": "", "en": ""}
    assert public.points is None
    assert public.comparison is None
    assert public.summary == {}


@pytest.mark.parametrize("document", ["", "市自然资源局〔2024〕3号"])
def test_a_picture_of_the_ground_is_public_only_with_a_document(run, document):
    bounds = (110.0, 35.0, 111.0, 36.0)
    own = GroundPicture(b"webp", bounds, 2.0, 0.5, None, "测绘院", document, False)
    told = Origin("ground_picture", "a.tif", "0" * 64, 1, "", "", "测绘院", "", "", None)
    layers = replace(run.layers, picture=own, origins=(*run.layers.origins, told))
    planner, public = editions(replace(run, layers=layers))
    assert planner.picture["metres_per_pixel"] == 2.0
    assert (public.picture is not None) is bool(document)
    sources = {row["layer"] for row in public.credits}
    assert ("ground_picture" in sources) is bool(document)
    assert "ground_picture" in {row["layer"] for row in planner.credits}


def test_of_a_village_in_parts_the_route_of_each_is_public_and_its_size_is_not(run):
    table = run.decisions.villages
    (whole,) = table[table["village_code"] == sample.A].to_dict("records")
    parts = [
        whole | {"part": "served", "approach": "central", "households": 30, "pending": 22},
        whole | {"part": "rest", "approach": "electric", "households": 10, "pending": 10},
    ]
    split = pd.concat([table, pd.DataFrame(parts)], ignore_index=True)
    decisions = SimpleNamespace(**vars(run.decisions) | {"villages": split})
    planner, public = editions(replaced(run, decisions=decisions))
    exact = {
        p["part"]: (p["approach"], p["households"]) for p in by_code(planner)[sample.A]["parts"]
    }
    assert exact == {"served": ("central", 30), "rest": ("electric", 10)}
    seen = by_code(public)[sample.A]["parts"]
    assert {p["part"]: p["approach"] for p in seen} == {"served": "central", "rest": "electric"}
    for part in seen:
        assert part["households"] is None
        assert part["reason"] == {"zh": "", "en": ""}


def test_proposals_where_the_project_publishes_them(tmp_path):
    _, public = editions(sample.results(tmp_path, publish_proposals=True))
    village = by_code(public)[sample.B]
    assert (village["approach"], village["status"]) == ("electric", "proposed")


def test_reasons_have_no_numbers_of_homes(run):
    planner, public = editions(run)
    said = public_reason(by_code(planner)[sample.C], public_reasons(run.decisions.tried)[sample.C])
    # the routes down to its own: the network is far, transformers are not known
    assert said["zh"] == (
        "热力管供热半径内没有住户或未达到规定比例；没有台区资料，电网可开放容量未核实。"
    )
    assert said["en"].endswith("No transformers were given: headroom unverified.")
    for village in public.villages:
        assert not any(sign.isdigit() for sign in village["reason"]["zh"])


@pytest.mark.parametrize(
    ("village", "zh"),
    [
        ({"approach": "done", "dissent": False}, "没有待改造住户，巩固现有成果。"),
        ({"approach": "gas", "dissent": True, "document_no": "河发2号"}, "已由河发2号确定。"),
        ({"approach": "gas", "dissent": False}, ""),
    ],
)
def test_a_reason_for_every_case(village, zh):
    assert public_reason(village, [])["zh"] == zh


def test_a_ruling_without_a_number_is_said_so():
    said = public_reason({"approach": "gas", "dissent": True, "document_no": ""}, [])
    assert said["zh"]
    assert "{" not in said["zh"] + said["en"]


def test_every_cause_has_its_public_words():
    table = i18n.messages("report")["public_reason"]
    causes = set(i18n.messages("reasons")["reason"]) - {"ruled", "ruled_by", "signed"}
    assert causes <= set(table)


def test_a_small_village_takes_the_route_of_the_one_it_is_counted_with(run):
    planner, public = editions(run)
    assert by_code(planner)[sample.C]["approach"] == "electric"
    shown = by_code(public)[sample.C]
    assert (shown["approach"], shown["device"], shown["document_no"]) == ("central", "radiator", "")
    assert shown["reason"]["zh"] == "本村户数少，与樊村合并公布，取暖方式随该村。"
    assert (shown["cost_cny_a"], shown["pipe_m"], shown["parts"]) == (None, None, [])


def test_a_distance_is_told_in_steps_and_of_enough_homes_alone(run):
    _, public = editions(run)
    # all of A are in reach, C and D with A; B's homes are out of it, and 30 are enough
    facts = run.facts.villages.set_index("village_code").loc[sample.B]
    assert facts["served"] == 0
    assert by_code(public)[sample.B]["pipe_m"] == round(facts["pipe_m"] / 50) * 50
    assert by_code(public)[sample.C]["pipe_m"] is None


def test_official_targets_and_completions_are_exact(run):
    _, public = editions(run)
    one, two = public.targets
    # 8 of 12 are completed and 4 are left; 15 days to the deadline
    assert (one["target"], one["completed"], one["remaining"], one["batch"]) == (12, 8, 4, 12)
    assert one["months"] == [0, 0, 0, 0, 0, 3, 8]
    assert one["rate_needed"] == 2.0
    assert (two["target"], two["remaining"], two["completed"]) == (None, None, 0)
    # what no page shows
    assert {one[name] for name in ("decided", "late", "stock", "forecast_low")} == {None}
    village = by_code(public)[sample.A]
    assert (village["batch"], village["completed"]) == (12, 8)
    assert (village["months"], village["batch_months"]) == (
        [0, 0, 0, 0, 0, 3, 8],
        [0, 0, 0, 0, 0, 2, 7],
    )


def test_late_and_stock_of_a_village_are_its_own_number_rounded_once(run):
    """Of two modes 6 and 8: 14 homes show as 10, not as 10 and 10."""
    rows = pd.concat([run.progress.villages] * 2, ignore_index=True)
    rows = rows.assign(mode=["central", "gas"], late=[6, 8], stock=[3, 4])
    progress = type(run.progress)(**vars(run.progress) | {"villages": rows})
    _, public = editions(replaced(run, progress=progress))
    village = by_code(public)[sample.A]
    assert (village["late"], village["stock"]) == (10, 10)


def test_a_unit_that_is_no_township_is_told_as_it_is(run):
    units = run.progress.units.copy()
    units.loc[1, ["unit_code", "unit"]] = [None, "供热中心"]
    units.loc[1, ["completed", "batch"]] = [16, 5]
    progress = type(run.progress)(**vars(run.progress) | {"units": units})
    _, public = editions(replaced(run, progress=progress))
    centre = next(row for row in public.targets if row["unit"] == "供热中心")
    assert (centre["completed"], centre["batch"], centre["remaining"]) == (16, 5, None)


def test_a_township_of_few_homes_is_withheld(tmp_path):
    sizes = sample.SIZES | {sample.B: 6}
    _, public = editions(sample.results(tmp_path, sizes=sizes))
    village = by_code(public)[sample.B]
    assert village["merged"]
    assert {village[name] for name in ("households", "pending", "completed", "batch")} == {None}
    assert set(village["months"]) == {None}
    # of such a township the target alone is told; nobody takes what is withheld for none
    told = public.targets[1]
    assert {told[name] for name in ("completed", "remaining", "batch", "rate_needed")} == {None}
    assert set(told["months"]) == {None}


def test_gaps_are_one_a_village_and_kind_at_the_villages_middle(run):
    planner, public = editions(gaps_of(run, ("not_connected", 16)))
    (gap,) = public.gaps
    # 16 homes → 20; where the homes stand and what closes it would tell how many they are
    assert (gap["households"], gap["gap_id"], gap["rank"]) == (20, "1", 1)
    assert by_code(public)[sample.A]["gap"] == "not_connected"
    assert (gap["asset_amount"], gap["cost_cny"], gap["cost_per_household_cny"]) == (None,) * 3
    assert gap["reason"] == {"zh": "", "en": ""}
    assert (gap["lon"], gap["lat"]) != (planner.gaps[0]["lon"], planner.gaps[0]["lat"])
    assert planner.gaps[0]["cost_cny"] == 140_000.0


def gaps_of(run, *rows):
    """The run with gaps of (kind, homes) in village A."""
    first = run.gaps.iloc[0].to_dict()
    table = [first | {"kind": kind, "households": homes, "gap_id": f"g{n}", "rank": n}
             for n, (kind, homes) in enumerate(rows, start=1)]  # fmt: skip
    return replaced(run, gaps=pd.DataFrame(table))


@pytest.mark.parametrize(
    ("rows", "seen"),
    [
        # 8 and 8 of one kind are 16 → 20; 15 are told as 10, which may be six
        ([("not_connected", 8), ("not_connected", 8)], [("not_connected", 20)]),
        ([("not_connected", 15)], []),
        ([("not_connected", 1)], []),
        # two that leave each other room: at most 45 are pending
        ([("not_connected", 16), ("built_up", 17)], [("built_up", 20), ("not_connected", 20)]),
        # 36 and 16 at least are more than that
        ([("not_connected", 36), ("built_up", 16)], [("not_connected", 40)]),
    ],
)
def test_gaps_that_would_tell_of_each_other(run, rows, seen):
    _, public = editions(gaps_of(run, *rows))
    assert [(gap["kind"], gap["households"]) for gap in public.gaps] == seen
    # the label of a village speaks of the gaps that are told, not of one of a single home
    assert by_code(public)[sample.A]["gap"] == (seen[0][0] if seen else "")


def test_no_gaps_at_all(run):
    assert editions(replaced(run, gaps=run.gaps.iloc[:0]))[1].gaps == []


def test_a_gap_of_an_unpublished_village_is_unpublished(run):
    gaps = run.gaps.assign(village_code=sample.B, township_code=sample.B[:9])
    assert editions(replaced(run, gaps=gaps))[1].gaps == []


def test_zones(run):
    planner, public = editions(run)
    exact, (zone,) = planner.zones[0], public.zones
    assert (exact["cleared"], exact["not_cleared"], exact["unknown"]) == (0, 32, 8)
    # named by village A, whose 40 homes show as 50 with C and D: nothing can be added up
    assert zone["verdict"] == "not_cleared"
    assert (zone["cleared"], zone["not_cleared"], zone["unknown"]) == (0, 30, 10)
    assert zone["inside"] == 40
    assert (zone["coal_findings"], zone["open_complaints"]) == (None, None)
    assert zone["share_certain"] == 0.0
    # 22 to 39 burn, held or not, beside 37 others at most: 8 of 40 may be clear in truth
    assert zone["share_possible"] == pytest.approx(1 - 22 / (22 + 9 + 19 + 9))
    assert zone["reasons"][0]["zh"] == "30 户未清零"


def test_a_zone_of_few_homes_is_withheld(run):
    planner = planner_edition(run, {})
    few = {"inside": 10, "not_cleared": 2}
    zones = [zone | few for zone in planner.zones]
    public = public_edition(replace(planner, zones=zones), run, NOTHING)[0]
    (shown,) = public.zones
    assert (shown["cleared"], shown["inside"], shown["share_certain"]) == (None, None, None)
    assert shown["verdict"] == "not_cleared"


@pytest.mark.parametrize(
    ("before", "inside", "told"),
    [(None, 11, True), (40, 11, True), (40, 10, False), (10, 15, False), (10, 16, True)],
)
def test_a_zone_that_is_newly_counted_needs_a_move_more(run, before, inside, told):
    planner, memory = planner_edition(run, {}), NOTHING
    for homes in (before, inside) if before else (inside,):
        counted = [zone | {"inside": homes, "not_cleared": homes - 8} for zone in planner.zones]
        seen, counts, groups = public_edition(replace(planner, zones=counted), run, memory)
        memory = Memory(counts.memory, tuple(groups), counts.amounts, counts.said)
    assert (seen.zones[0]["unknown"] is not None) is told


def test_reasons_of_a_zone_leave_out_what_is_nothing():
    assert zone_reason_words({"not_cleared": 0, "unknown": None, "open_complaints": 2}) == [
        {"zh": "2 件投诉未办结", "en": "2 complaints not handled"}
    ]


def test_maps_need_a_review_number_or_a_demonstration(tmp_path):
    _, public = editions(sample.results(tmp_path, demonstration=False))
    assert not public.maps
    assert "取得审图号后公布" in public.why_no_maps["zh"]
    assert "map_review_no" not in str(public.why_no_maps)  # it speaks to residents
    assert public.geometry == {}
    _, public = editions(
        sample.results(tmp_path, demonstration=False, map_review_no="晋S(2024)1号")
    )
    assert public.maps
    assert set(public.geometry) == {"outline", "townships", "villages", "pipes", "zones"}


def test_public_geometry_has_allowed_properties_alone(run):
    _, public = editions(run)
    allowed = {"outline": set(), "townships": {"code", "name"}, "villages": {"code"},
               "pipes": {"status"}, "zones": {"zone_id"}}  # fmt: skip
    for name, collection in public.geometry.items():
        for feature in collection["features"]:
            assert set(feature["properties"]) == allowed[name]
            assert set(feature) == {"type", "properties", "geometry"}
    assert "sources" not in public.geometry


def test_the_note_says_how_counts_were_rounded(run):
    _, public = editions(run)
    assert "取整到 10 户" in public.count_note["zh"]
    assert "fewer than 11 homes" in public.count_note["en"]


def test_names_to_search_by():
    assert make_search_names("樊村") == ("fc", "Fancun")
    assert make_search_names("樊村镇") == ("fcz", "Fancun Zhen")
    assert make_search_names("西坡行政村村委会") == ("xpxzccwh", "Xipo Xingzhengcun Cunweihui")
    assert make_search_names("山西铝厂") == ("sxlc", "Shanxilüchang")
    assert make_search_names("社区") == ("sq", "Shequ")
    assert make_search_names("六安镇") == (
        "laz",
        "Luan Zhen",
    )  # liu apart from this name, and zhong qing
    assert make_search_names("重庆村") == ("cqc", "Chongqingcun")
    assert make_search_names("A1村") == ("ac", "A1cun")
    assert make_search_names("（）") == ("", "")


def test_months_run_from_the_start_of_the_programme(run):
    assert months_of(run)[-1] == "2024-10"
    early = run.project.model_copy(update={"as_of": pd.Timestamp("2024-02-01").date()})
    assert months_of(replaced(run, project=early)) == ("2024-04",)


@pytest.mark.parametrize(
    "alike",
    [
        # none of the homes within reach, or one of them
        ("central_far", "central_later", "central_share"),
        ("gas_none", "gas_no_pipe"),
        # one home too far from every transformer, or none of them
        ("electric_out_of_reach", "electric_short"),
    ],
)
def test_causes_that_differ_by_a_single_home_read_alike(run, alike):
    village = by_code(editions(run)[0])[sample.C] | {"approach": "undecided", "dissent": False}
    assert len({public_reason(village, [("route", code)])["zh"] for code in alike}) == 1
