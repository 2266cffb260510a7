"""Arguments and options shared by the commands."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Optional

import typer

from gis.cli.output import Screen
from gis.errors import Text, UsageError

if TYPE_CHECKING:
    from gis.api.project import Project as OpenProject


def folder_for(out: Path) -> Path:
    """Check the output folder, which need not exist yet.

    Raises:
        UsageError: It is a file, or inside one.
    """
    for place in (out, *out.parents):
        if os.path.exists(place) and not os.path.isdir(place):  # noqa: PTH110, PTH112  never raise
            zh = f"--out {out}：{place} 是文件，不是文件夹；它未被改动。请另取一个文件夹名。"
            en = f"--out {out}: {place} is a file, not a folder; it was left alone. Name a folder."
            raise UsageError(Text(zh, en))
    return out


Files = Annotated[
    Optional[list[Path]],  # noqa: UP045
    typer.Argument(help="已有的文件 / the files there are", metavar="[FILES]"),
]
FromFiles = Annotated[
    bool,
    typer.Option(
        "--from",
        help="由后面的文件写出 project.toml / write project.toml from the files that follow",
    ),
]
Xlsx = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        "--xlsx",
        help="每个乡镇一册问题清单，写到此文件夹 / a workbook of problems for each township",
        metavar="DIR",
    ),
]
Project = Annotated[Path, typer.Argument(help="项目文件夹 / project folder", metavar="PROJECT")]
Folder = Annotated[Path, typer.Argument(help="文件夹 / folder", metavar="DIR")]
Out = Annotated[
    Path,
    typer.Option(help="输出文件夹 / output folder", metavar="DIR", callback=folder_for),
]
AsOf = Annotated[
    Optional[datetime],  # noqa: UP045  # typer reads the annotation
    typer.Option(formats=["%Y-%m-%d"], help="截至日期 / figures as of this day", metavar="D"),
]
PublishedOn = Annotated[
    Optional[datetime],  # noqa: UP045
    typer.Option(
        "--published-on",
        formats=["%Y-%m-%d"],
        help="公布日期，公示期由此起算 / day of publication, from which objections are heard",
        metavar="D",
    ),
]
Scenario = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(help="policy.toml 中的情景 / a scenario of policy.toml", metavar="NAME"),
]
Previous = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        help="上一版，使公开数字稳定；不写为 --out 里现有的一版 / the edition before; "
        "left out: the one that stands in --out",
        metavar="DIR",
    ),
]
Older = Annotated[
    bool,
    typer.Option(
        "--older",
        help="确要用截至日期更早的一版替换现有的 / publish an earlier as-of day over a later one",
    ),
]
Compare = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option(
        "--compare",
        help="工作版加一页与此情景的比较，可写多次 / compare with a scenario; may be repeated",
        metavar="NAME",
    ),
]
Sign = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--sign", help="用此私钥签名 / sign with this private key (PEM)", metavar="KEY"),
]
Log = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--log", help="运行日志写到此文件 / write the run log here", metavar="FILE"),
]
Key = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--key", help="应由此公钥签名 / must be signed for this key (PEM)", metavar="PUB"),
]
Engine = Annotated[
    str,
    typer.Option(
        help="谁来逐户计算：threads、dask 或 dask:地址 / who works the households out: threads, "
        "dask (workers on this machine) or dask:ADDRESS",
        metavar="NAME",
    ),
]
Sensitivity = Annotated[
    bool,
    typer.Option(
        "--sensitivity",
        help="再按热价、管价各上下浮动二成重算 / and again with heat and pipe a fifth up and down",
    ),
]
Draws = Annotated[
    Optional[int],  # noqa: UP045
    typer.Option(
        "--draws",
        min=0,
        max=10_000,
        help="推算未核实参数的影响：逐个取两端，再作 N 次组合（0：不作组合），需数分钟 / what unverified "
        "numbers change: each at its ends, and N draws of all together (0: none); takes minutes",
        metavar="N",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="以 JSON 输出 / print the result as JSON")]
Lang = Annotated[str, typer.Option(help="zh 或 en / zh or en", metavar="LANG")]
Unmask = Annotated[
    bool,
    typer.Option(
        "--unmask", help="工作版不遮盖证件、电话、账号 / leave ids whole in the planner edition"
    ),
]


def day_of(given: datetime | None, option: str = "--as-of") -> date | None:
    """The date that an option gives.

    Raises:
        UsageError: The date is out of range.
    """
    if given is None:
        return None
    from gis.layers.toml_model import EARLIEST, LATEST  # noqa: PLC0415  # pydantic: 0.08 s

    if not EARLIEST <= given.date() <= LATEST:
        said, between = f"{option} {given:%Y-%m-%d}", f"{EARLIEST} – {LATEST}"
        raise UsageError(Text(f"{said}：应在 {between} 之间", f"{said}: expected {between}"))
    return given.date()


def scenario_of(name: str) -> str | None:
    """The scenario of a name; None for "base", the plan itself."""
    return None if name == "base" else name


def screen_for(lang: str, *, as_json: bool) -> Screen:
    """The output of a command.

    Raises:
        UsageError: The language is neither zh nor en.
    """
    if lang not in ("zh", "en"):
        raise UsageError(
            Text(f"--lang 只能是 zh 或 en，这里是 {lang}", f"--lang is zh or en, found {lang}")
        )
    return Screen(lang, as_json)


@contextmanager
def open_project(
    screen: Screen,
    folder: Path,
    as_of: datetime | None = None,
    engine: str = "threads",
    log: Path | None = None,
) -> Iterator[OpenProject]:
    """Open the project of a folder; its stages are shown as they begin.

    Raises:
        UsageError: The as-of date is out of range, the engine is unknown, or the log cannot be
            written.
        InputError: project.toml or policy.toml is missing or invalid.
    """
    day = day_of(as_of)
    with screen.stages(log) as say:
        from gis.layers.reader_process import ReaderProcess  # noqa: PLC0415  # pyarrow: 0.13 s

        with ReaderProcess() as reader:
            # 1.3 s that --help does not need, while the reader imports its own libraries
            from gis.api import project  # noqa: PLC0415
            from gis.facts.executors import engine_of  # noqa: PLC0415
            from gis.pipeline import Pipeline  # noqa: PLC0415

            stages = Pipeline(say, engine_of(engine))
            yield project.open_project(folder, day, stages=stages, reader=reader)


def split_options(project: Path, out: Path) -> None:
    """Check that the project is not in the output folder, where it would mix with the publication.

    Raises:
        UsageError: The project folder is the output folder, or inside it.
    """
    if project.resolve().is_relative_to(out.resolve()):
        zh = f"项目 {project} 在 --out {out} 里，台账会混进成果。请把成果写到另一个文件夹。"
        en = f"the project {project} lies in --out {out}, its ledger among what is published. "
        raise UsageError(Text(zh, en + "Name another folder."))


def file_for(option: str, file: Path, published: Path) -> Path:
    """Check a file that a command writes in addition to a publication.

    Raises:
        UsageError: It is a folder, or inside the publication, which would no longer match its
            manifest.
    """
    if os.path.isdir(file):  # noqa: PTH112  never raises
        zh = f"{option} {file} 是文件夹，请写到一个文件。"
        en = f"{option} {file} is a folder. Name a file."
        raise UsageError(Text(zh, en))
    if file.resolve().is_relative_to(published.resolve()):
        zh = f"{option} {file} 在成果文件夹 {published} 里，会与清单不符，请放到别处。"
        en = f"{option} {file} lies in the publication {published}. Put it elsewhere."
        raise UsageError(Text(zh, en))
    return file


ComparedName = Literal["routes", "works", "ready", "totals"]
ComparedTable = Annotated[
    Optional[ComparedName],  # noqa: UP045
    typer.Option(
        "--of",
        help="只列一张表的全部行：方式、工程、可用日期、合计 / all rows of one table: routes, works, days, "
        "sums",
    ),
]
_DAYS = (
    "ready_change",
    "ready_on_a",
    "ready_on_b",
    "near_term_a",
    "near_term_b",
    "interim_a",
    "interim_b",
)
_PLACE = ("township", "village", "part")
COMPARED_COLUMNS: dict[ComparedName, dict[str, tuple[str, ...]]] = {
    "routes": {
        lang: (*_PLACE, "approach_a", "approach_b", "cost_change_cny_a", f"reason_{lang}_b")
        for lang in ("zh", "en")
    },
    "works": dict.fromkeys(
        ("zh", "en"),
        (
            "township",
            "village",
            "works_id",
            "works_kind",
            "works_change",
            "works_kva_a",
            "works_kva_b",
            "works_kw_a",
            "works_kw_b",
            "works_cny_a",
            "works_cny_b",
            "works_on_a",
            "works_on_b",
        ),
    ),
    "ready": dict.fromkeys(("zh", "en"), (*_PLACE, "pending_b", *_DAYS)),
    "totals": dict.fromkeys(("zh", "en"), ("compared", "value_a", "value_b", "value_change")),
}  # what is shown of each; --json gives all columns
