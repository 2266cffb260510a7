"""Schemas of rulings, inspections, premises, complaints, payments and the target table."""

from __future__ import annotations

from gis.layers import code_lists
from gis.layers.columns.common import (
    COORDINATES,
    HOME_VILLAGE,
    HOUSEHOLD_ID,
    TOWNSHIP_NAME,
    VILLAGE_CODE,
    VILLAGE_NAME,
)
from gis.layers.schema import (
    Layer,
    choice_column,
    date_column,
    expected,
    id_column,
    number_column,
    required,
    text_column,
    yes_no_column,
)

RULINGS = Layer(
    "rulings",
    ("none",),
    (
        required(VILLAGE_CODE),
        VILLAGE_NAME,
        TOWNSHIP_NAME,
        choice_column("part", code_lists.PART, "部分 片区 分区"),
        choice_column(
            "approach",
            code_lists.APPROACH,
            "路线 确定路线 改造方式 取暖方式 技术路线 改造路线 清洁取暖方式",
            required=True,
        ),
        choice_column(
            "status", code_lists.RULING_STATUS, "状态 审批状态 确认状态 阶段", required=True
        ),
        expected(text_column("document_no", "文号 文件号 批复文号 发文字号")),
        date_column("decided_on", "确定日期 批准日期 决定日期 日期 批复日期"),
        text_column("reason", "理由 原因 说明 备注"),
    ),
    file_words="批复 审定",
    meaning="approach",
    of_village=True,
)

ZONE_RULINGS = Layer(
    "zone_rulings",
    ("none",),
    (
        id_column("household_id", HOUSEHOLD_ID, required=True),
        HOME_VILLAGE,
        VILLAGE_NAME,
        TOWNSHIP_NAME,
        id_column("zone_id", "禁煤区编号 区编号 禁煤区", required=True),
        choice_column("ruling", code_lists.ZONE_RULING, "认定结果 认定 区内外 结论", required=True),
        date_column("ruled_on", "认定日期 日期 核定日期"),
        expected(text_column("document_no", "文号 文件号 依据文件")),
    ),
    meaning="ruling",
)

INSPECTIONS = Layer(
    "inspections",
    ("none", "point"),
    (
        id_column(
            "inspection_id", "检查编号 巡查编号 记录编号 检查记录编号 编号 序号", required=True
        ),
        id_column("household_id", HOUSEHOLD_ID),
        HOME_VILLAGE,
        VILLAGE_NAME,
        TOWNSHIP_NAME,
        id_column("premises_id", "场所编号 商户编号 单位编号 点位编号"),
        date_column(
            "inspected_on", "检查日期 巡查日期 检查时间 入户日期 巡查时间 日期", required=True
        ),
        choice_column(
            "finding",
            code_lists.FINDING,
            "检查结果 巡查结果 发现问题 检查情况 检查发现 结果",
            required=True,
        ),
        number_column("coal_kg", "kg", "存煤量 散煤量 煤量 存煤公斤 存煤"),
        date_column("rectify_by", "整改期限 整改时限 限期整改日期 整改截止日期 限改日期"),
        date_column(
            "rectified_on", "整改日期 整改完成日期 完成整改日期 整改完成时间", by_month=True
        ),
        text_column("inspector", "检查人 检查人员 巡查员 检查员 巡查人员", personal=True),
        text_column("photo", "照片 图片 照片文件 现场照片"),
        *COORDINATES,
    ),
    key="inspection_id",
    kept=True,
    numbered=True,
    file_words="检查 巡查",
)

PREMISES = Layer(
    "premises",
    ("point", "none"),
    (
        id_column("premises_id", "场所编号 商户编号 单位编号 点位编号 编号", required=True),
        text_column("kind", "类型 场所类型 类别 用途 场所类别", required=True),
        yes_no_column("exempt", "豁免 是否豁免 豁免用户"),
        *COORDINATES,
    ),
    key="premises_id",
    file_words="商户 场所",
)

COMPLAINTS = Layer(
    "complaints",
    ("none", "point"),
    (
        id_column("complaint_id", "投诉编号 工单编号 工单号 信访编号 编号 举报编号", required=True),
        VILLAGE_CODE,
        VILLAGE_NAME,
        TOWNSHIP_NAME,
        date_column(
            "received_on",
            "受理日期 投诉日期 接收日期 来电日期 受理时间 收到日期 交办日期",
            required=True,
        ),
        text_column("subject", "投诉内容 内容 事项 诉求内容 主题 投诉事项", required=True),
        date_column("due_on", "办理期限 办结期限 截止日期 办理时限"),
        date_column("handled_on", "办结日期 处理日期 办理日期 办结时间"),
        choice_column(
            "kind", code_lists.COMPLAINT_KIND, "投诉类别 是否涉煤 分类 研判结果 投诉分类 事项分类"
        ),
        date_column("classified_on", "研判日期 分类日期 甄别日期"),
        *COORDINATES,
    ),
    key="complaint_id",
    kept=True,
    file_words="投诉 举报 工单",
    in_village=True,
)

SWEEPS = Layer(
    "sweeps",
    ("none",),
    (
        required(VILLAGE_CODE),
        VILLAGE_NAME,
        TOWNSHIP_NAME,
        date_column("swept_on", "排查日期 全覆盖排查日期 签字日期 排查完成日期", required=True),
        expected(text_column("document_no", "文号 文件号 签字表编号 排查表编号")),
        id_column("household_id", HOUSEHOLD_ID),
    ),
    file_words="全覆盖排查",
)

LOTS = Layer(
    "lots",
    ("none",),
    (
        id_column("lot", "标段 标段号 标包 标包号 包号 标段编号", required=True),
        text_column("contractor", "施工单位 中标单位 承包单位 供应商 中标企业 承建单位"),
        choice_column("device", code_lists.DEVICES, "设备类型 设备 中标设备 设备名称"),
        text_column("device_model", "设备型号 型号 规格型号 中标型号"),
        number_column("unit_price_cny", "元", "中标单价 单价 户均单价 中标价 单价(元)"),
        number_column("homes", "户", "户数 中标户数 合同户数 标段户数"),
    ),
    key="lot",
    file_words="标段 中标",
)

WEATHER = Layer(
    "weather",
    ("none",),
    (
        id_column("season", "采暖季 取暖季 供暖季 年度", required=True),
        number_column(
            "degree_days", "°C·d", "度日数 采暖度日数 采暖度日 HDD HDD18 度日", required=True
        ),
        number_column("coldest_day_c", "°C", "最冷日平均气温 最冷日气温 最低日均气温", signed=True),
    ),
    key="season",
    file_words="气象 度日",
)

PAYMENTS = Layer(
    "payments",
    ("none",),
    (
        id_column(
            "payment_id", "资金编号 凭证编号 凭证号 流水号 支付编号 编号 序号", required=True
        ),
        id_column("unit_code", "单位代码 单位编码 单位 单位名称 收款单位 责任单位 拨付单位"),
        id_column("household_id", HOUSEHOLD_ID),
        HOME_VILLAGE,
        VILLAGE_NAME,
        TOWNSHIP_NAME,
        choice_column(
            "purpose", code_lists.PURPOSE, "用途 资金用途 补贴类型 补贴项目 款项", required=True
        ),
        text_column("payer", "出资方 资金来源 出资单位 支付方 资金渠道", required=True),
        choice_column("stage", code_lists.PAYMENT_STAGE, "环节 资金环节 阶段 状态", required=True),
        number_column(
            "amount_cny", "元", "金额 资金金额 拨付金额 发放金额 补贴金额 支付金额", required=True
        ),
        id_column("season", "采暖季 取暖季 供暖季 补贴年度"),
        date_column("paid_on", "日期 发放日期 支付日期 拨付日期 下达日期 办理日期 发生日期"),
        text_column("document_no", "文号 文件号 资金文号 下达文号 依据文件"),
        text_column("reason", "原因 退票原因 退回原因 追回原因 备注 说明"),
    ),
    key="payment_id",
    kept=True,
    file_words="资金 拨付 发放",
)

TARGETS = Layer(
    "targets",
    ("none",),
    (
        id_column("unit_code", "单位代码 乡镇代码 代码 区划代码 单位编码"),
        text_column("unit", "单位 乡镇 责任单位 任务单位 乡镇(街道) 单位名称", required=True),
        number_column("electric", "户", "煤改电 电 煤改电户数"),
        number_column("gas", "户", "煤改气 气 煤改气户数"),
        number_column("central", "户", "集中供热 集中供暖 集中供热户数"),
        number_column("total", "户", "合计 总计 小计 任务总数"),
    ),
    file_words="任务",
)
