"""`nuantu roll`: last year is stock, nothing is counted or settled twice, the rest is untouched."""

import sqlite3
import tomllib
from contextlib import closing
from datetime import date

import pandas as pd
import pytest
import small_town
import town

import gis
from gis.audit.evidence import last_full_season
from gis.audit.settlement import settle_season
from gis.errors import InputError
from gis.new_project.roll import roll_project
from gis.record import FILE, OfficeRecord

DONE = {
    "采暖方式": "电", "验收日期": "2024-09-01", "验收结果": "合格", "验收单位": "第三方",
    "计划年度": 2024, "列入本年计划": "是", "设备类型": "空气源热泵热风机",
    "取暖用电量": 2000.0,
}  # fmt: skip


@pytest.fixture
def old(tmp_path):
    """The small town: 12 of FAR were listed for 2024, eight of them converted and metered."""
    folder = tmp_path / "town-2024"
    small_town.write(folder, '[scenario.later.policy]\ndeadline = 2024-12-01 # "2024"\n')
    ledger = pd.read_csv(folder / "households.csv", encoding="gb18030", dtype={"行政村代码": "str"})
    far = (ledger["行政村代码"] == small_town.FAR).to_numpy()
    for name, value in DONE.items():
        ledger.loc[far & (ledger["户编号"].str[-3:] < "008"), name] = value
    ledger.to_csv(folder / "households.csv", index=False, encoding="gb18030")
    return folder


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_year_later_last_year_is_stock_and_nothing_is_settled_again(old, tmp_path):
    before, new = contents(old), tmp_path / "town-2025"
    made = roll_project(old, new)
    assert contents(old) == before
    assert (made.year, made.begins, made.kept) == (2025, date(2025, 4, 1), "targets-2024.csv")
    assert (new / "targets-2024.csv").read_bytes() == before["targets.csv"]
    (new / "targets.csv").write_text(
        "unit_code,unit,electric\n140882001,甲镇,5\n", encoding="utf-8"
    )

    year = gis.open_project(old).run()
    units = year.progress.units.set_index(["unit_code", "mode"])
    now = units.loc["140882001", "electric"]
    # the four of the list that still burn coal, and the eight converted: 12 in the batch
    assert now[["batch", "completed", "stock"]].tolist() == [12, 8, 0]
    assert not now["batch_draft"]

    after = gis.open_project(new, as_of="2025-10-31").run()
    now = after.progress.units.set_index(["unit_code", "mode"]).loc["140882001", "electric"]
    # no list yet, and 22 homes of FAR do not fit into five: nothing is taken from last year's list
    assert now[["batch", "completed", "stock"]].tolist() == [0, 0, 8]
    assert now["batch_draft"]
    told = {one.code: one.message.en for one in after.facts.problems if "list_" in one.code}
    assert told["list_of_another_year"].startswith("8 homes")
    assert told["list_before_programme"].startswith("4 homes")  # these have no plan_year

    seasons = [last_full_season(run.inputs.as_of, run.inputs.policy) for run in (year, after)]
    assert [one.year for one in seasons] == [2023, 2024]
    claims = settle_season(after.facts, after.inputs.policy, seasons[1], date(2025, 10, 31))
    assert claims.households["due_fen"].sum() == 0
    assert set(claims.households["exception"]) == {"other_season"}


def test_the_years_and_days_of_the_files(old, tmp_path):
    new = tmp_path / "next"
    (old / "project.toml").write_text(
        (old / "project.toml").read_text("utf-8").replace(
            'name = "town"', 'name = "town-2024" # 2024-2025\nexpires_on = 2025-03-31'
        ),
        encoding="utf-8",
    )  # fmt: skip
    roll_project(old, new)
    project = (new / "project.toml").read_text("utf-8")
    assert 'name = "town-2025" # 2025-2026\n# expires_on = 2025-03-31\n' in project
    assert "as_of = 2025-04-01\n" in project
    assert "[layers.households]\nas_of = 2024-10-31\n" in project
    assert project.count("as_of") == 2
    policy = (new / "policy.toml").read_text("utf-8")
    assert "plan_year = 2025\nprogramme_start = 2025-04-01\ndeadline = 2025-11-15\n" in policy
    assert 'deadline = 2025-12-01 # "2024"\n' in policy
    text = (new / "targets.csv").read_text("utf-8-sig")
    assert text == "unit_code,unit,electric,gas,central,total\n140882001,甲镇,,,,\n"
    others = [path.name for path in old.iterdir() if path.suffix not in (".toml",)]
    others.remove("targets.csv")
    assert all((new / name).read_bytes() == (old / name).read_bytes() for name in others)


def test_a_day_that_the_ledger_has_is_kept(old, tmp_path):
    path = old / "project.toml"
    path.write_text(
        path.read_text("utf-8").replace(
            "[layers.households]\n", "[layers.households]\nas_of = 2024-10-25\n"
        ),
        encoding="utf-8",
    )
    roll_project(old, tmp_path / "next")
    assert "as_of = 2024-10-25\n" in (tmp_path / "next" / "project.toml").read_text("utf-8")


def test_each_ledger_of_several_gets_its_day_and_a_new_one_none(old, tmp_path):
    """As the desk and `new --from` write them: without any key of the whole layer."""
    path = old / "project.toml"
    text, ledger = path.read_text("utf-8"), (old / "households.csv").read_bytes()
    head = text.index("[layers.households]")
    end = text.index("[", head + 1)
    files = "".join(
        f'[[layers.households.files]]\npath = "{name}.csv"\n{day}township = "甲镇"\n\n'
        for name, day in (("a", ""), ("b", "as_of = 2024-09-30\n"))
    )
    path.write_text(text[:head] + files + text[end:], encoding="utf-8")
    (old / "a.csv").write_bytes(ledger)
    (old / "b.csv").write_bytes(ledger)
    roll_project(old, tmp_path / "next")
    read = tomllib.loads((tmp_path / "next" / "project.toml").read_text("utf-8"))
    assert read["layers"]["households"]["files"] == [
        {"path": "a.csv", "as_of": date(2024, 10, 31), "township": "甲镇"},
        {"path": "b.csv", "as_of": date(2024, 9, 30), "township": "甲镇"},
    ]
    assert "as_of" not in read["layers"]["households"]


def refused(old, new):
    before = contents(old)
    with pytest.raises(InputError) as error:
        roll_project(old, new)
    assert contents(old) == before
    return str(error.value)


def test_a_folder_that_is_not_empty_or_lies_inside(old, tmp_path):
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "a").write_text("x", encoding="utf-8")
    assert "已有东西" in refused(old, taken)
    assert [path.name for path in taken.iterdir()] == ["a"]
    assert "里面" in refused(old, old / "next")


def test_keys_that_cannot_be_changed_leave_nothing_behind(old, tmp_path):
    path = old / "policy.toml"
    text = path.read_text("utf-8").replace("[policy]\n", "", 1)
    for key in ("name", "document", "plan_year", "programme_start", "deadline"):
        text = text.replace(f"\n{key} = ", f"\npolicy.{key} = ", 1)
    path.write_text(text, encoding="utf-8")
    assert text != town.POLICY
    assert "单独写成一行" in refused(old, tmp_path / "next")
    assert not (tmp_path / "next").exists()


def test_the_office_record_comes_along_whole(old, tmp_path):
    record = OfficeRecord(old)
    with record.changing("王芳", "会议") as change:
        change.insert("rulings", {"village_code": small_town.FAR, "approach": "electric"})
    with closing(sqlite3.connect(record.path)) as db:  # as QGIS leaves it while it is open
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("UPDATE rulings SET status = 'approved'")
        db.commit()
        roll_project(old, tmp_path / "new")
    assert not list((tmp_path / "new").glob(f"{FILE}-*"))
    copy = OfficeRecord(tmp_path / "new")
    assert copy.journal() == record.journal()
    assert copy.rows("rulings")[0]["status"] == "approved"
