"""Next year's project is made beside this one, which nothing of it touches."""

import html
import shutil
import tomllib

import pytest

import gis


def whole(folder):
    return {
        str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()
    }


def refused(clerk, name):
    """What is said of a name that makes no folder."""
    fields = {"name": name, "change": clerk.keys.change}
    answer = clerk.client.post("/roll/begin", data=fields)
    assert answer.status_code == 400
    return answer.text


def test_it_is_made_beside_this_one_and_says_what_came_along(explained):
    told = {"who": "王芳", "why": "会议纪要"}
    gis.open_project(explained.folder).record.rule("150101100202", "gas", **told)
    page = explained.page("/roll")
    assert "由 2024 年度的项目新建 2025 年度的项目" in page
    assert "现为 2024-04-01 至 2024-11-15" in page
    assert 'value="project-2025"' in page
    before = whole(explained.folder)
    page = html.unescape(explained.send("/roll/begin", {"name": "甲县2025"}))
    new = explained.folder.with_name("甲县2025")
    assert "已建 甲县2025：2025 年度，截至 2025-04-01。" in page
    files = whole(new)
    assert f"有 {len(files)} 个文件。 路线批复 1 条。" in page
    assert f'nuantu desk "{new}"' in page
    assert "上年任务表" not in page  # it had another name than the new one, which is beside it
    assert whole(explained.folder) == before
    apart = {"project.toml", "policy.toml", "targets.csv", ".nuantu-desk.lock"}
    assert {name: files[name] for name in files.keys() - apart - {"office.gpkg"}} == {
        name: before[name] for name in before.keys() - apart - {"office.gpkg"}
    }
    project = tomllib.loads(files["project.toml"].decode())
    assert [str(one["as_of"]) for one in project["layers"]["households"]["files"]] == [
        "2024-10-31"
    ] * 2
    assert gis.open_project(new).record.rows("rulings")["approach"].to_list() == ["gas"]
    assert "甲县2025" in explained.page("/roll")  # still said when the page is loaded again


def test_the_folder_is_named_after_the_next_year(open_desk, explained_folder, tmp_path):
    clerk = open_desk(shutil.copytree(explained_folder, tmp_path / "甲县2024"))
    assert 'value="甲县2025"' in clerk.page("/roll")


@pytest.mark.parametrize(
    "name", ["", "..", "../x", "a/b", "C:\\x", ".x", "con", "x" * 300, "a\x00"]
)
def test_a_name_that_is_none_makes_nothing(explained, name):
    beside = sorted(explained.folder.parent.iterdir())
    assert "不能作文件夹名" in refused(explained, name)
    assert sorted(explained.folder.parent.iterdir()) == beside


def test_a_folder_with_something_in_it_is_left_alone(explained):
    taken = explained.folder.with_name("taken")
    taken.mkdir()
    (taken / "a.txt").write_text("x", encoding="utf-8")
    page = explained.send("/roll/begin", {"name": "taken"})
    assert "已有东西" in page
    assert whole(taken) == {"a.txt": b"x"}
    assert "已建" not in page


def test_a_desk_that_only_looks_makes_none(explained, open_desk):
    second = open_desk(explained.folder)
    answer = second.client.post("/roll/begin", data={"name": "next", "change": second.keys.change})
    assert answer.status_code == 409
    assert not explained.folder.with_name("next").exists()
