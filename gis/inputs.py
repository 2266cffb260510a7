"""What a run is given: the project on one day under one scenario, and its layers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from gis.errors import InputError, Text
from gis.layers.accepted_problems import LOSSES
from gis.layers.chunks import Chunk, in_chunks
from gis.layers.frames import Frames
from gis.layers.load_layers import Layers
from gis.layers.memory_need import gb, run_mb
from gis.layers.project import ProjectConfig, read_project
from gis.memory import available_mb
from gis.policy import Policy, read_policy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import date
    from pathlib import Path

    from gis.errors import Problem

BASE = "base"  # what the plan itself is called where scenarios are named
_SHOWN = 8  # blocking problems spelled out in the message; `nuantu check` lists them all
_ROWS = 3  # rows named of each that is a loss


@dataclass(frozen=True)
class Settings:
    """One project on one day under one scenario, before its layers are read.

    scenario  None is the plan itself
    frames    the tables of a project made of frames, by the file that each takes the place of;
              None: the project's files are read
    """

    project: ProjectConfig
    policy: Policy
    scenario: str | None = None
    frames: Frames | None = None

    def published_on(self, day: date | None) -> Self:
        """The same, published on `day`; None: on the day that project.toml states, if it does.

        Raises:
            InputError: It would be published before the day that its figures are as of.
        """
        told = day or self.project.published_on
        if told and told < self.project.as_of:
            found, as_of = f"published_on {told}", f"as_of {self.project.as_of}"
            raise InputError(
                Text(
                    f"{found} 早于数据截至日期 {as_of}，没有发布。公布日期应不早于截至日期：请在 "
                    "project.toml 改写 published_on 或删去，或加 --published-on 日期。",
                    f"{found} lies before {as_of}; nothing was published. The day of publication "
                    "is not before the day of the figures: change or remove published_on in "
                    "project.toml, or add --published-on DAY.",
                )
            )
        return replace(self, project=self.project.model_copy(update={"published_on": told}))

    def with_scenario(self, scenario: str | None) -> Self:
        """The same project, day and layers under another scenario.

        Raises:
            InputError: the policy has no such scenario, or a mistake in it.
        """
        policy = read_policy(self.project.policy, scenario)
        return replace(self, policy=policy, scenario=scenario)

    def chunks(self, layer: str = "households") -> tuple[Chunk, ...]:
        """The chunks of a GeoParquet layer; none of one in another format."""
        return () if self.frames is not None else in_chunks(self.project, layer)

    def why_divided(self, *, volumes_stand: bool) -> Text | None:
        """Why a run is divided into districts; None: it is not.

        Args:
            volumes_stand: The output folder holds volumes, whose public counts the run continues.

        Raises:
            InputError: The run takes more memory than is available and cannot be divided.
        """
        needed_mb, free_mb = run_mb(self.project), available_mb()
        zh, en = (
            f"整体计算约需 {gb(needed_mb)} GB 内存，现在可用 {gb(free_mb)} GB",
            (
                f"in one go the run takes about {gb(needed_mb)} GB of memory, {gb(free_mb)} GB are "
                "available"
            ),
        )
        if needed_mb > free_mb:
            if self.chunks():
                return Text(f"{zh}：按乡镇分册计算", f"{en}: it is divided into volumes")
            raise InputError(
                Text(
                    f"{zh}，未发布任何内容。请把台账存为 GeoParquet（QGIS：导出要素，格式选 Parquet），"
                    "即按乡镇分册计算；或关闭别的程序、换内存更大的电脑。",
                    f"{en}; nothing was published. Save the ledger as GeoParquet (QGIS: export "
                    "features, format Parquet): it is then processed in volumes. Or close other "
                    "programs, or use a computer with more memory.",
                )
            )
        if volumes_stand and self.chunks():
            zh, en = f"{zh}；输出文件夹里是分册成果", f"{en}; the output folder holds volumes"
            return Text(f"{zh}：接续分册", f"{en}: it continues them")
        return None


@dataclass(frozen=True, kw_only=True)
class Inputs(Settings):
    """The same with its layers: what every stage starts from."""

    layers: Layers

    @property
    def tables(self) -> Mapping[str, Any]:
        """The layers by name."""
        return self.layers.tables

    @property
    def as_of(self) -> date:
        """The day that everything is judged on."""
        return self.project.as_of

    def only(self, layers: Collection[str]) -> Inputs:
        """The same with these layers alone."""
        tables = {name: table for name, table in self.tables.items() if name in layers}
        return replace(self, layers=replace(self.layers, tables=tables))

    def beside(self, names: Iterable[str]) -> list[Inputs]:
        """The same layers under other scenarios, each once; "base" is the plan itself.

        Raises:
            InputError: the policy has no such scenario, or it is that of these inputs.
        """
        wanted = {name: None if name == BASE else name for name in names}
        for name, scenario in wanted.items():
            if scenario == self.scenario:
                zh = f"--compare {name} 就是要发布的方案本身；请写另一个情景。"
                en = f"--compare {name} is what is published itself; name another scenario."
                raise InputError(Text(zh, en))
        return [self.with_scenario(scenario) for scenario in wanted.values()]

    def release_rows(self) -> Inputs:
        """The same with every layer empty, so that the rows take no memory any more."""
        tables = {name: table.take([]) for name, table in self.tables.items()}
        return replace(self, layers=replace(self.layers, tables=tables))


def read_settings(folder: Path, as_of: date | None = None, scenario: str | None = None) -> Settings:
    """project.toml and the policy it names.

    Args:
        folder: Project folder.
        as_of: Day to judge on; None: that of project.toml. A day of publication in project.toml
            that lies before it is that of an earlier edition, and not of this one.
        scenario: Scenario of the policy; None: the plan itself.

    Raises:
        InputError: one of the files is missing or has a mistake in it.
    """
    project = read_project(folder)
    if as_of:
        told = project.published_on
        published_on = None if told and told < as_of else told
        project = project.model_copy(update={"as_of": as_of, "published_on": published_on})
    return Settings(project, read_policy(project.policy, scenario), scenario)


def blocking_error(problems: Iterable[Problem], head: Text) -> InputError | None:
    """The error that says what is blocking, None where nothing is.

    Args:
        problems: What was found.
        head: What to say before it.
    """
    listed = tuple(problems)
    blocking = tuple(problem for problem in listed if problem.blocking)
    if not blocking:
        return None
    times = Counter((_in_one_line(one), tuple(_rows_of_loss(one, listed))) for one in blocking)
    whole = [head]
    for (said, rows), n in list(times.items())[:_SHOWN]:
        told = Text(f"{said.zh}（{n} 处）", f"{said.en} ({n} times)") if n > 1 else said
        whole += [told, *rows]
    message = Text("\n".join(t.zh for t in whole), "\n".join(t.en for t in whole))
    return InputError(message, blocking)


def _in_one_line(one: Problem) -> Text:
    return Text(
        f"  {one.layer}：{one.message.zh}。{one.remedy.zh}",
        f"  {one.layer}: {one.message.en}; {one.remedy.en}",
    )


def _rows_of_loss(loss: Problem, problems: Iterable[Problem]) -> list[Text]:
    """The first rows of the layer with a cause that a loss names, one line each."""
    if loss.code not in LOSSES:
        return []
    rows = [
        one
        for one in problems
        if (one.layer, one.blocking) == (loss.layer, False) and one.row is not None
    ]
    causes = [one for one in rows if one.code in loss.message.en]
    return [
        Text(
            f"    {one.place} 第{one.row_label}行 {one.column}：{one.message.zh}",
            f"    {one.place} row {one.row_label} {one.column}: {one.message.en}",
        )
        for one in (causes or rows)[:_ROWS]
    ]


def refuse_blocking(problems: Iterable[Problem]) -> None:
    """Stop where one of the problems is blocking.

    Raises:
        InputError: some are; the message spells the first ones out.
    """
    listed = list(problems)
    count = sum(problem.blocking for problem in listed)
    head = Text(
        f"有 {count} 个问题必须先解决，未发布任何内容：",
        f"{count} problems must be mended first; nothing was published:",
    )
    error = blocking_error(listed, head)
    if error:
        raise error
