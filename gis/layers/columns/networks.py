"""Schemas of the heat, gas and power networks and of the roads."""

from __future__ import annotations

from gis.layers import code_lists
from gis.layers.columns.common import COORDINATES, TOWNSHIP_NAME, VILLAGE_CODE, VILLAGE_NAME
from gis.layers.schema import (
    Layer,
    choice_column,
    date_column,
    expected,
    id_column,
    number_column,
    text_column,
    yes_no_column,
)

# ASSUME: usual sizes, wide enough for every make: building connections of DN 15 to transmission
# mains of DN 1600; exchange stations of 50 kW to power stations of 3000 MW; pole-mounted
# transformers of 5 kVA to the largest of a 10 kV line. What lies outside is asked about.
_PIPE_MM, _SOURCE_MW, _TRANSFORMER_KVA = (15.0, 1600.0), (0.05, 3000.0), (5.0, 6300.0)
_LOAD_MW, _LOAD_KVA = (0.0, _SOURCE_MW[1]), (0.0, _TRANSFORMER_KVA[1])

# What makes more of a planned asset than a line on paper.
_PROMISED = (
    text_column("document_no", "批复文号 文号 立项文号 计划文号 批准文号"),
    yes_no_column("funded", "资金落实 资金是否落实 投资落实 投资是否落实 经费落实"),
)

HEAT_PIPES = Layer(
    "heat_pipes",
    ("line",),
    (
        id_column("pipe_id", "管线编号 管段编号 管道编号 管编号 编号 管段号", required=True),
        number_column("dn_mm", "mm", "管径 公称直径 公称管径 DN 口径 管道直径", between=_PIPE_MM),
        choice_column(
            "status", code_lists.ASSET_STATUS, "状态 运行状态 建设状态 现状 使用状态", required=True
        ),
        expected(
            date_column(
                "in_service_on", "投运日期 计划投运日期 投产日期 投用日期 投运时间", by_month=True
            )
        ),
        expected(
            choice_column("role", code_lists.PIPE_ROLE, "管网级别 级别 类别 管网类型 管线类别 网级")
        ),
        *_PROMISED,
    ),
    key="pipe_id",
    file_words="管网 管线 热力管 供热管",
    meaning="status",
)

HEAT_SOURCES = Layer(
    "heat_sources",
    ("point", "none"),
    (
        id_column(
            "source_id",
            "热源编号 热源 换热站编号 站点编号 编号 热源名称 换热站 站名",
            required=True,
        ),
        number_column(
            "capacity_mw",
            "MW",
            "供热能力 容量 额定容量 装机容量 设计负荷 供热能力MW",
            required=True,
            between=_SOURCE_MW,
        ),
        expected(
            number_column(
                "load_mw", "MW", "已接负荷 现状负荷 负荷 已用负荷 接带负荷", between=_LOAD_MW
            )
        ),
        date_column("load_on", "负荷日期 已接负荷日期 负荷统计日期 负荷截止日期", by_month=True),
        number_column(
            "available_mw",
            "MW",
            "可供能力 可用供热能力 实际供热能力 可供负荷 可用容量",
            between=_LOAD_MW,
        ),
        text_column("available_document", "可供能力文号 热力公司函 供热能力证明 可供能力依据"),
        *COORDINATES,
    ),
    key="source_id",
    file_words="热源 换热站",
)

_STATUS = choice_column(
    "status", code_lists.ASSET_STATUS, "状态 运行状态 建设状态 现状", required=True
)
_IN_SERVICE_ON = expected(
    date_column(
        "in_service_on", "投运日期 通气日期 计划投运日期 投用日期 计划通气日期", by_month=True
    )
)

HEAT_COVERAGE = Layer(
    "heat_coverage", ("polygon",), (_STATUS, _IN_SERVICE_ON, *_PROMISED), meaning="status"
)
GAS_COVERAGE = Layer(
    "gas_coverage",
    ("polygon",),
    (
        _STATUS,
        yes_no_column(
            "supply_secured",
            "气源落实 气源是否落实 有气源保障 供气合同 气源保障 是否落实气源",
            required=True,
        ),
        _IN_SERVICE_ON,
    ),
    file_words="燃气 天然气",
    meaning="status",
)

TRANSFORMERS = Layer(
    "transformers",
    ("point", "none"),
    (
        id_column(
            "transformer_id",
            "台区编号 变压器编号 配变编号 台区编码 配变名称 台区名称 台区 公变编号",
            required=True,
        ),
        number_column(
            "capacity_kva",
            "kVA",
            "容量 配变容量 变压器容量 额定容量 台区容量",
            required=True,
            between=_TRANSFORMER_KVA,
        ),
        number_column(
            "peak_load_kva",
            "kVA",
            "最大负荷 峰值负荷 最高负荷 冬季最大负荷 历史最大负荷 现状最大负荷",
            required=True,
            between=_LOAD_KVA,
        ),
        date_column(
            "peak_on",
            "最大负荷日期 峰值日期 最大负荷时间 峰值时间 最大负荷出现日期 负荷统计日期",
            by_month=True,
        ),
        choice_column("peak_season", code_lists.PEAK_SEASON, "峰值季节 最大负荷季节 负荷季节"),
        number_column(
            "spring_festival_kva",
            "kVA",
            "春节最大负荷 春节负荷 春节期间最大负荷",
            between=_LOAD_KVA,
        ),
        number_column("open_kva", "kVA", "可开放容量 可接入容量 开放容量", between=_LOAD_KVA),
        date_column("open_on", "可开放容量日期 可开放容量答复日期 供电公司答复日期", by_month=True),
        text_column("open_document", "可开放容量文号 可开放容量依据 供电公司函 供电公司答复文号"),
        id_column("feeder_id", "线路编号 馈线编号 所属线路 10kV线路 供电线路 线路名称"),
        id_column("substation_id", "变电站编号 变电站 所属变电站 上级变电站 变电站名称"),
        expected(VILLAGE_CODE),
        VILLAGE_NAME,
        TOWNSHIP_NAME,
        number_column(
            "upgrade_kva",
            "kVA",
            "增容容量 计划增容 拟增容 增容 扩容容量 新增容量",
            between=_TRANSFORMER_KVA,
        ),
        date_column(
            "upgrade_due_on",
            "增容完成日期 计划增容日期 增容日期 计划完成日期 增容投运日期",
            by_month=True,
        ),
        number_column("upgrade_cny", "元", "增容投资 增容费用 投资估算 增容概算 改造投资"),
        text_column("upgrade_document", "增容文号 增容批复 增容批复文号 增容立项文号"),
        yes_no_column("upgrade_funded", "增容资金落实 增容资金是否落实 增容投资落实"),
        *COORDINATES,
    ),
    key="transformer_id",
    file_words="台区 变压器 配变",
    in_village=True,
    of_village=True,
)

METERS = Layer(
    "meters",
    ("none",),
    (
        id_column(
            "meter_no", "电表号 表号 电能表号 电表编号 户表号 电表表号 用电户号",
            required=True, personal=True,
        ),
        id_column(
            "transformer_id", "台区编号 所属台区 供电台区 台区编码 台区 变压器编号", required=True
        ),
    ),
    file_words="电表 表号",
)  # fmt: skip

ROADS = Layer(
    "roads",
    ("line",),
    (
        text_column("name", "路名 道路名称 名称 街道名称 道路名"),
        text_column("class", "道路等级 等级 类别 道路类型 fclass highway"),
    ),
    file_words="道路 街道中心线",
)
