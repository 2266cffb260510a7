"""`nuantu new --from`: what each file is taken for, and a project.toml that can be read."""

import json
import tomllib

import pytest
from shapely.geometry import box, mapping

from gis.errors import InputError
from gis.inputs import read_settings
from gis.new_project.from_files import project_from_files
from gis.pipeline import Pipeline

NAMES = [("甲镇", "东村"), ("甲镇", "王家庄"), ("乙镇", "王家庄")]
NOTICE = "关于划定禁燃区的通告（绛政发〔2023〕12号）\n范围：甲镇东村、王家庄。\n自2023年10月1日起施行。\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory, reader):
    """Borders, two ledgers numbered from 1, a notice, targets and a file that is nothing."""
    own = tmp_path_factory.mktemp("files")
    features = [
        {"type": "Feature", "properties": {"村名": village, "XZQ": town},
         "geometry": mapping(box(110.7 + i / 100, 35.6, 110.71 + i / 100, 35.61))}
        for i, (town, village) in enumerate(NAMES)
    ]  # fmt: skip
    shapes = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    (own / "村界.geojson").write_text(shapes, encoding="utf-8")
    for town, villages in (("甲镇", [0, 1]), ("乙镇", [2])):
        rows = [
            f"{n},{NAMES[v][1]},煤,{110.703 + v / 100},{35.603 + n / 10000}"
            for n, v in enumerate(villages * 10, 1)
        ]
        text = "序号,村名,取暖方式,经度,纬度\n" + "\n".join(rows)
        (own / f"{town}.csv").write_text(text + "\n", encoding="utf-8")
    (own / "公告.txt").write_text(NOTICE, encoding="gb18030")
    (own / "任务.csv").write_text("乡镇,煤改电\n甲镇,12\n", encoding="utf-8")
    (own / "菜单.csv").write_text("菜名,价格\n面,5\n", encoding="utf-8")
    (own / "图.dwg").write_bytes(b"AC1032")
    folder = own / "project"
    return folder, project_from_files(folder, sorted(own.glob("*.*")), reader)


def test_what_each_file_was_taken_for_and_why(made):
    _, taken = made
    assert {one.file: one.layer for one in taken} == {
        "村界.geojson": "villages", "甲镇.csv": "households", "乙镇.csv": "households",
        "公告.txt": "coal_ban_zones", "任务.csv": "targets", "菜单.csv": "", "图.dwg": "",
    }  # fmt: skip
    said = {one.file: one.said.zh for one in taken}
    assert "20 行" in said["甲镇.csv"]
    assert "取暖方式" in said["甲镇.csv"]
    assert "菜名" in said["菜单.csv"]
    assert "DXF" in said["图.dwg"]


def test_the_project_is_written_with_what_the_files_leave_open(made):
    folder, _ = made
    written = tomllib.loads((folder / "project.toml").read_text("utf-8"))
    files = {one["path"]: one for one in written["layers"]["households"]["files"]}
    assert {path: (one["township"], one["id"]) for path, one in files.items()} == {
        "甲镇.csv": ("甲镇", "序号"), "乙镇.csv": ("乙镇", "序号"),
    }  # fmt: skip
    assert written["layers"]["villages"]["rename"] == {"XZQ": "township"}
    assert written["project"]["targets"] == "任务.csv"
    zone = written["zones"][0]
    assert zone["document_no"] == "绛政发〔2023〕12号"
    assert zone["effective_on"].isoformat() == "2023-10-01"
    assert zone["include_villages"] == ["东村", "甲镇王家庄"]  # the one of the other town is not


def test_every_home_counts_in_its_village_once_the_placeholders_are_gone(made):
    folder, _ = made
    path = folder / "project.toml"
    text = path.read_text("utf-8").replace("[project]", "[project]\ndemonstration = true")
    path.write_text(text.replace("GCJ-02", "EPSG:4490"), encoding="utf-8")  # as check advises
    stages = Pipeline()
    facts = stages.place(stages.check(stages.read(read_settings(folder))))
    counts = facts.villages.set_index(["township", "village"])["households"]
    assert counts.to_dict() == {NAMES[0]: 10, NAMES[1]: 10, NAMES[2]: 10}


def test_a_missing_file_and_a_folder_in_use_are_refused(tmp_path):
    with pytest.raises(InputError, match="找不到文件"):
        project_from_files(tmp_path / "new", [tmp_path / "没有.csv"], None)
    (tmp_path / "a.csv").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="is not empty"):
        project_from_files(tmp_path, [tmp_path / "a.csv"], None)
