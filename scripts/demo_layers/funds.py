"""The office's money, all of it invented: tender lots, budgets, allocations, payments by home."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from demo_layers.dice import stream

BY_HOME = "140882203"  # the township whose payments are recorded home by home
_SEASON = "2023-2024"
_REASONS = ("账号不符", "户主已去世", "户主变更未报", "银行卡冻结")
# Tender prices of a home's devices [fen], the same in every township; the plan leaves them to the
# tender.
_LOTS = {
    "ashp_air": ("热风机", 798_000),
    "ashp_water": ("空气源热泵(水)", 1_460_000),
    "gshp": ("地源热泵", 2_950_000),
    "central_electric": ("集中式电采暖", 1_180_000),
}
NO_PRICE = "140882200"  # the township whose tender of hot-air devices has no price yet
_CONTRACTORS = ("甲", "乙", "丙")
# of the budget: allocated, and of that paid by the township in one sum
_ALLOCATED, _PAID = 0.9, 0.96


def lot_of(homes: pd.DataFrame) -> pd.Series:
    """The lot under which this year's electric device of each home was bought; "" for none."""
    word = homes["device"].map({key: words for key, (words, _) in _LOTS.items()})
    bought = homes["in_programme"] & homes["installed_on"].notna() & word.notna()
    named = "演示" + homes["village_code"].str[6:9] + "-" + word.fillna("")
    return named.where(bought, "")


def lots(homes: pd.DataFrame) -> pd.DataFrame:
    """The lots with contractor, device, price and number of homes; one has no price yet."""
    counts = lot_of(homes).value_counts().drop("").sort_index()
    townships = sorted({lot.split("-")[0] for lot in counts.index})
    prices = dict(_LOTS.values())
    rows = []
    for lot, count in counts.items():
        township, word = str(lot).split("-", 1)
        by = _CONTRACTORS[townships.index(township) % len(_CONTRACTORS)]
        pending = (township[-3:], word) == (NO_PRICE[-3:], _LOTS["ashp_air"][0])
        price = "" if pending else f"{prices[word] / 100:.2f}"
        rows.append((lot, f"演示施工单位{by}", word, price, count, "合成演示"))
    headings = ["标段", "施工单位", "设备类型", "中标单价(元)", "户数", "数据性质"]
    return pd.DataFrame(rows, columns=headings)


def payments(homes: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Payments of the running subsidy of last winter, and budgets of equipment and of the grid."""
    rng = stream(seed, "payments")
    read = homes[homes["heating_kwh"].notna()]
    fen = np.minimum(read["heating_kwh"].to_numpy() * 10, 104_000).astype(int)
    due = pd.Series(fen, read["village_code"].str[:9].to_numpy()).groupby(level=0).sum()
    rows: list[dict[str, Any]] = []
    for township, amount in due.items():
        budget = int(amount / 0.93 / 1e6 + 1) * 1_000_000  # to 10,000 yuan
        rows += [
            _row("预算", township, "运行补贴", budget, "2024-03-20"),
            _row("下达", township, "运行补贴", int(budget * _ALLOCATED), "2024-04-26"),
        ]
        if township != BY_HOME:
            paid = int(budget * _ALLOCATED * _PAID)
            rows.append(_row("发放", township, "运行补贴", paid, "2024-06-14"))
    listed = homes.loc[homes["in_programme"], "village_code"].str[:9].value_counts().sort_index()
    for township, count in listed.items():
        budget = -(-int(count) * _LOTS["ashp_air"][1] // 1_000_000) * 1_000_000  # to 10,000 yuan
        rows.append(_row("预算", str(township), "设备补贴", budget, "2024-05-10"))
    rows.append(_row("预算", "140882", "配套电网", 120_000_000, "2024-05-10"))
    rows += _by_home(read[read["village_code"].str[:9] == BY_HOME], rng)
    table = pd.DataFrame(rows)
    table.insert(0, "资金编号", [f"ZJ{n:05d}" for n in range(1, len(table) + 1)])
    return table.assign(数据性质="合成演示")


def _row(stage: str, unit: str, purpose: str, fen: int, day: str, **more: str) -> dict[str, Any]:
    blank = {"户编号": "", "原因": "", "采暖季": _SEASON if purpose == "运行补贴" else ""}
    return {
        "环节": stage, "单位代码": unit, "用途": purpose, "出资方": "县级财政",
        "金额(元)": f"{fen / 100:.2f}", "日期": day, "文号": "演示（合成）财建〔2024〕1号",
    } | blank | more  # fmt: skip


def _by_home(read: pd.DataFrame, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Most homes are paid; some payments come back, some of them are paid again."""
    rows = []
    for number, home in enumerate(read.sort_values("household_id").itertuples()):
        fen = min(int(home.heating_kwh) * 10, 104_000)
        if fen < 20 * 100 or rng.random() < 0.04:
            continue
        named = {"户编号": home.household_id}
        rows.append(_row("发放", "", "运行补贴", fen, "2024-06-20", **named))
        if rng.random() < 0.03:
            reason = _REASONS[number % len(_REASONS)]
            rows.append(_row("退票", "", "运行补贴", fen, "2024-06-28", **named, 原因=reason))
            if rng.random() < 0.5:
                rows.append(_row("发放", "", "运行补贴", fen, "2024-07-15", **named))
    return rows
