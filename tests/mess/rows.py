"""Kinds of mess in the rows, headings and files of a ledger."""

from __future__ import annotations

from mess.kinds import homes_of, kind, lose, some, wide
from mess.ledger import FORMS, WORDS, Line


def put(dice, ledger, rows, *, least=1):
    """Put rows of no home somewhere between the homes."""
    for row in rows:
        ledger.lines.insert(dice.randint(least, len(ledger.lines)), Line({}, None, row))


def row_of(ledger, **cells):
    columns = [one for one in ledger.headings if one != "village" or not ledger.by_village]
    return [cells.get(column, "") for column in columns]


@kind("titles")
def titles_above(dice, ledger):
    town = ledger.town.name
    ledger.titles = [
        [f"{town}2024年清洁取暖台账"], [f"填报单位：{town}人民政府", "", "", "填报日期：2024年10月31日"],
    ][: dice.randint(1, 2)]  # fmt: skip


@kind("titles")
def titles_in_two_rows(dice, ledger):
    """A row of groups above the headings."""
    at = list(ledger.headings)
    groups = [""] * len(at)
    for column, name in (("id", "基本情况"), ("accepted", "改造情况"), ("lon", "坐标")):
        groups[at.index(column)] = name
    ledger.titles = [[f"{ledger.town.name}台账"], groups]


@kind("titles")
def units_in_a_row_below(dice, ledger):
    units = {"area": "平方米", "kwh": "千瓦时"}
    if (ledger.headings["area"], ledger.headings["kwh"]) == ("建筑面积", "取暖用电量"):
        ledger.below = [row_of(ledger, **units)]


@kind("totals")
def totals_at_the_end(dice, ledger):
    homes = len(ledger.of_homes())
    word = dice.choice(["合计", "合计：", "合 计", "总计", f"{ledger.town.name}合计", "共计"])
    area = sum(line.home.area for line in ledger.of_homes())
    ledger.lines.append(Line({}, None, row_of(ledger, id=word, owner=f"{homes}户", area=area)))


@kind("totals")
def totals_of_villages(dice, ledger):
    last = {line.home.village: line for line in ledger.of_homes()}
    for village, line in last.items():
        area = sum(home.area for home in ledger.town.of(village))
        word = dice.choice(["小计", "小计：", f"{village}小计", "本村合计"])
        at = ledger.lines.index(line) + 1
        ledger.lines.insert(at, Line({}, None, row_of(ledger, id=word, area=area, kwh=9999)))


@kind("notes")
def notes_at_the_end(dice, ledger):
    rows = [
        ["制表人：张三", "", "审核人：李四"], ["注：本表一式两份，以上数据截至十月底。"], ["填报单位（盖章）："],
        ["说明：空置户不列入任务"], ["第1页，共3页"], ["单位负责人：", "", "", "联系电话：5551234"],
    ]  # fmt: skip
    ledger.lines += [Line({}, None, row) for row in dice.sample(rows, 3)]


@kind("headings again")
def headings_repeated(dice, ledger):
    put(dice, ledger, [list(ledger.headings.values()) for _ in range(dice.randint(1, 3))])


@kind("blank rows")
def rows_blank(dice, ledger):
    put(dice, ledger, [[""] * 3 for _ in range(dice.randint(1, 5))])


@kind("blank rows")
def rows_of_a_form_that_are_not_filled(dice, ledger):
    first = len(ledger.of_homes()) + 1
    ledger.lines += [
        Line({}, None, row_of(ledger, id=first + n)) for n in range(dice.randint(2, 20))
    ]


@kind("village", ["xlsx"])
def sheet_a_village(dice, ledger):
    ledger.by_village, ledger.notes_sheet = True, dice.random() < 0.7
    for village in ledger.town.villages:  # the numbers start again
        for number, line in enumerate(
            (one for one in ledger.of_homes() if one.home.village == village), 1
        ):
            line.cells["id"] = number
            line.home.key = f"{ledger.town.village_code(village)}-{number}"


@kind("village", ["xlsx"])
def villages_in_merged_cells(dice, ledger):
    """Only the first row of a village names it; where a home has no place, nothing else tells."""
    ledger.merged = True
    for line in some(dice, ledger.of_homes()[1::2], 4):
        line.home.placed = False
        line.cells |= {"lon": "", "lat": ""}


@kind("hidden", ["xlsx"])
def rows_hidden(dice, ledger):
    for line in some(dice, ledger.of_homes(), 8):
        line.hidden = True


@kind("hidden", ["xlsx"])
def columns_hidden(dice, ledger):
    ledger.hidden_column = dice.choice(["heating", "accepted", "area"])


@kind("headings")
def headings_of_their_own(dice, ledger):
    """Usual headings, but not those of the others."""
    others = {"village": "所在村", "heating": "现取暖方式", "accepted": "验收时间", "result": "验收结论",
              "by": "验收方", "year": "任务年度", "owner": "姓名"}  # fmt: skip
    usual = {"village": "村名", "heating": "取暖方式", "accepted": "验收日期", "result": "验收结果",
             "by": "验收单位", "year": "改造年度", "owner": "户主"}  # fmt: skip
    for column, heading in others.items():
        if ledger.headings[column] == usual[column]:
            ledger.headings[column] = heading


@kind("headings")
def headings_nobody_knows(dice, ledger):
    """The office explains them in project.toml."""
    own = {"heating": ("怎么取暖", "取暖方式"), "accepted": ("验收那天", "accepted_on")}
    ledger.headings |= {column: heading for column, (heading, _) in own.items()}
    ledger.entry["rename"] = dict(own.values())


@kind("headings")
def headings_spaced_and_remarked(dice, ledger):
    for column in ("heating", "accepted", "result", "year"):
        word = ledger.headings[column]
        ways = [
            " ".join(word),
            f"{word}（必填）",
            f"*{word}",
            f"{word[:2]}\n{word[2:]}",
            f"{word} ",
        ]
        ledger.headings[column] = dice.choice(ways[:3] if ledger.form not in ("xlsx",) else ways)


@kind("remarks")
def remarks_in_a_column(dice, ledger):
    ledger.headings["remark"] = "备注"
    for line in ledger.of_homes():
        line.cells["remark"] = dice.choice(
            ["", "", "合计两人", "户主外出", "小计", "制表时补录", "见附件"]
        )


@kind("files")
def homes_in_two_files(dice, ledger):
    """The second ledger has some homes of the first again."""
    ledger.again = [Line(dict(line.cells), line.home) for line in some(dice, homes_of(ledger), 6)]
    move(dice, ledger)
    ledger.quiet.add("duplicate_row")


def move(dice, ledger, most=1):
    """Homes that the second ledger has alone."""
    twice = {line.home for line in ledger.again}
    alone = [line for line in homes_of(ledger) if line.home not in twice]
    moved = some(dice, alone, most)
    ledger.lines = [line for line in ledger.lines if line not in moved]
    ledger.again += moved


@kind("files")
def homes_split_over_two_files(dice, ledger):
    move(dice, ledger, 12)


@kind("files")
def homes_otherwise_in_two_files(dice, ledger):
    """The second ledger has some homes again, and says other things of them."""
    for line in some(dice, homes_of(ledger)):
        other = dict(line.cells)
        other["heating"] = WORDS["gas" if line.home.heating != "gas" else "coal"]
        ledger.again.append(Line(other, line.home))
        line.home.lost |= {"id", "heating"}
    move(dice, ledger)


@kind("files", [one for one in FORMS if one != "ods"])
def homes_in_two_files_by_other_numbers(dice, ledger):
    """The second ledger kept the noughts that the first one lost, or made decimals of numbers."""
    for line in some(dice, homes_of(ledger), 5):
        number = line.cells["id"]
        if isinstance(number, int):
            ways = [f"{number:04}", f"{number}.0", wide(number)]
            ledger.again.append(Line(line.cells | {"id": dice.choice(ways)}, line.home))
    move(dice, ledger)
    ledger.quiet.add("duplicate_row")


@kind("village gone")
def village_without_homes(dice, ledger):
    """A village that no row of the ledger names."""
    village = dice.choice(ledger.town.villages)
    ledger.town.unlisted = village
    ledger.town.homes = [home for home in ledger.town.homes if home.village != village]
    ledger.lines = [line for line in ledger.lines if not line.home or line.home.village != village]


@kind("village gone")
def township_without_ledger(dice, ledger):
    ledger.town.missing = True


@kind("occupancy")
def homes_without_heating(dice, ledger):
    for line in some(dice, homes_of(ledger, lambda home: home.heating == "coal")):
        line.cells["heating"] = dice.choice(["无", "未取暖", "没有"])


@kind("heating")
def homes_that_burn_again(dice, ledger):
    """Accepted, and on coal all the same."""
    for line in some(dice, homes_of(ledger, lambda home: home.accepted)):
        line.home.heating = "coal"
        line.cells["heating"] = "散煤"
    ledger.quiet |= {"accepted_not_clean", "conversion_burning"}


@kind("village")
def village_lost(dice, ledger):
    for line in some(dice, homes_of(ledger, lambda home: home.placed)):
        lose(line, "village", "")
