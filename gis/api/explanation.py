"""One village in full, as a planner reads it out in a meeting."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from gis import i18n
from gis.errors import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_NONE = Text("—", "—")
_LACKING = {
    "tender": Text("设备补贴待招标", "equipment subsidy pending tender"),
    "network": Text("热力管未到，接入投资另计", "no main there yet, its price comes on top"),
}


_CARD = (
    "border:1px solid #c8c8c8;border-radius:6px;padding:.7em 1em;max-width:52em;"
    "font-size:.95em;line-height:1.5"
)


@dataclass(frozen=True, repr=False)
class Explanation:
    """One village in full: its facts, its decision, and every route that was tried with its cost.

    It reads as text and shows as a card in a notebook.

    told  the values, as `gis.decide.explain` gives them; money in fen
    lang  of the text: zh or en
    """

    told: Mapping[str, Any]
    lang: str = "zh"

    def lines(self) -> list[Text]:
        """The text, line by line, in both languages; deeper lines begin with more blanks."""
        told = self.told
        lines = list(_village(told))
        for part in told["parts"]:
            upgrades = [one for one in told["upgrades"] if one["part"] == part["part"]]
            lines += [*_decision(part), *_money(part, upgrades), *_tried(part)]
        lines += _stations(told["transformers"])
        return lines

    def __str__(self) -> str:
        return "\n".join(line.of(self.lang) for line in self.lines())

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        """The card; every word in it is text."""
        return card([line.of(self.lang) for line in self.lines()])


def card(lines: Sequence[str]) -> str:
    """Lines as a card of HTML, the first one its heading; every word in it is text."""
    heading, *rest = lines
    rows = [
        f'<div style="padding-left:{(len(line) - len(line.lstrip())) // 2}em">'
        f"{escape(line.strip())}</div>"
        for line in rest
    ]
    return f'<div style="{_CARD}"><strong>{escape(heading)}</strong>{"".join(rows)}</div>'


def _village(told: Mapping[str, Any]) -> Iterator[Text]:
    facts = told["facts"]
    name, code = f"{told['township']} {told['village']}", told["village_code"]
    area, lost = facts.get("named_area") or "", facts["unplaced"]
    yield Text(f"{name}（{code}）", f"{name} ({code})")
    if facts["ledger_state"] == "absent":
        yield Text(
            "  台账中没有该村住户，户数不详",
            "  no household in the ledger: their number is unknown",
        )
        return
    yield Text(
        f"  {facts['households']:,} 户，待改 {facts['pending']:,} 户；"
        f"供热半径内 {facts['served']:,} 户"
        + (f"（另有 {lost:,} 户无可用坐标，未计）" if lost else "")
        + f"；禁煤区内 {facts['in_zone']:,} 户"
        + (f"；方案点名：{area}" if area else ""),
        f"  {facts['households']:,} households, {facts['pending']:,} still on coal; "
        f"{facts['served']:,} within reach of a main"
        + (f" (not counting {lost:,} without a usable place)" if lost else "")
        + f"; {facts['in_zone']:,} in a coal-ban zone"
        + (f"; named in the plan: {area}" if area else ""),
    )


def _decision(part: Mapping[str, Any]) -> Iterator[Text]:
    approach, status = _term("approach", part["approach"]), _term("status", part["status"])
    name = _term("part", part["part"]) if part["part"] else Text("", "")
    runner_up = _term("approach", part["runner_up"]) if part["runner_up"] else _NONE
    document = f"，{part['document_no']}" if part["document_no"] else ""
    yield Text(
        f"结论  {name.zh}{approach.zh}（{status.zh}{document}）",
        f"Route  {name.en} {approach.en} ({status.en}{document.replace('，', ', ')})",
    )
    yield Text(f"  依据  {part['clause']}", f"  clause  {part['clause']}")
    yield Text(f"  理由  {part['reason_zh']}", f"  why  {part['reason_en']}")
    if part["device"]:
        yield _device(part)
    if part["complements"]:
        yield _beside(part["complements"])
    if part["approach"] != "no_data":
        task = f"{part['batch']:,}"
        yield Text(f"  本年任务  {task} 户", f"  this year  {task} households")
    yield Text(f"  备选  {runner_up.zh}", f"  runner-up  {runner_up.en}")
    yield Text(
        f"  改变测算所需  {part['flip_margin_zh']}",
        f"  what would change it by the facts  {part['flip_margin_en']}",
    )
    if part["flip_range_zh"]:
        yield Text(f"    （{part['flip_range_zh']}）", f"    ({part['flip_range_en']})")
    if part["how_sure_zh"]:
        yield Text(f"  可靠程度  {part['how_sure_zh']}", f"  how sure  {part['how_sure_en']}")
    if part["flip_margin_en"].endswith("m to the network"):
        yield Text(
            "    （“再近”算到够分一片、或达到接入比例的那一户为止；理由中的距离是各户的中位数）",
            "    (to the home with which enough for a part, or the share asked for, are within "
            "reach; "
            "the distance of the reason is the median of the homes)",
        )


def _device(part: Mapping[str, Any]) -> Text:
    """What the homes are priced with: what they chose, else the plan's first device."""
    if part["approach"] != "electric":
        device = _term("device", part["device"])
        return Text(f"  设备  {device.zh}", f"  device  {device.en}")
    priced = (one["device"] for one in part["tried"] if one["route"] == "electric")
    names = [_term("device", key) for key in next(priced, part["device"]).split("+")]
    return Text(
        f"  设备  {'、'.join(name.zh for name in names)}（计价用，住户自选）",
        f"  device  {', '.join(name.en for name in names)} (for the price; the household chooses)",
    )


def _beside(complements: list[Mapping[str, Any]]) -> Text:
    """What the plan supports beside the route, and its price for one home."""
    zh, en = [], []
    for one in complements:
        name, cost = _term("complement", one["complement"]), one["equipment_fen"]
        price = Text("政策未列价", "not priced in the policy")
        if cost is not None:
            price = Text(f"设备 {_yuan(cost)} 元/户", f"equipment {_yuan(cost)} yuan a home")
        zh.append(f"{name.zh}（{price.zh}）")
        en.append(f"{name.en} ({price.en})")
    return Text(
        f"  可配合  {'、'.join(zh)}；自愿，不计入下列投资和成本",
        f"  beside it  {', '.join(en)}; by choice, in none of the figures below",
    )


def _money(part: Mapping[str, Any], upgrades: list[Mapping[str, Any]]) -> Iterator[Text]:
    """Capital, a year's money and what is avoided, for the route in force and all its homes."""
    for route in (one for one in part["tried"] if one["route"] == part["approach"]):
        grid_fen = sum(one["grid_fen"] for one in upgrades)
        items = ("equipment_fen", "connection_fen", "station_fen")
        capital = [_yuan(route[name]) for name in items]
        aid = _yuan(route["equipment_subsidy_fen"])
        yield Text(
            f"  投资（{part['pending']:,} 户，元）  设备 {capital[0]}，接入 {capital[1]}，"
            f"换热站 {capital[2]}，台区增容 {_yuan(grid_fen)}；其中设备补贴 {aid}",
            f"  capital ({part['pending']:,} households, yuan)  equipment {capital[0]}, "
            f"connection {capital[1]}, station {capital[2]}, transformers {_yuan(grid_fen)}; "
            f"of it equipment subsidy {aid}",
        )
        bill, help_, own = (
            _yuan(route[name]) for name in ("running_fen_a", "running_subsidy_fen_a", "own_fen_a")
        )
        yield Text(
            f"  每年（元）  用能 {bill}，运行补贴 {help_}，住户自付（含设备折年）{own}",
            f"  a year (yuan)  energy {bill}, running subsidy {help_}, "
            f"the households' own with equipment {own}",
        )
        yield _heat(route)
        coal, co2, pm25, so2 = (
            _amount(route[f"{name}_a"])
            for name in ("coal_avoided_t", "co2_avoided_kg", "pm25_avoided_kg", "so2_avoided_kg")
        )
        yield Text(
            f"  每年减排  散煤 {coal} t，二氧化碳 {co2} kg，PM2.5 {pm25} kg，二氧化硫 {so2} kg",
            f"  avoided a year  coal {coal} t, CO2 {co2} kg, PM2.5 {pm25} kg, SO2 {so2} kg",
        )


def _heat(route: Mapping[str, Any]) -> Text:
    """What the annual heat of the homes stands on, and how many stand on each."""
    names = ("median", "area", "default")
    counts = {name: route[f"{name}_homes"] for name in names if route[f"{name}_homes"]}
    words = {name: _basis(name) for name in counts}
    zh = "，".join(f"{words[name].zh} {count:,} 户" for name, count in counts.items())
    en = ", ".join(f"{words[name].en} {count:,}" for name, count in counts.items())
    return Text(f"  年供热量依据  {zh}", f"  annual heat rests on (homes)  {en}")


def _basis(name: str) -> Text:
    return i18n.format_message(i18n.messages("report")["heat_basis"], name)


def _tried(part: Mapping[str, Any]) -> Iterator[Text]:
    if part["tried"]:
        yield Text("  逐一试过：", "  tried in the plan's order:")
    for attempt in part["tried"]:
        route = _term("approach", attempt["route"])
        verdict = (
            Text("符合", "eligible") if attempt["eligible"] else Text("不符合", "not eligible")
        )
        if attempt["eligible"] and not attempt["has_capacity"]:
            verdict = Text("符合，但容量不够", "eligible, but short of capacity")
        clause = attempt["clause"]
        yield Text(
            f"    {route.zh}  {verdict.zh}（{clause}）：{attempt['reason_zh']}",
            f"    {route.en}  {verdict.en} ({clause}): {attempt['reason_en']}",
        )
        yield _cost(attempt)


def _cost(attempt: Mapping[str, Any]) -> Text:
    cost, own = (
        _yuan(attempt[name]) for name in ("cost_per_household_fen_a", "own_per_household_fen_a")
    )
    lacking = [_LACKING.get(key, Text(key, key)) for key in (attempt["missing"] or "").split(",")]
    zh, en = ("；".join(filter(None, (text.of(lang) for text in lacking))) for lang in ("zh", "en"))
    return Text(
        f"      户均年成本 {cost} 元，住户自付 {own} 元" + (f"（{zh}）" if zh else ""),
        f"      {cost} yuan a household and year, {own} of it the household's own"
        + (f" ({en})" if en else ""),
    )


def _stations(rows: Sequence[Mapping[str, Any]]) -> Iterator[Text]:
    """The transformers that feed the village's homes: what each carries, step by step."""
    words = i18n.messages("report")
    for row in rows:
        state, works = words["load_state"][row["total_state"]], words["grid_works"][row["works"]]
        loads = [_kva(row[name]) for name in ("base_kva", "year_total_kva", "total_kva")]
        size = "" if row["works_kva"] is None else f" {_kva(row['works_kva'])} kVA"
        cost = "" if row["works_fen"] is None else f"，{_yuan(row['works_fen'])} 元"
        paid = "" if row["works_fen"] is None else f", {_yuan(row['works_fen'])} yuan"
        yield Text(
            f"台区  {row['transformer_id']}：额定 {_kva(row['capacity_kva'])} kVA，"
            f"现有 {loads[0]}，本年后 {loads[1]}，改完 {loads[2]}（{state['zh']}）；"
            f"拟建：{works['zh']}{size}{cost}",
            f"Transformer  {row['transformer_id']}: {_kva(row['capacity_kva'])} kVA; today "
            f"{loads[0]}, with this year's {loads[1]}, with all {loads[2]} ({state['en']}); "
            f"works: {works['en']}{size}{paid}",
        )


def _kva(number: float | None) -> str:
    return "—" if number is None else f"{number:,.1f}"


def _yuan(fen: int | None) -> str:
    return "—" if fen is None else f"{fen / 100:,.2f}"


def _amount(number: float | None) -> str:
    return "—" if number is None else f"{number:,.0f}"


def _term(table: str, key: str) -> Text:
    """The name of a term; a device or complement that only the policy knows keeps its name."""
    known = i18n.messages("terms")[table]
    own = key not in known and table in ("device", "complement")
    return Text(key, key) if own else i18n.format_message(known, key)
