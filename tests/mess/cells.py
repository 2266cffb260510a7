"""Kinds of mess in the names, words and days of a ledger."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import date

from mess.kinds import homes_of, kind, lose, some, wide
from mess.ledger import WORDS, WORKBOOKS, Ledger
from mess.truth import CLEAN


def bare(name: str) -> str:
    return name.removesuffix("村") or name


# how the village is named ------------------------------------------------------------------------


def name_each(dice: random.Random, ledger: Ledger, ways: list[Callable[[str], object]]) -> None:
    for line in ledger.of_homes():
        line.cells["village"] = dice.choice(ways)(line.home.village if line.home else "")


@kind("village")
def villages_by_kind(dice, ledger):
    ends = ("", "村", "村委会", "行政村", "社区", "居委会", "村民委员会")
    name_each(dice, ledger, [lambda name, end=end: bare(name) + end for end in ends])


@kind("village")
def villages_spaced(dice, ledger):
    name_each(dice, ledger, [" ".join, lambda n: f"{n}  ", lambda n: f"　{n}", lambda n: n])


@kind("village")
def villages_with_township(dice, ledger):
    town = ledger.town.name
    name_each(
        dice, ledger, [lambda n: f"{town}{n}", lambda n: f"{town} {n}", lambda n: f"{town}/{n}"]
    )


@kind("village")
def villages_by_old_name(dice, ledger):
    for at, name in enumerate(ledger.town.villages):
        ledger.town.old[name] = f"旧{'甲乙丙丁戊'[at]}庄"
    name_each(dice, ledger, [lambda n: ledger.town.old[n], lambda n: n])


@kind("village")
def villages_merged(dice, ledger):
    """Two villages of old are one on the map; the ledger still has both."""
    name = dice.choice(ledger.town.villages)
    ledger.town.old[name] = "大石沟、小石沟"
    for line in ledger.of_homes():
        if line.home and line.home.village == name:
            line.cells["village"] = dice.choice(["大石沟村", "小石沟", name])


@kind("village")
def villages_by_code(dice, ledger):
    ledger.headings["village"] = "村代码"
    town = ledger.town
    name_each(dice, ledger, [town.village_code, lambda n: f"{town.village_code(n)}  "])


@kind("village")
def villages_by_code_as_number(dice, ledger):
    ledger.headings["village"] = "村代码"
    code = ledger.town.village_code
    name_each(
        dice, ledger, [lambda n: int(code(n)), lambda n: f"{code(n)}.0", lambda n: wide(code(n))]
    )


@kind("village")
def villages_misspelt(dice, ledger):
    """A name that there is not: the place tells where it is, or nobody."""
    for line in some(dice, homes_of(ledger)):
        lose(line, "village", dice.choice(["甲乙丙村", "？", "待核实"]))


@kind("village")
def villages_of_a_township_column(dice, ledger):
    """The rows name their township, the file does not."""
    at = list(ledger.headings).index("village")
    pairs = list(ledger.headings.items())
    ledger.headings = dict([*pairs[:at], ("town", dice.choice(["乡镇", "所属乡镇"])), *pairs[at:]])
    ledger.entry["township"] = None
    name = ledger.town.name
    for line in ledger.of_homes():
        line.cells["town"] = dice.choice([name, f"{name} ", f"{name}人民政府"])


# heating, and how far its change has come ---------------------------------------------------------


@kind("heating")
def heating_spaced(dice, ledger):
    for line in ledger.of_homes():
        word = str(line.cells["heating"])
        line.cells["heating"] = dice.choice([word, f" {word} ", " ".join(word), f"{word}。"])


@kind("heating")
def heating_in_words_of_their_own(dice, ledger):
    own = {"空气能": "electric", "土炉子": "coal", "管道气": "gas"}
    ledger.entry["values"] = {"heating": own}
    words = {code: word for word, code in own.items()}
    for line in ledger.of_homes():
        if line.home and line.home.heating in words and dice.random() < 0.7:
            line.cells["heating"] = words[line.home.heating]


@kind("heating")
def heating_blank(dice, ledger):
    for line in some(dice, homes_of(ledger)):
        lose(line, "heating", dice.choice(["", " ", "-", "0"]))


@kind("heating")
def heating_unknown(dice, ledger):
    for line in some(dice, homes_of(ledger, lambda home: home.heating in CLEAN)):
        lose(line, "heating", dice.choice(["其他", "电改煤？", "见附件", "1"]))


@kind("stage")
def stage_in_words(dice, ledger):
    """Homes that have only signed are entered with what they will heat with."""
    ledger.headings["stage"] = dice.choice(["改造状态", "改造进度"])
    for line in homes_of(ledger):
        clean = line.home.heating in CLEAN
        words = ["已完成", "已验收", "完成"] if clean else ["未动工", "", "未改造"]
        line.cells["stage"] = dice.choice(words)
    for line in some(dice, homes_of(ledger, lambda home: home.heating == "coal"), 6):
        line.cells["stage"] = dice.choice(["已签约", "施工中", "未动工"])
        lose(line, "heating", WORDS[dice.choice(["electric", "gas"])])


@kind("stage")
def stage_yes_or_no(dice, ledger):
    ledger.headings["stage"] = dice.choice(["是否改造", "是否完成"])
    for line in ledger.of_homes():
        clean = line.home and line.home.heating in CLEAN
        line.cells["stage"] = dice.choice(["是", "是 ", ""] if clean else ["否", "", "否"])


@kind("occupancy")
def occupancy_yes_or_no(dice, ledger):
    ledger.headings["occupancy"] = dice.choice(["是否常住", "是否居住"])
    for line in ledger.of_homes():
        yes, no = ["是", "√", "有", "1"], ["否", "×", "无"]
        line.cells["occupancy"] = dice.choice(yes if line.home and line.home.occupied else no)


@kind("occupancy")
def occupancy_empty_or_not(dice, ledger):
    """A tick where the home is empty, else nothing."""
    ledger.headings["occupancy"] = "是否空置"
    for line in ledger.of_homes():
        line.cells["occupancy"] = dice.choice(
            ["", "否"] if line.home and line.home.occupied else ["√", "是"]
        )


@kind("occupancy")
def occupancy_unreadable(dice, ledger):
    for line in some(dice, homes_of(ledger, lambda home: home.heating == "coal")):
        line.home.occupied = False
        lose(line, "occupancy", dice.choice(["有时", "过年回来", "？"]))


# days and years -----------------------------------------------------------------------------------


def date_each(dice: random.Random, ledger: Ledger, ways: list[Callable[[date], object]]) -> None:
    for line in ledger.of_homes():
        if line.home and line.home.accepted:
            line.cells["accepted"] = dice.choice(ways)(line.home.accepted)


@kind("days")
def days_as_typed(dice, ledger):
    date_each(dice, ledger, [
        lambda d: f"{d.year}.{d.month}.{d.day}", lambda d: f"{d.year}年{d.month}月{d.day}日",
        lambda d: f"{d:%Y%m%d}", lambda d: f"{d.year}/{d.month}/{d.day}", lambda d: f"{d} 00:00:00",
        lambda d: f"{d.year}-{d.month:02}-{d.day:02}日",
    ])  # fmt: skip


@kind("days")
def days_spaced_and_wide(dice, ledger):
    date_each(dice, ledger, [
        lambda d: f" {d.year} . {d.month} . {d.day} ",
        lambda d: f"{d.year} 年 {d.month} 月 {d.day} 日",
        lambda d: wide(f"{d.year}.{d.month}.{d.day}"), lambda d: wide(d.isoformat()),
    ])  # fmt: skip


@kind("days", ("xlsx", "xls"))
def days_of_the_program(dice, ledger):
    """Dates as Excel keeps them: serial numbers with a format, or without one."""
    date_each(dice, ledger, [lambda d: d, lambda d: (d - date(1899, 12, 30)).days])


@kind("days", ("xlsx", "xls"))
def days_since_1904(dice, ledger):
    ledger.since_1904 = True
    date_each(dice, ledger, [lambda d: d, lambda d: (d - date(1904, 1, 1)).days])


@kind("days", WORKBOOKS)
def days_of_serials_as_text(dice, ledger):
    date_each(dice, ledger, [lambda d: f"{(d - date(1899, 12, 30)).days}", lambda d: d.isoformat()])


@kind("days")
def days_to_the_month(dice, ledger):
    ledger.quiet.add("date_coarse")
    date_each(dice, ledger, [lambda d: f"{d.year}年{d.month}月", lambda d: f"{d.year}年{d.month}月份",
                             lambda d: f"{d.year}.{d.month:02}",
                             lambda d: d.isoformat()])  # fmt: skip
    for line in ledger.of_homes():
        if re.fullmatch(r"\d{4}\.10", str(line.cells["accepted"])):
            line.cells["accepted"] = "2024年10月"


@kind("days")
def days_to_the_year(dice, ledger):
    ledger.quiet.add("date_coarse")
    for line in some(dice, homes_of(ledger, lambda home: home.accepted), 5):
        day = line.home.accepted
        lose(line, "accepted", dice.choice([f"{day.year}", f"{day.year}年"]))


@kind("days")
def days_that_cannot_be(dice, ledger):
    for line in some(dice, homes_of(ledger, lambda home: home.accepted)):
        lose(
            line,
            "accepted",
            dice.choice(["2024.13.5", "2024-02-30", "2024.1", "去年", "24.6.1", "6月"]),
        )


@kind("year")
def years_as_text(dice, ledger):
    for line in homes_of(ledger, lambda home: home.year):
        year = line.home.year
        line.cells["year"] = dice.choice(
            [f"{year}年", f"{year}年度", wide(year), f"{year} ", f"{year}.0"]
        )


@kind("year")
def years_that_are_wrong(dice, ledger):
    """Slips that leave a number: the plan year of a home is not the one it was done in."""
    done = homes_of(ledger, lambda home: home.accepted and home.year == 2024)
    for line, year in zip(some(dice, done, 5), (24, 2042, "24年", 0, 20204), strict=False):
        lose(line, "year", year)


@kind("year")
def years_after_their_day(dice, ledger):
    """This year's plan with an acceptance of years ago: what was done is of earlier years."""
    for line in some(dice, homes_of(ledger, lambda home: home.accepted and home.year == 2022)):
        line.cells["year"] = line.home.year = 2024
    ledger.quiet |= {"accepted_before_start"}


@kind("acceptance")
def acceptance_unreadable(dice, ledger):
    done = homes_of(ledger, lambda home: home.accepted)
    for line, column in zip(some(dice, done), ("result", "by", "result"), strict=False):
        lose(line, column, dice.choice(["基本合格？", "见验收单", "#N/A"]))
