"""The money of one winter, home by home and day by day, worked by hand.

Rates: 0.1 yuan/kWh up to 1,040, 1 yuan/m³ up to 1,200, a supplement of 200 once.

    home  what                               due of winter 2024-2025      paid
    h0    3,000 kWh                          300.00                       300.00, settled
    h1    12,000 kWh                         1,040.00 (the cap)           1,040.00, settled
    h2    1,000 kWh, on dibao                100.00, and 200 once         both, 100.00 settled
    h3    2,000 kWh, acceptance failed       0, 200.00 held               -
    h4    no reading                         0                            -
    h5    gas, 500 m³                        500.00                       500.00, settled
    h6    4,000 kWh, converted by itself     0, 400.00 held               -
    h7    vacant, 10 kWh                     1.00                         1.00, settled
    h8    900 kWh, the meter of h9           0, 90.00 held                -
    h9    900 kWh, the meter of h8           0, 90.00 held                -
    h10   2,500 kWh                          250.00                       250.00, came back: died
    h11   accepted in May 2025               no claim                     -
"""

from datetime import date

import pandas as pd
import pytest
import town
from audit.cleared_home import NEXT, VILLAGE

from gis.audit import settlement
from gis.audit.evidence import last_full_season
from gis.audit.funds import account

RATES = """
[season]
start = "11-15"
end = "03-15"
[subsidies]
electric_cny_per_kwh = 0.1
electric_cap_cny = 1040
gas_cny_per_m3 = 1.0
gas_cap_cny = 1200
hardship_once_cny = 200
"""
WINTER = {"season": "2024-2025", "device": "ashp_air", "floor_area_m2": 100.0}
HOMES = [
    {"heating_kwh": 3000.0},
    {"heating_kwh": 12_000.0},
    {"heating_kwh": 1000.0, "hardship_class": "dibao"},
    {"heating_kwh": 2000.0, "acceptance_result": "fail"},
    {"heating_kwh": None},
    {"heating": "gas", "device": "gas_boiler", "heating_m3": 500.0},
    {"heating_kwh": 4000.0, "self_converted": True},
    {"heating_kwh": 10.0, "occupancy": "vacant", "occupancy_on": "2024-09-01"},
    {"heating_kwh": 900.0, "meter_no": "m8"},
    {"heating_kwh": 900.0, "meter_no": "m8"},
    {"heating_kwh": 2500.0, "village_code": NEXT, "x": 1500.0},
    {"heating_kwh": None, "plan_year": 2025, "signed_on": "2025-04-10",
     "installed_on": "2025-05-01", "energised_on": "2025-05-02", "accepted_on": "2025-05-20"},
]  # fmt: skip
PAID = {"h0": 300.0, "h1": 1040.0, "h2": 100.0, "h5": 500.0, "h7": 1.0, "h10": 250.0}


def _pay(stage, day, cny, **more):
    usual = {"purpose": "running", "payer": "县级", "season": "2024-2025", "stage": stage,
             "paid_on": day, "amount_cny": cny, "document_no": "文1", "reject_reason": "",
             "unit_code": None, "household_id": None, "reason": None}  # fmt: skip
    return usual | more


def _payments():
    rows = [
        _pay("budgeted", "2025-03-20", 4000.0, unit_code=VILLAGE[:9]),
        _pay("allocated", "2025-04-01", 3000.0, unit_code=VILLAGE[:9]),
        *(_pay("paid", "2025-05-20", cny, household_id=home) for home, cny in PAID.items()),
        _pay("paid", "2025-05-20", 200.0, household_id="h2", purpose="supplement"),
        _pay("returned", "2025-06-05", 250.0, household_id="h10", reason="户主死亡"),
        *(
            _pay("settled", "2025-07-01", cny, household_id=home)
            for home, cny in PAID.items()
            if home != "h10"
        ),
        _pay("settled", "2025-08-15", 300.0, household_id="h0"),  # once too often
    ]
    table = pd.DataFrame(rows)
    named = [name for name in table if name not in ("amount_cny", "paid_on")]
    table[named] = table[named].astype("str")
    ids = [f"p{n}" for n in range(len(table))]
    return table.assign(payment_id=ids, paid_on=pd.to_datetime(table["paid_on"]))


@pytest.fixture(scope="module")
def on(tmp_path_factory, facts_of):
    plan = town.policy(tmp_path_factory.mktemp("winter"), RATES)

    def day(as_of):
        facts = facts_of(
            [WINTER | home for home in HOMES], [], as_of=as_of, plan=plan, payments=_payments()
        )
        season = last_full_season(as_of, plan)
        return settlement.settle_season(facts, plan, season, as_of), account(facts, as_of), facts

    return day


DAYS = [
    # day, due, held, supplement [yuan] of the last full winter
    (date(2025, 3, 14), 0, 0, 0),  # the winter has not ended: nobody was in the one before
    (date(2025, 3, 15), 2191, 780, 200),  # 300 + 1,040 + 100 + 500 + 1 + 250; 200 + 400 + 90 + 90
    (date(2025, 5, 20), 2191, 780, 0),  # the supplement was paid that day
    (date(2025, 6, 30), 2191, 780, 0),
    (date(2025, 7, 1), 250, 780, 0),  # settled but for h10, who is still due
    (date(2025, 8, 31), 250, 780, 0),  # settled twice is settled all the same
]


@pytest.mark.parametrize(("day", "due", "held", "supplement"), DAYS)
def test_what_is_due_on_each_day(on, day, due, held, supplement):
    homes = on(day)[0].households
    sums = homes[["due_fen", "held_fen", "supplement_fen"]].sum() // 100
    assert sums.tolist() == [due, held, supplement]
    assert "h11" not in set(homes["household_id"])


BALANCES = [
    # day, budgeted, allocated, paid, returned, settled, still to pay [yuan]; "": nobody recorded it
    (date(2025, 3, 31), 4000, 0, 0, 0, 0, 0),
    (date(2025, 4, 1), 4000, 3000, 0, 0, 0, 3000),
    (date(2025, 5, 31), 4000, 3000, 2191, 0, 0, 809),
    (date(2025, 6, 5), 4000, 3000, 2191, 250, 0, 1059),
    (date(2025, 7, 31), 4000, 3000, 2191, 250, 1941, 1059),
    (date(2025, 8, 31), 4000, 3000, 2191, 250, 1641, 1059),  # both rows of h0 are refused
]


@pytest.mark.parametrize(
    ("day", "budgeted", "allocated", "paid", "returned", "settled", "to_pay"), BALANCES
)
def test_the_running_subsidy_from_budget_to_settlement(  # noqa: PLR0917  # one a column
    on, day, budgeted, allocated, paid, returned, settled, to_pay
):
    _, funds, facts = on(day)
    row = funds.balances[funds.balances["purpose"] == "running"].iloc[0]
    names = ["budgeted", "allocated", "paid", "returned", "settled", "to_pay"]
    found = [row[f"{name}_fen"] // 100 for name in names]
    assert found == [budgeted, allocated, paid, returned, settled, to_pay]
    refused = [one.code for one in facts.problems if one.layer == "payments"]
    twice = day >= date(2025, 8, 15)
    assert refused == (["payment_settled_twice"] * 2 if twice else [])
    assert row["refused_fen"] == (60_000 if twice else 0)
    died = funds.exceptions["kind"].eq("death")
    assert funds.exceptions.loc[died, "household_id"].tolist() == (
        ["h10"] if day >= date(2025, 6, 5) else []
    )


def test_why_each_home_waits(on):
    homes = on(date(2025, 3, 15))[0].households.set_index("household_id")["exception"]
    assert homes[homes != ""].to_dict() == {
        "h3": "not_accepted", "h4": "no_reading", "h6": "grid_not_shown", "h8": "twice",
        "h9": "twice",
    }  # fmt: skip
