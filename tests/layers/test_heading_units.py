"""The unit of a heading, of a row below it, of the titles or of a cell: converted, or refused."""

import itertools

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from layers.city import CRS, blocking, codes

from gis.layers.column_mapping import map_columns
from gis.layers.columns import LAYERS, TARGETS
from gis.layers.headings import unit_conversion
from gis.layers.project_layers import LayerFile
from gis.layers.raw_table import RawTable, texts
from gis.layers.schema import count_column
from gis.layers.units import parse_number
from gis.layers.values import ReadingNotes, missing, typed

# what one of each is, by the definition of the units; nothing here is taken from gis
SQUARE_METRES = {
    "㎡": 1, "m2": 1, "平方米": 1, "万平方米": 10_000, "万㎡": 10_000, "亩": 666.6666667,
    "公顷": 10_000, "平方公里": 1_000_000, "百平方米": 100,
}  # fmt: skip
CUBIC_METRES = {
    "m³": 1,
    "立方米": 1,
    "Nm³": 1,
    "万立方米": 10_000,
    "万m³": 10_000,
    "方": 1,
    "升": 0.001,
}
METRES = {"m": 1, "米": 1, "公里": 1000, "km": 1000, "千米": 1000, "毫米": 0.001, "厘米": 0.01}
MEGAWATTS = {
    "MW": 1, "兆瓦": 1, "kW": 0.001, "千瓦": 0.001, "万千瓦": 10, "万kW": 10, "GW": 1000,
    "GJ/h": 0.2777778, "吉焦/小时": 0.2777778, "Gcal/h": 1.163, "百万大卡/时": 1.163, "瓦": 1e-6,
}  # fmt: skip
KILOVOLTAMPERES = {
    "kVA": 1,
    "kV·A": 1,
    "千伏安": 1,
    "MVA": 1000,
    "兆伏安": 1000,
    "VA": 0.001,
    "万千伏安": 10_000,
}
KILOWATTHOURS = {
    "kWh": 1, "kW·h": 1, "千瓦时": 1, "千瓦小时": 1, "万千瓦时": 10_000, "万kWh": 10_000, "千度": 1000,
    "万度": 10_000, "MWh": 1000, "兆瓦时": 1000, "GJ": 277.7777778, "亿千瓦时": 100_000_000,
}  # fmt: skip
KILOGRAMS = {
    "kg": 1,
    "公斤": 1,
    "千克": 1,
    "t": 1000,
    "吨": 1000,
    "斤": 0.5,
    "市斤": 0.5,
    "万吨": 10_000_000,
}
YUAN = {
    "元": 1, "千元": 1000, "万元": 10_000, "百万元": 1_000_000, "亿元": 100_000_000, "万": 10_000,
    "人民币": 1, "十万元": 100_000, "角": 0.1,
}  # fmt: skip
HOMES_OF = {"户": 1, "百户": 100, "千户": 1000, "万户": 10_000, "个": 1}
OTHERS = [
    "%", "％", "‰", "t/h", "吨/小时", "蒸吨", "蒸吨/时", "英寸", "寸", "人", "台", "栋", "kW/m²", "W/㎡",
    "元/户", "马力", "hp", "BTU/h", "冷吨", "吨标煤", "℃", "MPa", "kV", "A", "美元", "元/㎡", "斛", "ft²",
    "kPa", "次/天", "户/km", "立方米/小时", "度/户", "股",
]  # fmt: skip
KNOWN = {
    "m²": SQUARE_METRES, "m³": CUBIC_METRES, "m": METRES, "MW": MEGAWATTS, "kVA": KILOVOLTAMPERES,
    "mm": {word: factor * 1000 for word, factor in METRES.items()},
    "kWh": {**KILOWATTHOURS, "度": 1},
    "kg": KILOGRAMS, "t": {word: factor / 1000 for word, factor in KILOGRAMS.items()},
    "元": {**YUAN, "分": 0.01}, "户": HOMES_OF | {"万": 10_000},
    "a": {"年": 1, "年度": 1, "a": 1, "A": 1}, "°": {"度": 1, "°": 1},
    "kW": {word: factor * 1000 for word, factor in MEGAWATTS.items()}, "台": {"台": 1, "套": 1},
    "层": {"层": 1}, "°C": {"℃": 1, "摄氏度": 1, "度": 1}, "°C·d": {"℃·d": 1, "°C·d": 1, "度日": 1},
}  # fmt: skip
EVERY = [*dict.fromkeys([*itertools.chain(*KNOWN.values()), *OTHERS])]
NUMBERS = [
    (layer.name, column)
    for layer in [*LAYERS.values(), TARGETS]
    for column in layer.columns
    if column.kind == "number"
]
FORMS = [
    "{name}({unit})", "{name}（{unit}）", "{name}[{unit}]", "{name}【{unit}】", "{name}〔{unit}〕",
    "{name}（单位：{unit}）", "{name}(单位{unit})", "{name}({unit}，必填)", "{name} ({unit}",
    "{name} （ {unit} ）",
    "{name}/{unit}", "{name}，{unit}", "{name}/单位：{unit}", "{name} 单位：{unit}", "{name}:{unit}",
]  # fmt: skip


BRACKETED = [form for form in FORMS if "(" in form or "（" in form or "[" in form or "【" in form]
UNHEARD_OF = ["斛", "股", "ft²", "次/天"]  # behind a stroke they make another heading of it


@pytest.mark.parametrize(("layer", "column"), NUMBERS, ids=lambda one: getattr(one, "name", one))
def test_every_unit_in_every_column_is_converted_or_refused(layer, column):
    """In each form of writing it, and behind a number in the cell."""
    name = column.aliases.split()[0]
    expected = KNOWN[column.unit]
    assert unit_conversion(column, name, {}) == (1.0, [])
    for unit, form in itertools.product(EVERY, FORMS):
        heading = form.format(name=name, unit=unit)
        factor, said = unit_conversion(column, heading, {})
        if unit in expected:
            assert factor == pytest.approx(expected[unit], rel=1e-6), heading
            assert said == [], heading
        elif form in BRACKETED or unit not in UNHEARD_OF:
            power = column.unit == "kVA" and unit in KNOWN["MW"]
            code = "unit_of_power" if power else "unit_unknown"
            assert [one.code for one in said] == [code], heading
    for unit in EVERY:
        number = parse_number(f"2{unit}", column.unit, 1000.0)
        times = expected.get(unit)
        assert number == (None if times is None else pytest.approx(2 * times, rel=1e-6)), unit


def made(layer, heading, *words, units=None):
    """What a table with one column more than its key makes of it."""
    raw = RawTable({heading: texts(words)}, range(2, 2 + len(words)), units=units or {})
    table = map_columns(raw, LAYERS[layer], LayerFile(path="t.gpkg"))
    return table, [one.code for one in raw.findings if one.code != "column_missing"]


def test_a_number_of_things_is_counted_in_things_and_not_in_households():
    schools = count_column("school_count", "个", "学校数")
    assert unit_conversion(schools, "学校数（个）", {}) == (1.0, [])
    assert unit_conversion(schools, "学校数（万个）", {}) == (10_000.0, [])
    factor, (said,) = unit_conversion(schools, "学校数（所）", {})
    assert (factor, said.code, said.numbers) == (1.0, "unit_unknown", {"unit": "个", "found": "所"})
    _, (said,) = unit_conversion(schools, "学校数（户）", {})
    assert said.numbers == {"unit": "个", "found": "户"}


def test_a_whole_number_is_a_whole_number():
    schools = count_column("school_count", "个", "学校数")
    written = pa.chunked_array([["2", "0", "1.5", "", "0.7万", "三"]], pa.large_string())
    findings = []
    read = typed(written, schools, np.arange(2, 8), ReadingNotes(), findings)
    assert str(read.dtype) == "Int64"
    assert read.tolist() == [2, 0, pd.NA, pd.NA, pd.NA, pd.NA]
    assert [(one.code, one.row, one.value) for one in findings] == [
        ("bad_number", 6, "0.7万"), ("bad_number", 7, "三"), ("not_whole", 4, "1.5"),
    ]  # fmt: skip
    assert str(missing(schools, 2).dtype) == "Int64"
    tens = typed(
        pa.chunked_array([["0.35"]], pa.large_string()),
        schools,
        np.arange(1),
        ReadingNotes(times=10_000),
        findings,
    )
    assert tens.tolist() == [3500]


SOURCES = ("heat_sources", "已接负荷", "load_mw")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "unit", ["MW", "kW", "万千瓦", "Gcal/h", "万平方米", "t/h", "%", "kVA", "蒸吨"]
)
def test_a_heading_is_known_whatever_unit_it_names(form, unit):
    layer, name, column = SOURCES
    table, said = made(layer, form.format(name=name, unit=unit), "20")
    if unit in MEGAWATTS:
        assert table[column].tolist() == [pytest.approx(20 * MEGAWATTS[unit])]
        assert said == []
    else:
        assert said == ["unit_unknown"]


@pytest.mark.parametrize(
    ("layer", "heading", "column", "number"),
    [
        ("transformers", "增容投资万元", "upgrade_cny", 20_000),
        ("transformers", "容量千伏安", "capacity_kva", 2),
        ("households", "建筑面积㎡", "floor_area_m2", 2),
        ("households", "建筑面积亩", "floor_area_m2", 1333.3333),
        ("households", "用电量千度", "heating_kwh", 2000), ("inspections", "存煤公斤", "coal_kg", 2),
        ("inspections", "存煤吨", "coal_kg", 2000), ("heat_sources", "供热能力MW", "capacity_mw", 2),
        ("heat_sources", "供热能力MW（kW）", "capacity_mw", 0.002),
        ("heat_sources", "capacity_mw", "capacity_mw", 2),
    ],
)  # fmt: skip
def test_a_unit_at_the_very_end(layer, heading, column, number):
    table, said = made(layer, heading, "2")
    assert set(said) <= {"number_unlikely"}  # no home has 2 m²
    assert table[column].tolist() == [pytest.approx(number)]


@pytest.mark.parametrize("heading", ["供热能力万平方米", "已接负荷%", "已接负荷kVA", "容量吨"])
def test_a_unit_at_the_very_end_that_is_another_thing(heading):
    assert made("heat_sources", heading, "2")[1] == ["unit_unknown"]


@pytest.mark.parametrize(
    "note",
    ["必填", "选填", "2023年", "2023-2024年度", "实测", "额定", "含在建", "冬季", "保留两位小数", "现状", "备注",
     "单位：MW，必填", ""],
)  # fmt: skip
def test_a_note_is_no_unit(note):
    table, said = made("heat_sources", f"已接负荷（{note}）", "2")
    assert said == []
    assert table["load_mw"].tolist() == [2.0]


@pytest.mark.parametrize(
    "note", ["按万平方米填", "必填，万平方米", "现状面积㎡", "填蒸吨", "约数%", "MW，kW", "不知道"]
)
def test_a_note_that_holds_a_unit_is_none(note):
    assert made("heat_sources", f"已接负荷（{note}）", "2")[1] == ["unit_unknown"]


@pytest.mark.parametrize(
    "heading", ["X坐标(东)", "X坐标(CGCS2000)", "X坐标(m)", "X坐标（米，2000国家大地坐标系）"]
)
def test_a_datum_in_a_heading_is_no_unit(heading):
    table, said = made("households", heading, "471000")
    assert said == []
    assert table["x"].tolist() == [471000.0]


def test_a_cell_goes_by_its_own_unit():
    words = ["2", "2万元", "20000元", "2 万", "1,000", "１０００", "2kVA", "2%"]
    table, said = made("transformers", "增容投资(万元)", *words)
    yuan = table["upgrade_cny"].tolist()
    assert yuan[:6] == [20_000, 20_000, 20_000, 20_000, 10_000_000, 10_000_000]
    assert table["upgrade_cny"].isna().tolist()[6:] == [True, True]
    assert said == ["bad_number", "bad_number"]


def test_load_in_per_cent_in_the_cell_is_unknown():
    table, said = made("transformers", "最大负荷", "75%", "150kVA", "0.15MVA", "150")
    assert table["peak_load_kva"].isna().tolist() == [True, False, False, False]
    assert table["peak_load_kva"].tolist()[1:] == [150, 150, 150]
    assert said == ["bad_number", "value_missing"]


def sources(city, text, **spec):
    city.layer("heat_sources", "s.csv", crs=CRS, **spec).write_text(text, encoding="utf-8")
    return city.usual().load()


PLANTS = "热源编号,供热能力,已接负荷,X坐标,Y坐标\n{row}R1,58000,20000,471000,3935000\n"


@pytest.mark.parametrize(
    "row", [",kW,kW,,", ",（kW）,(kW),m,m", "单位,单位：kW,千瓦,-,-", ",KW,kw,米,米"]
)
@pytest.mark.parametrize("more", [0, 40])
def test_a_row_of_units_below_the_headings(city, row, more):
    text = PLANTS.format(row=row + "\n")
    text += "".join(f"S{at},1000,0,471000,3935000\n" for at in range(more))
    loaded = sources(city, text)
    table = loaded.tables["heat_sources"]
    assert len(table) == 1 + more
    assert table.iloc[0][["capacity_mw", "load_mw"]].tolist() == [58.0, 20.0]
    assert codes(loaded) == {}


def test_a_row_of_units_of_another_thing(city):
    assert blocking(sources(city, PLANTS.format(row=",万平方米,万平方米,,\n"))) == {
        ("heat_sources", "unit_unknown")
    }


def test_a_row_of_units_and_a_heading_that_says_another(city):
    text = PLANTS.format(row=",kW,kW,,\n").replace("供热能力", "供热能力(MW)")
    assert blocking(sources(city, text)) == {("heat_sources", "unit_unknown")}


@pytest.mark.parametrize(
    "title", ["单位：千瓦,,,,", "热源一览,,,,计量单位：kW", "供热表（单位：kW）,,,,"]
)
def test_the_unit_of_the_whole_table(city, title):
    loaded = sources(city, f"{title}\n" + PLANTS.format(row=""))
    table = loaded.tables["heat_sources"]
    assert table[["capacity_mw", "load_mw"]].to_numpy().tolist() == [[58.0, 20.0]]
    assert table.geometry.x.tolist() == [471000.0]
    assert codes(loaded) == {"title_rows": 1}


@pytest.mark.parametrize(
    "title", ["单位：万平方米,,,,", "单位：t/h,,,,", "单位：%,,,,", "单位：万千瓦时,,,,"]
)
def test_a_unit_of_the_whole_table_that_is_none_of_its_columns(city, title):
    loaded = sources(city, f"{title}\n" + PLANTS.format(row=""))
    assert blocking(loaded) == {("heat_sources", "unit_unknown")}


@pytest.mark.parametrize(
    "title", ["填报单位：城区街道,,,,", "单位：户,,,,", "单位：某供热公司,,,,", "单位：万元,,,,"]
)
def test_what_is_no_unit_of_a_number_here(city, title):
    plain = PLANTS.format(row="").replace("58000,20000", "580,200")
    loaded = sources(city, f"{title}\n" + plain)
    assert loaded.tables["heat_sources"]["capacity_mw"].tolist() == [580.0]


def test_targets_in_hundreds_and_thousands_of_homes(city):
    city.project["targets"] = "targets.csv"
    text = "单位,煤改电（百户）,煤改气(户),集中供热/千户,合计(万户)\n城区,2,3,4,0.4203\n"
    (city.folder / "targets.csv").write_text(text, encoding="utf-8")
    loaded = city.usual().load()
    row = loaded.tables["targets"].iloc[0]
    assert row[["electric", "gas", "central", "total"]].tolist() == [200, 3, 4000, 4203]
    assert codes(loaded) == {}


def test_a_renamed_heading_keeps_its_unit(city):
    text = PLANTS.format(row="").replace("供热能力", "出力千瓦").replace("已接负荷", "占用（万㎡）")
    rename = {"出力千瓦": "capacity_mw", "占用（万㎡）": "load_mw"}
    loaded = sources(city, text, rename=rename)
    assert blocking(loaded) == {("heat_sources", "unit_unknown")}
    rename = {"出力千瓦": "capacity_mw", "占用": "load_mw"}
    text = text.replace("占用（万㎡）", "占用").replace(",20000,", ",20,")
    loaded = sources(city, text, rename=rename)
    assert loaded.tables["heat_sources"]["capacity_mw"].tolist() == [58.0]
    assert codes(loaded) == {}


@pytest.mark.parametrize(
    "text",
    [
        "premises_id,kind\nT,台\nB,仓库\n",
        "场所编号,类型\nA,\nB,仓库\n",
        "场所编号,类型\n户,个\nB,仓库\n",
    ],
)
def test_a_row_of_data_that_looks_like_units_is_one(city, text):
    city.layer("premises", "p.csv").write_text(text, encoding="utf-8")
    assert len(city.usual().load().tables["premises"]) == 2


GRID = "编号,容量,最大负荷,增容容量,增容投资,X坐标,Y坐标\nT1,400,100,200,1.5,471000,3935000\n"


@pytest.mark.parametrize(
    ("above", "yuan"),
    [
        (",,,增容（万元）,,坐标,", None),  # kVA below a group in 万元
        (",,,,投资（万元）,坐标,", 15_000), (",,,,投资(千元),坐标（m）,", 1500), (",,,,投资,坐标,", 1.5),
        ("台区,,,,投资（万元）,坐标（米）,", 15_000), ("台区增容表（万元）,,,,,,", 15_000),
        ("台区增容表（2024年）,,,,,,", 1.5), (",,,,增容(t/h),坐标,", None),
    ],
)  # fmt: skip
def test_the_unit_of_a_group_of_headings(city, above, yuan):
    text = f"{above}\n" + GRID.replace("编号", "台区编号", 1)
    city.layer("transformers", "t.csv", crs=CRS).write_text(text, encoding="utf-8")
    loaded = city.usual().load()
    if yuan is None:
        assert blocking(loaded) == {("transformers", "unit_unknown")}
    else:
        row = loaded.tables["transformers"].iloc[0]
        assert row[["capacity_kva", "upgrade_cny", "x"]].tolist() == [400.0, yuan, 471000.0]


def test_a_heading_with_a_unit_of_its_own_goes_by_it(city):
    text = ",,,,增容（元）,坐标,\n" + GRID.replace("编号", "台区编号", 1)
    text = text.replace("增容投资", "增容投资(万元)")
    city.layer("transformers", "t.csv", crs=CRS).write_text(text, encoding="utf-8")
    assert city.usual().load().tables["transformers"]["upgrade_cny"].tolist() == [15_000.0]


@pytest.mark.parametrize(("unit", "times"), [("kW", "1.053"), ("千瓦", "1.053"), ("MW", "1053")])
def test_active_power_for_apparent_power_is_told_with_the_power_factor(city, unit, times):
    text = f"台区编号,容量（kVA）,最大负荷（{unit}）,x,y\nT1,200,95.5,471000,3940000\n"
    city.layer("transformers", "t.csv", crs=CRS).write_text(text, encoding="utf-8")
    (found,) = [one for one in city.usual().load().problems if one.code == "unit_of_power"]
    assert found.blocking
    assert f'factors = {{ "最大负荷" = {times} }}' in found.remedy.zh
    assert "1 ÷ 功率因数" in found.remedy.zh
