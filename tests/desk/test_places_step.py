"""Names are settled, coordinate systems and drawings explained, zones ticked village by village."""

import tomllib

import pytest
from desk.made_files import home, write_borders, write_ledger

from gis.layers import load, read_project

NAMES = {
    "zone": "城区禁煤区",
    "zone_id": "",
    "effective_on": "2023.10.1",
    "document_no": "甲政〔2023〕2号",
}


def project(clerk):
    return tomllib.loads((clerk.folder / "project.toml").read_text("utf-8"))


def test_a_doubtful_name_is_settled_by_picking_a_village(clerk, tmp_path):
    rows = [home(n, 0, "煤", "东家村") for n in range(1, 4)] + [home(4, 0, "煤")]
    clerk.drop(write_borders(tmp_path), write_ledger(tmp_path, "甲镇台账.csv", rows))
    page = clerk.page("/places")
    assert "东家村" in page
    assert 'name="key.1" value="甲镇/东家村"' in page
    assert '<option value="150101100201">甲镇东村</option>' in page
    fields = {"key.1": "甲镇/东家村", "code.1": "150101100201"}
    page = clerk.send("/places/names", fields)
    assert project(clerk)["names"] == {"甲镇/东家村": "150101100201"}
    homes = load(read_project(clerk.folder)).tables["households"]
    assert homes["village_code"].tolist() == ["150101100201"] * 4
    assert "村名都对上了" in clerk.page("/places")
    clerk.send("/places/names", {"forget.1": "甲镇/东家村"})
    assert project(clerk)["names"] == {}


def test_the_crs_of_a_file_and_exchanged_coordinates(county):
    fields = {"layer": "households", "file": "乙镇台账.csv", "crs": "EPSG:4490", "mend": "1"}
    county.send("/places/crs", fields)
    second, first = project(county)["layers"]["households"]["files"]
    assert (first["crs"], second["crs"]) == ("GCJ-02", "EPSG:4490")
    assert second["mend_swapped"] is True
    county.send("/places/crs", {"layer": "households", "file": "乙镇台账.csv", "crs": ""})
    second = project(county)["layers"]["households"]["files"][0]
    assert "crs" not in second
    assert "mend_swapped" not in second


def test_a_wrong_datum_is_said_at_its_file_and_so_is_a_right_one(county):
    """The coordinates are true ones, and new files are taken for those of phones."""

    def said():
        page = county.page("/places")
        return page.split('value="甲镇台账.csv"', 1)[1].split("</form>", 1)[0]

    assert "按 EPSG:4490 则有 100%" in said()
    for file in ("甲镇台账.csv", "乙镇台账.csv"):
        fields = {"layer": "households", "file": file, "crs": "EPSG:4490"}
        county.send("/places/crs", fields)
    assert "按 EPSG:4490" not in said()
    county.send("/places/cad", {"layer": "heat_pipes", "file": "管网.dxf", "name.1": "一次网",
                                "kind.1": "in_service", "name.2": "图框",
                                "kind.2": "leave_out"})  # fmt: skip
    assert "40 户中 40 户落在本村" in said()


def test_cad_layers_are_explained(county):
    page = county.page("/places")
    assert "没有说明" in page
    fields = {"layer": "heat_pipes", "file": "管网.dxf", "name.1": "一次网", "kind.1": "in_service",
              "name.2": "图框", "kind.2": "leave_out"}  # fmt: skip
    county.send("/places/cad", fields)
    assert project(county)["layers"]["heat_pipes"]["cad"] == {
        "in_service": ["一次网"], "leave_out": ["图框"],
    }  # fmt: skip
    pipes = load(read_project(county.folder)).tables["heat_pipes"]
    assert pipes["status"].tolist() == ["in_service"]
    county.send("/places/cad", fields | {"kind.1": "planned", "kind.2": ""})
    assert project(county)["layers"]["heat_pipes"]["cad"] == {"planned": ["一次网"]}


def test_a_zone_of_ticked_villages(county):
    (zone,) = project(county)["zones"]
    assert zone["include_villages"] == ["东村"]  # as the notice has it
    assert 'value="东村" data-code="150101100201" checked' in county.page("/places")
    county.send("/places/zone", NAMES | {"at": "0", "village": ["甲镇东村", "乙镇王家庄"]})
    (zone,) = project(county)["zones"]
    assert zone == {
        "zone_id": "Z1", "zone": "城区禁煤区", "document_no": "甲政〔2023〕2号",
        "effective_on": zone["effective_on"], "include_villages": ["甲镇东村", "乙镇王家庄"],
    }  # fmt: skip
    assert str(zone["effective_on"]) == "2023-10-01"
    page = county.page("/places")
    assert page.count('data-code="150101100201" checked') == 1
    assert page.count('data-code="150101100202" checked') == 0
    assert page.count('data-code="150101200201" checked') == 1
    areas = load(read_project(county.folder)).tables["coal_ban_zones"].geometry.area / 1e6
    assert f"图上面积 {areas.sum():.2f} 平方千米" in page
    change = NAMES | {
        "at": "0",
        "zone_id": "Z1",
        "village": ["甲镇王家庄"],
        "stated_area_km2": "1.5",
    }
    county.send("/places/zone", change)
    (zone,) = project(county)["zones"]
    assert zone["include_villages"] == ["甲镇王家庄"]
    assert zone["stated_area_km2"] == 1.5
    streets = change | {"ring": "北环路、 东大街；南环路,\n西大街 ，"}
    county.send("/places/zone", streets)
    (zone,) = project(county)["zones"]
    assert zone["ring"] == ["北环路", "东大街", "南环路", "西大街"]
    county.send("/places/zone", change)
    (zone,) = project(county)["zones"]
    assert not zone.get("ring")
    county.send("/places/zone", NAMES | {"at": "1", "village": ["甲镇东村"], "zone": "新区"})
    assert [one["zone_id"] for one in project(county)["zones"]] == ["Z1", "Z2"]


def test_a_zone_without_a_place_is_refused_and_nothing_written(county):
    before = (county.folder / "project.toml").read_bytes()
    fields = NAMES | {"at": "0", "change": county.keys.change}
    assert county.client.post("/places/zone", data=fields).status_code == 400
    bad = fields | {"village": ["甲镇东村"], "effective_on": "去年"}
    assert county.client.post("/places/zone", data=bad).status_code == 400
    assert (county.folder / "project.toml").read_bytes() == before


def test_the_map_draws_every_village_and_home(county):
    page = county.page("/places")
    drawn = page.split('class="village-areas"', 1)[1].split("</g>", 1)[0]
    assert drawn.count("<path") == 3
    assert drawn.count('d="M') == 3
    dots = page.split('class="dots" d="', 1)[1].split('"', 1)[0]
    assert dots.count("h0") == 52
    assert "line-heat_pipes" in page


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        (
            "范围：甲镇东村、王家庄，乙镇王家庄。",
            "公告写了 3 个村。 公告写了、没有勾：王家庄、王家庄。",
        ),
        ("范围：甲镇东村，大东村和西村。", "公告写了 3 个村。 认不出：大东村、西村；"),
        ("范围：甲镇所有行政村，含东村。", "公告写了 1 个村。 都认得，都勾了。"),
        ("范围：城区。", "公告里没有认出村名"),
    ],
)
def test_the_notice_is_quoted_above_the_villages_of_its_zone(county, scope, said):
    text = f"关于划定禁燃区的通告（甲政发〔2023〕12号）\n{scope}\n自2023年10月1日起施行。\n"
    (county.folder / "公告.txt").write_text(text, encoding="utf-8")
    page = county.page("/places")
    assert said in page
    quoted = page.split('<blockquote class="note">', 1)[1].split("</blockquote>", 1)[0]
    assert quoted == ("公告.txt：" if "城区" in scope else f"公告.txt：{scope}")


def test_a_village_whose_name_begins_with_and(county):
    text = county.folder.joinpath("村界.geojson").read_text("utf-8")
    (county.folder / "村界.geojson").write_text(text.replace("东村", "和平村"), encoding="utf-8")
    notice = "关于划定禁燃区的通告（甲政发〔2023〕12号）\n甲镇和平村。\n自2023年10月1日起施行。\n"
    (county.folder / "公告.txt").write_text(notice, encoding="utf-8")
    county.send("/places/zone", NAMES | {"at": "0", "document_no": "甲政发〔2023〕12号",
                                         "village": ["甲镇和平村"]})  # fmt: skip
    assert "公告写了 1 个村。 都认得，都勾了。" in county.page("/places")
