"""Files as a clerk names them for a new project: missing, twice, open, other kinds, folders."""

import struct

import pytest
import xlsxwriter

from gis.errors import InputError
from gis.new_project.from_files import project_from_files
from gis.new_project.offered_files import offered_files

LEDGER = "序号,村名,取暖方式,经度,纬度\n1,东村,煤,110.7,35.6\n"


def write(path, text=LEDGER):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def encrypted(path):
    """The smallest compound file with an encrypted package, as Excel writes with a password."""

    def entry(name, kind, child):
        raw = name.encode("utf-16-le") + b"\0\0"
        links = struct.pack("<HBBIII", len(raw), kind, 1, 2**32 - 1, 2**32 - 1, child)
        return raw.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", 2**32 - 2, 0)

    free, end = 2**32 - 1, 2**32 - 2
    head = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    head += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<10I", 0, 1, 1, 0, 4096, end, 0, end, 0, 0)
    head += struct.pack("<I", free) * 108
    table = struct.pack("<2I", 2**32 - 3, end) + struct.pack("<I", free) * 126
    folder = entry("Root Entry", 5, 1) + entry("EncryptedPackage", 2, free)
    path.write_bytes(head + table + folder.ljust(512, b"\0"))


def names(offered):
    return [file.name for file in offered.files]


def test_a_missing_file_is_named_with_those_like_it(tmp_path):
    write(tmp_path / "城关镇.csv")
    with pytest.raises(InputError, match=r"找不到：.*城管镇.csv；相近的有：城关镇.csv"):
        offered_files([tmp_path / "城管镇.csv"])


def test_a_folder_stands_for_its_files(tmp_path):
    for name in ("b.csv", "a.csv", ".hidden", "~$a.xlsx"):
        write(tmp_path / "台账" / name, LEDGER + name)
    (tmp_path / "台账" / "旧").mkdir()
    found = offered_files([tmp_path / "台账"])
    assert names(found) == ["a.csv", "b.csv"]
    assert [name for name, _ in found.left_out] == ["~$a.xlsx"]
    assert "临时文件" in found.left_out[0][1].zh
    (tmp_path / "空").mkdir()
    with pytest.raises(InputError, match="空文件夹"):
        offered_files([tmp_path / "空"])


def test_a_file_named_twice_or_copied_is_read_once(tmp_path):
    one = write(tmp_path / "a.csv")
    copy, same = write(tmp_path / "副本a.csv"), write(tmp_path / "b" / "a.csv")
    found = offered_files([one, one, copy, same])
    assert names(found) == ["a.csv"]
    assert [name for name, _ in found.left_out] == ["a.csv", "副本a.csv", "a.csv"]
    assert "写了两遍" in found.left_out[0][1].zh
    assert "内容完全相同" in found.left_out[1][1].zh
    write(same, LEDGER + "2,东村,煤,110.7,35.6\n")
    with pytest.raises(InputError, match="同名而内容不同"):
        offered_files([one, same])


def test_a_shapefile_comes_with_its_parts_and_a_part_not_without_it(tmp_path):
    for part in ("shp", "shx", "dbf", "txt"):
        write(tmp_path / f"村界.{part}", "x")
    write(tmp_path / "管网.shp", "y")
    write(tmp_path / "管网.dbf", "x")  # the same bytes as another's: no copy
    found = offered_files([tmp_path / "村界.shp", tmp_path / "管网.shp"])
    assert names(found) == ["村界.shp", "村界.dbf", "村界.shx", "管网.shp", "管网.dbf"]
    assert not found.left_out
    (tmp_path / "台区.dbf").write_text("z", encoding="utf-8")
    with pytest.raises(InputError, match=r"缺 台区.shp"):
        offered_files([tmp_path / "台区.dbf"])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("通知.doc", "是文档或图片（.doc），不能读。请把其中的表格复制到 Excel"),
        ("扫描.PDF", "是文档或图片（.pdf），不能读"),
        ("空表.xlsx", "里没有数据"),
        ("加密.xlsx", "有密码保护，请先去掉密码"),
        ("坏.xlsx", "不是完整的工作簿"),
    ],
)
def test_nothing_is_made_of_files_that_cannot_be_read(tmp_path, reader, name, said):
    file = tmp_path / name
    if name == "空表.xlsx":
        xlsxwriter.Workbook(file).close()
    elif name == "加密.xlsx":
        encrypted(file)
    else:
        file.write_bytes(b"")
    with pytest.raises(InputError) as refused:
        project_from_files(tmp_path / "new", [file], reader)
    assert said in refused.value.message.zh
    assert "一个文件也没有认出" in refused.value.message.zh
    assert not (tmp_path / "new").exists()


def test_what_cannot_be_read_is_told_beside_what_can(tmp_path, reader):
    files = [write(tmp_path / "甲镇.csv"), write(tmp_path / "通知.docx", "")]
    folder = tmp_path / "new"
    taken = project_from_files(folder, files, reader)
    assert [one.layer for one in taken] == ["households", ""]
    assert taken[1].said.zh.startswith("通知.docx：未写入。通知.docx 是文档或图片")
    assert "通知.docx" not in (folder / "project.toml").read_text("utf-8")


def test_the_folder_comes_before_the_files(tmp_path):
    ledger = write(tmp_path / "a.csv")
    with pytest.raises(InputError, match="请先写新文件夹的名字"):
        project_from_files(ledger, [write(tmp_path / "b.csv", LEDGER + "2")], None)
