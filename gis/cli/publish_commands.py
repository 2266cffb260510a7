"""The commands that make a publication, prove it, and bring an earlier one back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from gis.cli.options import (
    AsOf,
    Compare,
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
    Scenario,
    Sign,
    Unmask,
    day_of,
    engine_for,
    file_for,
    screen_for,
    split_options,
)
from gis.errors import Text, UsageError
from gis.pipeline import PUBLISHING, Pipeline, Reading

if TYPE_CHECKING:
    from gis.editions.run_results import EditionFlags, Results
    from gis.facts import executors
    from gis.publish.signing import Signer

# What is made beside the run needs them, and they take long to import.
_WARM = (
    "gis.network", "gis.publish.page_builder", "gis.disclosure.leak_scan", "gis.editions.search_names",
    "gis.report.workbook",
)  # fmt: skip


def run(
    project: Project,
    out: Out,
    as_of: AsOf = None,
    scenario: Scenario = None,
    previous: Previous = None,
    older: Older = False,
    unmask: Unmask = False,
    sign: Sign = None,
    compare: Compare = None,
    engine: Engine = "threads",
    log: Log = None,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """检查、决策、核查、发布 / check, decide, audit and publish: the main job."""
    from gis.editions.run_results import EditionFlags  # noqa: PLC0415
    from gis.publish.signing import signer  # noqa: PLC0415

    screen, worked_by = screen_for(lang, as_json=as_json), engine_for(engine)
    split_options(project, out)
    signed = signer(sign, apart=(project, out)) if sign else None
    flags = EditionFlags(unmask, older)
    with screen.stages(file_for("--log", log, out) if log else None) as say:
        reading = Reading(project, day_of(as_of), scenario, say)
        if reading.portions:
            outcome = _volumes(reading, worked_by, out, (previous, signed, compare), flags)
        else:
            journey = Pipeline(reading, worked_by)
            results = _publication(journey, out, (previous, signed, compare), flags)
    from gis.cli.output import counted_lines, told_of_volumes  # noqa: PLC0415

    if reading.portions:
        told_of_volumes(screen, outcome, out)
    else:
        counted_lines(screen, results, out)


def _publication(
    journey: Pipeline,
    out: Path,
    asked: tuple[Path | None, Signer | None, str | None],
    flags: EditionFlags,
) -> Results:
    """Publish what the journey comes to; asked: previous, sign and compare; flags: of the results."""
    from gis.parallel import Worker  # noqa: PLC0415  # with all of multiprocessing

    previous, signed, compare = asked
    with Worker(_WARM, apart=True) as beside:
        journey.reading.ahead = PUBLISHING
        facts = journey.facts
        from gis.editions.geometry import collections  # noqa: PLC0415
        from gis.publish import publish  # noqa: PLC0415  # imported while it read
        from gis.publish.filesystem import parts_beside, remove  # noqa: PLC0415
        from gis.publish.page_builder import start_page_builder  # noqa: PLC0415
        from gis.report.office_papers import build_office_papers  # noqa: PLC0415

        journey.grow_in(beside)  # first: the decision waits for it
        watch = start_page_builder(beside, facts, journey.project)
        ground, paper = collections(journey), build_office_papers(journey, unmask=flags.unmask)
        compared = journey.compared(compare) if compare else None
        results = replace(
            journey.results,
            comparison=compared,
            unmask=flags.unmask,
            older=flags.older,
            ground=ground,
            papers=paper,
        )
        journey.say(Text("发布", "publishing"))
        publish(results, out, previous, signed, watch)
    with suppress(OSError):  # of a larger ledger before, whose run was stopped for good
        remove(parts_beside(out.absolute()))
    return results


def _volumes(
    reading: Reading,
    engine: executors.Engine | None,
    out: Path,
    asked: tuple[Path | None, Signer | None, str | None],
    flags: EditionFlags,
) -> dict[str, Any]:
    """Publish a ledger in districts; asked: previous, sign and compare; flags: of the results."""
    previous, signed, compare = asked
    if compare:
        raise UsageError(
            Text(
                "台账较大、分册发布时没有 --compare；请用一个县的项目比较。",
                "--compare is not there for a ledger published in volumes; compare in a project "
                "of one county.",
            )
        )
    from gis.province.run import Province  # noqa: PLC0415
    from gis.province.volumes import publish_volumes  # noqa: PLC0415

    province = Province.of(reading, out, engine)
    return publish_volumes(province, out, previous, signed, flags)


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
    from gis.publish.atomic_swap import install_file  # noqa: PLC0415
    from gis.publish.village_notices import write_village_notices  # noqa: PLC0415

    screen = screen_for(lang, as_json=False)
    file_for("--out", out, folder)
    install_file(out, write_village_notices(folder, villages or (), lang), openly=True)
    screen.say(Text(f"已写 {out}", f"wrote {out}"))


def verify(folder: Folder, key: Key = None, as_json: Json = False, lang: Lang = "zh") -> None:
    """按清单复核每个文件 / recompute the manifest's hashes and say what differs."""
    from gis.cli.print_problems import differences  # noqa: PLC0415
    from gis.publish import verify as recompute  # noqa: PLC0415
    from gis.publish.signing import signed_by  # noqa: PLC0415

    screen = screen_for(lang, as_json=as_json)
    found = recompute(folder)
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
    from gis.publish import edition_names  # noqa: PLC0415
    from gis.publish import restore_edition as bring_back  # noqa: PLC0415

    screen = screen_for(lang, as_json=as_json)
    if name:
        bring_back(folder, name)
        screen.say(Text(f"已恢复 {name}", f"{name} is in place again"))
    kept = edition_names(folder)
    if as_json:
        screen.json({"restored": name or None, "kept": kept})
        return
    screen.say(Text(f"保存着 {len(kept)} 版：", f"{len(kept)} editions are kept:"))
    for one in kept:
        screen.say(Text(f"  {one}", f"  {one}"))
