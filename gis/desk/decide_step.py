"""Step 6: the plan on a map, what other thresholds and prices would change, and rulings."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd
import tomlkit
from starlette.responses import JSONResponse

from gis import i18n
from gis.api.comparison import compare
from gis.api.exchanged_ledgers import undo as undo_change
from gis.api.plan import Plan
from gis.api.project_file import POLICY, changing, day, set_keys
from gis.api.recorded_values import NEED_DOCUMENT
from gis.api.side_by_side import NEEDS, PAYERS, side
from gis.api.what_if import nested, only_money, what_if
from gis.desk.drawing import draw
from gis.desk.journal_page import table_words
from gis.desk.pages import back_to, language, step_text
from gis.desk.reading import column_heading
from gis.errors import InputError, Text
from gis.layers.project_record import project_record
from gis.policy.differences import unit_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from gis.api.run import Run
    from gis.desk.pages import Pages
    from gis.desk.work import Work
    from gis.policy import Policy

# Keys of the policy that have a slider; the first ones need no home to be placed again.
SLIDERS = (
    "prices.energy.electricity_heating_cny_per_kwh",
    "prices.energy.gas_cny_per_m3",
    "prices.energy.biomass_cny_per_t",
    "prices.energy.central_cny_per_m2",
    "electric.max_upgrade_cny_per_household",
    "electric.upgrade_cny_per_kva",
    "electric.kw_per_household",
    "heating_network.connect_m",
    "heating_network.served_share",
)
STATUSES = ("proposed", "township_confirmed", "approved", "published")
_PLAN = "base"  # what the plan itself is called where scenarios are named
_STEPS = 100  # of a slider
_WIDER = 2.0  # ASSUME: a quantity without a stated range is tried from half to twice its value
_CHANGES = 12  # of the journal that are shown


@dataclass(frozen=True)
class Slider:
    """One quantity of the policy: its value and the range within which it is tried.

    The value and both ends are whole numbers of steps apart: a browser moves a slider whose value
    lies between two steps.
    """

    key: str
    value: float
    low: float
    high: float
    step: float
    unit: Text
    quick: bool


@dataclass(frozen=True)
class DecidedVillage:
    """One village, or part of one, as it is decided."""

    code: str
    part: str
    name: str
    township: str
    approach: str
    status: str
    households: int
    pending: int
    cost_cny_a: float | None
    reason: Text


def show_decide(request: Request, pages: Pages) -> Response:
    """The plan or a scenario: map, villages, sliders; of a village its reasons and ruling."""
    pages.need_project()
    name = request.query_params.get("scenario", "")
    scenario = None if name in ("", _PLAN) else name
    opened = pages.desk.opened()
    if opened.blocking:
        return pages.show(request, "blocked", step="decide", groups=opened.groups)
    run = pages.desk.decided(scenario)
    project = pages.desk.opened().project
    villages = list(_villages(run))
    asked = request.query_params.get("village", "")
    shown = next((one for one in villages if one.code == asked), None)
    plan, terms = Plan(run), i18n.messages("terms")["approach"]
    changes = [] if scenario is None else _compared(pages.desk.decided(None), run)
    journal = project_record(pages.desk.folder).journal()
    return pages.show(
        request,
        "decide",
        map=draw(run.inputs.tables),
        classes={one.code: f"approach-{one.approach}" for one in reversed(villages)},
        villages=villages,
        shown=shown,
        lines=plan.explain(shown.code).lines() if shown else [],
        sliders=list(_sliders(run.inputs.policy)),
        scenario=name or _PLAN,
        scenarios=[_PLAN, *sorted(run.inputs.policy.scenario)] if project else [],
        changes=changes,
        sums=_sums(run),
        approaches=[rule.route for rule in run.inputs.policy.routes],
        used=list(dict.fromkeys(one.approach for one in villages)),
        statuses=STATUSES,
        need_document=" ".join(NEED_DOCUMENT),
        heading=column_heading,
        table_words=table_words,
        journal=journal[: -_CHANGES - 1 : -1],
        terms=json.dumps({code: pair[language(request)] for code, pair in terms.items()}),
        extended=run.plan.extension is not None,
    )


def _villages(run: Run) -> Iterator[DecidedVillage]:
    for row in run.plan.decisions.villages.to_dict("records"):
        yield DecidedVillage(
            str(row["village_code"]),
            str(row["part"]),
            str(row["village"]),
            str(row["township"]),
            str(row["approach"]),
            str(row["status"]),
            int(row["households"]),
            int(row["pending"]),
            None if pd.isna(row["cost_fen_a"]) else row["cost_fen_a"] / 100,
            Text(str(row["reason_zh"]), str(row["reason_en"])),
        )


def _sliders(policy: Policy) -> Iterator[Slider]:
    for key in SLIDERS:
        known = policy.provenance.get(key)
        value = float(policy.quantity(key))
        low = known.low if known and known.low is not None else value / _WIDER
        high = known.high if known and known.high is not None else value * _WIDER
        unit = unit_words(known.unit) if known and known.unit != "1" else Text("", "")
        yield Slider(key, *_on_steps(value, low, high), unit, only_money([key]))


def _on_steps(value: float, low: float, high: float) -> tuple[float, float, float, float]:
    """The value, the ends within low and high that steps from it reach, and the step: 1, 2 or 5."""
    middle, least, most = (Decimal(repr(one)) for one in (value, low, high))
    raw = (max(most, middle) - min(least, middle)) / _STEPS
    ten = Decimal(1).scaleb(raw.adjusted()) if raw else Decimal(1)
    step = ten * max(one for one in (1, 2, 5) if ten * one <= raw or one == 1)
    below, above = (max(one, Decimal(0)) // step for one in (middle - least, most - middle))
    return value, float(middle - below * step), float(middle + above * step), float(step)


def _sums(run: Run) -> dict[str, float | int]:
    """The yearly cost of all villages whose cost is known, and the grid works [CNY]."""
    decisions = run.plan.decisions
    costs = decisions.villages["cost_fen_a"]
    upgrades = decisions.upgrades
    return {
        "cost_cny_a": float(costs.sum()) / 100,
        "unknown": int(costs.isna().sum()),
        "grid_cny": float(upgrades["grid_fen"].sum()) / 100 if len(upgrades) else 0.0,
    }


def _compared(base: Run, other: Run) -> list[dict[str, Any]]:
    return [
        {"code": row["village_code"], "name": f"{row['township']}{row['village']}",
         "before": row["approach_a"], "after": row["approach_b"]}
        for row in _differences(base, other)
    ]  # fmt: skip


def try_out(request: Request, pages: Pages) -> Response:
    """What would change with the sliders where they stand; nothing is written."""
    name = request.query_params.get("scenario", _PLAN)
    base = pages.desk.decided(None if name == _PLAN else name)
    changes = _changes(request.query_params)
    grow = bool(changes) and request.query_params.get("grow") == "1"
    begun = time.monotonic()
    if grow:
        run: Run = pages.desk.worked_out(
            "growing", (pages.desk.opened().files, name, changes), partial(_grown, base, changes)
        )
    with pages.desk.deciding:
        run = run if grow else what_if(base, changes) if changes else base
        decided = run.plan.decisions.villages
    routes = dict(zip(decided["village_code"], decided["approach"], strict=True))
    return JSONResponse(
        {
            "changed": _compared(base, run) if changes else [],
            "routes": {str(code): str(route) for code, route in routes.items()},
            "sums": _sums(run),
            "before": _sums(base),
            "mains": [_mains_m(base), _mains_m(run)],
            "frozen": bool(changes) and not grow and base.plan.extension is not None,
            "seconds": round(time.monotonic() - begun, 2),
        }
    )


def _grown(base: Run, changes: Mapping[str, float], _work: Work) -> Run:
    """The plan under a changed policy with its network grown anew."""
    run = what_if(base, changes, grow=True)
    run.plan  # noqa: B018  worked out now
    return run


def _mains_m(run: Run) -> float | None:
    extension = run.plan.extension
    return None if extension is None else float(extension.branches["length_m"].sum())


def show_compare(request: Request, pages: Pages) -> Response:
    """Two of the plan and its scenarios beside each other."""
    pages.need_project()
    asked = [request.query_params.get(side, _PLAN) for side in "ab"]
    one, other = (pages.desk.decided(None if name == _PLAN else name) for name in asked)
    names = [_PLAN, *sorted(one.inputs.policy.scenario)]
    sides = [side(one), side(other)]
    return pages.show(
        request,
        "compare",
        step="decide",
        names=names,
        asked=asked,
        sides=sides,
        used=list(dict.fromkeys([*sides[0].routes, *sides[1].routes])),
        changes=_differences(one, other),
        totals=_blank_to_none(compare(Plan(one), Plan(other), "totals")),
        total=partial(i18n.format_message, i18n.messages("report")["compared"]),
        payers=PAYERS,
        needs=NEEDS,
        quantity=partial(i18n.format_message, i18n.messages("report")["supply_quantity"]),
    )


def _differences(one: Run, other: Run) -> list[dict[str, Any]]:
    """The rows of gis.compare, blanks as None."""
    return _blank_to_none(compare(Plan(one), Plan(other)))


def _blank_to_none(frame: pd.DataFrame) -> list[dict[str, Any]]:
    table = frame.reset_index()
    return table.astype(object).where(table.notna(), None).to_dict("records")


def _changes(asked: Mapping[str, str]) -> dict[str, float]:
    """The sliders that were moved.

    Raises:
        InputError: One stands at no number.
    """
    found: dict[str, float] = {}
    for key in SLIDERS:
        if key in asked and asked[key] != "":
            try:
                value = float(asked[key])
                found[key] = int(value) if value.is_integer() else value
            except ValueError as error:
                zh, en = f"{key} 不是数", f"{key} is no number"
                raise InputError(Text(zh, en)) from error
    return found


def save_scenario(_request: Request, pages: Pages, form: FormData) -> Response:
    """Write the sliders that were moved into policy.toml as a scenario."""
    told = {key: str(value) for key, value in form.items()}
    name = told["name"].strip()
    if not name.isidentifier() or not name.isascii() or name == _PLAN:
        said = Text(
            "情景的名字用英文字母、数字和下划线，如 cheap_power",
            "name a scenario with letters, digits and underscores, such as cheap_power",
        )
        raise InputError(said)
    changes = _changes({key.removeprefix("moved."): value for key, value in told.items()
                        if key.startswith("moved.")})  # fmt: skip
    if not changes:
        raise InputError(Text("没有移动任何滑块。", "No slider was moved."))
    with pages.desk.changing() as folder, changing(folder, POLICY) as document:
        scenarios = document.setdefault("scenario", tomlkit.table(is_super_table=True))
        if name not in scenarios:
            scenarios[name] = tomlkit.table()
        set_keys(scenarios[name], nested(changes))
    pages.note(step_text("decide", "saved", name=name))
    return back_to("/decide", scenario=name)


def rule(_request: Request, pages: Pages, form: FormData) -> Response:
    """Enter a ruling of a village in the office's own record."""
    told = {key: str(value).strip() for key, value in form.items()}
    with pages.desk.changing():
        project = pages.desk.known().project
        if project is None:
            raise InputError(Text("项目读不出来。", "The project cannot be read."))
        project.record.rule(
            told["village"],
            told["approach"],
            told["status"],
            who=told["who"],
            why=told["why"],
            part=told.get("part", ""),
            document_no=told.get("document_no", ""),
            decided_on=day(told["decided_on"]) if told.get("decided_on") else None,
        )
    pages.note(step_text("decide", "ruled"))
    return back_to("/decide", fragment="village-h", village=told["village"])


def rule_several(_request: Request, pages: Pages, form: FormData) -> Response:
    """Enter one status for several villages in one change; each keeps the route that it has."""
    told = {key: str(value).strip() for key, value in form.items()}
    ticked = [str(one).split("/") for one in form.getlist("ticked")]
    if not ticked:
        raise InputError(Text("没有勾村。", "No village was ticked."))
    with pages.desk.changing():
        project = pages.desk.known().project
        codes = set(project.inputs().tables["villages"]["village_code"]) if project else set()
        if project is None or any(len(one) != 3 or one[0] not in codes for one in ticked):
            raise InputError(Text("没有这个村；请刷新页面。", "There is no such village; reload."))
        same = {
            "status": told["status"],
            "document_no": told.get("document_no", ""),
            "decided_on": day(told["decided_on"]) if told.get("decided_on") else None,
            "reason": told["why"],
        }
        rows = [
            {"village_code": code, "part": part, "approach": approach, **same}
            for code, part, approach in ticked
        ]
        project.record.put("rulings", rows, who=told["who"], why=told["why"])
    pages.note(step_text("decide", "ruled_several", n=len(ticked)))
    return back_to("/decide", fragment="villages-h")


def undo(_request: Request, pages: Pages, form: FormData) -> Response:
    """Undo a change of the record, which is a change too."""
    number = str(form["number"])
    with pages.desk.changing() as folder:
        undo_change(
            folder,
            int(number) if number.isdecimal() else 0,
            who=str(form["who"]),
            why=str(form["why"]),
        )
    pages.note(step_text("decide", "undone", number=number))
    back = str(form.get("back", ""))
    return back_to(back if back in ("/problems", "/journal") else "/decide")
