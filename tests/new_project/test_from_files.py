"""`nuantu new --from`: what each file is taken for, and a project.toml that can be read."""

import json
import re
import tomllib

import pytest
from layers.made import drawing
from shapely.geometry import box, mapping

from gis.errors import InputError
from gis.inputs import read_settings
from gis.layers.placeholders import placeholders
from gis.layers.toml_model import read_toml
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
    with pytest.raises(InputError, match="找不到"):
        project_from_files(tmp_path / "new", [tmp_path / "没有.csv"], None)
    (tmp_path / "a.csv").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="is not empty"):
        project_from_files(tmp_path, [tmp_path / "a.csv"], None)


@pytest.fixture
def written(tmp_path, reader):
    """A drawing, transformers in kW and a ledger of what is planned, as project.toml has them."""
    drawing(
        tmp_path / "管网.dxf",
        {"供热一次网": [[(0, 0), (9, 9)]], "图框": [[(0, 0), (1, 1)]]},
        "R2000",
    )
    (tmp_path / "台区.csv").write_text(
        "台区编号,所属村,容量（kVA）,最大负荷（kW）,经度,纬度\nT1,东村,200,95.5,110.7,35.6\n",
        encoding="utf-8",
    )
    (tmp_path / "甲镇.csv").write_text(
        "序号,村名,取暖方式,拟改造方式,经度,纬度\n1,东村,煤,煤改电,110.7,35.6\n", encoding="utf-8"
    )
    folder = tmp_path / "project"
    project_from_files(folder, sorted(tmp_path.glob("*.*")), reader)
    return folder / "project.toml"


SUGGESTED = re.compile(r"^# (?=[a-z_]+ = )", re.MULTILINE)


def test_every_suggested_key_is_toml_on_a_line_of_its_own(written):
    text = written.read_text("utf-8")
    places = [found.span() for found in SUGGESTED.finditer(text)]
    keys = [text[end:].split(" ")[0] for _, end in places]
    assert sorted(keys) == ["cad", "factors", "rename"]
    for start, end in places:
        tomllib.loads(text[:start] + text[end:])
    whole = tomllib.loads(SUGGESTED.sub("", text))
    assert whole["layers"]["heat_pipes"]["cad"] == {
        "in_service": ["供热一次网"], "leave_out": ["图框"],
    }  # fmt: skip
    (power,) = whole["layers"]["transformers"]["factors"].values()
    assert power == pytest.approx(1 / 0.95, abs=0.001)
    ledger = whole["layers"]["households"]["files"][0]
    assert ledger["rename"] == {"拟改造方式": "device_chosen"}
    for line in text.splitlines():  # no key hides in an explanation
        assert not line.startswith("#") or SUGGESTED.match(line) or " = {" not in line


def test_a_line_of_explanation_without_its_sign_is_named_as_one(written):
    text = written.read_text("utf-8")
    said = "# 各 CAD 图层是什么"
    assert said in text
    written.write_text(text.replace(said, said[2:]), encoding="utf-8")
    with pytest.raises(InputError, match="像是说明文字：“各 CAD 图层是什么"):
        read_toml(written)
    written.write_text(text.replace(said, 'x = "第 1 行，说明'), encoding="utf-8")
    with pytest.raises(InputError, match="引号、括号、等号"):
        read_toml(written)


def test_the_words_of_the_offices_own_notice_are_no_placeholder(made, tmp_path):
    folder, _ = made
    for own in folder.iterdir():
        (tmp_path / own.name).write_bytes(own.read_bytes())
    path = tmp_path / "project.toml"
    number = "某政发〔2023〕12号"
    text = path.read_text("utf-8").replace("demonstration = true", "")
    path.write_text(text.replace("绛政发〔2023〕12号", number), encoding="utf-8")

    def flagged():
        found = placeholders(read_settings(tmp_path).project, None)
        return {one.message.zh for one in found if one.layer == "project.toml"}

    assert any(number in text and "project.toml 的 zones" in text for text in flagged())
    notice = NOTICE.replace("绛政发〔2023〕12号", number)
    (tmp_path / "公告.txt").write_text(notice, encoding="gb18030")
    assert not any(number in text for text in flagged())
    assert any("某市" in text for text in flagged())
