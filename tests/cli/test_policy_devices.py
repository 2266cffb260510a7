"""What the plan alone names, a device or a complement, comes through from the ledger to the end."""

import json

import forked
import pandas as pd
import pytest
import small_town
from python_calamine import CalamineWorkbook
from small_town import FAR

OWN = """
[prices.equipment_cny]
"光电直柔" = 20000
solar = 6000
[prices.equipment_life_a]
"光电直柔" = 20
solar = 15
[prices.cop]
"光电直柔" = 3.0
"""
WORDS = {"光电直柔": 12, "热风机": 18}  # what the 30 homes of FAR chose, in the ledger's words


def _town(folder, devices, chosen):
    small_town.write(folder)
    policy = (folder / "policy.toml").read_text("utf-8")
    menu = f'devices = {devices}\ncomplements = ["solar", "风能"]'
    policy = policy.replace('devices = ["ashp_air", "ashp_water"]', menu) + OWN
    (folder / "policy.toml").write_text(policy, encoding="utf-8")
    ledger = pd.read_csv(folder / "households.csv", encoding="gb18030", dtype=str)
    far = ledger["行政村代码"] == FAR
    ledger.loc[far, "选择设备"] = chosen
    ledger.to_csv(folder / "households.csv", index=False, encoding="gb18030")


def _nuantu(*arguments, log):
    run = forked.nuantu(*arguments, log=log)
    assert run.code == 0, run.err
    return run.out


@pytest.fixture(scope="module")
def decided(tmp_path_factory):
    """The town decided and explained, 12 homes of FAR for the plan's own device, 18 for another."""
    forked.warm()
    folder = tmp_path_factory.mktemp("own")
    chosen = [word for word, homes in WORDS.items() for _ in range(homes)]
    _town(folder / "town", '["ashp_air", "光电直柔"]', chosen)
    _nuantu("run", folder / "town", "--out", folder / "out", log=folder)
    return folder


def test_a_ledger_may_choose_a_device_that_only_the_policy_names(decided):
    homes = pd.read_parquet(decided / "out/planner/households.parquet")
    chosen = homes.loc[homes["village_code"] == FAR, "device_chosen"].value_counts().to_dict()
    assert chosen == {"光电直柔": 12, "ashp_air": 18}
    problems = pd.read_csv(decided / "out/planner/problems.csv")
    assert "device_chosen" not in set(problems["column"].dropna())


def test_its_price_and_the_complements_are_explained(decided):
    told = json.loads(_nuantu("explain", decided / "town", FAR, "--json", log=decided))
    (part,) = told["parts"]
    electric = next(one for one in part["tried"] if one["route"] == "electric")
    # 12 × 20,000 + 18 × 8,000 yuan; 10,200 kWh of heat / 3.0 and / 2.7 at 0.35 yuan
    assert electric["equipment_fen"] == (12 * 20_000 + 18 * 8_000) * 100
    assert electric["running_fen_a"] == 12 * 119_000 + 18 * 132_222
    assert set(electric["device"].split("+")) == {"ashp_air", "光电直柔"}
    # 6,000 yuan over 15 years at 5 %: 6,000 × 0.05 / (1 - 1.05^-15) = 578.05 yuan
    assert part["complements"] == [
        {"complement": "solar", "equipment_fen": 600_000, "equipment_fen_a": 57_805},
        {"complement": "风能", "equipment_fen": None, "equipment_fen_a": None},
    ]


def test_the_report_names_the_complements(decided):
    book = CalamineWorkbook.from_path(str(decided / "out/planner/decisions.xlsx"))
    rows = book.get_sheet_by_index(0).to_python()
    heads = next(row for row in rows if "可配合" in row)
    row = dict(zip(heads, next(row for row in rows if FAR in row), strict=True))
    assert row["可配合"] == "太阳能辅助、风能"
    assert row["设备"] == "空气源热风机"  # they chose differently: the plan's first device
