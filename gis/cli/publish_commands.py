"""Commands that make a publication, verify it, and restore an earlier one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from gis import publish
from gis.cli.options import (
    AsOf,
    Compare,
    Draws,
    Engine,
    Folder,
    Json,
    Key,
    Lang,
    Log,
    Older,
    Out,
    Previous,
    Project,
    PublishedOn,
    Scenario,
    Sign,
    Unmask,
    day_of,
    file_for,
    open_project,
    screen_for,
    split_options,
)
from gis.cli.output import print_export, print_run, print_volumes
from gis.cli.print_problems import differences
from gis.editions.run_results import EditionFlags, PublishOptions
from gis.errors import Text
from gis.publish.atomic_swap import install_file
from gis.publish.signing import signed_by, signer


def run(
    project: Project,
    out: Out,
    as_of: AsOf = None,
    published_on: PublishedOn = None,
    scenario: Scenario = None,
    previous: Previous = None,
    older: Older = False,
    unmask: Unmask = False,
    sign: Sign = None,
    compare: Compare = None,
    draws: Draws = None,
    engine: Engine = "threads",
    log: Log = None,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """检查、决策、核查、发布 / check, decide, audit and publish: the main job."""
    screen = screen_for(lang, as_json=as_json)
    split_options(project, out)
    signed = signer(sign, apart=(project, out)) if sign else None
    options = PublishOptions(
        previous,
        signed,
        tuple(compare or ()),
        draws,
        EditionFlags(unmask, older),
        day_of(published_on, "--published-on"),
    )
    file = file_for("--log", log, out) if log else None
    with open_project(screen, project, as_of, engine, file) as found:
        outcome = found.publish(out, scenario, options)
    if isinstance(outcome, dict):
        print_volumes(screen, outcome, out)
    else:
        print_run(screen, outcome, out)


def export(
    project: Project,
    layer: Annotated[
        str, typer.Argument(help="图层 / a layer of nuantu.gpkg, e.g. villages", metavar="LAYER")
    ],
    out: Annotated[Path, typer.Option(help="写到哪个文件 / the file to write", metavar="FILE")],
    kind: Annotated[
        str,
        typer.Option("--format", help="shp gpkg geojson kml dxf parquet", metavar="FORMAT"),
    ] = "",
    crs: Annotated[
        str, typer.Option(help="坐标系，如 EPSG:4490 / CRS; left out: the project's", metavar="CRS")
    ] = "",
    edition: Annotated[
        str, typer.Option(help="planner 工作版，public 公众版 / planner or public", metavar="NAME")
    ] = "planner",
    previous: Previous = None,
    as_of: AsOf = None,
    scenario: Scenario = None,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """导出一个图层，读回核对 / one layer as Shapefile, KML, DXF and others, read back."""
    from gis.publish.layer_export import check_target  # noqa: PLC0415  # GDAL and pandas: 1 s

    screen = screen_for(lang, as_json=as_json)
    options = publish.ExportOptions(kind, crs, edition, previous)
    check_target(out, options)  # said before the work, and again after it
    with open_project(screen, project, as_of) as found:
        made = publish.export_layer(found.run(scenario).results, layer, out, options)
    print_export(screen, made, out)


def notice(
    folder: Folder,
    villages: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(help="村或乡镇，不写为全部 / villages or townships", metavar="VILLAGE"),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="写到哪个文件 / the file to write", metavar="FILE")
    ] = Path("notice.html"),
    lang: Lang = "zh",
) -> None:
    """村级告示，一村一页，可印 A4、A3 / notices for village boards, a page each, to print."""
    screen = screen_for(lang, as_json=False)
    file_for("--out", out, folder)
    install_file(out, publish.write_village_notices(folder, villages or (), lang), openly=True)
    screen.say(Text(f"已写 {out}", f"wrote {out}"))


def verify(folder: Folder, key: Key = None, as_json: Json = False, lang: Lang = "zh") -> None:
    """按清单复核每个文件 / recompute the manifest's hashes and say what differs."""
    screen = screen_for(lang, as_json=as_json)
    found = publish.verify(folder)
    signed = signed_by(folder, key) if key else None
    if not differences(screen, found, signed):
        raise typer.Exit(1)


def restore(
    folder: Folder,
    name: Annotated[
        str, typer.Argument(help="留空则列出 / leave out to list them", metavar="[EDITION]")
    ] = "",
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """恢复以前的一版 / bring back an edition before; the present one is kept in turn."""
    screen = screen_for(lang, as_json=as_json)
    if name:
        publish.restore_edition(folder, name)
        screen.say(Text(f"已恢复 {name}", f"{name} is in place again"))
    kept = publish.edition_names(folder)
    if as_json:
        screen.json({"restored": name or None, "kept": kept})
        return
    screen.say(Text(f"保存着 {len(kept)} 版：", f"{len(kept)} editions are kept:"))
    for one in kept:
        screen.say(Text(f"  {one}", f"  {one}"))
