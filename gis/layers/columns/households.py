"""Schema of the household ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gis.layers import code_lists
from gis.layers.columns.common import (
    COORDINATES,
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
    text_column,
    yes_no_column,
)

# ASSUME: what one home has; numbers beyond are slips of the pen more often than homes. The most
# that a season takes is direct heating of 500 m², at 120 kWh or 20 m³ per m²
_FLOOR_AREA_M2, _SEASON_KWH, _SEASON_M3 = (10.0, 500.0), (0.0, 60_000.0), (0.0, 10_000.0)
_SEASON_T = (0.0, 20.0)
_PLAN_YEARS = (2000.0, 2100.0)

HOUSEHOLDS = Layer(
    "households",
    ("point", "none"),
    (
        id_column("household_id", HOUSEHOLD_ID, required=True),
        expected(VILLAGE_CODE),
        VILLAGE_NAME,
        TOWNSHIP_NAME,
        choice_column(
            "conversion",
            code_lists.CONVERSION,
            "改造状态 是否改造 是否已改造 是否完成改造 改造情况 改造进度 改造完成情况 是否完成 改造与否 "
            "是否清洁取暖改造",
            helper=True,
        ),
        choice_column(
            "heating",
            code_lists.HEATING,
            "取暖方式 现取暖方式 采暖方式 供暖方式 现状取暖方式 目前取暖方式 取暖类型 "
            "现有取暖方式 取暖现状",
            required=True,
        ),
        expected(
            choice_column(
                "occupancy",
                code_lists.OCCUPANCY,
                "居住情况 居住状态 居住状况 入住情况 房屋状态 住房状态 "
                + " ".join(code_lists.OCCUPANCY_YES_NO),
                yes_no=code_lists.OCCUPANCY_YES_NO,
            )
        ),
        date_column(
            "occupancy_on",
            "居住情况日期 居住核实日期 入住核查日期 居住认定日期 居住情况认定日期 居住状态日期",
        ),
        choice_column(
            "device",
            code_lists.DEVICES,
            "设备类型 取暖设备 设备 改造设备 清洁取暖设备 安装设备 已装设备 设备名称",
        ),
        choice_column(
            "device_chosen",
            code_lists.DEVICES,
            "选择设备 意向设备 选定设备 所选设备 拟选设备 自选设备",
        ),
        text_column("device_model", "设备型号 型号 规格型号 产品型号 机型"),
        number_column(
            "device_kw", "kW", "设备功率 额定功率 输入功率 单台功率 设备额定功率 制热输入功率"
        ),
        number_column("device_count", "台", "设备台数 台数 安装台数 设备数量"),
        id_column("device_serial", "设备编号 出厂编号 机身编号 设备序列号 机身号", personal=True),
        id_column("lot", "标段 标段号 标包 标包号 包号 中标标段 采购包"),
        expected(
            number_column(
                "floor_area_m2",
                "m²",
                "建筑面积 面积 住房面积 房屋面积 取暖面积 采暖面积 供暖面积",
                between=_FLOOR_AREA_M2,
            )
        ),
        number_column("accuracy_m", "m", "定位精度 精度 定位误差 坐标精度 GPS精度"),
        date_column("applied_on", "申请日期 申请时间 报名日期 提出申请日期", by_month=True),
        choice_column(
            "willing", code_lists.WILLING, "改造意愿 是否愿意改造 意愿 群众意愿 是否愿意 入户意愿"
        ),
        text_column("list_no", "名单文号 锁定文号 确村确户文号 名单批次 计划文号"),
        date_column("listed_on", "列入日期 锁定日期 确户日期 纳入日期 列入名单日期"),
        date_column("delisted_on", "调出日期 退出日期 移出日期 核减日期 退出名单日期"),
        text_column("delisted_reason", "调出原因 退出原因 核减原因 调出说明 退出原因及文号"),
        date_column(
            "signed_on",
            "签约日期 签订日期 协议签订日期 签约时间 确认日期 签协议日期",
            by_month=True,
        ),
        date_column(
            "installed_on",
            "安装日期 安装时间 设备安装日期 安装完成日期 入户安装日期 完成时间 完成日期 改造时间 改造日期 "
            "改造完成时间 改造完成日期 完工时间 完工日期",
            by_month=True,
        ),
        date_column(
            "energised_on",
            "通电日期 送电日期 通电通气日期 接通日期 通热日期 通气日期 投用日期 通电时间 启用日期",
            by_month=True,
        ),
        date_column("accepted_on", "验收日期 验收时间 验收合格日期 竣工验收日期", by_month=True),
        date_column(
            "stove_removed_on",
            "拆炉日期 旧炉拆除日期 炉具拆除日期 拆除日期 燃煤炉拆除日期 煤炉拆除日期 拆除旧炉日期",
            by_month=True,
        ),
        date_column(
            "coal_removed_on",
            "清煤日期 散煤清理日期 存煤清零日期 清零日期 存煤清理日期 煤炭清理日期 散煤清零日期",
            by_month=True,
        ),
        yes_no_column(
            "never_coal", "从未用煤 从未燃煤 是否从未用煤 未曾用煤 无燃煤历史 从未使用散煤"
        ),
        choice_column(
            "acceptance_by", code_lists.ACCEPTANCE_BY, "验收单位 验收方 验收主体 验收级别 验收人"
        ),
        choice_column(
            "acceptance_result", code_lists.PASS_FAIL, "验收结果 验收结论 是否合格 验收情况"
        ),
        expected(
            number_column(
                "plan_year",
                "a",
                "计划年度 任务年度 改造年度 年度 改造年份 实施年度",
                between=_PLAN_YEARS,
            )
        ),
        expected(
            yes_no_column(
                "in_programme",
                "列入计划 纳入计划 确村确户 是否列入本年计划 本年任务 是否纳入 列入本年任务 "
                "列入本年计划 是否列入本年任务 是否列入计划 列入确村确户名单",
            )
        ),
        yes_no_column("self_converted", "自行改造 自改 自主改造 是否自改 自费改造 是否自行改造"),
        text_column("season", "采暖季 取暖季 供暖季"),
        number_column(
            "heating_kwh",
            "kWh",
            "取暖用电量 采暖用电量 采暖季用电量 取暖电量 用电量",
            between=_SEASON_KWH,
        ),
        number_column(
            "heating_m3",
            "m³",
            "取暖用气量 采暖用气量 采暖季用气量 取暖气量 用气量",
            between=_SEASON_M3,
        ),
        number_column(
            "heating_t",
            "t",
            "生物质燃料量 取暖燃料量 生物质燃料用量 成型燃料用量 颗粒燃料用量 燃料购买量",
            between=_SEASON_T,
        ),
        choice_column(
            "heating_kwh_basis",
            code_lists.KWH_BASIS,
            "取暖用电计量方式 取暖电量口径 计量方式 电量口径 用电计量方式",
        ),
        choice_column(
            "hardship_class",
            code_lists.HARDSHIP,
            "困难类别 困难类型 困难群体 困难户类别 低保类别 是否困难户",
            personal=True,
        ),
        date_column(
            "supplement_paid_on",
            "补助发放日期 补贴发放日期 补贴到账日期 补助到账日期 困难补助发放日期",
            personal=True,
        ),
        text_column("owner", "户主 户主姓名 姓名 业主 农户姓名 用户姓名 户主名", personal=True),
        id_column(
            "id_number",
            "身份证号 身份证 身份证号码 公民身份号码 证件号码 户主身份证号",
            personal=True,
        ),
        id_column("phone", "电话 联系电话 手机 手机号 手机号码 联系方式 电话号码", personal=True),
        id_column(
            "bank_account",
            "银行账号 银行卡号 账号 一卡通账号 一卡通 卡号 补贴账号 银行账户",
            personal=True,
        ),
        id_column(
            "meter_no",
            "电表号 表号 电能表号 电表编号 气表号 户表号 电表表号 用电户号",
            personal=True,
        ),
        id_column("transformer_id", "台区编号 所属台区 供电台区 台区编码 台区 变压器编号"),
        date_column(
            "tariff_on",
            "电价执行日期 煤改电电价日期 采暖电价执行日期 峰谷电价开通日期 执行煤改电电价日期",
            by_month=True,
        ),
        text_column("address", "地址 住址 家庭住址 详细地址 门牌号 门牌 家庭地址", personal=True),
        *COORDINATES,
    ),
    key="household_id",
    numbered=True,
    required=True,
    file_words="台账 农户 住户",
)


def with_devices(layer: Layer, devices: Iterable[str]) -> Layer:
    """`layer` with the policy's devices added to its device code lists, under the policy's names.

    The standard devices keep the words that ledgers write for them; new technology that we know
    by name has them too.
    """
    words = code_lists.PLAN_DEVICES
    added = {one: words.get(one, one) for one in devices if one not in code_lists.DEVICES}
    columns = tuple(
        replace(column, choices={**column.choices, **added})
        if column.choices is code_lists.DEVICES
        else column
        for column in layer.columns
    )
    return replace(layer, columns=columns)
