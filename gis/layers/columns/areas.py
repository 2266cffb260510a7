"""Schemas of the areas: villages, coal-ban zones, the built-up area and buildings."""

from __future__ import annotations

from gis.layers import code_lists
from gis.layers.columns.common import COORDINATES, VILLAGE_CODE
from gis.layers.schema import (
    Layer,
    choice_column,
    code_column,
    date_column,
    expected,
    id_column,
    number_column,
    required,
    text_column,
    yes_no_column,
)

VILLAGES = Layer(
    "villages",
    ("polygon", "point", "none"),
    (
        required(VILLAGE_CODE),
        text_column(
            "village",
            "村 村名 村名称 行政村 村委会 村居 村(居) 行政村名称 村社区 村民委员会 CUNMC",
            required=True,
        ),
        code_column(
            "township_code",
            9,
            "乡镇代码 乡镇编码 乡镇街道代码 镇代码 街道代码 乡代码",
            required=True,
        ),
        text_column(
            "township", "乡镇 乡镇名称 乡镇街道 镇 街道 乡(镇) 所属乡镇 镇街 XZQMC", required=True
        ),
        expected(yes_no_column("remote_mountain", "偏远山区 是否偏远山区 山区 是否山区 山区村")),
        expected(yes_no_column("rural", "农村 是否农村 农村地区 是否农村地区")),
        text_column("old_names", "曾用名 旧名 原名 原村名 别名 又名 原名称 曾用名称"),
        number_column("households_total", "户", "常住户数 常住总户数 常住户 实有常住户数"),
        date_column("households_total_on", "常住户数日期 户数统计日期 常住户数统计日期"),
        date_column("no_task_on", "无改造任务日期 无任务日期 无改造任务 无改造任务说明日期"),
        text_column("no_task_document", "无改造任务文号 无任务文号 无改造任务说明文号"),
        *COORDINATES,
    ),
    key="village_code",
    required=True,
    file_words="村界 行政区 边界",
)

COAL_BAN_ZONES = Layer(
    "coal_ban_zones",
    ("polygon",),
    (
        id_column("zone_id", "禁煤区编号 区编号 编号 区域编号", required=True),
        text_column("zone", "禁煤区 禁煤区名称 名称 区域名称", required=True),
        date_column("effective_on", "生效日期 施行日期 实施日期 划定日期 起始日期", required=True),
        date_column("expires_on", "失效日期 截止日期 有效期至 终止日期"),
        text_column("document_no", "文号 文件号 通告文号 发文字号 依据文件"),
    ),
    key="zone_id",
    dated="effective_on",
    required=True,
    file_words="禁煤区 禁燃区",
)

BUILDINGS = Layer(
    "buildings",
    ("polygon",),
    (
        number_column("floors", "层", "层数 楼层数 地上层数 房屋层数 建筑层数"),
        number_column("built_year", "a", "建成年份 建造年份 建成年代 建筑年代 竣工年份"),
        choice_column("use", code_lists.BUILDING_USE, "用途 房屋用途 建筑用途 建筑类型 房屋类型"),
    ),
    file_words="建筑物 房屋面",
)
BUILT_UP_AREA = Layer("built_up_area", ("polygon",), (), file_words="建成区")
