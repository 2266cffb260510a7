"""Every layer of the contract: its columns, their units, and the Chinese headings they answer to."""

from __future__ import annotations

from gis.layers import choices as say
from gis.layers.schema import Column, Layer

VILLAGE_CODE = Column(
    "village_code",
    "code",
    ("村代码", "村编码", "村委会代码", "行政村代码", "村行政区划代码", "区划代码", "行政区划代码", "统计用区划代码", "村级代码", "行政村编码", "村码"),
    digits=12,
)  # fmt: skip
_LON = Column(
    "lon", "number", ("经度", "东经", "lng", "longitude", "x经度", "经度坐标", "GPS经度"), unit="°"
)
_LAT = Column(
    "lat", "number", ("纬度", "北纬", "latitude", "y纬度", "纬度坐标", "GPS纬度"), unit="°"
)
_X = Column("x", "number", ("X坐标", "东坐标", "横坐标", "easting", "坐标X", "东"), unit="m")
_Y = Column("y", "number", ("Y坐标", "北坐标", "纵坐标", "northing", "坐标Y", "北"), unit="m")
PLACE = (_LON, _LAT, _X, _Y)


def _must(column: Column) -> Column:
    return Column(
        column.name,
        column.kind,
        column.aliases,
        required=True,
        unit=column.unit,
        digits=column.digits,
    )


_HOUSEHOLD_ID = (
    "户编号",
    "户号",
    "户编码",
    "农户编号",
    "用户编号",
    "户代码",
    "户序号",
    "农户编码",
    "家庭编号",
    "门户编号",
)

HOUSEHOLDS = Layer(
    "households",
    ("point", "none"),
    (
        Column("household_id", "id", _HOUSEHOLD_ID, required=True),
        VILLAGE_CODE,
        Column("heating", "choice", ("取暖方式", "现取暖方式", "采暖方式", "供暖方式", "现状取暖方式", "目前取暖方式", "取暖类型", "现有取暖方式", "取暖现状"), required=True, choices=say.HEATING),
        Column("occupancy", "choice", ("居住情况", "居住状态", "居住状况", "入住情况", "是否常住", "房屋状态", "住房状态"), choices=say.OCCUPANCY),
        Column("occupancy_on", "date", ("居住情况日期", "居住核实日期", "入住核查日期", "居住认定日期", "居住情况认定日期", "居住状态日期")),
        Column("device", "choice", ("设备类型", "取暖设备", "设备", "改造设备", "清洁取暖设备", "安装设备", "已装设备", "设备名称"), choices=say.DEVICES),
        Column("device_chosen", "choice", ("选择设备", "意向设备", "选定设备", "所选设备", "拟选设备", "自选设备"), choices=say.DEVICES),
        Column("floor_area_m2", "number", ("建筑面积", "面积", "住房面积", "房屋面积", "取暖面积", "采暖面积", "供暖面积"), unit="m²"),
        Column("accuracy_m", "number", ("定位精度", "精度", "定位误差", "坐标精度", "GPS精度"), unit="m"),
        Column("signed_on", "date", ("签约日期", "签订日期", "协议签订日期", "签约时间", "确认日期", "签协议日期")),
        Column("installed_on", "date", ("安装日期", "安装时间", "设备安装日期", "安装完成日期", "入户安装日期")),
        Column("energised_on", "date", ("通电日期", "送电日期", "通电通气日期", "接通日期", "通热日期", "通气日期", "投用日期", "通电时间", "启用日期")),
        Column("accepted_on", "date", ("验收日期", "验收时间", "验收合格日期", "竣工验收日期")),
        Column("stove_removed_on", "date", ("拆炉日期", "旧炉拆除日期", "炉具拆除日期", "拆除日期", "燃煤炉拆除日期", "煤炉拆除日期", "拆除旧炉日期")),
        Column("coal_removed_on", "date", ("清煤日期", "散煤清理日期", "存煤清零日期", "清零日期", "存煤清理日期", "煤炭清理日期", "散煤清零日期")),
        Column("acceptance_by", "choice", ("验收单位", "验收方", "验收主体", "验收级别", "验收人"), choices=say.ACCEPTANCE_BY),
        Column("acceptance_result", "choice", ("验收结果", "验收结论", "是否合格", "验收情况"), choices=say.PASS_FAIL),
        Column("plan_year", "number", ("计划年度", "任务年度", "改造年度", "年度", "改造年份", "实施年度"), unit="a"),
        Column("in_programme", "bool", ("列入计划", "纳入计划", "确村确户", "是否列入本年计划", "本年任务", "是否纳入", "列入本年任务", "是否列入计划", "列入确村确户名单")),
        Column("self_converted", "bool", ("自行改造", "自改", "自主改造", "是否自改", "自费改造", "是否自行改造")),
        Column("season", "text", ("采暖季", "取暖季", "供暖季")),
        Column("heating_kwh", "number", ("取暖用电量", "采暖用电量", "采暖季用电量", "取暖电量", "用电量"), unit="kWh"),
        Column("heating_m3", "number", ("取暖用气量", "采暖用气量", "采暖季用气量", "取暖气量", "用气量"), unit="m³"),
        Column("hardship_class", "choice", ("困难类别", "困难类型", "困难群体", "困难户类别", "低保类别", "是否困难户"), personal=True, choices=say.HARDSHIP),
        Column("supplement_paid_on", "date", ("补助发放日期", "补贴发放日期", "补贴到账日期", "补助到账日期", "困难补助发放日期"), personal=True),
        Column("owner", "text", ("户主", "户主姓名", "姓名", "业主", "农户姓名", "用户姓名", "户主名"), personal=True),
        Column("id_number", "id", ("身份证号", "身份证", "身份证号码", "公民身份号码", "证件号码", "户主身份证号"), personal=True),
        Column("phone", "id", ("电话", "联系电话", "手机", "手机号", "手机号码", "联系方式", "电话号码"), personal=True),
        Column("bank_account", "id", ("银行账号", "银行卡号", "账号", "一卡通账号", "一卡通", "卡号", "补贴账号", "银行账户"), personal=True),
        Column("meter_no", "id", ("电表号", "表号", "电能表号", "电表编号", "气表号", "户表号", "电表表号", "用电户号"), personal=True),
        Column("address", "text", ("地址", "住址", "家庭住址", "详细地址", "门牌号", "门牌", "家庭地址"), personal=True),
        *PLACE,
    ),
    key="household_id", required=True, zh="农户台账",
)  # fmt: skip

VILLAGES = Layer(
    "villages",
    ("polygon", "point", "none"),
    (
        _must(VILLAGE_CODE),
        Column("village", "text", ("村", "村名", "村名称", "行政村", "村委会", "村居", "村(居)", "行政村名称", "村社区", "村民委员会"), required=True),
        Column("township_code", "code", ("乡镇代码", "乡镇编码", "乡镇街道代码", "镇代码", "街道代码", "乡代码"), required=True, digits=9),
        Column("township", "text", ("乡镇", "乡镇名称", "乡镇街道", "镇", "街道", "乡(镇)", "所属乡镇", "镇街"), required=True),
        Column("remote_mountain", "bool", ("偏远山区", "是否偏远山区", "山区", "是否山区", "山区村")),
        Column("rural", "bool", ("农村", "是否农村", "农村地区", "是否农村地区")),
        *PLACE,
    ),
    key="village_code", required=True, zh="村界",
)  # fmt: skip

HEAT_PIPES = Layer(
    "heat_pipes",
    ("line",),
    (
        Column("pipe_id", "id", ("管线编号", "管段编号", "管道编号", "管编号", "编号", "管段号"), required=True),
        Column("dn_mm", "number", ("管径", "公称直径", "公称管径", "DN", "口径", "管道直径"), unit="mm"),
        Column("status", "choice", ("状态", "运行状态", "建设状态", "现状", "使用状态"), required=True, choices=say.ASSET_STATUS),
        Column("in_service_on", "date", ("投运日期", "计划投运日期", "投产日期", "投用日期", "投运时间")),
        Column("role", "choice", ("管网级别", "级别", "类别", "管网类型", "管线类别", "网级"), choices=say.PIPE_ROLE),
    ),
    key="pipe_id", zh="供热管线",
)  # fmt: skip

HEAT_SOURCES = Layer(
    "heat_sources",
    ("point", "none"),
    (
        Column("source_id", "id", ("热源编号", "热源", "换热站编号", "站点编号", "编号", "热源名称", "换热站", "站名"), required=True),
        Column("capacity_mw", "number", ("供热能力", "容量", "额定容量", "装机容量", "设计负荷", "供热能力MW"), required=True, unit="MW"),
        Column("load_mw", "number", ("已接负荷", "现状负荷", "负荷", "已用负荷", "接带负荷"), unit="MW"),
        *PLACE,
    ),
    key="source_id", zh="热源",
)  # fmt: skip

_STATUS = Column(
    "status",
    "choice",
    ("状态", "运行状态", "建设状态", "现状"),
    required=True,
    choices=say.ASSET_STATUS,
)
_IN_SERVICE_ON = Column(
    "in_service_on", "date", ("投运日期", "通气日期", "计划投运日期", "投用日期", "计划通气日期")
)

HEAT_COVERAGE = Layer("heat_coverage", ("polygon",), (_STATUS, _IN_SERVICE_ON), zh="集中供热覆盖")
GAS_COVERAGE = Layer(
    "gas_coverage",
    ("polygon",),
    (
        _STATUS,
        Column("supply_secured", "bool", ("气源落实", "气源是否落实", "有气源保障", "供气合同", "气源保障", "是否落实气源"), required=True),
        _IN_SERVICE_ON,
    ),
    zh="燃气覆盖",
)  # fmt: skip

TRANSFORMERS = Layer(
    "transformers",
    ("point", "none"),
    (
        Column("transformer_id", "id", ("台区编号", "变压器编号", "配变编号", "台区编码", "配变名称", "台区名称", "台区", "公变编号"), required=True),
        Column("capacity_kva", "number", ("容量", "配变容量", "变压器容量", "额定容量", "台区容量"), required=True, unit="kVA"),
        Column("peak_load_kva", "number", ("最大负荷", "峰值负荷", "最高负荷", "冬季最大负荷", "历史最大负荷", "现状最大负荷"), required=True, unit="kVA"),
        VILLAGE_CODE,
        Column("upgrade_kva", "number", ("增容容量", "计划增容", "拟增容", "增容", "扩容容量", "新增容量"), unit="kVA"),
        Column("upgrade_due_on", "date", ("增容完成日期", "计划增容日期", "增容日期", "计划完成日期", "增容投运日期")),
        Column("upgrade_cny", "number", ("增容投资", "增容费用", "投资估算", "增容概算", "改造投资"), unit="元"),
        *PLACE,
    ),
    key="transformer_id", zh="配电台区",
)  # fmt: skip

COAL_BAN_ZONES = Layer(
    "coal_ban_zones",
    ("polygon",),
    (
        Column("zone_id", "id", ("禁煤区编号", "区编号", "编号", "区域编号"), required=True),
        Column("zone", "text", ("禁煤区", "禁煤区名称", "名称", "区域名称"), required=True),
        Column("effective_on", "date", ("生效日期", "施行日期", "实施日期", "划定日期", "起始日期"), required=True),
        Column("expires_on", "date", ("失效日期", "截止日期", "有效期至", "终止日期")),
        Column("document_no", "text", ("文号", "文件号", "通告文号", "发文字号", "依据文件")),
    ),
    key="zone_id", required=True, zh="禁煤区",
)  # fmt: skip

BUILT_UP_AREA = Layer("built_up_area", ("polygon",), (), zh="建成区")
ROADS = Layer(
    "roads",
    ("line",),
    (
        Column("name", "text", ("路名", "道路名称", "名称", "街道名称", "道路名")),
        Column("class", "text", ("道路等级", "等级", "类别", "道路类型", "fclass", "highway")),
    ),
    zh="道路",
)

RULINGS = Layer(
    "rulings",
    ("none",),
    (
        _must(VILLAGE_CODE),
        Column("part", "choice", ("部分", "片区", "分区"), choices=say.PART),
        Column("approach", "choice", ("路线", "确定路线", "改造方式", "取暖方式", "技术路线", "改造路线", "清洁取暖方式"), required=True, choices=say.APPROACH),
        Column("status", "choice", ("状态", "审批状态", "确认状态", "阶段"), required=True, choices=say.RULING_STATUS),
        Column("document_no", "text", ("文号", "文件号", "批复文号", "发文字号")),
        Column("decided_on", "date", ("确定日期", "批准日期", "决定日期", "日期", "批复日期")),
        Column("reason", "text", ("理由", "原因", "说明", "备注")),
    ),
    key="village_code", zh="路线批复",
)  # fmt: skip

ZONE_RULINGS = Layer(
    "zone_rulings",
    ("none",),
    (
        Column("household_id", "id", _HOUSEHOLD_ID, required=True),
        Column("zone_id", "id", ("禁煤区编号", "区编号", "禁煤区"), required=True),
        Column("ruling", "choice", ("认定结果", "认定", "区内外", "结论"), required=True, choices=say.ZONE_RULING),
        Column("ruled_on", "date", ("认定日期", "日期", "核定日期")),
        Column("document_no", "text", ("文号", "文件号", "依据文件")),
    ),
    key="household_id", zh="区内外认定",
)  # fmt: skip

INSPECTIONS = Layer(
    "inspections",
    ("none", "point"),
    (
        Column("inspection_id", "id", ("检查编号", "巡查编号", "记录编号", "检查记录编号", "编号", "序号"), required=True),
        Column("household_id", "id", _HOUSEHOLD_ID),
        Column("premises_id", "id", ("场所编号", "商户编号", "单位编号", "点位编号")),
        Column("inspected_on", "date", ("检查日期", "巡查日期", "检查时间", "入户日期", "巡查时间", "日期"), required=True),
        Column("finding", "choice", ("检查结果", "巡查结果", "发现问题", "检查情况", "检查发现", "结果"), required=True, choices=say.FINDING),
        Column("coal_kg", "number", ("存煤量", "散煤量", "煤量", "存煤公斤", "存煤"), unit="kg"),
        Column("rectify_by", "date", ("整改期限", "整改时限", "限期整改日期", "整改截止日期", "限改日期")),
        Column("rectified_on", "date", ("整改日期", "整改完成日期", "完成整改日期", "整改完成时间")),
        Column("inspector", "text", ("检查人", "检查人员", "巡查员", "检查员", "巡查人员"), personal=True),
        Column("photo", "text", ("照片", "图片", "照片文件", "现场照片")),
        *PLACE,
    ),
    key="inspection_id", zh="入户检查",
)  # fmt: skip

PREMISES = Layer(
    "premises",
    ("point", "none"),
    (
        Column("premises_id", "id", ("场所编号", "商户编号", "单位编号", "点位编号", "编号"), required=True),
        Column("kind", "text", ("类型", "场所类型", "类别", "用途", "场所类别"), required=True),
        Column("exempt", "bool", ("豁免", "是否豁免", "豁免用户")),
        *PLACE,
    ),
    key="premises_id", zh="场所",
)  # fmt: skip

COMPLAINTS = Layer(
    "complaints",
    ("none", "point"),
    (
        Column("complaint_id", "id", ("投诉编号", "工单编号", "工单号", "信访编号", "编号", "举报编号"), required=True),
        VILLAGE_CODE,
        Column("received_on", "date", ("受理日期", "投诉日期", "接收日期", "来电日期", "受理时间", "收到日期", "交办日期"), required=True),
        Column("subject", "text", ("投诉内容", "内容", "事项", "诉求内容", "主题", "投诉事项"), required=True),
        Column("due_on", "date", ("办理期限", "办结期限", "截止日期", "办理时限")),
        Column("handled_on", "date", ("办结日期", "处理日期", "办理日期", "办结时间")),
        *PLACE,
    ),
    key="complaint_id", zh="投诉",
)  # fmt: skip

TARGETS = Layer(
    "targets",
    ("none",),
    (
        Column("unit_code", "id", ("单位代码", "乡镇代码", "代码", "区划代码", "单位编码")),
        Column("unit", "text", ("单位", "乡镇", "责任单位", "任务单位", "乡镇(街道)", "单位名称"), required=True),
        Column("electric", "number", ("煤改电", "电", "煤改电户数")),
        Column("gas", "number", ("煤改气", "气", "煤改气户数")),
        Column("central", "number", ("集中供热", "集中供暖", "集中供热户数")),
        Column("total", "number", ("合计", "总计", "小计", "任务总数")),
    ),
    zh="任务表",
)  # fmt: skip

LAYERS: dict[str, Layer] = {
    layer.name: layer
    for layer in (
        HOUSEHOLDS, VILLAGES, HEAT_PIPES, HEAT_SOURCES, HEAT_COVERAGE, GAS_COVERAGE, TRANSFORMERS,
        COAL_BAN_ZONES, BUILT_UP_AREA, ROADS, RULINGS, ZONE_RULINGS, INSPECTIONS, PREMISES, COMPLAINTS,
    )
}  # fmt: skip
