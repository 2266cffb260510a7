"""settlement.xlsx: the county's share of grid works, and sums that agree to the fen everywhere."""

import os
import random
from collections import Counter
from types import SimpleNamespace

import pandas as pd
import pytest
import town
from publish import sample
from publish.sample_variants import replaced

from gis.audit.public_lists import Posting, public_lists
from gis.costs.money import shared_fen
from gis.decide.part_cost import UpgradeShare, upgrade_table
from gis.errors import Text
from gis.report import office_papers
from gis.report.settlement_book import grid_sheet

ONE, TWO = "140882001", "140882002"
WORKS = [
    UpgradeShare(sample.A, "", "T1", 7, 6_000_060, 600_006, 1),
    UpgradeShare(sample.B, "", "T1", 5, 4_000_040, 400_004, 1),
    UpgradeShare(sample.B, "", "", 1, 33, 3, 1),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return sample.results(tmp_path_factory.mktemp("project"))


def with_works(run, document, works=WORKS):
    rules = {"grid_county_share": 0.1, "grid_county_share_document": document}
    subsidies = run.policy.subsidies.model_copy(update=rules)
    decisions = SimpleNamespace(**vars(run.decisions) | {"upgrades": upgrade_table(works)})
    policy = run.policy.model_copy(update={"subsidies": subsidies})
    return replaced(run, decisions=decisions, policy=policy)


def test_the_countys_share_of_grid_works_with_its_document(run):
    (made,) = grid_sheet(with_works(run, "河财〔2024〕1号"), unmask=False)
    columns = ["township_code", "grid_cny", "grid_county_cny", "grid_rest_cny", "grid_document"]
    table = made.table[columns].astype({"township_code": object}).fillna("")
    assert table.to_numpy().tolist() == [
        [ONE, 60_000.60, 6000.06, 54_000.54, "河财〔2024〕1号"],
        [TWO, 40_000.73, 4000.07, 36_000.66, "河财〔2024〕1号"],
        ["", 100_001.33, 10_000.13, 90_001.20, "河财〔2024〕1号"],
    ]
    assert made.table["township"].tolist()[-1] == "合计"


def test_without_a_document_the_countys_share_is_blank_and_none_without_works(run):
    unshared = [one._replace(county_fen=0) for one in WORKS]
    (made,) = grid_sheet(with_works(run, " ", unshared), unmask=False)
    assert made.table["grid_county_cny"].isna().all()
    assert made.table["grid_rest_cny"].tolist()[-1] == made.table["grid_cny"].tolist()[-1]
    assert set(made.table["grid_document"]) == {"没有财政文件，不计"}
    assert grid_sheet(run, unmask=False) == ()


RULES = """
[subsidies]
hardship_once_cny = 200.01
payers = { "省级" = 0.33, "市级" = 0.33, "县级" = 0.34 }
[subsidies.running.electric]
cny_per_kwh = 0.123
cap_cny = 1040.55
[subsidies.running.gas]
cny_per_m3 = 0.97
cap_m3 = 1200
payers = { "市级" = 0.7, "县级" = 0.3 }
[subsidies.running.biomass]
cny_per_t = 599.99
[subsidies.equipment.electric]
fixed_cny = 2999.99
[subsidies.equipment.gas]
share = 0.7
cap_cny = 2700
"""
LOTS = pd.DataFrame(
    {"lot": ["1", "2"], "device": ["gas_boiler", None], "unit_price_cny": [3333.33, None]}
)
BOOKS = int(os.environ.get("NUANTU_LEDGERS", "2"))


def ledger(homes, dice):
    """The town's homes with devices, readings and lots, some of which are not known."""
    table = homes.copy()
    n = len(table)
    heating = dice.choices(["electric", "gas", "biomass", "coal"], (5, 3, 2, 1), k=n)
    table["heating"] = pd.array(heating, dtype="str")
    devices = {"electric": "ashp_air", "gas": "gas_boiler", "biomass": "biomass_stove"}
    table["device"] = pd.array([devices.get(one) for one in heating], dtype="str")
    table["heating_kwh"] = [round(dice.uniform(300, 12_000), 2) for _ in range(n)]
    table["heating_m3"] = [round(dice.uniform(1, 1500), 3) for _ in range(n)]
    table["heating_t"] = [round(dice.uniform(0.1, 4), 3) for _ in range(n)]
    for name in ("heating_kwh", "heating_m3", "heating_t"):
        table.loc[dice.sample(range(n), 6), name] = None
    table["lot"] = pd.array(dice.choices(["1", "1", "1", "2", None], k=n), dtype="str")
    table["hardship_class"] = pd.array(dice.choices(["dibao", None, None], k=n), dtype="str")
    table["plan_year"] = [float(dice.choice([2023, 2024, 2024])) for _ in range(n)]
    dates = {
        "installed_on": "2023-08-01",
        "energised_on": "2023-09-01",
        "accepted_on": "2023-10-01",
    }
    for name, on in dates.items():
        early = table["plan_year"] == 2023
        table[name] = pd.Series(pd.Timestamp(on), table.index).where(
            early, pd.Timestamp(f"2024{on[4:]}")
        )
    table["acceptance_result"] = pd.array(dice.choices(["pass", "pass", None], k=n), dtype="str")
    table["acceptance_by"] = pd.array(["third_party"] * n, dtype="str")
    table["self_converted"] = pd.array([dice.random() < 0.1 for _ in range(n)], dtype="boolean")
    return table


def fen(column):
    return [round(one * 100) for one in column.fillna(0)]


@pytest.mark.parametrize("seed", range(BOOKS))
def test_every_sheet_agrees_to_the_fen_by_purpose_and_payer(run, tmp_path, seed):
    """Home by home in plain integers, against every sheet that has a sum of it."""
    policy = town.policy(tmp_path, RULES)
    homes = ledger(run.facts.households, random.Random(seed))
    facts = type(run.facts)(**vars(run.facts) | {"households": homes})
    layers = type(run.layers)({**run.layers.tables, "lots": LOTS}, run.layers.origins, ())
    now = replaced(run, facts=facts, policy=policy, layers=layers)
    books = office_papers.build_office_papers(now, unmask=True)
    sheets = {one.name: one.table for one in books["settlement"]}
    season = office_papers.last_full_season(town.AS_OF, policy)
    amounts = (
        office_papers.settle_season(facts, policy, season, town.AS_OF),
        office_papers.settle_equipment(facts, LOTS, policy, town.AS_OF),
    )
    settled, equipment = amounts[0].households, amounts[1].homes
    payers = {"市级": 0.7, "县级": 0.3}
    usual = {"省级": 0.33, "市级": 0.33, "县级": 0.34}
    due = Counter()
    for row in settled.to_dict("records"):
        who = payers if row["mode"] == "gas" else usual
        for purpose, amount, shares in (("运行补贴", row["due_fen"], who),
                                        ("困难补助", row["supplement_fen"], usual)):  # fmt: skip
            parts = shared_fen(amount, [round(one * 100) for one in shares.values()])
            due.update({(purpose, one): part for one, part in zip(shares, parts, strict=True)})
    for row in equipment[equipment["due_fen"].notna()].to_dict("records"):
        parts = shared_fen(int(row["due_fen"]), [33, 33, 34])
        due.update({("设备补贴", one): part for one, part in zip(usual, parts, strict=True)})
    table = sheets["按出资方"]
    lines, total = table.iloc[:-1], table.iloc[-1]
    told = Counter()
    for purpose, payer, amount in zip(
        lines["purpose"], lines["payer"], fen(lines["due_cny"]), strict=True
    ):
        told[purpose, payer] += amount
    assert {key: one for key, one in told.items() if one} == {k: v for k, v in due.items() if v}
    assert fen(table["due_cny"])[-1] == sum(due.values()), total
    of = {purpose: sum(v for k, v in due.items() if k[0] == purpose) for purpose, _ in due}
    for name in ("清算汇总（乡镇）", "清算汇总（村）"):
        last = sheets[name].iloc[-1]
        assert round(last["due_cny"] * 100) == of["运行补贴"] == settled["due_fen"].sum()
        assert round(last["supplement_cny"] * 100) == of["困难补助"]
        assert round(last["held_cny"] * 100) == settled["held_fen"].sum()
    exceptions = sheets["清算异常"]
    assert sum(fen(exceptions["held_cny"])) == settled["held_fen"].sum()
    assert sum(fen(sheets["设备补贴（户）"]["due_cny"])) == of["设备补贴"]
    lots = sheets["设备补贴（标段）"]
    assert fen(lots["due_cny"])[-1] == of["设备补贴"] == sum(fen(lots["due_cny"])[:-1])
    assert lots["not_known_homes"].iloc[-1] == equipment["due_fen"].isna().sum()
    posting = Posting(town.AS_OF, town.AS_OF, Text("", ""))
    posted = public_lists(facts, policy, town.AS_OF, amounts, posting)
    assert posted["running"]["subsidy_fen"].sum() == of["运行补贴"]
    assert posted["equipment"]["subsidy_fen"].sum() == of["设备补贴"]
