"""The account of payments: worked by hand, and generated ledgers added up without it."""

import os
import random
from collections import Counter
from datetime import date, timedelta
from types import SimpleNamespace

import pandas as pd
import pytest
import town

from gis.audit.funds import STAGES, account, reason_kind
from gis.facts.payments import judged_payments
from gis.layers.columns import LAYERS
from gis.report.funds_book import funds_book, with_totals

A1, A2, B1 = "140882001001", "140882001002", "140882002001"
A, B, COUNTY = A1[:9], B1[:9], A1[:6]
HOMES = {"h1": A1, "h2": A1, "h3": A2, "h4": B1}
COLUMNS = (
    "payment_id unit_code household_id purpose payer stage amount_cny season paid_on document_no "
    "reason reject_reason ledger_row ledger_file"
).split()
USUAL = {
    "purpose": "running", "payer": "市级", "stage": "paid", "amount_cny": 100.0,
    "season": "2023-2024", "paid_on": "2024-06-01", "document_no": "文1", "reject_reason": "",
    "ledger_file": "payments.csv",
}  # fmt: skip


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return town.policy(tmp_path_factory.mktemp("plan"), '[season]\nend = "03-15"\n')


def layer(rows):
    named = [
        USUAL | {"payment_id": f"p{n}", "ledger_row": n} | row for n, row in enumerate(rows, 2)
    ]
    table = pd.DataFrame(named).reindex(columns=COLUMNS)
    for name in COLUMNS:
        if name not in ("amount_cny", "paid_on", "ledger_row"):
            table[name] = table[name].astype("str")
    return table.assign(
        paid_on=pd.to_datetime(table["paid_on"]), amount_cny=table["amount_cny"].astype(float)
    )


def ledger(**columns):
    homes = pd.DataFrame(
        {"household_id": [*HOMES, "gone"], "village_code": [*HOMES.values(), A1],
         "status": [*["placed"] * len(HOMES), "rejected"]}
    )  # fmt: skip
    return homes.assign(**columns)


VILLAGES = pd.DataFrame(
    {"village_code": [A1, A2, B1], "township_code": [A, A, B], "township": ["甲镇", "甲镇", "乙镇"],
     "village": ["甲一", "甲二", "乙一"]}
)  # fmt: skip


def known(payments, homes):
    return SimpleNamespace(
        payments=payments, households=homes, villages=VILLAGES, claimed_elsewhere=None
    )


def judged(rows, plan, as_of=town.AS_OF, homes=None):
    homes = ledger() if homes is None else homes
    table, found = judged_payments(layer(rows), homes, VILLAGES, plan, as_of)
    facts = known(table, homes)
    return account(facts, as_of), found


CHAIN = [
    {"stage": "budgeted", "unit_code": A, "amount_cny": 1000.0},
    {"stage": "allocated", "unit_code": A, "amount_cny": 800.0},
    {"household_id": "h1", "amount_cny": 300.1},
    {"household_id": "h2", "amount_cny": 250.25},
    {"household_id": "h2", "stage": "returned", "amount_cny": 250.25, "paid_on": "2024-06-09",
     "reason": "账号不符"},
    {"household_id": "h3", "amount_cny": 104.0},
    {"household_id": "h3", "stage": "recovered", "amount_cny": 4.0, "paid_on": "2024-07-01"},
    {"household_id": "h1", "stage": "settled", "amount_cny": 300.1},
    {"household_id": "h4", "amount_cny": 60.0},
    {"stage": "budgeted", "unit_code": COUNTY, "purpose": "grid", "payer": "县级",
     "amount_cny": 0.07},
]  # fmt: skip


def test_from_the_budget_to_what_is_left(plan):
    """By hand, in fen."""
    funds, found = judged(CHAIN, plan)
    assert found == ()
    rows = funds.balances.fillna({"township_code": ""}).set_index(["township_code", "payer"])
    a = rows.loc[(A, "市级")]
    assert [a[f"{stage}_fen"] for stage in STAGES] == [100_000, 80_000, 65_435, 25_025, 400, 30_010]
    assert a["net_paid_fen"] == 65_435 - 25_025 - 400 == 40_010
    assert a["to_allocate_fen"] == 20_000
    assert a["to_pay_fen"] == 80_000 - 40_010
    assert a["to_settle_fen"] == 40_010 - 30_010
    assert a["outstanding_fen"] == 100_000 - 30_010 == 20_000 + 39_990 + 10_000
    b = rows.loc[(B, "市级")]
    assert pd.isna(b["budgeted_fen"])  # nobody recorded one: unknown, not 0
    assert pd.isna(b["outstanding_fen"])
    assert (b["paid_fen"], b["allocated_fen"], b["no_budget"]) == (6000, 0, 1)
    assert rows.loc[("", "县级"), "budgeted_fen"] == 7


def test_what_is_wrong_with_payments_that_count(plan):
    funds, _ = judged(CHAIN, plan)
    said = funds.exceptions.fillna({"household_id": ""})
    assert sorted(zip(said["household_id"], said["kind"], said["amount_fen"], strict=True)) == [
        ("", "over_paid", 6000),  # of the second township, which was allocated nothing
        ("h2", "account", 25_025),
    ]


def kinds(rows, plan, **columns):
    funds, _ = judged(rows, plan, homes=ledger(**columns))
    homes = funds.exceptions[funds.exceptions["household_id"].notna()]
    return sorted(zip(homes["household_id"], homes["kind"], strict=True))


BACK = {"household_id": "h1", "stage": "returned", "paid_on": "2024-06-09"}


@pytest.mark.parametrize(
    ("reason", "kind"),
    [("户主已死亡", "death"), ("户主变更未报", "owner_changed"), ("一人多户", "several_homes"),
     ("卡号错误", "account"), ("不详", "returned"), (None, "returned")],
)  # fmt: skip
def test_a_returned_payment_by_its_reason(plan, reason, kind):
    rows = [{"household_id": "h1"}, BACK | {"reason": reason}]
    assert kinds(rows, plan) == [("h1", kind)]
    assert reason_kind(reason) == kind


def test_a_returned_payment_is_settled_by_a_later_one_alone(plan):
    rows = [{"household_id": "h1"}, BACK]
    assert kinds([*rows, {"household_id": "h1", "paid_on": "2024-06-10"}], plan) == []
    assert kinds([*rows, {"household_id": "h1", "paid_on": "2024-06-08"}], plan) == [
        ("h1", "returned")
    ]
    assert kinds([*rows, {"household_id": "h1", "paid_on": None}], plan) == [
        ("h1", "returned"), ("h1", "undated"),
    ]  # fmt: skip
    other = {"household_id": "h1", "paid_on": "2024-06-10", "season": "2022-2023"}
    assert kinds([*rows, other], plan) == [("h1", "returned")]


def test_one_home_paid_twice_and_one_person_paid_for_two_homes(plan):
    twice = [{"household_id": "h1"}, {"household_id": "h1", "paid_on": "2024-07-01"}]
    assert kinds(twice, plan) == [("h1", "paid_twice")]
    seasons = [{"household_id": "h1"}, {"household_id": "h1", "season": "2022-2023"}]
    assert kinds(seasons, plan) == []
    both = [{"household_id": "h1"}, {"household_id": "h3"}]
    one = ["x", "y", "x", None, None]
    assert kinds(both, plan, id_number=one) == [("h1", "several_homes"), ("h3", "several_homes")]
    assert kinds(both, plan, bank_account=["a", "b", "c", None, None]) == []
    assert kinds([both[0], both[1] | {"purpose": "equipment"}], plan, id_number=one) == []


def odd(rows, plan, **columns):
    """The exceptions beside 支付超过下达, of which these rows have no allocation."""
    funds, _ = judged(rows, plan, homes=ledger(**columns))
    own = funds.exceptions[~funds.exceptions["kind"].isin(["over_paid"])]
    whom = own["household_id"].fillna(own["unit_code"]).fillna(own["township_code"])
    return sorted(zip(whom, own["kind"], own["amount_fen"], strict=True))


def test_a_subsidy_paid_in_two_batches(plan):
    """104.00 twice: both count, 208.00 in all, and the home is asked about."""
    rows = [{"household_id": "h1", "amount_cny": 104.0, "paid_on": day, "document_no": batch}
            for day, batch in (("2024-06-20", "第一批"), ("2024-07-05", "第二批"))]  # fmt: skip
    assert odd(rows, plan) == [("h1", "paid_twice", 20_800)]
    back = {
        "household_id": "h1",
        "stage": "recovered",
        "amount_cny": 104.0,
        "paid_on": "2024-08-01",
    }
    assert odd([*rows, back], plan) == []


LEFT = {"delisted_on": "2024-10-31", "willing": None, "accepted_on": None}


@pytest.mark.parametrize(
    ("home", "found"),
    [
        (LEFT, True),  # withdrew on the day itself
        (LEFT | {"delisted_on": "2024-11-01"}, False),
        (LEFT | {"accepted_on": "2024-10-31"}, False),  # converted all the same
        (LEFT | {"accepted_on": "2024-11-01"}, True),  # not yet
        (LEFT | {"delisted_on": None, "willing": "no"}, True),
        (LEFT | {"delisted_on": None, "willing": "yes"}, False),
    ],
)
def test_a_home_that_withdrew_and_was_paid(plan, home, found):
    columns = {name: [value, None, None, None, None] for name, value in home.items()}
    paid = [{"household_id": "h1", "purpose": "equipment", "amount_cny": 7980.0}]
    expected = [("h1", "withdrawn", 798_000)] if found else []
    assert odd(paid, plan, **columns) == expected
    back = {"household_id": "h1", "purpose": "equipment", "stage": "recovered",
            "amount_cny": 7980.0, "paid_on": "2024-09-01"}  # fmt: skip
    assert odd([*paid, back], plan, **columns) == []


def test_more_recovered_than_was_paid(plan):
    """104.00 paid, 104.01 recovered: one fen too much; and a township that was paid nothing."""
    paid = {"household_id": "h1", "amount_cny": 104.0}
    back = paid | {"stage": "recovered", "paid_on": "2024-07-01"}
    assert odd([paid, back], plan) == []
    assert odd([paid, back | {"amount_cny": 104.01}], plan) == [("h1", "over_recovered", 1)]
    unit = {"unit_code": A, "stage": "returned", "amount_cny": 5.0}
    assert odd([unit], plan) == [(A, "over_recovered", 500)]


def test_a_negative_amount_is_no_payment(plan):
    """Reading makes it blank and says so; it is in no sum, and a recovery is a row of its own."""
    funds, _ = judged([{"household_id": "h1", "amount_cny": None}], plan)
    assert funds.rows["refused"].tolist() == ["no_amount"]
    assert LAYERS["payments"].by_name["amount_cny"].signed is False


def test_a_refund_in_the_next_season(plan):
    """It belongs to the season that it names; without one to the season that had ended."""
    paid = {"household_id": "h1", "amount_cny": 104.0, "season": "2022-2023"}
    back = paid | {"stage": "returned", "paid_on": "2024-10-01", "reason": "不详"}
    funds, _ = judged([paid, back], plan)
    assert funds.homes["season_year"].tolist() == [2022]
    assert funds.homes["net_paid_fen"].tolist() == [0]
    assert odd([paid, back], plan) == [("h1", "returned", 10_400)]
    unnamed = back | {"season": None}  # of 2023-2024, for which nothing was paid
    assert ("h1", "over_recovered", 10_400) in odd([paid, unnamed], plan)


@pytest.mark.parametrize(
    ("allocated", "found"),
    [
        (["2024-06-01"], []),  # on the day itself
        (["2024-06-02"], [(A, "before_allocation", 10_000)]),
        ([None], []),  # may have come first
        (["2024-05-01", "2024-06-02"], [(A, "before_allocation", 5_000)]),  # half of it had come
    ],
)
def test_a_payment_before_its_allocation(plan, allocated, found):
    share = 100.0 / len(allocated)
    rows = [{"unit_code": A, "stage": "allocated", "amount_cny": share, "paid_on": day}
            for day in allocated]  # fmt: skip
    rows += [{"household_id": "h1", "amount_cny": 100.0, "paid_on": "2024-06-01"}]
    assert odd(rows, plan) == found


def test_one_person_for_homes_in_two_townships(plan):
    """h1 lies in the first township, h4 in the second; a rejected row claims nothing."""
    rows = [{"household_id": "h1"}, {"household_id": "h4"}]
    one = ["x", None, None, "x", "x"]
    assert HOMES["h1"][:9] != HOMES["h4"][:9]
    assert kinds(rows, plan, bank_account=one) == [("h1", "several_homes"), ("h4", "several_homes")]
    assert kinds(rows[:1], plan, bank_account=one) == []


REFUSED = [
    ({"household_id": "h9"}, "no_home"),
    ({"household_id": "gone"}, "no_home"),  # a rejected row of the ledger
    ({}, "no_unit"),
    ({"unit_code": "某公司"}, "no_unit"),
    ({"unit_code": A, "amount_cny": None}, "no_amount"),
    ({"unit_code": A, "stage": None}, "no_stage"),
    ({"unit_code": A, "amount_cny": 0.005}, "part_fen"),
    ({"unit_code": A, "amount_cny": 10_000_000_000.01}, "too_large"),
    ({"unit_code": A, "amount_cny": 1e300}, "too_large"),
    ({"unit_code": A, "amount_cny": 10_000_000_000.0}, ""),
    ({"unit_code": A, "reject_reason": "duplicate_id"}, "duplicate_id"),
    ({"unit_code": A, "amount_cny": 0.01}, ""),
    ({"unit_code": A1}, ""),
    ({"unit_code": COUNTY}, ""),
    ({"household_id": "h1", "unit_code": "某公司"}, ""),
]


@pytest.mark.parametrize(("row", "reason"), REFUSED)
def test_a_row_without_home_unit_or_amount_is_in_no_sum(plan, row, reason):
    funds, found = judged([row | {"purpose": "equipment"}], plan)
    assert funds.rows["refused"].tolist() == [reason]
    assert funds.balances["paid_fen"].sum() == (0 if reason else funds.rows["amount_fen"].sum())
    told = [one.code for one in found]
    known = ("no_amount", "no_stage", "duplicate_id", "")  # reading has told of these
    assert told == ([] if reason in known else [f"payment_{reason}"])
    assert all(one.row == 2 and one.file == "payments.csv" and one.key == "p2" for one in found)


def settled(**more):
    return {
        "stage": "settled",
        "household_id": "h1",
        "season": None,
        "paid_on": "2024-06-01",
    } | more


@pytest.mark.parametrize(
    ("rows", "refused"),
    [
        ([settled(), settled(season="2023-2024")], 2),  # by its day of that season too
        ([settled(), settled(season="2022-2023")], 0),
        ([settled(), settled(paid_on="2024-03-15")], 2),  # the season has ended on its last day
        ([settled(), settled(paid_on="2024-03-14")], 0),  # the winter before
        ([settled(), settled(payer="县级")], 0),
        ([settled(), settled(household_id="h2")], 0),
        ([settled(purpose="equipment"), settled(purpose="equipment", document_no="文2")], 2),
        ([settled(household_id=None, unit_code=A), settled(household_id=None, unit_code=A)], 2),
        ([settled(household_id=None, unit_code=A, purpose="grid", document_no=no)
          for no in ("文1", "文2")], 0),
        ([settled(), settled(paid_on="2025-01-01")], 0),  # the second is after the as-of day
    ],
)  # fmt: skip
def test_a_season_settled_twice_is_refused_with_its_rows(plan, rows, refused):
    funds, found = judged(rows, plan)
    assert (funds.rows["refused"] == "settled_twice").sum() == refused == len(found)
    assert [one.row for one in found] == ([2, 3] if refused else [])


def test_a_township_and_its_homes_are_not_both_counted(plan):
    rows = [{"unit_code": A}, {"unit_code": B}, {"household_id": "h1"}, {"unit_code": A2}]
    funds, found = judged(rows, plan)
    assert funds.rows["refused"].tolist() == ["also_by_home", "", "", ""]
    assert [one.code for one in found] == ["payment_also_by_home"]
    funds, _ = judged([row | {"stage": "allocated"} for row in rows], plan)
    assert funds.rows["refused"].tolist() == [""] * 4


def test_a_later_payment_does_not_count_yet(plan):
    funds, _ = judged(CHAIN, plan, as_of=date(2024, 6, 8))
    row = funds.balances[funds.balances["township_code"] == A].iloc[0]
    assert (row["paid_fen"], row["returned_fen"], row["later"]) == (65_435, 0, 2)
    assert row["later_fen"] == 25_025 + 400


def test_the_workbook_states_what_is_in_no_sum(plan):
    rows = [*CHAIN, {"household_id": "h9", "amount_cny": 12.34},
            {"household_id": "h4", "amount_cny": None},
            {"household_id": "h4", "paid_on": "2024-12-01"}]  # fmt: skip
    table, _ = judged_payments(layer(rows), ledger(owner="张三"), VILLAGES, plan, town.AS_OF)
    facts = known(table, ledger(owner="张三"))
    own = SimpleNamespace(as_of=town.AS_OF, people={"甲镇": "张三"})
    run = SimpleNamespace(facts=facts, policy=plan, project=own)
    book = {one.name: one.table for one in funds_book(run, unmask=False)}
    sums = book["资金台账"]
    last = sums.iloc[-1]
    assert last["paid_cny"] == 714.35
    assert last["budgeted_cny"] == 1000.07
    assert last["beside_sums"] == (
        "2 项没有预算记录；1 笔金额不明；2 笔不计入，已知 12.34 元；1 笔在统计日之后，100.00 元"
    )
    assert sums["township"].tolist()[:3] == ["甲镇", "乙镇", "全市（不分乡镇）"]
    assert book["不计入的记录"]["payment_refused"].tolist() == [
        "户编号不在台账中",
        "金额空白或读不出",
    ]
    assert (
        book["资金异常"]["payment_exception"].tolist() == ["支付超过下达", "退票：账号不符"][::-1]
    )
    assert (book["资金异常"]["payment_way"].str.len() > 5).all()
    # the home of township A has its person, township B nobody
    assert book["资金异常"]["responsible_person"].tolist() == ["张三", ""]
    assert (book["资金异常"]["due_on"] == pd.Timestamp("2024-11-15")).all()
    none = known(None, ledger())
    assert funds_book(SimpleNamespace(facts=none, project=own), unmask=False) == ()


# --- generated ledgers, added up by payer in plain integers

PAYERS, PURPOSES = ("省级", "市级", "县级"), ("equipment", "running", "grid")
LEDGERS = int(os.environ.get("NUANTU_LEDGERS", "8"))


def generated(dice):
    rows = []
    for _ in range(dice.randrange(1, 60)):
        fen = dice.choice([1, 7, 99, 100_000_007, dice.randrange(1, 10**9)])
        row = {
            "payer": dice.choice(PAYERS), "purpose": dice.choice(PURPOSES),
            "stage": dice.choice(STAGES), "amount_cny": fen / 100,
            "season": dice.choice(["2022-2023", "2023-2024", None]),
            "paid_on": (date(2024, 1, 1) + timedelta(days=dice.randrange(400))).isoformat(),
            "fen": fen,
        }  # fmt: skip
        whom = dice.choice(["household_id", "household_id", "unit_code"])
        named = {"household_id": [*HOMES, "h9", "gone"], "unit_code": [A, B, A2, COUNTY, "某公司"]}
        rows.append(row | {whom: dice.choice(named[whom])})
    return rows


@pytest.mark.parametrize("seed", range(LEDGERS))
def test_generated_ledgers_add_up_to_the_fen_by_every_payer(plan, seed):
    rows = generated(random.Random(seed))
    funds, _ = judged([{k: v for k, v in row.items() if k != "fen"} for row in rows], plan)
    balances, told = funds.balances, funds.rows
    sums = Counter()
    for row, refused, later in zip(rows, told["refused"], told["later"], strict=True):
        assert later == (date.fromisoformat(row["paid_on"]) > town.AS_OF)
        state = "later" if later else "refused" if refused else row["stage"]
        sums[row["payer"], state] += row["fen"]
        if row.get("household_id") in ("h9", "gone") or row.get("unit_code") == "某公司":
            assert refused in ("no_home", "no_unit")
        elif row["stage"] in ("budgeted", "allocated", "returned", "recovered"):
            assert not refused
    table = with_totals(balances)
    total = table[table["township_code"].isna() & (table["purpose"] == "合计")]
    for payer in PAYERS:
        own, line = balances[balances["payer"] == payer], total[total["payer"] == payer]
        for state in (*STAGES, "refused", "later"):
            assert own[f"{state}_fen"].sum() == sums[payer, state], (payer, state)
            if len(line):
                assert line[f"{state}_fen"].fillna(0).sum() == sums[payer, state], (payer, state)
    known = balances[balances["no_budget"] == 0]
    parts = known["to_allocate_fen"] + known["to_pay_fen"] + known["to_settle_fen"]
    assert (known["outstanding_fen"] == parts).all()
    homes = funds.homes["net_paid_fen"].sum() + sum(
        row["fen"] * {"paid": 1, "returned": -1, "recovered": -1}.get(row["stage"], 0)
        for row, refused, later in zip(rows, told["refused"], told["later"], strict=True)
        if "unit_code" in row and not refused and not later
    )
    assert balances["net_paid_fen"].sum() == homes
