"""What a project is read into: its settings, its plan as data, its layers."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING

from gis.cli import run_log
from gis.errors import InputError, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date
    from pathlib import Path

    from gis.layers import Layers, Portion, Project
    from gis.policy import Policy

_SHOWN = 8  # blocking problems spelled out on the screen; `nuantu check` lists them all
_MISSING = "layer_missing"
_PORTIONED = (".parquet", ".geoparquet")


class Reading:
    """One project on one day under one scenario, read once and only when it is asked for.

    say is told of each stage as it begins. ahead: modules to import while it reads.
    """

    def __init__(
        self,
        folder: Path,
        as_of: date | None = None,
        scenario: str | None = None,
        say: Callable[[Text], None] = lambda _: None,
    ) -> None:
        self._folder, self._as_of, self.scenario, self.say = folder, as_of, scenario, say
        self.ahead: tuple[str, ...] = ()

    @cached_property
    def project(self) -> Project:
        """project.toml, with the as-of day that was asked for."""
        from gis.layers import read_project  # noqa: PLC0415  # heavy: only when asked for

        project = read_project(self._folder)
        return project.model_copy(update={"as_of": self._as_of}) if self._as_of else project

    @cached_property
    def policy(self) -> Policy:
        """The plan as data."""
        from gis.policy import read_policy  # noqa: PLC0415

        return read_policy(self.project.policy, self.scenario)

    @cached_property
    def read(self) -> Layers:
        """Every layer as it came, problems and all."""
        devices = self.policy.devices  # a mistake in the policy is said before any waiting
        self.say(Text("读取和检查图层", "reading and checking the layers"))
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

        from gis.layers.reader import Reader  # noqa: PLC0415

        project = self.project
        with Reader() as reader, ThreadPoolExecutor(1) as beside:
            from gis.layers import load  # noqa: PLC0415  # while the reader starts

            for module in self.ahead:  # while it reads
                beside.submit(import_module, module)
            found = load(project, reader, devices)
        run_log.read(found)
        return found

    @cached_property
    def loaded(self) -> Layers:
        """The layers, once nothing blocks the way.

        Raises:
            InputError: some problem is blocking.
        """
        blocking = [problem for problem in self.read.problems if problem.blocking]
        if blocking:
            head = Text(
                f"有 {len(blocking)} 个问题必须先解决，未发布任何内容：",
                f"{len(blocking)} problems must be mended first; nothing was published:",
            )
            lines = [
                Text(
                    f"  {one.layer}：{one.message.zh}。{one.remedy.zh}",
                    f"  {one.layer}: {one.message.en}; {one.remedy.en}",
                )
                for one in blocking[:_SHOWN]
            ]
            whole = [head, *lines]
            message = Text("\n".join(t.zh for t in whole), "\n".join(t.en for t in whole))
            raise InputError(message, tuple(blocking))
        return self.read

    @cached_property
    def portions(self) -> tuple[Portion, ...]:
        """The row groups of a ledger too large to be read whole; none where it is not."""
        return self.portions_of("households")

    def portions_of(self, layer: str) -> tuple[Portion, ...]:
        """The same of any layer."""
        spec = self.project.layers.get(layer)
        if not spec or not all(file.endswith(_PORTIONED) for file in spec.files):
            return ()
        from gis.layers import in_portions  # noqa: PLC0415  # heavy: only when asked for

        return in_portions(self.project, layer)

    def under(self, scenario: str | None) -> Reading:
        """The same layers and day under another scenario; nothing is read twice."""
        other = Reading(self._folder, self._as_of, scenario, self.say)
        other.__dict__ |= {"project": self.project, "read": self.read}
        return other

    def without(self, *layers: str) -> Reading:
        """The same without some layers; that they are missing is no problem."""
        rest = {name: spec for name, spec in self.project.layers.items() if name not in layers}
        other = Reading(self._folder, self._as_of, self.scenario, self.say)
        other.__dict__["project"] = self.project.model_copy(update={"layers": rest})
        said = tuple(
            one for one in other.read.problems if one.code != _MISSING or one.layer not in layers
        )
        other.__dict__["read"] = replace(other.read, problems=said)
        return other

    def spent(self, layers: Iterable[str]) -> None:
        """Let go of the rows of some layers: nobody asks for them any more."""
        tables = {
            name: self.read.tables[name].take([]) for name in layers if name in self.read.tables
        }
        self.__dict__["read"] = replace(self.read, tables={**self.read.tables, **tables})
        self.__dict__.pop("loaded", None)
