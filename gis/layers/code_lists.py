"""Code lists: each code with the words that Chinese ledgers write for it."""

from __future__ import annotations

HEATING = {
    "coal": "煤 燃煤 散煤 煤炉 烧煤 燃煤炉 燃煤取暖 煤取暖 土暖气 蜂窝煤 散煤取暖 型煤 烧散煤 煤火炉",
    "central": "集中供热 集中供暖 热力 市政供热 热网 城市集中供热 集中 暖气",
    "electric": "电 煤改电 电采暖 电取暖 电供暖 空气源热泵 热泵 用电",
    "gas": "气 煤改气 天然气 燃气 燃气壁挂炉 壁挂炉 燃气采暖 天然气取暖",
    "biomass": "生物质 生物质炉 生物质炉具 生物质成型燃料 生物质颗粒 颗粒炉",
    "solar": "太阳能 光热 太阳能+ 太阳能取暖 太阳能采暖",
    "none": "无 没有 未取暖 不取暖 无取暖 无采暖 未采暖",
}
OCCUPANCY = {
    "occupied": "常住 有人 居住 在住 入住 住人 常年居住 正常居住 有人居住",
    "vacant": "空置 空挂 闲置 无人 空房 长期无人 无人居住 外出 空户",
    "demolition": "拆迁 待拆 拟拆迁 拆除 拆迁户 待拆迁 已拆迁 征拆",
}
_LIVED_IN = "常住 是否常住 是否常年居住 是否居住 是否有人居住 是否有人 是否住人 是否入住".split()
_EMPTY = "是否空置 是否空户 是否空挂 是否空挂户 是否闲置 是否无人居住".split()
OCCUPANCY_YES_NO = dict.fromkeys(_LIVED_IN, ("occupied", "vacant"))
OCCUPANCY_YES_NO |= dict.fromkeys(_EMPTY, ("vacant", "occupied"))
# how far the conversion of a home has come, which tells whether its heating is already in use
CONVERSION = {
    "done": "是 已完成 完成 已改造 改造完成 已完工 完工 已安装 安装完成 已验收 验收合格 已通电 已投用 "
    "已竣工 竣工 投用",
    "pending": "已签约 签约 未动工 未开工 施工中 在建 正在改造 改造中 正在施工 待施工 待安装 已报名 待改造 "
    "正在安装 未完成 未完工 未安装 拟改造 计划改造",
    "none": "否 未改造 没有 无 不改造 未签约 未报名",
}
DEVICES = {
    "ashp_water": "空气源热泵热水机 空气源热水机 空气源热泵(水) 热水机 空气源热泵水机 "
    "低温空气源热泵热水机 水机",
    "ashp_air": "空气源热泵热风机 空气源热风机 空气源热泵(风) 热风机 低温空气源热泵热风机 风机",
    "gshp": "地源热泵 水地源热泵 地热热泵 浅层地热 水源热泵",
    "central_electric": "集中式电供暖 集中电采暖 集中式电采暖 集中电供暖 集中式电取暖",
    "electric_boiler": "电锅炉 蓄热电锅炉 电壁挂炉 蓄热式电锅炉 小电锅炉",
    "direct_electric": "直热式电取暖 直热式 电热膜 碳晶 电暖器 发热电缆 直热式电暖器 "
    "电油汀 电地暖 碳纤维",
    "gas_boiler": "燃气壁挂炉 壁挂炉 燃气炉 天然气壁挂炉 燃气采暖热水炉",
    "biomass_stove": "生物质炉 生物质炉具 专用炉具 生物质专用炉具 颗粒炉",
    "radiator": "暖气片 散热器 散热片 地暖 暖气",
}
# new technology that a plan may bring as a device of its own, see [devices] of policy.toml
PLAN_DEVICES = {
    "shared_ashp": "集中式空气能 集中式空气源热泵 集中空气能 空气能集中供暖 集中空气源",
    "pv_direct_dc": "光电直柔 光储直柔 光伏直柔",
    "shared_gas": "集中式燃气 燃气集中供暖 燃气站集中供暖",
    "shared_electric": "集中式电锅炉 蓄热电锅炉集中供暖 电锅炉集中供暖",
}
HARDSHIP = {
    "none": "无 否 非困难户 一般户 普通户 不是",
    "dibao": "低保 低保户 农村低保 最低生活保障 城市低保 低保对象",
    "wubao": "特困人员 特困 特困供养 分散供养 五保 五保户 分散供养特困人员",
    "other": "其他 其它 困难户 其他困难 低收入 边缘户 脱贫户 监测户 残疾 优抚",
}
ACCEPTANCE_BY = {
    "village": "村 村级 村委会 村委 村两委 行政村",
    "township": "乡镇 乡 镇 乡镇级 乡镇政府 街道 街道办 乡镇街道",
    "third_party": "第三方 第三方机构 三方 监理 第三方验收 第三方公司",
    "county": "县 市 县级 市级 县市级 清洁取暖办 县级验收 市级验收",
    "heating_centre": "供热中心 供热服务中心 热力公司 供热公司 城市供热服务中心 供热办",
    "housing_bureau": "住建局 住房和城乡建设局 住建 住房和城乡建设管理局 燃气公司",
}
WILLING = {
    "yes": "愿意 同意 愿 有意愿 是 有 √ 愿改",
    "no": "不愿意 不同意 不愿 无意愿 否 无 × 拒绝 不愿改 放弃",
    "undecided": "未定 未表态 待定 观望 犹豫 考虑中",
}
COMPLAINT_KIND = {
    "coal": "散煤 燃煤 涉煤 散煤燃烧 散煤复烧 煤",
    "other": "其他 其它 非涉煤 不涉煤 与煤无关 无关",
}
PASS_FAIL = {
    "pass": "合格 通过 验收合格 已通过 是 验收通过",
    "fail": "不合格 未通过 验收不合格 不通过 否 整改 需整改",
}
KWH_BASIS = {
    "separate_meter": "单独计量 独立电表 单独电表 分表 取暖专表 采暖专表 专用电表 单独装表",
    "total_minus_baseline": "扣除基数 总量减基数 扣除生活用电 总表减基数 减基数",
    "total": "总量 总表 全部用电 合表 全户用电 未分表",
}
BUILDING_USE = {
    "house": "平房 农房 民房 农宅 自建房 村民住宅 独院 院落 窑洞 house detached farm",
    "flat": "楼房 住宅楼 单元楼 多层住宅 高层住宅 公寓 居民楼 apartments",
    "dwelling": "住宅 居住 住房 民居 居民住宅 residential",
    "other": "商业 工业 厂房 仓库 学校 医院 办公 公共 公建 商铺 养殖 牲畜棚 大棚 其他 其它 非住宅 "
    "commercial industrial school hospital office public warehouse retail garage shed",
}
ASSET_STATUS = {
    "in_service": "在运 在用 已建 现状 投运 已投运 运行 在役 现有 建成 已通气 已通热 投用",
    "planned": "规划 拟建 在建 计划 待建 新建 未建 未投运 设计",
}
PIPE_ROLE = {
    "primary": "一次网 一级网 一次管网 主干网 一级管网 一网 高温网 主干线",
    "secondary": "二次网 二级网 二次管网 庭院网 二级管网 二网 低温网 支线",
}
PEAK_SEASON = {
    "heating": "采暖季 取暖季 供暖季 冬季 冬 采暖期 供暖期 度冬",
    "summer": "夏季 夏 度夏 迎峰度夏 非采暖季 非供暖季",
}
APPROACH = {
    "central": "集中供热 集中供暖 热力 集中",
    "electric": "煤改电 电 电采暖 电取暖 电供暖",
    "gas": "煤改气 气 天然气 燃气",
    "biomass": "生物质 生物质+炉具 生物质燃料+专用炉具 生物质炉具",
    "done": "已完成 完成 已改造 已清洁取暖",
    "undecided": "未定 待定 暂缓 未确定",
}
RULING_STATUS = {
    "proposed": "建议 拟定 初拟 草案 建议方案",
    "township_confirmed": "乡镇确认 乡镇已确认 镇确认 乡镇核定 街道确认 乡镇上报",
    "approved": "批准 已批准 审定 已批 批复 市级批准 已审定 同意",
    "published": "公布 已公布 公示 已公示 发布 已发布",
}
ZONE_RULING = {
    "inside": "区内 内 在内 界内 禁煤区内 范围内",
    "outside": "区外 外 不在内 界外 禁煤区外 范围外",
}
FINDING = {
    "clean": "无煤 清洁 合格 无散煤 正常 未发现 未发现问题 无问题 清零 无煤无炉",
    "coal_stored": "存煤 有存煤 储煤 存放散煤 囤煤 发现存煤",
    "coal_burned": "烧煤 燃煤 散煤燃烧 使用散煤 用煤 散煤复烧 复烧 燃烧散煤",
    "coal_sold": "售煤 销售散煤 卖煤 贩煤 经营散煤 散煤销售",
    "stove_present": "有炉 旧炉未拆 燃煤炉具未拆 有炉具 炉具未拆除 存有炉具 煤炉未拆",
    "device_unused": "改而不用 设备未用 未使用 停用 清洁设备未使用 闲置未用",
    "no_access": "无法入户 未入户 锁门 家中无人 拒绝入户 无人在家 入户未遇",
}
PURPOSE = {
    "equipment": "设备补贴 设备 设备购置 设备购置补贴 购置补贴 设备及安装 改造补贴 一次性补贴 初装补贴",
    "connection": "管网 入户接入 接入补贴 接口费 开口费 燃气管网 管网建设 入户管网 配套费",
    "running": "运行补贴 运行 用电补贴 用气补贴 取暖补贴 采暖补贴 电费补贴 气费补贴 运行费补贴",
    "supplement": "困难补助 困难户补助 困难群众补助 低保补助 特困补助 一次性困难补助",
    "grid": "配套电网 电网改造 配套电网改造 农网改造 台区改造",
    "other": "其他 其它 工作经费 验收费 监理费 宣传费",
}
PAYMENT_STAGE = {
    "budgeted": "预算 列入预算 预算安排 安排 计划",
    "allocated": "下达 拨付 已下达 已拨付 资金下达 资金拨付 拨入",
    "paid": "发放 支付 兑付 已发放 已支付 已兑付 打卡 打卡发放 到户",
    "returned": "退票 退回 银行退回 打卡失败 发放失败",
    "recovered": "追回 收回 退缴 已追回 扣回",
    "settled": "清算 结算 已清算 已结算 决算",
}
PART = {
    "served": "已覆盖 供热覆盖区 管网内",
    "unserved": "未覆盖 供热覆盖区外 管网外",
}
YES = frozenset(
    "是 有 对 真 √ ✓ ✔ y yes true t 1 属于 已纳入 纳入 落实 已落实 豁免 自改 自行改造 山区".split()
)
NO = frozenset("否 无 没有 不 假 × ✗ x n no false f 0 不是 未纳入 不属于 未落实 非 不纳入".split())
