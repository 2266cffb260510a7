"""Hostile and clumsy drops: nothing is written but files of the project, by their own names."""

import io
import stat
import tomllib
import zipfile

import pytest

from gis.desk import uploads
from gis.desk.uploads import receive


def packed(files, method=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def dropped(folder, *files):
    return receive(folder, [(name, io.BytesIO(content)) for name, content in files])


def inside(folder):
    return sorted(one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file())


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "outer" / "project"
    folder.mkdir(parents=True)
    return folder


def link(name, target):
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry, target


HOSTILE_NAMES = [
    "project.toml", "PROJECT.TOML", "policy.toml", "office.gpkg", ".bashrc", "..", ".", "",
    " a.csv",
    "con.csv", "NUL", "a\x00b.csv", "a\nb.csv", "a:b.csv", "a.csv.", "~$a.xlsx", "a\u202egpj.csv",
    "长" * 80 + ".csv", "a.rar", "a.7z", "a.tar.gz",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_name_that_is_not_of_a_layer_is_refused_in_words(place, name):
    result = dropped(place, (name, b"x"))
    assert inside(place.parent) == []
    assert result.written == []
    assert [why.zh != "" and why.en != "" for _, why in result.refused] == [True]


@pytest.mark.parametrize("name", ["../a.csv", "/etc/a.csv", "C:\\x\\a.csv", "x/../../a.csv"])
def test_a_path_in_a_name_is_only_its_last_part(place, name):
    assert dropped(place, (name, b"x")).written == ["a.csv"]
    assert inside(place.parent) == ["project/a.csv"]


@pytest.mark.parametrize("name", ["../a.csv", "/a.csv", "x/../../a.csv", "C:/a.csv", "..\\a.csv"])
def test_an_archive_that_leads_elsewhere_is_left(place, name):
    result = dropped(place, ("all.zip", packed({"good.csv": b"1", name: b"2"})))
    assert inside(place.parent) == []
    assert "别处" in result.refused[0][1].zh


def test_an_archive_with_a_link_is_left(place):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(*link("a.csv", "/etc/passwd"))
    dropped(place, ("a.zip", stream.getvalue()))
    assert inside(place) == []


def test_a_bomb_is_left(place):
    bomb = packed({"a.csv": b"0" * (210 << 20)})
    assert len(bomb) < 1 << 20
    result = dropped(place, ("a.zip", bomb))
    assert inside(place) == []
    assert "压缩率" in result.refused[0][1].zh


def test_an_archive_that_lies_about_its_size_is_left(place, monkeypatch):
    monkeypatch.setattr(uploads, "LARGEST", 1000)
    raw = bytearray(packed({"a.csv": b"0" * 5000}, zipfile.ZIP_STORED))
    at = raw.rfind(b"PK\x01\x02")
    raw[at + 24 : at + 28] = (10).to_bytes(4, "little")
    raw[at + 20 : at + 24] = (10).to_bytes(4, "little")
    result = dropped(place, ("a.zip", bytes(raw)))
    assert inside(place) == []
    assert result.refused


def test_too_many_and_too_large(place, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_FILES", 3)
    monkeypatch.setattr(uploads, "LARGEST", 10)
    assert (
        "4 个文件"
        in dropped(place, ("a.zip", packed(dict.fromkeys("abcd", b"1")))).refused[0][1].zh
    )
    assert inside(place) == []
    assert dropped(place, ("big.csv", b"1" * 11)).refused
    assert dropped(place, ("ok.csv", b"1" * 10)).written == ["ok.csv"]
    many = dropped(place, *[(f"{n}.csv", b"1") for n in range(5)])
    assert many.written == ["0.csv", "1.csv", "2.csv"]
    assert len(many.refused) == 2


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04" + b"x" * 50, b"not a zip"])
def test_a_damaged_archive_is_said_to_be(place, content):
    assert "坏" in dropped(place, ("a.zip", content)).refused[0][1].zh
    assert inside(place) == []


def test_an_archive_with_a_password_is_said_to_be(place):
    raw = bytearray(packed({"a.csv": b"1"}, zipfile.ZIP_STORED))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.find(mark) + at] |= 1
    assert "密码" in dropped(place, ("a.zip", bytes(raw))).refused[0][1].zh
    assert inside(place) == []


def test_what_is_in_an_archive_is_held_to_the_same_rules(place):
    inner = {"sub/村界.csv": b"1", "project.toml": b"x", ".hidden": b"x", "__MACOSX/._a": b"x",
             "in.zip": packed({"z.csv": b"1"}), "other/村界.csv": b"2",
             "路网.gdb/a00000001.gdbtable": b"g"}  # fmt: skip
    result = dropped(place, ("a.zip", packed(inner)))
    assert inside(place) == ["村界.csv", "路网.gdb/a00000001.gdbtable"]
    assert (place / "村界.csv").read_bytes() == b"1"
    assert sorted(name for name, _ in result.refused) == ["in.zip", "project.toml", "村界.csv"]
    assert result.written == ["村界.csv", "路网.gdb"]


def test_names_in_an_archive_of_windows_in_china(place):
    raw = packed({"xxxx.csv": b"1"}, zipfile.ZIP_STORED).replace(b"xxxx", "村界".encode("gb18030"))
    dropped(place, ("a.zip", raw))
    assert inside(place) == ["村界.csv"]


def test_a_link_in_the_project_folder_is_not_written_through(place, tmp_path):
    target = tmp_path / "elsewhere.csv"
    target.write_text("old", encoding="utf-8")
    (place / "a.csv").symlink_to(target)
    assert dropped(place, ("a.csv", b"new")).refused
    assert target.read_text("utf-8") == "old"


def test_a_stream_that_breaks_leaves_the_file_as_it_was(place):
    class Broken(io.BytesIO):
        def read(self, size=-1):
            found = super().read(2)
            if not found:
                raise OSError(28, "No space left on device")
            return found

    (place / "a.csv").write_bytes(b"old")
    result = receive(place, [("a.csv", Broken(b"new rows"))])
    assert inside(place) == ["a.csv"]
    assert (place / "a.csv").read_bytes() == b"old"
    assert "the disk is full" in result.refused[0][1].en


def test_project_toml_never_names_an_archive(clerk):
    ledger = "序号,村名,取暖方式\n1,东村,煤\n".encode()
    clerk.send("/files/drop", {}, [("files", ("甲镇.zip", packed({"甲镇.csv": ledger})))])
    assert inside(clerk.folder) == [".nuantu-desk.lock", "policy.toml", "project.toml", "甲镇.csv"]
    project = tomllib.loads((clerk.folder / "project.toml").read_text("utf-8"))
    assert [one["path"] for one in project["layers"]["households"]["files"]] == ["甲镇.csv"]


def test_a_geodatabase_that_stands_is_not_mixed_with_another(place):
    first = packed({"a/路网.gdb/a00000001.gdbtable": b"1", "a/路网.gdb/gdb": b"x"})
    assert receive(place, [("a.zip", io.BytesIO(first))]).written == ["路网.gdb"]
    second = packed({"路网.gdb/a00000001.gdbtable": b"2", "路网.gdb/b": b"2", "村界.csv": b"v"})
    result = receive(place, [("b.zip", io.BytesIO(second))])
    assert result.written == ["村界.csv"]
    (told,) = result.refused
    assert told[0] == "路网.gdb"
    assert "未动" in told[1].zh
    assert inside(place) == ["村界.csv", "路网.gdb/a00000001.gdbtable", "路网.gdb/gdb"]
    assert (place / "路网.gdb" / "a00000001.gdbtable").read_bytes() == b"1"


def test_a_part_of_a_geodatabase_is_told_to_come_with_the_whole(place):
    result = receive(place, [("a00000001.gdbtable", io.BytesIO(b"1"))])
    assert inside(place) == []
    assert "zip" in result.refused[0][1].zh


@pytest.mark.parametrize("name", ["~$甲镇.xlsx", ".~甲镇.xlsx"])
def test_the_mark_of_an_open_workbook_is_told_apart_from_the_workbook(place, name):
    result = receive(place, [(name, io.BytesIO(b"x"))])
    assert inside(place) == []
    assert "保存并关闭" in result.refused[0][1].zh
