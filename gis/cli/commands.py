"""The commands, one function each; those of a publication are in gis.cli.publish_commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gis import __version__, publish, run_log
from gis.cli import publish_commands, record_commands
from gis.cli.options import (
    COMPARED_COLUMNS,
    AsOf,
    ComparedName,
    ComparedTable,
    Draws,
    Files,
    Folder,
    FromFiles,
    Json,
    Lang,
    Out,
    Project,
    Scenario,
    Sensitivity,
    Xlsx,
    open_project,
    scenario_of,
    screen_for,
)
from gis.cli.print_problems import list_answers, list_problems
from gis.errors import Text, UsageError
from gis.publish.atomic_swap import install_file
from gis.publish.errors import if_published

app = typer.Typer(
    name="nuantu",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def print_version(wanted: bool) -> None:  # typer calls it so
    """Print the version and exit, if it is asked for."""
    if wanted:
        print(f"nuantu {__version__}")
        raise typer.Exit


_VERSION = typer.Option(
    "--version", help="版本 / the version", is_eager=True, callback=print_version
)


@app.callback()
def nuantu(_version: Annotated[bool, _VERSION] = False) -> None:
    """暖图：逐村定清洁取暖方式，发布地图。 / Clean heating, village by village, and its maps."""


app.command()(publish_commands.run)
_SAME = "发布公众版和工作版 / publish both editions; the same as run"
app.command("publish", help=_SAME)(publish_commands.run)

_IN_SHORT = (
    "township", "village", "part", "approach", "status", "households", "pending", "batch", "clause",
)  # fmt: skip


_ZONES = (
    "zone_id", "zone", "verdict", "villages_inside", "villages_cleared", "villages_held", "inside",
    "cleared", "not_cleared", "unknown", "undecidable",
    "share_certain", "share_possible", "coal_findings", "open_complaints",
)  # fmt: skip
_UNITS = (
    "unit", "mode", "target", "decided", "batch", "batch_draft", "awaiting", "self_checked",
    "accepted", "completed", "late", "reported", "stock", "remaining",
    "rate_needed_per_week", "forecast_low", "forecast_high", "forecast_note",
)  # fmt: skip
_GAPS = (
    "rank", "kind", "village_code", "households", "asset", "asset_amount", "asset_unit",
    "cost_per_household_cny",
)  # fmt: skip
_EFFECTS = {
    "zh": ("parameter", "range_end", "at_value", "unit", "changed_villages", "changed_homes",
        "effect"),
    "en": (
        "parameter_en", "range_end", "at_value", "unit", "changed_villages", "changed_homes",
        "effect_en",
    ),
}  # fmt: skip
_CERTAIN = {
    "zh": ("township", "village", "computed_routes", "same_share", "how_sure"),
    "en": ("township", "village", "computed_routes", "same_share", "how_sure_en"),
}
_GROWN = (
    "township", "village", "connected", "homes", "peak_kw", "new_m", "cost_cny_a",
    "individual_route", "individual_cny_a", "in_time",
)  # fmt: skip


@app.command()
def check(project: Project, xlsx: Xlsx = None, as_json: Json = False, lang: Lang = "zh") -> None:
    """图层有什么问题、在哪些行、怎么改 / what is wrong with the layers, and how to mend it."""
    screen = screen_for(lang, as_json=as_json)
    if xlsx and xlsx.is_file():
        zh, en = (
            f"{xlsx} 是文件；--xlsx 后面写文件夹",
            f"{xlsx} is a file; give a folder after --xlsx",
        )
        raise UsageError(Text(zh, en))
    with open_project(screen, project) as found:
        groups, told, fits = found.problem_groups(), found.answers(), found.fits()
        books = found.problem_books() if xlsx else {}
    if as_json:
        listed = [group.as_json(lang) | {"where": group.places()} for group in groups]
        screen.json({"problems": listed, "answers": [one.as_json(lang) for one in told]})
    else:
        list_problems(screen, found.inputs().layers, groups, fits)
        list_answers(screen, told)
    for name, content in books.items():
        file = (xlsx or project) / name
        install_file(file, content)
        screen.say(Text(f"已写 {file}", f"wrote {file}"))
    if any(group.blocking for group in groups):
        raise typer.Exit(1)


@app.command()
def decide(
    project: Project,
    out: Out,
    as_of: AsOf = None,
    scenario: Scenario = None,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """只作决策 / decisions only: DIR/planner/decisions.csv and what it rests on."""
    screen = screen_for(lang, as_json=as_json)
    with open_project(screen, project, as_of) as found:
        table = publish.write_decisions(found.run(scenario).results, out)
    screen.table(table, _IN_SHORT)


@app.command()
def extend(
    project: Project,
    out: Out,
    as_of: AsOf = None,
    scenario: Scenario = None,
    prices: Sensitivity = False,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """热网该延伸到哪些村、走哪些街 / villages the heating network should grow to, and how."""
    screen = screen_for(lang, as_json=as_json)
    if_published(out, "extension.csv")  # checked before the work, and again after it
    with open_project(screen, project, as_of) as opened:
        run = opened.run(scenario)
        found = run.proven_extension
        table = publish.write_extension(found, run.facts, run.inputs.project, out)
        if prices:
            run.stages.say(Text("改变热价和管价重算", "again at other prices of heat and pipe"))
            table = publish.write_sensitivity(found, run.inputs.project, out)
    if as_json:
        screen.json(found.as_json())
    else:
        screen.table(
            table, tuple(table.columns) if prices else (*_GROWN, f"path_{lang}", f"why_{lang}")
        )


@app.command()
def audit(
    project: Project,
    as_of: AsOf = None,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """禁煤区：已清零、未清零、无法确认 / coal-ban zones: cleared, not cleared, unconfirmed."""
    screen = screen_for(lang, as_json=as_json)
    with open_project(screen, project, as_of) as found:
        zones = found.run().clearance.zones_with_reasons()
    screen.table(zones, _ZONES)
    if not as_json:
        for zone in zones[zones["reason_zh"] != ""].itertuples():
            zh, en = f"{zone.zone_id}：{zone.reason_zh}", f"{zone.zone_id}: {zone.reason_en}"
            screen.say(Text(zh, en))


@app.command()
def progress(
    project: Project,
    as_of: AsOf = None,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """对照任务数的进度，按乡镇和月份 / completed against the targets, by township and month."""
    screen = screen_for(lang, as_json=as_json)
    with open_project(screen, project, as_of) as found:
        counted = found.run().progress
    if as_json:
        screen.table(counted.with_months())
    else:
        screen.table(counted.units, (*_UNITS, f"ground_{lang}"))
        screen.table(counted.by_month().drop(columns="unit_code"))


@app.command()
def gaps(
    project: Project,
    as_of: AsOf = None,
    scenario: Scenario = None,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """覆盖缺口和补上它的最省办法 / coverage gaps, and the cheapest asset that closes each."""
    screen = screen_for(lang, as_json=as_json)
    with open_project(screen, project, as_of) as opened:
        found = opened.run(scenario).gaps
    told = found.assign(cost_per_household_cny=found["cost_per_household_fen"] / 100)
    screen.table(told, (*_GAPS, f"reason_{lang}"))


@app.command()
def explain(
    project: Project,
    village: Annotated[str, typer.Argument(help="村代码或村名 / code or name", metavar="VILLAGE")],
    as_of: AsOf = None,
    scenario: Scenario = None,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """一个村的全部来由：事实、各方式、费用 / one village in full: facts, routes, costs."""
    screen = screen_for(lang, as_json=as_json)
    with open_project(screen, project, as_of) as found:
        told = found.decide(scenario).explain(village)
    if as_json:
        screen.json(told.told)
        return
    for line in told.lines():
        screen.say(line)


@app.command()
def compare(
    project: Project,
    a: Annotated[
        str, typer.Argument(help="情景，base 为原方案 / scenario, base: none", metavar="A")
    ],
    b: Annotated[str, typer.Argument(help="另一情景 / the other", metavar="B")],
    of: ComparedTable = None,
    as_of: AsOf = None,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """两个情景之间哪些村、哪些工程、哪些日期会变 / two scenarios: which villages, works and days change."""
    screen = screen_for(lang, as_json=as_json)
    with open_project(screen, project, as_of) as found:
        from gis.api.comparison import compare as compare_plans  # noqa: PLC0415  # geopandas: 0.7 s

        one, other = (found.decide(scenario_of(name)) for name in (a, b))
        every: tuple[ComparedName, ...] = ("routes", "totals", "ready", "works")
        chosen = (of or "routes",) if of or as_json else every
        tables = [compare_plans(one, other, name).reset_index() for name in chosen]
    if of or as_json:
        screen.table(tables[0], COMPARED_COLUMNS[chosen[0]][lang])
        return
    from gis.cli.print_comparison import print_comparison, print_works  # noqa: PLC0415  # pandas

    print_comparison(screen, tables[0], (a, b))
    print_works(screen, *tables[1:])


@app.command()
def sensitivity(
    project: Project,
    draws: Draws = None,
    as_of: AsOf = None,
    scenario: Scenario = None,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """未核实参数取上下限时哪些村会变、结论有多可靠 / what unverified numbers change, and how sure."""
    screen = screen_for(lang, as_json=as_json)
    with open_project(screen, project, as_of) as found:
        plan = found.decide(scenario)
        if draws:
            screen.table(plan.robustness(draws).reset_index(), _CERTAIN[lang])
        else:
            screen.table(plan.sensitivity().reset_index(), _EFFECTS[lang])


app.command()(publish_commands.export)
app.command()(publish_commands.notice)
app.command()(publish_commands.verify)
app.command()(publish_commands.restore)
app.command()(record_commands.answer)
app.command()(record_commands.journal)
app.command()(record_commands.visits)
app.command()(record_commands.undo)
app.command("withdraw")(record_commands.withdraw)
app.command("amend")(record_commands.amend)


@app.command()
def new(
    folder: Folder,
    files: Files = None,
    from_files: FromFiles = False,
    lang: Lang = "zh",
) -> None:
    """新建项目文件夹：样村，或由已有文件写成 / a new project: a sample, or from files there are."""
    screen = screen_for(lang, as_json=False)
    if from_files != bool(files):
        zh, en = "--from 后面写文件，可写多个", "give one or more files after --from"
        raise UsageError(Text(zh, en))
    if files:
        from gis.layers.reader_process import ReaderProcess  # noqa: PLC0415  # pyarrow: 0.13 s
        from gis.new_project.from_files import project_from_files  # noqa: PLC0415  # 1 s

        with ReaderProcess() as reader:
            for one in project_from_files(folder, files, reader):
                screen.say(one.said)
        names = ["policy.toml", "project.toml"]
    else:
        from gis.new_project.folder import write_template  # noqa: PLC0415  # xlsxwriter: 0.1 s

        names = write_template(folder)
    for name in names:
        screen.say(Text(f"已写 {name}", f"wrote {name}"))
    if files:
        zh = f"文件已复制到 {folder}，原文件未动；以后请改这里的文件"
        en = f"the files were copied to {folder}; the originals are as they were, change the copies"
        screen.say(Text(zh, en))
    zh = f"下一步：核对 project.toml 和 policy.toml，然后 nuantu check {folder}"
    screen.say(
        Text(zh, f"next: look through project.toml and policy.toml, then nuantu check {folder}")
    )


@app.command()
def desk(
    folder: Annotated[
        Path,
        typer.Argument(
            help="项目文件夹，可以是新的 / project folder, may be new", metavar="[FOLDER]"
        ),
    ] = Path(),
    port: Annotated[int, typer.Option(help="端口，0 为任一空闲的 / port, 0: any", metavar="N")] = 0,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="打开浏览器 / open the browser")
    ] = True,
    lang: Lang = "zh",
) -> None:
    """工作台：在浏览器里从文件做到地图 / the desk: from files to maps in the browser."""
    screen = screen_for(lang, as_json=False)
    try:
        from gis.desk.serve import serve  # noqa: PLC0415  # starlette, geopandas: 2 s
    except ModuleNotFoundError as error:
        zh = f"没有装工作台要用的 {error.name}；请装 nuantu[desk]，或用 scripts/desk 打开。"
        en = f"{error.name} is missing; install nuantu[desk], or start scripts/desk."
        raise UsageError(Text(zh, en)) from error
    run_log.begin_log(None)
    serve(folder, port, screen.say, browser=browser)


@app.command()
def roll(
    project: Project,
    new: Annotated[Path, typer.Argument(help="新文件夹 / a new folder", metavar="NEW")],
    lang: Lang = "zh",
) -> None:
    """下一年度的项目：往年户数转为存量 / next year's project from this one."""
    screen = screen_for(lang, as_json=False)
    from gis.new_project.roll import roll_project  # noqa: PLC0415  # geopandas: 0.7 s

    made = roll_project(project, new)
    said = [
        Text(f"已写 {new}：{made.year} 年度，截至 {made.begins}",
             f"wrote {new}: plan year {made.year}, as of {made.begins}"),
        Text(f"方案名称、文号和各项数值仍是 {made.year - 1} 年的，请按新方案改 policy.toml",
             f"the plan's name, document and figures are still those of {made.year - 1}: change "
             "policy.toml by the new plan"),
        Text("任务数已清空，请填 targets.csv；未填的乡镇没有本年任务",
             "the targets are blank, fill in targets.csv; a township without one has no batch"),
        Text("换上新台账后，把 [layers.households] 的 as_of 改为它的日期；本年名单填 plan_year",
             "with a new ledger, set as_of of [layers.households] to its day; this year's list "
             "has plan_year"),
    ]  # fmt: skip
    if made.kept:
        zh, en = f"上年任务表另存为 {made.kept}", f"last year's targets are kept as {made.kept}"
        said.append(Text(zh, en))
    for one in said:
        screen.say(one)
